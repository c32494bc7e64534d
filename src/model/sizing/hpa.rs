//! Simulation of the `HorizontalPodAutoscaler` on CPU utilization, sync by sync like its controller.
//!
//! Sources: kubernetes `pkg/controller/podautoscaler` (`replica_calculator.go`, `horizontal.go`) and
//! <https://kubernetes.io/docs/tasks/run-application/horizontal-pod-autoscale/>, with the defaults of `behavior`.

use std::collections::VecDeque;

/// Relative deviation of the utilization from its target below which the controller does not act
/// (`--horizontal-pod-autoscaler-tolerance`).
pub(in crate::model) const TOLERANCE: f64 = 0.1;
/// Seconds between two syncs (`--horizontal-pod-autoscaler-sync-period`).
pub(in crate::model) const SYNC: f64 = 15.0;

/// Seconds over which the highest recommendation applies before pods are removed (scale-down stabilization window).
const SCALE_DOWN_WINDOW: f64 = 300.0;
/// Seconds in which the number of pods may grow by [`MAX_PODS_ADDED`] or double, whichever is more.
const SCALE_UP_PERIOD: f64 = 15.0;
const MAX_PODS_ADDED: u64 = 4;

/// Syncs after which the controller counts as unstable: enough for 46 doublings, and windows for ten steps down.
const MAX_ROUNDS: u32 = 256;

/// Settings of a `HorizontalPodAutoscaler` on CPU.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Target {
    /// `minReplicas` of the HorizontalPodAutoscaler.
    pub min_replicas: u64,
    /// `maxReplicas` of the HorizontalPodAutoscaler.
    pub max_replicas: u64,
    /// `averageUtilization`, in whole percent of the request.
    pub percent: u32,
    /// Relative deviation from the target within which nothing happens.
    pub tolerance: f64,
}

/// The pods as the controller observes them. Usage and request in the same unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ObservedPods {
    /// Ready pods with a metric.
    pub ready: u64,
    /// Pods that are not ready yet, or have been ready for less than one metric window.
    pub unready: u64,
    /// Total usage of the ready pods.
    pub usage: u64,
    /// CPU request of one pod, in the unit of `usage`.
    pub request: u64,
}

/// Replicas by the ratio of a metric to its target: unchanged within the tolerance, otherwise `ceil(ready × ratio)`.
fn by_ratio(ready: u64, ratio: f64, tolerance: f64) -> u64 {
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

/// Utilization in whole percent, truncated like in the controller.
pub(in crate::model) fn percent(usage: u64, requests: u64) -> u32 {
    let percent = u128::from(usage) * 100 / u128::from(requests.max(1));
    u32::try_from(percent).unwrap_or(u32::MAX)
}

fn ratio(percent: u32, target_percent: u32) -> f64 {
    f64::from(percent) / f64::from(target_percent)
}

/// The largest whole target for which `percent` is above the tolerance, so that another pod is added; zero if there
/// is none.
pub(in crate::model) fn largest_target_below(percent: u32, tolerance: f64) -> u32 {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a percentage, and `as` saturates")]
    let first = (f64::from(percent) / (1.0 + tolerance)).floor() as u32;
    let outside = |target: &u32| ratio(percent, *target) > 1.0 + tolerance;
    [first, first.saturating_sub(1)].into_iter().find(|target| *target > 0 && outside(target)).unwrap_or(0)
}

/// The controller with its state between syncs.
#[derive(Clone, Debug)]
pub struct Controller {
    target: Target,
    /// Time and value of the recommendations within the scale-down window.
    recommendations: VecDeque<(f64, u64)>,
    /// Time and number of added pods.
    added: VecDeque<(f64, u64)>,
}

impl Controller {
    /// A controller before its first sync.
    pub const fn new(target: Target) -> Self {
        Self { target, recommendations: VecDeque::new(), added: VecDeque::new() }
    }

    /// Performs one sync at a time in seconds; returns the number of replicas that it sets.
    pub fn sync(&mut self, now: f64, seen: ObservedPods) -> u64 {
        self.round(now, seen).1
    }

    /// One sync: the recommendation of the metric alone, and the number of replicas set.
    fn round(&mut self, now: f64, seen: ObservedPods) -> (u64, u64) {
        let Target { min_replicas, max_replicas, .. } = self.target;
        let current = seen.ready.saturating_add(seen.unready);
        if self.recommendations.is_empty() {
            self.recommendations.push_back((now, current));
        }
        let recommended = self.recommended(seen, current);
        self.recommendations.push_back((now, recommended));
        self.recommendations.retain(|(at, _)| *at > now - SCALE_DOWN_WINDOW);
        self.added.retain(|(at, _)| *at > now - SCALE_UP_PERIOD);
        // Scale up at once; scale down only to the highest recommendation of the window.
        let highest = self.recommendations.iter().map(|(_, pods)| *pods).max().unwrap_or(recommended);
        let stable = if recommended > current { recommended } else { highest.min(current) };
        let at_start = current.saturating_sub(self.added.iter().map(|(_, pods)| pods).sum());
        let most = at_start.saturating_add(MAX_PODS_ADDED).max(at_start.saturating_mul(2)).max(current);
        let next = stable.min(most).clamp(min_replicas, max_replicas.max(min_replicas));
        if next > current {
            self.added.push_back((now, next - current));
        }
        (recommended, next)
    }

    /// The recommendation of the replica calculator. When scaling up, unready pods count with zero usage; if this
    /// brings the ratio below one, nothing changes.
    fn recommended(&self, seen: ObservedPods, current: u64) -> u64 {
        let ObservedPods { ready, unready, usage, request } = seen;
        let Target { percent: target, tolerance, .. } = self.target;
        if ready == 0 || request == 0 || target == 0 {
            return current;
        }
        let ratio_of = |pods: u64| ratio(percent(usage, request.saturating_mul(pods)), target);
        let of_ready = ratio_of(ready);
        if (1.0 - tolerance..=1.0 + tolerance).contains(&of_ready) {
            return current;
        }
        if unready == 0 || of_ready < 1.0 {
            return by_ratio(ready, of_ready, tolerance);
        }
        let of_all = ratio_of(current);
        if of_all > 1.0 { by_ratio(current, of_all, tolerance) } else { current }
    }
}

/// The number of replicas at which the controller settles at constant demand, starting from `from`.
///
/// `usage` is the total usage for a number of pods. `None` if it never settles, because utilization in whole percent
/// is too coarse.
pub fn settle(target: Target, from: u64, request: u64, usage: impl Fn(u64) -> u64) -> Option<u64> {
    let mut controller = Controller::new(target);
    let mut pods = from.clamp(target.min_replicas, target.max_replicas.max(target.min_replicas));
    let mut now = 0.0;
    for _ in 0..MAX_ROUNDS {
        let seen = ObservedPods { ready: pods, unready: 0, usage: usage(pods), request };
        let (recommended, next) = controller.round(now, seen);
        let held = recommended.clamp(target.min_replicas, target.max_replicas.max(target.min_replicas));
        if next == pods && held == pods {
            return Some(pods);
        }
        pods = next;
        now += SYNC;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    const FREE: Target = Target { min_replicas: 1, max_replicas: 1000, percent: 50, tolerance: TOLERANCE };

    /// The vectors of the published calculator: (pods, metric/target) → pods.
    #[test]
    fn recommendations_match_published_test_vectors() {
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

    /// 100 of 300 is 33 % and not 33.33 %: at a target of 30 % this is the last ratio within the tolerance.
    #[test]
    fn utilization_is_truncated() {
        let asked = |usage, request| {
            let seen = ObservedPods { ready: 3, unready: 0, usage, request };
            Controller::new(Target { percent: 30, ..FREE }).sync(0.0, seen)
        };
        assert_eq!((asked(100, 100), asked(102, 100)), (3, 4));
        assert_eq!(asked(0, 0), 3, "without requests there is no utilization");
    }

    /// 64 ÷ 1.1 = 58.2; 66 ÷ 1.1 is exactly 60, at which nothing happens.
    #[test]
    fn the_largest_target_that_still_scales_is_found() {
        for (percent, want) in [(64, 58), (66, 59), (67, 60), (100, 90), (110, 99), (1, 0), (2, 1), (0, 0)] {
            assert_eq!(largest_target_below(percent, TOLERANCE), want, "{percent} %");
        }
        for percent in 2..1000 {
            let target = largest_target_below(percent, TOLERANCE);
            assert!(by_ratio(100, ratio(percent, target), TOLERANCE) > 100, "{percent} % at {target} %");
            assert_eq!(by_ratio(100, ratio(percent, target + 1), TOLERANCE).max(100), 100, "{percent} %");
        }
    }

    /// The documented defaults: four pods or 100 % more in 15 s, whichever is more.
    #[test]
    fn growth_doubles_or_adds_four() {
        let mut controller = Controller::new(FREE);
        let mut pods = 1;
        let grown: Vec<u64> = (0..7)
            .map(|round| {
                let seen = ObservedPods { ready: pods, unready: 0, usage: 100_000 * pods, request: 1 };
                pods = controller.sync(SYNC * f64::from(round), seen);
                pods
            })
            .collect();
        assert_eq!(grown, [5, 10, 20, 40, 80, 160, 320]);
        // A second sync within the same 15 s adds nothing to what the first one was allowed.
        let mut controller = Controller::new(FREE);
        let busy = |pods: u64| ObservedPods { ready: pods, unready: 0, usage: 1000 * pods, request: 100 };
        assert_eq!(controller.sync(0.0, busy(10)), 20);
        assert_eq!(controller.sync(5.0, busy(20)), 20);
        assert_eq!(controller.sync(15.0, busy(20)), 40);
    }

    /// "The highest recommendation of the last 300 seconds": a single low recommendation removes no pod.
    #[test]
    fn scaling_down_waits_five_minutes() {
        let mut controller = Controller::new(FREE);
        let with = |usage| ObservedPods { ready: 10, unready: 0, usage, request: 100 };
        assert_eq!(controller.sync(0.0, with(500)), 10);
        assert_eq!(controller.sync(15.0, with(200)), 10);
        assert_eq!(controller.sync(285.0, with(200)), 10);
        assert_eq!(controller.sync(300.0, with(200)), 4);
    }

    /// Ten ready pods at 80 % need 16 pods at a target of 50 %. With five more unready pods the usage is 53 % of all,
    /// and nothing changes; with two more it is 66 %.
    #[test]
    fn pods_that_are_not_ready_count_as_unused() {
        let with = |unready| ObservedPods { ready: 10, unready, usage: 800, request: 100 };
        assert_eq!(Controller::new(FREE).sync(0.0, with(0)), 16);
        assert_eq!(Controller::new(FREE).sync(0.0, with(5)), 15);
        assert_eq!(Controller::new(FREE).sync(0.0, with(2)), 16);
        // When scaling down, unready pods are left out of the ratio but count as current replicas.
        assert_eq!(Controller::new(FREE).recommended(ObservedPods { usage: 200, ..with(5) }, 15), 4);
        assert_eq!(Controller::new(FREE).sync(0.0, ObservedPods { ready: 0, ..with(3) }), 3, "no metric, no change");
    }

    #[test]
    fn the_settled_size_depends_on_the_direction() {
        // 1,600 millicores on requests of 500: 5 pods at 64 %, 6 at 53 %, 8 at 40 %.
        let rest = |percent, from| settle(Target { percent, min_replicas: 3, ..FREE }, from, 500, |_| 1600);
        assert_eq!((rest(63, 3), rest(63, 5)), (Some(6), Some(5)), "64 % is within a tenth of 63 %");
        assert_eq!((rest(58, 3), rest(58, 5), rest(58, 8)), (Some(6), Some(6), Some(6)));
        let limited = Target { percent: 10, max_replicas: 7, ..FREE };
        assert_eq!(settle(limited, 1, 500, |_| 1600), Some(7));
        // A load that is idle with more than ten pods and saturated below never settles.
        assert_eq!(settle(FREE, 4, 100, |pods| if pods > 10 { 0 } else { 100 * pods }), None);
    }
}
