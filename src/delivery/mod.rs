//! Finished bytes → a volume, a bucket, a webhook.
//!
//! Nothing here knows what a report is. A store keeps it under `cluster=NAME/month=YYYY-MM/`, one file after the other, and
//! overwrites none; a webhook is told once. What may pass is tried again, for a bounded time.

#[cfg(feature = "buckets")]
mod bucket;
#[cfg(feature = "buckets")]
mod cloud;
mod error;
#[cfg(feature = "live")]
mod http;
mod place;
#[cfg(feature = "live")]
mod retry;
mod store;
mod target;
mod volume;
#[cfg(feature = "live")]
mod webhook;
#[cfg(feature = "buckets")]
mod witness;

#[cfg(feature = "buckets")]
pub use bucket::Bucket;
pub use error::DeliveryError;
pub use place::Place;
#[cfg(feature = "live")]
pub use retry::Patience;
pub use store::{Kept, Look, Store, keep, latest};
#[cfg(feature = "buckets")]
pub use target::{BucketAddress, Cloud};
pub use target::{NoTarget, Target};
pub use volume::Volume;
#[cfg(feature = "live")]
pub use webhook::{Webhook, post};
