//! The values that an application gives to a workflow.

use std::fmt;

use crate::api::Api;
use crate::config_error::ConfigError;
use crate::secret::Secret;
use crate::workflow::{Input, Workflow};

/// The values for a workflow's inputs, by name.
///
/// They are checked against the document's rules when the client is built, before anything is
/// sent.
#[derive(Clone)]
pub struct Inputs {
    api: &'static Api,
    workflow: &'static Workflow,
    values: Vec<(&'static str, InputValue)>,
}

/// The value of an input. Text is censored and wiped like a secret, whatever it is.
#[derive(Debug, Clone, PartialEq)]
pub enum InputValue {
    /// Text.
    Text(Secret),
    /// An integer.
    Integer(i64),
    /// Any other number.
    Number(f64),
    /// `true` or `false`.
    Boolean(bool),
}

impl Inputs {
    /// No values yet.
    pub fn new(api: &'static Api, workflow: &'static Workflow) -> Self {
        Self {
            api,
            workflow,
            values: Vec::new(),
        }
    }

    /// Gives a value; a later one replaces an earlier one.
    #[must_use]
    pub fn set(mut self, name: &'static str, value: impl Into<InputValue>) -> Self {
        self.values.retain(|(known, _)| *known != name);
        self.values.push((name, value.into()));
        self
    }

    /// Reads the values from environment variables: `<API>_<INPUT>` in upper snake case, for
    /// example `DIGITALEO_CLIENT_SECRET`. An empty variable counts as absent.
    ///
    /// # Errors
    ///
    /// Names the variable of a required input that is missing, or that is no text.
    pub fn from_env(api: &'static Api, workflow: &'static Workflow) -> Result<Self, ConfigError> {
        Self::from_variables(api, workflow, &environment_variable)
    }

    pub(crate) fn from_variables(
        api: &'static Api,
        workflow: &'static Workflow,
        read: &dyn Fn(&str) -> Result<Option<String>, ConfigError>,
    ) -> Result<Self, ConfigError> {
        let mut inputs = Self::new(api, workflow);
        for input in workflow.inputs.iter().filter(|input| input.is_given()) {
            let variable = variable_name(api.name, input.name);
            match read(&variable)? {
                Some(value) => inputs = inputs.set(input.name, value),
                None if input.required && input.default.is_none() => {
                    return Err(missing_variable(variable));
                }
                None => {}
            }
        }
        Ok(inputs)
    }

    /// The names of the values given.
    pub(crate) fn names(&self) -> impl Iterator<Item = &'static str> {
        self.values.iter().map(|(name, _)| *name)
    }

    /// The API that the workflow belongs to.
    pub fn api(&self) -> &'static Api {
        self.api
    }

    /// The workflow that the values are for.
    pub fn workflow(&self) -> &'static Workflow {
        self.workflow
    }

    /// The value given for an input.
    pub fn get(&self, name: &str) -> Option<&InputValue> {
        let given = self.values.iter().find(|(known, _)| *known == name);
        given.map(|(_, value)| value)
    }
}

impl fmt::Debug for Inputs {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&str> = self.names().collect();
        formatter
            .debug_struct("Inputs")
            .field("api", &self.api.name)
            .field("workflow", &self.workflow.id)
            .field("given", &names)
            .finish()
    }
}

impl Input {
    /// Whether the application gives the value, and not another credential.
    pub(crate) fn is_given(&self) -> bool {
        self.credential.is_none()
    }
}

/// `<API>_<NAME>` in upper snake case: `maxAge` and `max-age` are both `MAX_AGE`.
pub(crate) fn variable_name(api: &str, name: &str) -> String {
    let text: Vec<char> = format!("{api}_{name}").chars().collect();
    let mut variable = String::new();
    let mut before = None;
    for (index, &character) in text.iter().enumerate() {
        let ends_word = |before: char| before.is_ascii_lowercase() || before.is_ascii_digit();
        let next = text.get(index + 1);
        let begins_word = character.is_ascii_uppercase()
            && before.is_some_and(|before: char| {
                let acronym_ends = next.is_some_and(char::is_ascii_lowercase);
                ends_word(before) || (before.is_ascii_uppercase() && acronym_ends)
            });
        if begins_word {
            variable.push('_');
        }
        match character {
            plain if plain.is_ascii_alphanumeric() => variable.push(plain.to_ascii_uppercase()),
            _ if variable.ends_with('_') => {}
            _ => variable.push('_'),
        }
        before = Some(character);
    }
    variable
}

/// Reads an environment variable; an empty one counts as absent.
pub(crate) fn environment_variable(variable: &str) -> Result<Option<String>, ConfigError> {
    match std::env::var(variable) {
        Ok(value) => Ok(Some(value).filter(|value| !value.is_empty())),
        Err(std::env::VarError::NotPresent) => Ok(None),
        Err(std::env::VarError::NotUnicode(_)) => Err(ConfigError::Environment {
            variable: variable.to_owned(),
            problem: "is not UTF-8 text".to_owned(),
        }),
    }
}

pub(crate) fn missing_variable(variable: String) -> ConfigError {
    ConfigError::Environment {
        variable,
        problem: "is not set, or empty; set it, or give the value in the program".to_owned(),
    }
}

impl From<String> for InputValue {
    fn from(text: String) -> Self {
        Self::Text(text.into())
    }
}

impl From<&str> for InputValue {
    fn from(text: &str) -> Self {
        Self::Text(text.into())
    }
}

impl From<Secret> for InputValue {
    fn from(text: Secret) -> Self {
        Self::Text(text)
    }
}

impl From<i64> for InputValue {
    fn from(number: i64) -> Self {
        Self::Integer(number)
    }
}

impl From<f64> for InputValue {
    fn from(number: f64) -> Self {
        Self::Number(number)
    }
}

impl From<bool> for InputValue {
    fn from(value: bool) -> Self {
        Self::Boolean(value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_are_named_in_upper_snake_case() {
        for (api, name, variable) in [
            ("digitaleo", "client_id", "DIGITALEO_CLIENT_ID"),
            ("my-api", "maxAge", "MY_API_MAX_AGE"),
            ("a", "clientID", "A_CLIENT_ID"),
            ("a", "XMLToken", "A_XML_TOKEN"),
            ("a", "oauth2", "A_OAUTH2"),
            ("a", "X-Api--Key", "A_X_API_KEY"),
            ("a", "grant.type", "A_GRANT_TYPE"),
        ] {
            assert_eq!(variable_name(api, name), variable);
        }
    }
}
