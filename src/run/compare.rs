//! `capmodel compare`.

use std::path::Path;

use super::{Failure, Outcome, deliver, log_progress};
use crate::inputs::files::{label, parse_compared, read_bytes};
use crate::model::compare::{Compared, Limit, compare};
use crate::outputs;
use crate::settings::CompareSettings;

/// Exit code of a failed gate.
const GATE_FAILED: u8 = 5;

/// Compares two documents, and checks the limit.
pub(super) fn run(settings: &CompareSettings) -> Result<Outcome, Failure> {
    let comparison = compare(&read(&settings.before)?, &read(&settings.after)?)
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

fn read(path: &Path) -> Result<Compared, Failure> {
    Ok(parse_compared(&label(path), &read_bytes(path)?)?)
}
