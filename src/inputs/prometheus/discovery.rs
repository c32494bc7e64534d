use std::collections::BTreeSet;

use super::answer::Answer;
use super::queries::all_metrics;

/// Which of the metrics that a report reads are there.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Present(BTreeSet<String>);

impl Present {
    /// Whether this metric is there.
    pub fn has(&self, metric: &str) -> bool {
        self.0.contains(metric)
    }

    /// Whether none is.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// These and no others.
    pub fn of(metrics: &[&str]) -> Self {
        Self(metrics.iter().map(|m| (*m).to_owned()).collect())
    }

    /// Every metric that a report could read.
    pub fn all() -> Self {
        Self::of(&all_metrics())
    }
}

/// The names in the answer to the discovery query.
pub fn extract_present(answer: &Answer) -> Present {
    let named = answer.series.iter().map(|s| s.label("__name__")).filter(|name| !name.is_empty());
    Present(named.map(ToOwned::to_owned).collect())
}
