//! Values that are one word: read from an application's types without their JSON text.

use std::fmt;

use serde::Serialize;
use serde::ser::{Impossible, Serializer};
use serde_json::Value;

/// What a value is if it is null, a boolean, a number or a string; `None`: it is something else,
/// or it has to be read in the long way.
pub(crate) fn read(value: &impl Serialize) -> Option<Value> {
    value.serialize(Scalar).ok()
}

/// Reads a scalar and nothing else.
struct Scalar;

/// It is no scalar.
#[derive(Debug)]
struct NoScalar;

type Never = Impossible<Value, NoScalar>;

impl Serializer for Scalar {
    type Ok = Value;
    type Error = NoScalar;
    type SerializeSeq = Never;
    type SerializeTuple = Never;
    type SerializeTupleStruct = Never;
    type SerializeTupleVariant = Never;
    type SerializeMap = Never;
    type SerializeStruct = Never;
    type SerializeStructVariant = Never;

    fn serialize_bool(self, value: bool) -> Result<Value, NoScalar> {
        Ok(value.into())
    }

    fn serialize_i8(self, value: i8) -> Result<Value, NoScalar> {
        Ok(value.into())
    }

    fn serialize_i16(self, value: i16) -> Result<Value, NoScalar> {
        Ok(value.into())
    }

    fn serialize_i32(self, value: i32) -> Result<Value, NoScalar> {
        Ok(value.into())
    }

    fn serialize_i64(self, value: i64) -> Result<Value, NoScalar> {
        Ok(value.into())
    }

    fn serialize_u8(self, value: u8) -> Result<Value, NoScalar> {
        Ok(value.into())
    }

    fn serialize_u16(self, value: u16) -> Result<Value, NoScalar> {
        Ok(value.into())
    }

    fn serialize_u32(self, value: u32) -> Result<Value, NoScalar> {
        Ok(value.into())
    }

    fn serialize_u64(self, value: u64) -> Result<Value, NoScalar> {
        Ok(value.into())
    }

    /// It would not keep its digits in a JSON number of 64 bits.
    fn serialize_f32(self, _: f32) -> Result<Value, NoScalar> {
        Err(NoScalar)
    }

    fn serialize_f64(self, value: f64) -> Result<Value, NoScalar> {
        Ok(value.into())
    }

    fn serialize_char(self, value: char) -> Result<Value, NoScalar> {
        Ok(value.to_string().into())
    }

    fn serialize_str(self, value: &str) -> Result<Value, NoScalar> {
        Ok(value.into())
    }

    fn serialize_bytes(self, _: &[u8]) -> Result<Value, NoScalar> {
        Err(NoScalar)
    }

    fn serialize_none(self) -> Result<Value, NoScalar> {
        Ok(Value::Null)
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<Value, NoScalar> {
        value.serialize(self)
    }

    fn serialize_unit(self) -> Result<Value, NoScalar> {
        Ok(Value::Null)
    }

    fn serialize_unit_struct(self, _: &'static str) -> Result<Value, NoScalar> {
        Ok(Value::Null)
    }

    fn serialize_unit_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
    ) -> Result<Value, NoScalar> {
        Ok(variant.into())
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        value: &T,
    ) -> Result<Value, NoScalar> {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: &T,
    ) -> Result<Value, NoScalar> {
        Err(NoScalar)
    }

    fn serialize_seq(self, _: Option<usize>) -> Result<Never, NoScalar> {
        Err(NoScalar)
    }

    fn serialize_tuple(self, _: usize) -> Result<Never, NoScalar> {
        Err(NoScalar)
    }

    fn serialize_tuple_struct(self, _: &'static str, _: usize) -> Result<Never, NoScalar> {
        Err(NoScalar)
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Never, NoScalar> {
        Err(NoScalar)
    }

    fn serialize_map(self, _: Option<usize>) -> Result<Never, NoScalar> {
        Err(NoScalar)
    }

    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Never, NoScalar> {
        Err(NoScalar)
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Never, NoScalar> {
        Err(NoScalar)
    }
}

impl fmt::Display for NoScalar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("no scalar")
    }
}

impl std::error::Error for NoScalar {}

impl serde::ser::Error for NoScalar {
    fn custom<T: fmt::Display>(_: T) -> Self {
        Self
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[derive(Serialize)]
    enum Colour {
        #[serde(rename = "light blue")]
        LightBlue,
        #[serde(untagged)]
        Unknown(String),
    }

    #[derive(Serialize)]
    struct Name(&'static str);

    /// What the long way by the JSON text makes of it.
    fn by_text(value: &impl Serialize) -> Value {
        serde_json::from_slice(&serde_json::to_vec(value).unwrap()).unwrap()
    }

    #[test]
    fn a_scalar_is_what_its_json_text_says() {
        fn check(value: &impl Serialize) {
            assert_eq!(read(value), Some(by_text(value)));
        }
        check(&None::<u8>);
        check(&());
        check(&Some(true));
        check(&i8::MIN);
        check(&i64::MIN);
        check(&u64::MAX);
        check(&1.5);
        check(&f64::NAN);
        check(&'é');
        check(&"a\"b");
        check(&Name("n"));
        check(&Colour::LightBlue);
        check(&Colour::Unknown("new".to_owned()));
        check(&json!("text"));
        check(&json!(null));
    }

    #[test]
    fn what_is_no_scalar_is_left_to_the_long_way() {
        assert_eq!(read(&[1, 2]), None);
        assert_eq!(read(&json!({"a": 1})), None);
        assert_eq!(read(&Some(vec!["x"])), None);
        assert_eq!(read(&0.1_f32), None);
        assert_eq!(read(&i128::MAX), None);
        assert_eq!(read(&crate::File::new("x")), None);
    }
}
