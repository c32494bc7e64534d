//! Plot of the uncertain inputs that contribute most to the interval of the pods.

use super::{View, percent};
use crate::outputs::document::Table;
use crate::outputs::plot::{Axis, Bar, Bars, Chart, Plot, Scale, Segment};

/// Number of inputs shown: those that cause most of the variance. The others would hardly be visible.
const INPUTS: usize = 6;

impl View<'_> {
    pub(super) fn sensitivity(&self) -> Option<Plot> {
        let mut bars = Vec::new();
        let mut data = Table::new(["input", "profile", "share of the variance"]).with_text(&[1]);
        let mut first = Vec::new();
        for (series, profile, plan) in self.plans() {
            for (rank, found) in plan.sensitivity.iter().take(INPUTS).enumerate() {
                let name = found.input.name().replace('_', " ");
                if rank == 0 {
                    first.push(format!("{profile} {name} {}", percent(found.share)));
                }
                data.row([name.clone(), profile.to_owned(), percent(found.share)]);
                let title = format!("{name} of {profile}: {}", percent(found.share));
                let segment = Segment { series, span: (0.0, found.share * 100.0), title };
                let name = format!("{profile}: {name}");
                bars.push(Bar { name, value: percent(found.share), segments: vec![segment] });
            }
        }
        (!bars.is_empty()).then(|| Plot {
            title: "What makes the pods uncertain".to_owned(),
            text: format!(
                "Share of the variance of the pods that each uncertain input causes. Most: {}.",
                first.join("; ")
            ),
            chart: Chart::Bars(Bars {
                axis: Axis::new("share of the variance, %", Scale::Linear { low: 0.0, high: 100.0 }),
                series: self.profiles().into_iter().enumerate().collect(),
                bars,
            }),
            data,
        })
    }
}
