//! The complete command compared with the time to start any process, and the time of its parts.

use std::hint::black_box;
use std::process::{Command, Stdio};

use criterion::{Criterion, criterion_group, criterion_main};

fn run(mut command: Command) {
    let status = command.stdout(Stdio::null()).status().expect("the process starts");
    assert!(status.success());
}

fn capmodel(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_capmodel"));
    command.args(["estimate", "--rps", "5000"]).args(arguments);
    command
}

/// Two profiles, two policies, 1,024 samples and every type of the region; and `true`, which exits immediately.
fn process(c: &mut Criterion) {
    let mut group = c.benchmark_group("process");
    group.bench_function("floor: true", |b| b.iter(|| run(Command::new("true"))));
    group.bench_function("capmodel estimate --rps 5000", |b| b.iter(|| run(capmodel(&[]))));
    group.bench_function("capmodel estimate --rps 5000 --samples 0", |b| b.iter(|| run(capmodel(&["--samples", "0"]))));
    group.bench_function("capmodel estimate --rps 5000 --format json", |b| {
        b.iter(|| run(capmodel(&["--format", "json"])));
    });
    group.finish();
}

/// Startup cost that does not depend on the question.
fn parts(c: &mut Criterion) {
    use capmodel::inputs::prices::PriceBook;
    use capmodel::model::nodes::Provider;
    use capmodel::model::queueing::{QueueingTables, SHIPPED_TABLES};
    let mut group = c.benchmark_group("parts");
    group.bench_function("prices of one region", |b| {
        b.iter(|| black_box(PriceBook::embedded().offerings(Provider::Aws, "us-east-1")));
    });
    group.bench_function("queueing tables", |b| b.iter(|| black_box(QueueingTables::parse(SHIPPED_TABLES))));
    group.finish();
}

criterion_group!(benches, process, parts);
criterion_main!(benches);
