//! The arithmetic of the `HorizontalPodAutoscaler` for a CPU utilization target.
//!
//! Source: kubernetes `pkg/controller/podautoscaler/replica_calculator.go`.

/// Replicas that the autoscaler asks for, given the usage and requests of the ready pods in the same unit.
///
/// Utilization is cut to a whole percent; within `tolerance` of the target nothing changes; else `ceil(ready × ratio)`.
pub fn desired_replicas(ready: u64, usage: u64, requests: u64, target_percent: u32, tolerance: f64) -> u64 {
    if ready == 0 || requests == 0 || target_percent == 0 {
        return ready;
    }
    let percent = u128::from(usage) * 100 / u128::from(requests);
    #[expect(clippy::cast_precision_loss, reason = "a percentage")]
    let ratio = percent as f64 / f64::from(target_percent);
    by_ratio(ready, ratio, tolerance)
}

/// The same from a metric's mean and its target.
pub fn by_ratio(ready: u64, ratio: f64, tolerance: f64) -> u64 {
    if (1.0 - tolerance..=1.0 + tolerance).contains(&ratio) {
        return ready;
    }
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "pod counts far below 2^53; `as` saturates"
    )]
    let desired = (ratio * ready as f64).ceil() as u64;
    desired
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The vectors of the published calculator: (pods, metric/target) → pods.
    #[test]
    fn published_vectors() {
        for (ready, metric, target, want) in [
            (3, 200.0, 100.0, 6),
            (4, 50.0, 100.0, 2),
            (10, 66.1, 60.0, 12),
            (10, 54.0, 60.0, 10),
            (10, 53.9, 60.0, 9),
            (7, 90.0, 70.0, 9),
        ] {
            assert_eq!(by_ratio(ready, metric / target, 0.1), want, "{ready} {metric}/{target}");
        }
    }

    /// 100 of 300 is 33 % and not 33.33 %: at a target of 30 % that is the last ratio within the tolerance.
    #[test]
    fn utilization_is_cut() {
        assert_eq!(desired_replicas(3, 100, 300, 30, 0.1), 3);
        assert_eq!(desired_replicas(3, 102, 300, 30, 0.1), 4);
        assert_eq!(desired_replicas(3, 0, 0, 30, 0.1), 3);
    }
}
