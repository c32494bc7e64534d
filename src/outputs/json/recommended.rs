//! The recommended requests of pods, in `capmodel/report/v1`.

use super::convert::cents;
use super::report::consolidation;
use crate::model::nodes::PodRequest;
use crate::model::report;
use crate::model::rightsizing::{AutoscalerRecommendation, NoRecommendation, PodLimits, TargetRecommendation};
use crate::schema::report::{Autoscaler, AutoscalerTarget, Limits, Recommended, Request, Rightsizing};
use crate::units::{Bytes, CpuMillis};

pub(super) fn recommended(recommended: &report::Recommended) -> Recommended {
    let (status, reason) = match &recommended.outcome {
        Ok(_) => ("change", None),
        Err(NoRecommendation::Fits) => ("keep", None),
        Err(reason) => ("none", Some(reason.to_string())),
    };
    let recommendation = recommended.outcome.as_ref().ok();
    Recommended {
        status: status.to_owned(),
        reason,
        now: recommendation.map(|recommendation| request(recommendation.now)),
        request: recommendation.map(|recommendation| request(recommendation.request)),
        limits: recommendation
            .map(|recommendation| recommendation.limits)
            .filter(|limits| *limits != PodLimits::default())
            .map(|limits| Limits {
                cpu_millis: limits.cpu.map(CpuMillis::millis),
                memory_bytes: limits.memory.map(Bytes::bytes),
            }),
        autoscaler: recommendation.and_then(|recommendation| recommendation.autoscaler.as_ref()).map(autoscaler),
        share_saving: recommended.saving.map(cents),
    }
}

fn autoscaler(recommendation: &AutoscalerRecommendation) -> Autoscaler {
    let target = |target: &TargetRecommendation| AutoscalerTarget {
        resource: target.resource.to_owned(),
        now_percent: target.now,
        target_percent: target.target,
    };
    Autoscaler {
        name: recommendation.name.clone(),
        min_replicas: recommendation.min_replicas,
        max_replicas: recommendation.max_replicas,
        targets: recommendation.targets.iter().map(target).collect(),
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
