//! Sends finished bytes to an address, with retries.

use std::time::Duration;

use reqwest::header::{CONTENT_TYPE, LOCATION};
use reqwest::{Client, Method, Response, Url};

use super::DeliveryError;
use super::http::{client, retry_after};
use super::retry::{AttemptError, RetryPolicy, is_retryable, runtime, with_retries};
use crate::inputs::lasting_fault;
use crate::inputs::proxy::Proxies;

/// Scheme, host and port of an address: the parts that are not secret.
pub(super) fn origin(url: &Url) -> String {
    let port = url.port().map_or_else(String::new, |port| format!(":{port}"));
    format!("{}://{}{port}", url.scheme(), url.host_str().unwrap_or_default())
}

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
        let connect_timeout = retry.timeout.min(Duration::from_secs(10));
        let client = client(self.url.scheme() == "https", connect_timeout, proxies);
        let client = client.map_err(|e| unusable(e.without_url().into()))?;
        let once = |attempts| self.once(&client, attempts);
        runtime.block_on(with_retries(retry, &self.target, once))
    }

    async fn once(&self, client: &Client, attempts: u32) -> Result<(), AttemptError> {
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
            return Err(AttemptError::Final(DeliveryError::Moved { target, status: status.as_u16(), to }));
        }
        let asked = retry_after(response.headers());
        let said = word(response, &self.url).await;
        let status = status.as_u16();
        let error = DeliveryError::Refused { target, status, said, attempts };
        Err(if is_retryable(status) { AttemptError::Retryable(error, asked) } else { AttemptError::Final(error) })
    }
}

/// A one-word reason, like Slack's `channel_is_archived`. No more of a response is shown, because servers repeat the
/// address in it.
async fn word(mut response: Response, url: &Url) -> Option<String> {
    let part = response.chunk().await.ok()??;
    let word = std::str::from_utf8(&part).ok()?.trim();
    let plain = (1..=40).contains(&word.len()) && word.bytes().all(|b| b.is_ascii_lowercase() || b == b'_');
    (plain && !url.as_str().contains(word)).then(|| word.to_owned())
}
