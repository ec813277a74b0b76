//! The command `generate`, which the `keyfob` binary and this repository's tasks share.

use std::fmt;
use std::io;
use std::path::PathBuf;
use std::time::Instant;

use keyfob_spec::Diagnostics;

use crate::render::{Layout, Rendering, render};
use crate::unchanged::Unchanged;
use crate::write::{STRAY, check, write};

/// One run of `generate`.
#[derive(Debug, Clone)]
pub struct Generate {
    /// Where the specs are and where the clients go.
    pub layout: Layout,
    /// Only tell what differs.
    pub check: bool,
    /// Tell everything that was read or generated otherwise than it is written.
    pub explain: bool,
    /// Where to remember what is up to date, if anywhere.
    pub memory: Option<PathBuf>,
}

/// Why `generate` did not succeed.
#[derive(Debug)]
#[non_exhaustive]
pub enum GenerateError {
    /// A spec is wrong. Nothing was written.
    Specs(Diagnostics),
    /// The folder differs from what the specs generate.
    Differs {
        /// How many files differ.
        files: usize,
    },
    /// A file could not be read or written.
    Files(PathBuf, io::Error),
}

impl fmt::Display for GenerateError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            GenerateError::Specs(diagnostics) => formatter.write_str(&diagnostics.render()),
            GenerateError::Differs { files } => write!(
                formatter,
                "{files} generated {} not what the specs generate; run the command without `--check`, and \
                 put hand edits into the spec or the generator",
                if *files == 1 { "file is" } else { "files are" }
            ),
            GenerateError::Files(folder, error) => {
                write!(formatter, "{}: {error}", folder.display())
            }
        }
    }
}

impl std::error::Error for GenerateError {}

impl Generate {
    /// Runs the command and reports to `report`, a line each.
    ///
    /// # Errors
    ///
    /// See [`GenerateError`].
    pub fn run(&self, mut report: impl FnMut(String)) -> Result<(), GenerateError> {
        let started = Instant::now();
        let memory = self
            .memory
            .as_ref()
            .map(|folder| Unchanged::in_folder(folder, &self.layout));
        let is_up_to_date = |memory: &Unchanged| memory.holds(&self.layout);
        if !self.explain && memory.as_ref().is_some_and(is_up_to_date) {
            report(format!(
                "{}: nothing has changed",
                self.layout.out.display()
            ));
            return Ok(());
        }
        let rendering = render(&self.layout).map_err(GenerateError::Specs)?;
        if self.explain {
            report_rewrites(&rendering, &mut report);
        }
        rendering
            .warnings
            .lines()
            .map(str::to_owned)
            .for_each(&mut report);
        let is_clean = match self.check {
            true => self.compare(&rendering, &mut report).map(|()| true),
            false => self.write(&rendering, &mut report),
        }?;
        if let Some(memory) = memory.filter(|_| is_clean) {
            memory.remember(&self.layout);
        }
        let clients = rendering.rewrites.len();
        report(format!(
            "{}: {clients} {} in {:.1?}",
            self.layout.out.display(),
            if clients == 1 { "client" } else { "clients" },
            started.elapsed()
        ));
        Ok(())
    }

    fn compare(
        &self,
        rendering: &Rendering,
        report: &mut impl FnMut(String),
    ) -> Result<(), GenerateError> {
        let differences = check(rendering, &self.layout.out).map_err(|error| self.files(error))?;
        for difference in &differences {
            report(
                self.layout.out.join(&difference.path).display().to_string() + &remark(difference),
            );
        }
        match differences.len() {
            0 => Ok(()),
            files => Err(GenerateError::Differs { files }),
        }
    }

    /// Whether the folder holds nothing else now.
    fn write(
        &self,
        rendering: &Rendering,
        report: &mut impl FnMut(String),
    ) -> Result<bool, GenerateError> {
        let changes = write(rendering, &self.layout.out).map_err(|error| self.files(error))?;
        for path in &changes.written {
            report(format!("wrote {}", self.layout.out.join(path).display()));
        }
        for path in &changes.removed {
            report(format!("removed {}", self.layout.out.join(path).display()));
        }
        for path in &changes.kept {
            let path = self.layout.out.join(path);
            report(format!("kept {}: it {STRAY}", path.display()));
        }
        Ok(changes.kept.is_empty())
    }

    fn files(&self, error: io::Error) -> GenerateError {
        GenerateError::Files(self.layout.out.clone(), error)
    }
}

/// What is wrong with a file, without its path.
fn remark(difference: &crate::write::Difference) -> String {
    let whole = difference.to_string();
    whole
        .strip_prefix(&difference.path.display().to_string())
        .unwrap_or(&whole)
        .to_string()
}

fn report_rewrites(rendering: &Rendering, report: &mut impl FnMut(String)) {
    for rewrite in rendering.rewrites.values().flatten() {
        report(rewrite.to_string());
    }
}
