//! Pushes metrics to a Pushgateway (<https://github.com/prometheus/pushgateway#api>).

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE;
use reqwest::{Method, Url};

use super::DeliveryError;
use super::send::Request;
use crate::net::RetryPolicy;
use crate::net::address::origin;
use crate::net::proxy::Proxies;

/// A Pushgateway. Everything in its address except scheme and host may be secret, and is not shown.
#[derive(Clone, PartialEq, Eq)]
pub struct Pushgateway {
    url: Url,
}

impl Pushgateway {
    /// `None` for an invalid address. Query and fragment are removed, because they have no meaning there.
    pub fn new(address: &str) -> Option<Self> {
        let url: Url = address.parse().ok()?;
        let plain = matches!(url.scheme(), "http" | "https") && url.query().is_none() && url.fragment().is_none();
        (plain && url.has_host()).then_some(Self { url })
    }

    /// Replaces the metrics of a cluster: metrics of the previous report that this one lacks are removed.
    ///
    /// # Errors
    /// [`DeliveryError`].
    pub fn push(
        &self,
        cluster: &str,
        metrics: &[u8],
        retry: &RetryPolicy,
        proxies: &Proxies,
    ) -> Result<(), DeliveryError> {
        let request = Request {
            target: self.to_string(),
            method: Method::PUT,
            url: self.group(cluster),
            // The text format that every Pushgateway reads; the metrics are valid in both formats.
            content_type: "text/plain; version=0.0.4; charset=utf-8",
            body: metrics,
        };
        request.send(retry, proxies)
    }

    /// The address of a cluster's metrics. The cluster name may contain a slash, which is only possible in base64.
    fn group(&self, cluster: &str) -> Url {
        let mut url = self.url.clone();
        let path = url.path().trim_end_matches('/').to_owned();
        url.set_path(&format!("{path}/metrics/job/capmodel/cluster@base64/{}", base64(cluster.as_bytes())));
        url
    }
}

impl fmt::Display for Pushgateway {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "pushgateway:{}", origin(&self.url))
    }
}

impl fmt::Debug for Pushgateway {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Pushgateway({self})")
    }
}

/// RFC 4648, section 5, with padding. A path segment cannot be empty: a Pushgateway reads `=` as an empty text.
fn base64(text: &[u8]) -> String {
    if text.is_empty() { "=".to_owned() } else { URL_SAFE.encode(text) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_cluster_has_its_own_group() {
        let group = |address: &str, cluster: &str| Pushgateway::new(address).unwrap().group(cluster).to_string();
        assert_eq!(group("http://p:9091", "a/b"), "http://p:9091/metrics/job/capmodel/cluster@base64/YS9i");
        assert_eq!(group("https://p/push/", "?>"), "https://p/push/metrics/job/capmodel/cluster@base64/Pz4=");
        for text in ["p:9091", "https://", "http://p/?x=1", "http://p/#x", "s3://p"] {
            assert_eq!(Pushgateway::new(text), None, "{text}");
        }
    }

    #[test]
    fn an_empty_name_is_a_valid_path_segment() {
        assert_eq!(base64(b""), "=");
    }
}
