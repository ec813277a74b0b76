//! Overlays correct a document, and what they add keeps its place.

use crate::lamp::Lamp;

fn overlaid(actions: &str) -> Lamp {
    let head = "overlay: 1.0.0\ninfo: {title: Corrections, version: \"1\"}\nactions:\n";
    Lamp::new().with("overlay.yaml", &format!("{head}{actions}"))
}

#[test]
fn an_overlay_merges_lengthens_replaces_and_removes() {
    let spec = overlaid(
        "  - target: $.info\n    update: {title: Lantern, description: Corrected.}\n  \
           - target: $.servers\n    update: {url: 'https://us.lamp.example', x-name: US}\n  \
           - target: $.paths['/lamps/{id}'].get['x-success-criteria']\n    remove: true\n  \
           - target: $.paths['/lamps/{id}']\n    update: {delete: {operationId: drop_lamp, parameters: [{name: id, in: path, required: true, schema: {type: string}}], responses: {'204': {description: Gone.}}}}\n",
    )
    .read()
    .unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(spec.title, "Lantern");
    assert_eq!(spec.version, "1");
    assert_eq!(spec.description, "Corrected.");
    let names: Vec<_> = spec
        .servers
        .iter()
        .map(|server| server.name.as_deref())
        .collect();
    assert_eq!(names, [Some("EU"), Some("US")]);
    assert!(
        spec.operation("get_lamp")
            .unwrap()
            .success_criteria
            .is_empty()
    );
    let place = &spec.operation("drop_lamp").unwrap().place;
    assert_eq!(place.to_string(), "specs/lamp/overlay.yaml:11:14");
    let kept = &spec.operation("get_lamp").unwrap().place;
    assert!(
        kept.to_string().starts_with("specs/lamp/openapi.yaml:"),
        "{kept}"
    );
}

#[test]
fn a_fault_that_an_overlay_adds_is_found_in_the_overlay() {
    let complaint = overlaid("  - target: $.info\n    update: {titel: Lantern}\n")
        .read()
        .unwrap_err();
    assert_eq!(
        complaint.to_string(),
        "specs/lamp/overlay.yaml:5:14: `titel` is not a key of an Info Object\n  help: did you mean `title`?"
    );
}

#[test]
fn an_overlay_that_does_nothing_is_refused() {
    let cases = [
        (
            "  - target: $.paths['/lamp']\n    remove: true\n",
            "finds nothing in openapi.yaml",
        ),
        ("  - target: $.info\n", "does nothing"),
        ("  - target: $.info[\n    remove: true\n", "no JSONPath"),
        (
            "  - target: $\n    remove: true\n",
            "whole document cannot be removed",
        ),
        (
            "  - target: $.info.title\n    update: Lantern\n",
            "neither an object nor a list",
        ),
        (
            "  - target: $..a..b..c\n    remove: true\n",
            "more than 2 `..`",
        ),
        (
            "  - target: $.info\n    updat: {title: a}\n",
            "`updat` is not a key of an Action Object",
        ),
    ];
    for (actions, message) in cases {
        let text = overlaid(actions).read().unwrap_err().to_string();
        assert!(text.contains(message), "{actions}: {text}");
        assert!(
            text.starts_with("specs/lamp/overlay.yaml:"),
            "{actions}: {text}"
        );
    }
}

#[test]
fn many_targets_are_removed_at_once_without_missing_any() {
    let spec = overlaid(
        "  - target: $.servers\n    update: [{url: /a}, {url: /b}, {url: /c}]\n  \
           - target: $.servers[1,2,3]\n    remove: true\n",
    )
    .read()
    .unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(spec.servers.len(), 1);
}
