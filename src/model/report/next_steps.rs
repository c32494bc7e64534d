//! What can be done about the cost of a cluster, the largest saving first.

use std::cmp::Reverse;

use super::rounding::cent;
use super::{Change, Consolidation, DataSource, Report};
use crate::model::cluster::WorkloadId;
use crate::model::styles::{Action, RunningService};
use crate::units::{Hours, Money};

/// Something that can be done, with its saving.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NextStep {
    /// What can be done.
    pub measure: Measure,
    /// Saving in a month of 730 hours; `None` if unknown.
    pub saving: Option<Money>,
    /// The command that shows the details, or takes the step.
    pub command: String,
}

/// What can be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Measure {
    /// Run the present pods on cheaper nodes at the same purchase options.
    Consolidate {
        /// Present number of nodes.
        now: u64,
        /// Sufficient number of nodes.
        then: u64,
    },
    /// Use the recommended requests. The saving is what it adds to a consolidation.
    RightSize {
        /// Workloads whose requests should change.
        workloads: u64,
        /// Nodes that suffice then; `None` if unknown.
        nodes: Option<u64>,
    },
    /// Buy other nodes. The saving is what it adds to a consolidation.
    ChangeNodes {
        /// What changes.
        change: Change,
        /// Nodes that suffice then.
        nodes: u64,
    },
    /// Upgrade Kubernetes, whose version is past its standard support.
    Upgrade,
    /// Rewrite services in the other language.
    Rewrite(Services),
    /// Decide whether services should be rewritten in the other language.
    Decide(Services),
    /// Read usage, without which services, recommended requests and their savings are unknown.
    MeasureUsage {
        /// The command that makes Prometheus reachable; `None` if none was found in the cluster.
        reached_by: Option<String>,
    },
}

/// Services with the same recommended action.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Services {
    /// Their number.
    pub count: u64,
    /// The one with the largest saving.
    pub first: WorkloadId,
}

impl Measure {
    /// Stable name in documents.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Consolidate { .. } => "consolidate",
            Self::RightSize { .. } => "right-size",
            Self::ChangeNodes { change: Change::CapacityType, .. } => "change-capacity-type",
            Self::ChangeNodes { change: Change::Architecture, .. } => "change-architecture",
            Self::Upgrade => "upgrade",
            Self::Rewrite(_) => "rewrite",
            Self::Decide(_) => "decide",
            Self::MeasureUsage { .. } => "measure-usage",
        }
    }
}

/// Everything in the report that saves money or would show how, the largest saving first and unknown savings last.
/// `reached_by` is the command that makes a Prometheus of the cluster reachable.
pub fn next_steps(report: &Report, reached_by: Option<String>, command: impl Fn(&Measure) -> String) -> Vec<NextStep> {
    // Amounts of the report are of its period.
    let monthly = |amount: Money| cent((amount / report.span.hours) * Hours::MONTH);
    let mut steps: Vec<(Measure, Option<Money>)> = Vec::new();
    if let Some(found) = &report.consolidation {
        let measure = Measure::Consolidate { now: found.nodes_now, then: found.nodes_then() };
        steps.push((measure, Some(monthly(found.saving()))));
        steps.extend(found.with_changes.iter().map(|other| {
            let nodes = other.nodes.iter().map(|kind| kind.count).fold(0, u64::saturating_add);
            (Measure::ChangeNodes { change: other.change, nodes }, Some(monthly(found.cost - other.cost)))
        }));
    }
    if let Some(found) = &report.rightsizing {
        let nodes = found.nodes.as_ref().map(Consolidation::nodes_then);
        let saving = report.consolidation.as_ref().zip(found.nodes.as_ref()).map(|(now, then)| now.cost - then.cost);
        steps.push((Measure::RightSize { workloads: found.workloads, nodes }, saving.map(monthly)));
    }
    steps.extend(report.support_surcharge.map(|surcharge| (Measure::Upgrade, Some(cent(surcharge)))));
    steps.extend(services(report, Action::Rewrite, Measure::Rewrite));
    steps.extend(services(report, Action::Ask, Measure::Decide));
    if report.span.source != DataSource::History {
        steps.push((Measure::MeasureUsage { reached_by }, None));
    }
    steps.retain(|(_, saving)| saving.is_none_or(|saving| saving > Money::default()));
    steps.sort_by_key(|(_, saving)| Reverse(*saving));
    let finished = |(measure, saving)| NextStep { command: command(&measure), measure, saving };
    steps.into_iter().map(finished).collect()
}

/// The services with this recommended action, and the sum of their savings; `None` if there are none.
fn services(
    report: &Report,
    action: Action,
    measure: impl Fn(Services) -> Measure,
) -> Option<(Measure, Option<Money>)> {
    let saving = |service: &RunningService| service.advice.saving.map(|saving| saving.mid);
    let all = || report.running_services.iter().filter(|service| service.advice.action == action);
    let first = all().max_by_key(|service| (saving(service), Reverse(service.id.clone())))?;
    let count = u64::try_from(all().count()).unwrap_or(u64::MAX);
    let sum = all().filter_map(saving).reduce(|sum, saving| sum + saving).map(cent);
    Some((measure(Services { count, first: first.id.clone() }), sum))
}
