//! The provider, region and formulas for a cluster, taken from its nodes unless a flag sets them.

use std::collections::BTreeMap;

use super::Failure;
use crate::inputs::prices::PriceBook;
use crate::model::cluster::{Machine, Snapshot};
use crate::model::finding::{Code, Finding};
use crate::model::nodes::Provider;
use crate::settings::{BasisSettings, RequestedBasis};

/// The settings with unset values taken from the nodes, and findings about these values.
pub(super) fn of_cluster(
    settings: &BasisSettings,
    asked: &RequestedBasis,
    snapshot: &Snapshot,
    book: &PriceBook,
) -> Result<(BasisSettings, Vec<Finding>), Failure> {
    let mut basis = settings.clone();
    let (mut taken, mut mixed, mut findings) = (Vec::new(), Vec::new(), Vec::new());
    let machines: Vec<&Machine> =
        snapshot.nodes.iter().map(|node| &node.machine).filter(|machine| machine.kind.is_machine()).collect();
    let name = &snapshot.cluster.name;
    if asked.provider.is_none()
        && let Some(found) = most(&machines, |machine| machine.provider)
    {
        if found.value == Provider::OnPrem && settings.prices.is_none() {
            let message = format!(
                "its nodes belong to no known provider and no --prices is given: cluster shares and new nodes use prices of {} {}",
                settings.provider,
                settings.region.as_deref().unwrap_or_default()
            );
            findings.push(Finding::warning(Code::ClusterPricedElsewhere, name, message));
            return Ok((basis, findings));
        }
        basis.provider = found.value;
        taken.push(format!("provider {}", found.value));
        mixed.extend(found.others("--provider"));
    }
    let provider = basis.provider;
    if asked.region.is_none() {
        basis.region = provider.default_region().map(ToOwned::to_owned);
        let here: Vec<&Machine> =
            machines.iter().copied().filter(|machine| machine.provider.is_none_or(|own| own == provider)).collect();
        if let Some(found) = most(&here, |machine| machine.region.clone())
            && book.regions(provider).contains(&found.value.as_str())
        {
            taken.push(format!("region {}", found.value));
            mixed.extend(found.others("--region"));
            basis.region = Some(found.value);
        }
    }
    if asked.arch.is_none()
        && let Some(found) = most(&machines, |machine| machine.arch)
    {
        basis.arch = found.value;
        taken.push(format!("architecture {}", found.value));
        mixed.extend(found.others("--arch"));
    }
    if asked.distribution.is_none() && !machines.is_empty() {
        basis.kubelet.distribution = snapshot.distribution();
        taken.push(format!("reservations of {}", basis.kubelet.distribution));
    }
    if !taken.is_empty() {
        let message = format!("from the cluster's nodes (no flag given): {}", taken.join(", "));
        findings.push(Finding::info(Code::SettingsFromCluster, name, message));
    }
    if !mixed.is_empty() {
        let message = format!("nodes differ; using the most common value: {}", mixed.join("; "));
        findings.push(Finding::warning(Code::ClusterNodesMixed, name, message));
    }
    Ok((basis, findings))
}

/// The most common value of the nodes, and the other values.
struct Majority<T> {
    value: T,
    counts: BTreeMap<T, usize>,
}

impl<T: Ord + ToString> Majority<T> {
    /// Note about the nodes with other values.
    fn others(&self, flag: &str) -> Option<String> {
        let counts = self.counts.iter().map(|(value, nodes)| format!("{} on {nodes}", value.to_string()));
        (self.counts.len() > 1).then(|| format!("{} ({flag} overrides it)", counts.collect::<Vec<_>>().join(", ")))
    }
}

/// The most common value; ties go to the first in order.
fn most<T: Ord + Clone>(machines: &[&Machine], value: impl Fn(&Machine) -> Option<T>) -> Option<Majority<T>> {
    let mut counts: BTreeMap<T, usize> = BTreeMap::new();
    for found in machines.iter().filter_map(|machine| value(machine)) {
        *counts.entry(found).or_default() += 1;
    }
    let most = counts.iter().rev().max_by_key(|(_, nodes)| **nodes)?.0.clone();
    Some(Majority { value: most, counts })
}
