use std::time::Duration;

use reqwest::header::{AUTHORIZATION, HeaderMap, HeaderName, HeaderValue, RETRY_AFTER};
use reqwest::{Client, Response, StatusCode, Url};

use super::access::{Access, Secret};
use super::answer::{Answer, BadAnswer, extract_answer};
use super::chunks::{Chunk, seconds};
use super::error::PrometheusError;

/// Which Prometheus, and how to be let in.
#[derive(Clone, Debug)]
pub struct Endpoint {
    /// Its address, with the path it is served under.
    pub url: String,
    /// Credentials.
    pub access: Access,
    /// Whose data, where it holds those of several (`X-Scope-OrgID` of Mimir, Cortex and Loki's kin).
    pub tenant: Option<String>,
    /// How long and how often to try.
    pub patience: Patience,
}

/// How long and how often a query is tried.
#[derive(Clone, Copy, Debug)]
pub struct Patience {
    /// For one answer. Prometheus gives up after two minutes by default (`--query.timeout`), so no longer makes sense.
    pub timeout: Duration,
    /// Tries in all.
    pub attempts: u32,
    /// Before the second try; twice as long before each further one.
    pub pause: Duration,
    /// The longest pause, also where the server asks for more.
    pub longest_pause: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            timeout: Duration::from_secs(125),
            attempts: 4,
            pause: Duration::from_millis(500),
            longest_pause: Duration::from_secs(30),
        }
    }
}

/// The largest answer that is taken: a day of 100,000 series, about thirty bytes a sample.
const LARGEST_ANSWER: usize = 96 << 20;

/// A connection to one Prometheus, or to anything that speaks its API.
#[derive(Clone, Debug)]
pub struct Prometheus {
    http: Client,
    base: Url,
    patience: Patience,
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
        let unusable =
            |what| move |source: reqwest::Error| PrometheusError::Credentials { what, source: source.into() };
        let mut builder = Client::builder()
            .user_agent(concat!("capmodel/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(Duration::from_secs(10))
            // A redirect would turn the query into another one, or show the credentials to another host.
            .redirect(reqwest::redirect::Policy::none())
            .default_headers(headers(endpoint)?);
        if let Some(pem) = &endpoint.access.ca {
            for certificate in reqwest::Certificate::from_pem_bundle(pem).map_err(unusable("CA certificate"))? {
                builder = builder.add_root_certificate(certificate);
            }
        }
        if let Some(identity) = &endpoint.access.identity {
            let identity = reqwest::Identity::from_pem(&identity.pem).map_err(unusable("client certificate or key"))?;
            builder = builder.identity(identity);
        }
        let http = builder.build().map_err(unusable("TLS settings"))?;
        Ok(Self { http, base: base(&endpoint.url)?, patience: endpoint.patience })
    }

    /// The address, without what may be secret in it.
    pub fn address(&self) -> &str {
        self.base.as_str().trim_end_matches('/')
    }

    /// Asks one query, tried again where that may help.
    ///
    /// # Errors
    /// [`PrometheusError`].
    pub async fn query(&self, name: &str, promql: &str, when: When) -> Result<Answer, PrometheusError> {
        let (path, form) = request(promql, when);
        let mut pause = self.patience.pause;
        let mut attempts = 1;
        loop {
            let last = attempts >= self.patience.attempts;
            let outcome = tokio::time::timeout(self.patience.timeout, self.once(name, path, &form, attempts)).await;
            let (error, asked) = match outcome {
                Ok(Ok(answer)) => return Ok(answer),
                Ok(Err(Trouble::Final(error))) => return Err(error),
                Ok(Err(Trouble::Passing(error, asked))) => (error, asked),
                Err(_) => {
                    let seconds = self.patience.timeout.as_secs();
                    (PrometheusError::Slow { query: name.to_owned(), seconds, attempts }, None)
                }
            };
            if last {
                return Err(error);
            }
            tokio::time::sleep(asked.unwrap_or(pause).min(self.patience.longest_pause)).await;
            pause *= 2;
            attempts += 1;
        }
    }

    async fn once(&self, name: &str, path: &str, form: &Form, attempts: u32) -> Result<Answer, Trouble> {
        let unreachable = |source: reqwest::Error| {
            let url = self.address().to_owned();
            Trouble::Passing(PrometheusError::Unreachable { url, attempts, source: source.without_url().into() }, None)
        };
        let url = self
            .base
            .join(path)
            .map_err(|_| Trouble::Final(PrometheusError::Url { url: self.address().to_owned() }))?;
        let response = self.http.post(url).form(form).send().await.map_err(unreachable)?;
        let status = response.status();
        let asked = retry_after(&response);
        if matches!(status, StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN) {
            return Err(Trouble::Final(PrometheusError::Refused { status: status.as_u16() }));
        }
        let no_answer =
            |why: String| PrometheusError::NotAnAnswer { query: name.to_owned(), url: self.address().to_owned(), why };
        if status.is_redirection() {
            let target = response.headers().get("location").and_then(|v| v.to_str().ok()).unwrap_or("elsewhere");
            return Err(Trouble::Final(no_answer(format!("{status}, it points to {target}"))));
        }
        let body = match bounded(response).await {
            Ok(Some(body)) => body,
            Ok(None) => {
                let mebibytes = LARGEST_ANSWER >> 20;
                return Err(Trouble::Final(PrometheusError::TooLarge { query: name.to_owned(), mebibytes }));
            }
            Err(source) => return Err(Trouble::Passing(no_answer(cut(&source)), asked)),
        };
        let failed = || PrometheusError::Failed {
            query: name.to_owned(),
            status: status.as_u16(),
            attempts,
            message: first_line(&body),
        };
        match extract_answer(&body) {
            Ok(answer) if status.is_success() => Ok(answer),
            // 400 and 422 say that the query is at fault, 503 that it took too long or was given up.
            Err(BadAnswer::Error { kind, message }) if !retriable(status) => {
                Err(Trouble::Final(PrometheusError::Rejected { query: name.to_owned(), kind, message }))
            }
            _ if retriable(status) => Err(Trouble::Passing(failed(), asked)),
            Err(BadAnswer::Shape(why)) if status.is_success() => Err(Trouble::Passing(no_answer(why), asked)),
            Err(_) if status == StatusCode::NOT_FOUND => {
                Err(Trouble::Final(no_answer("404, nothing is served at this path".to_owned())))
            }
            _ => Err(Trouble::Final(failed())),
        }
    }
}

type Form = Vec<(&'static str, String)>;

/// A problem that another try may solve, after a pause that the server may have asked for; or one that it will not.
enum Trouble {
    Passing(PrometheusError, Option<Duration>),
    Final(PrometheusError),
}

fn retriable(status: StatusCode) -> bool {
    status == StatusCode::TOO_MANY_REQUESTS || status.is_server_error()
}

/// The path below the base, and what is posted there. Prometheus ignores what is only Thanos'
/// (<https://thanos.io/tip/components/query.md/>): replicas merged, no silence about stores that are missing, and blocks
/// no coarser than a twelfth of the step, so that a step holds enough samples for a rate.
fn request(promql: &str, when: When) -> (&'static str, Form) {
    let mut form = vec![("query", promql.to_owned()), ("dedup", "true".to_owned())];
    form.push(("partial_response", "false".to_owned()));
    match when {
        When::At(moment) => {
            form.push(("time", seconds(moment)));
            ("api/v1/query", form)
        }
        When::Over(Chunk { first, last, step }) => {
            form.push(("start", seconds(first)));
            form.push(("end", seconds(last)));
            form.push(("step", step.to_string()));
            let resolution = if step >= 3600 { "5m" } else { "0s" };
            form.push(("max_source_resolution", resolution.to_owned()));
            ("api/v1/query_range", form)
        }
    }
}

fn base(text: &str) -> Result<Url, PrometheusError> {
    let wrong = || PrometheusError::Url { url: text.to_owned() };
    let mut url: Url = text.trim().parse().map_err(|_| wrong())?;
    // A password in an address ends up in error messages and process lists.
    if !matches!(url.scheme(), "http" | "https") || !url.has_host() || url.password().is_some() {
        return Err(wrong());
    }
    url.set_query(None);
    url.set_fragment(None);
    let path = url.path().trim_end_matches('/').trim_end_matches("/api/v1");
    let path = format!("{path}/");
    url.set_path(&path);
    Ok(url)
}

fn headers(endpoint: &Endpoint) -> Result<HeaderMap, PrometheusError> {
    let Endpoint { access: Access { bearer_token, basic, headers, .. }, tenant, .. } = endpoint;
    let secret = |what, text: &str| {
        let mut value = HeaderValue::from_str(text).map_err(|e| unusable(what, e))?;
        value.set_sensitive(true);
        Ok(value)
    };
    let mut map = HeaderMap::new();
    for (name, value) in headers {
        let name = HeaderName::from_bytes(name.as_bytes()).map_err(|e| unusable("header name", e))?;
        map.insert(name, secret("header", value.expose())?);
    }
    if let Some(token) = bearer_token {
        map.insert(AUTHORIZATION, secret("bearer token", &format!("Bearer {}", token.expose()))?);
    }
    if let Some((user, password)) = basic {
        map.insert(AUTHORIZATION, secret("user name or password", &basic_value(user, password))?);
    }
    if let Some(tenant) = tenant {
        let value = HeaderValue::from_str(tenant).map_err(|e| unusable("tenant", e))?;
        map.insert(HeaderName::from_static("x-scope-orgid"), value);
    }
    Ok(map)
}

fn unusable(what: &'static str, source: impl std::error::Error + Send + Sync + 'static) -> PrometheusError {
    PrometheusError::Credentials { what, source: Box::new(source) }
}

/// RFC 7617; base64 as in RFC 4648.
fn basic_value(user: &str, password: &Secret) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = "Basic ".to_owned();
    for group in format!("{user}:{}", password.expose()).as_bytes().chunks(3) {
        let bits = group.iter().fold(0_u32, |bits, byte| bits << 8 | u32::from(*byte)) << (8 * (3 - group.len()));
        for place in 0..4 {
            let digit = char::from(DIGITS[(bits >> (18 - 6 * place) & 63) as usize]);
            out.push(if place <= group.len() { digit } else { '=' });
        }
    }
    out
}

/// Seconds; the form with a date is not used by what answers here, and a pause of our own serves as well.
fn retry_after(response: &Response) -> Option<Duration> {
    response.headers().get(RETRY_AFTER)?.to_str().ok()?.trim().parse().ok().map(Duration::from_secs)
}

/// The body, or nothing where it is larger than is taken.
async fn bounded(mut response: Response) -> Result<Option<Vec<u8>>, reqwest::Error> {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses() {
        for (text, expected) in [
            ("http://p:9090", "http://p:9090/"),
            ("https://p/mimir/prometheus/", "https://p/mimir/prometheus/"),
            ("http://p/prefix/api/v1/?x=1#y", "http://p/prefix/"),
        ] {
            assert_eq!(base(text).unwrap().as_str(), expected);
        }
        for text in ["", "p:9090", "ftp://p", "http://", "http://u:secret@p"] {
            assert!(base(text).is_err(), "{text}");
        }
    }

    #[test]
    fn basic_authentication() {
        for (user, password, expected) in [
            ("Aladdin", "open sesame", "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="),
            ("a", "b", "Basic YTpi"),
            ("", "", "Basic Og=="),
        ] {
            let secret: Secret = serde_json::from_value(password.into()).unwrap();
            assert_eq!(basic_value(user, &secret), expected);
        }
    }

    #[test]
    fn coarse_blocks_only_for_coarse_steps() {
        let resolution = |step| {
            let (_, form) = request("up", When::Over(Chunk { first: 0, last: 1, step }));
            form.into_iter().find(|(k, _)| *k == "max_source_resolution").unwrap().1
        };
        assert_eq!((resolution(300), resolution(3600)), ("0s".to_owned(), "5m".to_owned()));
    }
}
