//! Reads a history like a command.

use capmodel::inputs::prometheus::{
    Access, Endpoint, HistoryQuestion, Prometheus, PrometheusError, RETRY, ReadHistory, query_history,
};
use capmodel::net::proxy::Proxies;

pub(crate) fn endpoint(url: &str) -> Endpoint {
    Endpoint { url: url.to_owned(), access: Access::default(), tenant: None, retry: RETRY, proxies: Proxies::default() }
}

/// Reads a history like a command.
pub(crate) fn read(endpoint: &Endpoint, question: &HistoryQuestion) -> Result<ReadHistory, PrometheusError> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let prometheus = Prometheus::new(endpoint)?;
    runtime.block_on(query_history(&prometheus, question, &|_| ()))
}

/// Relative difference between a number and the truth.
pub(crate) fn off(measured: f64, truth: f64) -> f64 {
    (measured - truth).abs() / truth
}
