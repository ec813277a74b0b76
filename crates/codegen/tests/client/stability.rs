//! Names stay what they are when the document changes elsewhere.

use std::collections::BTreeSet;

use keyfob_codegen::client::Rendered;
use proptest::prelude::*;

use crate::{indented, rendered};

/// Two of them are almost called the same, one is called as what is found inside another.
const SCHEMAS: &[&str] = &[
    "Pet: {type: object, properties: {status: {type: string, enum: [a, b]}, toy: {$ref: '#/components/schemas/toy-box'}}}",
    "PetStatus: {type: string, enum: [c, d]}",
    "toy-box: {type: object, properties: {size: {type: integer}}}",
    "toy_box: {type: object, properties: {colour: {type: string}}}",
    "Result: {oneOf: [{$ref: '#/components/schemas/Pet'}, {$ref: '#/components/schemas/toy_box'}]}",
];

const PATHS: &[&str] = &[
    "/pets: {get: {operationId: list-pets, responses: {'200': {description: a, content: {application/json: {schema: {type: array, items: {type: object, properties: {name: {type: string}}}}}}}}}}",
    "/pets/{id}: {get: {operationId: getPet, parameters: [{name: id, in: path, required: true, schema: {type: string}}], responses: {'200': {description: a, content: {application/json: {schema: {$ref: '#/components/schemas/Result'}}}}}}}",
    "/new: {post: {operationId: new, requestBody: {content: {application/json: {schema: {type: object, properties: {status: {type: string, enum: [e, f]}}}}}}, responses: {'204': {description: a}}}}",
    "/client: {put: {operationId: builder, responses: {'204': {description: a}, '409': {description: b, content: {application/json: {schema: {$ref: '#/components/schemas/toy-box'}}}}, '404': {description: b}}}}",
];

const OTHER_SCHEMA: &str = "Weather: {type: object, properties: {wind: {type: string, enum: [n]}}}";
const OTHER_PATH: &str = "/weather: {get: {operationId: getWeather, responses: {'200': {description: a, content: {application/json: {schema: {$ref: '#/components/schemas/Weather'}}}}}}}";

fn document(paths: &[&str], schemas: &[&str]) -> String {
    let lines = |lines: &[&str], by| {
        lines
            .iter()
            .map(|line| indented(line, by))
            .collect::<String>()
    };
    format!(
        "openapi: 3.0.3\ninfo: {{title: Example, version: '1'}}\nservers: [{{url: 'https://api.example'}}]\npaths:\n{}components:\n  schemas:\n{}",
        lines(paths, 2),
        lines(schemas, 4)
    )
}

/// Every item of the generated code, without its documentation, which names lines.
fn items(rendered: &Rendered) -> BTreeSet<String> {
    let mut items = BTreeSet::new();
    for code in [&rendered.client, &rendered.types, &rendered.mock] {
        let lines = code
            .lines()
            .filter(|line| !line.trim_start().starts_with("//"));
        let code = lines.collect::<Vec<_>>().join("\n");
        gather(syn::parse_file(&code).unwrap().items, &mut items);
    }
    items
}

/// The items of a module are items; so are the members of an implementation.
fn gather(found: Vec<syn::Item>, items: &mut BTreeSet<String>) {
    for item in found {
        match item {
            syn::Item::Mod(module) => {
                gather(module.content.map_or(Vec::new(), |(_, items)| items), items);
            }
            syn::Item::Impl(block) => {
                let kind = &block.self_ty;
                let kind = quote::quote!(#kind);
                let members = block.items.iter();
                items.extend(members.map(|member| quote::quote!(#kind #member).to_string()));
            }
            syn::Item::Trait(one) => {
                let members = one.items.iter();
                items.extend(members.map(|member| quote::quote!(#member).to_string()));
            }
            item => {
                items.insert(quote::quote!(#item).to_string());
            }
        }
    }
}

fn shuffled(lines: &'static [&'static str]) -> impl Strategy<Value = Vec<&'static str>> {
    Just(lines.to_vec()).prop_shuffle()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 30, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_order_of_a_document_changes_no_item(paths in shuffled(PATHS), schemas in shuffled(SCHEMAS)) {
        let before = items(&rendered(&document(PATHS, SCHEMAS)));
        let after = items(&rendered(&document(&paths, &schemas)));
        let differing: Vec<_> = before.symmetric_difference(&after).collect();
        prop_assert!(differing.is_empty(), "{differing:#?}");
    }

    #[test]
    fn what_is_added_to_a_document_changes_no_item(path in 0..=PATHS.len(), schema in 0..=SCHEMAS.len()) {
        let (mut paths, mut schemas) = (PATHS.to_vec(), SCHEMAS.to_vec());
        paths.insert(path, OTHER_PATH);
        schemas.insert(schema, OTHER_SCHEMA);
        let before = items(&rendered(&document(PATHS, SCHEMAS)));
        let after = items(&rendered(&document(&paths, &schemas)));
        let lost: Vec<_> = before.difference(&after).collect();
        prop_assert!(lost.is_empty(), "{lost:#?}");
        prop_assert!(after.len() > before.len());
    }
}
