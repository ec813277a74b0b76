//! `cargo xtask generate`: the client crates from the specs.

use std::path::PathBuf;

use keyfob_codegen::{Generate, Layout, Linkage};

use crate::{Outcome, root};

/// The arguments of `cargo xtask generate`.
#[derive(clap::Args, Default)]
pub(crate) struct Arguments {
    /// Only tell what differs from what the specs generate.
    #[arg(long)]
    check: bool,
    /// The folder that holds one folder for each API.
    #[arg(long, requires = "out")]
    specs: Option<PathBuf>,
    /// The folder that the client crates go to.
    #[arg(long, requires = "specs")]
    out: Option<PathBuf>,
    /// With --out: let the manifests name this checkout's crates by path.
    #[arg(long, requires = "out")]
    path_deps: bool,
    /// Tell everything that was read or generated otherwise than it is written, each with its
    /// file, its line and the rule that did it.
    #[arg(long)]
    explain: bool,
    /// Leave out what cannot be generated, and list it in the crate's README.
    #[arg(long)]
    skip_unsupported: bool,
}

/// Generates the clients of the repository's own specs, or of those that the arguments name.
pub(crate) fn run(arguments: &Arguments) -> Outcome {
    for layout in layouts(arguments) {
        let command = Generate {
            layout,
            check: arguments.check,
            explain: arguments.explain,
            memory: Some(root().join("target/keyfob")),
        };
        command.run(|line| println!("{line}"))?;
    }
    Ok(())
}

fn layouts(arguments: &Arguments) -> Vec<Layout> {
    let crates = Linkage::Paths(root().join("crates"));
    if let (Some(specs), Some(out)) = (&arguments.specs, &arguments.out) {
        let linkage = if arguments.path_deps {
            crates
        } else {
            Linkage::Versions
        };
        return vec![Layout {
            specs: specs.clone(),
            out: out.clone(),
            linkage,
            skip_unsupported: arguments.skip_unsupported,
        }];
    }
    [
        ("specs", "crates/clients"),
        ("tests/specs", "tests/clients"),
    ]
    .map(|(specs, out)| Layout {
        specs: root().join(specs),
        out: root().join(out),
        linkage: crates.clone(),
        skip_unsupported: arguments.skip_unsupported,
    })
    .to_vec()
}
