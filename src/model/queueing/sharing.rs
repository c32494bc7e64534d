//! The mean response time under processor sharing.

use super::wait::mmc_mean_wait;

/// Mean time from arrival to departure where `threads` cores are shared equally by all requests present (processor
/// sharing), each on at most one core, in the unit of `service_mean`.
///
/// The mean of M/M/c, whatever the distribution of service times: processor sharing is symmetric, so the number of
/// requests present depends only on the mean service time (F. P. Kelly, *Reversibility and Stochastic Networks*,
/// 1979, §3.3). With one core it is `S / (1 − ρ)`. The tail has no such formula and is read from a table.
///
/// Domain: `0 ≤ offered_load < threads` (Erlangs), Poisson arrivals; outside it the result is infinite.
pub fn sharing_mean_sojourn(threads: u32, offered_load: f64, service_mean: f64) -> f64 {
    mmc_mean_wait(threads, offered_load, service_mean) + service_mean
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_shared_core_follows_the_textbook_formula() {
        assert!((sharing_mean_sojourn(1, 0.8, 2.0) - 10.0).abs() < 1e-12);
        assert_eq!(sharing_mean_sojourn(1, 1.0, 2.0), f64::INFINITY);
        assert_eq!(sharing_mean_sojourn(0, 0.0, 2.0), f64::INFINITY);
    }
}
