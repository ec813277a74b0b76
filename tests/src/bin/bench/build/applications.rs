//! The applications: each gets a token and lists campaigns.

use keyfob_spec::read;
use serde_json::Value;

use crate::{Outcome, root};

/// An application to build.
pub(super) struct Application {
    /// What it is made with.
    pub(super) name: &'static str,
    /// The table of dependencies in its manifest.
    pub(super) dependencies: String,
    /// Its `main.rs`.
    pub(super) program: &'static str,
    /// Its `openapi.json`, if it has one.
    pub(super) document: Option<Value>,
}

const TOKIO: &str = "tokio = { version = \"1\", features = [\"macros\", \"rt\"] }\n";

/// All of them, the plainest first.
pub(super) fn applications() -> Outcome<[Application; 4]> {
    Ok([reqwest(), keyfob(), oauth2(), progenitor()?])
}

/// What the others stand on; it has no token.
fn reqwest() -> Application {
    Application {
        name: "reqwest and serde alone",
        dependencies: format!(
            "{TOKIO}\
             reqwest = {{ version = \"0.13\", default-features = false, features = [\"rustls\"] }}\n\
             serde = {{ version = \"1\", features = [\"derive\"] }}\n\
             serde_json = \"1\"\n"
        ),
        program: r#"
#[derive(serde::Deserialize)]
struct Campaigns {
    list: Vec<serde_json::Value>,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let answer = reqwest::get("https://api.messengeo.net/rest/campaigns").await?;
    let campaigns: Campaigns = serde_json::from_slice(&answer.bytes().await?)?;
    println!("{}", campaigns.list.len());
    Ok(())
}
"#,
        document: None,
    }
}

fn keyfob() -> Application {
    let client = root().join("crates/clients/digitaleo");
    Application {
        name: "keyfob-digitaleo",
        dependencies: format!("{TOKIO}keyfob-digitaleo = {{ path = {client:?} }}\n"),
        program: r#"
use keyfob_digitaleo::{Client, ClientCredentials};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let client = Client::builder().credentials(ClientCredentials::from_env()?).build()?;
    let campaigns = client.list_campaigns().limit(10u64).send().await?;
    println!("{}", campaigns.list.len());
    Ok(())
}
"#,
        document: None,
    }
}

fn oauth2() -> Application {
    Application {
        name: "the oauth2 crate and its reqwest",
        dependencies: format!(
            "{TOKIO}\
             oauth2 = \"5\"\n\
             serde = {{ version = \"1\", features = [\"derive\"] }}\n\
             serde_json = \"1\"\n"
        ),
        program: r#"
use oauth2::basic::BasicClient;
use oauth2::{AuthType, ClientId, ClientSecret, TokenResponse, TokenUrl, reqwest};

#[derive(serde::Deserialize)]
struct Campaigns {
    list: Vec<serde_json::Value>,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let http = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build()?;
    let oauth2 = BasicClient::new(ClientId::new(std::env::var("CLIENT_ID")?))
        .set_client_secret(ClientSecret::new(std::env::var("CLIENT_SECRET")?))
        .set_auth_type(AuthType::RequestBody)
        .set_token_uri(TokenUrl::new("https://oauth.messengeo.net/token".to_string())?);
    let token = oauth2.exchange_client_credentials().request_async(&http).await?;
    let request = http.get("https://api.messengeo.net/rest/campaigns?limit=10");
    let answer = request.bearer_auth(token.access_token().secret()).send().await?;
    let campaigns: Campaigns = serde_json::from_slice(&answer.bytes().await?)?;
    println!("{}", campaigns.list.len());
    Ok(())
}
"#,
        document: None,
    }
}

/// The same operations as in the keyfob client. It has no token either.
fn progenitor() -> Outcome<Application> {
    Ok(Application {
        name: "progenitor, by its macro",
        dependencies: format!(
            "{TOKIO}\
             progenitor = \"=0.15.1\"\n\
             progenitor-client = \"=0.15.1\"\n\
             reqwest = {{ version = \"0.13\", default-features = false, \
             features = [\"json\", \"query\", \"rustls\", \"stream\"] }}\n\
             serde = {{ version = \"1\", features = [\"derive\"] }}\n\
             serde_json = \"1\"\n"
        ),
        program: r#"
progenitor::generate_api!(spec = "openapi.json", interface = Builder);

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let client = Client::new("https://api.messengeo.net");
    let campaigns = client.list_campaigns().limit(10u64).send().await?;
    println!("{}", campaigns.list.len());
    Ok(())
}
"#,
        document: Some(for_progenitor()?),
    })
}

/// Digitaleo's document as far as plain progenitor takes it: one media type for a request body,
/// without encodings, and the success of each operation alone.
fn for_progenitor() -> Outcome<Value> {
    let spec = read(&root().join("specs/digitaleo")).map_err(|error| error.render())?;
    let mut document = spec.document;
    let paths = document.get_mut("paths").and_then(Value::as_object_mut);
    for item in paths.ok_or("the document has no paths")?.values_mut() {
        let operations = item.as_object_mut().into_iter();
        for operation in operations.flat_map(|item| item.values_mut()) {
            keep_one_media_type(operation);
            keep_success(operation);
        }
    }
    Ok(document)
}

fn keep_one_media_type(operation: &mut Value) {
    let content = operation.pointer_mut("/requestBody/content");
    let Some(content) = content.and_then(Value::as_object_mut) else {
        return;
    };
    const JSON: &str = "application/json";
    let kept = match content.contains_key(JSON) {
        true => Some(JSON.to_owned()),
        false => content.keys().next().cloned(),
    };
    content.retain(|name, _| Some(name) == kept.as_ref());
    for media_type in content.values_mut().filter_map(Value::as_object_mut) {
        media_type.remove("encoding");
    }
}

fn keep_success(operation: &mut Value) {
    let responses = operation.get_mut("responses");
    if let Some(responses) = responses.and_then(Value::as_object_mut) {
        let kept = responses.keys().find(|status| status.starts_with('2'));
        let kept = kept.cloned();
        responses.retain(|status, _| Some(status) == kept.as_ref());
    }
}
