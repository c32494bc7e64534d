use super::PodResources;
use crate::units::Bytes;

/// A proxy beside every pod. Times in seconds.
#[derive(Clone, Debug, PartialEq)]
pub struct Sidecar {
    /// Name of the file without its ending.
    pub name: String,
    /// For people.
    pub title: String,
    /// What it reserves and may use.
    pub resources: PodResources,
    /// CPU seconds it spends on a request.
    pub cpu_per_request: f64,
    /// Its working set.
    pub memory: Bytes,
    /// What it adds to the mean response.
    pub latency_mean: f64,
    /// What it adds to the 99th percentile.
    pub latency_p99: f64,
    /// Its image, pulled before the pod starts.
    pub image_size: Bytes,
    /// Its start, which the application waits for.
    pub start: f64,
    /// Who says so.
    pub source: String,
}
