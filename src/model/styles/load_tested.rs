//! A profile fitted to load tests: measured values replace those of an existing profile, which supplies the rest.

use crate::model::calibration::LoadFit;
use crate::model::finding::{Code, Finding};
use crate::model::runtime::{Benchmark, Evidence, RuntimeProfile, Sourced};
use crate::model::uncertainty::Interval;

/// A finding is reported if concurrency limits the throughput to less than this share of what the CPU allows; any
/// closer, the two do not differ beyond the errors of a load test.
const CONTENDED: f64 = 0.9;

/// The profile called `name` of the tested service: throughput and wake-up cost come from the fit, and everything
/// else from `shape`, including its concurrency model. `cores` is the CPU limit of the test in cores, and `source`
/// names the tests.
///
/// `None` if a number is out of range.
pub fn load_tested(
    shape: &RuntimeProfile,
    fit: &LoadFit,
    name: &str,
    cores: f64,
    source: &str,
) -> Option<RuntimeProfile> {
    let mut profile = shape.clone();
    name.clone_into(&mut profile.name);
    profile.title = format!("{name}, fitted to load tests ({})", shape.name);
    let values = &mut profile.values;
    let fitted = |interval: Interval| Sourced { interval, source: source.to_owned() };
    values.evidence = Evidence::Measured;
    values.benchmark = Benchmark { cores: 1, connections: values.benchmark.connections };
    values.throughput = fitted(fit.throughput(1.0)?);
    values.wakeup_cpu = fitted(fit.wakeup_cpu);
    // The measured CPU includes that of the idle process.
    values.idle_cpu = fitted(Interval::ZERO);
    values.findings = vec![Finding::info(
        Code::ServiceProfile,
        name,
        "this profile includes all CPU that a request costs the tested service, its handler included: use it to size the service, but not to compare languages",
    )];
    values.findings.extend(contention(fit, name, cores));
    Some(profile)
}

/// Finding about throughput that stops growing with concurrency before the CPU is used up.
fn contention(fit: &LoadFit, name: &str, cores: f64) -> Option<Finding> {
    let law = fit.scalability?;
    let peak = law.peak()?;
    let (reached, possible) = (law.throughput(peak), fit.throughput(cores)?.mid());
    (reached < CONTENDED * possible).then(|| {
        Finding::warning(
            Code::LoadTestContention,
            name,
            format!(
                "throughput peaks at {reached:.0} requests per second with {peak:.0} requests in flight, {:.0}% of what the CPU allows: \
                 something other than CPU limits it; pass --max-rps-per-pod {reached:.0} to plan for that",
                100.0 * reached / possible
            ),
        )
    })
}
