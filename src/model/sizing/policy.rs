//! Sizing policy: targets, headroom, and the failures and load changes that pods must withstand.

use super::hpa::{SYNC, TOLERANCE};
use crate::model::queueing::Balancer;
use crate::model::runtime::Evidence;
use crate::units::Utilization;

/// Rules for sizing pods. Times in seconds.
#[derive(Clone, Debug, PartialEq)]
pub struct Policy {
    /// Name of the file without its extension.
    pub name: String,
    /// Short description of its purpose.
    pub title: String,
    /// Value set of the profiles that services are modelled with under this policy, if they have it.
    pub evidence: Evidence,
    /// Share of the CPU request (and of the threads) used in the busy period; above 100 %, a pod relies on cores that
    /// other pods leave idle.
    pub target_utilization: Utilization,
    /// Share that may be used temporarily: after the loss of a zone, or while demand outruns the autoscaler.
    pub max_utilization: Utilization,
    /// Minimum number of replicas; zero allows hours without demand to have no pod.
    pub min_replicas: u64,
    /// How the load balancer distributes requests over the pods.
    pub balancer: Balancer,
    /// p99 objective of a response in seconds, including downstream wait; `None` without an objective.
    pub slo_p99: Option<f64>,
    /// Zones and the failures that must be survived.
    pub zones: Option<Zones>,
    /// Increase of demand that pods must follow.
    pub ramp: Option<Ramp>,
    /// Reaction times of the autoscaler and of new pods.
    pub scaling: Scaling,
    /// Sources of the values.
    pub sources: PolicySources,
}

/// Sources of the parts of a policy; empty for an absent part.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PolicySources {
    /// Source of targets, minimum and balancer.
    pub targets: String,
    /// Source of the latency objective.
    pub latency: String,
    /// Source of zones and drains.
    pub zones: String,
    /// Source of the ramp.
    pub ramp: String,
    /// Source of the scaling times.
    pub scaling: String,
}

/// Zones that pods are spread over evenly, and how many may fail.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Zones {
    /// Number of zones with pods.
    pub count: u32,
    /// Number of zones that may fail at once, those with the most pods first.
    pub survive: u32,
    /// Number of pods that a node drain may evict at a time, as an alternative to failed zones.
    pub max_unavailable: u64,
}

/// A linear rise of demand that ends in the busy period.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Ramp {
    /// Demand at the end ÷ demand at the start, above one.
    pub factor: f64,
    /// Duration in seconds; zero is a step.
    pub over: f64,
}

/// Delays between a rise in demand and a pod that takes part of it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Scaling {
    /// Relative deviation of a metric from its target below which the autoscaler does not act.
    pub tolerance: f64,
    /// Seconds over which utilization is averaged.
    pub metric_window: f64,
    /// Seconds between two autoscaler syncs.
    pub sync: f64,
    /// Seconds to schedule a pod.
    pub scheduling: f64,
    /// Seconds until a new node takes pods; counted because dedicated nodes have no spare capacity.
    pub node_start: f64,
    /// Image pull rate from the registry in bytes per second.
    pub registry_bytes_per_second: f64,
    /// Seconds from application start to readiness.
    pub readiness: f64,
}

impl Zones {
    /// Pods that remain of `pods` evenly spread pods after the loss of the `survive` zones with the most pods, or of
    /// the drained pods if those are more.
    pub fn survivors(&self, pods: u64) -> u64 {
        let (count, gone) = (u64::from(self.count), u64::from(self.survive));
        let lost = gone * (pods / count) + gone.min(pods % count);
        pods.saturating_sub(lost.max(self.max_unavailable))
    }

    /// The smallest number of pods of which at least `survivors` remain.
    pub fn pods_for(&self, survivors: u64) -> u64 {
        let (mut low, mut high) =
            (survivors, survivors.saturating_mul(u64::from(self.count)).saturating_add(self.max_unavailable));
        while low < high {
            let middle = low + (high - low) / 2;
            if self.survivors(middle) >= survivors { high = middle } else { low = middle + 1 }
        }
        high
    }
}

impl Scaling {
    /// Values for policies without scaling times: those of `profiles/policies/production.toml`, with its sources.
    pub const DEFAULT: Self = Self {
        tolerance: TOLERANCE,
        metric_window: 30.0,
        sync: SYNC,
        scheduling: 2.0,
        node_start: 60.0,
        registry_bytes_per_second: 50e6,
        readiness: 5.0,
    };

    /// Seconds from a rise in demand to the sync in which the autoscaler acts: half the metric's window plus one sync
    /// period.
    pub fn reaction(&self) -> f64 {
        self.metric_window / 2.0 + self.sync
    }

    /// Seconds from a request that finds no pod to its response, on an existing node: scheduling, image pull, cold
    /// start, readiness.
    pub fn from_zero(&self, image_bytes: f64, cold_start: f64) -> f64 {
        self.scheduling + image_bytes / self.registry_bytes_per_second + cold_start + self.readiness
    }

    /// Seconds from a rise in demand to a pod that serves: half the metric's window, one sync period, scheduling,
    /// node start, image pull, cold start, readiness.
    pub fn lag(&self, image_bytes: f64, cold_start: f64) -> f64 {
        self.reaction() + self.node_start + self.from_zero(image_bytes, cold_start)
    }
}

impl Ramp {
    /// Demand in excess of what the autoscaler has seen, relative to the demand at the start: `r·L ÷ λ₀` with slope r
    /// and lag L. During the lag of a step, or of a ramp shorter than the lag, the number of pods does not grow at
    /// all.
    pub fn unseen(&self, lag: f64) -> f64 {
        (self.factor - 1.0) * if self.over > lag { lag / self.over } else { 1.0 }
    }

    /// Whether the ramp ends before the first new pod serves, so that the autoscaler cannot help.
    pub fn outruns(&self, lag: f64) -> bool {
        lag >= self.over
    }
}

impl Policy {
    /// Whether pods may use more than they request, up to their limit or the node's cores.
    pub fn counts_on_spare_cores(&self) -> bool {
        self.max_utilization.fraction() > 1.0
    }

    /// Checks for values that cannot be sized for.
    ///
    /// # Errors
    /// One sentence that names the key and a valid value.
    pub fn check(&self) -> Result<(), String> {
        if self.min_replicas > 1_000_000 {
            return Err("min_replicas must be at most 1000000".to_owned());
        }
        if self.target_utilization > self.max_utilization {
            let (target, most) = (self.target_utilization, self.max_utilization);
            return Err(format!("target_utilization {target} is above max_utilization {most}"));
        }
        if self.slo_p99.is_some_and(|p99| p99 <= 0.0) {
            return Err("the p99 objective must be above zero".to_owned());
        }
        if let Some(zones) = &self.zones {
            if zones.count == 0 {
                return Err("zones: at least one zone is needed".to_owned());
            }
            if zones.survive >= zones.count {
                return Err(format!(
                    "zones: at least one zone must remain, so survive must be at most {}",
                    zones.count - 1
                ));
            }
        }
        if self.ramp.is_some_and(|ramp| !(ramp.factor > 1.0 && ramp.factor <= 1e6)) {
            return Err("ramp: the factor must be above 1 and at most a million, for example 2x/10m".to_owned());
        }
        if self.scaling.sync <= 0.0 {
            return Err("scaling: sync must be above zero".to_owned());
        }
        if self.scaling.registry_bytes_per_second <= 0.0 {
            return Err("scaling: registry_bytes_per_second must be above zero".to_owned());
        }
        Ok(())
    }

    /// One-line summary of the requirements.
    pub fn summary(&self) -> String {
        let mut parts = Vec::new();
        if let Some(p99) = self.slo_p99 {
            parts.push(format!("p99 ≤ {}", time(p99)));
        }
        if let Some(zones) = &self.zones {
            match zones.survive {
                0 => parts.push(format!("{} zones", zones.count)),
                lost => parts.push(format!("survives {lost} of {} zones", zones.count)),
            }
        }
        if let Some(Ramp { factor, over }) = self.ramp {
            let how = match over {
                0.0 => "step".to_owned(),
                over => format!("ramp in {}", time(over)),
            };
            parts.push(format!("{}× {how}", figures(factor)));
        }
        if parts.is_empty() {
            parts.push(self.title.clone());
        }
        let replicas = if self.min_replicas == 1 { "replica" } else { "replicas" };
        format!(
            "{}; {} CPU target, at least {} {replicas}",
            parts.join(", "),
            self.target_utilization,
            self.min_replicas
        )
    }
}

/// Formats a duration in the largest unit that keeps it at one or more, with three significant figures: `100 µs`,
/// `50 ms`, `1.67 min`.
fn time(seconds: f64) -> String {
    let (unit, name) = match seconds {
        s if s < 1e-3 => (1e-6, "µs"),
        s if s < 1.0 => (1e-3, "ms"),
        s if s < 60.0 => (1.0, "s"),
        s if s < 3600.0 => (60.0, "min"),
        _ => (3600.0, "h"),
    };
    format!("{} {name}", figures(seconds / unit))
}

/// Formats a positive number with three significant figures without trailing zeros; as an integer from 100.
fn figures(value: f64) -> String {
    let decimals = match value {
        v if v < 10.0 => 2,
        v if v < 100.0 => 1,
        _ => 0,
    };
    let text = format!("{value:.decimals$}");
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_shown_without_rounding_errors() {
        let times = [1e-4, 0.0123, 0.05, 1.5, 30.0, 100.0, 600.0, 5400.0, 123.4e-6];
        let shown = ["100 µs", "12.3 ms", "50 ms", "1.5 s", "30 s", "1.67 min", "10 min", "1.5 h", "123 µs"];
        assert_eq!(times.map(time), shown);
        assert_eq!([2.0, 1.1 + 0.1, 1e6].map(figures), ["2", "1.2", "1000000"]);
    }

    #[test]
    fn the_zones_with_the_most_pods_are_lost() {
        let zones = |count, survive| Zones { count, survive, max_unavailable: 0 };
        let left = |pods| zones(3, 1).survivors(pods);
        assert_eq!([1, 2, 3, 4, 5, 6, 7].map(left), [0, 1, 2, 2, 3, 4, 4]);
        assert_eq!([1, 2, 3, 4, 5].map(|left| zones(3, 1).pods_for(left)), [2, 3, 5, 6, 8]);
        assert_eq!(zones(3, 2).survivors(7), 2, "3, 2 and 2 pods: five go");
        assert_eq!(zones(3, 0).survivors(7), 7);
        assert_eq!(Zones { max_unavailable: 3, ..zones(3, 1) }.survivors(4), 1);
    }

    /// The vectors of `reference/capacity.md` 3.5, with λ₀ and r as a factor over ten minutes.
    #[test]
    fn the_scaling_lag_matches_reference_values() {
        // λ0 = 5000, r = 50/s, a pod after 60 s: L = 82.5 s, target 0.8 ÷ (1.1 + 50·82.5/5000) = 0.4156
        let scaling = Scaling {
            tolerance: 0.1,
            metric_window: 15.0,
            sync: 15.0,
            scheduling: 0.0,
            node_start: 0.0,
            registry_bytes_per_second: 1.0,
            readiness: 0.0,
        };
        for (demand, slope, pod, max, lag, target) in [
            (5000.0, 10.0, 30.0, 0.8, 52.5, 0.6639),
            (5000.0, 50.0, 60.0, 0.8, 82.5, 0.4156),
            (2000.0, 20.0, 60.0, 0.75, 82.5, 0.3896),
        ] {
            let got = scaling.lag(0.0, pod);
            assert!((got - lag).abs() < 1e-9);
            let ramp = Ramp { factor: 1.0 + slope * 600.0 / demand, over: 600.0 };
            assert!((max / (1.0 + scaling.tolerance + ramp.unseen(got)) - target).abs() < 5e-5, "{target}");
        }
        let step = Ramp { factor: 3.0, over: 0.0 };
        assert_eq!(step.unseen(50.0), 2.0);
        assert!(step.outruns(50.0));
    }
}
