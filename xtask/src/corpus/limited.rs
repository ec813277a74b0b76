//! A program that may neither run for long nor take much memory.

use std::fs::File;
use std::io;
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

/// How long a program may run.
const LONGEST: Duration = Duration::from_secs(60);
/// How much memory it may take, in KiB.
const MOST_MEMORY: u64 = 4 * 1024 * 1024;

/// How a program ended.
#[derive(Debug, Clone)]
pub(crate) struct End {
    /// What it was.
    pub(crate) how: How,
    /// When it was.
    pub(crate) after: Duration,
    /// What the program said.
    pub(crate) said: String,
}

/// In what way a program ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum How {
    /// It succeeded.
    Success,
    /// It said that it failed.
    Failure,
    /// A panic.
    Panic,
    /// It was stopped after [`LONGEST`].
    Hang,
    /// It wanted more memory than it may have.
    Memory,
    /// A signal: its stack was too small, for example.
    Crash,
}

/// Runs a program; what it says goes to the file `log`.
///
/// # Errors
///
/// It cannot be started, or the file cannot be written.
pub(crate) fn run(program: &[&Path], log: &Path) -> io::Result<End> {
    let file = File::create(log)?;
    let mut child = Command::new("sh")
        // Memory is limited by the shell: Rust has no safe call between fork and exec.
        .args(["-c", "ulimit -v \"$1\"; shift; exec \"$@\"", "sh"])
        .arg(MOST_MEMORY.to_string())
        .args(program)
        .stdin(Stdio::null())
        .stdout(file.try_clone()?)
        .stderr(file)
        .spawn()?;
    let started = Instant::now();
    let status = loop {
        match child.try_wait()? {
            Some(status) => break Some(status),
            None if started.elapsed() > LONGEST => {
                child.kill()?;
                child.wait()?;
                break None;
            }
            None => sleep(Duration::from_millis(10)),
        }
    };
    let said = String::from_utf8_lossy(&std::fs::read(log)?).into_owned();
    let how = match status.map(|status| (status.success(), status.code())) {
        None => How::Hang,
        Some(_) if said.contains("panicked at") => How::Panic,
        Some((true, _)) => How::Success,
        Some((false, Some(_))) => How::Failure,
        Some(_) if said.contains("memory allocation of") => How::Memory,
        Some(_) => How::Crash,
    };
    Ok(End {
        how,
        after: started.elapsed(),
        said,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn end_of(script: &str) -> How {
        let log = std::env::temp_dir().join(format!(
            "keyfob-limited-{}-{}",
            std::process::id(),
            script.len()
        ));
        let end = run(&[Path::new("sh"), Path::new("-c"), Path::new(script)], &log).unwrap();
        std::fs::remove_file(log).unwrap();
        end.how
    }

    #[test]
    fn the_end_of_a_program_is_told() {
        assert_eq!(end_of("exit 0"), How::Success);
        assert_eq!(end_of("exit 1"), How::Failure);
        assert_eq!(
            end_of("echo thread panicked at here >&2; exit 101"),
            How::Panic
        );
        assert_eq!(
            end_of("echo memory allocation of 1 bytes failed; kill -ABRT $$"),
            How::Memory
        );
        assert_eq!(end_of("kill -SEGV $$"), How::Crash);
    }
}
