//! User-written CSV files with one run per line; each column name contains the unit.

use super::{LoadRun, LoadTest, Tool};
use crate::model::calibration::LoadPoint;

/// The required column.
pub(super) const RATE: &str = "rate_per_second";

const COLUMNS: [&str; 8] = [
    RATE,
    "connections",
    "cpu_seconds_per_request",
    "mean_seconds",
    "p50_seconds",
    "p99_seconds",
    "throttled_share",
    "limit_cores",
];

/// Whether this line is a header.
pub(super) fn starts(line: &str) -> bool {
    line.split(',').any(|column| column.trim() == RATE)
}

pub(super) fn parse(text: &str) -> Result<LoadTest, String> {
    let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(text.as_bytes());
    let header = reader.headers().map_err(|error| error.to_string())?.clone();
    if let Some(unknown) = header.iter().find(|column| !COLUMNS.contains(column)) {
        return Err(format!("line 1: unknown column `{unknown}`; the columns are {}", COLUMNS.join(", ")));
    }
    let mut runs = Vec::new();
    for record in reader.records() {
        let record = record.map_err(|error| error.to_string())?;
        let line = record.position().map_or(0, csv::Position::line);
        let mut point = LoadPoint::default();
        for (column, text) in header.iter().zip(&record).filter(|(_, text)| !text.is_empty()) {
            let value = number(column, text).map_err(|error| format!("line {line}: {error}"))?;
            match column {
                RATE => point.requests_per_second = value,
                "connections" => point.connections = Some(value),
                "cpu_seconds_per_request" => point.cpu_per_request = Some(value),
                "mean_seconds" => point.mean = Some(value),
                "p50_seconds" => point.p50 = Some(value),
                "p99_seconds" => point.p99 = Some(value),
                "throttled_share" => point.throttled = Some(value),
                _ => point.limit_cores = Some(value),
            }
        }
        runs.push(LoadRun { point, requests: None, failed: 0 });
    }
    Ok(LoadTest { tool: Tool::Csv, runs })
}

fn number(column: &str, text: &str) -> Result<f64, String> {
    let value: f64 = text.parse().map_err(|_| format!("`{text}` is not a plain number like 0.0012"))?;
    let most = if column == "throttled_share" { 1.0 } else { f64::MAX };
    if (0.0..=most).contains(&value) { Ok(value) } else { Err(format!("{column} cannot be {text}")) }
}
