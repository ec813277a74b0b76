//! A canary in every credential of every API, and in every token that is answered, shows up
//! nowhere: not in `Debug` of what an application holds, not in an error, not in a log at the
//! finest level.

use std::cell::RefCell;
use std::fmt::Debug;
use std::io::{self, Write};
use std::pin::Pin;
use std::sync::Once;

use keyfob_runtime::auth::{AuthError, Authorization};
use keyfob_runtime::{Error, ResponseValue};
use keyfob_tests::recorder::{Answer, Recorder, Request, Unreachable};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::fmt::format::FmtSpan;

use crate::failure;

/// What no text may contain. Every canary begins with it.
const CANARY: &str = "canary";

/// Secrets of the application. The characters at their ends are written differently in a form, in
/// JSON and in a path.
const CLIENT_SECRET: &str = "canary-client-secret+&=\"/%";
const REFRESH_TOKEN: &str = "canary-refresh-token+&=\"/%";
const CODE: &str = "canary-code+&=\"/%";
const VERIFIER: &str = "canary-code-verifier-0123456789-0123456789-0123456789";
const READY_TOKEN: &str = "canary-ready-token.with-dots_and-dashes~";

/// Everything that any of the five takes for an answer, with canaries in all that is secret.
const EVERYTHING: &str = r#"{
    "access_token": "canary-access-token", "expires_in": 3600, "token_type": "bearer",
    "refresh_token": "canary-new-refresh-token", "id_token": "canary-id-token",
    "device_code": "canary-device-code",
    "params": {"status": "successful"},
    "result": {
        "key": "device-1", "secret": "canary-device-secret", "token": "canary-device-token",
        "access_token": "canary-user-token", "expires_in": 3600, "refresh_token": "canary-new-refresh-token"
    },
    "list": [], "items": [], "count": 0, "message": "ok", "name": "Asha Verma"
}"#;

type Behaviour = fn(&Request) -> Answer;

/// How a server behaves: with canaries wherever it can have them.
const SERVERS: [(&str, Behaviour); 12] = [
    ("answers as documented", documented),
    (
        "refuses, repeating in its words what it was sent",
        |request| repeated(400, request),
    ),
    ("refuses the credential, repeating it", |request| {
        repeated(401, request)
    }),
    ("forbids, repeating the credential", |request| {
        repeated(403, request)
    }),
    (
        "refuses the operations' tokens only, repeating them",
        |request| {
            if is_token_request(request) {
                documented(request)
            } else {
                repeated(401, request)
            }
        },
    ),
    ("is overloaded, repeating what it was sent", |request| {
        repeated(503, request).header("retry-after", "3600")
    }),
    ("says 200 and means no", |request| {
        let no =
            json!({"params": {"status": "failed"}, "errorcode": "X", "message": echo(request)});
        unless_open(request, Answer::json(200, no.to_string()))
    }),
    ("answers HTML", |request| {
        Answer::new(
            200,
            "text/html",
            format!("<p>{}</p>", echo(request)).into_bytes(),
        )
    }),
    ("answers with the wrong types", |request| {
        let wrong = EVERYTHING
            .replace('[', "\"canary\", \"canaries\": [")
            .replace("3600", r#"{"canary": true}"#);
        unless_open(request, Answer::json(200, wrong))
    }),
    ("breaks off", |_| Answer::json(200, EVERYTHING).truncated()),
    ("hangs up", |_| Answer::none()),
    ("points elsewhere", |request| {
        Answer::text(302, echo(request)).header(
            "location",
            "https://canary:canary@elsewhere.example/canary?token=canary",
        )
    }),
];

/// Makes a client for the server at this address, and calls it.
type Way = fn(String) -> Pin<Box<dyn Future<Output = Page>>>;

/// Each way in of each API, and a call or two with it.
const WAYS: [(&str, Way); 18] = [
    ("Digileaper by client credentials", |url| {
        Box::pin(digileaper(
            url,
            keyfob_digileaper::ClientCredentials::new("id", CLIENT_SECRET),
        ))
    }),
    ("Digileaper by a ready token", |url| {
        Box::pin(digileaper(
            url,
            keyfob_digileaper::BearerToken::new(READY_TOKEN),
        ))
    }),
    ("Digitaleo by client credentials", |url| {
        Box::pin(digitaleo(
            url,
            keyfob_digitaleo::ClientCredentials::new("id", CLIENT_SECRET),
        ))
    }),
    ("Digitaleo by refresh token", |url| {
        Box::pin(digitaleo(
            url,
            keyfob_digitaleo::RefreshToken::new("id", CLIENT_SECRET, REFRESH_TOKEN),
        ))
    }),
    ("Digitaleo by a ready token", |url| {
        Box::pin(digitaleo(url, keyfob_digitaleo::Oauth2::new(READY_TOKEN)))
    }),
    ("Sunbird by registration, version 1", |url| {
        Box::pin(sunbird(
            url,
            keyfob_sunbird::RegisterV1::new("mobile_device", "device-1"),
        ))
    }),
    ("Sunbird by registration, version 2", |url| {
        Box::pin(sunbird(
            url,
            keyfob_sunbird::RegisterV2::new("mobile_device", "device-1"),
        ))
    }),
    ("Sunbird by registration of a desktop", |url| {
        Box::pin(sunbird(
            url,
            keyfob_sunbird::RegisterDesktop::new("device-1"),
        ))
    }),
    ("Sunbird by a ready token", |url| {
        Box::pin(sunbird(url, keyfob_sunbird::Device::new(READY_TOKEN)))
    }),
    ("DigiLocker by code", |url| {
        let way = keyfob_digilocker::AuthorizationCode::new(
            "id",
            CLIENT_SECRET,
            CODE,
            "https://app.example/callback",
        );
        Box::pin(digilocker(url, way.code_verifier(VERIFIER)))
    }),
    ("DigiLocker by code, with Basic", |url| {
        let way = keyfob_digilocker::AuthorizationCodeBasic::new(
            "id",
            CLIENT_SECRET,
            CODE,
            "https://app.example/callback",
        );
        Box::pin(digilocker(url, way.code_verifier(VERIFIER)))
    }),
    ("DigiLocker by refresh token", |url| {
        Box::pin(digilocker(
            url,
            keyfob_digilocker::RefreshToken::new("id", CLIENT_SECRET, REFRESH_TOKEN),
        ))
    }),
    ("DigiLocker by refresh token, with Basic", |url| {
        Box::pin(digilocker(
            url,
            keyfob_digilocker::RefreshTokenBasic::new("id", CLIENT_SECRET, REFRESH_TOKEN),
        ))
    }),
    ("DigiLocker by device code", |url| {
        Box::pin(digilocker(
            url,
            keyfob_digilocker::DeviceCode::new("id", CODE, "canary-482913"),
        ))
    }),
    ("Enboarder by key", |url| {
        Box::pin(enboarder(url, keyfob_enboarder::ApiKey::new(READY_TOKEN)))
    }),
    ("Enboarder by client credentials", |url| {
        Box::pin(enboarder(
            url,
            keyfob_enboarder::ClientCredentials::new("id", CLIENT_SECRET),
        ))
    }),
    ("Enboarder by client credentials, with Basic", |url| {
        Box::pin(enboarder(
            url,
            keyfob_enboarder::ClientCredentialsBasic::new("id", CLIENT_SECRET),
        ))
    }),
    ("Enboarder by a ready token", |url| {
        Box::pin(enboarder(
            url,
            keyfob_enboarder::AccessToken::new(READY_TOKEN),
        ))
    }),
];

#[tokio::test]
async fn a_canary_in_every_credential_shows_up_nowhere() {
    for (server, answer) in SERVERS {
        for (way, run) in WAYS {
            let recorder = Recorder::start().await.unwrap();
            recorder.answer_all(answer);
            let log = Log::listen();
            let page = run(recorder.url()).await;
            let log = log.text();
            let what = format!("{way}, where the server {server}");
            assert!(
                recorder.requests().iter().any(carries_canary),
                "nothing secret was sent: {what}"
            );
            let sent = presented(&recorder);
            clean(&page.0, &sent, &what);
            clean(&log, &sent, &format!("the log of {what}"));
            failure::says(&log, &["keyfob.call", "reqwest"]);
        }
    }
}

#[tokio::test]
async fn a_server_that_cannot_be_reached_brings_no_canary_to_light() {
    let nobody = Unreachable::new().unwrap();
    for (way, run) in WAYS {
        let log = Log::listen();
        let page = run(nobody.url()).await;
        let log = log.text();
        clean(&page.0, &[], way);
        clean(&log, &[], &format!("the log of {way}"));
        failure::says(&page.0, &["rror"]);
        failure::says(&log, &["keyfob.call"]);
    }
}

#[tokio::test]
async fn what_carries_tokens_is_typed_as_secret() {
    let recorder = Recorder::start().await.unwrap();
    recorder.answer_all(documented);
    let mut page = Page::default();

    let digileaper = keyfob_digileaper::Client::builder()
        .base_url(recorder.url())
        .build()
        .unwrap();
    let request: keyfob_digileaper::types::TokenRequest =
        typed(json!({"client_id": "id", "secret": CLIENT_SECRET}));
    page.call(digileaper.generate_token().body(request.clone()), &request);
    page.outcome(digileaper.generate_token().body(request).send().await);

    let digitaleo = keyfob_digitaleo::Client::builder()
        .base_url(recorder.url())
        .build()
        .unwrap();
    let request: keyfob_digitaleo::types::TokenRequest = typed(json!({
        "grant_type": "refresh_token", "client_id": "id", "client_secret": CLIENT_SECRET, "refresh_token": REFRESH_TOKEN,
    }));
    page.call(digitaleo.create_token().body(request.clone()), &request);
    page.outcome(digitaleo.create_token().body(request).send().await);

    let sunbird = keyfob_sunbird::Client::builder()
        .credentials(keyfob_sunbird::Administrator::new(READY_TOKEN))
        .credentials(keyfob_sunbird::Device::new(READY_TOKEN))
        .base_url(recorder.url())
        .build()
        .unwrap();
    let request: keyfob_sunbird::types::RefreshTokenRequest =
        typed(json!({"refresh_token": REFRESH_TOKEN}));
    page.call(
        sunbird.refresh_access_token().body(request.clone()),
        &request,
    );
    page.outcome(sunbird.refresh_access_token().body(request).send().await);
    let request: keyfob_sunbird::types::RegisterCredentialRequest =
        typed(json!({"request": {"key": "device-1"}}));
    page.outcome(
        sunbird
            .register_desktop_credential()
            .body(request)
            .send()
            .await,
    );

    let digilocker = keyfob_digilocker::Client::builder()
        .credentials(keyfob_digilocker::Basic::new("id", CLIENT_SECRET))
        .base_url(recorder.url())
        .build()
        .unwrap();
    let request: keyfob_digilocker::types::TokenRequest = typed(json!({
        "grant_type": "authorization_code", "client_id": "id", "client_secret": CLIENT_SECRET, "code": CODE,
        "code_verifier": VERIFIER, "refresh_token": REFRESH_TOKEN, "device_code": CODE, "dl_otp": "canary-482913",
    }));
    page.call(digilocker.create_token().body(request.clone()), &request);
    page.outcome(digilocker.create_token().body(request).send().await);
    let request: keyfob_digilocker::types::RevokeRequest = typed(json!({"token": REFRESH_TOKEN}));
    page.call(digilocker.revoke_token().body(request.clone()), &request);
    let request: keyfob_digilocker::types::DeviceCodeRequest = typed(
        json!({"client_id": "id", "response_type": "device_code", "dl_mobile": "9876543210"}),
    );
    page.outcome(digilocker.create_device_code().body(request).send().await);

    let enboarder = keyfob_enboarder::Client::builder()
        .base_url(recorder.url())
        .build()
        .unwrap();
    let request: keyfob_enboarder::types::TokenRequest = typed(
        json!({"grant_type": "client_credentials", "client_id": "id", "client_secret": CLIENT_SECRET}),
    );
    page.call(enboarder.create_token().body(request.clone()), &request);
    page.outcome(enboarder.create_token().body(request).send().await);

    let asked: Vec<_> = recorder
        .requests()
        .into_iter()
        .map(|request| request.target)
        .collect();
    assert_eq!(asked.len(), 7, "{asked:?}");
    assert!(
        !page.0.contains("Err("),
        "all of it was answered: {}",
        page.0
    );
    clean(
        &page.0,
        &presented(&recorder),
        "types of requests and answers",
    );
}

#[test]
fn a_secret_is_written_into_requests_only() {
    let request: keyfob_digitaleo::types::TokenRequest = typed(json!({
        "grant_type": "client_credentials", "client_id": "id", "client_secret": CLIENT_SECRET,
    }));
    let refused = serde_json::to_string(&request).unwrap_err();
    failure::says(
        &refused.to_string(),
        &["a secret serializes only into a request"],
    );
}

#[test]
fn a_mistake_in_a_credential_or_in_a_url_does_not_show_it() {
    use keyfob_digitaleo::{Client, ClientCredentials, Oauth2};
    let build = |credential: keyfob_runtime::auth::Credential| {
        Client::builder().credentials(credential).build()
    };
    let url = |url: &str| Client::builder().base_url(url).build();
    let code = keyfob_digilocker::AuthorizationCode::new(
        "id",
        CLIENT_SECRET,
        CODE,
        "https://app.example/callback",
    );
    let sunbird = keyfob_sunbird::Client::builder();
    let errors = [
        build(Oauth2::new("canary\r\ncanary").into()).unwrap_err(),
        build(ClientCredentials::new("", CLIENT_SECRET).into()).unwrap_err(),
        Client::builder()
            .credentials(Oauth2::new(READY_TOKEN))
            .credentials(Oauth2::new(READY_TOKEN))
            .build()
            .unwrap_err(),
        url("https://id:canary@api.messengeo.net").unwrap_err(),
        url("https://api.messengeo.net?key=canary").unwrap_err(),
        url("http://canary.example").unwrap_err(),
        url("canary").unwrap_err(),
        keyfob_digilocker::Client::builder()
            .credentials(code.code_verifier("canary: too short"))
            .build()
            .unwrap_err(),
        sunbird
            .credentials(keyfob_sunbird::RefreshToken::new(REFRESH_TOKEN))
            .build()
            .unwrap_err(),
    ];
    for error in errors {
        clean(
            &format!("{error}\n{error:?}\n{error:#?}"),
            &[],
            "an error of the builder",
        );
    }
}

#[test]
fn a_login_shows_neither_its_secrets_nor_what_came_back() {
    const CALLBACK: &str = "https://app.example/callback";
    let login = || keyfob_digilocker::AuthorizationCode::login("id", CLIENT_SECRET, CALLBACK);
    let mut page = Page::default();
    page.debug(&login());
    let started = login().start().unwrap();
    page.debug(&started);
    let own = [
        started.state().expose().to_string(),
        started.verifier().expose().to_string(),
    ];
    page.debug(&started.state());
    page.debug(&started.verifier());
    let finished = started
        .finish(&format!("{CALLBACK}?code={CODE}&state={}", own[0]))
        .unwrap();
    page.debug(&finished);

    for query in [
        "code=canary&state=canary",
        "code=canary",
        "state=canary&error=canary_denied",
        "code=canary&code=canary&state=STATE",
        "code=canary&state=STATE&iss=https%3A%2F%2Fcanary.example",
        "state=STATE",
    ] {
        let started = login().start().unwrap();
        let query = query.replace("STATE", started.state().expose());
        let error = started.finish(&format!("{CALLBACK}?{query}")).unwrap_err();
        page.debug(&error);
        page.0.push_str(&error.to_string());
    }
    clean(&page.0, &own, "a login");
}

/// What an application could print, page by page.
#[derive(Default)]
struct Page(String);

impl Page {
    fn debug(&mut self, value: &impl Debug) {
        self.0.push_str(&format!("{value:?}\n{value:#?}\n"));
    }

    fn call(&mut self, call: impl Debug, request: &impl Debug) {
        self.debug(&call);
        self.debug(request);
    }

    fn outcome<T: Debug, E: 'static>(&mut self, outcome: Result<ResponseValue<T>, Error<E>>) {
        match &outcome {
            Ok(answer) => self.debug(answer),
            Err(error) => self.0.push_str(&failure::everything(error)),
        }
        self.debug(&outcome);
    }

    fn authorization(&mut self, outcome: Result<Authorization, AuthError>) {
        self.debug(&outcome);
        match outcome {
            Ok(authorization) => {
                self.0.push_str(&authorization.shape());
                let url = "https://api.example".parse().unwrap();
                let mut request = reqwest::Request::new(reqwest::Method::GET, url);
                authorization.apply(&mut request);
                self.debug(&authorization.header());
                self.debug(&request);
            }
            Err(error) => self.0.push_str(&error.to_string()),
        }
    }
}

async fn digileaper<C>(url: String, credential: C) -> Page
where
    C: Debug + Clone + Into<keyfob_runtime::auth::Credential>,
{
    let mut page = Page::default();
    page.debug(&credential);
    page.debug(&credential.clone().into());
    let builder = keyfob_digileaper::Client::builder()
        .credentials(credential)
        .base_url(url);
    page.debug(&builder);
    let client = builder.build().unwrap();
    page.debug(&client);
    page.debug(&client.list_contacts());
    page.outcome(client.list_contacts().send().await);
    page.outcome(client.save_contacts().body(vec![]).send().await);
    page.authorization(
        client
            .authorization(keyfob_digileaper::Scheme::BearerToken)
            .await,
    );
    page
}

async fn digitaleo<C>(url: String, credential: C) -> Page
where
    C: Debug + Clone + Into<keyfob_runtime::auth::Credential>,
{
    let mut page = Page::default();
    page.debug(&credential);
    page.debug(&credential.clone().into());
    let builder = keyfob_digitaleo::Client::builder()
        .credentials(credential)
        .base_url(url);
    page.debug(&builder);
    let client = builder.build().unwrap();
    page.debug(&client);
    page.debug(&client.list_campaigns());
    page.outcome(client.list_campaigns().limit(10).send().await);
    page.outcome(client.delete_contacts().id("1,2").send().await);
    page.authorization(client.authorization(keyfob_digitaleo::Scheme::Oauth2).await);
    page
}

async fn sunbird<C>(url: String, device: C) -> Page
where
    C: Debug + Clone + Into<keyfob_runtime::auth::Credential>,
{
    let mut page = Page::default();
    page.debug(&device);
    page.debug(&device.clone().into());
    let administrator = keyfob_sunbird::Administrator::new(READY_TOKEN);
    let user = keyfob_sunbird::RefreshToken::new(REFRESH_TOKEN);
    page.debug(&administrator);
    page.debug(&user);
    let builder = keyfob_sunbird::Client::builder()
        .credentials(administrator)
        .credentials(device);
    let builder = builder.credentials(user).base_url(url);
    page.debug(&builder);
    let client = builder.build().unwrap();
    page.debug(&client);
    let refresh: keyfob_sunbird::types::RefreshTokenRequest =
        typed(json!({"refresh_token": REFRESH_TOKEN}));
    page.outcome(client.refresh_access_token().body(refresh).send().await);
    let key: keyfob_sunbird::types::RegisterCredentialRequest =
        typed(json!({"request": {"key": "device-1"}}));
    page.outcome(
        client
            .register_credential_v1()
            .consumer("mobile_device")
            .body(key)
            .send()
            .await,
    );
    page.authorization(client.authorization(keyfob_sunbird::Scheme::User).await);
    page
}

async fn digilocker<C>(url: String, credential: C) -> Page
where
    C: Debug + Clone + Into<keyfob_runtime::auth::Credential>,
{
    let mut page = Page::default();
    page.debug(&credential);
    page.debug(&credential.clone().into());
    let basic = keyfob_digilocker::Basic::new("id", CLIENT_SECRET);
    page.debug(&basic);
    let builder = keyfob_digilocker::Client::builder()
        .credentials(credential)
        .credentials(basic)
        .base_url(url);
    page.debug(&builder);
    let client = builder.build().unwrap();
    page.debug(&client);
    page.outcome(client.get_user().send().await);
    let revocation: keyfob_digilocker::types::RevokeRequest =
        typed(json!({"token": REFRESH_TOKEN}));
    page.outcome(client.revoke_token().body(revocation).send().await);
    page.authorization(
        client
            .authorization(keyfob_digilocker::Scheme::Oauth2)
            .await,
    );
    page
}

async fn enboarder<C>(url: String, credential: C) -> Page
where
    C: Debug + Clone + Into<keyfob_runtime::auth::Credential>,
{
    let mut page = Page::default();
    page.debug(&credential);
    page.debug(&credential.clone().into());
    let builder = keyfob_enboarder::Client::builder()
        .credentials(credential)
        .base_url(url);
    page.debug(&builder);
    let client = builder.build().unwrap();
    page.debug(&client);
    page.outcome(client.list_brands().send().await);
    let cancellation: keyfob_enboarder::types::WorkflowCancellation =
        typed(json!({"externalid": "ENT-1"}));
    page.outcome(
        client
            .cancel_workflow()
            .body(cancellation.clone())
            .send()
            .await,
    );
    page.outcome(client.cancel_workflow_v2().body(cancellation).send().await);
    page.authorization(
        client
            .authorization(keyfob_enboarder::Scheme::AccessToken)
            .await,
    );
    page
}

fn documented(request: &Request) -> Answer {
    let is_json = request.header("content-type") == Some("application/json");
    match request.path() {
        "/token" if is_json => Answer::text(200, "Bearer canary-access-token"),
        "/contacts" | "/brand/all" => Answer::json(200, "[]"),
        _ => Answer::json(200, EVERYTHING),
    }
}

/// Saving Digileaper's contacts is answered with any JSON, so that whatever the server says is the
/// typed value: it is the application's, and no fault of whoever shows it.
fn unless_open(request: &Request, answer: Answer) -> Answer {
    if request.path() == "/contacts" {
        documented(request)
    } else {
        answer
    }
}

fn is_token_request(request: &Request) -> bool {
    [
        "/token",
        "/oauth2/token",
        "/oauth2/1/token",
        "/auth/v1/refresh/token",
    ]
    .contains(&request.path())
        || request.path().ends_with("/register")
}

/// A refusal in each of the five APIs' forms, which repeats what was sent.
fn repeated(status: u16, request: &Request) -> Answer {
    let words = echo(request);
    let body = json!({
        "error": "invalid_request", "error_description": words, "message": words, "errorcode": words,
        "params": {"status": "failed", "err": words, "errmsg": words}, "result": {"token": ""},
    });
    Answer::json(status, body.to_string()).header("x-request-id", &words.replace(['\r', '\n'], " "))
}

/// What was sent, as a careless server repeats it: as it read it, and as it came.
fn echo(request: &Request) -> String {
    let authorization = request
        .header("authorization")
        .or(request.header("apikey"))
        .unwrap_or_default();
    let body = request.json();
    let members: Vec<String> = match body.as_object() {
        Some(members) => members
            .values()
            .filter_map(Value::as_str)
            .map(str::to_string)
            .collect(),
        None => request.form().into_iter().map(|(_, value)| value).collect(),
    };
    format!("{} {authorization} {}", members.join(" "), request.text())
}

fn carries_canary(request: &Request) -> bool {
    let headers = request
        .headers
        .iter()
        .any(|(_, value)| value.contains(CANARY));
    headers || request.text().contains(CANARY) || request.header("authorization").is_some()
}

/// What requests presented, which can be a canary in another spelling (Basic).
fn presented(recorder: &Recorder) -> Vec<String> {
    let values = recorder.requests().into_iter().filter_map(|request| {
        let value = request
            .header("authorization")
            .or(request.header("apikey"))?;
        value.split(' ').next_back().map(str::to_string)
    });
    values.collect()
}

fn clean(text: &str, presented: &[String], what: &str) {
    for secret in presented.iter().map(String::as_str).chain([CANARY]) {
        if let Some(at) = text.to_lowercase().find(&secret.to_lowercase()) {
            let around: String = text
                .chars()
                .skip(at.saturating_sub(200))
                .take(400)
                .collect();
            panic!("{secret} is in {what}: ...{around}...");
        }
    }
}

fn typed<T: DeserializeOwned>(value: Value) -> T {
    serde_json::from_value(value).unwrap()
}

/// What `tracing` and `log` say on this thread, at the finest level.
///
/// The subscriber is the one of the whole process, for ever: with one for each test, `tracing`
/// would forget the places that another thread met first.
struct Log(());

thread_local! {
    static HEARD: RefCell<Option<Vec<u8>>> = const { RefCell::new(None) };
}

impl Log {
    fn listen() -> Log {
        static SUBSCRIBED: Once = Once::new();
        SUBSCRIBED.call_once(|| {
            let subscriber = tracing_subscriber::fmt()
                .with_max_level(LevelFilter::TRACE)
                .with_span_events(FmtSpan::FULL)
                .with_ansi(false)
                .with_writer(|| Ear)
                .finish();
            tracing::subscriber::set_global_default(subscriber)
                .expect("nobody else has subscribed");
            tracing_log::LogTracer::init().expect("nobody else has set a logger");
        });
        HEARD.set(Some(Vec::new()));
        Log(())
    }

    /// What was said since, and no more of it is heard.
    fn text(self) -> String {
        String::from_utf8_lossy(&HEARD.take().unwrap_or_default()).into_owned()
    }
}

/// Hears what is said on its thread while somebody listens there.
struct Ear;

impl Write for Ear {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        HEARD.with_borrow_mut(|heard| {
            if let Some(heard) = heard {
                heard.extend_from_slice(bytes);
            }
        });
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
