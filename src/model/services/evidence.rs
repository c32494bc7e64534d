//! Evidence for a fact, and the confidence that follows from it.

/// Source of a piece of evidence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Source {
    /// An entry of the owners file.
    OwnersFile,
    /// The label or annotation `capmodel.io/runtime`.
    Label,
    /// A metric that the process exposes.
    Metric,
    /// The program that is started.
    Command,
    /// The name of the image.
    Image,
    /// Resource requests of the container.
    Request,
    /// Kind and namespace of the workload.
    Owner,
}

impl Source {
    /// Stable name in documents.
    pub const fn name(self) -> &'static str {
        match self {
            Self::OwnersFile => "owners-file",
            Self::Label => "label",
            Self::Metric => "metric",
            Self::Command => "command",
            Self::Image => "image",
            Self::Request => "request",
            Self::Owner => "owner",
        }
    }
}

/// A piece of evidence for a runtime.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Evidence {
    /// Source of the evidence.
    pub source: Source,
    /// The metric, program, word in the image name, or the text that the owner wrote.
    pub name: String,
    /// What the evidence indicates: `python`, `python with fastapi`.
    pub says: String,
}

impl Evidence {
    pub(super) fn new(source: Source, name: impl Into<String>, says: impl Into<String>) -> Self {
        Self { source, name: name.into(), says: says.into() }
    }
}

/// Confidence of a conclusion.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Confidence {
    /// Words in user-chosen names, or conflicting evidence.
    Low,
    /// One good piece of evidence, or a certain one that another contradicts.
    Medium,
    /// The process or its owner reports it, or two good pieces of evidence agree.
    High,
}

impl Confidence {
    /// Stable name in documents.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
        }
    }

    pub(super) const fn lower(self) -> Self {
        match self {
            Self::High => Self::Medium,
            Self::Medium | Self::Low => Self::Low,
        }
    }
}
