//! Which row of a report a workload belongs to: namespace, workload, label or owner.

use std::collections::BTreeMap;

use rust_decimal::Decimal;

use crate::model::cluster::{Owners, Snapshot, Tags, WorkloadId, matches};

/// The row of workloads without an owner or label value.
pub const UNOWNED: &str = "unowned";

/// What the rows of a report are grouped by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Grouping {
    /// One row per namespace.
    Namespace,
    /// One row per workload.
    Workload,
    /// One row per value of this label: the workload's, otherwise its pods', otherwise its namespace's.
    Label(String),
    /// One row per owner, by the rules of the owners file.
    Owners(Vec<OwnerRule>),
}

impl Grouping {
    /// Display name of the grouping, for example `label team`.
    pub fn name(&self) -> String {
        match self {
            Self::Namespace => "namespace".to_owned(),
            Self::Workload => "workload".to_owned(),
            Self::Label(key) => format!("label {key}"),
            Self::Owners(_) => "owner".to_owned(),
        }
    }

    /// Weight of each row for weighted splits; only owners have weights.
    pub(super) fn weights(&self) -> BTreeMap<String, Decimal> {
        match self {
            Self::Owners(rules) => rules.iter().map(|rule| (rule.name.clone(), rule.weight)).collect(),
            _ => BTreeMap::new(),
        }
    }
}

/// Assigns workloads to an owner; the first matching rule applies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnerRule {
    /// Name of the owner.
    pub name: String,
    /// Namespaces; `*` stands for any characters.
    pub namespaces: Vec<String>,
    /// Workloads as `namespace/name` or `namespace/Kind/name`; `*` stands for any characters.
    pub workloads: Vec<String>,
    /// Weight of the owner in [`Split::Weighted`](super::Split::Weighted).
    pub weight: Decimal,
}

impl OwnerRule {
    fn fits(&self, id: &WorkloadId) -> bool {
        self.namespaces.iter().any(|pattern| matches(pattern, &id.namespace))
            || self.workloads.iter().any(|pattern| id.is(pattern))
    }
}

/// The value of one label per workload and per namespace.
pub(super) struct Labels {
    key: String,
    workloads: BTreeMap<WorkloadId, String>,
    namespaces: BTreeMap<String, String>,
}

impl Labels {
    pub(super) fn new(key: &str) -> Self {
        Self { key: key.to_owned(), workloads: BTreeMap::new(), namespaces: BTreeMap::new() }
    }

    pub(super) fn add(&mut self, snapshot: &Snapshot) {
        let Self { key, workloads, namespaces } = self;
        let value = |tags: &Tags| tags.labels.get(key.as_str()).filter(|value| !value.is_empty()).cloned();
        for workload in &snapshot.workloads {
            let id = WorkloadId {
                namespace: workload.namespace.clone(),
                kind: workload.kind.name().to_owned(),
                name: workload.name.clone(),
            };
            if let Some(value) = value(&workload.tags) {
                workloads.insert(id, value);
            }
        }
        let owners = Owners::new(&snapshot.workloads);
        for pod in &snapshot.pods {
            if let Some(value) = value(&pod.tags) {
                workloads.entry(owners.workload(pod)).or_insert(value);
            }
        }
        for claim in &snapshot.claims {
            if let Some(value) = value(&claim.tags) {
                let id = super::workload_id(&claim.namespace, "PersistentVolumeClaim", &claim.name);
                workloads.entry(id).or_insert(value);
            }
        }
        for balancer in &snapshot.load_balancers {
            if let Some(value) = value(&balancer.tags) {
                let id = super::workload_id(&balancer.namespace, "Service", &balancer.name);
                workloads.entry(id).or_insert(value);
            }
        }
        for namespace in &snapshot.namespaces {
            if let Some(value) = value(&namespace.tags) {
                namespaces.entry(namespace.name.clone()).or_insert(value);
            }
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.workloads.is_empty() && self.namespaces.is_empty()
    }

    fn of(&self, id: &WorkloadId) -> Option<&String> {
        self.workloads.get(id).or_else(|| self.namespaces.get(&id.namespace))
    }
}

/// The name of a workload's row.
pub(super) fn group(grouping: &Grouping, labels: Option<&Labels>, id: &WorkloadId) -> String {
    match grouping {
        Grouping::Namespace => escape_reserved_name(&id.namespace),
        Grouping::Workload => id.to_string(),
        Grouping::Label(_) => labels
            .and_then(|labels| labels.of(id))
            .map_or_else(|| UNOWNED.to_owned(), |value| escape_reserved_name(value)),
        Grouping::Owners(rules) => {
            rules.iter().find(|rule| rule.fits(id)).map_or_else(|| UNOWNED.to_owned(), |rule| rule.name.clone())
        }
    }
}

/// Renames a namespace or label value that equals the reserved name of a cluster row.
pub(super) fn escape_reserved_name(name: &str) -> String {
    match name {
        "idle" | "shared" | UNOWNED => format!("{name} (a name)"),
        _ => name.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_match_names() {
        for (pattern, text, want) in [
            ("pay", "pay", true),
            ("pay", "pay-eu", false),
            ("pay-*", "pay-eu", true),
            ("*-eu", "pay-eu", true),
            ("p*y*u", "pay-eu", true),
            ("p*y*x", "pay-eu", false),
            ("*", "", true),
            ("a*a", "a", false),
        ] {
            assert_eq!(matches(pattern, text), want, "{pattern} {text}");
        }
    }

    #[test]
    fn the_first_matching_rule_applies() {
        let rule = |name: &str, namespaces: &[&str], workloads: &[&str]| OwnerRule {
            name: name.to_owned(),
            namespaces: namespaces.iter().map(|s| (*s).to_owned()).collect(),
            workloads: workloads.iter().map(|s| (*s).to_owned()).collect(),
            weight: Decimal::ONE,
        };
        let rules = Grouping::Owners(vec![
            rule("checkout", &[], &["shop/checkout"]),
            rule("shop", &["shop"], &[]),
            rule("jobs", &[], &["*/CronJob/*"]),
        ]);
        let owner = |namespace: &str, kind: &str, name: &str| {
            let id = WorkloadId { namespace: namespace.to_owned(), kind: kind.to_owned(), name: name.to_owned() };
            group(&rules, None, &id)
        };
        assert_eq!(owner("shop", "Deployment", "checkout"), "checkout");
        assert_eq!(owner("shop", "Deployment", "web"), "shop");
        assert_eq!(owner("ops", "CronJob", "clean"), "jobs");
        assert_eq!(owner("ops", "Deployment", "clean"), UNOWNED);
    }
}
