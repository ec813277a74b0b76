//! What an application gives to the builder of a call, kept until the call is sent.

use std::borrow::Cow;
use std::fmt::Display;

/// A value for a call, or why it is none: then the call is not sent, and its error says so.
pub type Given<T> = Result<T, Cow<'static, str>>;

/// The value as the operation takes it.
#[doc(hidden)]
pub fn given<T, V>(value: V) -> Given<T>
where
    V: TryInto<T, Error: Display>,
{
    value.try_into().map_err(|error| error.to_string().into())
}
