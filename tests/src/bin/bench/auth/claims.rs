//! Gates that are claims of the token engine's own tests, run as they are made there, at full
//! length.
//!
//! A claim prints what it measured in one line; where it holds, its test passes.

use std::ffi::OsString;
use std::process::Command;

use crate::report::Figure;
use crate::{Outcome, root};

/// What a claim prints before what it measured.
const MEASURED: &str = "measured: ";

/// A gate that is a claim.
struct Claim {
    what: &'static str,
    gate: &'static str,
    file: &'static str,
    test: &'static str,
    environment: &'static [(&'static str, &'static str)],
}

const CLAIMS: [Claim; 3] = [
    Claim {
        what: "100000 random interleavings of renew, cancel, crash against a rotating server",
        gate: "0 families revoked",
        file: "rotation",
        test: "no_interleaving_of_renew_cancel_and_crash_revokes_a_family",
        environment: &[("KEYFOB_INTERLEAVINGS", "100000")],
    },
    Claim {
        what: "8 processes on one file store, kill -9 at random",
        gate: "1 acquisition per expiry, the record always readable",
        file: "processes",
        test: "eight_processes_killed_at_random_acquire_once_for_each_expiry",
        environment: &[],
    },
    Claim {
        what: "a canary in every secret: all events, errors, Debug at TRACE",
        gate: "0 hits",
        file: "secrecy",
        test: "canary::shows_up_in_no_event_no_error_and_no_debug",
        environment: &[],
    },
];

pub(super) fn figures() -> Outcome<Vec<Figure>> {
    CLAIMS.iter().map(Claim::figure).collect()
}

impl Claim {
    fn figure(&self) -> Outcome<Figure> {
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| OsString::from("cargo"));
        let output = Command::new(cargo)
            .args(["test", "--quiet", "--package", "keyfob-auth", "--test"])
            .args([self.file, "--", "--exact", self.test, "--show-output"])
            .envs(self.environment.iter().copied())
            .current_dir(root())
            .output()?;
        let printed = String::from_utf8_lossy(&output.stdout);
        let measured = printed.lines().find_map(|line| line.strip_prefix(MEASURED));
        let figure = match (measured, output.status.success()) {
            (Some(measured), _) => measured.to_owned(),
            // A test that was not found passes, too.
            (None, true) => return Err(format!("{} measured nothing", self.test).into()),
            (None, false) => "the claim does not hold".to_owned(),
        };
        let is_met = output.status.success();
        Ok(Figure::new(self.what, figure).gate(self.gate, is_met))
    }
}
