//! A token request that an application's own source makes, and its standard answer (RFC 6749, 5).

use std::time::Duration;

use bytes::Bytes;
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderValue};
use reqwest::{Method, Request};
use serde_json::Value;
use url::{Url, form_urlencoded};
use zeroize::Zeroizing;

use crate::answer::{Received, exchange as exchange_whole};
use crate::asked::Asked;
use crate::complaint::Complaint;
use crate::confidential::scalar_text;
use crate::error::{AuthError, AuthErrorKind};
use crate::lifetime::Ends;
use crate::reading::Reading;
use crate::safe_url::is_loopback;
use crate::secret::Secret;
use crate::token::Token;
use crate::token_source::Acquisition;

/// A `POST` of a form, for which a JSON answer is wanted.
pub(crate) fn form(url: &Url, members: &[(&str, &str)]) -> Request {
    let room = members.iter().map(|(name, value)| name.len() + value.len());
    // Room for every character escaped: growing would leave copies behind that nobody wipes.
    let room = 3 * room.sum::<usize>() + 2 * members.len();
    let mut form = form_urlencoded::Serializer::new(String::with_capacity(room));
    form.extend_pairs(members);
    let body = Zeroizing::new(form.finish().into_bytes());
    let mut request = Request::new(Method::POST, url.clone());
    let headers = request.headers_mut();
    headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
    headers.insert(
        CONTENT_TYPE,
        HeaderValue::from_static("application/x-www-form-urlencoded"),
    );
    *request.body_mut() = Some(Bytes::from_owner(body).into());
    request
}

/// Sends a token request and reads its answer.
pub(crate) async fn exchange(
    acquisition: &Acquisition,
    request: Request,
) -> Result<Token, AuthError> {
    let mut asked = Asked::at(address(&request));
    if request.url().scheme() != "https" && !is_loopback(request.url()) {
        let problem = "a token request travels by https, or to this machine";
        return Err(asked.error(AuthErrorKind::Misconfigured, problem));
    }
    let secrets = sent(&request);
    let since = acquisition.clock.now();
    let received = exchange_whole(&acquisition.http, request, acquisition.time.for_attempt());
    let received = received.await.map_err(|trouble| asked.trouble(trouble))?;
    asked.answered(received.status);
    let secrets: Vec<&str> = secrets.iter().map(Secret::expose).collect();
    let reading = Reading::new(received.answer());
    if !(200..300).contains(&received.status) {
        return Err(asked.refused(&received, &reading, None, &secrets, acquisition.clock.now()));
    }
    read(&reading, since).ok_or_else(|| no_token(&asked, &received, &reading, &secrets))
}

fn read(reading: &Reading<'_>, since: crate::clock::Now) -> Option<Token> {
    let answer = reading.members()?;
    let text = |name| answer.get(name).and_then(Value::as_str).map(str::trim);
    let value = text("access_token").filter(|token| !token.is_empty())?;
    let ends = Ends {
        expires_in: answer.get("expires_in").cloned().map(Into::into),
        ..Ends::default()
    };
    let lifetime = ends.lifetime(value, None, since);
    let refresh_token = text("refresh_token").filter(|token| !token.is_empty());
    Some(
        Token::new(value)
            .with_expires_in(lifetime.unwrap_or(Duration::ZERO))
            .with_refresh_token(refresh_token.map(Secret::from)),
    )
}

fn no_token(
    asked: &Asked,
    received: &Received,
    reading: &Reading<'_>,
    secrets: &[&str],
) -> AuthError {
    let json = reading.members();
    let complaint = Complaint::read(json, secrets);
    if complaint.code.is_some() {
        // A refusal that says 200.
        let kind = AuthErrorKind::Rejected {
            code: complaint.code.clone(),
        };
        return asked.failed(kind, None, complaint);
    }
    let problem = match json {
        Some(_) => "the answer holds no token".to_owned(),
        None => format!("the answer is {}", received.nature()),
    };
    asked.protocol(&problem, Some("/access_token".to_owned()), complaint)
}

/// The method, and the URL without its query, which may hold a secret.
fn address(request: &Request) -> String {
    let mut url = request.url().clone();
    url.set_query(None);
    url.set_fragment(None);
    let _ = url.set_username("");
    let _ = url.set_password(None);
    format!("{} {url}", request.method())
}

/// What the request sends that no message may repeat.
fn sent(request: &Request) -> Vec<Secret> {
    let body = request.body().and_then(reqwest::Body::as_bytes);
    let body = body.unwrap_or_default();
    let query = request.url().query().unwrap_or_default();
    let mut secrets = Vec::new();
    for pairs in [body, query.as_bytes()] {
        let values = form_urlencoded::parse(pairs).map(|(_, value)| value.into_owned());
        secrets.extend(values.map(Secret::from));
    }
    if let Ok(Value::Object(members)) = serde_json::from_slice(body) {
        secrets.extend(members.values().filter_map(scalar_text).map(Secret::from));
    }
    let header = request.headers().get(AUTHORIZATION);
    let header = header.and_then(|header| header.to_str().ok());
    secrets.extend(header.map(without_scheme).map(Secret::from));
    secrets
}

fn without_scheme(header: &str) -> &str {
    header.split_once(' ').map_or(header, |(_, value)| value)
}
