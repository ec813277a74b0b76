//! Answers that a document describes.

use keyfob_sandbox::Examiner;
use keyfob_spec::{Operation, Spec, Status};
use proptest::prelude::*;
use serde_json::Value;

use crate::texts::{self, Place};
use crate::trial::{Answered, Content};
use crate::values::{Fill, Maker};
use crate::{Documented, Kind};

/// Answers of one documented kind.
pub(crate) fn answer(
    spec: &Spec,
    known: &Operation,
    answers: &[Documented],
    documented: &Documented,
) -> BoxedStrategy<Answered> {
    let status = status(answers, documented.status);
    let maker = Maker {
        spec,
        fill: Fill::Some,
        place: Place::Anywhere,
        is_sent: false,
        is_json: true,
    };
    let text = || texts::hostile(Place::Anywhere);
    let content = match documented.kind {
        Kind::Empty => Just(Content::Nothing).boxed(),
        Kind::Json => {
            let found = schema(known, documented);
            let schema = found.map_or(&Value::Null, |(_, schema)| schema);
            maker.value(schema).prop_map(Content::Json).boxed()
        }
        Kind::Text => text().prop_map(Content::Text).boxed(),
        Kind::Token => text()
            .prop_map(|text| Content::Text(text.trim().to_owned()))
            .boxed(),
        // What reads as JSON would be taken as that.
        Kind::OtherText => text()
            .prop_map(|text| Content::Text(format!("~{}", text.trim())))
            .boxed(),
        Kind::Bytes => proptest::collection::vec(any::<u8>(), 0..64)
            .prop_map(Content::Bytes)
            .boxed(),
    };
    content
        .prop_map(move |content| Answered { status, content })
        .boxed()
}

/// A status that is documented by these words, and by no other answer.
fn status(answers: &[Documented], words: &str) -> u16 {
    let is_free = |status: &u16| {
        let code = status.to_string();
        let range = format!("{}XX", status / 100);
        let is_taken = |one: &Documented| {
            one.status == code || (words == "default" && one.status.eq_ignore_ascii_case(&range))
        };
        !answers.iter().any(is_taken)
    };
    let known = |digit: u16| (digit * 100..digit * 100 + 100).filter(|status| is_usable(*status));
    match words.split_at_checked(1) {
        Some((digit, rest)) if rest.eq_ignore_ascii_case("xx") => {
            let digit = digit.parse().unwrap_or(4);
            known(digit).find(is_free).unwrap_or(digit * 100)
        }
        _ => words.parse().unwrap_or_else(|_| {
            let success = answers.iter().any(|one| one.status.starts_with('2'));
            let digits: &[u16] = if success { &[4, 5] } else { &[2, 4, 5] };
            let mut statuses = digits.iter().flat_map(|digit| known(*digit));
            statuses.find(is_free).unwrap_or(418)
        }),
    }
}

/// Whether a status has a body and no meaning of its own for every client.
fn is_usable(status: u16) -> bool {
    !matches!(status, 204 | 205 | 401 | 407 | 408 | 425 | 429 | 500..=504)
}

/// The schema of an answer, and where it stands.
pub(crate) fn schema<'o>(
    known: &'o Operation,
    documented: &Documented,
) -> Option<(&'o str, &'o Value)> {
    let response = known.responses.iter().find(|response| {
        let words = match response.status {
            Status::Code(code) => code.to_string(),
            Status::Range(digit) => format!("{digit}XX"),
            Status::Default => "default".to_owned(),
        };
        words == documented.status
    })?;
    let mut content = response.content.iter();
    let media_type = content.find(|one| one.name == documented.media_type)?;
    Some((&media_type.pointer, &media_type.schema))
}

/// Whether the document allows the answer, by a validator that others wrote.
pub(crate) fn is_legal(
    examiner: &Examiner,
    known: &Operation,
    documented: &Documented,
    answered: &Answered,
) -> bool {
    let Answered { status, content } = answered;
    let value = match content {
        Content::Json(value) => value.clone(),
        Content::Text(text) => Value::from(text.as_str()),
        Content::Nothing | Content::Bytes(_) => Value::Null,
    };
    if (200..300).contains(status) && !examiner.is_success(known, *status, &value) {
        return false;
    }
    let Content::Json(value) = content else {
        return true;
    };
    schema(known, documented)
        .is_none_or(|(pointer, schema)| examiner.accepts_response(pointer, schema, value))
}
