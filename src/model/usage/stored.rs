//! Converts a history to and from its form in a snapshot file.

use super::{
    Coverage, Grid, History, Latency, NodeFacts, NodeHistory, NodeId, Occupancy, Period, RuntimeSign, Series,
    StepSeconds, WorkloadHistory,
};
use crate::model::calibration::ResponseTimes;
use crate::model::cluster::{
    StoredNode, StoredOccupancy, StoredSeries, StoredSign, StoredUsage, StoredWorkload, WorkloadId,
};
use crate::model::software::SoftwareSign;
use crate::model::uncertainty::Interval;
use crate::units::{CpuMillis, Seconds};

/// Stored usage that is inconsistent, so that it was edited by hand.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("its stored usage is invalid: {0}")]
pub struct InconsistentUsage(String);

/// A series of a workload, and the name under which it is stored.
type Named<'a> = (&'static str, &'a mut Series);

impl WorkloadHistory {
    fn series(&mut self) -> [Named<'_>; 11] {
        [
            ("pod_hours", &mut self.pod_hours),
            ("requested_core_hours", &mut self.requested_core_hours),
            ("requested_byte_hours", &mut self.requested_byte_hours),
            ("requested_gpu_hours", &mut self.requested_gpu_hours),
            ("cores", &mut self.cores),
            ("cores_of_busiest", &mut self.cores_of_busiest),
            ("cores_of_sidecars", &mut self.cores_of_sidecars),
            ("throttled_share", &mut self.throttled_share),
            ("memory_byte_hours", &mut self.memory_byte_hours),
            ("memory_peak", &mut self.memory_peak),
            ("requests_per_second", &mut self.requests_per_second),
        ]
    }
}

impl History {
    /// The form in a snapshot file; every series has four significant digits.
    pub fn to_stored(&self) -> StoredUsage {
        let Self { grid, nodes, workloads, coverage, findings } = self;
        let period = grid.period();
        StoredUsage {
            from: period.start(),
            until: period.end(),
            step_seconds: u32::try_from(grid.step().seconds()).unwrap_or(u32::MAX),
            hours_without_cluster: coverage.hours_without_cluster,
            hours_without_usage: coverage.hours_without_usage,
            findings: findings.clone(),
            nodes: nodes.iter().map(stored_node).collect(),
            workloads: workloads.iter().map(stored_workload).collect(),
        }
    }

    /// Reads a snapshot file. `convention` looks up the conventions by which requests are counted.
    ///
    /// # Errors
    /// [`InconsistentUsage`] if the parts are inconsistent.
    pub fn of_stored(
        stored: &StoredUsage,
        convention: impl Fn(&str) -> &'static str,
    ) -> Result<Self, InconsistentUsage> {
        let wrong = |what: String| Err(InconsistentUsage(what));
        let Some(period) = Period::new(stored.from, stored.until) else {
            return wrong(format!("{} is not before {}", stored.from, stored.until));
        };
        let Some(step) = StepSeconds::new(stored.step_seconds) else {
            return wrong(format!("{} seconds is not a valid step", stored.step_seconds));
        };
        let grid = Grid::new(period, step);
        let of_nodes = stored.nodes.iter().map(|node| &node.hours);
        let all = of_nodes.chain(stored.workloads.iter().flat_map(|workload| workload.series.values()));
        // A step beyond the period would allocate memory for all steps up to it.
        if all.filter(|series| !series.is_empty()).any(|series| series.end().is_none_or(|end| end > grid.len())) {
            return wrong(format!("a series has more than the {} steps of the period", grid.len()));
        }
        let mut held = stored.workloads.iter().flat_map(|workload| &workload.held);
        if held.any(|held| held.node.is_some_and(|node| node >= stored.nodes.len())) {
            return wrong("a workload ran on a node that is not in the list".to_owned());
        }
        #[expect(clippy::cast_precision_loss, reason = "a period has far fewer than 2^53 steps")]
        let hours = grid.len() as f64 * step.hours();
        Ok(Self {
            grid,
            nodes: stored.nodes.iter().map(node).collect(),
            workloads: stored.workloads.iter().map(|stored| workload(stored, &convention)).collect(),
            coverage: Coverage {
                hours,
                hours_without_cluster: stored.hours_without_cluster,
                hours_without_usage: stored.hours_without_usage,
            },
            findings: stored.findings.clone(),
        })
    }
}

fn stored_node(node: &NodeHistory) -> StoredNode {
    let NodeHistory { id, hours, facts } = node;
    StoredNode {
        name: id.name.clone(),
        provider_id: id.provider_id.clone(),
        machine: facts.machine(id),
        cpu_millis: facts.cpu.map(CpuMillis::millis),
        memory: facts.memory,
        gpus: facts.gpus.clone(),
        hours: StoredSeries::new(hours.iter()),
    }
}

fn node(stored: &StoredNode) -> NodeHistory {
    NodeHistory {
        id: NodeId { name: stored.name.clone(), provider_id: stored.provider_id.clone() },
        hours: series(&stored.hours),
        facts: NodeFacts {
            machine: Some(stored.machine.clone()),
            cpu: stored.cpu_millis.map(CpuMillis::from_millis),
            memory: stored.memory,
            gpus: stored.gpus.clone(),
            ..NodeFacts::default()
        },
    }
}

fn stored_workload(workload: &WorkloadHistory) -> StoredWorkload {
    let mut own = workload.clone();
    let series = own.series().into_iter().filter(|(_, series)| series.count() > 0);
    let series = series.map(|(name, series)| (name.to_owned(), StoredSeries::new(series.iter()))).collect();
    let WorkloadHistory { id, held, throttled, requests_from, latency, response_times, runtimes, software, .. } = own;
    let held = held.into_iter().map(|(node, held)| {
        let Occupancy {
            pod_hours,
            requested_core_hours,
            requested_byte_hours,
            requested_gpu_hours,
            excess_core_hours,
            excess_byte_hours,
        } = held;
        let hours = [
            pod_hours,
            requested_core_hours,
            requested_byte_hours,
            requested_gpu_hours,
            excess_core_hours,
            excess_byte_hours,
        ];
        StoredOccupancy { node, hours: hours.map(nine_digits) }
    });
    let runtimes = runtimes.into_iter().map(|sign| {
        let RuntimeSign { language, version, metric, container } = sign;
        StoredSign { metric, language: language.to_owned(), version, container }
    });
    let software = software.into_iter().map(|SoftwareSign { metric, container }| StoredSign {
        metric: metric.to_owned(),
        language: String::new(),
        version: String::new(),
        container,
    });
    StoredWorkload {
        namespace: id.namespace,
        kind: id.kind,
        name: id.name,
        series,
        held: held.collect(),
        throttled: throttled.map(nine_digits),
        requests_from: requests_from.map(ToOwned::to_owned),
        latency: latency.map(|Latency { p50, p99 }| [p50.seconds(), p99.seconds()].map(nine_digits)),
        response_times: response_times
            .map(|ResponseTimes { mean, scv }| [mean, scv.low(), scv.mid(), scv.high()].map(nine_digits)),
        runtimes: runtimes.collect(),
        software: software.collect(),
    }
}

fn workload(stored: &StoredWorkload, convention: &impl Fn(&str) -> &'static str) -> WorkloadHistory {
    let StoredWorkload { namespace, kind, name, .. } = stored.clone();
    let mut workload = WorkloadHistory::new(WorkloadId { namespace, kind, name });
    for (name, own) in workload.series() {
        if let Some(stored) = stored.series.get(name) {
            *own = series(stored);
        }
    }
    workload.held = stored
        .held
        .iter()
        .map(|StoredOccupancy { node, hours }| {
            let [
                pod_hours,
                requested_core_hours,
                requested_byte_hours,
                requested_gpu_hours,
                excess_core_hours,
                excess_byte_hours,
            ] = *hours;
            let held = Occupancy {
                pod_hours,
                requested_core_hours,
                requested_byte_hours,
                requested_gpu_hours,
                excess_core_hours,
                excess_byte_hours,
            };
            (*node, held)
        })
        .collect();
    workload.throttled = stored.throttled;
    workload.requests_from = stored.requests_from.as_deref().map(convention);
    workload.latency =
        stored.latency.and_then(|[p50, p99]| Some(Latency { p50: Seconds::new(p50)?, p99: Seconds::new(p99)? }));
    workload.response_times = stored
        .response_times
        .and_then(|[mean, low, mid, high]| Some(ResponseTimes { mean, scv: Interval::new(low, mid, high)? }));
    // Signs that only a later version knows are ignored.
    workload.runtimes = stored
        .runtimes
        .iter()
        .filter_map(|sign| RuntimeSign::stored(&sign.metric, &sign.language, &sign.version, sign.container.clone()))
        .collect();
    workload.software = stored
        .software
        .iter()
        .filter_map(|sign| SoftwareSign::of(&sign.metric, sign.container.as_deref().unwrap_or_default()))
        .collect();
    workload
}

fn series(stored: &StoredSeries) -> Series {
    let mut series = Series::default();
    stored.iter().for_each(|(step, number)| series.add(step, number));
    series
}

/// Amounts that determine cost keep nine digits: a dollar in a billion.
fn nine_digits(number: f64) -> f64 {
    format!("{number:.8e}").parse().unwrap_or(number)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::finding::{Code, Finding};

    fn history() -> History {
        let at = |second| jiff::Timestamp::from_second(second).unwrap();
        let grid = Grid::new(Period::new(at(0), at(4 * 3600)).unwrap(), StepSeconds::HOUR);
        let id = WorkloadId { namespace: "a".to_owned(), kind: "Deployment".to_owned(), name: "b".to_owned() };
        let mut workload = WorkloadHistory::new(id);
        for (number, (_, series)) in workload.series().into_iter().enumerate() {
            series.add(1, f64::from(u32::try_from(number).unwrap()) + 0.5);
            series.add(2, 1e9 / 3.0);
        }
        workload.held.insert(
            Some(0),
            Occupancy { pod_hours: 1.0 / 3.0, requested_byte_hours: 1e12 / 7.0, ..Occupancy::default() },
        );
        workload.held.insert(None, Occupancy { excess_core_hours: 2.0, ..Occupancy::default() });
        workload.throttled = Some(0.125);
        workload.requests_from = Some("Istio");
        workload.latency = Some(Latency { p50: Seconds::new(0.01).unwrap(), p99: Seconds::new(0.2).unwrap() });
        workload.response_times = Some(ResponseTimes { mean: 0.02, scv: Interval::new(0.5, 1.0, 2.0).unwrap() });
        let label = |label: &str| if label == "version" { "3.13" } else { "" };
        workload.runtimes = vec![RuntimeSign::of("python_info", label).unwrap()];
        workload.software = vec![SoftwareSign::of("fastapi_app_info", "main").unwrap()];
        let mut hours = Series::default();
        (0..4).for_each(|step| hours.add(step, 1.0));
        let facts = NodeFacts { cpu: Some(CpuMillis::from_cores(4)), ..NodeFacts::default() };
        let id = NodeId { name: "n".to_owned(), provider_id: "aws:///us-east-1a/i-1".to_owned() };
        History {
            grid,
            nodes: vec![NodeHistory { id, hours, facts }],
            workloads: vec![workload],
            coverage: Coverage { hours: 4.0, hours_without_cluster: 0.5, hours_without_usage: 1.0 },
            findings: vec![Finding::info(Code::UsageGap, "x", "y")],
        }
    }

    fn read(stored: &StoredUsage) -> Result<History, InconsistentUsage> {
        History::of_stored(stored, |name| if name == "Istio" { "Istio" } else { "another convention" })
    }

    #[test]
    fn a_history_survives_being_stored() {
        let before = history();
        let text = serde_json::to_string(&before.to_stored()).unwrap();
        let mut after = read(&serde_json::from_str(&text).unwrap()).unwrap();
        let (one, other) = (&before.workloads[0], &mut after.workloads[0]);
        let mut own = one.clone();
        for ((name, before), (_, after)) in own.series().into_iter().zip(other.series()) {
            assert_eq!(before.get(1), after.get(1), "{name}: short numbers stay exact");
            assert!((after.get(2).unwrap() / before.get(2).unwrap() - 1.0).abs() < 5e-4, "{name}");
            *after = before.clone();
        }
        for (node, held) in &one.held {
            assert!((other.held[node].pod_hours - held.pod_hours).abs() < 1e-9);
        }
        other.held = one.held.clone();
        assert_eq!(*other, *one);
        assert_eq!((after.grid, after.coverage, after.findings), (before.grid, before.coverage, before.findings));
        let (one, other) = (&before.nodes[0], &after.nodes[0]);
        assert_eq!((&other.id, &other.hours, other.facts.cpu), (&one.id, &one.hours, one.facts.cpu));
        assert_eq!(
            other.facts.machine(&other.id),
            one.facts.machine(&one.id),
            "what it was is known without its labels"
        );
    }

    #[test]
    fn inconsistent_parts_are_refused() {
        let wrong = |change: fn(&mut StoredUsage)| {
            let mut stored = history().to_stored();
            change(&mut stored);
            read(&stored).map(|_| ()).unwrap_err().to_string()
        };
        assert!(wrong(|stored| stored.until = stored.from).contains("is not before"));
        assert!(wrong(|stored| stored.step_seconds = 1).contains("1 seconds is not a valid step"));
        assert!(wrong(|stored| stored.step_seconds = 7200).contains("a series has more than the 2 steps"));
        assert!(wrong(|stored| stored.nodes.clear()).contains("not in the list"));
    }
}
