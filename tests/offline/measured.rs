//! The model compared with services that were measured under quotas (`tools/bench`): CPU per request is learned under
//! some quotas; utilization, throttled share and p99 are predicted under the others. Prints one row per cell, and the
//! errors.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::Path;
use std::sync::LazyLock;

use capmodel::model::calibration::{LoadFit, LoadPoint, fit_load};
use capmodel::model::queueing::{Balancer, Discipline, PodQueue, QueueingTables, SHIPPED_TABLES, latency};

mod rows;

use rows::{Cell, Measured, measured};

static TABLES: LazyLock<QueueingTables> = LazyLock::new(|| QueueingTables::parse(SHIPPED_TABLES).unwrap());

/// Learned under the first set of quotas and evaluated under the second, and the reverse.
const SPLITS: [(&[&str], &[&str]); 2] = [(&["250m", "none"], &["500m"]), (&["500m"], &["250m", "none"])];
/// Largest planned utilization.
const HIGHEST_UTILIZATION: f64 = 0.85;
/// Utilization above which a server does not keep up with an open loop.
const KEEPS_UP: f64 = 0.95;

/// Squared coefficient of variation of the framework's CPU time.
const FRAMEWORK_SCV: f64 = 0.5;

/// CPU seconds of the handler.
fn handler(work: &str) -> f64 {
    match work {
        "cpu-1ms" => 0.001,
        "cpu-5ms" => 0.005,
        _ => 0.0,
    }
}

/// A measured cell and the model's prediction for it.
struct Judged<'a> {
    cell: &'a Cell,
    utilization: f64,
    throttled: f64,
    p99: f64,
}

/// Cores of the service if it has no limit, measured on one core.
fn cores(quota: &str) -> f64 {
    match quota {
        "250m" => 0.25,
        "500m" => 0.5,
        _ => 1.0,
    }
}

fn is_go(service: &str) -> bool {
    ["gin", "fiber", "echo", "chi"].contains(&service)
}

fn judge<'a>(cells: &'a [Cell], learn: &[&str], judged: &[&str]) -> Vec<Judged<'a>> {
    let mut services: BTreeMap<(&str, &str), Vec<&Cell>> = BTreeMap::new();
    for cell in cells {
        services.entry((&cell.service, &cell.work)).or_default().push(cell);
    }
    let mut result = Vec::new();
    for cells in services.values() {
        let within = |quotas: &[&str]| -> Vec<&'a Cell> {
            cells.iter().copied().filter(|cell| quotas.contains(&cell.quota.as_str())).collect()
        };
        let points: Vec<LoadPoint> = within(learn).into_iter().filter(keeps_up).map(point).collect();
        let Ok(fit) = fit_load(&points) else { continue };
        result.extend(within(judged).into_iter().filter(keeps_up).map(|cell| predict(cell, &fit)));
    }
    result
}

/// An overloaded server answers from its backlog, at a lower cost per request than one that keeps up.
fn keeps_up(cell: &&Cell) -> bool {
    cell.load.starts_with("open") && cell.utilization <= KEEPS_UP
}

fn point(cell: &Cell) -> LoadPoint {
    LoadPoint {
        requests_per_second: cell.rate,
        cpu_per_request: Some(cell.cpu),
        limit_cores: Some(cores(&cell.quota)),
        ..LoadPoint::default()
    }
}

fn predict<'a>(cell: &'a Cell, fit: &LoadFit) -> Judged<'a> {
    let limit = cores(&cell.quota);
    let cpu = fit.cpu_per_request(cell.rate, cores(&cell.quota));
    let framework = (cpu - handler(&cell.work)).max(0.0) / cpu;
    let queue = PodQueue {
        // One core serves all requests: an event loop or two workers take turns, and goroutines share it.
        discipline: if is_go(&cell.service) {
            Discipline::Sharing { threads: 1 }
        } else {
            Discipline::Fcfs { servers: 1 }
        },
        service_mean: cpu,
        // The handlers compute for a fixed time.
        service_scv: FRAMEWORK_SCV * framework.powi(2),
        quota_cores: Some(limit),
        balancer: Balancer::Random,
        pods: 1,
    };
    let answer = latency(&queue, cell.rate, &TABLES);
    Judged { cell, utilization: cell.rate * cpu / limit, throttled: answer.throttled_fraction, p99: answer.p99 }
}

fn table(judged: &[Judged<'_>]) -> String {
    let mut out = String::from(
        "| cell | rate | utilization | model | throttled | model | p99 ms | model |\n|---|--:|--:|--:|--:|--:|--:|--:|\n",
    );
    for Judged { cell, utilization, throttled, p99 } in judged {
        let name = format!("{}/{}/{}/{}", cell.service, cell.quota, cell.work, cell.load);
        let was = cell.p99.map_or("—".to_owned(), |p99| format!("{:.2}", p99 * 1e3));
        let percent = |share: f64| format!("{:.0} %", share * 100.0);
        let row = [percent(cell.utilization), percent(*utilization), percent(cell.throttled), percent(*throttled)];
        writeln!(out, "| {name} | {:.0} | {} | {was} | {:.2} |", cell.rate, row.join(" | "), p99 * 1e3).unwrap();
    }
    out
}

/// Median and maximum of the relative errors.
fn errors(pairs: impl Iterator<Item = (f64, f64)>) -> Option<(f64, f64)> {
    let mut errors: Vec<f64> = pairs.map(|(is, was)| (is / was - 1.0).abs()).collect();
    errors.sort_by(f64::total_cmp);
    Some((*errors.get(errors.len() / 2)?, *errors.last()?))
}

fn percent(errors: Option<(f64, f64)>) -> [String; 2] {
    let text = |error: f64| {
        // A predicted overload has no p99.
        if error.is_infinite() { "overload predicted".to_owned() } else { format!("{:.0} %", error * 100.0) }
    };
    errors.map_or(["–".to_owned(), "–".to_owned()], |(median, worst)| [text(median), text(worst)])
}

/// Errors of the predictions under some quotas, as a row of the summary.
fn summary(learn: &[&str], judged: &[Judged<'_>]) -> String {
    let near = || judged.iter().filter(|it| it.cell.utilization <= HIGHEST_UTILIZATION);
    let cpu = percent(errors(judged.iter().map(|it| (it.utilization, it.cell.utilization))));
    let p99 = percent(errors(near().filter_map(|it| Some((it.p99, it.cell.p99?)))));
    let throttled = judged.iter().map(|it| (it.throttled - it.cell.throttled).abs());
    let mean = throttled.clone().sum::<f64>() / f64::from(u32::try_from(judged.len().max(1)).unwrap());
    format!(
        "| {} | {} | {} | {} | {mean:.2}, {:.2} |\n",
        learn.join(" and "),
        judged.len(),
        cpu.join(", "),
        p99.join(", "),
        throttled.fold(0.0, f64::max)
    )
}

/// What each service's CPU per request comes to, fitted to all its cells.
fn fits(cells: &[Cell]) -> String {
    let mut out = String::from(
        "| service | work | cells | at saturation | waking, at 100 per second | error: median, worst |\n|---|---|--:|--:|--:|--:|\n",
    );
    let mut services: BTreeMap<(&str, &str), Vec<&Cell>> = BTreeMap::new();
    for cell in cells.iter().filter(keeps_up) {
        services.entry((&cell.service, &cell.work)).or_default().push(cell);
    }
    for ((service, work), cells) in services {
        let Ok(fit) = fit_load(&cells.iter().copied().map(point).collect::<Vec<_>>()) else { continue };
        let off =
            percent(errors(cells.iter().map(|cell| (fit.cpu_per_request(cell.rate, cores(&cell.quota)), cell.cpu))));
        let ms = |seconds: f64| format!("{:.3} ms", seconds * 1e3);
        let (saturated, woken) = (ms(fit.saturated_cpu.mid()), ms(fit.wakeup_cpu.mid()));
        writeln!(out, "| {service} | {work} | {} | {saturated} | {woken} | {} |", cells.len(), off.join(", ")).unwrap();
    }
    out
}

/// What docs/trust.md says of the measurements.
fn page(measured: &Measured) -> String {
    let Measured { cells, left_out, once } = measured;
    let mut out = fits(cells);
    out += "\n| learned under | cells | CPU: median, worst | p99 up to 85 %: median, worst | throttled share: mean, worst |\n";
    out += "|---|--:|--:|--:|--:|\n";
    for (learn, others) in SPLITS {
        out += &summary(learn, &judge(cells, learn, others));
    }
    let left_out: Vec<String> = left_out.iter().map(|(why, count)| format!("{why}: {count}")).collect();
    let left_out = if left_out.is_empty() { "none".to_owned() } else { left_out.join(", ") };
    writeln!(out, "\nCells: {}, of which {once} were measured once. Left out: {left_out}.", cells.len()).unwrap();
    out
}

/// Every prediction beside its measurement.
fn details(measured: &Measured) -> String {
    let mut out = String::new();
    for (learn, others) in SPLITS {
        let judged = judge(&measured.cells, learn, others);
        write!(out, "Learned under {}:\n\n{}\n", learn.join(" and "), table(&judged)).unwrap();
    }
    out
}

const BEGIN: &str = "<!-- made by tests/offline/measured.rs -->\n";
const END: &str = "<!-- end of the measured services -->";

/// `cargo test --test offline -- measured --nocapture` prints every cell.
#[test]
#[expect(clippy::print_stdout, reason = "the table is what the command is run for")]
fn the_errors_against_the_measurements_are_published() {
    let folder = std::fs::read_dir(Path::new("fixtures/measured")).unwrap();
    let mut paths: Vec<_> = folder.map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    let files = paths.iter().filter(|path| path.extension().is_some_and(|ending| ending == "jsonl"));
    let texts: Vec<String> = files.map(|path| std::fs::read_to_string(path).unwrap()).collect();
    let measured = measured(&texts);
    println!("{}\n{}", details(&measured), page(&measured));
    let path = Path::new("docs/trust.md");
    let is = std::fs::read_to_string(path).unwrap();
    let (before, rest) = is.split_once(BEGIN).unwrap();
    let (_, after) = rest.split_once(END).unwrap();
    let must = format!("{before}{BEGIN}{}{END}{after}", page(&measured));
    if std::env::var("TRYCMD").is_ok_and(|how| how == "overwrite") {
        std::fs::write(path, &must).unwrap();
        return;
    }
    let stale = is.lines().zip(must.lines()).find(|(is, must)| is != must);
    assert!(is == must, "docs/trust.md has other errors than the model, run with TRYCMD=overwrite: {stale:?}");
}

/// A line of the harness for a service with constant CPU per request at saturation and additional CPU when idle.
fn line(quota: &str, load: f64, pass: u32, factor: f64) -> String {
    let (saturated, wakeup) = (0.000_2, 0.000_1);
    let rate = load * cores(quota) / saturated;
    let cpu = (saturated + wakeup * (100.0 / rate).sqrt()) * factor;
    serde_json::json!({
        "kind": "window", "service": "gin", "quota": quota, "work": "none", "load": format!("open-{load}"), "pass": pass,
        "rate": rate, "cpu_seconds_per_request": cpu, "utilization": rate * cpu / cores(quota), "throttled_share": 0.0,
        "p99_seconds": 0.002, "disturbed": [], "refused": null,
    })
    .to_string()
}

#[test]
fn profiles_fitted_under_some_quotas_predict_the_others() {
    let mut lines = vec![r#"{"kind": "machine"}"#.to_owned()];
    for quota in ["250m", "500m", "none"] {
        for load in [0.1, 0.3, 0.5, 0.7] {
            lines.extend([line(quota, load, 1, 0.99), line(quota, load, 2, 1.01)]);
        }
    }
    let measured = measured(&[lines.join("\n")]);
    assert_eq!((measured.cells.len(), measured.left_out.len()), (12, 0));
    for (learn, others) in SPLITS {
        let judged = judge(&measured.cells, learn, others);
        assert_eq!(judged.len(), 4 * others.len());
        let (_, worst) = errors(judged.iter().map(|it| (it.utilization, it.cell.utilization))).unwrap();
        assert!(worst < 0.01, "{}", table(&judged));
    }
    let text = details(&measured);
    assert!(text.contains("| gin/500m/none/open-0.5 | 1250 | 57 % | 57 % | 0 % |"), "{text}");
    let text = page(&measured);
    assert!(text.contains("| gin | none | 12 | 0.200 ms | 0.100 ms | 0 %, 0 % |"), "{text}");
}

#[test]
fn unusable_measurements_are_counted_and_excluded() {
    let disturbed = line("500m", 0.2, 1, 1.0).replace("\"disturbed\":[]", "\"disturbed\":[\"others\"]");
    let refused = line("500m", 0.3, 1, 1.0).replace("\"refused\":null", "\"refused\":\"too fast\"");
    let lines = [
        line("500m", 0.1, 1, 1.0),
        line("500m", 0.1, 2, 1.2),
        disturbed,
        line("500m", 0.2, 2, 1.0),
        refused,
        line("500m", 0.4, 1, 1.0),
        // Measured again in the same pass, so the later line replaces the first.
        line("500m", 0.5, 1, 3.0),
        line("500m", 0.5, 2, 1.0),
        line("500m", 0.5, 1, 1.0),
    ];
    let measured = measured(&[lines.join("\n")]);
    assert_eq!((measured.cells.len(), measured.once), (2, 1));
    let reasons: Vec<_> = measured.left_out.into_iter().collect();
    assert_eq!(reasons, [("disturbed", 1), ("refused", 1), ("two passes differ", 1)]);
}
