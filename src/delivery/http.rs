//! HTTP clients for deliveries.

use std::time::Duration;

use reqwest::header::{HeaderMap, RETRY_AFTER};
use reqwest::{Client, ClientBuilder};

use crate::inputs::proxy::Proxies;

/// The settings of every connection of a delivery.
pub(super) fn client(https: bool, connect_timeout: Duration, proxies: &Proxies) -> Result<Client, reqwest::Error> {
    let builder = proxies.apply(builder(connect_timeout));
    // Without system certificates, addresses without TLS must still work.
    if https { builder.build() } else { builder.tls_certs_only([]).build() }
}

/// The same for an address on the node itself, which no proxy can reach or may see.
#[cfg(feature = "buckets")]
pub(super) fn direct_client(connect_timeout: Duration) -> Result<Client, reqwest::Error> {
    builder(connect_timeout).no_proxy().build()
}

fn builder(connect_timeout: Duration) -> ClientBuilder {
    Client::builder()
        .user_agent(concat!("capmodel/", env!("CARGO_PKG_VERSION")))
        .connect_timeout(connect_timeout)
        // Cost data is not sent to an address that a server redirects to.
        .redirect(reqwest::redirect::Policy::none())
}

/// The pause that a server asks for, in seconds. A date (RFC 9110) is ignored in favour of the policy's own pause.
pub(super) fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    headers.get(RETRY_AFTER)?.to_str().ok()?.trim().parse().ok().map(Duration::from_secs)
}
