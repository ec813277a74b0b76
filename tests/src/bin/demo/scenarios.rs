//! The ways in, each tried as an application would.

use std::collections::BTreeMap;
use std::fmt::{Debug, Display};
use std::time::{Duration, Instant};

use keyfob_runtime::auth::{AuthError, Authorization};
use keyfob_runtime::{Error, ErrorKind};
use keyfob_sandbox::Sandbox;

use crate::progress::Progress;
use crate::table::{Failure, Row, Seen};

type Outcome = Result<Seen, Failure>;

/// Tries every way in, one after the other. The two sandboxes stand for two regions.
pub(crate) async fn run(sandboxes: &[Sandbox; 2], progress: &Progress) -> Vec<Row> {
    let [sandbox, other] = sandboxes;
    let mut rows = Vec::new();
    let mut trial = Trial {
        progress,
        rows: &mut rows,
    };
    trial
        .run("Digileaper", "client id and secret", digileaper(sandbox))
        .await;
    trial
        .run("Digitaleo", "client credentials", digitaleo(sandbox))
        .await;
    trial
        .run(
            "Digitaleo",
            "the token expires",
            digitaleo_expires(other, progress),
        )
        .await;
    trial
        .run(
            "Digitaleo",
            "the token is refused",
            digitaleo_refused(sandbox),
        )
        .await;
    trial
        .run("Sunbird", "register a device", sunbird_device(sandbox))
        .await;
    trial
        .run("Sunbird", "refresh a person's token", sunbird_person(other))
        .await;
    trial
        .run("DigiLocker", "a person's login", digilocker(sandbox))
        .await;
    trial
        .run("Enboarder", "API key, AU", enboarder_key(sandbox))
        .await;
    trial
        .run("Enboarder", "OAuth 2.0, EU", enboarder_region(sandboxes, 0))
        .await;
    trial
        .run("Enboarder", "OAuth 2.0, US", enboarder_region(sandboxes, 1))
        .await;
    rows
}

struct Trial<'a> {
    progress: &'a Progress,
    rows: &'a mut Vec<Row>,
}

impl Trial<'_> {
    async fn run(
        &mut self,
        api: &'static str,
        way: &'static str,
        scenario: impl Future<Output = Outcome>,
    ) {
        self.progress.tell(format!("{api}: {way}"));
        let started = Instant::now();
        let outcome = scenario.await;
        self.rows.push(Row {
            api,
            way,
            outcome,
            time: started.elapsed(),
        });
    }
}

async fn digileaper(sandbox: &Sandbox) -> Outcome {
    use keyfob_digileaper::{Client, ClientCredentials, Scheme};

    let given = Given::new(sandbox, "digileaper", "client_credentials");
    let client = Client::builder()
        .base_url(sandbox.base_url("digileaper"))
        .credentials(ClientCredentials::new(
            given.get("client_id"),
            given.get("secret"),
        ))
        .build()
        .map_err(building)?;
    let contacts = client
        .list_contacts()
        .send()
        .await
        .map_err(calling("list_contacts"))?;
    let sent = authorization(client.authorization(Scheme::BearerToken).await)?;
    seen(
        sandbox,
        "digileaper",
        &sent,
        "list_contacts",
        format!("{} contacts", contacts.len()),
    )
}

async fn digitaleo(sandbox: &Sandbox) -> Outcome {
    use keyfob_digitaleo::Scheme;

    let client = digitaleo_client(sandbox)?;
    let campaigns = client
        .list_campaigns()
        .limit(10)
        .send()
        .await
        .map_err(calling("list_campaigns"))?;
    let sent = authorization(client.authorization(Scheme::Oauth2).await)?;
    seen(
        sandbox,
        "digitaleo",
        &sent,
        "list_campaigns",
        format!("{} campaigns", campaigns.list.len()),
    )
}

async fn digitaleo_expires(sandbox: &Sandbox, progress: &Progress) -> Outcome {
    use keyfob_digitaleo::Scheme;

    sandbox.set_token_lifetime("digitaleo", Duration::from_secs(1));
    let client = digitaleo_client(sandbox)?;
    client
        .list_campaigns()
        .send()
        .await
        .map_err(calling("list_campaigns"))?;
    progress.tell("Digitaleo: waiting for a token of one second to expire");
    tokio::time::sleep(Duration::from_millis(1200)).await;
    let lists = client
        .list_lists()
        .send()
        .await
        .map_err(calling("list_lists"))?;
    let sent = authorization(client.authorization(Scheme::Oauth2).await)?;
    exactly(sandbox, "digitaleo", 2)?;
    seen(
        sandbox,
        "digitaleo",
        &sent,
        "list_lists",
        format!("{} lists, by a new token", lists.list.len()),
    )
}

async fn digitaleo_refused(sandbox: &Sandbox) -> Outcome {
    use keyfob_digitaleo::Scheme;

    let before = sandbox.token_requests("digitaleo");
    let client = digitaleo_client(sandbox)?;
    client
        .list_campaigns()
        .send()
        .await
        .map_err(calling("list_campaigns"))?;
    sandbox.refuse_tokens("digitaleo");
    let contacts = client
        .list_contacts()
        .send()
        .await
        .map_err(calling("list_contacts"))?;
    let sent = authorization(client.authorization(Scheme::Oauth2).await)?;
    exactly(sandbox, "digitaleo", before + 2)?;
    let result = format!(
        "{} contacts, refused once and sent again",
        contacts.list.len()
    );
    let seen = seen(sandbox, "digitaleo", &sent, "list_contacts", result)?;
    Ok(Seen {
        token_requests: seen.token_requests - before,
        ..seen
    })
}

fn digitaleo_client(sandbox: &Sandbox) -> Result<keyfob_digitaleo::Client, Failure> {
    use keyfob_digitaleo::{Client, ClientCredentials};

    let given = Given::new(sandbox, "digitaleo", "client_credentials");
    Client::builder()
        .base_url(sandbox.base_url("digitaleo"))
        .credentials(ClientCredentials::new(
            given.get("client_id"),
            given.get("client_secret"),
        ))
        .build()
        .map_err(building)
}

async fn sunbird_device(sandbox: &Sandbox) -> Outcome {
    use keyfob_sunbird::{Administrator, Client, RegisterV2, Scheme};

    let given = Given::new(sandbox, "sunbird", "register_v2");
    let client = Client::builder()
        .base_url(sandbox.base_url("sunbird"))
        .credentials(Administrator::new(given.get("administrator")))
        .credentials(RegisterV2::new(given.get("consumer"), given.get("key")))
        .build()
        .map_err(building)?;
    let sent = authorization(client.authorization(Scheme::Device).await)?;
    seen(
        sandbox,
        "sunbird",
        &sent,
        "none is documented",
        "the header is ready".to_string(),
    )
}

async fn sunbird_person(sandbox: &Sandbox) -> Outcome {
    use keyfob_sunbird::{Administrator, Client, RefreshToken, RegisterV2, Scheme};

    let device = Given::new(sandbox, "sunbird", "register_v2");
    let person = Given::new(sandbox, "sunbird", "refresh_token");
    let client = Client::builder()
        .base_url(sandbox.base_url("sunbird"))
        .credentials(Administrator::new(device.get("administrator")))
        .credentials(RegisterV2::new(device.get("consumer"), device.get("key")))
        .credentials(RefreshToken::new(person.get("refresh_token")))
        .build()
        .map_err(building)?;
    let sent = authorization(client.authorization(Scheme::User).await)?;
    exactly(sandbox, "sunbird", 2)?;
    seen(
        sandbox,
        "sunbird",
        &sent,
        "none is documented",
        "the header is ready, by a device's token".to_string(),
    )
}

/// The sandbox plays the person: it says yes, and sends the browser back with a code.
async fn digilocker(sandbox: &Sandbox) -> Outcome {
    use keyfob_digilocker::{AuthorizationCode, Client, Scheme};

    let given = Given::new(sandbox, "digilocker", "authorization_code");
    let login = AuthorizationCode::login(
        given.get("client_id"),
        given.get("client_secret"),
        given.get("redirect_uri"),
    )
    .base_url(sandbox.base_url("digilocker"))
    .start()
    .map_err(building)?;
    let callback = visit(login.url().as_str()).await?;
    let code = login.finish(&callback).map_err(|error| Failure {
        expected: "a code in the callback".to_string(),
        came: error.to_string(),
        look: "crates/auth/src/login.rs".to_string(),
    })?;
    let client = Client::builder()
        .base_url(sandbox.base_url("digilocker"))
        .credentials(code)
        .build()
        .map_err(building)?;
    let person = client
        .get_user()
        .send()
        .await
        .map_err(calling("get_user"))?;
    let sent = authorization(client.authorization(Scheme::Oauth2).await)?;
    let born = person.dob.as_deref().unwrap_or("nowhere");
    seen(
        sandbox,
        "digilocker",
        &sent,
        "get_user",
        format!("born {born}"),
    )
}

/// Opens an address as a browser would and gives where it is sent to.
async fn visit(address: &str) -> Result<String, Failure> {
    let failed = |came: String| Failure {
        expected: "the authorize page to send the browser back".to_string(),
        came,
        look: "crates/sandbox/src/authorize.rs".to_string(),
    };
    let browser = reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .map_err(|error| failed(error.to_string()))?;
    let answer = browser
        .get(address)
        .send()
        .await
        .map_err(|error| failed(error.without_url().to_string()))?;
    let location = answer
        .headers()
        .get("location")
        .and_then(|value| value.to_str().ok());
    location
        .map(ToString::to_string)
        .ok_or_else(|| failed(format!("status {}", answer.status())))
}

async fn enboarder_key(sandbox: &Sandbox) -> Outcome {
    use keyfob_enboarder::{ApiKey, Client, Scheme};

    let key = sandbox.static_credential("enboarder", "apiKey");
    let key = key.map(|key| key.value).unwrap_or_default();
    let client = Client::builder()
        .server("AU")
        .server_url("AU", sandbox.base_url("enboarder"))
        .credentials(ApiKey::new(key))
        .build()
        .map_err(building)?;
    let workflows = client
        .list_workflows()
        .send()
        .await
        .map_err(calling("list_workflows"))?;
    let sent = authorization(client.authorization(Scheme::ApiKey).await)?;
    seen(
        sandbox,
        "enboarder",
        &sent,
        "list_workflows",
        format!("{} workflows", workflows.items.len()),
    )
}

/// Each region has a host of its own: the one that is chosen gets every request, the other none.
async fn enboarder_region(sandboxes: &[Sandbox; 2], chosen: usize) -> Outcome {
    use keyfob_enboarder::{Client, ClientCredentials, Scheme};

    const REGIONS: [&str; 2] = ["EU", "US"];
    let sandbox = &sandboxes[chosen];
    let elsewhere = sandboxes[1 - chosen].requests("enboarder").len();
    let before = sandbox.token_requests("enboarder");
    let given = Given::new(sandbox, "enboarder", "client_credentials");
    let mut builder =
        Client::builder()
            .server(REGIONS[chosen])
            .credentials(ClientCredentials::new(
                given.get("client_id"),
                given.get("client_secret"),
            ));
    for (region, host) in REGIONS.iter().zip(sandboxes) {
        builder = builder.server_url(region, host.base_url("enboarder"));
    }
    let client = builder.build().map_err(building)?;
    let forms = client
        .list_forms_v2()
        .send()
        .await
        .map_err(calling("list_forms_v2"))?;
    let sent = authorization(client.authorization(Scheme::AccessToken).await)?;
    if sandboxes[1 - chosen].requests("enboarder").len() != elsewhere {
        return Err(Failure {
            expected: format!("every request at the host of {}", REGIONS[chosen]),
            came: "a request at another region's host".to_string(),
            look: "crates/auth/src/server.rs".to_string(),
        });
    }
    let seen = seen(
        sandbox,
        "enboarder",
        &sent,
        "list_forms_v2",
        format!("{} forms", forms.items.len()),
    )?;
    Ok(Seen {
        token_requests: seen.token_requests - before,
        ..seen
    })
}

/// The right inputs of a workflow, as the sandbox gives them.
struct Given(BTreeMap<String, String>);

impl Given {
    fn new(sandbox: &Sandbox, api: &str, workflow: &str) -> Given {
        Given(sandbox.inputs(api, workflow))
    }

    fn get(&self, input: &str) -> &str {
        self.0.get(input).map_or("", String::as_str)
    }
}

fn seen(
    sandbox: &Sandbox,
    api: &str,
    sent: &Authorization,
    call: &'static str,
    result: String,
) -> Outcome {
    Ok(Seen {
        shape: sent.shape(),
        token_requests: sandbox.token_requests(api),
        call,
        result,
    })
}

fn authorization(result: Result<Authorization, AuthError>) -> Result<Authorization, Failure> {
    result.map_err(|error| Failure {
        expected: "a token".to_string(),
        came: error.to_string(),
        look: token_place(&error),
    })
}

fn exactly(sandbox: &Sandbox, api: &str, expected: usize) -> Result<(), Failure> {
    match sandbox.token_requests(api) {
        requests if requests == expected => Ok(()),
        requests => Err(Failure {
            expected: format!("{expected} token requests"),
            came: format!("{requests}: {}", sandbox.log(api).join("; ")),
            look: "crates/auth".to_string(),
        }),
    }
}

fn building(error: impl Display) -> Failure {
    Failure {
        expected: "a client".to_string(),
        came: error.to_string(),
        look: "the builder's calls in tests/src/bin/demo/scenarios.rs".to_string(),
    }
}

fn calling<E: Debug>(operation: &'static str) -> impl Fn(Error<E>) -> Failure {
    move |error| Failure {
        expected: format!("an answer of {operation}"),
        came: error.to_string(),
        look: match error.kind() {
            ErrorKind::Auth(cause) => token_place(cause),
            _ => format!("{operation} in the API's openapi.yaml, and crates/runtime"),
        },
    }
}

/// Where to look when there is no token.
fn token_place(error: &AuthError) -> String {
    match error.workflow() {
        Some(workflow) => {
            format!("the workflow {workflow} in the API's tokens.arazzo.yaml, and crates/auth")
        }
        None => "the API's tokens.arazzo.yaml, and crates/auth".to_string(),
    }
}
