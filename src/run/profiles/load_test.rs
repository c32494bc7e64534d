//! `capmodel profiles fit --load-test`: fits a profile to runs of a load generator.

use super::super::{Failure, Outcome, service};
use super::write;
use crate::cli::{FitArgs, LoadTestArg};
use crate::inputs::files::{LoadRun, read_load_test};
use crate::model::calibration::{LoadFit, LoadPoint, fit_load};
use crate::model::finding::{Code, Finding};
use crate::model::styles::load_tested;
use crate::outputs;
use crate::settings::SettingsError;
use crate::units::CpuMillis;

/// A run with a larger share of failed requests is excluded: an error costs a different amount of CPU than a
/// response.
const FAILED: f64 = 0.01;

pub(super) fn fit(args: FitArgs) -> Result<Outcome, Failure> {
    let FitArgs { load_test, profile, cpu_limit, name, output, .. } = args;
    let shape = profile.ok_or_else(|| Failure::Value("--load-test needs --profile".to_owned()))?;
    if let Some(file) = output.as_deref()
        && load_test.iter().any(|LoadTestArg(files)| files.report == file)
    {
        return Err(Failure::Value(format!("--output {} is also an input", file.display())));
    }
    let shape = service::profile(&shape, None)?;
    let (runs, tools) = read(&load_test)?;
    if cpu_limit.is_some() && runs.iter().all(|run| run.point.limit_cores.is_some()) {
        let why = "every run already has its own in the column limit_cores";
        return Err(SettingsError::NoEffect { flag: "--cpu-limit", why }.into());
    }
    let points: Vec<LoadPoint> = runs
        .iter()
        .filter(|run| !failed(run))
        .map(|run| LoadPoint { limit_cores: run.point.limit_cores.or(cpu_limit.map(CpuMillis::cores)), ..run.point })
        .collect();
    let refused = |why: String| Failure::Value(format!("no profile can be fitted to these load tests: {why}"));
    let fit = fit_load(&points).map_err(|error| refused(error.to_string()))?;
    let cores = points.iter().filter_map(|point| point.limit_cores).fold(0.0, f64::max);
    let source = format!("{} runs of {}, median error {:.1}%", fit.points, tools.join(", "), 100.0 * fit.error);
    let name = name.unwrap_or_else(|| "load-tested".to_owned());
    let mut profile = load_tested(&shape, &fit, &name, cores, &format!("load test: {source}"))
        .ok_or_else(|| refused("the fitted values are out of range".to_owned()))?;
    let excluded = runs.len() - fit.points;
    if excluded > 0 {
        let message = format!(
            "{excluded} of {} runs were not used: no CPU reading, or more than 1% of the requests failed",
            runs.len()
        );
        profile.values.findings.push(Finding::info(Code::LoadTestRunsExcluded, &name, message));
    }
    let mut head = vec![
        format!("Fitted to load tests: {source}."),
        format!(
            "Server model, memory, image, cold start and pod are those of {}; every number names its source.",
            shape.name
        ),
    ];
    head.extend(table(&points, &fit));
    write(outputs::profile_file(&profile, &head), output)
}

/// All runs in the order of the files, and the programs that reported them.
fn read(files: &[LoadTestArg]) -> Result<(Vec<LoadRun>, Vec<&'static str>), Failure> {
    let (mut runs, mut tools) = (Vec::new(), Vec::new());
    for LoadTestArg(files) in files {
        let test = read_load_test(files).map_err(|error| error.named_by("--load-test"))?;
        runs.extend(test.runs);
        if !tools.contains(&test.tool.name()) {
            tools.push(test.tool.name());
        }
    }
    Ok((runs, tools))
}

fn failed(run: &LoadRun) -> bool {
    #[expect(clippy::cast_precision_loss, reason = "far fewer than 2^53 requests")]
    run.requests.is_some_and(|requests| run.failed as f64 > FAILED * requests as f64)
}

/// Each run that was used, with its measured and fitted values, as comment lines.
fn table(points: &[LoadPoint], fit: &LoadFit) -> Vec<String> {
    let mut lines = vec!["requests per second   CPU per request: measured, fitted (ms)   p99 (ms)".to_owned()];
    for point in points {
        let (Some(cpu), Some(cores)) = (point.cpu_per_request, point.limit_cores) else { continue };
        let fitted = fit.cpu_per_request(point.requests_per_second, cores);
        let p99 = point.p99.map_or_else(|| "–".to_owned(), |p99| format!("{:.2}", 1e3 * p99));
        lines.push(format!(
            "{:>19.0}   {:>24.4}, {:>12.4}   {p99:>8}",
            point.requests_per_second,
            1e3 * cpu,
            1e3 * fitted
        ));
    }
    lines
}
