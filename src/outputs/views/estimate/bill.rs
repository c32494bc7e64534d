//! The bills of dedicated nodes and of pods that are billed by size, line by line.

use crate::model::estimate::{Answer, Estimate, Plan, Question};
use crate::model::pricing::BillLine;
use crate::outputs::document::Table;
use crate::outputs::number::{money, unknown};
use crate::units::Money;

/// The bill of dedicated nodes of each profile under each policy; `None` if no plan has nodes.
pub(super) fn of_nodes(question: &Question, answer: &Answer) -> Option<Table> {
    bill(question, answer, "Bill of dedicated nodes", |plan| {
        plan.nodes.as_ref().map(|nodes| (nodes.lines.as_slice(), nodes.total_cost()))
    })
}

/// The bill of each profile on the platform of the question; `None` without one.
pub(super) fn of_platform(question: &Question, answer: &Answer) -> Option<Table> {
    let title = format!("Bill on {}", question.platform?.name());
    bill(question, answer, &title, |plan| {
        plan.billed_pods.as_ref().map(|pods| (pods.lines.as_slice(), pods.total_cost()))
    })
}

/// Lines and total of the bill of a plan.
type BillOf = fn(&Plan) -> Option<(&[BillLine], Money)>;

fn bill(question: &Question, answer: &Answer, title: &str, of: BillOf) -> Option<Table> {
    let profiles = question.services().iter().map(|service| service.profile.name.clone());
    let head = [format!("bill, {}/month", question.basis.currency.symbol())].into_iter().chain(profiles);
    let mut table = Table::new(head).titled(title).sortable();
    for estimates in answer.estimates.chunks(question.services().len().max(1)) {
        let mut items: Vec<&str> = Vec::new();
        for line in estimates.iter().flat_map(|estimate| lines(estimate, of)) {
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
                let costs = lines(estimate, of).iter().filter(|line| item(line) == wanted).map(|line| line.cost);
                costs.flatten().reduce(|sum, cost| sum + cost).map_or_else(unknown, money)
            });
            table.row([wanted.to_owned()].into_iter().chain(cells));
        }
        let total = |estimate: &Estimate| {
            let bill = estimate.plan.as_ref().ok().and_then(of);
            bill.map_or_else(unknown, |(_, total)| money(total))
        };
        table.sum(["total".to_owned()].into_iter().chain(estimates.iter().map(total)));
    }
    table.has_sections().then_some(table)
}

fn lines(estimate: &Estimate, of: BillOf) -> &[BillLine] {
    estimate.plan.as_ref().ok().and_then(of).map_or(&[], |(lines, _)| lines)
}

/// The billed item, without the instance type, which differs between profiles.
fn item(line: &BillLine) -> &str {
    line.name.split(", ").next().unwrap_or(&line.name)
}
