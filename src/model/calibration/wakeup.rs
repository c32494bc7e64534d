//! How the cost of waking a server depends on the time between its requests.

/// Requests per second of one process at which profiles give the cost of a wake-up.
pub const WAKEUP_RATE: f64 = 100.0;

/// Requests per second of one process below which a request costs no more than here: after 20 ms without a request,
/// the caches do not get any colder.
pub const LEAST_WAKEUP_RATE: f64 = 50.0;

/// Wake-up cost of a request at a rate of one process ÷ that at [`WAKEUP_RATE`]: the longer ago the previous request
/// was, the colder the caches are and the deeper the core sleeps. In the measurements, the cost falls with the square
/// root of the rate under every quota (docs/trust.md, "CPU per request").
pub fn wakeup_share(rate: f64) -> f64 {
    (WAKEUP_RATE / rate.max(LEAST_WAKEUP_RATE)).sqrt()
}
