//! The mean wait in G/G/c, by Whitt's approximation of 1993.

use super::erlang::erlang_c;

/// Mean wait in G/G/c, Whitt's 1993 approximation, in the unit of `service_mean`.
///
/// `utilization` is load per server, `arrival_scv` and `service_scv` the squared coefficients of variation of the gaps
/// between arrivals and of the service times: 1 for exponential, 0 for constant. The formula is
/// *Production and Operations Management* 2(2):114–161, 1993, eq. 2.24–2.25. It is exact for M/M/c. For one server
/// with Poisson arrivals, the exact formula of Pollaczek and Khinchine, φ = 1, is used instead.
///
/// D/D/c has no wait. Domain: `servers ≥ 1`, `0 ≤ utilization < 1`, variabilities ≥ 0; outside it the wait is
/// infinite (an overloaded queue grows without bound), never NaN.
pub fn ggc_mean_wait(servers: u32, utilization: f64, arrival_scv: f64, service_scv: f64, service_mean: f64) -> f64 {
    variability(arrival_scv, service_scv).map_or(f64::INFINITY, |scv| {
        let base = mmc_base(servers, utilization, service_mean);
        if scv == 0.0 || base == 0.0 {
            return if base.is_finite() { 0.0 } else { base };
        }
        let pollaczek_khinchine = servers == 1 && arrival_scv == 1.0;
        let phi = if pollaczek_khinchine { 1.0 } else { whitt_factor(servers, utilization, arrival_scv, service_scv) };
        base * scv * phi
    })
}

/// `(ca² + cs²)/2`, or `None` if one is negative, infinite or NaN.
fn variability(arrival_scv: f64, service_scv: f64) -> Option<f64> {
    let known = arrival_scv >= 0.0 && service_scv >= 0.0;
    let scv = arrival_scv.midpoint(service_scv);
    (known && scv.is_finite()).then_some(scv)
}

/// Whether the queue is stable and its service time is valid.
fn is_finite_queue(servers: u32, utilization: f64, service_mean: f64) -> bool {
    servers > 0 && utilization < 1.0 && service_mean >= 0.0 && service_mean.is_finite()
}

/// Mean wait in M/M/c as a function of utilization instead of load.
fn mmc_base(servers: u32, utilization: f64, service_mean: f64) -> f64 {
    let c = f64::from(servers);
    if !is_finite_queue(servers, utilization, service_mean) {
        return f64::INFINITY;
    }
    erlang_c(servers, utilization * c) * service_mean / (c * (1.0 - utilization))
}

/// Whitt's φ. Names as in the paper, with `m` its number of servers.
fn whitt_factor(servers: u32, rho: f64, ca2: f64, cs2: f64) -> f64 {
    let m = f64::from(servers);
    let scv = ca2.midpoint(cs2);
    let gamma = ((1.0 - rho) * (m - 1.0) * ((4.0 + 5.0 * m).sqrt() - 2.0) / (16.0 * m * rho)).min(0.24);
    let phi1 = 1.0 + gamma;
    let phi3 = (1.0 - 4.0 * gamma) * (-2.0 * (1.0 - rho) / (3.0 * rho)).exp();
    let psi = if scv >= 1.0 { 1.0 } else { phi1.midpoint(phi3).min(1.0).powf(2.0 * (1.0 - scv)) };
    // Equal variabilities make both weights trivial, and the exact case of M/M/c must not depend on rounding.
    if (ca2 - cs2).abs() < 1e-12 {
        psi
    } else if ca2 > cs2 {
        let weight = 4.0 * (ca2 - cs2) / (4.0 * ca2 - 3.0 * cs2);
        weight * phi1 + (1.0 - weight) * psi
    } else {
        let weight = (cs2 - ca2) / (4.0 * scv);
        weight * phi3 + (1.0 - weight) * psi
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mm1_and_pollaczek_khinchine_are_exact() {
        for rho in [0.1, 0.5, 0.9, 0.99] {
            for cs2 in [0.0, 0.25, 1.0, 4.0] {
                let exact = rho / (1.0 - rho) * (1.0 + cs2) / 2.0;
                let whitt = ggc_mean_wait(1, rho, 1.0, cs2, 1.0);
                assert!((whitt / exact - 1.0).abs() <= 1e-12, "{rho} {cs2}: {whitt} for {exact}");
            }
        }
    }

    #[test]
    fn constant_arrivals_and_service_have_no_wait() {
        for servers in [1, 4, 5000] {
            assert_eq!(ggc_mean_wait(servers, 0.9, 0.0, 0.0, 1.0), 0.0);
        }
    }

    #[test]
    fn overload_has_an_infinite_wait_and_invalid_input_is_not_nan() {
        for (servers, rho, ca2, cs2, mean) in [
            (1, 1.0, 1.0, 1.0, 1.0),
            (0, 0.5, 1.0, 1.0, 1.0),
            (4, 1.5, 0.0, 0.0, 1.0),
            (4, f64::NAN, 1.0, 1.0, 1.0),
            (4, 0.5, f64::NAN, 1.0, 1.0),
            (4, 0.5, 1.0, -1.0, 1.0),
            (4, 0.5, 1.0, f64::INFINITY, 1.0),
            (4, 0.5, 1.0, 1.0, f64::NAN),
        ] {
            let wait = ggc_mean_wait(servers, rho, ca2, cs2, mean);
            assert_eq!(wait, f64::INFINITY, "{servers} {rho} {ca2} {cs2} {mean}");
        }
        assert_eq!(ggc_mean_wait(4, 0.0, 1.0, 1.0, 1.0), 0.0);
    }

    #[test]
    fn the_wait_grows_with_load_up_to_saturation() {
        for servers in [1, 2, 8, 64, 5000] {
            for (ca2, cs2) in [(1.0, 0.0), (1.0, 4.0), (0.01, 1.0), (0.5, 0.5), (4.0, 1.0), (0.03, 4.0)] {
                let mut before = 0.0;
                for step in 1..1000 {
                    let wait = ggc_mean_wait(servers, f64::from(step) / 1000.0, ca2, cs2, 1.0);
                    assert!(wait.is_finite() && wait >= before, "{servers} {ca2} {cs2} {step}: {wait} < {before}");
                    before = wait;
                }
            }
        }
    }
}
