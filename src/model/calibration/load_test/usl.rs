//! The Universal Scalability Law (N. J. Gunther, *Guerrilla Capacity Planning*, Springer 2007, chapter 4): the
//! throughput of `n` requests in flight is `X(n) = λn / (1 + σ(n − 1) + κn(n − 1))`.

use std::collections::BTreeSet;

use super::LoadPoint;
use crate::model::calibration::linear::{FLEXIBLE, not_below_zero};

/// Minimum number of concurrency levels for fitting the three parameters, as in other implementations (usl4j, the
/// crate `usl`).
pub const LEAST_LEVELS: usize = 6;

/// How throughput grows with the number of requests in flight.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Scalability {
    /// Requests per second with one request in flight.
    pub lambda: f64,
    /// Contention: the share of a request that is serialized.
    pub sigma: f64,
    /// Coherence: the cost that each pair of concurrent requests causes each other.
    pub kappa: f64,
}

impl Scalability {
    /// Requests per second with this many requests in flight.
    pub fn throughput(&self, in_flight: f64) -> f64 {
        self.lambda * in_flight / self.crowding(in_flight)
    }

    /// Seconds per request with this many requests in flight, by Little's law.
    pub fn latency(&self, in_flight: f64) -> f64 {
        self.crowding(in_flight) / self.lambda
    }

    fn crowding(&self, in_flight: f64) -> f64 {
        1.0 + self.sigma * (in_flight - 1.0) + self.kappa * in_flight * (in_flight - 1.0)
    }

    /// Number of requests in flight at which throughput is highest; `None` if throughput never falls.
    pub fn peak(&self) -> Option<f64> {
        let peak = ((1.0 - self.sigma) / self.kappa).sqrt();
        (self.kappa > 0.0 && peak.is_finite()).then_some(peak.max(1.0))
    }

    /// Requests in flight at a throughput, on the side of the peak where throughput rises with concurrency; `None` if
    /// it is never reached.
    ///
    /// The root of `κX·n² + (σX − κX − λ)·n + X(1 − σ) = 0`. Equation (8) of some implementations, `n = X(1 − σ)/(λ −
    /// σX)`, omits κ and is a quarter too low at nine tenths of the peak.
    pub fn in_flight(&self, throughput: f64) -> Option<f64> {
        let (square, linear) = (self.kappa * throughput, (self.sigma - self.kappa) * throughput - self.lambda);
        let constant = throughput * (1.0 - self.sigma);
        let root = linear.mul_add(linear, -4.0 * square * constant).sqrt();
        // The smaller of the two roots, in the form that stays accurate as κ goes to zero.
        let in_flight = 2.0 * constant / (root - linear);
        (in_flight.is_finite() && in_flight >= 0.0).then_some(in_flight)
    }
}

/// Fits the law to these points; `None` if they have too few levels of concurrency.
///
/// `n/X(n)` is linear in the three parameters `1/λ`, `σ/λ` and `κ/λ`, none of which is negative: least squares of the
/// relative errors, since the error of a load test is proportional to its throughput.
pub fn fit_scalability(points: &[LoadPoint]) -> Option<Scalability> {
    let usable: Vec<(f64, f64)> = points
        .iter()
        .filter_map(|point| Some((point.connections?, point.requests_per_second)))
        .filter(|(in_flight, rate)| *in_flight >= 1.0 && in_flight.is_finite() && *rate > 0.0 && rate.is_finite())
        .collect();
    let levels: BTreeSet<u64> = usable.iter().map(|(in_flight, _)| in_flight.to_bits()).collect();
    if levels.len() < LEAST_LEVELS {
        return None;
    }
    let (mut matrix, mut vector) = ([[0.0; FLEXIBLE]; FLEXIBLE], [0.0; FLEXIBLE]);
    // In units of the largest level, so that the three terms have the same order of magnitude.
    let most = usable.iter().map(|(in_flight, _)| *in_flight).fold(1.0, f64::max);
    for (in_flight, rate) in usable {
        let seconds = in_flight / rate;
        let row =
            [1.0, (in_flight - 1.0) / most, in_flight * (in_flight - 1.0) / most.powi(2)].map(|term| term / seconds);
        for (at, term) in row.iter().enumerate() {
            vector[at] += term;
            for (other, factor) in row.iter().enumerate() {
                matrix[at][other] += term * factor;
            }
        }
    }
    // The fourth column, which the solver has room for, is kept at zero.
    matrix[FLEXIBLE - 1][FLEXIBLE - 1] = 1.0;
    let [service, contention, coherence, _] = not_below_zero(&matrix, &vector)?;
    let (sigma, kappa) = (contention / service / most, coherence / service / most.powi(2));
    let law = Scalability { lambda: 1.0 / service, sigma, kappa };
    (law.lambda.is_finite() && law.sigma < 1.0 && law.kappa.is_finite()).then_some(law)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// From usl4j's documentation and the tests of the crate `usl`: the parameters fitted to 32 points of a
    /// benchmark.
    const PUBLISHED: Scalability = Scalability { lambda: 995.6486, sigma: 0.026_715_91, kappa: 0.000_769_094_5 };

    fn measured(law: &Scalability, levels: &[f64], error: impl Fn(usize) -> f64) -> Vec<LoadPoint> {
        let point = |(at, level): (usize, &f64)| LoadPoint {
            requests_per_second: law.throughput(*level) * (1.0 + error(at)),
            connections: Some(*level),
            ..LoadPoint::default()
        };
        levels.iter().enumerate().map(point).collect()
    }

    #[test]
    fn the_published_parameters_are_reproduced() {
        assert!((PUBLISHED.throughput(35.0) - 12_341.745_7).abs() < 1e-3);
        assert!((PUBLISHED.peak().unwrap() - 35.573_774).abs() < 1e-5);
        // With κ; without it the crate returns 15.35, where the throughput is 9,843.
        assert!((PUBLISHED.in_flight(11_048.0).unwrap() - 19.923_899_6).abs() < 1e-5);
        assert_eq!(PUBLISHED.in_flight(12_343.0), None);
    }

    #[test]
    fn in_flight_is_the_inverse_of_throughput() {
        for kappa in [0.0, 1e-9, 1e-4, 0.01] {
            let law = Scalability { kappa, ..PUBLISHED };
            for in_flight in [1.0, 2.5, 7.0] {
                let back = law.in_flight(law.throughput(in_flight)).unwrap();
                assert!((back - in_flight).abs() < 1e-6, "κ = {kappa}, n = {in_flight}: {back}");
                assert!((law.throughput(in_flight) * law.latency(in_flight) - in_flight).abs() < 1e-9);
            }
        }
    }

    #[test]
    fn points_on_the_curve_give_the_curve() {
        let fitted = fit_scalability(&measured(&PUBLISHED, &[1.0, 2.0, 4.0, 8.0, 16.0, 32.0], |_| 0.0)).unwrap();
        assert!((fitted.lambda / PUBLISHED.lambda - 1.0).abs() < 1e-6, "{fitted:?}");
        assert!((fitted.sigma / PUBLISHED.sigma - 1.0).abs() < 1e-6, "{fitted:?}");
        assert!((fitted.kappa / PUBLISHED.kappa - 1.0).abs() < 1e-6, "{fitted:?}");
    }

    #[test]
    fn a_service_that_only_saturates_has_no_peak() {
        let amdahl = Scalability { lambda: 500.0, sigma: 0.1, kappa: 0.0 };
        let noisy = measured(&amdahl, &[1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0], |at| [0.01, -0.01][at % 2]);
        let fitted = fit_scalability(&noisy).unwrap();
        for in_flight in [1.0, 8.0, 64.0] {
            let error = fitted.throughput(in_flight) / amdahl.throughput(in_flight) - 1.0;
            // Within the error of each point.
            assert!(error.abs() < 0.01, "{in_flight} in flight: {error}");
        }
        assert_eq!(amdahl.peak(), None);
    }

    #[test]
    fn too_few_levels_or_invalid_points_give_no_law() {
        let five = measured(&PUBLISHED, &[1.0, 2.0, 4.0, 8.0, 16.0, 16.0], |_| 0.0);
        assert_eq!(fit_scalability(&five), None);
        let broken = measured(&PUBLISHED, &[1.0, 2.0, 4.0, 8.0, 16.0, f64::NAN], |_| 0.0);
        assert_eq!(fit_scalability(&broken), None);
    }
}
