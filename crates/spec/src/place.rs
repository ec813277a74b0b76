//! Where something stands in a file, and the map from the nodes of a document to their places.

use std::collections::HashMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A place in a file.
#[derive(Clone)]
pub struct Place {
    /// The file, relative to the parent of the folder of specs: `specs/digitaleo/openapi.yaml`.
    pub file: PathBuf,
    /// The line, from 1.
    pub line: usize,
    /// The column in characters, from 1.
    pub column: usize,
    source: Option<Arc<str>>,
}

impl Place {
    /// A place in a file whose text is not at hand: a complaint about it shows no excerpt.
    pub fn new(file: impl Into<PathBuf>, line: usize, column: usize) -> Place {
        Place {
            file: file.into(),
            line,
            column,
            source: None,
        }
    }

    /// The word that stands there, up to white space, a comma or a bracket.
    pub(crate) fn token(&self) -> Option<String> {
        let line = self.source()?.lines().nth(self.line.checked_sub(1)?)?;
        let rest = line.char_indices().nth(self.column.checked_sub(1)?)?.0;
        let rest = line.get(rest..)?;
        let end = rest.find([' ', ',', '}', ']', '\t', '\r']);
        Some(rest.get(..end.unwrap_or(rest.len()))?.to_owned())
    }

    /// The text of the file, where it is known.
    pub(crate) fn source(&self) -> Option<&Arc<str>> {
        self.source.as_ref()
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}", self.file.display(), self.line, self.column)
    }
}

impl fmt::Debug for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl PartialEq for Place {
    fn eq(&self, other: &Place) -> bool {
        (&self.file, self.line, self.column) == (&other.file, other.line, other.column)
    }
}

impl Eq for Place {}

/// The places of the nodes of one document. An overlay's nodes have theirs in its own file.
#[derive(Clone)]
pub struct Places {
    root: Arc<PlaceNode>,
}

impl Places {
    pub(crate) fn new(root: PlaceNode) -> Places {
        Places {
            root: Arc::new(root),
        }
    }

    /// Forgets the place of an item that is removed from its list.
    pub(crate) fn remove_item(&mut self, list: &str, index: usize) {
        let mut node = Arc::make_mut(&mut self.root);
        for token in tokens(list) {
            let below = match &mut node.children {
                Children::None => None,
                Children::Items(items) => token
                    .parse::<usize>()
                    .ok()
                    .and_then(|index| items.get_mut(index)),
                Children::Members(members) => members.get_mut(&token),
            };
            match below {
                Some(below) => node = below,
                None => return,
            }
        }
        if let Children::Items(items) = &mut node.children
            && index < items.len()
        {
            items.remove(index);
        }
    }

    /// The tree of places, for changes.
    pub(crate) fn into_root(self) -> PlaceNode {
        Arc::unwrap_or_clone(self.root)
    }

    /// Where the node at this JSON pointer begins: at its key if it is a member of an object,
    /// otherwise at its value. Falls back to the nearest ancestor that exists.
    pub fn get(&self, pointer: &str) -> Place {
        self.nearest(pointer).start.place()
    }

    /// Where the value of the node at this JSON pointer begins. Falls back to the nearest
    /// ancestor that exists.
    pub fn value(&self, pointer: &str) -> Place {
        self.nearest(pointer).value.place()
    }

    /// The places of the node at this JSON pointer, or of its nearest ancestor.
    pub(crate) fn nearest(&self, pointer: &str) -> &PlaceNode {
        let mut node = &*self.root;
        for token in tokens(pointer) {
            match node.child(&token) {
                Some(child) => node = child,
                None => break,
            }
        }
        node
    }
}

impl fmt::Debug for Places {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Places({})", self.root.value.place())
    }
}

/// A file that was read.
#[derive(Debug)]
pub(crate) struct SourceFile {
    pub(crate) path: PathBuf,
    pub(crate) text: Arc<str>,
}

impl SourceFile {
    pub(crate) fn new(path: &Path, text: &str) -> Arc<SourceFile> {
        Arc::new(SourceFile {
            path: path.to_owned(),
            text: Arc::from(text),
        })
    }
}

/// A line and a column of a file.
#[derive(Clone)]
pub(crate) struct Position {
    pub(crate) file: Arc<SourceFile>,
    pub(crate) line: u32,
    pub(crate) column: u32,
}

impl Position {
    pub(crate) fn place(&self) -> Place {
        Place {
            file: self.file.path.clone(),
            line: self.line as usize,
            column: self.column as usize,
            source: Some(self.file.text.clone()),
        }
    }
}

/// The places of one node and of all below it.
#[derive(Clone)]
pub(crate) struct PlaceNode {
    /// The key of a member; otherwise as `value`.
    pub(crate) start: Position,
    pub(crate) value: Position,
    pub(crate) children: Children,
}

/// The nodes below a node.
#[derive(Clone)]
pub(crate) enum Children {
    None,
    Items(Vec<PlaceNode>),
    Members(HashMap<String, PlaceNode>),
}

impl PlaceNode {
    fn child(&self, token: &str) -> Option<&PlaceNode> {
        match &self.children {
            Children::None => None,
            Children::Items(items) => items.get(token.parse::<usize>().ok()?),
            Children::Members(members) => members.get(token),
        }
    }
}

/// The reference tokens of a JSON pointer (RFC 6901), unescaped. A leading `#` is allowed.
pub(crate) fn tokens(pointer: &str) -> impl Iterator<Item = String> + '_ {
    let pointer = pointer.strip_prefix('#').unwrap_or(pointer);
    pointer
        .split('/')
        .skip(1)
        .map(|token| token.replace("~1", "/").replace("~0", "~"))
}

/// A pointer to a member or an item of the node at `parent`.
pub(crate) fn join(parent: &str, token: &str) -> String {
    let mut pointer = String::with_capacity(parent.len() + token.len() + 4);
    pointer.push_str(parent);
    pointer.push('/');
    if token.contains(['~', '/']) {
        pointer.push_str(&token.replace('~', "~0").replace('/', "~1"));
    } else {
        pointer.push_str(token);
    }
    pointer
}

/// The names between the braces of a template.
pub(crate) fn braces(template: &str) -> Vec<&str> {
    template
        .split('{')
        .skip(1)
        .filter_map(|after| after.split_once('}'))
        .map(|(name, _)| name)
        .collect()
}

/// Whether a text is a JSON pointer.
pub(crate) fn is_pointer(text: &str) -> bool {
    let escapes = text
        .split('~')
        .skip(1)
        .all(|after| after.starts_with(['0', '1']));
    (text.is_empty() || text.starts_with('/')) && escapes
}
