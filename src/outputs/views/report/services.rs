//! Running services in every style, sorted by the possible saving.

use super::tables::{more, ordered, shown};
use super::{ReportDetail, RowOrder};
use crate::model::report::Report;
use crate::model::styles::{Outcome, RunningService};
use crate::outputs::document::Table;
use crate::outputs::number::{count, measured_rate, money, unknown};
use crate::units::Money;

/// The table; `None` if requests are not counted for any service.
pub(super) fn services(report: &Report, detail: ReportDetail) -> Option<Table> {
    let all = report.running_services.iter().enumerate();
    let known: Vec<(usize, &RunningService)> = all.filter(|(_, service)| service.demand.is_ok()).collect();
    if known.is_empty() {
        return None;
    }
    // Among services with the same saving, the most expensive one comes first.
    let known = ordered(known, RowOrder::Cost, |(_, one)| one.id.to_string(), |(_, one)| cost(&one.as_is[0]));
    let known = match detail.order {
        RowOrder::Cost => {
            let mut known = known;
            known.sort_by_key(|(_, service)| std::cmp::Reverse(gain(service)));
            known
        }
        RowOrder::Name => ordered(known, RowOrder::Name, |(_, service)| service.id.to_string(), |_| None),
    };
    let head = [
        &format!("service, {} per month", report.currency),
        "runtime",
        "req/s",
        "pods",
        "now",
        "right-sized",
        "Python-style",
        "Go-style",
        "advice",
    ];
    let keys = [
        "name",
        "runtime",
        "demand.busy",
        "styles.as_is.at.busy.pods",
        "styles.as_is.at.busy.share_cost_per_month",
        "styles.right_sized.at.busy.share_cost_per_month",
        "styles.python.at.busy.share_cost_per_month",
        "styles.go.at.busy.share_cost_per_month",
        "advice",
    ];
    let mut table = Table::new(head).with_text(&[1, 8]).with_dropped(&[5, 3, 1, 2, 8]);
    table = table.titled("Running services in every style").with_keys(keys).sortable();
    let (first, rest) = shown(&known, detail);
    for (index, service) in first {
        table.row_at(format!("$.running_services[{index}]"), row(service));
    }
    if !rest.is_empty() {
        let sum = |style: fn(&RunningService) -> &Outcome| {
            let costs: Vec<Money> = rest.iter().filter_map(|(_, service)| cost(style(service))).collect();
            if costs.is_empty() { unknown() } else { money(costs.into_iter().sum()) }
        };
        table.sum([
            more(rest.len()),
            String::new(),
            String::new(),
            String::new(),
            sum(|s| &s.as_is[0]),
            sum(|s| &s.right_sized[0]),
            sum(|s| &s.python[0]),
            sum(|s| &s.go[0]),
        ]);
    }
    Some(table)
}

fn row(service: &RunningService) -> Vec<String> {
    let runtime = &service.known.runtime;
    let style = |outcome: &Outcome| cost(outcome).map_or_else(unknown, money);
    vec![
        format!("{}/{}", service.id.namespace, service.id.name),
        match (runtime.language, &runtime.framework) {
            (Some(language), Some(framework)) => format!("{language}, {framework}"),
            (Some(language), None) => language.to_owned(),
            (None, _) => "unknown".to_owned(),
        },
        service.demand.as_ref().map_or_else(|_| unknown(), |demand| measured_rate(demand.busy.mid())),
        service.as_is[0].as_ref().map_or_else(|_| unknown(), |sized| count(sized.pods.plan)),
        style(&service.as_is[0]),
        style(&service.right_sized[0]),
        style(&service.python[0]),
        style(&service.go[0]),
        format!("{} (step {})", service.advice.action.name(), service.advice.step.number()),
    ]
}

fn cost(outcome: &Outcome) -> Option<Money> {
    outcome.as_ref().ok().map(|sized| sized.share_cost.plan)
}

/// The possible saving: that of a rewrite if the advice is a rewrite or a question, otherwise that of right-sizing.
pub(in crate::outputs) fn gain(service: &RunningService) -> Money {
    use crate::model::styles::Action;
    let right_sizing = cost(&service.as_is[0]).zip(cost(&service.right_sized[0])).map(|(now, then)| now - then);
    let by_right_sizing = right_sizing.filter(|gain| *gain > Money::default()).unwrap_or_default();
    match service.advice.action {
        Action::Rewrite | Action::Ask => {
            by_right_sizing + service.advice.saving.map_or_else(Money::default, |saving| saving.mid)
        }
        Action::RightSize => by_right_sizing,
        Action::Keep => Money::default(),
    }
}
