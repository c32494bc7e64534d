//! The columns of the charges, shared by the CSV and the Parquet output.

use rust_decimal::Decimal;

use super::charge::Charge;
use crate::model::report::Report;
use crate::units::{Money, Timestamp};

/// A column, and its value for a charge.
pub(super) struct Column {
    pub(super) name: &'static str,
    pub(super) value: Value,
}

/// A value by its type.
pub(super) enum Value {
    Text(fn(&Charge<'_>) -> String),
    Optional(fn(&Charge<'_>) -> Option<String>),
    /// Cost in whole cents.
    Cost(fn(&Charge<'_>) -> Money),
    /// Quantity, rounded to a millionth.
    Quantity(fn(&Charge<'_>) -> Decimal),
    /// Time in UTC.
    Time(fn(&Charge<'_>) -> Timestamp),
    Flag(fn(&Charge<'_>) -> bool),
}

impl Value {
    /// The value as text in the format of FOCUS; null is empty.
    pub(super) fn text(&self, charge: &Charge<'_>) -> String {
        match self {
            Self::Text(text) => text(charge),
            Self::Optional(text) => text(charge).unwrap_or_default(),
            Self::Cost(cost) => format!("{:.2}", cost(charge).amount()),
            // All decimals are printed, because readers of CSV would otherwise guess an integer type from whole
            // numbers.
            Self::Quantity(quantity) => format!("{:.1$}", quantity(charge).round_dp(QUANTITY_SCALE), QUANTITY_DIGITS),
            Self::Time(time) => time(charge).strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
            Self::Flag(flag) => flag(charge).to_string(),
        }
    }
}

/// Decimal places of a quantity: the hours of a period given in minutes may have no finite decimal form.
pub(super) const QUANTITY_SCALE: u32 = 6;
const QUANTITY_DIGITS: usize = QUANTITY_SCALE as usize;

const fn column(name: &'static str, value: Value) -> Column {
    Column { name, value }
}

/// The mandatory and recommended columns of FOCUS 1.2 and the optional ones that a report has values for, followed by
/// our own.
pub(super) const COLUMNS: [Column; 44] = [
    column("AvailabilityZone", Value::Optional(|_| None)),
    column("BilledCost", Value::Cost(|_| Money::default())),
    column("BillingAccountId", Value::Text(|charge| cluster_id(charge.report))),
    column("BillingAccountName", Value::Text(|charge| charge.report.cluster.name.clone())),
    column("BillingAccountType", Value::Text(|_| "Kubernetes Cluster".to_owned())),
    column("BillingCurrency", Value::Text(|charge| charge.report.currency.code().to_owned())),
    column("BillingPeriodEnd", Value::Time(|charge| charge.periods.billing.end())),
    column("BillingPeriodStart", Value::Time(|charge| charge.periods.billing.start())),
    column("ChargeCategory", Value::Text(|_| "Usage".to_owned())),
    column("ChargeClass", Value::Optional(|_| None)),
    column("ChargeDescription", Value::Text(|charge| format!("{}: {}", charge.row.key, charge.part.title()))),
    column("ChargeFrequency", Value::Text(|_| "Usage-Based".to_owned())),
    column("ChargePeriodEnd", Value::Time(|charge| charge.periods.charge.end())),
    column("ChargePeriodStart", Value::Time(|charge| charge.periods.charge.start())),
    column("ContractedCost", Value::Cost(|charge| charge.cost)),
    column("EffectiveCost", Value::Cost(|charge| charge.cost)),
    column("InvoiceId", Value::Optional(|_| None)),
    column("InvoiceIssuerName", Value::Text(|charge| provider(charge.report))),
    column("ListCost", Value::Cost(|charge| charge.cost)),
    column("PricingQuantity", Value::Quantity(|charge| charge.report.span.hours_with_data.amount())),
    column("PricingUnit", Value::Text(|_| "Hours".to_owned())),
    column("ProviderName", Value::Text(|charge| provider(charge.report))),
    column("PublisherName", Value::Text(|charge| provider(charge.report))),
    column("ResourceId", Value::Optional(|charge| charge.row.key.workload().map(ToString::to_string))),
    column("ResourceName", Value::Optional(|charge| charge.row.key.workload().map(|id| id.name.clone()))),
    column("ResourceType", Value::Optional(|charge| charge.row.key.workload().map(|id| id.kind.clone()))),
    column("ServiceCategory", Value::Text(|charge| charge.part.service().category.to_owned())),
    column("ServiceName", Value::Text(|charge| charge.part.service().name.to_owned())),
    column("ServiceSubcategory", Value::Text(|charge| charge.part.service().subcategory.to_owned())),
    column("SubAccountId", Value::Optional(namespace)),
    column("SubAccountName", Value::Optional(namespace)),
    column("SubAccountType", Value::Optional(|charge| namespace(charge).map(|_| "Namespace".to_owned()))),
    column("x_Cluster", Value::Text(|charge| charge.report.cluster.name.clone())),
    column("x_CostKind", Value::Text(|_| "modelled".to_owned())),
    column("x_CostPart", Value::Text(|charge| charge.part.name().to_owned())),
    column("x_DataSource", Value::Text(|charge| charge.report.span.source.name().to_owned())),
    column("x_Group", Value::Text(|charge| charge.row.group.clone())),
    column("x_Hours", Value::Quantity(|charge| charge.report.span.hours.amount())),
    column("x_HoursWithData", Value::Quantity(|charge| charge.report.span.hours_with_data.amount())),
    column("x_Negotiated", Value::Flag(|charge| charge.report.has_negotiated_prices())),
    column("x_Partial", Value::Flag(|charge| charge.report.is_partial())),
    column("x_PriceMissing", Value::Flag(|charge| charge.row.unpriced.any())),
    column("x_SplitIdle", Value::Text(|charge| charge.report.splits.1.name().to_owned())),
    column("x_SplitShared", Value::Text(|charge| charge.report.splits.0.name().to_owned())),
];

fn namespace(charge: &Charge<'_>) -> Option<String> {
    charge.row.key.workload().map(|id| id.namespace.clone())
}

fn cluster_id(report: &Report) -> String {
    report.cluster.uid.clone().unwrap_or_else(|| report.cluster.name.clone())
}

/// FOCUS requires a provider name even if no node states it.
fn provider(report: &Report) -> String {
    report.provider.map_or("Unknown", |provider| provider.title()).to_owned()
}
