//! Requests and usage of a workload in a period, in `capmodel/report/v1`.

use crate::model::report::WorkloadUsage;
use crate::model::usage;
use crate::schema::report::{Runtime, Usage, UsageSpread};

pub(super) fn usage(usage: &WorkloadUsage) -> Usage {
    let summary = &usage.summary;
    let gib = |byte_hours: f64| six(byte_hours / f64::from(1_u32 << 30));
    let requests = &summary.requests_per_second;
    Usage {
        pod_hours: six(summary.pod_hours),
        requested_core_hours: six(summary.requested_core_hours),
        core_hours: summary.core_hours.map(six),
        cpu_measured_hours: six(summary.cpu_measured_hours),
        requested_gib_hours: gib(summary.requested_byte_hours),
        gib_hours: summary.memory_byte_hours.map(gib),
        memory_measured_hours: six(summary.memory_measured_hours),
        pod_cores: spread(&summary.pod_cores),
        busiest_pod_cores: spread(&summary.busiest_pod_cores),
        pod_memory_mean_bytes: summary.pod_memory_mean.map(f64::round),
        pod_memory_peak_bytes: summary.pod_memory_max.map(f64::round),
        throttled_share: usage.throttled.map(six),
        requests_per_second: requests.mean.map(|_| spread(requests)),
        requests_counted_by: usage.requests_from.map(str::to_owned),
        latency_p50_ms: usage.latency.map(|latency| six(latency.p50.seconds() * 1000.0)),
        latency_p99_ms: usage.latency.map(|latency| six(latency.p99.seconds() * 1000.0)),
        runtimes: usage.runtimes.iter().map(runtime).collect(),
    }
}

fn spread(of: &usage::UsageSpread) -> UsageSpread {
    UsageSpread {
        mean: of.mean.map(six),
        p50: of.p50.map(six),
        p95: of.p95.map(six),
        p99: of.p99.map(six),
        max: of.max.map(six),
    }
}

pub(super) fn runtime(sign: &usage::RuntimeSign) -> Runtime {
    Runtime {
        language: sign.language.to_owned(),
        version: sign.version.clone(),
        metric: sign.metric.clone(),
        container: sign.container.clone(),
    }
}

/// Rounded to six decimals, more than the accuracy of any metric.
pub(super) fn six(number: f64) -> f64 {
    (number * 1e6).round() / 1e6
}
