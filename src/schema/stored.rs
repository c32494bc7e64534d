//! `capmodel/stored/v1`: the sum of stored reports.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::finding::Finding;
use super::number::DecimalText;

/// Name and version of the document.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum StoredSchema {
    /// Version 1.
    #[serde(rename = "capmodel/stored/v1")]
    V1,
}

/// The stored reports of a month, added up over all clusters, with the months before if they were asked for. Money is a
/// decimal string in `currency`; a number that is not known is `null`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(title = "capmodel stored")]
pub struct Stored {
    /// Name and version of this document.
    pub schema: StoredSchema,
    /// The month, as `2026-10`.
    pub month: String,
    /// Currency of every amount of money.
    pub currency: String,
    /// What the amounts of a month are for: the whole calendar month, or what else the reports cover.
    pub covers: String,
    /// Sum of the known costs; `null` if none is known.
    pub cost: Option<DecimalText>,
    /// Whether a cost or a report is missing, so that `cost` is incomplete.
    pub partial: bool,
    /// Change of the cost since the month before; `null` unless it is known for every cluster.
    pub change: Option<DecimalText>,
    /// Budget of a month, as given; `null` if none was.
    pub budget: Option<DecimalText>,
    /// The clusters that have a report of the month, most expensive first.
    pub clusters: Vec<StoredCluster>,
    /// Clusters that have a report of the month before and none of this month.
    pub missing: Vec<MissingCluster>,
    /// The months that were asked for, from the earliest to `month`.
    pub months: Vec<StoredMonth>,
    /// Cost by namespace, most expensive first; namespaces of one name in several clusters are added up.
    pub namespaces: Vec<StoredNamespace>,
    /// Findings about the sum; those of each cluster are in its report.
    pub findings: Vec<Finding>,
}

/// The report of one cluster.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct StoredCluster {
    /// Name of the cluster.
    pub name: String,
    /// UID of the namespace `kube-system`, which identifies the cluster.
    pub uid: Option<String>,
    /// Path or URL of its report.
    pub stored: String,
    /// Cost of the cluster; `null` if nothing has a price.
    pub cost: Option<DecimalText>,
    /// Whether a price is missing, so that the cost is incomplete.
    pub partial: bool,
    /// Cost of the month before; `null` if there is no comparable report or its cost is incomplete.
    pub before: Option<DecimalText>,
    /// Change since the month before; `null` if one of both costs is not known completely.
    pub change: Option<DecimalText>,
    /// Share of the hours that have data, 0 to 1.
    pub coverage: f64,
    /// Number of nodes; the mean over a period.
    pub nodes: DecimalText,
    /// Cost that no workload requested; `null` if unknown.
    pub idle: Option<DecimalText>,
    /// Number of findings in its report.
    pub findings: u64,
}

/// A cluster without a report of the month.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct MissingCluster {
    /// Name of the cluster.
    pub name: String,
    /// Path or URL of its report of the month before.
    pub stored_before: String,
    /// Known cost of the month before; `null` if nothing is known.
    pub before: Option<DecimalText>,
}

/// The sum of one month.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct StoredMonth {
    /// The month, as `2026-10`.
    pub month: String,
    /// Sum of the known costs; `null` if none is known.
    pub cost: Option<DecimalText>,
    /// Whether a cost or a report is missing, so that `cost` is incomplete.
    pub partial: bool,
    /// Number of clusters with a report.
    pub clusters: u64,
    /// Amount by which the known cost exceeds the budget; `null` if it does not, or without a budget.
    pub over_budget: Option<DecimalText>,
}

/// The cost of one namespace.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct StoredNamespace {
    /// Name of the namespace, or `idle`.
    pub name: String,
    /// Known cost in each of `months`; `null` where nothing is known of it.
    pub costs: Vec<Option<DecimalText>>,
    /// Sum of the known costs; `null` if none is known.
    pub total: Option<DecimalText>,
    /// Whether a part of the cost is not known in one of the months.
    pub partial: bool,
}
