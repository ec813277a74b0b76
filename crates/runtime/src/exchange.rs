//! One call on the wire: the credential, the attempts, the waits and the answer.

use std::borrow::Cow;
use std::future::poll_fn;
use std::pin::pin;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http::header::{CONTENT_TYPE, LOCATION};
use http::{HeaderMap, Method, StatusCode};
use keyfob_auth::{Authorization, holds};
use tokio::time::{Instant, sleep, timeout_at};
use tracing::{Span, debug, field, info_span};
use url::Url;

use crate::answer::Answer;
use crate::client::Connected;
use crate::error::Failure;
use crate::hook::Attempt;
use crate::limits::Allowance;
use crate::operation::Operation;
use crate::outgoing::Outgoing;
use crate::retry::is_transient;

/// Longer redirect chains are not followed.
const MOST_REDIRECTS: usize = 10;

/// So much of a streamed answer is read ahead where a condition has to look at it. A longer one
/// is taken for content and not for a message about a failure.
const READ_AHEAD: usize = 64 * 1024;

/// So much room is made for an answer because it announces its length; for more, it has to come.
const LARGEST_RESERVE: usize = 1024 * 1024;

/// A deadline for timeouts that the clock cannot count: a year.
const FAR_AWAY: Duration = Duration::from_secs(365 * 24 * 60 * 60);

/// One call on the wire.
///
/// What few calls need is boxed, so that the future of every call stays small.
pub(crate) struct Exchange<'c> {
    client: &'c Connected,
    operation: &'static Operation,
    outgoing: Outgoing,
    streamed: bool,
    allowance: Allowance,
    /// How many requests have been sent.
    sent: u32,
    /// How often the call was sent again after a wait.
    repeated: u32,
    /// Whether a refused credential was given up, which happens once.
    was_replaced: bool,
    /// Whether the last answer refused what was presented.
    is_refused: bool,
    /// What the next request presents, or the last one presented.
    authorization: Authorization,
    deadline: Instant,
    span: Span,
}

/// An answer, whole or still coming.
pub(crate) enum Received {
    /// All of it.
    Whole(Answer),
    /// A success whose body is to be streamed.
    Streamed(Box<StreamedAnswer>),
}

/// A success whose body is to be streamed.
pub(crate) struct StreamedAnswer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    /// What was read ahead.
    pub(crate) beginning: Bytes,
    /// What is still to come; `None`: `beginning` is all.
    pub(crate) rest: Option<reqwest::Response>,
}

impl<'c> Exchange<'c> {
    pub(crate) fn new(
        client: &'c Connected,
        operation: &'static Operation,
        outgoing: Outgoing,
        streamed: bool,
        allowance: Allowance,
    ) -> Self {
        let now = Instant::now();
        let deadline = now.checked_add(allowance.timeout).unwrap_or(now + FAR_AWAY);
        Self {
            client,
            operation,
            outgoing,
            streamed,
            allowance,
            sent: 0,
            repeated: 0,
            was_replaced: false,
            is_refused: false,
            authorization: Authorization::default(),
            deadline,
            span: span(client, operation),
        }
    }

    /// Sends the call, as often as it takes and its deadline allows.
    pub(crate) async fn run(&mut self) -> Result<Received, Failure> {
        let limit = self.allowance.timeout;
        let (deadline, span) = (self.deadline, self.span.clone());
        let outcome = {
            let mut attempts = pin!(timeout_at(deadline, self.attempts()));
            let attempts = poll_fn(|context| {
                let _entered = span.enter();
                attempts.as_mut().poll(context)
            });
            attempts.await
        };
        let outcome = outcome.unwrap_or(Err(Failure::Timeout { limit }));
        match &outcome {
            Ok(received) => {
                let status = received.status().as_u16();
                self.span.record("http.response.status_code", status)
            }
            Err(failure) => self.span.record("error.type", failure.name()),
        };
        outcome
    }

    /// Whether an answer is the success that the operation is called for. One that refuses the
    /// credential is none, whatever its status.
    pub(crate) fn is_success(&self, received: &Received) -> bool {
        !self.is_refused && received.is_success(self.operation)
    }

    /// Whether the last answer refused what was presented.
    pub(crate) fn is_refused(&self) -> bool {
        self.is_refused
    }

    /// What the last request presented.
    pub(crate) fn authorization(&self) -> &Authorization {
        &self.authorization
    }

    async fn attempts(&mut self) -> Result<Received, Failure> {
        self.authorization = self.authorize().await?;
        loop {
            let outcome = self.attempt().await;
            if self.is_settled(&outcome) || !Box::pin(self.prepare_another(&outcome)).await? {
                return outcome;
            }
        }
    }

    async fn authorize(&self) -> Result<Authorization, Failure> {
        let (keyring, operation) = (&self.client.keyring, self.operation);
        if let Some(ready) = keyring.ready(operation.security) {
            return Ok(ready);
        }
        let acquired = keyring.authorize(operation.endpoint.operation_id, operation.security);
        Ok(Box::pin(acquired).await?)
    }

    /// Whether an answer is no refusal, and would be the same another time.
    fn is_settled(&mut self, outcome: &Result<Received, Failure>) -> bool {
        let refuses = |received: &Received| {
            let is_unread = received.is_unread() && self.authorization.needs_body();
            !is_unread && self.authorization.is_refused(&received.seen())
        };
        self.is_refused = outcome.as_ref().is_ok_and(refuses);
        let is_lasting = |received: &Received| !is_transient(received.status());
        let settled = !self.is_refused && outcome.as_ref().is_ok_and(is_lasting);
        if settled {
            self.client.retries.earn();
        }
        settled
    }

    /// Whether there is to be another attempt: then what it presents is at hand, and the wait
    /// before it, if need be, is over.
    async fn prepare_another(
        &mut self,
        outcome: &Result<Received, Failure>,
    ) -> Result<bool, Failure> {
        if self.is_refused && !self.was_replaced {
            self.was_replaced = true;
            debug!("the credential was refused");
            if !self.outgoing.is_repeatable() {
                self.authorization.refuse();
                return Ok(false);
            }
            if let Some(next) = self.authorization.replace().await.map_err(Failure::Auth)? {
                self.authorization = next;
                return Ok(true);
            }
        }
        let Some(wait) = self.wait(outcome) else {
            return Ok(false);
        };
        self.repeated += 1;
        self.span.record("http.request.resend_count", self.repeated);
        debug!(wait_ms = wait.as_millis(), "sending the call again");
        sleep(wait).await;
        self.authorization = self.authorize().await?;
        Ok(true)
    }

    /// How long to wait before the next attempt; `None` where there is none, be it only because
    /// the wait would not end in time.
    fn wait(&self, outcome: &Result<Received, Failure>) -> Option<Duration> {
        if !self.outgoing.is_repeatable() {
            return None;
        }
        let (retries, repeat) = (&self.client.retries, self.operation.repeat);
        let wait = retries.wait(self.repeated, repeat, outcome)?;
        let end = Instant::now().checked_add(wait)?;
        (end < self.deadline).then_some(wait)
    }

    /// Sends one request, and those that redirects lead to.
    async fn attempt(&mut self) -> Result<Received, Failure> {
        let mut request = self.request()?;
        let sent = match self.client.hooks.is_empty() {
            true => {
                self.authorization.apply(&mut request);
                let sent = self.client.http().execute(request);
                sent.await.map_err(Failure::connection)
            }
            false => Box::pin(self.send_with_hooks(request)).await,
        };
        let mut response = sent?;
        if response.status().is_redirection() {
            response = Box::pin(self.follow(response)).await?;
        }
        if self.streamed && response.status().is_success() {
            return Box::pin(self.stream(response)).await;
        }
        let body = read_whole(&mut response, self.allowance.max_response_size).await?;
        Ok(Received::Whole(Answer {
            status: response.status(),
            elsewhere: elsewhere(&response),
            headers: std::mem::take(response.headers_mut()),
            body,
        }))
    }

    async fn follow(
        &mut self,
        mut response: reqwest::Response,
    ) -> Result<reqwest::Response, Failure> {
        let mut method = self.outgoing.method().clone();
        for _ in 0..MOST_REDIRECTS {
            let Some(target) = self.redirect(&method, &response) else {
                break;
            };
            method = method_after(response.status(), method);
            let request = self.outgoing.redirected(target, method.clone());
            response = self.send_with_hooks(request).await?;
        }
        Ok(response)
    }

    /// The request, for the server that the token's answer named or else the operation's own.
    fn request(&mut self) -> Result<reqwest::Request, Failure> {
        let base = match self.authorization.server_url() {
            Some(server) => Cow::Borrowed(server),
            None => self
                .client
                .server_url(self.operation)
                .map_err(Failure::Config)?,
        };
        record_server(&self.span, &base);
        Ok(self.outgoing.request(&base))
    }

    async fn send_with_hooks(
        &mut self,
        mut request: reqwest::Request,
    ) -> Result<reqwest::Response, Failure> {
        let client = self.client;
        self.sent += 1;
        let attempt = Attempt::new(self.operation, self.sent);
        client.hooks.before(&attempt, &mut request);
        self.authorization.apply(&mut request);
        let sent = client.hooks.send(&attempt, client.http(), request).await;
        sent.map_err(Failure::Connection)
    }

    /// Where a redirect is followed to: within the origin only, because a credential goes along,
    /// and only where the method stays (RFC 9110, 15.4) or the server says to read the result.
    fn redirect(&self, method: &Method, response: &reqwest::Response) -> Option<Url> {
        let follows = match response.status().as_u16() {
            301 | 302 => matches!(*method, Method::GET | Method::HEAD),
            303 => true,
            307 | 308 => self.outgoing.is_repeatable(),
            _ => false,
        };
        if !follows {
            return None;
        }
        location(response).filter(|target| target.origin() == response.url().origin())
    }

    /// Gives a success as it comes, after a look ahead where a condition has to judge it.
    async fn stream(&self, response: reqwest::Response) -> Result<Received, Failure> {
        let conditional = self.authorization.needs_body() || !self.operation.success.is_empty();
        match conditional && !is_event_stream(response.headers()) {
            true => read_ahead(response).await,
            false => Ok(StreamedAnswer::new(response, Bytes::new()).into()),
        }
    }
}

async fn read_whole(response: &mut reqwest::Response, limit: usize) -> Result<Bytes, Failure> {
    let announced = response.content_length().unwrap_or_default();
    let announced = usize::try_from(announced).unwrap_or(usize::MAX);
    let mut body = Pieces::default();
    let mut length = announced;
    while length <= limit {
        let Some(piece) = next_piece(response).await? else {
            return Ok(body.into_whole());
        };
        length = body.len().saturating_add(piece.len());
        body.push(piece, announced);
    }
    Err(Failure::TooLarge {
        status: response.status(),
        limit,
    })
}

/// A body of which the first pieces have come. One that comes in one piece is not copied.
#[derive(Default)]
struct Pieces {
    first: Bytes,
    all: Vec<u8>,
}

impl Pieces {
    fn len(&self) -> usize {
        self.all.len().max(self.first.len())
    }

    fn push(&mut self, piece: Bytes, announced: usize) {
        if self.first.is_empty() {
            self.first = piece;
            return;
        }
        if self.all.is_empty() {
            self.all.reserve(announced.min(LARGEST_RESERVE));
            self.all.extend_from_slice(&self.first);
        }
        self.all.extend_from_slice(&piece);
    }

    fn into_whole(self) -> Bytes {
        match self.all.is_empty() {
            true => self.first,
            false => self.all.into(),
        }
    }
}

/// Reads so much that conditions can judge a short answer.
async fn read_ahead(mut response: reqwest::Response) -> Result<Received, Failure> {
    let mut beginning = BytesMut::new();
    while beginning.len() < READ_AHEAD {
        match next_piece(&mut response).await? {
            Some(piece) => beginning.extend_from_slice(&piece),
            None => {
                let mut answer = StreamedAnswer::new(response, beginning.freeze());
                answer.rest = None;
                return Ok(answer.into());
            }
        }
    }
    Ok(StreamedAnswer::new(response, beginning.freeze()).into())
}

impl From<StreamedAnswer> for Received {
    fn from(answer: StreamedAnswer) -> Self {
        Self::Streamed(Box::new(answer))
    }
}

impl StreamedAnswer {
    fn new(mut response: reqwest::Response, beginning: Bytes) -> Self {
        let headers = std::mem::take(response.headers_mut());
        Self {
            status: response.status(),
            headers,
            beginning,
            rest: Some(response),
        }
    }
}

impl Received {
    pub(crate) fn status(&self) -> StatusCode {
        match self {
            Self::Whole(answer) => answer.status,
            Self::Streamed(answer) => answer.status,
        }
    }

    pub(crate) fn headers(&self) -> &HeaderMap {
        match self {
            Self::Whole(answer) => &answer.headers,
            Self::Streamed(answer) => &answer.headers,
        }
    }

    /// All of it, as far as it has been read.
    pub(crate) fn into_whole(self) -> Answer {
        match self {
            Self::Whole(answer) => answer,
            Self::Streamed(answer) => Answer::new(answer.status, answer.headers, answer.beginning),
        }
    }

    /// Whether it is the success that the operation is called for.
    pub(crate) fn is_success(&self, operation: &Operation) -> bool {
        self.status().is_success()
            && operation
                .success
                .iter()
                .all(|condition| holds(condition, &self.seen()))
    }

    /// Whether it is too long to be a message about a failure, so that no condition judges it.
    fn is_unread(&self) -> bool {
        matches!(self, Self::Streamed(answer) if answer.rest.is_some())
    }

    /// The answer as conditions read it.
    fn seen(&self) -> keyfob_auth::Answer<'_> {
        let body: &[u8] = match self {
            Self::Whole(answer) => &answer.body,
            Self::Streamed(answer) if answer.rest.is_none() => &answer.beginning,
            Self::Streamed(_) => &[],
        };
        keyfob_auth::Answer {
            status: self.status().as_u16(),
            headers: self.headers(),
            body,
        }
    }
}

/// What is seen of a call from outside, by OpenTelemetry's names (semantic conventions for HTTP
/// client spans).
fn span(client: &Connected, operation: &Operation) -> Span {
    let endpoint = &operation.endpoint;
    info_span!(
        "keyfob.call",
        keyfob.api = client.api().name,
        keyfob.operation = endpoint.operation_id,
        "error.type" = field::Empty,
        http.request.method = endpoint.method,
        http.request.resend_count = field::Empty,
        http.response.status_code = field::Empty,
        server.address = field::Empty,
        url.template = endpoint.path,
    )
}

fn record_server(span: &Span, base: &Url) {
    if !span.is_disabled() {
        span.record("server.address", base.host_str().unwrap_or_default());
    }
}

/// Where an answer points to.
fn location(response: &reqwest::Response) -> Option<Url> {
    let location = response.headers().get(LOCATION)?.to_str().ok()?;
    response.url().join(location).ok()
}

/// Where a redirect points to, if that is another origin than the one that was asked.
fn elsewhere(response: &reqwest::Response) -> Option<String> {
    if !response.status().is_redirection() {
        return None;
    }
    let target = location(response)?;
    (target.origin() != response.url().origin()).then(|| target.into())
}

async fn next_piece(response: &mut reqwest::Response) -> Result<Option<Bytes>, Failure> {
    response.chunk().await.map_err(Failure::connection)
}

fn method_after(status: StatusCode, method: Method) -> Method {
    match status {
        StatusCode::SEE_OTHER if method != Method::HEAD => Method::GET,
        _ => method,
    }
}

fn is_event_stream(headers: &HeaderMap) -> bool {
    let content_type = headers
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok());
    content_type.is_some_and(|value| value.trim_start().starts_with("text/event-stream"))
}
