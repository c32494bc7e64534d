//! Sends requests to the API server, with timeouts and retries.

use std::path::PathBuf;
use std::time::Duration;

use http::{HeaderMap, Request, StatusCode};
use http_body_util::BodyExt;
use kube::Client;
use kube::client::{AuthError, Body};
use serde::Deserialize;

use super::connection;
use super::error::{KubeError, ReadTimeout, TooLong};
use crate::inputs::lasting_fault;
use crate::inputs::proxy::{Proxies, ProxyAddress};

type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// How to reach a cluster.
#[derive(Clone, Debug, Default)]
pub struct Access {
    /// A kubeconfig; `None` for that of the environment, `~/.kube/config` or the pod's service account, in this
    /// order.
    pub kubeconfig: Option<PathBuf>,
    /// A context of the kubeconfig; `None` for the current one.
    pub context: Option<String>,
    /// The files in `KUBECONFIG`; missing ones are skipped.
    pub from_environment: Vec<PathBuf>,
    /// The proxies in the environment.
    pub proxies: Proxies,
}

/// Time limits and number of attempts.
#[derive(Clone, Copy, Debug)]
pub struct RetryPolicy {
    /// Maximum number of attempts for one request.
    pub attempts: u32,
    /// The wait after the first failure; it doubles with each further one.
    pub first_wait: Duration,
    /// The longest wait, even if the server asks for a longer one.
    pub longest_wait: Duration,
    /// Time limit without any data received.
    pub silence: Duration,
    /// Number of times that a list is started when it expires on the server.
    pub beginnings: u32,
}

/// Six attempts over about 15 s outlast the restart of one API server behind a load balancer; 60 s is the time limit
/// of an API server for a request.
impl Default for RetryPolicy {
    fn default() -> Self {
        Self {
            attempts: 6,
            first_wait: Duration::from_millis(500),
            longest_wait: Duration::from_secs(30),
            silence: Duration::from_secs(60),
            beginnings: 3,
        }
    }
}

/// A connected API server.
pub struct Api {
    client: Client,
    retry: RetryPolicy,
    server: String,
    context: Option<String>,
    proxy: Option<ProxyAddress>,
}

/// The remedy for an untrusted certificate authority.
const AUTHORITY: &str = "the certificate-authority in the kubeconfig is missing or belongs to another cluster";

/// The result of a request.
pub(super) enum Answer {
    /// The body of a successful response.
    Body(Vec<u8>),
    /// The continue token has expired; the server may return one with which the rest can be read in its current
    /// state.
    Gone(Option<String>),
}

/// The error of one attempt.
enum AttemptError {
    /// An error that a retry may fix, but not before `after`.
    Retryable { why: String, after: Option<Duration>, then: Box<dyn Fn(u32) -> KubeError + Send> },
    /// An error that a retry cannot fix.
    Final(KubeError),
}

/// Maximum length of a page: 500 objects of at most 1.5 MiB, etcd's limit for one object.
const LONGEST_BODY: usize = 750 << 20;

impl Api {
    /// Finds the cluster and creates a client; no request is sent yet. Must be called within the async runtime.
    ///
    /// # Errors
    /// If the kubeconfig cannot be used, or there is no cluster.
    pub async fn connect(access: &Access, retry: RetryPolicy) -> Result<Self, KubeError> {
        let found = connection::find(access).await?;
        let server = found.config.cluster_url.to_string().trim_end_matches('/').to_owned();
        let (context, proxy) = (found.context.clone(), found.proxy.clone());
        Ok(Self { client: connection::client(found, retry)?, retry, server, context, proxy })
    }

    /// Address of the API server.
    pub fn server(&self) -> &str {
        &self.server
    }

    /// The kubeconfig context that was used; `None` in a pod.
    pub fn context(&self) -> Option<&str> {
        self.context.as_deref()
    }

    pub(super) const fn retry(&self) -> RetryPolicy {
        self.retry
    }

    /// Requests `path` until there is a response or a final error. `what` is named in errors; `on_wait` is called
    /// before every wait. The response reuses the memory of `room`: allocating megabytes for every page costs as much
    /// as receiving them.
    pub(super) async fn fetch(
        &self,
        path: &str,
        what: &str,
        attempts: u32,
        on_wait: &(dyn Fn(&str, Duration) + Sync),
        mut room: Vec<u8>,
    ) -> Result<Answer, KubeError> {
        let mut attempt = 1;
        loop {
            let (why, after, then) = match self.once(path, what, std::mem::take(&mut room)).await {
                Ok(answer) => return Ok(answer),
                Err(AttemptError::Final(error)) => return Err(error),
                Err(AttemptError::Retryable { why, after, then }) => (why, after, then),
            };
            if attempt >= attempts {
                return Err(then(attempt));
            }
            let wait = self.wait(attempt, after);
            on_wait(&why, wait);
            tokio::time::sleep(wait).await;
            attempt += 1;
        }
    }

    async fn once(&self, path: &str, what: &str, room: Vec<u8>) -> Result<Answer, AttemptError> {
        let request = Request::get(path).header(http::header::ACCEPT, "application/json").body(Body::empty());
        let request = request.map_err(|e| AttemptError::Final(self.unreachable()(e.into(), 1)))?;
        let silence = self.retry.silence;
        let sent = match tokio::time::timeout(silence, self.client.send(request)).await {
            Ok(sent) => sent.map_err(BoxError::from),
            Err(_) => Err(ReadTimeout(silence).into()),
        };
        let response = sent.map_err(|source| self.no_answer(source))?;
        let (head, body) = response.into_parts();
        let body = collect(body, room, &head.headers, silence).await.map_err(|source| self.no_answer(source))?;
        self.judge(head.status, &head.headers, body, what)
    }

    fn judge(
        &self,
        status: StatusCode,
        headers: &HeaderMap,
        body: Vec<u8>,
        what: &str,
    ) -> Result<Answer, AttemptError> {
        if status.is_success() {
            return Ok(Answer::Body(body));
        }
        let said: Status = serde_json::from_slice(&body).unwrap_or_default();
        let (server, what, message) = (self.server.clone(), what.to_owned(), said.message);
        match status {
            StatusCode::UNAUTHORIZED => Err(AttemptError::Final(KubeError::Unauthorized { server })),
            StatusCode::FORBIDDEN => Err(AttemptError::Final(KubeError::Forbidden { what, message })),
            StatusCode::NOT_FOUND => Err(AttemptError::Final(KubeError::NotFound { server, what })),
            StatusCode::GONE => Ok(Answer::Gone(Some(said.metadata.next).filter(|next| !next.is_empty()))),
            StatusCode::TOO_MANY_REQUESTS | StatusCode::REQUEST_TIMEOUT => {
                Err(again(status, headers, server, what, message))
            }
            _ if status.is_server_error() => Err(again(status, headers, server, what, message)),
            _ => {
                let status = status.as_u16();
                Err(AttemptError::Final(KubeError::Failing { server, what, status, message, attempts: 1 }))
            }
        }
    }

    fn unreachable(&self) -> impl Fn(BoxError, u32) -> KubeError + Send + 'static {
        let (server, proxy) = (self.server.clone(), self.proxy.as_ref().map(ToString::to_string));
        move |source, attempts| KubeError::Unreachable {
            server: server.clone(),
            proxy: proxy.clone(),
            attempts,
            source,
        }
    }

    fn no_answer(&self, source: BoxError) -> AttemptError {
        let (server, proxy) = (self.server.clone(), self.proxy.as_ref().map(ToString::to_string));
        if let Some(why) = lasting_fault(&*source, AUTHORITY) {
            return AttemptError::Final(KubeError::NoConnection { server, proxy, why });
        }
        // A token that cannot be renewed, or is not a valid header.
        let mut chain = std::iter::successors(Some(&*source as &(dyn std::error::Error + 'static)), |e| e.source());
        if chain.any(|error| error.is::<AuthError>()) {
            return AttemptError::Final(KubeError::Client { server, source });
        }
        let why = source.to_string();
        let unreachable = self.unreachable();
        let source = std::sync::Mutex::new(Some(source));
        let then = move |attempts| {
            let source = source.lock().ok().and_then(|mut s| s.take()).unwrap_or_else(|| "no answer".into());
            unreachable(source, attempts)
        };
        AttemptError::Retryable { why, after: None, then: Box::new(then) }
    }

    /// At least the wait that the server asks for, plus a random part, so that many readers do not retry together.
    fn wait(&self, attempt: u32, after: Option<Duration>) -> Duration {
        let RetryPolicy { first_wait, longest_wait, .. } = self.retry;
        let wait = after.unwrap_or_else(|| first_wait.saturating_mul(1 << attempt.saturating_sub(1).min(10)));
        let jitter = getrandom::u32().unwrap_or(0) % 250;
        (wait + wait * jitter / 1000).min(longest_wait)
    }
}

fn again(status: StatusCode, headers: &HeaderMap, server: String, what: String, message: String) -> AttemptError {
    let after = headers.get(http::header::RETRY_AFTER).and_then(|v| v.to_str().ok()?.trim().parse().ok());
    let why = format!("{} {message}", status.as_u16()).trim_end().to_owned();
    let status = status.as_u16();
    let then = move |attempts| {
        let (server, what, message) = (server.clone(), what.clone(), message.clone());
        KubeError::Failing { server, what, status, message, attempts }
    };
    AttemptError::Retryable { why, after: after.map(Duration::from_secs), then: Box::new(then) }
}

/// An error response of the API server.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Status {
    message: String,
    metadata: super::page::ListMeta,
}

async fn collect(
    mut body: Body,
    mut bytes: Vec<u8>,
    headers: &HeaderMap,
    silence: Duration,
) -> Result<Vec<u8>, BoxError> {
    let length = headers.get(http::header::CONTENT_LENGTH).and_then(|v| v.to_str().ok()?.parse::<usize>().ok());
    // A server may declare any length; only a plausible amount is reserved.
    bytes.clear();
    bytes.reserve_exact(length.unwrap_or(0).min(16 << 20));
    loop {
        let frame = tokio::time::timeout(silence, body.frame()).await.map_err(|_| ReadTimeout(silence))?;
        let Some(frame) = frame else { return Ok(bytes) };
        if let Ok(data) = frame.map_err(BoxError::from)?.into_data() {
            bytes.extend_from_slice(&data);
        }
        if bytes.len() > LONGEST_BODY {
            return Err(TooLong(LONGEST_BODY).into());
        }
    }
}
