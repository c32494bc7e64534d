//! Recommended requests of pods in `capmodel/report/v1`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Consolidation;
use crate::schema::number::DecimalText;

/// Recommended requests of a workload's pods.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Recommended {
    /// `change`: apply these requests, limits and targets together; `keep`: the current ones fit; `none`: no
    /// recommendation is possible.
    pub status: String,
    /// Reason if no recommendation is possible.
    pub reason: Option<String>,
    /// Current requests of a pod.
    pub now: Option<Request>,
    /// Recommended requests of a pod.
    pub request: Option<Request>,
    /// Limits that must be raised with the request; `null` if none.
    pub limits: Option<Limits>,
    /// Autoscaler settings that go with the request; `null` if they do not depend on it.
    pub autoscaler: Option<Autoscaler>,
    /// Reduction of the workload's share of the node cost, which is only saved if nodes are removed; `null` if no
    /// price of its nodes is known.
    pub share_saving: Option<DecimalText>,
}

/// Requests of one pod.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Request {
    /// CPU request in millicores.
    pub cpu_millis: u64,
    /// Memory request in bytes.
    pub memory_bytes: u64,
}

/// Limits of one pod; `null` if a limit need not be raised.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Limits {
    /// CPU limit in millicores.
    pub cpu_millis: Option<u64>,
    /// Memory limit in bytes.
    pub memory_bytes: Option<u64>,
}

/// Settings of an autoscaler.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Autoscaler {
    /// Name of the autoscaler.
    pub name: String,
    /// Current minimum number of replicas, unchanged.
    pub min_replicas: u32,
    /// Current maximum number of replicas, unchanged.
    pub max_replicas: u32,
    /// Targets that change.
    pub targets: Vec<AutoscalerTarget>,
}

/// A utilization target of an autoscaler, in percent of the request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct AutoscalerTarget {
    /// Resource: `cpu` or `memory`.
    pub resource: String,
    /// Current target.
    pub now_percent: u32,
    /// Recommended target.
    pub target_percent: u32,
}

/// Saving from changing the requests of all workloads.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Rightsizing {
    /// Number of workloads whose requests should change.
    pub workloads: u64,
    /// Reduction of their shares of the node cost.
    pub share_saving: Option<DecimalText>,
    /// The cheapest set of nodes found for the current pods with the recommended requests.
    pub nodes: Option<Consolidation>,
}
