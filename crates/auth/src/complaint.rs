//! What a server says about a failure, where its body has the usual members.

use serde_json::Value;

use crate::confidential::scalar_text;
use crate::sanitised::sanitised;

/// A server's error code and description, sanitised.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Complaint {
    pub code: Option<String>,
    pub description: Option<String>,
}

/// Members that hold an error code, best first; RFC 6749 has the first.
const CODES: [&str; 6] = [
    "error",
    "error_code",
    "errorcode",
    "errorCode",
    "code",
    "err",
];

/// Members that hold words for people, best first; RFC 6749 has the first.
const DESCRIPTIONS: [&str; 8] = [
    "error_description",
    "message",
    "error_message",
    "errorMessage",
    "errmsg",
    "detail",
    "description",
    "title",
];

impl Complaint {
    /// Reads the members of the body, or of the objects in it. `secrets` are cut out of the words.
    pub fn read(json: Option<&Value>, secrets: &[&str]) -> Self {
        let Some(Value::Object(members)) = json else {
            return Self::default();
        };
        let inner = members.values().filter(|value| value.is_object());
        let objects: Vec<&Value> = json.into_iter().chain(inner).collect();
        let first = |names: &[&str]| {
            let found = names.iter().find_map(|name| {
                let mut values = objects.iter().filter_map(|object| object.get(name));
                values.find_map(words)
            });
            found.map(|text| sanitised(&text, secrets))
        };
        Self {
            code: first(&CODES),
            description: first(&DESCRIPTIONS),
        }
    }
}

/// Text or a number, which some servers use for codes.
fn words(value: &Value) -> Option<String> {
    let text = scalar_text(value).filter(|text| !text.trim().is_empty());
    text.filter(|_| !value.is_boolean())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_usual_members_are_read() {
        for (body, code, description) in [
            (
                json!({"error": "e", "error_description": "d"}),
                Some("e"),
                Some("d"),
            ),
            (json!({"code": 42, "message": "m"}), Some("42"), Some("m")),
            (
                json!({"errorcode": "X", "message": "m"}),
                Some("X"),
                Some("m"),
            ),
            (
                json!({"error": {"code": "E", "message": "m"}}),
                Some("E"),
                Some("m"),
            ),
            (
                json!({"params": {"err": "E", "errmsg": "m"}}),
                Some("E"),
                Some("m"),
            ),
            (json!({"error": true, "message": "m"}), None, Some("m")),
            (json!({"error": " ", "detail": "d"}), None, Some("d")),
            (json!({"message": ["m"]}), None, None),
            (json!(["error"]), None, None),
            (json!("error"), None, None),
        ] {
            let complaint = Complaint::read(Some(&body), &[]);
            assert_eq!(complaint.code.as_deref(), code, "{body}");
            assert_eq!(complaint.description.as_deref(), description, "{body}");
        }
        assert_eq!(Complaint::read(None, &[]), Complaint::default());
    }
}
