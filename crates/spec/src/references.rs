//! References to anything, anywhere in the folder, as references within one document.
//!
//! What stands in another file, or at a place of this one where no object of its kind belongs,
//! is taken into `components`; what cannot be referred to in OpenAPI 3.0, such as a path, is
//! written out. A reference that leads nowhere is left for the checks to complain about.

use std::collections::{HashMap, HashSet};
use std::path::Path;
use std::rc::Rc;

use serde_json::Value;

use crate::diagnostics::{Diagnostics, Fault};
use crate::document::Document;
use crate::folder::Folder;
use crate::grammar::{Holds, Kind, below};
use crate::limits::MOST_NODES;
use crate::place::{Place, PlaceNode, join, tokens};
use crate::rewrite::Rewrites;
use crate::tree;

mod anchors;
mod edit;
mod mappings;
mod names;
mod uri;

use edit::Edit;
use uri::Address;

/// Makes every reference of a document one within it.
pub(crate) fn gather(
    folder: &Folder,
    file: &str,
    mut document: Document,
) -> Result<Document, Diagnostics> {
    let mut rewrites = std::mem::take(&mut document.rewrites);
    let renamed = names::unfit(&document.value);
    let document = Rc::new(document);
    let mut gathering = Gathering {
        folder,
        main: file.to_owned(),
        files: HashMap::from([(file.to_owned(), document.clone())]),
        taken: names::taken(&document.value, &renamed),
        renamed,
        moved: HashMap::new(),
        pieces: Vec::new(),
        nodes: 0,
        rewrites: Rewrites::default(),
        diagnostics: Diagnostics::default(),
    };
    let whole = Piece {
        kind: Kind::Document,
        file: file.to_owned(),
        pointer: String::new(),
    };
    let edits = gathering.edits(&whole, &document.value, 0);
    let mut components = Vec::new();
    while let Some((name, piece)) = gathering.pieces.pop() {
        if let Some(component) = gathering.component(name, &piece) {
            components.push(component);
        }
    }
    let Gathering {
        files,
        renamed,
        rewrites: made,
        diagnostics,
        ..
    } = gathering;
    diagnostics.or_ok(())?;
    drop(files);
    rewrites.append(made);
    let document = Rc::try_unwrap(document).unwrap_or_else(|shared| Document {
        value: shared.value.clone(),
        places: shared.places.clone(),
        rewrites: Rewrites::default(),
    });
    let (mut value, mut places) = (document.value, document.places.into_root());
    edit::apply(edits, &mut value, &mut places);
    names::rename(&renamed, &mut value, &mut places, &mut rewrites);
    components.sort_by(|left, right| left.name.cmp(&right.name));
    for component in components {
        edit::add_component(component, &mut value, &mut places);
    }
    Ok(Document::new(value, places).with_rewrites(rewrites))
}

/// A part of a file that is read as an object of a kind.
#[derive(Clone, PartialEq, Eq, Hash)]
struct Piece {
    kind: Kind,
    file: String,
    pointer: String,
}

/// A piece that was taken into `components`.
struct Component {
    kind: Kind,
    name: String,
    value: Value,
    places: PlaceNode,
}

struct Gathering<'a> {
    folder: &'a Folder,
    main: String,
    files: HashMap<String, Rc<Document>>,
    /// The names of components that are taken, by group.
    taken: HashMap<&'static str, HashSet<String>>,
    /// The components whose names change: pointer to new pointer.
    renamed: HashMap<String, String>,
    /// Where pieces went.
    moved: HashMap<Piece, String>,
    /// What was promised a name, and is yet to be taken in.
    pieces: Vec<(String, Piece)>,
    nodes: usize,
    rewrites: Rewrites,
    diagnostics: Diagnostics,
}

/// Paths that refer to paths that refer to paths.
const MOST_HOPS: usize = 16;

impl Gathering<'_> {
    /// What has to change so that the references in a piece lead where they mean to.
    fn edits(&mut self, piece: &Piece, value: &Value, hops: usize) -> Vec<Edit> {
        let (mut references, mut mappings) = (Vec::new(), Vec::new());
        tree::visit(piece.kind, value, "", &mut |kind, members, pointer| {
            if let Some(Value::String(reference)) = members.get("$ref") {
                references.push((kind, join(pointer, "$ref"), reference.clone()));
            }
            if kind == Kind::Discriminator
                && let Some(Value::Object(mapping)) = members.get("mapping")
            {
                mappings.push((pointer.to_owned(), mapping.clone()));
            }
        });
        let mut edits = Vec::new();
        for (kind, pointer, reference) in references {
            match self.target(piece, kind, &reference) {
                Ok(target) => edits.extend(self.edit(piece, pointer, &reference, target, hops)),
                Err(unfound) => self.complain(piece, &pointer, &reference, unfound),
            }
        }
        for (pointer, mapping) in mappings {
            edits.extend(self.mapping_edits(piece, &pointer, &mapping, hops));
        }
        edits
    }

    fn complain(&mut self, piece: &Piece, pointer: &str, reference: &str, unfound: Unfound) {
        let place = self.place(&piece.file, &format!("{}{pointer}", piece.pointer));
        match unfound {
            Unfound::Elsewhere(fault) => self.diagnostics.add(place, fault.message, fault.help),
            // The checks complain about what leads nowhere in the document itself.
            Unfound::Nowhere if piece.file == self.main => {}
            Unfound::Nowhere => self.diagnostics.add(
                place,
                format!("`{reference}` leads nowhere"),
                "correct the reference, or add what it names",
            ),
        }
    }

    fn edit(
        &mut self,
        piece: &Piece,
        pointer: String,
        reference: &str,
        target: Piece,
        hops: usize,
    ) -> Option<Edit> {
        let is_at_home = target.file == self.main && self.is_at_home(&target);
        if is_at_home && target.kind.component().is_some() {
            let target = self.renamed_pointer(&target.pointer);
            let written = format!("#{target}");
            return (written != reference).then(|| {
                if piece.file == self.main {
                    let place = self.place(&piece.file, &format!("{}{pointer}", piece.pointer));
                    let what = format!("`{reference}` is read as `{written}`");
                    self.rewrites.add("reference-spelling", place, what);
                }
                Edit::Set(pointer, Value::String(written))
            });
        }
        if target.kind.component().is_some() {
            let written = self.name(&target);
            let place = self.place(&piece.file, &format!("{}{pointer}", piece.pointer));
            let what = format!("what `{reference}` names is taken in as `{written}`");
            self.rewrites.add("taken-in", place, what);
            return Some(Edit::Set(pointer, Value::String(written)));
        }
        self.write_out(piece, pointer, reference, &target, hops)
    }

    /// What stands in the place of a reference that cannot be one.
    fn write_out(
        &mut self,
        piece: &Piece,
        pointer: String,
        reference: &str,
        target: &Piece,
        hops: usize,
    ) -> Option<Edit> {
        let place = self.place(&piece.file, &format!("{}{pointer}", piece.pointer));
        if hops >= MOST_HOPS {
            self.diagnostics.add(
                place,
                format!("`{reference}` leads back to itself"),
                "let one of the references in the circle name what is meant",
            );
            return None;
        }
        let (value, places) = self.copy(target, &place)?;
        let what = format!("what `{reference}` names is written out here");
        self.rewrites.add("written-out", place, what);
        let (mut value, mut places) = (value, places);
        let edits = self.edits(target, &value, hops + 1);
        edit::apply(edits, &mut value, &mut places);
        let parent = pointer.rsplit_once('/').map_or("", |(parent, _)| parent);
        Some(Edit::Replace(parent.to_owned(), Box::new((value, places))))
    }

    fn component(&mut self, name: String, piece: &Piece) -> Option<Component> {
        let place = self.place(&piece.file, &piece.pointer);
        let (mut value, mut places) = self.copy(piece, &place)?;
        let edits = self.edits(piece, &value, 0);
        edit::apply(edits, &mut value, &mut places);
        Some(Component {
            kind: piece.kind,
            name,
            value,
            places,
        })
    }

    fn copy(&mut self, piece: &Piece, place: &Place) -> Option<(Value, PlaceNode)> {
        let file = self.files.get(&piece.file)?.clone();
        let node = file.at(&piece.pointer)?;
        self.nodes += edit::size(node.value);
        if self.nodes > MOST_NODES {
            self.diagnostics.add(
                place.clone(),
                format!("more than {MOST_NODES} nodes are taken in from elsewhere"),
                "split the API",
            );
            return None;
        }
        Some((node.value.clone(), node.places()))
    }

    fn name(&mut self, piece: &Piece) -> String {
        if let Some(pointer) = self.moved.get(piece) {
            return pointer.clone();
        }
        let group = piece.kind.component().unwrap_or("schemas");
        let taken = self.taken.entry(group).or_default();
        let name = names::free(&names::wish(&piece.file, &piece.pointer), taken);
        taken.insert(name.clone());
        let pointer = format!("#/components/{group}/{name}");
        self.moved.insert(piece.clone(), pointer.clone());
        self.pieces.push((name, piece.clone()));
        pointer
    }

    fn renamed_pointer(&self, pointer: &str) -> String {
        let component = pointer.match_indices('/').nth(3).map(|(end, _)| end);
        let (component, rest) = pointer.split_at(component.unwrap_or(pointer.len()));
        match self.renamed.get(component) {
            Some(renamed) => format!("{renamed}{rest}"),
            None => pointer.to_owned(),
        }
    }

    fn place(&self, file: &str, pointer: &str) -> Place {
        match self.files.get(file) {
            Some(document) => document.places.value(pointer),
            None => self.folder.start_of(file),
        }
    }

    /// Whether an object of OpenAPI 3.0 stands at a place of the document.
    fn is_at_home(&self, piece: &Piece) -> bool {
        let mut holds = Holds::One(Kind::Document);
        for token in tokens(&piece.pointer) {
            holds = match holds {
                Holds::Data => return false,
                Holds::List(kind) | Holds::Names(kind) => Holds::One(kind),
                Holds::One(kind) => match below(kind, &token) {
                    Some(holds) if kind.is_of_3_0(&token) => holds,
                    _ => return false,
                },
            };
        }
        matches!(holds, Holds::One(_))
    }
}

/// Why nothing is found at an address.
enum Unfound {
    /// There is nothing in the document.
    Nowhere,
    /// It is not a place in this folder.
    Elsewhere(Fault),
}

impl Gathering<'_> {
    fn target(&mut self, from: &Piece, kind: Kind, reference: &str) -> Result<Piece, Unfound> {
        let (file, pointer) = self.find(&from.file, reference, 0)?;
        Ok(Piece {
            kind,
            file,
            pointer,
        })
    }

    /// The file and the pointer that a reference names.
    fn find(
        &mut self,
        base: &str,
        reference: &str,
        hops: usize,
    ) -> Result<(String, String), Unfound> {
        if hops > MOST_HOPS {
            return Err(Unfound::Nowhere);
        }
        let address = Address::of(base, reference).map_err(Unfound::Elsewhere)?;
        let document = self.open(&address.file)?;
        for fragment in address.fragments() {
            let pointer = if fragment.is_empty() || fragment.starts_with('/') {
                self.descend(&address.file, &document, &fragment, hops)
            } else {
                let anchor = anchors::find(&document.value, &fragment);
                anchor.map(|pointer| (address.file.clone(), pointer))
            };
            if let Some(found) = pointer {
                return Ok(found);
            }
        }
        Err(Unfound::Nowhere)
    }

    /// Walks a pointer, through references where it meets one.
    fn descend(
        &mut self,
        file: &str,
        document: &Rc<Document>,
        fragment: &str,
        hops: usize,
    ) -> Option<(String, String)> {
        let mut value = &document.value;
        let mut pointer = String::new();
        let tokens: Vec<String> = tokens(fragment).collect();
        for (index, token) in tokens.iter().enumerate() {
            let next = match value {
                Value::Object(members) => members.get(token),
                Value::Array(items) => token.parse().ok().and_then(|at: usize| items.get(at)),
                _ => None,
            };
            if let Some(next) = next {
                value = next;
                pointer = join(&pointer, token);
                continue;
            }
            let reference = value.get("$ref")?.as_str()?;
            let (file, start) = self.find(file, reference, hops + 1).ok()?;
            let rest = tokens.get(index..)?.iter();
            let fragment = rest.fold(start, |pointer, token| join(&pointer, token));
            let document = self.open(&file).ok()?;
            return self.descend(&file, &document, &fragment, hops + 1);
        }
        Some((file.to_owned(), pointer))
    }

    fn open(&mut self, file: &str) -> Result<Rc<Document>, Unfound> {
        if let Some(document) = self.files.get(file) {
            return Ok(document.clone());
        }
        if !self.folder.holds(Path::new(file)) {
            return Err(Unfound::Elsewhere(Fault::new(
                format!("there is no file `{file}` in the folder of the API"),
                "put the file there, or correct the reference",
            )));
        }
        let read = self.folder.read(file).and_then(|file| crate::parse(&file));
        match read {
            Ok(document) => {
                let document = Rc::new(document);
                self.files.insert(file.to_owned(), document.clone());
                Ok(document)
            }
            Err(complaints) => {
                self.diagnostics.extend(complaints);
                Err(Unfound::Elsewhere(Fault::new(
                    format!("`{file}` cannot be read"),
                    "correct that file",
                )))
            }
        }
    }
}
