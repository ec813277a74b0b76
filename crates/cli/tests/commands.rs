//! The commands of the `keyfob` binary, as somebody types them.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

#[test]
fn check_counts_what_each_spec_has() {
    let specs = repository().join("specs");
    let output = keyfob(&["check", "--specs", shown(&specs)]);
    assert!(output.status.success(), "{output:?}");
    let folders = fs::read_dir(&specs)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    let mut apis: Vec<PathBuf> = folders.filter(|path| path.is_dir()).collect();
    apis.sort();
    let printed = text(&output.stdout);
    let lines: Vec<&str> = printed.lines().collect();
    assert_eq!(lines.len(), apis.len(), "{printed}");
    for (line, api) in lines.iter().zip(apis) {
        let name = api.file_name().unwrap().to_str().unwrap();
        assert!(
            line.starts_with(&format!("{name}: ")) && line.ends_with(" token workflows"),
            "{line}"
        );
    }
}

#[test]
fn check_warns_on_the_error_stream_and_refuses_nothing_for_it() {
    let specs = tempfile::tempdir().unwrap();
    fs::create_dir(specs.path().join("acme")).unwrap();
    let document = "openapi: 3.0.3\ninfo: {title: Acme, version: '1'}\nservers: [{url: http://acme.example}]\n\
                    paths: {}\ncomponents: {schemas: {Size: {type: integer, example: large}}}\n";
    fs::write(specs.path().join("acme/openapi.yaml"), document).unwrap();
    let output = keyfob(&["check", "--specs", shown(specs.path())]);
    assert!(output.status.success(), "{output:?}");
    assert!(text(&output.stdout).starts_with("acme: "), "{output:?}");
    let told = text(&output.stderr);
    for words in [
        "acme/openapi.yaml:3:17: no secret is sent by plain http",
        ".base_url(..)",
        "acme/openapi.yaml:5:55: the example contradicts its schema",
        "correct the example",
    ] {
        assert!(told.contains(words), "{words:?} is not in: {told}");
    }
    assert_eq!(told.matches("warning: ").count(), 2, "{told}");
}

#[test]
fn a_wrong_spec_is_told_on_the_error_stream_and_by_the_exit_code() {
    let specs = tempfile::tempdir().unwrap();
    fs::create_dir(specs.path().join("acme")).unwrap();
    let document = "openapi: 3.0.3\ninfo: {title: Acme, version: '1'}\npaths: {}\ncomponets: {}\n";
    fs::write(specs.path().join("acme/openapi.yaml"), document).unwrap();
    let out = specs.path().join("clients");
    for command in [
        &["check", "--specs", shown(specs.path())][..],
        &[
            "generate",
            "--specs",
            shown(specs.path()),
            "--out",
            shown(&out),
        ],
        &["sandbox", "--specs", shown(specs.path())],
    ] {
        let output = keyfob(command);
        assert_eq!(output.status.code(), Some(1), "{output:?}");
        assert_eq!(text(&output.stdout), "");
        let told = text(&output.stderr);
        for words in [
            "acme/openapi.yaml:4:1: ",
            "4 | componets: {}",
            "did you mean `components`?",
        ] {
            assert!(told.contains(words), "{words:?} is not in: {told}");
        }
    }
    assert!(!out.exists());
}

#[test]
fn generate_writes_clients_and_check_tells_hand_edits() {
    let folder = tempfile::tempdir().unwrap();
    let specs = folder.path().join("specs");
    fs::create_dir_all(specs.join("acme")).unwrap();
    let document = repository().join("specs/digileaper/openapi.yaml");
    fs::copy(document, specs.join("acme/openapi.yaml")).unwrap();
    let tokens = repository().join("specs/digileaper/tokens.arazzo.yaml");
    fs::copy(tokens, specs.join("acme/tokens.arazzo.yaml")).unwrap();
    let out = folder.path().join("clients");
    let generate = ["generate", "--specs", shown(&specs), "--out", shown(&out)];
    let check = [&generate[..], &["--check"]].concat();

    assert_eq!(keyfob(&check).status.code(), Some(1));
    assert!(!out.exists());
    assert!(keyfob(&generate).status.success());
    assert!(keyfob(&check).status.success());
    let manifest = fs::read_to_string(out.join("acme/Cargo.toml")).unwrap();
    assert!(
        manifest.contains("name = \"keyfob-acme\"") && !manifest.contains("path ="),
        "{manifest}"
    );
    fs::write(out.join("acme/src/lib.rs"), "// A hand edit.\n").unwrap();
    let output = keyfob(&check);
    assert_eq!(output.status.code(), Some(1));
    let edited = format!(
        "{}: differs from what its spec generates",
        shown(&out.join("acme/src/lib.rs"))
    );
    assert!(text(&output.stdout).contains(&edited), "{output:?}");
}

#[test]
fn what_has_not_changed_is_not_generated_again() {
    let folder = tempfile::tempdir().unwrap();
    let specs = folder.path().join("specs");
    fs::create_dir_all(specs.join("acme")).unwrap();
    let description = specs.join("acme/openapi.yaml");
    let document = "openapi: 3.0.3\ninfo: {title: Acme, version: '1'}\npaths: {}\n";
    fs::write(&description, document).unwrap();
    let out = folder.path().join("clients");
    let generate = || {
        let arguments = ["generate", "--specs", shown(&specs), "--out", shown(&out)];
        let mut command = command(&arguments);
        let command = command.env("XDG_CACHE_HOME", folder.path().join("caches"));
        let output = command.output().unwrap();
        assert!(output.status.success(), "{output:?}");
        text(&output.stdout)
    };
    let is_skipped = |printed: &str| printed.ends_with(": nothing has changed\n");

    assert!(!is_skipped(&generate()));
    assert!(is_skipped(&generate()));
    fs::write(&description, document.replace("Acme", "Apex")).unwrap();
    assert!(!is_skipped(&generate()));
    assert!(is_skipped(&generate()));
    fs::write(out.join("acme/src/lib.rs"), "// A hand edit.\n").unwrap();
    assert!(!is_skipped(&generate()));
}

#[test]
fn the_sandbox_says_where_it_serves_and_serves_there() {
    let specs = repository().join("specs");
    let mut sandbox = Command::new(env!("CARGO_BIN_EXE_keyfob"))
        .args(["sandbox", "--specs", shown(&specs)])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(sandbox.stdout.take().unwrap()).lines();
    let said: Vec<String> = lines
        .map(Result::unwrap)
        .take_while(|line| !line.starts_with("ready"))
        .collect();
    let address = said
        .iter()
        .find_map(|line| line.strip_prefix("digitaleo at http://"))
        .unwrap();
    let (host, _) = address.split_once('/').unwrap();
    let mut connection = TcpStream::connect(host).unwrap();
    write!(
        connection,
        "GET /digitaleo/rest/campaigns HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n\r\n"
    )
    .unwrap();
    let mut answer = String::new();
    connection.read_to_string(&mut answer).unwrap();
    sandbox.kill().unwrap();
    sandbox.wait().unwrap();
    assert!(answer.starts_with("HTTP/1.1 401 "), "{answer}");
}

#[test]
fn every_command_that_the_readme_names_is_one() {
    let readme = fs::read_to_string(repository().join("README.md")).unwrap();
    let help = text(&keyfob(&["--help"]).stdout);
    let named: Vec<&str> = readme
        .split("`keyfob ")
        .skip(1)
        .filter_map(|rest| rest.split(['`', ' ']).next())
        .collect();
    assert!(!named.is_empty());
    for command in named {
        assert!(
            help.lines()
                .any(|line| line.trim().starts_with(&format!("{command} "))),
            "{command}: {help}"
        );
    }
}

fn keyfob(arguments: &[&str]) -> Output {
    let caches = tempfile::tempdir().unwrap();
    let mut command = command(arguments);
    let command = command.env("XDG_CACHE_HOME", caches.path());
    command.output().unwrap()
}

fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_keyfob"));
    command.args(arguments);
    command
}

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn shown(path: &Path) -> &str {
    path.to_str().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}
