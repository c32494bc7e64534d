//! The screens of `capmodel prices`: regions, instance types and price groups.

use crate::model::nodes::{Allocatable, Arch, Distribution, Provider};
use crate::model::pricing::{GroupPrice, Offering, PriceDates};
use crate::outputs::document::{Document, Table};
use crate::outputs::number::{bytes, bytes_to, cpu, distinguishable, significant};
use crate::outputs::{Format, Layout, OutputError, json, render};
use crate::schema::prices::{InstancePrice, PriceGroup, PriceRegion};

/// The content of `capmodel prices`.
#[derive(Debug)]
pub enum PriceListing {
    /// Regions, one per line.
    Regions(Vec<RegionListing>),
    /// Types, or one type in several regions, one per line.
    Types(Vec<TypeListing>),
    /// Price groups, one per line.
    Groups(Vec<GroupListing>),
    /// One type in one region.
    One(Box<TypeListing>),
}

/// A price group with its prices of a core and a GiB.
#[derive(Debug)]
pub struct GroupListing {
    /// CPU architecture.
    pub arch: Arch,
    /// Whether it is used to price shares of a cluster.
    pub basis: bool,
    /// The fit.
    pub price: GroupPrice,
}

/// A region with the dates of its prices.
#[derive(Debug)]
pub struct RegionListing {
    /// Provider of the region.
    pub provider: Provider,
    /// Name of the region.
    pub region: String,
    /// Number of types with a price.
    pub types: usize,
    /// Number of types with a spot price.
    pub spot: usize,
    /// Dates and source of the prices.
    pub dates: PriceDates,
}

/// An instance type in a region.
#[derive(Debug)]
pub struct TypeListing {
    /// Provider of the type.
    pub provider: Provider,
    /// Region of the prices.
    pub region: String,
    /// Distribution whose formulas give the reserved resources.
    pub distribution: Distribution,
    /// Shape and prices.
    pub offering: Offering,
    /// Resources that it offers to pods.
    pub allocatable: Allocatable,
}

/// Renders the listing in the requested format.
///
/// # Errors
/// [`OutputError::Encode`], which is a bug.
pub fn price_listing(listing: &PriceListing, layout: Layout) -> Result<Vec<u8>, OutputError> {
    match (listing, layout.format) {
        (listing, Format::Json) => json(&json::prices::document(listing)),
        (PriceListing::Regions(regions), Format::Csv) => render::records(regions.iter().map(PriceRegion::from)),
        (PriceListing::Types(types), Format::Csv) => render::records(types.iter().map(InstancePrice::from)),
        (PriceListing::Groups(groups), Format::Csv) => render::records(groups.iter().map(PriceGroup::from)),
        (PriceListing::One(one), Format::Csv) => render::records([InstancePrice::from(&**one)]),
        (listing, Format::Table | Format::Markdown | Format::Html) => Ok(render::text(&document(listing), layout)),
    }
}

fn document(listing: &PriceListing) -> Document {
    let mut document = Document::default();
    if matches!(listing, PriceListing::Groups(groups) if groups.is_empty()) {
        document.text(
            "No price group of this region has prices of enough instance types to fit a price per core and per GiB.",
        );
        return document;
    }
    document.table(table(listing));
    document
}

fn table(listing: &PriceListing) -> Table {
    match listing {
        PriceListing::Regions(regions) => {
            let mut table =
                Table::new(["provider", "region", "types", "with spot", "prices as of", "source", "spot prices"])
                    .with_text(&[1, 4, 5, 6])
                    .with_dropped(&[5, 6]);
            for row in regions.iter().map(PriceRegion::from) {
                table.row([
                    row.provider,
                    row.region,
                    row.instance_types.to_string(),
                    row.with_spot_price.to_string(),
                    row.price_date,
                    row.source,
                    spot_text(&row.spot_basis, row.spot_price_date),
                ]);
            }
            table
        }
        PriceListing::Types(types) => {
            let head = [
                "type",
                "region",
                "arch",
                "vCPU",
                "memory",
                "GPU",
                "allocatable CPU",
                "allocatable memory",
                "minimum",
                "max pods",
                "$/hour",
                "spot $/hour",
            ];
            let has_rules = types.iter().any(|listing| listing.offering.origin.negotiated.is_some());
            let of_rules = ["list $/hour", "pricing rule"].into_iter().filter(|_| has_rules);
            let mut table = Table::new(head.into_iter().chain(of_rules)).with_text(&[1, 2, 13]);
            table = table.with_dropped(&[8, 6, 5, 2, 9, 1]);
            for listing in types {
                let row = InstancePrice::from(listing);
                let (memory, at_least) = memory_for_pods(listing);
                let list = row.list_price_per_hour.unwrap_or_else(|| row.price_per_hour.clone()).0;
                let of_rules = [list, row.pricing_rule.unwrap_or_default()].into_iter().filter(|_| has_rules);
                let cells = [
                    row.instance_type,
                    row.region,
                    row.arch,
                    row.vcpu.to_string(),
                    bytes(listing.offering.instance.memory),
                    gpu(row.gpu_count, row.gpu_name),
                    cpu(listing.allocatable.cpu),
                    memory,
                    at_least,
                    row.max_pods.to_string(),
                    row.price_per_hour.0,
                    row.spot_price_per_hour.unwrap_or_default().0,
                ];
                table.row(cells.into_iter().chain(of_rules));
            }
            table
        }
        PriceListing::Groups(groups) => group_table(groups),
        PriceListing::One(listing) => one(listing),
    }
}

fn group_table(groups: &[GroupListing]) -> Table {
    let head = ["group", "arch", "machines", "$/core-hour", "$/GiB-hour", "core ÷ GiB", "largest residual", "fit"];
    let mut table = Table::new(head).with_text(&[1, 7]).with_dropped(&[2, 1]);
    for listing in groups {
        let row = PriceGroup::from(listing);
        let how = match row.borrowed_from {
            Some(from) => format!("ratio borrowed from {from}"),
            None if row.share_basis => "least squares, used for cluster shares".to_owned(),
            None => "least squares".to_owned(),
        };
        table.row([
            row.group,
            row.arch,
            row.machines.to_string(),
            row.core_hour.0,
            row.gib_hour.0,
            row.core_gib_ratio.map_or_else(String::new, |ratio| significant(ratio, 3)),
            format!("{}%", significant(100.0 * row.max_residual, 2)),
            how,
        ]);
    }
    table
}

fn one(listing: &TypeListing) -> Table {
    let row = InstancePrice::from(listing);
    let mut table = Table::new([row.instance_type.as_str(), ""]).with_text(&[1]);
    table.row(["provider and region".to_owned(), format!("{} {}", row.provider, row.region)]);
    table.row(["architecture".to_owned(), row.arch]);
    table.row(["capacity".to_owned(), format!("{} vCPU, {}", row.vcpu, bytes(listing.offering.instance.memory))]);
    if row.gpu_count > 0 {
        table.row(["accelerators".to_owned(), gpu(row.gpu_count, row.gpu_name)]);
    }
    let (memory, at_least) = memory_for_pods(listing);
    table.row([
        format!("allocatable ({})", row.distribution),
        format!(
            "{}, {memory} (plans use the minimum, {at_least}), {} pods",
            cpu(listing.allocatable.cpu),
            row.max_pods
        ),
    ]);
    table.row([
        "on demand".to_owned(),
        format!("${} per hour, {} of {} ({})", row.price_per_hour, row.price_rule, row.price_date, row.source),
    ]);
    if let (Some(list), Some(rule)) = (row.list_price_per_hour, row.pricing_rule) {
        table.row(["list price".to_owned(), format!("${list} per hour, replaced by {rule}")]);
    }
    let spot = row.spot_price_per_hour.map(|price| format!("${price} per hour, ")).unwrap_or_default();
    let spot_line = format!("{spot}{}", spot_text(&row.spot_price_rule, row.spot_price_date));
    table.row(["spot".to_owned(), spot_line]);
    if let Some(warning) = row.price_warning {
        table.row(["warning".to_owned(), warning]);
    }
    table
}

/// Expected and guaranteed memory for pods.
fn memory_for_pods(listing: &TypeListing) -> (String, String) {
    distinguishable((listing.allocatable.memory_estimate, listing.allocatable.memory), 2..=9, bytes_to)
}

fn spot_text(basis: &str, date: Option<String>) -> String {
    match date {
        Some(date) => format!("{basis} of {date}"),
        None => "none known".to_owned(),
    }
}

fn gpu(count: u32, name: Option<String>) -> String {
    if count == 0 { String::new() } else { format!("{count} × {}", name.unwrap_or_default()) }
}
