//! The requirements of a report, and whether they are met.

/// A requirement of a report, and whether it is met.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Requirement {
    /// Where it is looked for: `Prometheus`, `Kubernetes`, `prices`.
    pub area: &'static str,
    /// What it is: a metric, a label, a permission.
    pub name: String,
    /// Provider of the metric, label or permission.
    pub from: &'static str,
    /// Whether it is available.
    pub state: Availability,
    /// What the report loses without it.
    pub without: String,
    /// Whether without it there is no report at all.
    pub vital: bool,
}

/// Whether a requirement is met.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Availability {
    /// Available.
    Found,
    /// Missing, but another source replaces it.
    NotNeeded,
    /// There, but not in a form that can be used.
    Unusable,
    /// Not available.
    Missing,
}

impl Availability {
    /// Stable name in documents.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Found => "found",
            Self::NotNeeded => "not needed",
            Self::Unusable => "unusable",
            Self::Missing => "missing",
        }
    }

    /// Whether the report loses something.
    pub const fn is_loss(self) -> bool {
        matches!(self, Self::Unusable | Self::Missing)
    }
}
