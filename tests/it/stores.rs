//! What a client acquired outlives it, where the application says so.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use keyfob_digitaleo::{Client, ClientCredentials};
use keyfob_runtime::auth::{FileStore, ManualClock, TokenStore};
use keyfob_tests::recorder::{Answer, Recorder};

async fn digitaleo() -> Recorder {
    let recorder = Recorder::start().await.unwrap();
    let token = |name| format!(r#"{{"access_token":"{name}","expires_in":3600}}"#);
    let tokens = ["first", "second"].map(|name| Answer::json(200, token(name)));
    recorder.answer("POST", "/token", tokens);
    let campaigns = r#"{"list":[{"id":"1024","name":"Spring sale"}]}"#;
    recorder.answer("GET", "/rest/campaigns", [Answer::json(200, campaigns)]);
    recorder
}

/// What a process does that was just started: it makes its client and calls.
async fn call(recorder: &Recorder, secret: &str, folder: &Path, clock: &ManualClock) -> String {
    let store: Arc<dyn TokenStore> = Arc::new(FileStore::open(folder).unwrap());
    let client = Client::builder()
        .credentials(ClientCredentials::new("51612c780b4dbaea", secret))
        .base_url(recorder.url())
        .store(store)
        .clock(clock.clone())
        .build()
        .unwrap();
    client.list_campaigns().send().await.unwrap();
    let calls = recorder.requests_to("/rest/campaigns");
    let sent = calls.last().unwrap().header("authorization");
    sent.unwrap().to_owned()
}

#[tokio::test]
async fn a_client_that_is_built_again_uses_the_token_that_lives() {
    let recorder = digitaleo().await;
    let folder = tempfile::tempdir().unwrap();
    let tokens = folder.path().join("tokens");
    let clock = ManualClock::new();
    for _ in 0..3 {
        let sent = call(&recorder, "p280&edbd+76d", &tokens, &clock).await;
        assert_eq!(sent, "Bearer first");
        clock.advance(Duration::from_secs(600));
    }
    assert_eq!(recorder.requests_to("/token").len(), 1);
    clock.advance(Duration::from_secs(3600));
    let sent = call(&recorder, "p280&edbd+76d", &tokens, &clock).await;
    assert_eq!(sent, "Bearer second");
}

#[tokio::test]
async fn a_changed_secret_does_not_find_what_the_old_one_acquired() {
    let recorder = digitaleo().await;
    let folder = tempfile::tempdir().unwrap();
    let tokens = folder.path().join("tokens");
    let clock = ManualClock::new();
    let old = call(&recorder, "p280&edbd+76d", &tokens, &clock).await;
    let new = call(&recorder, "another", &tokens, &clock).await;
    assert_eq!([old, new], ["Bearer first", "Bearer second"]);
}
