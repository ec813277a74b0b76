//! One of a list of strings. Where an answer can bring a value that the document does not name,
//! there is a variant that keeps it.

use proc_macro2::{Ident, TokenStream};
use quote::quote;

use crate::client::shape::{Definition, Enumeration};
use crate::documentation;
use crate::names::ident;

/// So many values are named where a text is none of them.
const NAMED_VALUES: usize = 12;

/// The enum with all its conversions.
pub(super) fn print(definition: &Definition, enumeration: &Enumeration) -> TokenStream {
    let name = ident(&definition.name);
    let item = item(definition, enumeration);
    let conversions = match &enumeration.unknown {
        Some(unknown) => open(&name, enumeration, &ident(unknown)),
        None => closed(&name, enumeration),
    };
    let texts = texts(&name, enumeration);
    let json_schema = json_schema(definition, enumeration);
    quote! {
        #item
        #texts
        #conversions
        #json_schema
    }
}

fn item(definition: &Definition, enumeration: &Enumeration) -> TokenStream {
    let text = if definition.documentation.is_empty() {
        format!("`{}`", definition.name)
    } else {
        definition.documentation.clone()
    };
    let documentation = documentation::attributes(&text);
    let name = ident(&definition.name);
    let copy = enumeration.unknown.is_none().then(|| quote!(Copy,));
    let variants = enumeration.variants.iter().map(|(name, wire)| {
        let text = if wire.trim().is_empty() {
            format!("The value {wire:?}.")
        } else {
            format!("`{}`", wire.replace('`', ""))
        };
        let about = documentation::attributes(&text);
        let name = ident(name);
        quote!(#about #name)
    });
    let unknown = enumeration.unknown.as_ref().map(|unknown| {
        let unknown = ident(unknown);
        quote! {
            /// A value that the API's description does not name.
            #unknown(::std::string::String),
        }
    });
    quote! {
        #documentation
        #[derive(Clone, #copy Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
        pub enum #name {
            #(#variants,)*
            #unknown
        }
    }
}

fn texts(name: &Ident, enumeration: &Enumeration) -> TokenStream {
    let arms = enumeration.variants.iter().map(|(variant, wire)| {
        let variant = ident(variant);
        quote!(Self::#variant => #wire,)
    });
    let unknown = enumeration.unknown.as_ref().map(|unknown| {
        let unknown = ident(unknown);
        quote!(Self::#unknown(value) => value,)
    });
    quote! {
        impl #name {
            /// The value as it is sent.
            pub fn as_str(&self) -> &str {
                match self {
                    #(#arms)*
                    #unknown
                }
            }
        }

        impl ::std::fmt::Display for #name {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl ::serde::Serialize for #name {
            fn serialize<S: ::serde::Serializer>(&self, serializer: S) -> ::std::result::Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }
    }
}

/// Any text is a value.
fn open(name: &Ident, enumeration: &Enumeration, unknown: &Ident) -> TokenStream {
    let arms = enumeration.variants.iter().map(|(variant, wire)| {
        let variant = ident(variant);
        quote!(#wire => Self::#variant,)
    });
    quote! {
        impl ::std::convert::From<&str> for #name {
            fn from(value: &str) -> Self {
                match value {
                    #(#arms)*
                    _ => Self::#unknown(value.to_string()),
                }
            }
        }

        impl ::std::convert::From<::std::string::String> for #name {
            fn from(value: ::std::string::String) -> Self {
                Self::from(value.as_str())
            }
        }

        impl ::std::str::FromStr for #name {
            type Err = ::std::convert::Infallible;

            fn from_str(value: &str) -> ::std::result::Result<Self, ::std::convert::Infallible> {
                Ok(Self::from(value))
            }
        }

        impl<'de> ::serde::Deserialize<'de> for #name {
            fn deserialize<D: ::serde::Deserializer<'de>>(deserializer: D) -> ::std::result::Result<Self, D::Error> {
                <::std::string::String as ::serde::Deserialize>::deserialize(deserializer).map(Self::from)
            }
        }
    }
}

/// Only the listed texts are values.
///
/// A value may be called `Error` or `Err`, and its variant then is what `Self::Error` would
/// mean: the functions name their error types in full.
fn closed(name: &Ident, enumeration: &Enumeration) -> TokenStream {
    let arms = enumeration.variants.iter().map(|(variant, wire)| {
        let variant = ident(variant);
        quote!(#wire => Ok(Self::#variant),)
    });
    let message = expectation(enumeration);
    quote! {
        impl ::std::str::FromStr for #name {
            type Err = self::error::ConversionError;

            fn from_str(value: &str) -> ::std::result::Result<Self, self::error::ConversionError> {
                match value {
                    #(#arms)*
                    _ => Err(#message.into()),
                }
            }
        }

        impl ::std::convert::TryFrom<&str> for #name {
            type Error = self::error::ConversionError;

            fn try_from(value: &str) -> ::std::result::Result<Self, self::error::ConversionError> {
                value.parse()
            }
        }

        impl ::std::convert::TryFrom<::std::string::String> for #name {
            type Error = self::error::ConversionError;

            fn try_from(value: ::std::string::String) -> ::std::result::Result<Self, self::error::ConversionError> {
                value.parse()
            }
        }

        impl<'de> ::serde::Deserialize<'de> for #name {
            fn deserialize<D: ::serde::Deserializer<'de>>(deserializer: D) -> ::std::result::Result<Self, D::Error> {
                let text = <::std::string::String as ::serde::Deserialize>::deserialize(deserializer)?;
                text.parse().map_err(<D::Error as ::serde::de::Error>::custom)
            }
        }
    }
}

fn expectation(enumeration: &Enumeration) -> String {
    let values: Vec<String> = enumeration
        .variants
        .iter()
        .take(NAMED_VALUES)
        .map(|(_, wire)| format!("{wire:?}"))
        .collect();
    let more = if enumeration.variants.len() > NAMED_VALUES {
        ", ..."
    } else {
        ""
    };
    format!("it is not one of {}{more}", values.join(", "))
}

fn json_schema(definition: &Definition, enumeration: &Enumeration) -> TokenStream {
    let name = ident(&definition.name);
    let schema_name = &definition.name;
    let values = enumeration.unknown.is_none().then(|| {
        let values = enumeration.variants.iter().map(|(_, wire)| wire);
        quote!(enum_values: Some(::std::vec![#(#values.into()),*]),)
    });
    quote! {
        #[cfg(feature = "schemars")]
        impl ::schemars::JsonSchema for #name {
            fn schema_name() -> ::std::string::String {
                #schema_name.to_string()
            }

            fn json_schema(_: &mut ::schemars::r#gen::SchemaGenerator) -> ::schemars::schema::Schema {
                ::schemars::schema::SchemaObject {
                    instance_type: Some(::schemars::schema::InstanceType::String.into()),
                    #values
                    ..::std::default::Default::default()
                }
                .into()
            }
        }
    }
}
