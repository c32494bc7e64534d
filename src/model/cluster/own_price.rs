//! Prices that a pricing file states for single nodes, marked on the nodes that they apply to.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::Snapshot;
use crate::model::finding::Code;
use crate::model::pricing::{Overlap, Pricing};

impl Snapshot {
    /// Marks the nodes that have a price by their name or a label. A node whose price depends on nothing else needs no
    /// instance type, so the finding that it has none is removed. The rules that apply are added to `used`.
    ///
    /// # Errors
    /// [`Overlap`] if two rules of equal rank apply to a node.
    pub fn mark_prices(&mut self, pricing: &Pricing, used: &mut BTreeSet<Arc<str>>) -> Result<(), Overlap> {
        let mut priced: BTreeSet<&str> = BTreeSet::new();
        for node in self.nodes.iter_mut().filter(|node| node.machine.kind.is_machine()) {
            let labels = [&node.scheduling_labels, &node.tags.labels];
            let has = |key: &str, value: &str| labels.iter().any(|l| l.get(key).is_some_and(|own| own == value));
            node.machine.own_price = pricing.of_node(&node.name, has)?.cloned();
            used.extend(node.machine.own_price.as_ref().map(|price| Arc::clone(&price.rule)));
            if node.machine.own_price.is_some() || pricing.default_price(node.machine.provider).is_some() {
                priced.insert(&node.name);
            }
        }
        self.findings.retain(|finding| finding.code != Code::NodeTypeUnknown || !priced.contains(&*finding.subject));
        Ok(())
    }
}
