//! Bodies of `multipart/form-data` (RFC 7578).

use http::HeaderValue;
use serde_json::{Map, Value};

use crate::file::{self, File};
use crate::operation::Field;
use crate::random;
use crate::value::text;

/// A multipart body and the boundary between its parts.
pub(crate) struct Multipart {
    pub(crate) boundary: String,
    pub(crate) body: Vec<u8>,
}

/// Writes the members of an object as parts: scalars as text, objects as JSON, files as files,
/// the items of an array as parts of one name.
pub(crate) fn write(
    members: &Map<String, Value>,
    files: &[File],
    fields: &[Field],
) -> Result<Multipart, String> {
    let boundary = format!("keyfob-{:016x}{:016x}", random::number(), random::number());
    let mut body = Vec::new();
    for part in parts(members, files, fields)? {
        body.extend_from_slice(format!("--{boundary}\r\n").as_bytes());
        body.extend_from_slice(&part);
        body.extend_from_slice(b"\r\n");
    }
    body.extend_from_slice(format!("--{boundary}--\r\n").as_bytes());
    Ok(Multipart { boundary, body })
}

/// The parts, each with its headers, without what stands between them.
pub(crate) fn parts(
    members: &Map<String, Value>,
    files: &[File],
    fields: &[Field],
) -> Result<Vec<Vec<u8>>, String> {
    let mut parts = Vec::new();
    for (name, value) in members {
        let said = fields
            .iter()
            .find(|field| field.name == name)
            .and_then(|field| field.content_type);
        let items = match value {
            Value::Array(items) => items.as_slice(),
            value => std::slice::from_ref(value),
        };
        for item in items.iter().filter(|item| !item.is_null()) {
            parts.push(part(name, item, files, said)?);
        }
    }
    Ok(parts)
}

fn part(name: &str, item: &Value, files: &[File], said: Option<&str>) -> Result<Vec<u8>, String> {
    let mut part = format!("Content-Disposition: form-data; name=\"{}\"", escaped(name));
    let (content, content_type) = match (file::marked(item, files), item) {
        (Some(file), _) => {
            let file_name = file.name.as_deref().unwrap_or(name);
            part.push_str(&format!("; filename=\"{}\"", escaped(file_name)));
            (file.bytes.to_vec(), Some(file_type(file, said)))
        }
        (None, Value::Object(_) | Value::Array(_)) => (
            item.to_string().into_bytes(),
            Some(said.unwrap_or("application/json")),
        ),
        (None, scalar) => (text(scalar).unwrap_or_default().into_bytes(), said),
    };
    part.push_str("\r\n");
    if let Some(content_type) = content_type {
        if HeaderValue::from_str(content_type).is_err() {
            return Err(format!("the media type of `{name}` is not one"));
        }
        part.push_str(&format!("Content-Type: {content_type}\r\n"));
    }
    part.push_str("\r\n");
    Ok([part.into_bytes(), content].concat())
}

/// The file's own media type, or the one that the document names, if it names just one.
fn file_type<'f>(file: &'f File, said: Option<&'f str>) -> &'f str {
    let single = said.filter(|said| !said.contains([',', '*']));
    file.content_type
        .as_deref()
        .or(single)
        .unwrap_or("application/octet-stream")
}

/// A name between quotes, as browsers write it (HTML Standard, "multipart/form-data encoding").
fn escaped(name: &str) -> String {
    name.replace('"', "%22")
        .replace('\r', "%0D")
        .replace('\n', "%0A")
}

#[cfg(test)]
mod tests {
    use serde::Serialize;

    use super::*;
    use crate::value::read;

    #[derive(Serialize)]
    struct Upload {
        note: &'static str,
        count: u8,
        absent: Option<String>,
        meta: Value,
        tags: Vec<&'static str>,
        file: File,
        pages: Vec<File>,
    }

    #[test]
    fn every_kind_of_member_is_its_kind_of_part() {
        let upload = Upload {
            note: "a\nb",
            count: 3,
            absent: None,
            meta: serde_json::json!({"k": [1]}),
            tags: vec!["x", "y"],
            file: File::new(vec![0, 255])
                .with_name("a\"\r\n.pdf")
                .with_content_type("application/pdf"),
            pages: vec![File::new("one"), File::new("two")],
        };
        let fields = [
            Field {
                name: "pages",
                content_type: Some("image/png"),
                style: None,
                explode: None,
            },
            Field {
                name: "file",
                content_type: Some("image/*"),
                style: None,
                explode: None,
            },
        ];
        let read = read(&upload).unwrap();
        let written = write(read.value.as_object().unwrap(), &read.files, &fields).unwrap();
        let body = String::from_utf8_lossy(&written.body).replace(&written.boundary, "B");
        let expected = [
            "--B\r\nContent-Disposition: form-data; name=\"note\"\r\n\r\na\nb\r\n",
            "--B\r\nContent-Disposition: form-data; name=\"count\"\r\n\r\n3\r\n",
            "--B\r\nContent-Disposition: form-data; name=\"meta\"\r\nContent-Type: application/json\r\n\r\n{\"k\":[1]}\r\n",
            "--B\r\nContent-Disposition: form-data; name=\"tags\"\r\n\r\nx\r\n",
            "--B\r\nContent-Disposition: form-data; name=\"tags\"\r\n\r\ny\r\n",
            "--B\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a%22%0D%0A.pdf\"\r\nContent-Type: application/pdf\r\n\r\n\0\u{fffd}\r\n",
            "--B\r\nContent-Disposition: form-data; name=\"pages\"; filename=\"pages\"\r\nContent-Type: image/png\r\n\r\none\r\n",
            "--B\r\nContent-Disposition: form-data; name=\"pages\"; filename=\"pages\"\r\nContent-Type: image/png\r\n\r\ntwo\r\n",
            "--B--\r\n",
        ];
        assert_eq!(body, expected.concat());
    }

    #[test]
    fn a_media_type_with_a_line_break_is_refused() {
        let upload = [("file", File::new("x").with_content_type("a/b\r\nX: y"))];
        let read = read(&std::collections::BTreeMap::from(upload)).unwrap();
        let refused = write(read.value.as_object().unwrap(), &read.files, &[])
            .err()
            .unwrap();
        assert!(refused.contains("`file`"), "{refused}");
    }
}
