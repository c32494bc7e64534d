//! Findings: what a reader must know in addition to the numbers.

mod codes;

pub use codes::{Code, UnknownCode};

use crate::schema::finding as wire;

/// How important a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// An assumption that the reader should know.
    Info,
    /// The result may be off by more than its interval says.
    Warning,
}

impl Severity {
    /// The name in every output.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Warning => "warning",
        }
    }
}

/// Something a reader must know: a missing price, an assumption, a discrepancy. Every output shows it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Finding {
    /// Severity; warnings sort after assumptions.
    pub severity: Severity,
    /// Code of the finding.
    pub code: Code,
    /// The subject: a profile, a region, an instance type.
    pub subject: String,
    /// One sentence that contains the numbers.
    pub message: String,
}

impl Finding {
    /// An assumption that the reader should know.
    pub fn info(code: Code, subject: impl Into<String>, message: impl Into<String>) -> Self {
        Self { severity: Severity::Info, code, subject: subject.into(), message: message.into() }
    }

    /// A reason to distrust a number.
    pub fn warning(code: Code, subject: impl Into<String>, message: impl Into<String>) -> Self {
        Self { severity: Severity::Warning, code, subject: subject.into(), message: message.into() }
    }
}

impl From<&Finding> for wire::Finding {
    fn from(finding: &Finding) -> Self {
        let Finding { severity, code, subject, message } = finding;
        Self {
            code: code.as_str().to_owned(),
            severity: severity.as_str().to_owned(),
            subject: subject.clone(),
            message: message.clone(),
        }
    }
}

/// A code that only a later version of the tool knows keeps its name in the message.
impl From<wire::Finding> for Finding {
    fn from(stored: wire::Finding) -> Self {
        let wire::Finding { code: name, severity, subject, message } = stored;
        let severity = if severity == Severity::Info.as_str() { Severity::Info } else { Severity::Warning };
        match name.parse() {
            Ok(code) => Self { severity, code, subject, message },
            Err(_) => Self { severity, code: Code::FindingUnknown, subject, message: format!("{name}: {message}") },
        }
    }
}
