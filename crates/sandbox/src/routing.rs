//! Which operation a request asks for.

use keyfob_spec::{Location, Operation, Spec};
use percent_encoding::percent_decode_str;
use serde_json::Value;

use crate::call::Call;

/// The path templates of an API's operations.
pub(crate) struct Router {
    routes: Vec<Route>,
}

struct Route {
    /// The operation's place in `Spec::operations`.
    operation: usize,
    method: String,
    template: String,
    id: String,
    segments: Vec<Vec<Part>>,
    /// The parameters that can have one value only, by which some APIs tell operations of one
    /// path apart.
    only: Vec<OnlyValue>,
}

struct OnlyValue {
    location: Location,
    name: String,
    value: String,
}

enum Part {
    Literal(String),
    Parameter(String),
}

/// What stands at a path.
pub(crate) enum Found {
    /// An operation and the values of its path parameters, decoded.
    Operation(usize, Vec<(String, String)>),
    /// Only operations with these other methods, and in words the first of them.
    OtherMethods(Vec<String>, String),
    /// Nothing.
    Nothing,
}

impl Router {
    pub(crate) fn new(spec: &Spec) -> Router {
        let routes = spec
            .operations
            .iter()
            .enumerate()
            .map(|(index, operation)| Route {
                operation: index,
                method: operation.method.clone(),
                template: operation.path.clone(),
                id: operation.id.clone(),
                segments: operation.path.split('/').map(parts).collect(),
                only: only_values(spec, operation),
            })
            .collect();
        Router { routes }
    }

    /// The operation that is called. A concrete path beats a templated one.
    pub(crate) fn find(&self, call: &Call) -> Found {
        let segments: Vec<String> = call
            .path
            .split('/')
            .map(|segment| percent_decode_str(segment).decode_utf8_lossy().into_owned())
            .collect();
        let matches: Vec<(&Route, Vec<(String, String)>)> = self
            .routes
            .iter()
            .filter_map(|route| Some((route, route.values(&segments)?)))
            .collect();
        let best = matches
            .iter()
            .filter(|(route, _)| route.method == call.method.as_str())
            .min_by_key(|(route, _)| (route.vagueness(), route.misses(call)));
        match best {
            Some((route, values)) => Found::Operation(route.operation, values.clone()),
            None => match matches.first() {
                Some((first, _)) => {
                    let methods = matches.iter().map(|(route, _)| route.method.clone());
                    Found::OtherMethods(methods.collect(), first.words())
                }
                None => Found::Nothing,
            },
        }
    }

    /// The operation whose method and path look most like these, in words.
    pub(crate) fn nearest(&self, method: &str, path: &str) -> Option<String> {
        // No template is longer, and comparing takes time.
        let path: String = path.chars().take(200).collect();
        let asked = format!("{method} {path}");
        let line = |route: &Route| format!("{} {}", route.method, route.template);
        self.routes
            .iter()
            .min_by_key(|route| strsim::levenshtein(&asked, &line(route)))
            .map(Route::words)
    }
}

impl Route {
    fn words(&self) -> String {
        format!("{}: {} {}", self.id, self.method, self.template)
    }

    fn values(&self, segments: &[String]) -> Option<Vec<(String, String)>> {
        if segments.len() != self.segments.len() {
            return None;
        }
        let mut values = Vec::new();
        for (parts, segment) in self.segments.iter().zip(segments) {
            if !fill(parts, segment, &mut values) {
                return None;
            }
        }
        Some(values)
    }

    /// How many parameters do not have the only value that they can have.
    fn misses(&self, call: &Call) -> usize {
        let given = |only: &OnlyValue| match only.location {
            Location::Query => call.query_value(&only.name),
            Location::Header => call.header(&only.name).map(str::to_owned),
            Location::Path | Location::Cookie => None,
        };
        let all = self.only.iter();
        all.filter(|only| given(only).as_ref() != Some(&only.value))
            .count()
    }

    /// By segment: 0 for a literal, 1 for a mixture, 2 for a lone parameter.
    fn vagueness(&self) -> Vec<u8> {
        self.segments
            .iter()
            .map(|parts| match parts.as_slice() {
                [] | [Part::Literal(_)] => 0,
                [Part::Parameter(_)] => 2,
                _ => 1,
            })
            .collect()
    }
}

fn only_values(spec: &Spec, operation: &Operation) -> Vec<OnlyValue> {
    let required = operation.parameters.iter().filter(|one| one.required);
    required
        .filter(|one| matches!(one.location, Location::Query | Location::Header))
        .filter_map(|one| {
            let values = spec.resolve(&one.schema).get("enum")?.as_array()?;
            let [Value::String(value)] = values.as_slice() else {
                return None;
            };
            Some(OnlyValue {
                location: one.location,
                name: one.name.clone(),
                value: value.clone(),
            })
        })
        .collect()
}

/// Takes one segment of a template apart: `{id}.json` is a parameter and a literal.
fn parts(segment: &str) -> Vec<Part> {
    let mut parts = Vec::new();
    let mut rest = segment;
    while let Some((literal, tail)) = rest.split_once('{') {
        let Some((name, tail)) = tail.split_once('}') else {
            break;
        };
        if !literal.is_empty() {
            parts.push(Part::Literal(literal.to_owned()));
        }
        parts.push(Part::Parameter(name.to_owned()));
        rest = tail;
    }
    if !rest.is_empty() {
        let literal = percent_decode_str(rest).decode_utf8_lossy().into_owned();
        parts.push(Part::Literal(literal));
    }
    parts
}

/// Reads the parameters of a segment. None is empty, and the first takes as much as it can: in
/// `{name}.{format}`, the format begins after the last dot.
fn fill(parts: &[Part], text: &str, values: &mut Vec<(String, String)>) -> bool {
    match parts {
        [] => text.is_empty(),
        [Part::Literal(literal), rest @ ..] => text
            .strip_prefix(literal.as_str())
            .is_some_and(|tail| fill(rest, tail, values)),
        [Part::Parameter(name)] => {
            values.push((name.clone(), text.to_owned()));
            !text.is_empty()
        }
        [Part::Parameter(name), rest @ ..] => {
            let known = values.len();
            for (end, _) in text.char_indices().rev().filter(|(end, _)| *end > 0) {
                values.push((name.clone(), text[..end].to_owned()));
                if fill(rest, &text[end..], values) {
                    return true;
                }
                values.truncate(known);
            }
            false
        }
    }
}
