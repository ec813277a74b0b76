//! Security schemes that are not written as 3.0 writes them.

use serde_json::{Map, Value};

use crate::rules::Notes;
use crate::tree::Object;

/// `type: basic` is Swagger 2.0's; an `apiKey` that does not say where it stands cannot be
/// presented, and is left for the checks to complain about.
pub(super) fn apply(scheme: &mut Object<'_>, notes: &mut Notes<'_>) {
    let place = scheme.place_of("type");
    match scheme.text("type") {
        Some("basic") => {
            notes.add(
                place,
                "`type: basic` is read as `type: http, scheme: basic`",
            );
            scheme.set("type", "http");
            scheme.set("scheme", "basic");
        }
        Some("bearer") => {
            notes.add(
                place,
                "`type: bearer` is read as `type: http, scheme: bearer`",
            );
            scheme.set("type", "http");
            scheme.set("scheme", "bearer");
        }
        Some("http") if !scheme.has("scheme") && scheme.has("bearerFormat") => {
            notes.add(place, "what has a `bearerFormat` is a bearer token");
            scheme.set("scheme", "bearer");
        }
        Some("http") => {
            let meant = match scheme.text("scheme").map(str::trim) {
                Some(word) if word.to_ascii_lowercase().starts_with("bearer ") => "bearer",
                Some(word) if word.to_ascii_lowercase().starts_with("basic ") => "basic",
                _ => return,
            };
            notes.add(place, format!("the scheme is read as `{meant}`"));
            scheme.set("scheme", meant);
        }
        Some("oauth2") if !scheme.has("flows") => {
            notes.add(
                place,
                "no flow is described: a token is given by the application",
            );
            scheme.set("flows", Map::new());
        }
        Some("openIdConnect") if !scheme.get("openIdConnectUrl").is_some_and(Value::is_string) => {
            notes.add(
                place,
                "no `openIdConnectUrl`: a token is given by the application",
            );
            scheme.set("openIdConnectUrl", "");
        }
        _ => {}
    }
}
