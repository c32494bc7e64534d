//! Delivers finished bytes to a volume, a bucket, a webhook or a Pushgateway.
//!
//! Nothing here knows the content of a report. A store keeps it under `cluster=NAME/month=YYYY-MM/`, in numbered
//! files that are never overwritten; a webhook is notified once; and a Pushgateway shows the last report of each
//! cluster. Temporary errors are retried for a limited time.

#[cfg(feature = "buckets")]
mod bucket;
#[cfg(feature = "buckets")]
mod cloud;
mod error;
mod listing;
#[cfg(feature = "live")]
mod message;
#[cfg(feature = "live")]
mod pushgateway;
mod report_folder;
#[cfg(feature = "buckets")]
mod response_recorder;
#[cfg(feature = "live")]
mod send;
mod store;
mod target;
mod volume;
#[cfg(feature = "live")]
mod webhook;

#[cfg(feature = "buckets")]
pub use bucket::Bucket;
pub use error::DeliveryError;
pub use listing::{LatestReport, latest_reports, read_report};
#[cfg(feature = "live")]
pub use message::MessageForm;
#[cfg(feature = "live")]
pub use pushgateway::Pushgateway;
pub use report_folder::ReportFolder;
#[cfg(feature = "live")]
pub use send::RETRY;
pub use store::{Lookup, Store, StoredFile, latest_report, store_report};
#[cfg(feature = "buckets")]
pub use target::{BucketAddress, Cloud};
pub use target::{NoTarget, Target};
pub use volume::Volume;
#[cfg(feature = "live")]
pub use webhook::Webhook;
