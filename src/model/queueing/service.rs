//! Gamma-distributed service times, and the distribution of their sum with an exponential wait.

use statrs::function::gamma::ln_gamma;

use super::wait::WaitTail;

/// Gamma-distributed service of mean 1: it is determined by two moments, and its sum with an exponential wait has a
/// closed form.
pub(super) struct GammaService {
    /// `k`; the scale is `1/k`, so that the mean is 1.
    shape: f64,
    /// `ln Γ(k + 1)` of the shape k, cached.
    ln_gamma_next: f64,
}

impl GammaService {
    /// Service of mean 1 with this squared coefficient of variation, which must be positive.
    pub(super) fn new(scv: f64) -> Self {
        let shape = 1.0 / scv;
        Self { shape, ln_gamma_next: ln_gamma(shape + 1.0) }
    }

    /// `P(W + S > t)` and the density of `W + S` at `t`.
    ///
    /// With `x = k·t`, `S` has the tail `Q(k, x)`, and the wait's exponential part adds
    /// `Pw·J`, `J = ∫₀ᵗ f(s)·e^(−η(t − s)) ds`. Both are series over the same powers: `P(k, x) = p·Σ xⁿ/(k+1)ₙ` with
    /// `p = xᵏe^(−x)/Γ(k+1)` (Abramowitz & Stegun 6.5.29), and `J = p·Σ yⁿ/(k+1)ₙ` with `y = x − ηt`.
    pub(super) fn sojourn_tail(&self, wait: WaitTail, t: f64) -> (f64, f64) {
        let k = self.shape;
        let x = k * t;
        let scale = (k * x.ln() - x - self.ln_gamma_next).exp();
        let density = scale * k / t;
        let service_tail = if x > self.far() { 0.0 } else { (1.0 - scale * self.rising_series(x)).max(0.0) };
        if wait.probability == 0.0 {
            return (service_tail, density);
        }
        let joint = self.joint(wait.rate * t, x, scale);
        let tail = service_tail + wait.probability * joint;
        (tail, (1.0 - wait.probability) * density + wait.probability * wait.rate_times(joint))
    }

    /// The point beyond which less than 10⁻¹² of the distribution is left and the series would be long: mean k,
    /// standard deviation √k.
    fn far(&self) -> f64 {
        self.shape + 30.0 + 8.0 * self.shape.sqrt()
    }

    /// `J` for `decay = ηt`.
    fn joint(&self, decay: f64, x: f64, scale: f64) -> f64 {
        let k = self.shape;
        let y = x - decay;
        if y > self.far() {
            // The series' sum is that of the whole distribution: only the transform of the service at η, `E[e^(ηS)] =
            // (1 − η/k)^(−k)`, remains.
            (-decay - k * (y / x).ln()).exp()
        } else if y >= 0.0 {
            scale * self.rising_series(y)
        } else {
            scale * self.falling(-y)
        }
    }

    /// `Σ yⁿ/(k+1)ₙ` for `y ≥ 0`: every term is positive.
    fn rising_series(&self, y: f64) -> f64 {
        let mut divisor = self.shape;
        let mut term = 1.0;
        let mut sum = 1.0;
        // Terms grow until n ≈ y − k and then fall faster than geometrically; the bound only matters for y = ∞.
        for _ in 0..100_000 {
            divisor += 1.0;
            term *= y / divisor;
            sum += term;
            if term <= sum * 1e-13 {
                break;
            }
        }
        sum
    }

    /// `M(1, k+1, −z)`, the same series for negative `y`, where it alternates. By Kummer's transformation
    /// `e^(−z)·Σ zⁿ·k/(n!·(k + n))` (Abramowitz & Stegun 13.1.27); for large `z` its asymptotic form
    /// `k/z·Σ (1 − k)ₙ/zⁿ` (13.5.1).
    fn falling(&self, z: f64) -> f64 {
        let k = self.shape;
        if z > 30.0 + 3.0 * k {
            let mut term = k / z;
            let mut sum = term;
            let mut n = 1.0;
            while n < 30.0 {
                term *= (n - k) / z;
                sum += term;
                if term.abs() <= sum * 1e-13 {
                    break;
                }
                n += 1.0;
            }
            return sum;
        }
        let mut power = 1.0;
        let mut sum = 1.0;
        let mut n = 0.0;
        for _ in 0..100_000 {
            n += 1.0;
            power *= z / n;
            let term = power * k / (k + n);
            sum += term;
            if n > z && term <= sum * 1e-13 {
                break;
            }
        }
        sum * (-z).exp()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Erlang-2 service and an exponential wait: three exponentials, derived by hand.
    #[test]
    fn erlang_2_service_matches_the_closed_form() {
        let service = GammaService::new(0.5);
        for rate in [0.1, 0.5, 1.9, 2.1, 3.0, 40.0] {
            for t in [0.1_f64, 1.0, 3.0, 10.0] {
                let wait = WaitTail { probability: 0.7, rate };
                // ∫₀ᵗ 4s·e^(−2s)·e^(−η(t−s)) ds with g = 2 − η.
                let g = 2.0 - rate;
                let joint = 4.0 * (-rate * t).exp() * (1.0 - (1.0 + g * t) * (-g * t).exp()) / (g * g);
                let exact = (1.0 + 2.0 * t) * (-2.0 * t).exp() + 0.7 * joint;
                let (tail, _) = service.sojourn_tail(wait, t);
                assert!((tail - exact).abs() < 1e-11, "{rate} {t}: {tail} for {exact}");
            }
        }
    }

    /// The density must be the slope of the tail on every branch of the series.
    #[test]
    fn the_density_is_the_slope_of_the_tail() {
        for scv in [0.02, 0.3, 2.5, 16.0] {
            let service = GammaService::new(scv);
            for rate in [0.01, 0.5, 3.0, 60.0, 500.0] {
                for t in [0.5, 1.5, 6.0, 40.0] {
                    let wait = WaitTail { probability: 0.5, rate };
                    let step = 1e-5 * t;
                    let (above, below) =
                        (service.sojourn_tail(wait, t - step).0, service.sojourn_tail(wait, t + step).0);
                    let slope = (above - below) / (2.0 * step);
                    let density = service.sojourn_tail(wait, t).1;
                    assert!((slope - density).abs() < 1e-4 * density + 1e-8, "{scv} {rate} {t}: {slope} {density}");
                }
            }
        }
    }
}
