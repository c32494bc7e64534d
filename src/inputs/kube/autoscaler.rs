//! Extracts HorizontalPodAutoscalers from the JSON of the Kubernetes API.

use serde::Deserialize;

use super::meta::Meta;
use crate::model::cluster::{Autoscaler, MetricKind, MetricTarget, Owner, ScaleMetric};
use crate::units::Quantity;

#[derive(Debug, Deserialize)]
pub(super) struct RawAutoscaler {
    metadata: Meta,
    spec: RawSpec,
    #[serde(default)]
    status: RawStatus,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct RawSpec {
    scale_target_ref: RawTarget,
    min_replicas: Option<u32>,
    max_replicas: u32,
    #[serde(default)]
    metrics: Vec<RawMetric>,
}

#[derive(Debug, Deserialize)]
struct RawTarget {
    kind: String,
    name: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct RawStatus {
    current_replicas: u32,
    desired_replicas: u32,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct RawMetric {
    #[serde(rename = "type")]
    kind: String,
    resource: Option<RawSource>,
    container_resource: Option<RawSource>,
    pods: Option<RawSource>,
    object: Option<RawSource>,
    external: Option<RawSource>,
}

/// A metric source of any kind: for a resource the name is here, for a custom metric one level below.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct RawSource {
    name: String,
    container: Option<String>,
    metric: RawMetricName,
    target: RawMetricTarget,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct RawMetricName {
    name: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct RawMetricTarget {
    average_utilization: Option<u32>,
    average_value: Option<Quantity>,
    value: Option<Quantity>,
}

pub(super) fn extract_autoscaler(raw: RawAutoscaler) -> Autoscaler {
    let RawAutoscaler { mut metadata, spec, status } = raw;
    Autoscaler {
        owner: metadata.take_owner(),
        namespace: metadata.namespace,
        name: metadata.name,
        target: Owner { kind: spec.scale_target_ref.kind, name: spec.scale_target_ref.name },
        // The default of the API server is 1.
        min_replicas: spec.min_replicas.unwrap_or(1),
        max_replicas: spec.max_replicas,
        current_replicas: status.current_replicas,
        desired_replicas: status.desired_replicas,
        metrics: spec.metrics.into_iter().filter_map(extract_metric).collect(),
    }
}

fn extract_metric(raw: RawMetric) -> Option<ScaleMetric> {
    let (kind, source) = match raw.kind.as_str() {
        "Resource" => (MetricKind::Resource, raw.resource),
        "ContainerResource" => (MetricKind::ContainerResource, raw.container_resource),
        "Pods" => (MetricKind::Pods, raw.pods),
        "Object" => (MetricKind::Object, raw.object),
        "External" => (MetricKind::External, raw.external),
        _ => return None,
    };
    let source = source?;
    let RawMetricTarget { average_utilization, average_value, value } = source.target;
    Some(ScaleMetric {
        kind,
        name: if source.name.is_empty() { source.metric.name } else { source.name },
        container: source.container,
        target: average_utilization
            .map(MetricTarget::UtilizationPercent)
            .or(average_value.map(MetricTarget::AverageValue))
            .or(value.map(MetricTarget::Value)),
    })
}
