//! Fetches the metrics that a service exposes at an address.

use reqwest::Url;

use super::client::{Endpoint, bounded, connection};
use super::error::PrometheusError;
use super::scrape::{Exposition, extract_exposition};

/// Scrapes the metrics at an address such as `http://web.prod:8080/metrics`.
///
/// # Errors
/// [`PrometheusError::Url`], [`PrometheusError::Credentials`] and [`PrometheusError::Scrape`].
pub async fn scrape(endpoint: &Endpoint) -> Result<Exposition, PrometheusError> {
    let url: Url = endpoint.url.parse().map_err(|_| PrometheusError::Url { url: endpoint.url.clone() })?;
    let fail = |why: String| PrometheusError::Scrape { url: endpoint.url.clone(), why };
    let client = connection(endpoint, url.scheme())?;
    let fetch = async {
        let response = client.get(url).send().await.map_err(|e| fail(e.without_url().to_string()))?;
        if !response.status().is_success() {
            return Err(fail(format!("it answered {}", response.status())));
        }
        bounded(response).await.map_err(|e| fail(e.to_string()))?.ok_or_else(|| fail("it is too large".to_owned()))
    };
    let late = |_| fail(format!("no response within {} s", endpoint.retry.timeout.as_secs()));
    let body = tokio::time::timeout(endpoint.retry.timeout, fetch).await.map_err(late)??;
    let text = String::from_utf8(body).map_err(|_| fail("it is not text".to_owned()))?;
    extract_exposition(&text).map_err(|e| fail(e.to_string()))
}
