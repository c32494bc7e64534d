//! FOCUS 1.0 to 1.2 (<https://focus.finops.org/focus-specification/>), as AWS, Azure and Google export it.

use csv::StringRecord;

use super::columns::{Column, Columns, ValueError, text};
use super::cur::{is_auto_mode, is_machine};
use super::error::BillError;
use super::layout::Row;
use super::tags::has_tag_of;
use super::unit::measured;
use crate::model::billed::{BilledCluster, Charge, ChargeKind, Measure, ResourceId};
use crate::units::Money;

/// The columns of a file.
pub(super) struct Focus {
    cluster: BilledCluster,
    billed: Column,
    effective: Column,
    currency: Column,
    billing_start: Column,
    usage_start: Column,
    category: Column,
    service: Column,
    resource: Column,
    class: Option<Column>,
    status: Option<Column>,
    commitment: Option<Column>,
    /// Quantities with their units, the first that a row has counts.
    quantities: [Option<(Column, Column)>; 2],
    name: Option<Column>,
    description: Option<Column>,
    tags: Option<Column>,
    /// Columns that AWS and Azure add, which tell hours of a machine from hours of something that belongs to it.
    usage_type: Option<Column>,
    meter: Option<Column>,
}

impl Focus {
    pub(super) const NAME: &'static str = "FOCUS";

    pub(super) fn of(columns: &mut Columns<'_>, cluster: &BilledCluster) -> Result<Self, BillError> {
        let why = "FOCUS requires it and the reconciliation uses it";
        let mut need = |name| columns.need(name, why);
        Ok(Self {
            cluster: cluster.clone(),
            billed: need("BilledCost")?,
            effective: need("EffectiveCost")?,
            currency: need("BillingCurrency")?,
            billing_start: need("BillingPeriodStart")?,
            usage_start: need("ChargePeriodStart")?,
            category: need("ChargeCategory")?,
            service: need("ServiceCategory")?,
            resource: columns.need("ResourceId", "it joins charges to nodes")?,
            class: columns.find("ChargeClass"),
            status: columns.find("CommitmentDiscountStatus"),
            commitment: columns.find("CommitmentDiscountId"),
            quantities: [
                columns.find("ConsumedQuantity").zip(columns.find("ConsumedUnit")),
                columns.find("PricingQuantity").zip(columns.find("PricingUnit")),
            ],
            name: columns.find("ResourceName"),
            description: columns.find("ChargeDescription"),
            tags: columns.find("Tags"),
            usage_type: columns.find("x_UsageType"),
            meter: columns.find("x_SkuMeterCategory"),
        })
    }

    pub(super) fn row<'r>(&self, row: &'r StringRecord) -> Result<Row<'r>, ValueError> {
        let name = Some(text(self.name, row)).filter(|name| !name.is_empty());
        let charge = Charge {
            billed: Money::new(self.billed.amount(row)?),
            effective: Money::new(self.effective.amount(row)?),
            kind: self.kind(row)?,
            resource: ResourceId::of_bill(self.resource.text(row), name),
            is_tagged: self.is_tagged(row)?,
        };
        let (currency, billing_start) = (self.currency.text(row), self.billing_start.text(row));
        Ok(Row { billing_start, usage_start: self.usage_start.text(row), currency, charge })
    }

    fn is_tagged(&self, row: &StringRecord) -> Result<bool, ValueError> {
        let Some(tags) = self.tags else { return Ok(false) };
        let found = has_tag_of(&self.cluster, tags.text(row));
        found.ok_or_else(|| tags.error(row, "which is not a JSON object of tags: export the bill as FOCUS describes"))
    }

    fn kind<'r>(&self, row: &'r StringRecord) -> Result<ChargeKind<'r>, ValueError> {
        let status = text(self.status, row);
        Ok(match self.category.text(row) {
            "Usage" if text(self.class, row) == "Correction" => ChargeKind::Adjustment,
            "Usage" if status == "Unused" => ChargeKind::Unused,
            "Usage" => ChargeKind::Usage {
                measure: self.measure(row)?,
                is_committed: status == "Used" || !text(self.commitment, row).is_empty(),
            },
            "Purchase" => ChargeKind::Purchase,
            "Tax" => ChargeKind::Tax,
            "Credit" => ChargeKind::Credit,
            "Adjustment" => ChargeKind::Adjustment,
            _ => {
                let why =
                    "and FOCUS has Usage, Purchase, Tax, Credit and Adjustment: export the bill as FOCUS 1.0 to 1.2";
                return Err(self.category.error(row, why));
            }
        })
    }

    /// What a charge counts, where it is for a machine.
    fn measure<'r>(&self, row: &'r StringRecord) -> Result<Measure<'r>, ValueError> {
        if self.service.text(row) != "Compute" {
            return Ok(Measure::Other);
        }
        let mut hours = None;
        for (quantity, unit) in self.quantities.into_iter().flatten() {
            if hours.is_none() && !quantity.text(row).is_empty() {
                hours = Some(measured(quantity.amount(row)?, unit.text(row)));
            }
        }
        // Google bills the cores and the memory of a machine apart, and counts both in time.
        let description = text(self.description, row);
        if self.resource.text(row).contains("projects/") {
            if description.contains(" Ram ") {
                return Ok(Measure::MachinePart);
            }
            if let (true, Some(Measure::MachineHours(hours))) = (description.contains(" Core "), hours) {
                return Ok(Measure::CoreHours(hours));
            }
        }
        let (usage_type, meter) = (text(self.usage_type, row), text(self.meter, row));
        if is_auto_mode(usage_type) {
            return Ok(Measure::MachinePart);
        }
        let is_machine =
            (usage_type.is_empty() || is_machine(usage_type)) && (meter.is_empty() || meter == "Virtual Machines");
        Ok(if is_machine { hours.unwrap_or(Measure::MachinePart) } else { Measure::Other })
    }
}

#[cfg(test)]
mod tests {
    use rust_decimal::Decimal;

    use super::*;

    const HEADER: [&str; 16] = [
        "BilledCost",
        "EffectiveCost",
        "BillingCurrency",
        "BillingPeriodStart",
        "ChargePeriodStart",
        "ChargeCategory",
        "ServiceCategory",
        "ResourceId",
        "CommitmentDiscountStatus",
        "ConsumedQuantity",
        "ConsumedUnit",
        "ResourceName",
        "ChargeDescription",
        "x_UsageType",
        "x_SkuMeterCategory",
        "ChargeClass",
    ];

    fn kind(values: &[(&str, &str)]) -> String {
        let names = HEADER.map(str::to_owned).to_vec();
        let mut columns = Columns::new("bill.csv", Focus::NAME, names);
        let focus = Focus::of(&mut columns, &BilledCluster::default()).unwrap();
        let usual = [("ChargeCategory", "Usage"), ("ServiceCategory", "Compute"), ("ConsumedQuantity", "24")];
        let of = |name: &str| values.iter().chain(&usual).find(|(key, _)| *key == name).map_or("", |(_, value)| *value);
        let record: StringRecord = HEADER.iter().map(|name| of(name)).collect();
        focus.row(&record).map_or_else(|error| error.why.to_owned(), |row| format!("{:?}", row.charge.kind))
    }

    #[test]
    fn hours_of_a_machine_are_told_from_other_hours() {
        let usage =
            |measure: &str, is_committed: bool| format!("Usage {{ measure: {measure}, is_committed: {is_committed} }}");
        let google = ("ResourceId", "//compute.googleapis.com/projects/p/zones/us-central1-a/instances/1");
        for (values, measure) in [
            (vec![("ConsumedUnit", "Hours")], "MachineHours(24)"),
            (vec![("ConsumedUnit", "Hours"), ("x_UsageType", "USE1-BoxUsage:m5.large")], "MachineHours(24)"),
            (vec![("ConsumedUnit", "Hours"), ("x_UsageType", "USE1-EBSOptimized:m4.large")], "Other"),
            (vec![("ConsumedUnit", "Hours"), ("x_UsageType", "USE1-EKS-Auto:m5.large")], "MachinePart"),
            (vec![("ConsumedUnit", "Hours"), ("x_SkuMeterCategory", "Virtual Machines")], "MachineHours(24)"),
            (vec![("ConsumedUnit", "Hours"), ("x_SkuMeterCategory", "Virtual Machines Licenses")], "Other"),
            (vec![("ConsumedUnit", "GB")], "Other"),
            (vec![("ConsumedUnit", "Hours"), ("ServiceCategory", "Networking")], "Other"),
            (vec![("ConsumedUnit", "moons")], "UnknownUnit(\"moons\")"),
            (
                vec![google, ("ConsumedUnit", "h"), ("ChargeDescription", "N2 Instance Core running in Iowa")],
                "CoreHours(24)",
            ),
            (
                vec![
                    google,
                    ("ConsumedUnit", "byte-seconds"),
                    ("ChargeDescription", "N2 Instance Ram running in Iowa"),
                ],
                "MachinePart",
            ),
        ] {
            assert_eq!(kind(&values), usage(measure, false), "{values:?}");
        }
        let covered = [("ConsumedUnit", "Hours"), ("CommitmentDiscountStatus", "Used")];
        assert_eq!(kind(&covered), usage("MachineHours(24)", true));
    }

    #[test]
    fn every_category_has_its_kind() {
        for (values, expected) in [
            (vec![("CommitmentDiscountStatus", "Unused")], "Unused"),
            (vec![("ChargeClass", "Correction")], "Adjustment"),
            (vec![("ChargeCategory", "Purchase")], "Purchase"),
            (vec![("ChargeCategory", "Tax")], "Tax"),
            (vec![("ChargeCategory", "Credit")], "Credit"),
            (vec![("ChargeCategory", "Adjustment")], "Adjustment"),
        ] {
            assert_eq!(kind(&values), expected, "{values:?}");
        }
        assert!(kind(&[("ChargeCategory", "Gift")]).contains("FOCUS has Usage, Purchase"));
        assert!(kind(&[("BilledCost", "1,5")]).contains("not a number"));
    }

    #[test]
    fn a_quantity_is_a_decimal() {
        assert!(
            kind(&[("ConsumedUnit", "Hours"), ("ConsumedQuantity", "2.5E-1")])
                .contains(&format!("{}", Decimal::new(25, 2)))
        );
    }
}
