//! Generates bills of a month in the columns of FOCUS and of the Cost and Usage Report of AWS.

use capmodel::units::Month;
use rust_decimal::Decimal;

/// A charge before it is written in a layout.
#[derive(Clone, Debug)]
pub(super) struct Line {
    pub(super) kind: Kind,
    /// Identifier of the resource; empty for none.
    pub(super) resource: String,
    /// Usage type of AWS.
    pub(super) usage: &'static str,
    pub(super) quantity: Decimal,
    pub(super) unit: &'static str,
    /// Start of the usage.
    pub(super) start: String,
    /// Cost without a commitment.
    pub(super) cost: Decimal,
    /// Whether a tag assigns it to the cluster `small`.
    pub(super) tagged: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Usage,
    /// Covered by a Savings Plan, at this effective cost.
    Covered(Decimal),
    /// The fee of a Savings Plan, of which this much was used; `cost` is the whole of it.
    Fee(Decimal),
    /// Paid upfront for a reservation.
    Upfront,
    Tax,
    Credit,
    Refund,
}

pub(super) fn dec(text: &str) -> Decimal {
    text.parse().unwrap()
}

/// The start of an hour of the month.
pub(super) fn hour(month: Month, hour: u32) -> String {
    format!("{month}-{:02}T{:02}:00:00Z", hour / 24 + 1, hour % 24)
}

impl Line {
    /// One charge for the whole month.
    pub(super) fn new(month: Month, kind: Kind, resource: &str, usage: &'static str, cost: &str) -> Self {
        Self {
            kind,
            resource: resource.to_owned(),
            usage,
            quantity: Decimal::ONE,
            unit: "GB",
            start: hour(month, 0),
            cost: dec(cost),
            tagged: false,
        }
    }
}

/// A machine that is billed by the hour, for this many hours from the start of the month.
pub(super) fn machine(month: Month, kind: Kind, id: &str, hours: u32, price: &str) -> Vec<Line> {
    let line = Line { unit: "Hrs", ..Line::new(month, kind, id, "BoxUsage:z9", price) };
    (0..hours).map(|at| Line { start: hour(month, at), ..line.clone() }).collect()
}

/// What the invoice demands for a line.
pub(super) fn billed(line: &Line) -> Decimal {
    if matches!(line.kind, Kind::Covered(_)) { Decimal::ZERO } else { line.cost }
}

/// Both spellings of the columns of the Cost and Usage Report.
const CUR: [(&str, &str); 16] = [
    ("bill/BillingPeriodStartDate", "bill_billing_period_start_date"),
    ("lineItem/LineItemType", "line_item_line_item_type"),
    ("lineItem/UsageStartDate", "line_item_usage_start_date"),
    ("lineItem/ResourceId", "line_item_resource_id"),
    ("lineItem/UsageType", "line_item_usage_type"),
    ("lineItem/UsageAmount", "line_item_usage_amount"),
    ("pricing/unit", "pricing_unit"),
    ("lineItem/CurrencyCode", "line_item_currency_code"),
    ("lineItem/UnblendedCost", "line_item_unblended_cost"),
    ("savingsPlan/SavingsPlanEffectiveCost", "savings_plan_savings_plan_effective_cost"),
    ("savingsPlan/TotalCommitmentToDate", "savings_plan_total_commitment_to_date"),
    ("savingsPlan/UsedCommitment", "savings_plan_used_commitment"),
    ("reservation/ReservationARN", "reservation_reservation_a_r_n"),
    ("reservation/EffectiveCost", "reservation_effective_cost"),
    ("product/region", "product_region_code"),
    ("resourceTags/user:kubernetes.io/cluster/small", "resource_tags_user_kubernetes_io_cluster_small"),
];

/// The lines as a Cost and Usage Report: header and rows.
pub(super) fn cur(month: Month, lines: &[Line], is_legacy: bool) -> Vec<Vec<String>> {
    let header = CUR.iter().map(|(old, new)| if is_legacy { old } else { new }).map(|name| (*name).to_owned());
    let mut rows = vec![header.collect()];
    for line in lines {
        let mut row = |kind: &str, cost: Decimal, effective: &str, fee: [&str; 2], reservation: &str| {
            let tag = if line.tagged { "owned" } else { "" };
            let (quantity, cost, start) = (line.quantity.to_string(), cost.to_string(), hour(month, 0));
            let values: [&str; 16] = [
                &start,
                kind,
                &line.start,
                &line.resource,
                line.usage,
                &quantity,
                line.unit,
                "USD",
                &cost,
                effective,
                fee[0],
                fee[1],
                reservation,
                "",
                "local-1",
                tag,
            ];
            rows.push(values.iter().map(|value| (*value).to_owned()).collect());
        };
        let none = ["", ""];
        match line.kind {
            Kind::Usage => row("Usage", line.cost, "", none, ""),
            Kind::Covered(effective) => {
                row("SavingsPlanCoveredUsage", line.cost, &effective.to_string(), none, "");
                row("SavingsPlanNegation", -line.cost, "", none, "");
            }
            Kind::Fee(used) => {
                row("SavingsPlanRecurringFee", line.cost, "", [&line.cost.to_string(), &used.to_string()], "");
            }
            Kind::Upfront => row("Fee", line.cost, "", none, "arn:aws:ec2:local-1:1:reserved-instances/r"),
            Kind::Tax => row("Tax", line.cost, "", none, ""),
            Kind::Credit => row("Credit", line.cost, "", none, ""),
            Kind::Refund => row("Refund", line.cost, "", none, ""),
        }
    }
    rows
}

const FOCUS: [&str; 14] = [
    "BilledCost",
    "BillingCurrency",
    "BillingPeriodStart",
    "ChargeCategory",
    "ChargePeriodStart",
    "CommitmentDiscountStatus",
    "ConsumedQuantity",
    "ConsumedUnit",
    "EffectiveCost",
    "ResourceId",
    "ServiceCategory",
    "ListCost",
    "x_UsageType",
    "Tags",
];

/// The lines in the columns of FOCUS: header and rows.
pub(super) fn focus(month: Month, lines: &[Line]) -> Vec<Vec<String>> {
    let mut rows = vec![FOCUS.iter().map(|name| (*name).to_owned()).collect()];
    for line in lines {
        let mut row = |category: &str, status: &str, billed: Decimal, effective: Decimal| {
            let tags = if line.tagged { r#"{"kubernetes.io/cluster/small":"owned"}"# } else { "{}" };
            let service = if line.resource.contains("i-") { "Compute" } else { "Other" };
            let values: [&str; 14] = [
                &billed.to_string(),
                "USD",
                &hour(month, 0),
                category,
                &line.start,
                status,
                &line.quantity.to_string(),
                if line.unit == "Hrs" { "Hours" } else { line.unit },
                &effective.to_string(),
                &line.resource,
                service,
                &line.cost.to_string(),
                line.usage,
                tags,
            ];
            rows.push(values.iter().map(|value| (*value).to_owned()).collect());
        };
        match line.kind {
            Kind::Usage => row("Usage", "", line.cost, line.cost),
            Kind::Covered(effective) => row("Usage", "Used", Decimal::ZERO, effective),
            Kind::Fee(used) => {
                row("Purchase", "", line.cost, Decimal::ZERO);
                row("Usage", "Unused", Decimal::ZERO, line.cost - used);
            }
            Kind::Upfront => row("Purchase", "", line.cost, Decimal::ZERO),
            Kind::Tax => row("Tax", "", line.cost, line.cost),
            Kind::Credit => row("Credit", "", line.cost, line.cost),
            // FOCUS has no refunds of their own.
            Kind::Refund => row("Adjustment", "", line.cost, line.cost),
        }
    }
    rows
}

/// Rows as CSV.
pub(super) fn csv(rows: &[Vec<String>]) -> Vec<u8> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    rows.iter().for_each(|row| writer.write_record(row).unwrap());
    writer.into_inner().unwrap()
}
