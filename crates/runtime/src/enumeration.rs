//! What enums of texts have in common: generated code writes the enum and lists its values.

use std::fmt;

/// So many values are named where a text is none of them.
const NAMED_VALUES: usize = 12;

/// A text, or several members, of which no value of a generated type can be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConversionError(String);

impl fmt::Display for ConversionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for ConversionError {}

impl From<&'static str> for ConversionError {
    fn from(message: &'static str) -> Self {
        Self(message.to_owned())
    }
}

impl From<String> for ConversionError {
    fn from(message: String) -> Self {
        Self(message)
    }
}

/// The conversions of an enum of texts, of which any text is a value: those that the API's
/// description does not name are kept in the last variant.
#[doc(hidden)]
#[macro_export]
macro_rules! open_enum {
    ($name:ident, $unknown:ident, { $($variant:ident = $wire:literal),* $(,)? }) => {
        impl $name {
            /// The value as it is sent.
            pub fn as_str(&self) -> &str {
                match self {
                    $(Self::$variant => $wire,)*
                    Self::$unknown(value) => value,
                }
            }
        }

        impl From<&str> for $name {
            fn from(value: &str) -> Self {
                match value {
                    $($wire => Self::$variant,)*
                    _ => Self::$unknown(value.to_string()),
                }
            }
        }

        impl From<String> for $name {
            fn from(value: String) -> Self {
                Self::from(value.as_str())
            }
        }

        impl ::std::str::FromStr for $name {
            type Err = ::std::convert::Infallible;

            fn from_str(value: &str) -> Result<Self, ::std::convert::Infallible> {
                Ok(Self::from(value))
            }
        }

        impl<'de> $crate::serde::Deserialize<'de> for $name {
            fn deserialize<D: $crate::serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                <String as $crate::serde::Deserialize>::deserialize(deserializer).map(Self::from)
            }
        }

        $crate::text_enum!($name, &[]);
    };
}

/// The conversions of an enum of texts, of which only the listed texts are values.
// A value may be called `Error` or `Err`, and its variant then is what `Self::Error` would mean:
// the functions name their error types in full.
#[doc(hidden)]
#[macro_export]
macro_rules! closed_enum {
    ($name:ident, { $($variant:ident = $wire:literal),* $(,)? }) => {
        impl $name {
            /// The value as it is sent.
            pub fn as_str(&self) -> &'static str {
                match self {
                    $(Self::$variant => $wire,)*
                }
            }
        }

        impl ::std::str::FromStr for $name {
            type Err = $crate::ConversionError;

            fn from_str(value: &str) -> Result<Self, $crate::ConversionError> {
                match value {
                    $($wire => Ok(Self::$variant),)*
                    _ => Err($crate::enumeration::none_of(&[$($wire),*])),
                }
            }
        }

        impl TryFrom<&str> for $name {
            type Error = $crate::ConversionError;

            fn try_from(value: &str) -> Result<Self, $crate::ConversionError> {
                value.parse()
            }
        }

        impl TryFrom<String> for $name {
            type Error = $crate::ConversionError;

            fn try_from(value: String) -> Result<Self, $crate::ConversionError> {
                value.parse()
            }
        }

        impl<'de> $crate::serde::Deserialize<'de> for $name {
            fn deserialize<D: $crate::serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = <String as $crate::serde::Deserialize>::deserialize(deserializer)?;
                text.parse().map_err(<D::Error as $crate::serde::de::Error>::custom)
            }
        }

        $crate::text_enum!($name, &[$($wire),*]);
    };
}

/// What open and closed enums of texts share. The list of values is empty where any is one.
#[doc(hidden)]
#[macro_export]
macro_rules! text_enum {
    ($name:ident, $values:expr) => {
        impl ::std::fmt::Display for $name {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl $crate::serde::Serialize for $name {
            fn serialize<S: $crate::serde::Serializer>(
                &self,
                serializer: S,
            ) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }

        #[cfg(feature = "schemars")]
        impl $crate::schemars::JsonSchema for $name {
            fn schema_name() -> String {
                stringify!($name).to_string()
            }

            fn json_schema(
                _: &mut $crate::schemars::r#gen::SchemaGenerator,
            ) -> $crate::schemars::schema::Schema {
                $crate::enumeration::json_schema($values)
            }
        }
    };
}

/// What is said of a text that is no value of an enum.
#[doc(hidden)]
pub fn none_of(values: &[&str]) -> ConversionError {
    let named: Vec<String> = values
        .iter()
        .take(NAMED_VALUES)
        .map(|value| format!("{value:?}"))
        .collect();
    let more = if values.len() > NAMED_VALUES {
        ", ..."
    } else {
        ""
    };
    ConversionError(format!("it is not one of {}{more}", named.join(", ")))
}

/// The schema of an enum of texts.
#[cfg(feature = "schemars")]
#[doc(hidden)]
pub fn json_schema(values: &[&str]) -> schemars::schema::Schema {
    let values = values.iter().map(|value| (*value).into()).collect();
    schemars::schema::SchemaObject {
        instance_type: Some(schemars::schema::InstanceType::String.into()),
        enum_values: Some(values).filter(|values: &Vec<_>| !values.is_empty()),
        ..Default::default()
    }
    .into()
}
