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
}

/// The cells whose passes agree, and how many there are that do not count, by reason.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Measured {
    pub(crate) cells: Vec<Cell>,
    /// How many of these had only one pass.
    pub(crate) once: usize,
    pub(crate) left_out: BTreeMap<&'static str, usize>,
}

/// Maximum difference between two passes of a cell, in CPU or in p99; beyond it, the machine changed between them.
const LARGEST_SPREAD: f64 = 0.15;

pub(crate) fn measured(texts: &[String]) -> Measured {
    let mut cells: BTreeMap<[String; 4], BTreeMap<u32, Window>> = BTreeMap::new();
    for line in texts.iter().flat_map(|text| text.lines()) {
        let value: serde_json::Value = serde_json::from_str(line).unwrap();
        if value["kind"] == "window" {
            let window: Window = serde_json::from_value(value).unwrap();
            let key = [&window.service, &window.quota, &window.work, &window.load].map(Clone::clone);
            // A later line of the same pass replaces an earlier one.
            cells.entry(key).or_default().insert(window.pass, window);
        }
    }
    let mut result = Measured::default();
    for (_, passes) in cells {
        let windows: Vec<Window> = passes.into_values().collect();
        match cell(&windows) {
            Ok(cell) => {
                result.cells.push(cell);
                result.once += usize::from(windows.len() == 1);
            }
            Err(reason) => *result.left_out.entry(reason).or_default() += 1,
        }
    }
    result
}

fn cell(windows: &[Window]) -> Result<Cell, &'static str> {
    if windows.iter().any(|window| window.refused.is_some()) {
        return Err("refused");
    }
    if windows.iter().any(|window| !window.disturbed.is_empty()) {
        return Err("disturbed");
    }
    let cpu: Vec<f64> = windows.iter().filter_map(|window| window.cpu_seconds_per_request).collect();
    let p99: Vec<f64> = windows.iter().filter_map(|window| window.p99_seconds).collect();
    if spread(&cpu) > LARGEST_SPREAD || spread(&p99) > LARGEST_SPREAD {
        return Err("two passes differ");
    }
    let of = |value: fn(&Window) -> f64| mean(&windows.iter().map(value).collect::<Vec<_>>());
    let first = &windows[0];
    Ok(Cell {
        service: first.service.clone(),
        quota: first.quota.clone(),
        work: first.work.clone(),
        load: first.load.clone(),
        rate: of(|window| window.rate),
        cpu: mean(&cpu),
        utilization: of(|window| window.utilization),
        throttled: of(|window| window.throttled_share),
        p99: (p99.len() == windows.len()).then(|| mean(&p99)),
    })
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / f64::from(u32::try_from(values.len()).unwrap())
}

/// (Maximum − minimum) ÷ mean.
fn spread(values: &[f64]) -> f64 {
    let (low, high) = values.iter().fold((f64::INFINITY, 0.0_f64), |(low, high), v| (low.min(*v), high.max(*v)));
    if values.is_empty() { 0.0 } else { (high - low) / mean(values) }
}
