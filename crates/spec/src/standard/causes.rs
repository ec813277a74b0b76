//! Which of a validator's errors a person would name.

use jsonschema::ValidationError;
use jsonschema::error::ValidationErrorKind;
use serde_json::Value;

/// An error that a person would name.
pub(super) struct Cause<'a, 'b> {
    pub(super) error: &'a ValidationError<'b>,
    /// What all alternatives together allow here, where each allows something else.
    pub(super) options: Vec<&'a Value>,
}

impl Cause<'_, '_> {
    /// Where the error is, as a JSON pointer.
    pub(super) fn path(&self) -> String {
        self.error.instance_path().to_string()
    }
}

/// The errors that a person would name: of alternatives, those of the alternative that was meant.
pub(super) fn causes<'a, 'b>(error: &'a ValidationError<'b>) -> Vec<Cause<'a, 'b>> {
    let itself = || Cause {
        error,
        options: options(error),
    };
    let alternatives = match error.kind() {
        ValidationErrorKind::OneOfNotValid { context } | ValidationErrorKind::AnyOf { context } => {
            context
        }
        _ => return vec![itself()],
    };
    let mut alternatives: Vec<Vec<Cause<'a, 'b>>> = alternatives
        .iter()
        .map(|errors| errors.iter().flat_map(causes).collect::<Vec<_>>())
        .filter(|causes| !causes.is_empty())
        .collect();
    let nearest = alternatives
        .iter()
        .enumerate()
        .min_by_key(|(_, causes)| distance(error, causes));
    let Some((index, _)) = nearest else {
        return vec![itself()];
    };
    let mut meant = alternatives.swap_remove(index);
    for cause in meant.iter_mut().filter(|cause| !cause.options.is_empty()) {
        let path = cause.path();
        let others = alternatives
            .iter()
            .flatten()
            .filter(|other| other.path() == path);
        for option in others.flat_map(|other| &other.options) {
            if !cause.options.contains(option) {
                cause.options.push(option);
            }
        }
    }
    meant
}

fn options<'a>(error: &'a ValidationError<'_>) -> Vec<&'a Value> {
    match error.kind() {
        ValidationErrorKind::Enum { options } => options.as_array().into_iter().flatten().collect(),
        ValidationErrorKind::Constant { expected_value } => vec![expected_value],
        _ => Vec::new(),
    }
}

/// Where something is wrong inside, it is no wonder that the whole fits several forms; and a list
/// of what is allowed says more than a type.
pub(super) fn is_consequence(cause: &Cause<'_, '_>, causes: &[Cause<'_, '_>]) -> bool {
    let path = cause.path();
    let mut others = causes
        .iter()
        .filter(|other| !std::ptr::eq(other.error, cause.error));
    match cause.error.kind() {
        ValidationErrorKind::OneOfMultipleValid { .. } => {
            others.any(|other| other.path().starts_with(&path))
        }
        ValidationErrorKind::Type { .. } => {
            others.any(|other| other.path() == path && !other.options.is_empty())
        }
        _ => false,
    }
}

/// How far an alternative is from what the document says; less is nearer.
fn distance(
    error: &ValidationError<'_>,
    causes: &[Cause<'_, '_>],
) -> (bool, bool, std::cmp::Reverse<usize>, usize) {
    let here = error.instance_path().to_string();
    // A `$ref` that is not there was not meant.
    let lacks_reference = causes.iter().any(|cause| {
        let kind = cause.error.kind();
        cause.path() == here
            && matches!(kind, ValidationErrorKind::Required { property } if property == "$ref")
    });
    // `type: http` means an HTTP scheme, whatever else is wrong with it.
    let is_other_kind = causes.iter().any(|cause| {
        let path = cause.path();
        let is_kind = ["", "/type", "/in"]
            .iter()
            .any(|key| path == format!("{here}{key}"));
        let is_type = matches!(cause.error.kind(), ValidationErrorKind::Type { .. });
        is_kind && (is_type || !cause.options.is_empty())
    });
    let depth = causes
        .iter()
        .map(|cause| cause.path().matches('/').count())
        .max()
        .unwrap_or(0);
    (
        lacks_reference,
        is_other_kind,
        std::cmp::Reverse(depth),
        causes.len(),
    )
}
