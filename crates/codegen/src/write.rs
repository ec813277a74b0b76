//! The two uses of a rendering: bringing a folder up to date, and telling where it is not.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsStr;
use std::fmt;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::manifest::LICENCES;
use crate::print::COMMAND;
use crate::render::Rendering;

/// What [`write()`] did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Changes {
    /// The files that were written, below the folder.
    pub written: Vec<PathBuf>,
    /// The files that were removed.
    pub removed: Vec<PathBuf>,
    /// The files that stand among generated ones although generation did not make them.
    pub kept: Vec<PathBuf>,
    /// How many files were right already.
    pub unchanged: usize,
}

/// One place where a folder differs from what generation yields.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// The file, below the folder.
    pub path: PathBuf,
    /// In which way.
    pub kind: Kind,
}

/// In which way a file differs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// It holds something else: an older result, or somebody's edit.
    Stale,
    /// It is not there.
    Missing,
    /// It is there and no spec makes it.
    Orphaned,
    /// It is there, and generation never made it.
    Foreign,
}

/// What there is to say of a file that generation never made.
pub(crate) const STRAY: &str = "stands among generated files and is none; move it elsewhere";

impl fmt::Display for Difference {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = self.path.display();
        match self.kind {
            Kind::Stale => write!(formatter, "{path}: differs from what its spec generates"),
            Kind::Missing => write!(formatter, "{path}: is missing"),
            Kind::Orphaned => write!(formatter, "{path}: no spec generates this (orphaned)"),
            Kind::Foreign => write!(formatter, "{path}: {STRAY}"),
        }
    }
}

/// Compares a folder with a rendering, both ways.
///
/// # Errors
///
/// A file or folder cannot be read.
pub fn check(rendering: &Rendering, out: &Path) -> io::Result<Vec<Difference>> {
    let mut differences = Vec::new();
    for (path, text) in &rendering.files {
        match fs::read(out.join(path)) {
            Ok(found) if found == text.as_bytes() => {}
            Ok(_) => differences.push(Difference {
                path: path.clone(),
                kind: Kind::Stale,
            }),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                differences.push(Difference {
                    path: path.clone(),
                    kind: Kind::Missing,
                });
            }
            Err(error) => return Err(error),
        }
    }
    let orphans = orphans(rendering, out)?;
    for path in orphans {
        let foreign = foreign(out, &path)?;
        if foreign != [path.as_path()] {
            differences.push(Difference {
                path,
                kind: Kind::Orphaned,
            });
        }
        differences.extend(foreign.into_iter().map(|path| Difference {
            path,
            kind: Kind::Foreign,
        }));
    }
    Ok(differences)
}

/// Brings a folder up to date: writes what differs, each file whole or not at all, and removes
/// what no spec makes any more from the crates that generation made. Other folders, and files that
/// generation did not make, are left alone.
///
/// # Errors
///
/// A file or folder cannot be read, written or removed.
pub fn write(rendering: &Rendering, out: &Path) -> io::Result<Changes> {
    let mut changes = Changes::default();
    let differences = check(rendering, out)?;
    let strays = differences.iter().filter(|one| one.kind == Kind::Foreign);
    changes.kept = strays.map(|one| one.path.clone()).collect();
    for Difference { path, .. } in differences {
        match rendering.files.get(&path) {
            Some(text) => {
                replace(&out.join(&path), text)?;
                changes.written.push(path);
            }
            // A crate that holds what nobody has twice stays whole: without its manifest it would
            // be none any more, and break the workspace that it stands in.
            None if changes.kept.iter().any(|kept| kept.starts_with(&path)) => {}
            None => {
                remove(&out.join(&path))?;
                changes.removed.push(path);
            }
        }
    }
    changes.unchanged = rendering.files.len() - changes.written.len();
    Ok(changes)
}

/// The files in generated crates that the rendering does not have, and the whole folders of
/// generated crates whose spec is gone.
fn orphans(rendering: &Rendering, out: &Path) -> io::Result<Vec<PathBuf>> {
    let mut wanted: BTreeMap<PathBuf, BTreeSet<&PathBuf>> = BTreeMap::new();
    for path in rendering.files.keys() {
        let folder = path
            .components()
            .next()
            .map(|first| PathBuf::from(first.as_os_str()));
        wanted
            .entry(folder.unwrap_or_default())
            .or_default()
            .insert(path);
    }
    let mut orphans = Vec::new();
    for folder in folders(out)? {
        match wanted.get(&folder) {
            None if is_generated(&out.join(&folder)) => orphans.push(folder),
            None => {}
            Some(files) => {
                let found = files_below(out, &folder, is_no_business_of_ours)?;
                orphans.extend(found.into_iter().filter(|path| !files.contains(path)));
            }
        }
    }
    Ok(orphans)
}

/// The folders directly below a folder, sorted; none where it is not there.
fn folders(out: &Path) -> io::Result<Vec<PathBuf>> {
    let entries = match fs::read_dir(out) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    let mut folders = Vec::new();
    for entry in entries {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            folders.push(PathBuf::from(entry.file_name()));
        }
    }
    folders.sort();
    Ok(folders)
}

/// The files below `out/folder`, as paths below `out`, without those that are left out by name.
/// Links are not followed.
fn files_below(
    out: &Path,
    folder: &Path,
    is_left_out: fn(&OsStr) -> bool,
) -> io::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    let mut pending = vec![folder.to_path_buf()];
    while let Some(folder) = pending.pop() {
        for entry in fs::read_dir(out.join(&folder))? {
            let entry = entry?;
            let name = entry.file_name();
            if is_left_out(&name) {
                continue;
            }
            let path = folder.join(name);
            if entry.file_type()?.is_dir() {
                pending.push(path);
            } else {
                files.push(path);
            }
        }
    }
    files.sort();
    Ok(files)
}

/// Hidden files of a crate that lives are not generation's business.
fn is_no_business_of_ours(name: &OsStr) -> bool {
    is_left_by_a_build(name) || name.to_string_lossy().starts_with('.')
}

fn is_left_by_a_build(name: &OsStr) -> bool {
    name == "target" || name == "Cargo.lock"
}

/// Whether a folder is a crate that generation made.
fn is_generated(folder: &Path) -> bool {
    fs::read_to_string(folder.join("Cargo.toml"))
        .is_ok_and(|manifest| manifest.starts_with(&format!("# Generated by `{COMMAND}`")))
}

/// Writes a file beside its place and moves it there, so that a reader sees the old text or
/// the new one.
fn replace(path: &Path, text: &str) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    let mut beside = path.as_os_str().to_owned();
    beside.push(".new");
    fs::write(&beside, text)?;
    fs::rename(&beside, path)
}

fn remove(path: &Path) -> io::Result<()> {
    if path.is_dir() {
        fs::remove_dir_all(path)
    } else {
        fs::remove_file(path)
    }
}

/// What of a file, or of a crate whose spec is gone, generation did not make: nobody has it twice.
fn foreign(out: &Path, path: &Path) -> io::Result<Vec<PathBuf>> {
    let is_folder = fs::symlink_metadata(out.join(path))?.is_dir();
    let mut files = match is_folder {
        true => files_below(out, path, is_left_by_a_build)?,
        false => vec![path.to_path_buf()],
    };
    files.retain(|file| !is_made(out, file));
    Ok(files)
}

/// Whether generation made a file: it says so, or has one of the names of those that cannot.
fn is_made(out: &Path, file: &Path) -> bool {
    let is_of_crate = file.components().count() == 2;
    let name = file.file_name().unwrap_or_default();
    let mut licences = LICENCES.iter();
    let is_named = name == "README.md" || licences.any(|(licence, _)| *licence == name);
    let says_so = |text: String| {
        let first = text.lines().next().unwrap_or_default();
        first.contains(&format!("Generated by `{COMMAND}`"))
    };
    let is_plain = fs::symlink_metadata(out.join(file)).is_ok_and(|found| found.is_file());
    let file = out.join(file);
    is_plain && ((is_of_crate && is_named) || fs::read_to_string(file).is_ok_and(says_so))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rendering(files: &[(&str, &str)]) -> Rendering {
        Rendering {
            files: files
                .iter()
                .map(|(path, text)| (PathBuf::from(path), text.to_string()))
                .collect(),
            ..Rendering::default()
        }
    }

    const MANIFEST: &str = "# Generated by `keyfob generate` from specs/a. Do not edit.\n";

    const CODE: &str = "// Generated by `keyfob generate` from specs/a. Do not edit.\n";

    #[test]
    fn what_was_written_is_up_to_date() {
        let out = tempfile::tempdir().unwrap();
        let rendering = rendering(&[("a/Cargo.toml", MANIFEST), ("a/src/lib.rs", "")]);
        let changes = write(&rendering, out.path()).unwrap();
        assert_eq!(changes.written.len(), 2);
        assert_eq!(check(&rendering, out.path()).unwrap(), []);
        assert_eq!(write(&rendering, out.path()).unwrap().unchanged, 2);
    }

    #[test]
    fn edits_gaps_and_orphans_are_told_apart() {
        let out = tempfile::tempdir().unwrap();
        let before = rendering(&[
            ("a/Cargo.toml", MANIFEST),
            ("a/src/lib.rs", ""),
            ("a/src/old.rs", CODE),
            ("b/Cargo.toml", MANIFEST),
        ]);
        write(&before, out.path()).unwrap();
        fs::create_dir(out.path().join("by-hand")).unwrap();
        fs::write(out.path().join("a/src/lib.rs"), "// edited").unwrap();
        let now = rendering(&[
            ("a/Cargo.toml", MANIFEST),
            ("a/src/lib.rs", ""),
            ("a/src/new.rs", ""),
        ]);
        let found: Vec<String> = check(&now, out.path())
            .unwrap()
            .iter()
            .map(ToString::to_string)
            .collect();
        assert_eq!(
            found,
            [
                "a/src/lib.rs: differs from what its spec generates",
                "a/src/new.rs: is missing",
                "a/src/old.rs: no spec generates this (orphaned)",
                "b: no spec generates this (orphaned)",
            ]
        );
        write(&now, out.path()).unwrap();
        assert_eq!(check(&now, out.path()).unwrap(), []);
        assert!(out.path().join("by-hand").exists());
    }

    #[test]
    fn what_somebody_put_among_generated_files_is_told_and_not_lost() {
        let out = tempfile::tempdir().unwrap();
        let before = rendering(&[
            ("a/Cargo.toml", MANIFEST),
            ("a/README.md", "# a"),
            ("a/src/lib.rs", CODE),
            ("b/Cargo.toml", MANIFEST),
        ]);
        write(&before, out.path()).unwrap();
        for file in ["a/.env", "a/NOTES.md", "b/src/by_hand.rs"] {
            fs::create_dir_all(out.path().join(file).parent().unwrap()).unwrap();
            fs::write(out.path().join(file), "// not to be lost").unwrap();
        }
        let now = rendering(&[("b/Cargo.toml", MANIFEST)]);
        let changes = write(&now, out.path()).unwrap();
        let names = ["a/.env", "a/NOTES.md", "b/src/by_hand.rs"].map(PathBuf::from);
        assert_eq!(changes.kept, names);
        assert!(names.iter().all(|name| out.path().join(name).exists()));
        assert!(
            out.path().join("a/Cargo.toml").exists(),
            "it is still a crate"
        );
        let told = || -> Vec<String> {
            let found = check(&now, out.path()).unwrap();
            found.iter().map(ToString::to_string).collect()
        };
        let stray = "stands among generated files and is none; move it elsewhere";
        let mut expected = vec!["a: no spec generates this (orphaned)".to_owned()];
        expected.extend(
            names
                .iter()
                .map(|name| format!("{}: {stray}", name.display())),
        );
        assert_eq!(told(), expected);
        for name in names {
            fs::remove_file(out.path().join(name)).unwrap();
        }
        assert_eq!(write(&now, out.path()).unwrap().removed, [Path::new("a")]);
        assert_eq!(told(), [] as [String; 0]);
    }
}
