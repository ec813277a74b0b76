//! JSON that may hold secrets: censored in `Debug`, its strings wiped when dropped.

use std::fmt;

use serde_json::Value;
use zeroize::Zeroize;

use crate::secret::Secret;

/// A JSON value that may hold secrets.
#[derive(Clone, PartialEq)]
pub(crate) struct Confidential(Value);

impl Confidential {
    /// The value itself.
    pub fn expose(&self) -> &Value {
        &self.0
    }

    /// A scalar as text.
    pub fn text(&self) -> Option<Secret> {
        scalar_text(&self.0).map(Secret::from)
    }
}

/// A scalar as it is written where there are no types: in a path, a query, a form or a header.
pub(crate) fn scalar_text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(value) => Some(value.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

impl From<Value> for Confidential {
    fn from(value: Value) -> Self {
        Self(value)
    }
}

impl From<&Secret> for Confidential {
    fn from(secret: &Secret) -> Self {
        Self(Value::String(secret.expose().to_owned()))
    }
}

impl Drop for Confidential {
    fn drop(&mut self) {
        wipe(&mut self.0);
    }
}

fn wipe(value: &mut Value) {
    match value {
        Value::String(text) => text.zeroize(),
        Value::Array(items) => items.iter_mut().for_each(wipe),
        Value::Object(members) => members.values_mut().for_each(wipe),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

impl fmt::Debug for Confidential {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("[confidential]")
    }
}
