//! Texts that are printed as they are.

use proc_macro2::TokenStream;

use super::spacing::indentation;

/// Texts that stand in a file as they are, where the printer would lay them out badly: the
/// arguments of macros.
#[derive(Debug, Default)]
pub(crate) struct Verbatim(Vec<String>);

impl Verbatim {
    /// What stands for a text until the file is printed.
    pub(crate) fn add(&mut self, text: String) -> TokenStream {
        let index = proc_macro2::Literal::usize_unsuffixed(self.0.len());
        self.0.push(text);
        quote::quote!(verbatim!(#index);)
    }

    /// Puts the texts into a printed file.
    pub(crate) fn restore(&self, code: &str) -> String {
        let mut restored = String::with_capacity(code.len() * 2);
        for line in code.lines() {
            match self.text(line) {
                Some(text) => {
                    let indentation = line.get(..indentation(line)).unwrap_or_default();
                    for line in text.lines() {
                        restored.push_str(indentation);
                        restored.push_str(line);
                        restored.push('\n');
                    }
                }
                None => {
                    restored.push_str(line);
                    restored.push('\n');
                }
            }
        }
        restored
    }

    fn text(&self, line: &str) -> Option<&String> {
        let index = line.trim_start().strip_prefix("verbatim!(")?;
        self.0.get(index.strip_suffix(");")?.parse::<usize>().ok()?)
    }
}
