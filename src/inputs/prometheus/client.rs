//! The HTTP client of Prometheus, with retries.

use std::time::Duration;

use reqwest::{Client, Response, StatusCode, Url};

use super::access::Access;
use super::answer::{Answer, BadAnswer, extract_answer};
use super::chunks::Chunk;
use super::error::PrometheusError;
use super::http_request::{FormFields, base, headers, request};
use crate::net::address::without_secrets;
use crate::net::proxy::Proxies;
use crate::net::{AttemptError, RetryPolicy, client_builder, is_retryable, lasting_fault, retry_after, with_retries};

/// Address and credentials of a Prometheus.
#[derive(Clone, Debug)]
pub struct Endpoint {
    /// Its address, including its path prefix.
    pub url: String,
    /// Credentials and TLS settings.
    pub access: Access,
    /// Tenant, for multi-tenant systems (`X-Scope-OrgID` of Mimir, Cortex and related systems).
    pub tenant: Option<String>,
    /// Time limits and number of attempts.
    pub retry: RetryPolicy,
    /// The proxies in the environment.
    pub proxies: Proxies,
}

/// Prometheus gives up a query after two minutes by default (`--query.timeout`), so a longer time limit is useless.
pub const RETRY: RetryPolicy = RetryPolicy {
    timeout: Duration::from_secs(125),
    attempts: 4,
    pause: Duration::from_millis(500),
    longest_pause: Duration::from_secs(30),
    total: Duration::MAX,
};

/// The remedy for an untrusted certificate authority.
pub(super) const AUTHORITY: &str = "set its certificate as ca_file in the --prometheus-auth-file";

/// Maximum size of a response: a day of 100,000 series, at about thirty bytes per sample.
const LARGEST_ANSWER: usize = 96 << 20;

/// M3's header for an incomplete response (<https://m3db.io/docs/operational_guide/resource_limits/>).
const LIMITED: &str = "m3-results-limited";

/// A connection to a Prometheus, or to anything that implements its API.
#[derive(Clone, Debug)]
pub struct Prometheus {
    http: Client,
    base: Url,
    retry: RetryPolicy,
}

/// The time at which a query is evaluated.
#[derive(Clone, Copy, Debug)]
pub enum When {
    /// One timestamp, in milliseconds since 1970.
    At(i64),
    /// The timestamps of a chunk.
    Over(Chunk),
}

impl Prometheus {
    /// Prepares the connection; no request is sent yet.
    ///
    /// # Errors
    /// [`PrometheusError::Url`] and [`PrometheusError::Credentials`].
    pub fn new(endpoint: &Endpoint) -> Result<Self, PrometheusError> {
        let base = base(&endpoint.url)?;
        Ok(Self { http: connection(endpoint, base.scheme())?, base, retry: endpoint.retry })
    }

    /// The address without secrets.
    pub fn address(&self) -> &str {
        self.base.as_str().trim_end_matches('/')
    }

    /// Runs one query without retries.
    ///
    /// # Errors
    /// [`PrometheusError`].
    pub(super) async fn query_once(&self, name: &str, promql: &str, when: When) -> Result<Answer, PrometheusError> {
        let retry = RetryPolicy { attempts: 1, ..self.retry };
        Self { retry, ..self.clone() }.query(name, promql, when).await
    }

    /// Runs one query with retries.
    ///
    /// # Errors
    /// [`PrometheusError`].
    pub async fn query(&self, name: &str, promql: &str, when: When) -> Result<Answer, PrometheusError> {
        let (path, form) = &request(promql, when);
        let timeout = self.retry.timeout;
        let once = |attempts| async move {
            tokio::time::timeout(timeout, self.once(name, path, form, attempts)).await.unwrap_or_else(|_| {
                let (query, seconds) = (name.to_owned(), timeout.as_secs());
                Err(AttemptError::Retryable(PrometheusError::Slow { query, seconds, attempts }, None))
            })
        };
        with_retries(&self.retry, |_, _| {}, once).await
    }

    async fn once(
        &self,
        name: &str,
        path: &str,
        form: &FormFields,
        attempts: u32,
    ) -> Result<Answer, AttemptError<PrometheusError>> {
        let unreachable = |source: reqwest::Error| {
            let url = self.address().to_owned();
            if let Some(why) = lasting_fault(&source, AUTHORITY) {
                return AttemptError::Final(PrometheusError::NoConnection { url, why });
            }
            AttemptError::Retryable(
                PrometheusError::Unreachable { url, attempts, source: source.without_url().into() },
                None,
            )
        };
        let url = self
            .base
            .join(path)
            .map_err(|_| AttemptError::Final(PrometheusError::Url { url: self.address().to_owned() }))?;
        let response = self.http.post(url).form(form).send().await.map_err(unreachable)?;
        let status = response.status();
        let asked = retry_after(response.headers());
        let limited = response.headers().get(LIMITED).map(|why| String::from_utf8_lossy(why.as_bytes()).into_owned());
        if matches!(status, StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN) {
            return Err(AttemptError::Final(PrometheusError::Refused { status: status.as_u16() }));
        }
        let no_answer =
            |why: String| PrometheusError::NotAnAnswer { query: name.to_owned(), url: self.address().to_owned(), why };
        if status.is_redirection() {
            let target = response.headers().get("location").and_then(|v| v.to_str().ok()).unwrap_or("elsewhere");
            return Err(AttemptError::Final(no_answer(format!("{status}, a redirect to {}", without_secrets(target)))));
        }
        let body = match bounded(response).await {
            Ok(Some(body)) => body,
            Ok(None) => {
                let mebibytes = LARGEST_ANSWER >> 20;
                return Err(AttemptError::Final(PrometheusError::TooLarge { query: name.to_owned(), mebibytes }));
            }
            Err(source) => return Err(AttemptError::Retryable(no_answer(cut(&source)), asked)),
        };
        let failed = || PrometheusError::Failed {
            query: name.to_owned(),
            status: status.as_u16(),
            attempts,
            message: first_line(&body),
        };
        match extract_answer(&body) {
            Ok(mut answer) if status.is_success() => {
                answer.warnings.extend(limited.map(|why| format!("the response is partial ({LIMITED}: {why})")));
                Ok(answer)
            }
            // 400 and 422 mean that the query is at fault, 503 that it timed out or was aborted.
            Err(BadAnswer::Error { kind, message }) if !is_retryable(status.as_u16()) => {
                Err(AttemptError::Final(PrometheusError::Rejected { query: name.to_owned(), kind, message }))
            }
            _ if is_retryable(status.as_u16()) => Err(AttemptError::Retryable(failed(), asked)),
            Err(BadAnswer::Shape(why)) if status.is_success() => Err(AttemptError::Retryable(no_answer(why), asked)),
            Err(_) if status == StatusCode::NOT_FOUND => {
                Err(AttemptError::Final(no_answer("404, nothing is served at this path".to_owned())))
            }
            _ => Err(AttemptError::Final(failed())),
        }
    }
}

/// A client with the endpoint's credentials, for addresses with one scheme.
pub(super) fn connection(endpoint: &Endpoint, scheme: &str) -> Result<Client, PrometheusError> {
    let unusable = |what| move |source: reqwest::Error| PrometheusError::Credentials { what, source: source.into() };
    let mut builder = client_builder(scheme == "https", endpoint.retry.connect_timeout(), &endpoint.proxies)
        .default_headers(headers(endpoint)?);
    if let Some(pem) = &endpoint.access.ca {
        builder = builder.tls_certs_only(certificates(pem)?);
    }
    if let Some(identity) = &endpoint.access.identity {
        let identity = reqwest::Identity::from_pem(&identity.pem).map_err(unusable("client certificate or key"))?;
        builder = builder.identity(identity);
    }
    builder.build().map_err(unusable("TLS settings"))
}

fn certificates(pem: &[u8]) -> Result<Vec<reqwest::Certificate>, PrometheusError> {
    let unusable = |source: Box<dyn std::error::Error + Send + Sync>| PrometheusError::Credentials {
        what: "CA certificate",
        source,
    };
    let all = reqwest::Certificate::from_pem_bundle(pem).map_err(|e| unusable(e.into()))?;
    if all.is_empty() { Err(unusable("no certificate in the file".into())) } else { Ok(all) }
}

/// The body, or `None` if it exceeds the size limit.
pub(super) async fn bounded(mut response: Response) -> Result<Option<Vec<u8>>, reqwest::Error> {
    // The announced length is only a hint and must not reserve memory beyond the limit.
    let announced = response.content_length().and_then(|n| usize::try_from(n).ok()).unwrap_or(0);
    if announced > LARGEST_ANSWER {
        return Ok(None);
    }
    let mut body = Vec::with_capacity(announced);
    while let Some(part) = response.chunk().await? {
        if body.len() + part.len() > LARGEST_ANSWER {
            return Ok(None);
        }
        body.extend_from_slice(&part);
    }
    Ok(Some(body))
}

fn cut(error: &reqwest::Error) -> String {
    format!("it was cut: {error}").replace('\n', " ")
}

fn first_line(body: &[u8]) -> String {
    if let Err(BadAnswer::Error { message, .. }) = extract_answer(body) {
        return message;
    }
    let text = String::from_utf8_lossy(&body[..body.len().min(400)]);
    text.lines().next().unwrap_or_default().chars().take(200).collect()
}
