//! Running other programs.

use std::process::Command;

use crate::Outcome;

/// Runs a program to its end.
///
/// # Errors
///
/// It cannot be started, or it fails; the error shows the command.
pub(crate) fn run(command: &mut Command) -> Outcome {
    let shown = format!("{command:?}");
    let status = command
        .status()
        .map_err(|error| format!("{shown} cannot be started: {error}"))?;
    if status.success() {
        Ok(())
    } else {
        Err(format!("{shown}: {status}").into())
    }
}

/// Runs a program that depends on the network, three times at the most.
///
/// # Errors
///
/// As [`run`], for the last try.
pub(crate) fn run_with_retries(mut command: impl FnMut() -> Command) -> Outcome {
    for _ in 0..2 {
        match run(&mut command()) {
            Ok(()) => return Ok(()),
            Err(error) => eprintln!("{error}; trying again"),
        }
    }
    run(&mut command())
}

/// The cargo that runs this task.
pub(crate) fn cargo() -> Command {
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.current_dir(crate::root());
    cargo
}
