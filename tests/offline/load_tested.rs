//! `capmodel profiles fit --load-test` on generated runs with known parameters: the intervals of the profile contain
//! them.

use std::path::Path;

use crate::calibration::dice::Dice;
use crate::support::binary::capmodel;
use capmodel::inputs::files::{parse_profile, profile_source};
use capmodel::model::calibration::wakeup_share;
use capmodel::model::runtime::{Evidence, RuntimeProfile};

/// CPU seconds per request at saturation, and the additional cost at 100 requests per second, of a service under a
/// limit.
#[derive(Clone, Copy)]
struct Truth {
    saturated: f64,
    wakeup: f64,
    limit: f64,
}

/// Wake-up cost at a rate ÷ that at 100 requests per second.
type Form = fn(f64) -> f64;

/// Shares of the rate that the limit allows.
const LOADS: [f64; 7] = [0.1, 0.25, 0.4, 0.55, 0.7, 0.85, 0.97];

impl Truth {
    fn cpu_per_request(self, form: Form, rate: f64) -> f64 {
        // One process for each core.
        self.wakeup.mul_add(form(rate / self.limit.max(1.0)), self.saturated)
    }

    /// The rate at which the whole limit is used.
    fn most(self, form: Form) -> f64 {
        let (mut low, mut high) = (0.0, self.limit / self.saturated);
        for _ in 0..60 {
            let rate = f64::midpoint(low, high);
            if rate * self.cpu_per_request(form, rate) < self.limit { low = rate } else { high = rate }
        }
        low
    }
}

/// Runs at these shares of the limit, each with an error of up to `error`.
fn runs(truth: Truth, form: Form, error: f64, dice: &mut Dice) -> String {
    let mut csv = "rate_per_second,cpu_seconds_per_request,limit_cores\n".to_owned();
    for load in LOADS {
        let rate = load * truth.most(form);
        let cpu = truth.cpu_per_request(form, rate) * (1.0 + dice.between(-error, error));
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
    for saturated in [0.000_02, 0.000_06, 0.000_12, 0.000_5] {
        for (wakeups, limit) in [(0.5, 0.25), (1.0, 0.5), (2.0, 1.0), (4.0, 2.0)] {
            let truth = Truth { saturated, wakeup: saturated * wakeups, limit };
            let profile = fitted(folder.path(), &runs(truth, wakeup_share, 0.02, &mut dice));
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
    let forms: [Form; 2] = [|rate| (100.0 / rate).cbrt(), |rate| 2.0 / (1.0 + rate / 100.0)];
    for form in forms {
        let truth = Truth { saturated: 0.000_15, wakeup: 0.000_4, limit: 0.5 };
        let runs_error = 0.01;
        let profile = fitted(folder.path(), &runs(truth, form, runs_error, &mut dice));
        let values = &profile.values;
        let rate = values.throughput.interval.mid() / f64::from(values.benchmark.cores);
        let mut errors: Vec<f64> = LOADS
            .iter()
            .map(|load| {
                let served = load * truth.most(form);
                let modelled = values.wakeup_cpu.interval.mid().mul_add(wakeup_share(served), 1.0 / rate);
                (modelled / truth.cpu_per_request(form, served) - 1.0).abs()
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
