//! YAML 1.2 into JSON values, with the place of every node.

use std::collections::HashMap;
use std::sync::Arc;

use saphyr_parser::{Event, Marker, Parser, ScalarStyle, Tag};
use serde_json::{Map, Value};

use crate::diagnostics::{Diagnostics, Fault};
use crate::document::Document;
use crate::limits::{DEEPEST, MOST_NODES};
use crate::place::{Children, Place, PlaceNode, Position, SourceFile};
use crate::rewrite::Rewrites;

mod merge;
mod scalar;

/// Reads one document.
pub(crate) fn read(file: &Arc<SourceFile>) -> Result<Document, Diagnostics> {
    refuse_control_characters(file)?;
    let mut builder = Builder {
        open: Vec::new(),
        anchors: HashMap::new(),
        root: None,
        nodes: 0,
        rewrites: Rewrites::default(),
        blamed: None,
    };
    for event in Parser::new_from_str(&file.text) {
        let (event, span) = event.map_err(|error| {
            let place = position(file, error.marker()).place();
            Diagnostics::one(place, format!("not YAML: {}", error.info()), YAML_HELP)
        })?;
        let position = position(file, &span.start);
        builder.take(event, &position).map_err(|fault| {
            let blamed = builder.blamed.as_ref().unwrap_or(&position);
            fault.at(blamed.place())
        })?;
    }
    match builder.root {
        Some(built) => Ok(Document::new(built.value, built.places).with_rewrites(builder.rewrites)),
        None => Err(Diagnostics::one(
            Place::new(&file.path, 1, 1),
            "the file is empty",
            "write the document, or delete the file",
        )),
    }
}

const YAML_HELP: &str = "check indentation (spaces, no tabs), quotes and brackets on this line \
                         and the one before it";

fn fault<T>(message: impl Into<String>, help: impl Into<String>) -> Result<T, Fault> {
    Err(Fault::new(message, help))
}

/// A node that is complete.
#[derive(Clone)]
struct Built {
    value: Value,
    places: PlaceNode,
    nodes: usize,
    depth: usize,
}

/// A key whose value is yet to come.
struct Key {
    name: String,
    position: Position,
    is_merge: bool,
    /// The line of the same key, if it has been there before.
    first: Option<u32>,
}

/// A collection whose end is yet to come.
struct Open {
    anchor: usize,
    position: Position,
    nodes: usize,
    depth: usize,
    kind: OpenKind,
}

enum OpenKind {
    Sequence {
        values: Vec<Value>,
        places: Vec<PlaceNode>,
    },
    Mapping {
        values: Map<String, Value>,
        places: HashMap<String, PlaceNode>,
        key: Option<Key>,
        /// What stands under `<<`.
        merged: Vec<Built>,
    },
}

struct Builder {
    open: Vec<Open>,
    anchors: HashMap<usize, Built>,
    root: Option<Built>,
    nodes: usize,
    rewrites: Rewrites,
    /// Where a fault is, if not where the event is that showed it.
    blamed: Option<Position>,
}

impl Builder {
    fn take(&mut self, event: Event<'_>, position: &Position) -> Result<(), Fault> {
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                self.scalar(&text, style, anchor, tag.as_deref(), position)
            }
            Event::SequenceStart(anchor, tag) => {
                collection_tag(tag.as_deref(), "seq")?;
                let kind = OpenKind::Sequence {
                    values: Vec::new(),
                    places: Vec::new(),
                };
                self.begin(anchor, position, kind)
            }
            Event::MappingStart(anchor, tag) => {
                collection_tag(tag.as_deref(), "map")?;
                let kind = OpenKind::Mapping {
                    values: Map::new(),
                    places: HashMap::new(),
                    key: None,
                    merged: Vec::new(),
                };
                self.begin(anchor, position, kind)
            }
            Event::SequenceEnd | Event::MappingEnd => self.end(),
            Event::Alias(anchor) => self.alias(anchor, position),
            Event::DocumentStart(_) if self.root.is_some() => fault(
                "a second document begins here",
                "a file holds one document: delete the `---` and what follows",
            ),
            _ => Ok(()),
        }
    }

    fn scalar(
        &mut self,
        text: &str,
        style: ScalarStyle,
        anchor: usize,
        tag: Option<&Tag>,
        position: &Position,
    ) -> Result<(), Fault> {
        if self.wants_key() {
            return self.key(text, style, anchor, position);
        }
        let (value, note) = scalar::value(text, style == ScalarStyle::Plain, tag)?;
        if let Some(note) = note {
            self.rewrites.add("odd-number", position.place(), note);
        }
        let built = leaf(value, position);
        if anchor > 0 {
            self.anchors.insert(anchor, built.clone());
        }
        self.add(built)
    }

    fn begin(&mut self, anchor: usize, position: &Position, kind: OpenKind) -> Result<(), Fault> {
        if self.wants_key() {
            return fault(
                "a key is a mapping or a sequence",
                "write keys as plain text",
            );
        }
        if self.open.len() >= DEEPEST {
            return fault(
                format!("nested more than {DEEPEST} deep"),
                "move inner schemas to `components` and refer to them with `$ref`",
            );
        }
        self.open.push(Open {
            anchor,
            position: position.clone(),
            nodes: 1,
            depth: 1,
            kind,
        });
        Ok(())
    }

    fn end(&mut self) -> Result<(), Fault> {
        let Some(open) = self.open.pop() else {
            return Ok(());
        };
        let (value, children) = match open.kind {
            OpenKind::Sequence { values, places } => {
                (Value::Array(values), Children::Items(places))
            }
            OpenKind::Mapping {
                mut values,
                mut places,
                merged,
                ..
            } => {
                for merged in merged {
                    self.blamed = Some(merged.places.value.clone());
                    merge::add(merged, &mut values, &mut places)?;
                }
                self.blamed = None;
                (Value::Object(values), Children::Members(places))
            }
        };
        let built = Built {
            value,
            places: PlaceNode {
                start: open.position.clone(),
                value: open.position,
                children,
            },
            nodes: open.nodes,
            depth: open.depth,
        };
        if open.anchor > 0 {
            self.anchors.insert(open.anchor, built.clone());
        }
        self.add(built)
    }

    fn alias(&mut self, anchor: usize, position: &Position) -> Result<(), Fault> {
        let Some(target) = self.anchors.get(&anchor) else {
            return fault(
                "an alias stands inside the very node it names",
                "use `$ref` for a schema that contains itself",
            );
        };
        if self.open.len() + target.depth > DEEPEST {
            return fault(
                format!("nested more than {DEEPEST} deep"),
                "replace the alias by a `$ref`",
            );
        }
        self.nodes += target.nodes;
        if self.nodes > MOST_NODES {
            return too_large();
        }
        let mut built = target.clone();
        if self.wants_key() {
            return match built.value {
                Value::String(text) => self.key(&text, ScalarStyle::DoubleQuoted, 0, position),
                _ => fault("a key is not text", "write keys as plain text"),
            };
        }
        built.places.start = position.clone();
        self.add(built)
    }

    fn wants_key(&self) -> bool {
        matches!(
            self.open.last(),
            Some(Open {
                kind: OpenKind::Mapping { key: None, .. },
                ..
            })
        )
    }

    fn key(
        &mut self,
        text: &str,
        style: ScalarStyle,
        anchor: usize,
        position: &Position,
    ) -> Result<(), Fault> {
        if anchor > 0 {
            let value = Value::String(text.to_owned());
            self.anchors.insert(anchor, leaf(value, position));
        }
        let Some(Open {
            kind: OpenKind::Mapping { places, key, .. },
            ..
        }) = self.open.last_mut()
        else {
            return Ok(());
        };
        let is_merge = text == "<<" && style == ScalarStyle::Plain;
        if is_merge {
            let what = "the members of another mapping are taken in, as in YAML 1.1";
            self.rewrites.add("merge-key", position.place(), what);
        }
        *key = Some(Key {
            name: text.to_owned(),
            position: position.clone(),
            is_merge,
            first: places.get(text).map(|first| first.start.line),
        });
        Ok(())
    }

    /// Adds a complete node to the collection it stands in.
    fn add(&mut self, mut built: Built) -> Result<(), Fault> {
        self.nodes += 1;
        if self.nodes > MOST_NODES {
            return too_large();
        }
        let Some(open) = self.open.last_mut() else {
            self.root = Some(built);
            return Ok(());
        };
        open.nodes += built.nodes;
        open.depth = open.depth.max(built.depth + 1);
        match &mut open.kind {
            OpenKind::Sequence { values, places } => {
                values.push(built.value);
                places.push(built.places);
            }
            OpenKind::Mapping {
                values,
                places,
                key,
                merged,
            } => {
                let Some(key) = key.take() else {
                    return Ok(());
                };
                if key.is_merge {
                    merged.push(built);
                    return Ok(());
                }
                if let Some(line) = key.first {
                    // Readers take the first or the last of two; where both are the same, it
                    // does not matter.
                    if values.get(&key.name) != Some(&built.value) {
                        self.blamed = Some(key.position);
                        return Err(Fault::repeated_key(&key.name, line));
                    }
                    let what = format!("`{}` is written twice and says the same", key.name);
                    let place = key.position.place();
                    self.rewrites.add("repeated-key", place, what);
                }
                built.places.start = key.position;
                values.insert(key.name.clone(), built.value);
                places.insert(key.name, built.places);
            }
        }
        Ok(())
    }
}

fn too_large<T>() -> Result<T, Fault> {
    fault(
        format!("more than {MOST_NODES} nodes, aliases counted as what they stand for"),
        "use `$ref` in place of aliases, or split the API",
    )
}

fn leaf(value: Value, position: &Position) -> Built {
    Built {
        value,
        places: PlaceNode {
            start: position.clone(),
            value: position.clone(),
            children: Children::None,
        },
        nodes: 1,
        depth: 1,
    }
}

fn collection_tag(tag: Option<&Tag>, expected: &str) -> Result<(), Fault> {
    match tag {
        None => Ok(()),
        Some(tag) if tag.is_yaml_core_schema() && tag.suffix == expected => Ok(()),
        Some(tag) => fault(
            format!("the tag `{tag}` means nothing here"),
            "delete the tag",
        ),
    }
}

fn position(file: &Arc<SourceFile>, marker: &Marker) -> Position {
    Position {
        file: file.clone(),
        line: u32::try_from(marker.line()).unwrap_or(u32::MAX),
        column: u32::try_from(marker.col() + 1).unwrap_or(u32::MAX),
    }
}

/// YAML allows no control characters besides tab and line ends; a terminal that shows an excerpt
/// would obey them.
fn refuse_control_characters(file: &Arc<SourceFile>) -> Result<(), Diagnostics> {
    let allowed = |character: char| {
        !character.is_control() || matches!(character, '\t' | '\n' | '\r' | '\u{85}')
    };
    for (index, line) in file.text.split('\n').enumerate() {
        if let Some(column) = line.chars().position(|character| !allowed(character)) {
            let place = Position {
                file: file.clone(),
                line: u32::try_from(index + 1).unwrap_or(u32::MAX),
                column: u32::try_from(column + 1).unwrap_or(u32::MAX),
            };
            return Err(Diagnostics::one(
                place.place(),
                "a control character",
                "delete it, or write it as an escape in double quotes (\"\\x1b\")",
            ));
        }
    }
    Ok(())
}
