//! Demand with a known future, generated from a seed without any code under test.

use capmodel::model::forecast::{Horizon, HourlySeries};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

/// Numbers from a seed.
pub(super) struct Dice(ChaCha8Rng);

impl Dice {
    pub(super) fn new(seed: u64, stream: u64) -> Self {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        rng.set_stream(stream);
        Self(rng)
    }

    pub(super) fn between(&mut self, low: f64, high: f64) -> f64 {
        let share = (self.0.next_u64() >> 11) as f64 / (1_u64 << 53) as f64;
        low + (high - low) * share
    }

    pub(super) fn below(&mut self, end: usize) -> usize {
        (self.between(0.0, end as f64) as usize).min(end.saturating_sub(1))
    }

    pub(super) fn chance(&mut self, share: f64) -> bool {
        self.between(0.0, 1.0) < share
    }

    /// Normal distribution by the method of Box and Muller.
    pub(super) fn normal(&mut self) -> f64 {
        let (radius, angle) = (self.between(1e-12, 1.0), self.between(0.0, std::f64::consts::TAU));
        (-2.0 * radius.ln()).sqrt() * angle.cos()
    }
}

/// A history and the month that follows it.
pub(super) struct Generated {
    pub(super) history: HourlySeries,
    pub(super) horizon: Horizon,
    pub(super) days: usize,
    pub(super) month: Vec<f64>,
}

/// Parameters of generated histories.
#[derive(Clone, Copy)]
pub(super) struct Kind {
    /// Shortest and longest length in days; the length is log-uniform.
    pub(super) days: (usize, usize),
    /// Whether outages and spikes continue in the forecast month, which no history can predict.
    pub(super) surprises: bool,
    /// Family of the demand and of its noise.
    pub(super) truth: Truth,
}

/// Two families of demand; the second one differs from the fitted form in every respect.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Truth {
    /// A constant monthly growth factor, log-normal noise, and one peak per day.
    Growing,
    /// A level that wanders at random and grows by an amount instead of a factor, noise with heavy tails, and two peaks
    /// per day.
    Wandering,
}

/// A week of hours: days with one peak and quiet nights, some of them without any requests, and different weekends.
struct Shape {
    amplitude: f64,
    peak: f64,
    sharpness: f64,
    silent_below: f64,
    weekend: f64,
}

impl Shape {
    fn new(dice: &mut Dice) -> Self {
        Self {
            amplitude: if dice.chance(0.1) { 0.0 } else { dice.between(0.2, 0.95) },
            peak: dice.between(0.0, 24.0),
            sharpness: dice.between(1.0, 3.0),
            silent_below: if dice.chance(0.1) { 0.25 } else { 0.0 },
            weekend: if dice.chance(0.2) { 1.0 } else { dice.between(0.4, 1.1) },
        }
    }

    fn at(&self, hour: i64) -> f64 {
        let angle = std::f64::consts::TAU * (hour.rem_euclid(24) as f64 - self.peak) / 24.0;
        let day = 1.0 - self.amplitude * (1.0 - ((1.0 + angle.cos()) / 2.0).powf(self.sharpness));
        // 1 January 1970 was a Thursday.
        let is_weekend = [2, 3].contains(&hour.div_euclid(24).rem_euclid(7));
        if day < self.silent_below { 0.0 } else { day * if is_weekend { self.weekend } else { 1.0 } }
    }
}

pub(super) fn generate(dice: &mut Dice, kind: Kind) -> Generated {
    let (least, most) = (kind.days.0 as f64, kind.days.1 as f64);
    let days = (least * (most / least).powf(dice.between(0.0, 1.0))).round() as usize;
    // A report is made at the end of the month, or within the month before the forecast one.
    let gap = if dice.chance(0.5) { 0 } else { dice.below(30) };
    let month_days = 28 + dice.below(4);
    let first = 480_000 + dice.below(168) as i64;
    let (history_hours, all_days) = (days * 24 + dice.below(24), days + 1 + gap + month_days);
    let month_begins = history_hours + gap * 24;
    let hours = month_begins + month_days * 24;

    let shape = Shape::new(dice);
    let size = 0.5 * 1e4_f64.powf(dice.between(0.0, 1.0));
    let growth = |dice: &mut Dice| (dice.between(0.8, 1.4)).ln() / 30.0;
    let (early, late) = (growth(dice), growth(dice));
    let turns = if dice.chance(0.25) { dice.below(days) } else { 0 };
    let hour_noise = dice.between(0.05, 0.3);
    let day_noise = dice.between(0.0, 0.06);
    let mut level = size.ln();
    let mut day_error = 0.0;
    let wanders = kind.truth == Truth::Wandering;
    let wander = if wanders { dice.between(0.0, 0.015) } else { 0.0 };
    let levels: Vec<f64> = (0..=all_days)
        .map(|day| {
            level += if day < turns { early } else { late } + wander * dice.normal();
            // An autoregressive process: a busy day tends to follow a busy day.
            day_error = 0.5 * day_error + 0.75_f64.sqrt() * day_noise * dice.normal();
            let grown = if wanders { size.ln() + (1.0 + level - size.ln()).max(0.4).ln() } else { level };
            (grown + day_error).exp()
        })
        .collect();
    let mut values: Vec<f64> = (0..hours)
        .map(|hour| {
            let fat = if wanders && dice.chance(0.05) { 3.0 } else { 1.0 };
            let noise = (fat * hour_noise * dice.normal() - hour_noise * hour_noise / 2.0).exp();
            let hour = hour as i64;
            let relative = shape.at(first + hour) + if wanders { shape.at(first + 2 * hour + 5) } else { 0.0 };
            relative * levels[hour as usize / 24] * noise
        })
        .collect();

    if days > 20 && dice.chance(0.2) {
        let at = days * 24 / 10 + dice.below(days * 24 * 85 / 100);
        let factor = dice.between(1.4, 3.0);
        let factor = if dice.chance(0.6) { factor } else { 1.0 / factor };
        values[at..].iter_mut().for_each(|value| *value *= factor);
    }
    let eventful = if kind.surprises { hours } else { history_hours };
    let months = (eventful / 720).max(1);
    if dice.chance(0.3) {
        for _ in 0..months {
            outage(dice, &mut values[..eventful]);
        }
    }
    if dice.chance(0.25) {
        for _ in 0..months {
            spike(dice, &mut values[..eventful]);
        }
    }
    let mut history: Vec<Option<f64>> = values[..history_hours].iter().map(|value| Some(*value)).collect();
    if dice.chance(0.4) {
        for _ in 0..1 + dice.below(5) {
            let begin = dice.below(history_hours);
            let length = 1 + dice.below(48.min(history_hours / 4));
            history[begin..(begin + length).min(history_hours)].fill(None);
        }
        history.iter_mut().for_each(|value| *value = value.filter(|_| !dice.chance(0.02)));
    }
    let second = |hour: usize| (first + hour as i64) * 3600;
    Generated {
        history: HourlySeries::from_hours(second(0), history).unwrap(),
        horizon: Horizon::new(second(month_begins), second(hours)).unwrap(),
        days,
        month: values.split_off(month_begins),
    }
}

/// An outage: two hours to a day without requests.
fn outage(dice: &mut Dice, values: &mut [f64]) {
    let length = 2 + dice.below(23);
    let begin = dice.below(values.len().saturating_sub(length).max(1));
    let end = (begin + length).min(values.len());
    values[begin..end].fill(0.0);
}

/// An event: a day with 1.5 to 4 times the usual demand.
fn spike(dice: &mut Dice, values: &mut [f64]) {
    let factor = dice.between(1.5, 4.0);
    let begin = dice.below(values.len().saturating_sub(24).max(1));
    let end = (begin + 24).min(values.len());
    values[begin..end].iter_mut().for_each(|value| *value *= factor);
}
