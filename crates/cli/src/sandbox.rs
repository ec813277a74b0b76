//! `keyfob sandbox`: the specs come alive on loopback.

use std::path::PathBuf;

use keyfob_sandbox::Sandbox;

use crate::Outcome;

/// The arguments of `keyfob sandbox`.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// The folder that holds one folder for each API.
    #[arg(long, default_value = "specs")]
    specs: PathBuf,
    /// The port to listen on; a free one if left out.
    #[arg(long, default_value_t = 0)]
    port: u16,
}

/// Serves until interrupted.
pub(crate) async fn run(arguments: Arguments) -> Outcome {
    let specs =
        keyfob_spec::read_all(&arguments.specs).map_err(|complaints| complaints.render())?;
    let names: Vec<String> = specs.iter().map(|spec| spec.name.clone()).collect();
    let sandbox = Sandbox::builder()
        .specs(specs)
        .port(arguments.port)
        .start()
        .await?;
    for name in names {
        println!("{name} at {}", sandbox.base_url(&name));
    }
    println!("ready; interrupt to stop");
    tokio::signal::ctrl_c().await?;
    Ok(())
}
