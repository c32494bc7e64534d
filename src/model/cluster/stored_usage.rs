//! The usage of a cluster in a period, in the form of a snapshot file. [`crate::model::usage`] writes and reads it.

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
    /// First instant of the period.
    pub from: Timestamp,
    /// First instant after the period.
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

/// A node that existed in the period.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct StoredNode {
    /// Its name.
    pub name: String,
    /// The provider ID of the machine; empty if unknown.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub provider_id: String,
    /// Its identity.
    #[serde(default)]
    pub machine: Machine,
    /// CPU capacity in millicores; `None` if unknown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cpu_millis: Option<u64>,
    /// Memory capacity.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub memory: Option<Bytes>,
    /// Its accelerators, by resource name as kube-state-metrics writes it.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub gpus: BTreeMap<String, u32>,
    /// Hours that it existed in each step.
    #[serde(default)]
    #[schemars(with = "Vec<Option<i32>>")]
    pub hours: StoredSeries,
}

/// The history of one workload in the period.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct StoredWorkload {
    /// Namespace of the workload.
    pub namespace: String,
    /// Kind of the workload.
    pub kind: String,
    /// Name of the workload.
    pub name: String,
    /// Its series, by name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    #[schemars(with = "BTreeMap<String, Vec<Option<i32>>>")]
    pub series: BTreeMap<String, StoredSeries>,
    /// What it requested and used on each node.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub held: Vec<StoredOccupancy>,
    /// Share of the CPU quota's periods that were throttled; `None` if no container has a limit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub throttled: Option<f64>,
    /// The convention that requests and latency were counted by.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub requests_from: Option<String>,
    /// Median and 99th percentile of the response time, in seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub latency: Option<[f64; 2]>,
    /// Mean response time in seconds, and the 5th, 50th and 95th percentile of its squared coefficient of variation;
    /// `None` without a histogram.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub response_times: Option<[f64; 4]>,
    /// Metrics that identify a runtime.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub runtimes: Vec<StoredSign>,
    /// Metrics of frameworks and well-known software.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub software: Vec<StoredSign>,
}

/// What a workload requested and used on one node in the whole period.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct StoredOccupancy {
    /// The index of the node in the list; `None` if the node is unknown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub node: Option<usize>,
    /// Pod-hours; requested core-hours, byte-hours and accelerator-hours; core-hours and byte-hours used beyond the
    /// requests.
    pub hours: [f64; 6],
}

/// A metric that identifies the runtime or software of a process.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct StoredSign {
    /// Name of the metric.
    pub metric: String,
    /// The language; empty if the metric alone identifies it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub language: String,
    /// The version that the process reports.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub version: String,
    /// The container that reports it, if the metric says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub container: Option<String>,
}
