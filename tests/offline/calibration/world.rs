//! Services with known parameters: traffic, CPU per request, and every disturbance of their measurement.

use super::dice::{Dice, Drift};
use capmodel::model::calibration::{Busy, Step};

/// True parameters of a generated service.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Truth {
    pub(crate) busy: Busy,
    /// Cores of one pod without requests.
    pub(crate) idle: f64,
    /// CPU seconds per request at the busy demand.
    pub(crate) per_request: f64,
    /// First step after the deploy.
    pub(crate) deployed_at: Option<usize>,
}

impl Truth {
    pub(crate) fn cores_at_busy(&self) -> f64 {
        self.busy.pods * self.idle + self.busy.rate * self.per_request
    }
}

/// A service with its measured steps.
#[derive(Clone, Debug)]
pub(crate) struct World {
    pub(crate) steps: Vec<Step>,
    pub(crate) truth: Truth,
}

/// How the CPU per request falls with the load of a pod, relative to that at a load of one.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Form {
    Constant,
    /// `1 + W·(1 − x)`
    WakeUps(f64),
    /// `1 + W·exp(−x ÷ s)`
    Exponential(f64, f64),
    /// `x^(−p)`, as at a hundredth of the load where it is less.
    Power(f64),
    /// `1 + W ÷ (1 + x ÷ s)`
    Hyperbola(f64, f64),
    /// FastAPI as measured (DESIGN 4.1): 0.31 to 0.34 ms at 500 requests per second and 0.23 to 0.29 ms at 840.
    Measured(f64, f64),
}

impl Form {
    pub(crate) fn any(dice: &mut Dice) -> Self {
        match dice.index(6) {
            0 => Self::Constant,
            1 => Self::WakeUps(dice.between(0.2, 2.0)),
            2 => Self::Exponential(dice.between(0.3, 2.5), dice.between(0.08, 0.5)),
            3 => Self::Power(dice.between(0.05, 0.35)),
            4 => Self::Hyperbola(dice.between(0.5, 3.0), dice.between(0.05, 0.4)),
            _ => Self::Measured(dice.between(0.31, 0.34), dice.between(0.23, 0.29)),
        }
    }

    pub(crate) fn at(self, load: f64) -> f64 {
        match self {
            Self::Constant => 1.0,
            Self::WakeUps(w) => 1.0 + w * (1.0 - load.min(1.0)),
            Self::Exponential(w, s) => 1.0 + w * (-load / s).exp(),
            Self::Power(p) => load.max(0.01).powf(-p),
            Self::Hyperbola(w, s) => 1.0 + w / (1.0 + load / s),
            Self::Measured(at_500, at_840) => {
                let seen = [
                    (0.02, at_500 + 0.02),
                    (0.06, at_500),
                    (0.1008, at_840),
                    (0.1476, 0.19),
                    (0.246, 0.17),
                    (0.42, 0.15),
                    (1.0, 0.12),
                    (9.0, 0.12),
                ];
                let next = seen.iter().position(|(x, _)| *x >= load).unwrap_or(seen.len() - 1).max(1);
                let ((x0, d0), (x1, d1)) = (seen[next - 1], seen[next]);
                let share = ((load.max(x0) / x0).ln() / (x1 / x0).ln()).min(1.0);
                (d0 + (d1 - d0) * share) / 0.12
            }
        }
    }
}

/// Number of steps of a window, their length, and the length of a day in steps (for a short window, one cycle of its
/// load).
struct Window {
    count: usize,
    seconds: f64,
    cycle: f64,
    short: bool,
}

impl Window {
    fn any(dice: &mut Dice, short_share: f64) -> Self {
        if dice.chance(short_share) {
            let seconds: f64 = dice.one_of(&[15.0, 30.0, 60.0]);
            let minutes = dice.one_of(&[10.0, 15.0, 20.0, 30.0, 45.0, 60.0_f64]);
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a few hundred")]
            let count = ((minutes * 60.0 / seconds) as usize).max(28);
            #[expect(clippy::cast_precision_loss, reason = "a few hundred")]
            let cycle = count as f64 / dice.between(1.0, 4.0);
            Self { count, seconds, cycle, short: true }
        } else {
            let days = 14 + dice.index(17);
            Self { count: days * 24, seconds: 3600.0, cycle: 24.0, short: false }
        }
    }
}

/// Requests per second of the whole service in each step.
fn traffic(dice: &mut Dice, window: &Window, depth: f64, level: bool) -> Vec<f64> {
    let peak = dice.scale(5.0, 20_000.0);
    let sharp = dice.one_of(&[1.0, 1.0, 1.6, 2.5]);
    let (weekend, start, phase) = (dice.between(0.35, 1.1), dice.index(7), dice.between(0.0, 24.0));
    let (trend, noise) = (dice.between(-0.2, 0.25), dice.between(0.02, 0.12));
    let mut drift = Drift::new(dice.between(0.0, 0.8), dice);
    let lunch = dice.between(0.0, 0.25);
    let (weekend, trend, noise) = if level { (1.0, trend / 4.0, noise / 2.0) } else { (weekend, trend, noise) };
    let mut rates = Vec::with_capacity(window.count);
    for step in 0..window.count {
        #[expect(clippy::cast_precision_loss, reason = "hundreds of steps")]
        let (now, all) = (step as f64, window.count as f64);
        let angle = std::f64::consts::TAU * (now - phase) / window.cycle;
        let wave = (0.5 - 0.5 * angle.cos()).powf(sharp) * (1.0 - lunch * (0.5 - 0.5 * (2.0 * angle).cos()));
        let free = !window.short && ((step / 24) + start) % 7 >= 5;
        let level = (1.0 - depth + depth * wave) * if free { weekend } else { 1.0 } * (1.0 + trend * now / all);
        rates.push(peak * level * (noise * drift.next(dice)).exp());
    }
    rates
}

/// Number of pods in each step: that of an autoscaler that follows the rate of the previous step, or a fixed number.
fn pods(dice: &mut Dice, rates: &[f64]) -> Vec<f64> {
    let fixed = dice.one_of(&[1.0, 2.0, 3.0, 5.0, 8.0, 20.0]);
    if !dice.chance(0.25) {
        return vec![fixed; rates.len()];
    }
    let most = rates.iter().copied().fold(0.0, f64::max);
    let each = most / dice.between(4.0, 20.0);
    let least = dice.one_of(&[1.0, 2.0, 3.0]);
    let mut now = (rates[0] / each).ceil().max(least);
    rates
        .iter()
        .map(|rate| {
            let wanted = (rate / each).ceil().max(least);
            let mean = if wanted == now { now } else { f64::midpoint(now, wanted) };
            now = wanted;
            mean
        })
        .collect()
}

/// Cores used by work other than requests, per step.
fn background(dice: &mut Dice, window: &Window, usual: f64) -> Vec<f64> {
    let mut extra = vec![0.0; window.count];
    if window.short {
        return extra;
    }
    if dice.chance(0.45) {
        // Daily, for one or two hours.
        let (hour, hours, size) = (dice.index(24), 1 + dice.index(2), dice.between(0.1, 2.0));
        (0..window.count).filter(|step| (step + 24 - hour) % 24 < hours).for_each(|step| extra[step] += size * usual);
    }
    if dice.chance(0.4) {
        // At random times.
        let (share, size) = (dice.between(0.005, 0.05), dice.between(0.1, 2.0));
        (0..window.count).for_each(|step| {
            if dice.chance(share) {
                extra[step] += size * usual;
            }
        });
    }
    extra
}

fn middle(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// The busy hour: a percentile of the rates, with the number of pods at that rate.
fn busy(rates: &[f64], pods: &[f64], percentile: usize) -> Busy {
    let mut order: Vec<usize> = (0..rates.len()).collect();
    order.sort_by(|a, b| rates[*a].total_cmp(&rates[*b]).then(a.cmp(b)));
    let at = (order.len() * percentile / 100).min(order.len() - 1);
    let around = &order[at.saturating_sub(2)..(at + 3).min(order.len())];
    Busy { rate: rates[order[at]], pods: middle(around.iter().map(|index| pods[*index]).collect()) }
}

/// A service that can be calibrated: with hourly steps over two weeks to a month, or, one in seven, with steps of 15 to
/// 60 seconds over 10 to 60 minutes. One in five is deployed within the window, early enough to leave sufficient steps.
pub(crate) fn fit(dice: &mut Dice) -> World {
    fit_of(dice, &Kind { short: 0.15, deploys: 0.2, level: false })
}

/// Kind of generated service.
pub(crate) struct Kind {
    /// Share of services with a window of minutes.
    pub(crate) short: f64,
    /// Share of services with a deploy.
    pub(crate) deploys: f64,
    /// Whether the rate hardly varies.
    pub(crate) level: bool,
}

pub(crate) fn fit_of(dice: &mut Dice, kind: &Kind) -> World {
    let window = Window::any(dice, kind.short);
    let depth = if kind.level { dice.between(0.0, 0.1) } else { dice.between(0.6, 0.97) };
    let rates = traffic(dice, &window, depth, kind.level);
    let pods = pods(dice, &rates);
    let form = Form::any(dice);
    let most = rates.iter().zip(&pods).map(|(rate, pods)| rate / pods).fold(0.0, f64::max);
    // The maximum load of a core determines how much of the curve is visible.
    let load_at_most = dice.scale(0.08, 0.95);
    let cores_per_pod = load_at_most * dice.one_of(&[1.0, 1.0, 1.0, 2.0]);
    let saturated = cores_per_pod / most / form.at(load_at_most);
    let idle = if dice.chance(0.2) { 0.0 } else { cores_per_pod * dice.scale(0.002, 0.15) };
    let cost = |rate: f64| saturated * form.at(load_at_most * rate / most);
    let own = |rate: f64, pods: f64| pods * idle + rate * cost(rate / pods);
    let usual = middle(rates.iter().zip(&pods).map(|(rate, pods)| own(*rate, *pods)).collect());
    let extra = background(dice, &window, usual);
    let deploy = (dice.chance(kind.deploys) && window.count >= 60).then(|| {
        let latest = window.count - if window.short { 30 } else { 96 };
        let earliest = (window.count / 6).max(14);
        (earliest + dice.index(latest - earliest + 1), dice.one_of(&[0.5, 0.65, 0.8, 1.25, 1.5, 1.9, 2.6]))
    });
    let busy = busy(&rates, &pods, dice.one_of(&[95, 99]));
    let (spread, mean_one) = (dice.between(0.02, 0.15), dice.chance(0.5));
    let alike = dice.between(0.0, if window.short { 0.5 } else { 0.85 });
    let mut noise = Drift::new(alike, dice);
    let (missing, broken) = (dice.between(0.0, 0.1), dice.between(0.0, 0.015));
    // A second container in every pod, whose usage was measured and subtracted with an error of a few percent.
    let beside = dice.chance(0.3).then(|| dice.between(0.05, 0.4));
    // A CPU limit that the busiest hours reach.
    let quota = dice.chance(0.15).then(|| dice.between(1.05, 1.35) * own(most, 1.0));
    let outage = (!window.short && dice.chance(0.3)).then(|| dice.index(window.count));
    let mut steps = Vec::with_capacity(window.count);
    for (index, (rate, pods)) in rates.iter().zip(&pods).enumerate() {
        let before = deploy.filter(|(at, _)| index < *at).map_or(1.0, |(_, factor)| 1.0 / factor);
        let mut shift = spread * noise.next(dice);
        if mean_one {
            shift -= spread * spread / 2.0;
        }
        let mut cores = (pods * idle + rate * cost(rate / pods) * before) * shift.exp() + extra[index];
        if let Some(size) = beside {
            cores -= size * rate * saturated * 0.03 * dice.normal();
        }
        let throttled = quota.map(|limit| (cores / (limit * pods) - 0.85).clamp(0.0, 1.0));
        cores = cores.min(quota.map_or(f64::INFINITY, |limit| limit * pods));
        let mut counted = *rate;
        // A counter that was reset, or read twice.
        if dice.chance(broken) {
            match dice.index(3) {
                0 => cores *= dice.one_of(&[0.0, 0.02, 0.3, 30.0, 1e9]),
                1 => counted *= dice.one_of(&[0.0, 0.1, 0.5, 2.0]),
                _ => cores = -cores,
            }
        }
        let gone = outage.is_some_and(|at| (at..at + 15).contains(&index));
        steps.push(Step {
            seconds: window.seconds,
            pods: *pods,
            requests_per_second: (!gone && !dice.chance(missing)).then_some(counted),
            cores: (!gone && !dice.chance(missing / 3.0)).then_some(cores),
            throttled,
            cores_per_pod_at_most: quota.or_else(|| dice.chance(0.97).then_some(8.0)),
            ..Step::default()
        });
    }
    let per_request = cost(busy.rate / busy.pods);
    let truth = Truth { busy, idle, per_request, deployed_at: deploy.map(|(at, _)| at) };
    World { steps, truth }
}
