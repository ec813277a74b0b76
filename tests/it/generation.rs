//! Generation: the same bytes anywhere, told from hand edits, corrected by overlays, and nothing
//! at all where a document is wrong.

use std::fs;
use std::path::Path;

use keyfob_codegen::{GenerateError, Layout, Linkage, Rendering, render};

use crate::checkout;
use crate::failure;

#[test]
fn the_same_specs_give_the_same_bytes_in_any_folder() {
    let first = tempfile::tempdir().unwrap();
    let second = tempfile::tempdir().unwrap();
    let here = first.path().join("specs");
    let there = second.path().join("somewhere else/descriptions of APIs");
    let mut folders = all_specs();
    for folder in &folders {
        checkout::copy(folder, &here.join(folder.file_name().unwrap()));
    }
    folders.reverse();
    for folder in &folders {
        checkout::copy(folder, &there.join(folder.file_name().unwrap()));
    }
    let [one, other] = [&here, &there].map(|specs| rendered(specs, Linkage::Versions));
    assert_eq!(one.rewrites.len(), folders.len());
    let [one, other] = [one, other].map(|rendering| rendering.files);
    assert_eq!(
        one.keys().collect::<Vec<_>>(),
        other.keys().collect::<Vec<_>>()
    );
    for (path, text) in one {
        assert!(other[&path] == text, "{} differs", path.display());
        let elsewhere = first.path().display().to_string();
        assert!(
            !text.contains(&elsewhere),
            "{} knows where it was made",
            path.display()
        );
    }
}

#[test]
fn what_is_checked_in_is_what_the_specs_generate() {
    for (specs, out) in [
        ("specs", "crates/clients"),
        ("tests/specs", "tests/clients"),
    ] {
        let mut command = checkout::generate(&checkout::root(), true);
        command.layout.specs = checkout::root().join(specs);
        command.layout.out = checkout::root().join(out);
        let (outcome, lines) = checkout::run(&command);
        assert!(outcome.is_ok(), "{outcome:?}\n{}", lines.join("\n"));
    }
}

#[test]
fn a_hand_edit_fails_the_check_and_is_named() {
    let copy = checkout::copy_of(&["specs/digileaper", "crates/clients/digileaper"]);
    let check = checkout::generate(copy.path(), true);
    checkout::run(&check).0.unwrap();
    let clients = copy.path().join("crates/clients/digileaper");
    type Edit = (&'static str, fn(&Path));
    let edits: [Edit; 3] = [
        (
            "src/client.rs: differs from what its spec generates",
            |clients| {
                let file = clients.join("src/client.rs");
                let text = fs::read_to_string(&file).unwrap();
                fs::write(&file, text + "// A hand edit.\n").unwrap();
            },
        ),
        ("README.md: is missing", |clients| {
            fs::remove_file(clients.join("README.md")).unwrap()
        }),
        (
            "src/extra.rs: no spec generates this (orphaned)",
            |clients| {
                fs::write(clients.join("src/extra.rs"), "").unwrap();
            },
        ),
    ];
    for (expected, edit) in edits {
        edit(&clients);
        let (outcome, lines) = checkout::run(&check);
        assert!(
            matches!(outcome, Err(GenerateError::Differs { files: 1 })),
            "{outcome:?}"
        );
        failure::says(
            &outcome.unwrap_err().to_string(),
            &["without `--check`", "hand edits"],
        );
        assert_eq!(lines, [clients.join(expected).display().to_string()]);
        checkout::run(&checkout::generate(copy.path(), false))
            .0
            .unwrap();
        checkout::run(&check).0.unwrap();
    }
}

#[test]
fn a_removed_spec_folder_fails_the_check_and_its_client_is_named() {
    let copy = checkout::copy_of(&[
        "specs/digileaper",
        "specs/enboarder",
        "crates/clients/digileaper",
        "crates/clients/enboarder",
    ]);
    fs::remove_dir_all(copy.path().join("specs/enboarder")).unwrap();
    let (outcome, lines) = checkout::run(&checkout::generate(copy.path(), true));
    assert!(
        matches!(outcome, Err(GenerateError::Differs { files: 1 })),
        "{outcome:?}"
    );
    let orphan = copy.path().join("crates/clients/enboarder");
    assert_eq!(
        lines,
        [format!(
            "{}: no spec generates this (orphaned)",
            orphan.display()
        )]
    );
    let (outcome, lines) = checkout::run(&checkout::generate(copy.path(), false));
    outcome.unwrap();
    assert_eq!(lines[0], format!("removed {}", orphan.display()));
    assert_eq!(
        checkout::names(&copy.path().join("crates/clients")),
        ["digileaper"]
    );
}

#[test]
fn an_overlay_corrects_an_assumed_path_and_verb() {
    let copy = checkout::copy_of(&["specs/digileaper"]);
    let specs = copy.path().join("specs");
    let before = rendered(&specs, Linkage::Versions);
    let client = &before.files[Path::new("digileaper/src/client.rs")];
    failure::says(
        &constant(client, "UPDATE_CONTACTS"),
        &[r#"method: "PUT""#, r#"path: "/contacts""#],
    );
    assert!(assumed(&before, "/contacts/put"));

    fs::write(specs.join("digileaper/overlay.yaml"), OVERLAY).unwrap();
    let after = rendered(&specs, Linkage::Versions);
    let client = &after.files[Path::new("digileaper/src/client.rs")];
    failure::says(
        &constant(client, "UPDATE_CONTACTS"),
        &[r#"method: "PATCH""#, r#"path: "/crm/v1/people""#],
    );
    failure::says(
        &constant(client, "LIST_CONTACTS"),
        &[r#"method: "GET""#, r#"path: "/contacts""#],
    );
    failure::says(
        client,
        &["pub fn update_contacts(", "specs/digileaper/overlay.yaml:"],
    );
    assert!(!assumed(&after, "put") && !assumed(&after, "people"));
}

/// Somebody with an account has seen the real operation.
const OVERLAY: &str = "\
overlay: 1.0.0
info: {title: What the portal shows after the login, version: 1.0.0}
extends: openapi.yaml
actions:
  - target: $.paths['/contacts'].put
    remove: true
  - target: $.paths
    update:
      /crm/v1/people:
        patch:
          operationId: update_contacts
          summary: Update contacts.
          tags: [Contacts]
          requestBody:
            $ref: '#/components/requestBodies/Contacts'
          responses:
            '200':
              description: The contacts.
              content:
                application/json:
                  schema:
                    $ref: '#/components/schemas/Contacts'
            '401':
              $ref: '#/components/responses/TokenRefused'
";

/// One fault of the invented API Tidewatch.
struct Fault {
    what: &'static str,
    file: &'static str,
    /// What of the file is replaced; all of it where this is empty.
    from: &'static str,
    to: &'static str,
    /// Text of the changed file. The complaint points at its beginning.
    at: &'static str,
    /// Words of the complaint and its remedy.
    says: &'static [&'static str],
}

const OPENAPI: &str = "openapi.yaml";
const ARAZZO: &str = "tokens.arazzo.yaml";

const FAULTS: &[Fault] = &[
    Fault {
        what: "an unclosed quote",
        file: OPENAPI,
        from: "title: Tidewatch",
        to: "title: \"Tidewatch",
        at: "\"Tidewatch",
        says: &["quote"],
    },
    Fault {
        what: "a key that is there twice",
        file: OPENAPI,
        from: "  title: Tidewatch\n",
        to: "  title: Tidewatch\n  title: Tide watch\n",
        at: "title: Tide watch",
        says: &["title", "twice"],
    },
    Fault {
        what: "another version of the standard",
        file: OPENAPI,
        from: "openapi: 3.0.3",
        to: "openapi: 4.0.0",
        at: "openapi: 4.0.0",
        says: &["4.0.0", "openapi: 3.0.3"],
    },
    Fault {
        what: "a misspelt key",
        file: OPENAPI,
        from: "      required: [quantity, above, tell]",
        to: "      requried: [quantity, above, tell]",
        at: "requried",
        says: &["requried", "did you mean `required`?"],
    },
    Fault {
        what: "a value of the wrong type",
        file: OPENAPI,
        from: "enum: [good, drifting, doubtful]",
        to: "enum: good",
        at: "good\n",
        says: &["text stands where a list belongs"],
    },
    Fault {
        what: "a reference to nothing",
        file: OPENAPI,
        from: "#/components/schemas/Alarm'",
        to: "#/components/schemas/Alarms'",
        at: "'#/components/schemas/Alarms'",
        says: &["#/components/schemas/Alarms"],
    },
    Fault {
        what: "a path parameter that is not described",
        file: OPENAPI,
        from: "/buoys/{buoy}/readings.csv:",
        to: "/buoys/{boy}/readings.csv:",
        at: "get:\n      operationId: export_readings",
        says: &["{boy}"],
    },
    Fault {
        what: "a scheme that is not there",
        file: OPENAPI,
        from: "        - stationKey: []",
        to: "        - stationKee: []",
        at: "stationKee",
        says: &["stationKee", "stationKey"],
    },
    Fault {
        what: "a misspelt extension",
        file: OPENAPI,
        from: "x-refused-when:",
        to: "x-refuse-when:",
        at: "x-refuse-when",
        says: &["x-refuse-when", "did you mean `x-refused-when`?"],
    },
    Fault {
        what: "a condition that is cut off",
        file: OPENAPI,
        from: "$response.body#/status == 'pending'",
        to: "$response.body#/status ==",
        at: "$response.body#/status == 'ok' || $response.body#/status ==\n",
        says: &["condition"],
    },
    Fault {
        what: "an operation that is not there",
        file: ARAZZO,
        from: "operationId: renew_token",
        to: "operationId: renew_tokens",
        at: "renew_tokens",
        says: &["renew_tokens", "renew_token"],
    },
    Fault {
        what: "a required parameter that is not supplied",
        file: ARAZZO,
        from: "          - name: secret\n            in: query\n            value: $inputs.secret\n",
        to: "",
        at: "parameters:\n          - name: station",
        says: &["`read_token` needs the parameter `secret`", "add it"],
    },
    Fault {
        what: "an input that is not there",
        file: ARAZZO,
        from: "value: $inputs.minutes",
        to: "value: $inputs.minuts",
        at: "$inputs.minuts",
        says: &["minuts", "minutes"],
    },
    Fault {
        what: "an output that the answer does not have",
        file: ARAZZO,
        from: "condition: ^ok$\n        outputs:\n          token: $response.body#/data/token",
        to: "condition: ^ok$\n        outputs:\n          token: $response.body#/data/tokn",
        at: "$response.body#/data/tokn",
        says: &["tokn", "token"],
    },
    Fault {
        what: "a part of Arazzo that is not run",
        file: ARAZZO,
        from: "        operationId: renew_token\n",
        to: "        operationId: renew_token\n        onFailure: [{name: stop, type: end}]\n",
        at: "onFailure",
        says: &["onFailure", "delete it"],
    },
    Fault {
        what: "an overlay that corrects nothing",
        file: "overlay.yaml",
        from: "",
        to: "overlay: 1.0.0\ninfo: {title: Corrections, version: 1.0.0}\nactions:\n  - target: $.paths['/boys']\n    remove: true\n",
        at: "$.paths['/boys']",
        says: &["nothing"],
    },
];

#[test]
fn a_wrong_document_is_told_with_its_place_and_a_remedy_and_nothing_is_written() {
    for fault in FAULTS {
        let copy = checkout::copy_of(&["tests/specs"]);
        fs::rename(copy.path().join("tests/specs"), copy.path().join("specs")).unwrap();
        let out = copy.path().join("crates/clients");
        fs::create_dir_all(&out).unwrap();
        fs::write(out.join("before"), "still here").unwrap();
        let file = copy.path().join("specs/query-token").join(fault.file);
        if fault.from.is_empty() {
            fs::write(&file, fault.to).unwrap();
        } else {
            checkout::replace(&file, fault.from, fault.to);
        }
        let (outcome, lines) = checkout::run(&checkout::generate(copy.path(), false));
        let what = fault.what;
        let Err(error @ GenerateError::Specs(_)) = outcome else {
            panic!("{what} is taken")
        };
        let told = error.to_string();
        let (line, column, text) = place(&fs::read_to_string(&file).unwrap(), fault.at);
        let place = format!("specs/query-token/{}:{line}:{column}: ", fault.file);
        assert!(told.starts_with(&place), "{what}: not at {place}\n{told}");
        failure::says(&told, fault.says);
        // The line, the mark below it, and what to do.
        failure::says(
            &told,
            &[&format!(" {line} | {text}\n"), "| ", "^", "\n  help: "],
        );
        assert!(lines.is_empty(), "{what}: {lines:?}");
        assert_eq!(checkout::names(&out), ["before"], "{what}");
    }
}

/// Line and column of a text, and the whole line.
fn place(document: &str, text: &str) -> (usize, usize, String) {
    let (before, _) = document
        .split_once(text)
        .unwrap_or_else(|| panic!("no {text:?}"));
    let line = before.matches('\n').count();
    let column = before.len() - before.rfind('\n').map_or(0, |newline| newline + 1);
    (
        line + 1,
        column + 1,
        document.lines().nth(line).unwrap().to_string(),
    )
}

/// All APIs that this repository has specs of.
fn all_specs() -> Vec<std::path::PathBuf> {
    let mut folders = Vec::new();
    for specs in ["specs", "tests/specs"] {
        let specs = checkout::root().join(specs);
        let folder = |name: String| specs.join(name);
        folders.extend(
            checkout::names(&specs)
                .into_iter()
                .map(folder)
                .filter(|folder| folder.is_dir()),
        );
    }
    folders
}

fn rendered(specs: &Path, linkage: Linkage) -> Rendering {
    let layout = Layout {
        specs: specs.to_path_buf(),
        out: specs.join("clients"),
        linkage,
        skip_unsupported: false,
    };
    render(&layout).unwrap_or_else(|complaints| panic!("{}", complaints.render()))
}

/// The definition of an operation's constant.
fn constant(client: &str, name: &str) -> String {
    let start = client.find(&format!("pub static {name}:")).unwrap();
    let end = client[start..].find("\n    };").unwrap();
    client[start..start + end].to_string()
}

/// Whether the README lists an assumption about what has these words in its pointer.
fn assumed(rendering: &Rendering, words: &str) -> bool {
    let readme = &rendering.files[Path::new("digileaper/README.md")];
    let (_, assumed) = readme.split_once("## Assumed").unwrap();
    assumed
        .replace("~1", "/")
        .lines()
        .any(|line| line.contains(words))
}
