//! Discovers which metrics are present, and how often they are scraped.

use std::collections::BTreeSet;

use super::answer::{Answer, AnswerSeries};
use super::metric::POD_OVERHEAD_CPU;
use super::queries::all_metrics;

/// The metrics that a report reads and that are present.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AvailableMetrics {
    names: BTreeSet<String>,
    pods_moved_aside: bool,
    requests_name_nodes: bool,
    seconds_between_scrapes: Option<i64>,
}

/// Prometheus' default scrape interval in seconds
/// (<https://prometheus.io/docs/prometheus/latest/configuration/configuration/>), used if the actual interval is
/// unknown.
const USUAL_SCRAPE: i64 = 60;

impl AvailableMetrics {
    /// Whether this metric is present.
    pub fn has(&self, metric: &str) -> bool {
        self.names.contains(metric)
    }

    /// Whether no metric is present.
    pub fn is_empty(&self) -> bool {
        self.names.is_empty()
    }

    /// The given metrics only; for tests.
    pub fn of(metrics: &[&str]) -> Self {
        Self { names: metrics.iter().map(|m| (*m).to_owned()).collect(), ..Self::default() }
    }

    /// Whether the series of kube-state-metrics have the labels of its own pod instead of those of the pods that they
    /// describe: it is scraped without `honor_labels: true`.
    pub const fn pods_moved_aside(&self) -> bool {
        self.pods_moved_aside
    }

    /// Whether the series of pod requests have the label of the node.
    pub const fn requests_name_nodes(&self) -> bool {
        self.requests_name_nodes
    }

    /// Whether the overhead that a RuntimeClass adds to pods is known.
    pub fn has_pod_overhead(&self) -> bool {
        self.has(POD_OVERHEAD_CPU)
    }

    /// Scrape interval of usage metrics in seconds.
    pub fn seconds_between_scrapes(&self) -> i64 {
        self.seconds_between_scrapes.unwrap_or(USUAL_SCRAPE)
    }

    /// All metrics that a report can read.
    pub fn all() -> Self {
        Self { requests_name_nodes: true, ..Self::of(&all_metrics()) }
    }
}

/// The metric names in the response to the discovery query.
///
/// `sampled` is the number of seconds over which samples of usage were counted.
pub fn extract_available_metrics(answer: &Answer, sampled: i64) -> AvailableMetrics {
    let named = answer.series.iter().map(|s| s.label("__name__")).filter(|name| !name.is_empty());
    let exported = |what: &'static str| answer.series.iter().filter(move |s| s.label("exported") == what);
    AvailableMetrics {
        names: named.map(ToOwned::to_owned).collect(),
        pods_moved_aside: exported("pod").next().is_some(),
        requests_name_nodes: exported("node").next().is_some(),
        seconds_between_scrapes: between_scrapes(
            exported("usage").flat_map(AnswerSeries::samples).map(|(_, n)| n),
            sampled,
        ),
    }
}

/// The scrape interval, from the median number of samples per series in a number of seconds, at several moments. The
/// third quartile of these is used: an hour with a gap must not matter, but a part of the period that is stored at a
/// coarser resolution must. If less than an hour was sampled, the first quartile is used: recent data is not
/// downsampled, and pods (or a Prometheus) that have just started seem to be scraped rarely at first.
fn between_scrapes(samples: impl Iterator<Item = f64>, sampled: i64) -> Option<i64> {
    #[expect(clippy::cast_precision_loss, reason = "an hour at most")]
    let (sampled, quartile) = (sampled as f64, if sampled < 3600 { 1 } else { 3 });
    let mut seconds: Vec<f64> = samples.filter(|n| *n >= 1.0).map(|n| sampled / n).collect();
    seconds.sort_by(f64::total_cmp);
    let usual = seconds.get(seconds.len() * quartile / 4)?;
    #[expect(clippy::cast_possible_truncation, reason = "between a fraction of a second and an hour")]
    let usual = usual.round() as i64;
    Some(usual.max(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_scrape_interval_is_estimated() {
        let seconds = |samples: &[f64]| between_scrapes(samples.iter().copied(), 3600);
        assert_eq!(seconds(&[]), None);
        assert_eq!(seconds(&[60.0; 9]), Some(60));
        assert_eq!(
            seconds(&[120.0, 120.0, 119.0, 120.0, 70.0, 120.0, 120.0, 120.0, 120.0]),
            Some(30),
            "an hour with a gap"
        );
        assert_eq!(seconds(&[12.0, 12.0, 12.0, 120.0, 120.0, 120.0, 120.0, 120.0, 120.0]), Some(300), "downsampled");
        let minutes = between_scrapes([1.0, 9.0, 24.0, 23.0, 24.0, 24.0, 24.0, 23.0, 24.0].into_iter(), 180);
        assert_eq!(minutes, Some(8), "a pod that has just started");
    }
}
