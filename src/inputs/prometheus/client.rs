//! The HTTP client of Prometheus, with retries.

use std::time::Duration;

use reqwest::{Client, Response, StatusCode, Url};

use super::access::Access;
use super::answer::{Answer, BadAnswer, extract_answer};
use super::chunks::Chunk;
use super::error::PrometheusError;
use super::http_request::{Form, base, headers, request};
use crate::net::address::without_secrets;
use crate::net::proxy::Proxies;
use crate::net::{AttemptError, RetryPolicy, client_builder, is_retryable, lasting_fault, retry_after, with_retries};

/// Which Prometheus, and how to be let in.
#[derive(Clone, Debug)]
pub struct Endpoint {
    /// Its address, with the path it is served under.
    pub url: String,
    /// Credentials and TLS settings.
    pub access: Access,
    /// Whose data, where it holds those of several (`X-Scope-OrgID` of Mimir, Cortex and Loki's kin).
    pub tenant: Option<String>,
    /// How long and how often to try.
    pub retry: RetryPolicy,
    /// The proxies of the environment.
    pub proxies: Proxies,
}

/// Prometheus gives up a query after two minutes by default (`--query.timeout`), so that no longer time limit makes sense.
pub const RETRY: RetryPolicy = RetryPolicy {
    timeout: Duration::from_secs(125),
    attempts: 4,
    pause: Duration::from_millis(500),
    longest_pause: Duration::from_secs(30),
    total: Duration::MAX,
};

/// What to do about an authority that is not trusted.
pub(super) const AUTHORITY: &str = "set its certificate as ca_file in the --prometheus-auth-file";

/// The largest answer that is taken: a day of 100,000 series, about thirty bytes a sample.
const LARGEST_ANSWER: usize = 96 << 20;

/// M3's word for an answer that is not whole (<https://m3db.io/docs/operational_guide/resource_limits/>).
const LIMITED: &str = "m3-results-limited";

/// A connection to one Prometheus, or to anything that speaks its API.
#[derive(Clone, Debug)]
pub struct Prometheus {
    http: Client,
    base: Url,
    retry: RetryPolicy,
}

/// When a query is evaluated.
#[derive(Clone, Copy, Debug)]
pub enum When {
    /// At one moment, in milliseconds since 1970.
    At(i64),
    /// At the moments of a chunk.
    Over(Chunk),
}

impl Prometheus {
    /// Prepares the connection; nothing is sent yet.
    ///
    /// # Errors
    /// [`PrometheusError::Url`] and [`PrometheusError::Credentials`].
    pub fn new(endpoint: &Endpoint) -> Result<Self, PrometheusError> {
        let base = base(&endpoint.url)?;
        Ok(Self { http: connection(endpoint, base.scheme())?, base, retry: endpoint.retry })
    }

    /// The address, without what may be secret in it.
    pub fn address(&self) -> &str {
        self.base.as_str().trim_end_matches('/')
    }

    /// Asks one query, and does not try again.
    ///
    /// # Errors
    /// [`PrometheusError`].
    pub(super) async fn query_once(&self, name: &str, promql: &str, when: When) -> Result<Answer, PrometheusError> {
        let retry = RetryPolicy { attempts: 1, ..self.retry };
        Self { retry, ..self.clone() }.query(name, promql, when).await
    }

    /// Asks one query, tried again where that may help.
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
        form: &Form,
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
            // 400 and 422 say that the query is at fault, 503 that it took too long or was given up.
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

/// A client with the endpoint's credentials, for addresses of one scheme.
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

/// The body, or nothing where it is larger than is taken.
pub(super) async fn bounded(mut response: Response) -> Result<Option<Vec<u8>>, reqwest::Error> {
    // What is announced is a hint, not a promise; it must not reserve memory beyond the bound.
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
