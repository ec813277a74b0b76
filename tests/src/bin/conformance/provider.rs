//! The token engine against a certified OpenID provider that others wrote.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use keyfob_oidc_provider::types::{RevocationRequest, TokenRequest};
use keyfob_oidc_provider::{
    AuthorizationCode, Basic, Client, ClientCredentials, ClientCredentialsBasic, Oauth2,
    RefreshToken, Scheme, Secret,
};
use keyfob_runtime::ErrorKind;
use keyfob_runtime::auth::{AuthErrorKind, Credential};

/// A secret in which every character matters that form-urlencoding changes.
const SECRET: &str = "s3cret:/+ %";
const LIFETIME: Duration = Duration::from_secs(2);
const CALLBACK: &str = "http://127.0.0.1/callback";

type Outcome = Result<(), Box<dyn std::error::Error>>;

/// Makes every claim, and gives those that do not hold.
pub(crate) async fn run(tools: &Path) -> Result<Vec<String>, Box<dyn std::error::Error>> {
    let provider = Provider::start(tools)?;
    let mut failures = Vec::new();
    let mut claim = |name: &str, outcome: Outcome| {
        println!("provider: {name}");
        failures.extend(
            outcome
                .err()
                .map(|error| format!("provider: {name}: {error}")),
        );
    };
    claim(
        "the secret in the form",
        secret_in_the_form(&provider).await,
    );
    claim(
        "the secret by Basic, and there alone",
        secret_by_basic(&provider).await,
    );
    claim(
        "a wrong secret is told as such",
        wrong_secret(&provider).await,
    );
    claim(
        "an expired token is replaced before it is sent",
        expiry(&provider).await,
    );
    claim(
        "a revoked token is replaced once",
        revocation(&provider).await,
    );
    claim(
        "a token that is given back is good for nothing, and the next call acquires another",
        giving_back(&provider).await,
    );
    claim(
        "a login that is given back is over, its refresh token and its access token with it",
        logging_out(&provider).await,
    );
    claim(
        "a token that the server does not know is as good as given back",
        giving_back_nothing(&provider).await,
    );
    claim(
        "a login is renewed by rotating refresh tokens",
        rotation(&provider).await,
    );
    claim(
        "a reused refresh token ends in a new login",
        reuse(&provider).await,
    );
    Ok(failures)
}

async fn secret_in_the_form(provider: &Provider) -> Outcome {
    let client = provider.client(ClientCredentials::new("keyfob-post", SECRET))?;
    let answer = client.get_protected().send().await?;
    expect(answer.client == "keyfob-post", "the token of keyfob-post")?;
    expect(
        provider.last() == "token client_credentials post 200",
        "the secret in the form",
    )
}

async fn secret_by_basic(provider: &Provider) -> Outcome {
    let client = provider.client(ClientCredentialsBasic::new("keyfob-basic", SECRET))?;
    let answer = client.get_protected().send().await?;
    expect(answer.client == "keyfob-basic", "the token of keyfob-basic")?;
    expect(
        provider.last() == "token client_credentials basic 200",
        "the secret by Basic",
    )
}

async fn wrong_secret(provider: &Provider) -> Outcome {
    let client = provider.client(ClientCredentialsBasic::new("keyfob-basic", "wrong"))?;
    let error = client
        .get_protected()
        .send()
        .await
        .err()
        .ok_or("a token for a wrong secret")?;
    expect(error.is_auth(), "an error of the credentials")?;
    expect(
        error.to_string().contains("invalid_client"),
        "the server's code in the error",
    )
}

async fn expiry(provider: &Provider) -> Outcome {
    let client = provider.client(ClientCredentials::new("keyfob-post", SECRET))?;
    let before = provider.count();
    client.get_protected().send().await?;
    tokio::time::sleep(LIFETIME + Duration::from_millis(200)).await;
    client.get_protected().send().await?;
    provider.expect_requests(before + 2).await
}

async fn revocation(provider: &Provider) -> Outcome {
    let client = provider.client(ClientCredentials::new("keyfob-post", SECRET))?;
    let before = provider.count();
    let token = token(&client).await?;
    revoke(provider, &token).await?;
    client.get_protected().send().await?;
    provider.expect_requests(before + 2).await?;
    is_dead(provider, &token).await
}

/// Revokes a token behind the back of the client that has it.
async fn revoke(provider: &Provider, token: &str) -> Outcome {
    let client = provider.client(Basic::new("keyfob-post", SECRET))?;
    let request = RevocationRequest {
        token: Secret::from(token),
        client_id: Some("keyfob-post".to_string()),
        client_secret: Some(Secret::from(SECRET)),
        token_type_hint: None,
    };
    // The client is registered for the form, so it authenticates there and not by Basic.
    let anonymous = client.with_credentials(Credential::anonymous(basic_scheme()?))?;
    anonymous.revoke_token().body(request).send().await?;
    Ok(())
}

fn basic_scheme() -> Result<&'static keyfob_runtime::auth::Scheme, &'static str> {
    let schemes = keyfob_oidc_provider::auth::API.schemes;
    schemes
        .iter()
        .copied()
        .find(|scheme| scheme.name == "basic")
        .ok_or("the scheme basic")
}

async fn giving_back(provider: &Provider) -> Outcome {
    for credential in [
        Credential::from(ClientCredentials::new("keyfob-post", SECRET)),
        ClientCredentialsBasic::new("keyfob-basic", SECRET).into(),
    ] {
        let client = provider.client(credential)?;
        let before = provider.count();
        let token = token(&client).await?;
        client.revoke(Scheme::Oauth2).await?;
        is_dead(provider, &token).await?;
        client.get_protected().send().await?;
        provider.expect_requests(before + 2).await?;
    }
    Ok(())
}

async fn logging_out(provider: &Provider) -> Outcome {
    let refresh_token = provider.refresh_token().await?;
    let login = RefreshToken::new("keyfob-basic", SECRET, refresh_token);
    let client = provider.client(login)?;
    let token = token(&client).await?;
    client.revoke(Scheme::Oauth2).await?;
    is_dead(provider, &token).await?;
    let before = provider.count();
    log_in_again(&client).await?;
    provider.expect_requests(before).await
}

async fn giving_back_nothing(provider: &Provider) -> Outcome {
    let client = provider.client(RefreshToken::new("keyfob-basic", SECRET, "never-given"))?;
    client.revoke(Scheme::Oauth2).await?;
    let wrong = provider.client(RefreshToken::new("keyfob-basic", "wrong", "never-given"))?;
    let refused = wrong.revoke(Scheme::Oauth2).await.err();
    let refused = refused.ok_or("a wrong secret that may give tokens back")?;
    expect(
        refused.code() == Some("invalid_client"),
        "the server's code in the error",
    )
}

/// The token that a client has.
async fn token(client: &Client) -> Result<String, Box<dyn std::error::Error>> {
    client.get_protected().send().await?;
    let authorization = client.authorization(Scheme::Oauth2).await?;
    let header = authorization.header();
    let header = header.and_then(|(_, value)| value.to_str().ok());
    let token = header.and_then(|header| header.strip_prefix("Bearer "));
    Ok(token.ok_or("a token")?.to_string())
}

async fn is_dead(provider: &Provider, token: &str) -> Outcome {
    let stale = provider.client(Oauth2::new(token))?;
    let error = stale.get_protected().send().await.err();
    let error = error.ok_or("a token that still works")?;
    expect(
        error.status().is_some_and(|status| status == 401),
        "a 401 for the token itself",
    )
}

async fn rotation(provider: &Provider) -> Outcome {
    let client = provider.client(provider.log_in().await?)?;
    let before = provider.count();
    let answer = client.get_protected().send().await?;
    expect(
        answer.person.as_deref() == Some("somebody"),
        "the token of the person",
    )?;
    for _ in 0..2 {
        tokio::time::sleep(LIFETIME + Duration::from_millis(200)).await;
        client.get_protected().send().await?;
        expect(
            provider.last() == "token refresh_token basic 200",
            "a renewal by refresh token",
        )?;
    }
    provider.expect_requests(before + 3).await
}

async fn reuse(provider: &Provider) -> Outcome {
    let refresh_token = provider.refresh_token().await?;
    let rightful = provider.client(RefreshToken::new(
        "keyfob-basic",
        SECRET,
        refresh_token.clone(),
    ))?;
    rightful.get_protected().send().await?;
    let thief = provider.client(RefreshToken::new("keyfob-basic", SECRET, refresh_token))?;
    log_in_again(&thief).await?;
    tokio::time::sleep(LIFETIME + Duration::from_millis(200)).await;
    log_in_again(&rightful).await
}

async fn log_in_again(client: &Client) -> Outcome {
    let error = client
        .get_protected()
        .send()
        .await
        .err()
        .ok_or("a token from a used refresh token")?;
    let ErrorKind::Auth(error) = error.kind() else {
        return Err(format!("an error of the login expected, not: {error}").into());
    };
    expect(
        *error.kind() == AuthErrorKind::LogInAgain,
        &format!("log in again, not: {error}"),
    )
}

/// The provider's process. It ends when this is dropped, since its standard input does.
struct Provider {
    url: String,
    lines: Arc<Mutex<Vec<String>>>,
    _input: Option<ChildStdin>,
    process: Child,
}

impl Provider {
    fn start(tools: &Path) -> Result<Provider, Box<dyn std::error::Error>> {
        let modules = tools.join("../..");
        let script = modules.join("provider.mjs");
        let here = Path::new(env!("CARGO_MANIFEST_DIR"));
        std::fs::copy(here.join("conformance/provider.mjs"), &script)?;
        let mut process = Command::new("node")
            .arg(script)
            .env("CLIENT_SECRET", SECRET)
            .env("TOKEN_LIFETIME", LIFETIME.as_secs().to_string())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()?;
        let mut output = BufReader::new(process.stdout.take().ok_or("no output")?).lines();
        let url = output.next().ok_or("the provider does not start")??;
        let lines = Arc::new(Mutex::new(Vec::new()));
        let told = Arc::clone(&lines);
        std::thread::spawn(move || {
            // The provider also gives notice of its defaults.
            let requests = output
                .map_while(Result::ok)
                .filter(|line| line.starts_with("token "));
            for line in requests {
                told.lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .push(line);
            }
        });
        let input = process.stdin.take();
        Ok(Provider {
            url,
            lines,
            _input: input,
            process,
        })
    }

    fn client(
        &self,
        credential: impl Into<Credential>,
    ) -> Result<Client, keyfob_runtime::ConfigError> {
        Client::builder()
            .base_url(&self.url)
            .credentials(credential)
            .build()
    }

    /// How many token requests there have been.
    fn count(&self) -> usize {
        self.lines
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .len()
    }

    /// That so many token requests have come. The provider tells of each after its answer, so
    /// the last one may take a moment.
    async fn expect_requests(&self, expected: usize) -> Outcome {
        for _ in 0..50 {
            if self.count() >= expected {
                break;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        let found = self.count();
        expect(
            found == expected,
            &format!("{expected} token requests, not {found}"),
        )
    }

    /// The last token request: grant, client authentication, status.
    fn last(&self) -> String {
        let lines = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
        lines.last().cloned().unwrap_or_default()
    }

    /// A login by code: the provider's person says yes to everything.
    async fn log_in(&self) -> Result<AuthorizationCode, Box<dyn std::error::Error>> {
        let login = AuthorizationCode::login("keyfob-basic", SECRET, CALLBACK)
            .scope("openid offline_access")
            .parameter("prompt", "consent")
            .base_url(&self.url)
            .start()?;
        let callback = walk(login.url().as_str()).await?;
        Ok(login.finish(&callback)?)
    }

    /// A refresh token that nobody has used.
    async fn refresh_token(&self) -> Result<Secret, Box<dyn std::error::Error>> {
        let login = AuthorizationCode::login("keyfob-basic", SECRET, CALLBACK)
            .scope("openid offline_access")
            .parameter("prompt", "consent")
            .base_url(&self.url)
            .start()?;
        let callback = url::Url::parse(&walk(login.url().as_str()).await?)?;
        let code = callback.query_pairs().find(|(name, _)| name == "code");
        let code = code.map(|(_, code)| code.into_owned()).ok_or("a code")?;
        let request = TokenRequest {
            grant_type: "authorization_code".to_string(),
            code: Some(Secret::from(code)),
            code_verifier: Some(login.verifier().clone()),
            redirect_uri: Some(CALLBACK.to_string()),
            ..TokenRequest::builder()
                .grant_type("authorization_code")
                .try_into()?
        };
        let client = self.client(Basic::new("keyfob-basic", SECRET))?;
        let token = client.create_token().body(request).send().await?;
        Ok(token.refresh_token.clone().ok_or("a refresh token")?)
    }
}

impl Drop for Provider {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Follows redirects as a browser would, with its cookies, up to the callback.
async fn walk(address: &str) -> Result<String, Box<dyn std::error::Error>> {
    let browser = reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .build()?;
    let mut address = url::Url::parse(address)?;
    let mut cookies: Vec<(String, String)> = Vec::new();
    for _ in 0..10 {
        let sent: Vec<String> = cookies
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        let answer = browser
            .get(address.clone())
            .header("cookie", sent.join("; "))
            .send()
            .await?;
        for cookie in answer.headers().get_all("set-cookie") {
            let pair = cookie.to_str()?.split(';').next().unwrap_or_default();
            let (name, value) = pair.split_once('=').unwrap_or_default();
            cookies.retain(|(known, _)| known != name);
            cookies.push((name.to_string(), value.to_string()));
        }
        let location = answer
            .headers()
            .get("location")
            .ok_or_else(|| format!("status {}", answer.status()))?;
        address = address.join(location.to_str()?)?;
        if address.as_str().starts_with(CALLBACK) {
            return Ok(address.into());
        }
    }
    Err("the login goes round in circles".into())
}

fn expect(holds: bool, what: &str) -> Outcome {
    if holds {
        Ok(())
    } else {
        Err(format!("expected {what}").into())
    }
}
