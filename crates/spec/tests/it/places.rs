//! Places, and how complaints show them.

use keyfob_spec::{Diagnostics, Place};

use crate::lamp::Lamp;

#[test]
fn a_node_stands_at_its_key_and_an_unknown_one_at_its_nearest_ancestor() {
    let spec = Lamp::new().read().unwrap();
    let line = |pointer: &str| spec.places.get(pointer).to_string();
    assert_eq!(line("/openapi"), "specs/lamp/openapi.yaml:2:1");
    assert_eq!(line("/info/title"), "specs/lamp/openapi.yaml:3:8");
    assert_eq!(line("#/info/title"), "specs/lamp/openapi.yaml:3:8");
    assert_eq!(line("/info/nothing/below"), "specs/lamp/openapi.yaml:3:1");
    assert_eq!(line("/servers/0"), "specs/lamp/openapi.yaml:5:5");
    assert_eq!(
        spec.places.value("/info/title").to_string(),
        "specs/lamp/openapi.yaml:3:15"
    );
    let operation = spec.operation("get_lamp").unwrap();
    assert_eq!(spec.places.get(&operation.pointer), operation.place);
}

#[test]
fn a_complaint_shows_its_line_and_points_at_the_word() {
    let diagnostics = Lamp::new()
        .edited(&[("required: [id]", "requried: [id]")])
        .read()
        .unwrap_err();
    assert_eq!(
        diagnostics.render(),
        "specs/lamp/openapi.yaml:86:7: `requried` is not a key of a Schema Object\n    |\n 86 |       requried: [id]\n    |       ^^^^^^^^\n  help: did you mean `required`?\n\n"
    );
}

#[test]
fn a_later_stage_complains_in_the_same_form() {
    let spec = Lamp::new().read().unwrap();
    let place = spec.places.get("/info/title");
    let text = Diagnostics::one(place, "too short", "write more").render();
    assert!(text.contains("info: {title: Lamp"), "{text}");
    let bare = Diagnostics::one(
        Place::new("specs/lamp/openapi.yaml", 3, 1),
        "too short",
        "write more",
    );
    assert_eq!(
        bare.to_string(),
        "specs/lamp/openapi.yaml:3:1: too short\n  help: write more"
    );
    assert!(bare.render().contains("help: write more"));
}

#[test]
fn no_text_of_a_document_reaches_the_terminal_as_a_command() {
    let diagnostics = Lamp::new()
        .edited(&[("in: path", "in: \"\\u001b[31m\\u202e\"")])
        .read()
        .unwrap_err();
    let text = diagnostics.render();
    assert!(
        !text.contains('\u{1b}') && !text.contains('\u{202e}'),
        "{text:?}"
    );
    assert!(text.contains("\\u{1b}"), "{text}");
}

#[test]
fn a_very_long_line_is_shown_in_part() {
    let filler = "x".repeat(100_000);
    let mut lamp = Lamp::new();
    let wide = format!("{{'description': '{filler}', 'requried': [id], 'title': '{filler}'}}");
    lamp.files[0].1 = lamp.files[0].1.replace("{type: number, minimum: 0}", &wide);
    let text = lamp.read().unwrap_err().render();
    assert!(text.contains("requried"), "{text}");
    assert!(text.len() < 2_000, "{} bytes", text.len());
}

#[test]
fn every_folder_is_complained_about_at_once() {
    let root = tempfile::tempdir().unwrap();
    for (name, text) in [
        ("a", "openapi: 4.0.0"),
        ("b", "openapi: 2"),
        ("c9", "- x"),
        ("D", "x: y"),
    ] {
        let folder = root.path().join(name);
        std::fs::create_dir(&folder).unwrap();
        std::fs::write(folder.join("openapi.yaml"), text).unwrap();
    }
    std::fs::create_dir(root.path().join("empty")).unwrap();
    let diagnostics = keyfob_spec::read_all(root.path()).unwrap_err();
    let text = diagnostics.to_string();
    for name in [
        "D:1:1",
        "a/openapi.yaml:1:1",
        "b/openapi.yaml:1:1",
        "c9/openapi.yaml:1:1",
    ] {
        assert!(text.contains(name), "{text}");
    }
    assert_eq!(diagnostics.complaints().len(), 4, "{text}");
    assert!(text.contains("cannot be the name of a crate"), "{text}");
}

#[test]
fn a_document_under_another_name_and_a_folder_without_one_are_not_passed_over() {
    let root = tempfile::tempdir().unwrap();
    let told = |specs: &std::path::Path| keyfob_spec::read_all(specs).unwrap_err().to_string();
    let nothing = told(root.path());
    assert!(
        nothing.contains("no folder in it describes an API"),
        "{nothing}"
    );
    let folder = root.path().join("lamp");
    std::fs::create_dir(&folder).unwrap();
    std::fs::write(folder.join("notes.yaml"), "").unwrap();
    assert_eq!(told(root.path()), nothing);
    std::fs::write(folder.join("openapi.yaml"), "").unwrap();
    assert!(
        told(&folder).contains("one folder for each API"),
        "the folder of an API is given as that of all"
    );
    for (name, meant) in [
        ("openapi.yml", "openapi.yaml"),
        ("OpenAPI.json", "openapi.yaml"),
        ("tokens.arazzo.yml", "tokens.arazzo.yaml"),
        ("tokens.yaml", "tokens.arazzo.yaml"),
        ("arazzo.yaml", "tokens.arazzo.yaml"),
        ("overlay.yml", "overlay.yaml"),
    ] {
        std::fs::write(folder.join(name), "").unwrap();
        let told = told(root.path());
        assert!(told.contains(&format!("lamp/{name}:1:1")), "{told}");
        assert!(told.contains(&format!("call it {meant}")), "{told}");
        std::fs::remove_file(folder.join(name)).unwrap();
    }
}

#[test]
fn a_document_with_a_fault_in_every_line_is_refused_at_once_and_in_short() {
    let mut lamp = Lamp::new();
    let faults: String = (0..20_000)
        .map(|index| format!("    S{index}: {{tpe: string}}\n"))
        .collect();
    lamp.files[0].1.push_str(&faults);
    let text = lamp.read().unwrap_err().to_string();
    assert!(text.lines().count() < 300, "{text}");
    lamp.files[0].1 = lamp.files[0].1.replace("tpe: string", "$ref: '#/nowhere'");
    let text = lamp.read().unwrap_err().to_string();
    assert!(text.ends_with("... and 19900 more"), "{text}");
}
