//! Checks what a report needs from a cluster, with lists of one object each: the account may only list, and a
//! SelfSubjectAccessReview would create an object.

use serde::de::{DeserializeOwned, IgnoredAny};

use super::client::{Answer, Api};
use super::error::KubeError;
use super::list::{PAGE, page_path};
use super::meta::KeptMetadata;
use super::node::{RawNode, extract_node};
use super::page::Page;
use super::read::can_do_without;
use super::resource::{NAMESPACES, NODES, Need, RESOURCES, Resource, Scope};
use super::usage::RawNamespace;
use crate::model::cluster::{Node, REGION_LABELS, SpotLabel, TYPE_LABELS, ZONE_LABELS, mark_spot};
use crate::model::finding::{Code, Finding};
use crate::model::requirement::{Availability, Requirement};

const AREA: &str = "Kubernetes";

/// What was available in a cluster and what was not.
#[derive(Clone, Debug, Default)]
pub struct CheckedCluster {
    /// Permissions, the metrics API and labels of nodes.
    pub requirements: Vec<Requirement>,
    /// The first page of the list of nodes.
    pub nodes: Vec<Node>,
    /// Whether the first page has all nodes of the cluster.
    pub has_all_nodes: bool,
    /// Findings about unusual nodes.
    pub findings: Vec<Finding>,
}

/// Requests every kind of object that a report reads, in these namespaces or in all.
///
/// # Errors
/// If the cluster is unreachable, refuses the credentials, or is not a Kubernetes cluster.
pub async fn check_cluster(api: &Api, namespaces: &[String], spot: &[SpotLabel]) -> Result<CheckedCluster, KubeError> {
    let mut checked = CheckedCluster::default();
    let version: Asked<IgnoredAny> = ask(api, "/version", "version").await?;
    // A server without a version is not an API server, or not one that a report could use.
    let version = match version {
        Err(error) if !is_refusal(&error) => return Err(error),
        version => version,
    };
    let lost = "the version of the API server (extended support for old versions is not priced)";
    checked.requirements.push(row("version", "API server", version.err().as_ref(), lost, false));
    for resource in RESOURCES {
        let row = match *resource {
            NODES => nodes(api, namespaces, spot, &mut checked).await?,
            NAMESPACES => {
                checked.requirements.extend(of_namespaces(api, namespaces).await?);
                continue;
            }
            _ => kind(api, namespaces, resource).await?,
        };
        checked.requirements.push(row);
    }
    checked.has_all_nodes = checked.nodes.len() < PAGE;
    checked.requirements.extend(labels(&checked.nodes, checked.has_all_nodes));
    Ok(checked)
}

/// A response, or why there is none.
type Asked<T> = Result<T, KubeError>;

/// The outer error concerns all requests.
async fn ask<T: DeserializeOwned>(api: &Api, path: &str, what: &str) -> Result<Asked<T>, KubeError> {
    match api.fetch(path, what, api.retry().attempts, &|_, _| {}, Vec::new()).await {
        Ok(Answer::Body(body)) => Ok(serde_json::from_slice(&body).map_err(|source| KubeError::Answer {
            server: api.server().to_owned(),
            what: what.to_owned(),
            source,
        })),
        Ok(Answer::Gone(_)) => Ok(Err(KubeError::Expired { what: what.to_owned(), times: 1 })),
        Err(error) if error.is_about_one_kind() => Ok(Err(error)),
        Err(error) => Err(error),
    }
}

async fn kind(api: &Api, namespaces: &[String], resource: &Resource) -> Result<Requirement, KubeError> {
    let mut places: Vec<Option<&str>> = namespaces.iter().map(|n| Some(n.as_str())).collect();
    if places.is_empty() || resource.scope == Scope::Cluster {
        places = vec![None];
    }
    let mut refused: Vec<&str> = Vec::new();
    let mut error = None;
    for place in places {
        let path = format!("{}?limit=1", resource.path(place));
        if let Err(why) = ask::<Page<IgnoredAny>>(api, &path, &resource.name()).await? {
            refused.extend(place);
            error = Some(why);
        }
    }
    let mut name = format!("list {}", resource.name());
    if !refused.is_empty() {
        name.push_str(&format!(" in {}", refused.join(", ")));
    }
    Ok(permission(name, resource, namespaces, error.as_ref()))
}

/// Checks a page of nodes, including their labels.
async fn nodes(
    api: &Api,
    namespaces: &[String],
    spot: &[SpotLabel],
    checked: &mut CheckedCluster,
) -> Result<Requirement, KubeError> {
    let answer = ask::<Page<RawNode>>(api, &page_path(&NODES, None, ""), &NODES.name()).await?;
    let (page, error) = match answer {
        Ok(page) => (page.items, None),
        Err(error) => (Vec::new(), Some(error)),
    };
    let (keep, chosen_by) = (KeptMetadata::default(), spot.iter().map(|label| label.key.clone()).collect());
    for raw in page {
        checked.nodes.push(extract_node(raw, &keep, &chosen_by, &mut checked.findings));
    }
    checked.findings.extend(mark_spot(&mut checked.nodes, spot));
    // For all nodes together, this is a separate line.
    checked.findings.retain(|finding| finding.code != Code::NodeTypeUnknown);
    Ok(permission(format!("list {}", NODES.name()), &NODES, namespaces, error.as_ref()))
}

/// Checks all namespaces in one list, or each wanted one by name, like the reader does; and the UID of kube-system.
async fn of_namespaces(api: &Api, namespaces: &[String]) -> Result<Vec<Requirement>, KubeError> {
    const SYSTEM: &str = "kube-system";
    const UID: &str = "UID of kube-system";
    let without_uid = "the UID of the cluster (clusters with the same name cannot be distinguished)";
    let root = NAMESPACES.path(None);
    if namespaces.is_empty() {
        let path = format!("{root}?limit=1&fieldSelector=metadata.name%3D{SYSTEM}");
        let answer = ask::<Page<RawNamespace>>(api, &path, &NAMESPACES.name()).await?;
        let list = permission(format!("list {}", NAMESPACES.name()), &NAMESPACES, namespaces, answer.as_ref().err());
        // If the list is refused, its own line says that the identity is unknown.
        let uid = answer.ok().map(|page| {
            let state = if page.items.is_empty() { Availability::Missing } else { Availability::Found };
            Requirement {
                area: AREA,
                name: UID.to_owned(),
                from: RBAC,
                state,
                without: without_uid.into(),
                vital: false,
            }
        });
        return Ok([list].into_iter().chain(uid).collect());
    }
    let mut rows = Vec::new();
    for name in namespaces {
        let what = format!("namespace {name}");
        let answer = ask::<RawNamespace>(api, &format!("{root}/{name}"), &what).await?;
        let error = answer.err();
        let (lost, vital) = match &error {
            Some(KubeError::NotFound { .. }) => ("everything (the namespace does not exist)", true),
            Some(KubeError::Forbidden { .. }) | None => ("whether it exists, and its labels", false),
            Some(_) => ("whether it exists", true),
        };
        rows.push(row(format!("get {what}"), RBAC, error.as_ref(), lost, vital));
    }
    let system = ask::<RawNamespace>(api, &format!("{root}/{SYSTEM}"), SYSTEM).await?;
    let error = system.err();
    let vital = error.as_ref().is_some_and(|error| !is_refusal(error));
    rows.push(row(UID, RBAC, error.as_ref(), without_uid, vital));
    Ok(rows)
}

/// RBAC rules grant permissions: apply the output of `capmodel rbac`.
const RBAC: &str = "RBAC";

/// Whether the error is a refusal rather than an absence.
const fn is_refusal(error: &KubeError) -> bool {
    matches!(error, KubeError::Forbidden { .. })
}

fn permission(name: String, resource: &Resource, namespaces: &[String], error: Option<&KubeError>) -> Requirement {
    let vital = match error {
        Some(error) => !can_do_without(resource, namespaces, error),
        None => resource.need == Need::Always || (resource.need == Need::WholeCluster && namespaces.is_empty()),
    };
    // Without the permission, it is unknown whether there is a metrics API at all.
    let from = match (resource.need, error) {
        (Need::Addition, None | Some(KubeError::NotFound { .. } | KubeError::Failing { .. })) => "metrics-server",
        (_, None | Some(KubeError::Forbidden { .. })) => RBAC,
        _ => "API server",
    };
    row(name, from, error, resource.loss, vital)
}

fn row(name: impl Into<String>, from: &'static str, error: Option<&KubeError>, loss: &str, vital: bool) -> Requirement {
    let (state, why) = match error {
        None => (Availability::Found, String::new()),
        Some(KubeError::Forbidden { .. }) => (Availability::Missing, String::new()),
        Some(KubeError::NotFound { .. }) => (Availability::Missing, " (404: not available on this server)".to_owned()),
        Some(KubeError::Failing { status, message, .. }) => {
            (Availability::Unusable, format!(" (the server answered {status} {message})"))
        }
        Some(other) => (Availability::Unusable, format!(" ({other})")),
    };
    Requirement { area: AREA, name: name.into(), from, state, without: format!("{loss}{why}"), vital }
}

/// Requirements on the labels of machines; serverless nodes are not checked.
fn labels(nodes: &[Node], is_whole: bool) -> Vec<Requirement> {
    let machines: Vec<&Node> = nodes.iter().filter(|node| node.machine.kind.is_machine()).collect();
    let all = machines.len();
    let sample = if is_whole { String::new() } else { format!(" of the first {all} nodes") };
    let by_label = |what: &str, [label, _]: [&str; 2]| format!("{what} ({label})");
    let one = |what: &str, has: fn(&Node) -> bool, before: &str, after: &str| {
        let lack = machines.iter().filter(|node| !has(node)).count();
        let state = if lack == 0 { Availability::Found } else { Availability::Missing };
        let without = format!("{before} {lack} of {all} nodes{after}");
        Requirement {
            area: "nodes",
            name: format!("{what}{sample}"),
            from: "cloud provider",
            state,
            without,
            vital: false,
        }
    };
    if all == 0 {
        return Vec::new();
    }
    vec![
        one(
            &by_label("instance type", TYPE_LABELS),
            |node| node.machine.instance_type.is_some(),
            "the price of",
            " (no label gives their instance type)",
        ),
        one(
            &by_label("region", REGION_LABELS),
            |node| node.machine.region.is_some(),
            "the price of",
            " (no label gives their region)",
        ),
        one(
            &by_label("zone", ZONE_LABELS),
            |node| node.machine.zone.is_some(),
            "the zone of",
            " (pods with a zone spread are not placed on them)",
        ),
        one(
            "capacity type (a label of EKS, Karpenter, GKE or AKS)",
            |node| node.machine.capacity_type.is_some(),
            "the capacity type of",
            " (priced as on-demand instead)",
        ),
        one(
            "provider id",
            |node| node.provider_id.is_some() || node.machine.provider.is_some(),
            "the provider of",
            " (neither labels nor the instance type identify it)",
        ),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_labels_of_every_provider_are_checked() {
        let text = include_str!("../../../fixtures/kube/nodes.json");
        let page: Page<RawNode> = serde_json::from_str(text).unwrap();
        let none = std::collections::BTreeSet::new();
        let extract = |raw| extract_node(raw, &KeptMetadata::default(), &none, &mut Vec::new());
        let nodes: Vec<Node> = page.items.into_iter().map(extract).collect();
        let rows = labels(&nodes, true);
        // Eleven nodes, of which Fargate, Autopilot and the virtual node are not machines; `rack-7` has no
        // identifying labels.
        let lost: Vec<&str> = rows.iter().filter(|r| r.state.is_loss()).map(|r| r.without.as_str()).collect();
        assert_eq!(
            lost,
            [
                "the price of 1 of 8 nodes (no label gives their instance type)",
                "the price of 1 of 8 nodes (no label gives their region)",
                "the capacity type of 1 of 8 nodes (priced as on-demand instead)",
                "the provider of 1 of 8 nodes (neither labels nor the instance type identify it)"
            ]
        );
        assert_eq!(labels(&nodes[3..4], true), []);
        assert!(labels(&nodes[..1], false)[0].name.ends_with(") of the first 1 nodes"));
    }

    #[test]
    fn refusals_are_reported_with_their_consequence() {
        use super::super::resource::{NODE_USAGE, PODS, SERVICES};
        let forbidden = || KubeError::Forbidden { what: String::new(), message: String::new() };
        let absent = || KubeError::NotFound { server: String::new(), what: String::new() };
        let failing = || KubeError::Failing {
            server: String::new(),
            what: String::new(),
            status: 503,
            message: "x".into(),
            attempts: 2,
        };
        let some = ["shop".to_owned()];
        for (resource, namespaces, error, want) in [
            (&PODS, &some[..], forbidden(), (RBAC, Availability::Missing, true)),
            (&NODES, &[], forbidden(), (RBAC, Availability::Missing, true)),
            (&NODES, &some, forbidden(), (RBAC, Availability::Missing, false)),
            (&SERVICES, &[], forbidden(), (RBAC, Availability::Missing, false)),
            (&NODE_USAGE, &[], forbidden(), (RBAC, Availability::Missing, false)),
            (&NODE_USAGE, &[], absent(), ("metrics-server", Availability::Missing, false)),
            (&NODE_USAGE, &[], failing(), ("metrics-server", Availability::Unusable, false)),
        ] {
            let row = permission(String::new(), resource, namespaces, Some(&error));
            assert_eq!((row.from, row.state, row.vital), want, "{} {error}", resource.name());
            assert!(row.without.starts_with(resource.loss));
        }
    }
}
