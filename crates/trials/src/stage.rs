//! Where trials are played: the sandbox of one API, and Prism before it where it is there.

use std::collections::BTreeMap;
use std::path::Path;

use keyfob_sandbox::{Examiner, Sandbox, read};
use keyfob_spec::Spec;

use crate::prism::Prism;

/// The sandbox of one API, and what stands before it.
pub struct Stage {
    /// The sandbox.
    pub sandbox: Sandbox,
    pub(crate) examiner: Examiner,
    prism: Option<Prism>,
}

/// A credential as a scheme takes it.
#[derive(Debug, Clone)]
pub struct Key {
    /// The user name, where the scheme is Basic.
    pub username: String,
    /// The value; the password, where the scheme is Basic.
    pub value: String,
}

impl Stage {
    /// Starts the sandbox of the spec in a folder.
    ///
    /// # Panics
    ///
    /// It does not start.
    #[expect(clippy::expect_used, reason = "a helper of tests")]
    pub async fn start(folder: &Path) -> Self {
        let spec = read(folder).expect("the spec can be read");
        let sandbox = Sandbox::start(vec![spec.clone()]).await;
        let sandbox = sandbox.expect("the sandbox starts");
        Self {
            sandbox,
            examiner: Examiner::new(spec),
            prism: None,
        }
    }

    /// The same with Prism before it.
    pub(crate) async fn with_prism(self, program: &Path, folder: &Path) -> Self {
        let document = folder.join("openapi.yaml");
        let upstream = self.base_url();
        Self {
            prism: Some(Prism::start(program, &document, &upstream).await),
            ..self
        }
    }

    /// What to give to the client as `base_url`.
    pub fn base_url(&self) -> String {
        match &self.prism {
            Some(prism) => prism.url(),
            None => self.sandbox.base_url(&self.spec().name),
        }
    }

    /// The values that a workflow takes at this moment.
    pub fn inputs(&self, workflow: &str) -> BTreeMap<String, String> {
        self.sandbox.inputs(&self.spec().name, workflow)
    }

    /// A credential that a scheme takes.
    pub fn key(&self, scheme: &str) -> Key {
        let given = self.sandbox.static_credential(&self.spec().name, scheme);
        given.map_or_else(
            || Key {
                username: String::new(),
                value: String::new(),
            },
            |given| Key {
                username: given.username.unwrap_or_default(),
                value: given.value,
            },
        )
    }

    /// Whether the sandbox takes what a client presents for a scheme.
    pub fn takes(&self, scheme: &str, authorization: &keyfob_runtime::Authorization) -> bool {
        let mut request = self.sandbox.blank_request();
        authorization.apply(&mut request);
        self.sandbox.takes(&self.spec().name, scheme, &request)
    }

    /// What Prism has found, if it is there.
    pub(crate) async fn end(self) -> Vec<String> {
        match self.prism {
            Some(prism) => prism.end().await,
            None => Vec::new(),
        }
    }

    pub(crate) fn spec(&self) -> &Spec {
        self.examiner.spec()
    }
}
