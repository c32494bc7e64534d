//! Kubernetes manifests sized as planned, ready to apply once the image is named.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::model::{Plan, Policy, Service};
use crate::run::Failure;

type Labels = BTreeMap<&'static str, String>;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Manifest<S> {
    api_version: &'static str,
    kind: &'static str,
    metadata: Metadata,
    spec: S,
}

#[derive(Serialize)]
struct Metadata {
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    labels: Labels,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct DeploymentSpec {
    replicas: u64,
    selector: Selector,
    template: Template,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Selector {
    match_labels: Labels,
}

#[derive(Serialize)]
struct Template {
    metadata: Metadata,
    spec: PodSpec,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct PodSpec {
    containers: Vec<Container>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    topology_spread_constraints: Vec<Spread>,
}

#[derive(Serialize)]
struct Container {
    name: String,
    image: String,
    resources: Resources,
}

#[derive(Serialize)]
struct Resources {
    requests: Labels,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    limits: Labels,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Spread {
    max_skew: u32,
    topology_key: &'static str,
    when_unsatisfiable: &'static str,
    label_selector: Selector,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct AutoscalerSpec {
    scale_target_ref: Target,
    min_replicas: u64,
    max_replicas: u64,
    metrics: [Metric; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Target {
    api_version: &'static str,
    kind: &'static str,
    name: String,
}

#[derive(Serialize)]
struct Metric {
    r#type: &'static str,
    resource: ResourceMetric,
}

#[derive(Serialize)]
struct ResourceMetric {
    name: &'static str,
    target: MetricTarget,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct MetricTarget {
    r#type: &'static str,
    average_utilization: u32,
}

fn labels(service: &Service) -> Labels {
    Labels::from([("app.kubernetes.io/name", service.profile.name.clone())])
}

fn metadata(service: &Service) -> Metadata {
    Metadata { name: Some(service.profile.name.clone()), labels: labels(service) }
}

/// An `apps/v1` Deployment. A sidecar is left to its injector, which knows its container.
///
/// # Errors
/// [`Failure::Encode`], a bug.
pub fn deployment(service: &Service, policy: &Policy, plan: &Plan) -> Result<Vec<u8>, Failure> {
    let resources = &plan.shape.resources;
    let mut limits = Labels::new();
    limits.extend(resources.cpu_limit.map(|limit| ("cpu", limit.to_string())));
    limits.extend(resources.memory_limit.map(|limit| ("memory", limit.to_string())));
    let spread = policy.zones.filter(|zones| zones.count > 1).map(|_| Spread {
        max_skew: 1,
        topology_key: "topology.kubernetes.io/zone",
        when_unsatisfiable: "DoNotSchedule",
        label_selector: Selector { match_labels: labels(service) },
    });
    let manifest = Manifest {
        api_version: "apps/v1",
        kind: "Deployment",
        metadata: metadata(service),
        spec: DeploymentSpec {
            replicas: plan.sizing.pods,
            selector: Selector { match_labels: labels(service) },
            template: Template {
                metadata: Metadata { name: None, labels: labels(service) },
                spec: PodSpec {
                    containers: vec![Container {
                        name: "main".to_owned(),
                        image: format!("{}:latest", service.profile.name),
                        resources: Resources {
                            requests: Labels::from([
                                ("cpu", resources.cpu_request.to_string()),
                                ("memory", resources.memory_request.to_string()),
                            ]),
                            limits,
                        },
                    }],
                    topology_spread_constraints: spread.into_iter().collect(),
                },
            },
        },
    };
    let workers = match plan.shape.workers {
        1 => String::new(),
        n => format!("# The plan counts on {n} worker processes in the container.\n"),
    };
    yaml(&format!("# Sized by capmodel. Put your image in place of the name below.\n{workers}"), &manifest)
}

/// An `autoscaling/v2` HorizontalPodAutoscaler on CPU.
///
/// # Errors
/// [`Failure::Value`] where CPU cannot tell when pods run out; [`Failure::Encode`], a bug.
pub fn autoscaler(service: &Service, plan: &Plan) -> Result<Vec<u8>, Failure> {
    let settings = &plan.autoscaler;
    let Some(percent) = settings.target_percent else {
        return Err(Failure::Value(format!(
            "pods of {} run out of something else while CPU is idle: scale them on requests a second, {:.0} for each",
            service.profile.name, plan.sizing.safe_rate
        )));
    };
    let target = MetricTarget { r#type: "Utilization", average_utilization: percent };
    let manifest = Manifest {
        api_version: "autoscaling/v2",
        kind: "HorizontalPodAutoscaler",
        metadata: metadata(service),
        spec: AutoscalerSpec {
            scale_target_ref: Target { api_version: "apps/v1", kind: "Deployment", name: service.profile.name.clone() },
            min_replicas: settings.min_replicas,
            max_replicas: settings.max_replicas,
            metrics: [Metric { r#type: "Resource", resource: ResourceMetric { name: "cpu", target } }],
        },
    };
    let rest = settings.settled.map_or_else(String::new, |settled| {
        format!(
            "# The plan has {} pods; at its demand the controller comes to rest at {}, and at {} coming down.\n",
            plan.sizing.pods, settled.rising, settled.falling
        )
    });
    yaml(&format!("# Sized by capmodel.\n{rest}"), &manifest)
}

fn yaml(head: &str, manifest: &impl Serialize) -> Result<Vec<u8>, Failure> {
    let body = serde_saphyr::to_string(manifest).map_err(|e| Failure::Encode(e.into()))?;
    Ok(format!("{head}{body}").into_bytes())
}
