//! Intermediate data of a report: ledger, nodes, other bill lines and findings.

use std::collections::{BTreeMap, BTreeSet};

use rust_decimal::Decimal;

use super::ledger::{Ledger, Unpriced};
use super::nodes::Nodes;
use super::{Billable, RowKey};
use crate::model::billed::ResourceKind;
use crate::model::finding::{Code, Finding};
use crate::model::pricing::{BillLine, PriceNote};
use crate::units::Money;

/// Everything that is recorded while moments of a cluster are added to a report.
#[derive(Debug, Default)]
pub(super) struct Books {
    /// Costs by row, and shared and idle cost.
    pub(super) ledger: Ledger,
    /// Node lines and capacity.
    pub(super) nodes: Nodes,
    /// Bill lines other than nodes, by item.
    pub(super) lines: BTreeMap<String, BillLine>,
    /// What the control plane costs more per month in extended support than in standard support; `None` if nothing.
    pub(super) support_surcharge: Option<Money>,
    /// What a bill can be joined with.
    pub(super) billable: Billable,
    /// Findings about the data.
    pub(super) findings: BTreeSet<Finding>,
}

impl Books {
    /// Records a warning: a finding that limits the reliability of the numbers.
    pub(super) fn warn(&mut self, code: Code, subject: impl Into<String>, message: impl Into<String>) {
        self.findings.insert(Finding::warning(code, subject, message));
    }

    /// Records an informational finding.
    pub(super) fn inform(&mut self, code: Code, subject: impl Into<String>, message: impl Into<String>) {
        self.findings.insert(Finding::info(code, subject, message));
    }

    /// Marks rows as having costs without a price.
    pub(super) fn add_unpriced(&mut self, rows: impl IntoIterator<Item = impl Into<RowKey>>, what: Unpriced) {
        for key in rows {
            let account = self.ledger.account(key);
            account.unpriced = account.unpriced.or(what);
        }
    }

    /// Adds a quantity to the bill line of an item of this kind; `price` is the price per unit, `None` if unknown.
    pub(super) fn add_line(
        &mut self,
        kind: ResourceKind,
        name: String,
        unit: &'static str,
        quantity: Decimal,
        price: Option<(Decimal, &PriceNote)>,
    ) {
        let line = self.lines.entry(name.clone()).or_insert_with(|| BillLine::new(name, unit, price));
        let price = price.map(|(price, _)| price);
        line.add(quantity, price);
        if let Some(price) = price {
            self.billable.add(kind, Money::new(price.saturating_mul(quantity)));
        }
    }
}
