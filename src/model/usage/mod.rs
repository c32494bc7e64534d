//! What a cluster did in a period: which nodes and pods existed for how long, what they requested and what they used.
//!
//! A period is history rather than the present: it includes deleted nodes and finished Jobs, and time without data is
//! counted and never filled. How long something existed is counted in samples, as a share of the samples of the
//! longest-lived node, so the result depends neither on the scrape interval nor on the number of Prometheus replicas.

mod complete;
mod exposed;
mod history;
mod implausible;
mod known;
mod latency;
mod metric;
mod node;
mod observed;
mod occupancy;
mod one_point;
mod own_price;
mod owners;
mod period;
mod runtime;
mod series;
mod stored;
mod whole_pods;
mod workload;

pub use exposed::{ExposedService, ProcessUsage, Scrape, processes};
pub use history::{Coverage, History, history};
pub use latency::{Buckets, Latency};
pub use metric::{CONTAINER_CPU, CONTAINER_MEMORY, PROCESS_CPU, PROCESS_MEMORY};
pub use node::{NodeFacts, NodeHistory, exported_gpu_sevenths, exported_label};
pub use observed::{NodeId, Observed, OccupancySamples, Owner, RequestSource, RequestSubject, WorkloadSamples};
pub use occupancy::Occupancy;
pub use owners::OwnerTable;
pub use period::{Period, StepSeconds};
pub use runtime::{RUNTIME_METRICS, RuntimeSign, dedup_signs};
pub use series::{Grid, Series};
pub use stored::InconsistentUsage;
pub use workload::{Spread as UsageSpread, UsageSummary, WorkloadHistory};
