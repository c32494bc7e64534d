//! The interface of a price catalogue to the pricing rules, whatever its storage.

use std::sync::Arc;

use super::{FixedPrice, Offering};
use crate::model::nodes::Provider;
use crate::units::Currency;

/// A catalogue of instance types and their prices.
pub trait PriceList {
    /// Currency of every price.
    fn currency(&self) -> Currency;

    /// Names of the regions that have prices of a provider.
    fn regions(&self, provider: Provider) -> Vec<&str>;

    /// Everything that has a price in a region, sorted by type name; empty if nothing has.
    fn offerings(&self, provider: Provider, region: &str) -> Vec<Offering>;

    /// The offering of one type in one region; `None` if it has no price there.
    fn find(&self, provider: Provider, region: &str, instance_type: &str) -> Option<Offering>;

    /// Provider, region and price of the node with this name, for nodes whose type no label states.
    fn of_node(&self, name: &str) -> Option<(Provider, String, Offering)>;

    /// The price of machines that have no other, in US dollars; `None` for an unknown provider means on-premises.
    fn default_price(&self, provider: Option<Provider>) -> Option<Arc<FixedPrice>>;
}
