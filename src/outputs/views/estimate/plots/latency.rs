//! Plot of the response times of the planned pods over their utilization.

use super::{View, percent, places, values};
use crate::outputs::amount::seconds;
use crate::outputs::document::Table;
use crate::outputs::number::trimmed;
use crate::outputs::plot::{Axis, Chart, Graph, Mark, Plot, Scale};

/// Maximum latency of a curve relative to the objective, or to the plan without one: beyond, it rises without bound.
const SLOWEST: f64 = 20.0;

impl View<'_> {
    pub(super) fn latency(&self) -> Option<Plot> {
        let objective = self.policy.slo_p99;
        let slowest = self.plans().map(|(_, _, plan)| plan.latency.p99).filter(|p99| p99.is_finite());
        let slowest = slowest.chain(objective).fold(0.0, f64::max) * SLOWEST;
        let profiles = self.profiles();
        let place = |profile: &str| profiles.iter().position(|name| name == profile);
        let curves = self.curves().latency.iter().filter(|curve| curve.policy == self.policy.name);
        let mut marks: Vec<Mark> = Vec::new();
        let mut data = Table::new(["profile", "CPU used, % of the request", "p99"]);
        for curve in curves {
            let points: Vec<(f64, f64)> = curve.points.iter().copied().filter(|(_, p99)| *p99 <= slowest).collect();
            for (used, p99) in &points {
                data.row([curve.profile.clone(), trimmed(used * 100.0, 3), seconds(*p99)]);
            }
            let points = points.iter().map(|(used, p99)| (used * 100.0, p99 * 1e3)).collect();
            marks.push(Mark::Line { series: place(&curve.profile)?, points, is_stepped: false });
        }
        let x = Scale::from_zero(marks.iter().flat_map(places));
        let of_objective = objective.map(|objective| objective * 1e3);
        let y = Scale::log(marks.iter().flat_map(values).chain(of_objective))?.padded();
        let target = self.policy.target_utilization.fraction() * 100.0;
        marks.push(Mark::Upright { at: target, label: format!("target {}%", trimmed(target, 3)) });
        marks.extend(
            objective.map(|objective| Mark::Level {
                at: objective * 1e3,
                label: format!("objective {}", seconds(objective)),
            }),
        );
        for (series, profile, plan) in self.plans().filter(|(_, _, plan)| plan.latency.p99.is_finite()) {
            let title = format!("{profile}: {} at {}", seconds(plan.latency.p99), percent(plan.utilization));
            marks.push(Mark::Dot { series, at: (plan.utilization * 100.0, plan.latency.p99 * 1e3), title });
        }
        let each = self.plans().map(|(_, profile, plan)| {
            format!("{profile} {} at {} of its CPU request", seconds(plan.latency.p99), percent(plan.utilization))
        });
        let each: Vec<String> = each.collect();
        (data.items() > 0).then(|| Plot {
            title: "p99 by utilization".to_owned(),
            text: format!(
                "As planned: {}. The lines are the planned pods at other rates, on a node whose other pods are busy.",
                each.join("; ")
            ),
            chart: Chart::Graph(Graph {
                x: Axis::new("CPU used, % of the request", x),
                y: Axis::new("p99, ms", y),
                series: self.profiles(),
                marks,
            }),
            data,
        })
    }
}
