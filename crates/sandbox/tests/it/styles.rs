//! How a value stands in a request by the style of its parameter (OpenAPI 3.0.4, "Style Examples").

use keyfob_spec::Parameter;
use serde_json::Value;

use crate::drive::text;

/// What stands in the query or among the cookies: names and values.
pub fn pairs(parameter: &Parameter, value: &Value) -> Vec<(String, String)> {
    let name = &parameter.name;
    let form = parameter.style == "form" && parameter.explode;
    match value {
        Value::Array(items) if form => items
            .iter()
            .map(|item| (name.clone(), text(item)))
            .collect(),
        Value::Object(members) if form || parameter.style == "deepObject" => members
            .iter()
            .map(|(member, value)| match form {
                true => (member.clone(), text(value)),
                false => (format!("{name}[{member}]"), text(value)),
            })
            .collect(),
        _ => vec![(name.clone(), joined(parameter, value, separator(parameter)))],
    }
}

/// What stands in the path or in a header.
pub fn single(parameter: &Parameter, value: &Value) -> String {
    let name = &parameter.name;
    let joined = joined(parameter, value, separator(parameter));
    match (parameter.style.as_str(), value) {
        ("label", _) => format!(".{joined}"),
        ("matrix", Value::Object(_)) if parameter.explode => format!(";{joined}"),
        ("matrix", Value::Array(items)) if parameter.explode => items
            .iter()
            .map(|item| format!(";{name}={}", text(item)))
            .collect(),
        ("matrix", _) => format!(";{name}={joined}"),
        _ => joined,
    }
}

fn separator(parameter: &Parameter) -> &'static str {
    match parameter.style.as_str() {
        "spaceDelimited" => " ",
        "pipeDelimited" => "|",
        "label" if parameter.explode => ".",
        "matrix" if parameter.explode => ";",
        _ => ",",
    }
}

fn joined(parameter: &Parameter, value: &Value, separator: &str) -> String {
    let pieces: Vec<String> = match value {
        _ if parameter.media_type.is_some() => return text(value),
        Value::Array(items) => items.iter().map(text).collect(),
        Value::Object(members) => members
            .iter()
            .map(|(member, value)| {
                let between = if parameter.explode { "=" } else { separator };
                format!("{member}{between}{}", text(value))
            })
            .collect(),
        value => return text(value),
    };
    pieces.join(separator)
}
