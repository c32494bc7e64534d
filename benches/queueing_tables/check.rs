use std::fs;

use capmodel::model::queueing::{Balancer, Discipline, QueueingTables, TableTexts, ggc_sojourn_quantile};

use crate::plan::JUDGE_SEED;
use crate::pool::on_all_cores;
use crate::sim::{Outcome, Point, Quota, Regime, Scenario};

/// Number of points for each row of the table, and maximum number of requests per point: the random error of p99 is
/// then 1 to 2 %.
const POINTS: usize = 100;
const REQUESTS: usize = 800_000;

const fn regime(name: &'static str, sharing: bool, balancer: Balancer, quota: bool, scv: (f64, f64)) -> Regime {
    Regime { name, sharing, balancer, quota, scv }
}

/// From the variability of a framework alone to that of a mixed load.
const COMMON: (f64, f64) = (0.25, 1.0);
const ANY: (f64, f64) = (0.05, 10.0);

const FORMULAS: [Regime; 4] = [
    regime("FCFS, random, cs² 0.25–1", false, Balancer::Random, false, COMMON),
    regime("FCFS, round robin, cs² 0.25–1", false, Balancer::RoundRobin, false, COMMON),
    regime("FCFS, random, cs² 0.05–10", false, Balancer::Random, false, ANY),
    regime("FCFS, round robin, cs² 0.05–10", false, Balancer::RoundRobin, false, ANY),
];

const MODEL: [Regime; 10] = [
    regime("FCFS, random", false, Balancer::Random, false, ANY),
    regime("FCFS, round robin", false, Balancer::RoundRobin, false, ANY),
    regime("FCFS, power of two", false, Balancer::PowerOfTwo, false, ANY),
    regime("FCFS, least request", false, Balancer::LeastRequest, false, ANY),
    regime("sharing, random", true, Balancer::Random, false, ANY),
    regime("sharing, round robin", true, Balancer::RoundRobin, false, ANY),
    regime("sharing, power of two", true, Balancer::PowerOfTwo, false, ANY),
    regime("sharing, least request", true, Balancer::LeastRequest, false, ANY),
    regime("quota, FCFS, random", false, Balancer::Random, true, ANY),
    regime("quota, sharing, random", true, Balancer::Random, true, ANY),
];

const BOUNDS: [Regime; 3] = [
    regime("quota, FCFS, round robin", false, Balancer::RoundRobin, true, ANY),
    regime("quota, FCFS, power of two", false, Balancer::PowerOfTwo, true, ANY),
    regime("quota, sharing, least request", true, Balancer::LeastRequest, true, ANY),
];

/// Prints the figures that the README quotes.
pub(crate) fn print() {
    let read = |file: &str| fs::read_to_string(format!("profiles/queueing/{file}.csv")).unwrap();
    let texts = [read("fcfs"), read("sharing"), read("quota-fcfs"), read("quota-sharing")];
    let tables = QueueingTables::parse(TableTexts {
        fcfs: &texts[0],
        sharing: &texts[1],
        quota_fcfs: &texts[2],
        quota_sharing: &texts[3],
    })
    .unwrap();
    let model = |point: &Point, load| point.model(load, &tables).p99;
    println!("\np99 against the simulator, loads 0.10–0.85, points between the tables'; + is too slow (safe).\n");
    println!("| regime | points | median error | worst low | worst high | beyond 15 % | simulator's own |");
    println!("|---|---|---|---|---|---|---|");
    for regime in FORMULAS {
        row(&format!("formula alone: {}", regime.name), &regime, formula);
    }
    for regime in MODEL {
        row(&format!("model: {}", regime.name), &regime, model);
    }
    for regime in BOUNDS {
        row(&format!("upper bound: {}", regime.name), &regime, model);
    }
    measured(&tables);
}

fn formula(point: &Point, load: f64) -> f64 {
    let arrivals = point.balancer.arrival_scv(u64::from(point.pods));
    ggc_sojourn_quantile(point.discipline.parallelism(), load, arrivals, point.scv, 1.0, 0.99)
}

fn row(name: &str, regime: &Regime, p99: impl Fn(&Point, f64) -> f64) {
    let points = regime.draw(POINTS, JUDGE_SEED);
    let outcomes: Vec<Outcome> = on_all_cores(&points, |(point, load)| point.settle(*load, REQUESTS, JUDGE_SEED));
    let mut errors: Vec<(f64, String)> = Vec::new();
    let mut own = 0.0_f64;
    for ((point, load), outcome) in points.iter().zip(&outcomes) {
        let said = p99(point, *load);
        errors.push((said / outcome.p99 - 1.0, format!("{said:.3} for {:.3}: load {load:.2} {point:?}", outcome.p99)));
        own = own.max(outcome.p99_error / outcome.p99);
    }
    errors.sort_by(|a, b| a.0.total_cmp(&b.0));
    let mut sizes: Vec<f64> = errors.iter().map(|(error, _)| error.abs()).collect();
    sizes.sort_by(f64::total_cmp);
    let far = sizes.iter().filter(|&&size| size > 0.15).count();
    let percent = |share: f64| format!("{:+.1} %", share * 100.0);
    let (low, high) = (&errors[0], &errors[errors.len() - 1]);
    println!(
        "| {name} | {} | {:.1} % | {} | {} | {far} | ≤ {:.1} % |",
        errors.len(),
        sizes[sizes.len() / 2] * 100.0,
        percent(low.0.min(0.0)),
        percent(high.0.max(0.0)),
        own * 100.0
    );
    // The largest error of each row, with its location.
    print_worst(name, low, high);
}

fn print_worst(name: &str, low: &(f64, String), high: &(f64, String)) {
    eprintln!("{name}\n  {:+.1}% {}\n  {:+.1}% {}", low.0 * 100.0, low.1, high.0 * 100.0, high.1);
}

/// Services that were measured under a limit of 500m with Poisson arrivals, compared with the model and the simulator
/// for the same service time. Times in milliseconds.
fn measured(tables: &QueueingTables) {
    println!(
        "\n| service under 500m | load of the quota | cs² | p99 measured | simulator | model | throttled measured | simulator | model |"
    );
    println!("|---|---|---|---|---|---|---|---|---|");
    // Gin: 0.6 ms of work, two threads (GOMAXPROCS follows the limit). FastAPI: one process, CPU per request D = 0.135
    // ms + 0.15 ms × (1 − x). The variability was not measured: an exponential distribution, and the value that fits
    // best.
    let gin = Discipline::Sharing { threads: 2 };
    let fastapi = Discipline::Fcfs { servers: 1 };
    for (name, discipline, load, service_ms, variabilities, p99, throttled) in [
        ("Gin", gin, 0.78, 0.6, &[0.5, 1.0][..], 3.6, 0.02),
        ("Gin", gin, 0.94, 0.6, &[0.5, 1.0], 43.0, 0.55),
        ("FastAPI", fastapi, 0.70, 0.18, &[1.0, 4.0, 8.0], 2.2, 0.06),
        ("FastAPI", fastapi, 0.89, 0.15, &[1.0, 4.0, 8.0], 63.0, 0.38),
    ] {
        for &scv in variabilities {
            let (cores, period) = (0.5, 100.0);
            let scenario = Scenario {
                pods: 1,
                balancer: Balancer::Random,
                discipline,
                service_mean: service_ms,
                service_scv: scv,
                quota: Some(Quota { cores, period }),
                rate: load * cores / service_ms,
                requests: 4_000_000,
                seed: JUDGE_SEED,
            };
            let simulated = scenario.run();
            let per_core = f64::from(discipline.parallelism()) / cores;
            let quota = Some((per_core, service_ms / (cores * period)));
            let point = Point { discipline, balancer: Balancer::Random, pods: 1, scv, quota };
            let said = point.model(load, tables);
            println!(
                "| {name} | {:.0} % | {scv} | {p99} | {:.1} | {:.1} | {:.0} % | {:.0} % | {:.0} % |",
                load * 100.0,
                simulated.p99,
                said.p99 * period,
                throttled * 100.0,
                simulated.throttled_fraction * 100.0,
                said.throttled_fraction * 100.0
            );
        }
    }
}
