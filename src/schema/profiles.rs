//! `capmodel/profiles/v1`: runtime profiles.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::finding::Finding;

/// Name and version of the document.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum ProfilesSchema {
    /// Version 1.
    #[serde(rename = "capmodel/profiles/v1")]
    V1,
}

/// Output of `capmodel profiles`: a list of profiles, or one profile with every value and its source.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(title = "capmodel profiles")]
#[serde(untagged)]
pub enum Profiles {
    /// Output of `profiles list`.
    List(Vec<ProfileEntry>),
    /// Output of `profiles show` and `profiles check`.
    One(Profile),
}

/// One entry of the list.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ProfileEntry {
    /// Name and version of this document.
    pub schema: ProfilesSchema,
    /// The profile.
    #[serde(flatten)]
    pub profile: ProfileSummary,
}

/// Summary of a profile.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ProfileSummary {
    /// Name of the profile.
    pub name: String,
    /// Display title.
    pub title: String,
    /// Programming language.
    pub language: String,
    /// Concurrency model: `event-loop`, `sync` or `threads`.
    pub kind: String,
    /// Source of the values: `article` or `measured`.
    pub evidence: String,
    /// Requests per second at saturation, 5th percentile.
    pub throughput_low: f64,
    /// Requests per second at saturation, 50th percentile.
    pub throughput_mid: f64,
    /// Requests per second at saturation, 95th percentile.
    pub throughput_high: f64,
    /// Number of cores that the throughput was measured on.
    pub benchmark_cores: u32,
    /// CPU request of its default pod in millicores.
    pub cpu_request_millis: u64,
    /// Memory request of its default pod in bytes.
    pub memory_request_bytes: u64,
}

/// A profile with every value and its source.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Profile {
    /// Name and version of this document.
    pub schema: ProfilesSchema,
    /// Name of the profile.
    pub name: String,
    /// Display title.
    pub title: String,
    /// Programming language.
    pub language: String,
    /// Concurrency model: `event-loop`, `sync` or `threads`.
    pub kind: String,
    /// Evidence of the values: `article` or `measured`.
    pub evidence: String,
    /// Values of the profile.
    pub numbers: Vec<ProfileNumber>,
    /// Findings about the profile.
    pub findings: Vec<Finding>,
}

/// A value of a profile.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ProfileNumber {
    /// Key in the profile's file.
    pub key: String,
    /// 5th percentile.
    pub low: f64,
    /// 50th percentile.
    pub mid: f64,
    /// 95th percentile.
    pub high: f64,
    /// Unit; empty for a ratio.
    pub unit: String,
    /// Source of the value.
    pub source: String,
}
