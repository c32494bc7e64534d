//! Which workload a pod belonged to, according to metrics.

use std::collections::BTreeMap;

use super::Owner;
use crate::model::cluster::WorkloadId;

/// The owners of ReplicaSets and Jobs.
#[derive(Clone, Debug, Default)]
pub struct OwnerTable(BTreeMap<Owner, (String, String)>);

impl OwnerTable {
    /// Records that `child` belongs to the `kind` called `name`; an empty kind means that it has no owner.
    pub fn insert(&mut self, child: Owner, kind: &str, name: &str) {
        let nothing = kind.is_empty() || kind == "<none>";
        let parent =
            if nothing { (child.kind.clone(), child.name.clone()) } else { (kind.to_owned(), name.to_owned()) };
        self.0.entry(child).or_insert(parent);
    }

    /// Adds the entries of another table.
    pub(super) fn absorb(&mut self, other: Self) {
        self.0.extend(other.0);
    }

    /// The workload of an owner, and whether it was inferred from its name only.
    pub fn resolve(&self, owner: &Owner) -> (WorkloadId, bool) {
        let id = |kind: &str, name: &str| WorkloadId {
            namespace: owner.namespace.clone(),
            kind: kind.to_owned(),
            name: name.to_owned(),
        };
        if let Some((kind, name)) = self.0.get(owner) {
            return (id(kind, name), false);
        }
        match (owner.kind.as_str(), owner.name.rsplit_once('-')) {
            ("ReplicaSet", Some((name, hash))) if is_template_hash(hash) => (id("Deployment", name), true),
            ("Job", Some((name, minute))) if is_scheduled_minute(minute) => (id("CronJob", name), true),
            _ => (id(&owner.kind, &owner.name), false),
        }
    }
}

/// Whether the text is the hash of a Deployment's pod template, in the alphabet of Kubernetes' `SafeEncodeString`
/// (<https://github.com/kubernetes/apimachinery/blob/master/pkg/util/rand/rand.go>).
fn is_template_hash(text: &str) -> bool {
    (1..=10).contains(&text.len()) && text.bytes().all(|b| b"bcdfghjklmnpqrstvwxz2456789".contains(&b))
}

/// Whether the text is a scheduled time as a CronJob appends it to Job names: minutes since 1970, eight digits from
/// 1989 to 2160.
fn is_scheduled_minute(text: &str) -> bool {
    text.len() == 8 && text.bytes().all(|b| b.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn owner(kind: &str, name: &str) -> Owner {
        Owner { namespace: "prod".to_owned(), kind: kind.to_owned(), name: name.to_owned() }
    }

    fn resolved(table: &OwnerTable, kind: &str, name: &str) -> String {
        let (id, guessed) = table.resolve(&owner(kind, name));
        format!("{}/{}{}", id.kind, id.name, if guessed { "?" } else { "" })
    }

    #[test]
    fn the_owner_table_takes_precedence_over_the_name() {
        let mut table = OwnerTable::default();
        table.insert(owner("ReplicaSet", "shop-7d4b9c"), "Rollout", "shop");
        table.insert(owner("ReplicaSet", "alone-7d4b9c"), "", "");
        table.insert(owner("Job", "backup-29000000"), "CronJob", "backup");
        assert_eq!(resolved(&table, "ReplicaSet", "shop-7d4b9c"), "Rollout/shop");
        assert_eq!(resolved(&table, "ReplicaSet", "alone-7d4b9c"), "ReplicaSet/alone-7d4b9c");
        assert_eq!(resolved(&table, "Job", "backup-29000000"), "CronJob/backup");
        assert_eq!(resolved(&table, "ReplicaSet", "web-7d4b9c6f5"), "Deployment/web?");
        assert_eq!(resolved(&table, "ReplicaSet", "web-aeiou"), "ReplicaSet/web-aeiou");
        assert_eq!(resolved(&table, "Job", "report-29000123"), "CronJob/report?");
        assert_eq!(resolved(&table, "Job", "migrate-42"), "Job/migrate-42");
        assert_eq!(resolved(&table, "StatefulSet", "db"), "StatefulSet/db");
        assert_eq!(resolved(&table, "", ""), "/");
    }
}
