//! YAML 1.2 into JSON values, with the place of every node.

use std::collections::HashMap;
use std::sync::Arc;

use saphyr_parser::{Event, Marker, Parser, ScalarStyle, Tag};
use serde_json::{Map, Value};

use crate::diagnostics::{Diagnostics, Fault};
use crate::document::Document;
use crate::place::{Children, Place, PlaceNode, Position, SourceFile};

mod scalar;

/// Deeper documents are refused, since whoever walks them walks recursively.
pub(crate) const DEEPEST: usize = 64;
/// More nodes than this, aliases counted as what they stand for, are refused.
pub(crate) const MOST_NODES: usize = 1_000_000;

/// Reads one document.
pub(crate) fn read(file: &Arc<SourceFile>) -> Result<Document, Diagnostics> {
    refuse_control_characters(file)?;
    let mut builder = Builder {
        open: Vec::new(),
        anchors: HashMap::new(),
        root: None,
        nodes: 0,
    };
    for event in Parser::new_from_str(&file.text) {
        let (event, span) = event.map_err(|error| {
            let place = position(file, error.marker()).place();
            Diagnostics::one(place, format!("not YAML: {}", error.info()), YAML_HELP)
        })?;
        let position = position(file, &span.start);
        builder
            .take(event, &position)
            .map_err(|fault| fault.at(position.place()))?;
    }
    match builder.root {
        Some(built) => Ok(Document::new(built.value, built.places)),
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
        key: Option<(String, Position)>,
    },
}

struct Builder {
    open: Vec<Open>,
    anchors: HashMap<usize, Built>,
    root: Option<Built>,
    nodes: usize,
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
        let value = scalar::value(text, style == ScalarStyle::Plain, tag)?;
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
            OpenKind::Mapping { values, places, .. } => {
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
        if text == "<<" && style == ScalarStyle::Plain {
            return fault(
                "`<<` merges nothing in YAML 1.2",
                "write the members out, or use `$ref` or `allOf`",
            );
        }
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
        if let Some(first) = places.get(text) {
            return fault(
                format!("the key `{text}` is written twice"),
                format!(
                    "line {} has it already: delete or rename one of them",
                    first.start.line
                ),
            );
        }
        *key = Some((text.to_owned(), position.clone()));
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
            } => {
                if let Some((key, position)) = key.take() {
                    built.places.start = position;
                    values.insert(key.clone(), built.value);
                    places.insert(key, built.places);
                }
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
