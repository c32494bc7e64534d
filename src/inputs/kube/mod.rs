//! Reads a Kubernetes API server: lists are converted to [`crate::model::cluster`] values.
//!
//! Every kind of object has a narrow type with the fields that are kept and a pure `extract_…`; everything else is
//! skipped while it is parsed. Environment variables, Secrets and ConfigMaps are in none of the types; of arguments,
//! only the names of known programs are kept.
//! Code that opens connections is behind the feature `live`.

#![cfg_attr(not(feature = "live"), expect(dead_code, reason = "only the live reader calls these functions"))]

mod autoscaler;
mod container;
mod image;
mod meta;
#[cfg(feature = "live")]
mod metrics_service;
mod node;
mod page;
mod placement;
mod pod;
mod resource;
mod service;
mod start;
mod storage;
mod usage;
mod workload;

#[cfg(feature = "live")]
mod check;
#[cfg(feature = "live")]
mod client;
#[cfg(feature = "live")]
mod connection;
#[cfg(feature = "live")]
mod error;
#[cfg(feature = "live")]
mod list;
#[cfg(feature = "live")]
mod read;

pub use meta::KeptMetadata;
pub use resource::{Need, RESOURCES, Resource, Scope};

#[cfg(feature = "live")]
pub use check::{CheckedCluster, check_cluster};
#[cfg(feature = "live")]
pub use client::{Access, Api, RETRY};
#[cfg(feature = "live")]
pub use error::{KubeError, Plugin};
#[cfg(feature = "live")]
pub use metrics_service::{MetricsService, list_metrics_services};
#[cfg(feature = "live")]
pub use read::{Progress, ReadOptions, read_snapshot};
