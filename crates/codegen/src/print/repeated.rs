//! Methods that many types have in the same words, printed once.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use keyfob_spec::Spec;
use proc_macro2::{Literal, TokenStream};
use quote::quote;

use super::dense;

/// Methods of types in a module that have been printed already. A large document takes the same
/// parameters, and answers with the same types, in thousands of its operations.
#[derive(Default)]
pub(crate) struct Repeated(Mutex<Known>);

#[derive(Default)]
struct Known {
    /// Where in `texts` the text of these tokens is.
    indices: HashMap<String, usize>,
    texts: Vec<Arc<str>>,
}

impl Repeated {
    /// What stands for a method until the text around it is printed. Tokens that are no Rust stand
    /// for themselves, and are complained of there.
    pub(crate) fn put(&self, spec: &Spec, method: TokenStream) -> TokenStream {
        let key = method.to_string();
        let known = self.known(|known| known.indices.get(&key).copied());
        let index = match known {
            Some(index) => index,
            None => match dense(spec, quote!(mod around { impl Around { #method } })) {
                Ok(text) => self.add(key, within(&text)),
                Err(_) => return method,
            },
        };
        let index = Literal::usize_unsuffixed(index);
        quote!(repeated!(#index);)
    }

    /// The printed text with the methods in it.
    pub(super) fn restore(&self, code: &str) -> String {
        let mut restored = String::with_capacity(code.len() * 2);
        for line in code.split_inclusive('\n') {
            match index(line).and_then(|index| self.text(index)) {
                Some(text) => restored.push_str(&text),
                None => restored.push_str(line),
            }
        }
        restored
    }

    /// Another thread may have been faster.
    fn add(&self, key: String, text: &str) -> usize {
        self.known(|known| {
            let next = known.texts.len();
            let index = *known.indices.entry(key).or_insert(next);
            if index == next {
                known.texts.push(text.into());
            }
            index
        })
    }

    fn text(&self, index: usize) -> Option<Arc<str>> {
        self.known(|known| known.texts.get(index).cloned())
    }

    fn known<T>(&self, look: impl FnOnce(&mut Known) -> T) -> T {
        look(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// What is printed in a module and an `impl`, each with a line before and a line behind.
fn within(text: &str) -> &str {
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    let around = |lines: &[&str]| lines.iter().map(|line| line.len()).sum::<usize>();
    let (before, behind) = match lines.as_slice() {
        [first, second, .., last_but_one, last] => {
            (around(&[first, second]), around(&[last_but_one, last]))
        }
        _ => (0, 0),
    };
    text.get(before..text.len() - behind).unwrap_or_default()
}

fn index(line: &str) -> Option<usize> {
    let index = line.trim().strip_prefix("repeated!(")?;
    index.strip_suffix(");")?.parse().ok()
}
