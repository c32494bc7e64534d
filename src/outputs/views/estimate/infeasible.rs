//! Explains why there is no plan, and what would make one possible.

use crate::model::estimate::{Estimate, FrontierPoint, LargerRequest, Question, RejectionReason};
use crate::model::packing::NodeResource;
use crate::model::sizing::Constraint;
use crate::outputs::amount::{amounts, resource_amounts, seconds};
use crate::outputs::document::Table;
use crate::outputs::number::{bytes, count, cpu, dollars, plural};
use crate::units::Currency;

/// Explains why there is no plan, and what would make one possible.
pub(super) fn infeasible(question: &Question, estimate: &Estimate) -> Option<String> {
    let name = format!("{} under {}", estimate.profile, estimate.policy);
    let plan = match &estimate.plan {
        Err(why) => {
            let (needed, available) = amounts(why.constraint, why.needed, why.available);
            let works =
                if frontier(estimate, question.basis.currency).is_some() { " Feasible objectives:" } else { "" };
            return Some(match why.constraint {
                Constraint::Cpu => format!(
                    "No plan for {name}: an idle pod already uses {needed} of CPU, but its request leaves {available}: raise the CPU request."
                ),
                Constraint::Memory => format!(
                    "No plan for {name}: one request in flight needs {needed} of memory, but the memory request leaves {available}: raise it."
                ),
                _ if question.service(estimate).is_some_and(|s| s.work.wait.interval.mid() >= why.available) => {
                    format!(
                        "No plan for {name}: waiting downstream alone takes as long as the p99 objective of {available}; raise the objective or reduce the wait.{works}"
                    )
                }
                _ => format!(
                    "No plan for {name}: a single request already takes {needed} at p99, so no number of pods can meet {available}; {}.{works}",
                    larger_request(estimate)
                ),
            });
        }
        Ok(plan) => plan,
    };
    if plan.nodes.is_some() {
        return None;
    }
    let room = estimate.rejected.iter().filter(|e| matches!(e.reason, RejectionReason::Room { .. })).count();
    let lacks = estimate.rejected.iter().filter_map(|e| match e.reason {
        RejectionReason::Room { resource, needed, available } => Some((resource, available, needed, &e.instance_type)),
        RejectionReason::Price { .. } => None,
    });
    // The type that offers most of the resource that most types lack; ties go to the first by name.
    let closest = lacks.max_by(|a, b| (a.0, a.1).cmp(&(b.0, b.1)).then(b.3.cmp(a.3))).map(
        |(resource, available, needed, name)| {
            let (needed, available) = resource_amounts(resource, needed, available);
            format!("; the closest, {name}, is short of {} (needs {needed}, has {available})", resource_name(resource))
        },
    );
    Some(format!(
        "No nodes for {name}: a pod of {} and {} does not fit on any of {} considered{}.",
        cpu(question.service(estimate)?.resources.cpu_request),
        bytes(plan.shape.resources.memory_request),
        plural(room as u64, "instance type", "instance types"),
        closest.unwrap_or_default()
    ))
}

/// Name of a node resource within a sentence.
fn resource_name(resource: NodeResource) -> &'static str {
    match resource {
        NodeResource::Cpu => "CPU",
        other => other.name(),
    }
}

/// Whether a plan would be possible with a larger CPU request.
fn larger_request(estimate: &Estimate) -> String {
    let larger = estimate.frontier.as_ref().and_then(|frontier| frontier.larger_request.as_ref());
    match larger {
        Some(LargerRequest { cpu_request, pods: Some(pods), .. }) => {
            format!("a CPU request of {} would, with {}", cpu(*cpu_request), plural(*pods, "pod", "pods"))
        }
        Some(LargerRequest { cpu_request, least_p99, .. }) => {
            format!("nor can a larger CPU request ({} with {})", seconds(*least_p99), cpu(*cpu_request))
        }
        None => "a larger CPU request has no plan either".to_owned(),
    }
}

/// Objectives that can be met if the given one cannot.
pub(super) fn frontier(estimate: &Estimate, currency: Currency) -> Option<Table> {
    let points = &estimate.frontier.as_ref()?.points;
    if points.is_empty() {
        return None;
    }
    let line = |label: &str, cell: fn(&FrontierPoint) -> String| {
        [label.to_owned()].into_iter().chain(points.iter().map(cell)).collect::<Vec<_>>()
    };
    let title = format!("Objectives that hold: {} under {}", estimate.profile, estimate.policy);
    let mut table = Table::new(line("objective", |point| seconds(point.objective))).titled(&title);
    table.row(line("pods", |point| count(point.pods)));
    table.row(line(&format!("{}/month, shared cluster", currency.symbol()), |point| dollars(point.share_cost)));
    Some(table)
}
