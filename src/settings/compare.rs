//! What `capmodel compare` compares.

use std::path::PathBuf;

use super::{OutputSettings, SettingsError};
use crate::cli::CompareArgs;
use crate::model::compare::Limit;

/// Two documents, and how much more the second may cost.
#[derive(Clone, Debug)]
pub struct CompareSettings {
    /// The earlier document.
    pub before: PathBuf,
    /// The later document.
    pub after: PathBuf,
    /// How much more it may cost.
    pub limits: Vec<Limit>,
    /// Where the result goes and in what form.
    pub output: OutputSettings,
}

impl CompareSettings {
    /// From the flags.
    ///
    /// # Errors
    /// [`SettingsError::NoEffect`] for the look of a format that has none.
    pub fn resolve(args: CompareArgs) -> Result<Self, SettingsError> {
        let CompareArgs { before, after, fail_over, output } = args;
        Ok(Self { before, after, limits: fail_over, output: OutputSettings::resolve(output)? })
    }
}
