//! Why stored reports cannot be added up.

use super::{Covers, MonthReport};
use crate::units::Month;

/// Why reports have no sum.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The same cluster would be counted twice.
    #[error(
        "the cluster {cluster} has two reports of {month} and would be counted twice: {} and {}. They have {same}. Give \
         only one of the folders, or remove the report that does not count", .stored[0], .stored[1]
    )]
    Twice {
        /// Name of the cluster.
        cluster: String,
        /// The month of both reports.
        month: Month,
        /// What both have in common.
        same: String,
        /// Where they are stored.
        stored: [String; 2],
    },
    /// Amounts of two currencies.
    #[error(
        "reports in different currencies cannot be added up: {} is in {} and {} in {}. Make every report in one --currency",
        .one.0, .one.1, .other.0, .other.1
    )]
    Currencies {
        /// A report and its currency.
        one: (String, String),
        /// A report in another currency.
        other: (String, String),
    },
    /// Amounts of two kinds of periods.
    #[error(
        "reports of different periods cannot be added up: {} is for {}, and {} for {}. Report the same period of every \
         cluster, for example with capmodel report --month last --prometheus URL",
        .one.0, .one.1, .other.0, .other.1
    )]
    Periods {
        /// A report and its period.
        one: (String, Covers),
        /// A report of another period.
        other: (String, Covers),
    },
}

/// Refuses reports that cannot be added up: two of one cluster and month, two currencies, two kinds of periods.
pub(super) fn check(reports: &[&MonthReport]) -> Result<(), Refusal> {
    for (at, one) in reports.iter().enumerate() {
        for other in reports.iter().take(at).filter(|other| other.month == one.month) {
            if let Some(same) = same_cluster(other, one) {
                return Err(Refusal::Twice {
                    cluster: one.cluster.clone(),
                    month: one.month,
                    same,
                    stored: [other.origin.clone(), one.origin.clone()],
                });
            }
        }
    }
    let Some((first, rest)) = reports.split_first() else { return Ok(()) };
    for other in rest {
        if other.currency != first.currency {
            let of = |report: &MonthReport| (report.origin.clone(), report.currency.clone());
            return Err(Refusal::Currencies { one: of(first), other: of(other) });
        }
        if other.covers != first.covers {
            let of = |report: &MonthReport| (report.origin.clone(), report.covers.clone());
            return Err(Refusal::Periods { one: of(first), other: of(other) });
        }
    }
    Ok(())
}

/// What shows that two reports are of the same cluster; `None` if they are of different ones. Where a UID is not known,
/// the name decides, because a cluster must not be counted twice.
pub(super) fn same_cluster(one: &MonthReport, other: &MonthReport) -> Option<String> {
    match (&one.uid, &other.uid) {
        (Some(a), Some(b)) => (a == b).then(|| format!("the same UID {a}")),
        _ => (one.cluster == other.cluster).then(|| "the same name, and a UID is not known".to_owned()),
    }
}
