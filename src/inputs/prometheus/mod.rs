//! Prometheus and what answers like it: Thanos, Mimir, VictoriaMetrics.
//!
//! A fixed set of queries whatever the size of the cluster, in chunks of time; what Prometheus says beside an answer is
//! kept as a finding. Texts of queries and the reading of answers are pure; the connection needs the feature `live`.

mod access;
mod answer;
mod check;
mod chunks;
#[cfg(feature = "live")]
mod client;
mod discovery;
mod error;
mod extract;
mod identity;
mod matcher;
mod promql;
mod queries;
#[cfg(feature = "live")]
mod read;
#[cfg(feature = "live")]
mod request;
mod requests;
mod scrape;

pub use access::{Access, Secret};
pub use answer::{Answer, AnswerSeries, BadAnswer, Labels, extract_answer};
pub use check::{Checked, check_metrics};
pub use chunks::{Chunk, chunks};
#[cfg(feature = "live")]
pub use client::{Endpoint, Patience, Prometheus, When};
pub use discovery::{Present, extract_present};
pub use error::PrometheusError;
pub use extract::extract;
pub use identity::other_cluster;
pub use matcher::Matcher;
pub use queries::{QUERIES, Query, QueryId, Resolution};
#[cfg(feature = "live")]
pub use read::{HistoryQuestion, QueryRun, ReadHistory, query_check, query_history};
pub use scrape::{ExposedSample, Exposition, ExpositionError, extract_exposition};
