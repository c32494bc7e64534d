//! Excludes request rates of steps in which fewer scrapes than usual counted requests. If only half an hour of
//! samples exists, `rate()` returns no more than half an hour of requests, while the CPU usage of that hour may be
//! complete. Anything divided by such a rate would be too large.

use std::collections::BTreeMap;

use super::implausible::most_samples;
use super::{Grid, Observed, RequestSubject, Series};
use crate::model::finding::{Code, Finding};
use crate::units::Timestamp;

/// A step with less than this share of the usual samples is incomplete: of the usual five to sixty, one or two may be
/// missing, and a late scrape may fall into the next step.
const COMPLETE: f64 = 0.75;

/// Excludes the rates of incomplete steps, with a finding.
pub(super) fn exclude_incomplete_rates(observed: &mut Observed) -> Vec<Finding> {
    let nodes = most_samples(&observed.node_samples);
    let Observed { grid, workloads, requests, .. } = observed;
    // Pods that came or went within a step have fewer samples too, so samples are compared with the time that pods
    // existed.
    let pods = |subject: &RequestSubject| -> Option<Series> {
        let RequestSubject::Owner(owner) = subject else { return None };
        let running = workloads.get(owner)?.running();
        Some(running.map(|step, samples| nodes.get(step).map_or(f64::NAN, |most| samples / most)))
    };
    let mut findings = Vec::new();
    for ((_, convention), source) in requests {
        let (mut steps, mut least) = (0_usize, None::<(f64, usize, String)>);
        for (subject, samples) in &source.samples {
            let pods = pods(subject);
            let each = samples.map(|step, samples| match &pods {
                Some(pods) => pods.get(step).filter(|pods| *pods > 0.0).map_or(samples, |pods| samples / pods),
                None => samples,
            });
            let Some(usual) = median(&each) else { continue };
            let short: BTreeMap<usize, f64> = each
                .iter()
                .map(|(step, samples)| (step, samples / usual))
                .filter(|(_, share)| *share < COMPLETE)
                .collect();
            let Some(rates) = source.rates.get_mut(subject).filter(|_| !short.is_empty()) else { continue };
            let before = rates.count();
            *rates = rates.map(|step, rate| if short.contains_key(&step) { f64::NAN } else { rate });
            steps += before - rates.count();
            for (step, share) in short {
                if least.as_ref().is_none_or(|(least, ..)| share < *least) {
                    least = Some((share, step, subject.to_string()));
                }
            }
        }
        findings.extend(least.filter(|_| steps > 0).and_then(|least| finding(*grid, convention, steps, least)));
    }
    findings
}

fn finding(grid: Grid, convention: &str, steps: usize, least: (f64, usize, String)) -> Option<Finding> {
    let (share, step, subject) = least;
    let at = Timestamp::from_second(grid.end_of(step)).ok()?;
    let rates =
        if steps == 1 { "the rate of one step is".to_owned() } else { format!("the rates of {steps} steps are") };
    let message = format!(
        "{rates} excluded, because fewer scrapes than usual counted requests: {:.0}% for {subject} in the step that ends at {at}",
        share * 100.0
    );
    Some(Finding::warning(Code::RequestRateIncomplete, convention, message))
}

fn median(series: &Series) -> Option<f64> {
    let mut sorted: Vec<f64> = series.iter().map(|(_, value)| value).filter(|value| *value > 0.0).collect();
    sorted.sort_by(f64::total_cmp);
    sorted.get(sorted.len() / 2).copied()
}
