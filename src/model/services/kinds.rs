//! The kind of software of a workload, according to the evidence.

use std::collections::BTreeMap;

use super::evidence::{Evidence, Source};
use super::runtime::{RuntimeClues, tidied};
use crate::model::cluster::{Container, WorkloadId};
use crate::model::software::Kind;

/// Kinds of owners whose pods run to completion.
const BATCH: [&str; 5] = ["CronJob", "Job", "ScaledJob", "SparkApplication", "Workflow"];

/// The namespace of cluster components.
const SYSTEM: &str = "kube-system";

/// The kinds with evidence, and the evidence for each; most services have none.
pub fn kinds_of(
    id: &WorkloadId,
    container: Option<&Container>,
    clues: &RuntimeClues<'_>,
) -> BTreeMap<Kind, Vec<Evidence>> {
    let mut kinds: BTreeMap<Kind, Vec<Evidence>> = BTreeMap::new();
    let mut add = |kind: Kind, source, name: &str| {
        kinds.entry(kind).or_default().push(Evidence::new(source, name, kind.name()));
    };
    for (source, known) in clues.known() {
        if let Some(kind) = known.kind {
            add(kind, source, known.name);
        }
    }
    if container.is_some_and(|container| container.sizes.requests.gpu_sevenths() > 0) {
        add(Kind::MachineLearning, Source::Request, "accelerator");
    }
    if BATCH.contains(&id.kind.as_str()) {
        add(Kind::Etl, Source::Owner, &id.kind);
    }
    if id.namespace == SYSTEM {
        add(Kind::Infrastructure, Source::Owner, SYSTEM);
    }
    kinds.into_iter().map(|(kind, evidence)| (kind, tidied(evidence))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::cluster::{Resources, Sizes};

    fn of(kind: &str, namespace: &str, image: &str, programs: &[&str], gpu: bool) -> Vec<String> {
        let requests = Resources::new(gpu.then(|| ("nvidia.com/gpu", "1".parse().unwrap())));
        let container = Container { sizes: Sizes { requests, ..Sizes::default() }, ..Container::default() };
        let id = WorkloadId { namespace: namespace.to_owned(), kind: kind.to_owned(), name: "w".to_owned() };
        let programs: Vec<String> = programs.iter().map(|name| (*name).to_owned()).collect();
        let clues = RuntimeClues { image, programs: &programs, ..RuntimeClues::default() };
        let one = |(kind, evidence): (Kind, Vec<Evidence>)| {
            let names: Vec<String> = evidence.iter().map(|e| format!("{} {}", e.source.name(), e.name)).collect();
            format!("{}: {}", kind.name(), names.join(", "))
        };
        kinds_of(&id, Some(&container), &clues).into_iter().map(one).collect()
    }

    #[test]
    fn each_kind_has_its_evidence() {
        assert!(of("Deployment", "shop", "registry.example/shop/checkout-api:1", &["uvicorn"], false).is_empty());
        assert_eq!(
            of("Deployment", "ai", "vllm/vllm-openai:v0.9", &["python3", "vllm"], true),
            ["machine-learning: command vllm, image vllm, request accelerator"]
        );
        assert_eq!(
            of("CronJob", "data", "registry.example/data/dbt-nightly", &[], false),
            ["etl: image dbt, owner CronJob"]
        );
        assert_eq!(
            of("Deployment", "kube-system", "registry.k8s.io/coredns/coredns:v1.12", &[], false),
            ["infrastructure: image coredns, image registry.k8s.io/, owner kube-system"]
        );
        assert_eq!(of("StatefulSet", "shop", "redis:8", &[], false), ["infrastructure: image redis"]);
    }
}
