//! The price book: the catalogue, overridden by the user's own price table.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::{Catalogue, OwnTable, PricesError};
use crate::inputs::nearest::nearest;
use crate::model::nodes::Provider;
use crate::model::pricing::{Commitment, FixedPrice, Offering, PriceDates, PriceList, Pricing};
use crate::units::{Currency, Date};

/// All known prices: the catalogue, overridden by the user's own price table.
///
/// A row of the user's table replaces the catalogue's row of the same provider, region and type, or adds one; the
/// `origin` of each [`Offering`] says which table it is from.
#[derive(Clone, Debug)]
pub struct PriceBook {
    catalogue: Catalogue,
    own: Option<OwnTable>,
    /// Rules for the prices that are paid; without rules, list prices.
    pricing: Pricing,
    /// The currency that every price is converted to.
    currency: Currency,
}

impl PriceBook {
    /// The built-in catalogue without a user's price table.
    pub fn embedded() -> Self {
        Self { catalogue: Catalogue::embedded(), own: None, pricing: Pricing::default(), currency: Currency::USD }
    }

    /// Adds a user's price table.
    #[must_use]
    pub fn with_table(self, own: OwnTable) -> Self {
        Self { own: Some(own), ..self }
    }

    /// Applies negotiated prices: every offering gets the price that is paid.
    #[must_use]
    pub fn with_pricing(self, pricing: Pricing) -> Self {
        Self { pricing, ..self }
    }

    /// The same in a currency.
    #[must_use]
    pub fn with_currency(self, currency: Currency) -> Self {
        Self { currency, ..self }
    }

    /// The rules for the prices that are paid.
    pub const fn pricing(&self) -> &Pricing {
        &self.pricing
    }

    /// Commitments, in the currency of the book.
    pub fn commitments(&self) -> Vec<Commitment> {
        let factor = self.currency.rate().map_or(rust_decimal::Decimal::ONE, |rate| rate.per_usd());
        self.pricing.commitments.iter().map(|commitment| commitment.clone().scaled(factor)).collect()
    }

    /// The date of the newest price in the catalogue, which is also its version.
    pub fn catalogue_date(&self) -> Date {
        self.catalogue.newest()
    }

    /// The regions in which a provider has prices, by name.
    pub fn regions(&self, provider: Provider) -> Vec<&str> {
        let mut regions: BTreeSet<&str> = self.own_rows(provider).map(|(region, _)| region).collect();
        for region in self.catalogue.regions(provider) {
            regions.insert(region);
        }
        regions.into_iter().collect()
    }

    /// All offerings in a region, by type name.
    ///
    /// # Errors
    /// [`PricesError::UnknownRegion`] with similar names, or [`PricesError::NoPrices`].
    pub fn offerings(&self, provider: Provider, region: &str) -> Result<Vec<Offering>, PricesError> {
        let known = self.catalogue.region(provider, region);
        let mut offerings = known.map_or_else(Vec::new, |known| self.catalogue.offerings(known));
        for own in self.own_in(provider, region) {
            let own = self.completed(provider, own);
            match offerings.binary_search_by(|o| o.instance.name.cmp(&own.instance.name)) {
                Ok(at) => offerings[at] = own,
                Err(at) => offerings.insert(at, own),
            }
        }
        if offerings.is_empty() {
            return Err(self.no_region(provider, region));
        }
        Ok(offerings.into_iter().map(|offering| self.paid(provider, region, offering)).collect())
    }

    /// One instance type in one region.
    ///
    /// # Errors
    /// As [`Self::offerings`], or [`PricesError::UnknownType`] and [`PricesError::NotInRegion`] with similar names in
    /// that region.
    pub fn find(&self, provider: Provider, region: &str, instance_type: &str) -> Result<Offering, PricesError> {
        self.known(provider, region, instance_type).ok_or_else(|| self.no_type(provider, region, instance_type))
    }

    /// All regions with a price for a type, by name, with the price; empty for an unknown type.
    pub fn everywhere(&self, provider: Provider, instance_type: &str) -> Vec<(&str, Offering)> {
        let regions = self.regions(provider).into_iter();
        regions.filter_map(|region| Some((region, self.known(provider, region, instance_type)?))).collect()
    }

    /// All types of a provider in any region, by name.
    pub fn type_names<'a>(&'a self, provider: Provider) -> BTreeSet<&'a str> {
        let mut names: BTreeSet<&'a str> = BTreeSet::new();
        for region in self.catalogue.regions(provider) {
            if let Some(known) = self.catalogue.region(provider, region) {
                for name in self.catalogue.type_names(known) {
                    names.insert(name);
                }
            }
        }
        names.extend(self.own_rows(provider).map(|(_, own)| own.instance.name.as_str()));
        names
    }

    /// Date and source of a region's prices: those of the catalogue, or of the oldest row if the region is only in
    /// the user's table. Rows that override the catalogue have their own dates.
    ///
    /// # Errors
    /// As [`Self::offerings`].
    pub fn dates(&self, provider: Provider, region: &str) -> Result<PriceDates, PricesError> {
        if let Some(known) = self.catalogue.region(provider, region) {
            return Ok(self.catalogue.dates(known));
        }
        let oldest = self.own_in(provider, region).map(|own| &own.origin.dates).min_by_key(|d| d.on_demand_date);
        oldest.cloned().ok_or_else(|| self.no_region(provider, region))
    }

    fn own_rows(&self, provider: Provider) -> impl Iterator<Item = (&str, &Offering)> {
        self.own.iter().flat_map(move |own| own.rows(provider))
    }

    fn own_in(&self, provider: Provider, region: &str) -> impl Iterator<Item = &Offering> {
        self.own_rows(provider).filter(move |(name, _)| *name == region).map(|(_, offering)| offering)
    }

    /// An offering at the price that is paid, in the currency of the book.
    fn paid(&self, provider: Provider, region: &str, offering: Offering) -> Offering {
        self.pricing.offering(provider, region, offering).in_currency(self.currency)
    }

    /// A row of the user's table, completed with facts from the catalogue.
    fn completed(&self, provider: Provider, own: &Offering) -> Offering {
        let mut own = own.clone();
        if provider == Provider::Aws {
            own.instance.eni_max_pods = self.catalogue.eni_max_pods(&own.instance.name);
        }
        own
    }

    fn known(&self, provider: Provider, region: &str, instance_type: &str) -> Option<Offering> {
        let own = self.own_in(provider, region).find(|own| own.instance.name == instance_type);
        let known = || self.catalogue.find(self.catalogue.region(provider, region)?, instance_type);
        let found = own.map(|own| self.completed(provider, own)).or_else(known)?;
        Some(self.paid(provider, region, found))
    }

    fn no_region(&self, provider: Provider, region: &str) -> PricesError {
        let regions = self.regions(provider);
        if regions.is_empty() {
            return PricesError::NoPrices { provider };
        }
        PricesError::UnknownRegion {
            provider,
            region: region.to_owned(),
            nearest: owned(nearest(region, regions.into_iter())),
        }
    }

    fn no_type(&self, provider: Provider, region: &str, instance_type: &str) -> PricesError {
        let known = self.catalogue.region(provider, region);
        let mut names: BTreeSet<&str> = self.own_in(provider, region).map(|own| own.instance.name.as_str()).collect();
        for name in known.into_iter().flat_map(|known| self.catalogue.type_names(known)) {
            names.insert(name);
        }
        if names.is_empty() {
            return self.no_region(provider, region);
        }
        let nearest = owned(nearest(instance_type, names.into_iter()));
        let elsewhere = self.everywhere(provider, instance_type);
        let instance_type = instance_type.to_owned();
        match elsewhere.first() {
            None => {
                let others = Provider::ALL.into_iter().filter(|other| *other != provider);
                let offers = |other: &Provider| !self.everywhere(*other, &instance_type).is_empty();
                let of_another = others.filter(|other| offers(other)).collect();
                PricesError::UnknownType { provider, instance_type, of_another, nearest }
            }
            Some((example, _)) => PricesError::NotInRegion {
                provider,
                region: region.to_owned(),
                instance_type,
                regions: elsewhere.len(),
                example: (*example).to_owned(),
                nearest,
            },
        }
    }
}

impl PriceList for PriceBook {
    fn currency(&self) -> Currency {
        self.currency
    }

    fn regions(&self, provider: Provider) -> Vec<&str> {
        self.regions(provider)
    }

    fn offerings(&self, provider: Provider, region: &str) -> Vec<Offering> {
        self.offerings(provider, region).unwrap_or_default()
    }

    fn find(&self, provider: Provider, region: &str, instance_type: &str) -> Option<Offering> {
        self.known(provider, region, instance_type)
    }

    fn default_price(&self, provider: Option<Provider>) -> Option<Arc<FixedPrice>> {
        self.pricing.default_price(provider).cloned()
    }

    fn of_node(&self, name: &str) -> Option<(Provider, String, Offering)> {
        // The user's row whose type is the name of the node, unless several regions have one.
        let all = Provider::ALL.into_iter().flat_map(|provider| {
            let rows = self.own_rows(provider).filter(|(_, own)| own.instance.name == name);
            rows.map(move |(region, own)| (provider, region.to_owned(), self.paid(provider, region, own.clone())))
        });
        let mut found = all.take(2).collect::<Vec<_>>();
        if found.len() == 1 { found.pop() } else { None }
    }
}

fn owned(names: Vec<&str>) -> Vec<String> {
    names.into_iter().map(str::to_owned).collect()
}
