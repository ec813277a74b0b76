//! `src/client.rs`, `src/types.rs` and `src/mock.rs` of a client crate.
//!
//! `schemas` lowers the document's schemas to forms that progenitor always takes, `generate`
//! has progenitor print them, `adapt` makes the result ours. The operations are printed by
//! `builders` and `operations` for our own runtime, which answers for keys, servers, several
//! media types and several kinds of answers.

mod adapt;
mod answers;
mod builders;
mod dependencies;
mod every_operation;
pub(crate) mod generate;
mod mock;
mod names;
mod operation;
mod operations;
mod pagination;
pub(crate) mod reach;
mod request_body;
pub(crate) mod schemas;
mod secrets;
pub(crate) mod servers;
mod shape;
mod trials;

use std::collections::BTreeSet;

use keyfob_spec::{Diagnostics, Rewrite, Spec};
use proc_macro2::TokenStream;
use quote::quote;

use crate::panics;
use crate::print::{Verbatim, unparse};
use crate::unsupported::Failure;
use answers::Answers;
use schemas::Schemas;

use crate::names::{ident, library_name};

/// The code of one client crate.
#[derive(Debug)]
pub struct Rendered {
    /// `src/client.rs`, without its first lines.
    pub client: String,
    /// `src/types.rs`, without its first lines.
    pub types: String,
    /// `src/mock.rs`, without its first lines.
    pub mock: String,
    /// `examples/every_operation.rs`.
    pub every_operation: String,
    /// How each operation is mocked and called in the crate's own tests: the end of
    /// `tests/sandbox.rs`.
    pub(crate) trials: String,
    /// The constant of each operation in the module `operations`, in document order.
    pub constants: Vec<String>,
    /// What of the document is not in the code as it stands there.
    pub rewrites: Vec<Rewrite>,
    /// The crates that the code names besides keyfob's own.
    pub dependencies: BTreeSet<&'static str>,
}

/// Renders the operations and types of an API.
///
/// # Errors
///
/// A schema or an operation of which no Rust can be made; the complaint names its place.
pub fn render(spec: &Spec) -> Result<Rendered, Diagnostics> {
    attempt(spec).map_err(|failure| failure.complaints(spec))
}

/// Renders, or tells what it is that stands in the way.
pub(crate) fn attempt(spec: &Spec) -> Result<Rendered, Failure> {
    panics::with_room(|| code(spec)).unwrap_or_else(|reason| Err(Failure::Panic(reason)))
}

fn code(spec: &Spec) -> Result<Rendered, Failure> {
    let mut schemas = Schemas::of(spec);
    let calls = operation::calls(spec, &mut schemas);
    let operations = operations::operations(spec, &calls, &mut schemas);
    let (definitions, rewrites) = schemas.finish();
    let items = generate::types(&definitions).map_err(Failure::Schemas)?;
    let answers: Vec<TokenStream> = calls
        .iter()
        .flat_map(|call| {
            let Answers {
                successes,
                failures,
                ..
            } = &call.answers;
            [
                successes.definition(call.operation, false),
                failures.definition(call.operation, true),
            ]
        })
        .flatten()
        .collect();
    let mut verbatim = Verbatim::default();
    let types = adapt::types(items, &definitions, &answers, &mut verbatim);
    let types = quote! {
        #![allow(clippy::all)]
        #types
    };
    let client = builders::client(spec, &calls);
    let builders = builders::builders(&calls);
    let servers = servers::servers(spec);
    let library = library_name(&spec.name);
    let code = quote! {
        #![allow(clippy::all, deprecated, irrefutable_let_patterns, unused_imports)]

        use crate::types;

        #client
        #builders
        #operations
        #servers
    };
    let mut dependencies = dependencies::of(code.clone());
    dependencies.extend(dependencies::of(types.clone()));
    Ok(Rendered {
        dependencies,
        client: printed(spec, code)?,
        types: verbatim.restore(&printed(spec, types)?),
        mock: printed(spec, mock::mock(&library, &calls))?,
        trials: printed(spec, trials::trials(&ident(&library), &calls))?,
        every_operation: every_operation::render(spec, &calls).map_err(Failure::Complaints)?,
        constants: calls.iter().map(|call| call.constant.clone()).collect(),
        rewrites,
    })
}

fn printed(spec: &Spec, code: TokenStream) -> Result<String, Failure> {
    unparse(spec, code).map_err(Failure::Complaints)
}
