//! What an application gives to a client.

use std::fmt;
use std::sync::Arc;

use crate::api::{Api, BasicEncoding, Presentation, Scheme};
use crate::config_error::ConfigError;
use crate::inputs::{Inputs, environment_variable, missing_variable, variable_name};
use crate::secret::Secret;
use crate::token::TokenSource;

/// The credential for one security scheme of an API.
#[derive(Clone)]
pub struct Credential {
    pub(crate) scheme: &'static Scheme,
    pub(crate) content: Content,
}

/// What a credential is made of.
#[derive(Clone)]
pub(crate) enum Content {
    Fixed(Secret),
    Basic { username: String, password: Secret },
    Workflow(Inputs),
    Source(Arc<dyn TokenSource>),
    Anonymous,
}

impl Credential {
    /// A ready token or key, presented as the scheme says.
    pub fn fixed(scheme: &'static Scheme, value: impl Into<Secret>) -> Self {
        Self {
            scheme,
            content: Content::Fixed(value.into()),
        }
    }

    /// A user name and a password, for a scheme that presents `Authorization: Basic`.
    pub fn basic(
        scheme: &'static Scheme,
        username: impl Into<String>,
        password: impl Into<Secret>,
    ) -> Self {
        Self {
            scheme,
            content: Content::Basic {
                username: username.into(),
                password: password.into(),
            },
        }
    }

    /// A token that a workflow acquires.
    pub fn workflow(inputs: Inputs) -> Self {
        let wanted = inputs.workflow().scheme;
        let found = inputs.api().scheme(wanted);
        Self {
            scheme: found.unwrap_or(&NO_SCHEME),
            content: Content::Workflow(inputs),
        }
    }

    /// A token that the application acquires by its own means.
    pub fn source(scheme: &'static Scheme, source: impl TokenSource) -> Self {
        Self {
            scheme,
            content: Content::Source(Arc::new(source)),
        }
    }

    /// Satisfies the scheme and sends nothing, for an endpoint that asks for less than its
    /// document says.
    pub fn anonymous(scheme: &'static Scheme) -> Self {
        Self {
            scheme,
            content: Content::Anonymous,
        }
    }

    /// A ready credential from environment variables: `<API>_<SCHEME>` in upper snake case, for
    /// a Basic scheme `<API>_<SCHEME>_USERNAME` and `<API>_<SCHEME>_PASSWORD`.
    ///
    /// # Errors
    ///
    /// Names the variable that is missing, or that is no text.
    pub fn fixed_from_env(api: &'static Api, scheme: &'static Scheme) -> Result<Self, ConfigError> {
        Self::fixed_from_variables(api, scheme, &environment_variable)
    }

    fn fixed_from_variables(
        api: &'static Api,
        scheme: &'static Scheme,
        read: &dyn Fn(&str) -> Result<Option<String>, ConfigError>,
    ) -> Result<Self, ConfigError> {
        let name = variable_name(api.name, scheme.name);
        let required = |variable: String| match read(&variable)? {
            Some(value) => Ok(value),
            None => Err(missing_variable(variable)),
        };
        if scheme.presentation == Presentation::Basic {
            let username = required(format!("{name}_USERNAME"))?;
            let password = required(format!("{name}_PASSWORD"))?;
            return Ok(Self::basic(scheme, username, password));
        }
        Ok(Self::fixed(scheme, required(name)?))
    }

    /// The scheme that this credential is for.
    pub fn scheme(&self) -> &'static Scheme {
        self.scheme
    }
}

impl Credential {
    /// The name of the scheme, also where the API lacks it.
    pub(crate) fn wanted_scheme(&self) -> &'static str {
        match &self.content {
            Content::Workflow(inputs) => inputs.workflow().scheme,
            _ => self.scheme.name,
        }
    }
}

/// Stands for the scheme of a workflow whose API lacks it. No generated client has one; building
/// a client with it is an error.
static NO_SCHEME: Scheme = Scheme {
    name: "",
    presentation: Presentation::Word("Bearer"),
    description: "",
    refused_when: &[],
    server_url_hosts: &[],
    basic_encoding: BasicEncoding::Plain,
    authorize: None,
};

impl Api {
    /// The security scheme of this name.
    pub(crate) fn scheme(&self, name: &str) -> Option<&'static Scheme> {
        self.schemes.iter().find(|scheme| scheme.name == name)
    }
}

impl fmt::Debug for Credential {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let content: &dyn fmt::Debug = match &self.content {
            Content::Fixed(_) => &"fixed",
            Content::Basic { .. } => &"basic",
            Content::Workflow(inputs) => inputs,
            Content::Source(_) => &"source",
            Content::Anonymous => &"anonymous",
        };
        formatter
            .debug_struct("Credential")
            .field("scheme", &self.scheme.name)
            .field("content", content)
            .finish()
    }
}
