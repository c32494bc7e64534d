//! The value set `measured` of the built-in profiles: generated from the stored measurements, so that each of its numbers
//! can be traced to them.

use std::path::Path;

use capmodel::inputs::files::{parse_profile, profile_source};
use capmodel::model::calibration::{fit_load, wakeup_share};
use capmodel::model::queueing::ggc_sojourn_quantile;
use capmodel::model::runtime::{Benchmark, Evidence, Sourced, ValueSet};
use capmodel::model::uncertainty::Interval;
use capmodel::outputs::profile_file;
use serde::Deserialize;

use super::rows::{Cell, windows};
use super::{keeps_up, point};

/// Measured services, their profiles, and the profile whose values of the article stand for what was not measured.
const SERVICES: [(&str, &str, &str); 8] = [
    ("fastapi", "python-fastapi", "python-fastapi"),
    ("flask", "python-flask", "python-flask"),
    ("django", "python-django", "python-django"),
    ("litestar", "python-litestar", "python-fastapi"),
    ("gin", "go-gin", "go-gin"),
    ("fiber", "go-fiber", "go-fiber"),
    ("echo", "go-echo", "go-echo"),
    ("chi", "go-chi", "go-gin"),
];
/// Works that measure the factor of one kind of work, and the load that they are measured at.
const KINDS: [(&str, &str); 3] = [("objects-1000", "serialization"), ("db-driver", "database"), ("db-orm", "orm")];
const AT_LOAD: &str = "open-0.48";
/// The frameworks that stand for the reference language.
const REFERENCE: [&str; 4] = ["gin", "fiber", "echo", "chi"];
/// Services on Gunicorn with [`WORKERS`].
const ON_GUNICORN: [&str; 2] = ["flask", "django"];
/// Fewest windows in which the service kept up that D_sat and W can both be fitted to.
const ENOUGH: usize = 9;
/// With fewer, D_sat ÷ CPU per request of the closed loop: 0.48 for Gin and 0.7 for FastAPI, which were fitted.
const OF_CLOSED_LOOP: [f64; 3] = [0.4, 0.6, 1.0];
/// Smallest variability that the profiles have: less would be the resolution of the measurement.
const LEAST_SCV: f64 = 0.05;
/// Worker processes of the services on Gunicorn.
const WORKERS: f64 = 2.0;
/// Utilization up to which a response time is mostly the service time.
const QUIET: f64 = 0.45;
/// Largest variability that is looked for.
const MOST_SCV: f64 = 64.0;
/// The line from which on a profile is generated.
const MARKER: &str = "\n# From here on generated from fixtures/measured by tests/offline/measured/profiles.rs.\n";

/// The start of a service.
#[derive(Deserialize)]
struct Start {
    service: String,
    quota: String,
    work: String,
    cold_start_seconds: f64,
    idle_cores: f64,
    memory_idle_bytes: f64,
    resident_idle_bytes: f64,
}

/// The image of a service: a published base and what the build added.
#[derive(Deserialize)]
struct Image {
    service: String,
    base: String,
    base_compressed_bytes: f64,
    base_source: String,
    added_compressed_bytes: f64,
}

/// A window of a service: what of it does not depend on an undisturbed machine.
#[derive(Deserialize)]
struct Held {
    service: String,
    work: String,
    load: String,
    cpu_seconds_per_request: Option<f64>,
    memory_bytes: f64,
    resident_bytes: f64,
}

/// The rows of one kind.
fn rows<T: for<'de> Deserialize<'de>>(texts: &[String], kind: &str) -> Vec<T> {
    let lines = texts.iter().flat_map(|text| text.lines());
    let values = lines.map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
    values.filter(|value| value["kind"] == kind).map(|value| serde_json::from_value(value).unwrap()).collect()
}

/// Minimum, median and maximum.
fn spread(values: impl Iterator<Item = f64>) -> Interval {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    Interval::new(values[0], values[values.len() / 2], values[values.len() - 1]).unwrap()
}

/// Working set of one process on a fresh node: between what the control group was charged for and what is resident
/// (`tools/bench/README.md`, "The page cache").
fn working_set(charged: Interval, resident: Interval, processes: f64) -> Interval {
    let mid = (charged.mid() * resident.mid()).sqrt();
    Interval::new(charged.low().min(mid), mid, resident.high().max(mid)).unwrap().scale(1.0 / processes)
}

fn sourced(interval: Interval, source: String) -> Sourced {
    Sourced { interval, source }
}

/// Squared coefficient of variation of the service time that explains the p99 of a cell with hardly any queue.
fn scv(cell: &Cell) -> Option<f64> {
    let p99 = cell.p99?;
    let off = |scv: f64| ggc_sojourn_quantile(1, cell.rate * cell.cpu, 1.0, scv, cell.cpu, 0.99) - p99;
    let (mut low, mut high) = (0.0, MOST_SCV);
    for _ in 0..50 {
        let middle = f64::midpoint(low, high);
        if off(middle) < 0.0 { low = middle } else { high = middle }
    }
    Some(high.max(LEAST_SCV))
}

/// CPU per request of a service without work: `D_sat + W·√(100 ÷ rate)`.
struct Curve {
    saturated: Interval,
    woken: Interval,
    /// What it was made from.
    source: String,
}

impl Curve {
    fn of(cells: &[Cell], service: &str, texts: &[String]) -> Self {
        let all = || cells.iter().filter(|cell| cell.service == service && cell.work == "none");
        let kept_up: Vec<&Cell> = all().filter(keeps_up).collect();
        if kept_up.len() >= ENOUGH {
            let fit = fit_load(&kept_up.iter().copied().map(point).collect::<Vec<_>>()).unwrap();
            let source = format!(
                "D = D_sat + W·√(100 ÷ rate) over {} windows, median error {:.0} %",
                kept_up.len(),
                fit.error * 100.0
            );
            return Self { saturated: fit.saturated_cpu, woken: fit.wakeup_cpu, source };
        }
        // A stall of the generator does not change what a request costs at saturation.
        let loops = rows::<Held>(texts, "window")
            .into_iter()
            .filter(|window| window.service == service && window.work == "none" && window.load.starts_with("closed"));
        let closed = spread(loops.filter_map(|window| window.cpu_seconds_per_request)).mid();
        let [low, mid, high] = OF_CLOSED_LOOP.map(|share| share * closed);
        let woken = spread(kept_up.iter().map(|cell| (cell.cpu - mid) / wakeup_share(cell.rate)));
        let source = format!(
            "D_sat is 0.6 (0.4 to 1) times the {:.4} ms of the closed loop, and W what {} windows cost beyond it, × √(rate ÷ 100)",
            closed * 1e3,
            kept_up.len()
        );
        Self { saturated: Interval::new(low, mid, high).unwrap(), woken, source }
    }

    fn cpu_per_request(&self, rate: f64) -> f64 {
        self.saturated.mid() + self.woken.mid() * wakeup_share(rate)
    }
}

/// CPU seconds of the handler: what a request with this work costs beyond one without work at the same rate.
fn handler((cells, texts): (&[Cell], &[String]), service: &str, work: &str) -> Option<f64> {
    let of_work = |cell: &&Cell| cell.service == service && cell.work == work && cell.load == AT_LOAD;
    let mut all = cells.iter().filter(of_work).peekable();
    all.peek()?;
    let without = Curve::of(cells, service, texts);
    Some(spread(all.map(|cell| cell.cpu - without.cpu_per_request(cell.rate))).mid())
}

/// CPU of the same work relative to Go, where it was measured: the interval is that of the Go frameworks.
fn factor(measured: (&[Cell], &[String]), service: &str, work: &str) -> Option<Sourced> {
    if REFERENCE.contains(&service) {
        return None;
    }
    let own = handler(measured, service, work)?;
    let of_go: Vec<f64> =
        REFERENCE.iter().filter_map(|go| handler(measured, go, work)).filter(|cpu| *cpu > 0.0).collect();
    if of_go.is_empty() || own <= 0.0 {
        return None;
    }
    let source = format!(
        "fixtures/measured, {service}/*/{work}: {:.3} ms beyond a request without work, ÷ {} Go frameworks",
        own * 1e3,
        of_go.len()
    );
    Some(sourced(spread(of_go.iter().map(|go| own / go)), source))
}

/// The measured values of a service; what was not measured is the article's, and its source says so.
fn values(service: &str, article: &ValueSet, texts: &[String]) -> ValueSet {
    let all = windows(texts);
    let curve = Curve::of(&all, service, texts);
    let starts: Vec<Start> = rows(texts, "start");
    let starts = || starts.iter().filter(|start| start.service == service && start.work == "none");
    let image = rows::<Image>(texts, "image").into_iter().find(|image| image.service == service).unwrap();
    let held: Vec<Held> = rows(texts, "window");
    let held = || held.iter().filter(|held| held.service == service && held.work == "none");
    let processes = if ON_GUNICORN.contains(&service) { WORKERS } else { 1.0 };
    let share = if processes > 1.0 { " ÷ 2 workers" } else { "" };
    let not_measured = |what: &Sourced| sourced(what.interval, format!("not measured; {}", what.source));
    let from = |what: &str| format!("fixtures/measured, {service}/*/none: {what}");
    let quiet = all.iter().filter(|cell| cell.service == service && cell.work == "none" && keeps_up(cell));
    let quiet = quiet.filter(|cell| cell.throttled == 0.0 && cell.utilization <= QUIET);
    let quiet: Vec<f64> = quiet.filter_map(scv).collect();
    let explains =
        "the variability that explains the p99 of Poisson arrivals without throttling, at most 45 % utilization";
    let service_scv = match quiet.is_empty() {
        true => not_measured(&article.service_scv),
        false => sourced(spread(quiet.into_iter()), from(explains)),
    };
    let loaded = sourced(
        working_set(
            spread(held().map(|held| held.memory_bytes)),
            spread(held().map(|held| held.resident_bytes)),
            processes,
        ),
        from(&format!("at the end of each window, between charged and resident memory{share}")),
    );
    let cpu = &curve.saturated;
    let throughput = Interval::new(1.0 / cpu.high(), 1.0 / cpu.mid(), 1.0 / cpu.low()).unwrap();
    let mut cpu_factor = article.cpu_factor.clone();
    for (work, kind) in KINDS {
        if let Some(factor) = factor((&all, texts), service, work) {
            cpu_factor.insert(kind.to_owned(), factor);
        }
    }
    ValueSet {
        evidence: Evidence::Measured,
        benchmark: Benchmark { cores: 1, connections: 100 },
        throughput: sourced(throughput, from(&format!("1 ÷ D_sat; {}", curve.source))),
        wakeup_cpu: sourced(curve.woken, from(&format!("W; {}", curve.source))),
        idle_cpu: sourced(
            spread(starts().map(|start| start.idle_cores)),
            from("CPU without requests, from one to two seconds after the first answer"),
        ),
        service_scv,
        memory_idle: sourced(
            working_set(
                spread(starts().map(|start| start.memory_idle_bytes)),
                spread(starts().map(|start| start.resident_idle_bytes)),
                processes,
            ),
            from(&format!("before the first request, between charged and resident memory{share}")),
        ),
        memory_per_worker: if processes > 1.0 { loaded.clone() } else { not_measured(&article.memory_per_worker) },
        memory_loaded: loaded,
        memory_per_in_flight: not_measured(&article.memory_per_in_flight),
        state_factor: article.state_factor.clone(),
        image_size: sourced(
            Interval::exact(image.base_compressed_bytes + image.added_compressed_bytes).unwrap(),
            format!(
                "{} ({}), and the measured size of what the build adds, both compressed as a node pulls them",
                image.base, image.base_source
            ),
        ),
        cold_start: sourced(
            spread(starts().filter(|start| start.quota != "none").map(|start| start.cold_start_seconds)),
            from("from the start of the process to the first answer, under limits of 250m and 500m"),
        ),
        cpu_factor,
        pod: article.pod,
        pod_source: article.pod_source.clone(),
        findings: article.findings.clone(),
    }
}

/// A profile's text with the generated part.
fn generated(text: &str, (service, article): (&str, &str), texts: &[String]) -> String {
    let mut profile = parse_profile(&profile_source(article).unwrap(), Evidence::Article).unwrap();
    profile.values = values(service, &profile.values, texts);
    let file = String::from_utf8(profile_file(&profile, &[])).unwrap();
    let set = file.split_once("\n[measured]").unwrap().1;
    let by_hand = text.split_once(MARKER).map_or(text, |(by_hand, _)| by_hand);
    format!("{}\n{MARKER}[measured]{set}", by_hand.trim_end())
}

#[test]
fn measured_values_of_profiles_come_from_the_measurements() {
    let texts = super::stored();
    for (service, name, article) in SERVICES {
        let path = Path::new("profiles/runtimes").join(name).with_extension("toml");
        let is = std::fs::read_to_string(&path).unwrap();
        let must = generated(&is, (service, article), &texts);
        if std::env::var("TRYCMD").is_ok_and(|how| how == "overwrite") {
            std::fs::write(&path, &must).unwrap();
            continue;
        }
        let stale = is.lines().zip(must.lines()).find(|(is, must)| is != must);
        assert!(is == must, "{name} differs from the measurements, run with TRYCMD=overwrite: {stale:?}");
    }
}

/// The variability that a cell was made with is found again.
#[test]
fn the_variability_of_a_quiet_service_is_found() {
    for scv_was in [0.5, 1.0, 4.0] {
        let (rate, cpu) = (1000.0, 0.0002);
        let cell = Cell {
            service: "gin".to_owned(),
            quota: "none".to_owned(),
            work: "none".to_owned(),
            load: "open-0.1".to_owned(),
            rate,
            cpu,
            utilization: rate * cpu,
            throttled: 0.0,
            in_flight: 0.0,
            p99: Some(ggc_sojourn_quantile(1, rate * cpu, 1.0, scv_was, cpu, 0.99)),
        };
        assert!((scv(&cell).unwrap() / scv_was - 1.0).abs() < 1e-6, "{scv_was}");
    }
}
