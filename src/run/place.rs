//! The price basis of running services: the cluster's own node types at its own prices, by purchase option.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{Failure, basis, cluster_basis};
use crate::inputs::prices::PriceBook;
use crate::model::cluster::{Node, Snapshot};
use crate::model::nodes::{Arch, CapacityType, Distribution, Kubelet};
use crate::model::packing::capacity::Cluster;
use crate::model::pricing::{Basis, Candidate, MachineKey, MachinePrices};
use crate::model::queueing::{QueueingTables, SHIPPED_TABLES};
use crate::model::report::blended;
use crate::model::styles::{ClusterBasis, NodePurchase, OtherPrice};
use crate::settings::{BasisSettings, ReportSettings, RequestedBasis};
use crate::units::{Hours, Month};

/// Number of joint samples per plan: a 5th percentile to within a few percent, for hundreds of services per second.
const SAMPLES: u32 = 64;

/// The cluster's own node types at their prices, and its own prices of a core-hour and a GiB-hour; or why there are
/// none.
pub(super) fn place(
    settings: &ReportSettings,
    book: &PriceBook,
    present: &Snapshot,
    machines: &MachinePrices,
) -> Result<ClusterBasis, String> {
    let Some((core_hour, gib_hour)) = blended(present, machines) else {
        return Err("no node has a price, so no service is priced in any style".to_owned());
    };
    // A month in progress is priced as a whole month, like any other.
    let hours = match settings.time.month {
        Some(first) => settings.hours_of(Month::of(first)).map_err(|error| error.to_string())?,
        None => Hours::MONTH,
    };
    let cluster = Cluster::new(present);
    let common = BasisSettings {
        provider: settings.provider(),
        region: settings.region().map(ToOwned::to_owned),
        instance_types: Vec::new(),
        arch: Arch::Amd64,
        capacity_type: CapacityType::OnDemand,
        kubelet: Kubelet { distribution: Distribution::of(settings.provider()), max_pods: None, reserved: None },
        daemonsets: cluster.daemonset_overhead(),
        daemonsets_assumed: false,
        prices: settings.prices.clone(),
        pricing: settings.pricing.clone(),
        currency: settings.currency,
        hours,
        today: settings.today,
    };
    let said = |failure: Failure| format!("no service is priced in any style: {failure}");
    let (chosen, _) = cluster_basis::of_cluster(&common, &RequestedBasis::default(), present, book).map_err(said)?;
    let own = own_types(present, machines);
    let mut usual = basis::basis(&chosen, &[chosen.arch]).map_err(said)?;
    usual.candidates.clear();
    let mut kinds = BTreeMap::new();
    let mut others = BTreeMap::new();
    for (bought, types) in &own {
        let Some(mut basis) = of_kind(&chosen, book, *bought, types) else { continue };
        if let Some(other) = other_price(&chosen, *bought, (&basis, types)) {
            others.insert(*bought, other);
        }
        for candidate in &mut basis.candidates {
            if let Some(node) = types.get(&candidate.instance.name).and_then(|nodes| nodes.first())
                && let Some(price) = machines.get(&MachineKey::from(*node))
            {
                candidate.price = price.per_hour;
            }
        }
        cluster.set_offered(&mut basis.candidates);
        kinds.insert(*bought, basis);
    }
    let most = own
        .iter()
        .max_by_key(|(bought, types)| (types.values().map(Vec::len).sum::<usize>(), std::cmp::Reverse(**bought)));
    if let Some(basis) = most.and_then(|(bought, _)| kinds.get(bought)) {
        usual.candidates.clone_from(&basis.candidates);
        usual.named = basis.named;
        usual.capacity_type = basis.capacity_type;
    }
    for basis in kinds.values_mut().chain([&mut usual]) {
        "the cluster".clone_into(&mut basis.share.group);
        basis.share.price.core_hour = core_hour;
        basis.share.price.gib_hour = gib_hour;
    }
    let tables = QueueingTables::parse(SHIPPED_TABLES).map_err(|error| error.to_string())?;
    let kinds = kinds.into_iter().map(|(bought, basis)| (bought, Arc::new(basis))).collect();
    Ok(ClusterBasis { basis: Arc::new(usual), kinds, others, tables: Arc::new(tables), samples: SAMPLES, seed: 1 })
}

/// Nodes by instance type.
type Types<'a> = BTreeMap<String, Vec<&'a Node>>;

/// The nodes that have a price and no accelerators, by purchase option and type.
fn own_types<'a>(present: &'a Snapshot, machines: &MachinePrices) -> BTreeMap<NodePurchase, Types<'a>> {
    let mut own: BTreeMap<NodePurchase, Types<'a>> = BTreeMap::new();
    for node in present.nodes.iter().filter(|node| node.machine.kind.is_machine()) {
        let key = MachineKey::from(node);
        let Some(name) = node.machine.instance_type.clone().filter(|_| !key.accelerated) else { continue };
        if machines.contains_key(&key) {
            own.entry(NodePurchase::of(node)).or_default().entry(name).or_default().push(node);
        }
    }
    own
}

/// The offerings of these types; `None` if none of them is sold in the region.
fn of_kind(chosen: &BasisSettings, book: &PriceBook, bought: NodePurchase, types: &Types<'_>) -> Option<Basis> {
    let region = chosen.region.as_deref()?;
    let sold = |name: &&String| {
        let offering = book.find(chosen.provider, region, name);
        offering.is_ok_and(|offering| {
            offering.instance.arch == bought.arch && offering.price(bought.capacity_type).is_some()
        })
    };
    let instance_types: Vec<String> = types.keys().filter(sold).cloned().collect();
    if instance_types.is_empty() {
        return None;
    }
    basis::basis(&BasisSettings { instance_types, ..bought_as(chosen, bought) }, &[bought.arch]).ok()
}

/// The price of the other architecture, at table prices for both.
fn other_price(
    chosen: &BasisSettings,
    bought: NodePurchase,
    (basis, types): (&Basis, &Types<'_>),
) -> Option<OtherPrice> {
    let arch = if bought.arch == Arch::Amd64 { Arch::Arm64 } else { Arch::Amd64 };
    let others = basis::basis(&bought_as(chosen, NodePurchase { arch, ..bought }), &[arch]).ok()?;
    let nodes = |candidate: &Candidate| types.get(&candidate.instance.name).map_or(0, Vec::len);
    let own: Vec<(&Candidate, u64)> =
        basis.candidates.iter().map(|own| (own, u64::try_from(nodes(own)).unwrap_or(u64::MAX))).collect();
    // If a type has no price in this table, no comparison is possible.
    if own.len() < types.len() || others.capacity_type != bought.capacity_type {
        return None;
    }
    OtherPrice::of(&own, &others.candidates)
}

fn bought_as(chosen: &BasisSettings, bought: NodePurchase) -> BasisSettings {
    BasisSettings { capacity_type: bought.capacity_type, arch: bought.arch, ..chosen.clone() }
}
