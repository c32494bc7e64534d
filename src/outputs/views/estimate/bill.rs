//! The bill of dedicated nodes, line by line.

use crate::model::estimate::{Answer, Estimate, Question};
use crate::model::pricing::BillLine;
use crate::outputs::document::Table;
use crate::outputs::number::{money, unknown};

/// What each profile pays for under each policy; `None` where no plan has nodes.
pub(super) fn bill(question: &Question, answer: &Answer) -> Option<Table> {
    let profiles = question.services.iter().map(|service| service.profile.name.clone());
    let head = [format!("bill, {}/month", question.basis.currency.symbol())].into_iter().chain(profiles);
    let mut table = Table::new(head).titled("Bill of dedicated nodes").sortable();
    for estimates in answer.estimates.chunks(question.services.len().max(1)) {
        let mut items: Vec<&str> = Vec::new();
        for line in estimates.iter().flat_map(lines) {
            if !items.contains(&item(line)) {
                items.push(item(line));
            }
        }
        if items.is_empty() {
            continue;
        }
        table.section(&estimates[0].policy);
        for wanted in items {
            let cells = estimates.iter().map(|estimate| {
                let costs = lines(estimate).iter().filter(|line| item(line) == wanted).map(|line| line.cost);
                costs.flatten().reduce(|sum, cost| sum + cost).map_or_else(unknown, money)
            });
            table.row([wanted.to_owned()].into_iter().chain(cells));
        }
        let total = |estimate: &Estimate| {
            let nodes = estimate.plan.as_ref().ok().and_then(|plan| plan.nodes.as_ref());
            nodes.map_or_else(unknown, |nodes| money(nodes.total_cost()))
        };
        table.sum(["total".to_owned()].into_iter().chain(estimates.iter().map(total)));
    }
    table.has_sections().then_some(table)
}

fn lines(estimate: &Estimate) -> &[BillLine] {
    let nodes = estimate.plan.as_ref().ok().and_then(|plan| plan.nodes.as_ref());
    nodes.map(|nodes| nodes.lines.as_slice()).unwrap_or_default()
}

/// What is paid for, without the instance type that differs from profile to profile.
fn item(line: &BillLine) -> &str {
    line.name.split(", ").next().unwrap_or(&line.name)
}
