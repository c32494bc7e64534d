//! Plots of pods and cost over demand, with their intervals.

use super::{View, values};
use crate::model::estimate::{SweepPlan, SweepPoint};
use crate::outputs::document::Table;
use crate::outputs::number::{count, dollars, plural, rate, unknown};
use crate::outputs::plot::{Axis, Chart, Graph, Mark, Plot, Scale};
use crate::units::Money;

impl View<'_> {
    pub(super) fn pods(&self) -> Option<Plot> {
        let next = self.plans().filter(|_| self.question.replicas.is_none()).map(|(series, profile, plan)| {
            #[expect(clippy::cast_precision_loss, reason = "a place in a picture")]
            let at = (plan.sizing.next_pod_at as f64, (plan.sizing.pods + 1) as f64);
            Mark::Dot { series, at, title: format!("{profile}: one more pod from {} req/s", rate(at.0)) }
        });
        let each = self.plans().map(|(_, profile, plan)| {
            let more = match self.question.replicas {
                Some(_) => String::new(),
                None => format!(", one more from {} req/s", count(plan.sizing.next_pod_at)),
            };
            format!("{profile} {}{more}", plural(plan.sizing.pods, "pod", "pods"))
        });
        #[expect(clippy::cast_precision_loss, reason = "a place in a picture")]
        let place = |pods: u64| pods as f64;
        self.along(
            ("Pods by demand", "pods", "pods"),
            &each.collect::<Vec<_>>(),
            next.collect(),
            |plan| Some((place(plan.pods?), count(plan.pods?))),
            |plan| Some(plan.interval?.pods.map(|end| end.map(|pods| (place(pods), count(pods))))),
        )
    }

    pub(super) fn dollars(&self) -> Option<Plot> {
        let currency = self.question.basis.currency;
        let each = self
            .plans()
            .map(|(_, profile, plan)| format!("{profile} {}", currency.amount(dollars(plan.share_cost.plan))));
        let value = |cost: Money| (cost.to_f64(), dollars(cost));
        self.along(
            (
                "Cost by demand, shared cluster",
                &format!("{currency} per month"),
                &format!("{}/month", currency.symbol()),
            ),
            &each.collect::<Vec<_>>(),
            Vec::new(),
            |plan| plan.share_cost.map(value),
            |plan| Some(plan.interval?.share_cost.map(|end| end.map(value))),
        )
    }

    fn along(
        &self,
        (title, unit, head): (&str, &str, &str),
        each: &[String],
        dots: Vec<Mark>,
        plan: impl Fn(&SweepPlan) -> Option<(f64, String)>,
        interval: impl Fn(&SweepPlan) -> Option<[Option<(f64, String)>; 2]>,
    ) -> Option<Plot> {
        let points = &self.curves().demand;
        let (first, last) = (points.first()?.demand, points.last()?.demand);
        let of = |point: &'_ SweepPoint, profile: &str| -> Option<SweepPlan> {
            point.plans.iter().find(|plan| plan.policy == self.policy.name && plan.profile == profile).cloned()
        };
        let (mut bands, mut lines) = (Vec::new(), Vec::new());
        let profiles = self.profiles();
        for (series, profile) in profiles.iter().enumerate() {
            let plans = || points.iter().filter_map(|point| Some((point.demand, of(point, profile)?)));
            let line = plans().filter_map(|(demand, of)| Some((demand, plan(&of)?.0)));
            let band = plans().filter_map(|(demand, of)| match interval(&of)? {
                [Some((low, _)), Some((high, _))] => Some((demand, low, high)),
                // For a part of the samples there is no plan, which is more than any number of pods.
                [Some((low, _)), None] => Some((demand, low, f64::INFINITY)),
                _ => None,
            });
            bands.push(Mark::Band { series, points: band.collect(), is_stepped: true });
            lines.push(Mark::Line { series, points: line.collect(), is_stepped: true });
        }
        let y = Scale::log(bands.iter().chain(&lines).chain(&dots).flat_map(values))?.padded();
        let x = Scale::log([first, last])?;
        let demand = self.question.demand.mid();
        let here = Mark::Upright { at: demand, label: format!("{} req/s", rate(demand)) };
        let is_open = bands.iter().flat_map(values).any(|value| value.is_infinite());
        let known = points.iter().any(|point| point.plans.iter().any(|plan| plan.interval.is_some()));
        let bands_are = match known {
            true => format!(
                " Bands: 5th to 95th percentile of {} samples at each demand{}.",
                count(u64::from(self.curves().samples)),
                if is_open { "; where a band reaches the top, that part of the samples has no plan" } else { "" }
            ),
            false => String::new(),
        };
        let dots_are = if dots.is_empty() { "" } else { " Marks: where one more pod is needed." };
        let heads = profiles.iter().flat_map(|profile| {
            let interval = known.then(|| "5th–95th percentile".to_owned());
            [format!("{profile}, {head}")].into_iter().chain(interval)
        });
        let mut data = Table::new(["req/s".to_owned()].into_iter().chain(heads));
        for point in points {
            let mut cells = vec![rate(point.demand)];
            for profile in &profiles {
                let of = of(point, profile);
                cells.push(of.as_ref().and_then(&plan).map_or_else(unknown, |(_, text)| text));
                if known {
                    let end = |end: Option<(f64, String)>| end.map_or_else(|| "none".to_owned(), |(_, text)| text);
                    let ends = of.as_ref().and_then(&interval);
                    cells.push(ends.map_or_else(unknown, |[low, high]| format!("{}–{}", end(low), end(high))));
                }
            }
            data.row(cells);
        }
        Some(Plot {
            title: title.to_owned(),
            text: format!("At {} req/s: {}.{bands_are}{dots_are}", rate(demand), each.join("; ")),
            chart: Chart::Graph(Graph {
                x: Axis::new("requests per second", x),
                y: Axis::new(unit, y),
                series: profiles,
                marks: bands.into_iter().chain([here]).chain(lines).chain(dots).collect(),
            }),
            data,
        })
    }
}
