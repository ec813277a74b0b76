//! No secret shows up anywhere but in requests.

mod support;

#[allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]
mod canary {
    use std::fmt::Debug;
    use std::io::Write;
    use std::sync::{Arc, Mutex};

    use keyfob_auth::{
        Credential, FileStore, Inputs, Keyring, Login, ManualClock, Record, Secret, Settings,
    };
    use serde_json::json;
    use tempfile::TempDir;
    use tracing_subscriber::fmt::MakeWriter;

    use crate::support::{Reply, Server, acme, network};

    const CANARY: &str = "canary-7f3a9c";

    /// Everything that anybody could have read.
    #[derive(Clone, Default)]
    struct Seen(Arc<Mutex<Vec<u8>>>);

    impl Seen {
        fn note(&self, shown: impl Debug) {
            writeln!(self.0.lock().unwrap(), "{shown:?}").unwrap();
        }

        fn words(&self, shown: impl std::fmt::Display) {
            writeln!(self.0.lock().unwrap(), "{shown}").unwrap();
        }
    }

    impl Write for Seen {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    impl<'a> MakeWriter<'a> for Seen {
        type Writer = Self;

        fn make_writer(&'a self) -> Self {
            self.clone()
        }
    }

    fn canary(kind: &str) -> String {
        format!("{CANARY}-{kind}-0123456789")
    }

    /// Each kind of answer, some of which repeat every secret that the request held.
    fn answer(number: usize, body: &str, target: &str) -> Reply {
        let token = json!({
            "access_token": canary("access"),
            "refresh_token": canary("refresh"),
            "expires_in": 60,
        });
        let echo = format!("you sent {target} {body}");
        let echo_decoded: String = url::form_urlencoded::parse(body.as_bytes())
            .map(|(name, value)| format!("{name} {value} "))
            .collect();
        match number % 8 {
            1 | 5 => Reply::json(200, token),
            2 => Reply::json(
                400,
                json!({"error": canary("client"), "error_description": echo}),
            ),
            3 => Reply::json(
                401,
                json!({"error": "x", "error_description": echo_decoded}),
            ),
            4 => Reply::text(500, &echo),
            6 => Reply::json(
                200,
                json!({"access_token": format!("{}\r\n", canary("bad")), "message": echo}),
            ),
            7 => Reply::with(
                200,
                &[("content-type", "text/html")],
                &format!("<p>{echo}</p>"),
            ),
            _ => Reply::raw(format!(
                "HTTP/1.1 200 OK\r\ncontent-length: 999\r\n\r\n{echo}"
            )),
        }
    }

    fn inputs() -> Inputs {
        Inputs::new(&acme::API, &acme::CLIENT_CREDENTIALS)
            .set("client_id", "ann")
            .set("client_secret", Secret::from(canary("client")))
    }

    fn code() -> Inputs {
        Inputs::new(&acme::API, &acme::CODE)
            .set("client_id", "ann")
            .set("client_secret", canary("client"))
            .set("redirect_uri", "http://127.0.0.1:1/")
    }

    #[tokio::test]
    async fn shows_up_in_no_event_no_error_and_no_debug() {
        let seen = Seen::default();
        let subscriber = tracing_subscriber::fmt()
            .with_max_level(tracing_subscriber::filter::LevelFilter::TRACE)
            .with_writer(seen.clone());
        let _guard = tracing::subscriber::set_default(subscriber.finish());

        let server =
            Server::start(|request, number| answer(number, &request.body, &request.target)).await;
        let folder = TempDir::new().unwrap();
        let files = FileStore::open(folder.path().join("tokens")).unwrap();
        seen.note(&files);
        let clock = ManualClock::new();
        let noted = seen.clone();
        let keys = Keyring::with_settings(
            &acme::API,
            vec![
                Credential::workflow(inputs()),
                Credential::fixed(&acme::API_KEY, canary("key")),
                Credential::fixed(&acme::IN_QUERY, canary("query")),
                Credential::fixed(&acme::IN_COOKIE, canary("cookie")),
                Credential::basic(&acme::BASIC, canary("user"), canary("password")),
            ],
            network(&server),
            Settings::new()
                .clock(clock.clone())
                .store(Arc::new(files))
                .on_event(move |event| {
                    noted.note(event);
                    noted.words(event);
                }),
        )
        .unwrap();
        seen.note(&keys);
        for scheme in ["api_key", "in_query", "in_cookie", "basic"] {
            let authorization = keys.authorization(scheme).await.unwrap();
            seen.note(&authorization);
            seen.words(authorization.shape());
            let mut request =
                reqwest::Request::new(reqwest::Method::GET, "http://127.0.0.1/".parse().unwrap());
            authorization.apply(&mut request);
            seen.note(request.headers());
        }
        for turn in 0..24 {
            names(&seen, &folder, turn);
            match keys.authorization("oauth2").await {
                Ok(authorization) => {
                    seen.note(&authorization);
                    seen.note(authorization.header());
                    seen.note(authorization.replace().await);
                }
                Err(error) => {
                    seen.note(&error);
                    seen.words(&error);
                }
            }
            if turn % 3 == 0 {
                let revoked = keys.revoke("oauth2").await;
                seen.note(&revoked);
                revoked.err().iter().for_each(|error| seen.words(error));
            }
            clock.advance(std::time::Duration::from_secs(100));
        }
        assert!(server.count() > 16, "the flows ran: {}", server.count());
        config_errors(&seen, &server);
        logins(&seen);

        let seen = String::from_utf8(seen.0.lock().unwrap().clone()).unwrap();
        assert!(seen.contains("no token acquired"), "events are seen");
        assert!(seen.contains("it ends too early"), "those of the store too");
        assert!(
            seen.contains("reqwest") || seen.contains("hyper"),
            "those of others too"
        );
        let hits: Vec<&str> = seen.lines().filter(|line| line.contains(CANARY)).collect();
        println!(
            "measured: {} hits in {} lines",
            hits.len(),
            seen.lines().count()
        );
        assert!(hits.is_empty(), "{hits:#?}");
    }

    /// Notes what the files are called, and now and then damages one.
    fn names(seen: &Seen, folder: &TempDir, turn: usize) {
        for file in std::fs::read_dir(folder.path().join("tokens")).unwrap() {
            let path = file.unwrap().path();
            seen.note(&path);
            if turn % 10 == 5 && path.extension().is_some_and(|ending| ending == "json") {
                let text = std::fs::read_to_string(&path).unwrap();
                assert!(text.contains(CANARY), "it keeps secrets");
                seen.note(Record::from_bytes(text.as_bytes(), "the file"));
                std::fs::write(&path, &text[..text.len() - 1]).unwrap();
            }
        }
    }

    fn config_errors(seen: &Seen, server: &Server) {
        let key = || canary("key");
        for credentials in [
            vec![Credential::fixed(&acme::API_KEY, format!("{}\n", key()))],
            vec![Credential::fixed(&acme::BASIC, key())],
            vec![Credential::basic(
                &acme::BASIC,
                format!("{}:", key()),
                key(),
            )],
            vec![Credential::basic(&acme::API_KEY, key(), key())],
            vec![
                Credential::fixed(&acme::API_KEY, key()),
                Credential::fixed(&acme::API_KEY, key()),
            ],
            vec![Credential::workflow(inputs().set("client_id", ""))],
            vec![Credential::workflow(inputs().set("unknown", key()))],
        ] {
            seen.note(&credentials);
            let error = Keyring::new(&acme::API, credentials, network(server)).unwrap_err();
            seen.note(&error);
            seen.words(&error);
        }
    }

    #[derive(Debug)]
    struct Code(Inputs);

    impl From<Inputs> for Code {
        fn from(inputs: Inputs) -> Self {
            Self(inputs)
        }
    }

    fn logins(seen: &Seen) {
        let started = || {
            let login: Login<Code> = Login::new(code());
            let verifier = format!("{}{}", canary("verifier"), "v".repeat(43));
            login.resume(canary("state"), verifier).unwrap()
        };
        seen.note(started());
        for query in [
            format!("state={}&code=c", canary("other")),
            format!("state={}", canary("state")),
            format!("state={}&code=c&code={}", canary("state"), canary("code")),
            format!("state={}&iss={}&code=c", canary("state"), canary("iss")),
        ] {
            let error = started().finish(&format!("/?{query}")).unwrap_err();
            seen.note(&error);
            seen.words(&error);
        }
        let finished = started().finish(&format!(
            "/?state={}&code={}",
            canary("state"),
            canary("code")
        ));
        let Code(inputs) = finished.unwrap();
        seen.note(inputs);
    }
}
