//! Stoplight's Prism as a proxy that holds every request and answer against the document.

use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, BufReader, Lines};
use tokio::net::{TcpListener, TcpStream};
use tokio::process::{Child, ChildStdout, Command};

/// A running Prism. It ends when it is dropped.
pub(crate) struct Prism {
    port: u16,
    log: Lines<BufReader<ChildStdout>>,
    _child: Child,
}

/// A path that no document has: what stands in the log after it comes from no trial.
const LAST: &str = "/keyfob-trials-end";

/// What Prism 5 cannot judge and says so by a violation. The sandbox judges it.
const BEYOND_IT: &[&str] = &[
    // Of `http` schemes it knows basic, bearer and digest.
    "We currently do not support this type of security scheme",
    // Its numbers are JavaScript's, which end here.
    "must be <= 9007199254740991",
    "must be >= -9007199254740991",
    // It reads a list in a form as JSON text, whatever the encoding's style is.
    "Cannot deserialize JSON object array in form data",
];

/// How long Prism may take to start, or to write its log.
const PATIENCE: Duration = Duration::from_secs(60);

impl Prism {
    #[expect(clippy::expect_used, reason = "a helper of tests")]
    pub(crate) async fn start(program: &Path, document: &Path, upstream: &str) -> Self {
        let port = free_port().await;
        let mut child = Command::new(program)
            .arg("proxy")
            .arg(document)
            .arg(upstream)
            .args(["--host", "127.0.0.1", "--port", &port.to_string()])
            .env("NO_COLOR", "1")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .expect("Prism starts");
        let stdout = child.stdout.take().expect("Prism has an output");
        let mut prism = Self {
            port,
            log: BufReader::new(stdout).lines(),
            _child: child,
        };
        let found = prism.read_until("Prism is listening").await;
        assert!(
            found.is_some(),
            "Prism does not listen: {}",
            document.display()
        );
        prism
    }

    pub(crate) fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// The violations that it has found, each with the request that it was found in.
    #[expect(clippy::expect_used, reason = "a helper of tests")]
    pub(crate) async fn end(mut self) -> Vec<String> {
        let request =
            format!("GET {LAST} HTTP/1.1\r\nhost: 127.0.0.1\r\nconnection: close\r\n\r\n");
        let mut stream = TcpStream::connect(("127.0.0.1", self.port))
            .await
            .expect("Prism still listens");
        tokio::io::AsyncWriteExt::write_all(&mut stream, request.as_bytes())
            .await
            .expect("Prism still reads");
        let lines = self.read_until(LAST).await.expect("Prism writes its log");
        violations(&lines)
    }

    /// The lines up to one with these words; `None` if there is none.
    async fn read_until(&mut self, words: &str) -> Option<Vec<String>> {
        let mut lines = Vec::new();
        let reading = async {
            while let Ok(Some(line)) = self.log.next_line().await {
                if line.contains(words) {
                    return Some(lines);
                }
                lines.push(line);
            }
            None
        };
        tokio::time::timeout(PATIENCE, reading).await.ok().flatten()
    }
}

fn violations(lines: &[String]) -> Vec<String> {
    let mut request = "";
    let mut found = Vec::new();
    for line in lines {
        if let Some((_, rest)) = line.split_once("[HTTP SERVER] ") {
            request = rest.split_whitespace().nth(1).unwrap_or_default();
            if line.contains("terminated with error") {
                found.push(format!("{request}: {rest}"));
            }
        } else if let Some((_, violation)) = line.split_once("Violation: ")
            && !BEYOND_IT.iter().any(|words| violation.contains(words))
        {
            found.push(format!("{request}: {violation}"));
        }
    }
    found
}

/// A port that was free a moment ago: Prism cannot choose one itself.
#[expect(clippy::expect_used, reason = "a helper of tests")]
async fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("a bound port");
    address.port()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn violations_are_told_with_their_request() {
        let log = "\
[7:31:16 PM] › [HTTP SERVER] get /rest/campaigns ℹ  info      Request received
[7:31:16 PM] ›     [VALIDATOR] ✖  error     Violation: request.query.limit must be integer
[7:31:16 PM] › [HTTP SERVER] get /nothing ℹ  info      Request received
[7:31:16 PM] ›     [VALIDATOR] ⚠  warning   Violation: request Selected route not found
[7:31:16 PM] ›     [VALIDATOR] ✖  error     Violation: request.body.n must be <= 9007199254740991
[7:31:17 PM] › [HTTP SERVER] get /gone ✖  error     Request terminated with error: FetchError";
        let lines: Vec<String> = log.lines().map(str::to_owned).collect();
        let expected = [
            "/rest/campaigns: request.query.limit must be integer",
            "/nothing: request Selected route not found",
            "/gone: get /gone ✖  error     Request terminated with error: FetchError",
        ];
        assert_eq!(violations(&lines), expected);
    }
}
