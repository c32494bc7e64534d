//! From traffic to pods, nodes and dollars a month.
#![forbid(unsafe_code)]
pub mod inputs;
pub mod model;
pub mod units;
