//! One call, put together by generated code.

use http::header::COOKIE;
use keyfob_auth::secret::written_into_request;
use keyfob_auth::{Authorization, Location, Secret};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use url::Url;

use crate::answer::{Answer, AnswerError};
use crate::body::{self, RequestBody};
use crate::body_stream::BodyStream;
use crate::byte_stream::ByteStream;
use crate::client::Connected;
use crate::error::{Error, Failure};
use crate::exchange::{Exchange, Received, StreamedAnswer};
use crate::given::Given;
use crate::limits::{Allowance, Limits};
use crate::operation::{BodyType, Operation, Pagination};
use crate::outgoing::Outgoing;
use crate::pages::{Items, Pages};
use crate::parameters;
use crate::response_value::ResponseValue;
use crate::scalar;
use crate::value::{self, RequestValue};

/// One call of an operation, being put together.
#[must_use = "a call does nothing until it is sent"]
pub struct Call<'c> {
    client: &'c Connected,
    operation: &'static Operation,
    parameters: Vec<(usize, Value)>,
    /// Where the next parameter stands, if they are given in document order.
    next: usize,
    media_type: Option<&'static BodyType>,
    body: Option<RequestBody>,
    allowance: Allowance,
    problems: Vec<String>,
    /// What the application gave as secrets, so that no error shows what a server repeats.
    secrets: Vec<Secret>,
}

impl<'c> Call<'c> {
    pub(crate) fn new(client: &'c Connected, operation: &'static Operation) -> Self {
        let media_type = operation
            .body
            .as_ref()
            .and_then(|body| body.media_types.first());
        Self {
            client,
            operation,
            parameters: Vec::new(),
            next: 0,
            media_type,
            body: None,
            allowance: client.allowance,
            problems: Vec::new(),
            secrets: Vec::new(),
        }
    }

    /// What this call may take, where that differs from what the client allows.
    pub fn limits(mut self, limits: Limits) -> Self {
        if limits.timeout.is_some_and(|timeout| timeout.is_zero()) {
            self.problems
                .push("the timeout is zero, so that the call cannot succeed".to_owned());
        }
        self.allowance = self.allowance.limited(limits);
        self
    }

    /// Gives a parameter; one that is null is left out. `Err` is why the application's value is
    /// none. A name that stands in two locations is given twice, in document order.
    pub fn parameter<T: Serialize>(mut self, name: &'static str, value: Given<T>) -> Self {
        match value.as_ref().ok().and_then(scalar::read) {
            Some(value) => self.keep(name, value),
            None => self.read(name, value),
        }
        self
    }

    /// Gives a parameter, if there is one. Not for a name that stands in two locations.
    #[inline]
    pub fn optional_parameter<T: Serialize>(
        self,
        name: &'static str,
        value: Given<Option<T>>,
    ) -> Self {
        match value {
            Ok(None) => self,
            value => self.parameter(name, value),
        }
    }

    /// Chooses another of the body's media types than the first; before the body is given.
    pub fn content_type(mut self, name: &str) -> Self {
        let known = self
            .operation
            .body
            .as_ref()
            .map_or(&[][..], |body| body.media_types);
        let found = known
            .iter()
            .find(|known| known.name.eq_ignore_ascii_case(name));
        match found {
            Some(_) if self.body.is_some() => {
                self.problems
                    .push("the media type is chosen after the body was given".to_owned());
            }
            Some(_) => self.media_type = found,
            None => self
                .problems
                .push(format!("the operation takes no body of {name}")),
        }
        self
    }

    /// Gives the body, written as its media type says.
    pub fn body<T: Serialize>(self, value: Given<T>) -> Self {
        self.optional_body(value.map(Some))
    }

    /// Gives the body, if there is one.
    pub fn optional_body<T: Serialize>(mut self, value: Given<Option<T>>) -> Self {
        let (Some(body), Some(media_type)) = (&self.operation.body, self.media_type) else {
            self.problems.push("the operation takes no body".to_owned());
            return self;
        };
        let write = || {
            let value = value?;
            value
                .map(|value| body::write(body, *media_type, &value))
                .transpose()
        };
        let (written, secrets) = written_into_request(write);
        let written = written.map(|body| body.map(|body| body.seal(!secrets.is_empty())));
        self.secrets.extend(secrets);
        self.set_body(written)
    }

    /// Gives the body as a stream, sent as it comes. It cannot be sent twice, so such a call is not
    /// repeated.
    pub fn stream_body(mut self, stream: impl Into<BodyStream>) -> Self {
        let Some(media_type) = self.media_type else {
            self.problems.push("the operation takes no body".to_owned());
            return self;
        };
        let written = body::streamed(*media_type, stream.into());
        self.set_body(written.map(Some))
    }

    /// Sends the call. `success` reads the answer that the operation is called for, `failure`
    /// any other one.
    ///
    /// # Errors
    ///
    /// Everything that [`ErrorKind`](crate::ErrorKind) names.
    pub fn send<T, E>(
        self,
        success: impl FnOnce(&Answer) -> Result<T, AnswerError>,
        failure: impl FnOnce(&Answer) -> Result<E, AnswerError>,
    ) -> impl Future<Output = Result<ResponseValue<T>, Error<E>>> {
        // The future begins here and not with the call, which it would have to hold to its end.
        let operation = self.operation;
        let failed = |failure| Error::new(operation, failure);
        let mut begun = self.exchange(false);
        async move {
            let (exchange, secrets) = match begun {
                Ok((ref mut exchange, ref secrets)) => (exchange, secrets),
                Err(failure) => return Err(failed(failure)),
            };
            let received = exchange.run().await.map_err(failed)?;
            let succeeded = exchange.is_success(&received);
            let answer = received.into_whole();
            let fault = match succeeded.then(|| success(&answer)) {
                Some(Ok(value)) => {
                    return Ok(ResponseValue::new(answer.status, answer.headers, value));
                }
                Some(Err(AnswerError(fault))) => Err(fault),
                None => failure(&answer).map_err(|AnswerError(fault)| fault),
            };
            Err(Error::answered(
                operation,
                answer,
                fault,
                exchange.is_refused(),
                &secrets_of(secrets, exchange.authorization()),
            ))
        }
    }

    /// Sends the call and gives the bytes of the answer as they come.
    ///
    /// # Errors
    ///
    /// Everything that [`ErrorKind`](crate::ErrorKind) names.
    pub fn stream<E>(
        self,
        failure: impl FnOnce(&Answer) -> Result<E, AnswerError>,
    ) -> impl Future<Output = Result<ResponseValue<ByteStream>, Error<E>>> {
        let (operation, allowance) = (self.operation, self.allowance);
        let failed = |failure| Error::new(operation, failure);
        let mut begun = self.exchange(true);
        async move {
            let (exchange, secrets) = match begun {
                Ok((ref mut exchange, ref secrets)) => (exchange, secrets),
                Err(failure) => return Err(failed(failure)),
            };
            let received = exchange.run().await.map_err(failed)?;
            let succeeded = exchange.is_success(&received);
            let answer = match received {
                Received::Streamed(answer) if succeeded => {
                    let StreamedAnswer {
                        status,
                        headers,
                        beginning,
                        rest,
                    } = *answer;
                    let bytes = ByteStream::new(beginning, rest, allowance);
                    return Ok(ResponseValue::new(status, headers, bytes));
                }
                received => received.into_whole(),
            };
            let outcome = failure(&answer).map_err(|AnswerError(fault)| fault);
            Err(Error::answered(
                operation,
                answer,
                outcome,
                exchange.is_refused(),
                &secrets_of(secrets, exchange.authorization()),
            ))
        }
    }

    /// Sends the call once for each page, as the stream is polled. `success` and `failure` read
    /// a page as in [`send`](Self::send).
    pub fn pages<T: 'c, E: 'c>(
        self,
        pagination: Pagination,
        success: impl Fn(&Answer) -> Result<T, AnswerError> + Copy + Send + 'c,
        failure: impl Fn(&Answer) -> Result<E, AnswerError> + Copy + Send + 'c,
    ) -> Pages<'c, T, E> {
        Pages::new(self, pagination, success, failure)
    }

    /// Sends the call once for each page, as the stream is polled, and gives their items.
    /// `documented` says whether the API's description knows an answer.
    pub fn items<T: DeserializeOwned + Send + 'c, E: 'c>(
        self,
        pagination: Pagination,
        documented: impl Fn(&Answer) -> Result<(), AnswerError> + Copy + Send + 'c,
        failure: impl Fn(&Answer) -> Result<E, AnswerError> + Copy + Send + 'c,
    ) -> Items<'c, T, E> {
        Items::new(self, pagination, documented, failure)
    }

    /// The same call once more. Without a body that the application gave: such a call is not sent.
    pub(crate) fn again(&self) -> Self {
        let body = self.body.as_ref().map(RequestBody::again);
        let mut problems = self.problems.clone();
        if let Some(None) = body {
            problems
                .push("the body was given as a stream, which is not sent for each page".to_owned());
        }
        Self {
            client: self.client,
            operation: self.operation,
            parameters: self.parameters.clone(),
            next: self.next,
            media_type: self.media_type,
            body: body.flatten(),
            allowance: self.allowance,
            problems,
            secrets: self.secrets.clone(),
        }
    }

    /// What was given as this query parameter.
    pub(crate) fn query(&self, name: &str) -> Option<&Value> {
        let position = self.query_position(name)?;
        let mut given = self.parameters.iter();
        given
            .find(|(at, _)| *at == position)
            .map(|(_, value)| value)
    }

    /// Gives this query parameter anew.
    pub(crate) fn set_query(&mut self, name: &str, value: Value) {
        match self.query_position(name) {
            Some(position) => {
                self.parameters.retain(|(at, _)| *at != position);
                self.parameters.push((position, value));
            }
            None => self
                .problems
                .push(format!("the operation has no query parameter `{name}`")),
        }
    }

    /// Reads what is more than one word, or holds a secret.
    fn read<T: Serialize>(&mut self, name: &'static str, value: Given<T>) {
        let (read, secrets) = written_into_request(|| value::read(&value?));
        self.secrets.extend(secrets);
        match read {
            Ok(RequestValue { files, .. }) if !files.is_empty() => {
                self.problems
                    .push(format!("parameter `{name}`: a file stands only in a body"));
            }
            Ok(RequestValue { value, .. }) => self.keep(name, value),
            Err(problem) => self.problems.push(format!("parameter `{name}`: {problem}")),
        }
    }

    fn keep(&mut self, name: &'static str, value: Value) {
        let operation = self.operation;
        match parameters::position(operation, &self.parameters, self.next, name) {
            Some(position) => {
                self.next = position + 1;
                self.parameters.push((position, value));
            }
            None => self
                .problems
                .push(format!("the operation has no parameter `{name}`")),
        }
    }

    fn query_position(&self, name: &str) -> Option<usize> {
        let mut parameters = self.operation.parameters.iter();
        parameters.position(|known| known.location == Location::Query && known.name == name)
    }

    /// This call's failure.
    pub(crate) fn failed<E>(&self, failure: Failure) -> Error<E> {
        Error::new(self.operation, failure)
    }

    fn set_body(mut self, written: Result<Option<RequestBody>, String>) -> Self {
        match written {
            Ok(body) => self.body = body,
            Err(problem) => self.problems.push(format!("the body: {problem}")),
        }
        self
    }

    /// The call as it goes over the wire, and the secrets that the application gave for it.
    fn exchange(self, streamed: bool) -> Result<(Exchange<'c>, Vec<Secret>), Failure> {
        if !self.problems.is_empty() {
            return Err(Failure::InvalidRequest(self.problems.join("; ")));
        }
        let (client, operation) = (self.client, self.operation);
        let outgoing = Outgoing::new(operation, &self.parameters, self.body)
            .map_err(Failure::InvalidRequest)?;
        let exchange = Exchange::new(client, operation, outgoing, streamed, self.allowance);
        Ok((exchange, self.secrets))
    }
}

/// The secrets that a request held, so that no error shows what a server repeats: those that the
/// application gave for it, and the credentials that it presented.
fn secrets_of(given: &[Secret], authorization: &Authorization) -> Vec<Secret> {
    let mut secrets = given.to_vec();
    let Ok(url) = Url::parse("https://localhost/") else {
        return secrets;
    };
    let mut request = reqwest::Request::new(http::Method::GET, url);
    authorization.apply(&mut request);
    let query = request.url().query_pairs();
    secrets.extend(query.map(|(_, value)| value.into_owned().into()));
    for (name, value) in request.headers() {
        let value = value.to_str().unwrap_or_default();
        if name == COOKIE {
            let cookies = value.split(';').filter_map(|cookie| cookie.split_once('='));
            secrets.extend(cookies.map(|(_, value)| value.trim().into()));
        } else {
            // With and without the scheme's word.
            secrets.push(value.into());
            secrets.extend(value.split_once(' ').map(|(_, value)| value.into()));
        }
    }
    secrets
}
