//! The packer of many services is never more expensive for one service than the planner of one service.

use std::collections::BTreeMap;

use capmodel::inputs::prices::PriceBook;
use capmodel::model::nodes::{Allocatable, CapacityType, DaemonSetOverhead, PodRequest, Provider};
use capmodel::model::packing::NodeChoices;
use capmodel::model::packing::{NodeKind, PackWorkload, Resources, ZoneSpread, pack};
use capmodel::model::pricing::Candidate;
use capmodel::units::{Bytes, CpuMillis, MoneyPerHour};
use proptest::prelude::*;

/// A machine: cores, GiB, pods, and a price in cents that need not correspond to its size.
type Machine = (u32, u64, u32, i64);

/// Properties of a real type other than its size and price.
fn real_candidate() -> Candidate {
    let offerings = PriceBook::embedded().offerings(Provider::Aws, "us-east-1").unwrap();
    let offering = offerings.into_iter().find(|offering| offering.instance.name == "m6i.large").unwrap();
    Candidate {
        price: offering.on_demand,
        allocatable: Allocatable {
            cpu: CpuMillis::default(),
            memory: Bytes::default(),
            memory_estimate: Bytes::default(),
            max_pods: 0,
        },
        instance: offering.instance,
        origin: offering.origin,
    }
}

fn candidates(machines: &[Machine]) -> Vec<Candidate> {
    let real = real_candidate();
    let of = |(at, (cores, gib, max_pods, cents)): (usize, &Machine)| {
        let mut candidate = real.clone();
        candidate.instance.name = format!("z{at:02}");
        candidate.instance.vcpu = *cores;
        candidate.instance.memory = Bytes::from_gib(*gib);
        candidate.price = MoneyPerHour::new(rust_decimal::Decimal::new(*cents, 2));
        // Reservations leave less than the whole machine for pods.
        let memory = Bytes::from_mib(gib * 1000);
        candidate.allocatable = Allocatable {
            cpu: CpuMillis::from_millis(u64::from(*cores) * 960),
            memory,
            memory_estimate: memory,
            max_pods: *max_pods,
        };
        candidate
    };
    machines.iter().enumerate().map(of).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    #[test]
    fn the_packer_is_never_more_expensive(
        machines in prop::collection::vec((1_u32..96, 1_u64..512, 4_u32..250, 1_i64..900), 1..8),
        pods in 1_u64..400,
        millis in 1_u64..8000,
        mib in 1_u64..16_000,
        zones in 1_u32..5,
        overhead in prop::bool::ANY,
    ) {
        let candidates = candidates(&machines);
        let pod = PodRequest { cpu: CpuMillis::from_millis(millis), memory: Bytes::from_mib(mib) };
        let daemonsets = match overhead {
            true => DaemonSetOverhead { cpu: CpuMillis::from_millis(150), memory: Bytes::from_mib(150), pods: 3 },
            false => DaemonSetOverhead { cpu: CpuMillis::default(), memory: Bytes::default(), pods: 0 },
        };
        let alone = NodeChoices::new(&candidates, &daemonsets, &pod).cheapest(pods, zones);
        let names: Vec<String> = if zones > 1 { (1..=zones).map(|n| format!("zone-{n}")).collect() } else { Vec::new() };
        let kinds: Vec<NodeKind> = candidates
            .iter()
            .enumerate()
            .map(|(at, c)| NodeKind::of_candidate(at, c, CapacityType::OnDemand, &daemonsets, &names))
            .collect();
        let workload = PackWorkload {
            name: "a".to_owned(),
            pods,
            request: Resources { cpu: pod.cpu, memory: pod.memory, extended: BTreeMap::new() },
            arch: None,
            selector: BTreeMap::new(),
            tolerations: Vec::new(),
            zone_spread: (zones > 1).then_some(ZoneSpread::of_skew(1)),
            max_per_node: None,
        };
        let packing = pack(&[workload], &kinds, &[]);
        let left: u64 = packing.unplaced.iter().map(|unplaced| unplaced.pods).sum();
        match alone {
            None => prop_assert_eq!(left, pods, "what fits on no type alone is placed"),
            Some(alone) => {
                prop_assert_eq!(left, 0);
                prop_assert!(
                    packing.cost_per_hour <= alone.price_per_hour,
                    "{:?} against {:?}", packing.cost_per_hour, alone.price_per_hour
                );
            }
        }
    }
}
