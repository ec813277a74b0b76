//! Our extensions of the standards: their spelling, their places and their types.

use serde_json::Value;

use crate::diagnostics::{Diagnostics, Fault};
use crate::document::Node;
use crate::expression::is_header_name;
use crate::place::is_pointer;
use crate::spelling;

/// An object of a standard, as far as extensions tell objects apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Home {
    Server,
    PathItem,
    Operation,
    Scheme,
    Workflow,
    Input,
    Step,
    Elsewhere,
}

impl Home {
    fn name(self) -> &'static str {
        match self {
            Home::Server => "a server",
            Home::PathItem => "a path",
            Home::Operation => "an operation",
            Home::Scheme => "a security scheme",
            Home::Workflow => "a workflow",
            Home::Input => "a property of a workflow's inputs",
            Home::Step => "a step",
            Home::Elsewhere => "this object",
        }
    }
}

/// What the value of an extension has to be.
#[derive(Clone, Copy)]
enum Shape {
    Flag,
    Text,
    Seconds,
    Repeat,
    HeaderName,
    Encoding,
    Prefix,
    Hosts,
    Names,
    Criteria,
    Parameters,
    Pagination,
    StepSecurity,
}

struct Extension {
    key: &'static str,
    /// `None`: anywhere.
    home: Option<Home>,
    shape: Shape,
    /// Others use the key as well, for purposes of their own.
    is_common: bool,
}

const EXTENSIONS: [Extension; 19] = [
    common("x-assumed", None, Shape::Flag),
    common("x-name", Some(Home::Server), Shape::Text),
    common("x-required", Some(Home::Server), Shape::Flag),
    common("x-pagination", Some(Home::Operation), Shape::Pagination),
    common("x-security", Some(Home::Step), Shape::StepSecurity),
    ours("x-success-criteria", Home::Operation, Shape::Criteria),
    ours("x-repeat", Home::Operation, Shape::Repeat),
    ours("x-idempotency-key", Home::Operation, Shape::HeaderName),
    ours("x-refused-when", Home::Scheme, Shape::Criteria),
    ours("x-authorize-parameters", Home::Scheme, Shape::Parameters),
    ours("x-basic-encoding", Home::Scheme, Shape::Encoding),
    common("x-prefix", Some(Home::Scheme), Shape::Prefix),
    ours("x-server-url-hosts", Home::Scheme, Shape::Hosts),
    ours("x-security-scheme", Home::Workflow, Shape::Text),
    ours("x-renews", Home::Workflow, Shape::Names),
    ours("x-revokes", Home::Workflow, Shape::Names),
    ours("x-single-use", Home::Workflow, Shape::Flag),
    ours("x-default-expires-in", Home::Workflow, Shape::Seconds),
    ours("x-credential", Home::Input, Shape::Text),
];

const fn ours(key: &'static str, home: Home, shape: Shape) -> Extension {
    Extension {
        key,
        home: Some(home),
        shape,
        is_common: false,
    }
}

const fn common(key: &'static str, home: Option<Home>, shape: Shape) -> Extension {
    Extension {
        key,
        home,
        shape,
        is_common: true,
    }
}

/// Complains about extensions of an object that are misspelt, misplaced or of the wrong type.
pub(crate) fn check(object: &Node<'_>, home: Home, diagnostics: &mut Diagnostics) {
    for (key, node) in object.members() {
        if !key.starts_with("x-") {
            continue;
        }
        let known = EXTENSIONS.iter().find(|extension| extension.key == key);
        match known {
            Some(extension) if extension.home.is_none_or(|expected| expected == home) => {
                check_shape(extension, &node, diagnostics);
            }
            Some(extension) => check_home(extension, home, &node, diagnostics),
            None => check_spelling(key, &node, diagnostics),
        }
    }
}

fn check_home(extension: &Extension, home: Home, node: &Node<'_>, diagnostics: &mut Diagnostics) {
    if let Some(expected) = extension.home
        && !extension.is_common
    {
        diagnostics.add(
            node.place(),
            format!("`{}` means nothing in {}", extension.key, home.name()),
            format!("it belongs to {}", expected.name()),
        );
    }
}

/// The prefix that all extensions share says nothing about what was meant.
fn check_spelling(key: &str, node: &Node<'_>, diagnostics: &mut Diagnostics) {
    let names = EXTENSIONS.iter().map(|known| without_prefix(known.key));
    if let Some(meant) = spelling::nearest(without_prefix(key), names) {
        diagnostics.add(
            node.place(),
            format!("`{key}` is no extension that is known here"),
            format!("did you mean `x-{meant}`? An extension of your own needs another name"),
        );
    }
}

fn without_prefix(key: &str) -> &str {
    key.trim_start_matches("x-")
}

fn check_shape(extension: &Extension, node: &Node<'_>, diagnostics: &mut Diagnostics) {
    let value = node.value;
    let help = match extension.shape {
        Shape::Flag => value
            .is_boolean()
            .then_some(())
            .ok_or("write true or false"),
        Shape::Text => is_text(value).ok_or("write a text that is not empty"),
        Shape::Seconds => value
            .as_u64()
            .filter(|seconds| (1..=MOST_SECONDS).contains(seconds))
            .map(|_| ())
            .ok_or("write a number of seconds, from 1 to ten years"),
        Shape::Repeat => matches!(value.as_str(), Some("safe" | "idempotent" | "never"))
            .then_some(())
            .ok_or("write `safe`, `idempotent` or `never`"),
        Shape::HeaderName => value
            .as_str()
            .is_some_and(is_header_name)
            .then_some(())
            .ok_or("write the name of a header, as in `Idempotency-Key`"),
        Shape::Encoding => matches!(value.as_str(), Some("plain" | "form"))
            .then_some(())
            .ok_or("write `plain` or `form`"),
        Shape::Prefix => is_prefix(value)
            .ok_or("write what stands before the value, as in `\"key \"`: letters, digits, signs and blanks"),
        Shape::Hosts => is_list(value, |item| item.as_str().is_some_and(is_host))
            .ok_or("list host names without scheme, port and path; `*.` stands for subdomains"),
        Shape::Names => {
            is_list(value, |item| is_text(item).is_some()).ok_or("list the ids of workflows")
        }
        Shape::Criteria => {
            is_list(value, is_criterion).ok_or("list criteria: `- condition: $statusCode == 403`")
        }
        Shape::Parameters => is_parameters(value).ok_or(
            "map names to texts or null, without what the login itself sends: response_type, \
             client_id, redirect_uri, state, code_challenge, code_challenge_method",
        ),
        Shape::Pagination => is_pagination(value).ok_or(
            "write {style: offset, limit: .., offset: .., items: /..}, \
             {style: page, page: .., first: 1, items: /..} or \
             {style: cursor, cursor: .., next: /.., items: /..}",
        ),
        Shape::StepSecurity => is_list(value, |item| {
            item.get("values").is_some_and(Value::is_object)
        })
        .ok_or("list {schemeName: .., values: {..}}"),
    };
    if let Err(help) = help {
        let fault = Fault::new(
            format!("`{}` has a value that it cannot have", extension.key),
            help,
        );
        diagnostics.add(node.place(), fault.message, fault.help);
    }
}

/// Ten years.
const MOST_SECONDS: u64 = 10 * 366 * 24 * 60 * 60;

fn is_text(value: &Value) -> Option<()> {
    let text = value.as_str()?;
    (!text.trim().is_empty()).then_some(())
}

/// What may stand in a header, and begins with no blank: it would be lost on its way.
fn is_prefix(value: &Value) -> Option<()> {
    let text = value.as_str()?;
    let is_visible = text.bytes().all(|byte| matches!(byte, b' '..=b'~'));
    (is_visible && !text.is_empty() && !text.starts_with(' ')).then_some(())
}

fn is_list(value: &Value, is_item: impl Fn(&Value) -> bool) -> Option<()> {
    let items = value.as_array()?;
    (!items.is_empty() && items.iter().all(is_item)).then_some(())
}

fn is_criterion(value: &Value) -> bool {
    let Some(members) = value.as_object() else {
        return false;
    };
    members.contains_key("condition")
        && members.iter().all(|(key, value)| {
            matches!(key.as_str(), "condition" | "context" | "type") && value.is_string()
        })
}

fn is_parameters(value: &Value) -> Option<()> {
    const TAKEN: [&str; 6] = [
        "response_type",
        "client_id",
        "redirect_uri",
        "state",
        "code_challenge",
        "code_challenge_method",
    ];
    let fits = value.as_object()?.iter().all(|(name, value)| {
        !TAKEN.contains(&name.as_str()) && !value.is_array() && !value.is_object()
    });
    fits.then_some(())
}

fn is_pagination(value: &Value) -> Option<()> {
    let members = value.as_object()?;
    let (names, pointers): (&[&str], &[&str]) = match members.get("style")?.as_str()? {
        "offset" => (&["limit", "offset"], &["items"]),
        "page" => (&["page"], &["items"]),
        "cursor" => (&["cursor"], &["next", "items"]),
        _ => return None,
    };
    let text = |key: &&str| members.get(*key).and_then(Value::as_str);
    let first = members.get("first").filter(|_| names == ["page"]);
    if first.is_some_and(|first| !first.is_u64()) {
        return None;
    }
    let fits = members.len() == 1 + names.len() + pointers.len() + usize::from(first.is_some())
        && names.iter().all(|key| text(key).is_some())
        && pointers.iter().all(|key| text(key).is_some_and(is_pointer));
    fits.then_some(())
}

/// A host name of at least two labels, after an optional `*.`.
fn is_host(host: &str) -> bool {
    let labels: Vec<&str> = host.strip_prefix("*.").unwrap_or(host).split('.').collect();
    labels.len() > 1
        && labels.iter().all(|label| {
            !label.is_empty()
                && label
                    .chars()
                    .all(|character| character.is_ascii_alphanumeric() || character == '-')
        })
}
