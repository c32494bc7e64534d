//! Reads pages of SKUs of the Cloud Billing Catalog API
//! (<https://cloud.google.com/billing/docs/reference/rest/v1/services.skus/list>), one after another. Google sells
//! cores and memory by machine family, so the price of a predefined type is the sum of its parts.

use std::collections::BTreeMap;
use std::io::{BufReader, Read};

use rust_decimal::Decimal;
use serde::Deserialize;

use super::{ImportError, Imported, ImportedPrice, Shapes};
use crate::model::nodes::{InstanceType, Provider};
use crate::units::Date;

#[derive(Deserialize)]
struct Page {
    skus: Vec<Sku>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Sku {
    description: String,
    category: Category,
    #[serde(default)]
    service_regions: Vec<String>,
    #[serde(default)]
    pricing_info: Vec<PricingInfo>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Category {
    resource_family: String,
    usage_type: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct PricingInfo {
    effective_time: String,
    pricing_expression: Expression,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Expression {
    usage_unit: String,
    tiered_rates: Vec<Rate>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Rate {
    unit_price: UnitPrice,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct UnitPrice {
    currency_code: String,
    // Whole units are text, and are omitted if they are zero.
    #[serde(default)]
    units: String,
    #[serde(default)]
    nanos: i64,
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Part {
    Core,
    Memory,
}

/// Region, family, part, spot.
type Key = (String, String, Part, bool);

pub(super) fn read(source: impl Read, label: &str, shapes: &Shapes) -> Result<Imported, ImportError> {
    let mut imported = Imported::default();
    let mut rates: BTreeMap<Key, (Decimal, Date)> = BTreeMap::new();
    let reader = BufReader::with_capacity(1 << 16, source);
    for page in serde_json::Deserializer::from_reader(reader).into_iter::<Page>() {
        let page = page.map_err(|error| ImportError::Read { label: label.to_owned(), cause: error.to_string() })?;
        for sku in page.skus {
            add(sku, label, &mut rates, &mut imported)?;
        }
    }
    let places: std::collections::BTreeSet<(String, String)> =
        rates.keys().map(|(region, family, ..)| (region.clone(), family.clone())).collect();
    for (region, family) in places {
        for instance in shapes.of(Provider::Gcp).filter(|instance| sold_by_parts(instance, &family)) {
            let price = |spot| price(&rates, &region, &family, spot, instance);
            let Some((on_demand, date)) = price(false) else {
                imported.leave_out("without a price of cores and memory");
                continue;
            };
            let spot = price(true).map(|(spot, _)| spot).filter(|spot| *spot <= on_demand);
            let key = (Provider::Gcp, region.clone(), instance.name.clone());
            imported.prices.insert(key, ImportedPrice { instance: instance.clone(), on_demand, spot, date });
        }
    }
    imported.finish(label)
}

fn price(
    rates: &BTreeMap<Key, (Decimal, Date)>,
    region: &str,
    family: &str,
    spot: bool,
    instance: &InstanceType,
) -> Option<(Decimal, Date)> {
    let rate = |part| rates.get(&(region.to_owned(), family.to_owned(), part, spot)).copied();
    let ((core, core_date), (gib, gib_date)) = (rate(Part::Core)?, rate(Part::Memory)?);
    let memory = Decimal::from(instance.memory.bytes() >> 20) / Decimal::from(1024);
    Some(((core * Decimal::from(instance.vcpu) + gib * memory).round_dp(9), core_date.min(gib_date)))
}

/// Whether the price of a type is the sum of its cores and memory: not if it includes accelerators or local disks, or
/// has a fraction of a core (`e2-small`, `f1-micro`).
fn sold_by_parts(instance: &InstanceType, family: &str) -> bool {
    let mut words = instance.name.split('-');
    words.next() == Some(family)
        && matches!(words.next(), Some("standard" | "highmem" | "highcpu" | "megamem" | "ultramem" | "hypermem"))
        && words.next().is_some_and(|cores| cores.parse::<u32>().is_ok())
        && words.next().is_none()
        && instance.gpu_count == 0
}

fn add(
    sku: Sku,
    label: &str,
    rates: &mut BTreeMap<Key, (Decimal, Date)>,
    imported: &mut Imported,
) -> Result<(), ImportError> {
    if sku.category.resource_family != "Compute" {
        return Ok(());
    }
    let spot = match sku.category.usage_type.as_str() {
        "OnDemand" => false,
        "Preemptible" => true,
        _ => {
            imported.leave_out("committed use");
            return Ok(());
        }
    };
    let Some((family, part)) = family_of(&sku.description) else {
        imported.leave_out("neither cores nor memory of a predefined machine");
        return Ok(());
    };
    // If there are several, the last one is in effect now.
    let Some(PricingInfo { effective_time, pricing_expression }) = sku.pricing_info.into_iter().last() else {
        imported.leave_out("without a price");
        return Ok(());
    };
    let refused = |unit: String, known| ImportError::Unit {
        label: label.to_owned(),
        entry: sku.description.clone(),
        unit,
        known,
    };
    let known = if part == Part::Core { "h" } else { "GiBy.h" };
    if pricing_expression.usage_unit != known {
        return Err(refused(pricing_expression.usage_unit, known));
    }
    let Some(Rate { unit_price }) = pricing_expression.tiered_rates.into_iter().last() else {
        imported.leave_out("without a price");
        return Ok(());
    };
    if unit_price.currency_code != "USD" {
        return Err(refused(unit_price.currency_code, "USD"));
    }
    let broken = |what: &str| ImportError::Format {
        label: label.to_owned(),
        what: format!("{what} of {:?} cannot be read", sku.description),
        remedy: "give the pages of services.skus.list as Google sends them",
    };
    let units = match unit_price.units.as_str() {
        "" => 0,
        text => text.parse::<i64>().map_err(|_| broken("the price"))?,
    };
    let amount = Decimal::from(units) + Decimal::new(unit_price.nanos, 9);
    let date = effective_time.get(..10).and_then(|day| day.parse().ok()).ok_or_else(|| broken("the date"))?;
    if amount <= Decimal::ZERO {
        imported.leave_out("with a price of zero");
        return Ok(());
    }
    for region in sku.service_regions {
        rates.insert((region, family.clone(), part, spot), (amount, date));
    }
    Ok(())
}

/// The machine family in a description such as `N2D AMD Instance Core running in Frankfurt` or `Spot Preemptible E2
/// Instance Ram running in Iowa`; `None` for custom types, sole tenancy, disks and accelerators.
fn family_of(description: &str) -> Option<(String, Part)> {
    let (what, _) = description.split_once(" running in ")?;
    let what = what.strip_prefix("Spot Preemptible ").or_else(|| what.strip_prefix("Preemptible ")).unwrap_or(what);
    let (what, part) = match what.strip_suffix(" Core") {
        Some(what) => (what, Part::Core),
        None => (what.strip_suffix(" Ram")?, Part::Memory),
    };
    let family = match what {
        // The oldest families are named by their purpose.
        "Compute optimized" => "c2",
        "Memory-optimized Instance" => "m1",
        "N1 Predefined Instance" => "n1",
        _ => what.strip_suffix(" Instance")?.split(' ').next()?,
    };
    let named = what.split(' ').all(|word| {
        word == "AMD"
            || word == "Arm"
            || word == "Predefined"
            || word == "Instance"
            || word.eq_ignore_ascii_case(family)
    });
    (named || matches!(family, "c2" | "m1")).then(|| (family.to_ascii_lowercase(), part))
}
