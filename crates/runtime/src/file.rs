//! A file inside a request body.

use std::borrow::Cow;
use std::cell::RefCell;
use std::fmt;

use bytes::Bytes;
use serde::ser::{Error as _, SerializeMap};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;

/// A file to send: a part of a multipart body, or a whole body.
///
/// It serializes into a request only; anywhere else it is an error of the serializer.
///
/// ```
/// use keyfob_runtime::File;
///
/// let contacts = File::new("name,phone\nAda,+33600000001\n")
///     .with_name("contacts.csv")
///     .with_content_type("text/csv");
/// assert_eq!(contacts.name.as_deref(), Some("contacts.csv"));
/// assert!(serde_json::to_string(&contacts).is_err()); // no request
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct File {
    /// The name that the server is told, without a path.
    pub name: Option<String>,
    /// The media type; `application/octet-stream` where neither this nor the API's description
    /// names one.
    pub content_type: Option<String>,
    /// The content.
    pub bytes: Bytes,
}

impl File {
    /// A file of these bytes, without a name and without a media type.
    pub fn new(bytes: impl Into<Bytes>) -> Self {
        Self {
            name: None,
            content_type: None,
            bytes: bytes.into(),
        }
    }

    /// Tells the server this name.
    #[must_use]
    pub fn with_name(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// Tells the server this media type.
    #[must_use]
    pub fn with_content_type(mut self, content_type: impl Into<String>) -> Self {
        self.content_type = Some(content_type.into());
        self
    }
}

impl From<Bytes> for File {
    fn from(bytes: Bytes) -> Self {
        Self::new(bytes)
    }
}

impl From<Vec<u8>> for File {
    fn from(bytes: Vec<u8>) -> Self {
        Self::new(bytes)
    }
}

/// Says how long the content is and not what it is.
impl fmt::Debug for File {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("File")
            .field("name", &self.name)
            .field("content_type", &self.content_type)
            .field("bytes", &format_args!("[{} bytes]", self.bytes.len()))
            .finish()
    }
}

impl Serialize for File {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let index = COLLECTED.with_borrow_mut(|collected| {
            collected.as_mut().map(|files| {
                files.push(self.clone());
                files.len() - 1
            })
        });
        let index = index.ok_or_else(|| {
            S::Error::custom("a file serializes only into a multipart body or a body of bytes")
        })?;
        let mut marker = serializer.serialize_map(Some(1))?;
        marker.serialize_entry(MARKER, &index)?;
        marker.end()
    }
}

/// Reads the text of a string as the content, as `format: binary` in JSON says.
impl<'de> Deserialize<'de> for File {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Cow::<str>::deserialize(deserializer).map(|text| Self::new(text.into_owned().into_bytes()))
    }
}

#[cfg(feature = "schemars")]
impl schemars::JsonSchema for File {
    fn schema_name() -> String {
        "File".to_owned()
    }

    fn is_referenceable() -> bool {
        false
    }

    fn json_schema(_: &mut schemars::r#gen::SchemaGenerator) -> schemars::schema::Schema {
        schemars::schema::SchemaObject {
            instance_type: Some(schemars::schema::InstanceType::String.into()),
            format: Some("binary".to_owned()),
            ..Default::default()
        }
        .into()
    }
}

/// The key of the object that stands for a file in a serialized value. It begins with a control
/// character, so that no member of a real body is taken for it.
const MARKER: &str = "\u{0}file";

thread_local! {
    /// The files met so far, where a body that can hold files is being serialized.
    static COLLECTED: RefCell<Option<Vec<File>>> = const { RefCell::new(None) };
}

/// Runs `serialize` and gives, besides its result, the files that it met.
pub(crate) fn collect<T>(serialize: impl FnOnce() -> T) -> (T, Vec<File>) {
    /// Puts the outer collection back, after a panic of a foreign `Serialize` too.
    struct Restore(Option<Vec<File>>);
    impl Drop for Restore {
        fn drop(&mut self) {
            COLLECTED.set(self.0.take());
        }
    }
    let _restore = Restore(COLLECTED.replace(Some(Vec::new())));
    let result = serialize();
    (result, COLLECTED.take().unwrap_or_default())
}

/// The file that a serialized value stands for.
pub(crate) fn marked<'f>(value: &Value, files: &'f [File]) -> Option<&'f File> {
    let members = value.as_object().filter(|members| members.len() == 1)?;
    let index = members.get(MARKER)?.as_u64()?;
    files.get(usize::try_from(index).ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_does_not_serialize_outside_of_a_request() {
        let error = serde_json::to_string(&File::new("abc")).unwrap_err();
        assert!(
            error.to_string().contains("only into a multipart body"),
            "{error}"
        );
    }

    #[test]
    fn a_file_inside_a_request_is_found_again_by_its_marker() {
        let (value, files) = collect(|| serde_json::to_value([File::new("one"), File::new("two")]));
        let value = value.unwrap();
        assert_eq!(marked(&value[1], &files).unwrap().bytes, "two");
        assert!(marked(&value, &files).is_none());
    }

    #[test]
    fn debug_does_not_show_the_content() {
        let shown = format!("{:?}", File::new("canary").with_name("a.txt"));
        assert!(
            shown.contains("[6 bytes]") && !shown.contains("canary"),
            "{shown}"
        );
    }
}
