//! What can be done about the cost, the largest saving first.

use crate::model::report::{Measure, NextStep, Report, Services};
use crate::outputs::document::Action;
use crate::outputs::number::{money, plural};

/// How many steps are shown, unless everything is.
const SHOWN: usize = 5;

/// What each step saves, what to do, and the command for it.
pub(super) fn actions(report: &Report, verbose: bool) -> impl Iterator<Item = Action> {
    let shown = if verbose { usize::MAX } else { SHOWN };
    let steps = report.next_steps.iter().take(shown);
    steps.map(|step| Action { what: summary(step, report), command: step.command.clone() })
}

/// The saving, and what to do for it.
pub(in crate::outputs) fn summary(step: &NextStep, report: &Report) -> String {
    let measure = measure(&step.measure);
    match step.saving {
        Some(saving) => format!("{} {} per month: {measure}", money(saving), report.currency),
        None => format!("saving unknown: {measure}"),
    }
}

/// What to do.
pub(in crate::outputs) fn measure(measure: &Measure) -> String {
    let nodes = |count: u64| plural(count, "node", "nodes");
    match measure {
        Measure::Consolidate { now, then } if now == then => {
            format!("run the present pods on {} of cheaper types", nodes(*then))
        }
        Measure::Consolidate { now, then } => format!("run the present pods on {} instead of {now}", nodes(*then)),
        Measure::RightSize { workloads, nodes: then } => {
            let workloads = plural(*workloads, "workload", "workloads");
            let then = then.map_or_else(String::new, |then| format!(", so that {} are enough", nodes(then)));
            format!("use the recommended requests of {workloads}{then}")
        }
        Measure::ChangeNodes { change, nodes: then } => {
            let change = change.name().replace('-', " ");
            format!("run the present pods on {} of another {change} where they tolerate that", nodes(*then))
        }
        Measure::Upgrade => "upgrade Kubernetes, whose version is past its standard support".to_owned(),
        Measure::Rewrite(services) => format!("rewrite {}", named(services)),
        Measure::Decide(services) => format!("decide whether to rewrite {}", named(services)),
        Measure::MeasureUsage { reached_by } => {
            let first = reached_by.as_ref().map_or_else(String::new, |command| format!(" (first run `{command}`)"));
            format!("read usage from Prometheus{first} to see services, recommended requests and their savings")
        }
    }
}

/// `pay/api`, or `51 services, pay/api first`.
fn named(services: &Services) -> String {
    let first = format!("{}/{}", services.first.namespace, services.first.name);
    match services.count {
        1 => first,
        count => format!("{}, {first} first", plural(count, "service", "services")),
    }
}
