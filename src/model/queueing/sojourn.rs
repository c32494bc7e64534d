//! Quantiles of the response time (wait plus service): exact for M/M/c, approximate for G/G/c.

use super::service::GammaService;
use super::wait::WaitTail;

/// The `probability`-quantile of the time from arrival to departure in M/M/c, exact.
///
/// `offered_load` in Erlangs, the result in the unit of `service_mean`. Inverts
/// `P(T > t) = e^(−μt) + C·μ·(e^(−μt) − e^(−θt)) / (θ − μ)`, `θ = (c − a)/S`, `μ = 1/S` (Harchol-Balter, *Performance
/// Modeling and Design of Computer Systems*, ch. 14).
///
/// Domain: `0 ≤ offered_load < servers`, `0 ≤ probability < 1`; outside it the result is infinite.
pub fn mmc_sojourn_quantile(servers: u32, offered_load: f64, service_mean: f64, probability: f64) -> f64 {
    sojourn_quantile(WaitTail::mmc(servers, offered_load, service_mean), 1.0, service_mean, probability)
}

/// The `probability`-quantile of the time from arrival to departure in G/G/c.
///
/// The wait of [`super::ggc_wait_quantile`] plus a gamma-distributed service time of mean `service_mean` and squared
/// coefficient of variation `service_scv` (0: constant), convolved in closed form. Exact for M/M/c.
///
/// Arguments as in [`super::ggc_mean_wait`]. Domain: as there, and `0 ≤ probability < 1`; outside it the result is
/// infinite.
pub fn ggc_sojourn_quantile(
    servers: u32,
    utilization: f64,
    arrival_scv: f64,
    service_scv: f64,
    service_mean: f64,
    probability: f64,
) -> f64 {
    let wait = WaitTail::ggc(servers, utilization, arrival_scv, service_scv, service_mean);
    sojourn_quantile(wait, service_scv, service_mean, probability)
}

/// Whether the `probability`-quantile of [`ggc_sojourn_quantile`] is at most `limit`, in the unit of `service_mean`: one
/// evaluation of the tail instead of the four or five that finding the quantile takes.
pub(super) fn ggc_sojourn_within(
    servers: u32,
    utilization: f64,
    (arrival_scv, service_scv): (f64, f64),
    service_mean: f64,
    probability: f64,
    limit: f64,
) -> bool {
    let quantile = || ggc_sojourn_quantile(servers, utilization, arrival_scv, service_scv, service_mean, probability);
    let t = limit / service_mean;
    let usual = t > 0.0 && t.is_finite() && service_scv >= NEARLY_CONSTANT && (0.0..1.0).contains(&probability);
    let Some(wait) = WaitTail::ggc(servers, utilization, arrival_scv, service_scv, service_mean).filter(|_| usual)
    else {
        return quantile() <= limit;
    };
    let wait = WaitTail { rate: wait.rate * service_mean, ..wait };
    if tail_at_most(wait, service_scv, t) <= 1.0 - probability {
        return true;
    }
    let (tail, _) = match service_scv == 1.0 {
        true => exponential_tail(wait, t),
        false => GammaService::new(service_scv).sojourn_tail(wait, t),
    };
    tail <= 1.0 - probability
}

/// An upper bound of `P(W + S > t)` without a series, for a service of mean 1: either the wait or the service is longer
/// than `t/2`, and a gamma-distributed service is so with at most `(x·e^(1 − x))^(1/cs²)`, `x = t/2 > 1` (Chernoff).
fn tail_at_most(wait: WaitTail, service_scv: f64, t: f64) -> f64 {
    let half = t / 2.0;
    if half <= 1.0 {
        return 1.0;
    }
    wait.probability * (-wait.rate * half).exp() + ((half.ln() + 1.0 - half) / service_scv).exp()
}

/// Below this variability, the incomplete gamma series becomes long (its number of terms grows with 1/scv) for a
/// small difference; between it and constant service, the quantile is interpolated over the service's standard
/// deviation.
const NEARLY_CONSTANT: f64 = 0.01;

fn sojourn_quantile(wait: Option<WaitTail>, scv: f64, mean: f64, probability: f64) -> f64 {
    let Some(wait) = wait else { return f64::INFINITY };
    if probability.is_nan() || probability >= 1.0 {
        return f64::INFINITY;
    }
    if probability <= 0.0 || mean == 0.0 {
        return 0.0;
    }
    // From here on in units of the service time.
    let wait = WaitTail { rate: wait.rate * mean, ..wait };
    let beyond = 1.0 - probability;
    if scv >= NEARLY_CONSTANT {
        return mean * convolved_quantile(wait, scv, beyond);
    }
    let constant = 1.0 + wait.quantile(beyond);
    if scv == 0.0 {
        return mean * constant;
    }
    let share = (scv / NEARLY_CONSTANT).sqrt();
    mean * (constant + share * (convolved_quantile(wait, NEARLY_CONSTANT, beyond) - constant))
}

/// Solves `P(W + S > t) = beyond` for a service of mean 1.
fn convolved_quantile(wait: WaitTail, scv: f64, beyond: f64) -> f64 {
    if scv == 1.0 {
        // Used for every M/M/c: two exponentials instead of two series.
        let start = wait.quantile(beyond) + 1.0;
        return solve(start, beyond, |t| exponential_tail(wait, t));
    }
    let service = GammaService::new(scv);
    let start = wait.quantile(beyond) + 1.0;
    solve(start, beyond, |t| service.sojourn_tail(wait, t))
}

/// The tail of wait plus exponential service of mean 1 at `t`, and its density there.
fn exponential_tail(wait: WaitTail, t: f64) -> (f64, f64) {
    let service = (-t).exp();
    // (e^(−t) − e^(−rate·t)) / (rate − 1), written with the slower exponential so that nothing overflows; t·e^(−t) if
    // the two are equal.
    let gap = (wait.rate - 1.0).abs();
    let both = if wait.probability == 0.0 {
        0.0
    } else if gap * t < 1e-8 {
        service * t
    } else {
        -(-wait.rate.min(1.0) * t).exp() * (-gap * t).exp_m1() / gap
    };
    let tail = service + wait.probability * both;
    let density = (1.0 - wait.probability) * service + wait.probability * wait.rate_times(both);
    (tail, density)
}

impl WaitTail {
    /// `rate × x`, where a wait of length zero counts as zero (∞ × 0).
    pub(super) fn rate_times(self, x: f64) -> f64 {
        if x == 0.0 { 0.0 } else { self.rate * x }
    }
}

/// Newton's method on the logarithm of a decreasing tail, within a bracket that is bisected whenever Newton leaves
/// it. The logarithm of a tail is nearly straight, so three or four steps are enough.
fn solve(start: f64, beyond: f64, tail: impl Fn(f64) -> (f64, f64)) -> f64 {
    // Tighter than any use of the result needs, and looser than the rounding errors of the tail.
    const TOLERANCE: f64 = 1e-12;
    let (mut low, mut high) = (0.0, f64::INFINITY);
    let mut t = start;
    let target = beyond.ln();
    for _ in 0..200 {
        let (value, density) = tail(t);
        let off = value.ln() - target;
        if off > 0.0 {
            low = t;
        } else {
            high = t;
        }
        let mut next = t + off * value / density;
        // Before the bracket is checked: a step of length zero is on its edge.
        if (next - t).abs() <= TOLERANCE * t {
            return next;
        }
        if !(next > low && next < high) {
            next = if high.is_finite() { low.midpoint(high) } else { 2.0 * t };
        }
        t = next;
    }
    t
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mm1_is_exponential() {
        for rho in [0.0, 0.3, 0.8, 0.999] {
            let exact = 100.0_f64.ln() / (1.0 - rho);
            assert!((mmc_sojourn_quantile(1, rho, 1.0, 0.99) / exact - 1.0).abs() < 1e-11, "{rho}");
        }
    }

    #[test]
    fn the_bound_of_the_tail_is_above_it() {
        for scv in [0.02, 0.3, 1.0, 2.5, 16.0] {
            for rate in [0.01, 0.5, 3.0, 500.0] {
                for probability in [0.0, 0.3, 1.0] {
                    for t in [0.5, 2.1, 6.0, 40.0, 300.0] {
                        let wait = WaitTail { probability, rate };
                        let (tail, _) = GammaService::new(scv).sojourn_tail(wait, t);
                        let most = tail_at_most(wait, scv, t);
                        assert!(tail <= most * (1.0 + 1e-12), "{scv} {rate} {probability} {t}: {tail} above {most}");
                    }
                }
            }
        }
    }

    /// θ = μ: c − a = 1.
    #[test]
    fn equal_rates_are_not_a_singularity() {
        let at = mmc_sojourn_quantile(2, 1.0, 1.0, 0.99);
        let tail = (-at).exp() * (1.0 + at / 3.0);
        assert!((tail - 0.01).abs() < 1e-12, "{tail}");
    }

    #[test]
    fn constant_service_shifts_the_wait() {
        let wait = super::super::ggc_wait_quantile(4, 0.9, 1.0, 0.0, 2.0, 0.99);
        assert_eq!(ggc_sojourn_quantile(4, 0.9, 1.0, 0.0, 2.0, 0.99), wait + 2.0);
    }

    /// The gamma branch must agree with the exponential one at 1 and with constant service at 0.
    #[test]
    fn the_quantile_is_continuous_in_the_variability() {
        for (servers, rho) in [(1, 0.2), (1, 0.9), (8, 0.3), (64, 0.5), (8, 0.95), (5000, 0.99)] {
            let at = |scv| ggc_sojourn_quantile(servers, rho, 1.0, scv, 1.0, 0.99);
            assert!((at(1.0 + 1e-9) / at(1.0) - 1.0).abs() < 1e-6, "{servers} {rho}");
            assert!((at(1e-12) / at(0.0) - 1.0).abs() < 1e-4, "{servers} {rho}");
            assert!((at(NEARLY_CONSTANT * (1.0 - 1e-9)) / at(NEARLY_CONSTANT) - 1.0).abs() < 1e-6, "{servers} {rho}");
        }
    }

    /// The tail at a limit decides as the quantile does.
    #[test]
    fn a_limit_is_met_from_the_quantile_on() {
        for (servers, rho) in [(1, 0.0), (1, 0.2), (1, 0.97), (8, 0.3), (64, 0.5), (8, 1.0)] {
            for scv in [0.0, 0.001, 0.25, 0.5, 1.0, 1.5] {
                let quantile = ggc_sojourn_quantile(servers, rho, 1.0, scv, 0.02, 0.99);
                let within = |limit| ggc_sojourn_within(servers, rho, (1.0, scv), 0.02, 0.99, limit);
                for factor in [1e-6, 0.5, 0.999_999, 1.000_001, 2.0] {
                    let limit = factor * quantile;
                    assert_eq!(within(limit), quantile <= limit, "{servers} {rho} {scv} {factor}");
                }
                assert!(!within(0.0) && !within(-1.0) && !within(f64::NAN), "{servers} {rho} {scv}");
                assert!(within(f64::INFINITY));
            }
        }
    }

    #[test]
    fn outside_the_domain_the_response_time_is_infinite() {
        assert_eq!(mmc_sojourn_quantile(0, 0.0, 1.0, 0.5), f64::INFINITY);
        assert_eq!(mmc_sojourn_quantile(2, 2.0, 1.0, 0.5), f64::INFINITY);
        assert_eq!(mmc_sojourn_quantile(2, 1.0, 1.0, 1.0), f64::INFINITY);
        assert_eq!(ggc_sojourn_quantile(2, 1.0, 0.0, 0.0, 1.0, 0.5), f64::INFINITY);
        assert_eq!(ggc_sojourn_quantile(2, 0.5, 1.0, f64::NAN, 1.0, 0.5), f64::INFINITY);
        assert_eq!(mmc_sojourn_quantile(2, 1.0, 1.0, 0.0), 0.0);
        assert_eq!(mmc_sojourn_quantile(2, 1.0, 0.0, 0.5), 0.0);
    }

    #[test]
    fn any_load_and_variability_gives_a_finite_number() {
        for servers in [1, 2, 8, 64, 1000, 5000] {
            for scv in [0.0, 0.001, 0.01, 0.1, 0.5, 1.0, 1.5, 4.0, 16.0, 100.0] {
                let mut before = 0.0;
                for rho in [0.0, 1e-6, 0.01, 0.1, 0.3, 0.5, 0.7, 0.9, 0.99, 0.999_999] {
                    let t = ggc_sojourn_quantile(servers, rho, 1.0, scv, 1.0, 0.99);
                    assert!(t.is_finite() && t >= before * (1.0 - 1e-9), "{servers} {scv} {rho}: {t} after {before}");
                    before = t;
                }
            }
        }
    }
}
