//! The settings of `capmodel compare`.

use std::path::PathBuf;

use super::{OutputSettings, SettingsError};
use crate::cli::CompareArgs;
use crate::model::compare::Limit;
use crate::units::Timestamp;

/// Two documents or workload files to compare, and the allowed increase in cost.
#[derive(Clone, Debug)]
pub struct CompareSettings {
    /// The earlier document or workload file.
    pub before: PathBuf,
    /// The later document or workload file.
    pub after: PathBuf,
    /// Current time, at which a workload file is estimated.
    pub now: Timestamp,
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
    pub fn resolve(args: CompareArgs, now: Timestamp) -> Result<Self, SettingsError> {
        let CompareArgs { before, after, fail_over, output } = args;
        Ok(Self { before, after, now, limits: fail_over, output: OutputSettings::resolve(output)? })
    }
}
