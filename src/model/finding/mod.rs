//! What a reader must know besides the numbers.

mod codes;

pub use codes::{Code, UnknownCode};

use crate::schema::finding as wire;

/// How much a reader must care.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// An assumption that was made, worth knowing.
    Info,
    /// The result may be off by more than its interval says.
    Warning,
}

impl Severity {
    /// The word for it in every output.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Warning => "warning",
        }
    }
}

/// Something a reader must know: a missing price, an assumption, a disagreement. Shown by every output.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Finding {
    /// Warnings sort after assumptions.
    pub severity: Severity,
    /// What kind of finding it is.
    pub code: Code,
    /// What it is about: a profile, a region, a type.
    pub subject: String,
    /// One sentence with the numbers in it.
    pub message: String,
}

impl Finding {
    /// An assumption worth knowing.
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

/// A code that a later version of the tool added keeps its name in the message.
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
