//! Packing, compared with a slow but obvious checker that looks at every pod on every node.

use std::collections::{BTreeMap, BTreeSet};

use capmodel::model::cluster::{Taint, TaintEffect, Toleration};
use capmodel::model::nodes::Arch;
use capmodel::model::packing::{
    ExistingNode, NodeKind, NodeOffer, PackConstraint, PackWorkload, Packing, Resources, ZoneSpread, pack,
};
use capmodel::units::{Bytes, CpuMillis, MoneyPerHour};
use proptest::prelude::*;

const ZONE: &str = "topology.kubernetes.io/zone";

/// One node with its contents, listed one by one.
struct Node {
    offer: NodeOffer,
    zone: Option<String>,
    /// Zones that it may be in, if that is still open.
    zones: Vec<String>,
    pods: Vec<u64>,
}

impl Node {
    fn free(&self, workloads: &[PackWorkload]) -> Option<(u64, u64, BTreeMap<String, u64>, u64)> {
        let mut cpu = self.offer.free.cpu.millis();
        let mut memory = self.offer.free.memory.bytes();
        let mut extended = self.offer.free.extended.clone();
        let mut pods = self.offer.free_pods;
        for (workload, count) in workloads.iter().zip(&self.pods) {
            for _ in 0..*count {
                cpu = cpu.checked_sub(workload.request.cpu.millis())?;
                memory = memory.checked_sub(workload.request.memory.bytes())?;
                pods = pods.checked_sub(1)?;
                for (name, amount) in &workload.request.extended {
                    let left = extended.get(name).copied().unwrap_or(0).checked_sub(*amount)?;
                    extended.insert(name.clone(), left);
                }
            }
        }
        Some((cpu, memory, extended, pods))
    }

    fn admits(&self, workload: &PackWorkload, zone: Option<&String>) -> bool {
        self.is_chosen(workload, zone) && self.is_borne(workload)
    }

    fn is_chosen(&self, workload: &PackWorkload, zone: Option<&String>) -> bool {
        let selected = workload.selector.iter().all(|(key, value)| {
            if key == ZONE { zone == Some(value) } else { self.offer.labels.get(key) == Some(value) }
        });
        selected && workload.arch.is_none_or(|arch| arch == self.offer.arch)
    }

    fn is_borne(&self, workload: &PackWorkload) -> bool {
        self.offer.taints.iter().all(|taint| {
            workload.tolerations.iter().any(|t| {
                t.key.as_ref().unwrap_or(&taint.key) == &taint.key
                    && t.value.as_ref().unwrap_or(&taint.value) == &taint.value
                    && t.effect.unwrap_or(taint.effect) == taint.effect
            })
        })
    }

    fn has_room(&self, workloads: &[PackWorkload], number: usize) -> bool {
        let mut more = Self {
            offer: self.offer.clone(),
            zone: self.zone.clone(),
            zones: self.zones.clone(),
            pods: self.pods.clone(),
        };
        more.pods[number] += 1;
        more.free(workloads).is_some()
            && workloads[number].max_per_node.is_none_or(|most| more.pods[number] <= most.max(1))
    }

    /// Zones that it is in or could be in; a single `None` without zones.
    fn places(&self) -> Vec<Option<String>> {
        match (&self.zone, self.zones.is_empty()) {
            (Some(zone), _) => vec![Some(zone.clone())],
            (None, false) => self.zones.iter().cloned().map(Some).collect(),
            (None, true) => vec![None],
        }
    }
}

/// Every node that has or could have pods: existing nodes, bought nodes, and one empty node of each kind.
fn all_nodes(
    packing: &Packing,
    workloads: &[PackWorkload],
    kinds: &[NodeKind],
    existing: &[ExistingNode],
) -> (Vec<Node>, usize) {
    let none = vec![0; workloads.len()];
    let mut nodes: Vec<Node> = existing
        .iter()
        .map(|node| Node { offer: node.offer.clone(), zone: node.zone.clone(), zones: Vec::new(), pods: none.clone() })
        .collect();
    for placement in &packing.existing {
        for count in &placement.pods {
            nodes[placement.node].pods[count.workload] += count.pods;
        }
    }
    for group in &packing.groups {
        let kind = &kinds[group.kind];
        assert!(group.nodes > 0 && !group.pods.is_empty(), "nothing is bought for nothing");
        assert!(group.zone.as_ref().is_none_or(|zone| kind.zones.contains(zone)), "a zone where it is not sold");
        for _ in 0..group.nodes {
            let mut pods = none.clone();
            for count in &group.pods {
                pods[count.workload] += count.pods;
            }
            nodes.push(Node { offer: kind.offer.clone(), zone: group.zone.clone(), zones: kind.zones.clone(), pods });
        }
    }
    let used = nodes.len();
    nodes.extend(kinds.iter().map(|kind| Node {
        offer: kind.offer.clone(),
        zone: None,
        zones: kind.zones.clone(),
        pods: none.clone(),
    }));
    (nodes, used)
}

/// Zones over which a workload is spread: those of existing nodes that count for it, and those in which a suitable node
/// can be bought.
fn domains(
    workloads: &[PackWorkload],
    number: usize,
    nodes: &[Node],
    existing: usize,
    used: usize,
) -> BTreeSet<String> {
    let workload = &workloads[number];
    let Some(spread) = workload.zone_spread else { return BTreeSet::new() };
    let counts = |node: &&Node| {
        (!spread.honors_affinity || node.is_chosen(workload, node.zone.as_ref()))
            && (!spread.honors_taints || node.is_borne(workload))
    };
    let running = nodes[..existing].iter().filter(counts).filter_map(|node| node.zone.clone());
    let sold = nodes[used..].iter().filter(|node| node.has_room(workloads, number));
    let sold =
        sold.flat_map(|node| node.places().into_iter().flatten().filter(|zone| node.admits(workload, Some(zone))));
    running.chain(sold).collect()
}

fn check(packing: &Packing, workloads: &[PackWorkload], kinds: &[NodeKind], existing: &[ExistingNode]) {
    let (nodes, used) = all_nodes(packing, workloads, kinds, existing);
    let price: MoneyPerHour =
        packing.groups.iter().map(|g| kinds[g.kind].price * g.nodes).fold(MoneyPerHour::default(), |a, b| a + b);
    assert_eq!(price, packing.cost_per_hour);
    assert!(packing.cost_per_hour <= packing.first_fit_decreasing_cost_per_hour, "worse than first-fit decreasing");
    assert!(packing.lower_bound_per_hour <= packing.cost_per_hour, "the bound is above a plan that exists");
    for node in &nodes {
        assert!(node.free(workloads).is_some(), "overcommitted");
    }
    for (number, workload) in workloads.iter().enumerate() {
        let mut zones: BTreeMap<String, u64> =
            domains(workloads, number, &nodes, existing.len(), used).into_iter().map(|zone| (zone, 0)).collect();
        let mut placed = 0;
        for node in nodes[..used].iter().filter(|node| node.pods[number] > 0) {
            placed += node.pods[number];
            assert!(node.pods[number] <= workload.max_per_node.map_or(u64::MAX, |most| most.max(1)));
            let admitted = node.places().iter().any(|zone| node.admits(workload, zone.as_ref()));
            assert!(admitted, "{} is where it must not be", workload.name);
            if workload.zone_spread.is_some() || workload.selector.contains_key(ZONE) {
                assert!(node.zone.is_some(), "the zone of this node must be settled");
            }
            if let Some(zone) = &node.zone {
                *zones.entry(zone.clone()).or_default() += node.pods[number];
            }
        }
        if let Some(spread) = workload.zone_spread
            && placed > 0
        {
            let most = zones.values().max().unwrap();
            assert!(most - fewest(spread, &zones) <= spread.max_skew.max(1), "{}: {zones:?}", workload.name);
        }
        let excuse = packing.unplaced.iter().find(|unplaced| unplaced.workload == workload.name);
        let excused = excuse.map_or(0, |unplaced| unplaced.pods);
        assert_eq!(placed + excused, workload.pods, "{} has pods that are neither placed nor excused", workload.name);
        if let Some(unplaced) = excuse {
            assert!(unplaced.pods > 0);
            check_excuse(&unplaced.constraint, number, workloads, &nodes, &zones);
        }
    }
}

/// Pods in the zone with the fewest; zero if there are too few zones.
fn fewest(spread: ZoneSpread, zones: &BTreeMap<String, u64>) -> u64 {
    let enough = zones.len() as u64 >= spread.min_domains;
    zones.values().min().copied().filter(|_| enough).unwrap_or(0)
}

/// No further pod may fit anywhere, and the numbers in the excuse must be correct.
fn check_excuse(
    constraint: &PackConstraint,
    number: usize,
    workloads: &[PackWorkload],
    nodes: &[Node],
    zones: &BTreeMap<String, u64>,
) {
    let workload = &workloads[number];
    for node in nodes {
        for zone in node.places().iter().filter(|zone| node.admits(workload, zone.as_ref())) {
            let spread = match (workload.zone_spread, zone) {
                (None, _) => true,
                (Some(_), None) => false,
                (Some(spread), Some(zone)) => {
                    zones.get(zone).copied().unwrap_or(0) < fewest(spread, zones) + spread.max_skew.max(1)
                }
            };
            assert!(!(spread && node.has_room(workloads, number)), "{} fits and was left out", workload.name);
        }
    }
    let of_arch = |node: &&Node| workload.arch.is_none_or(|arch| arch == node.offer.arch);
    match constraint {
        PackConstraint::NoNodes => assert!(nodes.is_empty()),
        PackConstraint::Arch { needed } => {
            assert_eq!(workload.arch, Some(*needed));
            assert!(!nodes.is_empty() && nodes.iter().all(|node| node.offer.arch != *needed));
        }
        PackConstraint::Label { key, needed, available } => {
            assert_eq!(workload.selector.get(key), Some(needed));
            // Number of nodes before this one that have the labels.
            let borne = |node: &Node, key: &String| match key.as_str() {
                ZONE => node.places().into_iter().flatten().collect::<BTreeSet<_>>(),
                _ => node.offer.labels.get(key).cloned().into_iter().collect(),
            };
            let before = |node: &&Node| {
                workload.selector.iter().take_while(|(k, _)| *k < key).all(|(k, value)| borne(node, k).contains(value))
            };
            let values: BTreeSet<String> =
                nodes.iter().filter(of_arch).filter(before).flat_map(|node| borne(node, key)).collect();
            assert_eq!(available.iter().cloned().collect::<BTreeSet<_>>(), values, "{key}");
            assert!(!values.contains(needed), "{key} = {needed} is there");
        }
        PackConstraint::Taint { taint } => {
            assert!(!workload.tolerations.iter().any(|t| t.tolerates(taint)));
            let chosen = || nodes.iter().filter(|n| n.places().iter().any(|zone| n.is_chosen(workload, zone.as_ref())));
            assert!(chosen().any(|node| node.offer.taints.contains(taint)), "{taint:?} is nowhere");
            assert!(chosen().all(|node| !node.is_borne(workload)), "a node is tolerated");
        }
        PackConstraint::Room { resource, needed, available } => {
            let request = &workload.request;
            let asked = match resource.as_str() {
                "cpu" => request.cpu.millis(),
                "memory" => request.memory.bytes(),
                "pods" => 1,
                name => request.extended.get(name).copied().unwrap_or(0),
            };
            assert_eq!(*needed, asked, "{resource}");
            assert!(available < needed);
            let left = |node: &Node| {
                let (cpu, memory, extended, pods) = node.free(workloads).unwrap();
                match resource.as_str() {
                    "cpu" => cpu,
                    "memory" => memory,
                    "pods" => pods,
                    name => extended.get(name).copied().unwrap_or(0),
                }
            };
            let admitted = |node: &&Node| node.places().iter().any(|zone| node.admits(workload, zone.as_ref()));
            assert!(nodes.iter().filter(admitted).any(|node| left(node) == *available), "no node has {available}");
        }
        PackConstraint::PodsPerNode { allowed } => {
            assert_eq!(workload.max_per_node.map(|most| most.max(1)), Some(*allowed));
            assert!(nodes.iter().any(|node| node.pods[number] == *allowed), "no node is that full");
        }
        PackConstraint::ZoneSkew { allowed, full } => {
            let spread = workload.zone_spread.unwrap();
            assert_eq!(*allowed, spread.max_skew.max(1));
            if let Some(full) = full {
                // One of the zones over which it is spread accepts no further pod.
                let place = Some(full.clone());
                let there = |node: &&Node| node.places().contains(&place) && node.admits(workload, place.as_ref());
                assert!(zones.contains_key(full), "{full} is none of {zones:?}");
                assert!(!nodes.iter().filter(there).any(|node| node.has_room(workloads, number)), "{full} has room");
            }
        }
    }
}

fn zone() -> impl Strategy<Value = String> {
    prop::sample::select(vec!["a", "b", "c"]).prop_map(ToOwned::to_owned)
}

fn arch() -> impl Strategy<Value = Arch> {
    prop::sample::select(vec![Arch::Amd64, Arch::Amd64, Arch::Arm64])
}

fn resources(scale: u64) -> impl Strategy<Value = Resources> {
    (0..=40 * scale, 0..=40 * scale, prop::option::weighted(0.15, 1..=2_u64)).prop_map(|(cpu, memory, gpus)| {
        Resources {
            cpu: CpuMillis::from_millis(cpu * 100),
            memory: Bytes::from_mib(memory * 100),
            extended: gpus.map(|count| ("nvidia.com/gpu".to_owned(), count)).into_iter().collect(),
        }
    })
}

fn labels() -> impl Strategy<Value = BTreeMap<String, String>> {
    prop::option::weighted(0.4, prop::sample::select(vec!["web", "batch"]))
        .prop_map(|pool| pool.map(|pool| ("pool".to_owned(), pool.to_owned())).into_iter().collect())
}

/// One key with two values: having one is not having the other.
fn taint() -> impl Strategy<Value = Taint> {
    (prop::sample::select(vec!["a", "b"]), prop::sample::select(vec![TaintEffect::NoSchedule, TaintEffect::NoExecute]))
        .prop_map(|(value, effect)| Taint { key: "dedicated".to_owned(), value: value.to_owned(), effect })
}

fn taints() -> impl Strategy<Value = BTreeSet<Taint>> {
    prop::option::weighted(0.3, taint()).prop_map(|taint| taint.into_iter().collect())
}

fn tolerations() -> impl Strategy<Value = Vec<Toleration>> {
    let one = (taint(), any::<[bool; 3]>()).prop_map(|(taint, [key, value, effect])| Toleration {
        key: key.then_some(taint.key),
        value: value.then_some(taint.value),
        effect: effect.then_some(taint.effect),
    });
    prop::option::weighted(0.4, one).prop_map(|one| one.into_iter().collect())
}

fn spread() -> impl Strategy<Value = ZoneSpread> {
    (0..4_u64, 1..4_u64, any::<bool>(), any::<bool>()).prop_map(
        |(max_skew, min_domains, honors_affinity, honors_taints)| ZoneSpread {
            max_skew,
            min_domains,
            honors_affinity,
            honors_taints,
        },
    )
}

fn workload(number: usize) -> impl Strategy<Value = PackWorkload> {
    let pinned = prop::option::weighted(0.15, zone());
    let counts = (0..40_u64, prop::option::weighted(0.3, spread()), prop::option::weighted(0.3, 0..4_u64));
    (counts, resources(1), prop::option::weighted(0.4, arch()), labels(), tolerations(), pinned).prop_map(
        move |((pods, zone_spread, max_per_node), request, arch, labels, tolerations, pinned)| PackWorkload {
            name: format!("w{number}"),
            pods,
            request,
            arch,
            selector: labels.into_iter().chain(pinned.map(|zone| (ZONE.to_owned(), zone))).collect(),
            tolerations,
            zone_spread,
            max_per_node,
        },
    )
}

fn offer() -> impl Strategy<Value = NodeOffer> {
    (arch(), resources(4), 0..30_u64, labels(), taints())
        .prop_map(|(arch, free, free_pods, labels, taints)| NodeOffer { arch, free, free_pods, labels, taints })
}

fn kind(number: usize) -> impl Strategy<Value = NodeKind> {
    (offer(), prop::collection::btree_set(zone(), 0..=3), 1..2_000_u32).prop_map(move |(offer, zones, price)| {
        NodeKind {
            name: format!("k{number}"),
            candidate: number,
            offer,
            zones: zones.into_iter().collect(),
            price: MoneyPerHour::new(format!("0.{price:04}").parse().unwrap()),
        }
    })
}

fn existing(number: usize) -> impl Strategy<Value = ExistingNode> {
    (offer(), prop::option::weighted(0.8, zone())).prop_map(move |(offer, zone)| ExistingNode {
        name: format!("n{number}"),
        offer,
        zone,
    })
}

fn several<T: std::fmt::Debug, S: Strategy<Value = T>>(
    most: usize,
    one: impl Fn(usize) -> S,
) -> impl Strategy<Value = Vec<T>> {
    let all: Vec<S> = (0..most).map(one).collect();
    (all, 0..=most).prop_map(|(mut all, keep)| {
        all.truncate(keep);
        all
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn every_placement_is_valid_and_no_fitting_pod_is_left_out(
        workloads in several(8, workload),
        kinds in several(6, kind),
        existing in several(5, existing),
    ) {
        let packing = pack(&workloads, &kinds, &existing);
        check(&packing, &workloads, &kinds, &existing);
        prop_assert_eq!(&pack(&workloads, &kinds, &existing), &packing, "same input, same answer");
    }

    /// Nothing is unplaced if any node can be bought, and the cost of a small problem is the minimum over all mixes.
    #[test]
    fn the_lower_bound_is_below_the_best_mix(
        pods in 1..40_u64,
        cpu in 1..40_u64,
        memory in 1..40_u64,
        sizes in prop::collection::vec((10..160_u64, 10..160_u64, 1..2_000_u32), 1..4),
    ) {
        let workload = simple("w", pods, cpu * 100, memory * 100);
        let kinds: Vec<NodeKind> = sizes
            .iter()
            .map(|(cpu, memory, price)| simple_kind("k", cpu * 100, memory * 100, &format!("0.{price:04}")))
            .collect();
        let packing = pack(std::slice::from_ref(&workload), &kinds, &[]);
        check(&packing, std::slice::from_ref(&workload), &kinds, &[]);
        // Cheapest way to hold n pods, for n from 1 up, by dynamic programming.
        let mut best: Vec<Option<MoneyPerHour>> = vec![Some(MoneyPerHour::default())];
        for n in 1..=usize::try_from(pods).unwrap() {
            let ways = kinds.iter().zip(&sizes).filter_map(|(kind, (c, m, _))| {
                let fit = usize::try_from((c / cpu).min(m / memory)).unwrap();
                (fit > 0).then(|| best[n.saturating_sub(fit)].map(|cost| cost + kind.price)).flatten()
            });
            let least = ways.min();
            best.push(least);
        }
        if let Some(Some(best)) = best.last() {
            prop_assert!(packing.lower_bound_per_hour <= *best && *best <= packing.cost_per_hour);
        } else {
            prop_assert_eq!(packing.unplaced[0].pods, pods);
        }
    }
}

fn simple(name: &str, pods: u64, cpu_millis: u64, memory_mib: u64) -> PackWorkload {
    PackWorkload {
        name: name.to_owned(),
        pods,
        request: Resources {
            cpu: CpuMillis::from_millis(cpu_millis),
            memory: Bytes::from_mib(memory_mib),
            extended: BTreeMap::new(),
        },
        arch: None,
        selector: BTreeMap::new(),
        tolerations: Vec::new(),
        zone_spread: None,
        max_per_node: None,
    }
}

fn simple_kind(name: &str, cpu_millis: u64, memory_mib: u64, price: &str) -> NodeKind {
    NodeKind {
        name: name.to_owned(),
        candidate: 0,
        offer: NodeOffer {
            arch: Arch::Amd64,
            free: simple("", 0, cpu_millis, memory_mib).request,
            free_pods: 110,
            labels: BTreeMap::new(),
            taints: BTreeSet::new(),
        },
        zones: ["a", "b", "c"].map(ToOwned::to_owned).to_vec(),
        price: MoneyPerHour::new(price.parse().unwrap()),
    }
}

#[test]
fn complementary_pods_share_nodes() {
    // One service needs only CPU, the other only memory: together they fill the balanced node, alone each wastes half
    // of it.
    let workloads = [simple("cpu", 20, 1800, 200), simple("memory", 20, 200, 1800)];
    let packing = pack(&workloads, &[simple_kind("balanced", 2000, 2000, "0.1")], &[]);
    check(&packing, &workloads, &[simple_kind("balanced", 2000, 2000, "0.1")], &[]);
    assert_eq!((packing.nodes(), packing.gap()), (20, Some(0.0)));
}

#[test]
fn a_million_pods_are_one_group() {
    let workloads = [simple("w", 1_000_000, 250, 512)];
    let kinds = [simple_kind("k", 4000, 16000, "0.2")];
    let packing = pack(&workloads, &kinds, &[]);
    assert_eq!((packing.groups.len(), packing.nodes(), packing.gap()), (1, 62_500, Some(0.0)));
}

#[test]
fn pods_are_spread_over_zones_and_a_full_zone_is_reported() {
    let mut workload = simple("w", 8, 1000, 1000);
    workload.zone_spread = Some(ZoneSpread::of_skew(1));
    let kinds = [simple_kind("k", 4000, 4000, "0.2")];
    let packing = pack(std::slice::from_ref(&workload), &kinds, &[]);
    let zones: BTreeMap<_, _> =
        packing.groups.iter().map(|g| (g.zone.clone().unwrap(), g.nodes * g.pods[0].pods)).collect();
    assert_eq!(zones.values().copied().collect::<Vec<_>>(), [3, 3, 2]);

    // Zone d has a node with room for one pod, and no node can be bought there.
    let small = simple_kind("", 1000, 1000, "0.1").offer;
    let existing = [ExistingNode { name: "n".to_owned(), offer: small, zone: Some("d".to_owned()) }];
    let mut kinds = kinds;
    kinds[0].zones = vec!["a".to_owned()];
    let packing = pack(std::slice::from_ref(&workload), &kinds, &existing);
    check(&packing, std::slice::from_ref(&workload), &kinds, &existing);
    assert_eq!(packing.unplaced[0].pods, 5);
    assert_eq!(packing.unplaced[0].constraint, PackConstraint::ZoneSkew { allowed: 1, full: Some("d".to_owned()) });
}

#[test]
fn unplaced_pods_name_the_scarce_resource() {
    let kinds = [simple_kind("k", 4000, 8000, "0.2")];
    let reason = |workload: PackWorkload| {
        let packing = pack(std::slice::from_ref(&workload), &kinds, &[]);
        check(&packing, std::slice::from_ref(&workload), &kinds, &[]);
        packing.unplaced.first().map(|unplaced| (unplaced.pods, unplaced.constraint.clone()))
    };
    let room =
        |resource: &str, needed, available| PackConstraint::Room { resource: resource.to_owned(), needed, available };
    assert_eq!(reason(simple("w", 3, 4000, 8000)), None);
    assert_eq!(reason(simple("w", 3, 4001, 8000)), Some((3, room("cpu", 4001, 4000))));
    let memory = |mib: u64| Bytes::from_mib(mib).bytes();
    assert_eq!(reason(simple("w", 3, 1, 8001)), Some((3, room("memory", memory(8001), memory(8000)))));
    let mut gpu = simple("w", 3, 1, 1);
    gpu.request.extended.insert("nvidia.com/gpu".to_owned(), 1);
    assert_eq!(reason(gpu), Some((3, room("nvidia.com/gpu", 1, 0))));
    let mut arm = simple("w", 3, 1, 1);
    arm.arch = Some(Arch::Arm64);
    assert_eq!(reason(arm), Some((3, PackConstraint::Arch { needed: Arch::Arm64 })));
    let mut elsewhere = simple("w", 3, 1, 1);
    elsewhere.selector.insert(ZONE.to_owned(), "z".to_owned());
    let available = ["a", "b", "c"].map(ToOwned::to_owned).to_vec();
    let label = PackConstraint::Label { key: ZONE.to_owned(), needed: "z".to_owned(), available };
    assert_eq!(reason(elsewhere), Some((3, label)));
    let packing = pack(&[simple("w", 3, 1, 1)], &[], &[]);
    assert_eq!(packing.unplaced[0].constraint, PackConstraint::NoNodes);
}
