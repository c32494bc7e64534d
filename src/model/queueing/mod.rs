//! Queueing: how long a request takes when it competes with others.
//!
//! Exact formulas where they exist (M/M/c), Whitt's 1993 approximation for other arrivals and service times, and
//! simulated tables where neither applies. Times are in the unit of the service time that is passed in; in the model,
//! that is seconds of CPU.
//!
//! An overloaded queue, or one without servers, has an infinite wait: such inputs return [`f64::INFINITY`], and so
//! does NaN, so that a search for enough pods needs no special case. No function here panics or returns NaN.

mod balancer;
mod discipline;
mod erlang;
mod ggc;
mod latency;
mod service;
mod sharing;
mod sojourn;
mod table;
mod wait;

pub use balancer::Balancer;
pub use discipline::Discipline;
pub use erlang::{erlang_b, erlang_c};
pub use ggc::ggc_mean_wait;
pub use latency::{Latency, PodQueue, QUOTA_PERIOD, QUOTA_SLICE, latency, p99, p99_within};
pub use sharing::sharing_mean_sojourn;
pub use sojourn::{ggc_sojourn_quantile, mmc_sojourn_quantile};
pub use table::{LOADS, MARGINS, QueueingTables, SHIPPED_TABLES, TableError, TableTexts, quota_margin};
pub use wait::{ggc_wait_quantile, mmc_mean_wait, mmc_wait_quantile};
