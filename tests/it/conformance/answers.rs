//! Answers: every documented one has its type, every other one is kept.

use keyfob_conformance_server::ErrorKind;
use keyfob_conformance_server::types::{AnswerFailureError, AnswerSuccessAnswer, ShapeKind};

use super::server::Server;
use crate::failure::says;

/// OpenAPI 3.0.4, Responses Object: a status, a range of them, `default`.
#[tokio::test]
async fn every_documented_success_has_its_type() {
    let server = Server::start().await;
    let client = server.client();
    for case in ["200", "201", "202", "204", "206"] {
        let answer = client.answer_success().case(case).send().await.unwrap();
        assert_eq!(answer.status().as_u16().to_string(), case);
        let is_right = match answer.into_inner() {
            AnswerSuccessAnswer::Status200(thing) => case == "200" && thing.count == Some(1),
            AnswerSuccessAnswer::Status201(rgb) => case == "201" && rgb.b == 3,
            AnswerSuccessAnswer::Status202(text) => case == "202" && text == "later\n",
            AnswerSuccessAnswer::Status204 => case == "204",
            AnswerSuccessAnswer::Status2XX(list) => case == "206" && list == ["a", "b"],
        };
        assert!(is_right, "{case}");
    }
}

#[tokio::test]
async fn every_documented_failure_has_its_type() {
    let server = Server::start().await;
    let client = server.builder().retries(0).build().unwrap();
    client.answer_failure().case("204").send().await.unwrap();
    for case in ["400", "404", "409", "418", "500", "302"] {
        let failed = client.answer_failure().case(case).send().await;
        let error = failed.unwrap_err();
        assert_eq!(error.status().unwrap().as_u16().to_string(), case);
        let is_right = match error.api_error().unwrap() {
            AnswerFailureError::Status400(fault) => case == "400" && fault.message == "other",
            AnswerFailureError::Status404(problem) => {
                // RFC 9457: a media type that is built on JSON.
                case == "404" && problem.detail.as_deref() == Some("not here")
            }
            AnswerFailureError::Status409(rgb) => case == "409" && rgb.r == 1,
            AnswerFailureError::Status4XX(text) => case == "418" && text == "a teapot",
            AnswerFailureError::Default(fault) => {
                ["500", "302"].contains(&case) && fault.message == "other"
            }
        };
        assert!(is_right, "{case}: {error}");
        says(&error.to_string(), &["answer_failure", case]);
    }
}

/// RFC 6839, 3.1, and RFC 9110, 12.5.1.
#[tokio::test]
async fn xml_is_text_and_what_is_built_on_json_is_json() {
    let server = Server::start().await;
    let client = server.client();
    let xml = client.answer_xml().send().await.unwrap();
    assert_eq!(*xml, "<a>b &amp; é</a>");
    let thing = client.answer_vendor_json().send().await.unwrap();
    assert_eq!(thing.count, Some(9_007_199_254_740_993));
}

#[tokio::test]
async fn bytes_come_as_a_stream_and_break_as_one() {
    let server = Server::start().await;
    let client = server.client();
    let whole = client.answer_bytes().case("whole").send().await.unwrap();
    let mut pieces = whole.into_inner();
    let (mut length, mut sum) = (0_usize, 0_usize);
    while let Some(piece) = pieces.next().await {
        let piece = piece.unwrap();
        length += piece.len();
        sum += piece.iter().map(|byte| usize::from(*byte)).sum::<usize>();
    }
    assert_eq!((length, sum), (100_000, 4_950_000));

    let broken = client.answer_bytes().case("broken").send().await.unwrap();
    let error = broken.into_inner().collect().await.unwrap_err();
    says(&error.to_string(), &["broke off"]);
}

/// RFC 9110, 15: what a client does not know of a status, a value or a member fails nothing that
/// it knows.
#[tokio::test]
async fn what_is_not_documented_is_kept_or_told_and_never_shown() {
    let server = Server::start().await;
    let client = server.client();
    let shape = client.answer_unknown().case("value").send().await.unwrap();
    assert_eq!((shape.kind.as_str(), shape.size), ("heptagon", 7));
    assert!(!matches!(shape.kind, ShapeKind::Circle | ShapeKind::Square));

    let wrong = client
        .answer_unknown()
        .case("wrong")
        .send()
        .await
        .unwrap_err();
    says(
        &wrong.to_string(),
        &["answer_unknown", "200", "size", "expected i64"],
    );
    let html = client
        .answer_unknown()
        .case("html")
        .send()
        .await
        .unwrap_err();
    says(&html.to_string(), &["answer_unknown", "200", "not JSON"]);
    let empty = client
        .answer_unknown()
        .case("empty")
        .send()
        .await
        .unwrap_err();
    says(&empty.to_string(), &["empty"]);
    let undocumented = client
        .answer_unknown()
        .case("410")
        .send()
        .await
        .unwrap_err();
    let ErrorKind::Undocumented { status, body, .. } = undocumented.kind() else {
        panic!("{undocumented}")
    };
    assert_eq!(
        (status.as_u16(), &body[..]),
        (410, &b"<html>canary</html>"[..])
    );
    for error in [wrong, html, undocumented] {
        let shown = format!("{error} {error:?}");
        assert!(!shown.contains("canary"), "{shown}");
    }
}

#[tokio::test]
async fn an_answer_has_a_limit_of_the_client_and_of_the_call() {
    let server = Server::start().await;
    let client = server.builder().max_response_size(99_999).build().unwrap();
    let error = client
        .answer_unknown()
        .case("large")
        .send()
        .await
        .unwrap_err();
    assert!(
        matches!(error.kind(), ErrorKind::TooLarge { limit: 99_999, .. }),
        "{error}"
    );
    let more = client
        .answer_unknown()
        .case("large")
        .max_response_size(100_000);
    let error = more.send().await.unwrap_err();
    assert!(
        matches!(error.kind(), ErrorKind::Unreadable { .. }),
        "{error}"
    );
}
