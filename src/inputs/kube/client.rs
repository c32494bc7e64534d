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
use crate::net::proxy::{Proxies, ProxyAddress};
use crate::net::{AttemptError, RetryPolicy, is_retryable, lasting_fault, retry_after, with_retries};

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

/// Six attempts over about 15 s outlast the restart of one API server behind a load balancer; 60 s is the time limit
/// of an API server for a request.
pub const RETRY: RetryPolicy = RetryPolicy {
    timeout: Duration::from_secs(60),
    attempts: 6,
    pause: Duration::from_millis(500),
    longest_pause: Duration::from_secs(30),
    total: Duration::MAX,
};

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
        let retry = RetryPolicy { attempts, ..self.retry };
        let told = |error: &KubeError, wait| on_wait(&error.reason(), wait);
        with_retries(&retry, told, |attempt| self.once(path, what, attempt, std::mem::take(&mut room))).await
    }

    async fn once(
        &self,
        path: &str,
        what: &str,
        attempts: u32,
        room: Vec<u8>,
    ) -> Result<Answer, AttemptError<KubeError>> {
        let request = Request::get(path).header(http::header::ACCEPT, "application/json").body(Body::empty());
        let request = request.map_err(|e| AttemptError::Final(self.unreachable(e.into(), 1)))?;
        let silence = self.retry.timeout;
        let sent = match tokio::time::timeout(silence, self.client.send(request)).await {
            Ok(sent) => sent.map_err(BoxError::from),
            Err(_) => Err(ReadTimeout(silence).into()),
        };
        let response = sent.map_err(|source| self.no_answer(source, attempts))?;
        let (head, body) = response.into_parts();
        let body =
            collect(body, room, &head.headers, silence).await.map_err(|source| self.no_answer(source, attempts))?;
        self.judge(head.status, &head.headers, body, what, attempts)
    }

    fn judge(
        &self,
        status: StatusCode,
        headers: &HeaderMap,
        body: Vec<u8>,
        what: &str,
        attempts: u32,
    ) -> Result<Answer, AttemptError<KubeError>> {
        if status.is_success() {
            return Ok(Answer::Body(body));
        }
        let said: Status = serde_json::from_slice(&body).unwrap_or_default();
        let (server, what, message) = (self.server.clone(), what.to_owned(), said.message);
        Err(match status {
            StatusCode::UNAUTHORIZED => AttemptError::Final(KubeError::Unauthorized { server }),
            StatusCode::FORBIDDEN => AttemptError::Final(KubeError::Forbidden { what, message }),
            StatusCode::NOT_FOUND => AttemptError::Final(KubeError::NotFound { server, what }),
            StatusCode::GONE => return Ok(Answer::Gone(Some(said.metadata.next).filter(|next| !next.is_empty()))),
            _ => {
                let status = status.as_u16();
                let failing = |attempts| KubeError::Failing { server, what, status, message, attempts };
                if is_retryable(status) {
                    AttemptError::Retryable(failing(attempts), retry_after(headers))
                } else {
                    AttemptError::Final(failing(1))
                }
            }
        })
    }

    fn unreachable(&self, source: BoxError, attempts: u32) -> KubeError {
        let (server, proxy) = (self.server.clone(), self.proxy.as_ref().map(ToString::to_string));
        KubeError::Unreachable { server, proxy, attempts, source }
    }

    fn no_answer(&self, source: BoxError, attempts: u32) -> AttemptError<KubeError> {
        let (server, proxy) = (self.server.clone(), self.proxy.as_ref().map(ToString::to_string));
        if let Some(why) = lasting_fault(&*source, AUTHORITY) {
            return AttemptError::Final(KubeError::NoConnection { server, proxy, why });
        }
        // A token that cannot be renewed, or is not a valid header.
        let mut chain = std::iter::successors(Some(&*source as &(dyn std::error::Error + 'static)), |e| e.source());
        if chain.any(|error| error.is::<AuthError>()) {
            return AttemptError::Final(KubeError::Client { server, source });
        }
        AttemptError::Retryable(self.unreachable(source, attempts), None)
    }
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
