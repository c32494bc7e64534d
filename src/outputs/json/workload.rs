//! A plan for many services as `capmodel/workload/v1`.

use super::convert::{all, exchange_rate, money, nodes_of};
use crate::model::estimate::{SizedService, WorkloadPlan};
use crate::model::pricing::Basis;
use crate::outputs::views::workload::why;
use crate::schema::number::DecimalText;
use crate::schema::workload::{NodesAlike, OnCluster, PodsOnNode, Service, Unplaced, Workload, WorkloadSchema};

pub(in crate::outputs) fn document(basis: &Basis, plan: &WorkloadPlan) -> Workload {
    let name = |at: usize| plan.services.get(at).map(|s| s.name.clone()).unwrap_or_default();
    Workload {
        schema: WorkloadSchema::V1,
        feasible: plan.feasible(),
        currency: basis.currency.to_string(),
        exchange_rate: exchange_rate(basis.currency),
        hours_per_month: DecimalText(basis.hours.amount().to_string()),
        services: plan.services.iter().map(service).collect(),
        nodes: nodes_of(&plan.nodes),
        groups: plan
            .packing
            .groups
            .iter()
            .map(|group| NodesAlike {
                instance_type: plan.kinds.get(group.kind).cloned().unwrap_or_default(),
                zone: group.zone.clone(),
                nodes: group.nodes,
                pods_on_each: group
                    .pods
                    .iter()
                    .map(|p| PodsOnNode { service: name(p.workload), pods: p.pods })
                    .collect(),
            })
            .collect(),
        on_cluster: plan.on_cluster.as_ref().map(|room| OnCluster {
            cluster: room.name.clone(),
            pods: room.pods,
            nodes: room.nodes,
        }),
        unplaced: plan
            .packing
            .unplaced
            .iter()
            .map(|u| Unplaced {
                service: u.workload.clone(),
                pods: u.pods,
                constraint: u.constraint.name().to_owned(),
                message: why(&u.constraint),
            })
            .collect(),
        node_cost_per_month: money(plan.node_cost),
        idle_cost_per_month: money(plan.idle_cost),
        share_cost_per_month: money(plan.share_cost),
        lower_bound_per_month: money(plan.lower_bound),
        first_fit_decreasing_cost_per_month: money(plan.first_fit_cost),
        findings: all(&plan.findings),
    }
}

pub(in crate::outputs) fn service(service: &SizedService) -> Service {
    let plan = service.estimate.plan.as_ref().ok();
    let [low, _, high] = plan.and_then(|p| p.pods.percentiles).unwrap_or_default();
    Service {
        name: service.name.clone(),
        profile: service.estimate.profile.clone(),
        policy: service.estimate.policy.clone(),
        feasible: plan.is_some(),
        pods: plan.map(|p| p.sizing.pods),
        pods_p05: low,
        pods_p95: high,
        binding: plan.map(|p| p.sizing.binding.name().to_owned()),
        cpu_millis: plan.map(|p| p.cpu_requested.millis()),
        memory_bytes: plan.map(|p| p.memory_requested.bytes()),
        share_cost_per_month: plan.map(|p| money(p.share_cost.plan)),
    }
}
