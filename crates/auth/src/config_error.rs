//! What is wrong with how a client was put together.

use thiserror::Error;

/// A client cannot be built, or a request cannot be addressed, as the application has asked.
///
/// Its text says what is wrong and what to do; it never holds the value of a credential.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// The API has no such security scheme.
    #[error("{api} has no security scheme {scheme}; it has {known}")]
    UnknownScheme {
        /// The API's title.
        api: String,
        /// The name that was asked for.
        scheme: String,
        /// The names that there are.
        known: String,
    },
    /// The credential was made for another API, which happens to have a scheme of the same name.
    /// It would be sent to a server that must not see it.
    #[error(
        "the credential for scheme {scheme} was made for another API than {api}; make it with the crate of {api} that the client is from"
    )]
    ForeignCredential {
        /// The API's title.
        api: String,
        /// The scheme.
        scheme: String,
    },
    /// Two credentials were given for one scheme.
    #[error("two credentials were given for scheme {scheme} of {api}; give one")]
    DuplicateCredential {
        /// The API's title.
        api: String,
        /// The scheme.
        scheme: String,
    },
    /// A credential cannot be presented as its scheme says.
    #[error("the credential for scheme {scheme} {problem}")]
    BadCredential {
        /// The scheme.
        scheme: String,
        /// What is wrong with it.
        problem: String,
    },
    /// A workflow needs another scheme's credential, and none was given.
    #[error(
        "workflow {workflow} needs the credential of scheme {scheme} as its input {input}; give that credential too"
    )]
    NeedsCredential {
        /// The workflow.
        workflow: String,
        /// Its input.
        input: String,
        /// The scheme whose credential is wanted.
        scheme: String,
    },
    /// Credentials need each other in a circle.
    #[error("the credentials need each other in a circle: {circle}")]
    Cycle {
        /// The schemes, in order.
        circle: String,
    },
    /// A value given to a workflow breaks one of its rules.
    #[error("input {input} of workflow {workflow} {problem}")]
    BadInput {
        /// The workflow.
        workflow: String,
        /// The input.
        input: String,
        /// The rule that is broken.
        problem: String,
    },
    /// A workflow lacks a required input.
    #[error("workflow {workflow} needs the input {input}")]
    MissingInput {
        /// The workflow.
        workflow: String,
        /// The input.
        input: String,
    },
    /// An environment variable is missing or unreadable.
    #[error("environment variable {variable} {problem}")]
    Environment {
        /// The variable.
        variable: String,
        /// What is wrong with it.
        problem: String,
    },
    /// No server fits the application's choice.
    #[error("{problem}")]
    Server {
        /// What was chosen, what there is and what to do.
        problem: String,
    },
    /// A URL cannot be used.
    #[error("{what} cannot be used: {problem}")]
    BadUrl {
        /// Which URL.
        what: String,
        /// What is wrong with it.
        problem: String,
    },
    /// A login cannot be started or resumed.
    #[error("a login with workflow {workflow} is not possible: {problem}")]
    Login {
        /// The workflow.
        workflow: String,
        /// Why not.
        problem: String,
    },
    /// Something else about the client, for example its HTTP settings.
    #[error("{problem}")]
    Client {
        /// What is wrong and what to do.
        problem: String,
    },
}
