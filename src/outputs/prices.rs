//! Regions and instance types with their prices.

use serde::Serialize;

use super::layout::Layout;
use super::number::{apart, bytes, bytes_to, cpu, significant};
use super::{csv, json};
use crate::cli::Format;
use crate::model::{
    Allocatable, Arch, Distribution, GroupPrice, Offering, PriceDates, PriceTable, Provider, ShareRule, SpotBasis,
    superseded,
};
use crate::run::Failure;
use crate::settings::OutputSettings;

/// What `capmodel prices` shows.
#[derive(Debug)]
pub enum PriceListing {
    /// Regions, a line each.
    Regions(Vec<RegionListing>),
    /// Types, or one type in several regions, a line each.
    Types(Vec<TypeListing>),
    /// Price groups, a line each.
    Groups(Vec<GroupListing>),
    /// One type in one region.
    One(Box<TypeListing>),
}

/// A price group and what a core and a GiB cost in it.
#[derive(Debug)]
pub struct GroupListing {
    /// Instruction set.
    pub arch: Arch,
    /// Whether shares of a cluster are priced by it.
    pub basis: bool,
    /// The fit.
    pub price: GroupPrice,
}

/// A region and how old its prices are.
#[derive(Debug)]
pub struct RegionListing {
    /// Whose.
    pub provider: Provider,
    /// Its name.
    pub region: String,
    /// Types with a price.
    pub types: usize,
    /// Types with a spot price.
    pub spot: usize,
    /// How old.
    pub dates: PriceDates,
}

/// A type in a region.
#[derive(Debug)]
pub struct TypeListing {
    /// Whose.
    pub provider: Provider,
    /// Where.
    pub region: String,
    /// Whose reservations.
    pub distribution: Distribution,
    /// Shape and prices.
    pub offering: Offering,
    /// What it offers to pods.
    pub allocatable: Allocatable,
}

/// The listing in the form asked for.
///
/// # Errors
/// [`Failure::Encode`], a bug.
pub fn price_listing(listing: &PriceListing, output: &OutputSettings) -> Result<Vec<u8>, Failure> {
    match (listing, output.format) {
        (PriceListing::Regions(regions), Format::Json) => {
            json(&regions.iter().map(RegionRow::from).collect::<Vec<_>>())
        }
        (PriceListing::Regions(regions), Format::Csv) => csv(regions.iter().map(RegionRow::from)),
        (PriceListing::Types(types), Format::Json) => json(&types.iter().map(TypeRow::from).collect::<Vec<_>>()),
        (PriceListing::Types(types), Format::Csv) => csv(types.iter().map(TypeRow::from)),
        (PriceListing::Groups(groups), Format::Json) => json(&groups.iter().map(GroupRow::from).collect::<Vec<_>>()),
        (PriceListing::Groups(groups), Format::Csv) => csv(groups.iter().map(GroupRow::from)),
        (PriceListing::One(one), Format::Json) => json(&TypeRow::from(&**one)),
        (PriceListing::One(one), Format::Csv) => csv([TypeRow::from(&**one)]),
        (listing, Format::Table) => Ok(layout(listing).plain().into_bytes()),
        (listing, Format::Markdown) => Ok(layout(listing).markdown().into_bytes()),
    }
}

#[derive(Serialize)]
struct RegionRow {
    provider: &'static str,
    region: String,
    instance_types: usize,
    with_spot_price: usize,
    price_date: String,
    source: String,
    spot_basis: &'static str,
    spot_price_date: Option<String>,
}

impl From<&RegionListing> for RegionRow {
    fn from(listing: &RegionListing) -> Self {
        let (spot_basis, spot_price_date) = spot(&listing.dates.spot);
        Self {
            provider: listing.provider.name(),
            region: listing.region.clone(),
            instance_types: listing.types,
            with_spot_price: listing.spot,
            price_date: listing.dates.on_demand_date.to_string(),
            source: listing.dates.on_demand_source.to_string(),
            spot_basis,
            spot_price_date,
        }
    }
}

#[derive(Serialize)]
struct GroupRow {
    group: String,
    arch: String,
    share_basis: bool,
    machines: usize,
    core_hour: String,
    gib_hour: String,
    core_gib_ratio: Option<f64>,
    max_residual: f64,
    rule: &'static str,
    borrowed_from: Option<String>,
    currency: &'static str,
}

impl From<&GroupListing> for GroupRow {
    fn from(listing: &GroupListing) -> Self {
        let share = &listing.price.price;
        let borrowed_from = match &share.rule {
            ShareRule::Fitted => None,
            ShareRule::Borrowed { from } => Some(from.clone()),
        };
        let text = |price: crate::units::MoneyPerHour| price.amount().normalize().to_string();
        Self {
            group: listing.price.group.clone(),
            arch: listing.arch.to_string(),
            share_basis: listing.basis,
            machines: share.rows,
            core_hour: text(share.core_hour),
            gib_hour: text(share.gib_hour),
            core_gib_ratio: share.core_hour.ratio(share.gib_hour),
            max_residual: share.max_residual,
            rule: share.rule.name(),
            borrowed_from,
            currency: "USD",
        }
    }
}

fn spot(basis: &SpotBasis) -> (&'static str, Option<String>) {
    match basis {
        SpotBasis::List { date } => ("list", Some(date.to_string())),
        SpotBasis::Derived { date } => ("indicative", Some(date.to_string())),
        SpotBasis::None => ("none", None),
    }
}

#[derive(Serialize)]
struct TypeRow {
    provider: &'static str,
    region: String,
    instance_type: String,
    arch: String,
    vcpu: u32,
    memory_bytes: u64,
    gpu_count: u32,
    gpu_name: Option<String>,
    distribution: String,
    allocatable_cpu_millis: u64,
    /// The expected value; what plans are made with is the next.
    allocatable_memory_bytes: u64,
    allocatable_memory_low_bytes: u64,
    max_pods: u32,
    price_per_hour: String,
    currency: &'static str,
    price_date: String,
    price_rule: &'static str,
    source: String,
    spot_price_per_hour: Option<String>,
    spot_price_rule: &'static str,
    spot_price_date: Option<String>,
    /// What is known to be wrong with the price.
    price_warning: Option<String>,
}

impl From<&TypeListing> for TypeRow {
    fn from(listing: &TypeListing) -> Self {
        let Offering { instance, on_demand, spot: spot_price, origin } = &listing.offering;
        let (spot_price_rule, spot_price_date) = match spot_price {
            Some(_) => spot(&origin.dates.spot),
            None => ("none", None),
        };
        Self {
            provider: listing.provider.name(),
            region: listing.region.clone(),
            instance_type: instance.name.clone(),
            arch: instance.arch.to_string(),
            vcpu: instance.vcpu,
            memory_bytes: instance.memory.bytes(),
            gpu_count: instance.gpu_count,
            gpu_name: instance.gpu_name.clone(),
            distribution: listing.distribution.to_string(),
            allocatable_cpu_millis: listing.allocatable.cpu.millis(),
            allocatable_memory_bytes: listing.allocatable.memory_estimate.bytes(),
            allocatable_memory_low_bytes: listing.allocatable.memory.bytes(),
            max_pods: listing.allocatable.max_pods,
            price_per_hour: on_demand.amount().normalize().to_string(),
            currency: "USD",
            price_date: origin.dates.on_demand_date.to_string(),
            price_rule: if origin.table == PriceTable::Own { "own-table" } else { "list" },
            source: origin.dates.on_demand_source.to_string(),
            spot_price_per_hour: spot_price.map(|price| price.amount().normalize().to_string()),
            spot_price_rule,
            spot_price_date,
            price_warning: superseded(listing.provider, instance, origin).map(|finding| finding.message),
        }
    }
}

fn layout(listing: &PriceListing) -> Layout {
    match listing {
        PriceListing::Regions(regions) => {
            let mut layout =
                Layout::new(["provider", "region", "types", "with spot", "prices of", "source", "spot prices"]);
            layout.text_columns = vec![1, 4, 5, 6];
            for row in regions.iter().map(RegionRow::from) {
                layout.row([
                    row.provider.to_owned(),
                    row.region,
                    row.instance_types.to_string(),
                    row.with_spot_price.to_string(),
                    row.price_date,
                    row.source,
                    spot_text(row.spot_basis, row.spot_price_date),
                ]);
            }
            layout
        }
        PriceListing::Types(types) => {
            let head = [
                "type",
                "region",
                "arch",
                "vCPU",
                "memory",
                "GPU",
                "CPU for pods",
                "memory for pods",
                "at least",
                "max pods",
                "$/hour",
                "spot $/hour",
            ];
            let mut layout = Layout::new(head);
            layout.text_columns = vec![1, 2];
            for listing in types {
                let row = TypeRow::from(listing);
                let (memory, at_least) = memory_for_pods(listing);
                layout.row([
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
                    row.price_per_hour,
                    row.spot_price_per_hour.unwrap_or_default(),
                ]);
            }
            layout
        }
        PriceListing::Groups(groups) => group_layout(groups),
        PriceListing::One(listing) => one(listing),
    }
}

fn group_layout(groups: &[GroupListing]) -> Layout {
    let head = ["group", "arch", "machines", "$/core-hour", "$/GiB-hour", "core ÷ GiB", "largest residual", "how"];
    let mut layout = Layout::new(head);
    layout.text_columns = vec![1, 7];
    for listing in groups {
        let row = GroupRow::from(listing);
        let how = match row.borrowed_from {
            Some(from) => format!("ratio borrowed from {from}"),
            None if row.share_basis => "least squares; prices shares".to_owned(),
            None => "least squares".to_owned(),
        };
        layout.row([
            row.group,
            row.arch,
            row.machines.to_string(),
            row.core_hour,
            row.gib_hour,
            row.core_gib_ratio.map_or_else(String::new, |ratio| significant(ratio, 3)),
            format!("{} %", significant(100.0 * row.max_residual, 2)),
            how,
        ]);
    }
    layout
}

fn one(listing: &TypeListing) -> Layout {
    let row = TypeRow::from(listing);
    let mut layout = Layout::new([row.instance_type.as_str(), ""]);
    layout.text_columns = vec![1];
    layout.row(["provider and region".to_owned(), format!("{} {}", row.provider, row.region)]);
    layout.row(["instruction set".to_owned(), row.arch]);
    layout.row(["capacity".to_owned(), format!("{} vCPU, {}", row.vcpu, bytes(listing.offering.instance.memory))]);
    if row.gpu_count > 0 {
        layout.row(["accelerators".to_owned(), gpu(row.gpu_count, row.gpu_name)]);
    }
    let (memory, at_least) = memory_for_pods(listing);
    layout.row([
        format!("for pods ({})", row.distribution),
        format!(
            "{}, {memory} (at least {at_least}, which plans count on), {} pods",
            cpu(listing.allocatable.cpu),
            row.max_pods
        ),
    ]);
    layout.row([
        "on demand".to_owned(),
        format!("{} $/hour, {} of {} ({})", row.price_per_hour, row.price_rule, row.price_date, row.source),
    ]);
    let spot = row.spot_price_per_hour.map(|price| format!("{price} $/hour, ")).unwrap_or_default();
    let spot_line = format!("{spot}{}", spot_text(row.spot_price_rule, row.spot_price_date));
    layout.row(["spot".to_owned(), spot_line]);
    if let Some(warning) = row.price_warning {
        layout.row(["warning".to_owned(), warning]);
    }
    layout
}

/// What is expected and what is certain.
fn memory_for_pods(listing: &TypeListing) -> (String, String) {
    apart((listing.allocatable.memory_estimate, listing.allocatable.memory), 2..=9, bytes_to)
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
