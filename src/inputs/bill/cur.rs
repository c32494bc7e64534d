//! The Cost and Usage Report of AWS, legacy (`lineItem/UnblendedCost`) and 2.0 (`line_item_unblended_cost`)
//! (<https://docs.aws.amazon.com/cur/latest/userguide/data-dictionary.html>).
//!
//! The effective cost is what AWS calls the amortized cost
//! (<https://docs.aws.amazon.com/cur/latest/userguide/use-cases.html>): usage that a commitment covers at its effective
//! cost, of a commitment itself the unused part, and everything else at its unblended cost.

use csv::StringRecord;
use rust_decimal::Decimal;

use super::columns::{Column, Columns, ValueError, text};
use super::error::BillError;
use super::layout::Row;
use super::tags::has_tag_of;
use super::unit::measured;
use crate::model::billed::{BilledCluster, Charge, ChargeKind, Measure, ResourceId, tag_key};
use crate::units::Money;

/// The columns of a file.
pub(super) struct Cur {
    cluster: BilledCluster,
    kind: Column,
    unblended: Column,
    currency: Column,
    billing_start: Column,
    usage_start: Column,
    usage_type: Column,
    amount: Column,
    unit: Column,
    resource: Column,
    reservation: Option<Column>,
    reservation_effective: Option<Column>,
    reservation_unused: Option<(Column, Column)>,
    plan_effective: Option<Column>,
    plan_commitment: Option<(Column, Column)>,
    /// Columns of one tag each, with its key.
    tags: Vec<(String, Column)>,
    /// The column of all tags.
    all_tags: Option<Column>,
}

const TAG_COLUMN: &str = "resource_tags_";

impl Cur {
    pub(super) const NAME: &'static str = "AWS CUR";

    pub(super) fn of(columns: &mut Columns<'_>, cluster: &BilledCluster) -> Result<Self, BillError> {
        let why = "the reconciliation uses it";
        let mut need = |name| columns.need(name, why);
        Ok(Self {
            cluster: cluster.clone(),
            kind: need("line_item_line_item_type")?,
            unblended: need("line_item_unblended_cost")?,
            currency: need("line_item_currency_code")?,
            billing_start: need("bill_billing_period_start_date")?,
            usage_start: need("line_item_usage_start_date")?,
            usage_type: need("line_item_usage_type")?,
            amount: need("line_item_usage_amount")?,
            unit: need("pricing_unit")?,
            resource: columns
                .need("line_item_resource_id", "it joins charges to nodes; turn on resource IDs in the export")?,
            reservation: columns
                .find("reservation_reservation_a_r_n")
                .or_else(|| columns.find("reservation_reservation_arn")),
            reservation_effective: columns.find("reservation_effective_cost"),
            reservation_unused: columns
                .find("reservation_unused_amortized_upfront_fee_for_billing_period")
                .zip(columns.find("reservation_unused_recurring_fee")),
            plan_effective: columns.find("savings_plan_savings_plan_effective_cost"),
            plan_commitment: columns
                .find("savings_plan_total_commitment_to_date")
                .zip(columns.find("savings_plan_used_commitment")),
            tags: columns.find_all(|name| {
                let key = tag_key(name.strip_prefix(TAG_COLUMN)?);
                cluster.has_tag_key(&key).then_some(key)
            }),
            all_tags: columns.find("resource_tags"),
        })
    }

    pub(super) fn row<'r>(&self, row: &'r StringRecord) -> Result<Row<'r>, ValueError> {
        let billed = self.unblended.amount(row)?;
        let charge = Charge {
            billed: Money::new(billed),
            effective: Money::new(self.effective(row, billed)?),
            kind: self.kind(row)?,
            resource: ResourceId::of_bill(self.resource.text(row), None),
            is_tagged: self.is_tagged(row)?,
        };
        let (currency, billing_start) = (self.currency.text(row), self.billing_start.text(row));
        Ok(Row { billing_start, usage_start: self.usage_start.text(row), currency, charge })
    }

    fn is_tagged(&self, row: &StringRecord) -> Result<bool, ValueError> {
        if self.tags.iter().any(|(key, column)| self.cluster.has_tag(key, column.text(row))) {
            return Ok(true);
        }
        let Some(tags) = self.all_tags else { return Ok(false) };
        let found = has_tag_of(&self.cluster, tags.text(row));
        found.ok_or_else(|| tags.error(row, "which is not a JSON object of tags: correct the export"))
    }

    fn kind<'r>(&self, row: &'r StringRecord) -> Result<ChargeKind<'r>, ValueError> {
        Ok(match self.kind.text(row) {
            "Usage" => ChargeKind::Usage { measure: self.measure(row)?, is_committed: false },
            "DiscountedUsage" | "SavingsPlanCoveredUsage" => {
                ChargeKind::Usage { measure: self.measure(row)?, is_committed: true }
            }
            // Takes back the on-demand price of what a Savings Plan covers.
            "SavingsPlanNegation" => ChargeKind::Usage { measure: Measure::MachinePart, is_committed: true },
            "RIFee" | "SavingsPlanRecurringFee" => ChargeKind::Unused,
            "Fee" | "SavingsPlanUpfrontFee" => ChargeKind::Purchase,
            "Tax" => ChargeKind::Tax,
            "Credit" => ChargeKind::Credit,
            "Refund" => ChargeKind::Refund,
            kind if kind.ends_with("Discount") => ChargeKind::Discount,
            "" => {
                return Err(self.kind.error(row, "and a charge without a type cannot be assigned: correct the export"));
            }
            // AWS adds types; whatever one means, its cost is part of the bill.
            _ => ChargeKind::Adjustment,
        })
    }

    /// What a charge counts, where it is for a machine.
    fn measure<'r>(&self, row: &'r StringRecord) -> Result<Measure<'r>, ValueError> {
        let usage_type = self.usage_type.text(row);
        Ok(match is_machine(usage_type) {
            true => match measured(self.amount.amount(row)?, self.unit.text(row)) {
                // Hours of a machine are in no other unit.
                Measure::Other => Measure::UnknownUnit(self.unit.text(row)),
                measure => measure,
            },
            false if is_auto_mode(usage_type) => Measure::MachinePart,
            false => Measure::Other,
        })
    }

    fn effective(&self, row: &StringRecord, billed: Decimal) -> Result<Decimal, ValueError> {
        let of_reservation = "and its effective cost is in columns of the reservation that are missing: export every column of the group reservation";
        let of_plan = "and its effective cost is in columns of the Savings Plan that are missing: export every column of the group savings_plan";
        match self.kind.text(row) {
            "DiscountedUsage" => self.needed(self.reservation_effective, row, of_reservation)?.amount(row),
            "SavingsPlanCoveredUsage" => self.needed(self.plan_effective, row, of_plan)?.amount(row),
            "SavingsPlanNegation" | "SavingsPlanUpfrontFee" => Ok(Decimal::ZERO),
            "RIFee" => {
                let (upfront, recurring) = self.needed(self.reservation_unused, row, of_reservation)?;
                Ok(upfront.amount(row)?.saturating_add(recurring.amount(row)?))
            }
            "SavingsPlanRecurringFee" => {
                let (all, used) = self.needed(self.plan_commitment, row, of_plan)?;
                Ok(all.amount(row)?.saturating_sub(used.amount(row)?))
            }
            "Fee" if !text(self.reservation, row).is_empty() => Ok(Decimal::ZERO),
            _ => Ok(billed),
        }
    }

    fn needed<T>(&self, columns: Option<T>, row: &StringRecord, why: &'static str) -> Result<T, ValueError> {
        columns.ok_or_else(|| self.kind.error(row, why))
    }
}

/// Whether a usage type counts the hours of an EC2 machine: on demand, as spot or dedicated, or reserved.
pub(super) fn is_machine(usage_type: &str) -> bool {
    let name = usage_type.split(':').next().unwrap_or_default();
    let name = name.rsplit('-').next().unwrap_or_default();
    ["BoxUsage", "SpotUsage", "DedicatedUsage", "HeavyUsage", "HostBoxUsage", "SchedUsage"].contains(&name)
}

/// Whether a usage type is the fee of EKS Auto Mode, which the price of a node includes.
pub(super) fn is_auto_mode(usage_type: &str) -> bool {
    usage_type.contains("EKS-Auto")
}

/// The name of a column in the spelling of CUR 2.0: `lineItem/UnblendedCost` is `line_item_unblended_cost`.
pub(super) fn normalized(name: &str) -> String {
    match name.split_once('/') {
        Some(("resourceTags", key)) => format!("{TAG_COLUMN}{}", tag_key(key)),
        Some((group, name)) => format!("{}_{}", tag_key(group), tag_key(name)),
        None => name.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn legacy_names_become_those_of_cur_2() {
        for (legacy, new) in [
            ("lineItem/UnblendedCost", "line_item_unblended_cost"),
            ("bill/BillingPeriodStartDate", "bill_billing_period_start_date"),
            ("savingsPlan/SavingsPlanEffectiveCost", "savings_plan_savings_plan_effective_cost"),
            (
                "reservation/UnusedAmortizedUpfrontFeeForBillingPeriod",
                "reservation_unused_amortized_upfront_fee_for_billing_period",
            ),
            ("reservation/ReservationARN", "reservation_reservation_arn"),
            ("resourceTags/user:kubernetes.io/cluster/shop", "resource_tags_kubernetes_io_cluster_shop"),
            ("line_item_usage_type", "line_item_usage_type"),
        ] {
            assert_eq!(normalized(legacy), new);
        }
    }

    #[test]
    fn usage_types_of_machines_are_known() {
        for (usage_type, expected) in [
            ("BoxUsage", true),
            ("BoxUsage:m5.large", true),
            ("EUC1-SpotUsage:m5.large", true),
            ("USE1-HeavyUsage:m5.large", true),
            ("EBSOptimized:m4.large", false),
            ("USE1-DataTransfer-Out-Bytes", false),
            ("USE1-EKS-Auto:m5.large", false),
            ("", false),
        ] {
            assert_eq!(is_machine(usage_type), expected, "{usage_type}");
        }
    }

    const COLUMNS: [&str; 15] = [
        "line_item_line_item_type",
        "line_item_unblended_cost",
        "line_item_currency_code",
        "bill_billing_period_start_date",
        "line_item_usage_start_date",
        "line_item_usage_type",
        "line_item_usage_amount",
        "pricing_unit",
        "line_item_resource_id",
        "reservation_effective_cost",
        "reservation_unused_amortized_upfront_fee_for_billing_period",
        "reservation_unused_recurring_fee",
        "savings_plan_savings_plan_effective_cost",
        "savings_plan_total_commitment_to_date",
        "savings_plan_used_commitment",
    ];

    /// Kind and effective cost of a row with an unblended cost of 10, read with the first `columns` columns.
    fn read(kind: &str, columns: usize) -> String {
        let mut head =
            Columns::new("bill.csv", Cur::NAME, COLUMNS[..columns].iter().map(|c| (*c).to_owned()).collect());
        let cur = Cur::of(&mut head, &BilledCluster::default()).unwrap();
        let values = [kind, "10", "USD", "", "", "BoxUsage:m5.large", "2", "Hrs", "i-1", "3", "4", "5", "6", "9", "7"];
        let record: StringRecord = values.iter().take(columns).collect();
        match cur.row(&record) {
            Ok(row) => format!("{:?} {}", row.charge.kind, row.charge.effective.amount()),
            Err(error) => error.why.to_owned(),
        }
    }

    #[test]
    fn every_type_has_its_effective_cost() {
        for (kind, expected) in [
            ("Usage", "Usage { measure: MachineHours(2), is_committed: false } 10"),
            ("DiscountedUsage", "Usage { measure: MachineHours(2), is_committed: true } 3"),
            ("SavingsPlanCoveredUsage", "Usage { measure: MachineHours(2), is_committed: true } 6"),
            ("SavingsPlanNegation", "Usage { measure: MachinePart, is_committed: true } 0"),
            ("RIFee", "Unused 9"),
            ("SavingsPlanRecurringFee", "Unused 2"),
            ("SavingsPlanUpfrontFee", "Purchase 0"),
            ("Fee", "Purchase 10"),
            ("Tax", "Tax 10"),
            ("Credit", "Credit 10"),
            ("Refund", "Refund 10"),
            ("EdpDiscount", "Discount 10"),
            ("SomethingNew", "Adjustment 10"),
        ] {
            assert_eq!(read(kind, COLUMNS.len()), expected, "{kind}");
        }
        for (kind, group) in
            [("DiscountedUsage", "reservation"), ("RIFee", "reservation"), ("SavingsPlanCoveredUsage", "savings_plan")]
        {
            assert!(read(kind, 9).ends_with(&format!("of the group {group}")), "{kind}");
        }
    }
}
