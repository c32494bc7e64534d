use std::fmt;
use std::time::Duration;

use reqwest::header::{CONTENT_TYPE, LOCATION};
use reqwest::{Client, Response, Url};

use super::DeliveryError;
use super::http::{client, retry_after};
use super::retry::{Patience, Trouble, passes, persist, runtime};
use crate::inputs::lasting_fault;
use crate::inputs::proxy::Proxies;
use crate::outputs::MessageForm;

/// An address that is told. All of it but scheme and host may be a secret, and is not shown.
#[derive(Clone, PartialEq, Eq)]
pub struct Webhook {
    form: MessageForm,
    url: Url,
}

impl Webhook {
    /// `None` for what is no address.
    pub fn new(form: MessageForm, address: &str) -> Option<Self> {
        let url: Url = address.parse().ok()?;
        (matches!(url.scheme(), "http" | "https") && url.has_host()).then_some(Self { form, url })
    }

    /// The form of its messages.
    pub const fn form(&self) -> MessageForm {
        self.form
    }
}

impl fmt::Display for Webhook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let slack = if self.form == MessageForm::Slack { "slack:" } else { "" };
        write!(f, "{slack}{}", origin(&self.url))
    }
}

impl fmt::Debug for Webhook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Webhook({self})")
    }
}

fn origin(url: &Url) -> String {
    let port = url.port().map_or_else(String::new, |port| format!(":{port}"));
    format!("{}://{}{port}", url.scheme(), url.host_str().unwrap_or_default())
}

/// What to do about an authority that is not trusted.
pub(super) const AUTHORITY: &str = "add it to the certificates of the system, or name their file in SSL_CERT_FILE";

/// Sends a message, tried again where that may help.
///
/// # Errors
/// [`DeliveryError`].
pub fn post(webhook: &Webhook, message: &[u8], patience: &Patience, proxies: &Proxies) -> Result<(), DeliveryError> {
    let target = webhook.to_string();
    let unusable = |source| DeliveryError::Unusable { target: target.clone(), source };
    let runtime = runtime().map_err(|e| unusable(e.into()))?;
    let connect_timeout = patience.timeout.min(Duration::from_secs(10));
    let client = client(webhook.url.scheme() == "https", connect_timeout, proxies);
    let client = client.map_err(|e| unusable(e.without_url().into()))?;
    let once = |attempts| once(&client, webhook, message, attempts);
    runtime.block_on(persist(patience, &target, once))
}

async fn once(client: &Client, webhook: &Webhook, message: &[u8], attempts: u32) -> Result<(), Trouble> {
    let target = webhook.to_string();
    let unreachable = |source: reqwest::Error| {
        if let Some(why) = lasting_fault(&source, AUTHORITY) {
            return Trouble::Final(DeliveryError::NoConnection { target: target.clone(), why });
        }
        let source = source.without_url().into();
        Trouble::Passing(DeliveryError::Unreachable { target: target.clone(), attempts, source }, None)
    };
    let request = client.post(webhook.url.clone()).header(CONTENT_TYPE, "application/json").body(message.to_vec());
    let response = request.send().await.map_err(unreachable)?;
    let status = response.status();
    if status.is_success() {
        return Ok(());
    }
    if status.is_redirection() {
        let to = response.headers().get(LOCATION).and_then(|to| webhook.url.join(to.to_str().ok()?).ok());
        let to = to.as_ref().map_or_else(|| "elsewhere".to_owned(), origin);
        return Err(Trouble::Final(DeliveryError::Moved { target, status: status.as_u16(), to }));
    }
    let asked = retry_after(response.headers());
    let said = word(response, &webhook.url).await;
    let status = status.as_u16();
    let error = DeliveryError::Refused { target, status, said, attempts };
    Err(if passes(status) { Trouble::Passing(error, asked) } else { Trouble::Final(error) })
}

/// A reason like Slack's `channel_is_archived`. No more of an answer is shown: servers repeat the address in it.
async fn word(mut response: Response, url: &Url) -> Option<String> {
    let part = response.chunk().await.ok()??;
    let word = std::str::from_utf8(&part).ok()?.trim();
    let plain = (1..=40).contains(&word.len()) && word.bytes().all(|b| b.is_ascii_lowercase() || b == b'_');
    (plain && !url.as_str().contains(word)).then(|| word.to_owned())
}
