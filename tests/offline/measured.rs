//! The model compared with services that were measured under quotas (`tools/bench`): CPU per request is learned under
//! some quotas; utilization, throttled share and p99 are predicted under the others. Prints one row per cell, and the
//! errors.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::Path;
use std::sync::LazyLock;

use capmodel::model::calibration::{LoadFit, LoadPoint, fit_load, wakeup_share};
use capmodel::model::queueing::{Balancer, Discipline, PodQueue, QUOTA_SLICE, QueueingTables, SHIPPED_TABLES, latency};
use capmodel::model::uncertainty::Interval;

mod profiles;
mod rows;

use rows::{Cell, Measured, measured, windows};

static TABLES: LazyLock<QueueingTables> = LazyLock::new(|| QueueingTables::parse(SHIPPED_TABLES).unwrap());

/// Learned under the first set of quotas and evaluated under the second, and the reverse.
const SPLITS: [(&[&str], &[&str]); 2] = [(&["250m", "none"], &["500m"]), (&["500m"], &["250m", "none"])];
/// Services that were measured at enough rates for a fit.
const CORE: [&str; 3] = ["fastapi", "flask", "gin"];
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

/// Objective for p99, in seconds, that safe rates are compared at: the policy production's.
const OBJECTIVE: f64 = 0.05;

/// A measured cell and the model's prediction for it.
struct Judged<'a> {
    cell: &'a Cell,
    utilization: f64,
    /// Whether the measured CPU per request is inside the fit's interval.
    inside: bool,
    throttled: f64,
    mean: f64,
    p99: f64,
}

/// Everything that is judged under one split of the quotas.
#[derive(Default)]
struct Verdict<'a> {
    cells: Vec<Judged<'a>>,
    /// Predicted and measured highest rate whose p99 is within [`OBJECTIVE`].
    safe_rates: Vec<(f64, f64)>,
}

/// Cores of the service if it has no limit, measured on one core.
fn cores(quota: &str) -> f64 {
    match quota {
        "250m" => 0.25,
        "500m" => 0.5,
        _ => 1.0,
    }
}

fn judge<'a>(cells: &'a [Cell], learn: &[&str], judged: &[&str]) -> Verdict<'a> {
    let mut services: BTreeMap<(&str, &str), Vec<&Cell>> = BTreeMap::new();
    for cell in cells {
        services.entry((&cell.service, &cell.work)).or_default().push(cell);
    }
    let mut result = Verdict::default();
    for cells in services.values() {
        let within = |quotas: &[&str]| -> Vec<&'a Cell> {
            cells.iter().copied().filter(|cell| quotas.contains(&cell.quota.as_str())).collect()
        };
        let points: Vec<LoadPoint> = within(learn).into_iter().filter(keeps_up).map(point).collect();
        let Ok(fit) = fit_load(&points) else { continue };
        result.cells.extend(within(judged).into_iter().filter(keeps_up).map(|cell| predict(cell, &fit)));
        result.safe_rates.extend(judged.iter().filter_map(|quota| safe_rate(&within(&[quota]), &fit)));
    }
    result
}

/// The predicted and the measured rate at which the p99 of a service under one quota reaches [`OBJECTIVE`]; measured
/// between two windows, along the logarithms. `None` if no window is beyond it.
fn safe_rate(cells: &[&Cell], fit: &LoadFit) -> Option<(f64, f64)> {
    let mut open: Vec<(&Cell, f64)> =
        cells.iter().filter(|cell| cell.load.starts_with("open")).filter_map(|cell| Some((*cell, cell.p99?))).collect();
    open.sort_by(|a, b| a.0.rate.total_cmp(&b.0.rate));
    let (below, above) = open.windows(2).map(|two| (two[0], two[1])).find(|(_, above)| above.1 > OBJECTIVE)?;
    if below.1 > OBJECTIVE {
        return None;
    }
    let share = (OBJECTIVE / below.1).ln() / (above.1 / below.1).ln();
    let measured = below.0.rate * (above.0.rate / below.0.rate).powf(share);
    let (mut good, mut bad) = (0.0, 10.0 * measured);
    for _ in 0..60 {
        let rate = f64::midpoint(good, bad);
        if latency(&queue(below.0, fit, rate), rate, &TABLES).p99 <= OBJECTIVE { good = rate } else { bad = rate }
    }
    Some((good, measured))
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

/// The service of a cell as a queue, at another rate.
fn queue(cell: &Cell, fit: &LoadFit, rate: f64) -> PodQueue {
    let limit = cores(&cell.quota);
    let cpu = fit.cpu_per_request(rate, limit);
    let framework = (cpu - handler(&cell.work)).max(0.0) / cpu;
    PodQueue {
        // One core serves all requests: an event loop or two workers take turns, and a goroutine runs for up to 10 ms.
        discipline: Discipline::Fcfs { servers: 1 },
        service_mean: cpu,
        // The handlers compute for a fixed time.
        service_scv: FRAMEWORK_SCV * framework.powi(2),
        quota_slice: QUOTA_SLICE,
        quota_cores: Some(limit),
        balancer: Balancer::Random,
        pods: 1,
    }
}

fn predict<'a>(cell: &'a Cell, fit: &LoadFit) -> Judged<'a> {
    let queue = queue(cell, fit, cell.rate);
    let answer = latency(&queue, cell.rate, &TABLES);
    // The services have one core, so the rate of a process is that of the cell.
    let woken = wakeup_share(cell.rate);
    let edge = |edge: fn(&Interval) -> f64| edge(&fit.saturated_cpu) + woken * edge(&fit.wakeup_cpu);
    Judged {
        cell,
        utilization: cell.rate * queue.service_mean / cores(&cell.quota),
        inside: (edge(Interval::low)..=edge(Interval::high)).contains(&cell.cpu),
        throttled: answer.throttled_fraction,
        mean: answer.mean,
        p99: answer.p99,
    }
}

fn table(judged: &[Judged<'_>]) -> String {
    let mut out = String::from(
        "| cell | rate | utilization | model | throttled | model | p99 ms | model |\n|---|--:|--:|--:|--:|--:|--:|--:|\n",
    );
    for Judged { cell, utilization, throttled, p99, .. } in judged {
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
fn summary(learn: &[&str], Verdict { cells, safe_rates }: &Verdict<'_>) -> String {
    let near = || cells.iter().filter(|it| it.cell.utilization <= HIGHEST_UTILIZATION);
    let cpu = percent(errors(cells.iter().map(|it| (it.utilization, it.cell.utilization))));
    let count = |cells: usize| f64::from(u32::try_from(cells).unwrap());
    let inside = 100.0 * count(cells.iter().filter(|it| it.inside).count()) / count(cells.len().max(1));
    let mean = percent(errors(near().map(|it| (it.mean, it.cell.in_flight / it.cell.rate))));
    let p99 = percent(errors(near().filter_map(|it| Some((it.p99, it.cell.p99?)))));
    let safe = percent(errors(safe_rates.iter().copied()));
    let throttled = cells.iter().map(|it| (it.throttled - it.cell.throttled).abs());
    let average = throttled.clone().sum::<f64>() / count(cells.len().max(1));
    format!(
        "| {} | {} | {}; {inside:.0} % inside | {} | {} | {average:.2}, {:.2} | {} |\n",
        learn.join(" and "),
        cells.len(),
        cpu.join(", "),
        mean.join(", "),
        p99.join(", "),
        throttled.fold(0.0, f64::max),
        safe.join(", "),
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

/// The CPU per request of FastAPI ÷ that of each other service: at rates of one process from the fits, and saturated
/// by the closed loop under 500m.
fn ratios(Measured { cells, saturated, .. }: &Measured) -> String {
    let mut out = String::from(
        "| FastAPI ÷ | work | at 100 per second | at 1,000 per second | saturated |\n|---|---|--:|--:|--:|\n",
    );
    let at = |service: &str, work: &str, rate: f64| {
        let of_service = |cell: &&Cell| cell.service == service && cell.work == work;
        let points: Vec<LoadPoint> = cells.iter().filter(of_service).filter(keeps_up).map(point).collect();
        let cpu = fit_load(&points).ok().filter(|_| CORE.contains(&service))?.cpu_per_request(rate, 1.0);
        (rate * cpu < KEEPS_UP).then_some(cpu)
    };
    let full = |service: &str, work: &str| saturated.get(&(service.to_owned(), work.to_owned())).copied();
    let ratio = |fastapi: Option<f64>, other: Option<f64>| match (fastapi, other) {
        (Some(fastapi), Some(other)) => format!("{:.1}", fastapi / other),
        _ => "–".to_owned(),
    };
    for ((service, work), _) in saturated.iter().filter(|((service, _), _)| service != "fastapi") {
        let by_rate = [100.0, 1000.0].map(|rate| ratio(at("fastapi", work, rate), at(service, work, rate)));
        let full = ratio(full("fastapi", work), full(service, work));
        writeln!(out, "| {service} | {work} | {} | {full} |", by_rate.join(" | ")).unwrap();
    }
    out
}

/// Requests per second × mean latency in the closed loops: 100, the number of connections, by Little's law.
fn little(cells: &[Cell]) -> String {
    let mut out =
        String::from("| service | closed loops | rate × mean latency: median, lowest, highest |\n|---|--:|--:|\n");
    let mut services: BTreeMap<&str, Vec<f64>> = BTreeMap::new();
    for cell in cells.iter().filter(|cell| cell.load == "closed-100") {
        services.entry(&cell.service).or_default().push(cell.in_flight);
    }
    for (service, mut all) in services {
        all.sort_by(f64::total_cmp);
        let [median, lowest, highest] = [all.len() / 2, 0, all.len() - 1].map(|at| all[at]);
        writeln!(out, "| {service} | {} | {median:.0}, {lowest:.0}, {highest:.0} |", all.len()).unwrap();
    }
    out
}

/// What docs/trust.md says of the measurements.
fn page(measured: &Measured) -> String {
    let Measured { cells, left_out, once, p99_differs, repeats, .. } = measured;
    let mut out = fits(cells);
    out += "\n";
    out += &ratios(measured);
    out += "\n";
    out += &little(cells);
    out += "\n| learned under | cells | CPU: median, worst | mean up to 85 %: median, worst | p99 up to 85 %: median, worst | throttled share: mean, worst | rate at a p99 of 50 ms: median, worst |\n";
    out += "|---|--:|--:|--:|--:|--:|--:|\n";
    for (learn, others) in SPLITS {
        out += &summary(learn, &judge(cells, learn, others));
    }
    let left_out: Vec<String> = left_out.iter().map(|(why, count)| format!("{why}: {count}")).collect();
    let left_out = if left_out.is_empty() { "none".to_owned() } else { left_out.join(", ") };
    writeln!(out, "\nCells: {}, of which {once} were measured once. Left out: {left_out}. In {p99_differs} more the p99 does not count, because it differed between the passes.", cells.len()).unwrap();
    let [cpu, p99] = [&repeats.0, &repeats.1].map(|ratios| percent(errors(ratios.iter().map(|ratio| (*ratio, 1.0)))));
    writeln!(
        out,
        "The same cell measured again differs by (median, worst): CPU {}; p99 {}.",
        cpu.join(", "),
        p99.join(", ")
    )
    .unwrap();
    out
}

/// Every prediction beside its measurement.
fn details(measured: &Measured) -> String {
    let mut out = String::new();
    for (learn, others) in SPLITS {
        let judged = judge(&measured.cells, learn, others);
        write!(out, "Learned under {}:\n\n{}\n", learn.join(" and "), table(&judged.cells)).unwrap();
    }
    out
}

/// The stored measurements, one text per file.
fn stored() -> Vec<String> {
    let folder = std::fs::read_dir(Path::new("fixtures/measured")).unwrap();
    let mut paths: Vec<_> = folder.map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    let files = paths.iter().filter(|path| path.extension().is_some_and(|ending| ending == "jsonl"));
    files.map(|path| std::fs::read_to_string(path).unwrap()).collect()
}

const BEGIN: &str = "<!-- made by tests/offline/measured.rs -->\n";
const END: &str = "<!-- end of the measured services -->";

/// `cargo test --test offline -- measured --nocapture` prints every cell.
#[test]
#[expect(clippy::print_stdout, reason = "the table is what the command is run for")]
fn the_errors_against_the_measurements_are_published() {
    let measured = measured(&stored());
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

/// The ratios of FastAPI to Gin in the README are those of docs/trust.md.
#[test]
fn the_ratios_in_the_readme_are_measured() {
    let readme = std::fs::read_to_string("README.md").unwrap();
    let table = ratios(&measured(&stored()));
    for (work, handler) in
        [("none", "returns one product"), ("cpu-1ms", "computes for 1 ms"), ("cpu-5ms", "computes for 5 ms")]
    {
        let row = table.lines().find_map(|line| line.strip_prefix(&format!("| gin | {work} | "))).unwrap();
        let [at_100, at_1000, saturated] =
            row.trim_end_matches(" |").split(" | ").collect::<Vec<_>>().try_into().unwrap();
        let must = format!("| {handler} | {saturated} | {at_1000} | {at_100} |");
        assert!(readme.contains(&must), "{must}");
    }
}

/// A line of the harness for a service with constant CPU per request at saturation and additional CPU when idle.
fn line(quota: &str, load: f64, pass: u32, factor: f64) -> String {
    let (saturated, wakeup) = (0.000_2, 0.000_1);
    let rate = load * cores(quota) / saturated;
    let cpu = (saturated + wakeup * (100.0 / rate).sqrt()) * factor;
    serde_json::json!({
        "kind": "window", "service": "gin", "quota": quota, "work": "none", "load": format!("open-{load}"), "pass": pass,
        "rate": rate, "cpu_seconds_per_request": cpu, "utilization": rate * cpu / cores(quota), "throttled_share": 0.0,
        "p99_seconds": 0.002, "mean_seconds": 0.001, "disturbed": [], "refused": null,
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
        assert_eq!(judged.cells.len(), 4 * others.len());
        let (_, worst) = errors(judged.cells.iter().map(|it| (it.utilization, it.cell.utilization))).unwrap();
        assert!(worst < 0.01, "{}", table(&judged.cells));
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
    // Of the disturbed cell the other pass counts.
    assert_eq!((measured.cells.len(), measured.once), (3, 2));
    let reasons: Vec<_> = measured.left_out.into_iter().collect();
    assert_eq!(reasons, [("refused", 1), ("two passes differ in CPU", 1)]);
    assert_eq!(windows(&[lines.join("\n")]).len(), 6);
}
