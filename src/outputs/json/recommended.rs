//! What pods should request, in `capmodel/report/v1`.

use serde::Serialize;

use super::report::{Consolidation, cents, consolidation};
use crate::model::report;
use crate::model::rightsizing::{AutoscalerAdvice, NoAdvice, PodLimits, PodRequest, TargetAdvice};
use crate::units::{Bytes, CpuMillis};

#[derive(Debug, Serialize)]
pub(super) struct Recommended {
    /// `change`: these requests and targets, all together; `keep`: they fit; `none`: nothing can be said.
    status: &'static str,
    /// Why nothing is advised.
    reason: Option<String>,
    now: Option<Request>,
    request: Option<Request>,
    /// Limits that have to rise with the request; `null` where they need not.
    limits: Option<Limits>,
    /// What its autoscaler is to be set to with the request; `null` where it does not depend on it.
    autoscaler: Option<Autoscaler>,
    /// Of the nodes' price what the workload would not have paid; nobody saves it as long as the nodes are there.
    /// `null` where no price of its nodes is known.
    share_saving: Option<String>,
}

#[derive(Debug, Serialize)]
struct Request {
    cpu_millis: u64,
    memory_bytes: u64,
}

#[derive(Debug, Serialize)]
struct Limits {
    cpu_millis: Option<u64>,
    memory_bytes: Option<u64>,
}

#[derive(Debug, Serialize)]
struct Autoscaler {
    name: String,
    /// As they are.
    min_replicas: u32,
    max_replicas: u32,
    targets: Vec<Target>,
}

#[derive(Debug, Serialize)]
struct Target {
    resource: &'static str,
    now_percent: u32,
    target_percent: u32,
}

#[derive(Debug, Serialize)]
pub(super) struct Rightsizing {
    workloads: u64,
    share_saving: Option<String>,
    /// The fewest nodes for the pods that run now, with the requests that are advised.
    nodes: Option<Consolidation>,
}

pub(super) fn recommended(recommended: &report::Recommended) -> Recommended {
    let (status, reason) = match &recommended.advice {
        Ok(_) => ("change", None),
        Err(NoAdvice::Fits) => ("keep", None),
        Err(reason) => ("none", Some(reason.to_string())),
    };
    let advice = recommended.advice.as_ref().ok();
    Recommended {
        status,
        reason,
        now: advice.map(|advice| request(advice.now)),
        request: advice.map(|advice| request(advice.request)),
        limits: advice.map(|advice| advice.limits).filter(|limits| *limits != PodLimits::default()).map(|limits| {
            Limits { cpu_millis: limits.cpu.map(CpuMillis::millis), memory_bytes: limits.memory.map(Bytes::bytes) }
        }),
        autoscaler: advice.and_then(|advice| advice.autoscaler.as_ref()).map(autoscaler),
        share_saving: recommended.saving.map(cents),
    }
}

fn autoscaler(advice: &AutoscalerAdvice) -> Autoscaler {
    let target = |target: &TargetAdvice| Target {
        resource: target.resource,
        now_percent: target.now,
        target_percent: target.target,
    };
    Autoscaler {
        name: advice.name.clone(),
        min_replicas: advice.min_replicas,
        max_replicas: advice.max_replicas,
        targets: advice.targets.iter().map(target).collect(),
    }
}

fn request(request: PodRequest) -> Request {
    Request { cpu_millis: request.cpu.millis(), memory_bytes: request.memory.bytes() }
}

pub(super) fn rightsizing(found: &report::Rightsizing) -> Rightsizing {
    Rightsizing {
        workloads: found.workloads,
        share_saving: found.share_saving.map(cents),
        nodes: found.nodes.as_ref().map(consolidation),
    }
}
