//! What a reference says: a file of the folder, and a place in it.

use crate::diagnostics::Fault;

/// A file and a fragment.
pub(super) struct Address {
    /// The path from the folder of the API, with `/`.
    pub(super) file: String,
    fragment: String,
}

/// Whether a text of a discriminator's mapping is a reference, not a name.
pub(super) fn is_address(text: &str) -> bool {
    text.contains('#')
        || [".yaml", ".yml", ".json"]
            .iter()
            .any(|end| text.ends_with(end))
}

impl Address {
    /// Resolves a reference that stands in the file `base`.
    pub(super) fn of(base: &str, reference: &str) -> Result<Address, Fault> {
        let (path, fragment) = reference.split_once('#').unwrap_or((reference, ""));
        let is_remote = path.contains("://") || path.starts_with("//");
        if is_remote {
            return Err(Fault::new(
                format!("`{reference}` is on another machine, which is never asked"),
                "download it into the folder of the API, and refer to the file: `$ref: name.yaml#/...`",
            ));
        }
        let path = decoded(path);
        let file = if path.is_empty() {
            base.to_owned()
        } else {
            beside(base, &path).ok_or_else(|| {
                Fault::new(
                    format!("`{reference}` leads out of the folder of the API"),
                    "put the file into the folder, and refer to it by its path from here",
                )
            })?
        };
        Ok(Address {
            file,
            fragment: fragment.to_owned(),
        })
    }

    /// The fragment as it is written, and percent-decoded where that differs.
    pub(super) fn fragments(&self) -> Vec<String> {
        let decoded = decoded(&self.fragment);
        if decoded == self.fragment {
            vec![decoded]
        } else {
            vec![self.fragment.clone(), decoded]
        }
    }
}

/// The path of a file named from another one. `None` if it is outside of the folder.
fn beside(base: &str, path: &str) -> Option<String> {
    if path.starts_with(['/', '\\']) || path.contains([':', '\0']) {
        return None;
    }
    let mut steps: Vec<&str> = base.split('/').collect();
    steps.pop();
    for step in path.split(['/', '\\']) {
        match step {
            "" | "." => {}
            ".." => {
                steps.pop()?;
            }
            _ => steps.push(step),
        }
    }
    Some(steps.join("/"))
}

/// `%7B` is `{`. What is no escape stays as it is.
fn decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let digits = after
            .get(..2)
            .and_then(|digits| std::str::from_utf8(digits).ok());
        let escaped = digits
            .filter(|_| *first == b'%')
            .and_then(|digits| u8::from_str_radix(digits, 16).ok());
        match escaped {
            Some(byte) => {
                bytes.push(byte);
                rest = after.get(2..).unwrap_or_default();
            }
            None => {
                bytes.push(*first);
                rest = after;
            }
        }
    }
    String::from_utf8(bytes).unwrap_or_else(|_| text.to_owned())
}
