//! OpenAPI Overlay 1.0: corrections of a document that stand in a file of their own.

use serde_json::Value;
use serde_json_path::JsonPath;

use crate::diagnostics::Diagnostics;
use crate::document::{Document, Node};
use crate::limits::{DEEPEST, MOST_NODES};
use crate::place::{Children, PlaceNode, tokens};

/// Descendant segments (`..`) multiply the nodes that a path visits.
const MOST_DESCENTS: usize = 2;

/// Applies an overlay to a document, action by action. What it adds keeps its place in the
/// overlay.
pub(crate) fn apply(
    document: Document,
    overlay: &Document,
    description: &str,
) -> Result<Document, Diagnostics> {
    let root = overlay.root();
    if let Some(extends) = root.get("extends")
        && let Some(name) = extends.value.as_str()
        && name.strip_prefix("./").unwrap_or(name) != description
    {
        return Err(Diagnostics::one(
            extends.value_place(),
            format!("an overlay extends the {description} beside it"),
            format!("write `extends: {description}`, or delete the line"),
        ));
    }
    let mut diagnostics = Diagnostics::default();
    let Document {
        mut value,
        places,
        rewrites,
    } = document;
    let mut places = places.into_root();
    for action in root.items_of("actions") {
        match targets(&action, &value, description) {
            Ok(targets) => {
                check_growth(&action, &targets, &value)?;
                for target in targets.into_iter().rev() {
                    change(&action, &target, &mut value, &mut places, &mut diagnostics);
                }
            }
            Err(complaint) => diagnostics.extend(complaint),
        }
    }
    diagnostics.or_ok(Document::new(value, places).with_rewrites(rewrites))
}

/// The limits of a document hold after each action as well.
fn check_growth(action: &Node<'_>, targets: &[String], value: &Value) -> Result<(), Diagnostics> {
    let Some(update) = action.get("update") else {
        return Ok(());
    };
    let (depth, nodes) = extent(update.value);
    let deepest = targets.iter().map(|target| tokens(target).count()).max();
    let added = nodes.saturating_mul(targets.len());
    let is_too_deep = deepest.unwrap_or(0) + depth > DEEPEST;
    if is_too_deep || added.saturating_add(extent(value).1) > MOST_NODES {
        return Err(Diagnostics::one(
            action.place(),
            "with this action the document is too deep or too large",
            "use `$ref`, and target fewer nodes",
        ));
    }
    Ok(())
}

/// How deep a value is, and how many nodes it has.
fn extent(value: &Value) -> (usize, usize) {
    let mut open = vec![(value, 1)];
    let (mut deepest, mut nodes) = (0, 0);
    while let Some((value, depth)) = open.pop() {
        nodes += 1;
        deepest = deepest.max(depth);
        match value {
            Value::Array(items) => open.extend(items.iter().map(|item| (item, depth + 1))),
            Value::Object(members) => open.extend(members.values().map(|item| (item, depth + 1))),
            _ => {}
        }
    }
    (deepest, nodes)
}

/// The pointers to what an action is about, in document order.
fn targets(
    action: &Node<'_>,
    value: &Value,
    description: &str,
) -> Result<Vec<String>, Diagnostics> {
    let target = action.member_or_self("target");
    let text = target.value.as_str().unwrap_or_default();
    if text.matches("..").count() > MOST_DESCENTS {
        return Err(Diagnostics::one(
            target.value_place(),
            format!("more than {MOST_DESCENTS} `..` in one path"),
            "write out where the target stands",
        ));
    }
    let path = JsonPath::parse(text).map_err(|error| {
        Diagnostics::one(
            target.value_place(),
            format!("no JSONPath: {error}"),
            "write a path of RFC 9535, such as $.paths['/users'].get",
        )
    })?;
    let mut pointers: Vec<String> = path
        .query_located(value)
        .locations()
        .map(|location| location.to_json_pointer())
        .collect();
    pointers.dedup();
    if pointers.is_empty() {
        return Err(Diagnostics::one(
            target.value_place(),
            format!("this path finds nothing in {description}"),
            "correct it: keys with `/` or `-` stand in brackets and quotes, $.paths['/users']",
        ));
    }
    Ok(pointers)
}

fn change(
    action: &Node<'_>,
    pointer: &str,
    value: &mut Value,
    places: &mut PlaceNode,
    diagnostics: &mut Diagnostics,
) {
    let tokens: Vec<String> = tokens(pointer).collect();
    if action.flag("remove") {
        let removed = remove(value, places, &tokens);
        if removed.is_none() {
            diagnostics.add(
                action.place(),
                "the whole document cannot be removed",
                "name what is to be removed",
            );
        }
        return;
    }
    let Some(update) = action.get("update") else {
        diagnostics.add(
            action.place(),
            "this action does nothing",
            "add `update: ...` or `remove: true`",
        );
        return;
    };
    let Some((value, places)) = descend(value, places, &tokens) else {
        return;
    };
    if !(value.is_object() && update.value.is_object() || value.is_array()) {
        diagnostics.add(
            action.member_or_self("target").place(),
            format!("`{}` is neither an object nor a list", pointer),
            "target the object around it, and write the member into `update`",
        );
        return;
    }
    merge(value, places, &update);
}

fn descend<'a>(
    mut value: &'a mut Value,
    mut places: &'a mut PlaceNode,
    tokens: &[String],
) -> Option<(&'a mut Value, &'a mut PlaceNode)> {
    for token in tokens {
        (value, places) = match (value, &mut places.children) {
            (Value::Object(members), Children::Members(places)) => {
                (members.get_mut(token)?, places.get_mut(token)?)
            }
            (Value::Array(items), Children::Items(places)) => {
                let index: usize = token.parse().ok()?;
                (items.get_mut(index)?, places.get_mut(index)?)
            }
            _ => return None,
        };
    }
    Some((value, places))
}

fn remove(value: &mut Value, places: &mut PlaceNode, tokens: &[String]) -> Option<()> {
    let (last, parents) = tokens.split_last()?;
    let Some((value, places)) = descend(value, places, parents) else {
        // An earlier target of the same action held this one.
        return Some(());
    };
    match (value, &mut places.children) {
        (Value::Object(members), Children::Members(places)) => {
            members.shift_remove(last);
            places.remove(last);
        }
        (Value::Array(items), Children::Items(places)) => {
            if let Ok(index) = last.parse::<usize>()
                && index < items.len()
            {
                items.remove(index);
                places.remove(index);
            }
        }
        _ => {}
    }
    Some(())
}

/// Objects are merged member by member, lists are lengthened, all else is replaced
/// (Overlay 1.0.0, "Action Object").
fn merge(value: &mut Value, places: &mut PlaceNode, update: &Node<'_>) {
    match (&mut *value, &mut places.children, update.value) {
        (Value::Object(members), Children::Members(places), Value::Object(_)) => {
            for (key, update) in update.members() {
                match (members.get_mut(key), places.get_mut(key)) {
                    (Some(value), Some(places)) => merge(value, places, &update),
                    _ => {
                        members.insert(key.to_owned(), update.value.clone());
                        places.insert(key.to_owned(), update.places());
                    }
                }
            }
        }
        (Value::Array(items), Children::Items(places), Value::Array(_)) => {
            for update in update.items() {
                items.push(update.value.clone());
                places.push(update.places());
            }
        }
        (Value::Array(items), Children::Items(places), _) => {
            items.push(update.value.clone());
            places.push(update.places());
        }
        _ => {
            *value = update.value.clone();
            *places = update.places();
        }
    }
}
