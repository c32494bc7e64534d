//! Reads the bulk price list of Amazon EC2, for one region or for all
//! (<https://docs.aws.amazon.com/awsaccountbilling/latest/aboutv2/reading-service-price-list-file-for-services.html>).
//!
//! ```json
//! { "publicationDate": "2026-11-01T…",
//!   "products": { "SKU": { "productFamily": "Compute Instance", "attributes": { "instanceType": "m5.large", … } } },
//!   "terms": { "OnDemand": { "SKU": { "SKU.TERM": { "priceDimensions": { "…": { "unit": "Hrs",
//!              "pricePerUnit": { "USD": "0.0960000000" } } } } } } } }
//! ```

use std::collections::HashMap;
use std::fmt;
use std::io::{BufReader, Read};

use rust_decimal::Decimal;
use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, Visitor};

use super::stream::members;
use super::{ImportError, Imported, ImportedPrice, Shapes, dollars};
use crate::model::nodes::{Arch, InstanceType, Provider};
use crate::units::{Bytes, Date};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Product {
    product_family: Option<String>,
    attributes: Attributes,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Attributes {
    instance_type: Option<String>,
    region_code: Option<String>,
    location_type: Option<String>,
    operating_system: Option<String>,
    tenancy: Option<String>,
    pre_installed_sw: Option<String>,
    // In lower case in the lists.
    capacitystatus: Option<String>,
    license_model: Option<String>,
    marketoption: Option<String>,
    physical_processor: Option<String>,
    vcpu: Option<String>,
    memory: Option<String>,
    gpu: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Term {
    price_dimensions: HashMap<String, Dimension>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Dimension {
    unit: String,
    price_per_unit: HashMap<String, String>,
}

/// A machine whose price has not been read yet.
struct Machine {
    region: String,
    instance: InstanceType,
}

#[derive(Default)]
struct State {
    date: Option<Date>,
    machines: HashMap<String, Machine>,
    prices: HashMap<String, (String, Option<Decimal>)>,
    imported: Imported,
}

pub(super) fn read(source: impl Read, label: &str, shapes: &Shapes) -> Result<Imported, ImportError> {
    let mut state = State::default();
    let mut json = serde_json::Deserializer::from_reader(BufReader::with_capacity(1 << 16, source));
    List { state: &mut state, shapes }
        .deserialize(&mut json)
        .and_then(|()| json.end())
        .map_err(|error| ImportError::Read { label: label.to_owned(), cause: error.to_string() })?;
    let State { date, machines, mut prices, mut imported } = state;
    let Some(date) = date else {
        return Err(ImportError::Format {
            label: label.to_owned(),
            what: "it has no publicationDate".to_owned(),
            remedy: "give the file index.json of AmazonEC2 as AWS publishes it",
        });
    };
    let mut machines: Vec<(String, Machine)> = machines.into_iter().collect();
    machines.sort_by(|(one, _), (other, _)| one.cmp(other));
    for (sku, Machine { region, instance }) in machines {
        let Some((unit, price)) = prices.remove(&sku) else {
            imported.leave_out("without an on-demand price");
            continue;
        };
        if unit != "Hrs" {
            return Err(ImportError::Unit { label: label.to_owned(), entry: instance.name, unit, known: "Hrs" });
        }
        match price {
            None => imported.leave_out("without a price in USD"),
            Some(price) if price.is_zero() => imported.leave_out("with a price of zero"),
            Some(on_demand) => {
                let key = (Provider::Aws, region, instance.name.clone());
                imported.prices.insert(key, ImportedPrice { instance, on_demand, spot: None, date });
            }
        }
    }
    imported.finish(label)
}

/// The whole document.
struct List<'a> {
    state: &'a mut State,
    shapes: &'a Shapes,
}

impl<'de> DeserializeSeed<'de> for List<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for List<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the price list of AmazonEC2")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let Self { state, shapes } = self;
        while let Some(name) = map.next_key::<String>()? {
            match name.as_str() {
                "publicationDate" => {
                    let text: String = map.next_value()?;
                    let day = text.get(..10).and_then(|day| day.parse().ok());
                    state.date = Some(day.ok_or_else(|| A::Error::custom(format!("{text:?} is not a time")))?);
                }
                "products" => map.next_value_seed(members(|sku, product: Product| {
                    match machine(product, shapes) {
                        Ok(machine) => drop(state.machines.insert(sku, machine)),
                        Err(Some(reason)) => state.imported.leave_out(reason),
                        Err(None) => {}
                    }
                    Ok(())
                }))?,
                "terms" => map.next_value_seed(Terms { state })?,
                _ => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        Ok(())
    }
}

/// `terms`, of which only on-demand terms are read.
struct Terms<'a> {
    state: &'a mut State,
}

impl<'de> DeserializeSeed<'de> for Terms<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Terms<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("terms by kind")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let State { machines, prices, .. } = self.state;
        while let Some(kind) = map.next_key::<String>()? {
            if kind != "OnDemand" {
                map.next_value::<IgnoredAny>()?;
                continue;
            }
            map.next_value_seed(members(|sku: String, terms: HashMap<String, Term>| {
                // In AWS's lists, products come before terms; if they do not, every price is kept.
                if machines.is_empty() || machines.contains_key(&sku) {
                    let mut dimensions = terms.into_values().flat_map(|term| term.price_dimensions.into_values());
                    if let (Some(Dimension { unit, price_per_unit }), None) = (dimensions.next(), dimensions.next()) {
                        prices.insert(sku, (unit, price_per_unit.get("USD").and_then(|text| dollars(text))));
                    }
                }
                Ok(())
            }))?;
        }
        Ok(())
    }
}

/// A shared Linux machine without licences; otherwise the reason for excluding it, or `None` if it is not a machine.
fn machine(product: Product, shapes: &Shapes) -> Result<Machine, Option<&'static str>> {
    let family = product.product_family.unwrap_or_default();
    if family != "Compute Instance" && family != "Compute Instance (bare metal)" {
        return Err(None);
    }
    let of = product.attributes;
    let is = |value: &Option<String>, wanted: &str| value.as_deref().is_none_or(|value| value == wanted);
    if !is(&of.operating_system, "Linux")
        || !is(&of.pre_installed_sw, "NA")
        || !is(&of.license_model, "No License required")
    {
        return Err(Some("of another operating system or with a licence"));
    }
    if !is(&of.tenancy, "Shared") || !is(&of.capacitystatus, "Used") || !is(&of.marketoption, "OnDemand") {
        return Err(Some("dedicated or reserved capacity"));
    }
    if !is(&of.location_type, "AWS Region") {
        return Err(Some("in a local or wavelength zone"));
    }
    let (Some(name), Some(region)) = (of.instance_type, of.region_code) else {
        return Err(Some("without type or region"));
    };
    let instance = match shapes.find(Provider::Aws, &name) {
        Some(known) => known.clone(),
        None => {
            shape(name, of.vcpu.as_deref(), of.memory.as_deref(), of.gpu.as_deref(), of.physical_processor.as_deref())
                .ok_or(Some("without a readable size"))?
        }
    };
    Ok(Machine { region, instance })
}

/// The size in the list, for a type that is not in the catalogue.
fn shape(
    name: String,
    vcpu: Option<&str>,
    memory: Option<&str>,
    gpu: Option<&str>,
    processor: Option<&str>,
) -> Option<InstanceType> {
    let gib = Decimal::from_str_exact(&memory?.strip_suffix(" GiB")?.replace(',', "")).ok()?;
    let mib = u64::try_from((gib * Decimal::from(1024)).trunc()).ok()?;
    let arm = processor.is_some_and(|processor| processor.contains("Graviton"));
    Some(InstanceType {
        name,
        arch: if arm { Arch::Arm64 } else { Arch::Amd64 },
        vcpu: vcpu?.parse().ok().filter(|vcpu| *vcpu > 0)?,
        memory: Bytes::from_mib(mib),
        gpu_count: gpu.and_then(|count| count.parse().ok()).unwrap_or(0),
        gpu_name: None,
        eni_max_pods: None,
    })
}
