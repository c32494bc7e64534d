//! Plot of the pods that follow the load curve.

use super::View;
use crate::outputs::document::Table;
use crate::outputs::number::{count, rate, significant, unknown};
use crate::outputs::plot::{Axis, Chart, Graph, Mark, Plot, Scale};

impl View<'_> {
    pub(super) fn day(&self) -> Option<Plot> {
        let shares = self.question.load.shares();
        let hours: Vec<_> = self.curves().hours.iter().filter(|hours| hours.policy == self.policy.name).collect();
        let most = hours.iter().flat_map(|hours| &hours.pods).max()?;
        #[expect(clippy::cast_precision_loss, reason = "a place in a picture")]
        let place = |value: u64| value as f64;
        let profiles = self.profiles();
        // Each value is valid for its hour, so the last one needs an end.
        let hourly = |values: &mut dyn Iterator<Item = f64>| {
            let mut points: Vec<(f64, f64)> = (0_u32..).map(f64::from).zip(values).collect();
            points.extend(points.last().map(|(hour, value)| (hour + 1.0, *value)));
            points
        };
        let shape = hourly(&mut shares.iter().map(|share| share * place(*most)));
        let shape = shape.into_iter().map(|(hour, value)| (hour, 0.0, value)).collect();
        let mut marks = vec![Mark::Band { series: profiles.len(), points: shape, is_stepped: true }];
        let mut data = Table::new(
            ["hour", "req/s"]
                .map(str::to_owned)
                .into_iter()
                .chain(hours.iter().map(|hours| format!("{}, pods", hours.profile))),
        );
        for hours in &hours {
            let series = profiles.iter().position(|name| *name == hours.profile)?;
            let points = hourly(&mut hours.pods.iter().map(|pods| place(*pods)));
            marks.push(Mark::Line { series, points, is_stepped: true });
        }
        let busy = self.question.demand.mid();
        for (hour, share) in shares.iter().enumerate() {
            let pods = hours.iter().map(|hours| hours.pods.get(hour).map_or_else(unknown, |pods| count(*pods)));
            data.row([hour.to_string(), significant(share * busy, 3)].into_iter().chain(pods));
        }
        let range = |pods: &[u64]| {
            let (least, most) = (pods.iter().min().copied()?, pods.iter().max().copied()?);
            Some(format!("{} to {} pods", count(least), count(most)))
        };
        let each: Vec<String> =
            hours.iter().filter_map(|hours| Some(format!("{} {}", hours.profile, range(&hours.pods)?))).collect();
        let span = f64::from(u32::try_from(shares.len()).unwrap_or(u32::MAX));
        Some(Plot {
            title: "Pods over the hours".to_owned(),
            text: format!(
                "Load {}, at most {} req/s: {}. The shaded area is the shape of the demand.",
                self.question.load.name,
                rate(busy),
                each.join("; ")
            ),
            chart: Chart::Graph(Graph {
                x: Axis::new("hour", Scale::Linear { low: 0.0, high: span }),
                y: Axis::new("pods", Scale::from_zero([place(*most)])),
                series: profiles.into_iter().chain(["demand (shape)".to_owned()]).collect(),
                marks,
            }),
            data,
        })
    }
}
