//! The CSV form of an estimate: one row for each profile under each policy.

use serde::Serialize;

use crate::model::estimate::{Answer, Question};
use crate::model::sizing::Constraint;
use crate::outputs::json;
use crate::units::Money;

/// One row of a spreadsheet: a profile under a policy.
#[derive(Debug, Serialize)]
pub(in crate::outputs) struct CsvRow {
    profile: String,
    policy: String,
    requests_per_second: f64,
    feasible: bool,
    pods: Option<u64>,
    pods_p05: Option<u64>,
    pods_p50: Option<u64>,
    pods_p95: Option<u64>,
    binding: Option<&'static str>,
    /// The first constraint that `--replicas` violates.
    violated: Option<&'static str>,
    cpu_millis: Option<u64>,
    memory_bytes: Option<u64>,
    share_cost_per_month: Option<String>,
    share_cost_per_month_p05: Option<String>,
    share_cost_per_month_p95: Option<String>,
    instance_type: Option<String>,
    nodes: Option<u64>,
    node_cost_per_month: Option<String>,
    idle_cost_per_month: Option<String>,
    total_cost_per_month: Option<String>,
    currency: String,
    findings: String,
    /// Of pods that are billed by size, with `--on`.
    billed_pod_cost_per_month: Option<String>,
    /// Value set of the profile.
    evidence: &'static str,
}

pub(in crate::outputs) fn csv_rows(question: &Question, answer: &Answer) -> Vec<CsvRow> {
    let shared = answer.findings.iter().map(|f| f.code.as_str());
    answer
        .estimates
        .iter()
        .map(|estimate| {
            let plan = estimate.plan.as_ref().ok();
            let nodes = plan.and_then(|p| p.nodes.as_ref());
            let pods = plan.and_then(|p| p.pods.percentiles).unwrap_or_default();
            let share = plan.and_then(|p| p.share_cost.percentiles).unwrap_or_default();
            let money = |amount: Money| json::convert::money(amount).0;
            let mut codes: Vec<&str> = Vec::new();
            for code in estimate.findings.iter().map(|f| f.code.as_str()).chain(shared.clone()) {
                if !codes.contains(&code) {
                    codes.push(code);
                }
            }
            CsvRow {
                profile: estimate.profile.clone(),
                policy: estimate.policy.clone(),
                requests_per_second: question.demand.mid(),
                feasible: estimate.feasible(),
                pods: plan.map(|p| p.sizing.pods),
                pods_p05: pods[0],
                pods_p50: pods[1],
                pods_p95: pods[2],
                binding: plan.filter(|_| question.replicas.is_none()).map(|p| p.sizing.binding.name()),
                violated: plan.and_then(|p| p.violated).map(Constraint::name),
                cpu_millis: plan.map(|p| p.cpu_requested.millis()),
                memory_bytes: plan.map(|p| p.memory_requested.bytes()),
                share_cost_per_month: plan.map(|p| money(p.share_cost.plan)),
                share_cost_per_month_p05: share[0].map(money),
                share_cost_per_month_p95: share[2].map(money),
                instance_type: nodes.map(|n| question.basis.candidates[n.plan.candidate].instance.name.clone()),
                nodes: nodes.map(|n| n.plan.nodes),
                node_cost_per_month: nodes.map(|n| money(n.cost.plan)),
                idle_cost_per_month: nodes.map(|n| money(n.idle_cost)),
                total_cost_per_month: nodes.map(|n| money(n.total_cost())),
                currency: question.basis.currency.to_string(),
                findings: codes.join(" "),
                billed_pod_cost_per_month: plan.and_then(|p| p.billed_pods.as_ref()).map(|b| money(b.cost.plan)),
                evidence: estimate.evidence.name(),
            }
        })
        .collect()
}
