//! Converts providers' price lists to a price table in the format that users write.
//!
//! Lists are read as a stream, because that of AWS has hundreds of megabytes; only the prices of machines are kept.

mod aws;
mod azure;
mod error;
mod gcp;
mod opencost;
mod stream;

pub use error::ImportError;

use std::collections::BTreeMap;
use std::io::Read;

use rust_decimal::Decimal;

use super::Catalogue;
use crate::model::nodes::{InstanceType, Provider};
use crate::units::Date;

/// The format of a price list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ListFormat {
    /// The bulk price list of Amazon EC2 (JSON).
    Aws,
    /// Pages of the Azure Retail Prices API (JSON).
    Azure,
    /// Pages of SKUs of the Cloud Billing Catalog API (JSON).
    Gcp,
    /// The custom pricing file of OpenCost (CSV).
    OpenCost,
}

/// One machine type in one region.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImportedPrice {
    /// The machine type.
    pub instance: InstanceType,
    /// On-demand price, in US dollars per hour.
    pub on_demand: Decimal,
    /// Spot price, in US dollars per hour, if the list contains it.
    pub spot: Option<Decimal>,
    /// The day from which the price is valid.
    pub date: Date,
}

/// The machine prices in a list, by provider, region and type.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Imported {
    /// The prices.
    pub prices: BTreeMap<(Provider, String, String), ImportedPrice>,
    /// Number of excluded entries, by reason.
    pub left_out: BTreeMap<&'static str, u64>,
}

impl Imported {
    /// Reads one list; `label` names it in errors.
    ///
    /// # Errors
    /// [`ImportError`]: unknown content is refused rather than guessed.
    pub fn read(format: ListFormat, source: impl Read, label: &str) -> Result<Self, ImportError> {
        let shapes = Shapes::of_catalogue();
        match format {
            ListFormat::Aws => aws::read(source, label, &shapes),
            ListFormat::Azure => azure::read(source, label, &shapes),
            ListFormat::Gcp => gcp::read(source, label, &shapes),
            ListFormat::OpenCost => opencost::read(source, label, &shapes),
        }
    }

    /// Adds another list; if both contain a price, the later list's applies.
    #[must_use]
    pub fn merge(mut self, more: Self) -> Self {
        self.prices.extend(more.prices);
        for (reason, count) in more.left_out {
            *self.left_out.entry(reason).or_default() += count;
        }
        self
    }

    /// Keeps only these regions; all of them if none is named.
    #[must_use]
    pub fn in_regions(mut self, regions: &[String]) -> Self {
        if !regions.is_empty() {
            self.prices.retain(|(_, region, _), _| regions.contains(region));
        }
        self
    }

    /// The table in the format of `--prices`.
    pub fn table(&self) -> String {
        let mut out = String::from(
            "provider,region,instance_type,arch,vcpu,memory_gib,gpu_count,gpu_name,ondemand_usd_per_hour,\
             spot_usd_per_hour,price_date\n",
        );
        for ((provider, region, name), price) in &self.prices {
            let InstanceType { arch, vcpu, memory, gpu_count, gpu_name, .. } = &price.instance;
            let gib = (Decimal::from(memory.bytes() >> 20) / Decimal::from(1024)).normalize();
            let spot = price.spot.map(|spot| spot.normalize().to_string()).unwrap_or_default();
            let gpu = gpu_name.as_deref().unwrap_or_default();
            let on_demand = price.on_demand.normalize();
            out.push_str(&format!(
                "{provider},{region},{name},{arch},{vcpu},{gib},{gpu_count},{gpu},{on_demand},{spot},{}\n",
                price.date
            ));
        }
        out
    }

    /// Number of excluded entries by reason, the most frequent reason first; empty if there are none.
    pub fn reasons(&self) -> String {
        let mut reasons: Vec<(&'static str, u64)> =
            self.left_out.iter().map(|(reason, count)| (*reason, *count)).collect();
        reasons.sort_by_key(|(reason, count)| (std::cmp::Reverse(*count), *reason));
        let texts: Vec<String> = reasons.into_iter().map(|(reason, count)| format!("{count} {reason}")).collect();
        texts.join(", ")
    }

    fn finish(self, label: &str) -> Result<Self, ImportError> {
        if self.prices.is_empty() {
            return Err(ImportError::Empty { label: label.to_owned(), left_out: self.reasons() });
        }
        Ok(self)
    }

    fn leave_out(&mut self, reason: &'static str) {
        *self.left_out.entry(reason).or_default() += 1;
    }
}

/// The machine types in the catalogue: the lists of Azure and Google name a type but not its size.
struct Shapes(BTreeMap<(Provider, String), InstanceType>);

impl Shapes {
    fn of_catalogue() -> Self {
        let catalogue = Catalogue::embedded();
        let mut shapes = BTreeMap::new();
        for provider in Provider::ALL {
            for region in catalogue.regions(provider) {
                let Some(known) = catalogue.region(provider, region) else { continue };
                for offering in catalogue.offerings(known) {
                    shapes.entry((provider, offering.instance.name.clone())).or_insert(offering.instance);
                }
            }
        }
        Self(shapes)
    }

    fn find(&self, provider: Provider, name: &str) -> Option<&InstanceType> {
        self.0.get(&(provider, name.to_owned()))
    }

    fn of(&self, provider: Provider) -> impl Iterator<Item = &InstanceType> {
        self.0.iter().filter(move |((p, _), _)| *p == provider).map(|(_, shape)| shape)
    }
}

/// Parses dollars in a list; a price table keeps nine decimals.
fn dollars(text: &str) -> Option<Decimal> {
    let amount = Decimal::from_str_exact(text).or_else(|_| Decimal::from_scientific(text)).ok()?;
    (amount.is_sign_positive()).then(|| amount.round_dp(9))
}
