//! The settings that every connection by `reqwest` shares.

use std::time::Duration;

use reqwest::{Client, ClientBuilder};

use super::proxy::Proxies;

/// A client whose connections go through these proxies, and through no others. `https` is true if certificates are
/// needed.
pub(crate) fn client_builder(https: bool, connect_timeout: Duration, proxies: &Proxies) -> ClientBuilder {
    let builder = proxies
        .apply(Client::builder())
        .user_agent(concat!("capmodel/", env!("CARGO_PKG_VERSION")))
        .connect_timeout(connect_timeout)
        // A redirect would send credentials, or what a cluster costs, to whom a server points to.
        .redirect(reqwest::redirect::Policy::none());
    // An image without the system's certificates must do for an address without TLS.
    if https { builder } else { builder.tls_certs_only([]) }
}
