//! What of a document no Rust can be made of: found, told with its place, and left out where
//! that is asked for.

use std::borrow::Cow;
use std::collections::BTreeSet;

use keyfob_spec::model::Operation;
use keyfob_spec::{Diagnostics, Place, Spec};
use serde_json::{Map, Value};

use crate::client::generate::Culprit;
use crate::client::reach::{Reach, join};
use crate::client::schemas::Extensions;
use crate::client::{Rendered, attempt};

/// What stands in the way of a client.
#[derive(Debug)]
pub(crate) enum Failure {
    /// No types can be made of these schemas.
    Schemas(Vec<Culprit>),
    /// The generator gave up, with these words.
    Panic(String),
    /// A complaint that has its place already.
    Complaints(Diagnostics),
}

/// An operation that a client does not have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct LeftOut {
    /// `GET /things`
    pub(crate) name: String,
    /// Where it stands.
    pub(crate) place: Place,
    /// Why.
    pub(crate) reason: String,
}

/// What a document yields: the code, and what the code is of.
pub(crate) struct Outcome<'a> {
    /// The description without what was left out.
    pub(crate) spec: Cow<'a, Spec>,
    pub(crate) rendered: Rendered,
    pub(crate) left_out: Vec<LeftOut>,
}

/// Renders a client, with what tries it where `with_trials` says so. With `skip`, operations that cannot be generated are left out together with
/// the schemas that only they need.
///
/// # Errors
///
/// Something cannot be generated, and is not to be left out, or is needed for tokens.
pub(crate) fn render(
    spec: &Spec,
    skip: bool,
    with_trials: bool,
) -> Result<Outcome<'_>, Diagnostics> {
    let mut spec = Cow::Borrowed(spec);
    let mut left_out = Vec::new();
    loop {
        let failure = match attempt(&spec, with_trials) {
            Ok(rendered) => {
                return Ok(Outcome {
                    spec,
                    rendered,
                    left_out,
                });
            }
            Err(failure) => failure,
        };
        let blamed = failure.operations(&spec, with_trials);
        let needed = |index: &usize| is_needed_for_tokens(&spec, *index);
        let removes_nothing = blamed.is_empty() && !matches!(failure, Failure::Schemas(_));
        if !skip || removes_nothing || blamed.iter().any(needed) {
            return Err(failure.complaints(&spec, with_trials));
        }
        for operation in blamed
            .iter()
            .filter_map(|index| spec.operations.get(*index))
        {
            left_out.push(LeftOut {
                name: format!("{} {}", operation.method, operation.path),
                place: operation.place.clone(),
                reason: failure.reason(),
            });
        }
        spec = Cow::Owned(without(&spec, &blamed, &failure.pointers()));
    }
}

impl Failure {
    /// The complaints, each with its place.
    pub(crate) fn complaints(self, spec: &Spec, with_trials: bool) -> Diagnostics {
        const HELP: &str = "generate with --skip-unsupported to leave it out, or let an \
                            overlay.yaml replace it by `{}`, a schema that takes any value";
        let mut diagnostics = Diagnostics::default();
        match &self {
            Failure::Complaints(complaints) => return complaints.clone(),
            Failure::Schemas(culprits) => {
                for Culprit { pointer, reason } in culprits {
                    diagnostics.add(
                        spec.places.get(plain(pointer)),
                        format!("no Rust type can be made of this schema: {reason}"),
                        HELP,
                    );
                }
            }
            Failure::Panic(reason) => {
                let blamed = self.operations(spec, with_trials);
                let operations = blamed
                    .iter()
                    .filter_map(|index| spec.operations.get(*index));
                for operation in operations {
                    diagnostics.add(
                        operation.place.clone(),
                        format!("no code can be made of this operation: {reason}"),
                        HELP,
                    );
                }
                if diagnostics.is_empty() {
                    diagnostics.add(
                        spec.places.get(""),
                        format!("no code can be made of this document: {reason}"),
                        "please report this with the document",
                    );
                }
            }
        }
        diagnostics
    }

    /// The operations that it is about, by their positions.
    fn operations(&self, spec: &Spec, with_trials: bool) -> BTreeSet<usize> {
        match self {
            Failure::Complaints(_) => BTreeSet::new(),
            Failure::Schemas(_) => reaching(spec, &self.pointers()),
            Failure::Panic(_) => {
                let all: Vec<usize> = (0..spec.operations.len()).collect();
                let mut found = BTreeSet::new();
                bisect(spec, with_trials, &all, &mut found);
                found
            }
        }
    }

    fn pointers(&self) -> BTreeSet<String> {
        match self {
            Failure::Schemas(culprits) => culprits
                .iter()
                .map(|culprit| plain(&culprit.pointer).to_owned())
                .collect(),
            _ => BTreeSet::new(),
        }
    }

    fn reason(&self) -> String {
        match self {
            Failure::Schemas(culprits) => {
                let first = culprits.first();
                first.map_or_else(String::new, |culprit| culprit.reason.clone())
            }
            Failure::Panic(reason) => reason.clone(),
            Failure::Complaints(complaints) => complaints.to_string(),
        }
    }
}

/// The pointer of a type's schema, without what tells apart several types of one schema.
fn plain(pointer: &str) -> &str {
    let own = pointer.split('|').next_back().unwrap_or(pointer);
    if own.starts_with('/') {
        own
    } else {
        pointer.split('|').next().unwrap_or(pointer)
    }
}

/// The operations whose requests or answers are made of one of these schemas.
fn reaching(spec: &Spec, pointers: &BTreeSet<String>) -> BTreeSet<usize> {
    let extensions = Extensions::of_document(spec);
    let reaches = |operation| {
        let reach = Reach::of_operations(spec, &extensions, [operation]);
        let mut reached = reach.requests.iter().chain(&reach.answers);
        reached.any(|pointer| pointers.contains(pointer))
    };
    let operations = spec.operations.iter().enumerate();
    operations
        .filter(|(_, operation)| reaches(*operation))
        .map(|(index, _)| index)
        .collect()
}

/// Finds the operations at which the generator gives up, by trying halves of them.
fn bisect(spec: &Spec, with_trials: bool, operations: &[usize], found: &mut BTreeSet<usize>) {
    let (left, right) = operations.split_at(operations.len() / 2);
    for half in [left, right].into_iter().filter(|half| !half.is_empty()) {
        let others = (0..spec.operations.len()).filter(|index| !half.contains(index));
        let only = without(spec, &others.collect(), &BTreeSet::new());
        if attempt(&only, with_trials).is_ok() {
            continue;
        }
        match half {
            [operation] => {
                found.insert(*operation);
            }
            _ => bisect(spec, with_trials, half, found),
        }
    }
}

/// The description without some of its operations, and without the schemas that only they need
/// or that are made of those at `pointers`.
fn without(spec: &Spec, left_out: &BTreeSet<usize>, pointers: &BTreeSet<String>) -> Spec {
    let extensions = Extensions::of_document(spec);
    let (gone, kept): (Vec<_>, Vec<_>) = spec
        .operations
        .iter()
        .enumerate()
        .partition(|(index, _)| left_out.contains(index));
    let reached = |operations: Vec<(usize, &Operation)>| {
        let operations = operations.into_iter().map(|(_, operation)| operation);
        let Reach {
            requests, answers, ..
        } = Reach::of_operations(spec, &extensions, operations);
        &requests | &answers
    };
    let (gone, kept) = (reached(gone), reached(kept));
    let mut smaller = spec.clone();
    let mut index = 0;
    smaller.operations.retain(|_| {
        index += 1;
        !left_out.contains(&(index - 1))
    });
    let is_left_out = |name: &String| {
        let pointer = join("/components/schemas", name);
        let is_only_theirs = gone.contains(&pointer) && !kept.contains(&pointer);
        let holds_culprit = || {
            let made_of = Reach::of_schema(spec, &extensions, &pointer);
            pointers.iter().any(|culprit| made_of.contains(culprit))
        };
        is_only_theirs || (!pointers.is_empty() && holds_culprit())
    };
    if let Some(Value::Object(schemas)) = smaller.document.pointer_mut("/components/schemas") {
        let all = std::mem::take(schemas);
        *schemas = all
            .into_iter()
            .filter(|(name, _)| !is_left_out(name))
            .collect::<Map<_, _>>();
    }
    smaller
}

/// Whether a token workflow calls an operation.
fn is_needed_for_tokens(spec: &Spec, index: usize) -> bool {
    let operation = spec.operations.get(index);
    let mut steps = spec.workflows.iter().flat_map(|workflow| &workflow.steps);
    operation.is_some_and(|operation| steps.any(|step| step.operation == operation.id))
}

#[cfg(test)]
mod tests {
    use super::*;

    const DOCUMENT: &str = r##"{"openapi": "3.0.3", "info": {"title": "Example", "version": "1"},
"servers": [{"url": "https://api.example"}], "paths": {
"/good": {"get": {"operationId": "good", "responses": {"200": {"description": "Ok.",
  "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Good"}}}}}}},
"/bad": {"get": {"operationId": "bad", "responses": {"200": {"description": "Ok.",
  "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Around"}}}}}}}},
"components": {"schemas": {
"Good": {"type": "object", "properties": {"a": {"type": "string"}}},
"Around": {"type": "object", "properties": {"good": {"$ref": "#/components/schemas/Good"},
  "bad": {"$ref": "#/components/schemas/Bad"}}},
"Bad": {"type": "object", "properties": {"b": {"type": "string"}}}}}}"##;

    fn spec() -> Spec {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path().join("example");
        std::fs::create_dir(&folder).unwrap();
        std::fs::write(folder.join("openapi.yaml"), DOCUMENT).unwrap();
        keyfob_spec::read(&folder).unwrap()
    }

    fn failure() -> Failure {
        Failure::Schemas(vec![Culprit {
            pointer: "/components/schemas/Bad".to_owned(),
            reason: "too strange".to_owned(),
        }])
    }

    #[test]
    fn a_schema_that_cannot_be_generated_is_told_with_its_place() {
        let complaints = failure().complaints(&spec(), true);
        let [complaint] = complaints.complaints() else {
            panic!("{complaints}")
        };
        assert_eq!(complaint.place().line, 11);
        assert!(complaint.message().ends_with("too strange"), "{complaint}");
        assert!(complaint.help().contains("--skip-unsupported"));
    }

    #[test]
    fn what_is_left_out_takes_with_it_what_only_it_needs() {
        let spec = spec();
        let failure = failure();
        let blamed = failure.operations(&spec, true);
        assert_eq!(blamed, BTreeSet::from([1]));
        let smaller = without(&spec, &blamed, &failure.pointers());
        let rendered = attempt(&smaller, true).unwrap();
        assert_eq!(rendered.constants, ["GOOD"]);
        assert!(rendered.types.contains("pub struct Good"));
        assert!(!rendered.types.contains("Around"), "{}", rendered.types);
        assert!(!rendered.types.contains("Bad"), "{}", rendered.types);
    }
}
