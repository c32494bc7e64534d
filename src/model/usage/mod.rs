//! What a cluster did in a period: which nodes and pods existed for how long, what they asked for and what they used.
//!
//! A period is history, not the present: deleted nodes and finished Jobs are in it, and time without data is counted and
//! never filled. Times of existence are counted in samples, as a share of the samples of the node that was there
//! throughout, so neither the scrape interval nor two replicas of Prometheus change them.

mod complete;
mod exposed;
mod history;
mod known;
mod latency;
mod node;
mod observed;
mod occupancy;
mod one_point;
mod owners;
mod period;
mod possible;
mod runtime;
mod series;
mod stored;
mod whole_pods;
mod workload;

pub use exposed::{ExposedService, ProcessUsage, Scrape, processes};
pub use history::{Coverage, History, history};
pub use latency::{Buckets, Latency};
pub use node::{NodeFacts, NodeHistory, exported_gpu_sevenths, exported_label};
pub use observed::{NodeId, Observed, OccupancySamples, Owner, RequestSource, RequestSubject, WorkloadSamples};
pub use occupancy::Occupancy;
pub use owners::OwnerTable;
pub use period::{Period, StepSeconds};
pub use runtime::{RUNTIME_METRICS, RuntimeSign, tidy};
pub use series::{Grid, Series};
pub use stored::NotAHistory;
pub use workload::{Spread as UsageSpread, UsageSummary, WorkloadHistory};
