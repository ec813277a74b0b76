//! The folder of one API and the files in it.

use std::ffi::OsStr;
use std::io::Read;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use crate::diagnostics::Diagnostics;
use crate::limits::LARGEST;
use crate::place::{Place, SourceFile};

/// What the file may be called that describes an API.
const DESCRIPTIONS: [&str; 2] = ["openapi.yaml", "openapi.json"];

/// The documents of an API. A file that is called almost like one of them would be ignored.
const DOCUMENTS: [&str; 3] = ["openapi.yaml", "tokens.arazzo.yaml", "overlay.yaml"];

/// The folder of one API.
pub(crate) struct Folder {
    /// As it was given.
    pub(crate) path: PathBuf,
    /// The API's name.
    pub(crate) name: String,
    /// How complaints call it: `specs/digitaleo`.
    shown: PathBuf,
}

impl Folder {
    pub(crate) fn open(path: &Path) -> Result<Folder, Diagnostics> {
        let absolute = absolute(path);
        let name = absolute.file_name().unwrap_or(OsStr::new(""));
        let parent = absolute.parent().and_then(Path::file_name);
        let shown = Path::new(parent.unwrap_or(OsStr::new(""))).join(name);
        let Some(name) = name.to_str().filter(|name| is_folder_name(name)) else {
            return Err(Diagnostics::one(
                Place::new(shown, 1, 1),
                "the folder's name cannot be the name of a crate",
                "begin with a letter, go on with letters, digits, `-` or `_`, all in lower case",
            ));
        };
        Ok(Folder {
            path: path.to_owned(),
            name: name.to_owned(),
            shown,
        })
    }

    /// Complains about files that nobody reads and that are meant to be read.
    pub(crate) fn check_names(&self) -> Result<(), Diagnostics> {
        let mut diagnostics = Diagnostics::default();
        for (name, meant) in documents(&self.path) {
            if name != meant {
                diagnostics.add(
                    self.start_of(&name),
                    "nobody reads a file of this name",
                    format!("call it {meant}"),
                );
            }
        }
        diagnostics.or_ok(())
    }

    /// The file that describes the API.
    pub(crate) fn description(&self) -> Result<&'static str, Diagnostics> {
        let found: Vec<&str> = DESCRIPTIONS
            .into_iter()
            .filter(|file| self.has(file))
            .collect();
        match found[..] {
            [first, second, ..] => Err(Diagnostics::one(
                self.start_of(second),
                format!("`{first}` stands beside it"),
                "a folder holds one description of its API: delete one of them",
            )),
            [only] => Ok(only),
            [] => Ok("openapi.yaml"),
        }
    }

    /// Whether there is such a file.
    pub(crate) fn has(&self, file: &str) -> bool {
        self.path.join(file).symlink_metadata().is_ok()
    }

    /// Whether an ordinary file of this path is in the folder, no link leading out of it.
    pub(crate) fn holds(&self, file: &Path) -> bool {
        let (Ok(folder), Ok(file)) = (
            self.path.canonicalize(),
            self.path.join(file).canonicalize(),
        ) else {
            return false;
        };
        file.starts_with(folder) && file.is_file()
    }

    /// Where a file begins, as complaints call it.
    pub(crate) fn start_of(&self, file: &str) -> Place {
        Place::new(self.shown.join(file), 1, 1)
    }

    /// Reads a file.
    pub(crate) fn read(&self, file: &str) -> Result<Arc<SourceFile>, Diagnostics> {
        let shown = self.shown.join(file);
        let start = || self.start_of(file);
        let bytes = read_file(&self.path.join(file)).map_err(|error| {
            Diagnostics::one(
                start(),
                format!("cannot be read: {error}"),
                "each folder of an API holds a readable openapi.yaml or openapi.json",
            )
        })?;
        if bytes.len() as u64 > LARGEST {
            return Err(Diagnostics::one(
                start(),
                format!("longer than {LARGEST} bytes"),
                "leave out examples, or split the API",
            ));
        }
        let text = std::str::from_utf8(&bytes).map_err(|error| {
            let valid = bytes.get(..error.valid_up_to()).unwrap_or_default();
            let line = valid.split(|byte| *byte == b'\n').count();
            let column = String::from_utf8_lossy(valid)
                .rsplit('\n')
                .next()
                .map_or(0, |last| last.chars().count());
            Diagnostics::one(
                Place::new(&shown, line, column + 1),
                "not UTF-8",
                "save the file as UTF-8",
            )
        })?;
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        Ok(SourceFile::new(&shown, text))
    }
}

/// The file, or its beginning if it is too long.
fn read_file(path: &Path) -> std::io::Result<Vec<u8>> {
    let file = std::fs::File::open(path)?;
    if !file.metadata()?.is_file() {
        return Err(std::io::Error::other("no ordinary file"));
    }
    let mut bytes = Vec::new();
    file.take(LARGEST + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// The folders in a folder that describe an API, sorted by name.
pub(crate) fn list(specs: &Path) -> Result<Vec<PathBuf>, Diagnostics> {
    let complaint = |message: String| {
        Diagnostics::one(
            Place::new(specs, 1, 1),
            message,
            "name the folder that holds one folder for each API, each with an openapi.yaml",
        )
    };
    let unreadable = |error: std::io::Error| complaint(format!("cannot be read: {error}"));
    let mut folders = Vec::new();
    for entry in std::fs::read_dir(specs).map_err(unreadable)? {
        let path = entry.map_err(unreadable)?.path();
        if !documents(&path).is_empty() {
            folders.push(path);
        }
    }
    if folders.is_empty() {
        return Err(complaint("no folder in it describes an API".to_owned()));
    }
    folders.sort();
    Ok(folders)
}

/// The files of a folder that are documents of an API, or are called almost like one; and what
/// each has to be called.
fn documents(folder: &Path) -> Vec<(String, &'static str)> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let names = entries.filter_map(|entry| entry.file_name().into_string().ok());
    let mut documents: Vec<_> = names
        .filter_map(|name| document(&name).map(|meant| (name, meant)))
        .collect();
    documents.sort();
    documents
}

/// The document that a file of this name is meant to be.
fn document(name: &str) -> Option<&'static str> {
    let (first, _) = name.split_once('.')?;
    let is_document = [".yaml", ".yml", ".json"]
        .iter()
        .any(|extension| name.ends_with(extension));
    let meant = match first.to_ascii_lowercase().as_str() {
        _ if name == DESCRIPTIONS[1] => DESCRIPTIONS[1],
        "openapi" => DOCUMENTS[0],
        "tokens" | "arazzo" => DOCUMENTS[1],
        "overlay" => DOCUMENTS[2],
        _ => return None,
    };
    is_document.then_some(meant)
}

/// `.` and `..` have no name; what they stand for has.
fn absolute(path: &Path) -> PathBuf {
    let absolute = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let is_plain = !absolute
        .components()
        .any(|component| component == Component::ParentDir);
    if is_plain {
        absolute
    } else {
        absolute.canonicalize().unwrap_or(absolute)
    }
}

fn is_folder_name(name: &str) -> bool {
    name.starts_with(|first: char| first.is_ascii_lowercase())
        && name.chars().all(|character| {
            character.is_ascii_lowercase() || character.is_ascii_digit() || "-_".contains(character)
        })
}
