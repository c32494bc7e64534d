//! Finds out which metrics are present, and how often they are scraped.

use std::collections::BTreeSet;

use super::answer::{Answer, AnswerSeries};
use super::queries::all_metrics;

/// Which of the metrics that a report reads are there.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Present {
    names: BTreeSet<String>,
    pods_moved_aside: bool,
    requests_name_nodes: bool,
    seconds_between_scrapes: Option<i64>,
}

/// Prometheus' own default (<https://prometheus.io/docs/prometheus/latest/configuration/configuration/>), where nothing
/// says how often usage is scraped.
const USUAL_SCRAPE: i64 = 60;

impl Present {
    /// Whether this metric is there.
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

    /// Whether the series of kube-state-metrics carry the labels of its own pod in place of those of the pods that they
    /// are about: it is scraped without `honor_labels: true`.
    pub const fn pods_moved_aside(&self) -> bool {
        self.pods_moved_aside
    }

    /// Whether the requests of pods name the node that the pod is bound to.
    pub const fn requests_name_nodes(&self) -> bool {
        self.requests_name_nodes
    }

    /// Seconds between two scrapes of usage.
    pub fn seconds_between_scrapes(&self) -> i64 {
        self.seconds_between_scrapes.unwrap_or(USUAL_SCRAPE)
    }

    /// Every metric that a report could read.
    pub fn all() -> Self {
        Self { requests_name_nodes: true, ..Self::of(&all_metrics()) }
    }
}

/// The names in the answer to the discovery query.
///
/// `sampled` is the number of seconds over which samples of usage were counted.
pub fn extract_present(answer: &Answer, sampled: i64) -> Present {
    let named = answer.series.iter().map(|s| s.label("__name__")).filter(|name| !name.is_empty());
    let exported = |what: &'static str| answer.series.iter().filter(move |s| s.label("exported") == what);
    Present {
        names: named.map(ToOwned::to_owned).collect(),
        pods_moved_aside: exported("pod").next().is_some(),
        requests_name_nodes: exported("node").next().is_some(),
        seconds_between_scrapes: between_scrapes(
            exported("usage").flat_map(AnswerSeries::samples).map(|(_, n)| n),
            sampled,
        ),
    }
}

/// From how many samples the series in the middle had in so many seconds, at several moments. Of those the third quartile: an
/// hour with a gap must not tell, but where a part of the period is kept at a coarser resolution that must. Where less than
/// an hour was looked at, the first quartile: nothing is that coarse so soon, and pods that have just started, or a
/// Prometheus that has, seem to be scraped rarely at the first moments.
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
    fn how_often_usage_is_scraped() {
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
