//! The code of a file that has something for each operation, printed a few operations at a time.
//!
//! Tokens and syntax trees take a hundred times the memory of their text, and most of the time of
//! generation. Here only a few operations are ever more than text, and every core prints some.

use std::sync::Arc;

use keyfob_spec::{Diagnostics, Spec};
use proc_macro2::{Punct, Spacing, TokenStream};
use quote::quote;
use syn::{File, Item, parse_quote};

use super::{Repeated, dense, spaced};
use crate::panics;
use crate::unsupported::Failure;

/// How many pieces are printed together. A list of so many never fits in a line.
const TOGETHER: usize = 16;

/// The code of a file, while it grows.
pub(crate) struct Source<'s> {
    spec: &'s Spec,
    repeated: Arc<Repeated>,
    text: String,
}

impl<'s> Source<'s> {
    /// An empty file of a client.
    pub(crate) fn of(spec: &'s Spec) -> Self {
        Self {
            spec,
            repeated: Arc::default(),
            text: String::new(),
        }
    }

    /// The methods that are printed once in this file.
    pub(crate) fn repeated(&self) -> Arc<Repeated> {
        Arc::clone(&self.repeated)
    }

    /// Adds inner attributes and whole items.
    ///
    /// # Errors
    ///
    /// The tokens are not Rust.
    pub(crate) fn add(&mut self, tokens: TokenStream) -> Result<(), Failure> {
        let text = self.print(tokens).map_err(Failure::Complaints)?;
        self.text.push_str(&text);
        if !self.text.is_empty() && !self.text.ends_with('\n') {
            self.text.push('\n');
        }
        Ok(())
    }

    /// Adds items that are syntax trees already.
    pub(crate) fn add_items(&mut self, items: Vec<Item>) {
        let mut file: File = parse_quote!();
        file.items = items;
        self.text.push_str(&prettyplease::unparse(&file));
    }

    /// Adds code that has some items for each of these things; `frame` is what stands around all
    /// of them.
    ///
    /// # Errors
    ///
    /// The tokens are not Rust, or making them panicked.
    pub(crate) fn add_block<T: Sync>(
        &mut self,
        frame: impl Fn(TokenStream) -> TokenStream + Sync,
        things: &[T],
        piece: impl Fn(&T) -> TokenStream + Sync,
    ) -> Result<(), Failure> {
        self.add_pieces(';', frame, things, piece)
    }

    /// Adds code that has an element of a list for each of these things; `frame` is what stands
    /// around all of them, each of which ends with a comma.
    ///
    /// # Errors
    ///
    /// As [`Source::add_block`].
    pub(crate) fn add_list<T: Sync>(
        &mut self,
        frame: impl Fn(TokenStream) -> TokenStream + Sync,
        things: &[T],
        piece: impl Fn(&T) -> TokenStream + Sync,
    ) -> Result<(), Failure> {
        self.add_pieces(',', frame, things, piece)
    }

    /// Each part is printed in the frame, between marks, and cut out of it: so it has the
    /// indentation that it has in the whole.
    fn add_pieces<T: Sync>(
        &mut self,
        end: char,
        frame: impl Fn(TokenStream) -> TokenStream + Sync,
        things: &[T],
        piece: impl Fn(&T) -> TokenStream + Sync,
    ) -> Result<(), Failure> {
        if things.len() <= TOGETHER {
            let pieces = things.iter().map(piece);
            return self.add(frame(quote!(#(#pieces)*)));
        }
        let print = |part: &Part<'_, T>| {
            let pieces = part.things.iter().map(&piece);
            let end = Punct::new(end, Spacing::Alone);
            let before = (!part.is_first).then(|| quote!(cut!() #end));
            let after = (!part.is_last).then(|| quote!(cut!() #end));
            self.print(frame(quote!(#before #(#pieces)* #after)))
        };
        let parts = parts(things);
        let printed = panics::on_all_cores(&parts, print).map_err(Failure::Panic)?;
        let mark = format!("cut!(){end}");
        for (part, text) in parts.iter().zip(printed) {
            let text = text.map_err(Failure::Complaints)?;
            self.text.push_str(part.cut_out_of(&text, &mark));
        }
        Ok(())
    }

    fn print(&self, tokens: TokenStream) -> Result<String, Diagnostics> {
        Ok(self.repeated.restore(&dense(self.spec, tokens)?))
    }

    /// The code, with air between its items.
    pub(crate) fn finish(self) -> String {
        spaced(&self.text)
    }
}

/// Some of the things, which are printed together.
struct Part<'t, T> {
    things: &'t [T],
    is_first: bool,
    is_last: bool,
}

/// The things in parts of much the same length: none is so short that it fits in a line.
fn parts<T>(things: &[T]) -> Vec<Part<'_, T>> {
    let count = things.len().div_ceil(TOGETHER);
    let start = |part: usize| things.len() * part / count;
    let part = |index| Part {
        things: things
            .get(start(index)..start(index + 1))
            .unwrap_or_default(),
        is_first: index == 0,
        is_last: index + 1 == count,
    };
    (0..count).map(part).collect()
}

impl<T> Part<'_, T> {
    /// What this part brings to the whole: all up to the mark behind it, from the mark before it.
    fn cut_out_of<'p>(&self, text: &'p str, mark: &str) -> &'p str {
        let (mut start, mut end) = (0, text.len());
        let mut at = 0;
        for line in text.split_inclusive('\n') {
            if line.trim() == mark {
                match self.is_first || start > 0 {
                    true => end = at,
                    false => start = at + line.len(),
                }
            }
            at += line.len();
        }
        text.get(start..end).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use quote::{format_ident, quote};

    use super::*;

    const DOCUMENT: &str = r#"{"openapi": "3.0.3", "info": {"title": "Example", "version": "1"},
"servers": [{"url": "https://api.example"}], "paths": {}}"#;

    #[test]
    fn parts_that_are_printed_apart_are_what_the_whole_is() {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path().join("example");
        std::fs::create_dir(&folder).unwrap();
        std::fs::write(folder.join("openapi.yaml"), DOCUMENT).unwrap();
        let spec = keyfob_spec::read(&folder).unwrap();
        for length in [0, 1, TOGETHER, TOGETHER + 1, 5 * TOGETHER - 1] {
            let numbers: Vec<usize> = (0..length).collect();
            let module = |items| quote!(pub mod a { use super::*; #items });
            let item = |number: &usize| {
                let name = format_ident!("a_{}", "n".repeat(*number));
                quote!(fn #name(a: usize, b: usize) -> usize { a + b + #number })
            };
            let list = |elements| quote!(const A: &[(&str, usize)] = &[#elements];);
            let element = |number: &usize| {
                let text = "n".repeat(*number);
                quote!((#text, #number),)
            };
            let mut source = Source::of(&spec);
            source.add_block(module, &numbers, item).unwrap();
            source.add_list(list, &numbers, element).unwrap();
            let (items, elements) = (numbers.iter().map(item), numbers.iter().map(element));
            let mut whole = Source::of(&spec);
            whole.add(module(quote!(#(#items)*))).unwrap();
            whole.add(list(quote!(#(#elements)*))).unwrap();
            assert_eq!(source.finish(), whole.finish(), "{length}");
        }
    }
}
