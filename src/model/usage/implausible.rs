//! Excludes implausible samples: a pod that existed more often than any node, used more CPU than the largest node
//! has, or used more memory than it has. A single such sample would otherwise dominate a bill
//! (<https://github.com/google/cadvisor/issues/3611>).

use std::collections::{BTreeMap, BTreeSet};

use super::{Grid, NodeId, Observed, Owner, OwnerTable, Series};
use crate::model::finding::{Code, Finding};
use crate::units::{Timestamp, grouped};

/// Cores and memory of the largest machine on the market, for clusters whose node sizes are unknown:
/// `u7inh-32tb.480xlarge` (<https://aws.amazon.com/ec2/instance-types/high-memory/>).
const LARGEST: (f64, f64) = (1920.0, 32.0 * 1024.0 * 1024.0 * 1024.0 * 1024.0);

/// Tolerance for extrapolation: `rate()` extends to the ends of its window by at most half of the distance between
/// two samples at either end (<https://prometheus.io/docs/prometheus/latest/querying/functions/#rate>), which is a
/// tenth with ten samples in a window.
const PROLONGED: f64 = 1.1;

/// Excludes implausible steps of workloads, with findings.
pub(super) fn exclude_implausible_steps(observed: &mut Observed) -> Vec<Finding> {
    let (cores, bytes) = largest_node(observed);
    let Observed { grid, node_samples, workloads, owners, .. } = observed;
    let nodes = most_samples(node_samples);
    let (mut cpu, mut memory, mut copies) = (Beyond::default(), Beyond::default(), Beyond::default());
    for (owner, samples) in workloads {
        let steps = cpu.steps(owner, &samples.cores_of_busiest, |_| Some(cores * PROLONGED));
        let excess = samples.held.values_mut().map(|held| &mut held.excess_core_hours);
        for series in excess.chain([&mut samples.cores, &mut samples.cores_of_busiest, &mut samples.cores_of_sidecars])
        {
            *series = series.map(|step, value| if steps.contains(&step) { f64::NAN } else { value });
        }
        let steps = memory.steps(owner, &samples.memory_peak, |_| Some(bytes));
        let excess = samples.held.values_mut().map(|held| &mut held.excess_byte_hours);
        for series in excess.chain([&mut samples.memory, &mut samples.memory_peak]) {
            *series = series.map(|step, value| if steps.contains(&step) { f64::NAN } else { value });
        }
        // One extra sample depends on which end of the window it falls on.
        let most = |step| nodes.get(step).map(|most| most + 1.0);
        let longest = std::mem::take(&mut samples.running_longest);
        let steps = copies.steps(owner, &longest, most);
        let fair = |step: usize, value: f64| match (steps.contains(&step), longest.get(step), nodes.get(step)) {
            (true, Some(longest), Some(most)) => value * most / longest,
            _ => value,
        };
        let held = samples.held.values_mut().flat_map(|held| {
            [&mut held.running, &mut held.requested_cpu, &mut held.requested_memory, &mut held.requested_gpu]
        });
        for series in held.chain([&mut samples.memory]) {
            *series = series.map(fair);
        }
    }
    let cpu = cpu.finding(*grid, owners, |owner, value, at, excluded| {
        let message = format!(
            "{excluded}: a pod of {owner} seems to have used {value:.0} cores at {at}, but the largest node has {cores:.0}"
        );
        Finding::warning(Code::CpuUsageImplausible, "CPU usage", message)
    });
    let gib = |bytes: f64| bytes / f64::from(1_u32 << 30);
    let memory = memory.finding(*grid, owners, |owner, value, at, excluded| {
        let message = format!(
            "{excluded}: a pod of {owner} seems to have used {:.0} GiB of memory at {at}, but the largest node has {:.0}",
            gib(value),
            gib(bytes)
        );
        Finding::warning(Code::MemoryUsageImplausible, "memory usage", message)
    });
    let copies = copies.finding(*grid, owners, |owner, value, at, _| {
        let message = format!(
            "a pod of {owner} has {value:.0} samples in the step that ends at {at}, more than any node: its metrics are collected more than once, \
             so each pod is counted as often as a node that existed throughout; select one source with --prometheus-matcher"
        );
        Finding::warning(Code::PodsCountedTwice, "pods", message)
    });
    [cpu, memory, copies].into_iter().flatten().collect()
}

fn largest_node(observed: &Observed) -> (f64, f64) {
    let facts = observed.node_facts.values();
    let cores = facts.clone().filter_map(|facts| facts.cpu).chain(observed.present_nodes.iter().map(|(cpu, _)| *cpu));
    let bytes = facts.filter_map(|facts| facts.memory).chain(observed.present_nodes.iter().map(|(_, memory)| *memory));
    let cores = cores.max().map(|cpu| cpu.cores()).filter(|cores| *cores > 0.0);
    let bytes = bytes.max().map(|memory| memory.as_f64()).filter(|bytes| *bytes > 0.0);
    (cores.unwrap_or(LARGEST.0), bytes.unwrap_or(LARGEST.1))
}

/// The largest number of samples of any node, step by step.
pub(super) fn most_samples(nodes: &BTreeMap<NodeId, Series>) -> Series {
    let mut most = Series::default();
    nodes.values().flat_map(Series::iter).for_each(|(step, samples)| most.raise(step, samples));
    most
}

/// Values beyond a bound: the number of steps, the workloads, and the largest value.
#[derive(Default)]
struct Beyond {
    steps: usize,
    owners: BTreeSet<Owner>,
    most: Option<(f64, Owner, usize)>,
}

impl Beyond {
    /// The steps of a workload that exceed the bound.
    fn steps(&mut self, owner: &Owner, series: &Series, bound: impl Fn(usize) -> Option<f64>) -> BTreeSet<usize> {
        let mut steps = BTreeSet::new();
        for (step, value) in series.iter().filter(|(step, value)| bound(*step).is_some_and(|bound| *value > bound)) {
            steps.insert(step);
            if self.most.as_ref().is_none_or(|(most, ..)| value > *most) {
                self.most = Some((value, owner.clone(), step));
            }
        }
        if !steps.is_empty() {
            self.steps += steps.len();
            self.owners.insert(owner.clone());
        }
        steps
    }

    fn finding(
        self,
        grid: Grid,
        owners: &OwnerTable,
        say: impl FnOnce(&str, f64, Timestamp, &str) -> Finding,
    ) -> Option<Finding> {
        let (value, owner, step) = self.most?;
        let at = Timestamp::from_second(grid.end_of(step)).ok()?;
        let plural =
            |count: usize, what: &str| format!("{} {what}{}", grouped(count), if count == 1 { "" } else { "s" });
        let verb = if self.steps == 1 { "is" } else { "are" };
        let (steps, workloads) = (plural(self.steps, "step"), plural(self.owners.len(), "workload"));
        let excluded = format!("{steps} of {workloads} {verb} excluded");
        Some(say(&owners.resolve(&owner).0.to_string(), value, at, &excluded))
    }
}
