//! `keyfob generate`: client crates from specs.

use std::path::PathBuf;

use keyfob_codegen::{Generate, Layout, Linkage};

use crate::Outcome;

/// The arguments of `keyfob generate`.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// The folder that holds one folder for each API.
    #[arg(long, default_value = "specs")]
    specs: PathBuf,
    /// The folder that the client crates go to, one folder each.
    #[arg(long, default_value = "clients")]
    out: PathBuf,
    /// Only tell what differs from what the specs generate.
    #[arg(long)]
    check: bool,
    /// Tell everything that was read or generated otherwise than it is written, each with its
    /// file, its line and the rule that did it.
    #[arg(long)]
    explain: bool,
    /// Leave out what cannot be generated, and list it in the crate's README.
    #[arg(long)]
    skip_unsupported: bool,
    /// Let the manifests name keyfob's own crates by path, below this folder of a checkout
    /// (its `crates`).
    #[arg(long, value_name = "CRATES")]
    path_deps: Option<PathBuf>,
}

/// Makes the crates, or tells where they differ.
pub(crate) fn run(arguments: Arguments) -> Outcome {
    let command = Generate {
        layout: Layout {
            specs: arguments.specs,
            out: arguments.out,
            linkage: arguments
                .path_deps
                .map_or(Linkage::Versions, Linkage::Paths),
            skip_unsupported: arguments.skip_unsupported,
        },
        check: arguments.check,
        explain: arguments.explain,
        memory: cache_folder(),
    };
    Ok(command.run(|line| println!("{line}"))?)
}

/// Where is kept that nothing has changed since the last run, so that it need not be generated
/// again: the user's folder for what can be lost without harm.
fn cache_folder() -> Option<PathBuf> {
    let set = |name| std::env::var_os(name).filter(|folder| !folder.is_empty());
    let caches = match set("XDG_CACHE_HOME").or_else(|| set("LOCALAPPDATA")) {
        Some(folder) => folder.into(),
        None => std::env::home_dir()?.join(".cache"),
    };
    Some(caches.join("keyfob"))
}
