//! Object metadata: name, owner, labels and annotations.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::model::cluster::{Owner, Tags};
use crate::model::software::RUNTIME_KEY;
use crate::units::Timestamp;

/// The labels and annotations that the user wants to keep.
#[derive(Clone, Debug, Default)]
pub struct KeptMetadata {
    /// Keys of the labels that are kept.
    pub labels: Vec<String>,
    /// Keys of the annotations that are kept.
    pub annotations: Vec<String>,
}

impl KeptMetadata {
    pub(super) fn tags(&self, meta: &Meta) -> Tags {
        let mut tags = Tags::default();
        if !self.labels.is_empty() {
            tags.labels = named(&self.labels, &meta.labels());
        }
        if !self.annotations.is_empty() {
            tags.annotations = named(&self.annotations, &meta.annotations());
        }
        tags
    }
}

fn named(keys: &[String], values: &BTreeMap<String, String>) -> BTreeMap<String, String> {
    keys.iter().filter_map(|key| Some((key.clone(), values.get(key)?.clone()))).collect()
}

/// The part of an object's metadata that is read.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Meta {
    pub(super) name: String,
    pub(super) namespace: String,
    pub(super) uid: String,
    pub(super) creation_timestamp: Option<Timestamp>,
    /// Not parsed until they are needed: a pod has many labels, and usually none is needed.
    labels: Option<Box<RawValue>>,
    /// Not parsed until one of them is needed: they can be long, and contain copies of the whole object.
    annotations: Option<Box<RawValue>>,
    owner_references: Vec<OwnerReference>,
}

#[derive(Debug, Deserialize)]
struct OwnerReference {
    kind: String,
    name: String,
    #[serde(default)]
    controller: bool,
}

impl Meta {
    /// The controlling owner; other owners only prevent garbage collection.
    pub(super) fn take_owner(&mut self) -> Option<Owner> {
        let controller = std::mem::take(&mut self.owner_references).into_iter().find(|owner| owner.controller)?;
        Some(Owner { kind: controller.kind, name: controller.name })
    }

    pub(super) fn labels(&self) -> BTreeMap<String, String> {
        texts(self.labels.as_deref())
    }

    fn annotations(&self) -> BTreeMap<String, String> {
        texts(self.annotations.as_deref())
    }

    /// The runtime that the owner declares in an annotation or a label.
    pub(super) fn runtime(&self) -> Option<String> {
        let label = || {
            self.labels.as_ref().filter(|raw| raw.get().contains(RUNTIME_KEY))?;
            self.labels().remove(RUNTIME_KEY)
        };
        self.annotation(RUNTIME_KEY).or_else(label).filter(|said| !said.trim().is_empty())
    }

    /// Reads one annotation; the others are not parsed if its key does not occur.
    pub(super) fn annotation(&self, key: &str) -> Option<String> {
        self.annotations.as_ref().filter(|raw| raw.get().contains(key))?;
        self.annotations().remove(key)
    }
}

fn texts(raw: Option<&RawValue>) -> BTreeMap<String, String> {
    raw.and_then(|raw| serde_json::from_str(raw.get()).ok()).unwrap_or_default()
}
