//! JSON into values, with the place of every node.

use std::collections::HashMap;
use std::sync::Arc;

use serde_json::{Map, Value};

use crate::diagnostics::{Diagnostics, Fault};
use crate::document::Document;
use crate::limits::{DEEPEST, MOST_NODES};
use crate::place::{Children, PlaceNode, Position, SourceFile};
use crate::rewrite::Rewrites;

/// Reads one document.
pub(crate) fn read(file: &Arc<SourceFile>) -> Result<Document, Diagnostics> {
    let mut reader = Reader {
        file,
        text: &file.text,
        at: 0,
        line: 1,
        column: 1,
        depth: 0,
        nodes: 0,
        rewrites: Rewrites::default(),
    };
    match reader.document() {
        Ok((value, places)) => Ok(Document::new(value, places).with_rewrites(reader.rewrites)),
        Err(fault) => Err(fault.at(reader.position().place())),
    }
}

/// Whether a text is meant as JSON: it may be a flow mapping of YAML all the same.
pub(crate) fn looks_like(text: &str) -> bool {
    text.trim_start().starts_with('{')
}

/// Reads on from `at`, whose line and column are known: a whole document may be one line, which
/// must not be counted through for each of its nodes.
struct Reader<'a> {
    file: &'a Arc<SourceFile>,
    text: &'a str,
    at: usize,
    line: u32,
    column: u32,
    depth: usize,
    nodes: usize,
    rewrites: Rewrites,
}

impl Reader<'_> {
    fn document(&mut self) -> Result<(Value, PlaceNode), Fault> {
        self.skip_space();
        if self.peek().is_none() {
            return fault(
                "the file is empty",
                "write the document, or delete the file",
            );
        }
        let document = self.value()?;
        self.skip_space();
        match self.peek() {
            None => Ok(document),
            Some(_) => fault(
                "the document has ended, and something follows",
                "a file holds one document: delete what follows",
            ),
        }
    }

    fn value(&mut self) -> Result<(Value, PlaceNode), Fault> {
        self.nodes += 1;
        if self.nodes > MOST_NODES {
            return fault(format!("more than {MOST_NODES} nodes"), "split the API");
        }
        let position = self.position();
        let (value, children) = match self.peek() {
            Some(b'{') => self.nested(Self::object)?,
            Some(b'[') => self.nested(Self::array)?,
            Some(b'"') => (Value::String(self.string()?), Children::None),
            _ => (self.word()?, Children::None),
        };
        let places = PlaceNode {
            start: position.clone(),
            value: position,
            children,
        };
        Ok((value, places))
    }

    fn nested(
        &mut self,
        read: impl FnOnce(&mut Self) -> Result<(Value, Children), Fault>,
    ) -> Result<(Value, Children), Fault> {
        if self.depth >= DEEPEST {
            return fault(
                format!("nested more than {DEEPEST} deep"),
                "move inner schemas to `components` and refer to them with `$ref`",
            );
        }
        self.depth += 1;
        self.advance(1);
        let read = read(self)?;
        self.depth -= 1;
        Ok(read)
    }

    fn object(&mut self) -> Result<(Value, Children), Fault> {
        let mut members = Map::new();
        let mut places = HashMap::new();
        if self.ends(b'}') {
            return Ok((Value::Object(members), Children::Members(places)));
        }
        loop {
            self.skip_space();
            let position = self.position();
            if self.peek() != Some(b'"') {
                return self.expected("a key in double quotes");
            }
            let key = self.string()?;
            self.skip_space();
            if self.peek() != Some(b':') {
                return self.expected("a `:` after the key");
            }
            self.advance(1);
            self.skip_space();
            let (value, mut place) = self.value()?;
            place.start = position;
            if let Some(first) = places.get(&key) {
                self.repeated(&key, &value, &members, first, &place)?;
            }
            members.insert(key.clone(), value);
            places.insert(key, place);
            if !self.goes_on(b'}')? {
                return Ok((Value::Object(members), Children::Members(places)));
            }
        }
    }

    /// Readers take the first or the last of two; where both are the same, it does not matter.
    fn repeated(
        &mut self,
        key: &str,
        value: &Value,
        members: &Map<String, Value>,
        first: &PlaceNode,
        again: &PlaceNode,
    ) -> Result<(), Fault> {
        if members.get(key) != Some(value) {
            return Err(Fault::repeated_key(key, first.start.line));
        }
        self.rewrites.add(
            "repeated-key",
            again.start.place(),
            format!("`{key}` is written twice and says the same"),
        );
        Ok(())
    }

    fn array(&mut self) -> Result<(Value, Children), Fault> {
        let (mut items, mut places) = (Vec::new(), Vec::new());
        if self.ends(b']') {
            return Ok((Value::Array(items), Children::Items(places)));
        }
        loop {
            self.skip_space();
            let (value, place) = self.value()?;
            items.push(value);
            places.push(place);
            if !self.goes_on(b']')? {
                return Ok((Value::Array(items), Children::Items(places)));
            }
        }
    }

    /// Whether a collection ends before it has begun.
    fn ends(&mut self, end: u8) -> bool {
        self.skip_space();
        let ends = self.peek() == Some(end);
        if ends {
            self.advance(1);
        }
        ends
    }

    /// Whether a comma follows, or the end.
    fn goes_on(&mut self, end: u8) -> Result<bool, Fault> {
        self.skip_space();
        match self.peek() {
            Some(b',') => {
                self.advance(1);
                Ok(true)
            }
            Some(found) if found == end => {
                self.advance(1);
                Ok(false)
            }
            _ => self.expected(&format!("a `,` or a `{}`", char::from(end))),
        }
    }

    fn string(&mut self) -> Result<String, Fault> {
        let rest = self.rest().as_bytes();
        let mut end = 1;
        loop {
            match rest.get(end) {
                Some(b'"') => break,
                Some(b'\\') => end += 2,
                Some(byte) if *byte >= b' ' => end += 1,
                Some(_) => {
                    self.advance(end);
                    return fault(
                        "a line end or a control character in a text",
                        "write it as an escape, such as \\n",
                    );
                }
                None => return fault("a text without an end", "close it with a double quote"),
            }
        }
        let written = self.rest().get(..=end).unwrap_or_default();
        match serde_json::from_str(written) {
            Ok(text) => {
                self.advance(end + 1);
                Ok(text)
            }
            Err(_) => fault(
                "an escape in this text means nothing",
                "write a backslash as \\\\, and other characters as \\uXXXX",
            ),
        }
    }

    /// A number, true, false or null.
    fn word(&mut self) -> Result<Value, Fault> {
        let rest = self.rest();
        let is_end = |byte: &u8| matches!(byte, b',' | b']' | b'}' | b':') || byte <= &b' ';
        let end = rest.bytes().position(|byte| is_end(&byte));
        let written = rest.get(..end.unwrap_or(rest.len())).unwrap_or(rest);
        match serde_json::from_str(written) {
            Ok(value) => {
                self.advance(written.len());
                Ok(value)
            }
            Err(_) => self.expected("a value"),
        }
    }

    fn expected<T>(&self, what: &str) -> Result<T, Fault> {
        let found = match self.rest().chars().next() {
            None => "the file ends".to_owned(),
            Some(found) => format!("`{found}` stands"),
        };
        fault(
            format!("not JSON: {found} where {what} belongs"),
            "check commas, quotes and brackets here and just before",
        )
    }

    fn skip_space(&mut self) {
        let space = self.rest().bytes();
        let space = space.take_while(|byte| matches!(byte, b' ' | b'\t' | b'\n' | b'\r'));
        self.advance(space.count());
    }

    fn rest(&self) -> &str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn advance(&mut self, bytes: usize) {
        let end = (self.at + bytes).min(self.text.len());
        for byte in self.text.as_bytes().get(self.at..end).unwrap_or_default() {
            if *byte == b'\n' {
                self.line += 1;
                self.column = 1;
            } else if byte & 0xc0 != 0x80 {
                // Not the inside of a character.
                self.column += 1;
            }
        }
        self.at = end;
    }

    fn position(&self) -> Position {
        Position {
            file: self.file.clone(),
            line: self.line,
            column: self.column,
        }
    }
}

fn fault<T>(message: impl Into<String>, help: impl Into<String>) -> Result<T, Fault> {
    Err(Fault::new(message, help))
}
