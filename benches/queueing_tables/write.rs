use std::fmt::Write as _;

use capmodel::model::queueing::{Balancer, Discipline, LOADS, MARGINS, quota_margin};

use crate::plan::{
    PODS, REQUESTS, SCV, SCV_QUOTA, SCV_QUOTA_P99_ONLY, SEED, SERVERS, SERVERS_PER_CORE, SERVERS_QUOTA,
    SERVICE_OVER_QUOTA, name,
};
use crate::pool::on_all_cores;
use crate::sim::{Outcome, Point};

type Make = fn(u32) -> Discipline;

pub(crate) const FCFS: Make = |servers| Discipline::Fcfs { servers };
pub(crate) const SHARING: Make = |threads| Discipline::Sharing { threads };

/// Every load of every point, in order.
fn at_loads(points: &[Point]) -> Vec<[Outcome; LOADS.len()]> {
    let all: Vec<(Point, f64)> = points.iter().flat_map(|&point| LOADS.map(|load| (point, load))).collect();
    let outcomes = on_all_cores(&all, |(point, load)| point.settle(*load, REQUESTS, SEED));
    outcomes.chunks_exact(LOADS.len()).map(|row| std::array::from_fn(|i| row[i])).collect()
}

/// Every margin of every point, in order, with the correction for a load that was not simulated: near saturation, times
/// are proportional to one over the margin.
fn at_margins(points: &[Point]) -> Vec<[(Outcome, f64); MARGINS.len()]> {
    let place = |point: &Point, margin: f64| {
        let (_, service) = point.quota.unwrap();
        // The load that has this margin: (1 − ρ)² = k·ρ.
        let k = margin * margin * service * (1.0 + point.scv);
        let load = 1.0 / (1.0 + k / 2.0 + (k + k * k / 4.0).sqrt());
        // A nearly idle pod counts as idle; above 97 %, the random error exceeds the difference.
        let simulated = load.clamp(0.05, 0.97);
        (simulated, (quota_margin(simulated, service, point.scv) / margin).max(1.0))
    };
    let all: Vec<(Point, f64)> = points.iter().flat_map(|&point| MARGINS.map(|margin| (point, margin))).collect();
    let outcomes = on_all_cores(&all, |(point, margin)| {
        let (load, beyond) = place(point, *margin);
        (point.settle(load, REQUESTS, SEED), if load < 0.97 { 1.0 } else { beyond })
    });
    outcomes.chunks_exact(MARGINS.len()).map(|row| std::array::from_fn(|i| row[i])).collect()
}

/// p99 and means without a quota.
pub(crate) fn plain(make: Make, scv_without_looking: &[f64]) -> String {
    let mut text = header("Times in service times.", "name,quantity,pods,servers,scv", &LOADS);
    for balancer in [Balancer::Random, Balancer::RoundRobin, Balancer::PowerOfTwo, Balancer::LeastRequest] {
        let looks = matches!(balancer, Balancer::PowerOfTwo | Balancer::LeastRequest);
        let variabilities = if looks { &SCV[..] } else { scv_without_looking };
        let pods = if balancer == Balancer::Random { &[][..] } else { &PODS };
        let mut points = Vec::new();
        for servers in SERVERS {
            for &scv in variabilities {
                // One pod first, because more pods are never slower.
                let with = |balancer, pods| Point { discipline: make(servers), balancer, pods, scv, quota: None };
                points.push(with(Balancer::Random, 1));
                points.extend(pods.iter().map(|&pods| with(balancer, pods)));
            }
        }
        let mut best = [[f64::INFINITY; LOADS.len()]; 2];
        for (point, outcomes) in points.iter().zip(at_loads(&points)) {
            let key = |quantity| {
                let servers = point.discipline.parallelism();
                format!("{},{quantity},{},{servers},{}", name(balancer), point.pods, point.scv)
            };
            let now = [rising(outcomes.map(|o| o.p99)), rising(outcomes.map(|o| o.mean))];
            best = if point.pods == 1 { now } else { [lower(best[0], now[0]), lower(best[1], now[1])] };
            if point.pods > 1 || pods.is_empty() {
                line(&mut text, &key("p99"), &best[0].map(digits::<3>));
            }
            if point.pods > 1 && looks {
                line(&mut text, &key("mean"), &best[1].map(digits::<3>));
            }
        }
    }
    text
}

/// Latency and throttling under a quota.
pub(crate) fn quota(make: Make) -> String {
    let keys = "name,quantity,servers,servers_per_core,service_over_quota,scv";
    let mut text = header("Times in periods of the quota; columns are margins (`quota_margin`).", keys, &MARGINS);
    let mut points = Vec::new();
    for servers in SERVERS_QUOTA {
        for per_core in SERVERS_PER_CORE {
            for service in SERVICE_OVER_QUOTA {
                for scv in SCV_QUOTA {
                    let quota = Some((per_core, service));
                    points.push(Point { discipline: make(servers), balancer: Balancer::Random, pods: 1, scv, quota });
                }
            }
        }
    }
    for (point, outcomes) in points.iter().zip(at_margins(&points)) {
        let (per_core, service) = point.quota.unwrap();
        let keys = [f64::from(point.discipline.parallelism()), per_core, service, point.scv];
        let keys = keys.map(|key| short(&key.to_string())).join(",");
        let key = |quantity| format!("q,{quantity},{keys}");
        line(&mut text, &key("p99"), &rising(outcomes.map(|(o, beyond)| o.p99 * beyond)).map(digits::<3>));
        // Both disciplines share these tables; see `QueueingTables` for the reason.
        if matches!(point.discipline, Discipline::Fcfs { .. }) && point.scv != SCV_QUOTA_P99_ONLY {
            line(&mut text, &key("mean"), &rising(outcomes.map(|(o, beyond)| o.mean * beyond)).map(digits::<2>));
            line(
                &mut text,
                &key("throttled"),
                &rising(outcomes.map(|(o, beyond)| 1.0 - (1.0 - o.throttled_fraction) / beyond)).map(thousandths),
            );
        }
    }
    text
}

fn header(units: &str, keys: &str, columns: &[f64]) -> String {
    let columns: Vec<String> = columns.iter().map(f64::to_string).collect();
    let columns = columns.join(",");
    format!(
        "# Made by the simulator of tests/sim with seed {SEED}: cargo bench --bench queueing_tables -- write\n\
         # {units} Chance moves p99 by about 2 %, more above a load of 0.8 where cs² is 4 or more.\n{keys},{columns}\n"
    )
}

/// Removes dips caused by random errors: latency never falls with load.
fn rising<const N: usize>(mut values: [f64; N]) -> [f64; N] {
    for i in 1..values.len() {
        values[i] = values[i].max(values[i - 1]);
    }
    values
}

fn lower<const N: usize>(a: [f64; N], b: [f64; N]) -> [f64; N] {
    std::array::from_fn(|i| a[i].min(b[i]))
}

fn line(text: &mut String, key: &str, values: &[String]) {
    writeln!(text, "{key},{}", values.join(",")).unwrap();
}

/// As many digits as the random error allows.
fn digits<const DIGITS: i32>(value: f64) -> String {
    let mut decimals = 0;
    let mut scaled = value;
    while scaled < 10_f64.powi(DIGITS - 1) && decimals < 12 {
        scaled *= 10.0;
        decimals += 1;
    }
    short(&format!("{value:.decimals$}"))
}

fn thousandths(value: f64) -> String {
    short(&format!("{value:.3}"))
}

/// Without trailing zeros, and without the zero before the decimal point.
fn short(number: &str) -> String {
    let number = if number.contains('.') { number.trim_end_matches('0').trim_end_matches('.') } else { number };
    match number.strip_prefix("0.") {
        Some(fraction) => format!(".{fraction}"),
        None => number.to_owned(),
    }
}
