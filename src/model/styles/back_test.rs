//! Back-test: how well the first part of a window predicts the rest.

use rust_decimal::prelude::ToPrimitive;

use super::running::RunningService;
use super::service_forecast::{pods, points};
use crate::model::calibration::{self, Busy, Step};
use crate::model::finding::{Code, Finding};
use crate::model::forecast::{self, Evaluated, HourlySeries};
use crate::model::uncertainty::quantile;
use crate::model::usage::{Grid, Series, WorkloadHistory};
use crate::units::MoneyPerHour;

/// Split of a window: the first part is fitted, the rest is predicted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BackTestSplit {
    /// Index of the first predicted step.
    pub step: usize,
    /// Start of that step in Unix seconds.
    pub second: i64,
}

impl BackTestSplit {
    /// Predicts the last third, in whole days if the window has at least three; `None` if one part would be empty.
    pub fn of(grid: Grid) -> Option<Self> {
        const DAY: i64 = 86_400;
        let days = grid.period().seconds() / DAY;
        let step_seconds = grid.step().seconds();
        let predicted =
            if days >= 3 { days / 3 * DAY / step_seconds } else { grid.period().seconds() / 3 / step_seconds };
        let step =
            grid.len().checked_sub(usize::try_from(predicted).ok()?).filter(|step| (1..grid.len()).contains(step))?;
        Some(Self { step, second: grid.end_of(step - 1) })
    }
}

/// Predicted and actual values of one service.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ServiceBackTest {
    /// CPU of each step, predicted from its requests and pods.
    pub cpu: Option<calibration::BackTest>,
    /// Mean demand.
    pub demand: Option<Evaluated>,
    /// Pods in the busy hour; `None` if their number is constant.
    pub pods: Option<Evaluated>,
    /// Mean cost of the requests in dollars per hour, at today's prices.
    pub cost: Option<Evaluated>,
}

impl ServiceBackTest {
    /// The back-test of one workload; `known` has the hours with data of each step, and `prices` are those of a
    /// core-hour and a GiB-hour.
    pub(super) fn of(
        (workload, steps): (&WorkloadHistory, &[Step]),
        (grid, known): (Grid, &Series),
        cut: BackTestSplit,
        prices: (MoneyPerHour, MoneyPerHour),
    ) -> Self {
        let judge = |points: Vec<(i64, f64)>| {
            let series = HourlySeries::from_points(points).ok()?;
            forecast::back_test(&series, cut.second).ok()
        };
        let pods = pods(workload, grid, known);
        let change = pods.iter().any(|(_, count)| (count - pods[0].1).abs() >= 0.5);
        let requests = &workload.requests_per_second;
        Self {
            cpu: cpu(steps, cut),
            demand: if requests.count() > 0 { judge(points(requests, grid)).map(|test| test.mean) } else { None },
            pods: if change { judge(pods).map(|test| test.busy) } else { None },
            cost: judge(dollars_requested(workload, grid, known, prices)).map(|test| test.mean),
        }
    }
}

/// Back-test of the CPU in the busy period of the first part, because that of the rest is not known yet.
fn cpu(steps: &[Step], cut: BackTestSplit) -> Option<calibration::BackTest> {
    let seen = steps.get(..cut.step)?.iter().filter(|step| step.pods > 0.0);
    let mut rates: Vec<(f64, f64)> = seen.filter_map(|s| Some((s.requests_per_second?, s.pods))).collect();
    rates.sort_by(|a, b| b.0.total_cmp(&a.0).then(b.1.total_cmp(&a.1)));
    let (rate, pods) = *rates.get(rates.len() / 100)?;
    calibration::back_test(steps, Busy { rate, pods }, cut.step).ok()
}

/// Cost of the requests in dollars per hour: pairs of the start of a step in Unix seconds and the amount; empty if
/// nothing is requested.
pub fn dollars_requested(
    workload: &WorkloadHistory,
    grid: Grid,
    known: &Series,
    (core_hour, gib_hour): (MoneyPerHour, MoneyPerHour),
) -> Vec<(i64, f64)> {
    let price = |price: MoneyPerHour| price.amount().to_f64().unwrap_or_default();
    let (core, byte) = (price(core_hour), price(gib_hour) / f64::from(1 << 30));
    let cost = known.map(|step, hours| {
        let asked = |series: &Series| series.get(step).unwrap_or(0.0) / hours;
        asked(&workload.requested_core_hours) * core + asked(&workload.requested_byte_hours) * byte
    });
    if cost.max().is_none_or(|most| most <= 0.0) { Vec::new() } else { points(&cost, grid) }
}

/// Accuracy over all services.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Score {
    /// Number of predicted services.
    pub services: usize,
    /// Median of the absolute relative errors.
    pub median_error: f64,
    /// Sum of predictions ÷ sum of actual values − 1.
    pub bias: f64,
    /// Share of actual values within the 90 % interval: of steps for CPU, otherwise of services.
    pub interval_held: f64,
}

impl Score {
    fn of(mut errors: Vec<f64>, (predicted, came): (f64, f64), (held, judged): (usize, usize)) -> Option<Self> {
        errors.sort_by(f64::total_cmp);
        let bias = predicted / came - 1.0;
        #[expect(clippy::cast_precision_loss, reason = "services and steps")]
        let interval_held = held as f64 / judged as f64;
        let median_error = quantile(&errors, 0.5).filter(|_| bias.is_finite() && judged > 0)?;
        Some(Self { services: errors.len(), median_error, bias, interval_held })
    }

    fn of_judged<'a>(judged: impl Iterator<Item = &'a Evaluated>) -> Option<Self> {
        let (mut errors, mut sums, mut held) = (Vec::new(), (0.0, 0.0), 0);
        for one in judged.filter(|one| one.actual > 0.0) {
            errors.push(one.error()?.abs());
            sums = (sums.0 + one.predicted.mid(), sums.1 + one.actual);
            held += usize::from(one.held());
        }
        let count = errors.len();
        Self::of(errors, sums, (held, count))
    }

    fn of_cpu<'a>(tests: impl Iterator<Item = &'a calibration::BackTest>) -> Option<Self> {
        let (mut errors, mut sums, mut steps) = (Vec::new(), (0.0, 0.0), (0, 0));
        for test in tests {
            errors.push(test.median_error);
            sums = (sums.0 + test.cores.0, sums.1 + test.cores.1);
            steps = (steps.0 + test.held, steps.1 + test.predicted);
        }
        Self::of(errors, sums, steps)
    }
}

/// Back-test over all running services: how well the first part of a window predicts the rest.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BackTest {
    /// End of the part that was fitted, in Unix seconds.
    pub trained_until: i64,
    /// End of the predicted part, in Unix seconds.
    pub predicted_until: i64,
    /// CPU, predicted from requests and pods.
    pub cpu: Option<Score>,
    /// Mean demand.
    pub demand: Option<Score>,
    /// Pods in the busy hour, of services whose number of pods varies.
    pub pods: Option<Score>,
    /// Cost of their requests.
    pub cost: Option<Score>,
    /// Cost of all nodes in dollars per hour; `None` if no node has a price.
    pub nodes: Option<Evaluated>,
}

/// Maximum acceptable bias: the headroom of right-sizing, which a larger error would use up.
const BAD_BIAS: f64 = crate::model::rightsizing::HEADROOM;
/// Minimum acceptable share within the 90 % interval: 2.5 times as many misses as expected.
const BAD_HELD: f64 = 0.75;
/// Minimum number of services for a finding, because of chance; CPU is judged by all its steps instead.
const LEAST: usize = 10;

impl BackTest {
    /// The back-test over all services; `None` if nothing could be predicted.
    pub fn of(
        services: &[RunningService],
        nodes: Option<Evaluated>,
        cut: BackTestSplit,
        predicted_until: i64,
    ) -> Option<Self> {
        let judged = |of: fn(&ServiceBackTest) -> Option<&Evaluated>| {
            Score::of_judged(services.iter().filter_map(|service| of(&service.tested)))
        };
        let test = Self {
            trained_until: cut.second,
            predicted_until,
            cpu: Score::of_cpu(services.iter().filter_map(|service| service.tested.cpu.as_ref())),
            demand: judged(|tested| tested.demand.as_ref()),
            pods: judged(|tested| tested.pods.as_ref()),
            cost: judged(|tested| tested.cost.as_ref()),
            nodes,
        };
        let is_empty = test.scores().iter().all(|(_, score)| score.is_none()) && nodes.is_none();
        (!is_empty).then_some(test)
    }

    /// The scores by name.
    pub const fn scores(&self) -> [(&'static str, Option<Score>); 4] {
        [("CPU", self.cpu), ("demand", self.demand), ("pods", self.pods), ("cost", self.cost)]
    }

    /// Finding about inaccurate predictions.
    pub fn finding(&self) -> Option<Finding> {
        let percent = |share: f64| format!("{:.0}%", share * 100.0);
        let mut bad: Vec<String> = Vec::new();
        for (what, score) in self.scores() {
            let Some(score) = score else { continue };
            if score.services < LEAST && what != "CPU" {
                continue;
            }
            if score.bias.abs() > BAD_BIAS {
                let side = if score.bias > 0.0 { "too high" } else { "too low" };
                bad.push(format!("{what} of all services together {} {side}", percent(score.bias.abs())));
            }
            if score.interval_held < BAD_HELD {
                bad.push(format!("{what} within the 90% interval in {} of cases", percent(score.interval_held)));
            }
        }
        if let Some(nodes) = self.nodes.filter(|nodes| !nodes.held())
            && let Some(error) = nodes.error().filter(|error| error.abs() > BAD_BIAS)
        {
            let side = if error > 0.0 { "too high" } else { "too low" };
            bad.push(format!("the cost of the nodes {} {side}, outside its interval", percent(error.abs())));
        }
        let message = format!(
            "the fit to the first part of the window did not predict the rest: {}; treat the forecast and the styles with the same caution",
            bad.join("; ")
        );
        (!bad.is_empty()).then(|| Finding::warning(Code::BacktestPoor, "back-test", message))
    }
}
