//! The memory that lets generation skip what has not changed.
//!
//! It is kept beside the build, never checked in: it says that with these inputs and this
//! generator these outputs were right. Losing it costs one full generation.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use crate::manifest::relative;
use crate::render::{Layout, Linkage};

/// What is remembered of one pair of specs and clients.
#[derive(Debug)]
pub struct Unchanged {
    record: PathBuf,
}

impl Unchanged {
    /// The memory that is kept in a folder, for example `target/keyfob`.
    pub fn in_folder(folder: &Path, layout: &Layout) -> Unchanged {
        let name = format!("{}\n{}", absolute(&layout.specs), absolute(&layout.out));
        Unchanged {
            record: folder.join(hexadecimal(&Sha256::digest(name))),
        }
    }

    /// Whether inputs, generator and outputs are what they were when last remembered.
    pub fn holds(&self, layout: &Layout) -> bool {
        match (fs::read_to_string(&self.record), fingerprint(layout)) {
            (Ok(remembered), Ok(now)) => remembered == now,
            _ => false,
        }
    }

    /// Remembers that the outputs are right for the inputs. A memory that cannot be kept is
    /// no fault: the next generation is just not skipped.
    pub fn remember(&self, layout: &Layout) {
        if let (Some(folder), Ok(now)) = (self.record.parent(), fingerprint(layout)) {
            let _ = fs::create_dir_all(folder).and_then(|()| fs::write(&self.record, now));
        }
    }
}

/// A digest of everything that decides the outputs, and of the outputs.
fn fingerprint(layout: &Layout) -> io::Result<String> {
    let mut digest = Sha256::new();
    let generator = fs::metadata(std::env::current_exe()?)?;
    digest.update(format!("{:?} {}\n", generator.modified()?, generator.len()));
    digest.update([u8::from(layout.skip_unsupported)]);
    if let Linkage::Paths(crates) = &layout.linkage {
        digest.update(relative(&layout.out, crates));
    }
    for folder in [&layout.specs, &layout.out] {
        digest_folder(&mut digest, folder)?;
    }
    Ok(hexadecimal(&digest.finalize()))
}

fn digest_folder(digest: &mut Sha256, folder: &Path) -> io::Result<()> {
    let mut entries = fs::read_dir(folder)?.collect::<io::Result<Vec<_>>>()?;
    entries.sort_by_key(fs::DirEntry::file_name);
    for entry in entries {
        let path = entry.path();
        if entry.file_type()?.is_dir() {
            if entry.file_name() != "target" {
                digest_folder(digest, &path)?;
            }
        } else {
            let content = fs::read(&path)?;
            digest.update(format!("{}\n{}\n", path.display(), content.len()));
            digest.update(content);
        }
    }
    Ok(())
}

fn absolute(path: &Path) -> String {
    std::path::absolute(path)
        .unwrap_or_else(|_| path.to_path_buf())
        .display()
        .to_string()
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
