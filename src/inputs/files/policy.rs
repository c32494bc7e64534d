//! `profiles/policies/*.toml` and files of the same schema.

use serde::Deserialize;

use super::text::Text;
use super::{FileError, load};
use crate::model::Policy;
use crate::units::Percent;

const BUILT_IN: &[(&str, &str)] = &[("steady", include_str!("../../../profiles/policies/steady.toml"))];

/// A policy's text, from the binary or from a file.
#[derive(Debug)]
pub struct PolicySource {
    /// What errors call it.
    pub label: String,
    /// TOML.
    pub text: String,
}

impl PolicySource {
    /// A built-in by name, or a file by its path.
    ///
    /// # Errors
    /// [`FileError`] when there is neither.
    pub fn find(name: &str) -> Result<Self, FileError> {
        let (label, text) = load("policy", BUILT_IN, name)?;
        Ok(Self { label, text })
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    name: String,
    title: String,
    target_utilization: Text<Percent>,
    min_replicas: u64,
    source: String,
}

/// Turns the text of a policy into the model's value.
///
/// # Errors
/// [`FileError::Invalid`] with line and key.
pub fn parse_policy(source: &PolicySource) -> Result<Policy, FileError> {
    let invalid = |message: String| FileError::Invalid { label: source.label.clone(), wanted: "policy", message };
    let file: File = toml::from_str(&source.text).map_err(|e| invalid(e.to_string().trim_end().to_owned()))?;
    let File { name, title, target_utilization, min_replicas, source } = file;
    if !(1..=1_000_000).contains(&min_replicas) {
        return Err(invalid("min_replicas must be 1 to 1000000".to_owned()));
    }
    Ok(Policy { name, title, target_utilization: target_utilization.0, min_replicas, source })
}
