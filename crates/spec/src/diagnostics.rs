//! Complaints about documents: each says where, what is wrong and what to do.

use std::fmt;
use std::sync::Arc;

use miette::{LabeledSpan, NamedSource, SourceCode};

use crate::place::Place;

/// Everything that is wrong with the documents that were read. Never empty when returned.
#[derive(Debug, Clone, Default)]
pub struct Diagnostics {
    complaints: Vec<Complaint>,
    omitted: usize,
}

/// Nobody reads more, and a document may have a fault in every line.
const MOST: usize = 100;
/// Of several documents or stages together.
const MOST_IN_ALL: usize = 1_000;

impl Diagnostics {
    /// A single complaint.
    pub fn one(place: Place, message: impl Into<String>, help: impl Into<String>) -> Diagnostics {
        let mut diagnostics = Diagnostics::default();
        diagnostics.add(place, message, help);
        diagnostics
    }

    /// Adds a complaint. Control characters in it are escaped, since a document may hold any.
    pub fn add(&mut self, place: Place, message: impl Into<String>, help: impl Into<String>) {
        if self.complaints.len() >= MOST {
            self.omitted += 1;
            return;
        }
        let complaint = Complaint::new(place, &message.into(), &help.into());
        if !self.complaints.contains(&complaint) {
            self.complaints.push(complaint);
        }
    }

    /// Adds the complaints of another stage or document.
    pub fn extend(&mut self, other: Diagnostics) {
        let room = MOST_IN_ALL.saturating_sub(self.complaints.len());
        self.omitted += other.omitted + other.complaints.len().saturating_sub(room);
        self.complaints
            .extend(other.complaints.into_iter().take(room));
    }

    /// The complaints, in the order in which they were found; the first hundred of a document.
    pub fn complaints(&self) -> &[Complaint] {
        &self.complaints
    }

    /// Whether there is nothing to complain about.
    pub fn is_empty(&self) -> bool {
        self.complaints.is_empty()
    }

    /// The value if there is nothing to complain about.
    ///
    /// # Errors
    ///
    /// The complaints, if there are any.
    pub fn or_ok<T>(self, value: T) -> Result<T, Diagnostics> {
        if self.is_empty() {
            Ok(value)
        } else {
            Err(self)
        }
    }

    /// The complaints with the lines that they are about, as plain text for a terminal.
    pub fn render(&self) -> String {
        self.rendered("")
    }

    /// The same, each marked as one for which nothing is refused.
    pub fn render_as_warnings(&self) -> String {
        self.rendered("warning: ")
    }

    fn rendered(&self, mark: &str) -> String {
        let mut text = String::new();
        for complaint in &self.complaints {
            text.push_str(mark);
            text.push_str(&complaint.render());
            text.push('\n');
        }
        if self.omitted > 0 {
            text.push_str(&format!("... and {} more\n", self.omitted));
        }
        text
    }
}

impl fmt::Display for Diagnostics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, complaint) in self.complaints.iter().enumerate() {
            if index > 0 {
                f.write_str("\n")?;
            }
            write!(
                f,
                "{}: {}\n  help: {}",
                complaint.place, complaint.message, complaint.help
            )?;
        }
        if self.omitted > 0 {
            write!(f, "\n... and {} more", self.omitted)?;
        }
        Ok(())
    }
}

impl std::error::Error for Diagnostics {}

impl miette::Diagnostic for Diagnostics {
    fn related<'a>(&'a self) -> Option<Box<dyn Iterator<Item = &'a dyn miette::Diagnostic> + 'a>> {
        Some(Box::new(
            self.complaints
                .iter()
                .map(|complaint| complaint as &dyn miette::Diagnostic),
        ))
    }
}

/// One thing that is wrong with a document.
#[derive(Debug, Clone)]
pub struct Complaint {
    place: Place,
    message: String,
    help: String,
    excerpt: Option<Excerpt>,
}

impl Complaint {
    /// Where it is.
    pub fn place(&self) -> &Place {
        &self.place
    }

    /// What is wrong.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// What to do about it.
    pub fn help(&self) -> &str {
        &self.help
    }

    fn render(&self) -> String {
        let excerpt = self.excerpt.as_ref().map(Excerpt::render);
        format!(
            "{self}\n{}  help: {}\n",
            excerpt.unwrap_or_default(),
            self.help
        )
    }

    fn new(place: Place, message: &str, help: &str) -> Complaint {
        Complaint {
            excerpt: Excerpt::of(&place),
            message: printable(message),
            help: printable(help),
            place,
        }
    }
}

impl PartialEq for Complaint {
    fn eq(&self, other: &Complaint) -> bool {
        (&self.place, &self.message, &self.help) == (&other.place, &other.message, &other.help)
    }
}

impl fmt::Display for Complaint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.message)
    }
}

impl std::error::Error for Complaint {}

impl miette::Diagnostic for Complaint {
    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        Some(Box::new(&self.help))
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        let excerpt = self.excerpt.as_ref()?;
        Some(&excerpt.source)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        let excerpt = self.excerpt.as_ref()?;
        let span = LabeledSpan::new(None, excerpt.offset, excerpt.length);
        Some(Box::new(std::iter::once(span)))
    }
}

/// What is wrong with a piece of text, before its place is known.
#[derive(Debug)]
pub(crate) struct Fault {
    pub(crate) message: String,
    pub(crate) help: String,
}

impl Fault {
    pub(crate) fn new(message: impl Into<String>, help: impl Into<String>) -> Fault {
        Fault {
            message: message.into(),
            help: help.into(),
        }
    }

    /// Readers take the first or the last of two.
    pub(crate) fn repeated_key(key: &str, line: u32) -> Fault {
        Fault::new(
            format!("the key `{key}` is written twice"),
            format!("line {line} has it already: delete or rename one of them"),
        )
    }

    pub(crate) fn at(self, place: Place) -> Diagnostics {
        Diagnostics::one(place, self.message, self.help)
    }
}

/// The text that a complaint points at, in bytes of its file.
#[derive(Debug, Clone)]
struct Excerpt {
    source: NamedSource<Arc<str>>,
    line: usize,
    start_of_line: usize,
    offset: usize,
    length: usize,
}

impl Excerpt {
    /// More characters of a line than this are not shown: a whole file may be one line.
    const WIDEST: usize = 100;

    fn of(place: &Place) -> Option<Excerpt> {
        let text = place.source()?;
        let before = place.line.checked_sub(1)?;
        let start_of_line: usize = text.split_inclusive('\n').take(before).map(str::len).sum();
        let line = text.get(start_of_line..)?.lines().next().unwrap_or("");
        let within = line
            .char_indices()
            .nth(place.column.saturating_sub(1))
            .map_or(line.trim_end().len(), |(offset, _)| offset);
        Some(Excerpt {
            source: NamedSource::new(place.file.display().to_string(), text.clone()),
            line: place.line,
            start_of_line,
            offset: start_of_line + within,
            length: token_length(line.get(within..).unwrap_or("")),
        })
    }

    /// The line with the token underlined.
    fn render(&self) -> String {
        let text = self.source.inner();
        let before = text.get(self.start_of_line..self.offset).unwrap_or("");
        let rest = text.get(self.offset..).unwrap_or("").lines().next();
        let skipped = before.chars().count().saturating_sub(Excerpt::WIDEST / 2);
        let before: String = before.chars().skip(skipped).collect();
        let shown = before.chars().count();
        let rest: String = rest
            .unwrap_or("")
            .chars()
            .take(Excerpt::WIDEST - shown.min(Excerpt::WIDEST))
            .collect();
        let token = rest.get(..self.length).unwrap_or(&rest).chars().count();
        let number = self.line.to_string();
        let margin = " ".repeat(number.len());
        format!(
            " {margin} |\n {number} | {}{}\n {margin} | {}{}\n",
            printable(&before),
            printable(&rest),
            " ".repeat(printable(&before).chars().count()),
            "^".repeat(token.max(1)),
        )
    }
}

/// The length of the key or the value that a line goes on with.
fn token_length(rest: &str) -> usize {
    let rest = rest.trim_end();
    let end = [": ", " #", ", ", "}", "]"]
        .iter()
        .filter_map(|mark| rest.find(mark))
        .chain(rest.ends_with(':').then(|| rest.len() - 1))
        .min()
        .unwrap_or(rest.len());
    end.max(1).min(rest.len())
}

fn printable(text: &str) -> String {
    let mut printable = String::with_capacity(text.len());
    for character in text.chars() {
        if character.is_control() || is_invisible(character) {
            printable.extend(character.escape_unicode());
        } else {
            printable.push(character);
        }
    }
    printable
}

/// Whether a character has no form of its own or turns the direction of the text around it.
pub(crate) fn is_invisible(character: char) -> bool {
    matches!(character,
        '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}
