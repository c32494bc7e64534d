//! The distribution of the wait before service: exact for M/M/c, approximate for G/G/c.

use super::erlang::{erlang_c, is_stable};
use super::ggc::ggc_mean_wait;

/// The distribution of the wait: zero with some probability, otherwise exponential.
///
/// Exact for M/M/c (Kleinrock I §3.4). For G/G/c the probability of waiting is that of M/M/c, and the rate is chosen
/// to match the mean: `P(W > t) = Pw · exp(−Pw·t / Wq)`, after the exponential tails of Abate, Choudhury and Whitt,
/// *Operations Research* 43(5):885–901, 1995.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct WaitTail {
    /// Probability of waiting at all.
    pub(super) probability: f64,
    /// Decay rate of the tail, per unit of time; infinite if waits have length zero.
    pub(super) rate: f64,
}

impl WaitTail {
    /// The wait in M/M/c with `offered_load` Erlangs; `None` outside the domain, where it is infinite.
    pub(super) fn mmc(servers: u32, offered_load: f64, service_mean: f64) -> Option<Self> {
        let inside = is_stable(servers, offered_load) && service_mean >= 0.0 && service_mean.is_finite();
        inside.then(|| Self {
            probability: erlang_c(servers, offered_load),
            rate: (f64::from(servers) - offered_load.max(0.0)) / service_mean,
        })
    }

    /// The wait in G/G/c with the mean of [`ggc_mean_wait`]; `None` outside its domain.
    pub(super) fn ggc(
        servers: u32,
        utilization: f64,
        arrival_scv: f64,
        service_scv: f64,
        service_mean: f64,
    ) -> Option<Self> {
        let mean = ggc_mean_wait(servers, utilization, arrival_scv, service_scv, service_mean);
        if !mean.is_finite() {
            return None;
        }
        let probability = erlang_c(servers, utilization * f64::from(servers));
        // Without waiting, any rate is valid with a probability of zero, and 0/0 must not become NaN.
        let tail = if mean == 0.0 {
            Self { probability: 0.0, rate: f64::INFINITY }
        } else {
            Self { probability, rate: probability / mean }
        };
        Some(tail)
    }

    /// The wait that a share `beyond` of the arrivals exceeds.
    pub(super) fn quantile(self, beyond: f64) -> f64 {
        if self.probability <= beyond { 0.0 } else { (self.probability / beyond).ln() / self.rate }
    }
}

/// The `probability`-quantile of the wait before service in M/M/c, exact.
///
/// `offered_load` in Erlangs, the result in the unit of `service_mean`:
/// `w_p = max(0, S·ln(C / (1 − p)) / (c − a))` (Kleinrock I §3.4).
///
/// Domain: `0 ≤ offered_load < servers`, `0 ≤ probability < 1`; outside it the result is infinite.
pub fn mmc_wait_quantile(servers: u32, offered_load: f64, service_mean: f64, probability: f64) -> f64 {
    quantile_of(WaitTail::mmc(servers, offered_load, service_mean), probability)
}

/// Mean wait before service in M/M/c: `C·S / (c − a)`, exact. Arguments and domain as in [`mmc_wait_quantile`].
pub fn mmc_mean_wait(servers: u32, offered_load: f64, service_mean: f64) -> f64 {
    WaitTail::mmc(servers, offered_load, service_mean).map_or(f64::INFINITY, |tail| tail.probability / tail.rate)
}

/// The `probability`-quantile of the wait before service in G/G/c: an atom at zero and an exponential tail with
/// Whitt's mean, `w_p = (Wq/Pw)·ln(Pw / (1 − p))`.
///
/// Arguments as in [`ggc_mean_wait`]. Exact for M/M/c. Domain: as there, and `0 ≤ probability < 1`; outside it the
/// result is infinite.
pub fn ggc_wait_quantile(
    servers: u32,
    utilization: f64,
    arrival_scv: f64,
    service_scv: f64,
    service_mean: f64,
    probability: f64,
) -> f64 {
    quantile_of(WaitTail::ggc(servers, utilization, arrival_scv, service_scv, service_mean), probability)
}

fn quantile_of(tail: Option<WaitTail>, probability: f64) -> f64 {
    match tail {
        Some(tail) if probability < 1.0 => tail.quantile(1.0 - probability.max(0.0)),
        _ => f64::INFINITY,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Bronson 1982, ex. 24.6: three servers, 300 arrivals per year, two days each; and ex. 23.14: one server, 30
    /// arrivals per hour, 1.5 min.
    #[test]
    fn waits_match_published_examples() {
        let days = mmc_mean_wait(3, 300.0 * 2.0 / 365.0, 2.0);
        assert!((days - 0.428_785).abs() < 1e-6, "{days}");
        assert!((mmc_mean_wait(1, 0.75, 1.5) - 4.5).abs() < 1e-12);
    }

    #[test]
    fn the_quantile_is_zero_for_arrivals_that_do_not_wait() {
        assert_eq!(mmc_wait_quantile(10, 1.0, 1.0, 0.99), 0.0);
        assert_eq!(mmc_wait_quantile(1, 0.0, 1.0, 0.99), 0.0);
        assert_eq!(ggc_wait_quantile(4, 0.9, 0.0, 0.0, 1.0, 0.999), 0.0);
        assert_eq!(mmc_wait_quantile(2, 1.0, 0.0, 0.999), 0.0);
    }

    #[test]
    fn outside_the_domain_the_wait_is_infinite() {
        assert_eq!(mmc_wait_quantile(0, 0.0, 1.0, 0.5), f64::INFINITY);
        assert_eq!(mmc_wait_quantile(2, 2.0, 1.0, 0.5), f64::INFINITY);
        assert_eq!(mmc_wait_quantile(2, f64::NAN, 1.0, 0.5), f64::INFINITY);
        assert_eq!(mmc_wait_quantile(2, 1.0, f64::NAN, 0.5), f64::INFINITY);
        assert_eq!(mmc_wait_quantile(2, 1.0, 1.0, 1.0), f64::INFINITY);
        assert_eq!(mmc_wait_quantile(2, 1.0, 1.0, f64::NAN), f64::INFINITY);
        assert_eq!(mmc_mean_wait(2, 3.0, 1.0), f64::INFINITY);
        assert_eq!(ggc_wait_quantile(2, 1.0, 1.0, 1.0, 1.0, 0.5), f64::INFINITY);
    }
}
