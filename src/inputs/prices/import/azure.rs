//! Reads pages of the Azure Retail Prices API
//! (<https://learn.microsoft.com/en-us/rest/api/cost-management/retail-prices/azure-retail-prices>), one after
//! another, or one array of their items.

use std::collections::BTreeMap;
use std::fmt;
use std::io::{BufReader, Read};

use rust_decimal::Decimal;
use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::stream::items;
use super::{ImportError, Imported, ImportedPrice, Shapes, dollars};
use crate::model::nodes::Provider;
use crate::units::Date;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Item {
    currency_code: String,
    retail_price: serde_json::Number,
    arm_region_name: String,
    effective_start_date: String,
    product_name: String,
    sku_name: String,
    service_name: String,
    unit_of_measure: String,
    r#type: String,
    is_primary_meter_region: bool,
    #[serde(default)]
    arm_sku_name: String,
}

/// Prices of one type in one region.
#[derive(Default)]
struct Found {
    on_demand: Option<(Decimal, Date)>,
    spot: Option<Decimal>,
}

#[derive(Default)]
struct State {
    found: BTreeMap<(String, String), Found>,
    imported: Imported,
    refused: Option<(String, String, &'static str)>,
}

pub(super) fn read(source: impl Read, label: &str, shapes: &Shapes) -> Result<Imported, ImportError> {
    let mut state = State::default();
    let broken = |error: serde_json::Error| ImportError::Read { label: label.to_owned(), cause: error.to_string() };
    let mut json = serde_json::Deserializer::from_reader(BufReader::with_capacity(1 << 16, source));
    // Consecutive pages are one list.
    loop {
        let page = Page(&mut state).deserialize(&mut json);
        if let Some((entry, unit, known)) = state.refused {
            return Err(ImportError::Unit { label: label.to_owned(), entry, unit, known });
        }
        page.map_err(broken)?;
        if json.end().is_ok() {
            break;
        }
    }
    let State { found, mut imported, .. } = state;
    for ((region, name), Found { on_demand, spot }) in found {
        let Some((on_demand, date)) = on_demand else {
            imported.leave_out("without an on-demand price");
            continue;
        };
        let Some(instance) = shapes.find(Provider::Azure, &name) else {
            imported.leave_out("of an instance type that is not in the catalogue");
            continue;
        };
        let price =
            ImportedPrice { instance: instance.clone(), on_demand, spot: spot.filter(|spot| *spot <= on_demand), date };
        imported.prices.insert((Provider::Azure, region, name), price);
    }
    imported.finish(label)
}

/// A page of the API, or an array of items.
struct Page<'a>(&'a mut State);

impl<'de> DeserializeSeed<'de> for Page<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Page<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a page of the Azure Retail Prices API")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(name) = map.next_key::<String>()? {
            if name == "Items" {
                map.next_value_seed(items(|item| self.0.add(item)))?;
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<(), A::Error> {
        items(|item| self.0.add(item)).visit_seq(seq)
    }
}

impl State {
    fn add(&mut self, item: Item) -> Result<(), String> {
        if item.service_name != "Virtual Machines" || item.arm_sku_name.is_empty() {
            return Ok(());
        }
        if item.r#type != "Consumption" {
            self.imported.leave_out("reserved or for development and tests");
            return Ok(());
        }
        if item.product_name.contains("Windows") {
            self.imported.leave_out("of another operating system or with a licence");
            return Ok(());
        }
        if item.sku_name.ends_with(" Low Priority") || item.product_name.contains("CloudServices") {
            self.imported.leave_out("of a service that is retired");
            return Ok(());
        }
        if !item.is_primary_meter_region {
            self.imported.leave_out("of a meter that is not the region's own");
            return Ok(());
        }
        for (value, known) in [(&item.unit_of_measure, "1 Hour"), (&item.currency_code, "USD")] {
            if value != known {
                self.refused = Some((item.arm_sku_name, value.clone(), known));
                return Err("a unit is not understood".to_owned());
            }
        }
        let price = dollars(&item.retail_price.to_string());
        let date = item.effective_start_date.get(..10).and_then(|day| day.parse::<Date>().ok());
        let (Some(price), Some(date)) = (price, date) else {
            return Err(format!("the price or date of {} cannot be read", item.arm_sku_name));
        };
        if price.is_zero() {
            self.imported.leave_out("with a price of zero");
            return Ok(());
        }
        let found = self.found.entry((item.arm_region_name, item.arm_sku_name)).or_default();
        if item.sku_name.ends_with(" Spot") {
            found.spot = Some(price);
        } else if found.on_demand.is_none_or(|(_, known)| known <= date) {
            // If there are two entries for one type, the one with the later effective date applies.
            found.on_demand = Some((price, date));
        }
        Ok(())
    }
}
