//! What a call shows to `tracing`.

use std::io::Write;
use std::sync::{Arc, Mutex};

use keyfob_runtime::Secret;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::fmt::format::FmtSpan;

use crate::api::{FIND, SECURED, SEND, WITH_BOTH, bearer, builder, letters, query_key, send};
use crate::server::{Reply, Server, json, reply};

/// Everything that is logged.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl<'w> MakeWriter<'w> for Log {
    type Writer = Self;

    fn make_writer(&'w self) -> Self {
        self.clone()
    }
}

impl Log {
    /// Logs what this thread does at the finest level, until the guard is dropped.
    fn begin() -> (Self, tracing::subscriber::DefaultGuard) {
        // Without it, a place that another test meets first, on a thread where nobody listens,
        // would never be heard of again. Whoever comes second finds it set.
        let _ = tracing::subscriber::set_global_default(tracing_subscriber::registry());
        let log = Self::default();
        let subscriber = tracing_subscriber::fmt()
            .with_max_level(tracing::Level::TRACE)
            .with_span_events(FmtSpan::CLOSE)
            .with_ansi(false)
            .with_writer(log.clone())
            .finish();
        (log, tracing::subscriber::set_default(subscriber))
    }

    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

#[tokio::test(start_paused = true)]
async fn a_call_is_a_span_with_the_usual_names() {
    let (log, _guard) = Log::begin();
    let busy = reply(503, &[], "");
    let server = Server::start([busy, json(200, r#"{"list": []}"#)]).await;
    let client = builder()
        .base_url(&server.url)
        .credentials(bearer("b"))
        .build()
        .unwrap();
    letters(client.0.call(&SECURED)).await.unwrap();
    let text = log.text();
    let mut closed = text
        .lines()
        .filter(|line| line.contains("keyfob.call") && line.contains("close"));
    let line = closed.next_back().unwrap_or_else(|| panic!("{text}"));
    for expected in [
        "keyfob.api=\"post\"",
        "keyfob.operation=\"secured\"",
        "http.request.method=\"GET\"",
        "http.request.resend_count=1",
        "http.response.status_code=200",
        "server.address=\"127.0.0.1\"",
        "url.template=\"/secured\"",
    ] {
        assert!(line.contains(expected), "{expected}: {line}");
    }
}

#[tokio::test(start_paused = true)]
async fn no_log_shows_a_credential_a_parameter_or_a_body() {
    let (log, _guard) = Log::begin();
    let refused = reply(
        401,
        &[("set-cookie", "canary")],
        r#"{"message": "canary-message"}"#,
    );
    for last in [refused, json(200, "{}"), Reply::Closed] {
        let server = Server::start([last]).await;
        let builder = builder()
            .base_url(&server.url)
            .credentials(bearer("canary"));
        let client = builder.credentials(query_key("canary")).build().unwrap();
        let _ = send(client.0.call(&WITH_BOTH)).await;
        let _ = send(client.0.call(&SEND).body(Ok(Secret::from("canary")))).await;
        let call = client
            .0
            .call(&FIND)
            .parameter("box", Ok("canary"))
            .parameter("id", Ok("canary"));
        let call = call
            .parameter("limit", Ok("canary"))
            .parameter("session", Ok("canary"));
        let _ = send(call.parameter("X-Trace", Ok("canary"))).await;
    }
    let text = log.text();
    assert!(text.contains("keyfob.call"), "{text}");
    let shown: Vec<&str> = text
        .lines()
        .filter(|line| line.contains("canary"))
        .collect();
    assert!(shown.is_empty(), "{shown:#?}");
}
