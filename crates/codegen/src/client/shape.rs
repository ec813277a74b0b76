//! Schemas in the few forms that progenitor always takes, and what they are in Rust.

use proc_macro2::TokenStream;
use quote::quote;
use serde_json::{Map, Value, json};

use crate::names::ident;

/// What a value is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Schema {
    /// Its form.
    pub(crate) shape: Shape,
    /// Whether it may be null.
    pub(crate) nullable: bool,
}

/// The form of a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Shape {
    /// Anything.
    Any,
    /// `true` or `false`.
    Boolean,
    /// An integer of this Rust type.
    Integer(&'static str),
    /// A number of this Rust type.
    Number(&'static str),
    /// A string.
    String,
    /// A string with a format that has a Rust type of its own.
    Format(Format),
    /// A secret string.
    Secret,
    /// A secret string that only requests have, and that must not be empty in them.
    FilledSecret,
    /// A file in a request body.
    File,
    /// An array.
    Array(Box<Schema>),
    /// An object with any keys.
    Map(Box<Schema>),
    /// A type of the generated module `types`.
    Named(String),
}

/// A string format that has a Rust type of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    Date,
    DateTime,
    Uuid,
    Ip,
    Ipv4,
    Ipv6,
}

impl Format {
    /// The format with this name in a schema.
    pub(crate) fn named(name: &str) -> Option<Self> {
        Some(match name {
            "date" => Self::Date,
            "date-time" => Self::DateTime,
            "uuid" => Self::Uuid,
            "ip" => Self::Ip,
            "ipv4" => Self::Ipv4,
            "ipv6" => Self::Ipv6,
            _ => return None,
        })
    }

    fn name(self) -> &'static str {
        match self {
            Self::Date => "date",
            Self::DateTime => "date-time",
            Self::Uuid => "uuid",
            Self::Ip => "ip",
            Self::Ipv4 => "ipv4",
            Self::Ipv6 => "ipv6",
        }
    }

    fn rust(self) -> TokenStream {
        match self {
            Self::Date => quote!(::chrono::naive::NaiveDate),
            Self::DateTime => quote!(::chrono::DateTime<::chrono::offset::Utc>),
            Self::Uuid => quote!(::uuid::Uuid),
            Self::Ip => quote!(::std::net::IpAddr),
            Self::Ipv4 => quote!(::std::net::Ipv4Addr),
            Self::Ipv6 => quote!(::std::net::Ipv6Addr),
        }
    }
}

/// The format of a file, which progenitor is told to convert.
pub(crate) const FILE_FORMAT: &str = "keyfob-file";

impl Schema {
    /// A value of this form that is never null.
    pub(crate) fn of(shape: Shape) -> Self {
        Self {
            shape,
            nullable: false,
        }
    }

    /// The schema as progenitor reads it.
    pub(crate) fn json(&self) -> Value {
        let mut schema = match &self.shape {
            Shape::Any => return json!({}),
            Shape::Boolean => json!({"type": "boolean"}),
            Shape::Integer("i64") => json!({"type": "integer"}),
            Shape::Integer(rust) => json!({"type": "integer", "format": integer_format(rust)}),
            Shape::Number("f32") => json!({"type": "number", "format": "float"}),
            Shape::Number(_) => json!({"type": "number"}),
            Shape::String => json!({"type": "string"}),
            Shape::Format(format) => json!({"type": "string", "format": format.name()}),
            Shape::Secret | Shape::FilledSecret => {
                json!({"type": "string", "format": "password"})
            }
            Shape::File => json!({"type": "string", "format": FILE_FORMAT}),
            Shape::Array(items) => json!({"type": "array", "items": items.json()}),
            Shape::Map(values) if values.shape == Shape::Any => json!({"type": "object"}),
            Shape::Map(values) => json!({"type": "object", "additionalProperties": values.json()}),
            Shape::Named(name) => {
                let reference = json!({"$ref": format!("#/components/schemas/{name}")});
                if !self.nullable {
                    return reference;
                }
                json!({"allOf": [reference]})
            }
        };
        if let (true, Some(members)) = (self.nullable, schema.as_object_mut()) {
            members.insert("nullable".to_string(), Value::Bool(true));
        }
        schema
    }

    /// The Rust type, as progenitor writes it; named types are looked for in `module`.
    pub(crate) fn rust(&self, module: &TokenStream) -> TokenStream {
        let shape = match &self.shape {
            Shape::Any => quote!(::serde_json::Value),
            Shape::Boolean => quote!(bool),
            Shape::Integer(name) | Shape::Number(name) => {
                let name = ident(name);
                quote!(#name)
            }
            Shape::String => quote!(String),
            Shape::Format(format) => format.rust(),
            Shape::Secret | Shape::FilledSecret => quote!(::keyfob_runtime::Secret),
            Shape::File => quote!(::keyfob_runtime::File),
            Shape::Array(items) => {
                let items = items.rust(module);
                quote!(Vec<#items>)
            }
            Shape::Map(values) if values.shape == Shape::Any => {
                quote!(::serde_json::Map<String, ::serde_json::Value>)
            }
            Shape::Map(values) => {
                let values = values.rust(module);
                quote!(::std::collections::BTreeMap<String, #values>)
            }
            Shape::Named(name) => {
                let name = ident(name);
                quote!(#module #name)
            }
        };
        if self.nullable {
            quote!(Option<#shape>)
        } else {
            shape
        }
    }
}

fn integer_format(rust: &str) -> &'static str {
    match rust {
        "i8" => "int8",
        "u8" => "uint8",
        "i16" => "int16",
        "u16" => "uint16",
        "i32" => "int32",
        "u32" => "uint32",
        "u64" => "uint64",
        _ => "int64",
    }
}

/// The Rust type of an integer with this format. One that cannot be negative is unsigned.
pub(crate) fn integer(format: Option<&str>, unsigned: bool) -> &'static str {
    match format {
        Some("int8") => "i8",
        Some("uint8") => "u8",
        Some("int16") => "i16",
        Some("uint16") => "u16",
        Some("int" | "int32") => "i32",
        Some("uint" | "uint32") => "u32",
        Some("uint64") => "u64",
        _ if unsigned => "u64",
        _ => "i64",
    }
}

/// A type of the generated module `types`.
#[derive(Debug, Clone)]
pub(crate) struct Definition {
    /// Its name.
    pub(crate) name: String,
    /// Where its schema stands in the document.
    pub(crate) pointer: String,
    /// What the document says about it; free text.
    pub(crate) documentation: String,
    /// What it is.
    pub(crate) kind: Kind,
    /// Whether a parameter or a request body is made of it.
    pub(crate) in_requests: bool,
}

/// What a type is.
#[derive(Debug, Clone)]
pub(crate) enum Kind {
    /// A struct.
    Struct(Struct),
    /// One of a list of strings.
    Enumeration(Enumeration),
    /// One of several forms.
    Union(Union),
    /// A string with rules.
    Text(Map<String, Value>),
    /// A type of its own around another one.
    Wrapper(Schema),
    /// Another name for a type.
    Alias(Schema),
}

/// An object with known members.
#[derive(Debug, Clone)]
pub(crate) struct Struct {
    /// Its members, in document order.
    pub(crate) fields: Vec<Field>,
    /// What further members are, if the document says so.
    pub(crate) extra: Option<Schema>,
}

/// A member of an object.
#[derive(Debug, Clone)]
pub(crate) struct Field {
    /// Its name on the wire.
    pub(crate) wire: String,
    /// Its name in Rust.
    pub(crate) name: String,
    /// What it is.
    pub(crate) schema: Schema,
    /// Whether it is always there.
    pub(crate) required: bool,
    /// What the document says about it; free text.
    pub(crate) documentation: String,
}

/// One of a list of strings.
#[derive(Debug, Clone)]
pub(crate) struct Enumeration {
    /// The variants: name in Rust, value on the wire.
    pub(crate) variants: Vec<(String, String)>,
    /// The variant for values that the document does not name, where an answer may bring one.
    pub(crate) unknown: Option<String>,
}

/// One of several forms.
#[derive(Debug, Clone)]
pub(crate) struct Union {
    /// The forms, those that say most first.
    pub(crate) members: Vec<Schema>,
    /// The property that tells the forms apart, if there is one.
    pub(crate) tag: Option<Tag>,
}

/// The property that tells the forms of a union apart.
#[derive(Debug, Clone)]
pub(crate) struct Tag {
    /// The property's name on the wire.
    pub(crate) property: String,
    /// Its values, each with the index of the member that it stands for.
    pub(crate) values: Vec<(String, usize)>,
    /// Whether an answer may bring a value that the document does not name.
    pub(crate) open: bool,
}

impl Kind {
    /// The definition as progenitor reads it. Only the structure: texts are put in afterwards.
    /// `None` where there is nothing for progenitor to do.
    pub(crate) fn json(&self) -> Option<Value> {
        Some(match self {
            Kind::Struct(one) => {
                let properties: Map<String, Value> = one
                    .fields
                    .iter()
                    .map(|field| (field.name.clone(), field.schema.json()))
                    .collect();
                let required: Vec<&String> = one
                    .fields
                    .iter()
                    .filter(|field| field.required)
                    .map(|field| &field.name)
                    .collect();
                let mut schema =
                    json!({"type": "object", "properties": properties, "required": required});
                if let (Some(extra), Some(members)) = (&one.extra, schema.as_object_mut()) {
                    members.insert("additionalProperties".to_string(), extra.json());
                }
                schema
            }
            Kind::Enumeration(one) => {
                // It is printed beside progenitor, which only has to know that it is there.
                let names: Vec<&String> =
                    one.variants.iter().take(1).map(|(name, _)| name).collect();
                json!({"type": "string", "enum": names})
            }
            Kind::Union(one) => {
                let members: Vec<Value> = one.members.iter().map(Schema::json).collect();
                json!({"oneOf": members})
            }
            Kind::Text(rules) => {
                let mut schema = rules.clone();
                schema.insert("type".to_string(), Value::String("string".to_string()));
                Value::Object(schema)
            }
            Kind::Wrapper(schema) => schema.json(),
            Kind::Alias(_) => return None,
        })
    }
}
