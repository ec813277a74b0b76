//! The whole of generation as one function: a folder of specs in, texts out.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use keyfob_spec::{Diagnostics, Spec};

use crate::{auth, client, crate_root, manifest, print, readme, sandbox_test};

pub use crate::client::Rewrite;

/// Where the specs are and what the clients' manifests say.
#[derive(Debug, Clone)]
pub struct Layout {
    /// The folder that holds one folder for each API.
    pub specs: PathBuf,
    /// The folder that the client crates go to, one folder each.
    pub out: PathBuf,
    /// How the manifests name keyfob's own crates.
    pub linkage: Linkage,
}

/// How the manifests of clients name keyfob's own crates.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Linkage {
    /// By version alone, for clients that live outside of a checkout.
    Versions,
    /// By version and by path to this folder, which holds `runtime`, `sandbox` and the others.
    Paths(PathBuf),
}

/// What generation yields.
#[derive(Debug, Clone, Default)]
pub struct Rendering {
    /// The files by their path below the layout's `out`.
    pub files: BTreeMap<PathBuf, String>,
    /// What was rewritten so that progenitor could take it, by API.
    pub rewrites: BTreeMap<String, Vec<Rewrite>>,
}

/// Reads every spec below the layout's `specs` and renders its client crate.
///
/// # Errors
///
/// Every complaint of every spec, each with its place and a remedy.
pub fn render(layout: &Layout) -> Result<Rendering, Diagnostics> {
    render_specs(layout, &keyfob_spec::read_all(&layout.specs)?)
}

/// Renders the client crates of specs that are read already.
///
/// # Errors
///
/// A spec has what cannot be generated; the complaint names the place.
pub fn render_specs(layout: &Layout, specs: &[Spec]) -> Result<Rendering, Diagnostics> {
    let mut rendering = Rendering::default();
    for spec in specs {
        let (files, rewrites) = render_client(layout, spec)?;
        let folder = Path::new(&spec.name);
        rendering.files.extend(
            files
                .into_iter()
                .map(|(path, text)| (folder.join(path), text)),
        );
        rendering.rewrites.insert(spec.name.clone(), rewrites);
    }
    Ok(rendering)
}

/// The files of one client crate, by their path in it.
fn render_client(
    layout: &Layout,
    spec: &Spec,
) -> Result<(Vec<(&'static str, String)>, Vec<Rewrite>), Diagnostics> {
    let client = client::render(spec)?;
    let mut files = vec![
        (
            "Cargo.toml",
            manifest::render(layout, spec, &client.dependencies),
        ),
        ("README.md", readme::render(spec)),
        ("src/auth.rs", auth::render(spec, &client.constants)?),
        (
            "src/client.rs",
            print::text(spec, "The operations and types of the API.", &client.client),
        ),
        ("src/lib.rs", crate_root::render(spec)?),
        (
            "src/mock.rs",
            print::text(spec, "A typed mock server of the API.", &client.mock),
        ),
    ];
    if layout.linkage != Linkage::Versions {
        files.push(("tests/sandbox.rs", sandbox_test::render(layout, spec)?));
    }
    Ok((files, client.rewrites))
}
