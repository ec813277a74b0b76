//! The core schema of YAML 1.2: what a scalar means.

use saphyr_parser::Tag;
use serde_json::{Number, Value};

use super::fault;
use crate::diagnostics::Fault;

/// The value of a scalar. `plain` is one without quotes.
pub(super) fn value(text: &str, plain: bool, tag: Option<&Tag>) -> Result<Value, Fault> {
    let Some(tag) = tag else {
        return if plain {
            untagged(text)
        } else {
            Ok(Value::String(text.to_owned()))
        };
    };
    let wanted = if tag.is_yaml_core_schema() {
        tag.suffix.as_str()
    } else if tag.handle.is_empty() && tag.suffix == "!" {
        // The non-specific tag: text.
        "str"
    } else {
        ""
    };
    let resolved = match wanted {
        "str" => return Ok(Value::String(text.to_owned())),
        "null" | "bool" | "int" | "float" => untagged(text)?,
        _ => {
            return fault(
                format!("the tag `{tag}` means nothing here"),
                "delete the tag; quote the value if it is text",
            );
        }
    };
    let fits = match wanted {
        "null" => resolved.is_null(),
        "bool" => resolved.is_boolean(),
        "int" => resolved.is_i64() || resolved.is_u64(),
        _ => resolved.is_number(),
    };
    if fits {
        Ok(resolved)
    } else {
        fault(
            format!("`{text}` is not what its tag `{tag}` says"),
            "delete the tag, or correct the value",
        )
    }
}

fn untagged(text: &str) -> Result<Value, Fault> {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return Ok(Value::Null),
        "true" | "True" | "TRUE" => return Ok(Value::Bool(true)),
        "false" | "False" | "FALSE" => return Ok(Value::Bool(false)),
        _ => {}
    }
    if let Some(number) = number(text)? {
        return Ok(Value::Number(number));
    }
    Ok(Value::String(text.to_owned()))
}

fn number(text: &str) -> Result<Option<Number>, Fault> {
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    if matches!(unsigned, ".inf" | ".Inf" | ".INF") || matches!(text, ".nan" | ".NaN" | ".NAN") {
        return not_finite(text);
    }
    if let Some(digits) = text.strip_prefix("0x") {
        return radix(text, digits, 16);
    }
    if let Some(digits) = text.strip_prefix("0o") {
        return radix(text, digits, 8);
    }
    if unsigned.bytes().all(|byte| byte.is_ascii_digit()) && !unsigned.is_empty() {
        return integer(text, unsigned).map(Some);
    }
    if !is_float(unsigned) {
        return Ok(None);
    }
    match text.parse::<f64>().ok().and_then(Number::from_f64) {
        Some(number) => Ok(Some(number)),
        None => not_finite(text),
    }
}

fn integer(text: &str, digits: &str) -> Result<Number, Fault> {
    if digits.len() > 1 && digits.starts_with('0') {
        return fault(
            format!("`{text}` is a number in one reader of YAML and another number in the next"),
            "quote it if the zero belongs to it; otherwise drop the zero",
        );
    }
    let text = text.strip_prefix('+').unwrap_or(text);
    if let Ok(number) = text.parse::<i64>() {
        return Ok(number.into());
    }
    if let Ok(number) = text.parse::<u64>() {
        return Ok(number.into());
    }
    match text.parse::<f64>().ok().and_then(Number::from_f64) {
        Some(number) => Ok(number),
        None => not_finite(text),
    }
}

fn radix(text: &str, digits: &str, radix: u32) -> Result<Option<Number>, Fault> {
    if digits.is_empty() || !digits.chars().all(|digit| digit.is_digit(radix)) {
        return Ok(None);
    }
    match u64::from_str_radix(digits, radix) {
        Ok(number) => Ok(Some(number.into())),
        Err(_) => fault(
            format!("`{text}` is larger than any integer here"),
            "quote it if it is text",
        ),
    }
}

/// `[0-9]*.?[0-9]*([eE][-+]?[0-9]+)?` with at least one digit before the exponent.
fn is_float(unsigned: &str) -> bool {
    let (mantissa, exponent) = match unsigned.find(['e', 'E']) {
        Some(at) => (
            unsigned.get(..at).unwrap_or(""),
            Some(unsigned.get(at + 1..).unwrap_or("")),
        ),
        None => (unsigned, None),
    };
    let exponent_fits = exponent.is_none_or(|exponent| {
        let digits = exponent.strip_prefix(['-', '+']).unwrap_or(exponent);
        !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())
    });
    let mut dots = 0;
    let mut digits = 0;
    for byte in mantissa.bytes() {
        match byte {
            b'.' => dots += 1,
            b'0'..=b'9' => digits += 1,
            _ => return false,
        }
    }
    exponent_fits && dots <= 1 && digits > 0
}

fn not_finite<T>(text: &str) -> Result<T, Fault> {
    fault(
        format!("`{text}` is no number that JSON can carry"),
        "quote it if it is text; otherwise write a finite number",
    )
}
