use serde::{Deserialize, Serialize};

/// How much a reader must care.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Severity {
    /// An assumption that was made, worth knowing.
    Info,
    /// The result may be off by more than its interval says.
    Warning,
}

/// Something a reader must know: a missing price, an assumption, a disagreement. Shown by every output.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Finding {
    /// Warnings sort after assumptions.
    pub severity: Severity,
    /// Stable name, `kebab-case`.
    pub code: String,
    /// What it is about: a profile, a region, a type.
    pub subject: String,
    /// One sentence with the numbers in it.
    pub message: String,
}

impl Finding {
    /// An assumption worth knowing.
    pub fn info(code: &'static str, subject: impl Into<String>, message: impl Into<String>) -> Self {
        Self { severity: Severity::Info, code: code.to_owned(), subject: subject.into(), message: message.into() }
    }

    /// A reason to distrust a number.
    pub fn warning(code: &'static str, subject: impl Into<String>, message: impl Into<String>) -> Self {
        Self { severity: Severity::Warning, code: code.to_owned(), subject: subject.into(), message: message.into() }
    }
}
