//! Parameters and bodies of a request as JSON values, the way their schemas say.

use bytes::Bytes;
use keyfob_spec::{Location, MediaType, Parameter, Spec};
use serde_json::{Map, Value};

use crate::call::{Call, essence, is_form, is_json, is_text};
use crate::schema;

/// The value of a parameter; `None` if it is absent.
pub(crate) fn parameter(
    spec: &Spec,
    parameter: &Parameter,
    call: &Call,
    path_values: &[(String, String)],
) -> Option<Value> {
    let texts = match parameter.location {
        Location::Path => path_values
            .iter()
            .filter(|(name, _)| *name == parameter.name)
            .map(|(_, value)| unstyled(spec, parameter, value))
            .collect(),
        Location::Query => return pairs_parameter(spec, parameter, &call.query_pairs()),
        Location::Cookie => return pairs_parameter(spec, parameter, &call.cookie_pairs()),
        Location::Header => {
            call.headers
                .get_all(&parameter.name)
                .iter()
                .fold(Vec::new(), |mut texts, value| {
                    texts.extend(value.to_str().map(str::to_owned));
                    texts
                })
        }
    };
    if texts.is_empty() {
        return None;
    }
    Some(from_texts(spec, parameter, &texts))
}

/// A body as JSON; `None` if the media type is neither JSON, form, multipart nor text.
///
/// # Errors
///
/// What is wrong with the body, in words that do not show it.
pub(crate) async fn body(
    spec: &Spec,
    documented: &MediaType,
    content_type: &str,
    body: &Bytes,
) -> Result<Option<Value>, String> {
    let media_type = essence(content_type);
    if is_json(&media_type) {
        return serde_json::from_slice(body)
            .map(Some)
            .map_err(|error| match error.classify() {
                serde_json::error::Category::Eof => "the JSON body is cut off".to_owned(),
                _ => format!("the body is not JSON (line {})", error.line()),
            });
    }
    if is_form(&media_type) {
        let pairs = url::form_urlencoded::parse(body).into_owned().collect();
        return Ok(Some(form(spec, documented, pairs)));
    }
    if media_type == "multipart/form-data" {
        let pairs = parts(content_type, body).await?;
        return Ok(Some(form(spec, documented, pairs)));
    }
    if is_text(&media_type) {
        let text = std::str::from_utf8(body).map_err(|_| "the text body is not UTF-8")?;
        return Ok(Some(Value::from(text)));
    }
    Ok(None)
}

/// A parameter whose name stands beside its value: in the query, or in a cookie.
fn pairs_parameter(
    spec: &Spec,
    parameter: &Parameter,
    pairs: &[(String, String)],
) -> Option<Value> {
    let schema = &parameter.schema;
    if parameter.style == "deepObject" {
        let mut tree = Tree::default();
        for (key, value) in pairs {
            let path = bracketed(key);
            if path.len() > 1 && path[0] == parameter.name {
                tree.add(&path[1..], value);
            }
        }
        let object = tree.value(spec, schema, &Value::Null);
        return (!tree.is_empty()).then_some(object);
    }
    let texts: Vec<String> = pairs
        .iter()
        .filter(|(name, _)| *name == parameter.name)
        .map(|(_, value)| value.clone())
        .collect();
    if !texts.is_empty() {
        return Some(from_texts(spec, parameter, &texts));
    }
    if parameter.explode && schema::may_be_object(spec, schema) {
        return exploded_object(spec, schema, pairs);
    }
    None
}

/// With `style: form` and `explode: true`, the members of an object stand there by their own
/// names.
fn exploded_object(spec: &Spec, schema: &Value, pairs: &[(String, String)]) -> Option<Value> {
    let mut members = Map::new();
    for (name, text) in pairs {
        if schema::has_property(spec, schema, name)
            && let Some(property) = schema::property(spec, schema, name)
        {
            members.insert(name.clone(), schema::scalar(spec, property, text));
        }
    }
    (!members.is_empty()).then_some(Value::Object(members))
}

/// Strips what the path styles `label` and `matrix` put before a value and, in an exploded
/// array, before each of its items (RFC 6570, 3.2.5 and 3.2.7).
fn unstyled(spec: &Spec, parameter: &Parameter, value: &str) -> String {
    let prefix = match parameter.style.as_str() {
        "label" => return value.strip_prefix('.').unwrap_or(value).to_owned(),
        "matrix" => format!("{}=", parameter.name),
        _ => return value.to_owned(),
    };
    let value = value.strip_prefix(';').unwrap_or(value);
    if !parameter.explode {
        return value.strip_prefix(&prefix).unwrap_or(value).to_owned();
    }
    if !schema::may_be(spec, &parameter.schema, "array")
        && schema::may_be_object(spec, &parameter.schema)
    {
        return value.to_owned();
    }
    let pieces = value.split(';');
    let pieces = pieces.map(|piece| piece.strip_prefix(&prefix).unwrap_or(piece));
    pieces.collect::<Vec<_>>().join(";")
}

/// What stands between the items of an array, or the members of an object, in one text.
fn separator(parameter: &Parameter) -> &'static str {
    match parameter.style.as_str() {
        "spaceDelimited" => " ",
        "pipeDelimited" => "|",
        "label" if parameter.explode => ".",
        "matrix" if parameter.explode => ";",
        _ => ",",
    }
}

fn from_texts(spec: &Spec, parameter: &Parameter, texts: &[String]) -> Value {
    if has_json_content(spec, parameter) {
        let parsed = texts
            .first()
            .and_then(|text| serde_json::from_str(text).ok());
        return parsed.unwrap_or_default();
    }
    let schema = &parameter.schema;
    if schema::may_be(spec, schema, "array") {
        let whole =
            matches!(parameter.location, Location::Query | Location::Cookie) && parameter.explode;
        if parameter.location == Location::Header {
            // Lists in headers may have blanks between their items.
            let texts = texts.iter().flat_map(|text| text.split(','));
            let texts: Vec<String> = texts.map(|text| text.trim().to_owned()).collect();
            return array(spec, schema, &texts, None);
        }
        return array(spec, schema, texts, (!whole).then(|| separator(parameter)));
    }
    if schema::may_be_object(spec, schema)
        && let [text] = texts
    {
        return listed_object(spec, parameter, text);
    }
    match texts {
        [text] => schema::scalar(spec, schema, text),
        _ => Value::from(texts),
    }
}

fn array(spec: &Spec, schema: &Value, texts: &[String], separator: Option<&str>) -> Value {
    let items = schema::items(spec, schema).unwrap_or(&Value::Null);
    texts
        .iter()
        .flat_map(|text| match separator {
            Some(separator) => text.split(separator).collect::<Vec<_>>(),
            None => vec![text.as_str()],
        })
        .map(|text| schema::scalar(spec, items, text))
        .collect()
}

/// An object in one text: `a,1,b,2`, or `a=1,b=2` where it is exploded.
fn listed_object(spec: &Spec, parameter: &Parameter, text: &str) -> Value {
    let schema = &parameter.schema;
    let pieces: Vec<&str> = text.split(separator(parameter)).collect();
    let pairs: Vec<(&str, &str)> = if parameter.explode {
        pieces
            .iter()
            .filter_map(|piece| piece.split_once('='))
            .collect()
    } else {
        pieces
            .chunks_exact(2)
            .map(|pair| (pair[0], pair[1]))
            .collect()
    };
    let members = pairs.into_iter().map(|(name, text)| {
        let property = schema::property(spec, schema, name).unwrap_or(&Value::Null);
        (name.to_owned(), schema::scalar(spec, property, text))
    });
    Value::Object(members.collect())
}

fn has_json_content(spec: &Spec, parameter: &Parameter) -> bool {
    let node = spec.document.pointer(&parameter.pointer);
    node.map(|node| spec.resolve(node))
        .and_then(|node| node.get("content")?.as_object()?.keys().next().cloned())
        .is_some_and(|media_type| is_json(&media_type))
}

/// The fields of a form, nested as their names say: `contacts[0][recipient]`.
fn form(spec: &Spec, documented: &MediaType, pairs: Vec<(String, String)>) -> Value {
    let mut tree = Tree::default();
    for (key, value) in pairs {
        if schema::has_property(spec, &documented.schema, &key) {
            tree.add(&[key.as_str()], &value);
        } else if let Some(object) = spread_object(spec, documented, &key) {
            tree.add(&[object, key.as_str()], &value);
        } else {
            tree.add(&bracketed(&key), &value);
        }
    }
    let members = tree.members.iter().map(|(name, node)| {
        let property = schema::property(spec, &documented.schema, name);
        let encoding = documented.encoding.get(name).unwrap_or(&Value::Null);
        let property = property.unwrap_or(&Value::Null);
        (name.clone(), node.value(spec, property, encoding))
    });
    Value::Object(members.collect())
}

/// The object of a form whose members stand in it by their own names, this one among them,
/// because its encoding says `style: form` and `explode: true`.
fn spread_object<'a>(spec: &Spec, documented: &'a MediaType, member: &str) -> Option<&'a str> {
    let mut spread = documented
        .encoding
        .as_object()?
        .iter()
        .filter(|(_, encoding)| {
            encoding.get("style").is_some_and(|style| style == "form")
                && encoding.get("explode") != Some(&Value::Bool(false))
        });
    let (name, _) = spread.find(|(name, _)| {
        let property = schema::property(spec, &documented.schema, name);
        property.is_some_and(|property| {
            schema::may_be_object(spec, property) && schema::has_property(spec, property, member)
        })
    })?;
    Some(name)
}

/// The parts of a multipart body by name. A part that is not text becomes a text that says so.
async fn parts(content_type: &str, body: &Bytes) -> Result<Vec<(String, String)>, String> {
    let boundary = multer::parse_boundary(content_type)
        .map_err(|_| "the content type of the multipart body has no boundary")?;
    let stream = http_body_util::BodyStream::new(http_body_util::Full::new(body.clone()));
    let stream = futures_util::StreamExt::filter_map(stream, |frame| async move {
        frame.map(|frame| frame.into_data().ok()).transpose()
    });
    let mut multipart = multer::Multipart::new(stream, boundary);
    let mut parts = Vec::new();
    loop {
        let field = match multipart.next_field().await {
            Ok(Some(field)) => field,
            Ok(None) => return Ok(parts),
            Err(_) => return Err("the body is not multipart".to_owned()),
        };
        let name = field.name().unwrap_or_default().to_owned();
        let bytes = field
            .bytes()
            .await
            .map_err(|_| "the multipart body is cut off")?;
        let text = String::from_utf8(bytes.to_vec()).unwrap_or_else(|_| "<bytes>".to_owned());
        parts.push((name, text));
    }
}

/// Takes `a[b][0]` apart, unless it nests deeper than any schema does.
fn bracketed(key: &str) -> Vec<&str> {
    let Some((head, tail)) = key.split_once('[') else {
        return vec![key];
    };
    let Some(tail) = tail.strip_suffix(']') else {
        return vec![key];
    };
    let mut path = vec![head];
    path.extend(tail.split("]["));
    if path.len() > 32 { vec![key] } else { path }
}

/// Fields on their way to a value.
#[derive(Default)]
struct Tree {
    texts: Vec<String>,
    members: Vec<(String, Tree)>,
}

impl Tree {
    fn is_empty(&self) -> bool {
        self.texts.is_empty() && self.members.is_empty()
    }

    fn add(&mut self, path: &[&str], text: &str) {
        let mut node = self;
        for name in path {
            let known = node.members.iter().position(|(known, _)| known == name);
            let index = known.unwrap_or_else(|| {
                node.members.push(((*name).to_owned(), Tree::default()));
                node.members.len() - 1
            });
            node = &mut node.members[index].1;
        }
        node.texts.push(text.to_owned());
    }

    fn value(&self, spec: &Spec, schema: &Value, encoding: &Value) -> Value {
        if self.members.is_empty() {
            return self.leaf(spec, schema, encoding);
        }
        if self.is_list(spec, schema) {
            let items = schema::items(spec, schema).unwrap_or(&Value::Null);
            let values = self.members.iter().flat_map(|(_, node)| {
                let texts = node
                    .texts
                    .iter()
                    .map(|text| schema::scalar(spec, items, text));
                let nested =
                    (!node.members.is_empty()).then(|| node.value(spec, items, &Value::Null));
                texts.chain(nested).collect::<Vec<_>>()
            });
            return values.collect();
        }
        let members = self.members.iter().map(|(name, node)| {
            let property = schema::property(spec, schema, name).unwrap_or(&Value::Null);
            (name.clone(), node.value(spec, property, &Value::Null))
        });
        Value::Object(members.collect())
    }

    fn is_list(&self, spec: &Spec, schema: &Value) -> bool {
        if schema::may_be(spec, schema, "array") {
            return true;
        }
        !schema::may_be_object(spec, schema)
            && self
                .members
                .iter()
                .all(|(name, _)| name.bytes().all(|byte| byte.is_ascii_digit()))
    }

    fn leaf(&self, spec: &Spec, schema: &Value, encoding: &Value) -> Value {
        let is_array = schema::may_be(spec, schema, "array");
        let is_structure = is_array || schema::may_be_object(spec, schema);
        if is_structure
            && let [text] = self.texts.as_slice()
            && let Ok(value @ (Value::Array(_) | Value::Object(_))) = serde_json::from_str(text)
        {
            return value;
        }
        if is_array {
            let explode = encoding.get("explode").and_then(Value::as_bool);
            let style = encoding.get("style").and_then(Value::as_str);
            let separator = match (explode, style) {
                (_, Some("spaceDelimited")) => Some(" "),
                (_, Some("pipeDelimited")) => Some("|"),
                (Some(false), _) => Some(","),
                _ => None,
            };
            return array(spec, schema, &self.texts, separator);
        }
        match self.texts.as_slice() {
            [text] => schema::scalar(spec, schema, text),
            texts => Value::from(texts),
        }
    }
}
