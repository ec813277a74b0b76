//! What a discriminator's mapping names.
//!
//! Programs that make one file of many move the schemas and leave the mapping as it was.

use std::path::Path;

use serde_json::{Map, Value};

use super::edit::Edit;
use super::{Gathering, Piece, uri};
use crate::grammar::Kind;
use crate::place::{join, tokens};

impl Gathering<'_> {
    /// What has to change so that a discriminator names schemas of the document. One that names
    /// none any more tells nothing apart, and goes.
    pub(super) fn mapping_edits(
        &mut self,
        piece: &Piece,
        discriminator: &str,
        mapping: &Map<String, Value>,
        hops: usize,
    ) -> Vec<Edit> {
        let pointer = join(discriminator, "mapping");
        let (mut edits, mut lost) = (Vec::new(), Vec::new());
        for (key, target) in mapping {
            let Some(target) = target.as_str().filter(|target| uri::is_address(target)) else {
                continue;
            };
            let pointer = join(&pointer, key);
            let found = self.target(piece, Kind::Schema, target);
            match found.or_else(|unfound| self.namesake(target).ok_or(unfound)) {
                Ok(found) => edits.extend(self.edit(piece, pointer, target, found, hops)),
                Err(unfound) => lost.push((pointer, target, unfound)),
            }
        }
        if !lost.is_empty() && lost.len() == mapping.len() {
            let place = self.place(&piece.file, &format!("{}{pointer}", piece.pointer));
            let what = "the discriminator names nothing that is there, and is left out";
            self.rewrites.add("discriminator", place, what);
            return vec![Edit::Remove(discriminator.to_owned())];
        }
        for (pointer, target, unfound) in lost {
            self.complain(piece, &pointer, target, unfound);
        }
        edits
    }

    /// The schema of the document that is called as what a reference names elsewhere.
    fn namesake(&self, reference: &str) -> Option<Piece> {
        let (path, fragment) = reference.split_once('#').unwrap_or((reference, ""));
        let name = match tokens(fragment).last() {
            Some(name) => name,
            None => Path::new(path).file_stem()?.to_str()?.to_owned(),
        };
        let pointer = join("/components/schemas", &name);
        let document = self.files.get(&self.main)?;
        document.value.pointer(&pointer)?;
        Some(Piece {
            kind: Kind::Schema,
            file: self.main.clone(),
            pointer,
        })
    }
}
