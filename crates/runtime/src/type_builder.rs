//! Builders of generated types, which collect an object member by member.

use std::fmt::Display;

use crate::ConversionError;

/// Defines the builder of a generated struct, in the module `builder` beside it.
///
/// A member is `required`, `optional` (an `Option` in the struct) or `defaulted` (empty where it
/// is not given). A value is converted when it is set; the first that cannot be is what
/// `try_from` complains about.
#[doc(hidden)]
#[macro_export]
macro_rules! type_builder {
    ($(#[$attribute:meta])* $name:ident { $($field:ident: $presence:ident $kind:ty,)* }) => {
        $(#[$attribute])*
        #[doc = concat!("Builds a [`", stringify!($name), "`](super::", stringify!($name), ") member by member.")]
        #[derive(Clone, Debug, Default)]
        pub struct $name {
            _problem: Option<String>,
            $($field: Option<$kind>,)*
        }

        $(#[$attribute])*
        impl $name {
            $(
                #[doc = concat!("Sets [`", stringify!($field), "`](super::", stringify!($name), "::", stringify!($field), ").")]
                pub fn $field(mut self, value: impl TryInto<$kind, Error: ::std::fmt::Display>) -> Self {
                    self.$field = $crate::type_builder::given(stringify!($field), value.try_into(), &mut self._problem);
                    self
                }
            )*
        }

        $(#[$attribute])*
        impl TryFrom<$name> for super::$name {
            type Error = $crate::ConversionError;

            fn try_from(builder: $name) -> Result<Self, $crate::ConversionError> {
                if let Some(problem) = builder._problem {
                    return Err(problem.into());
                }
                Ok(Self { $($field: $crate::type_builder!(@$presence $field builder.$field),)* })
            }
        }

        $(#[$attribute])*
        impl From<super::$name> for $name {
            fn from(value: super::$name) -> Self {
                Self { _problem: None, $($field: $crate::type_builder!(@from $presence value.$field),)* }
            }
        }

        $(#[$attribute])*
        impl super::$name {
            /// An empty builder of this type.
            pub fn builder() -> $name {
                Default::default()
            }
        }
    };
    (@required $field:ident $value:expr) => { $crate::type_builder::required(stringify!($field), $value)? };
    (@optional $field:ident $value:expr) => { $value };
    (@defaulted $field:ident $value:expr) => { $value.unwrap_or_default() };
    (@from optional $value:expr) => { $value };
    (@from $presence:ident $value:expr) => { Some($value) };
}

/// A member that was set: its value, or a note of what is wrong with it.
#[doc(hidden)]
pub fn given<T, E: Display>(
    name: &str,
    value: Result<T, E>,
    problem: &mut Option<String>,
) -> Option<T> {
    match value {
        Ok(value) => Some(value),
        Err(error) => {
            problem.get_or_insert_with(|| format!("{name}: {error}"));
            None
        }
    }
}

/// A member without which there is no value.
///
/// # Errors
///
/// It was not set.
#[doc(hidden)]
pub fn required<T>(name: &str, value: Option<T>) -> Result<T, ConversionError> {
    value.ok_or_else(|| format!("no value supplied for {name}").into())
}
