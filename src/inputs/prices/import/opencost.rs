//! Reads the custom pricing file of OpenCost and Kubecost: `EndTimestamp, InstanceID, Region, AssetClass,
//! InstanceIDField, InstanceType, MarketPriceHourly, Version`
//! (<https://github.com/opencost/opencost/blob/develop/configs/pricing_schema.csv>).

use std::io::Read;

use serde::Deserialize;

use super::{ImportError, Imported, ImportedPrice, Shapes, dollars};
use crate::model::nodes::Provider;
use crate::units::Date;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Row {
    #[serde(default)]
    end_timestamp: String,
    #[serde(rename = "InstanceID", default)]
    instance_id: String,
    #[serde(default)]
    region: String,
    asset_class: String,
    #[serde(rename = "InstanceIDField", default)]
    instance_id_field: String,
    #[serde(default)]
    instance_type: String,
    market_price_hourly: String,
}

pub(super) fn read(source: impl Read, label: &str, shapes: &Shapes) -> Result<Imported, ImportError> {
    let mut imported = Imported::default();
    let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).flexible(true).from_reader(source);
    for row in reader.deserialize::<Row>() {
        let row = row.map_err(|error| ImportError::Read { label: label.to_owned(), cause: error.to_string() })?;
        if row.asset_class != "node" {
            imported.leave_out("of volumes or accelerators");
            continue;
        }
        // A row applies to a type if its ID field is the label of the type, or if it names a type and no machine.
        let by_label = row.instance_id_field.ends_with("instance-type");
        let name = if by_label { &row.instance_id } else { &row.instance_type };
        if name.is_empty() || (!by_label && !row.instance_id.is_empty()) {
            imported.leave_out("of a single machine");
            continue;
        }
        if row.region.is_empty() {
            imported.leave_out("without a region");
            continue;
        }
        let known = Provider::ALL.into_iter().filter_map(|provider| Some((provider, shapes.find(provider, name)?)));
        let [(provider, instance)] = known.collect::<Vec<_>>()[..] else {
            imported.leave_out("of an instance type that is not in the catalogue");
            continue;
        };
        let broken = |what: &str, remedy| ImportError::Format {
            label: label.to_owned(),
            what: format!("the {what} of {name} cannot be read"),
            remedy,
        };
        let on_demand = dollars(&row.market_price_hourly)
            .ok_or_else(|| broken("price", "write dollars for one hour as a plain number, like 0.096"))?;
        let date: Date = row
            .end_timestamp
            .get(..10)
            .and_then(|day| day.parse().ok())
            .ok_or_else(|| broken("date", "write the day of the price as YYYY-MM-DD into EndTimestamp"))?;
        if on_demand.is_zero() {
            imported.leave_out("with a price of zero");
            continue;
        }
        let price = ImportedPrice { instance: instance.clone(), on_demand, spot: None, date };
        imported.prices.insert((provider, row.region.clone(), name.clone()), price);
    }
    imported.finish(label)
}
