//! `capmodel compare`: the parts add up, equal the true causes of generated changes, and change sign with the order of
//! the documents.

use std::collections::BTreeMap;

use crate::support::binary::{capmodel, refused};
use capmodel::cli::Cli;
use capmodel::model::compare::{
    Compared, Comparison, IdleFacts, Kind, MachineFacts, NotComparable, Reason, ReportFacts, Resource, WorkloadFacts,
    compare,
};
use capmodel::units::Money;
use clap::Parser;
use proptest::prelude::*;
use rust_decimal::Decimal;

/// The cost factors of one service.
#[derive(Clone, Copy, Debug)]
struct Service {
    demand: f64,
    per_request: f64,
    requested_by_used: f64,
    gib: f64,
    is_counted: bool,
}

/// A cluster, described by the factors of its cost.
#[derive(Clone, Debug)]
struct Truth {
    hours: f64,
    core_hour: f64,
    gib_hour: f64,
    services: BTreeMap<String, Service>,
    idle_cores: f64,
    disks: f64,
    disk_price: f64,
    on_demand: f64,
    spot: f64,
    /// Cost that no factor explains, in cents.
    unknown: i64,
}

/// Maximum effect of rounding to cents: half a cent for each of ten parts and two totals.
const ROUNDING: Decimal = Decimal::from_parts(6, 0, 0, false, 2);

fn cents(amount: f64) -> Money {
    Money::new(Money::from_f64(amount).unwrap().amount().round_dp(2))
}

impl Truth {
    fn usual() -> Self {
        let web = Service { demand: 200.0, per_request: 0.002, requested_by_used: 2.5, gib: 4.0, is_counted: true };
        Self {
            hours: 730.0,
            core_hour: 0.03,
            gib_hour: 0.004,
            services: BTreeMap::from([("web".to_owned(), web), ("api".to_owned(), Service { demand: 50.0, ..web })]),
            idle_cores: 3.0,
            disks: 100.0,
            disk_price: 0.0001,
            on_demand: 4.0,
            spot: 0.0,
            unknown: 0,
        }
    }

    fn report(&self) -> Compared {
        let cost = |quantity: f64, price: f64| Resource { quantity, cost: quantity * price * self.hours };
        let workload = |service: &Service| {
            let used = service.demand * service.per_request;
            WorkloadFacts {
                cpu: cost(used * service.requested_by_used, self.core_hour),
                memory: cost(service.gib, self.gib_hour),
                gpu_cost: 0.0,
                used_cores: Some(used),
                demand: service.is_counted.then_some(service.demand),
            }
        };
        let machine = |count, price_per_hour| MachineFacts { count, price_per_hour };
        let ways = BTreeMap::from([
            ("on-demand".to_owned(), machine(self.on_demand, 0.2)),
            ("spot".to_owned(), machine(self.spot, 0.08)),
        ]);
        let facts = ReportFacts {
            hours: self.hours,
            workloads: self.services.iter().map(|(name, service)| (name.clone(), workload(service))).collect(),
            idle: IdleFacts { cpu: cost(self.idle_cores, self.core_hour), ..IdleFacts::default() },
            lines: BTreeMap::from([("disks".to_owned(), cost(self.disks, self.disk_price))]),
            machines: BTreeMap::from([("m6i.large".to_owned(), ways)]),
        };
        let of_workloads = facts.workloads.values().map(|it| it.cpu.cost + it.memory.cost).sum::<f64>();
        let known = of_workloads + facts.idle.cpu.cost + facts.lines["disks"].cost;
        Compared {
            kind: Kind::Report,
            currency: "USD".to_owned(),
            total: Some(cents(known) + Money::new(Decimal::new(self.unknown, 2))),
            rows: BTreeMap::new(),
            conditions: BTreeMap::new(),
            facts: Some(facts),
        }
    }
}

fn compared(before: &Truth, after: &Truth) -> Comparison {
    compare(&before.report(), &after.report()).unwrap()
}

fn part(comparison: &Comparison, reason: Reason) -> Decimal {
    comparison.parts.iter().find(|part| part.reason == reason).unwrap().amount.amount()
}

/// If a single factor changes, a single part has the whole difference.
#[test]
fn a_single_change_is_attributed_to_a_single_reason() {
    type Change = fn(&mut Truth);
    let changes: [(Reason, Change); 10] = [
        (Reason::Days, |truth| truth.hours = 744.0),
        (Reason::Demand, |truth| truth.services.get_mut("web").unwrap().demand = 260.0),
        (Reason::CpuPerRequest, |truth| truth.services.get_mut("web").unwrap().per_request = 0.0015),
        (Reason::Requests, |truth| truth.services.get_mut("web").unwrap().requested_by_used = 1.5),
        (Reason::Requests, |truth| truth.services.get_mut("web").unwrap().gib = 9.0),
        (Reason::Idle, |truth| truth.idle_cores = 1.0),
        (Reason::Services, |truth| truth.disks = 300.0),
        (Reason::Price, |truth| truth.disk_price = 0.0003),
        (Reason::Gone, |truth| truth.services.retain(|name, _| name != "api")),
        (Reason::NotExplained, |truth| truth.unknown = 1234),
    ];
    for (reason, change) in changes {
        let (before, mut after) = (Truth::usual(), Truth::usual());
        change(&mut after);
        let comparison = compared(&before, &after);
        let difference = comparison.total.unwrap().difference().unwrap().amount();
        assert_ne!(difference, Decimal::ZERO, "{reason:?}");
        for one in &comparison.parts {
            let expected = if one.reason == reason { difference } else { Decimal::ZERO };
            // `Gone` keeps its own cents; the totals are rounded before they are subtracted.
            let most = if reason == Reason::Gone { Decimal::new(1, 2) } else { Decimal::ZERO };
            assert!((one.amount.amount() - expected).abs() <= most, "{reason:?}: {:?}", comparison.parts);
        }
    }
}

/// Nodes that change to spot make a core cheaper, but this is not attributed to a lower price.
#[test]
fn a_move_to_spot_is_not_attributed_to_the_price() {
    let before = Truth::usual();
    // Half of four nodes at 0.08 instead of 0.20: 0.24 per hour of a total of 0.80.
    let after = Truth { on_demand: 2.0, spot: 2.0, core_hour: 0.021, gib_hour: 0.0028, ..before.clone() };
    let comparison = compared(&before, &after);
    // The largest part includes the cents lost by rounding.
    assert!((part(&comparison, Reason::Commitment) - Decimal::new(-17520, 2)).abs() <= ROUNDING);
    assert_eq!(part(&comparison, Reason::NotExplained), Decimal::ZERO);
}

/// Without a metric that counts requests, no part is attributed to demand.
#[test]
fn without_a_request_counter_no_change_is_attributed_to_demand() {
    let mut before = Truth::usual();
    before.services.values_mut().for_each(|service| service.is_counted = false);
    let mut after = before.clone();
    after.services.get_mut("web").unwrap().demand = 400.0;
    let comparison = compared(&before, &after);
    assert_eq!(part(&comparison, Reason::Demand), Decimal::ZERO);
    assert_eq!(part(&comparison, Reason::Requests), comparison.total.unwrap().difference().unwrap().amount());
}

#[test]
fn incomparable_documents_are_refused() {
    let report = Truth::usual().report();
    let estimate = Compared { kind: Kind::Estimate, ..report.clone() };
    let euro = Compared { currency: "EUR".to_owned(), ..report.clone() };
    assert_eq!(compare(&report, &estimate).unwrap_err(), NotComparable::Kinds(Kind::Report, Kind::Estimate));
    assert!(matches!(compare(&report, &euro).unwrap_err(), NotComparable::Currencies(..)));
}

prop_compose! {
    fn service()(
        demand in 0.1..5000.0, per_request in 0.00001..0.1, requested_by_used in 0.1..20.0, gib in 0.0..500.0,
        is_counted in any::<bool>(),
    ) -> Service {
        Service { demand, per_request, requested_by_used, gib, is_counted }
    }
}

prop_compose! {
    fn truth()(
        hours in 1.0..744.0, core_hour in 0.0..0.2, gib_hour in 0.0..0.02, idle_cores in 0.0..300.0,
        services in prop::collection::btree_map("[a-e]", service(), 0..5),
        disks in 0.0..1e5, disk_price in 0.0..0.01, on_demand in 0.0..40.0, spot in 0.0..40.0, unknown in 0_i64..100_000,
    ) -> Truth {
        Truth { hours, core_hour, gib_hour, services, idle_cores, disks, disk_price, on_demand, spot, unknown }
    }
}

proptest! {
    #[test]
    fn parts_add_up_and_change_sign_with_the_order(before in truth(), after in truth()) {
        let (there, back) = (compared(&before, &after), compared(&after, &before));
        let difference = there.total.unwrap().difference().unwrap().amount();
        prop_assert_eq!(there.parts.iter().map(|part| part.amount.amount()).sum::<Decimal>(), difference);
        for reason in Reason::ALL {
            let opposite = match reason {
                Reason::New => Reason::Gone,
                Reason::Gone => Reason::New,
                other => other,
            };
            prop_assert_eq!(part(&there, reason), -part(&back, opposite), "{:?}", reason);
        }
        // Everything that the factors explain is attributed to them; the remainder is the made-up cost, except for
        // rounding.
        let unknown = Decimal::new(after.unknown - before.unknown, 2);
        prop_assert!((part(&there, Reason::NotExplained) - unknown).abs() <= ROUNDING);
    }

    #[test]
    fn equal_documents_have_no_differences(truth in truth()) {
        let comparison = compared(&truth, &truth);
        prop_assert!(comparison.parts.iter().all(|part| part.amount.amount().is_zero()));
        prop_assert_eq!(comparison.total.unwrap().difference(), Some(Money::default()));
    }
}

/// The workflows in `examples` run existing commands.
#[test]
fn the_pipeline_examples_run() {
    for file in ["examples/compare.github.yml", "examples/compare.gitlab.yml"] {
        let text = std::fs::read_to_string(file).unwrap();
        let lines = text.lines().map(|line| line.trim_start().trim_start_matches("- "));
        let commands: Vec<&str> = lines.filter(|line| line.starts_with("capmodel ")).collect();
        assert_eq!(commands.len(), 1, "{file}");
        for command in commands {
            Cli::try_parse_from(command.split_whitespace())
                .unwrap_or_else(|error| panic!("{file}: {command}\n{error}"));
        }
        // The workflow searches for the marker that the comment starts with.
        let golden = std::fs::read_to_string("fixtures/screens/compare.trycmd").unwrap();
        let marker = golden.lines().find(|line| line.starts_with("<!--")).unwrap();
        assert!(text.contains(&format!("startswith(\"{marker}\")")), "{file}");
    }
}

/// Two workload files are compared as their estimates are.
#[test]
fn workload_files_are_estimated_first() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let text = std::fs::read_to_string("examples/workload.toml").unwrap();
    assert!(text.contains("rps = 800"));
    let mut compared = Vec::new();
    for (name, rate) in [("before", "rps = 800"), ("after", "rps = 1600")] {
        let (workload, document) = (file(&format!("{name}.toml")), file(&format!("{name}.json")));
        std::fs::write(&workload, text.replace("rps = 800", rate)).unwrap();
        let run = capmodel(&["estimate", "--workload", &workload, "--format", "json", "--output", &document]).output();
        assert!(run.unwrap().status.success());
        compared.push((workload, document));
    }
    let run = |before: &str, after: &str| {
        let output = capmodel(&["compare", before, after, "--format", "json", "--fail-over", "1%"]).output().unwrap();
        (output.status.code(), String::from_utf8(output.stdout).unwrap())
    };
    let [(before, before_json), (after, after_json)] = compared.as_slice() else { panic!("two files") };
    let of_files = run(before, after);
    assert_eq!(of_files.0, Some(5), "{}", of_files.1);
    assert_eq!(of_files, run(before_json, after_json));
    assert_eq!(of_files, run(before, after_json));
    let (code, said) = refused(&["compare", before, "fixtures/compare/after.json"]);
    assert_eq!(code, 3);
    assert!(said.contains("the first document is a workload and the second a report"), "{said}");
}
