/// Something of the world that a report is made of, and whether it is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Requirement {
    /// Where it is looked for: `Prometheus`, `Kubernetes`, `prices`.
    pub area: &'static str,
    /// What it is: a metric, a label, a permission.
    pub name: String,
    /// Who provides it.
    pub from: &'static str,
    /// Whether it is there.
    pub state: Availability,
    /// What the report loses without it.
    pub without: String,
    /// Whether without it there is no report at all.
    pub vital: bool,
}

/// Whether a thing that a report is made of is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Availability {
    /// There.
    Found,
    /// Not there, and another that is there does for it.
    NotNeeded,
    /// There, but not in a form that can be used.
    Unusable,
    /// Not there.
    Missing,
}

impl Availability {
    /// Stable name.
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
