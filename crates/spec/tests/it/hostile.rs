//! Nothing that a document holds makes the reader panic, hang or eat all memory.

use proptest::prelude::*;

use crate::lamp::{Lamp, read_bytes};

/// Test threads have small stacks; a reader that survives here survives anywhere.
fn refused(text: &str) -> String {
    match read_bytes(text.as_bytes()) {
        Ok(_) => panic!("accepted"),
        Err(diagnostics) => diagnostics.render(),
    }
}

#[test]
fn nesting_has_an_end() {
    for depth in [150, 100_000] {
        assert!(refused(&format!("{}{}", "[".repeat(depth), "]".repeat(depth))).contains(":1:"));
        let blocks: String = (0..depth.min(2_000))
            .map(|level| format!("{}a:\n", " ".repeat(level)))
            .collect();
        assert!(refused(&blocks).contains("nested more than"));
    }
}

#[test]
fn aliases_do_not_multiply_without_end() {
    let mut text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
    for level in 1..12 {
        let alias = format!("*a{}, ", level - 1).repeat(10);
        text.push_str(&format!("a{level}: &a{level} [{alias}]\n"));
    }
    assert!(refused(&text).contains("more than"));
}

#[test]
fn the_deepest_schema_that_is_read_is_walked_by_every_check() {
    for key in ["not", "items", "additionalProperties"] {
        let mut lamp = Lamp::new();
        let depth = 117;
        let nested = format!(
            "minimum: 0, {}{}{}",
            format!("{key}: {{").repeat(depth),
            "type: string",
            "}".repeat(depth)
        );
        lamp.files[0].1 = lamp.files[0].1.replace("minimum: 0", &nested);
        lamp.read().unwrap_or_else(|error| panic!("{error}"));
        lamp.files[0].1 = lamp.files[0].1.replace("type: string}}", "tpe: string}}");
        assert!(
            lamp.read()
                .unwrap_err()
                .to_string()
                .contains("did you mean `type`?")
        );
    }
}

#[test]
fn schemas_that_contain_themselves_are_walked_once() {
    let cases: [&[_]; 3] = [
        &[(
            "    Token:\n      type: object\n",
            "    Token:\n      type: object\n      allOf: [{$ref: '#/components/schemas/Token'}, {$ref: '#/components/schemas/Token'}]\n",
        )],
        &[
            (
                "    Token:\n      type: object\n",
                "    Token:\n      type: object\n      oneOf: [{$ref: '#/components/schemas/Token'}, {$ref: '#/components/schemas/Token'}, {$ref: '#/components/schemas/Token'}]\n",
            ),
            ("$response.body#/expires_in", "$response.body#/nowhere"),
        ],
        &[(
            "    TokenRequest:\n      type: object\n",
            "    TokenRequest:\n      type: object\n      anyOf: [{$ref: '#/components/schemas/TokenRequest'}, {$ref: '#/components/schemas/TokenRequest'}]\n",
        )],
    ];
    for edits in cases {
        let complaint = Lamp::new().edited(edits).read().err();
        let complaint = complaint.map(|complaint| complaint.to_string());
        assert_eq!(
            complaint.is_some_and(|complaint| complaint.contains("no success of `create_token`")),
            edits.len() == 2,
            "only the expression that leads nowhere is wrong"
        );
    }
}

#[test]
fn inputs_that_refer_to_themselves_are_refused() {
    let complaint = Lamp::new()
        .edited(&[
            ("scope: {type: string}\n    steps", "scope: {$ref: '#/components/inputs/a'}\n    steps"),
            ("workflows:\n", "components: {inputs: {a: {type: string, allOf: [{$ref: '#/components/inputs/b'}]}, b: {not: {$ref: '#/components/inputs/a'}}}}\nworkflows:\n"),
        ])
        .read()
        .unwrap_err();
    assert!(
        complaint.to_string().contains("refers to itself"),
        "{complaint}"
    );
}

#[test]
fn conditions_and_patterns_nest_only_so_deep() {
    for condition in ["(".repeat(5_000), "!".repeat(5_000)] {
        let mut lamp = Lamp::new();
        let quoted = format!("'{condition}'");
        lamp.files[1].1 = lamp.files[1].1.replacen("$statusCode == 200", &quoted, 1);
        assert!(lamp.read().unwrap_err().to_string().contains("too deep"));
    }
    for pattern in [
        "(".repeat(900),
        "(?:".repeat(300) + &")".repeat(300),
        "a{99999999}".to_owned(),
        "(a*)*".repeat(100),
    ] {
        let mut lamp = Lamp::new();
        let quoted = format!("type: string, pattern: '{pattern}'");
        lamp.files[1].1 = lamp.files[1]
            .1
            .replacen("type: string, minLength: 1", &quoted, 1);
        let _ = lamp.read();
    }
}

#[test]
fn a_file_that_is_too_large_is_not_read() {
    let complaint = read_bytes(&vec![b' '; 65 * 1024 * 1024])
        .unwrap_err()
        .to_string();
    assert!(
        complaint.contains("longer than 67108864 bytes"),
        "{complaint}"
    );
}

#[test]
fn an_overlay_cannot_blow_a_document_up() {
    let members: String = (0..500)
        .map(|index| format!("x-{index}: {{type: a}}, "))
        .collect();
    let actions: String = (0..3)
        .map(|index| {
            format!(
                "  - {{target: '$..[?@.type]', description: '{index}', update: {{{members}}}}}\n"
            )
        })
        .collect();
    let overlay = format!("overlay: 1.0.0\ninfo: {{title: a, version: '1'}}\nactions:\n{actions}");
    let complaint = Lamp::new().with("overlay.yaml", &overlay).read();
    let complaint = complaint.unwrap_err().to_string();
    assert!(complaint.contains("too deep or too large"), "{complaint}");
    let deep = format!(
        "overlay: 1.0.0\ninfo: {{title: a, version: '1'}}\nactions:\n  - target: $.info\n    update: {}1{}\n",
        "{x-a: ".repeat(115),
        "}".repeat(115)
    );
    assert!(Lamp::new().with("overlay.yaml", &deep).read().is_ok());
    let deeper = format!(
        "{deep}  - target: $.info{}\n    update: {}1{}\n",
        "['x-a']".repeat(100),
        "{x-b: ".repeat(55),
        "}".repeat(55)
    );
    let complaint = Lamp::new()
        .with("overlay.yaml", &deeper)
        .read()
        .unwrap_err()
        .to_string();
    assert!(complaint.contains("too deep"), "{complaint}");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn arbitrary_bytes_are_refused_without_a_panic(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        prop_assert!(read_bytes(&bytes).is_err());
    }

    #[test]
    fn arbitrary_text_is_refused_without_a_panic(text in "[-:?{}\\[\\],&*!#|>'\"%@` \\n\\tab0-9.e\\\\~<]{0,200}") {
        prop_assert!(read_bytes(text.as_bytes()).is_err());
    }

    #[test]
    fn a_document_with_a_piece_cut_out_is_read_or_refused(file in 0usize..2, start in 0usize..3000, length in 0usize..40) {
        let mut lamp = Lamp::new();
        let text = &mut lamp.files[file].1;
        let start = start.min(text.len());
        let end = (start + length).min(text.len());
        text.replace_range(start..end, "");
        if let Err(diagnostics) = lamp.read() {
            prop_assert!(!diagnostics.complaints().is_empty());
            prop_assert!(diagnostics.complaints().iter().all(|complaint| !complaint.help().is_empty()));
            let _ = diagnostics.render();
        }
    }

    #[test]
    fn a_document_with_something_written_into_it_is_read_or_refused(file in 0usize..2, line in 0usize..100, text in "[ ]{0,12}[a-z$#/{}\\[\\]:'\"&*~0-9. -]{0,30}") {
        let mut lamp = Lamp::new();
        let mut lines: Vec<&str> = lamp.files[file].1.lines().collect();
        lines.insert(line.min(lines.len()), &text);
        lamp.files[file].1 = lines.join("\n");
        if let Err(diagnostics) = lamp.read() {
            prop_assert!(!diagnostics.render().is_empty());
        }
    }
}
