//! `capmodel profiles fit --load-test` on generated runs with known parameters: the intervals of the profile contain
//! them.

use std::path::Path;

use crate::calibration::dice::Dice;
use crate::support::binary::capmodel;
use capmodel::inputs::files::{parse_profile, profile_source};
use capmodel::model::runtime::{Evidence, RuntimeProfile};

/// CPU seconds per request at saturation, and the additional cost on idle cores, of a service under a limit.
#[derive(Clone, Copy)]
struct Truth {
    saturated: f64,
    wakeup: f64,
    limit: f64,
}

/// CPU seconds per request as a function of the idle share of the cores.
type Form = fn(f64) -> f64;

/// Shares of the saturation rate.
const LOADS: [f64; 7] = [0.1, 0.25, 0.4, 0.55, 0.7, 0.85, 0.97];

/// Runs at these shares of the saturation rate, each with an error of up to `error`.
fn runs(truth: Truth, form: Form, error: f64, dice: &mut Dice) -> String {
    let mut csv = "rate_per_second,cpu_seconds_per_request,limit_cores\n".to_owned();
    for load in LOADS {
        let rate = load * truth.limit / truth.saturated;
        let cpu = truth.wakeup.mul_add(form(1.0 - load), truth.saturated);
        let cpu = cpu * (1.0 + dice.between(-error, error));
        csv.push_str(&format!("{rate},{cpu},{}\n", truth.limit));
    }
    csv
}

fn fitted(folder: &Path, csv: &str) -> RuntimeProfile {
    let (runs, profile) = (folder.join("runs.csv"), folder.join("own.toml"));
    std::fs::write(&runs, csv).unwrap();
    let (runs, file) = (runs.to_str().unwrap(), profile.to_str().unwrap());
    let args = ["profiles", "fit", "--load-test", runs, "--profile", "python-fastapi", "--output", file];
    let run = capmodel(&args).output().unwrap();
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
    parse_profile(&profile_source(file).unwrap(), Evidence::Measured).unwrap()
}

/// If the curve has the fitted form, nine in ten intervals of the saturation rate and of the wake-up cost contain the
/// truth.
#[test]
fn the_intervals_of_the_profile_contain_the_truth() {
    let folder = tempfile::tempdir().unwrap();
    let mut dice = Dice::new(6);
    let (mut held, mut asked) = ([0, 0], 0);
    for saturated in [0.000_02, 0.000_12, 0.002, 0.03] {
        for (wakeups, limit) in [(0.2, 0.25), (0.5, 0.5), (0.8, 1.0), (1.0, 2.0)] {
            let truth = Truth { saturated, wakeup: saturated * wakeups, limit };
            let profile = fitted(folder.path(), &runs(truth, |idle| idle, 0.02, &mut dice));
            let values = &profile.values;
            let holds = |interval: &capmodel::model::uncertainty::Interval, truth: f64| {
                usize::from(interval.low() <= truth && truth <= interval.high())
            };
            let cores = f64::from(values.benchmark.cores);
            held[0] += holds(&values.throughput.interval, cores / truth.saturated);
            held[1] += holds(&values.wakeup_cpu.interval, truth.wakeup);
            asked += 1;
        }
    }
    assert!(held.iter().all(|held| 10 * held >= 8 * asked), "{held:?} of {asked}");
}

/// If the wake-up cost falls off in another form, the file states the median error of the curve, which is the true one
/// except for the errors of the runs.
#[test]
fn the_error_for_another_form_of_curve_is_as_documented() {
    let folder = tempfile::tempdir().unwrap();
    let mut dice = Dice::new(7);
    let forms: [Form; 2] = [|idle| idle.powf(1.5), |idle| 1.0 - (-2.0 * idle).exp()];
    for form in forms {
        let truth = Truth { saturated: 0.000_15, wakeup: 0.000_12, limit: 0.5 };
        let runs_error = 0.01;
        let profile = fitted(folder.path(), &runs(truth, form, runs_error, &mut dice));
        let values = &profile.values;
        let rate = values.throughput.interval.mid() / f64::from(values.benchmark.cores);
        let mut errors: Vec<f64> = LOADS
            .iter()
            .map(|load| {
                let served = load * truth.limit / truth.saturated;
                let idle = 1.0 - (served / (rate * truth.limit)).min(1.0);
                let modelled = values.wakeup_cpu.interval.mid().mul_add(idle, 1.0 / rate);
                (modelled / truth.wakeup.mul_add(form(1.0 - load), truth.saturated) - 1.0).abs()
            })
            .collect();
        errors.sort_by(f64::total_cmp);
        let source = &values.throughput.source;
        let said = source.rsplit_once("median error ").unwrap().1.trim_end_matches('%').parse::<f64>().unwrap() / 100.0;
        // Stated to a tenth of a percent.
        let off = (errors[LOADS.len() / 2] - said).abs();
        assert!(off <= runs_error + 0.001, "said {said}, but {errors:?}");
    }
}

/// The output of one run of wrk and the CPU readings of its control group are combined.
#[test]
fn cpu_readings_before_and_after_a_run_give_the_cpu_per_request() {
    let mut run = capmodel(&[
        "profiles",
        "fit",
        "--load-test",
        "fixtures/load-test/wrk-1.txt,fixtures/load-test/cpu-1.stat,fixtures/load-test/cpu-2.stat",
        "fixtures/load-test/points.csv",
        "--profile",
        "go-gin",
        "--cpu-limit",
        "500m",
    ]);
    let run = run.output().unwrap();
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
    let profile = String::from_utf8(run.stdout).unwrap();
    // (15.992480 − 1) s ÷ 374,812 requests = 0.04 ms.
    assert!(profile.contains("0.0400,"), "{profile}");
}
