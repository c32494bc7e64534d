use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

/// Random numbers for one purpose.
pub(super) struct Draws(ChaCha8Rng);

/// Purpose of the numbers, each with a stream of its own, so that a change in one does not shift the others.
#[derive(Clone, Copy)]
pub(super) enum Purpose {
    Arrivals = 0,
    Demands = 1,
    Balancer = 2,
    Phases = 3,
    Points = 4,
}

impl Draws {
    pub(super) fn new(seed: u64, purpose: Purpose) -> Self {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        rng.set_stream(purpose as u64);
        Self(rng)
    }

    /// Uniform in (0, 1].
    pub(super) fn uniform(&mut self) -> f64 {
        // 52 random bits as the fraction of a number in [1, 2).
        2.0 - f64::from_bits(0x3ff0_0000_0000_0000 | (self.0.next_u64() >> 12))
    }

    /// Uniform in `0..n`; `n` is small, so the bias of the high product is below 2⁻³².
    pub(super) fn index(&mut self, n: usize) -> usize {
        let n = u64::try_from(n).unwrap();
        usize::try_from(((self.0.next_u64() >> 32) * n) >> 32).unwrap()
    }

    /// Exponential, mean 1.
    pub(super) fn exponential(&mut self) -> f64 {
        -self.uniform().ln()
    }

    /// Gamma, mean 1, squared coefficient of variation `scv`.
    pub(super) fn gamma(&mut self, scv: f64) -> f64 {
        if scv == 0.0 {
            1.0
        } else if scv == 1.0 {
            self.exponential()
        } else if scv < 1.0 {
            self.gamma_of_shape(1.0 / scv) * scv
        } else {
            // Marsaglia & Tsang's boost for shapes below 1.
            self.gamma_of_shape(1.0 / scv + 1.0) * self.uniform().powf(scv) * scv
        }
    }

    /// G. Marsaglia and W. W. Tsang, *ACM Transactions on Mathematical Software* 26(3):363–372, 2000; shape ≥ 1.
    fn gamma_of_shape(&mut self, shape: f64) -> f64 {
        let d = shape - 1.0 / 3.0;
        let c = 1.0 / (9.0 * d).sqrt();
        loop {
            let x = self.normal();
            let v = (1.0 + c * x).powi(3);
            if v > 0.0 && self.uniform().ln() < 0.5 * x * x + d - d * v + d * v.ln() {
                return d * v;
            }
        }
    }

    /// Standard normal by Marsaglia's polar method.
    fn normal(&mut self) -> f64 {
        loop {
            let (x, y) = (2.0 * self.uniform() - 1.0, 2.0 * self.uniform() - 1.0);
            let s = x * x + y * y;
            if s > 0.0 && s < 1.0 {
                return x * (-2.0 * s.ln() / s).sqrt();
            }
        }
    }
}
