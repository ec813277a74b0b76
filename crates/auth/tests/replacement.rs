//! A credential that changes, and a runtime that ends, while clients run.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

mod support;

use std::sync::Arc;
use std::time::Duration;

use keyfob_auth::{
    Acquisition, Api, AuthErrorKind, BasicEncoding, ConfigError, Credential, Inputs, Keyring,
    ManualClock, MemoryStore, Presentation, Scheme, Settings, Token, TokenStore,
};
use serde_json::json;
use support::{Recorded, Reply, Server, acme, header, keyring, keyring_and_clock, network, shown};

const HOUR: Duration = Duration::from_secs(3600);

fn with_secret(secret: &str) -> Credential {
    Credential::workflow(acme::inputs(&acme::CLIENT_CREDENTIALS).set("client_secret", secret))
}

/// Takes the secret `new` alone, and tells in the token what it was given for.
async fn rotated() -> Server {
    Server::start(|request, number| match request.form("client_secret") {
        Some(secret) if secret == "new" => Reply::json(
            200,
            json!({"access_token": format!("{}{number}", told(request)), "refresh_token": format!("r{number}"), "expires_in": 3600}),
        ),
        _ => Reply::json(401, json!({"error": "invalid_client"})),
    })
    .await
}

fn told(request: &Recorded) -> String {
    request
        .form("refresh_token")
        .map_or("first".to_owned(), |token| format!("{token}-"))
}

#[tokio::test]
async fn a_secret_that_was_rotated_heals_a_running_client_at_once() {
    let server = rotated().await;
    let keys = keyring(&server, vec![with_secret("old")]);
    let clone = keys.clone();
    let error = keys.authorization("oauth2").await.unwrap_err();
    assert_eq!(error.code(), Some("invalid_client"));
    keys.authorization("oauth2").await.unwrap_err();
    assert_eq!(server.count(), 1, "it is remembered");
    keys.replace_credential(with_secret("new")).unwrap();
    assert_eq!(
        header(&clone, "oauth2").await,
        "Bearer first2",
        "in every clone, without a pause"
    );
}

#[tokio::test]
async fn a_token_at_hand_and_its_refresh_token_outlive_the_secret() {
    let server = Server::start(|request, number| {
        let token = format!("{}-{number}", request.form("client_secret").unwrap());
        let sent = request.form("refresh_token").unwrap_or_default();
        Reply::json(
            200,
            json!({"access_token": format!("{token}{sent}"), "refresh_token": format!("r{number}"), "expires_in": 3600}),
        )
    })
    .await;
    let store: Arc<dyn TokenStore> = Arc::new(MemoryStore::new());
    for settings in [Settings::new(), Settings::new().store(store)] {
        let before = server.count();
        let clock = ManualClock::new();
        let settings = settings.clock(clock.clone());
        let credentials = vec![with_secret("old")];
        let keys =
            Keyring::with_settings(&acme::API, credentials, network(&server), settings.clone());
        let keys = keys.unwrap();
        let first = header(&keys, "oauth2").await;
        keys.replace_credential(with_secret("newer")).unwrap();
        keys.replace_credential(with_secret("newest")).unwrap();
        assert_eq!(
            header(&keys, "oauth2").await,
            first,
            "it is as good as before"
        );
        assert_eq!(server.count(), before + 1);
        clock.advance(HOUR);
        let number = before + 1;
        let renewed = format!("Bearer newest-{}r{number}", number + 1);
        assert_eq!(header(&keys, "oauth2").await, renewed);
        if before == 0 {
            continue;
        }
        // Who comes later finds it under the new secret, and nothing under the old one.
        let later = |secret| {
            let credentials = vec![with_secret(secret)];
            let keys =
                Keyring::with_settings(&acme::API, credentials, network(&server), settings.clone());
            keys.unwrap()
        };
        assert_eq!(header(&later("newest"), "oauth2").await, renewed);
        let anew = format!("Bearer old-{}", number + 2);
        assert_eq!(header(&later("old"), "oauth2").await, anew);
    }
}

fn login(secret: &str, code: &str) -> Credential {
    let inputs: Inputs = acme::inputs(&acme::CODE)
        .set("client_secret", secret)
        .set("code", code)
        .set("redirect_uri", "http://127.0.0.1/")
        .set("code_verifier", format!("{code}-verifier"));
    Credential::workflow(inputs)
}

#[tokio::test]
async fn a_persons_login_outlives_the_secret_of_the_application() {
    let server = Server::start(|request, number| {
        Reply::json(
            200,
            json!({
                "access_token": format!("{}{number}", told(request)),
                "refresh_token": format!("r{number}"),
                "expires_in": 3600,
            }),
        )
    })
    .await;
    let (keys, clock) = keyring_and_clock(&server, vec![login("old", "c")]);
    assert_eq!(header(&keys, "oauth2").await, "Bearer first1");
    clock.advance(HOUR);
    keys.replace_credential(login("new", "c")).unwrap();
    assert_eq!(header(&keys, "oauth2").await, "Bearer r1-2");
    let secret = server.requests()[1].form("client_secret");
    assert_eq!(secret.as_deref(), Some("new"));
    // Another code is another login, whose token is not the one at hand.
    keys.replace_credential(login("new", "d")).unwrap();
    assert_eq!(header(&keys, "oauth2").await, "Bearer first3");
    assert_eq!(server.requests()[2].form("code").unwrap(), "d");
}

#[tokio::test]
async fn the_token_of_somebody_else_is_not_kept() {
    let server = Server::start(|request, number| {
        Reply::token(&format!("{}{number}", request.form("client_id").unwrap()))
    })
    .await;
    let of =
        |id| Credential::workflow(acme::inputs(&acme::CLIENT_CREDENTIALS).set("client_id", id));
    let keys = keyring(&server, vec![of("ann")]);
    assert_eq!(header(&keys, "oauth2").await, "Bearer ann1");
    keys.replace_credential(of("bob")).unwrap();
    assert_eq!(header(&keys, "oauth2").await, "Bearer bob2");
    let own = |token| {
        Credential::source(&acme::OAUTH2, move |_: Acquisition| async move {
            Ok(Token::new(token))
        })
    };
    for token in ["one", "two"] {
        keys.replace_credential(own(token)).unwrap();
        assert_eq!(header(&keys, "oauth2").await, format!("Bearer {token}"));
    }
}

#[tokio::test]
async fn a_token_that_is_on_its_way_for_somebody_else_is_not_used() {
    let server = Server::gated(|request, number| {
        Reply::token(&format!("{}{number}", request.form("client_id").unwrap()))
    })
    .await;
    let of =
        |id| Credential::workflow(acme::inputs(&acme::CLIENT_CREDENTIALS).set("client_id", id));
    let keys = keyring(&server, vec![of("ann")]);
    let waiting = tokio::spawn({
        let keys = keys.clone();
        async move { header(&keys, "oauth2").await }
    });
    server.received(1).await;
    keys.replace_credential(of("bob")).unwrap();
    server.release(2);
    assert_eq!(
        waiting.await.unwrap(),
        "Bearer bob2",
        "who waited gets one of the new owner's"
    );
}

#[tokio::test]
async fn a_token_that_the_earlier_secret_got_on_its_way_out_is_not_given_twice() {
    let server = Server::gated(|request, number| {
        let token = format!("{}{number}", told(request));
        let refresh_token = format!("r{number}");
        Reply::json(
            200,
            json!({"access_token": token, "refresh_token": refresh_token, "expires_in": 3600}),
        )
    })
    .await;
    let keys = keyring(&server, vec![with_secret("old")]);
    let waiting = tokio::spawn({
        let keys = keys.clone();
        async move { keys.authorization("oauth2").await.unwrap() }
    });
    server.received(1).await;
    keys.replace_credential(with_secret("new")).unwrap();
    server.release(2);
    let used = waiting.await.unwrap();
    assert_eq!(shown(&used), "Bearer first1");
    let another = used.replace().await.unwrap().unwrap();
    assert_eq!(shown(&another), "Bearer r1-2");
}

#[tokio::test]
async fn a_failure_of_the_earlier_secret_is_not_told_to_those_who_ask_with_the_new_one() {
    let server = Server::gated(|request, number| match request.form("client_secret") {
        Some(secret) if secret == "new" => Reply::token(&format!("t{number}")),
        _ => Reply::json(401, json!({"error": "invalid_client"})),
    })
    .await;
    let keys = keyring(&server, vec![with_secret("old")]);
    let ask = || {
        let keys = keys.clone();
        tokio::spawn(async move { header(&keys, "oauth2").await })
    };
    let before = ask();
    server.received(1).await;
    keys.replace_credential(with_secret("new")).unwrap();
    let after = ask();
    server.release(2);
    assert_eq!(before.await.unwrap(), "Bearer t2");
    assert_eq!(after.await.unwrap(), "Bearer t2");
}

#[tokio::test]
async fn a_credential_of_another_api_is_refused_although_its_scheme_has_the_same_name() {
    static OTHER_OAUTH2: Scheme = Scheme {
        name: "oauth2",
        presentation: Presentation::Word("Bearer"),
        description: "",
        refused_when: &[],
        server_url_hosts: &[],
        basic_encoding: BasicEncoding::Plain,
        authorize: None,
    };
    static OTHER: Api = Api {
        schemes: &[&OTHER_OAUTH2],
        ..acme::API
    };
    let server = Server::start(|_, _| Reply::token("t")).await;
    let inputs = Inputs::new(&OTHER, &acme::CLIENT_CREDENTIALS);
    let keys = keyring(&server, vec![acme::credential(&acme::CLIENT_CREDENTIALS)]);
    for foreign in [
        Credential::fixed(&OTHER_OAUTH2, "secret of another API"),
        Credential::workflow(inputs),
    ] {
        let built = Keyring::new(&acme::API, vec![foreign.clone()], network(&server));
        let changed = keys.with_credential(foreign.clone());
        for error in [
            built.unwrap_err(),
            changed.unwrap_err(),
            keys.replace_credential(foreign).unwrap_err(),
        ] {
            assert!(
                matches!(&error, ConfigError::ForeignCredential { scheme, .. } if scheme == "oauth2"),
                "{error}"
            );
        }
    }
    assert_eq!(header(&keys, "oauth2").await, "Bearer t");
}

#[tokio::test]
async fn a_key_that_was_replaced_is_sent_from_then_on_and_after_a_refusal() {
    let server = Server::start(|_, _| Reply::token("unused")).await;
    let keys = keyring(
        &server,
        vec![
            Credential::fixed(&acme::API_KEY, "old"),
            Credential::basic(&acme::BASIC, "ann", "old"),
        ],
    );
    let used = keys.authorization("api_key").await.unwrap();
    let basic = keys.authorization("basic").await.unwrap();
    assert!(
        used.replace().await.unwrap().is_none(),
        "there is nothing new to try"
    );
    keys.replace_credential(Credential::fixed(&acme::API_KEY, "new"))
        .unwrap();
    keys.replace_credential(Credential::basic(&acme::BASIC, "ann", "new"))
        .unwrap();
    assert_eq!(header(&keys, "api_key").await, "new");
    let again = used.replace().await.unwrap().unwrap();
    assert_eq!(
        shown(&again),
        "new",
        "a call that was refused is sent with the new key"
    );
    assert!(again.replace().await.unwrap().is_none());
    assert_eq!(
        shown(&basic.replace().await.unwrap().unwrap()),
        "Basic YW5uOm5ldw=="
    );
}

#[tokio::test]
async fn who_borrows_from_a_replaced_credential_borrows_the_new_one() {
    let server = Server::start(|request, number| {
        Reply::token(&format!(
            "t{number}-{}",
            request.header("authorization").unwrap_or("none")
        ))
    })
    .await;
    let exchange = Inputs::new(&acme::API, &acme::EXCHANGE).set("username", "eve");
    let (keys, clock) = keyring_and_clock(
        &server,
        vec![
            Credential::fixed(&acme::OAUTH2, "old"),
            Credential::workflow(exchange),
        ],
    );
    assert_eq!(header(&keys, "user").await, "Bearer t1-Bearer old");
    keys.replace_credential(Credential::fixed(&acme::OAUTH2, "new"))
        .unwrap();
    clock.advance(HOUR);
    assert_eq!(header(&keys, "user").await, "Bearer t2-Bearer new");
    // Another client made of this one has the present credentials, not those of the beginning.
    let another = keys
        .with_credential(Credential::fixed(&acme::API_KEY, "k"))
        .unwrap();
    assert_eq!(header(&another, "oauth2").await, "Bearer new");
}

#[tokio::test]
async fn what_cannot_take_the_place_of_another_is_refused_and_changes_nothing() {
    let server = Server::start(|_, _| Reply::token("t")).await;
    let keys = keyring(
        &server,
        vec![
            Credential::fixed(&acme::API_KEY, "key"),
            acme::credential(&acme::CLIENT_CREDENTIALS),
        ],
    );
    let without_secret = Inputs::new(&acme::API, &acme::CLIENT_CREDENTIALS).set("client_id", "ann");
    for (credential, word) in [
        (
            Credential::fixed(&acme::RAW, "key"),
            "takes the place of none",
        ),
        (Credential::fixed(&acme::API_KEY, ""), "is empty"),
        (Credential::fixed(&acme::OAUTH2, "ready"), "of another kind"),
        (Credential::anonymous(&acme::API_KEY), "of another kind"),
        (Credential::workflow(without_secret), "client_secret"),
    ] {
        let error = keys.replace_credential(credential).unwrap_err();
        assert!(error.to_string().contains(word), "{error}");
    }
    assert_eq!(header(&keys, "api_key").await, "key");
    assert_eq!(header(&keys, "oauth2").await, "Bearer t");
}

#[tokio::test]
async fn a_replacement_that_would_need_itself_is_refused() {
    let server = Server::start(|_, _| Reply::token("t")).await;
    let egg = Credential::workflow(Inputs::new(&acme::API, &acme::EGG));
    let keys = keyring(
        &server,
        vec![
            acme::credential(&acme::TEXT),
            Credential::workflow(Inputs::new(&acme::API, &acme::CHICKEN)),
        ],
    );
    let error = keys.replace_credential(egg).unwrap_err();
    assert!(matches!(error, ConfigError::Cycle { .. }), "{error}");
}

#[test]
fn a_runtime_that_waits_until_all_is_settled_loses_no_refresh_token() {
    let server_runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .unwrap();
    let server = server_runtime.block_on(Server::gated(|request, number| {
        let token = format!("{}{number}", told(request));
        Reply::json(
            200,
            json!({"access_token": token, "refresh_token": format!("r{number}"), "expires_in": 3600}),
        )
    }));
    let store: Arc<dyn TokenStore> = Arc::new(MemoryStore::new());
    let clock = ManualClock::new();
    let keys = || {
        let settings = Settings::new()
            .clock(clock.clone())
            .store(Arc::clone(&store));
        Keyring::with_settings(
            &acme::API,
            vec![login("new", "c")],
            network(&server),
            settings,
        )
        .unwrap()
    };
    let runtime = || {
        tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap()
    };
    server.release(1);
    let first = runtime();
    let login = keys();
    first.block_on(async { assert_eq!(header(&login, "oauth2").await, "Bearer first1") });
    clock.advance(HOUR);
    first.block_on(async {
        // Somebody asks, and gives up when the refresh token is on its way.
        let call = tokio::spawn({
            let login = login.clone();
            async move { login.authorization("oauth2").await }
        });
        server.received(2).await;
        call.abort();
        server.release(1);
        login.settled().await;
        login.settled().await;
    });
    drop(first);
    runtime().block_on(async {
        assert_eq!(header(&keys(), "oauth2").await, "Bearer r1-2");
    });

    // Without it, the runtime takes the refresh token along: it is not sent again, and the error
    // says what is left.
    clock.advance(HOUR);
    let last = runtime();
    let login = keys();
    last.block_on(async {
        let call = tokio::spawn({
            let login = login.clone();
            async move { login.authorization("oauth2").await }
        });
        server.received(3).await;
        drop(call);
    });
    drop(last);
    runtime().block_on(async {
        let error = login.authorization("oauth2").await.unwrap_err();
        assert_eq!(error.kind(), &AuthErrorKind::LogInAgain, "{error}");
        assert!(error.to_string().contains("broken off"), "{error}");
    });
    server.release(10);
    server_runtime.block_on(async { assert_eq!(server.count(), 3) });
}
