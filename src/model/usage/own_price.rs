//! Prices that a pricing file states for single nodes, marked on the nodes of a history.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::{History, exported_label};
use crate::model::cluster::Machine;
use crate::model::pricing::{Overlap, Pricing};

impl History {
    /// Marks the nodes that have a price by their name or a label, including deleted ones. The rules that apply are
    /// added to `used`.
    ///
    /// # Errors
    /// [`Overlap`] if two rules of equal rank apply to a node.
    pub fn mark_prices(&mut self, pricing: &Pricing, used: &mut BTreeSet<Arc<str>>) -> Result<(), Overlap> {
        for node in &mut self.nodes {
            let labels = &node.facts.labels;
            let has = |key: &str, value: &str| labels.get(&exported_label(key)).is_some_and(|own| own == value);
            let Some(price) = pricing.of_node(&node.id.name, has)? else { continue };
            used.insert(Arc::clone(&price.rule));
            let machine = node.facts.machine(&node.id);
            node.facts.machine = Some(Machine { own_price: Some(Arc::clone(price)), ..machine });
        }
        Ok(())
    }
}
