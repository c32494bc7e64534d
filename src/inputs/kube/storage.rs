//! Extracts volumes, claims and storage classes from the JSON of the Kubernetes API.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::value::RawValue;

use super::meta::{KeptMetadata, Meta};
use crate::model::cluster::{Claim, Resources, StorageClass, Volume, ZONE_LABELS};

#[derive(Debug, Deserialize)]
pub(super) struct RawVolume {
    metadata: Meta,
    spec: RawVolumeSpec,
    #[serde(default)]
    status: RawPhase,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct RawVolumeSpec {
    capacity: Resources,
    storage_class_name: Option<String>,
    claim_ref: Option<RawClaimRef>,
    csi: Option<RawCsi>,
    aws_elastic_block_store: Option<Box<RawValue>>,
    gce_persistent_disk: Option<Box<RawValue>>,
    azure_disk: Option<Box<RawValue>>,
    azure_file: Option<Box<RawValue>>,
    nfs: Option<Box<RawValue>>,
    host_path: Option<Box<RawValue>>,
    local: Option<Box<RawValue>>,
    node_affinity: Option<RawNodeAffinity>,
}

#[derive(Debug, Deserialize)]
struct RawClaimRef {
    namespace: String,
    name: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct RawCsi {
    driver: String,
    #[serde(default)]
    volume_handle: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct RawNodeAffinity {
    required: RawTerms,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct RawTerms {
    node_selector_terms: Vec<RawTerm>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct RawTerm {
    match_expressions: Vec<RawExpression>,
}

#[derive(Debug, Deserialize)]
struct RawExpression {
    key: String,
    #[serde(default)]
    values: Vec<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct RawPhase {
    phase: String,
    capacity: Resources,
}

/// Labels that bind volumes to a zone: Kubernetes' own and those of the drivers of the three large providers.
const ZONE_KEYS: [&str; 5] = [
    ZONE_LABELS[0],
    ZONE_LABELS[1],
    "topology.ebs.csi.aws.com/zone",
    "topology.gke.io/zone",
    "topology.disk.csi.azure.com/zone",
];

pub(super) fn extract_volume(raw: RawVolume) -> Volume {
    let RawVolume { metadata, spec, status } = raw;
    let built_in = [
        ("kubernetes.io/aws-ebs", spec.aws_elastic_block_store.is_some()),
        ("kubernetes.io/gce-pd", spec.gce_persistent_disk.is_some()),
        ("kubernetes.io/azure-disk", spec.azure_disk.is_some()),
        ("kubernetes.io/azure-file", spec.azure_file.is_some()),
        ("kubernetes.io/nfs", spec.nfs.is_some()),
        ("kubernetes.io/host-path", spec.host_path.is_some()),
        ("kubernetes.io/local", spec.local.is_some()),
    ];
    let expressions = spec.node_affinity.into_iter().flat_map(|a| a.required.node_selector_terms);
    let mut zones: Vec<String> = expressions
        .flat_map(|term| term.match_expressions)
        .filter(|e| ZONE_KEYS.contains(&e.key.as_str()))
        .flat_map(|e| e.values)
        .collect();
    zones.sort();
    zones.dedup();
    let (driver, handle) = spec.csi.map(|csi| (csi.driver, csi.volume_handle)).unzip();
    Volume {
        name: metadata.name,
        capacity: spec.capacity.bytes("storage"),
        class: spec.storage_class_name.filter(|class| !class.is_empty()),
        driver: driver.or_else(|| built_in.iter().find(|(_, is)| *is).map(|(name, _)| (*name).to_owned())),
        handle: handle.filter(|handle| !handle.is_empty()),
        claim: spec.claim_ref.map(|claim| (claim.namespace, claim.name)),
        phase: status.phase,
        zones,
        created: metadata.creation_timestamp,
    }
}

#[derive(Debug, Deserialize)]
pub(super) struct RawClaim {
    metadata: Meta,
    #[serde(default)]
    spec: RawClaimSpec,
    #[serde(default)]
    status: RawPhase,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct RawClaimSpec {
    storage_class_name: Option<String>,
    volume_name: Option<String>,
    resources: RawRequests,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct RawRequests {
    requests: Resources,
}

pub(super) fn extract_claim(raw: RawClaim, keep: &KeptMetadata) -> Claim {
    let RawClaim { metadata, spec, status } = raw;
    Claim {
        tags: keep.tags(&metadata),
        namespace: metadata.namespace,
        name: metadata.name,
        class: spec.storage_class_name.filter(|class| !class.is_empty()),
        requested: spec.resources.requests.bytes("storage"),
        capacity: status.capacity.bytes("storage"),
        volume: spec.volume_name.filter(|name| !name.is_empty()),
        phase: status.phase,
    }
}

#[derive(Debug, Deserialize)]
pub(super) struct RawStorageClass {
    metadata: Meta,
    provisioner: String,
    #[serde(default)]
    parameters: BTreeMap<String, String>,
}

/// Parameters that a price depends on; others may name secrets. AWS: type, iops, throughput, iopsPerGB; Google: type,
/// replication-type, provisioned-…-on-create; Azure: skuName and its older spellings, DiskIOPSReadWrite,
/// DiskMBpsReadWrite.
const PRICED: [&str; 11] = [
    "type",
    "iops",
    "iopspergb",
    "throughput",
    "replication-type",
    "provisioned-iops-on-create",
    "provisioned-throughput-on-create",
    "skuname",
    "storageaccounttype",
    "diskiopsreadwrite",
    "diskmbpsreadwrite",
];

pub(super) fn extract_storage_class(raw: RawStorageClass) -> StorageClass {
    let priced = |key: &String| PRICED.contains(&key.to_ascii_lowercase().as_str());
    StorageClass {
        name: raw.metadata.name,
        provisioner: raw.provisioner,
        parameters: raw.parameters.into_iter().filter(|(key, _)| priced(key)).collect(),
    }
}
