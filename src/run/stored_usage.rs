//! Reads the usage that a snapshot contains.

use super::Failure;
use crate::inputs::prometheus::known_convention;
use crate::model::cluster::Snapshot;
use crate::model::finding::{Code, Finding};
use crate::model::usage::{History, Period};

/// The usage in the period of the snapshot; `None` if it was taken without Prometheus.
pub(super) fn of(snapshot: &Snapshot) -> Result<Option<History>, Failure> {
    let Some(stored) = &snapshot.usage else { return Ok(None) };
    let history = History::of_stored(stored, known_convention);
    let history =
        history.map_err(|error| Failure::Value(format!("the snapshot of {}: {error}", snapshot.cluster.name)))?;
    Ok(Some(history))
}

/// Finding if another period is requested than the one in the snapshot.
pub(super) fn of_another_time(history: &History, asked: Option<Period>) -> Finding {
    let held = history.grid.period();
    let asked = asked.map_or_else(|| "another time".to_owned(), |asked| asked.to_string());
    let message = format!(
        "the snapshot contains usage of {held}, but {asked} was requested: the cluster is priced as it is, without usage; omit --month to report the period of the snapshot"
    );
    Finding::warning(Code::UsageOfAnotherTime, "period", message)
}
