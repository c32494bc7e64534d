//! Label selectors.

use std::collections::BTreeMap;

use super::Operator;

/// A label selector, as far as it is needed to decide whether it selects a given pod. It is never stored.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LabelSelector {
    /// Required labels and their values.
    pub match_labels: BTreeMap<String, String>,
    /// Conditions that must all match.
    pub match_expressions: Vec<SelectorRequirement>,
}

/// One condition of a selector.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SelectorRequirement {
    /// Key of the label.
    pub key: String,
    /// Comparison operator; `None` for an unknown one, which selects nothing.
    pub operator: Option<Operator>,
    /// Values to compare with.
    pub values: Vec<String>,
}

impl LabelSelector {
    /// Whether it selects an object with these labels.
    pub fn selects(&self, labels: &BTreeMap<String, String>) -> bool {
        self.match_labels.iter().all(|(key, value)| labels.get(key) == Some(value))
            && self.match_expressions.iter().all(|requirement| requirement.holds(labels))
    }
}

impl SelectorRequirement {
    fn holds(&self, labels: &BTreeMap<String, String>) -> bool {
        let value = labels.get(&self.key);
        match self.operator {
            Some(Operator::In) => value.is_some_and(|value| self.values.contains(value)),
            Some(Operator::NotIn) => value.is_none_or(|value| !self.values.contains(value)),
            Some(Operator::Exists) => value.is_some(),
            Some(Operator::DoesNotExist) => value.is_none(),
            Some(Operator::Gt | Operator::Lt) | None => false,
        }
    }
}
