//! Packing 10,000 pods of 200 workloads onto 60 instance types of the catalogue, compared with first-fit decreasing.
//!
//! `cargo bench --bench packing` prints, for each case, how far both prices are above the lower bound, and then both
//! times. There are two cases: `free` only has sizes; `constrained` adds CPU architectures, zone spread and a limit of
//! pods per node. The lower bound considers which kinds a pod can use, but allows its CPU and memory to be on different
//! ones, so it is weaker in the second case.
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a benchmark that cannot go on has failed, and it prints"
)]

use std::collections::BTreeMap;
use std::hint::black_box;

use capmodel::inputs::prices::PriceBook;
use capmodel::model::nodes::{Arch, CapacityType, DaemonSetOverhead, Distribution, Kubelet, Provider, allocatable};
use capmodel::model::packing::{NodeKind, PackWorkload, Packing, Resources, ZoneSpread, first_fit_decreasing, pack};
use capmodel::model::pricing::Candidate;
use capmodel::units::{Bytes, CpuMillis};
use criterion::{Criterion, criterion_group, criterion_main};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

const FAMILIES: [&str; 7] = ["c6i.", "m6i.", "r6i.", "c7g.", "m7g.", "r7g.", "m6a."];
const TYPES: usize = 60;
const WORKLOADS: u64 = 200;
const PODS: u64 = 10_000;

fn kinds() -> Vec<NodeKind> {
    let daemonsets = DaemonSetOverhead { cpu: CpuMillis::from_millis(150), memory: Bytes::from_mib(150), pods: 3 };
    let zones = ["us-east-1a", "us-east-1b", "us-east-1c"].map(ToOwned::to_owned);
    let mut offerings = PriceBook::embedded().offerings(Provider::Aws, "us-east-1").unwrap();
    offerings.retain(|o| FAMILIES.iter().any(|f| o.instance.name.starts_with(f)) && !o.instance.name.contains("metal"));
    let candidates = offerings.iter().map(|offering| Candidate {
        instance: offering.instance.clone(),
        price: offering.on_demand,
        origin: offering.origin.clone(),
        allocatable: allocatable(Provider::Aws, &offering.instance, &Kubelet::of(Distribution::Eks)),
    });
    let kinds: Vec<NodeKind> = candidates
        .take(TYPES)
        .enumerate()
        .map(|(position, c)| NodeKind::of_candidate(position, &c, CapacityType::OnDemand, &daemonsets, &zones))
        .collect();
    assert_eq!(kinds.len(), TYPES);
    kinds
}

/// Uniform over `0..below`; the bias of the remainder is far too small to affect a benchmark.
fn below(rng: &mut ChaCha8Rng, below: u64) -> u64 {
    rng.next_u64() % below
}

/// Requests as people write them: round numbers from 50m to 4 cores, with 0.5 to 8 GiB per core.
fn workloads(constrained: bool) -> Vec<PackWorkload> {
    let mut rng = ChaCha8Rng::seed_from_u64(7);
    let mut left = PODS;
    (0..WORKLOADS)
        .map(|number| {
            let pods = if number + 1 == WORKLOADS { left } else { (1 + below(&mut rng, 99)).min(left) };
            left -= pods;
            let cpu = [50, 100, 100, 200, 250, 250, 500, 500, 750, 1000, 1000, 1500, 2000, 4000];
            let cpu = cpu[usize::try_from(below(&mut rng, 14)).unwrap()];
            let mib_per_core = [512, 1024, 2048, 3072, 4096, 4096, 6144, 8192];
            let memory = (cpu * mib_per_core[usize::try_from(below(&mut rng, 8)).unwrap()] / 1000).max(32);
            let dice = below(&mut rng, 20);
            PackWorkload {
                name: format!("service-{number:03}"),
                pods,
                request: Resources {
                    cpu: CpuMillis::from_millis(cpu),
                    memory: Bytes::from_mib(memory),
                    extended: BTreeMap::new(),
                },
                arch: match dice {
                    _ if !constrained => None,
                    0..10 => Some(Arch::Amd64),
                    10..13 => Some(Arch::Arm64),
                    _ => None,
                },
                selector: BTreeMap::new(),
                tolerations: Vec::new(),
                zone_spread: (constrained && dice.is_multiple_of(4)).then_some(ZoneSpread::of_skew(1)),
                max_per_node: (constrained && dice.is_multiple_of(7)).then_some(4),
            }
        })
        .collect()
}

fn above_bound(name: &str, packing: &Packing) {
    let price = |money: capmodel::units::MoneyPerHour| money.amount().to_string().parse::<f64>().unwrap();
    let bound = price(packing.lower_bound_per_hour);
    let percent = |money| (price(money) / bound - 1.0) * 100.0;
    println!(
        "{name}: {} nodes, {} an hour, {:.2} % above the lower bound; first-fit decreasing {:.2} % above it",
        packing.nodes(),
        packing.cost_per_hour.amount(),
        percent(packing.cost_per_hour),
        percent(packing.first_fit_decreasing_cost_per_hour),
    );
}

fn packing(c: &mut Criterion) {
    let kinds = kinds();
    for (name, constrained) in [("free", false), ("constrained", true)] {
        let workloads = workloads(constrained);
        above_bound(name, &pack(&workloads, &kinds, &[]));
        let mut group = c.benchmark_group(format!("10,000 pods, {name}"));
        group.sample_size(20);
        group.bench_function("pack", |b| b.iter(|| pack(black_box(&workloads), &kinds, &[])));
        group.bench_function("first-fit decreasing", |b| {
            b.iter(|| first_fit_decreasing(black_box(&workloads), &kinds, &[]));
        });
        group.finish();
    }
    let mut one = workloads(false);
    one.truncate(1);
    one[0].pods = 1_000_000;
    above_bound("one workload", &pack(&one, &kinds, &[]));
    c.bench_function("1,000,000 pods of one workload", |b| b.iter(|| pack(black_box(&one), &kinds, &[])));
}

criterion_group!(benches, packing);
criterion_main!(benches);
