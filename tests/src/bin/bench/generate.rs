//! How long `generate` takes for the repository's own specs.

use std::time::{Duration, Instant};

use keyfob_codegen::{Generate, Layout, Linkage};
use tempfile::TempDir;

use crate::report::{self, Figure};
use crate::spread::Spread;
use crate::{Outcome, root};

const RUNS: usize = 9;
const WHOLE_GOAL: Duration = Duration::from_secs(1);
const UNCHANGED_GOAL: Duration = Duration::from_millis(100);

pub(crate) fn run() -> Outcome {
    let (mut whole, mut unchanged) = (Vec::new(), Vec::new());
    for _ in 0..RUNS {
        let folder = TempDir::new()?;
        let command = command(&folder);
        whole.push(timed(&command)?);
        unchanged.push(timed(&command)?);
    }
    report::print(
        &format!("generate: the specs of the repository, {RUNS} runs"),
        &[
            figure("everything, into an empty folder", whole, WHOLE_GOAL),
            figure("nothing changed", unchanged, UNCHANGED_GOAL),
        ],
    );
    Ok(())
}

fn command(folder: &TempDir) -> Generate {
    Generate {
        layout: Layout {
            specs: root().join("specs"),
            out: folder.path().join("clients"),
            linkage: Linkage::Paths(root().join("crates")),
            skip_unsupported: false,
        },
        check: false,
        explain: false,
        memory: Some(folder.path().join("memory")),
    }
}

fn timed(command: &Generate) -> Outcome<Duration> {
    let started = Instant::now();
    command.run(|_| {}).map_err(|error| error.to_string())?;
    Ok(started.elapsed())
}

fn figure(what: &str, runs: Vec<Duration>, goal: Duration) -> Figure {
    let spread = Spread::of_durations(runs);
    let goal = goal.as_millis();
    Figure::new(what, spread.show("ms"))
        .gate(format!("at most {goal} ms"), spread.median <= goal as f64)
}
