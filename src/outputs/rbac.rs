//! The RBAC manifest that `capmodel rbac` prints.

use std::fmt::Write;

/// One rule of a role.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RbacRule {
    /// API group; empty for the core group.
    pub group: &'static str,
    /// Plural names of the resources.
    pub resources: Vec<&'static str>,
    /// Allowed verb.
    pub verb: &'static str,
    /// Name of the only allowed object; `None` for all objects.
    pub name: Option<String>,
}

/// A `ClusterRole`, or a Role for one namespace, for `kubectl apply`.
pub fn rbac(namespace: Option<&str>, rules: &[RbacRule]) -> String {
    let mut out = String::from("apiVersion: rbac.authorization.k8s.io/v1\n");
    match namespace {
        Some(namespace) => {
            let _ = write!(out, "kind: Role\nmetadata:\n  name: capmodel\n  namespace: {namespace}\nrules:\n");
        }
        None => out.push_str("kind: ClusterRole\nmetadata:\n  name: capmodel\nrules:\n"),
    }
    for rule in rules {
        let _ = writeln!(out, "  - apiGroups: [\"{}\"]", rule.group);
        let _ = writeln!(out, "    resources: [\"{}\"]", rule.resources.join("\", \""));
        if let Some(name) = &rule.name {
            let _ = writeln!(out, "    resourceNames: [\"{name}\"]");
        }
        let _ = writeln!(out, "    verbs: [\"{}\"]", rule.verb);
    }
    out
}
