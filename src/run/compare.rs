//! `capmodel compare`.

use std::path::Path;

use super::{Failure, Outcome, deliver, log_progress, workload};
use crate::cli::EstimateArgs;
use crate::inputs::files::{label, parse_compared, parse_workload, read_bytes, text};
use crate::model::compare::{Compared, Limit, compare};
use crate::outputs;
use crate::settings::{CompareSettings, EstimateSettings};
use crate::units::Timestamp;

/// Exit code of a failed gate.
const GATE_FAILED: u8 = 5;

/// Compares two documents or workload files, and checks the limit.
pub(super) fn run(settings: &CompareSettings) -> Result<Outcome, Failure> {
    let comparison = compare(&read(&settings.before, settings.now)?, &read(&settings.after, settings.now)?)
        .map_err(|error| Failure::Value(error.to_string()))?;
    let mut code = 0;
    for limit in &settings.limits {
        if matches!(limit, Limit::Amount(_)) && comparison.currency != "USD" {
            return Err(Failure::Value(format!(
                "--fail-over {limit} is in dollars and the documents are in {}: use a share such as 5%",
                comparison.currency
            )));
        }
        for (name, change) in limit.exceeded(&comparison) {
            log_progress(&match change.difference() {
                Some(more) => format!(
                    "gate failed: {name} costs {} {} more than before, which is over the limit of {limit}",
                    more.amount().round_dp(2),
                    comparison.currency
                ),
                None => format!("gate failed: {name} had a cost before and has none now"),
            });
            code = GATE_FAILED;
        }
    }
    deliver(outputs::comparison(&comparison, settings.output.layout)?, code, &settings.output)
}

/// Reads a document; a workload file is estimated first.
fn read(path: &Path, now: Timestamp) -> Result<Compared, Failure> {
    let bytes = read_bytes(path)?;
    let is_json = bytes.trim_ascii_start().starts_with(b"{");
    let is_workload = path == Path::new("-") || path.extension().is_some_and(|ending| ending == "toml");
    let bytes = if is_workload && !is_json { estimated(path, bytes, now)? } else { bytes };
    Ok(parse_compared(&label(path), &bytes)?)
}

/// The document of `capmodel estimate --workload FILE`, of the content of that file.
fn estimated(file: &Path, content: Vec<u8>, now: Timestamp) -> Result<Vec<u8>, Failure> {
    let services = parse_workload(&label(file), &text(file, content)?)?;
    let args = EstimateArgs::of_workload(file).map_err(Failure::Usage)?;
    Ok(workload::run(&EstimateSettings::resolve(args, now)?, services)?.stdout)
}
