//! Cold start of a service: the time from its container's start to its readiness.
//!
//! Both times are recorded in whole seconds, and a probe detects readiness only periodically. Each pod therefore
//! gives an interval that contains the true time, and the pods of one workload narrow it together.

use crate::model::cluster::{Container, Probe};
use crate::units::Seconds;

/// Cold start of one workload.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ColdStart {
    /// Lower bound, or the 5th percentile of the pods' lower bounds.
    pub low: Seconds,
    /// Median cold start.
    pub mid: Seconds,
    /// Upper bound, or the 95th percentile of the pods' upper bounds.
    pub high: Seconds,
    /// Number of pods on which it was observed.
    pub pods: usize,
    /// Whether one time is consistent with at least nine in ten pods.
    pub alike: bool,
}

/// Why the cold start is unknown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum NoColdStart {
    /// Without a probe, a container counts as ready once it runs.
    NoProbe,
    /// No ready pod exists that was never restarted.
    NoPod,
}

impl NoColdStart {
    /// The reason as a sentence.
    pub const fn reason(self) -> &'static str {
        match self {
            Self::NoProbe => "its container has neither a readiness probe nor a startup probe",
            Self::NoPod => "none of its pods is ready without a restart",
        }
    }
}

/// The share of pods that one time must be consistent with: the others are assumed to have lost their readiness in
/// between.
const MIN_SHARE: f64 = 0.9;

/// From the whole seconds between start and readiness, one number per pod, and the container's probes.
///
/// # Errors
/// [`NoColdStart`].
pub fn cold_start(container: &Container, seconds: &[u16]) -> Result<ColdStart, NoColdStart> {
    let (readiness, startup) = (container.readiness_probe, container.startup_probe);
    if readiness.or(startup).is_none() {
        return Err(NoColdStart::NoProbe);
    }
    let mut pods: Vec<(u32, u32)> = seconds.iter().map(|seconds| bounds(*seconds, readiness, startup)).collect();
    if pods.is_empty() {
        return Err(NoColdStart::NoPod);
    }
    pods.sort_unstable();
    let lows: Vec<u32> = pods.iter().map(|(low, _)| *low).collect();
    let mut highs: Vec<u32> = pods.iter().map(|(_, high)| *high).collect();
    highs.sort_unstable();
    // The number of intervals that contain a time is the number that began before it minus the number that ended. The
    // maximum is at the start of an interval.
    let depth = |time: u32| lows.partition_point(|low| *low <= time) - highs.partition_point(|high| *high < time);
    let deepest = lows.iter().copied().max_by_key(|time| (depth(*time), std::cmp::Reverse(*time))).unwrap_or_default();
    let there = pods.iter().filter(|(low, high)| *low <= deepest && deepest <= *high);
    let end = there.clone().map(|(_, high)| *high).min().unwrap_or(deepest);
    #[expect(clippy::cast_precision_loss, reason = "numbers of pods")]
    let alike = there.count() as f64 >= MIN_SHARE * pods.len() as f64;
    let mid = f64::from(deepest + end) / 2.0;
    let (low, high) = match alike {
        true => (f64::from(deepest), f64::from(end)),
        false => (quantile(&lows, 0.05).min(mid), quantile(&highs, 0.95).max(mid)),
    };
    let seconds = |value| Seconds::new(value).ok_or(NoColdStart::NoPod);
    Ok(ColdStart { low: seconds(low)?, mid: seconds(mid)?, high: seconds(high)?, pods: pods.len(), alike })
}

/// Bounds of the true time of one pod, in milliseconds.
///
/// The difference of two times that are truncated to whole seconds deviates from the true duration by less than one
/// second either way. The probe before the successful one failed or did not happen: either the initial delay had not
/// passed, or the container had not started. With both kinds of probe, readiness is probed only after the startup
/// probe has succeeded (<https://kubernetes.io/docs/concepts/configuration/liveness-readiness-startup-probes/>).
fn bounds(seconds: u16, readiness: Option<Probe>, startup: Option<Probe>) -> (u32, u32) {
    let both = || readiness.into_iter().chain(startup);
    let waited: u32 =
        both().map(|p| p.period_seconds.saturating_mul(p.success_threshold.max(1))).fold(0, u32::saturating_add);
    let delay = both().map(|probe| probe.initial_delay_seconds).max().unwrap_or_default();
    let seconds = u32::from(seconds);
    let low = seconds.saturating_sub(1).saturating_sub(waited);
    (if low < delay { 0 } else { low }, seconds + 1)
}

/// The nearest-rank quantile of the sorted values.
fn quantile(sorted: &[u32], share: f64) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "numbers of pods")]
    let rank = share * (sorted.len().saturating_sub(1)) as f64;
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 0 and the last index")]
    let rank = rank.round() as usize;
    sorted.get(rank).copied().map_or(0.0, f64::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn probe(period_seconds: u32, initial_delay_seconds: u32) -> Option<Probe> {
        Some(Probe { period_seconds, initial_delay_seconds, success_threshold: 1 })
    }

    fn of(
        readiness: Option<Probe>,
        startup: Option<Probe>,
        seconds: &[u16],
    ) -> Result<(f64, f64, f64, bool), NoColdStart> {
        let container = Container { readiness_probe: readiness, startup_probe: startup, ..Container::default() };
        cold_start(&container, seconds).map(|c| (c.low.seconds(), c.mid.seconds(), c.high.seconds(), c.alike))
    }

    #[test]
    fn one_pod_gives_an_interval() {
        assert_eq!(of(probe(1, 0), None, &[12]), Ok((10.0, 11.5, 13.0, true)));
        assert_eq!(of(probe(10, 0), None, &[4]), Ok((0.0, 2.5, 5.0, true)));
        assert_eq!(of(probe(5, 30), None, &[32]), Ok((0.0, 16.5, 33.0, true)), "no probe ran before the initial delay");
        assert_eq!(of(probe(5, 30), None, &[40]), Ok((34.0, 37.5, 41.0, true)));
        assert_eq!(of(probe(10, 0), probe(2, 0), &[20]), Ok((7.0, 14.0, 21.0, true)));
        assert_eq!(of(None, probe(2, 0), &[20]), Ok((17.0, 19.0, 21.0, true)));
        assert_eq!(of(None, None, &[0]), Err(NoColdStart::NoProbe));
        assert_eq!(of(probe(1, 0), None, &[]), Err(NoColdStart::NoPod));
    }

    /// A service that takes 7.3 s and is probed every 10 s, at any phase.
    #[test]
    fn more_pods_narrow_the_interval() {
        let seconds: Vec<u16> = (0..40).map(|phase| 8 + phase % 10).collect();
        let (low, mid, high, alike) = of(probe(10, 0), None, &seconds).unwrap();
        assert!(low <= 7.3 && 7.3 <= high && high - low <= 3.0 && alike, "{low} {mid} {high}");
        // A pod that lost its readiness later does not widen the interval.
        let mut flapped = seconds.clone();
        flapped.push(900);
        assert_eq!(of(probe(10, 0), None, &flapped).unwrap(), (low, mid, high, true));
    }

    /// Half of the pods had a warm cache.
    #[test]
    fn pods_that_differ_widen_the_interval() {
        let seconds = [5, 5, 5, 6, 40, 41, 41, 42];
        let (low, mid, high, alike) = of(probe(1, 0), None, &seconds).unwrap();
        assert_eq!((low, high, alike), (3.0, 43.0, false));
        assert!((3.0..=7.0).contains(&mid) || (38.0..=43.0).contains(&mid));
    }
}
