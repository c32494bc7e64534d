//! Time to compute one p99, compared with the obvious method: bisection of the tail of M/M/c.
#![allow(missing_docs, clippy::unwrap_used, reason = "a benchmark")]

use std::hint::black_box;

use capmodel::model::queueing::{
    Balancer, Discipline, PodQueue, QUOTA_SLICE, QueueingTables, SHIPPED_TABLES, erlang_c, ggc_sojourn_quantile,
    latency, mmc_sojourn_quantile,
};
use criterion::{Criterion, criterion_group, criterion_main};

/// P(T > t) = e^(−t) + C·(e^(−t) − e^(−θt))/(θ − 1), solved with fifty bisections.
fn bisection(servers: u32, load: f64) -> f64 {
    let (c, theta) = (erlang_c(servers, load), f64::from(servers) - load);
    let tail = |t: f64| (-t).exp() + c * ((-t).exp() - (-theta * t).exp()) / (theta - 1.0);
    let (mut low, mut high) = (0.0, 1000.0);
    for _ in 0..50 {
        let middle = f64::midpoint(low, high);
        if tail(middle) > 0.01 { low = middle } else { high = middle }
    }
    low
}

fn benches(criterion: &mut Criterion) {
    let tables = QueueingTables::parse(SHIPPED_TABLES).unwrap();
    let mut group = criterion.benchmark_group("p99");
    group.bench_function("mmc by bisection, c = 8", |b| b.iter(|| bisection(black_box(8), black_box(6.4))));
    for servers in [1, 8, 64, 5000] {
        let load = 0.8 * f64::from(servers);
        group.bench_function(format!("mmc, c = {servers}"), |b| {
            b.iter(|| mmc_sojourn_quantile(black_box(servers), black_box(load), 1.0, 0.99));
        });
    }
    for scv in [0.02, 0.25, 0.5, 4.0] {
        group.bench_function(format!("convolution, c = 8, cs² = {scv}"), |b| {
            b.iter(|| ggc_sojourn_quantile(black_box(8), black_box(0.8), 1.0, black_box(scv), 1.0, 0.99));
        });
    }
    let plain = PodQueue {
        discipline: Discipline::Fcfs { servers: 2 },
        service_mean: 0.001,
        service_scv: 0.5,
        quota_slice: QUOTA_SLICE,
        quota_cores: None,
        balancer: Balancer::Random,
        pods: 10,
    };
    for (name, queue) in [
        ("latency, FCFS, random", plain),
        ("latency, FCFS, power of two", PodQueue { balancer: Balancer::PowerOfTwo, ..plain }),
        ("latency, sharing, random", PodQueue { discipline: Discipline::Sharing { threads: 2 }, ..plain }),
        ("latency, FCFS, quota", PodQueue { quota_cores: Some(0.5), ..plain }),
        ("latency, FCFS, hardly a quota", PodQueue { quota_cores: Some(1.8), ..plain }),
    ] {
        group.bench_function(name, |b| b.iter(|| latency(black_box(&queue), black_box(350.0), &tables)));
    }
    group.finish();
    criterion.bench_function("parse the tables", |b| b.iter(|| QueueingTables::parse(black_box(SHIPPED_TABLES))));
}

criterion_group!(queueing, benches);
criterion_main!(queueing);
