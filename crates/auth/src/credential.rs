//! What an application gives to a client.

use std::fmt;
use std::ptr;
use std::sync::Arc;

use crate::api::{Api, BasicEncoding, Presentation, Scheme};
use crate::config_error::ConfigError;
use crate::inputs::{Inputs, environment_variable, missing_variable, variable_name};
use crate::secret::Secret;
use crate::token_source::{AnySource, TokenSource};

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
    Source(Arc<dyn AnySource>),
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
    /// Whether it was made for this API, and not for a scheme of the same name of another.
    pub(crate) fn is_for(&self, api: &'static Api, scheme: &'static Scheme) -> bool {
        let is_of_api = match &self.content {
            Content::Workflow(inputs) => ptr::eq(inputs.api(), api),
            _ => true,
        };
        is_of_api && ptr::eq(self.scheme, scheme)
    }

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
        let mut schemes = self.schemes.iter().copied();
        schemes.find(|scheme| scheme.name == name)
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workflow::{Input, InputKind, Workflow};

    const INPUT: Input = Input {
        name: "client_id",
        required: true,
        secret: false,
        kind: InputKind::String,
        default: None,
        rules: &[],
        credential: None,
    };

    static WORKFLOW: Workflow = Workflow {
        id: "get",
        scheme: "app-key",
        inputs: &[
            INPUT,
            Input {
                name: "maxAge",
                required: false,
                ..INPUT
            },
            Input {
                name: "grant",
                default: Some("basic"),
                ..INPUT
            },
        ],
        steps: &[],
        outputs: &[],
        renewed_by: &[],
        revoked_by: &[],
        single_use: false,
        default_expires_in: None,
    };

    static KEY: Scheme = Scheme {
        name: "app-key",
        ..NO_SCHEME_BASE
    };

    static BASIC: Scheme = Scheme {
        name: "admin",
        presentation: Presentation::Basic,
        ..NO_SCHEME_BASE
    };

    const NO_SCHEME_BASE: Scheme = Scheme {
        name: "",
        presentation: Presentation::Word("Bearer"),
        description: "",
        refused_when: &[],
        server_url_hosts: &[],
        basic_encoding: BasicEncoding::Plain,
        authorize: None,
    };

    static API: Api = Api {
        name: "acme_two",
        title: "Acme",
        servers: &[],
        schemes: &[],
        workflows: &[],
        endpoints: &[],
    };

    fn variables<'a>(
        set: &'a [(&'a str, &'a str)],
    ) -> impl Fn(&str) -> Result<Option<String>, ConfigError> + 'a {
        |variable| {
            let found = set.iter().find(|(known, _)| *known == variable);
            Ok(found.map(|(_, value)| (*value).to_owned()))
        }
    }

    #[test]
    fn a_static_credential_comes_from_one_variable_or_two() {
        let set = [
            ("ACME_TWO_APP_KEY", "k"),
            ("ACME_TWO_ADMIN_USERNAME", "ann"),
            ("ACME_TWO_ADMIN_PASSWORD", "pw"),
        ];
        let key = Credential::fixed_from_variables(&API, &KEY, &variables(&set)).unwrap();
        assert!(matches!(key.content, Content::Fixed(value) if value == Secret::from("k")));
        let basic = Credential::fixed_from_variables(&API, &BASIC, &variables(&set)).unwrap();
        assert!(matches!(basic.content, Content::Basic { username, .. } if username == "ann"));
    }

    #[test]
    fn a_missing_variable_is_named() {
        for (scheme, set, named) in [
            (&KEY, &[][..], "ACME_TWO_APP_KEY"),
            (
                &BASIC,
                &[("ACME_TWO_ADMIN_PASSWORD", "pw")],
                "ACME_TWO_ADMIN_USERNAME",
            ),
            (
                &BASIC,
                &[("ACME_TWO_ADMIN_USERNAME", "ann")],
                "ACME_TWO_ADMIN_PASSWORD",
            ),
        ] {
            let error = Credential::fixed_from_variables(&API, scheme, &variables(set));
            let error = error.unwrap_err().to_string();
            assert!(
                error.contains(&format!("variable {named} is not set")),
                "{error}"
            );
        }
    }

    #[test]
    fn the_inputs_of_a_workflow_come_from_variables() {
        let set = [("ACME_TWO_CLIENT_ID", "ann")];
        let inputs = Inputs::from_variables(&API, &WORKFLOW, &variables(&set)).unwrap();
        let names: Vec<&str> = inputs.names().collect();
        assert_eq!(
            names,
            ["client_id"],
            "an absent option and a default are left out"
        );
        let set = [("ACME_TWO_CLIENT_ID", "ann"), ("ACME_TWO_MAX_AGE", "5")];
        let inputs = Inputs::from_variables(&API, &WORKFLOW, &variables(&set)).unwrap();
        assert_eq!(inputs.names().count(), 2);
        let error = Inputs::from_variables(&API, &WORKFLOW, &variables(&[])).unwrap_err();
        assert!(error.to_string().contains("ACME_TWO_CLIENT_ID"), "{error}");
    }

    #[test]
    fn debug_shows_no_value() {
        let inputs = Inputs::new(&API, &WORKFLOW).set("client_id", "canary");
        for credential in [
            Credential::fixed(&KEY, "canary"),
            Credential::basic(&BASIC, "canary", "canary"),
            Credential::workflow(inputs),
        ] {
            let shown = format!("{credential:?}");
            assert!(!shown.contains("canary"), "{shown}");
        }
    }
}
