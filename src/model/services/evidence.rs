//! What speaks for a fact.

/// Source of a piece of evidence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Source {
    /// A line in the owners' file.
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
    /// What makes the pods, and where.
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
    /// The metric, program, word of the image's name, or what its owner wrote.
    pub name: String,
    /// What that says: `python`, `python with fastapi`.
    pub says: String,
}

impl Evidence {
    pub(super) fn new(source: Source, name: impl Into<String>, says: impl Into<String>) -> Self {
        Self { source, name: name.into(), says: says.into() }
    }
}

/// How sure a conclusion is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Confidence {
    /// Words in user-chosen names, or conflicting evidence.
    Low,
    /// One good piece of evidence, or a certain one with another against it.
    Medium,
    /// The process or its owner says so, or two good pieces agree.
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
