//! The core schema of YAML 1.2: what a scalar means.

use saphyr_parser::Tag;
use serde_json::{Number, Value};

use super::fault;
use crate::diagnostics::Fault;

/// What a scalar means, with a remark where readers of YAML disagree. `plain` is one without
/// quotes.
pub(super) fn value(
    text: &str,
    plain: bool,
    tag: Option<&Tag>,
) -> Result<(Value, Option<String>), Fault> {
    let string = || Value::String(text.to_owned());
    let Some(tag) = tag else {
        return Ok(if plain {
            untagged(text)
        } else {
            (string(), None)
        });
    };
    let wanted = if tag.is_yaml_core_schema() {
        tag.suffix.as_str()
    } else if tag.handle.is_empty() && tag.suffix == "!" {
        // The non-specific tag: text.
        "str"
    } else {
        ""
    };
    let (resolved, remark) = match wanted {
        "str" | "timestamp" | "binary" => return Ok((string(), None)),
        "null" | "bool" | "int" | "float" => untagged(text),
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
        Ok((resolved, remark))
    } else {
        fault(
            format!("`{text}` is not what its tag `{tag}` says"),
            "delete the tag, or correct the value",
        )
    }
}

fn untagged(text: &str) -> (Value, Option<String>) {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return (Value::Null, None),
        "true" | "True" | "TRUE" => return (Value::Bool(true), None),
        "false" | "False" | "FALSE" => return (Value::Bool(false), None),
        _ => {}
    }
    match number(text) {
        Ok(Some(number)) => (Value::Number(number), None),
        Ok(None) => (Value::String(text.to_owned()), None),
        Err(Odd(why)) => (
            Value::String(text.to_owned()),
            Some(format!("`{text}` is read as text: {why}")),
        ),
    }
}

/// What looks like a number, and is not the same number everywhere.
struct Odd(&'static str);

fn number(text: &str) -> Result<Option<Number>, Odd> {
    const NOT_FINITE: Odd = Odd("it is no number that JSON can carry");
    let finite = |text: &str| {
        let number = text.parse::<f64>().ok().and_then(Number::from_f64);
        number.ok_or(NOT_FINITE).map(Some)
    };
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    if matches!(unsigned, ".inf" | ".Inf" | ".INF") || matches!(text, ".nan" | ".NaN" | ".NAN") {
        return Err(NOT_FINITE);
    }
    if let Some(digits) = text.strip_prefix("0x") {
        return radix(digits, 16);
    }
    if let Some(digits) = text.strip_prefix("0o") {
        return radix(digits, 8);
    }
    if unsigned.bytes().all(|byte| byte.is_ascii_digit()) && !unsigned.is_empty() {
        if unsigned.len() > 1 && unsigned.starts_with('0') {
            return Err(Odd(
                "with its leading zero it is one number in one reader of YAML and another in the next",
            ));
        }
        let text = text.strip_prefix('+').unwrap_or(text);
        let whole = text.parse::<i64>().map(Number::from);
        return match whole.or_else(|_| text.parse::<u64>().map(Number::from)) {
            Ok(number) => Ok(Some(number)),
            Err(_) => finite(text),
        };
    }
    if is_float(unsigned) {
        return finite(text);
    }
    Ok(None)
}

fn radix(digits: &str, radix: u32) -> Result<Option<Number>, Odd> {
    if digits.is_empty() || !digits.chars().all(|digit| digit.is_digit(radix)) {
        return Ok(None);
    }
    match u64::from_str_radix(digits, radix) {
        Ok(number) => Ok(Some(number.into())),
        Err(_) => Err(Odd("it is larger than any integer here")),
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
