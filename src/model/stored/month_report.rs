//! One stored report: the cost of a cluster in a month.

use std::fmt;

use rust_decimal::Decimal;

use super::KnownCost;
use crate::model::finding::Finding;
use crate::units::{Money, Month};

/// The report of one cluster and month, as it was stored.
#[derive(Clone, Debug, PartialEq)]
pub struct MonthReport {
    /// Path or URL of the stored document.
    pub origin: String,
    /// Name of the cluster.
    pub cluster: String,
    /// UID of the namespace `kube-system`, which identifies the cluster; `None` if it was not readable.
    pub uid: Option<String>,
    /// The month under which it is stored.
    pub month: Month,
    /// The period that its amounts are for.
    pub covers: Covers,
    /// Share of the hours that have data, 0 to 1.
    pub coverage: f64,
    /// Currency of its amounts.
    pub currency: String,
    /// Exchange rate and its day, `0.92@2026-11-01`; `None` for US dollars.
    pub exchange_rate: Option<String>,
    /// Cost of the cluster.
    pub cost: KnownCost,
    /// Number of nodes; the mean over the period.
    pub nodes: Decimal,
    /// Cost that no workload requested; `None` if unknown.
    pub idle: Option<Money>,
    /// The bill: the nodes, and each other line.
    pub bill: Vec<CostLine>,
    /// Cost by namespace, idle cost included; the sum is `cost`.
    pub namespaces: Vec<CostLine>,
    /// Findings of the report.
    pub findings: Vec<Finding>,
}

/// A named part of a cost.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CostLine {
    /// Name of the part.
    pub name: String,
    /// Its cost.
    pub cost: KnownCost,
}

/// The period that the amounts of a report are for. Amounts of different periods are never added up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Covers {
    /// The calendar month, from metrics or from snapshots of it.
    Month,
    /// The hours of the calendar month at the cost of the cluster as it was at one time.
    StateForMonth,
    /// An average month at the cost of the cluster as it was; the hours of that month.
    State(Decimal),
    /// A part of a month, or another period; its time base, such as `for 72 h`.
    Part(String),
}

impl fmt::Display for Covers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Month => f.write_str("the whole calendar month"),
            Self::StateForMonth => f.write_str("the cluster as it was at one time, priced for the calendar month"),
            Self::State(hours) => write!(f, "the cluster as it was at one time, priced for {hours} h"),
            Self::Part(per) => write!(f, "a part of a month or another period, with amounts {per}"),
        }
    }
}
