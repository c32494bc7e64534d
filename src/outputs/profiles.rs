//! Runtime profiles: the list, and one with every number and its source.

use serde::Serialize;

use super::layout::Layout;
use super::number::{bytes, cpu, rate, trimmed};
use super::text::wrap;
use super::{csv, json};
use crate::cli::Format;
use crate::model::{Kind, RuntimeProfile, Sourced, ThreadRule, Workers};
use crate::run::Failure;
use crate::settings::OutputSettings;
use crate::units::Bytes;

#[derive(Serialize)]
struct ListRow<'a> {
    name: &'a str,
    title: &'a str,
    language: &'a str,
    kind: &'static str,
    throughput_low: f64,
    throughput_mid: f64,
    throughput_high: f64,
    benchmark_cores: u32,
    cpu_request_millis: u64,
    memory_request_bytes: u64,
}

/// The profiles, a line each.
///
/// # Errors
/// [`Failure::Encode`], a bug.
pub fn profile_list(profiles: &[RuntimeProfile], output: &OutputSettings) -> Result<Vec<u8>, Failure> {
    let rows = profiles.iter().map(|p| {
        let throughput = &p.values.throughput.interval;
        ListRow {
            name: &p.name,
            title: &p.title,
            language: &p.language,
            kind: kind(p.kind),
            throughput_low: throughput.low(),
            throughput_mid: throughput.mid(),
            throughput_high: throughput.high(),
            benchmark_cores: p.values.benchmark.cores,
            cpu_request_millis: p.values.pod.cpu_request.millis(),
            memory_request_bytes: p.values.pod.memory_request.bytes(),
        }
    });
    match output.format {
        Format::Json => return json(&rows.collect::<Vec<_>>()),
        Format::Csv => return csv(rows),
        Format::Table | Format::Markdown => {}
    }
    let mut layout = Layout::new(["profile", "req/s at saturation", "cores", "pod", "what it is"]);
    layout.text_columns = vec![3, 4];
    for p in profiles {
        let v = &p.values;
        let throughput = &v.throughput.interval;
        layout.row([
            p.name.clone(),
            format!("{} ({}–{})", rate(throughput.mid()), rate(throughput.low()), rate(throughput.high())),
            v.benchmark.cores.to_string(),
            format!("{} / {}", cpu(v.pod.cpu_request), bytes(v.pod.memory_request)),
            p.title.clone(),
        ]);
    }
    Ok(if output.format == Format::Markdown { layout.markdown() } else { layout.plain() }.into_bytes())
}

#[derive(Serialize)]
struct SheetRow<'a> {
    key: &'static str,
    low: f64,
    mid: f64,
    high: f64,
    unit: &'static str,
    source: &'a str,
}

#[derive(Serialize)]
struct Sheet<'a> {
    name: &'a str,
    title: &'a str,
    language: &'a str,
    kind: &'static str,
    evidence: &'static str,
    numbers: Vec<SheetRow<'a>>,
    findings: Vec<super::json::v1::Finding>,
}

/// One profile with every number and its source.
///
/// # Errors
/// [`Failure::Encode`], a bug.
pub fn profile_sheet(profile: &RuntimeProfile, output: &OutputSettings) -> Result<Vec<u8>, Failure> {
    let v = &profile.values;
    let numbers = numbers(profile);
    match output.format {
        Format::Json => json(&Sheet {
            name: &profile.name,
            title: &profile.title,
            language: &profile.language,
            kind: kind(profile.kind),
            evidence: v.evidence.name(),
            numbers,
            findings: v.findings.iter().map(Into::into).collect(),
        }),
        Format::Csv => csv(numbers),
        Format::Table => {
            let mut out = format!("{}: {}\n\n", profile.name, profile.title);
            for line in structure(profile) {
                out.push_str(&line);
                out.push('\n');
            }
            out.push('\n');
            out.push_str(&sheet(&numbers).plain());
            out.push_str("\nSources\n");
            for row in &numbers {
                out.push_str(&wrap(&format!("  {}: {}", row.key, row.source), output.width, 4));
            }
            out.push_str(&wrap(&format!("  pod: {}", v.pod_source), output.width, 4));
            for finding in &v.findings {
                out.push_str(&wrap(&format!("  finding {}: {}", finding.code, finding.message), output.width, 4));
            }
            Ok(out.into_bytes())
        }
        Format::Markdown => {
            let mut out = format!("**{}**: {}\n\n", profile.name, profile.title);
            for line in structure(profile) {
                out.push_str(&format!("- {line}\n"));
            }
            let mut layout = sheet(&numbers);
            layout.header.push("source".to_owned());
            layout.text_columns.push(layout.header.len() - 1);
            for (row, number) in layout.rows.iter_mut().zip(&numbers) {
                row.push(number.source.to_owned());
            }
            out.push_str(&format!("\n{}", layout.markdown()));
            Ok(out.into_bytes())
        }
    }
}

fn structure(profile: &RuntimeProfile) -> Vec<String> {
    let v = &profile.values;
    let serving = match (profile.kind, profile.workers, profile.threads) {
        (Kind::Threads, _, ThreadRule::Node) => "one process, a thread for each core of the node".to_owned(),
        (Kind::Threads, _, ThreadRule::Cgroup) => "one process, threads by the CPU limit".to_owned(),
        (_, Workers::Auto, _) => "as many processes as it takes for CPU to bind".to_owned(),
        (_, Workers::Count(n), _) => format!("{n} processes"),
    };
    vec![
        format!("{} of {}", kind(profile.kind), serving),
        format!("pod requests {} and {}", cpu(v.pod.cpu_request), bytes(v.pod.memory_request)),
        format!(
            "measured on {} cores with {} connections ({} values)",
            v.benchmark.cores,
            v.benchmark.connections,
            v.evidence.name()
        ),
    ]
}

fn numbers(profile: &RuntimeProfile) -> Vec<SheetRow<'_>> {
    let v = &profile.values;
    fn of<'a>(key: &'static str, unit: &'static str, scale: f64, sourced: &'a Sourced) -> SheetRow<'a> {
        let (low, mid, high) = (sourced.interval.low(), sourced.interval.mid(), sourced.interval.high());
        SheetRow { key, low: low * scale, mid: mid * scale, high: high * scale, unit, source: &sourced.source }
    }
    vec![
        of("throughput", "req/s", 1.0, &v.throughput),
        of("wakeup_cpu", "ms", 1e3, &v.wakeup_cpu),
        of("idle_cpu", "cores", 1.0, &v.idle_cpu),
        of("service_scv", "", 1.0, &v.service_scv),
        of("memory.idle", "bytes", 1.0, &v.memory_idle),
        of("memory.loaded", "bytes", 1.0, &v.memory_loaded),
        of("memory.per_worker", "bytes", 1.0, &v.memory_per_worker),
        of("memory.per_in_flight", "bytes", 1.0, &v.memory_per_in_flight),
        of("image_size", "bytes", 1.0, &v.image_size),
        of("cold_start", "s", 1.0, &v.cold_start),
    ]
}

fn sheet(numbers: &[SheetRow<'_>]) -> Layout {
    let mut layout = Layout::new(["number", "low", "mid", "high", "unit"]);
    layout.text_columns = vec![4];
    for row in numbers {
        let text = |value: f64| match row.unit {
            "bytes" => bytes(Bytes::from_bytes(round(value))),
            _ => trimmed(value, 6),
        };
        let unit = if row.unit == "bytes" { "" } else { row.unit };
        layout.row([row.key.to_owned(), text(row.low), text(row.mid), text(row.high), unit.to_owned()]);
    }
    layout
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "bytes come from a u64")]
fn round(value: f64) -> u64 {
    value.round() as u64
}

const fn kind(kind: Kind) -> &'static str {
    match kind {
        Kind::EventLoop => "event-loop",
        Kind::Sync => "sync",
        Kind::Threads => "threads",
    }
}
