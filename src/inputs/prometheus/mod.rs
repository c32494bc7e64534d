//! Reads Prometheus and systems with a compatible API.
//!
//! | system | `--prometheus` | other settings |
//! |---|---|---|
//! | Prometheus | `http://prometheus.monitoring:9090`, with its `--web.external-url` path | |
//! | Thanos | the querier or query frontend: `http://thanos-query:9090` | tenant: `THANOS-TENANT` in `[headers]` |
//! | Mimir, Cortex | `http://mimir-nginx/prometheus` | `--tenant`, sent as `X-Scope-OrgID` |
//! | VictoriaMetrics | `http://vmsingle:8428`, `http://vmselect:8481/select/0/prometheus` | |
//! | OpenShift | `https://thanos-querier.openshift-monitoring.svc:9091` | `bearer_token_file`, `ca_file` |
//! | Amazon Managed Prometheus | `http://localhost:8005/workspaces/ID`, the AWS SigV4 proxy's address | |
//! | Google Managed Prometheus | `http://frontend:9090`, the address of Google's `frontend` proxy | |
//!
//! The number of queries is independent of the size of the cluster; they are split into chunks of time. Warnings in
//! responses become findings. Query texts and the parsing of responses are pure; the connection needs the feature
//! `live`.

mod access;
mod answer;
mod check;
mod chunks;
#[cfg(feature = "live")]
mod client;
mod conventions;
mod discovery;
mod error;
mod extract;
#[cfg(feature = "live")]
mod fetch;
#[cfg(feature = "live")]
mod http_request;
mod identity;
mod masked;
mod matcher;
mod metric;
mod promql;
mod queries;
#[cfg(feature = "live")]
mod read;
mod scrape;
mod service_requests;

pub use access::{Access, Secret};
pub use answer::{Answer, AnswerSeries, BadAnswer, Labels, extract_answer};
pub use check::{Checked, check_metrics};
pub use chunks::{Chunk, chunks};
#[cfg(feature = "live")]
pub use client::{Endpoint, Prometheus, RETRY, When};
pub use discovery::{AvailableMetrics, extract_available_metrics};
pub use error::PrometheusError;
pub use extract::extract;
#[cfg(feature = "live")]
pub use fetch::scrape;
#[cfg(feature = "live")]
pub use http_request::check_address;
pub use identity::other_cluster;
pub use matcher::Matcher;
pub use metric::VITAL_METRICS;
pub use promql::Detail;
pub use queries::{QUERIES, Query, QueryId, Resolution};
#[cfg(feature = "live")]
pub use read::{HistoryProgress, HistoryQuestion, QueryRun, ReadHistory, query_check, query_history, query_identity};
pub use scrape::{ExposedSample, Exposition, ExpositionError, extract_exposition};
pub use service_requests::known_convention;
