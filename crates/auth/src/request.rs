//! A step of a workflow, written as an HTTP request.

use bytes::Bytes;
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderName, HeaderValue};
use reqwest::{Method, Request};
use serde_json::{Map, Value};
use url::Url;
use zeroize::Zeroizing;

use crate::confidential::{Confidential, scalar_text};
use crate::evaluate::Scope;
use crate::path_template::endpoint_url;
use crate::presentation::{Form, basic_pair, cookie_pair, query_pair};
use crate::workflow::{
    Body, BodyEncoding, Location, Parameter, Piece, Step, StepCredential, StepCredentialValue,
    Template,
};

/// The request of a step, at a server.
///
/// # Errors
///
/// Says in words what cannot be written; it names the place, never the value.
pub(crate) fn request(step: &Step, server: &Url, scope: &Scope<'_>) -> Result<Request, String> {
    let mut url = path(step, server, scope)?;
    let query = query(step, scope);
    if !query.is_empty() {
        url.set_query(Some(&query));
    }
    let method = Method::try_from(step.endpoint.method)
        .map_err(|_| format!("{} is no HTTP method", step.endpoint.method))?;
    let mut request = Request::new(method, url);
    accept(step, &mut request);
    for parameter in step.parameters {
        header_or_cookie(parameter, scope, &mut request)?;
    }
    for credential in step.credentials {
        if let Some(form) = credential_form(credential, scope)? {
            form.apply(&mut request);
        }
    }
    if let Some(body) = &step.body {
        write_body(body, scope, &mut request)?;
    }
    Ok(request)
}

/// The value of a template. `None`: it consists of an expression that has no value, or has one
/// embedded; then its member or parameter is left out.
fn filled(template: &Template, scope: &Scope<'_>) -> Option<Value> {
    Some(match template {
        Template::Null => Value::Null,
        Template::Bool(value) => Value::from(*value),
        Template::Integer(number) => Value::from(*number),
        Template::Number(number) => Value::from(*number),
        Template::String(text) => Value::from(*text),
        Template::Expression(expression) => scope.value(expression)?.into_owned(),
        Template::Text(pieces) => {
            let texts = pieces.iter().map(|piece| match piece {
                Piece::Text(text) => Some((*text).to_owned()),
                Piece::Expression(expression) => scalar_text(&*scope.value(expression)?),
            });
            Value::String(texts.collect::<Option<String>>()?)
        }
        Template::Array(items) => items
            .iter()
            .filter_map(|item| filled(item, scope))
            .collect(),
        Template::Object(members) => {
            let members = members.iter().filter_map(|(name, template)| {
                Some(((*name).to_owned(), filled(template, scope)?))
            });
            Value::Object(members.collect::<Map<_, _>>())
        }
    })
}

fn value(template: &Template, scope: &Scope<'_>) -> Option<Confidential> {
    filled(template, scope).map(Confidential::from)
}

fn path(step: &Step, server: &Url, scope: &Scope<'_>) -> Result<Url, String> {
    let in_path = |parameter: &&Parameter| parameter.location == Location::Path;
    let mut values = Vec::new();
    for parameter in step.parameters.iter().filter(in_path) {
        let text = value(&parameter.value, scope).and_then(|value| scalar_text(value.expose()));
        let text = text.ok_or_else(|| format!("the path needs a value for {}", parameter.name))?;
        values.push((parameter.name, text));
    }
    endpoint_url(server, step.endpoint.path, &values).map_err(|error| error.to_string())
}

fn query(step: &Step, scope: &Scope<'_>) -> Zeroizing<String> {
    let in_query = |parameter: &&Parameter| parameter.location == Location::Query;
    let mut pairs = Vec::new();
    for parameter in step.parameters.iter().filter(in_query) {
        let Some(value) = value(&parameter.value, scope) else {
            continue;
        };
        let items = match value.expose() {
            Value::Array(items) => items.iter().collect(),
            item => vec![item],
        };
        let texts = items
            .into_iter()
            .filter_map(scalar_text)
            .map(Zeroizing::new);
        pairs.extend(texts.map(|text| query_pair(parameter.name, &text)));
    }
    let pairs: Vec<&str> = pairs.iter().map(|pair| pair.as_str()).collect();
    Zeroizing::new(pairs.join("&"))
}

fn accept(step: &Step, request: &mut Request) {
    let media_types = HeaderValue::try_from(step.accept.join(", "));
    if let (false, Ok(media_types)) = (step.accept.is_empty(), media_types) {
        request.headers_mut().insert(ACCEPT, media_types);
    }
}

fn header_or_cookie(
    parameter: &Parameter,
    scope: &Scope<'_>,
    request: &mut Request,
) -> Result<(), String> {
    let name = parameter.name;
    let is_here = matches!(parameter.location, Location::Header | Location::Cookie);
    let text = value(&parameter.value, scope).filter(|_| is_here);
    let Some(text) = text.and_then(|value| value.text()) else {
        return Ok(());
    };
    let form = if parameter.location == Location::Cookie {
        Form::Cookie(name, cookie_pair(name, text.expose()).into())
    } else {
        let header = HeaderName::try_from(name).map_err(|_| format!("{name} is no header"))?;
        let form = Form::header(header, &[text.expose()]);
        form.map_err(|problem| format!("the value of the header {name} {problem}"))?
    };
    form.apply(request);
    Ok(())
}

/// `None`: a part of the credential is an absent optional input, so another way of presenting it
/// is meant.
fn credential_form(credential: &StepCredential, scope: &Scope<'_>) -> Result<Option<Form>, String> {
    let text = |template| value(template, scope).and_then(|value| value.text());
    let form = match &credential.value {
        StepCredentialValue::Basic {
            username,
            password,
            encoding,
        } => {
            let (Some(username), Some(password)) = (text(username), text(password)) else {
                return Ok(None);
            };
            let pair = basic_pair(username.expose(), password.expose(), *encoding);
            pair.and_then(|pair| Form::header(AUTHORIZATION, &["Basic ", &pair]))
        }
        StepCredentialValue::Token(template) => {
            let Some(token) = text(template) else {
                return Ok(None);
            };
            Form::token(credential.presentation, token.expose())
        }
    };
    form.map(Some)
        .map_err(|problem| format!("the credential of the step {problem}"))
}

fn write_body(body: &Body, scope: &Scope<'_>, request: &mut Request) -> Result<(), String> {
    let Some(value) = value(&body.value, scope) else {
        return Ok(());
    };
    let bytes = match body.encoding {
        BodyEncoding::Json => json(value.expose())?,
        BodyEncoding::Form => form(value.expose()).into_bytes(),
        BodyEncoding::Text => scalar_text(value.expose()).unwrap_or_default().into_bytes(),
    };
    let media_type = HeaderValue::try_from(body.media_type)
        .map_err(|_| format!("{} is no media type", body.media_type))?;
    request.headers_mut().insert(CONTENT_TYPE, media_type);
    let bytes = Bytes::from_owner(Zeroizing::new(bytes));
    *request.body_mut() = Some(bytes.into());
    Ok(())
}

fn json(value: &Value) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::with_capacity(room(value));
    match serde_json::to_writer(&mut bytes, value) {
        Ok(()) => Ok(bytes),
        Err(_) => Err("the body cannot be written as JSON".to_owned()),
    }
}

/// Room enough for a value in any encoding, so that writing it leaves no half of it behind in
/// memory that is not wiped.
fn room(value: &Value) -> usize {
    const WIDEST: usize = 6;
    const FRAME: usize = 64;
    match value {
        Value::String(text) => text.len() * WIDEST + FRAME,
        Value::Array(items) => items.iter().map(room).sum::<usize>() + FRAME,
        Value::Object(members) => {
            let members = members.iter();
            let rooms = members.map(|(name, value)| name.len() * WIDEST + room(value));
            rooms.sum::<usize>() + FRAME
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => FRAME,
    }
}

/// `application/x-www-form-urlencoded`: nested members as `a[b]=c`, items as `a[0]=c`.
fn form(value: &Value) -> String {
    let mut pairs = url::form_urlencoded::Serializer::new(String::with_capacity(room(value)));
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                form_pairs(name, member, &mut pairs);
            }
        }
        scalar => return scalar_text(scalar).unwrap_or_default(),
    }
    pairs.finish()
}

fn form_pairs(name: &str, value: &Value, pairs: &mut url::form_urlencoded::Serializer<'_, String>) {
    match value {
        Value::Object(members) => {
            for (inner, member) in members {
                form_pairs(&format!("{name}[{inner}]"), member, pairs);
            }
        }
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                form_pairs(&format!("{name}[{index}]"), item, pairs);
            }
        }
        scalar => {
            if let Some(text) = scalar_text(scalar).map(Zeroizing::new) {
                pairs.append_pair(name, &text);
            }
        }
    }
}

/// Whether a step reads an input.
pub(crate) fn mentions(step: &Step, input: &str) -> bool {
    let reads = |template: &Template| template_mentions(template, input);
    let in_body = step.body.as_ref().is_some_and(|body| reads(&body.value));
    let in_parameters = step.parameters.iter().any(|each| reads(&each.value));
    in_body || in_parameters || presents(step, input)
}

/// Whether a step presents an input as its credential.
pub(crate) fn presents(step: &Step, input: &str) -> bool {
    let reads = |template: &Template| template_mentions(template, input);
    step.credentials.iter().any(|each| match &each.value {
        StepCredentialValue::Basic {
            username, password, ..
        } => reads(username) || reads(password),
        StepCredentialValue::Token(token) => reads(token),
    })
}

fn template_mentions(template: &Template, input: &str) -> bool {
    use crate::condition::Expression;

    let reads =
        |expression: &Expression| matches!(expression, Expression::Input(name) if *name == input);
    match template {
        Template::Expression(expression) => reads(expression),
        Template::Text(pieces) => pieces.iter().any(|piece| match piece {
            Piece::Text(_) => false,
            Piece::Expression(expression) => reads(expression),
        }),
        Template::Array(items) => items.iter().any(|item| template_mentions(item, input)),
        Template::Object(members) => {
            let mut templates = members.iter().map(|(_, template)| template);
            templates.any(|template| template_mentions(template, input))
        }
        Template::Null
        | Template::Bool(_)
        | Template::Integer(_)
        | Template::Number(_)
        | Template::String(_) => false,
    }
}
