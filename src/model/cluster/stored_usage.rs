//! What a cluster did in a period, as a snapshot file holds it. [`crate::model::usage`] makes it and reads it.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Machine, StoredSeries};
use crate::model::finding::Finding;
use crate::schema::finding as wire;
use crate::units::{Bytes, Timestamp};

/// Usage of a period, step by step.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct StoredUsage {
    /// The first moment of the period.
    pub from: Timestamp,
    /// The first moment after it.
    pub until: Timestamp,
    /// The length of a step.
    pub step_seconds: u32,
    /// Hours without data about nodes and pods.
    #[serde(default)]
    pub hours_without_cluster: f64,
    /// Hours with nodes and pods but without CPU usage.
    #[serde(default)]
    pub hours_without_usage: f64,
    /// What a reader must know.
    #[serde(default, with = "super::stored_findings")]
    #[schemars(with = "Vec<wire::Finding>")]
    pub findings: Vec<Finding>,
    /// Every node that existed.
    #[serde(default)]
    pub nodes: Vec<StoredNode>,
    /// Every workload that had a pod, by namespace, kind and name.
    #[serde(default)]
    pub workloads: Vec<StoredWorkload>,
}

/// A node of the past.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct StoredNode {
    /// Its name.
    pub name: String,
    /// The provider ID of the machine; empty if unknown.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub provider_id: String,
    /// What it was.
    #[serde(default)]
    pub machine: Machine,
    /// Millicores that it had; `None` where that is not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cpu_millis: Option<u64>,
    /// Memory that it had.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub memory: Option<Bytes>,
    /// Accelerators that it had, by the name of their resource as kube-state-metrics writes it.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub gpus: BTreeMap<String, u32>,
    /// Hours that it existed in each step.
    #[serde(default)]
    #[schemars(with = "Vec<Option<i32>>")]
    pub hours: StoredSeries,
}

/// A workload's part of the period.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct StoredWorkload {
    /// Namespace.
    pub namespace: String,
    /// Kind.
    pub kind: String,
    /// Name.
    pub name: String,
    /// Its series, by name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    #[schemars(with = "BTreeMap<String, Vec<Option<i32>>>")]
    pub series: BTreeMap<String, StoredSeries>,
    /// What it held on each node.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub held: Vec<StoredOccupancy>,
    /// Share of the CPU quota's periods that were used up; `None` where no container has a limit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub throttled: Option<f64>,
    /// The convention that requests and latency were counted by.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub requests_from: Option<String>,
    /// Seconds that half of the requests took at most, and that all but one in a hundred did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub latency: Option<[f64; 2]>,
    /// Average response time in seconds, and its squared coefficient of variation: 5th, 50th and 95th percentile; `None`
    /// without a histogram.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub response_times: Option<[f64; 4]>,
    /// Metrics that name a runtime.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub runtimes: Vec<StoredSign>,
    /// Metrics of frameworks and well-known software.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub software: Vec<StoredSign>,
}

/// What a workload held on one node in the whole period.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct StoredOccupancy {
    /// The node's place in the list; `None` where the node is not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub node: Option<usize>,
    /// Hours of pods; core-hours, byte-hours and accelerator-hours requested; core-hours and byte-hours used beyond that.
    pub hours: [f64; 6],
}

/// A metric that identifies the runtime or software of a process.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct StoredSign {
    /// The metric.
    pub metric: String,
    /// The language; empty where the metric alone says it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub language: String,
    /// The version, as the process reports it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub version: String,
    /// The container that reports it, where the metric says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub container: Option<String>,
}
