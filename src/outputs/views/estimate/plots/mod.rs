//! The plots of an estimate: over demand, over utilization, over the hours of the load curve, and by uncertain input.

mod along;
mod hours;
mod inputs;
mod latency;

use crate::model::estimate::{Answer, Curves, Estimate, Plan, Question, Section};
use crate::model::sizing::Policy;
use crate::outputs::document::Document;
use crate::outputs::number::trimmed;
use crate::outputs::plot::Mark;

/// Adds the plots of each policy, if their data was computed.
pub(super) fn add(document: &mut Document, question: &Question, answer: &Answer) {
    if answer.curves == Curves::default() {
        return;
    }
    for Section { policy, .. } in &question.sections {
        let view = View { question, answer, policy };
        let plots = [view.pods(), view.dollars(), view.latency(), view.day(), view.sensitivity()];
        document.plots(&format!("Plots: {}", policy.name), plots.into_iter().flatten().collect());
    }
}

/// The data of one policy.
struct View<'a> {
    question: &'a Question,
    answer: &'a Answer,
    policy: &'a Policy,
}

impl View<'_> {
    fn curves(&self) -> &Curves {
        &self.answer.curves
    }

    fn profiles(&self) -> Vec<String> {
        self.question.services().iter().map(|service| service.profile.name.clone()).collect()
    }

    fn estimates(&self) -> impl Iterator<Item = &Estimate> {
        self.answer.estimates.iter().filter(|estimate| estimate.policy == self.policy.name)
    }

    fn plans(&self) -> impl Iterator<Item = (usize, &str, &Plan)> {
        self.estimates()
            .enumerate()
            .filter_map(|(at, estimate)| Some((at, estimate.profile.as_str(), estimate.plan.as_ref().ok()?)))
    }
}

fn percent(share: f64) -> String {
    format!("{}%", trimmed(share * 100.0, 2))
}

/// The values of a mark.
fn values(mark: &Mark) -> Vec<f64> {
    match mark {
        Mark::Line { points, .. } => points.iter().map(|(_, y)| *y).collect(),
        Mark::Band { points, .. } => points.iter().flat_map(|(_, low, high)| [*low, *high]).collect(),
        Mark::Dot { at, .. } => vec![at.1],
        Mark::Points { points, .. } => points.iter().map(|(_, y)| *y).collect(),
        Mark::Upright { .. } | Mark::Level { .. } | Mark::Arrow { .. } => Vec::new(),
    }
}

/// The positions of a mark.
fn places(mark: &Mark) -> Vec<f64> {
    match mark {
        Mark::Line { points, .. } => points.iter().map(|(x, _)| *x).collect(),
        _ => Vec::new(),
    }
}
