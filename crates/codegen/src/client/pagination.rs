//! Operations that answer page by page: the streams that their builders give.

use keyfob_spec::Spec;
use keyfob_spec::model::{Location, Operation, Parameter};
use proc_macro2::TokenStream;
use quote::quote;
use serde_json::Value;

use super::answers::{Answers, Payload};
use super::operation::Call;
use super::schemas::Schemas;
use super::shape::{Kind, Schema, Shape};

/// The names that an operation's builder has for pages.
pub(crate) const METHODS: &[&str] = &["items", "pages"];

/// Types within types are not followed further.
const DEEPEST: usize = 64;

/// How an operation answers page by page.
pub(crate) struct Paging {
    style: Style,
    /// Where a page's items stand.
    items: String,
    /// What an item is, if the types tell.
    item: Option<Schema>,
}

/// How the next page is asked for.
enum Style {
    Offset { offset: String },
    Number { page: String, first: u64 },
    Cursor { cursor: String, next: String },
}

/// Whether an operation says that it answers page by page.
pub(crate) fn is_paged(spec: &Spec, operation: &Operation) -> bool {
    extension(spec, operation).is_some()
}

fn extension<'a>(spec: &'a Spec, operation: &Operation) -> Option<&'a Value> {
    spec.document
        .pointer(&operation.pointer)?
        .get("x-pagination")
}

impl Paging {
    /// What `x-pagination` says of an operation with these answers.
    pub(crate) fn of(
        spec: &Spec,
        schemas: &mut Schemas<'_>,
        operation: &Operation,
        answers: &Answers,
    ) -> Option<Self> {
        let extension = extension(spec, operation)?;
        let text = |name: &str| {
            let text = extension.get(name).and_then(Value::as_str);
            text.map(ToString::to_string)
        };
        let style = match extension.get("style").and_then(Value::as_str) {
            Some("offset") => Style::Offset {
                offset: text("offset")?,
            },
            Some("page") => Style::Number {
                first: extension
                    .get("first")
                    .and_then(Value::as_u64)
                    .or_else(|| default(spec, operation, &text("page")?))?,
                page: text("page")?,
            },
            _ => Style::Cursor {
                cursor: text("cursor")?,
                next: text("next")?,
            },
        };
        let items = text("items")?;
        let pages = pages(answers);
        if pages.is_none() {
            let what = "there is no stream of its pages: not all of its answers are JSON";
            schemas.rewrite(
                "pagination",
                &format!("{}/x-pagination", operation.pointer),
                what,
            );
        }
        let item = item_of_all(schemas, &pages?, &items);
        Some(Self { style, items, item })
    }

    /// The methods of the operation's builder.
    pub(crate) fn methods(&self, call: &Call<'_>) -> TokenStream {
        let module = quote!(super::types::);
        let error = call.answers.failures.rust(&module);
        let failure = call.answers.failure_closure(&module);
        let pagination = self.constant();
        let page = call.answers.success_type(&module);
        let read = call.answers.success_closure(&module);
        let items = self.item.as_ref().map(|item| {
            let item = item.rust(&module);
            let documented = call.answers.documented_closure();
            quote! {
                /// Sends the call once for each page and gives their items, one after the other.
                pub fn items(self) -> ::keyfob_runtime::Items<'c, #item, #error> {
                    self.into_call().items(Self::PAGINATION, #documented, #failure)
                }
            }
        });
        quote! {
            const PAGINATION: ::keyfob_runtime::Pagination = #pagination;

            /// Sends the call once for each page, beginning with the one that it is for. The
            /// next page is asked for when the stream is polled for it.
            pub fn pages(self) -> ::keyfob_runtime::Pages<'c, #page, #error> {
                self.into_call().pages(Self::PAGINATION, #read, #failure)
            }

            #items
        }
    }

    /// What the operation's documentation says.
    pub(crate) fn about(&self) -> &'static str {
        match &self.item {
            Some(_) => {
                "It answers page by page: `.items()` in place of `.send()` gives all items, `.pages()` all pages, each as a stream."
            }
            None => {
                "It answers page by page: `.pages()` in place of `.send()` gives all pages, as a stream."
            }
        }
    }

    fn constant(&self) -> TokenStream {
        let items = &self.items;
        match &self.style {
            Style::Offset { offset } => {
                quote!(::keyfob_runtime::Pagination::Offset { offset: #offset, items: #items })
            }
            Style::Number { page, first } => {
                quote!(::keyfob_runtime::Pagination::Number { page: #page, first: #first, items: #items })
            }
            Style::Cursor { cursor, next } => {
                quote!(::keyfob_runtime::Pagination::Cursor { cursor: #cursor, next: #next, items: #items })
            }
        }
    }
}

/// The number that a query parameter has where none is given.
fn default(spec: &Spec, operation: &Operation, name: &str) -> Option<u64> {
    let mut parameters = operation.parameters.iter();
    let is_page =
        |parameter: &&Parameter| parameter.location == Location::Query && parameter.name == name;
    let schema = parameters
        .find(is_page)
        .map(|parameter| spec.resolve(&parameter.schema));
    schema?.get("default")?.as_u64()
}

/// What the pages are, if all of them are JSON.
fn pages(answers: &Answers) -> Option<Vec<Schema>> {
    let mut pages = Vec::new();
    for answer in &answers.successes.answers {
        match &answer.payload {
            Payload::Json(schema) => pages.push(schema.clone()),
            Payload::Empty => {}
            _ => return None,
        }
    }
    (!pages.is_empty()).then_some(pages)
}

/// What an item is, if it is the same on all pages.
fn item_of_all(schemas: &Schemas<'_>, pages: &[Schema], pointer: &str) -> Option<Schema> {
    let tokens: Vec<String> = pointer
        .split('/')
        .skip(1)
        .map(|token| token.replace("~1", "/").replace("~0", "~"))
        .collect();
    let mut items = pages.iter().map(|page| item(schemas, page, &tokens));
    let first = items.next()??;
    items
        .all(|item| item.as_ref() == Some(&first))
        .then_some(first)
}

fn item(schemas: &Schemas<'_>, page: &Schema, tokens: &[String]) -> Option<Schema> {
    let (mut at, mut tokens) = (page.clone(), tokens);
    for _ in 0..DEEPEST {
        if let Shape::Named(name) = &at.shape
            && let Kind::Alias(same) | Kind::Wrapper(same) = &schemas.definition(name)?.kind
        {
            at = same.clone();
            continue;
        }
        let Some((token, rest)) = tokens.split_first() else {
            return match at.shape {
                Shape::Array(items) => Some(*items),
                _ => None,
            };
        };
        at = member(schemas, &at, token)?;
        tokens = rest;
    }
    None
}

fn member(schemas: &Schemas<'_>, schema: &Schema, token: &str) -> Option<Schema> {
    match &schema.shape {
        Shape::Map(values) => Some(values.as_ref().clone()),
        Shape::Array(items) if token.parse::<usize>().is_ok() => Some(items.as_ref().clone()),
        Shape::Named(name) => match &schemas.definition(name)?.kind {
            Kind::Struct(one) => {
                let field = one.fields.iter().find(|field| field.wire == token)?;
                Some(field.schema.clone())
            }
            _ => None,
        },
        _ => None,
    }
}
