//! What nothing is refused for and somebody should know.

use keyfob_spec::{Presentation, Spec};

use crate::lamp::{Edit, Lamp};

const SCHEMES: Edit = (
    "  securitySchemes:\n",
    "  securitySchemes:\n    →challenge: {type: http, scheme: Digest}\n",
);

const PLAIN: Edit = (
    "  - url: https://api.lamp.example/{v}",
    "  - url: →http://api.lamp.example/{v}",
);

fn read(edits: &[Edit]) -> (Lamp, Spec) {
    let lamp = Lamp::new().edited(edits);
    let spec = lamp.read().unwrap_or_else(|error| panic!("{error}"));
    (lamp, spec)
}

/// Exactly one warning, where the arrow stands.
fn assert_warned(edits: &[Edit], words: &[&str]) {
    let (lamp, spec) = read(edits);
    let warnings = spec.warnings();
    let text = warnings.to_string();
    assert_eq!(warnings.complaints().len(), 1, "{edits:?}\n{text}");
    assert!(text.starts_with(&lamp.arrow()), "{}\n{text}", lamp.arrow());
    for words in words {
        assert!(text.contains(words), "{words} in: {text}");
    }
}

fn assert_told(lamp: &Lamp, spec: &Spec, rule: &str, words: &str) {
    let start = format!("{}: {rule}: ", lamp.arrow_line());
    let mut told = spec.rewrites.iter().map(ToString::to_string);
    assert!(
        told.any(|told| told.starts_with(&start) && told.contains(words)),
        "{start}\n{:#?}",
        spec.rewrites
    );
}

#[test]
fn a_description_without_a_fault_has_no_warnings() {
    let (_, spec) = read(&[]);
    assert_eq!(spec.warnings().to_string(), "");
}

#[test]
fn a_server_by_plain_http_is_warned_of_and_one_beside_it_is_used() {
    assert_warned(&[PLAIN], &["plain http", ".base_url(..)"]);
    let (lamp, spec) = read(&[PLAIN]);
    assert_told(&lamp, &spec, "insecure-server", "`base_url`");
    assert_eq!(spec.servers.len(), 1);

    let two = (
        "  - url: https://api.lamp.example/{v}",
        "  - url: →http://api.lamp.example\n  - url: https://api.lamp.example/{v}",
    );
    let (lamp, spec) = read(&[two]);
    assert_eq!(spec.warnings().to_string(), "");
    assert_told(&lamp, &spec, "insecure-server", "another server");
    let urls: Vec<&str> = spec.servers.iter().map(|server| &*server.url).collect();
    assert_eq!(urls, ["https://api.lamp.example/{v}"]);

    for host in ["localhost:{v}", "127.0.0.1/{v}", "[::1]:8080/{v}"] {
        let mut lamp = Lamp::new();
        let text = &mut lamp.files[0].1;
        *text = text.replacen("https://api.lamp.example/{v}", &format!("http://{host}"), 1);
        let spec = lamp.read().unwrap();
        assert_eq!(spec.warnings().to_string(), "", "{host}");
        assert!(spec.rewrites.is_empty(), "{host}: {:?}", spec.rewrites);
    }
}

#[test]
fn a_scheme_that_each_request_proves_is_left_out_where_there_is_another() {
    let either: Edit = (
        "security:\n  - oauth: []\n",
        "security:\n  - challenge: []\n  - oauth: []\n",
    );
    let (lamp, spec) = read(&[SCHEMES, either]);
    assert_eq!(spec.warnings().to_string(), "");
    assert_told(&lamp, &spec, "unusable-scheme", "`Digest`");
    let get = spec.operation("get_lamp").unwrap();
    let schemes: Vec<&str> = get
        .security
        .iter()
        .flatten()
        .map(|one| &*one.scheme)
        .collect();
    assert_eq!(schemes, ["oauth"]);

    let only: Edit = (
        "security:\n  - oauth: []\n",
        "security:\n  - challenge: []\n",
    );
    assert_warned(
        &[SCHEMES, only],
        &["`Digest`", "`get_lamp`", "nothing else"],
    );
    let (lamp, spec) = read(&[SCHEMES, only]);
    assert_told(&lamp, &spec, "unusable-scheme", "`Digest`");
    assert_eq!(spec.operation("get_lamp").unwrap().security.len(), 1);
}

#[test]
fn a_word_by_which_a_known_value_is_sent_is_a_scheme_as_any_other() {
    for (word, is_proven) in [
        ("digest", true),
        ("NTLM", true),
        ("Negotiate", true),
        ("SCRAM-SHA-256", true),
        ("DPoP", true),
        ("bearer", false),
        ("basic", false),
        ("Token", false),
        ("OAuth", false),
        ("GenieKey", false),
    ] {
        let (_, mut spec) = read(&[]);
        let scheme = &mut spec.schemes[0];
        scheme.presentation = Presentation::Word(word.to_owned());
        assert_eq!(scheme.is_proven_by_request(), is_proven, "{word}");
    }
}

#[test]
fn an_example_that_contradicts_its_schema_is_told_with_its_line() {
    let cases: &[(Edit, &str)] = &[
        (
            (
                "brightness: {type: number, minimum: 0}",
                "brightness: {type: number, minimum: 0, example: →bright}",
            ),
            "is not of type",
        ),
        (
            (
                "brightness: {type: number, minimum: 0}",
                "brightness: {type: number, minimum: 0, example: →-1}",
            ),
            "less than the minimum",
        ),
        (
            (
                "brightness: {type: number, minimum: 0}",
                "brightness: {type: string, enum: [low, high], example: →middle}",
            ),
            "is not one of",
        ),
        (
            (
                "brightness: {type: number, minimum: 0}",
                "brightness: {type: string, format: date, example: →yesterday}",
            ),
            "is not a \"date\"",
        ),
        (
            (
                "schema: {$ref: '#/components/schemas/Token'}",
                "schema: {$ref: '#/components/schemas/Token'}\n              example: →{expires_in: 60}",
            ),
            "\"access_token\" is a required property",
        ),
        (
            (
                "schema: {$ref: '#/components/schemas/Token'}",
                "schema: {$ref: '#/components/schemas/Token'}\n              examples: {one: {value: {access_token: t, expires_in: →soon}}}",
            ),
            "is not of type",
        ),
        (
            (
                "          required: true\n          schema: {type: string}",
                "          required: true\n          example: →5\n          schema: {type: string}",
            ),
            "is not of type",
        ),
    ];
    for (edit, words) in cases {
        assert_warned(
            &[*edit],
            &["contradicts its schema", words, "correct the example"],
        );
    }
}

#[test]
fn an_example_that_obeys_its_schema_in_one_direction_is_no_fault() {
    for edit in [
        (
            "brightness: {type: number, minimum: 0}",
            "brightness: {type: number, nullable: true, example: null}",
        ),
        (
            "brightness: {type: number, minimum: 0}",
            "brightness: {type: object, required: [a, b], properties: {a: {type: string, readOnly: true}, b: {type: string}}, example: {b: x}}",
        ),
        (
            "brightness: {type: number, minimum: 0}",
            "brightness: {type: object, required: [a, b], properties: {a: {type: string, writeOnly: true}, b: {type: string}}, example: {b: x}}",
        ),
        (
            "brightness: {type: number, minimum: 0}",
            "brightness: {type: object, properties: {example: {type: integer}}}",
        ),
    ] {
        let (_, spec) = read(&[edit]);
        assert_eq!(spec.warnings().to_string(), "", "{edit:?}");
    }
}
