//! The results of `tools/bench/run`: from lines of JSON to cells, each the mean of its passes.

use std::collections::BTreeMap;

use serde::Deserialize;

/// A window of `fixtures/measured/*.jsonl`, as `tools/bench/README.md` describes it.
#[derive(Deserialize)]
pub(crate) struct Window {
    pub(crate) service: String,
    pub(crate) quota: String,
    pub(crate) work: String,
    pub(crate) load: String,
    pass: u32,
    rate: f64,
    cpu_seconds_per_request: Option<f64>,
    utilization: f64,
    throttled_share: f64,
    p99_seconds: Option<f64>,
    mean_seconds: f64,
    disturbed: Vec<String>,
    refused: Option<String>,
}

/// Mean of the passes of one cell.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Cell {
    pub(crate) service: String,
    pub(crate) quota: String,
    pub(crate) work: String,
    pub(crate) load: String,
    pub(crate) rate: f64,
    pub(crate) cpu: f64,
    pub(crate) utilization: f64,
    pub(crate) throttled: f64,
    pub(crate) p99: Option<f64>,
    /// Requests per second × mean latency: requests in flight, by Little's law.
    pub(crate) in_flight: f64,
}

/// The cells whose passes agree, and how many there are that do not count, by reason.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Measured {
    pub(crate) cells: Vec<Cell>,
    /// How many of these had only one usable pass.
    pub(crate) once: usize,
    pub(crate) left_out: BTreeMap<&'static str, usize>,
    /// How many of the cells have a p99 that does not count, because it differed between the passes.
    pub(crate) p99_differs: usize,
    /// Second pass ÷ first pass of every cell that has both: CPU per request, and p99.
    pub(crate) repeats: (Vec<f64>, Vec<f64>),
    /// CPU seconds per request of the closed loop under 500m, by service and work.
    pub(crate) saturated: BTreeMap<(String, String), f64>,
}

/// Maximum difference between two passes of a cell, in CPU or in p99; beyond it, the machine changed between them.
const LARGEST_SPREAD: f64 = 0.15;

/// Every window, by cell and pass; a later line of the same pass replaces an earlier one.
fn by_cell(texts: &[String]) -> impl Iterator<Item = Vec<Window>> {
    let mut cells: BTreeMap<[String; 4], BTreeMap<u32, Window>> = BTreeMap::new();
    for line in texts.iter().flat_map(|text| text.lines()) {
        let value: serde_json::Value = serde_json::from_str(line).unwrap();
        if value["kind"] == "window" {
            let window: Window = serde_json::from_value(value).unwrap();
            let key = [&window.service, &window.quota, &window.work, &window.load].map(Clone::clone);
            cells.entry(key).or_default().insert(window.pass, window);
        }
    }
    cells.into_values().map(|passes| passes.into_values().collect())
}

/// Every usable window as a cell of its own.
pub(crate) fn windows(texts: &[String]) -> Vec<Cell> {
    by_cell(texts).flatten().filter(|window| window.unusable().is_none()).map(|window| cell(&[&window])).collect()
}

/// Mean CPU seconds per request of the closed loops under 500m, by service and work. A stall does not change what a
/// request costs at saturation, so that disturbed windows count.
fn saturated(texts: &[String]) -> BTreeMap<(String, String), f64> {
    let mut all: BTreeMap<(String, String), Vec<f64>> = BTreeMap::new();
    let closed = |window: &Window| window.quota == "500m" && window.load == "closed-100" && window.refused.is_none();
    for window in by_cell(texts).flatten().filter(closed) {
        let cpu = window.cpu_seconds_per_request;
        all.entry((window.service, window.work)).or_default().extend(cpu);
    }
    all.into_iter().map(|(key, cpu)| (key, mean(&cpu))).collect()
}

/// The mean of the usable passes of each cell.
pub(crate) fn measured(texts: &[String]) -> Measured {
    let mut result = Measured { saturated: saturated(texts), ..Measured::default() };
    for passes in by_cell(texts) {
        let usable: Vec<&Window> = passes.iter().filter(|window| window.unusable().is_none()).collect();
        let reason = match usable.as_slice() {
            [] => passes[0].unusable().unwrap(),
            [_] => "",
            [first, second, ..] => {
                let ratio = |of: fn(&Window) -> Option<f64>| Some(of(second)? / of(first)?);
                result.repeats.0.extend(ratio(|window| window.cpu_seconds_per_request));
                result.repeats.1.extend(ratio(|window| window.p99_seconds));
                let cpu: Vec<f64> = usable.iter().filter_map(|window| window.cpu_seconds_per_request).collect();
                if spread(&cpu) > LARGEST_SPREAD { "two passes differ in CPU" } else { "" }
            }
        };
        if !reason.is_empty() {
            *result.left_out.entry(reason).or_default() += 1;
            continue;
        }
        let mut cell = cell(&usable);
        let p99: Vec<f64> = usable.iter().filter_map(|window| window.p99_seconds).collect();
        if spread(&p99) > LARGEST_SPREAD {
            cell.p99 = None;
            result.p99_differs += 1;
        }
        result.cells.push(cell);
        result.once += usize::from(usable.len() == 1);
    }
    result
}

impl Window {
    /// Why it says nothing about the service.
    fn unusable(&self) -> Option<&'static str> {
        if self.refused.is_some() {
            return Some("refused");
        }
        (!self.disturbed.is_empty()).then_some("disturbed")
    }
}

fn cell(windows: &[&Window]) -> Cell {
    let cpu: Vec<f64> = windows.iter().filter_map(|window| window.cpu_seconds_per_request).collect();
    let p99: Vec<f64> = windows.iter().filter_map(|window| window.p99_seconds).collect();
    let of = |value: fn(&Window) -> f64| mean(&windows.iter().map(|window| value(window)).collect::<Vec<_>>());
    let first = windows[0];
    Cell {
        service: first.service.clone(),
        quota: first.quota.clone(),
        work: first.work.clone(),
        load: first.load.clone(),
        rate: of(|window| window.rate),
        cpu: mean(&cpu),
        utilization: of(|window| window.utilization),
        throttled: of(|window| window.throttled_share),
        in_flight: of(|window| window.rate * window.mean_seconds),
        p99: (p99.len() == windows.len()).then(|| mean(&p99)),
    }
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / f64::from(u32::try_from(values.len()).unwrap())
}

/// (Maximum − minimum) ÷ mean.
fn spread(values: &[f64]) -> f64 {
    let (low, high) = values.iter().fold((f64::INFINITY, 0.0_f64), |(low, high), v| (low.min(*v), high.max(*v)));
    if values.is_empty() { 0.0 } else { (high - low) / mean(values) }
}
