//! Names of metrics about usage, of containers as the kubelet's cAdvisor exports them
//! (<https://github.com/google/cadvisor/blob/master/docs/storage/prometheus.md>), and of processes as client libraries do
//! (<https://prometheus.io/docs/instrumenting/writing_clientlibs/#process-metrics>).

/// CPU time of a container in seconds, a counter.
pub const CONTAINER_CPU: &str = "container_cpu_usage_seconds_total";

/// Memory of a container that cannot be reclaimed, in bytes.
pub const CONTAINER_MEMORY: &str = "container_memory_working_set_bytes";

/// CPU time of a process in seconds, a counter.
pub const PROCESS_CPU: &str = "process_cpu_seconds_total";

/// Resident memory of a process in bytes.
pub const PROCESS_MEMORY: &str = "process_resident_memory_bytes";
