//! What an application with one client costs to build, beside the same by other means.
//!
//! Each application is a package of its own in a temporary folder, with the versions of this
//! repository's lock file where it has them. It is built once, from nothing, without optimisation,
//! as by somebody who tries the crate.

mod applications;

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::report::{self, Figure};
use crate::{Outcome, root};
use applications::{Application, applications};

pub(crate) fn run() -> Outcome {
    let (mut figures, mut outcome) = (Vec::new(), Ok(()));
    for application in applications()? {
        match measure(&application) {
            Ok(figure) => figures.push(figure),
            Err(error) => outcome = Err(error),
        }
    }
    // One that does not build takes nothing from the others, which took minutes.
    report::print(
        "build: a clean build of an application, unoptimised",
        &figures,
    );
    outcome
}

fn measure(application: &Application) -> Outcome<Figure> {
    println!("building: {}", application.name);
    let folder = TempDir::new()?;
    lay_out(application, folder.path())?;
    run_cargo(folder.path(), &["fetch", "--quiet"])?;
    let crates = crates(folder.path())?;
    let (started, used) = (Instant::now(), time_of_children());
    let target = folder.path().join("target").display().to_string();
    let build = ["build", "--quiet", "--offline", "--target-dir", &target];
    run_cargo(folder.path(), &build)?;
    let time = started.elapsed().as_secs_f64();
    let used = time_of_children().zip(used);
    let used = used.map_or(String::new(), |(after, before)| {
        format!(", {:.0} s of CPU", (after - before).as_secs_f64())
    });
    Ok(Figure::new(
        application.name,
        format!("{time:.0} s{used}, {crates} crates"),
    ))
}

fn lay_out(application: &Application, folder: &Path) -> Outcome {
    let manifest = format!(
        "[package]\nname = \"application\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n\
         [dependencies]\n{}",
        application.dependencies
    );
    fs::create_dir(folder.join("src"))?;
    fs::write(folder.join("Cargo.toml"), manifest)?;
    fs::write(folder.join("src/main.rs"), application.program)?;
    if let Some(document) = &application.document {
        fs::write(folder.join("openapi.json"), document.to_string())?;
    }
    fs::copy(root().join("Cargo.lock"), folder.join("Cargo.lock"))?;
    Ok(())
}

/// How many crates are compiled besides the application, for it or for its build.
fn crates(folder: &Path) -> Outcome<usize> {
    let tree = [
        "tree",
        "--offline",
        "--edges",
        "normal,build",
        "--prefix",
        "none",
    ];
    let listed = run_cargo(folder, &tree)?;
    let listed: BTreeSet<&str> = listed
        .lines()
        .map(|line| line.trim_end_matches(" (*)"))
        .collect();
    Ok(listed.len().saturating_sub(1))
}

/// Runs cargo to its end and gives what it printed.
fn run_cargo(folder: &Path, arguments: &[&str]) -> Outcome<String> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| OsString::from("cargo"));
    let output = Command::new(cargo)
        .args(arguments)
        .current_dir(folder)
        .output()?;
    if output.status.success() {
        return Ok(String::from_utf8(output.stdout)?);
    }
    let shown = String::from_utf8_lossy(&output.stderr);
    Err(format!("cargo {}: {shown}", arguments.join(" ")).into())
}

/// The CPU time of all processes that this one has started and seen end, where the system tells
/// it: two machines, or one that is busy, compare better by it.
fn time_of_children() -> Option<Duration> {
    const TICKS_PER_SECOND: f64 = 100.0;
    let stat = fs::read_to_string("/proc/self/stat").ok()?;
    // proc_pid_stat(5): the name in parentheses may hold anything; `cutime` and `cstime` are the
    // 14th and 15th field behind it.
    let (_, fields) = stat.rsplit_once(") ")?;
    let mut ticks = fields.split(' ').skip(13).map(str::parse::<f64>);
    let ticks = ticks.next()?.ok()? + ticks.next()?.ok()?;
    Some(Duration::from_secs_f64(ticks / TICKS_PER_SECOND))
}
