//! The plan for many services on shared nodes.

use serde::Serialize;

use crate::model::estimate::{OnCluster, WorkloadPlan};
use crate::model::packing::NodeResource;
use crate::model::packing::{PackConstraint, Unplaced};
use crate::model::pricing::Basis;
use crate::outputs::amount::{resource_amounts, seconds};
use crate::outputs::document::{Document, Table};
use crate::outputs::findings::merged;
use crate::outputs::number::{bytes, count, cpu, dollars, money, plural, rounded_count, significant};
use crate::outputs::text::NOT_INCLUDED;

/// The document of a workload's plan: services, nodes, and pods that could not be placed.
pub(in crate::outputs) fn document(basis: &Basis, plan: &WorkloadPlan) -> Document {
    let mut document = Document::default();
    let services = plural(plan.services.len() as u64, "service", "services");
    document.headline(&services, &summary(basis, plan), &basis_of(basis));
    document.table(self::services(basis, plan));
    document.table(nodes(basis, plan));
    document.notes(notes(basis, plan));
    document.findings(merged(&plan.findings));
    document
}

fn summary(basis: &Basis, plan: &WorkloadPlan) -> String {
    let nodes = plural(plan.packing.nodes(), "node", "nodes");
    let all = if plan.feasible() { "" } else { ", not all services placed" };
    format!("{nodes}, {} per month{all}", basis.currency.amount(dollars(plan.node_cost)))
}

fn basis_of(basis: &Basis) -> String {
    format!(
        "{} {}, {}, prices of {} · {} h/month · {}",
        basis.provider.title(),
        basis.region,
        basis.capacity_type.name(),
        basis.prices_of.on_demand_date,
        basis.hours.amount(),
        basis.currency.rate_in_words().unwrap_or_else(|| basis.currency.to_string())
    )
}

fn services(basis: &Basis, plan: &WorkloadPlan) -> Table {
    let share = format!("{}/month, share", basis.currency.symbol());
    let head = ["service", "profile", "policy", "pods", "constraint", "p99", "CPU", "memory", &share];
    let mut table =
        Table::new(head).with_text(&[1, 2, 4]).with_dropped(&[4, 5, 2, 7, 6, 1]).titled("Services").sortable();
    for service in &plan.services {
        let estimate = &service.estimate;
        let head = [service.name.clone(), estimate.profile.clone(), estimate.policy.clone()];
        let cells = match &estimate.plan {
            Err(why) => vec!["infeasible".to_owned(), why.constraint.name().to_owned()],
            Ok(p) => {
                let spread = match p.pods.percentiles {
                    Some([Some(low), _, Some(high)]) if (low, high) != (p.pods.plan, p.pods.plan) => {
                        format!(" ({}–{})", rounded_count(low), rounded_count(high))
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
        table.row(head.into_iter().chain(cells));
    }
    table
}

fn nodes(basis: &Basis, plan: &WorkloadPlan) -> Table {
    let unit = basis.currency.symbol();
    let mut table =
        Table::new(["nodes", "count", &format!("{unit}/hour each"), &format!("{unit}/month")]).titled("Nodes");
    for (name, number, price) in &plan.nodes {
        let month = *price * *number * basis.hours;
        table.row([name.clone(), count(*number), price.amount().normalize().to_string(), money(month)]);
    }
    let number = plan.packing.nodes();
    table.row(["total".to_owned(), count(number), String::new(), money(plan.node_cost)]);
    table.part(["of which idle".to_owned(), String::new(), String::new(), money(plan.idle_cost)]);
    table.row([
        if plan.packing.unplaced.is_empty() && plan.feasible() {
            "the same pods in a shared cluster".to_owned()
        } else {
            "all planned pods in a shared cluster".to_owned()
        },
        String::new(),
        String::new(),
        money(plan.share_cost),
    ]);
    table
}

fn notes(basis: &Basis, plan: &WorkloadPlan) -> Vec<String> {
    let mut notes: Vec<String> = plan.packing.unplaced.iter().map(unplaced).collect();
    if let Some(OnCluster { name, pods, nodes }) = &plan.on_cluster {
        let (pods, nodes) = (plural(*pods, "pod", "pods"), plural(*nodes, "node", "nodes"));
        notes.push(format!("{pods} fit on the free capacity of {nodes} of {name}; the nodes above are for the rest."));
    }
    for service in &plan.services {
        if let Err(why) = &service.estimate.plan {
            notes.push(format!(
                "No feasible plan for {} ({}). Run capmodel estimate with its profile and policy for details.",
                service.name,
                why.constraint.name()
            ));
        }
    }
    if let Some(gap) = plan.packing.gap() {
        notes.push(format!(
            "Lower bound (nodes of any size): {} per month; this plan is {}% above it. First-fit decreasing would cost {}.",
            basis.currency.amount(money(plan.lower_bound)),
            significant(100.0 * gap, 2),
            basis.currency.amount(money(plan.first_fit_cost))
        ));
    }
    if plan.services.iter().any(|s| s.estimate.plan.as_ref().is_ok_and(|plan| plan.pods.percentiles.is_some())) {
        notes.push("Ranges are the 5th to 95th percentile of the pods; nodes are those of the plan.".to_owned());
    }
    notes.push(NOT_INCLUDED.to_owned());
    notes
}

fn unplaced(unplaced: &Unplaced) -> String {
    format!(
        "{} of {} cannot be scheduled: {}.",
        plural(unplaced.pods, "pod", "pods"),
        unplaced.workload,
        why(&unplaced.constraint)
    )
}

pub(in crate::outputs) fn why(constraint: &PackConstraint) -> String {
    match constraint {
        PackConstraint::NoNodes => "there is no instance type to choose from".to_owned(),
        PackConstraint::Arch { needed } => format!("no type is {needed}"),
        PackConstraint::Label { key, needed, available } => format!(
            "no node has the label {key}={needed}{}; use only labels that every node of a type has",
            if available.is_empty() { String::new() } else { format!(" (nodes have {})", available.join(", ")) }
        ),
        PackConstraint::Taint { taint } => format!("the service does not tolerate the taint {taint}"),
        PackConstraint::Room { resource, needed, available } => {
            let (needed, available) = match resource.as_str() {
                "cpu" => resource_amounts(NodeResource::Cpu, *needed, *available),
                "memory" => resource_amounts(NodeResource::Memory, *needed, *available),
                _ => (count(*needed), count(*available)),
            };
            format!("a pod needs {needed} of {resource}, and the largest node offers {available}")
        }
        PackConstraint::PodsPerNode { allowed } => format!("at most {allowed} of them may run on one node"),
        PackConstraint::ZoneSkew { allowed, full: Some(full) } => {
            format!("zone {full} is full and maxSkew is {allowed}")
        }
        PackConstraint::ZoneSkew { allowed, full: None } => {
            format!("there are fewer zones than they must be spread over, and maxSkew is {allowed}")
        }
    }
}

/// Rows of a spreadsheet, one per service.
pub(in crate::outputs) fn csv_rows(plan: &WorkloadPlan) -> impl Iterator<Item = impl Serialize> + '_ {
    plan.services.iter().map(crate::outputs::json::workload::service)
}
