//! The copy of a document that Prism reads as it is meant.
//!
//! Some documents write a query or a fragment in their paths. Prism compares it with the path of a
//! request, where it never is: a query is sent behind the path, and a fragment not at all (RFC 3986,
//! 3.4 and 3.5). An array in a form is one value for Prism, unless the document spells out the
//! encoding that it has anyway (OpenAPI 3.0.3, "Encoding Object": `style` is `form`, and then
//! `explode` is true), and of a form it reads no member that is not among the properties. A body
//! that is neither JSON nor a form it does not read at all, and holds it against its schema all the
//! same. And where a pattern is written as a script writes it, `/^a$/`, nothing matches it.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

const METHODS: &[&str] = &[
    "get", "put", "post", "delete", "options", "head", "patch", "trace",
];

/// A document as Prism reads it.
#[derive(Debug, PartialEq)]
pub(crate) struct PrismDocument {
    pub(crate) document: Value,
    /// The ids of operations that have method and path of another one: Prism takes them for that.
    pub(crate) hidden: BTreeSet<String>,
    /// The methods and paths that there are so far.
    taken: BTreeSet<(&'static str, String)>,
}

impl PrismDocument {
    /// The copy of a document.
    pub(crate) fn of(document: &Value) -> Self {
        let mut copy = Self {
            document: document.clone(),
            hidden: BTreeSet::new(),
            taken: BTreeSet::new(),
        };
        let paths = document.get("paths").and_then(Value::as_object);
        let mut routes = Map::new();
        for (path, item) in paths.into_iter().flatten() {
            copy.add(&mut routes, path, item);
        }
        copy.hide_longer_routes(&routes);
        copy.document["paths"] = routes.into();
        strip_patterns(&mut copy.document);
        copy
    }

    /// Whether there is any operation; without, Prism does not start.
    pub(crate) fn has_operations(&self) -> bool {
        let paths = self.document.get("paths").and_then(Value::as_object);
        let mut items = paths.into_iter().flatten();
        items.any(|(_, item)| METHODS.iter().any(|method| item.get(method).is_some()))
    }

    fn add(&mut self, routes: &mut Map<String, Value>, path: &str, item: &Value) {
        let path = path.split('#').next().unwrap_or_default();
        let (path, query) = path.split_once('?').unwrap_or((path, ""));
        let shared = parameters(item);
        let route = routes
            .entry(path)
            .or_insert_with(|| item_without_operations(item));
        for method in METHODS {
            let Some(operation) = item.get(method) else {
                continue;
            };
            if !self.taken.insert((method, without_names(path))) {
                let id = operation.get("operationId").and_then(Value::as_str);
                self.hidden.extend(id.map(str::to_owned));
                continue;
            }
            let mut operation = operation.clone();
            let all = shared.iter().chain(parameters(&operation));
            let all = all.map(|parameter| self.parameter(parameter, query));
            operation["parameters"] = all.collect();
            if let Some(body) = operation.get("requestBody") {
                operation["requestBody"] = self.body(body);
            }
            route[*method] = operation;
        }
    }

    /// Prism takes `/{a}:read` for the path of a request to `/{a}:readAll`.
    fn hide_longer_routes(&mut self, routes: &Map<String, Value>) {
        for (path, item) in routes {
            let route = without_names(path);
            let last = route.rsplit_once('}').map_or("", |(_, literal)| literal);
            if last.contains('/') {
                continue;
            }
            let literal = route.len() - last.len();
            let ends = last.char_indices().skip(1).map(|(at, _)| literal + at);
            let shorter: Vec<String> = ends
                .filter_map(|end| route.get(..end).map(str::to_owned))
                .collect();
            for method in METHODS {
                let is_taken = |shorter: &String| self.taken.contains(&(*method, shorter.clone()));
                let id = item[*method].get("operationId").and_then(Value::as_str);
                if shorter.iter().any(is_taken) {
                    self.hidden.extend(id.map(str::to_owned));
                }
            }
        }
    }

    /// A parameter of the path, in the query if it is written there.
    fn parameter(&self, parameter: &Value, query: &str) -> Value {
        let mut parameter = self.resolve(parameter).clone();
        let name = parameter.get("name").and_then(Value::as_str);
        let template = format!("{{{}}}", name.unwrap_or_default());
        let mut pairs = query.split('&').filter_map(|pair| pair.split_once('='));
        if let Some((key, _)) = pairs.find(|(_, value)| *value == template)
            && parameter.get("in") == Some(&json!("path"))
        {
            parameter["in"] = json!("query");
            parameter["name"] = json!(key);
        }
        parameter
    }

    /// A request body, its form spelt out, and of no type where Prism does not read it. What else
    /// its schema has stays: references may lead there.
    fn body(&self, body: &Value) -> Value {
        let mut body = self.resolve(body).clone();
        let content = body.get_mut("content").and_then(Value::as_object_mut);
        for (media_type, content) in content.into_iter().flatten() {
            if let Some(schema) = content.get_mut("schema")
                && !is_read(media_type)
            {
                *schema = self.resolve(schema).clone();
                if let Some(schema) = schema.as_object_mut() {
                    schema.retain(|keyword, _| keyword != "type" && keyword != "$ref");
                }
            }
        }
        if let Some(form) = body.pointer_mut("/content/application~1x-www-form-urlencoded") {
            let encoding = form.get("encoding").cloned();
            let mut encoding = encoding.unwrap_or_else(|| json!({}));
            let schema = self.resolve(form.get("schema").unwrap_or(&Value::Null));
            let properties = schema.get("properties").and_then(Value::as_object);
            for (name, property) in properties.into_iter().flatten() {
                let is_array = self.resolve(property).get("type") == Some(&json!("array"));
                if is_array && encoding.get(name).is_none() {
                    encoding[name] = json!({"style": "form", "explode": true});
                }
            }
            let mut schema = schema.clone();
            let required = schema.get("required").cloned().unwrap_or_default();
            for name in required.as_array().into_iter().flatten() {
                if let Some(name) = name.as_str()
                    && let Some(properties) = schema.get_mut("properties")
                    && properties.get(name).is_none()
                {
                    properties[name] = json!({});
                }
            }
            form["schema"] = schema;
            form["encoding"] = encoding;
        }
        body
    }

    fn resolve<'v>(&'v self, value: &'v Value) -> &'v Value {
        let pointer = value.get("$ref").and_then(Value::as_str);
        let pointer = pointer.and_then(|pointer| pointer.strip_prefix('#'));
        let target = pointer.and_then(|pointer| self.document.pointer(pointer));
        target.unwrap_or(value)
    }
}

/// Whether Prism reads a body of this media type.
fn is_read(media_type: &str) -> bool {
    let media_type = media_type.to_ascii_lowercase();
    ["json", "form", "text/plain", "*"]
        .iter()
        .any(|known| media_type.contains(known))
}

/// Takes patterns out of the slashes around them.
fn strip_patterns(value: &mut Value) {
    match value {
        Value::Object(members) => {
            if let Some(Value::String(pattern)) = members.get_mut("pattern") {
                let stripped = pattern
                    .strip_prefix("/^")
                    .and_then(|rest| rest.strip_suffix("$/"));
                if let Some(stripped) = stripped {
                    *pattern = format!("^{stripped}$");
                }
            }
            members.values_mut().for_each(strip_patterns);
        }
        Value::Array(items) => items.iter_mut().for_each(strip_patterns),
        _ => {}
    }
}

/// A path in which its parameters have no names: they do not tell one path from another.
fn without_names(path: &str) -> String {
    let mut parts = path.split('{');
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |before, part| {
        let after = part.split_once('}').map_or(part, |(_, after)| after);
        before + "{}" + after
    })
}

/// What a path says besides its operations and their parameters.
fn item_without_operations(item: &Value) -> Value {
    let mut item = item.clone();
    if let Some(members) = item.as_object_mut() {
        members.retain(|name, _| name != "parameters" && !METHODS.contains(&name.as_str()));
    }
    item
}

fn parameters(of: &Value) -> &[Value] {
    let parameters = of.get("parameters").and_then(Value::as_array);
    parameters.map_or(&[], Vec::as_slice)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_array_in_a_form_has_its_encoding() {
        let form = json!({"schema": {"properties": {
            "a": {"type": "array"}, "b": {"type": "array"}, "c": {"type": "string"}
        }}, "encoding": {"b": {"style": "pipeDelimited"}}});
        let document = json!({"paths": {"/a": {"post": {"requestBody": {
            "content": {"application/x-www-form-urlencoded": form}
        }}}}});
        let body = &PrismDocument::of(&document).document["paths"]["/a"]["post"]["requestBody"];
        assert_eq!(
            body["content"]["application/x-www-form-urlencoded"]["encoding"],
            json!({"a": {"style": "form", "explode": true}, "b": {"style": "pipeDelimited"}})
        );
    }

    #[test]
    fn what_is_required_of_a_form_is_a_property_and_other_bodies_have_no_type() {
        let form = json!({"schema": {"properties": {"a": {}}, "required": ["a", "b"]}});
        let document = json!({"paths": {"/a": {"post": {"requestBody": {"content": {
            "application/x-www-form-urlencoded": form,
            "application/xml": {"schema": {"type": "object", "title": "X"}},
        }}}}}});
        let body = &PrismDocument::of(&document).document["paths"]["/a"]["post"]["requestBody"];
        let form = &body["content"]["application/x-www-form-urlencoded"];
        assert_eq!(form["schema"]["properties"], json!({"a": {}, "b": {}}));
        assert_eq!(
            body["content"]["application/xml"]["schema"],
            json!({"title": "X"})
        );
    }

    #[test]
    fn a_path_that_goes_on_behind_another_is_hidden() {
        let document = json!({"paths": {
            "/{a}:read": {"get": {"operationId": "a"}, "post": {"operationId": "b"}},
            "/{b}:readAll": {"get": {"operationId": "c"}, "put": {"operationId": "d"}},
            "/{b}:read/all": {"get": {"operationId": "e"}},
            "/{b}": {"get": {"operationId": "f"}},
        }});
        let copy = PrismDocument::of(&document);
        assert_eq!(copy.hidden, BTreeSet::from(["c".to_owned()]));
    }

    #[test]
    fn a_pattern_is_what_stands_within_its_slashes() {
        let with =
            |pattern| json!({"paths": {}, "components": {"schemas": {"a": {"pattern": pattern}}}});
        for (written, read) in [("/^a$/", "^a$"), ("^/a/$", "^/a/$"), ("/a/", "/a/")] {
            assert_eq!(PrismDocument::of(&with(written)).document, with(read));
        }
    }

    #[test]
    fn a_path_without_operations_is_none() {
        for (item, expected) in [(json!({"summary": "a"}), false), (json!({"get": {}}), true)] {
            let copy = PrismDocument::of(&json!({"paths": {"/a": item}}));
            assert_eq!(copy.has_operations(), expected);
        }
    }

    #[test]
    fn a_query_in_a_path_is_a_query() {
        let query = json!({"name": "q", "in": "path", "required": true});
        let document = json!({
            "paths": {"/icons/{kind}?term={q}&v=2": {"get": {"parameters": [
                {"name": "kind", "in": "path", "required": true}, {"$ref": "#/components/parameters/q"}
            ]}}},
            "components": {"parameters": {"q": query}},
        });
        let copy = PrismDocument::of(&document);
        assert_eq!(
            copy.document["paths"],
            json!({"/icons/{kind}": {"get": {"parameters": [
                {"name": "kind", "in": "path", "required": true},
                {"name": "term", "in": "query", "required": true}
            ]}}})
        );
    }

    #[test]
    fn of_two_operations_with_one_route_the_second_is_hidden() {
        let document = json!({"paths": {
            "/#A": {"post": {"operationId": "a"}},
            "/#B": {"post": {"operationId": "b"}, "get": {"operationId": "c"}},
            "/x/{a}/y": {"get": {"operationId": "d"}},
            "/x/{b}/y": {"get": {"operationId": "e"}, "put": {"operationId": "f"}},
        }});
        let copy = PrismDocument::of(&document);
        assert_eq!(
            copy.hidden,
            BTreeSet::from(["b".to_owned(), "e".to_owned()])
        );
        assert_eq!(
            copy.document["paths"]["/x/{b}/y"]["put"]["operationId"],
            "f"
        );
        assert_eq!(copy.document["paths"]["/"]["post"]["operationId"], "a");
        assert_eq!(copy.document["paths"]["/"]["get"]["operationId"], "c");
    }
}
