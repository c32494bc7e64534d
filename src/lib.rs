//! How many pods, how many nodes and how many dollars per month does this traffic need, in this runtime or in that one,
//! and how sure are we?
//!
//! ```text
//!             cli ─► settings ─┐
//!                              ▼
//!  Kubernetes ┐            ┌────────┐   values    ┌────────┐   values   ┌─────────┐ table  json
//!  Prometheus ├─► inputs ─►│  run   ├────────────►│ model  ├───────────►│ outputs ├► csv    markdown
//!  files      │            └────────┘             └────────┘            └─────────┘ snapshot
//!  prices     ┘
//!                                                     ▲
//!                                   units, schema ────┘  (used by all, use none)
//! ```
//!
//! No arrow goes back: `outputs` never asks `inputs`, and `model` never fetches a missing fact; it returns a finding.
#![forbid(unsafe_code)]

pub mod cli;
pub mod delivery;
pub mod fs;
pub mod inputs;
pub mod model;
pub mod net;
pub mod outputs;
pub mod run;
pub mod schema;
pub mod settings;
pub mod units;
