use rust_decimal::prelude::ToPrimitive;

use super::{forecast, percent, scraped, unknown};
use crate::model::report::{Consolidation, IdleCost, IdleRoom, KindCount, Report, Rightsizing, Split, WithChange};
use crate::model::{Finding, Severity};
use crate::outputs::number::{count, money, plural, significant};

pub(super) fn notes(report: &Report) -> Vec<String> {
    let (shared, idle) = report.splits;
    let given = |split: Split| match split {
        Split::Even => "the same to every row",
        Split::Proportional => "by what each row pays for cores and memory",
        Split::Weighted => "by the weights of the owners",
        Split::None => "a row of its own",
    };
    let mut notes =
        vec![format!("Shared (control plane and shared namespaces): {}; idle: {}.", given(shared), given(idle))];
    let per = report.span.per();
    notes.extend(report.idle.as_ref().map(|idle| about_idle(idle, &per)));
    if let Some(found) = &report.consolidation {
        notes.push(consolidation(found, &per));
        notes.extend(found.with_changes.iter().map(|change| with_change(change, found, &per)));
    }
    notes.extend(report.rightsizing.as_ref().map(|found| rightsizing(found, report.consolidation.as_ref(), &per)));
    notes.extend(scraped::lines(report));
    notes.extend(report.predicted.as_ref().map(forecast::about_predicted));
    notes.extend(report.forecast.as_ref().map(forecast::about_forecast));
    notes
}

/// What nobody asked for, resource by resource.
fn about_idle(idle: &IdleCost, per: &str) -> String {
    let share = |room: &IdleRoom| percent(room.share);
    let amount = |room: &IdleRoom| significant(room.amount.to_f64().unwrap_or_default(), 3);
    let mut parts = vec![
        format!("{} cores ({} % of the CPU) {}", amount(&idle.cpu), share(&idle.cpu), money(idle.cpu.cost)),
        format!("{} GiB ({} % of the memory) {}", amount(&idle.memory), share(&idle.memory), money(idle.memory.cost)),
    ];
    parts.extend(
        idle.gpu
            .as_ref()
            .map(|gpu| format!("{} accelerators ({} % of them) {}", amount(gpu), share(gpu), money(gpu.cost))),
    );
    format!("Idle: {} USD {per} that nobody requested or used: {}.", money(idle.cost), parts.join(", "))
}

/// Another way to buy nodes, with what has to hold for it.
fn with_change(change: &WithChange, found: &Consolidation, per: &str) -> String {
    format!(
        "Another {}: {} more {per} would be saved on {} ({}), but only if {}.",
        change.change.name().replace('-', " "),
        money(found.cost - change.cost),
        plural(nodes_of(&change.nodes), "node", "nodes"),
        kinds(&change.nodes),
        change.change.condition()
    )
}

fn kinds(nodes: &[KindCount]) -> String {
    let kinds: Vec<String> = nodes.iter().map(|kind| format!("{} × {}", count(kind.count), kind.name)).collect();
    kinds.join(", ")
}

fn nodes_of(nodes: &[KindCount]) -> u64 {
    nodes.iter().map(|kind| kind.count).fold(0, u64::saturating_add)
}

fn consolidation(found: &Consolidation, per: &str) -> String {
    if found.cost >= found.cost_now {
        return format!(
            "Consolidation: no cheaper set of the cluster's own types was found than the {} there now; none can cost less than \
             {} USD {per}.",
            plural(found.nodes_now, "node", "nodes"),
            money(found.lower_bound)
        );
    }
    format!(
        "Consolidation: what runs now fits on {} instead of {} ({}), bought as now: {} instead of {} USD {per}, {} less; no \
         spare room for peaks or failures is kept.",
        plural(found.nodes_then(), "node", "nodes"),
        count(found.nodes_now),
        kinds(&found.nodes),
        money(found.cost),
        money(found.cost_now),
        money(found.saving())
    )
}

fn rightsizing(found: &Rightsizing, as_they_are: Option<&Consolidation>, per: &str) -> String {
    let mut text = format!(
        "Requests: {} should change (CPU: 95th percentile of the busiest pod's hours and 15 %; memory: peak and 15 %; \
         an autoscaler's target with its request): {} USD of shares {per}, which nobody saves as long as the nodes are there.",
        plural(found.workloads, "workload", "workloads"),
        found.share_saving.map_or_else(unknown, money)
    );
    if let Some((then, now)) = found.nodes.as_ref().zip(as_they_are) {
        text.push_str(&format!(
            " In whole nodes: what runs now fits on {} for {} USD {per} with the requests that it has, and on {} for {} USD with these.",
            plural(now.nodes_then(), "node", "nodes"),
            money(now.cost),
            plural(then.nodes_then(), "node", "nodes"),
            money(then.cost)
        ));
    }
    text
}

/// Warnings first; what is said of several things is said once, of the first and how many more.
pub(in crate::outputs) fn said_once(findings: &[Finding]) -> Vec<(Severity, String, String)> {
    let mut all: Vec<&Finding> = findings.iter().collect();
    all.sort_by(|a, b| b.severity.cmp(&a.severity).then_with(|| a.cmp(b)));
    let mut merged: Vec<(Severity, &str, &str, usize)> = Vec::new();
    for finding in all {
        match merged
            .iter_mut()
            .find(|(severity, _, message, _)| *severity == finding.severity && *message == finding.message)
        {
            Some((_, subject, _, _)) if *subject == finding.subject => {}
            Some((_, _, _, more)) => *more += 1,
            None => merged.push((finding.severity, &finding.subject, &finding.message, 0)),
        }
    }
    merged
        .into_iter()
        .map(|(severity, subject, message, more)| {
            let others = if more == 0 { String::new() } else { format!(" and {more} more") };
            (severity, format!("{subject}{others}"), message.to_owned())
        })
        .collect()
}
