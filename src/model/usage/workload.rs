//! The history of one workload, and its summary.

use std::collections::BTreeMap;

use super::{Grid, Latency, Occupancy, RuntimeSign, Series};
use crate::model::calibration::ResponseTimes;
use crate::model::cluster::WorkloadId;
use crate::model::software::SoftwareSign;

/// The history of one workload in a period, step by step.
#[derive(Clone, Debug, PartialEq)]
pub struct WorkloadHistory {
    /// Identifier of the workload.
    pub id: WorkloadId,
    /// Hours that its pods ran, added up over the pods.
    pub pod_hours: Series,
    /// Requested CPU × time, in core-hours.
    pub requested_core_hours: Series,
    /// Requested memory × time, in byte-hours.
    pub requested_byte_hours: Series,
    /// Requested accelerators × time, in accelerator-hours.
    pub requested_gpu_hours: Series,
    /// What it requested and used on each node, by the node's index in the history; `None` if the node is unknown.
    pub held: BTreeMap<Option<usize>, Occupancy>,
    /// Cores used, averaged over the step, added up over the pods.
    pub cores: Series,
    /// Cores used by the busiest pod, averaged over the step.
    pub cores_of_busiest: Series,
    /// The part used by known sidecars, such as service-mesh proxies and log shippers. Steps without sidecars have no
    /// value.
    pub cores_of_sidecars: Series,
    /// Share of the CPU quota's periods that were throttled; `None` if no container has a limit.
    pub throttled: Option<f64>,
    /// The throttled share, step by step.
    pub throttled_share: Series,
    /// Working set in bytes × hours, added up over the pods.
    pub memory_byte_hours: Series,
    /// The largest working set of one pod, in bytes.
    pub memory_peak: Series,
    /// Requests per second, averaged over the step.
    pub requests_per_second: Series,
    /// The convention that requests and latency were counted by.
    pub requests_from: Option<&'static str>,
    /// Latency quantiles.
    pub latency: Option<Latency>,
    /// Variability of response times.
    pub response_times: Option<ResponseTimes>,
    /// Which runtimes its processes report.
    pub runtimes: Vec<RuntimeSign>,
    /// Which metrics of frameworks and well-known software they have.
    pub software: Vec<SoftwareSign>,
}

/// A workload's period in single numbers. Means are over the hours that have data.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct UsageSummary {
    /// Hours that its pods ran, added up over the pods.
    pub pod_hours: f64,
    /// Requested CPU × time, in core-hours.
    pub requested_core_hours: f64,
    /// Requested memory × time, in byte-hours.
    pub requested_byte_hours: f64,
    /// Total length of the steps in which CPU was measured, in hours.
    pub cpu_measured_hours: f64,
    /// Total length of the steps in which the largest working set was measured, in hours.
    pub memory_measured_hours: f64,
    /// Cores used × hours; `None` where CPU was never measured.
    pub core_hours: Option<f64>,
    /// Working set in bytes × hours; `None` where memory was never measured.
    pub memory_byte_hours: Option<f64>,
    /// Used ÷ requested CPU, over the steps in which usage was measured; `None` without either.
    pub cpu_efficiency: Option<f64>,
    /// Used ÷ requested memory, over the steps in which usage was measured; `None` without either.
    pub memory_efficiency: Option<f64>,
    /// Cores of one pod: mean, and quantiles over the steps (which miss peaks shorter than a step).
    pub pod_cores: Spread,
    /// Cores of the busiest pod, over the steps.
    pub busiest_pod_cores: Spread,
    /// Mean working set of one pod in bytes.
    pub pod_memory_mean: Option<f64>,
    /// Largest working set of one pod in bytes.
    pub pod_memory_max: Option<f64>,
    /// Requests per second of the whole workload.
    pub requests_per_second: Spread,
}

/// Mean, quantiles and maximum of a series; all `None` if it has no values.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Spread {
    /// Mean value.
    pub mean: Option<f64>,
    /// Half of the steps have a smaller value.
    pub p50: Option<f64>,
    /// One step in twenty has a larger value.
    pub p95: Option<f64>,
    /// One step in a hundred has a larger value.
    pub p99: Option<f64>,
    /// Largest value.
    pub max: Option<f64>,
}

impl Spread {
    fn of(series: &Series, mean: Option<f64>) -> Self {
        let mut sorted: Vec<f64> = series.iter().map(|(_, v)| v).collect();
        sorted.sort_by(f64::total_cmp);
        let quantile = |share| quantile(&sorted, share);
        Self { mean, p50: quantile(0.5), p95: quantile(0.95), p99: quantile(0.99), max: sorted.last().copied() }
    }
}

/// Linear interpolation between the sorted values, as in Prometheus' `quantile`.
fn quantile(sorted: &[f64], share: f64) -> Option<f64> {
    let last = sorted.len().checked_sub(1)?;
    #[expect(clippy::cast_precision_loss, reason = "a period has far fewer than 2^53 steps")]
    let rank = share * last as f64;
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 0 and the last index")]
    let below = rank.floor() as usize;
    let weight = rank - rank.floor();
    Some(sorted[below] * (1.0 - weight) + sorted[last.min(below + 1)] * weight)
}

/// `a ÷ b`, if that is a number.
fn ratio(a: f64, b: f64) -> Option<f64> {
    (b > 0.0).then(|| a / b)
}

impl WorkloadHistory {
    /// A workload without data yet.
    pub(super) fn new(id: WorkloadId) -> Self {
        Self {
            id,
            pod_hours: Series::default(),
            requested_core_hours: Series::default(),
            requested_byte_hours: Series::default(),
            requested_gpu_hours: Series::default(),
            held: BTreeMap::new(),
            cores: Series::default(),
            cores_of_busiest: Series::default(),
            cores_of_sidecars: Series::default(),
            throttled: None,
            throttled_share: Series::default(),
            memory_byte_hours: Series::default(),
            memory_peak: Series::default(),
            requests_per_second: Series::default(),
            requests_from: None,
            latency: None,
            response_times: None,
            runtimes: Vec::new(),
            software: Vec::new(),
        }
    }

    /// Mean cores of one of its pods, step by step, for steps in which pods ran for at least a hundredth of the time.
    pub fn pod_cores(&self, grid: Grid) -> Series {
        let step = grid.step().hours();
        let mut cores = Series::default();
        for (index, used) in self.cores.iter() {
            if let Some(pods) = self.pod_hours.get(index).filter(|hours| *hours >= step / 100.0) {
                cores.add(index, used * step / pods);
            }
        }
        cores
    }

    /// The period in single numbers.
    pub fn summary(&self, grid: Grid) -> UsageSummary {
        let step = grid.step().hours();
        let mean = |series: &Series| {
            #[expect(clippy::cast_precision_loss, reason = "a period has far fewer than 2^53 steps")]
            ratio(series.sum(), series.count() as f64)
        };
        let core_hours = (self.cores.count() > 0).then(|| self.cores.sum() * step);
        let memory = &self.memory_byte_hours;
        let memory_byte_hours = (memory.count() > 0).then(|| memory.sum());
        // A step without a measurement is not a step without usage.
        let requested = |asked: &Series, used: &Series| {
            asked.iter().filter(|(at, _)| used.get(*at).is_some()).map(|(_, value)| value).sum::<f64>()
        };
        let pod_cores = self.pod_cores(grid);
        #[expect(clippy::cast_precision_loss, reason = "a period has far fewer than 2^53 steps")]
        let hours = |series: &Series| series.count() as f64 * step;
        // The mean of a pod weighs every pod-hour equally; only hours with both numbers count.
        let both = |a: &Series| self.pod_hours.iter().filter(|(i, _)| a.get(*i).is_some()).map(|(_, h)| h).sum();
        UsageSummary {
            pod_hours: self.pod_hours.sum(),
            requested_core_hours: self.requested_core_hours.sum(),
            requested_byte_hours: self.requested_byte_hours.sum(),
            cpu_measured_hours: hours(&self.cores_of_busiest),
            memory_measured_hours: hours(&self.memory_peak),
            cpu_efficiency: core_hours.and_then(|used| ratio(used, requested(&self.requested_core_hours, &self.cores))),
            memory_efficiency: memory_byte_hours
                .and_then(|used| ratio(used, requested(&self.requested_byte_hours, memory))),
            core_hours,
            memory_byte_hours,
            pod_cores: Spread::of(&pod_cores, core_hours.and_then(|used| ratio(used, both(&self.cores)))),
            busiest_pod_cores: Spread::of(&self.cores_of_busiest, mean(&self.cores_of_busiest)),
            pod_memory_mean: memory_byte_hours.and_then(|used| ratio(used, both(memory))),
            pod_memory_max: self.memory_peak.max(),
            requests_per_second: Spread::of(&self.requests_per_second, mean(&self.requests_per_second)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One core was requested for 24 hours, of which 20 were measured, at half a core: the efficiency is 50 %, not 42
    /// %.
    #[test]
    fn hours_without_a_measurement_do_not_count_as_unused() {
        use crate::model::usage::{Period, StepSeconds};
        let period = Period::new("2026-10-01T00:00:00Z".parse().unwrap(), "2026-10-02T00:00:00Z".parse().unwrap());
        let grid = Grid::new(period.unwrap(), StepSeconds::HOUR);
        let id = WorkloadId { namespace: "n".to_owned(), kind: "Deployment".to_owned(), name: "w".to_owned() };
        let mut workload = WorkloadHistory::new(id);
        for hour in 0..24 {
            workload.pod_hours.add(hour, 1.0);
            workload.requested_core_hours.add(hour, 1.0);
            if hour >= 4 {
                workload.cores.add(hour, 0.5);
            }
        }
        let summary = workload.summary(grid);
        assert_eq!((summary.cpu_efficiency, summary.core_hours), (Some(0.5), Some(10.0)));
        assert_eq!((summary.memory_efficiency, summary.memory_byte_hours), (None, None), "unmeasured is not zero");
    }

    #[test]
    fn quantiles_are_interpolated() {
        assert_eq!(quantile(&[1.0, 2.0, 3.0], 0.5), Some(2.0));
        assert_eq!(quantile(&[1.0, 2.0], 0.75), Some(1.75));
        assert_eq!(quantile(&[7.0], 0.99), Some(7.0));
        assert_eq!(quantile(&[], 0.5), None);
    }
}
