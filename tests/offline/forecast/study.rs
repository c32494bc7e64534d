//! Forecasts of many generated workloads, compared with their future.

use capmodel::model::forecast::{Forecast, Growth, HourlySeries, forecast};
use capmodel::model::uncertainty::Interval;

use super::generate::{Dice, Generated, Kind, generate};

/// Quality of the forecasts of one quantity.
#[derive(Default)]
pub(super) struct Score {
    held: usize,
    errors: Vec<f64>,
    naive_errors: Vec<f64>,
    widths: Vec<f64>,
    biases: Vec<f64>,
}

impl Score {
    pub(super) fn add(&mut self, predicted: Interval, naive: f64, actual: f64) {
        self.held += usize::from((predicted.low()..=predicted.high()).contains(&actual));
        self.errors.push((predicted.mid() / actual - 1.0).abs());
        self.naive_errors.push((naive / actual - 1.0).abs());
        self.widths.push((predicted.high() - predicted.low()) / predicted.mid());
        self.biases.push(predicted.mid() / actual - 1.0);
    }

    /// Share of the true values inside the interval.
    pub(super) fn coverage(&self) -> f64 {
        self.held as f64 / self.errors.len() as f64
    }

    /// Median error of the mid value, and of a plain seasonal naive forecast.
    pub(super) fn errors(&self) -> (f64, f64) {
        (median(&self.errors), median(&self.naive_errors))
    }

    /// Median width of the interval, relative to the mid value.
    pub(super) fn width(&self) -> f64 {
        median(&self.widths)
    }

    /// A line with the other figures.
    pub(super) fn line(&self) -> String {
        let percent = |share: f64| format!("{:.1} %", 100.0 * share);
        let (own, naive) = self.errors();
        format!(
            "{:4} workloads: held {}, median error {} (seasonal naive {}), bias {}, median width {}",
            self.errors.len(),
            percent(self.coverage()),
            percent(own),
            percent(naive),
            percent(median(&self.biases)),
            percent(self.width()),
        )
    }
}

/// The scores of a set of workloads.
#[derive(Default)]
pub(super) struct Study {
    pub(super) mean: Score,
    pub(super) busy: Score,
}

impl Study {
    pub(super) fn of<'a>(set: impl Iterator<Item = &'a (Generated, Forecast)>) -> Self {
        let mut study = Self::default();
        for (generated, forecast) in set {
            let (naive_mean, naive_busy) = seasonal_naive(&generated.history);
            study.mean.add(forecast.mean, naive_mean, average(&generated.month));
            study.busy.add(forecast.busy, naive_busy, quantile(&generated.month, 0.99));
        }
        study
    }
}

/// Workloads with their forecasts. A history of two days with gaps may have less than 24 hours and is then drawn again.
pub(super) fn set(seed: u64, count: usize, kind: Kind) -> Vec<(Generated, Forecast)> {
    let forecasts = (0..).filter_map(|stream| {
        let generated = generate(&mut Dice::new(seed, stream), kind);
        let forecast = forecast(&generated.history, generated.horizon, Growth::NONE).ok()?;
        Some((generated, forecast))
    });
    forecasts.take(count).collect()
}

/// Mean and busy hour if the last week, or the last day of a shorter history, repeats.
pub(super) fn seasonal_naive(history: &HourlySeries) -> (f64, f64) {
    let hours = if history.hours() >= 168 { 168 } else { 24 };
    let last: Vec<f64> = history.iter().skip(history.hours().saturating_sub(hours)).flatten().collect();
    (average(&last), quantile(&last, 0.99))
}

/// The quantile of a list, interpolated like Prometheus' `quantile`.
pub(super) fn quantile(values: &[f64], share: f64) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let rank = share * (sorted.len() - 1) as f64;
    let below = rank.floor() as usize;
    sorted[below] + (sorted[(below + 1).min(sorted.len() - 1)] - sorted[below]) * rank.fract()
}

pub(super) fn average(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

fn median(values: &[f64]) -> f64 {
    quantile(values, 0.5)
}
