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
use quote::quote;

use crate::panics;
use crate::print::Source;
use crate::unsupported::Failure;
use operation::Call;
use schemas::Schemas;
use shape::Definition;

/// The code of one client crate.
#[derive(Debug)]
pub struct Rendered {
    /// `src/client.rs`, without its first lines.
    pub client: String,
    /// `src/types.rs`, without its first lines.
    pub types: String,
    /// `src/mock.rs`, without its first lines.
    pub mock: String,
    /// What tries the operations, where that was asked for.
    pub(crate) trials: Option<Trials>,
    /// The constant of each operation in the module `operations`, in document order.
    pub constants: Vec<String>,
    /// What of the document is not in the code as it stands there.
    pub rewrites: Vec<Rewrite>,
    /// The crates that the code names besides keyfob's own.
    pub dependencies: BTreeSet<&'static str>,
}

/// What tries the operations of a client.
#[derive(Debug)]
pub(crate) struct Trials {
    /// The example that calls every operation.
    pub(crate) example: String,
    /// How each operation is mocked and called in the crate's own tests: the end of
    /// `tests/sandbox.rs`.
    pub(crate) test: String,
}

/// Renders the operations and types of an API.
///
/// # Errors
///
/// A schema or an operation of which no Rust can be made; the complaint names its place.
pub fn render(spec: &Spec) -> Result<Rendered, Diagnostics> {
    attempt(spec, false).map_err(|failure| failure.complaints(spec, false))
}

/// Renders, with what tries the operations if that is asked for; or tells what it is that stands
/// in the way.
pub(crate) fn attempt(spec: &Spec, with_trials: bool) -> Result<Rendered, Failure> {
    panics::with_room(|| code(spec, with_trials))
        .unwrap_or_else(|reason| Err(Failure::Panic(reason)))
}

fn code(spec: &Spec, with_trials: bool) -> Result<Rendered, Failure> {
    let mut schemas = Schemas::of(spec);
    let calls = operation::calls(spec, &mut schemas);
    operations::note_unwritten(&calls, &mut schemas);
    let (definitions, rewrites) = schemas.finish();
    let (of_operations, types) = panics::beside(
        || OfOperations::render(spec, &calls, with_trials),
        || types(spec, &calls, &definitions),
    );
    let types = types?;
    let OfOperations {
        client,
        mock,
        trials,
    } = of_operations.map_err(Failure::Panic)??;
    let mut dependencies = dependencies::of(&client);
    dependencies.extend(dependencies::of(&types));
    Ok(Rendered {
        dependencies,
        client,
        types,
        mock,
        trials,
        constants: calls.iter().map(|call| call.constant.clone()).collect(),
        rewrites,
    })
}

fn types(spec: &Spec, calls: &[Call<'_>], definitions: &[Definition]) -> Result<String, Failure> {
    let mut source = Source::of(spec);
    source.add(quote!(#![allow(clippy::all)]))?;
    adapt::types(source, calls, definitions)
}

/// What there is for each operation.
struct OfOperations {
    client: String,
    mock: String,
    trials: Option<Trials>,
}

impl OfOperations {
    fn render(spec: &Spec, calls: &[Call<'_>], with_trials: bool) -> Result<Self, Failure> {
        let trials = || {
            Ok(Trials {
                example: every_operation::render(spec, calls)?,
                test: trials::trials(spec, calls)?,
            })
        };
        Ok(Self {
            client: client(spec, calls)?,
            mock: mock::mock(spec, calls)?,
            trials: with_trials.then(trials).transpose()?,
        })
    }
}

fn client(spec: &Spec, calls: &[Call<'_>]) -> Result<String, Failure> {
    let mut source = Source::of(spec);
    source.add(quote! {
        #![allow(clippy::all, deprecated, irrefutable_let_patterns, unused_imports)]

        use crate::types;
    })?;
    builders::client(&mut source, spec, calls)?;
    builders::builders(&mut source, spec, calls)?;
    operations::operations(&mut source, spec, calls)?;
    source.add(servers::servers(spec).unwrap_or_default())?;
    Ok(source.finish())
}
