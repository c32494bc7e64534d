//! An estimate side by side: one column per profile, one section per policy.

mod bill;
mod csv;
mod infeasible;
mod notes;
mod plots;
mod rows;
mod table;

pub(in crate::outputs) use csv::csv_rows;

use super::explain::explain;
use crate::model::estimate::{Answer, Estimate, Plan, Question};
use crate::model::finding::{Finding, Severity};
use crate::model::nodes::CapacityType;
use crate::model::pricing::{Basis, SpotBasis};
use crate::outputs::document::Document;
use crate::outputs::findings::merged;
use crate::outputs::number::{dollars, rate, ratio};
use crate::units::Hours;
use infeasible::{frontier, infeasible};

/// How much of an estimate is shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct EstimateDetail {
    /// Every row, the bill and all notes.
    pub verbose: bool,
    /// The derivation of each number.
    pub explained: bool,
}

/// The document of an estimate.
pub(in crate::outputs) fn document(question: &Question, answer: &Answer, detail: EstimateDetail) -> Document {
    let mut document = Document::default();
    document.headline(&subject(question), &summary(question, answer), &basis(&question.basis));
    document.table(table::table(question, answer, detail.verbose));
    for estimate in &answer.estimates {
        document.notes(infeasible(question, estimate));
        document.table(frontier(estimate, question.basis.currency));
    }
    plots::add(&mut document, question, answer);
    if detail.verbose {
        document.table(bill::of_nodes(question, answer));
        document.table(bill::of_platform(question, answer));
    }
    document.notes(notes::asked_for(question, answer));
    let (warnings, infos): (Vec<&Finding>, Vec<&Finding>) =
        findings(answer).partition(|finding| finding.severity == Severity::Warning);
    if detail.verbose {
        document.notes(notes::explanations(question, answer));
        document.findings(merged(warnings.into_iter().chain(infos)));
    } else {
        document.findings(merged(warnings));
        document.notes([notes::more(answer, merged(infos).len())]);
    }
    if detail.explained {
        explain(&mut document, question, answer);
    }
    document
}

fn findings(answer: &Answer) -> impl Iterator<Item = &Finding> {
    let of_estimates = answer.estimates.iter().flat_map(|e| &e.findings);
    let of_comparisons = answer.comparisons.iter().flat_map(|c| &c.findings);
    answer.findings.iter().chain(of_estimates).chain(of_comparisons)
}

fn subject(question: &Question) -> String {
    let demand = &question.demand;
    let range =
        if demand.is_exact() { String::new() } else { format!(" ({}–{})", rate(demand.low()), rate(demand.high())) };
    format!("{}{range} req/s · work: {}", rate(demand.mid()), question.work_name())
}

/// The cost of each profile under the strictest policy, which is the last one, and their ratio.
fn summary(question: &Question, answer: &Answer) -> String {
    let profiles = question.services().len().max(1);
    let last: Vec<&Estimate> = answer.estimates.iter().rev().take(profiles).rev().collect();
    let mut costs: Vec<(&str, &Plan)> =
        last.iter().filter_map(|e| Some((e.profile.as_str(), e.plan.as_ref().ok()?))).collect();
    let Some(policy) = last.first().map(|e| e.policy.as_str()) else { return String::new() };
    if costs.is_empty() {
        return format!("{policy}: no feasible plan");
    }
    let others = if costs.len() > 2 {
        costs.sort_by(|a, b| a.1.share_cost.plan.cmp(&b.1.share_cost.plan).then_with(|| a.0.cmp(b.0)));
        costs.truncate(1);
        ", the cheapest"
    } else {
        ""
    };
    let amount = |text: String| question.basis.currency.amount(text);
    let each: Vec<String> =
        costs.iter().map(|(name, plan)| format!("{name} {}", amount(dollars(plan.share_cost.plan)))).collect();
    let compared = answer.comparisons.iter().find(|c| c.policy == policy).and_then(|c| c.ratios.as_ref());
    let times = match compared {
        Some(ratios) if each.len() == 2 => format!(" ({})", ratio(ratios.share_cost)),
        _ => String::new(),
    };
    format!("{policy}: {} per month{times}{others}", each.join(", "))
}

fn basis(basis: &Basis) -> String {
    let usual = basis.hours == Hours::MONTH;
    format!(
        "{}{} {}, {}{}{}{}",
        if basis.partial { "partial · " } else { "" },
        basis.provider.title(),
        basis.region,
        bought(basis),
        if basis.own_prices { ", with your overrides" } else { "" },
        if usual { String::new() } else { format!(" · {} h/month", basis.hours.amount()) },
        basis.currency.rate_in_words().map_or_else(String::new, |rate| format!(" · {rate}")),
    )
}

/// Purchase option of the nodes, and dates of the prices used.
fn bought(basis: &Basis) -> String {
    let on_demand = basis.prices_of.on_demand_date;
    match (basis.capacity_type, &basis.prices_of.spot) {
        (CapacityType::Spot, SpotBasis::List { date } | SpotBasis::Derived { date }) => {
            format!("spot, spot prices of {date}, on-demand prices of {on_demand}")
        }
        (CapacityType::Spot, SpotBasis::None) => format!("spot at on-demand prices of {on_demand}"),
        (CapacityType::OnDemand, _) => format!("on-demand, prices of {on_demand}"),
    }
}
