//! An input's JSON Schema as the rules that the engine checks.

use proc_macro2::TokenStream;
use quote::quote;
use serde_json::Value;

/// The rules of a schema, as the elements of a `&[Rule]`.
pub(crate) fn rules(schema: &Value) -> Vec<TokenStream> {
    let mut rules = Vec::new();
    for keyword in ["minLength", "maxLength"] {
        if let Some(length) = schema.get(keyword).and_then(Value::as_u64) {
            rules.push(if keyword == "minLength" {
                quote!(Rule::MinLength(#length))
            } else {
                quote!(Rule::MaxLength(#length))
            });
        }
    }
    if let Some(pattern) = schema.get("pattern").and_then(Value::as_str) {
        rules.push(quote!(Rule::Pattern(#pattern)));
    }
    if let Some(values) = schema.get("enum").and_then(Value::as_array) {
        let values = values.iter().map(text);
        rules.push(quote!(Rule::OneOf(&[#(#values),*])));
    }
    if let Some(value) = schema.get("const").map(text) {
        rules.push(quote!(Rule::OneOf(&[#value])));
    }
    if let Some(minimum) = schema.get("minimum").and_then(Value::as_f64) {
        rules.push(quote!(Rule::Minimum(#minimum)));
    }
    if let Some(maximum) = schema.get("maximum").and_then(Value::as_f64) {
        rules.push(quote!(Rule::Maximum(#maximum)));
    }
    rules.extend(combined(schema));
    rules
}

/// The rules of `not`, `allOf` and `anyOf`.
fn combined(schema: &Value) -> Vec<TokenStream> {
    let mut combined = Vec::new();
    if let Some(not) = schema.get("not") {
        let inner = rules(not);
        combined.push(quote!(Rule::Not(&[#(#inner),*])));
    }
    for part in list(schema, "allOf") {
        let inner = rules(part);
        combined.push(quote!(Rule::All(&[#(#inner),*])));
    }
    let alternatives: Vec<_> = list(schema, "anyOf")
        .iter()
        .map(|part| {
            let inner = rules(part);
            quote!(&[#(#inner),*])
        })
        .collect();
    if !alternatives.is_empty() {
        combined.push(quote!(Rule::Any(&[#(#alternatives),*])));
    }
    combined
}

fn list<'a>(schema: &'a Value, keyword: &str) -> &'a [Value] {
    schema
        .get(keyword)
        .and_then(Value::as_array)
        .map_or(&[], Vec::as_slice)
}

/// A JSON value as the text that an input's value is compared with.
pub(crate) fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}
