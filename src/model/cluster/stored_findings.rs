//! Findings as a snapshot stores them: the wire type that is common to all documents.

use serde::{Deserialize, Deserializer, Serializer};

use crate::model::finding::Finding;
use crate::schema::finding as wire;

pub(super) fn serialize<S: Serializer>(findings: &[Finding], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(findings.iter().map(wire::Finding::from))
}

pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Finding>, D::Error> {
    Ok(Vec::<wire::Finding>::deserialize(deserializer)?.into_iter().map(Finding::from).collect())
}
