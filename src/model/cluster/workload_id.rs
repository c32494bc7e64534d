//! The name by which people know a workload.

use std::fmt;

/// A workload as people name it: the last owner in the chain of its pods' owners.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct WorkloadId {
    /// Namespace of the workload.
    pub namespace: String,
    /// `Deployment`, `StatefulSet`, `DaemonSet`, `CronJob`, `Job`, `Node` for static pods, `Pod` for pods without an
    /// owner, or any other kind under its controller's name; empty if the owner of the pods is unknown.
    pub kind: String,
    /// Name; empty if the kind is empty.
    pub name: String,
}

/// Written as `namespace/Kind/name`.
impl fmt::Display for WorkloadId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kind.as_str() {
            "" => write!(f, "{}/unknown owner", self.namespace),
            kind => write!(f, "{}/{kind}/{}", self.namespace, self.name),
        }
    }
}

impl WorkloadId {
    /// Whether a pattern matches it: `namespace/name` or `namespace/Kind/name`, where `*` stands for any characters.
    pub fn is(&self, pattern: &str) -> bool {
        let Self { namespace, kind, name } = self;
        matches(pattern, &format!("{namespace}/{name}")) || matches(pattern, &format!("{namespace}/{kind}/{name}"))
    }
}

/// Whether a pattern with `*` matches the whole text.
pub fn matches(pattern: &str, text: &str) -> bool {
    let Some((first, rest)) = pattern.split_once('*') else { return pattern == text };
    let Some(mut text) = text.strip_prefix(first) else { return false };
    let mut parts: Vec<&str> = rest.split('*').collect();
    let last = parts.pop().unwrap_or_default();
    for part in parts {
        match text.find(part) {
            Some(at) => text = &text[at + part.len()..],
            None => return false,
        }
    }
    text.ends_with(last)
}
