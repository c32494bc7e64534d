//! Modelled cost compared with a bill in `capmodel/report/v1`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::schema::number::DecimalText;

/// Modelled and billed cost, and their difference by cause. The rows add up to all three sums to the cent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Reconciliation {
    /// The files of the bill.
    pub files: Vec<BillFile>,
    /// Number of charges in the bill.
    pub charges: u64,
    /// Modelled cost: `cost` of the report.
    pub modelled: DecimalText,
    /// Billed cost: the sum of all charges.
    pub billed: DecimalText,
    /// Billed less modelled cost.
    pub difference: DecimalText,
    /// How many nodes could be compared.
    pub nodes: ReconciledNodes,
    /// Modelled and billed cost by cause.
    pub rows: Vec<ReconciledRow>,
}

/// A file of a bill.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct BillFile {
    /// Path of the file.
    pub name: String,
    /// Its layout: `FOCUS` or `AWS CUR`.
    pub layout: String,
}

/// How many nodes could be compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ReconciledNodes {
    /// Nodes of the cluster that the bill contains.
    pub in_both: u64,
    /// Nodes of the cluster that the bill does not contain.
    pub not_billed: u64,
    /// Machines that the bill assigns to the cluster by a tag, but that are not among its nodes.
    pub not_in_cluster: u64,
}

/// Modelled and billed cost for one cause.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ReconciledRow {
    /// Why modelled and billed cost differ: `rate`, `commitment`, `hours`, `not-billed`, `not-in-cluster`, `unpriced`,
    /// `node-extras`, `pods`, `disks`, `load-balancers`, `control-plane`, `other-of-cluster`, `commitment-unused`,
    /// `commitment-amortised`, `purchases`, `untagged`, `tax`, `credit`, `refund`, `discount`, `adjustment`,
    /// `not-kubernetes` or `rounding`.
    pub cause: String,
    /// Modelled cost; `null` if it is not modelled.
    pub modelled: Option<DecimalText>,
    /// Billed cost.
    pub billed: DecimalText,
    /// Billed less modelled cost.
    pub difference: DecimalText,
}
