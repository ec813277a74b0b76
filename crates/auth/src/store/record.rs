//! What is kept of a credential from one acquisition to the next.

use std::fmt;

use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::StoreError;
use crate::secret::Secret;

/// A credential's last token and what renews it. Its secrets are wiped when it is dropped.
#[derive(Clone, Default, PartialEq)]
pub struct Record {
    /// The workflow that yielded the token.
    pub(crate) workflow: String,
    pub(crate) access_token: Option<Secret>,
    /// When the token was asked for, by the wall clock, in milliseconds since the Unix epoch.
    pub(crate) issued_at: u64,
    /// When it ends, by the same clock. `None`: when it is refused.
    pub(crate) expires_at: Option<u64>,
    pub(crate) refresh_token: Option<Secret>,
    pub(crate) scope: Option<String>,
    /// The server that takes the token, where its answer named one.
    pub(crate) server_url: Option<String>,
    /// The first workflow must not run again: it took its single use, or its refresh token is
    /// dead.
    pub(crate) spent: bool,
    /// The refresh token is on its way to the server. Where this is found by somebody who holds
    /// the lock, whoever sent it is gone, and so may be what the server gave for it.
    pub(crate) in_exchange: bool,
    /// Whether the server gives another refresh token for each that is used.
    pub(crate) rotates: Option<bool>,
}

/// The format that is written. A reader takes this one and all before it.
const FORMAT: u64 = 1;

impl Record {
    /// The record as JSON, for a store of one's own. It holds secrets.
    pub fn to_bytes(&self) -> Zeroizing<Vec<u8>> {
        let text = |secret: &Option<Secret>| secret.as_ref().map_or(0, |text| text.expose().len());
        let open = |text: &Option<String>| text.as_ref().map_or(0, String::len);
        let length = text(&self.access_token) + text(&self.refresh_token);
        let length = length + open(&self.scope) + open(&self.server_url) + self.workflow.len();
        // Room for every character escaped: growing would leave copies behind that nobody wipes.
        let mut bytes = Zeroizing::new(Vec::with_capacity(512 + 6 * length));
        let written = Written {
            format: FORMAT,
            workflow: &self.workflow,
            access_token: self.access_token.as_ref().map(Secret::expose),
            issued_at: self.issued_at,
            expires_at: self.expires_at,
            refresh_token: self.refresh_token.as_ref().map(Secret::expose),
            scope: self.scope.as_deref(),
            server_url: self.server_url.as_deref(),
            spent: self.spent,
            in_exchange: self.in_exchange,
            rotates: self.rotates,
        };
        // Writing texts and numbers into memory cannot fail.
        let _ = serde_json::to_writer(&mut *bytes, &written);
        bytes
    }

    /// Reads what [`to_bytes`](Self::to_bytes) wrote. `place` is named in errors.
    ///
    /// # Errors
    ///
    /// [`StoreError::NewerFormat`] or [`StoreError::Damaged`].
    pub fn from_bytes(bytes: &[u8], place: &str) -> Result<Self, StoreError> {
        // The parser's own words may repeat what it read, so only the place goes into the error.
        let damaged = |error: serde_json::Error| StoreError::Damaged {
            place: place.to_owned(),
            problem: match error.is_eof() {
                true => "it ends too early".to_owned(),
                false => format!("byte {} of it does not belong there", error.column()),
            },
            kept: None,
        };
        let Format { format } = serde_json::from_slice(bytes).map_err(damaged)?;
        if format > FORMAT {
            return Err(StoreError::NewerFormat {
                place: place.to_owned(),
                format,
                known: FORMAT,
            });
        }
        let read: Read = serde_json::from_slice(bytes).map_err(damaged)?;
        Ok(Self {
            workflow: read.workflow,
            access_token: read.access_token,
            issued_at: read.issued_at,
            expires_at: read.expires_at,
            refresh_token: read.refresh_token,
            scope: read.scope,
            server_url: read.server_url,
            spent: read.spent,
            in_exchange: read.in_exchange,
            rotates: read.rotates,
        })
    }
}

#[derive(Serialize)]
struct Written<'a> {
    format: u64,
    workflow: &'a str,
    access_token: Option<&'a str>,
    issued_at: u64,
    expires_at: Option<u64>,
    refresh_token: Option<&'a str>,
    scope: Option<&'a str>,
    server_url: Option<&'a str>,
    spent: bool,
    in_exchange: bool,
    rotates: Option<bool>,
}

#[derive(Deserialize)]
struct Format {
    format: u64,
}

#[derive(Deserialize)]
struct Read {
    workflow: String,
    access_token: Option<Secret>,
    issued_at: u64,
    expires_at: Option<u64>,
    refresh_token: Option<Secret>,
    scope: Option<String>,
    server_url: Option<String>,
    spent: bool,
    in_exchange: bool,
    rotates: Option<bool>,
}

impl fmt::Debug for Record {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Record")
            .field("workflow", &self.workflow)
            .field("access_token", &self.access_token)
            .field("expires_at", &self.expires_at)
            .field("refresh_token", &self.refresh_token)
            .field("spent", &self.spent)
            .field("in_exchange", &self.in_exchange)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn record() -> Record {
        Record {
            workflow: "code".to_owned(),
            access_token: Some("canary-a\u{1}\"".into()),
            issued_at: 5,
            expires_at: Some(6),
            refresh_token: Some("canary-r".into()),
            scope: Some("read".to_owned()),
            server_url: Some("https://acme.example/".to_owned()),
            spent: true,
            in_exchange: true,
            rotates: Some(true),
        }
    }

    #[test]
    fn a_record_comes_back_as_it_was() {
        for record in [record(), Record::default()] {
            let bytes = record.to_bytes();
            assert_eq!(Record::from_bytes(&bytes, "here"), Ok(record));
        }
    }

    #[test]
    fn every_part_of_a_record_is_a_damaged_one_and_shows_nothing() {
        let bytes = record().to_bytes();
        for length in 0..bytes.len() {
            let error = Record::from_bytes(&bytes[..length], "here").unwrap_err();
            assert!(matches!(error, StoreError::Damaged { .. }), "{error}");
            assert!(!format!("{error} {error:?}").contains("canary"), "{error}");
        }
        for foreign in [
            "[]",
            "7",
            "canary",
            r#"{"format":1}"#,
            r#"{"format":"canary"}"#,
            r#"{"format":1,"workflow":7,"access_token":{"canary":1}}"#,
        ] {
            let error = Record::from_bytes(foreign.as_bytes(), "here").unwrap_err();
            assert!(matches!(error, StoreError::Damaged { .. }), "{error}");
            assert!(!format!("{error} {error:?}").contains("canary"), "{error}");
        }
    }

    proptest! {
        #[test]
        fn whatever_stands_there_is_read_without_a_panic(
            bytes in prop::collection::vec(any::<u8>(), 0..200),
            at in 0_usize..200,
            other in any::<u8>(),
        ) {
            let _ = Record::from_bytes(&bytes, "here");
            let mut altered = record().to_bytes();
            let at = at % altered.len();
            altered[at] = other;
            if let Err(error) = Record::from_bytes(&altered, "here") {
                let shown = format!("{error} {error:?}");
                prop_assert!(!shown.contains("canary"));
            }
        }
    }

    #[test]
    fn a_later_format_is_named_and_not_read() {
        let later = br#"{"format":2,"workflow":["somehow","else"]}"#;
        let error = Record::from_bytes(later, "here").unwrap_err();
        assert!(error.to_string().contains("format 2"), "{error}");
        assert!(matches!(error, StoreError::NewerFormat { .. }));
    }

    #[test]
    fn a_record_shows_no_secret() {
        assert!(!format!("{:?}", record()).contains("canary"));
    }

    #[test]
    fn writing_never_moves_the_bytes() {
        let mut record = record();
        record.access_token = Some("\u{1}".repeat(10_000).into());
        let bytes = record.to_bytes();
        assert!(bytes.capacity() >= 512 + 60_000 && bytes.len() <= bytes.capacity());
        assert!(bytes.capacity() < 62_000, "it was reserved at once");
    }
}
