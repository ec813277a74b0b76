//! What goes over the wire, judged by somebody else: every operation of a generated client is
//! called through Prism's proxy, which reads the vendor's own document, to Prism's mock.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io;
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use serde_json::Value;

use super::compilation::write_workspace;
use super::prism_document::PrismDocument;
use crate::process::cargo;
use crate::root;

/// How long a server may take to read its document.
const START: Duration = Duration::from_secs(120);

/// What Prism says of one client's requests.
#[derive(Debug, Clone)]
pub(crate) struct Verdict {
    /// The client's folder.
    pub(crate) folder: PathBuf,
    /// How many operations were called, and judged.
    pub(crate) operations: usize,
    /// Operations that Prism cannot tell from others, and does not judge.
    pub(crate) hidden: BTreeSet<String>,
    /// Requests that break the document or were never sent: the operation's id, and why.
    pub(crate) violations: Vec<(String, String)>,
    /// How many of Prism's answers the client could not read.
    pub(crate) unread: usize,
}

/// Calls every operation of each client.
///
/// # Errors
///
/// A program does not compile, or cannot be started.
pub(crate) fn judge(
    modules: &Path,
    folder: &Path,
    crates: &[PathBuf],
) -> Result<Vec<Verdict>, Box<dyn std::error::Error>> {
    if crates.is_empty() {
        return Ok(Vec::new());
    }
    println!(
        "building {} programs that call every operation",
        crates.len()
    );
    write_workspace(folder, crates)?;
    let built = cargo()
        .args([
            "build",
            "--quiet",
            "--workspace",
            "--no-default-features",
            "--examples",
        ])
        .current_dir(folder)
        .env("CARGO_TARGET_DIR", target())
        .status()?;
    if !built.success() {
        return Err(format!("cargo build in {}: {built}", folder.display()).into());
    }
    let prism = modules.join(".bin/prism");
    crates
        .iter()
        .map(|client| verdict(&prism, folder, client))
        .collect()
}

fn verdict(
    prism: &Path,
    folder: &Path,
    client: &Path,
) -> Result<Verdict, Box<dyn std::error::Error>> {
    let name = client.file_name().unwrap_or_default();
    let specs = folder.join(name).join("specs").join(name);
    let document = serde_json::from_slice(&fs::read(specs.join("openapi.json"))?)?;
    let document = PrismDocument::of(&document);
    let mut verdict = Verdict {
        folder: client.to_path_buf(),
        operations: 0,
        hidden: BTreeSet::new(),
        violations: Vec::new(),
        unread: 0,
    };
    if !document.has_operations() {
        return Ok(verdict);
    }
    let copy = specs.join("prism.json");
    fs::write(&copy, document.document.to_string())?;
    verdict.hidden = document.hidden;
    let (_mock, proxy) = match servers(prism, &copy) {
        Ok(servers) => servers,
        Err(error) => {
            let why = format!("not judged: {error}");
            verdict.violations.push(("-".to_string(), why));
            return Ok(verdict);
        }
    };
    let output = cargo()
        .args([
            "run",
            "--quiet",
            "--no-default-features",
            "--example",
            &example(client)?,
            "--manifest-path",
        ])
        .arg(client.join("Cargo.toml"))
        .args(["--", &proxy.address()])
        .current_dir(folder)
        .env("CARGO_TARGET_DIR", target())
        .stderr(Stdio::inherit())
        .output()?;
    let said = String::from_utf8_lossy(&output.stdout);
    fs::write(folder.join(name).join("wire.log"), &output.stdout)?;
    for line in said.lines() {
        verdict.add(line);
    }
    if !output.status.success() {
        let why = format!("the program failed: {}", output.status);
        verdict.violations.push(("-".to_string(), why));
    }
    Ok(verdict)
}

/// The name of the one example that a client brings.
fn example(client: &Path) -> io::Result<String> {
    let mut examples = fs::read_dir(client.join("examples"))?;
    let example = examples.next().ok_or(io::ErrorKind::NotFound)??.path();
    let name = example.file_stem().unwrap_or_default();
    Ok(name.to_string_lossy().into_owned())
}

/// A mock of a document, and a proxy before it that judges what is sent there.
fn servers(prism: &Path, document: &Path) -> Result<(Server, Server), Box<dyn std::error::Error>> {
    let mock = Server::start(prism, "mock", document, None)?;
    let proxy = Server::start(prism, "proxy", document, Some(&mock))?;
    Ok((mock, proxy))
}

impl Verdict {
    /// Adds what the program says of one operation.
    fn add(&mut self, line: &str) {
        let mut parts = line.split('\t');
        let mut part = || parts.next().unwrap_or("-").to_string();
        let (operation, status, violations, outcome) = (part(), part(), part(), part());
        if self.hidden.contains(&operation) {
            return;
        }
        self.operations += 1;
        if status == "-" {
            self.violations
                .push((operation, format!("no request: {outcome}")));
            return;
        }
        if outcome != "ok" && status.starts_with('2') {
            self.unread += 1;
        }
        let violations: Value = serde_json::from_str(&violations).unwrap_or_default();
        for violation in violations.as_array().into_iter().flatten() {
            let is = |pointer: &str, expected: &str| {
                let value = violation.pointer(pointer);
                value.and_then(Value::as_str) == Some(expected)
            };
            // A parameter that is deprecated is warned of.
            if is("/location/0", "request") && !is("/severity", "Warning") {
                self.violations
                    .push((operation.clone(), violation.to_string()));
            }
        }
    }
}

/// A Prism that is stopped when it is dropped.
struct Server {
    port: u16,
    process: Child,
}

impl Server {
    /// Starts a mock, or a proxy before another server, and waits until it listens.
    fn start(
        prism: &Path,
        role: &str,
        document: &Path,
        upstream: Option<&Server>,
    ) -> Result<Server, Box<dyn std::error::Error>> {
        let port = free_port()?;
        let log = document.with_file_name(format!("prism-{role}.log"));
        let log = File::create(log)?;
        let process = Command::new(prism)
            .arg(role)
            .arg(document)
            .args(upstream.map(Server::address))
            .args(["--host", "127.0.0.1", "--port", &port.to_string()])
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log)
            .spawn()?;
        let mut server = Server { port, process };
        let started = Instant::now();
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            if let Some(status) = server.process.try_wait()? {
                return Err(format!("prism {role} {}: {status}", document.display()).into());
            }
            if started.elapsed() > START {
                return Err(format!("prism {role} {} does not listen", document.display()).into());
            }
            sleep(Duration::from_millis(100));
        }
        Ok(server)
    }

    fn address(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn free_port() -> io::Result<u16> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?.port())
}

fn target() -> PathBuf {
    root().join("target/corpus/built")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_wrong_with_a_request_counts() {
        let mut verdict = Verdict {
            folder: PathBuf::new(),
            operations: 0,
            hidden: BTreeSet::from(["e".to_owned()]),
            violations: Vec::new(),
            unread: 0,
        };
        verdict.add("a\t200\t-\tok");
        verdict.add("b\t200\t[{\"location\":[\"response\",\"body\"]}]\tstatus 200: no number");
        verdict.add("c\t200\t[{\"location\":[\"request\",\"query\"]}]\tok");
        verdict.add("c\t200\t[{\"location\":[\"request\"],\"severity\":\"Warning\"}]\tok");
        verdict.add("d\t-\t-\tit is required");
        verdict.add("e\t404\t[{\"location\":[\"request\"]}]\tnot found");
        assert_eq!(verdict.operations, 5);
        assert_eq!(verdict.unread, 1);
        let operations: Vec<&str> = verdict
            .violations
            .iter()
            .map(|(operation, _)| operation.as_str())
            .collect();
        assert_eq!(operations, ["c", "d"]);
    }
}
