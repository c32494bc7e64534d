//! `capmodel rbac`.

use super::{Failure, Outcome};
use crate::cli::RbacArgs;
use crate::inputs::kube::{RESOURCES, Resource, Scope};
use crate::outputs::{RbacRule, rbac};

#[expect(clippy::unnecessary_wraps, clippy::needless_pass_by_value, reason = "the shape of every command")]
pub(super) fn run(args: RbacArgs) -> Result<Outcome, Failure> {
    let stdout = if args.namespace.is_empty() {
        rbac(None, &rules(|_| true))
    } else {
        let role = |namespace: &String| {
            let mut rules = rules(|resource| resource.scope == Scope::Namespaced);
            // The namespace itself, to detect one that does not exist.
            rules.insert(
                0,
                RbacRule { group: "", resources: vec!["namespaces"], verb: "get", name: Some(namespace.clone()) },
            );
            rbac(Some(namespace), &rules)
        };
        args.namespace.iter().map(role).collect::<Vec<_>>().join("---\n")
    };
    Ok(Outcome { stdout: stdout.into_bytes(), ..Outcome::default() })
}

/// One rule per API group, for everything that is listed.
fn rules(is_wanted: impl Fn(&Resource) -> bool) -> Vec<RbacRule> {
    let mut rules: Vec<RbacRule> = Vec::new();
    for resource in RESOURCES.iter().filter(|resource| is_wanted(resource)) {
        match rules.iter_mut().find(|rule| rule.group == resource.group) {
            Some(rule) => rule.resources.push(resource.plural),
            None => rules.push(RbacRule {
                group: resource.group,
                resources: vec![resource.plural],
                verb: "list",
                name: None,
            }),
        }
    }
    rules
}
