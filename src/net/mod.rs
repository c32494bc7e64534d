//! Connections, once for Kubernetes, Prometheus and delivery: retries, proxies, trust, and addresses without secrets.

pub mod address;
#[cfg(feature = "live")]
mod client;
#[cfg(feature = "live")]
pub mod proxy;
#[cfg(feature = "live")]
mod retry;
#[cfg(feature = "live")]
mod trust;

#[cfg(feature = "live")]
pub(crate) use client::client_builder;
#[cfg(feature = "live")]
pub use retry::RetryPolicy;
#[cfg(feature = "live")]
pub(crate) use retry::{AttemptError, is_retryable, retry_after, with_retries};
#[cfg(feature = "live")]
pub(crate) use trust::lasting_fault;

/// One thread is enough for one request after the other.
#[cfg(feature = "live")]
pub(crate) fn runtime() -> std::io::Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_current_thread().enable_all().build()
}
