//! The parametric forms of the curve of CPU usage against rate. They are defined only here.

/// Number of terms.
pub(super) const TERMS: usize = 11;
/// Index of the idle usage among the terms.
pub(super) const IDLE: usize = 0;
/// Index of the cost per request that is independent of the load.
pub(super) const STAYS: usize = 1;
const WAYS: usize = 13;

/// The terms at `u`, the rate of one pod ÷ the largest observed rate. A pod uses `idle + u·D(u)` cores; `D` falls as
/// the pod gets busier, since wake-ups and cold caches are shared. How it falls differs between services, so there
/// are several forms. Besides `1` for idle usage and `u` for the constant cost per request, the terms are:
///
/// - `u·(1 − u)`: a wake-up for every request that finds the core idle (DESIGN 4.1);
/// - `u·exp(−u ÷ s)` for two `s`: a cost that disappears above a certain load;
/// - `u ÷ (1 + u ÷ s)` for three `s`: wake-ups whose number per second is bounded, however many requests share them;
/// - `u^(1 − p)` for three `p`: a power of the load.
///
/// Beyond the largest observed rate, the cost per request is assumed to stay as it is there.
pub(super) fn terms(u: f64) -> [f64; TERMS] {
    let v = u.clamp(0.0, 1.0);
    let beyond = u.max(1.0);
    let root = v.sqrt();
    let fourth = root.sqrt();
    let eighth = fourth.sqrt();
    [
        1.0,
        u.max(0.0),
        beyond * v * (1.0 - v),
        beyond * v * (-v / 0.1).exp(),
        beyond * v * (-v / 0.35).exp(),
        beyond * v / (1.0 + v / 0.05),
        beyond * v / (1.0 + v / 0.12),
        beyond * v / (1.0 + v / 0.3),
        beyond * root * fourth * eighth,
        beyond * root * eighth,
        beyond * root,
    ]
}

/// Upper bounds of idle usage as a share of the usage at the busy period. The prior is no idle usage, or a uniform
/// distribution up to one of these bounds, all five equally likely. Together that is nearly uniform in the logarithm:
/// a few percent are far more common than half. A service with more idle usage than the last bound is refused,
/// because requests do not determine its usage.
pub(super) const IDLE_AT_MOST: [f64; 4] = [0.02, 0.08, 0.25, 0.8];

/// Upper bound of the coefficient of a term other than idle usage, in units of a pod's usage at the busy demand,
/// which is at `busy`. All values up to it are equally likely a priori.
pub(super) fn largest(term: usize, busy: f64) -> f64 {
    match term {
        // The highest cost measured for a web framework at a twentieth of its load is 2.7 times the saturated cost
        // (DESIGN 4.1); a wake-up may cost three times as much as a request under load.
        2..=7 => 3.0 / busy,
        // All of the usage, with a margin for the error of the initial straight line.
        _ => 1.2 / busy,
    }
}

/// The kinds of cost per request and their prior probabilities: a constant cost and each of the four kinds of falling
/// cost are equally likely, and so are the members of a kind.
pub(super) fn ways() -> [(f64, Vec<usize>); WAYS] {
    [
        (1.0, vec![STAYS]),
        (1.0, vec![STAYS, 2]),
        (1.0 / 2.0, vec![STAYS, 3]),
        (1.0 / 2.0, vec![STAYS, 4]),
        (1.0 / 3.0, vec![STAYS, 5]),
        (1.0 / 3.0, vec![STAYS, 6]),
        (1.0 / 3.0, vec![STAYS, 7]),
        (1.0 / 6.0, vec![8]),
        (1.0 / 6.0, vec![9]),
        (1.0 / 6.0, vec![10]),
        (1.0 / 6.0, vec![STAYS, 8]),
        (1.0 / 6.0, vec![STAYS, 9]),
        (1.0 / 6.0, vec![STAYS, 10]),
    ]
}
