//! Something that moves while the demo waits.

use std::io::{IsTerminal, Write, stderr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::task::JoinHandle;

/// Tells on stderr what is going on: a turning wheel on a terminal, a line for each change
/// elsewhere.
pub(crate) struct Progress {
    doing: Arc<Mutex<String>>,
    wheel: Option<JoinHandle<()>>,
}

const FRAMES: &[&str] = &["|", "/", "-", "\\"];

impl Progress {
    pub(crate) fn start() -> Progress {
        let doing = Arc::new(Mutex::new(String::new()));
        let wheel = stderr()
            .is_terminal()
            .then(|| tokio::spawn(turn(Arc::clone(&doing))));
        Progress { doing, wheel }
    }

    /// What is going on from now on.
    pub(crate) fn tell(&self, what: impl Into<String>) {
        let what = what.into();
        if self.wheel.is_none() {
            eprintln!("{what} ...");
        }
        *self.doing.lock().unwrap_or_else(PoisonError::into_inner) = what;
    }

    /// Stops and clears the line.
    pub(crate) fn finish(self) {
        if let Some(wheel) = self.wheel {
            wheel.abort();
            eprint!("\r\x1b[K");
        }
    }
}

async fn turn(doing: Arc<Mutex<String>>) {
    for frame in FRAMES.iter().cycle() {
        {
            let doing = doing.lock().unwrap_or_else(PoisonError::into_inner);
            eprint!("\r\x1b[K{frame} {doing}");
        }
        let _ = stderr().flush();
        tokio::time::sleep(Duration::from_millis(120)).await;
    }
}
