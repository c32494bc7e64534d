//! What is sold where: the question that the pricing rules put to a catalogue, wherever that is kept.

use super::Offering;
use crate::model::nodes::Provider;
use crate::units::Currency;

/// A catalogue of instance types with their prices.
pub trait PriceList {
    /// The currency of every price.
    fn currency(&self) -> Currency;

    /// The regions that a provider has prices in, by name.
    fn regions(&self, provider: Provider) -> Vec<&str>;

    /// Everything that is priced in a region, by type name; empty where nothing is.
    fn offerings(&self, provider: Provider, region: &str) -> Vec<Offering>;

    /// One type in one region.
    fn find(&self, provider: Provider, region: &str, instance_type: &str) -> Option<Offering>;

    /// The price of the node of this name alone, where no label says what type it is.
    fn of_node(&self, name: &str) -> Option<(Provider, String, Offering)>;
}
