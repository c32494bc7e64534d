use std::collections::BTreeSet;

use super::answer::Answer;
use super::queries::all_metrics;

/// Which of the metrics that a report reads are there.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Present {
    names: BTreeSet<String>,
    pods_moved_aside: bool,
}

impl Present {
    /// Whether this metric is there.
    pub fn has(&self, metric: &str) -> bool {
        self.names.contains(metric)
    }

    /// Whether none is.
    pub fn is_empty(&self) -> bool {
        self.names.is_empty()
    }

    /// These and no others.
    pub fn of(metrics: &[&str]) -> Self {
        Self { names: metrics.iter().map(|m| (*m).to_owned()).collect(), pods_moved_aside: false }
    }

    /// Whether the series of kube-state-metrics carry the labels of its own pod in place of those of the pods that they
    /// are about: it is scraped without `honor_labels: true`.
    pub const fn pods_moved_aside(&self) -> bool {
        self.pods_moved_aside
    }

    /// Every metric that a report could read.
    pub fn all() -> Self {
        Self::of(&all_metrics())
    }
}

/// The names in the answer to the discovery query.
pub fn extract_present(answer: &Answer) -> Present {
    let named = answer.series.iter().map(|s| s.label("__name__")).filter(|name| !name.is_empty());
    let pods_moved_aside = answer.series.iter().any(|s| s.label("exported") == "pod");
    Present { names: named.map(ToOwned::to_owned).collect(), pods_moved_aside }
}
