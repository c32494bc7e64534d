//! The reports of one month, added up and set against the month before.

use super::refusal::{check, same_cluster};
use super::{Covers, KnownCost, MonthReport, Months, Refusal};
use crate::model::finding::{Code, Finding};
use crate::units::{Money, Month, grouped};

/// The sum of the stored reports of a month.
#[derive(Clone, Debug, PartialEq)]
pub struct Fleet {
    /// The month.
    pub month: Month,
    /// Currency of every amount.
    pub currency: String,
    /// The period that every report of the month is for.
    pub covers: Covers,
    /// The clusters, most expensive first.
    pub clusters: Vec<ClusterMonth>,
    /// Clusters without a report of this month, by name.
    pub missing: Vec<Missing>,
    /// Sum of the reports; incomplete if a cost or a report is missing.
    pub cost: KnownCost,
    /// Several months by namespace: as many as were asked for, or this one.
    pub months: Months,
    /// Budget of a month.
    pub budget: Option<Money>,
    /// What a reader must know.
    pub findings: Vec<Finding>,
}

/// One cluster in the month.
#[derive(Clone, Debug, PartialEq)]
pub struct ClusterMonth {
    /// Its report.
    pub report: MonthReport,
    /// Its cost in the month before.
    pub before: Before,
}

/// The cost of a cluster in the month before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Before {
    /// There is no report.
    Absent,
    /// The report is in another currency or of another kind of period.
    NotComparable,
    /// The cost.
    Cost(KnownCost),
}

/// A cluster that has a report of the month before and none of this one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Missing {
    /// Name of the cluster.
    pub cluster: String,
    /// Its cost in the month before.
    pub before: KnownCost,
    /// Path or URL of the report of the month before.
    pub origin: String,
}

impl ClusterMonth {
    /// The cost of the month before, if all of it is known and comparable.
    pub fn cost_before(&self) -> Option<Money> {
        if let Before::Cost(cost) = self.before { cost.whole() } else { None }
    }

    /// The change since the month before; `None` if one of the costs is not known.
    pub fn change(&self) -> Option<Money> {
        Some(self.report.cost.whole()? - self.cost_before()?)
    }
}

impl Fleet {
    /// The sum of the month before; `None` unless it is known of every cluster of both months.
    pub fn cost_before(&self) -> Option<Money> {
        let missing = self.missing.iter().map(|missing| missing.before.whole());
        self.clusters.iter().map(ClusterMonth::cost_before).chain(missing).sum()
    }

    /// The change of the sum since the month before; `None` unless it is known of every cluster of both months.
    pub fn change(&self) -> Option<Money> {
        if !self.missing.is_empty() {
            return None;
        }
        self.clusters.iter().map(ClusterMonth::change).sum()
    }

    /// The amount by which the known cost of a month exceeds the budget, if it does.
    pub fn over_budget(&self, cost: KnownCost) -> Option<Money> {
        let more = cost.known? - self.budget?;
        (more > Money::default()).then_some(more)
    }
}

/// Adds up the reports of `month`. `reports` has at most the latest report of each cluster, folder and month, from the
/// first of `months` months up to `month`, and those of the month before; others are not looked at.
///
/// # Errors
/// [`Refusal`] if the reports cannot be added up.
pub fn fleet(
    mut reports: Vec<MonthReport>,
    month: Month,
    months: usize,
    budget: Option<Money>,
) -> Result<Fleet, Refusal> {
    reports.sort_by(|a, b| (a.month, &a.cluster, &a.origin).cmp(&(b.month, &b.cluster, &b.origin)));
    let first = (1..months).fold(month, |month, _| month.previous());
    check(&reports.iter().filter(|report| (first..=month).contains(&report.month)).collect::<Vec<_>>())?;
    let last_month: Vec<&MonthReport> = reports.iter().filter(|report| report.month == month.previous()).collect();
    // Each of these is set against one report, so that there must be no other of the same cluster.
    for (at, one) in last_month.iter().enumerate() {
        for other in last_month.iter().skip(at + 1).filter(|other| same_cluster(one, other).is_some()) {
            check(&[one, other])?;
        }
    }
    let months = Months::of(&reports, first, month);
    let mut clusters: Vec<ClusterMonth> = reports
        .iter()
        .filter(|report| report.month == month)
        .map(|report| ClusterMonth { report: report.clone(), before: before(report, &last_month) })
        .collect();
    clusters.sort_by(|a, b| {
        b.report.cost.known.cmp(&a.report.cost.known).then_with(|| a.report.cluster.cmp(&b.report.cluster))
    });
    let gone = last_month
        .iter()
        .filter(|before| !clusters.iter().any(|cluster| same_cluster(before, &cluster.report).is_some()))
        .map(|before| Missing { cluster: before.cluster.clone(), before: before.cost, origin: before.origin.clone() });
    let missing: Vec<Missing> = gone.collect();
    let sum: KnownCost = clusters.iter().map(|cluster| cluster.report.cost).sum();
    let any = clusters.first().map(|cluster| &cluster.report);
    let mut fleet = Fleet {
        month,
        currency: any.map_or_else(String::new, |report| report.currency.clone()),
        covers: any.map_or(Covers::Month, |report| report.covers.clone()),
        cost: KnownCost { is_complete: sum.is_complete && missing.is_empty(), ..sum },
        clusters,
        missing,
        months,
        budget,
        findings: Vec::new(),
    };
    fleet.findings = findings(&fleet);
    Ok(fleet)
}

fn before(report: &MonthReport, last_month: &[&MonthReport]) -> Before {
    match last_month.iter().find(|before| same_cluster(before, report).is_some()) {
        None => Before::Absent,
        Some(before) if before.currency != report.currency || before.covers != report.covers => Before::NotComparable,
        Some(before) => Before::Cost(before.cost),
    }
}

fn findings(fleet: &Fleet) -> Vec<Finding> {
    let Fleet { month, currency, .. } = fleet;
    let before = month.previous();
    let mut findings = Vec::new();
    for missing in &fleet.missing {
        let message =
            format!("no report of {month} is stored, although there is one of {before}: the total is incomplete");
        findings.push(Finding::warning(Code::StoredReportMissing, &missing.cluster, message));
    }
    for one in &fleet.months.months {
        for cluster in one.missing.iter().filter(|_| one.month != *month) {
            let (at, before) = (one.month, one.month.previous());
            let message =
                format!("no report of {at} is stored, although there is one of {before}: the total is incomplete");
            findings.push(Finding::warning(Code::StoredReportMissing, cluster, message));
        }
        if one.clusters == 0 {
            let message = "no report of this month is stored: its cost is not known";
            findings.push(Finding::warning(Code::StoredReportMissing, one.month.to_string(), message));
        }
        if let (Some(over), Some(cost), Some(budget)) = (fleet.over_budget(one.cost), one.cost.known, fleet.budget) {
            let [cost, budget, over] =
                [cost, budget, over].map(|amount| grouped(format_args!("{:.2}", amount.amount())));
            let message = format!("{cost} {currency} is {over} over the budget of {budget}");
            findings.push(Finding::warning(Code::BudgetExceeded, one.month.to_string(), message));
        }
    }
    for ClusterMonth { report, before: last } in &fleet.clusters {
        if !report.cost.is_complete {
            let message = match report.cost.known {
                Some(_) => "a price is missing in its report: only the known part of its cost is in the total",
                None => "its report has no cost: it is not in the total",
            };
            findings.push(Finding::warning(Code::StoredCostIncomplete, &report.cluster, message));
        }
        if *last == Before::NotComparable {
            let message = format!(
                "its report of {before} is in another currency or of another kind of period: the change is not known"
            );
            findings.push(Finding::warning(Code::StoredChangeUnknown, &report.cluster, message));
        }
    }
    let mut rates: Vec<&str> =
        fleet.clusters.iter().filter_map(|cluster| cluster.report.exchange_rate.as_deref()).collect();
    rates.sort_unstable();
    rates.dedup();
    if let [_, _, ..] = rates.as_slice() {
        let message = format!("the reports were converted at different exchange rates: {}", rates.join(", "));
        findings.push(Finding::info(Code::ExchangeRateChanged, currency, message));
    }
    findings
}
