//! Many services on nodes that they share: each is sized alone, all are packed together.

use super::cluster::Toleration;
use super::packing::{NodeKind, PackWorkload, Packing, Resources, ZoneSpread, pack};
use super::{Arch, Basis, Estimate, Finding};
use crate::units::{Money, MoneyPerHour};
use std::collections::{BTreeMap, BTreeSet};

/// A service that was sized, and where its pods may run.
#[derive(Clone, Debug, PartialEq)]
pub struct SizedService {
    /// Its name.
    pub name: String,
    /// Its pods and why.
    pub estimate: Estimate,
    /// Instruction set of its image.
    pub arch: Arch,
    /// Labels that a node must have.
    pub selector: BTreeMap<String, String>,
    /// Keys of taints that it tolerates.
    pub tolerations: BTreeSet<String>,
    /// Largest difference between zones; `None` where its policy spreads over none.
    pub max_zone_skew: Option<u64>,
    /// Most of its pods on one node.
    pub max_per_node: Option<u64>,
}

/// The services on the cheapest nodes that hold them all.
#[derive(Clone, Debug, PartialEq)]
pub struct WorkloadPlan {
    /// In the order of the file.
    pub services: Vec<SizedService>,
    /// Which nodes, and what runs on each.
    pub packing: Packing,
    /// Nodes by type: name, number, price of one.
    pub nodes: Vec<(String, u64, MoneyPerHour)>,
    /// Price of the nodes for the month.
    pub node_cost: Money,
    /// Part of it that no pod asked for.
    pub idle_cost: Money,
    /// Cost of the requests in a cluster that many share.
    pub share_cost: Money,
    /// What no nodes can be cheaper than, for the month.
    pub lower_bound: Money,
    /// What first-fit decreasing would cost for the month.
    pub first_fit_cost: Money,
    /// What a reader must know.
    pub findings: Vec<Finding>,
}

impl WorkloadPlan {
    /// Whether every service has a plan and every pod a node.
    pub fn feasible(&self) -> bool {
        self.packing.unplaced.is_empty() && self.services.iter().all(|s| s.estimate.plan.is_ok())
    }

    /// Whether a pod of any service has a node.
    pub fn any_placed(&self) -> bool {
        !self.packing.groups.is_empty()
    }
}

/// Packs the services onto the candidates of the basis, in so many zones.
pub fn plan_workload(services: Vec<SizedService>, basis: &Basis, zones: u32) -> WorkloadPlan {
    let zone_names: Vec<String> =
        if zones > 1 { (1..=zones).map(|n| format!("{}-{n}", basis.region)).collect() } else { Vec::new() };
    let kinds: Vec<NodeKind> = basis
        .candidates
        .iter()
        .enumerate()
        .map(|(at, c)| NodeKind::of_candidate(at, c, basis.capacity_type, &basis.daemonsets, &zone_names))
        .collect();
    // A service without a plan has no pods to place; its estimate says why.
    let workloads: Vec<PackWorkload> = services.iter().map(|service| pack_workload(service, zones)).collect();
    let packing = pack(&workloads, &kinds, &[]);
    let mut by_kind: BTreeMap<usize, u64> = BTreeMap::new();
    for group in &packing.groups {
        *by_kind.entry(group.kind).or_default() += group.nodes;
    }
    let nodes = by_kind.iter().map(|(kind, count)| (kinds[*kind].name.clone(), *count, kinds[*kind].price)).collect();
    let share = |cpu, memory| basis.share.price.cost_per_hour(cpu, memory);
    let mut requested = MoneyPerHour::default();
    let mut share_cost = Money::default();
    for group in &packing.groups {
        let instance = &basis.candidates[kinds[group.kind].candidate].instance;
        let whole = share(crate::units::CpuMillis::from_cores(instance.vcpu), instance.memory);
        for placed in &group.pods {
            let request = &workloads[placed.workload].request;
            let part = share(request.cpu, request.memory) * (placed.pods * group.nodes);
            if let Some(of_node) = part.amount().checked_div(whole.amount()) {
                requested = requested + kinds[group.kind].price * of_node;
            }
        }
    }
    for service in &services {
        if let Ok(plan) = &service.estimate.plan {
            share_cost = share_cost + plan.share_cost.plan;
        }
    }
    let month = |price: MoneyPerHour| price * basis.hours;
    let node_cost = month(packing.cost_per_hour);
    let mut findings = basis.findings.clone();
    findings.extend(services.iter().flat_map(|s| &s.estimate.findings).cloned());
    findings.sort();
    findings.dedup();
    WorkloadPlan {
        idle_cost: node_cost - month(requested),
        lower_bound: month(packing.lower_bound_per_hour),
        first_fit_cost: month(packing.first_fit_decreasing_cost_per_hour),
        services,
        nodes,
        node_cost,
        share_cost,
        packing,
        findings,
    }
}

fn pack_workload(service: &SizedService, zones: u32) -> PackWorkload {
    let plan = service.estimate.plan.as_ref().ok();
    let requested = plan.map(|plan| plan.shape.requested());
    PackWorkload {
        name: service.name.clone(),
        pods: plan.map_or(0, |plan| plan.sizing.pods),
        request: Resources {
            cpu: requested.map_or_else(Default::default, |r| r.cpu),
            memory: requested.map_or_else(Default::default, |r| r.memory),
            extended: BTreeMap::new(),
        },
        arch: Some(service.arch),
        selector: service.selector.clone(),
        tolerations: service.tolerations.iter().map(|key| Toleration::of_key(key)).collect(),
        // One zone satisfies every skew.
        zone_spread: service.max_zone_skew.filter(|_| zones > 1).map(ZoneSpread::of_skew),
        max_per_node: service.max_per_node,
    }
}
