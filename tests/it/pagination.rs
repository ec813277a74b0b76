//! Pages, asked for one after the other: Digitaleo counts them off by `offset`, Enboarder names
//! the next one by `nextKey`. dg-page and eb-wf are the pages that say so.

use std::time::Duration;

use keyfob_digitaleo as digitaleo;
use keyfob_enboarder as enboarder;
use keyfob_runtime::ErrorKind;
use keyfob_tests::recorder::{Answer, Recorder};

use crate::failure;

const CAMPAIGNS: &str = "/rest/campaigns";
const WORKFLOWS: &str = "/reports/workflows";

#[tokio::test]
async fn digitaleo_gives_all_campaigns_by_offset() {
    let recorder = campaigns([&["1", "2"], &["3"], &[]]).await;
    let client = digitaleo_client(&recorder);
    let mut campaigns = client.list_campaigns().limit(2).items();
    let mut names = Vec::new();
    while let Some(campaign) = campaigns.next().await {
        let campaign: digitaleo::types::Campaign = campaign.unwrap();
        names.push(campaign.name.unwrap());
    }
    assert_eq!(names, ["1", "2", "3"]);
    assert_eq!(
        targets(&recorder, CAMPAIGNS),
        [
            "/rest/campaigns?limit=2",
            "/rest/campaigns?limit=2&offset=2",
            "/rest/campaigns?limit=2&offset=3",
        ]
    );
}

#[tokio::test]
async fn digitaleo_begins_where_the_application_says() {
    let recorder = campaigns([&["8"], &[], &[]]).await;
    let client = digitaleo_client(&recorder);
    let mut pages = client.list_campaigns().offset(7u64).pages();
    let page = pages.next().await.unwrap().unwrap();
    assert_eq!((page.status().as_u16(), page.list.len()), (200, 1));
    assert!(pages.next().await.is_none());
    assert_eq!(
        targets(&recorder, CAMPAIGNS),
        ["/rest/campaigns?offset=7", "/rest/campaigns?offset=8"]
    );
}

#[tokio::test]
async fn enboarder_gives_all_workflows_by_next_key() {
    let recorder = workflows([
        r#"{"count":1,"items":[{"id":"a"}],"nextKey":"k+/="}"#,
        r#"{"count":0,"items":[],"nextKey":"last"}"#,
        r#"{"count":1,"items":[{"id":"b"}]}"#,
    ])
    .await;
    let client = enboarder_client(&recorder);
    let mut workflows = client.list_workflows().items();
    let mut ids = Vec::new();
    while let Some(workflow) = workflows.next().await {
        let workflow: enboarder::types::ReportName = workflow.unwrap();
        ids.push(workflow.id.unwrap());
    }
    assert_eq!(ids, ["a", "b"]);
    let asked = targets(&recorder, WORKFLOWS);
    let keys: Vec<_> = asked.iter().map(|target| next_key(target)).collect();
    assert_eq!(
        keys,
        [None, Some("k+/=".to_string()), Some("last".to_string())]
    );
}

#[tokio::test]
async fn a_page_is_asked_for_only_when_it_is_wanted() {
    let recorder = workflows([
        r#"{"items":[{"id":"a"},{"id":"b"}],"nextKey":"k"}"#,
        r#"{"items":[{"id":"c"}]}"#,
    ])
    .await;
    let client = enboarder_client(&recorder);
    let mut workflows = client.list_workflows().items();
    for (asked_before, id) in [(0, "a"), (1, "b"), (1, "c")] {
        assert_eq!(recorder.requests_to(WORKFLOWS).len(), asked_before);
        let workflow = workflows.next().await.unwrap().unwrap();
        assert_eq!(workflow.id.as_deref(), Some(id));
    }
    assert_eq!(recorder.requests_to(WORKFLOWS).len(), 2);
}

#[tokio::test]
async fn a_next_key_that_comes_again_ends_in_an_error() {
    let recorder = workflows([r#"{"items":[{"id":"a"}],"nextKey":"k"}"#]).await;
    let client = enboarder_client(&recorder);
    let mut workflows = client.list_workflows().items();
    assert!(workflows.next().await.unwrap().is_ok());
    assert!(workflows.next().await.unwrap().is_ok());
    let error = workflows.next().await.unwrap().unwrap_err();
    assert!(
        matches!(error.kind(), ErrorKind::PageRepeated { .. }),
        "{error:?}"
    );
    failure::says(&error.to_string(), &["list_workflows", "nextKey"]);
    assert!(workflows.next().await.is_none());
    assert_eq!(recorder.requests_to(WORKFLOWS).len(), 2);
}

#[tokio::test]
async fn an_offset_that_is_not_heeded_ends_in_an_error() {
    let recorder = campaigns([&["1"]]).await;
    let client = digitaleo_client(&recorder);
    let mut campaigns = client.list_campaigns().items();
    assert!(campaigns.next().await.unwrap().is_ok());
    let error = campaigns.next().await.unwrap().unwrap_err();
    failure::says(&error.to_string(), &["list_campaigns", "offset"]);
    assert!(campaigns.next().await.is_none());
}

#[tokio::test]
async fn a_failure_ends_the_stream_with_the_documented_error() {
    let recorder = workflows([r#"{"items":[{"id":"a"}],"nextKey":"k"}"#]).await;
    let client = enboarder_client(&recorder);
    let mut pages = client.list_workflows().pages();
    assert!(pages.next().await.unwrap().is_ok());
    recorder.answer("GET", WORKFLOWS, [Answer::text(403, "User is not allowed")]);
    let error = pages.next().await.unwrap().unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Api(_)), "{error:?}");
    assert!(pages.next().await.is_none());
}

#[tokio::test]
async fn the_limits_of_a_call_hold_for_each_page() {
    let recorder = workflows([r#"{"items":[{"id":"a"}],"nextKey":"k"}"#]).await;
    let client = enboarder_client(&recorder);
    let mut pages = client.list_workflows().max_response_size(8).pages();
    let error = pages.next().await.unwrap().unwrap_err();
    assert!(
        matches!(error.kind(), ErrorKind::TooLarge { limit: 8, .. }),
        "{error:?}"
    );
    // Connections are taken and nothing is ever said.
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let client = client_at(&format!("http://{}", silent.local_addr().unwrap()));
    let hurried = client.list_workflows().timeout(Duration::from_millis(20));
    let error = hurried.pages().next().await.unwrap().unwrap_err();
    assert!(error.is_timeout(), "{error:?}");
}

fn targets(recorder: &Recorder, path: &str) -> Vec<String> {
    let requests = recorder.requests_to(path).into_iter();
    requests.map(|request| request.target).collect()
}

fn next_key(target: &str) -> Option<String> {
    let url = url::Url::parse(&format!("http://localhost{target}")).unwrap();
    let mut pairs = url.query_pairs();
    pairs
        .find(|(name, _)| name == "nextKey")
        .map(|(_, value)| value.into_owned())
}

/// Digitaleo with these campaigns, page by page.
async fn campaigns<const N: usize>(pages: [&[&str]; N]) -> Recorder {
    let recorder = Recorder::start().await.unwrap();
    let token = r#"{"access_token":"abc","expires_in":3600,"token_type":"bearer"}"#;
    recorder.answer("POST", "/token", [Answer::json(200, token)]);
    let pages = pages.map(|names| {
        let list: Vec<_> = names
            .iter()
            .map(|name| serde_json::json!({"name": name}))
            .collect();
        Answer::json(200, serde_json::json!({"list": list}).to_string())
    });
    recorder.answer("GET", CAMPAIGNS, pages);
    recorder
}

/// Enboarder with these pages of workflows.
async fn workflows<const N: usize>(pages: [&str; N]) -> Recorder {
    let recorder = Recorder::start().await.unwrap();
    recorder.answer("GET", WORKFLOWS, pages.map(|page| Answer::json(200, page)));
    recorder
}

fn digitaleo_client(recorder: &Recorder) -> digitaleo::Client {
    digitaleo::Client::builder()
        .credentials(digitaleo::ClientCredentials::new("id", "secret"))
        .base_url(recorder.url())
        .build()
        .unwrap()
}

fn enboarder_client(recorder: &Recorder) -> enboarder::Client {
    client_at(&recorder.url())
}

fn client_at(url: &str) -> enboarder::Client {
    enboarder::Client::builder()
        .credentials(enboarder::ApiKey::new("key"))
        .base_url(url)
        .build()
        .unwrap()
}
