//! Path templates and the parameters that fill them.

use crate::diagnostics::Diagnostics;
use crate::document::Node;
use crate::model::{Location, Operation};
use crate::place::braces;

/// Complains about paths that are no templates.
pub(super) fn check(root: &Node<'_>, diagnostics: &mut Diagnostics) {
    for (path, item) in root.members_of("paths") {
        if let Some(help) = fault(sent_path(path)).filter(|_| !path.starts_with("x-")) {
            diagnostics.add(item.place(), format!("`{path}` is no path template"), help);
        }
    }
}

/// The path without what tells it from others for people: a fragment is never sent (RFC 3986,
/// 3.5), and a query is described as parameters.
pub(crate) fn sent_path(path: &str) -> &str {
    let path = path.split_once('#').map_or(path, |(path, _)| path);
    query_of(path).map_or(path, |(path, _)| path)
}

/// A path that has a query, taken apart: the path, and each name with its value, which is a
/// `{parameter}` or a constant. None where the query is of another kind.
pub(crate) fn query_of(path: &str) -> Option<(&str, Vec<(&str, &str)>)> {
    let path = path.split_once('#').map_or(path, |(path, _)| path);
    let (path, query) = path.split_once('?')?;
    let pairs = query.split('&').filter(|pair| !pair.is_empty());
    let pairs = pairs.map(|pair| pair.split_once('=').filter(|pair| is_pair(*pair)));
    Some((path, pairs.collect::<Option<_>>()?))
}

fn is_pair((name, value): (&str, &str)) -> bool {
    let plain = |text: &str| !text.contains(['{', '}', '%', '+', '?']);
    let variable = value
        .strip_prefix('{')
        .and_then(|value| value.strip_suffix('}'));
    !name.is_empty() && plain(name) && plain(variable.unwrap_or(value)) && variable != Some("")
}

fn fault(path: &str) -> Option<&'static str> {
    let names = braces(path);
    let is_balanced =
        path.matches('{').count() == names.len() && path.matches('}').count() == names.len();
    if !is_balanced
        || names
            .iter()
            .any(|name| name.is_empty() || name.contains('{'))
    {
        return Some("write each parameter as `{name}`");
    }
    let is_unique = |(index, name)| names.iter().position(|other| *other == name) == Some(index);
    if !names.iter().copied().enumerate().all(is_unique) {
        return Some("give each parameter a name of its own");
    }
    if path.contains(['?', '#']) {
        return Some("describe what follows `?` as parameters in the query");
    }
    if path.chars().any(char::is_whitespace) {
        return Some("write a blank as %20");
    }
    None
}

/// Complains where an operation's path and its path parameters do not agree.
pub(super) fn check_parameters(
    operation: &Operation,
    node: &Node<'_>,
    diagnostics: &mut Diagnostics,
) {
    let used = braces(&operation.path);
    let declared = || {
        operation
            .parameters
            .iter()
            .filter(|parameter| parameter.location == Location::Path)
    };
    for name in &used {
        if !declared().any(|parameter| parameter.name == *name) {
            diagnostics.add(
                node.place(),
                format!("the path's `{{{name}}}` is not described"),
                format!("add `{{name: {name}, in: path, required: true, ...}}` to `parameters`"),
            );
        }
    }
    for parameter in declared() {
        if !used.contains(&parameter.name.as_str()) {
            let place = node
                .anywhere(&parameter.pointer)
                .unwrap_or_else(|| node.clone())
                .place();
            diagnostics.add(
                place,
                format!(
                    "`{}` has no `{{{}}}` for this parameter",
                    operation.path, parameter.name
                ),
                "correct the name, or say where else the parameter stands",
            );
        }
    }
}
