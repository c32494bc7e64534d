//! Forecasts of generated demand with a known future, and of unusual histories.
#![expect(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    reason = "indices and counts of hours"
)]

mod generate;
mod odd;
mod study;

use capmodel::model::forecast::{Basis, back_test};
use generate::{Kind, Truth};
use study::{Study, set};

const SEED: u64 = 1;

/// 200 workloads with histories of two to 400 days.
fn kind(truth: Truth) -> Kind {
    Kind { days: (2, 400), surprises: false, truth }
}

/// The intervals contain the truth as often as they should, within the uncertainty of 200 samples (a standard error of
/// two percentage points), without being too wide; and the mid values are better than those of a plain seasonal naive
/// forecast.
#[test]
#[expect(clippy::print_stdout, reason = "the measured errors and widths are the point")]
fn nine_of_ten_intervals_contain_the_truth() {
    for (name, truth) in [("growing", Truth::Growing), ("wandering", Truth::Wandering)] {
        let set = set(SEED, 200, kind(truth));
        let all = Study::of(set.iter());
        // For a service with more than a month of history.
        let long = Study::of(set.iter().filter(|(generated, _)| generated.days >= 35));
        for (score, long, what) in [(&all.mean, &long.mean, "mean"), (&all.busy, &long.busy, "busy hour")] {
            println!("{name}, {what}: {}\n{name}, {what}, 35 days and more: {}", score.line(), long.line());
            assert!((0.85..=0.95).contains(&score.coverage()), "{name}, {what}: {}", score.line());
            let ((own, naive), (own_long, naive_long)) = (score.errors(), long.errors());
            assert!(own < naive, "{name}, {what}: {}", score.line());
            assert!(own_long < 0.75 * naive_long, "{name}, {what}: {}", long.line());
            // An interval wider than a quarter on either side could not decide between two numbers of pods.
            assert!(long.width() < 0.5, "{name}, {what}: {}", long.line());
        }
    }
}

/// If a history is too short for a forecast of its own, the interval is a wider, assumed one, and marked as such.
#[test]
fn short_histories_have_wide_assumed_intervals() {
    let set = set(SEED, 200, kind(Truth::Growing));
    let (short, long): (Vec<_>, Vec<_>) = set.iter().partition(|(_, forecast)| forecast.method.basis == Basis::Assumed);
    assert!(short.iter().all(|(generated, forecast)| generated.days < 42 || forecast.method.since.is_some()));
    assert!(long.iter().all(|(generated, _)| generated.days >= 20));
    let (short, long) = (Study::of(short.into_iter()), Study::of(long.into_iter()));
    assert!(short.mean.width() > 1.5 * long.mean.width());
    assert!((0.8..=0.97).contains(&short.mean.coverage()), "{}", short.mean.line());
    assert!((0.8..=0.97).contains(&long.mean.coverage()), "{}", long.mean.line());
}

/// The back-test of a window reports the same reliability as the forecast of the month.
#[test]
fn back_test_intervals_contain_the_truth_as_often() {
    let kind = Kind { days: (45, 120), ..kind(Truth::Growing) };
    let judged: Vec<_> = set(SEED, 200, kind)
        .into_iter()
        .map(|(generated, _)| back_test(&generated.history, generated.history.usual_split()).unwrap())
        .collect();
    let held = |of: fn(&capmodel::model::forecast::BackTest) -> bool| {
        judged.iter().filter(|test| of(test)).count() as f64 / judged.len() as f64
    };
    // Outages, spikes and jumps occur in the last part of these windows, and no interval covers them.
    assert!((0.7..=0.95).contains(&held(|test| test.mean.held())), "{}", held(|test| test.mean.held()));
    assert!((0.65..=0.95).contains(&held(|test| test.busy.held())), "{}", held(|test| test.busy.held()));
    assert!(judged.iter().all(|test| test.mean.error().is_some_and(f64::is_finite)));
}
