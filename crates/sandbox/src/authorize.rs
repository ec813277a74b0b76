//! The authorize page: the sandbox plays the person and says yes.

use hyper::header::{HeaderValue, LOCATION};
use keyfob_spec::{Authorize, Scheme, Server, Spec, Workflow};
use url::{Host, Url};

use crate::answer::{Answer, Content};
use crate::call::Call;
use crate::inputs::{example_text, has_code, input};
use crate::ledger::{Code, Ledger};
use crate::mint::Mint;

/// The authorize page of one scheme.
pub(crate) struct Page {
    scheme: String,
    /// The paths that it is served at, below the API's base URL.
    paths: Vec<String>,
}

/// The authorize pages of an API.
pub(crate) fn pages(spec: &Spec) -> Vec<Page> {
    spec.schemes
        .iter()
        .filter_map(|scheme| {
            Some(Page {
                scheme: scheme.name.clone(),
                paths: paths(spec, scheme.authorize.as_ref()?),
            })
        })
        .collect()
}

impl Page {
    pub(crate) fn is_at(&self, path: &str) -> bool {
        self.paths.iter().any(|known| known == path)
    }

    /// Answers a person's browser: back to the application, with a code or an error.
    pub(crate) fn visit(
        &self,
        spec: &Spec,
        ledger: &mut Ledger,
        mint: &Mint,
        call: &Call,
        deny: bool,
    ) -> Answer {
        let Some(scheme) = spec.scheme(&self.scheme) else {
            return Answer::words(404, "there is no such page");
        };
        let logins: Vec<&Workflow> = logins(spec, scheme).collect();
        let redirect_uri = match back(spec, &logins, call) {
            Ok(redirect_uri) => redirect_uri,
            Err(complaint) => return Answer::words(400, complaint),
        };
        let outcome = if deny {
            Err(("access_denied", "the person said no".to_owned()))
        } else {
            check(scheme, &logins, call)
        };
        let mut answers = Vec::new();
        let mut complaint = None;
        match outcome {
            Ok(()) => answers.push(("code", new_code(&self.scheme, ledger, mint, call))),
            Err((error, words)) => {
                answers.push(("error", error.to_owned()));
                answers.push(("error_description", words.clone()));
                complaint = Some(words);
            }
        }
        if let Some(state) = call.query_value("state") {
            answers.push(("state", state));
        }
        let mut answer = go_back(redirect_uri, &answers);
        answer.complaint = complaint;
        answer
    }
}

/// The workflows that exchange a code of this scheme.
pub(crate) fn logins<'a>(spec: &'a Spec, scheme: &'a Scheme) -> impl Iterator<Item = &'a Workflow> {
    let own = spec
        .workflows
        .iter()
        .filter(|known| known.scheme == scheme.name);
    own.filter(|workflow| has_code(spec, workflow))
}

/// Where the authorization URL leads below the API's base URL. Which of the API's servers it
/// belongs to is for the document to say, so that it is served below each that it begins with.
fn paths(spec: &Spec, authorize: &Authorize) -> Vec<String> {
    let url = authorize.url.split(['?', '#']).next().unwrap_or_default();
    let own = spec
        .operations
        .iter()
        .flat_map(|operation| &operation.servers);
    let mut paths: Vec<String> = spec
        .servers
        .iter()
        .chain(own)
        .flat_map(|server| [server.url.clone(), with_defaults(server)])
        .filter_map(|server| {
            let rest = url.strip_prefix(server.trim_end_matches('/'))?;
            rest.starts_with('/').then(|| rest.to_owned())
        })
        .collect();
    let path = match url.split_once("://") {
        Some((_, rest)) => rest.find('/').map_or("/", |start| &rest[start..]),
        None => url,
    };
    paths.push(path.to_owned());
    paths
}

fn with_defaults(server: &Server) -> String {
    server
        .variables
        .iter()
        .fold(server.url.clone(), |url, variable| {
            url.replace(&format!("{{{}}}", variable.name), &variable.default)
        })
}

/// The redirect URI, if the application may be sent there at all (RFC 6749, 4.1.2.1: not
/// without a known client and a redirect URI of its own).
fn back(spec: &Spec, logins: &[&Workflow], call: &Call) -> Result<Url, &'static str> {
    let known = |name: &str| -> Vec<String> {
        let inputs = logins.iter().filter_map(|workflow| input(workflow, name));
        inputs.map(|input| example_text(spec, input)).collect()
    };
    let clients = known("client_id");
    match call.query_value("client_id") {
        None => return Err("client_id is missing"),
        Some(client) if !clients.is_empty() && !clients.contains(&client) => {
            return Err("client_id is not the example of the workflow's input");
        }
        Some(_) => {}
    }
    let given = call
        .query_value("redirect_uri")
        .ok_or("redirect_uri is missing")?;
    let url = Url::parse(&given).map_err(|_| "redirect_uri is no absolute URL")?;
    if url.fragment().is_some() {
        return Err("redirect_uri has a fragment");
    }
    if known("redirect_uri").contains(&given) || is_loopback(&url) {
        Ok(url)
    } else {
        Err("redirect_uri is neither loopback nor the example of the workflow's input")
    }
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost",
        None => false,
    }
}

/// The error code of RFC 6749, 4.1.2.1, and what is wrong in words.
type Fault = (&'static str, String);

fn check(scheme: &Scheme, logins: &[&Workflow], call: &Call) -> Result<(), Fault> {
    match call.query_value("response_type").as_deref() {
        Some("code") => {}
        None => return invalid("response_type is missing"),
        Some(_) => {
            let words = "response_type is not code".to_owned();
            return Err(("unsupported_response_type", words));
        }
    }
    check_challenge(logins, call)?;
    let authorize = scheme.authorize.iter();
    for (name, value) in authorize.flat_map(|authorize| &authorize.parameters) {
        if value.is_some() && call.query_value(name) != *value {
            return invalid(&format!("{name} is not what x-authorize-parameters says"));
        }
    }
    Ok(())
}

/// RFC 7636, 4.3: the challenge is asked for where a workflow has its verifier.
fn check_challenge(logins: &[&Workflow], call: &Call) -> Result<(), Fault> {
    let has_verifier = |workflow: &&Workflow| input(workflow, "code_verifier").is_some();
    let method = call.query_value("code_challenge_method");
    match call.query_value("code_challenge") {
        None if logins.iter().any(has_verifier) => invalid("code_challenge is missing"),
        None => Ok(()),
        Some(_) if method.as_deref() != Some("S256") => {
            invalid("code_challenge_method is not S256")
        }
        Some(challenge) if challenge.len() != 43 => {
            invalid("code_challenge has not the 43 characters of a SHA-256")
        }
        Some(_) => Ok(()),
    }
}

fn invalid(words: &str) -> Result<(), Fault> {
    Err(("invalid_request", words.to_owned()))
}

fn new_code(scheme: &str, ledger: &mut Ledger, mint: &Mint, call: &Call) -> String {
    let value = mint.opaque(32);
    let code = Code {
        scheme: scheme.to_owned(),
        redirect_uri: call.query_value("redirect_uri").unwrap_or_default(),
        challenge: call.query_value("code_challenge"),
        spent: None,
    };
    ledger.add_code(&value, code);
    value
}

fn go_back(mut redirect_uri: Url, answers: &[(&str, String)]) -> Answer {
    redirect_uri.query_pairs_mut().extend_pairs(answers);
    let mut answer = Answer::words(302, "back to the application");
    answer.content = Content::None;
    answer.media_type = None;
    if let Ok(location) = HeaderValue::from_str(redirect_uri.as_str()) {
        answer.headers.insert(LOCATION, location);
    }
    answer
}
