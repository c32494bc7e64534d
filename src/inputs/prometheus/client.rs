//! The HTTP client of Prometheus, with retries.

use std::time::Duration;

use reqwest::header::RETRY_AFTER;
use reqwest::{Client, Response, StatusCode, Url};

use super::access::Access;
use super::address::without_secrets;
use super::answer::{Answer, BadAnswer, extract_answer};
use super::chunks::Chunk;
use super::error::PrometheusError;
use super::http_request::{Form, base, headers, request};
use crate::inputs::lasting_fault;
use crate::inputs::proxy::Proxies;

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

/// How long and how often a query is tried.
#[derive(Clone, Copy, Debug)]
pub struct RetryPolicy {
    /// For one answer. Prometheus gives up after two minutes by default (`--query.timeout`), so no longer makes sense.
    pub timeout: Duration,
    /// Maximum number of attempts, the first included.
    pub attempts: u32,
    /// Before the second try; twice as long before each further one.
    pub pause: Duration,
    /// The longest pause, also where the server asks for more.
    pub longest_pause: Duration,
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self {
            timeout: Duration::from_secs(125),
            attempts: 4,
            pause: Duration::from_millis(500),
            longest_pause: Duration::from_secs(30),
        }
    }
}

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
        let (path, form) = request(promql, when);
        let mut pause = self.retry.pause;
        let mut attempts = 1;
        loop {
            let last = attempts >= self.retry.attempts;
            let outcome = tokio::time::timeout(self.retry.timeout, self.once(name, path, &form, attempts)).await;
            let (error, asked) = match outcome {
                Ok(Ok(answer)) => return Ok(answer),
                Ok(Err(AttemptError::Final(error))) => return Err(error),
                Ok(Err(AttemptError::Retryable(error, asked))) => (error, asked),
                Err(_) => {
                    let seconds = self.retry.timeout.as_secs();
                    (PrometheusError::Slow { query: name.to_owned(), seconds, attempts }, None)
                }
            };
            if last {
                return Err(error);
            }
            tokio::time::sleep(asked.unwrap_or(pause).min(self.retry.longest_pause)).await;
            pause *= 2;
            attempts += 1;
        }
    }

    async fn once(&self, name: &str, path: &str, form: &Form, attempts: u32) -> Result<Answer, AttemptError> {
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
        let asked = retry_after(&response);
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
            Err(BadAnswer::Error { kind, message }) if !is_retryable(status) => {
                Err(AttemptError::Final(PrometheusError::Rejected { query: name.to_owned(), kind, message }))
            }
            _ if is_retryable(status) => Err(AttemptError::Retryable(failed(), asked)),
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
    let mut builder = endpoint
        .proxies
        .apply(Client::builder())
        .user_agent(concat!("capmodel/", env!("CARGO_PKG_VERSION")))
        .connect_timeout(Duration::from_secs(10))
        // A redirect would turn the query into another one, or show the credentials to another host.
        .redirect(reqwest::redirect::Policy::none())
        .default_headers(headers(endpoint)?);
    if let Some(pem) = &endpoint.access.ca {
        builder = builder.tls_certs_only(certificates(pem)?);
    } else if scheme == "http" {
        // An image without the system's certificates must do for an address without TLS.
        builder = builder.tls_certs_only([]);
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

/// The error of one attempt: one that another attempt may solve, after a pause that the server may have asked for; or one
/// that it will not.
enum AttemptError {
    Retryable(PrometheusError, Option<Duration>),
    Final(PrometheusError),
}

fn is_retryable(status: StatusCode) -> bool {
    status == StatusCode::TOO_MANY_REQUESTS || status.is_server_error()
}

/// Seconds; the form with a date is not used by what answers here, and a pause of our own serves as well.
fn retry_after(response: &Response) -> Option<Duration> {
    response.headers().get(RETRY_AFTER)?.to_str().ok()?.trim().parse().ok().map(Duration::from_secs)
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
