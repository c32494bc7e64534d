//! A sidecar proxy: the CPU, memory and latency that it adds to every pod.

use super::PodResources;
use crate::units::Bytes;

/// A proxy container in every pod. Times in seconds.
#[derive(Clone, Debug, PartialEq)]
pub struct Sidecar {
    /// Name of the file without its extension.
    pub name: String,
    /// Title for screens.
    pub title: String,
    /// Requests and limits of its container.
    pub resources: PodResources,
    /// CPU seconds per request.
    pub cpu_per_request: f64,
    /// Working set in bytes.
    pub memory: Bytes,
    /// Seconds that it adds to the mean response time.
    pub latency_mean: f64,
    /// Seconds that it adds to the p99 response time.
    pub latency_p99: f64,
    /// Size of its image, which is pulled before the pod starts.
    pub image_size: Bytes,
    /// Start time, which the application waits for.
    pub start: f64,
    /// Source of the values.
    pub source: String,
}
