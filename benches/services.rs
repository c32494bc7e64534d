//! 500 services with 30 days of hourly history: calibration, styles, forecast and back-test of all of them, compared
//! with one process of `capmodel estimate --observed` for each.
//!
//! `cargo bench --bench services` prints both times, their ratio, and the memory that the first needs in addition to
//! its input.
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::cast_precision_loss,
    clippy::disallowed_methods,
    reason = "a benchmark that cannot go on has failed, and it prints and reads the clock"
)]

#[path = "../tests/fleet/mod.rs"]
mod fleet;

use std::collections::BTreeMap;
use std::hint::black_box;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use capmodel::inputs::files::{parse_policy, parse_profile, policy_source, profile_names, profile_source};
use capmodel::inputs::prices::{PriceBook, price_groups, service_prices};
use capmodel::model::cluster::WorkloadId;
use capmodel::model::forecast::Growth;
use capmodel::model::nodes::{Arch, CapacityType, Distribution, Kubelet, PodRequest, Provider};
use capmodel::model::packing::capacity::Cluster;
use capmodel::model::pricing::{Basis, BasisQuestion, MachinePrices, RegionPrices, machine_prices};
use capmodel::model::queueing::{QueueingTables, SHIPPED_TABLES};
use capmodel::model::report::{Spending, machines_of_history};
use capmodel::model::runtime::Evidence;
use capmodel::model::services::{Reported, service_facts};
use capmodel::model::styles::{
    BackTest, BackTestSplit, ClusterBasis, Gathered, NextMonth, Profiles, RunningService, ServiceOptions,
    running_services,
};
use capmodel::units::{Date, Hours, Month};
use fleet::{Fleet, Kind, fleet};

const KIND: Kind = Kind { seed: 7, services: 500, days: 30, spot: false };

fn profiles() -> Profiles {
    let shapes = profile_names().filter_map(|name| {
        let profile = parse_profile(&profile_source(name).unwrap(), Evidence::Article).ok()?;
        Some((profile.name.clone(), profile))
    });
    Profiles {
        shapes: shapes.collect(),
        python: "python-fastapi".to_owned(),
        go: "go-gin".to_owned(),
        policy: parse_policy(&policy_source("production").unwrap()).unwrap(),
    }
}

fn place(fleet: &Fleet, today: Date) -> ClusterBasis {
    let book = PriceBook::embedded();
    let region = "us-east-1";
    let prices = RegionPrices {
        currency: capmodel::units::Currency::USD,
        offerings: book.offerings(Provider::Aws, region).unwrap(),
        dates: book.dates(Provider::Aws, region).unwrap(),
        groups: &price_groups().unwrap(),
        services: service_prices().unwrap().remove(&Provider::Aws),
        catalogue: book.catalogue_date(),
        own_prices: false,
    };
    let question = BasisQuestion {
        provider: Provider::Aws,
        region: region.to_owned(),
        archs: &[Arch::Amd64],
        arch: Arch::Amd64,
        capacity_type: CapacityType::OnDemand,
        instance_types: &["m6i.4xlarge".to_owned()],
        kubelet: Kubelet::of(Distribution::Eks),
        daemonsets: Cluster::new(&fleet.snapshot).daemonset_overhead(),
        daemonsets_assumed: false,
        hours: Hours::MONTH,
        today,
    };
    ClusterBasis {
        basis: Arc::new(Basis::new(&question, prices).unwrap()),
        kinds: BTreeMap::new(),
        others: BTreeMap::new(),
        tables: Arc::new(QueueingTables::parse(SHIPPED_TABLES).unwrap()),
        samples: 64,
        seed: 1,
    }
}

/// Everything that a report says of running services.
fn ask(
    fleet: &Fleet,
    place: &ClusterBasis,
    profiles: &Profiles,
    machines: &MachinePrices,
) -> (Vec<RunningService>, BackTest) {
    let Fleet { snapshot, history, .. } = fleet;
    let known = service_facts(snapshot, &Reported::in_history(history), &[]);
    let recommended_request: BTreeMap<WorkloadId, PodRequest> = BTreeMap::new();
    let end = history.grid.period().end().as_second();
    let hours = Hours::from_hours(744);
    let month = Month::of(snapshot.taken_at.to_zoned(jiff::tz::TimeZone::UTC).date()).next();
    let next = NextMonth { month, start: end, end: end + 744 * 3600, hours, growth: Growth::NONE };
    let cut = BackTestSplit::of(history.grid).unwrap();
    let gathered = Gathered {
        history,
        snapshot,
        recommended_request: &recommended_request,
        known: &known,
        next: Some(next),
        cut: Some(cut),
    };
    let services = running_services(&gathered, profiles, place, &ServiceOptions::default());
    let share = &place.basis.share.price;
    let spending = Spending::of(history, snapshot, machines, (share.core_hour, share.gib_hour));
    let test = BackTest::of(&services, spending.back_test(cut), cut, end).unwrap();
    (services, test)
}

/// One process for each service, with its observation.
fn one_by_one(fleet: &Fleet) {
    for (rate, cores, bytes) in &fleet.dashboard {
        let mib = bytes / f64::from(1 << 20);
        let observed = format!("{rate:.3}rps:{cores:.4}cores:{mib:.0}MiB");
        let mut command = Command::new(env!("CARGO_BIN_EXE_capmodel"));
        command.args(["estimate", "--rps", &format!("{rate:.3}"), "--observed", &observed, "--format", "json"]);
        let status = command.stdout(Stdio::null()).stderr(Stdio::null()).status().unwrap();
        assert!(status.success(), "{observed}");
    }
}

/// A value in KiB that the kernel reports about this process; `None` on systems other than Linux.
fn kib(of: &str) -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix(of))?;
    line.trim_start_matches(':').trim().split(' ').next()?.parse().ok()
}

fn timed<T>(what: impl FnOnce() -> T) -> (Duration, T) {
    let begin = Instant::now();
    let made = what();
    (begin.elapsed(), made)
}

fn main() {
    let fleet = fleet(KIND);
    let today = fleet.snapshot.taken_at.to_zoned(jiff::tz::TimeZone::UTC).date();
    let (place, profiles) = (place(&fleet, today), profiles());
    let machines = machines_of_history(&fleet.history, &fleet.snapshot);
    let (machines, _) = machine_prices(&PriceBook::embedded(), &price_groups().unwrap(), None, machines, today);
    let before = kib("VmRSS");
    let (first, (services, test)) = timed(|| ask(&fleet, &place, &profiles, &machines));
    let peak = kib("VmHWM");
    let best =
        (0..4).map(|_| timed(|| black_box(ask(&fleet, &place, &profiles, &machines))).0).fold(first, Duration::min);
    let calibrated = services.iter().filter(|service| service.learning.calibration.is_ok()).count();
    let forecast = services.iter().filter(|service| service.forecast.is_ok()).count();
    println!("{} services, {} days of hours: {calibrated} calibrated, {forecast} forecast", services.len(), KIND.days);
    println!("all at once: {:.3} s (best of five; the first {:.3} s)", best.as_secs_f64(), first.as_secs_f64());
    if let Some((before, peak)) = before.zip(peak) {
        println!("memory beyond what was read: {:.0} MiB", (peak.saturating_sub(before)) as f64 / 1024.0);
    }
    let (alone, ()) = timed(|| one_by_one(&fleet));
    let ratio = alone.as_secs_f64() / best.as_secs_f64();
    println!("one process for each: {:.3} s, {ratio:.1} times as long", alone.as_secs_f64());
    println!("back-test: {test:?}");
}
