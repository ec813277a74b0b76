//! A value of the application as the request writers read it.

use keyfob_auth::secret::into_request;
use serde::Serialize;
use serde_json::Value;
use zeroize::Zeroizing;

use crate::file::{self, File};
use crate::scalar;

/// A value of the application, and the files that stand in it.
pub(crate) struct RequestValue {
    pub(crate) value: Value,
    pub(crate) files: Vec<File>,
}

/// Reads a parameter, or a body that is not written as JSON.
pub(crate) fn read(value: &impl Serialize) -> Result<RequestValue, String> {
    if let Some(value) = into_request(|| scalar::read(value)) {
        return Ok(RequestValue {
            value,
            files: Vec::new(),
        });
    }
    let (text, files) = file::collect(|| json(value));
    // By way of the text, because a number of 32 bits keeps its digits there.
    let value =
        serde_json::from_slice(&Zeroizing::new(text?)).map_err(|error| error.to_string())?;
    Ok(RequestValue { value, files })
}

/// The JSON text of a value; secrets in it are written out.
pub(crate) fn json(value: &impl Serialize) -> Result<Vec<u8>, String> {
    into_request(|| serde_json::to_vec(value)).map_err(|error| problem(value, &error))
}

/// Why a value cannot be written, and the member at fault.
fn problem(value: &impl Serialize, error: &serde_json::Error) -> String {
    let mut writer = serde_json::Serializer::new(std::io::sink());
    let again = into_request(|| serde_path_to_error::serialize(value, &mut writer));
    let path = again.map_or_else(|error| error.path().to_string(), |()| String::new());
    match path.as_str() {
        "" | "." => error.to_string(),
        path => format!("{path}: {error}"),
    }
}

/// A string, number or boolean as text; an array or object as JSON text; nothing for null.
pub(crate) fn text(value: &Value) -> Option<String> {
    match value {
        Value::Null => None,
        Value::String(text) => Some(text.clone()),
        other => Some(other.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use keyfob_auth::Secret;

    use super::*;

    #[test]
    fn numbers_keep_their_digits() {
        let cases = [
            (read(&0.1_f32).unwrap(), "0.1"),
            (
                read(&9_007_199_254_740_993_i64).unwrap(),
                "9007199254740993",
            ),
            (read(&u64::MAX).unwrap(), "18446744073709551615"),
            (read(&-1.5).unwrap(), "-1.5"),
            (read(&true).unwrap(), "true"),
        ];
        for (read, expected) in cases {
            assert_eq!(text(&read.value).unwrap(), expected);
        }
    }

    #[test]
    fn a_value_that_cannot_be_written_says_where() {
        #[derive(Serialize)]
        struct Outer {
            inner: Inner,
        }
        #[derive(Serialize)]
        struct Inner {
            #[serde(serialize_with = "crate::filled_secret")]
            key: Secret,
            #[serde(serialize_with = "crate::filled_secret")]
            other: Option<Secret>,
        }
        let written = |key: &str, other: Option<&str>| {
            let (key, other) = (key.into(), other.map(Secret::from));
            let inner = Inner { key, other };
            json(&Outer { inner }).map(|text| String::from_utf8(text).unwrap())
        };
        let whole = r#"{"inner":{"key":"k","other":null}}"#;
        assert_eq!(written("k", None).unwrap(), whole);
        let problem = written("", None).unwrap_err();
        assert_eq!(problem, "inner.key: it must not be empty");
        let problem = written("k", Some("")).unwrap_err();
        assert_eq!(problem, "inner.other: it must not be empty");
    }

    #[test]
    fn an_absent_option_is_null() {
        assert_eq!(text(&read(&None::<String>).unwrap().value), None);
    }
}
