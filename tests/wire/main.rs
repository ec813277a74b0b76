//! What generators get wrong without a word, on the wire: through a generated client, against a
//! server that keeps the bytes.

#![allow(clippy::panic, clippy::unwrap_used)]

use keyfob_menagerie::types::{self, ChangePetAnswer, Note, Pet, ReadPetError, Vehicle};
use keyfob_menagerie::{Client, ErrorKind, Key};
use keyfob_tests::recorder::{Answer, Recorder, Request};
use serde_json::json;

async fn menagerie() -> (Recorder, Client) {
    let server = Recorder::start().await.unwrap();
    let client = Client::builder()
        .credentials(Key::new("a key"))
        .base_url(server.url())
        .retries(0)
        .build()
        .unwrap();
    (server, client)
}

/// The only request that there was.
fn only(server: &Recorder) -> Request {
    let [request] = <[Request; 1]>::try_from(server.requests()).unwrap();
    request
}

#[tokio::test]
async fn a_dog_is_no_cat() {
    let (server, client) = menagerie().await;
    server.answer_all(|_| Answer::json(200, r#"{"kind": "dog", "name": "Rex", "barks": true}"#));
    let pet = client.read_pet().id("1").send().await.unwrap().into_inner();
    let Pet::Dog(dog) = pet else {
        panic!("{pet:?}")
    };
    assert_eq!((dog.name.as_deref(), dog.barks), (Some("Rex"), Some(true)));
}

#[tokio::test]
async fn a_pet_that_the_description_does_not_name_is_kept_whole() {
    let (server, client) = menagerie().await;
    server.answer_all(|_| Answer::json(200, r#"{"kind": "newt", "gills": 6}"#));
    let pet = client.read_pet().id("1").send().await.unwrap().into_inner();
    let Pet::Unknown(newt) = pet else {
        panic!("{pet:?}")
    };
    assert_eq!(newt, json!({"kind": "newt", "gills": 6}));
}

#[tokio::test]
async fn a_problem_is_typed_and_an_error_without_a_body_stands_beside_it() {
    let (server, client) = menagerie().await;
    let problem = Answer::new(
        404,
        "application/problem+json",
        br#"{"title": "No pet"}"#.to_vec(),
    );
    server.answer("GET", "/pets/1", [problem, Answer::text(500, "")]);
    let error = client.read_pet().id("1").send().await.unwrap_err();
    let ErrorKind::Api(error) = error.kind() else {
        panic!("{error}")
    };
    let ReadPetError::Status4XX(problem) = &**error else {
        panic!("{error:?}")
    };
    assert_eq!(problem.title.as_deref(), Some("No pet"));
}

#[tokio::test]
async fn an_optional_body_stays_away() {
    let (server, client) = menagerie().await;
    server.answer_all(|_| Answer::new(204, "text/plain", Vec::new()));
    let done = client
        .change_pet()
        .id("1")
        .send()
        .await
        .unwrap()
        .into_inner();
    assert!(matches!(done, ChangePetAnswer::Status204), "{done:?}");
    let request = only(&server);
    assert_eq!(
        (request.body.len(), request.header("content-type")),
        (0, None)
    );
}

#[tokio::test]
async fn each_success_has_its_type() {
    let (server, client) = menagerie().await;
    server.answer_all(|_| Answer::json(202, r#"{"number": 7}"#));
    let call = client
        .change_pet()
        .id("1")
        .body_map(|pet| pet.name("Tom".to_owned()));
    let answer = call.send().await.unwrap().into_inner();
    let ChangePetAnswer::Status202(ticket) = answer else {
        panic!("{answer:?}")
    };
    assert_eq!(ticket.number, 7);
    let request = only(&server);
    assert_eq!(
        request.header("content-type"),
        Some("application/merge-patch+json")
    );
    assert_eq!(request.json(), json!({"name": "Tom"}));
}

#[tokio::test]
async fn lists_and_objects_are_written_in_their_styles() {
    let (server, client) = menagerie().await;
    server.answer_all(|_| Answer::json(200, "[]"));
    let list = || vec!["a".to_owned(), "b c".to_owned()];
    let filter = types::ListVehiclesFilter::builder().min(1).max(2);
    let page = types::ListVehiclesPage::builder().size(10);
    let filtered = types::ListVehiclesWhere::builder().a(1);
    client
        .list_vehicles()
        .tags(list())
        .wheels(vec![2, 4])
        .colours(list())
        .filter(filter)
        .page(page)
        .sort("<=")
        .where_(filtered)
        .x_ids(vec![1, 2])
        .theme("dark")
        .send_2("now")
        .send()
        .await
        .unwrap();
    let request = only(&server);
    let (_, query) = request.target.split_once('?').unwrap();
    let mut query: Vec<&str> = query.split('&').collect();
    query.sort_unstable();
    let expected = [
        "colours=a%7Cb%20c",
        "filter%5Bmax%5D=2",
        "filter%5Bmin%5D=1",
        "send=now",
        "size=10",
        "sort=%3C%3D",
        "tags=a,b%20c",
        "wheels=2",
        "wheels=4",
        "where=%7B%22a%22%3A1%7D",
    ];
    assert_eq!(query, expected);
    assert_eq!(request.header("x-ids"), Some("1,2"));
    assert_eq!(request.header("cookie"), Some("theme=dark"));
}

#[tokio::test]
async fn an_object_that_others_extend_is_whichever_it_says() {
    let (server, client) = menagerie().await;
    let train = r#"[{"type": "Train", "towed": [{"type": "bike", "bell": true}]}, {"type": "Vehicle", "wheels": 3}]"#;
    server.answer("GET", "/vehicles", [Answer::json(200, train)]);
    let vehicles = client.list_vehicles().send().await.unwrap().into_inner();
    let [Vehicle::Train(train), Vehicle::VehicleBase(other)] = vehicles.as_slice() else {
        panic!("{vehicles:?}")
    };
    assert!(matches!(train.towed.as_deref(), Some([Vehicle::Bicycle(bike)]) if bike.bell));
    assert_eq!(other.wheels, Some(3));

    server.answer(
        "POST",
        "/vehicles",
        [Answer::json(201, r#"{"type": "bike", "bell": true}"#)],
    );
    let bike = types::Bicycle {
        type_: "bike".to_owned(),
        wheels: Some(2),
        bell: true,
    };
    client.add_vehicle().body(bike).send().await.unwrap();
    let sent = server.requests_to("/vehicles");
    assert_eq!(
        sent[1].json(),
        json!({"type": "bike", "wheels": 2, "bell": true})
    );
}

#[tokio::test]
async fn what_nobody_can_foresee_is_read_all_the_same() {
    let (server, client) = menagerie().await;
    let odd =
        br#"{"a": 3, "state": "melted", "list": [1, "x"], "at": "2026-01-01T00:00:00Z", "new": 1}"#;
    server.answer_all(|_| Answer::new(200, "application/vnd.menagerie.v2+json", odd.to_vec()));
    let oddity = client.read_oddity().send().await.unwrap().into_inner();
    assert_eq!(oddity.a, Some(json!(3)));
    assert_eq!(
        oddity.state.map(|state| state.to_string()).as_deref(),
        Some("melted")
    );
    assert_eq!(oddity.list, [json!(1), json!("x")]);
    assert_eq!(
        only(&server).header("accept"),
        Some("application/vnd.menagerie.v2+json")
    );
}

#[tokio::test]
async fn one_body_goes_in_each_of_its_media_types() {
    let (server, client) = menagerie().await;
    server.answer_all(|_| Answer::new(204, "text/plain", Vec::new()));
    let note = || Note {
        text: "a b".to_owned(),
        stars: Some(5),
    };
    client.write_oddity().body(note()).send().await.unwrap();
    client
        .write_oddity()
        .body(note())
        .as_form()
        .send()
        .await
        .unwrap();
    let files = types::WriteOddityMultipart::builder()
        .file(b"bytes".to_vec())
        .note("n".to_owned());
    client
        .write_oddity()
        .body_multipart(files)
        .send()
        .await
        .unwrap();
    let [json, form, multipart] = <[Request; 3]>::try_from(server.requests()).unwrap();
    assert_eq!(json.json(), json!({"text": "a b", "stars": 5}));
    assert_eq!(form.text(), "text=a+b&stars=5");
    let kind = multipart.header("content-type").unwrap();
    assert!(kind.starts_with("multipart/form-data; boundary="), "{kind}");
    assert!(multipart.text().contains("bytes"), "{}", multipart.text());
}

#[tokio::test]
async fn a_form_is_mocked_as_a_form() {
    use keyfob_menagerie::mock::MockServerExt as _;
    use keyfob_runtime::mock::MockServer;
    let server = MockServer::start_async().await;
    let mock = server.write_oddity(|when, then| {
        when.as_form().body(&Note {
            text: "a b".to_owned(),
            stars: None,
        });
        then.no_content();
    });
    let client = Client::builder()
        .credentials(Key::new("a key"))
        .base_url(server.base_url())
        .build()
        .unwrap();
    let note = Note {
        text: "a b".to_owned(),
        stars: None,
    };
    client
        .write_oddity()
        .body(note)
        .as_form()
        .send()
        .await
        .unwrap();
    mock.assert();
}
