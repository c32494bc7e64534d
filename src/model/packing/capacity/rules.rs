//! Placement rules that the packer ignores, as findings.

use std::collections::{BTreeMap, BTreeSet};

use super::Cluster;
use crate::model::cluster::{HOSTNAME_LABEL, ZONE_LABELS};
use crate::model::cluster::{NodeTerm, Operator, Placement, Pod};
use crate::units::grouped;

/// A placement rule that the packer ignores.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct NotModelled {
    /// Workload that has the rule.
    pub subject: String,
    /// Description of the rule that the packing ignores.
    pub message: String,
}

impl NotModelled {
    fn new(message: String) -> Self {
        Self { subject: "placement".to_owned(), message }
    }
}

impl Cluster<'_> {
    /// Rules of the cluster's pods that the packer ignores.
    pub fn not_modelled(&self) -> BTreeSet<NotModelled> {
        let mut rules: BTreeMap<&'static str, u64> = BTreeMap::new();
        for pod in self.running().filter(|pod| !self.is_daemon(pod)) {
            let on_a_host = pod.placement.as_ref().is_some_and(|p| p.node_selector.contains_key(HOSTNAME_LABEL));
            for rule in broken_rules(pod).chain(on_a_host.then_some("a node selector on the host name")) {
                *rules.entry(rule).or_default() += 1;
            }
        }
        let message = |(rule, pods)| {
            let who = if pods == 1 { "1 pod has".to_owned() } else { format!("{} pods have", grouped(pods)) };
            format!("{who} {rule}, which consolidation ignores")
        };
        rules.into_iter().map(message).map(NotModelled::new).collect()
    }

    /// Rules that may change the number of fitting pods like this one: its own, and those of running pods.
    pub(super) fn not_modelled_of(&self, pod: &Pod) -> BTreeSet<NotModelled> {
        let own = broken_rules(pod).map(|rule| format!("the pod has {rule}, which the plan ignores"));
        let weaker = self.running().filter(|other| other.priority < pod.priority).count();
        let weaker = (weaker > 0).then(|| {
            format!("preemption is not modelled: {} pods of lower priority are assumed to stay", grouped(weaker))
        });
        let apart = self.running().filter_map(|other| other.placement.as_deref());
        let apart = apart.filter(|rules| rules.anti_affinity.iter().any(|term| !term.selects_siblings)).count();
        let apart = (apart > 0).then(|| {
            let apart = grouped(apart);
            format!("anti-affinity of {apart} running pods may exclude these pods from nodes; this is not modelled")
        });
        own.chain(weaker).chain(apart).map(NotModelled::new).collect()
    }

    fn running(&self) -> impl Iterator<Item = &Pod> {
        self.machines().flat_map(|node| self.pods_on(node)).copied()
    }
}

/// The rules of one pod that the packer ignores or simplifies.
fn broken_rules(pod: &Pod) -> impl Iterator<Item = &'static str> {
    let none = Placement::default();
    let placement = pod.placement.as_deref().unwrap_or(&none);
    let rules = [
        ("node affinity with alternatives or fields", !is_a_selector(placement)),
        ("pod affinity", !placement.affinity.is_empty()),
        (
            "anti-affinity beyond one pod of a workload per node",
            placement.anti_affinity.iter().any(|term| !(term.topology_key == HOSTNAME_LABEL && term.selects_siblings)),
        ),
        (
            "topology spread other than by zone",
            placement.spread.iter().any(|spread| spread.topology_key != ZONE_LABELS[0]),
        ),
        ("topology spread that counts other pods", placement.spread.iter().any(|spread| !spread.selects_siblings)),
        ("host ports", placement.host_ports),
        ("volume constraints beyond the zone of the volume", !pod.claims.is_empty()),
    ];
    rules.into_iter().filter_map(|(rule, is)| is.then_some(rule))
}

/// Whether the required node affinity is equivalent to additional entries of the node selector.
fn is_a_selector(placement: &Placement) -> bool {
    let mut chosen: BTreeMap<&str, &str> = BTreeMap::new();
    chosen.extend(placement.node_selector.iter().map(|(key, value)| (key.as_str(), value.as_str())));
    match placement.node_affinity.as_slice() {
        [] => true,
        [NodeTerm { labels, fields }] => {
            let mut one_value = |key, value| *chosen.entry(key).or_insert(value) == value;
            // An empty term matches no node.
            !labels.is_empty()
                && fields.is_empty()
                && labels.iter().all(|rule| match rule.values.as_slice() {
                    [value] => rule.operator == Operator::In && one_value(rule.key.as_str(), value.as_str()),
                    _ => false,
                })
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rules(placement: &str) -> bool {
        is_a_selector(&serde_json::from_str(placement).unwrap())
    }

    #[test]
    fn node_affinity_equivalent_to_a_selector() {
        let term = |values: &str| format!(r#"{{"labels":[{{"key":"a","operator":"In","values":{values}}}]}}"#);
        let affinity = |terms: &str| rules(&format!(r#"{{"node_selector":{{"a":"1"}},"node_affinity":[{terms}]}}"#));
        assert!(affinity("") && affinity(&term(r#"["1"]"#)));
        assert!(!affinity(&term(r#"["2"]"#)), "contradicting terms match nothing");
        assert!(!affinity(&term(r#"["1","2"]"#)) && !affinity("{}"), "an empty term matches nothing");
        assert!(!affinity(&[term(r#"["1"]"#), term(r#"["1"]"#)].join(",")));
        assert!(!affinity(r#"{"labels":[{"key":"b","operator":"Exists"}]}"#));
    }
}
