//! `<<`: the members of another mapping, in YAML 1.1.

use std::collections::HashMap;

use serde_json::{Map, Value};

use super::{Built, fault};
use crate::diagnostics::Fault;
use crate::place::{Children, PlaceNode};

/// Adds what stands under `<<` to a mapping, whose own members come first; of several mappings,
/// the earlier ones do.
pub(super) fn add(
    merged: Built,
    values: &mut Map<String, Value>,
    places: &mut HashMap<String, PlaceNode>,
) -> Result<(), Fault> {
    match (merged.value, merged.places.children) {
        (Value::Object(members), Children::Members(mut below)) => {
            for (key, value) in members {
                if values.contains_key(&key) {
                    continue;
                }
                if let Some(place) = below.remove(&key) {
                    places.insert(key.clone(), place);
                }
                values.insert(key, value);
            }
            Ok(())
        }
        (Value::Array(items), Children::Items(below)) if items.iter().all(Value::is_object) => {
            for (value, places_of_item) in items.into_iter().zip(below) {
                let item = Built {
                    value,
                    places: places_of_item,
                    nodes: 0,
                    depth: 0,
                };
                add(item, values, places)?;
            }
            Ok(())
        }
        _ => fault(
            "`<<` takes in no mapping",
            "let it name a mapping or a list of mappings, or quote the key",
        ),
    }
}
