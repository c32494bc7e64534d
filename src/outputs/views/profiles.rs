//! The screens of `capmodel profiles`: the list, and one profile with every number and its source.

use crate::model::runtime::{Kind, RuntimeProfile, ThreadRule, Workers};
use crate::outputs::amount::seconds;
use crate::outputs::document::{Document, Table};
use crate::outputs::findings::merged;
use crate::outputs::json::profiles::{self as convert, kind};
use crate::outputs::number::{bytes, cpu, rate, trimmed, unknown};
use crate::outputs::{Format, Layout, OutputError, json, render};
use crate::schema::profiles::ProfileNumber;
use crate::units::Bytes;

/// Renders the profiles, one per line.
///
/// # Errors
/// [`OutputError::Encode`], which is a bug.
pub fn profile_list(profiles: &[RuntimeProfile], layout: Layout) -> Result<Vec<u8>, OutputError> {
    match layout.format {
        Format::Json => json(&convert::list(profiles)),
        Format::Csv => render::records(profiles.iter().map(convert::summary)),
        Format::Table | Format::Markdown | Format::Html => Ok(render::text(&list(profiles), layout)),
    }
}

fn list(profiles: &[RuntimeProfile]) -> Document {
    let mut table = Table::new(["profile", "values", "req/s at saturation", "cores", "pod", "description"])
        .with_text(&[1, 4, 5])
        .with_dropped(&[4, 3])
        .titled("Runtime profiles")
        .sortable();
    for p in profiles {
        let v = &p.values;
        let throughput = &v.throughput.interval;
        table.row([
            p.name.clone(),
            v.evidence.name().to_owned(),
            format!("{} ({}–{})", rate(throughput.mid()), rate(throughput.low()), rate(throughput.high())),
            v.benchmark.cores.to_string(),
            format!("{} / {}", cpu(v.pod.cpu_request), bytes(v.pod.memory_request)),
            p.title.clone(),
        ]);
    }
    let mut document = Document::default();
    document.table(table);
    document
}

/// Renders one profile with every number and its source.
///
/// # Errors
/// [`OutputError::Encode`], which is a bug.
pub fn profile_sheet(profile: &RuntimeProfile, layout: Layout) -> Result<Vec<u8>, OutputError> {
    let numbers = convert::numbers(profile);
    match layout.format {
        Format::Json => json(&convert::document(profile)),
        Format::Csv => render::records(numbers),
        Format::Table | Format::Markdown | Format::Html => Ok(render::text(&sheet(profile, &numbers), layout)),
    }
}

fn sheet(profile: &RuntimeProfile, numbers: &[ProfileNumber]) -> Document {
    let v = &profile.values;
    let mut document = Document::default();
    document.headline(&profile.name, &profile.title, "");
    document.notes(structure(profile));
    document.table(table(numbers));
    let sources = numbers.iter().map(|row| format!("{}: {}", title(&row.key), row.source));
    document.list("Sources", sources.chain([format!("pod: {}", v.pod_source)]));
    document.findings(merged(&v.findings));
    document
}

fn structure(profile: &RuntimeProfile) -> Vec<String> {
    let v = &profile.values;
    let serving = match (profile.kind, profile.workers, profile.threads) {
        (Kind::Threads, _, ThreadRule::Node) => "one process, one thread per core of the node".to_owned(),
        (Kind::Threads, _, ThreadRule::Cgroup) => "one process, thread count from the CPU limit".to_owned(),
        (_, Workers::Auto, _) => "as many processes as needed for CPU to be the limit".to_owned(),
        (_, Workers::Count(n), _) => format!("{n} processes"),
    };
    vec![
        format!("{}: {}", kind(profile.kind), serving),
        format!("pod requests {} and {}", cpu(v.pod.cpu_request), bytes(v.pod.memory_request)),
        format!(
            "benchmark: {} cores, {} connections ({} values)",
            v.benchmark.cores,
            v.benchmark.connections,
            v.evidence.name()
        ),
    ]
}

fn table(numbers: &[ProfileNumber]) -> Table {
    let mut table = Table::new(["parameter", "low", "mid", "high", "unit"]).with_text(&[4]).titled("Parameters");
    for row in numbers {
        let text = |value: f64| match row.unit.as_str() {
            // An exact zero means that nothing was added, which is not a measurement.
            _ if value == 0.0 => unknown(),
            "bytes" => bytes(Bytes::from_bytes(round(value))),
            "ms" => seconds(value / 1e3),
            "s" => seconds(value),
            _ => trimmed(value, 6),
        };
        let unit = match row.unit.as_str() {
            "bytes" | "ms" | "s" => "",
            unit => unit,
        };
        table.row([title(&row.key), text(row.low), text(row.mid), text(row.high), unit.to_owned()]);
    }
    table
}

/// Display name of a key in a profile file.
fn title(key: &str) -> String {
    match key {
        "wakeup_cpu" => "wake-up CPU per request".to_owned(),
        "idle_cpu" => "idle CPU".to_owned(),
        "service_scv" => "variability of service time (SCV)".to_owned(),
        "memory.idle" => "memory, idle".to_owned(),
        "memory.loaded" => "memory, loaded".to_owned(),
        "memory.per_worker" => "memory per further worker".to_owned(),
        "memory.per_in_flight" => "memory per request in flight".to_owned(),
        "memory.state_factor" => "memory of application state, relative".to_owned(),
        "image_size" => "image size".to_owned(),
        "cold_start" => "cold start".to_owned(),
        key => key.strip_prefix("cpu_factor.").map_or_else(|| key.to_owned(), |kind| format!("CPU factor, {kind}")),
    }
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "bytes come from a u64")]
fn round(value: f64) -> u64 {
    value.round() as u64
}
