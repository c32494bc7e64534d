//! The HTTP client of a bucket, which records the last response for error messages and retries.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use object_store::client::{HttpClient, HttpConnector, HttpError, HttpRequest, HttpResponse, HttpService};
use object_store::{ClientConfigKey, ClientOptions};

use crate::net::proxy::Proxies;
use crate::net::{client_builder, retry_after};

/// The HTTP client of a bucket, which records the last response: the library's errors contain status and pause only
/// in prose, together with an address that may be signed.
#[derive(Clone, Debug)]
pub(super) struct ResponseRecorder {
    proxies: Proxies,
    last: Arc<Mutex<Option<LastResponse>>>,
}

/// The relevant parts of a response.
#[derive(Clone, Copy, Debug)]
pub(super) struct LastResponse {
    pub(super) status: u16,
    pub(super) asked: Option<Duration>,
}

impl ResponseRecorder {
    pub(super) fn new(proxies: Proxies) -> Self {
        Self { proxies, last: Arc::default() }
    }

    /// Forgets the last response; called before each request.
    pub(super) fn reset(&self) {
        self.note(None);
    }

    /// The last response since the reset; `None` if there was none.
    pub(super) fn last_response(&self) -> Option<LastResponse> {
        *self.last.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn note(&self, seen: Option<LastResponse>) {
        *self.last.lock().unwrap_or_else(PoisonError::into_inner) = seen;
    }
}

impl HttpConnector for ResponseRecorder {
    fn connect(&self, options: &ClientOptions) -> object_store::Result<HttpClient> {
        // Five seconds, but one second for the endpoints that provide credentials on the clouds' own machines.
        let seconds = options.get_config_value(&ClientConfigKey::ConnectTimeout);
        let seconds = seconds.and_then(|text| text.strip_suffix('s')?.parse().ok()).unwrap_or(5);
        let plain = options.get_config_value(&ClientConfigKey::AllowHttp).is_some_and(|text| text == "true");
        let timeout = Duration::from_secs(seconds);
        let client = |proxies| {
            let made = client_builder(true, timeout, proxies).build();
            made.map(HttpClient::new)
                .map_err(|source| object_store::Error::Generic { store: "HTTP", source: source.into() })
        };
        // No proxy can reach an address of the node itself, and none must see its response.
        let (http, direct) = (client(&self.proxies)?, client(&Proxies::default())?);
        Ok(HttpClient::new(RecordingHttp { http, direct, plain, recorder: self.clone() }))
    }
}

#[derive(Debug)]
struct RecordingHttp {
    http: HttpClient,
    /// Client for the credential endpoints on the node.
    direct: HttpClient,
    /// Whether addresses without TLS are accepted.
    plain: bool,
    recorder: ResponseRecorder,
}

#[derive(Debug, thiserror::Error)]
#[error("an address without TLS is taken only where the environment allows it (AWS_ALLOW_HTTP=true)")]
struct NoTls;

/// The type that the macro `async_trait` generates for `async fn call(&self, request: HttpRequest)`.
type Answer<'a> = Pin<Box<dyn Future<Output = Result<HttpResponse, HttpError>> + Send + 'a>>;

impl HttpService for RecordingHttp {
    fn call<'s, 'a>(&'s self, request: HttpRequest) -> Answer<'a>
    where
        's: 'a,
        Self: 'a,
    {
        Box::pin(async move {
            if request.uri().scheme_str() != Some("https") && !self.plain {
                return Err(HttpError::new(object_store::client::HttpErrorKind::Unknown, NoTls));
            }
            let http = if is_on_the_node(request.uri().host()) { &self.direct } else { &self.http };
            let response = http.execute(request).await?;
            let asked = retry_after(response.headers());
            self.recorder.note(Some(LastResponse { status: response.status().as_u16(), asked }));
            Ok(response)
        })
    }
}

/// Whether the host is a cloud's metadata server or the agent of EKS Pod Identity.
fn is_on_the_node(host: Option<&str>) -> bool {
    host.is_some_and(|host| {
        host.starts_with("169.254.") || host == "metadata.google.internal" || host == "[fd00:ec2::23]"
    })
}
