//! A small client that runs token workflows as documents describe them, and nothing more.

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use keyfob_sandbox::{Sandbox, StaticCredential};
use keyfob_spec::{
    BasicEncoding, Expression, Location, Operation, Parameter, Piece, Presentation, Scheme, Spec,
    Step, StepCredentialValue, Template, Workflow,
};
use reqwest::header::HeaderMap;
use reqwest::{Client, Method, RequestBuilder, StatusCode};
use serde_json::{Map, Value};

use crate::styles;

pub type Values = BTreeMap<String, String>;

/// An answer, read to its end.
#[derive(Debug)]
pub struct Reply {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub text: String,
}

impl Reply {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|_| Value::from(self.text.trim()))
    }

    pub fn complaint(&self) -> &str {
        let value = self.headers.get("keyfob-sandbox");
        value.map_or("", |value| value.to_str().unwrap())
    }
}

pub fn client() -> Client {
    Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .unwrap()
}

pub async fn send(request: RequestBuilder) -> Reply {
    let response = request.send().await.unwrap();
    Reply {
        status: response.status(),
        headers: response.headers().clone(),
        text: response.text().await.unwrap(),
    }
}

/// Runs a workflow: its outputs, or the first answer that is no success.
pub async fn run(
    sandbox: &Sandbox,
    spec: &Spec,
    workflow: &Workflow,
    inputs: &Values,
) -> Result<Values, Reply> {
    let mut known: BTreeMap<(String, String), String> = BTreeMap::new();
    for step in &workflow.steps {
        let reader = Reader {
            inputs,
            outputs: &known,
        };
        let reply = send(request(sandbox, spec, step, &reader)).await;
        if !reply.status.is_success() {
            return Err(reply);
        }
        let found: Vec<(String, String)> = step
            .outputs
            .iter()
            .filter_map(|(name, expression)| {
                let value = read(&reply, expression).or_else(|| reader.value(expression));
                Some((name.clone(), value?))
            })
            .collect();
        for (name, value) in found {
            known.insert((step.id.clone(), name), value);
        }
    }
    let reader = Reader {
        inputs,
        outputs: &known,
    };
    let outputs = workflow.outputs.iter();
    Ok(outputs
        .filter_map(|(name, expression)| Some((name.clone(), reader.value(expression)?)))
        .collect())
}

/// Calls an operation with examples for everything that it requires.
pub fn call(sandbox: &Sandbox, spec: &Spec, operation: &Operation) -> RequestBuilder {
    let mut path = operation.path.clone();
    for parameter in &operation.parameters {
        if parameter.location == Location::Path {
            let example = styles::single(parameter, &example_of(parameter));
            path = fill(&path, &parameter.name, &example);
        }
    }
    let url = format!("{}{path}", sandbox.base_url(&spec.name));
    let mut request = client().request(method(operation), url);
    for parameter in operation.parameters.iter().filter(|known| known.required) {
        let example = example_of(parameter);
        request = match parameter.location {
            Location::Query => request.query(&styles::pairs(parameter, &example)),
            Location::Header => {
                request.header(&parameter.name, styles::single(parameter, &example))
            }
            Location::Cookie => {
                let pairs = styles::pairs(parameter, &example).into_iter();
                pairs.fold(request, |request, (name, value)| {
                    request.header("cookie", format!("{name}={value}"))
                })
            }
            Location::Path => request,
        };
    }
    if let Some(body) = &operation.body
        && let Some(media_type) = body.content.first()
    {
        let example = media_type.examples.first();
        let example = example.map(|(_, example)| example.clone());
        let example = example.unwrap_or_else(|| required_members(spec, &media_type.schema));
        request = with_body(request, &media_type.name, &example);
    }
    request
}

fn example_of(parameter: &Parameter) -> Value {
    let example = parameter.example.clone();
    let allowed = || parameter.schema["enum"].get(0).cloned();
    example.or_else(allowed).unwrap_or_else(|| "example".into())
}

/// The required members of a body, by their examples.
fn required_members(spec: &Spec, schema: &Value) -> Value {
    let schema = spec.resolve(schema);
    let names = schema["required"].as_array().into_iter().flatten();
    let members = names.filter_map(Value::as_str).map(|name| {
        let property = spec.resolve(&schema["properties"][name]);
        let example = property.get("example").or_else(|| property["enum"].get(0));
        (
            name.to_owned(),
            example.cloned().unwrap_or_else(|| "example".into()),
        )
    });
    members.collect::<Map<String, Value>>().into()
}

/// Presents a credential as a scheme says.
pub fn present(
    request: RequestBuilder,
    scheme: &Scheme,
    given: &StaticCredential,
) -> RequestBuilder {
    let value = given.value.as_str();
    match &scheme.presentation {
        Presentation::Basic => {
            request.basic_auth(given.username.clone().unwrap_or_default(), Some(value))
        }
        Presentation::Word(word) if value.starts_with(&format!("{word} ")) => {
            request.header("authorization", value)
        }
        Presentation::Word(word) => request.header("authorization", format!("{word} {value}")),
        Presentation::Header(name) => request.header(name, value),
        Presentation::Prefixed(name, prefix) => request.header(name, format!("{prefix}{value}")),
        Presentation::Query(name) => request.query(&[(name, value)]),
        Presentation::Cookie(name) => request.header("cookie", format!("{name}={value}")),
    }
}

pub fn token(value: &str) -> StaticCredential {
    StaticCredential {
        username: None,
        value: value.to_owned(),
    }
}

struct Reader<'a> {
    inputs: &'a Values,
    outputs: &'a BTreeMap<(String, String), String>,
}

impl Reader<'_> {
    fn value(&self, expression: &Expression) -> Option<String> {
        match expression {
            Expression::Input(name) => self.inputs.get(name).cloned(),
            Expression::StepOutput { step, output } => {
                self.outputs.get(&(step.clone(), output.clone())).cloned()
            }
            _ => None,
        }
    }

    fn fill(&self, template: &Template) -> Option<Value> {
        Some(match template {
            Template::Null => Value::Null,
            Template::Bool(flag) => Value::from(*flag),
            Template::Integer(number) => Value::from(*number),
            Template::Number(number) => Value::from(*number),
            Template::String(text) => Value::from(text.as_str()),
            Template::Expression(expression) => Value::from(self.value(expression)?),
            Template::Text(pieces) => {
                let pieces = pieces.iter().map(|piece| match piece {
                    Piece::Text(text) => Some(text.clone()),
                    Piece::Expression(expression) => self.value(expression),
                });
                Value::from(pieces.collect::<Option<String>>()?)
            }
            Template::Array(items) => items.iter().filter_map(|item| self.fill(item)).collect(),
            Template::Object(members) => members
                .iter()
                .filter_map(|(name, member)| Some((name.clone(), self.fill(member)?)))
                .collect::<Map<String, Value>>()
                .into(),
        })
    }

    fn text(&self, template: &Template) -> Option<String> {
        self.fill(template).map(|value| text(&value))
    }
}

fn request(sandbox: &Sandbox, spec: &Spec, step: &Step, reader: &Reader<'_>) -> RequestBuilder {
    let operation = spec.operation(&step.operation).unwrap();
    let mut path = operation.path.clone();
    for parameter in &step.parameters {
        if parameter.location == Location::Path {
            path = fill(
                &path,
                &parameter.name,
                &reader.text(&parameter.value).unwrap(),
            );
        }
    }
    let url = format!("{}{path}", sandbox.base_url(&spec.name));
    let mut request = client().request(method(operation), url);
    for parameter in &step.parameters {
        let Some(value) = reader.text(&parameter.value) else {
            continue;
        };
        request = match parameter.location {
            Location::Query => request.query(&[(&parameter.name, value)]),
            Location::Header => request.header(&parameter.name, value),
            Location::Cookie => request.header("cookie", format!("{}={value}", parameter.name)),
            Location::Path => request,
        };
    }
    for credential in &step.credentials {
        request = match (&credential.presentation, &credential.value) {
            (presentation, StepCredentialValue::Token(template)) => {
                let scheme = Scheme {
                    presentation: presentation.clone(),
                    ..spec.schemes[0].clone()
                };
                present(request, &scheme, &token(&reader.text(template).unwrap()))
            }
            (
                _,
                StepCredentialValue::Basic {
                    username,
                    password,
                    encoding,
                },
            ) => {
                let half = |template: &Template| encode(*encoding, &reader.text(template).unwrap());
                let pair = STANDARD.encode(format!("{}:{}", half(username), half(password)));
                request.header("authorization", format!("Basic {pair}"))
            }
        };
    }
    match &step.body {
        Some(body) => {
            let value = reader.fill(&body.value).unwrap_or_default();
            with_body(request, &body.media_type, &value)
        }
        None => request,
    }
}

fn with_body(request: RequestBuilder, media_type: &str, value: &Value) -> RequestBuilder {
    let body = if media_type == "application/x-www-form-urlencoded" {
        let mut form = url::form_urlencoded::Serializer::new(String::new());
        pairs("", value, &mut |name, value| {
            form.append_pair(name, value);
        });
        form.finish()
    } else if media_type == "multipart/form-data" {
        let mut form = reqwest::multipart::Form::new();
        for (name, value) in value.as_object().into_iter().flatten() {
            form = form.text(name.clone(), text(value));
        }
        return request.multipart(form);
    } else if media_type.contains("json") {
        value.to_string()
    } else {
        text(value)
    };
    request.header("content-type", media_type).body(body)
}

/// The fields of a nested form: `contacts[0][recipient]`.
fn pairs(prefix: &str, value: &Value, add: &mut dyn FnMut(&str, &str)) {
    let name = |key: &str| match prefix {
        "" => key.to_owned(),
        prefix => format!("{prefix}[{key}]"),
    };
    match value {
        Value::Object(members) => {
            members
                .iter()
                .for_each(|(key, value)| pairs(&name(key), value, add));
        }
        Value::Array(items) => {
            let items = items.iter().enumerate();
            items.for_each(|(index, value)| pairs(&name(&index.to_string()), value, add));
        }
        value => add(prefix, &text(value)),
    }
}

fn encode(encoding: BasicEncoding, half: &str) -> String {
    match encoding {
        BasicEncoding::Plain => half.to_owned(),
        BasicEncoding::Form => url::form_urlencoded::byte_serialize(half.as_bytes()).collect(),
    }
}

fn fill(path: &str, name: &str, value: &str) -> String {
    let encoded = percent_encoding::utf8_percent_encode(value, percent_encoding::NON_ALPHANUMERIC)
        .to_string();
    path.replace(&format!("{{{name}}}"), &encoded)
}

fn method(operation: &Operation) -> Method {
    operation.method.parse().unwrap()
}

fn read(reply: &Reply, expression: &Expression) -> Option<String> {
    match expression {
        Expression::Body(pointer) => {
            let body = reply.json();
            let value = body.pointer(pointer)?;
            (!value.is_null()).then(|| text(value))
        }
        Expression::Header(name) => Some(reply.headers.get(name)?.to_str().unwrap().to_owned()),
        Expression::Cookie(name) => {
            let line = reply.headers.get("set-cookie")?.to_str().unwrap();
            let (known, value) = line.split_once(';')?.0.split_once('=')?;
            (known == name).then(|| value.to_owned())
        }
        _ => None,
    }
}

pub fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        value => value.to_string(),
    }
}
