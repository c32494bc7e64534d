//! How people name what makes pods.

use std::fmt;

/// A workload as people name it: what its pods' owners belong to in the end.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct WorkloadId {
    /// Namespace of the workload.
    pub namespace: String,
    /// `Deployment`, `StatefulSet`, `DaemonSet`, `CronJob`, `Job`, `Node` for static pods, `Pod` for pods without an
    /// owner, any other kind as its controller calls it; empty where nothing says whose the pods were.
    pub kind: String,
    /// Name; empty with an empty kind.
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
    /// Whether a pattern means it: `namespace/name` or `namespace/Kind/name`, where `*` stands for any characters.
    pub fn is(&self, pattern: &str) -> bool {
        let Self { namespace, kind, name } = self;
        matches(pattern, &format!("{namespace}/{name}")) || matches(pattern, &format!("{namespace}/{kind}/{name}"))
    }
}

/// Whether a pattern with `*` is the whole text.
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
