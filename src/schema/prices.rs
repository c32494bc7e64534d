//! `capmodel/prices/v1`: regions, instance types and price groups with their prices.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::number::DecimalText;

/// Name and version of the document.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum PricesSchema {
    /// Version 1.
    #[serde(rename = "capmodel/prices/v1")]
    V1,
}

/// Output of `capmodel prices`: a list of regions, instance types or price groups, or one instance type.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(title = "capmodel prices")]
#[serde(untagged)]
pub enum Prices {
    /// Output of `prices list` for all regions.
    Regions(Vec<PriceEntry<PriceRegion>>),
    /// Output of `prices list` for one region, and of `prices show` for one type in several regions.
    Types(Vec<PriceEntry<InstancePrice>>),
    /// Output of `prices groups`.
    Groups(Vec<PriceEntry<PriceGroup>>),
    /// Output of `prices show` for one type in one region.
    Type(Box<PriceEntry<InstancePrice>>),
}

/// One entry of the output.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "{T}Entry")]
pub struct PriceEntry<T> {
    /// Name and version of this document.
    pub schema: PricesSchema,
    /// The region, instance type or price group.
    #[serde(flatten)]
    pub entry: T,
}

/// A region and the dates of its prices.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PriceRegion {
    /// Cloud provider.
    pub provider: String,
    /// Name of the region.
    pub region: String,
    /// Number of instance types with a price.
    pub instance_types: usize,
    /// Number of instance types with a spot price.
    pub with_spot_price: usize,
    /// Date of the on-demand prices.
    pub price_date: String,
    /// Source of the on-demand prices, for example a URL.
    pub source: String,
    /// How the spot prices were determined: `list`, `indicative` or `none`.
    pub spot_basis: String,
    /// Date of the spot prices.
    pub spot_price_date: Option<String>,
}

/// An instance type in a region, with its prices.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct InstancePrice {
    /// Cloud provider.
    pub provider: String,
    /// Name of the region.
    pub region: String,
    /// Name of the instance type.
    pub instance_type: String,
    /// CPU architecture: `amd64` or `arm64`.
    pub arch: String,
    /// Number of vCPUs.
    pub vcpu: u32,
    /// Advertised memory in bytes.
    pub memory_bytes: u64,
    /// Number of accelerators.
    pub gpu_count: u32,
    /// Name of the accelerators.
    pub gpu_name: Option<String>,
    /// Distribution whose kubelet reservations are used, for example `eks`.
    pub distribution: String,
    /// Allocatable CPU in millicores.
    pub allocatable_cpu_millis: u64,
    /// Expected allocatable memory in bytes.
    pub allocatable_memory_bytes: u64,
    /// Lower bound of the allocatable memory in bytes, which plans use.
    pub allocatable_memory_low_bytes: u64,
    /// Maximum number of pods.
    pub max_pods: u32,
    /// On-demand price per hour.
    pub price_per_hour: DecimalText,
    /// Currency of both prices.
    pub currency: String,
    /// Date of the on-demand price.
    pub price_date: String,
    /// How the on-demand price was determined: `list`, `indicative`, `own-table` or `unconfirmed`.
    pub price_rule: String,
    /// Source of the on-demand price, for example a URL.
    pub source: String,
    /// Spot price per hour; `null` if there is none.
    pub spot_price_per_hour: Option<DecimalText>,
    /// How the spot price was determined: `list`, `indicative` or `none`.
    pub spot_price_rule: String,
    /// Date of the spot price.
    pub spot_price_date: Option<String>,
    /// Known problem of the price.
    pub price_warning: Option<String>,
    /// On-demand list price per hour, if a pricing file replaced it.
    #[serde(default)]
    pub list_price_per_hour: Option<DecimalText>,
    /// The rule of the pricing file that set the price.
    #[serde(default)]
    pub pricing_rule: Option<String>,
}

/// A price group with its fitted prices of a core and a GiB.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PriceGroup {
    /// Name of the group.
    pub group: String,
    /// CPU architecture: `amd64` or `arm64`.
    pub arch: String,
    /// Whether shares of a cluster are priced with this group.
    pub share_basis: bool,
    /// Number of instance types in the group.
    pub machines: usize,
    /// Price of one core per hour.
    pub core_hour: DecimalText,
    /// Price of one GiB of memory per hour.
    pub gib_hour: DecimalText,
    /// Core-hour price ÷ GiB-hour price.
    pub core_gib_ratio: Option<f64>,
    /// Largest relative difference between the fit and a price of the group.
    pub max_residual: f64,
    /// Method: `fitted`, or `borrowed` from another group's ratio.
    pub rule: String,
    /// The group that the ratio is borrowed from.
    pub borrowed_from: Option<String>,
    /// Currency of both prices.
    pub currency: String,
}
