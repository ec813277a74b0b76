//! YAML as it is found in the wild.

use keyfob_spec::Spec;

use crate::lamp::{Lamp, read_bytes};

fn fault_of(text: &str) -> String {
    read_bytes(text.as_bytes()).unwrap_err().to_string()
}

#[test]
fn what_yaml_readers_disagree_about_is_refused_with_a_remedy() {
    let cases = [
        (
            "a: 1\nb: 2\na: 3\n",
            "3:1: the key `a` is written twice",
            "line 1",
        ),
        (
            "? [a, b]\n: 1\n",
            "1:3: a key is a mapping or a sequence",
            "plain text",
        ),
        (
            "? {a: b}\n: 1\n",
            "1:3: a key is a mapping or a sequence",
            "plain text",
        ),
        ("a: &x [*x]\n", "inside the very node", "$ref"),
        ("a: !mine 1\n", "the tag", "delete the tag"),
        ("a: !!int abc\n", "is not what its tag", "delete the tag"),
        (
            "a: 1\n---\nb: 2\n",
            "a second document begins",
            "one document",
        ),
        ("a:\n\t- b\n", "not YAML", "no tabs"),
        ("a: [1, 2\n", "not YAML", "brackets"),
        ("a: \u{7}\n", "1:4: a control character", "delete it"),
        ("", "the file is empty", "write the document"),
        ("# nothing\n", "the file is empty", "write the document"),
        ("*x\n", "not YAML", "check"),
    ];
    for (text, message, help) in cases {
        let complaint = fault_of(text);
        assert!(complaint.contains(message), "{text:?}: {complaint}");
        assert!(complaint.contains(help), "{text:?}: {complaint}");
    }
}

#[test]
fn bytes_that_are_not_utf_8_are_named_by_line_and_column() {
    let complaint = read_bytes(b"a: b\nc: d\xff\n").unwrap_err().to_string();
    assert!(
        complaint.starts_with("specs/lamp/openapi.yaml:2:5: not UTF-8"),
        "{complaint}"
    );
    let utf_16: Vec<u8> = "a: b".encode_utf16().flat_map(u16::to_le_bytes).collect();
    assert!(read_bytes(&utf_16).is_err());
}

#[test]
fn plain_scalars_mean_what_the_core_schema_says() {
    let values = "[yes, on, NO, 1_000, 12:30:45, 2024-01-01, 0o17, 0xff, +12, 1., .5, -0.25e+2, 18446744073709551615, ~, Null, True, \"1\", '2', !!str 3, ! 4, 1e3, =, 0, -0, 1.2.3]";
    let example = format!("minimum: 0, example: {values}");
    let mut lamp = Lamp::new();
    lamp.files[0].1 = lamp.files[0].1.replace("minimum: 0", &example);
    let spec = lamp.read().unwrap_or_else(|error| panic!("{error}"));
    let read = spec
        .document
        .pointer("/components/schemas/Lamp/properties/brightness/example");
    let expected: serde_json::Value = serde_json::from_str(
        r#"["yes","on","NO","1_000","12:30:45","2024-01-01",15,255,12,1.0,0.5,-25.0,18446744073709551615,null,null,true,"1","2","3","4",1000.0,"=",0,0,"1.2.3"]"#,
    )
    .unwrap();
    assert_eq!(read, Some(&expected));
}

#[test]
fn keys_are_text_however_they_look() {
    let spec = Lamp::new().edited(&[("'400':", "400:")]).read().unwrap();
    assert!(
        spec.document
            .pointer("/paths/~1token/post/responses/400")
            .is_some()
    );
}

#[test]
fn aliases_stand_for_what_they_name() {
    let spec = Lamp::new()
        .edited(&[(
            "id: {type: string}\n        brightness: {type: number, minimum: 0}",
            "id: &id {type: string}\n        other: *id",
        )])
        .read()
        .unwrap_or_else(|error| panic!("{error}"));
    let other = spec
        .document
        .pointer("/components/schemas/Lamp/properties/other/type");
    assert_eq!(other.and_then(|value| value.as_str()), Some("string"));
}

#[test]
fn json_is_yaml_and_a_byte_order_mark_is_no_fault() {
    let spec = Lamp::new().read().unwrap();
    let json = format!(
        "\u{feff}{}",
        serde_json::to_string_pretty(&spec.document).unwrap()
    );
    let again = read_bytes(json.as_bytes()).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(again.document, spec.document);
}

#[test]
fn a_document_keeps_its_order() {
    let spec = Lamp::new().read().unwrap();
    let names: Vec<&str> = spec
        .schemes
        .iter()
        .map(|scheme| scheme.name.as_str())
        .collect();
    assert_eq!(names, ["oauth", "basic", "key"]);
    let keys: Vec<&String> = spec.document.as_object().unwrap().keys().collect();
    assert_eq!(
        keys,
        [
            "openapi",
            "info",
            "servers",
            "security",
            "paths",
            "components"
        ]
    );
}

#[test]
fn what_is_a_number_in_some_readers_only_is_text_and_that_is_told() {
    for odd in ["0123", ".nan", "-.inf", "1e999", "0xfffffffffffffffff"] {
        let spec = with_example(odd);
        assert_eq!(example(&spec), &serde_json::json!(odd));
        let told: Vec<String> = spec.rewrites.iter().map(ToString::to_string).collect();
        assert_eq!(told.len(), 1, "{told:?}");
        assert!(
            told[0].starts_with("specs/lamp/openapi.yaml:89: odd-number: "),
            "{told:?}"
        );
    }
}

#[test]
fn dates_and_binary_texts_are_text() {
    assert_eq!(
        example(&with_example("!!binary aGVq")),
        &serde_json::json!("aGVq")
    );
    assert_eq!(
        example(&with_example("!!timestamp 2024-01-01")),
        &serde_json::json!("2024-01-01")
    );
}

#[test]
fn merge_keys_take_in_the_members_of_other_mappings() {
    let spec = Lamp::new()
        .edited(&[(
            "id: {type: string}\n        brightness: {type: number, minimum: 0}",
            "id: &id {type: string, description: A}\n        other: {<<: *id, description: B}\n        third: {<<: [{maxLength: 3}, *id]}",
        )])
        .read()
        .unwrap_or_else(|error| panic!("{error}"));
    let properties = &spec.document["components"]["schemas"]["Lamp"]["properties"];
    assert_eq!(
        properties["other"],
        serde_json::json!({"description": "B", "type": "string"})
    );
    assert_eq!(
        properties["third"],
        serde_json::json!({"maxLength": 3, "type": "string", "description": "A"})
    );
    assert_eq!(spec.rewrites.len(), 2);
    assert_eq!(spec.rewrites[0].rule, "merge-key");
    assert!(fault_of("a: 1\n<<: 2\n").contains("2:5: `<<` takes in no mapping"));
}

#[test]
fn a_key_that_says_the_same_twice_says_it_once() {
    let spec = Lamp::new()
        .edited(&[("minimum: 0", "minimum: 0, minimum: 0")])
        .read()
        .unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(spec.rewrites[0].rule, "repeated-key");
}

fn with_example(written: &str) -> Spec {
    let mut lamp = Lamp::new();
    let example = format!("minimum: 0, example: {written}");
    lamp.files[0].1 = lamp.files[0].1.replace("minimum: 0", &example);
    lamp.read().unwrap_or_else(|error| panic!("{error}"))
}

fn example(spec: &Spec) -> &serde_json::Value {
    &spec.document["components"]["schemas"]["Lamp"]["properties"]["brightness"]["example"]
}
