//! The model compared with services that were really moved to another language. This test generates the table of
//! docs/trust.md: `TRYCMD=overwrite cargo test --test offline -- migrations` rewrites it; otherwise the table must be
//! unchanged.

use std::fmt::Write as _;
use std::path::Path;

use capmodel::inputs::files::{parse_profile, parse_work, profile_names, profile_source, work_source};
use capmodel::model::runtime::{CpuFactors, Evidence, RuntimeProfile, Work};
use capmodel::model::styles::{Observed, translate};
use capmodel::model::uncertainty::Interval;
use capmodel::units::Bytes;
use serde::Deserialize;

use crate::support::binary::estimate;

const BEGIN: &str = "<!-- made by tests/offline/migrations.rs -->";
const END: &str = "<!-- end of the migrations -->";

/// One published migration: observations before, and results after.
#[derive(Deserialize)]
struct Row {
    case: String,
    source: String,
    from: String,
    to: String,
    own: String,
    other: String,
    work: String,
    processes: u32,
    /// CPU per request in milliseconds.
    cpu_ms: Option<f64>,
    memory: Option<String>,
    /// Smallest pod that the platform offers.
    least_memory: Option<String>,
    cpu_ratio: Option<f64>,
    /// Memory usage of a pod after the migration.
    memory_after: Option<String>,
    remark: String,
}

/// A predicted ratio and the reported one.
struct Judged {
    predicted: Interval,
    reported: f64,
}

impl Judged {
    fn error(&self) -> f64 {
        (self.predicted.mid() / self.reported).max(self.reported / self.predicted.mid())
    }

    fn within_two(&self) -> bool {
        self.error() <= 2.0
    }

    fn inside(&self) -> bool {
        (self.predicted.low()..=self.predicted.high()).contains(&self.reported)
    }

    fn width(&self) -> f64 {
        self.predicted.high() / self.predicted.low()
    }
}

struct Outcome {
    row: Row,
    cpu: Option<Judged>,
    memory: Option<Judged>,
}

fn rows() -> Vec<Row> {
    let text = std::fs::read("fixtures/migrations.csv").unwrap();
    csv::Reader::from_reader(text.as_slice()).deserialize().map(Result::unwrap).collect()
}

fn profile(name: &str) -> RuntimeProfile {
    parse_profile(&profile_source(name).unwrap(), Evidence::Article).unwrap()
}

/// Cost factors of the language that the work's CPU is given in; `None` for the reference language.
fn given(work: &Work) -> Option<CpuFactors> {
    let language = work.handler.as_ref().map(|handler| handler.language.clone()).filter(|language| language != "go")?;
    let article = |name| parse_profile(&profile_source(name).unwrap(), Evidence::Article).ok();
    profile_names().filter_map(article).find(|p| p.language == language).map(|p| p.values.cpu_factor)
}

fn bytes(text: Option<&String>) -> Option<f64> {
    text.filter(|text| !text.is_empty()).map(|text| text.parse::<Bytes>().unwrap().as_f64())
}

fn judge(row: Row) -> Outcome {
    let (own, other) = (profile(&row.own), profile(&row.other));
    let work = parse_work(&work_source(&row.work).unwrap()).unwrap();
    let exact = |value: f64| Interval::exact(value).unwrap();
    let memory = bytes(row.memory.as_ref());
    let observed = Observed {
        // Sources state the throughput, or the CPU in a load test.
        busy_share: 1.0,
        rate_per_process: f64::INFINITY,
        cpu_per_request: row.cpu_ms.map(|ms| exact(ms / 1e3)),
        memory: memory.map(exact),
        processes: row.processes,
        core_speed: None,
        kind: work.kind.clone(),
    };
    let got = translate(&own, &other, &observed, &work, given(&work).as_ref()).unwrap();
    let least = bytes(row.least_memory.as_ref()).unwrap_or(0.0);
    let ratio_of_memory = || {
        let (before, after) = (memory?.max(least), got.memory);
        let [low, mid, high] = [after.high(), after.mid(), after.low()].map(|after| before / after.max(least));
        Some(Interval::new(low, mid, high).unwrap())
    };
    Outcome {
        cpu: row.cpu_ratio.map(|reported| Judged { predicted: got.cpu_ratio, reported }),
        memory: bytes(row.memory_after.as_ref()).map(|after| Judged {
            predicted: ratio_of_memory().unwrap(),
            reported: memory.unwrap().max(least) / after,
        }),
        row,
    }
}

fn number(value: f64) -> String {
    if value >= 9.95 { format!("{value:.0}") } else { format!("{value:.1}") }
}

fn cells(judged: Option<&Judged>) -> String {
    let Some(judged) = judged else { return "– | – | – | –".to_owned() };
    let Judged { predicted, reported } = judged;
    let yes = |it: bool| if it { "yes" } else { "**no**" };
    format!(
        "{} ({}–{}) | {} | {} | {}",
        number(predicted.mid()),
        number(predicted.low()),
        number(predicted.high()),
        number(*reported),
        yes(judged.within_two()),
        yes(judged.inside())
    )
}

/// Number of rows, rows within a factor of two, rows inside the interval, and the median width.
fn summary<'a>(judged: impl Iterator<Item = &'a Judged>) -> (usize, usize, usize, f64) {
    let all: Vec<&Judged> = judged.collect();
    let count = |holds: fn(&Judged) -> bool| all.iter().filter(|judged| holds(judged)).count();
    let mut widths: Vec<f64> = all.iter().map(|judged| judged.width()).collect();
    widths.sort_by(f64::total_cmp);
    (all.len(), count(Judged::within_two), count(Judged::inside), widths[all.len() / 2])
}

fn table(outcomes: &[Outcome]) -> String {
    let mut out = format!(
        "{BEGIN}\n| migration | work | CPU per request: predicted | reported | within 2× | inside | memory of a pod: predicted | reported | within 2× | inside |\n|---|---|--:|--:|---|---|--:|--:|---|---|\n"
    );
    for (n, Outcome { row, cpu, memory }) in outcomes.iter().enumerate() {
        writeln!(
            out,
            "| {}. {}: {} → {} | {} | {} | {} |",
            n + 1,
            row.case,
            row.from,
            row.to,
            row.work,
            cells(cpu.as_ref()),
            cells(memory.as_ref())
        )
        .unwrap();
    }
    out.push('\n');
    for (what, (all, close, inside, width)) in [
        ("CPU per request", summary(outcomes.iter().filter_map(|it| it.cpu.as_ref()))),
        ("Memory of a pod", summary(outcomes.iter().filter_map(|it| it.memory.as_ref()))),
    ] {
        writeln!(
            out,
            "- **{what}**: {close} of {all} within a factor of 2, {inside} of {all} inside the interval, whose median width (high ÷ low) is {}.",
            number(width)
        )
        .unwrap();
    }
    out.push_str("\nWhy the others are missed, as far as their sources tell:\n\n");
    for (n, outcome) in outcomes.iter().enumerate().filter(|(_, outcome)| misses(outcome)) {
        writeln!(out, "- {}. {}: {}.", n + 1, outcome.row.case, outcome.row.remark).unwrap();
    }
    out.push_str("\nSources, in the order of the rows: ");
    let mut sources: Vec<&str> = outcomes.iter().map(|outcome| outcome.row.source.as_str()).collect();
    sources.dedup();
    writeln!(out, "{}.", sources.join("; ")).unwrap();
    out + END
}

fn misses(outcome: &Outcome) -> bool {
    let missed = |judged: &Option<Judged>| judged.as_ref().is_some_and(|it| !it.within_two() || !it.inside());
    missed(&outcome.cpu) || missed(&outcome.memory)
}

#[test]
#[expect(clippy::print_stdout, reason = "the table is what the command is run for")]
fn published_migrations_are_predicted() {
    let outcomes: Vec<Outcome> = rows().into_iter().map(judge).collect();
    let table = table(&outcomes);
    println!("{table}");
    let path = Path::new("docs/trust.md");
    let mut page = std::fs::read_to_string(path).unwrap();
    let (before, rest) = page.split_once(BEGIN).unwrap();
    let (_, after) = rest.split_once(END).unwrap();
    let made = format!("{before}{table}{after}");
    if std::env::var("TRYCMD").is_ok_and(|how| how == "overwrite") {
        std::fs::write(path, &made).unwrap();
        page.clone_from(&made);
    }
    let unexplained: Vec<&str> = outcomes
        .iter()
        .filter(|outcome| misses(outcome) && outcome.row.remark.is_empty())
        .map(|outcome| outcome.row.case.as_str())
        .collect();
    assert!(unexplained.is_empty(), "a miss without a reason: {unexplained:?}");
    let cpu = summary(outcomes.iter().filter_map(|it| it.cpu.as_ref()));
    let memory = summary(outcomes.iter().filter_map(|it| it.memory.as_ref()));
    for (what, (all, close, _, _)) in [("CPU", cpu), ("memory", memory)] {
        assert!(close * 10 >= all * 8, "{what}: {close} of {all} within a factor of 2");
    }
    let (all, inside) = (cpu.0 + memory.0, cpu.2 + memory.2);
    assert!((all - inside) * 10 <= all, "{inside} of {all} inside the interval");
    let stale = page.lines().zip(made.lines()).find(|(is, must)| is != must);
    assert!(page == made, "docs/trust.md is not what the model says now, run with TRYCMD=overwrite: {stale:?}");
}

/// `estimate --observed` uses the same rule: it prints the ratio that is evaluated above, with an interval of the same
/// width.
#[test]
fn the_screen_shows_the_predictions() {
    let document = estimate(&[
        "--rps",
        "395",
        "--profile",
        "python-fastapi",
        "--profile",
        "go-fiber",
        "--work",
        "json",
        "--policy",
        "steady",
        "--observed",
        "395rps:0.544cores:57MiB",
    ]);
    let comparison = &document["comparisons"][0];
    let Outcome { cpu, memory, .. } = judge(rows().remove(0));
    for (key, judged) in [("cpu_per_request", cpu.unwrap()), ("working_set", memory.unwrap())] {
        let at = |key: &str| comparison[key].as_f64().unwrap();
        let predicted = judged.predicted;
        let ratio = at(&format!("{key}_ratio"));
        assert!((ratio / predicted.mid() - 1.0).abs() < 0.03, "{key}: {ratio} for {}", predicted.mid());
        let interval = &comparison[format!("{key}_ratio_interval")];
        let end = |end: &str| interval[end].as_f64().unwrap();
        // The factor of 1.5 of a single observation applies to both sides of the CPU ratio, and to either side of the
        // memory ratio.
        let point = if key == "working_set" { 1.5_f64.ln() * 2.0_f64.sqrt() } else { 0.0 };
        for (printed, judged) in [(end("p05"), predicted.low()), (end("p95"), predicted.high())] {
            let (printed, judged) = ((printed / ratio).ln().abs(), (judged / predicted.mid()).ln().abs().hypot(point));
            assert!((printed / judged - 1.0).abs() < 0.15, "{key}: {printed} for {judged}");
        }
    }
}
