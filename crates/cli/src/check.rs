//! `keyfob check`: what is wrong with a folder of specs.

use std::path::PathBuf;

use crate::Outcome;

/// The arguments of `keyfob check`.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// The folder that holds one folder for each API.
    #[arg(long, default_value = "specs")]
    specs: PathBuf,
}

/// Reads every spec and tells how many ways in each has; and on the error stream, what nothing is
/// refused for and will hardly be what somebody meant.
pub(crate) fn run(arguments: &Arguments) -> Outcome {
    let specs =
        keyfob_spec::read_all(&arguments.specs).map_err(|complaints| complaints.render())?;
    for spec in specs {
        println!(
            "{}: {} operations, {} security schemes, {} token workflows",
            spec.name,
            spec.operations.len(),
            spec.schemes.len(),
            spec.workflows.len()
        );
        eprint!("{}", spec.warnings().render_as_warnings());
    }
    Ok(())
}
