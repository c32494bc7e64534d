//! The sum of stored reports as `capmodel/stored/v1`.

use super::convert::{all, cents, exact};
use crate::model::stored::{ClusterMonth, Fleet, Missing, NamespaceMonths, OneMonth};
use crate::schema::stored::{MissingCluster, Stored, StoredCluster, StoredMonth, StoredNamespace, StoredSchema};

pub(in crate::outputs) fn document(fleet: &Fleet) -> Stored {
    Stored {
        schema: StoredSchema::V1,
        month: fleet.month.to_string(),
        currency: fleet.currency.clone(),
        covers: fleet.covers.to_string(),
        cost: fleet.cost.known.map(cents),
        partial: !fleet.cost.is_complete,
        change: fleet.change().map(cents),
        budget: fleet.budget.map(cents),
        clusters: fleet.clusters.iter().map(cluster).collect(),
        missing: fleet.missing.iter().map(missing).collect(),
        months: fleet.months.months.iter().map(|one| month(fleet, one)).collect(),
        namespaces: fleet.months.namespaces.iter().map(namespace).collect(),
        findings: all(&fleet.findings),
    }
}

fn cluster(cluster: &ClusterMonth) -> StoredCluster {
    let report = &cluster.report;
    StoredCluster {
        name: report.cluster.clone(),
        uid: report.uid.clone(),
        stored: report.origin.clone(),
        cost: report.cost.known.map(cents),
        partial: !report.cost.is_complete,
        before: cluster.cost_before().map(cents),
        change: cluster.change().map(cents),
        coverage: report.coverage,
        nodes: exact(report.nodes),
        idle: report.idle.map(cents),
        findings: report.findings.len() as u64,
    }
}

fn missing(missing: &Missing) -> MissingCluster {
    MissingCluster {
        name: missing.cluster.clone(),
        stored_before: missing.origin.clone(),
        before: missing.before.known.map(cents),
    }
}

fn month(fleet: &Fleet, one: &OneMonth) -> StoredMonth {
    StoredMonth {
        month: one.month.to_string(),
        cost: one.cost.known.map(cents),
        partial: !one.cost.is_complete,
        clusters: one.clusters as u64,
        over_budget: fleet.over_budget(one.cost).map(cents),
    }
}

fn namespace(namespace: &NamespaceMonths) -> StoredNamespace {
    StoredNamespace {
        name: namespace.name.clone(),
        costs: namespace.costs.iter().map(|cost| cost.and_then(|cost| cost.known).map(cents)).collect(),
        total: namespace.total.known.map(cents),
        partial: !namespace.total.is_complete,
    }
}
