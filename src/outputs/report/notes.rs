use super::{forecast, scraped};
use crate::model::report::{Consolidation, Report, Rightsizing, Split};
use crate::model::{Finding, Severity};
use crate::outputs::number::{count, money, plural};

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
    notes.extend(report.consolidation.as_ref().map(consolidation));
    notes.extend(report.rightsizing.as_ref().map(|found| rightsizing(found, report.consolidation.as_ref())));
    notes.extend(scraped::lines(report));
    notes.extend(report.predicted.as_ref().map(forecast::about_predicted));
    notes.extend(report.forecast.as_ref().map(forecast::about_forecast));
    notes
}

fn consolidation(found: &Consolidation) -> String {
    if found.cost >= found.cost_now {
        return format!(
            "Consolidation: no cheaper set of the cluster's own types was found than the {} there now; none can cost less than \
             {} USD a month.",
            plural(found.nodes_now, "node", "nodes"),
            money(found.lower_bound)
        );
    }
    let kinds: Vec<String> = found.nodes.iter().map(|kind| format!("{} × {}", count(kind.count), kind.name)).collect();
    format!(
        "Consolidation: what runs now fits on {} instead of {} ({}): {} instead of {} USD a month, {} less; no spare room \
         for peaks or failures is kept.",
        plural(found.nodes_then(), "node", "nodes"),
        count(found.nodes_now),
        kinds.join(", "),
        money(found.cost),
        money(found.cost_now),
        money(found.saving())
    )
}

fn rightsizing(found: &Rightsizing, as_they_are: Option<&Consolidation>) -> String {
    let mut text = format!(
        "Requests: {} should change (CPU: 95th percentile of the busiest pod's hours and 15 %; memory: peak and 15 %; \
         an autoscaler's target with its request): {} USD of shares, which nobody saves as long as the nodes are there.",
        plural(found.workloads, "workload", "workloads"),
        money(found.share_saving)
    );
    if let Some((then, now)) = found.nodes.as_ref().zip(as_they_are) {
        text.push_str(&format!(
            " In whole nodes: what runs now fits on {} for {} USD with the requests that it has, and on {} for {} USD with these.",
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
