//! Writes a runtime profile as a file for `--profile`.

use crate::model::finding::Severity;
use crate::model::runtime::{Kind, PodResources, RuntimeProfile, Sourced, ThreadRule, Workers};
use crate::model::uncertainty::Interval;
use crate::units::{Bytes, CpuMillis};

/// Formats low, mid and high for a profile file.
type Form = fn(&Interval) -> [String; 3];

/// The text of a profile with its value set; `head` becomes a comment at its beginning. Numbers have five significant
/// digits.
pub fn profile_file(profile: &RuntimeProfile, head: &[String]) -> Vec<u8> {
    let RuntimeProfile { name, title, language, kind, workers, threads, values } = profile;
    let mut out: String = head.iter().map(|line| format!("# {line}\n")).collect();
    let mut key = |key: &str, value: String| out.push_str(&format!("{key} = {value}\n"));
    key("name", quoted(name));
    key("title", quoted(title));
    key("language", quoted(language));
    match kind {
        Kind::Threads => {
            key("kind", quoted("threads"));
            key("threads", quoted(if *threads == ThreadRule::Cgroup { "cgroup" } else { "node" }));
        }
        Kind::EventLoop | Kind::Sync => {
            key("kind", quoted(if *kind == Kind::Sync { "sync" } else { "event-loop" }));
            match workers {
                Workers::Auto => key("workers", quoted("auto")),
                Workers::Count(count) => key("workers", count.to_string()),
            }
        }
    }
    let (benchmark, set) = (values.benchmark, values.evidence.name());
    out.push_str(&format!(
        "\n[{set}]\nbenchmark = {{ cores = {}, connections = {} }}\n",
        benchmark.cores, benchmark.connections
    ));
    let memory = |name: &'static str, sourced| (name, sourced, bytes as Form);
    let tables: [(&str, &Sourced, Form); 10] = [
        ("throughput", &values.throughput, |i| three(i, |rate| quoted(&format!("{}rps", digits(rate))))),
        ("wakeup_cpu", &values.wakeup_cpu, duration),
        ("idle_cpu", &values.idle_cpu, millicores),
        ("service_scv", &values.service_scv, |i| three(i, decimal)),
        memory("memory.idle", &values.memory_idle),
        memory("memory.loaded", &values.memory_loaded),
        memory("memory.per_worker", &values.memory_per_worker),
        memory("memory.per_in_flight", &values.memory_per_in_flight),
        memory("image_size", &values.image_size),
        ("cold_start", &values.cold_start, duration),
    ];
    for (name, sourced, form) in tables {
        out.push_str(&table(set, name, sourced, form(&sourced.interval)));
    }
    if let Some(factor) = &values.state_factor {
        out.push_str(&table(set, "memory.state_factor", factor, three(&factor.interval, decimal)));
    }
    for (work, factor) in &values.cpu_factor {
        let name = format!("cpu_factor.{}", bare_or_quoted(work));
        out.push_str(&table(set, &name, factor, three(&factor.interval, decimal)));
    }
    out.push_str(&pod(set, &values.pod, &values.pod_source));
    for finding in &values.findings {
        let severity = if finding.severity == Severity::Warning { "warning" } else { "info" };
        out.push_str(&format!(
            "\n[[{set}.findings]]\ncode = {}\nseverity = {}\nmessage = {}\n",
            quoted(finding.code.as_str()),
            quoted(severity),
            quoted(&finding.message)
        ));
    }
    out.into_bytes()
}

fn table(set: &str, name: &str, sourced: &Sourced, [low, mid, high]: [String; 3]) -> String {
    let source = quoted(&sourced.source);
    format!("\n[{set}.{name}]\nlow = {low}\nmid = {mid}\nhigh = {high}\nsource = {source}\n")
}

fn pod(set: &str, pod: &PodResources, source: &str) -> String {
    let of = |cpu: CpuMillis, memory: Bytes| {
        format!("cpu = {}, memory = {}", quoted(&format!("{}m", cpu.millis())), quoted(&memory.to_string()))
    };
    let mut out = format!(
        "\n[{set}.pod]\nrequests = {{ {} }}\nsource = {}\n",
        of(pod.cpu_request, pod.memory_request),
        quoted(source)
    );
    let limits = [
        pod.cpu_limit.map(|cpu| format!("cpu = {}", quoted(&format!("{}m", cpu.millis())))),
        pod.memory_limit.map(|memory| format!("memory = {}", quoted(&memory.to_string()))),
    ];
    let limits: Vec<String> = limits.into_iter().flatten().collect();
    if !limits.is_empty() {
        out.push_str(&format!("limits = {{ {} }}\n", limits.join(", ")));
    }
    out
}

fn three(interval: &Interval, form: impl Fn(f64) -> String) -> [String; 3] {
    [interval.low(), interval.mid(), interval.high()].map(form)
}

/// Seconds from one second on, else milliseconds.
fn duration(interval: &Interval) -> [String; 3] {
    three(interval, |seconds| {
        quoted(&if seconds < 1.0 { format!("{}ms", digits(seconds * 1e3)) } else { format!("{}s", digits(seconds)) })
    })
}

fn bytes(interval: &Interval) -> [String; 3] {
    three(interval, |bytes| quoted(&amount(Bytes::nearest(bytes))))
}

/// In the unit that makes it shortest; in a decimal one if no unit is exact: `256Mi`, `80M`, `61283k`.
fn amount(bytes: Bytes) -> String {
    let rounded = Bytes::nearest(digits(bytes.as_f64()).parse().unwrap_or(bytes.as_f64())).bytes();
    let units = [(1_000_000_000, "G"), (1_000_000, "M"), (1000, "k"), (1, "")];
    let (size, suffix) = units.into_iter().find(|(size, _)| rounded.is_multiple_of(*size)).unwrap_or((1, ""));
    // Zero is a multiple of every unit.
    let decimal = if rounded == 0 { "0".to_owned() } else { format!("{}{suffix}", rounded / size) };
    let binary = bytes.to_string();
    let is_better = binary.len() <= decimal.len() || rounded != bytes.bytes();
    if binary.ends_with('i') && is_better { binary } else { decimal }
}

/// Whole millicores, as in Kubernetes; zero if the mid value is less than half of one.
fn millicores(interval: &Interval) -> [String; 3] {
    let mid = (interval.mid() * 1e3).round();
    if mid < 1.0 {
        return [0; 3].map(|none| quoted(&none.to_string()));
    }
    let (low, high) = ((interval.low() * 1e3).round().max(1.0), (interval.high() * 1e3).round());
    [low.min(mid), mid, high.max(mid)].map(|millis| quoted(&format!("{millis:.0}m")))
}

/// Five significant digits, without an exponent.
fn digits(value: f64) -> String {
    let rounded: f64 = format!("{value:.4e}").parse().unwrap_or(value);
    format!("{rounded}")
}

/// A number that TOML parses as a float.
fn decimal(value: f64) -> String {
    let text = digits(value);
    if text.contains('.') { text } else { format!("{text}.0") }
}

/// A key as it is, if TOML allows that (<https://toml.io/en/v1.0.0#keys>).
fn bare_or_quoted(key: &str) -> String {
    let is_bare = !key.is_empty() && key.chars().all(|c| c.is_ascii_alphanumeric() || "-_".contains(c));
    if is_bare { key.to_owned() } else { quoted(key) }
}

/// A TOML basic string (<https://toml.io/en/v1.0.0#string>).
fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            c if c.is_control() => out.push_str(&format!("\\u{:04X}", u32::from(c))),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}
