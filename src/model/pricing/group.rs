//! Price groups: families of instance types whose prices are linear in cores and memory.

use super::opencost_default;
use super::{Offering, PricedShape, SharePrice, ShareRule, SplitError};
use crate::model::finding::{Code, Finding};
use crate::model::nodes::{Arch, CapacityType, Provider};

/// Instance families of one generation whose prices are linear in cores and memory, so that a core and a GiB can be
/// priced.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PriceGroup {
    /// Display name.
    pub name: String,
    /// Cloud provider of the group.
    pub provider: Provider,
    /// CPU architecture of the group.
    pub arch: Arch,
    /// Instance families of the group, see [`crate::model::nodes::InstanceType::family`].
    pub families: Vec<String>,
    /// Whether shares of this provider and architecture are priced with this group.
    pub basis: bool,
}

impl PriceGroup {
    /// The group's instance types among a region's offerings that have a price for this purchase option. Types with
    /// accelerators and burstable types are excluded, because their price buys more, or less, than cores and memory.
    pub fn rows(&self, offerings: &[Offering], capacity_type: CapacityType) -> Vec<PricedShape> {
        shapes(self.provider, self.arch, offerings, capacity_type, |family| self.families.iter().any(|f| f == family))
    }
}

/// A group's share price and the findings about it.
#[derive(Clone, Debug, PartialEq)]
pub struct GroupPrice {
    /// Name of the group, or a description of the region's types of the architecture if no group has any of them.
    pub group: String,
    /// Price per core-hour and per GiB-hour.
    pub price: SharePrice,
    /// Findings `share-price-borrowed` and `share-price-group`.
    pub findings: Vec<Finding>,
}

/// All price groups. Their order determines which group lends its ratio and which one replaces a group that a region
/// lacks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PriceGroups(Vec<PriceGroup>);

impl PriceGroups {
    /// Creates the list from groups in the order of the file.
    pub const fn new(groups: Vec<PriceGroup>) -> Self {
        Self(groups)
    }

    /// The groups, in the order of the file.
    pub fn iter(&self) -> std::slice::Iter<'_, PriceGroup> {
        self.0.iter()
    }

    /// The groups of a provider and architecture, the basis group first.
    fn of(&self, provider: Provider, arch: Arch) -> impl Iterator<Item = &PriceGroup> {
        let mine = move |g: &&PriceGroup| g.provider == provider && g.arch == arch;
        let basis = self.0.iter().filter(move |g| mine(g) && g.basis);
        basis.chain(self.0.iter().filter(move |g| mine(g) && !g.basis))
    }

    /// The share price of a group in a region.
    ///
    /// If the group cannot be split alone, it borrows the core-to-GiB ratio from the provider's basis group, then from
    /// the next group that can be split, and finally from OpenCost's default. A finding reports this.
    ///
    /// # Errors
    /// [`SplitError::NoRows`] if none of the group's types has such a price in the region; [`SplitError::OutOfRange`].
    pub fn share_price(
        &self,
        group: &PriceGroup,
        offerings: &[Offering],
        capacity_type: CapacityType,
    ) -> Result<GroupPrice, SplitError> {
        let rows = group.rows(offerings, capacity_type);
        self.split(&group.name, group.provider, group.arch, &rows, offerings, capacity_type)
    }

    /// The price of a share of a cluster in a region: that of the provider's basis group. If the region does not sell
    /// it, the next group that the region sells is used, and without any such group all its types of that architecture.
    /// A finding reports this.
    ///
    /// # Errors
    /// [`SplitError::NoRows`] if no type of that architecture has such a price in the region;
    /// [`SplitError::OutOfRange`].
    pub fn share_basis(
        &self,
        provider: Provider,
        arch: Arch,
        offerings: &[Offering],
        capacity_type: CapacityType,
    ) -> Result<GroupPrice, SplitError> {
        let sold = self.of(provider, arch).find(|group| !group.rows(offerings, capacity_type).is_empty());
        let mut basis = match sold {
            Some(group) => self.share_price(group, offerings, capacity_type)?,
            None => {
                let rows = shapes(provider, arch, offerings, capacity_type, |_| true);
                self.split(&format!("all {arch} types"), provider, arch, &rows, offerings, capacity_type)?
            }
        };
        if sold.is_none_or(|group| !group.basis) {
            let why = match self.of(provider, arch).find(|group| group.basis) {
                Some(usual) => format!("{} is not available in this region", usual.name),
                None => format!("{provider} has no price group for {arch}"),
            };
            let message = format!("{why}; cluster shares use {} instead", basis.group);
            basis.findings.push(Finding::info(Code::SharePriceFallbackGroup, basis.group.clone(), message));
        }
        Ok(basis)
    }

    fn split(
        &self,
        name: &str,
        provider: Provider,
        arch: Arch,
        rows: &[PricedShape],
        offerings: &[Offering],
        capacity_type: CapacityType,
    ) -> Result<GroupPrice, SplitError> {
        let (price, why) = match SharePrice::fit(rows) {
            Ok(price) => (price, None),
            Err(why @ (SplitError::NoRows | SplitError::OutOfRange)) => return Err(why),
            Err(why) => {
                let lender = self.of(provider, arch).filter(|lender| lender.name != name).find_map(|lender| {
                    let price = SharePrice::fit(&lender.rows(offerings, capacity_type)).ok()?;
                    Some((lender.name.clone(), price.core_hour, price.gib_hour))
                });
                let (from, core, gib) = lender.unwrap_or_else(|| {
                    let (core, gib) = opencost_default();
                    ("OpenCost's default".to_owned(), core, gib)
                });
                (SharePrice::borrow(rows, core, gib, &from)?, Some(why))
            }
        };
        let findings = match (&price.rule, why) {
            (ShareRule::Borrowed { from }, Some(why)) => {
                let message = format!(
                    "{why}: the price ratio of core to GiB is that of {from}, scaled to the mean price of {} types (largest error {:.1}%)",
                    price.rows,
                    price.max_residual * 100.0
                );
                vec![Finding::info(Code::SharePriceBorrowed, name, message)]
            }
            _ => Vec::new(),
        };
        Ok(GroupPrice { group: name.to_owned(), price, findings })
    }
}

fn shapes(
    provider: Provider,
    arch: Arch,
    offerings: &[Offering],
    capacity_type: CapacityType,
    in_family: impl Fn(&str) -> bool,
) -> Vec<PricedShape> {
    let plain = offerings.iter().filter(|o| o.instance.arch == arch && o.instance.gpu_count == 0);
    plain
        .filter(|o| in_family(&o.instance.family(provider)) && !o.instance.is_burstable(provider))
        .filter_map(|o| {
            let price = o.price(capacity_type)?;
            Some(PricedShape { vcpu: o.instance.vcpu, memory: o.instance.memory, price })
        })
        .collect()
}
