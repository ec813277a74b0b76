//! The whole of generation as one function: a folder of specs in, texts out.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use keyfob_spec::{Diagnostics, Rewrite, Spec};

use crate::client::Trials;
use crate::names::example_name;
use crate::unsupported::{self, Outcome};
use crate::{auth, crate_root, manifest, print, readme, sandbox_test};

/// Where the specs are and what the clients' manifests say.
#[derive(Debug, Clone)]
pub struct Layout {
    /// The folder that holds one folder for each API.
    pub specs: PathBuf,
    /// The folder that the client crates go to, one folder each.
    pub out: PathBuf,
    /// How the manifests name keyfob's own crates.
    pub linkage: Linkage,
    /// Whether an operation that cannot be generated is left out, and listed in the crate's
    /// README, in place of a complaint.
    pub skip_unsupported: bool,
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
    /// What was read or generated otherwise than it is written, by API.
    pub rewrites: BTreeMap<String, Vec<Rewrite>>,
    /// What nothing is refused for and will hardly be what somebody meant, as lines to be shown.
    pub warnings: String,
}

/// Reads every spec below the layout's `specs` and renders its client crate.
///
/// ```no_run
/// use keyfob_codegen::{Layout, Linkage, render, write};
///
/// # fn example() -> Result<(), Box<dyn std::error::Error>> {
/// let layout = Layout {
///     specs: "specs".into(),
///     out: "clients".into(),
///     linkage: Linkage::Versions,
///     skip_unsupported: false,
/// };
/// let rendering = render(&layout).map_err(|complaints| complaints.render())?;
/// write(&rendering, &layout.out)?;
/// # Ok(())
/// # }
/// ```
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
        rendering.add(layout, spec)?;
        rendering.warnings += &spec.warnings().render_as_warnings();
    }
    Ok(rendering)
}

impl Rendering {
    /// Adds the files of one client crate.
    fn add(&mut self, layout: &Layout, spec: &Spec) -> Result<(), Diagnostics> {
        // What tries a client is found beside it, and nowhere else.
        let with_trials = layout.linkage != Linkage::Versions;
        let Outcome {
            spec,
            rendered: client,
            left_out,
        } = unsupported::render(spec, layout.skip_unsupported, with_trials)?;
        let spec = spec.as_ref();
        let code = print::text(spec, "The operations of the API.", client.client);
        let types = print::text(spec, "What operations take and answer.", client.types);
        let mock = print::text(spec, "A typed mock server of the API.", client.mock);
        let manifest = manifest::render(layout, spec, &client.dependencies);
        let mut put = |path: &str, text| {
            let path = Path::new(&spec.name).join(path);
            self.files.insert(path, text);
        };
        put("Cargo.toml", manifest);
        put("README.md", readme::render(spec, &left_out));
        for (name, text) in manifest::licences(layout) {
            put(name, (*text).to_owned());
        }
        put("src/auth.rs", auth::render(spec, &client.constants)?);
        put("src/client.rs", code);
        put(
            "src/lib.rs",
            crate_root::render(spec, &client.dependencies)?,
        );
        put("src/mock.rs", mock);
        put("src/types.rs", types);
        if let Some(Trials { example, test }) = client.trials {
            put(
                &format!("examples/{}.rs", example_name(&spec.name)),
                example,
            );
            put(
                "tests/sandbox.rs",
                sandbox_test::render(layout, spec, &test)?,
            );
        }
        let mut rewrites = spec.rewrites.clone();
        rewrites.extend(client.rewrites);
        rewrites.extend(left_out.into_iter().map(|one| Rewrite {
            rule: "unsupported",
            place: one.place,
            what: format!("left out: {}", one.reason),
        }));
        self.rewrites.insert(spec.name.clone(), rewrites);
        Ok(())
    }
}
