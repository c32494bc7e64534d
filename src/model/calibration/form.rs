//! The forms that CPU against rate may have. This is the one place that knows them.

/// How many terms there are.
pub(super) const TERMS: usize = 11;
/// Place of idle use among the terms.
pub(super) const IDLE: usize = 0;
/// Place of the cost per request that stays at any load.
pub(super) const STAYS: usize = 1;
const WAYS: usize = 13;

/// The terms at `u`, the rate of one pod ÷ the largest that was seen. A pod uses `idle + u·D(u)` cores; `D` falls as the pod
/// gets busier, since wake-ups and cold caches are shared. How it falls differs from service to service, so there are several
/// forms: after `1` for idle use and `u` for the cost that stays,
///
/// - `u·(1 − u)`: a wake-up for every request that finds the core idle (DESIGN 4.1);
/// - `u·exp(−u ÷ s)` for two `s`: a cost that is gone beyond a certain load;
/// - `u ÷ (1 + u ÷ s)` for three `s`: wake-ups of which there are only so many per second, however many requests share them;
/// - `u^(1 − p)` for three `p`: a power of the load.
///
/// Beyond the largest rate that was seen the cost per request is the one at that rate.
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

/// Idle use in parts of the use at the busy period: none, or evenly between nothing and one of these, all five equally likely.
/// Together that is nearly even by the logarithm: a few percent are far more common than half. A service with more idle use
/// than the last is refused: it is about something else.
pub(super) const IDLE_AT_MOST: [f64; 4] = [0.02, 0.08, 0.25, 0.8];

/// How large the coefficient of a term other than idle use can be, in units of what a pod uses at the busy demand, which is at
/// `busy`; all values up to there are equally likely before the steps are looked at.
pub(super) fn largest(term: usize, busy: f64) -> f64 {
    match term {
        // The most that was measured of a web framework at a twentieth of its load is 2.7 times the saturated cost (DESIGN
        // 4.1); a wake-up may cost three times as much as the busy request.
        2..=7 => 3.0 / busy,
        // All of the use, with room for the error of a first straight line.
        _ => 1.2 / busy,
    }
}

/// The ways in which a request can cost, and how likely each is held for before the steps are looked at: the same cost at every
/// load and each of the four kinds of falling equally, members of a kind equally.
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
