//! Fixed prices of single nodes: which rule applies to a node, by its name and labels.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::{FixedPrice, PriceScope, Pricing};
use crate::model::finding::{Code, Finding};
use crate::model::nodes::Provider;

/// Two rules of equal rank that apply to the same node.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "{first} and {second}: both labels are on node {node}, and neither rule is more specific: change one of the labels, or add a [[price]] \
     with node = \"{node}\""
)]
pub struct Overlap {
    /// Name of the node.
    pub node: String,
    /// Location and text of the first rule.
    pub first: Arc<str>,
    /// Location and text of the second rule.
    pub second: Arc<str>,
}

impl Pricing {
    /// The fixed price of a node by its name, or else by a label; `has` says whether it has a label with a value.
    ///
    /// # Errors
    /// [`Overlap`] if the labels of two rules are on the node.
    pub fn of_node(&self, node: &str, has: impl Fn(&str, &str) -> bool) -> Result<Option<&Arc<FixedPrice>>, Overlap> {
        if let Some(price) = self.prices.get(&PriceScope::Node(node.to_owned())) {
            return Ok(Some(price));
        }
        let mut by_label = self.labels().filter(|((key, value), _)| has(key, value)).map(|(_, price)| price);
        match (by_label.next(), by_label.next()) {
            (Some(first), Some(second)) => {
                let rule = |price: &FixedPrice| Arc::clone(&price.rule);
                Err(Overlap { node: node.to_owned(), first: rule(first), second: rule(second) })
            }
            (found, _) => Ok(found),
        }
    }

    /// The price of machines that have no other; a machine without a known provider counts as on-premises.
    pub fn default_price(&self, provider: Option<Provider>) -> Option<&Arc<FixedPrice>> {
        self.prices.get(&PriceScope::Provider(provider.unwrap_or(Provider::OnPrem)))
    }

    /// The keys of the labels that prices depend on.
    pub fn label_keys(&self) -> BTreeSet<String> {
        self.labels().map(|((key, _), _)| key.clone()).collect()
    }

    /// Findings about prices of single nodes that apply to none of the nodes; `used` are the rules that apply to one.
    pub fn unused(&self, used: &BTreeSet<Arc<str>>) -> Vec<Finding> {
        let of_nodes = self.prices.iter().filter(|(_, price)| !used.contains(&price.rule));
        let finding = |(scope, price): (&PriceScope, &Arc<FixedPrice>)| {
            let why = match scope {
                PriceScope::Node(_) => "no node has this name: correct it, or remove the rule".to_owned(),
                PriceScope::Label(key, _) => format!(
                    "no node is known to have this label: correct it, or remove the rule; a snapshot keeps the label where it is taken with \
                     --label {key}"
                ),
                PriceScope::Type(..) | PriceScope::Provider(_) => return None,
            };
            Some(Finding::warning(Code::PricingRuleUnused, &*price.rule, why))
        };
        of_nodes.filter_map(finding).collect()
    }

    /// Findings about prices of single nodes where no nodes are known.
    pub fn without_nodes(&self) -> Vec<Finding> {
        let of_nodes =
            self.prices.iter().filter(|(scope, _)| matches!(scope, PriceScope::Node(_) | PriceScope::Label(..)));
        let why = "it is the price of nodes with a name or a label, and an estimate without a cluster has no such nodes; price an instance type instead";
        of_nodes.map(|(_, price)| Finding::warning(Code::PricingRuleUnused, &*price.rule, why)).collect()
    }

    fn labels(&self) -> impl Iterator<Item = ((&String, &String), &Arc<FixedPrice>)> {
        self.prices.iter().filter_map(|(scope, price)| match scope {
            PriceScope::Label(key, value) => Some(((key, value), price)),
            _ => None,
        })
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::model::pricing::Rate;
    use crate::units::MoneyPerHour;

    fn pricing(scopes: &[(PriceScope, &str)]) -> Pricing {
        let price = |rule: &str| FixedPrice {
            rate: Rate::Machine(MoneyPerHour::new(1.into())),
            upkeep: MoneyPerHour::default(),
            rule: rule.into(),
        };
        let prices = scopes.iter().map(|(scope, rule)| (scope.clone(), Arc::new(price(rule))));
        Pricing { prices: prices.collect::<BTreeMap<_, _>>(), ..Pricing::default() }
    }

    fn label(key: &str, value: &str) -> PriceScope {
        PriceScope::Label(key.to_owned(), value.to_owned())
    }

    #[test]
    fn a_name_is_more_specific_than_a_label_and_two_labels_overlap() {
        let pricing = pricing(&[
            (PriceScope::Node("a".to_owned()), "p:1"),
            (label("pool", "x"), "p:2"),
            (label("rack", "y"), "p:3"),
        ]);
        let of = |node: &str, labels: &[(&str, &str)]| {
            pricing.of_node(node, |key, value| labels.contains(&(key, value))).map(|price| price.map(|p| &*p.rule))
        };
        assert_eq!(of("a", &[("pool", "x"), ("rack", "y")]), Ok(Some("p:1")));
        assert_eq!(of("b", &[("pool", "x"), ("rack", "z")]), Ok(Some("p:2")));
        assert_eq!(of("b", &[("pool", "z")]), Ok(None));
        let overlap = of("b", &[("pool", "x"), ("rack", "y")]).unwrap_err().to_string();
        assert!(overlap.starts_with("p:2 and p:3: both labels are on node b"), "{overlap}");
    }

    #[test]
    fn a_rule_without_a_node_is_a_finding() {
        let pricing = pricing(&[(PriceScope::Node("a".to_owned()), "p:1"), (label("pool", "x"), "p:2")]);
        assert_eq!(pricing.without_nodes().len(), 2);
        let unused = pricing.unused(&BTreeSet::from(["p:1".into()]));
        assert_eq!(unused.iter().map(|finding| finding.subject.as_str()).collect::<Vec<_>>(), ["p:2"]);
    }
}
