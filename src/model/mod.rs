//! The capacity and cost model: values in, values out.
//!
//! Nothing here reads a clock, a file, the network or the environment; nothing logs, waits or keeps state. A fact that
//! is missing becomes a [`finding::Finding`], never a guess. Inside, rates are requests per second, times are seconds,
//! CPU is cores and memory is bytes as `f64`; CPU and memory requests and money enter and leave as the exact types of
//! [`crate::units`].

pub mod article;
pub mod billed;
pub mod calibration;
pub mod cluster;
pub mod compare;
pub mod estimate;
pub mod finding;
pub mod forecast;
pub mod nodes;
pub mod packing;
pub mod pricing;
pub mod queueing;
pub mod report;
pub mod requirement;
pub mod rightsizing;
pub mod runtime;
pub mod services;
pub mod sizing;
pub mod software;
pub mod stored;
pub mod styles;
pub mod uncertainty;
pub mod usage;
