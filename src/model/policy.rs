//! A sizing policy: how much room is kept, and against what.

use super::autoscaler::{SYNC, TOLERANCE};
use super::queueing::Balancer;
use crate::units::Percent;

/// How pods are sized. Times in seconds.
#[derive(Clone, Debug, PartialEq)]
pub struct Policy {
    /// Name of the file without its ending.
    pub name: String,
    /// What it guards against, in a few words.
    pub title: String,
    /// Share of the CPU request (and of the threads) that is used at the busy period.
    pub target_utilization: Percent,
    /// Share that may be used for a while: with a zone lost, or while demand outruns the autoscaler.
    pub max_utilization: Percent,
    /// Fewest replicas.
    pub min_replicas: u64,
    /// How requests are spread over the pods.
    pub balancer: Balancer,
    /// 99th percentile of a response, waiting downstream included.
    pub slo_p99: Option<f64>,
    /// What may be lost at once.
    pub zones: Option<Zones>,
    /// How fast demand rises.
    pub ramp: Option<Ramp>,
    /// How fast pods follow it.
    pub scaling: Scaling,
    /// Who says so.
    pub sources: PolicySources,
}

/// Where the parts of a policy come from; empty for a part that is not there.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PolicySources {
    /// Targets, minimum and balancer.
    pub targets: String,
    /// The objective.
    pub latency: String,
    /// Zones and drains.
    pub zones: String,
    /// The ramp.
    pub ramp: String,
    /// How fast pods follow.
    pub scaling: String,
}

/// Zones that pods are spread over evenly, and how many may be gone.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Zones {
    /// Zones with pods.
    pub count: u32,
    /// Zones that may be lost at once, the fullest first.
    pub survive: u32,
    /// Pods that a drain may take at a time, instead of zones.
    pub max_unavailable: u64,
}

/// A linear rise of demand that ends at the busy period.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Ramp {
    /// Demand at the end ÷ demand at the start, above one.
    pub factor: f64,
    /// Seconds it takes; zero is a step.
    pub over: f64,
}

/// What passes between a rise in demand and a pod that takes part of it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Scaling {
    /// Share by which a metric may miss its target before the autoscaler acts.
    pub tolerance: f64,
    /// Seconds over which utilization is averaged.
    pub metric_window: f64,
    /// Seconds between looks of the autoscaler.
    pub sync: f64,
    /// Seconds to bind a pod.
    pub scheduling: f64,
    /// Seconds until a new node takes pods; counted because nodes of its own have no room to spare.
    pub node_start: f64,
    /// Bytes a second from the registry.
    pub registry_bytes_per_second: f64,
    /// Seconds until a started pod counts as ready.
    pub readiness: f64,
}

impl Zones {
    /// Pods left of `pods` spread evenly, with the fullest `survive` zones gone, or a drain's pods where those are more.
    pub fn survivors(&self, pods: u64) -> u64 {
        let (count, gone) = (u64::from(self.count), u64::from(self.survive));
        let lost = gone * (pods / count) + gone.min(pods % count);
        pods.saturating_sub(lost.max(self.max_unavailable))
    }

    /// The fewest pods of which so many are left.
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
    /// Of policies that say nothing of it: what `profiles/policies/production.toml` says, with its sources.
    pub const DEFAULT: Self = Self {
        tolerance: TOLERANCE,
        metric_window: 30.0,
        sync: SYNC,
        scheduling: 2.0,
        node_start: 60.0,
        registry_bytes_per_second: 50e6,
        readiness: 5.0,
    };

    /// Seconds from a rise in demand to the round in which the autoscaler acts on it: half the metric's window, one look.
    pub fn reaction(&self) -> f64 {
        self.metric_window / 2.0 + self.sync
    }

    /// Seconds from a rise in demand to a pod that serves: half the metric's window, one look of the autoscaler,
    /// scheduling, a node, the image, the cold start, readiness.
    pub fn lag(&self, image_bytes: f64, cold_start: f64) -> f64 {
        self.reaction()
            + self.scheduling
            + self.node_start
            + image_bytes / self.registry_bytes_per_second
            + cold_start
            + self.readiness
    }
}

impl Ramp {
    /// Demand in excess of what the autoscaler has seen, relative to the demand at the start: `r·L ÷ λ₀` with slope r and
    /// lag L. Within the lag of a step, or of a ramp shorter than the lag, pods do not grow at all.
    pub fn unseen(&self, lag: f64) -> f64 {
        (self.factor - 1.0) * if self.over > lag { lag / self.over } else { 1.0 }
    }

    /// Whether the autoscaler cannot help: the ramp is over before the first new pod serves.
    pub fn outruns(&self, lag: f64) -> bool {
        lag >= self.over
    }
}

impl Policy {
    /// What cannot be sized for.
    ///
    /// # Errors
    /// One sentence that names the key and what would be right.
    pub fn check(&self) -> Result<(), String> {
        if !(1..=1_000_000).contains(&self.min_replicas) {
            return Err("min_replicas must be 1 to 1000000".to_owned());
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
                return Err(format!("zones: at least one zone must be left, so survive at most {}", zones.count - 1));
            }
        }
        if self.ramp.is_some_and(|ramp| !(ramp.factor > 1.0 && ramp.factor <= 1e6)) {
            return Err("ramp: the factor must be above 1 and at most a million, like 2x/10m".to_owned());
        }
        if self.scaling.sync <= 0.0 {
            return Err("scaling: sync must be above zero".to_owned());
        }
        if self.scaling.registry_bytes_per_second <= 0.0 {
            return Err("scaling: registry_bytes_per_second must be above zero".to_owned());
        }
        Ok(())
    }

    /// What it asks for, in a line.
    pub fn summary(&self) -> String {
        let mut parts = Vec::new();
        if let Some(p99) = self.slo_p99 {
            parts.push(format!("p99 ≤ {} ms", p99 * 1e3));
        }
        if let Some(zones) = &self.zones {
            match zones.survive {
                0 => parts.push(format!("{} zones", zones.count)),
                1 => parts.push(format!("one zone of {} lost", zones.count)),
                lost => parts.push(format!("{lost} zones of {} lost", zones.count)),
            }
        }
        if let Some(Ramp { factor, over }) = self.ramp {
            let how = match over {
                0.0 => "at once".to_owned(),
                over if over < 60.0 => format!("in {over} s"),
                over => format!("in {} min", over / 60.0),
            };
            parts.push(format!("{factor}× {how}"));
        }
        if parts.is_empty() {
            parts.push(self.title.clone());
        }
        let replicas = if self.min_replicas == 1 { "replica" } else { "replicas" };
        format!(
            "{}; {} of the CPU request, at least {} {replicas}",
            parts.join(", "),
            self.target_utilization,
            self.min_replicas
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zones_by_the_even_spread() {
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
    fn lag_and_unseen_demand() {
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
