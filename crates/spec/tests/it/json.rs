//! Descriptions in JSON.

use crate::lamp::{Lamp, read_json};

#[test]
fn a_folder_may_hold_its_description_as_json() {
    let mut lamp = Lamp::new();
    let yaml = lamp.read().unwrap();
    let text = serde_json::to_string_pretty(&yaml.document).unwrap();
    let json = read_json(text.as_bytes()).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(json.document, yaml.document);
    let line = text
        .lines()
        .position(|line| line.contains("Lamp\": {"))
        .unwrap()
        + 1;
    let place = json.places.get("/components/schemas/Lamp");
    assert_eq!(
        place.to_string(),
        format!("specs/lamp/openapi.json:{line}:7")
    );
    lamp.files[0] = ("openapi.json", text);
    lamp.files[1].1 = lamp.files[1]
        .1
        .replace("url: openapi.yaml", "url: openapi.json");
    let whole = lamp.read().unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(whole.workflows.len(), yaml.workflows.len());
}

#[test]
fn faults_of_json_are_told_with_their_place_and_a_remedy() {
    let cases = [
        ("", "1:1: the file is empty"),
        (
            "{\n  \"a\" 1}",
            "2:7: not JSON: `1` stands where a `:` after the key belongs",
        ),
        (
            "{\"a\": 1,\n}",
            "2:1: not JSON: `}` stands where a key in double quotes belongs",
        ),
        (
            "{\"a\": [1 2]}",
            "1:10: not JSON: `2` stands where a `,` or a `]` belongs",
        ),
        (
            "{\"a\": tru}",
            "1:7: not JSON: `t` stands where a value belongs",
        ),
        ("{\"a\": \"b", "1:7: a text without an end"),
        (
            "{\"a\": \"b\nc\"}",
            "1:9: a line end or a control character",
        ),
        ("{\"a\": \"\\q\"}", "1:7: an escape in this text"),
        ("{\"\u{e9}\u{1d11e}\": 01}", "1:8: not JSON"),
        ("{} {}", "1:4: the document has ended"),
        (
            "{\"a\": 1,\n \"a\": 2}",
            "2:8: the key `a` is written twice",
        ),
        (
            "{\"a\":",
            "1:6: not JSON: the file ends where a value belongs",
        ),
    ];
    for (text, expected) in cases {
        let complaint = read_json(text.as_bytes()).unwrap_err();
        assert!(
            complaint.to_string().contains(expected),
            "{text}: {complaint}"
        );
        assert!(!complaint.complaints()[0].help().is_empty());
    }
    let deep = "[".repeat(100_000);
    let complaint = read_json(deep.as_bytes()).unwrap_err().to_string();
    assert!(
        complaint.contains("nested more than 128 deep"),
        "{complaint}"
    );
}

#[test]
fn two_descriptions_in_one_folder_are_one_too_many() {
    let complaint = Lamp::new().with("openapi.json", "{}").read().unwrap_err();
    assert!(
        complaint
            .to_string()
            .contains("`openapi.yaml` stands beside it"),
        "{complaint}"
    );
}

/// A document of one line that is eight times as long takes about eight times as long; were each
/// place counted from the start of its line, it would take sixty-four times as long.
#[test]
fn a_whole_document_in_one_line_is_read_in_linear_time() {
    let document = |schemas: usize| {
        let schema = r#"{"type":"object","properties":{"id":{"type":"string"}}}"#;
        let schemas: Vec<String> = (0..schemas)
            .map(|index| format!("\"S{index}\":{schema}"))
            .collect();
        format!(
            r#"{{"openapi":"3.0.3","info":{{"title":"a","version":"1"}},"paths":{{}},"components":{{"schemas":{{{}}}}}}}"#,
            schemas.join(",")
        )
    };
    let mut times = Vec::new();
    for size in [2_000, 16_000] {
        let text = document(size);
        let time = || {
            let started = std::time::Instant::now();
            read_json(text.as_bytes()).unwrap_or_else(|error| panic!("{error}"));
            started.elapsed().as_secs_f64()
        };
        times.push((0..3).map(|_| time()).fold(f64::MAX, f64::min));
    }
    assert!(times[1] < times[0] * 32.0, "{times:?}");
}
