//! A sizing policy: how much room is kept, and against what.

use crate::units::Percent;

/// How pods are sized.
#[derive(Clone, Debug, PartialEq)]
pub struct Policy {
    /// Name of the file without its ending.
    pub name: String,
    /// What it guards against, in a few words.
    pub title: String,
    /// Share of the CPU request (and of the threads) that is used at the busy period.
    pub target_utilization: Percent,
    /// Fewest replicas.
    pub min_replicas: u64,
    /// Who says so.
    pub source: String,
}

impl Policy {
    /// What it asks for, in a line.
    pub fn summary(&self) -> String {
        let replicas = if self.min_replicas == 1 { "replica" } else { "replicas" };
        format!(
            "{}, {} of the CPU request, at least {} {replicas}",
            self.title, self.target_utilization, self.min_replicas
        )
    }
}
