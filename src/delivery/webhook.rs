//! Posts a message to a webhook.

use std::fmt;

use reqwest::{Method, Url};

use super::send::Request;
use super::{DeliveryError, MessageForm};
use crate::net::RetryPolicy;
use crate::net::address::origin;
use crate::net::proxy::Proxies;

/// A webhook. Everything in its address except scheme and host may be secret, and is not shown.
#[derive(Clone, PartialEq, Eq)]
pub struct Webhook {
    form: MessageForm,
    url: Url,
}

impl Webhook {
    /// `None` for an invalid address.
    pub fn new(form: MessageForm, address: &str) -> Option<Self> {
        let url: Url = address.parse().ok()?;
        (matches!(url.scheme(), "http" | "https") && url.has_host()).then_some(Self { form, url })
    }

    /// Format of its messages.
    pub const fn form(&self) -> MessageForm {
        self.form
    }

    /// Sends a message, with retries.
    ///
    /// # Errors
    /// [`DeliveryError`].
    pub fn post(&self, message: &[u8], retry: &RetryPolicy, proxies: &Proxies) -> Result<(), DeliveryError> {
        let request = Request {
            target: self.to_string(),
            method: Method::POST,
            url: self.url.clone(),
            content_type: "application/json",
            body: message,
        };
        request.send(retry, proxies)
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
