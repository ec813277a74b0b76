//! A document as a judge of requests and answers that others have written.

use bytes::Bytes;
use hyper::{HeaderMap, Method};
use keyfob_spec::{Checker, Direction, Operation, Spec};
use serde_json::Value;

use crate::call::Call;
use crate::condition::{Reply, holds};
use crate::decode;
use crate::request::Request;
use crate::routing::{Found, Router};

/// Reads requests and judges values as an OpenAPI document says, without serving anything.
///
/// It shares no code with the generated clients, so that one can be held against the other.
pub struct Examiner {
    spec: Spec,
    checker: Checker,
    router: Router,
}

/// What a request says.
#[derive(Debug, Clone)]
pub struct Reading {
    /// The operation that it is for.
    pub operation_id: String,
    /// The values of the operation's parameters, in document order; `None` for absent ones.
    pub parameters: Vec<Option<Value>>,
    /// The body; `None` where there is none, or none that has a JSON form.
    pub body: Option<Value>,
    /// What breaks the document, in words that show no value.
    pub complaint: Option<String>,
}

impl Examiner {
    /// Reads the schemas of a document.
    pub fn new(spec: Spec) -> Examiner {
        Examiner {
            checker: Checker::new(&spec),
            router: Router::new(&spec),
            spec,
        }
    }

    /// The document.
    pub fn spec(&self) -> &Spec {
        &self.spec
    }

    /// Reads a request: its parameters by location, style and schema, its body by its media
    /// type. The path begins below the API's base URL.
    ///
    /// # Errors
    ///
    /// No operation is at this path, or the body is not what its media type says, in words.
    pub async fn read(
        &self,
        method: &str,
        path_and_query: &str,
        headers: &HeaderMap,
        body: &Bytes,
    ) -> Result<Reading, String> {
        let (path, query) = path_and_query
            .split_once('?')
            .unwrap_or((path_and_query, ""));
        let call = Call {
            method: method
                .parse::<Method>()
                .map_err(|_| format!("`{method}` is no method"))?,
            path: path.to_owned(),
            query: query.to_owned(),
            headers: headers.clone(),
            body: body.clone(),
        };
        let Found::Operation(index, values) = self.router.find(&call) else {
            return Err(format!("no operation is at {method} {path}"));
        };
        let operation = self
            .spec
            .operations
            .get(index)
            .ok_or("no operation is there")?;
        let read = Request::read(&self.spec, operation, &call, values).await;
        let request = read.map_err(|answer| answer.complaint.unwrap_or_default())?;
        let parameters = operation
            .parameters
            .iter()
            .map(|parameter| decode::parameter(&self.spec, parameter, &call, &request.path_values));
        Ok(Reading {
            operation_id: operation.id.clone(),
            parameters: parameters.collect(),
            complaint: request.violation(&self.spec, &self.checker),
            body: request.body,
        })
    }

    /// Whether a value on its way to the API obeys a schema of the document, which stands at the
    /// pointer.
    pub fn accepts_request(&self, pointer: &str, schema: &Value, value: &Value) -> bool {
        self.checker
            .accepts(pointer, schema, Direction::Request, value)
    }

    /// Whether a value on its way from the API obeys a schema of the document, which stands at
    /// the pointer.
    pub fn accepts_response(&self, pointer: &str, schema: &Value, value: &Value) -> bool {
        self.checker
            .accepts(pointer, schema, Direction::Response, value)
    }

    /// Whether an answer meets the operation's `x-success-criteria`. A text body is a string, no
    /// body is null.
    pub fn is_success(&self, operation: &Operation, status: u16, body: &Value) -> bool {
        let headers = HeaderMap::new();
        let reply = Reply {
            status,
            headers: &headers,
            body,
        };
        let mut criteria = operation.success_criteria.iter();
        criteria.all(|condition| holds(condition, &reply))
    }

    /// Whether an answer refuses the credential, by the rules of any scheme.
    pub fn refuses(&self, status: u16, body: &Value) -> bool {
        let headers = HeaderMap::new();
        let reply = Reply {
            status,
            headers: &headers,
            body,
        };
        let mut rules = self.spec.schemes.iter().flat_map(|one| &one.refused_when);
        status == 401 || rules.any(|condition| holds(condition, &reply))
    }
}
