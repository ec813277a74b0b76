//! One value of a JSON text, read without keeping the others.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use serde::de::{Deserialize, DeserializeSeed, Deserializer, Error, IgnoredAny};
use serde::de::{MapAccess, SeqAccess, Visitor};

/// Reads the value that a JSON pointer (RFC 6901) leads to; `None` where it leads nowhere or to
/// null.
pub(crate) struct At<'p, T> {
    pointer: &'p str,
    value: PhantomData<fn() -> T>,
}

impl<'p, T> At<'p, T> {
    pub(crate) fn new(pointer: &'p str) -> Self {
        Self {
            pointer,
            value: PhantomData,
        }
    }

    /// The first member that the pointer names, and how it goes on from there.
    fn split(&self) -> (Cow<'p, str>, Self) {
        let path = self.pointer.strip_prefix('/').unwrap_or(self.pointer);
        let (token, rest) = match path.find('/') {
            Some(end) => path.split_at(end),
            None => (path, ""),
        };
        let token = match token.contains('~') {
            true => token.replace("~1", "/").replace("~0", "~").into(),
            false => token.into(),
        };
        (token, Self::new(rest))
    }
}

impl<T> Clone for At<'_, T> {
    fn clone(&self) -> Self {
        Self::new(self.pointer)
    }
}

impl<'de, T: Deserialize<'de>> DeserializeSeed<'de> for At<'_, T> {
    type Value = Option<T>;

    fn deserialize<D: Deserializer<'de>>(self, value: D) -> Result<Self::Value, D::Error> {
        match self.pointer.is_empty() {
            true => Option::deserialize(value),
            false => value.deserialize_any(self),
        }
    }
}

impl<'de, T: Deserialize<'de>> Visitor<'de> for At<'_, T> {
    type Value = Option<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Self::Value, A::Error> {
        let (token, rest) = self.split();
        let mut found = None;
        while let Some(name) = members.next_key::<String>()? {
            if name == token {
                found = members.next_value_seed(rest.clone())?;
            } else {
                members.next_value::<IgnoredAny>()?;
            }
        }
        Ok(found)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Self::Value, A::Error> {
        let (token, rest) = self.split();
        let mut found = None;
        if let Ok(index) = token.parse::<usize>() {
            for _ in 0..index {
                if items.next_element::<IgnoredAny>()?.is_none() {
                    return Ok(None);
                }
            }
            found = items.next_element_seed(rest)?.flatten();
        }
        while items.next_element::<IgnoredAny>()?.is_some() {}
        Ok(found)
    }

    fn visit_bool<E: Error>(self, _: bool) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_i64<E: Error>(self, _: i64) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_u64<E: Error>(self, _: u64) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_f64<E: Error>(self, _: f64) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_str<E: Error>(self, _: &str) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
        Ok(None)
    }
}

/// How many items an array has.
pub(crate) struct Length(pub(crate) u64);

impl<'de> Deserialize<'de> for Length {
    fn deserialize<D: Deserializer<'de>>(value: D) -> Result<Self, D::Error> {
        struct Counting;

        impl<'de> Visitor<'de> for Counting {
            type Value = Length;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an array")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Length, A::Error> {
                let mut length = 0;
                while items.next_element::<IgnoredAny>()?.is_some() {
                    length += 1;
                }
                Ok(Length(length))
            }
        }

        value.deserialize_seq(Counting)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Deserializer, Value, json};

    use super::*;

    const TEXT: &str = r#"{"a": {"b/c": [1, {"d~": "x"}, null]}, "": 7, "n": null, "s": "text"}"#;

    fn at(pointer: &str) -> Option<Value> {
        let mut reader = Deserializer::from_str(TEXT);
        let found = At::new(pointer).deserialize(&mut reader).unwrap();
        reader.end().unwrap();
        found
    }

    #[test]
    fn a_pointer_leads_to_what_the_standard_says() {
        for (pointer, expected) in [
            ("/a/b~1c/0", Some(json!(1))),
            ("/a/b~1c/1/d~0", Some(json!("x"))),
            ("/", Some(json!(7))),
            ("/s", Some(json!("text"))),
            ("/n", None),
            ("/a/b~1c/2", None),
            ("/a/b~1c/3", None),
            ("/a/b~1c/x", None),
            ("/a/b", None),
            ("/s/0", None),
            ("/n/x", None),
        ] {
            assert_eq!(at(pointer), expected, "{pointer}");
        }
        assert_eq!(at(""), serde_json::from_str(TEXT).unwrap());
    }

    #[test]
    fn the_items_of_an_array_are_counted() {
        let length = |text: &str| {
            let mut reader = Deserializer::from_str(text);
            At::<Length>::new("/list").deserialize(&mut reader)
        };
        assert_eq!(length(r#"{"list": [[], {}, 3]}"#).unwrap().unwrap().0, 3);
        assert!(length("{}").unwrap().is_none());
        assert!(length(r#"{"list": {}}"#).is_err());
    }
}
