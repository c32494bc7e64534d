//! Running services in every style, in `capmodel/report/v1`.

use super::convert::{all, cents, exact, percentiles};
use super::report::number;
use super::service_forecast;
use crate::model::cluster::ImageSize;
use crate::model::services::{ColdStart, DetectedRuntime};
use crate::model::styles::{self, Advice, Demand, Learning, Outcome, Saving, Sized, Style};
use crate::model::uncertainty;
use crate::schema::number::Interval;
use crate::schema::report as wire;

pub(super) fn running(service: &styles::RunningService) -> wire::RunningService {
    let styles::RunningService { id, demand, known, learning, as_is, right_sized, python, go, .. } = service;
    let styles::RunningService { other_architecture, advice, forecast, findings, .. } = service;
    wire::RunningService {
        namespace: id.namespace.clone(),
        kind: id.kind.clone(),
        name: id.name.clone(),
        demand: demand.as_ref().ok().map(rates),
        runtime: runtime(&known.runtime),
        profile: profile(learning, known),
        styles: wire::Styles { as_is: at(as_is), right_sized: at(right_sized), python: at(python), go: at(go) },
        other_architecture: other_architecture.as_ref().map(service_forecast::other_architecture),
        advice: recommendation(advice),
        forecast: service_forecast::forecast(forecast),
        findings: all(findings),
    }
}

fn rates(demand: &Demand) -> wire::DemandRates {
    wire::DemandRates {
        busy: interval(&demand.busy),
        mean: six(demand.mean),
        p50: six(demand.p50),
        p95: six(demand.p95),
        max: six(demand.max),
        counted_by: demand.counted_by.to_owned(),
    }
}

pub(super) fn interval(interval: &uncertainty::Interval) -> Interval {
    Interval { low: six(interval.low()), mid: six(interval.mid()), high: six(interval.high()) }
}

/// Rounds to six significant digits, more than the accuracy of any of these numbers.
pub(super) fn six(value: f64) -> f64 {
    format!("{value:.5e}").parse().unwrap_or(value)
}

fn runtime(runtime: &DetectedRuntime) -> wire::DetectedRuntime {
    let evidence = runtime.evidence.iter();
    wire::DetectedRuntime {
        language: runtime.language.map(str::to_owned),
        framework: runtime.framework.clone(),
        server: runtime.server.map(str::to_owned),
        version: runtime.version.clone(),
        evidence: evidence
            .map(|e| wire::RuntimeEvidence {
                source: e.source.name().to_owned(),
                name: e.name.clone(),
                says: e.says.clone(),
            })
            .collect(),
        confidence: runtime.confidence.name().to_owned(),
    }
}

fn profile(learning: &Learning, known: &crate::model::services::ServiceFacts) -> wire::LearnedProfile {
    let Learning { calibration, observed } = learning;
    let (calibration, reason) = (calibration.as_ref().ok(), calibration.as_ref().err());
    let start =
        |start: &ColdStart| Interval { low: start.low.seconds(), mid: start.mid.seconds(), high: start.high.seconds() };
    let status = match (calibration, observed) {
        (Some(_), _) => "calibrated",
        (None, Some(_)) => "observed",
        (None, None) => "refused",
    };
    wire::LearnedProfile {
        status: status.to_owned(),
        reason: reason.cloned(),
        idle_cpu: calibration.map(|c| interval(&c.idle_cpu)),
        cpu_seconds_per_request: calibration.map(|c| interval(&c.cpu_per_request)),
        cores_at_busy: calibration
            .map(|c| &c.cores_at_busy)
            .or(observed.as_ref().map(|o| &o.cores_at_busy))
            .map(interval),
        memory: calibration
            .and_then(|c| c.memory)
            .map(|m| wire::LearnedMemory { base_bytes: m.base.round(), bytes_per_request_per_second: six(m.per_load) }),
        image_size_bytes: known.image.map(|image| image.size.bytes().bytes()),
        image_size_is_at_most: matches!(known.image.map(|image| image.size), Some(ImageSize::AtMost(_))),
        cold_start_seconds: known.cold_start.as_ref().ok().map(start),
        cold_start_reason: known.cold_start.as_ref().err().map(|why| why.reason().to_owned()),
        points: calibration.map(|c| c.points).or(observed.map(|o| o.points)),
        left_out: calibration.map(|c| wire::StepsLeftOut {
            incomplete: c.left_out.incomplete,
            throttled: c.left_out.throttled,
            saturated: c.left_out.saturated,
            implausible: c.left_out.implausible,
            before_a_deploy: c.left_out.before_deploy,
            scaling: c.left_out.scaling,
            scheduled: c.left_out.scheduled,
            far_off: c.left_out.far_off,
        }),
        error: calibration.map(|c| six(c.error)),
    }
}

fn at(style: &Style) -> wire::Style {
    let [busy, x2, x10] = style;
    wire::Style { at: wire::StyleDemands { busy: outcome(busy), x2: outcome(x2), x10: outcome(x10) } }
}

fn outcome(outcome: &Outcome) -> wire::AtDemand {
    match outcome {
        Err(why) => wire::AtDemand::NotSized(wire::NotSized { feasible: false, excuses: vec![why.clone()] }),
        Ok(sized) => {
            let Sized { pods, request, cpu_per_request, share_cost, per_million, node_cost, binding, p99 } = sized;
            wire::AtDemand::Sized(Box::new(wire::SizedStyle {
                feasible: true,
                pods: percentiles(pods, |pods| *pods),
                cpu_request_millis: request.cpu.millis(),
                memory_request_bytes: request.memory.bytes(),
                cpu_seconds_per_request: cpu_per_request.as_ref().map(|cpu| percentiles(cpu, |seconds| six(*seconds))),
                share_cost_per_month: percentiles(share_cost, |cost| cents(*cost)),
                cost_per_million_requests: per_million.map(number),
                node_cost_per_month: node_cost.map(cents),
                binding: binding.map(|constraint| constraint.name().to_owned()),
                latency_p99_ms: p99.map(|seconds| six(seconds * 1e3)),
            }))
        }
    }
}

fn recommendation(advice: &Advice) -> wire::Advice {
    wire::Advice {
        action: advice.action.name().to_owned(),
        step: advice.step.name().to_owned(),
        step_number: advice.step.number(),
        because: advice.because.clone(),
        saving_per_month: advice.saving.map(|Saving { low, mid, high }| wire::MoneyInterval {
            low: cents(low),
            mid: cents(mid),
            high: cents(high),
        }),
        payback_months: advice.payback_months.map(|months| exact(months.round_dp(1))),
    }
}
