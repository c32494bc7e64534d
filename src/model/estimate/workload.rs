//! Several services on shared nodes: each is sized separately, and all are packed together.

use super::{ClusterCapacity, Estimate};
use crate::model::cluster::Toleration;
use crate::model::finding::Finding;
use crate::model::nodes::Arch;
use crate::model::packing::{NodeKind, PackWorkload, Packing, Resources, ZoneSpread, pack};
use crate::model::pricing::Basis;
use crate::units::{Money, MoneyPerHour};
use std::collections::{BTreeMap, BTreeSet};

/// A sized service and its placement constraints.
#[derive(Clone, Debug, PartialEq)]
pub struct SizedService {
    /// Name of the service.
    pub name: String,
    /// Sizing of the service.
    pub estimate: Estimate,
    /// CPU architecture of its image.
    pub arch: Arch,
    /// Labels that a node must have (node selector).
    pub selector: BTreeMap<String, String>,
    /// Keys of taints that it tolerates.
    pub tolerations: BTreeSet<String>,
    /// Maximum difference between zones (topology spread); `None` if its policy does not spread over zones.
    pub max_zone_skew: Option<u64>,
    /// Maximum number of its pods per node.
    pub max_per_node: Option<u64>,
}

/// The services on the cheapest set of nodes found that holds them all.
#[derive(Clone, Debug, PartialEq)]
pub struct WorkloadPlan {
    /// Services in the order of the file.
    pub services: Vec<SizedService>,
    /// Nodes and the pods on each.
    pub packing: Packing,
    /// Nodes by type: name, number, and price per node and hour.
    pub nodes: Vec<(String, u64, MoneyPerHour)>,
    /// Names of the node kinds that `packing` refers to by index.
    pub kinds: Vec<String>,
    /// Pods placed on the free capacity of a cluster, if one is given.
    pub on_cluster: Option<OnCluster>,
    /// Cost of the nodes per month.
    pub node_cost: Money,
    /// Part of `node_cost` that no pod requested.
    pub idle_cost: Money,
    /// Cost of the requests per month in a shared cluster.
    pub share_cost: Money,
    /// Lower bound of the node cost per month.
    pub lower_bound: Money,
    /// Node cost per month with first-fit decreasing.
    pub first_fit_cost: Money,
    /// Findings about the plan.
    pub findings: Vec<Finding>,
}

/// Pods on the free capacity of a cluster.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OnCluster {
    /// Name of the cluster.
    pub name: String,
    /// Number of pods placed on its existing nodes.
    pub pods: u64,
    /// Number of existing nodes that receive pods.
    pub nodes: u64,
}

impl WorkloadPlan {
    /// Whether every service has a plan and every pod a node.
    pub fn feasible(&self) -> bool {
        self.packing.unplaced.is_empty() && self.services.iter().all(|s| s.estimate.plan.is_ok())
    }

    /// Whether any pod of any service has a node.
    pub fn any_placed(&self) -> bool {
        !self.packing.groups.is_empty() || !self.packing.existing.is_empty()
    }
}

/// Packs the services onto the candidate types of the basis in `zones` zones; or, if a cluster is given, onto its
/// free capacity and new nodes of its own types in its own zones.
pub fn plan_workload(
    services: Vec<SizedService>,
    basis: &Basis,
    zones: u32,
    room: Option<&ClusterCapacity>,
) -> WorkloadPlan {
    let existing = room.map_or(&[][..], |room| &room.existing);
    let own_zones: BTreeSet<&String> = existing.iter().filter_map(|node| node.zone.as_ref()).collect();
    let zones = room.map_or(zones, |_| u32::try_from(own_zones.len()).unwrap_or(u32::MAX));
    let zone_names: Vec<String> =
        if zones > 1 { (1..=zones).map(|n| format!("{}-{n}", basis.region)).collect() } else { Vec::new() };
    let of_candidate =
        |(at, candidate)| NodeKind::of_candidate(at, candidate, basis.capacity_type, &basis.daemonsets, &zone_names);
    let kinds: Vec<NodeKind> = match room {
        Some(room) => room.kinds.clone(),
        None => basis.candidates.iter().enumerate().map(of_candidate).collect(),
    };
    // A service without a plan has no pods to place; its estimate says why.
    let workloads: Vec<PackWorkload> = services.iter().map(|service| pack_workload(service, zones)).collect();
    let packing = pack(&workloads, &kinds, existing);
    let mut by_kind: BTreeMap<usize, u64> = BTreeMap::new();
    for group in &packing.groups {
        *by_kind.entry(group.kind).or_default() += group.nodes;
    }
    let nodes = by_kind.iter().map(|(kind, count)| (kinds[*kind].name.clone(), *count, kinds[*kind].price)).collect();
    let share = |cpu, memory| basis.share.price.cost_per_hour(cpu, memory);
    let mut requested = MoneyPerHour::default();
    let mut share_cost = Money::default();
    for group in &packing.groups {
        let kind = &kinds[group.kind];
        let whole = match room {
            // The capacity of an empty node of the cluster.
            Some(_) => share(kind.offer.free.cpu, kind.offer.free.memory),
            None => {
                let instance = &basis.candidates[kind.candidate].instance;
                share(crate::units::CpuMillis::from_cores(instance.vcpu), instance.memory)
            }
        };
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
        kinds: kinds.into_iter().map(|kind| kind.name).collect(),
        on_cluster: room.map(|room| OnCluster {
            name: room.name.clone(),
            pods: packing.existing.iter().flat_map(|node| &node.pods).map(|pods| pods.pods).sum(),
            nodes: u64::try_from(packing.existing.len()).unwrap_or(u64::MAX),
        }),
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
    let requested = plan.map(|plan| plan.shape.room());
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
