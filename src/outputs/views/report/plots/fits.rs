//! Each calibrated service's fit: CPU against the rate of one pod, as it was seen and as the curve has it.

use crate::model::calibration::ExcludedSteps;
use crate::model::report::Report;
use crate::model::styles::{SeenStep, ServiceFit};
use crate::model::uncertainty::Interval;
use crate::outputs::document::Table;
use crate::outputs::number::{measured_rate, plural, significant, trimmed};
use crate::outputs::plot::{Axis, Chart, Graph, Mark, Plot, Scale};

/// Parts of the curve that are drawn as straight lines.
const PARTS: u32 = 48;
/// Rows of its numbers.
const ROWS: u32 = 8;

/// The series.
const CURVE: usize = 0;
const EXCLUDED: usize = 1;
const USED: usize = 2;

/// A plot of each fit that the report has.
pub(super) fn fits(report: &Report) -> impl Iterator<Item = Plot> {
    report.fits.iter().filter_map(plot)
}

/// The curve at one rate: averaged over many steps, and in a single one.
struct At {
    rate: f64,
    mean: Interval,
    step: Interval,
}

fn plot(fit: &ServiceFit) -> Option<Plot> {
    let ServiceFit { id, calibration, steps } = fit;
    let name = format!("{}/{}", id.namespace, id.name);
    let most = steps.iter().map(|step| step.rate).fold(0.0, f64::max);
    let curve = |parts: u32| -> Vec<At> {
        let at = |part: u32| {
            let rate = most * f64::from(part) / f64::from(parts);
            Some(At { rate, mean: calibration.curve.cores(rate)?, step: calibration.curve.cores_of_a_step(rate)? })
        };
        (0..=parts).filter_map(at).collect()
    };
    let (line, rows) = (curve(PARTS), curve(ROWS));
    let points = |is_used: bool| -> Vec<(f64, f64)> {
        let of = |step: &&SeenStep| step.is_used == is_used;
        steps.iter().filter(of).map(|step| (step.rate, step.cores)).collect()
    };
    let (used, excluded) = (points(true), points(false));
    // A step that is far off stands at the end of the axis and does not flatten the curve.
    let seen = used.iter().map(|(_, cores)| *cores).chain(line.iter().map(|at| at.step.high()));
    let y = Scale::from_zero(seen);
    let mut series = vec!["fitted curve".to_owned(), "excluded".to_owned(), "used".to_owned()];
    series[EXCLUDED] = format!("excluded ({})", excluded.len());
    series[USED] = format!("used ({})", used.len());
    let mut data = Table::new(["req/s of a pod", "cores", "5th–95th percentile of a step"]);
    for At { rate, mean, step } in &rows {
        let cores = |value: f64| significant(value, 3);
        data.row([measured_rate(*rate), cores(mean.mid()), format!("{}–{}", cores(step.low()), cores(step.high()))]);
    }
    let per_request = &calibration.cpu_per_request;
    let millis = |seconds: f64| significant(seconds * 1e3, 3);
    Some(Plot {
        title: format!("Fit of {name}"),
        text: format!(
            "One pod of {name}: {} ms of CPU per request ({}–{}) and {} cores without requests; median error {} over {}{}. \
             Band: 5th to 95th percentile of a single step.",
            millis(per_request.mid()),
            millis(per_request.low()),
            millis(per_request.high()),
            significant(calibration.idle_cpu.mid(), 2),
            error(calibration.error),
            plural(u64::try_from(used.len()).unwrap_or(u64::MAX), "step", "steps"),
            left_out(calibration.left_out)
        ),
        chart: Chart::Graph(Graph {
            x: Axis::new("requests per second of one pod", Scale::from_zero([most])),
            y: Axis::new("cores of one pod", y),
            series,
            marks: vec![
                Mark::Band {
                    series: CURVE,
                    points: line.iter().map(|at| (at.rate, at.step.low(), at.step.high())).collect(),
                    is_stepped: false,
                },
                Mark::Points { series: USED, points: used, are_crosses: false },
                Mark::Points { series: EXCLUDED, points: excluded, are_crosses: true },
                Mark::Line {
                    series: CURVE,
                    points: line.iter().map(|at| (at.rate, at.mean.mid())).collect(),
                    is_stepped: false,
                },
            ],
        }),
        data,
    })
}

/// A share as a percentage; shares below a thousandth cannot be measured.
fn error(share: f64) -> String {
    if share < 1e-3 { "below 0.1%".to_owned() } else { format!("{}%", trimmed(share * 100.0, 2)) }
}

/// Which steps were not used, and why.
fn left_out(steps: ExcludedSteps) -> String {
    let reasons = [
        (steps.incomplete, "incomplete"),
        (steps.implausible, "implausible"),
        (steps.throttled, "throttled"),
        (steps.saturated, "saturated"),
        (steps.scaling, "scaling"),
        (steps.before_deploy, "before a deployment"),
        (steps.scheduled, "at the time of a scheduled task"),
        (steps.far_off, "far off"),
    ];
    let some: Vec<String> =
        reasons.into_iter().filter(|(steps, _)| *steps > 0).map(|(steps, why)| format!("{steps} {why}")).collect();
    if some.is_empty() { String::new() } else { format!(", without {}", some.join(", ")) }
}
