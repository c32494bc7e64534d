//! Sends finished bytes to an address, with retries.

use std::time::Duration;

use reqwest::header::{CONTENT_TYPE, LOCATION};
use reqwest::{Client, Method, Response, Url};

use super::DeliveryError;
use crate::net::address::origin;
use crate::net::proxy::Proxies;
use crate::net::{
    AttemptError, RetryPolicy, client_builder, is_retryable, lasting_fault, retry_after, runtime, with_retries,
};

/// A webhook answers in a second, and a bucket takes megabytes in a few; a restart behind either ends within a minute.
pub const RETRY: RetryPolicy = RetryPolicy {
    timeout: Duration::from_secs(15),
    attempts: 4,
    pause: Duration::from_secs(1),
    longest_pause: Duration::from_secs(30),
    total: Duration::from_secs(60),
};

/// The remedy for a certificate authority that is not trusted.
pub(super) const AUTHORITY: &str = "add it to the certificates of the system, or name their file in SSL_CERT_FILE";

/// A request and its target.
pub(super) struct Request<'a> {
    /// The target without secrets, for messages.
    pub(super) target: String,
    pub(super) method: Method,
    pub(super) url: Url,
    pub(super) content_type: &'static str,
    pub(super) body: &'a [u8],
}

impl Request<'_> {
    pub(super) fn send(&self, retry: &RetryPolicy, proxies: &Proxies) -> Result<(), DeliveryError> {
        let unusable = |source| DeliveryError::Unusable { target: self.target.clone(), source };
        let runtime = runtime().map_err(|e| unusable(e.into()))?;
        let client = client_builder(self.url.scheme() == "https", retry.connect_timeout(), proxies).build();
        let client = client.map_err(|e| unusable(e.without_url().into()))?;
        let once = |attempts| within(retry.timeout, &self.target, attempts, self.once(&client, attempts));
        runtime.block_on(with_retries(retry, |_, _| {}, once))
    }

    async fn once(&self, client: &Client, attempts: u32) -> Result<(), AttemptError<DeliveryError>> {
        let target = self.target.clone();
        let unreachable = |source: reqwest::Error| {
            if let Some(why) = lasting_fault(&source, AUTHORITY) {
                return AttemptError::Final(DeliveryError::NoConnection { target: target.clone(), why });
            }
            let source = source.without_url().into();
            AttemptError::Retryable(DeliveryError::Unreachable { target: target.clone(), attempts, source }, None)
        };
        let request = client.request(self.method.clone(), self.url.clone());
        let request = request.header(CONTENT_TYPE, self.content_type).body(self.body.to_vec());
        let response = request.send().await.map_err(unreachable)?;
        let status = response.status();
        if status.is_success() {
            return Ok(());
        }
        if status.is_redirection() {
            let to = response.headers().get(LOCATION).and_then(|to| self.url.join(to.to_str().ok()?).ok());
            let to = to.as_ref().map_or_else(|| "elsewhere".to_owned(), origin);
            return Err(AttemptError::Final(DeliveryError::Redirected { target, status: status.as_u16(), to }));
        }
        let asked = retry_after(response.headers());
        let said = word(response, &self.url).await;
        let status = status.as_u16();
        let error = DeliveryError::Refused { target, status, said, attempts };
        Err(if is_retryable(status) { AttemptError::Retryable(error, asked) } else { AttemptError::Final(error) })
    }
}

/// One attempt, cancelled after the time limit.
pub(super) async fn within<T>(
    timeout: Duration,
    target: &str,
    attempts: u32,
    attempt: impl Future<Output = Result<T, AttemptError<DeliveryError>>>,
) -> Result<T, AttemptError<DeliveryError>> {
    tokio::time::timeout(timeout, attempt).await.unwrap_or_else(|_| {
        let (target, seconds) = (target.to_owned(), timeout.as_secs());
        Err(AttemptError::Retryable(DeliveryError::Timeout { target, seconds, attempts }, None))
    })
}

/// A one-word reason, like Slack's `channel_is_archived`. No more of a response is shown, because servers repeat the
/// address in it.
async fn word(mut response: Response, url: &Url) -> Option<String> {
    let part = response.chunk().await.ok()??;
    let word = std::str::from_utf8(&part).ok()?.trim();
    let plain = (1..=40).contains(&word.len()) && word.bytes().all(|b| b.is_ascii_lowercase() || b == b'_');
    (plain && !url.as_str().contains(word)).then(|| word.to_owned())
}
