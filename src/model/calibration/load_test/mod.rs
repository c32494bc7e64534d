//! The cost per request of a service, fitted to load tests: a few carefully measured points instead of weeks of steps.

mod fit;
mod usl;

pub use fit::{LoadFit, LoadRefusal, fit_load};
pub use usl::{LEAST_LEVELS, Scalability, fit_scalability};

/// One run of a load test. Values that the load generator does not report are `None`.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct LoadPoint {
    /// Answered requests per second.
    pub requests_per_second: f64,
    /// Requests in flight: the connections of a closed loop.
    pub connections: Option<f64>,
    /// CPU seconds of the service's container per request.
    pub cpu_per_request: Option<f64>,
    /// Mean latency in seconds.
    pub mean: Option<f64>,
    /// Median latency in seconds.
    pub p50: Option<f64>,
    /// 99th percentile of the latency in seconds.
    pub p99: Option<f64>,
    /// Share of the CPU quota's periods that were throttled.
    pub throttled: Option<f64>,
    /// The maximum number of cores that the service could use: its CPU limit.
    pub limit_cores: Option<f64>,
}
