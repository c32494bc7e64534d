//! Many services on shared nodes.

use serde::Serialize;

use super::explain::{rooms, seconds};
use super::json::v1;
use super::layout::Layout;
use super::number::{End, bytes, count, cpu, money, plural, rough_count, significant};
use super::text::{NOT_IN_IT, merged, wrap};
use crate::model::packing::{PackConstraint, Unplaced};
use crate::model::{Basis, NodeResource, Severity, SizedService, WorkloadPlan};

pub(super) fn plain(basis: &Basis, plan: &WorkloadPlan, width: usize) -> String {
    let mut out = wrap(&headline(basis, plan), width, 2);
    out.push('\n');
    out.push_str(&services(plan).plain());
    out.push('\n');
    out.push_str(&nodes(basis, plan).plain());
    out.push('\n');
    for line in notes(plan) {
        out.push_str(&wrap(&line, width, 2));
    }
    out
}

pub(super) fn markdown(basis: &Basis, plan: &WorkloadPlan) -> String {
    let mut out =
        format!("**{}**\n\n{}\n{}\n", headline(basis, plan), services(plan).markdown(), nodes(basis, plan).markdown());
    for line in notes(plan) {
        out.push_str(&format!("- {line}\n"));
    }
    out
}

fn headline(basis: &Basis, plan: &WorkloadPlan) -> String {
    format!(
        "{} · {} {}, {}, prices of {} · {} h/month · USD",
        plural(plan.services.len() as u64, "service", "services"),
        basis.provider.title(),
        basis.region,
        basis.capacity_type.name(),
        basis.prices_of.on_demand_date,
        basis.hours.amount()
    )
}

fn services(plan: &WorkloadPlan) -> Layout {
    let head = ["service", "profile", "policy", "pods", "set by", "p99", "CPU", "memory", "$/month, share"];
    let mut layout = Layout::new(head);
    layout.text_columns = vec![1, 2, 4];
    for service in &plan.services {
        let estimate = &service.estimate;
        let head = [service.name.clone(), estimate.profile.clone(), estimate.policy.clone()];
        let cells = match &estimate.plan {
            Err(why) => vec!["none".to_owned(), why.constraint.name().to_owned()],
            Ok(p) => {
                let spread = match p.pods.percentiles {
                    Some([Some(low), _, Some(high)]) if (low, high) != (p.pods.plan, p.pods.plan) => {
                        format!(" ({}–{})", rough_count(low, End::Low), rough_count(high, End::High))
                    }
                    _ => String::new(),
                };
                vec![
                    format!("{}{spread}", count(p.pods.plan)),
                    p.sizing.binding.name().to_owned(),
                    seconds(p.latency.p99),
                    cpu(p.cpu_requested),
                    bytes(p.memory_requested),
                    money(p.share_cost.plan),
                ]
            }
        };
        layout.row(head.into_iter().chain(cells));
    }
    layout
}

fn nodes(basis: &Basis, plan: &WorkloadPlan) -> Layout {
    let mut layout = Layout::new(["nodes", "number", "$/hour each", "$/month"]);
    for (name, number, price) in &plan.nodes {
        let month = *price * *number * basis.hours;
        layout.row([name.clone(), count(*number), price.amount().normalize().to_string(), money(month)]);
    }
    let number = plan.packing.nodes();
    layout.row(["all".to_owned(), count(number), String::new(), money(plan.node_cost)]);
    layout.row(["  of which idle".to_owned(), String::new(), String::new(), money(plan.idle_cost)]);
    layout.row([
        "the same requests in a shared cluster".to_owned(),
        String::new(),
        String::new(),
        money(plan.share_cost),
    ]);
    layout
}

fn notes(plan: &WorkloadPlan) -> Vec<String> {
    let mut notes: Vec<String> = plan.packing.unplaced.iter().map(unplaced).collect();
    for service in &plan.services {
        if let Err(why) = &service.estimate.plan {
            notes.push(format!(
                "No plan for {}: {}; run capmodel estimate with its profile and policy for the numbers.",
                service.name,
                why.constraint.name()
            ));
        }
    }
    if let Some(gap) = plan.packing.gap() {
        notes.push(format!(
            "Lower bound, where nodes could be cut to size: {} $ a month; this plan is {} % above it. First-fit decreasing: {} $.",
            money(plan.lower_bound),
            significant(100.0 * gap, 2),
            money(plan.first_fit_cost)
        ));
    }
    notes.push("(low–high): 5th to 95th percentile of the pods; nodes are for the plan.".to_owned());
    notes.push(NOT_IN_IT.to_owned());
    for (severity, subject, message) in merged(plan.findings.iter()) {
        let mark = if severity == Severity::Warning { "warning" } else { "note" };
        notes.push(format!("{mark}: {subject}: {message}"));
    }
    notes
}

fn unplaced(unplaced: &Unplaced) -> String {
    format!(
        "No node for {} of {}: {}.",
        plural(unplaced.pods, "pod", "pods"),
        unplaced.workload,
        why(&unplaced.constraint)
    )
}

fn why(constraint: &PackConstraint) -> String {
    match constraint {
        PackConstraint::NoNodes => "there is no instance type to choose from".to_owned(),
        PackConstraint::Arch { needed } => format!("no type is {needed}"),
        PackConstraint::Label { key, needed, available } => format!(
            "no node has the label {key}={needed} (there is {}); name only labels that every node of a type has",
            if available.is_empty() { "none".to_owned() } else { available.join(", ") }
        ),
        PackConstraint::Taint { taint } => format!("it does not tolerate the taint {taint}"),
        PackConstraint::Room { resource, needed, available } => {
            let (needed, available) = match resource.as_str() {
                "cpu" => rooms(NodeResource::Cpu, *needed, *available),
                "memory" => rooms(NodeResource::Memory, *needed, *available),
                _ => (count(*needed), count(*available)),
            };
            format!("a pod needs {needed} of {resource}, the largest node offers {available}")
        }
        PackConstraint::PodsPerNode { allowed } => format!("a node may run {allowed} of them"),
        PackConstraint::ZoneSkew { allowed, full: Some(full) } => {
            format!("zone {full} is full and the skew allowed is {allowed}")
        }
        PackConstraint::ZoneSkew { allowed, full: None } => {
            format!("there are fewer zones than they must be spread over, and the skew allowed is {allowed}")
        }
    }
}

/// Schema `capmodel/workload/v1`.
#[derive(Debug, Serialize)]
pub(super) struct Document {
    schema: &'static str,
    feasible: bool,
    currency: &'static str,
    hours_per_month: String,
    services: Vec<Service>,
    nodes: Vec<Node>,
    groups: Vec<Group>,
    unplaced: Vec<NotPlaced>,
    node_cost_per_month: String,
    idle_cost_per_month: String,
    share_cost_per_month: String,
    lower_bound_per_month: String,
    first_fit_decreasing_cost_per_month: String,
    findings: Vec<v1::Finding>,
}

#[derive(Debug, Serialize)]
struct Service {
    name: String,
    profile: String,
    policy: String,
    feasible: bool,
    pods: Option<u64>,
    pods_p05: Option<u64>,
    pods_p95: Option<u64>,
    binding: Option<&'static str>,
    cpu_millis: Option<u64>,
    memory_bytes: Option<u64>,
    share_cost_per_month: Option<String>,
}

#[derive(Debug, Serialize)]
struct Node {
    instance_type: String,
    count: u64,
    price_per_hour: String,
}

#[derive(Debug, Serialize)]
struct Group {
    instance_type: String,
    zone: Option<String>,
    nodes: u64,
    pods_on_each: Vec<Placed>,
}

#[derive(Debug, Serialize)]
struct Placed {
    service: String,
    pods: u64,
}

#[derive(Debug, Serialize)]
struct NotPlaced {
    service: String,
    pods: u64,
    constraint: String,
    message: String,
}

pub(super) fn document(basis: &Basis, plan: &WorkloadPlan) -> Document {
    let name = |at: usize| plan.services.get(at).map(|s| s.name.clone()).unwrap_or_default();
    Document {
        schema: "capmodel/workload/v1",
        feasible: plan.feasible(),
        currency: basis.currency,
        hours_per_month: basis.hours.amount().to_string(),
        services: plan.services.iter().map(service).collect(),
        nodes: plan
            .nodes
            .iter()
            .map(|(name, count, price)| Node {
                instance_type: name.clone(),
                count: *count,
                price_per_hour: price.amount().normalize().to_string(),
            })
            .collect(),
        groups: plan
            .packing
            .groups
            .iter()
            .map(|group| Group {
                instance_type: basis.candidates.get(group.kind).map(|c| c.instance.name.clone()).unwrap_or_default(),
                zone: group.zone.clone(),
                nodes: group.nodes,
                pods_on_each: group.pods.iter().map(|p| Placed { service: name(p.workload), pods: p.pods }).collect(),
            })
            .collect(),
        unplaced: plan
            .packing
            .unplaced
            .iter()
            .map(|u| NotPlaced {
                service: u.workload.clone(),
                pods: u.pods,
                constraint: u.constraint.name().to_owned(),
                message: why(&u.constraint),
            })
            .collect(),
        node_cost_per_month: v1::money(plan.node_cost),
        idle_cost_per_month: v1::money(plan.idle_cost),
        share_cost_per_month: v1::money(plan.share_cost),
        lower_bound_per_month: v1::money(plan.lower_bound),
        first_fit_decreasing_cost_per_month: v1::money(plan.first_fit_cost),
        findings: plan.findings.iter().map(Into::into).collect(),
    }
}

fn service(service: &SizedService) -> Service {
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
        binding: plan.map(|p| p.sizing.binding.name()),
        cpu_millis: plan.map(|p| p.cpu_requested.millis()),
        memory_bytes: plan.map(|p| p.memory_requested.bytes()),
        share_cost_per_month: plan.map(|p| v1::money(p.share_cost.plan)),
    }
}

/// One row of a spreadsheet: a service.
pub(super) fn csv_rows(plan: &WorkloadPlan) -> impl Iterator<Item = impl Serialize> + '_ {
    plan.services.iter().map(service)
}
