//! The settings of `capmodel compare`.

use std::path::PathBuf;

use super::{OutputSettings, SettingsError};
use crate::cli::CompareArgs;
use crate::model::compare::Limit;

/// Two documents to compare, and the allowed increase in cost.
#[derive(Clone, Debug)]
pub struct CompareSettings {
    /// The earlier document.
    pub before: PathBuf,
    /// The later document.
    pub after: PathBuf,
    /// Allowed increases of the cost.
    pub limits: Vec<Limit>,
    /// Format and destination of the result.
    pub output: OutputSettings,
}

impl CompareSettings {
    /// Resolves the arguments.
    ///
    /// # Errors
    /// [`SettingsError::NoEffect`] for a layout option of a format without a layout.
    pub fn resolve(args: CompareArgs) -> Result<Self, SettingsError> {
        let CompareArgs { before, after, fail_over, output } = args;
        Ok(Self { before, after, limits: fail_over, output: OutputSettings::resolve(output)? })
    }
}
