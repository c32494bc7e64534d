//! A service's calibration with the steps that it was made of, so that a reader can judge the fit.

use super::demand::Demand;
use super::steps::{busy_pods, largest_node, steps};
use crate::model::calibration::{Busy, Calibration, Step, calibrate_with_steps};
use crate::model::cluster::{Owners, Snapshot, WorkloadId, typical_pod};
use crate::model::usage::History;

/// The calibration of one service, and what was seen of it.
#[derive(Clone, Debug, PartialEq)]
pub struct ServiceFit {
    /// The service.
    pub id: WorkloadId,
    /// What was learned of it.
    pub calibration: Calibration,
    /// Every step in which its requests and its CPU usage are known, in the order of time.
    pub steps: Vec<SeenStep>,
}

/// One step of a service, as the average of its pods.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SeenStep {
    /// Requests per second of one pod.
    pub rate: f64,
    /// CPU usage of one pod in cores, its sidecars apart.
    pub cores: f64,
    /// Whether the curve was fitted to it.
    pub is_used: bool,
}

/// The fit of a service; `None` where it has no pods now, or cannot be calibrated.
pub fn service_fit(id: &WorkloadId, history: &History, snapshot: &Snapshot) -> Option<ServiceFit> {
    let workload = history.workloads.iter().find(|workload| workload.id == *id)?;
    let owners = Owners::new(&snapshot.workloads);
    let pods = snapshot.pods.iter().filter(|pod| !pod.is_terminated() && owners.workload(pod) == *id);
    let pod = typical_pod(&pods.collect::<Vec<_>>())?;
    let demand = Demand::of(workload, &workload.summary(history.grid).requests_per_second)?;
    let all = steps(workload, history.grid, pod, largest_node(snapshot));
    let busy = Busy { rate: demand.busy.mid(), pods: busy_pods(&all) };
    let (calibration, used) = calibrate_with_steps(&all, busy).ok()?;
    let seen = |(index, step): (usize, &Step)| {
        let (rate, cores) = step.requests_per_second.zip(step.cores).filter(|_| step.pods > 0.0)?;
        let is_used = used.binary_search(&index).is_ok();
        Some(SeenStep { rate: rate / step.pods, cores: cores / step.pods, is_used })
    };
    let steps = all.iter().enumerate().filter_map(seen).collect();
    Some(ServiceFit { id: id.clone(), calibration, steps })
}
