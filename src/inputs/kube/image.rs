//! Image sizes from the image lists of nodes.
//!
//! A kubelet lists its 50 largest images, which for a thousand nodes is more text than all pods. Therefore only a
//! digest of each name is kept while a page is read, and of each node only what its pods' images need.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;

use serde::Deserialize;
use serde::de::{Deserializer, SeqAccess, Visitor};

use super::page::or_default;
use crate::model::cluster::{ImageFacts, ImageForm, ImageSize, Pod, PodPhase};
use crate::model::software::ImageReference;
use crate::units::{Bytes, Timestamp};

/// Maximum number of images that a kubelet lists, the largest first, unless `--node-status-max-images` is set
/// (<https://kubernetes.io/docs/reference/config-api/kubelet-config.v1beta1/>). A shorter list is complete.
const FULL: usize = 50;

/// Maximum number of names that a kubelet lists for one image (`MaxNamesPerImageInNodeStatus` in
/// <https://github.com/kubernetes/kubernetes/blob/v1.36.0/pkg/kubelet/nodestatus/setters.go>); others are cut off.
const MAX_NAMES: usize = 5;

/// A kubelet reports a new image within its `nodeStatusReportFrequency`, five minutes; twice that is enough.
const LISTED_AFTER_SECONDS: i64 = 600;

/// A completed image name, as 64 bits of its BLAKE3 digest: among a million names, the probability of a collision is
/// one in thirty million.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct ImageKey(u64);

impl ImageKey {
    fn new(name: &str) -> Self {
        let [a, b, c, d, e, f, g, h, ..] = *blake3::hash(ImageReference::new(name).full().as_bytes()).as_bytes();
        Self(u64::from_le_bytes([a, b, c, d, e, f, g, h]))
    }
}

/// The digests under which the images that pods name run, by name.
#[derive(Debug, Default)]
pub(super) struct ImageIds(BTreeMap<ImageKey, BTreeSet<ImageKey>>);

impl ImageIds {
    /// Adds the images of one pod with their `imageID`.
    pub(super) fn add<'a>(&mut self, images: impl Iterator<Item = (&'a str, &'a str)>) {
        for (image, id) in images.filter(|(_, id)| id.contains('@')) {
            self.0.entry(ImageKey::new(image)).or_default().insert(ImageKey::new(id));
        }
    }

    pub(super) fn merge(&mut self, other: Self) {
        for (image, ids) in other.0 {
            self.0.entry(image).or_default().extend(ids);
        }
    }
}

/// The images that pods name, and the names under which nodes may list them.
#[derive(Debug, Default)]
pub(super) struct WantedImages {
    names: Vec<String>,
    by_id: BTreeMap<ImageKey, Vec<usize>>,
    by_name: BTreeMap<ImageKey, Vec<usize>>,
}

impl WantedImages {
    pub(super) fn new(pods: &[Pod], ids: &ImageIds) -> Self {
        let mut names: BTreeSet<&str> = BTreeSet::new();
        // Pods of one workload share their containers and are adjacent.
        for pods in pods.chunk_by(|a, b| Arc::ptr_eq(&a.containers, &b.containers)) {
            names.extend(pods.iter().take(1).flat_map(|pod| pod.containers.iter()).map(|c| c.image.as_str()));
        }
        let mut wanted = Self { names: names.into_iter().map(ToOwned::to_owned).collect(), ..Self::default() };
        for (index, name) in wanted.names.iter().enumerate() {
            let key = ImageKey::new(name);
            wanted.by_name.entry(key).or_default().push(index);
            for id in ids.0.get(&key).into_iter().flatten() {
                wanted.by_id.entry(*id).or_default().push(index);
            }
        }
        wanted
    }
}

/// The image list of a node: every name with the size of its image.
#[derive(Debug, Default)]
pub(super) struct RawImages {
    names: Vec<(ImageKey, u64)>,
    count: usize,
    smallest: Option<u64>,
    /// The size of the largest image with so many names that some may have been cut off.
    crowded: u64,
}

impl<'de> Deserialize<'de> for RawImages {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Images;
        impl<'de> Visitor<'de> for Images {
            type Value = RawImages;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list of images")
            }

            fn visit_unit<E>(self) -> Result<RawImages, E> {
                Ok(RawImages::default())
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<RawImages, A::Error> {
                let mut images = RawImages::default();
                while let Some(image) = list.next_element()? {
                    images.add(image);
                }
                images.names.shrink_to_fit();
                Ok(images)
            }
        }
        deserializer.deserialize_any(Images)
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RawImage {
    #[serde(default, deserialize_with = "or_default")]
    names: Vec<Name>,
    #[serde(default)]
    size_bytes: i64,
}

struct Name(ImageKey);

impl<'de> Deserialize<'de> for Name {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Cow::<str>::deserialize(deserializer).map(|name| Self(ImageKey::new(&name)))
    }
}

impl RawImages {
    fn add(&mut self, image: RawImage) {
        self.count += 1;
        // Without a size, the image is unknown.
        let Some(bytes) = u64::try_from(image.size_bytes).ok().filter(|bytes| *bytes > 0) else { return };
        self.smallest = Some(self.smallest.map_or(bytes, |smallest| smallest.min(bytes)));
        if image.names.len() >= MAX_NAMES {
            self.crowded = self.crowded.max(bytes);
        }
        self.names.extend(image.names.into_iter().map(|Name(key)| (key, bytes)));
    }
}

/// The relevant part of a node's image list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct NodeImages {
    /// Sizes of images that pods name.
    sizes: Vec<(usize, u64)>,
    /// Upper bound of the size of an image that runs here and is not in the list.
    unlisted: Option<u64>,
    form: ImageForm,
}

/// A digest identifies one image; a name without one may have been reassigned to another image.
pub(super) fn extract_images(raw: &RawImages, runtime_version: &str, wanted: &WantedImages) -> NodeImages {
    let mut sizes = BTreeMap::new();
    for table in [&wanted.by_name, &wanted.by_id] {
        for (key, bytes) in &raw.names {
            sizes.extend(table.get(key).into_iter().flatten().map(|index| (*index, *bytes)));
        }
    }
    let unlisted = raw.smallest.filter(|_| raw.count >= FULL).map(|smallest| smallest.max(raw.crowded));
    let form = ImageForm::of_runtime(runtime_version);
    NodeImages { sizes: sizes.into_iter().collect(), unlisted, form }
}

/// Merges the lists of all nodes, by the names that pods use.
pub(super) fn image_facts(
    wanted: &WantedImages,
    nodes: &[(&str, NodeImages)],
    pods: &[Pod],
    taken_at: Timestamp,
) -> BTreeMap<String, ImageFacts> {
    let mut listed: BTreeMap<usize, BTreeMap<u64, Vec<ImageForm>>> = BTreeMap::new();
    for (_, node) in nodes {
        for (index, bytes) in &node.sizes {
            listed.entry(*index).or_default().entry(*bytes).or_default().push(node.form);
        }
    }
    let mut facts: BTreeMap<String, ImageFacts> = BTreeMap::new();
    for (index, sizes) in &listed {
        if let Some((bytes, forms)) = sizes.iter().max_by_key(|(bytes, forms)| (forms.len(), **bytes)) {
            let form = if forms.iter().all(|form| *form == forms[0]) { forms[0] } else { ImageForm::Unknown };
            let size = ImageSize::Exact(Bytes::from_bytes(*bytes));
            facts.insert(wanted.names[*index].clone(), ImageFacts { size, form, differs: sizes.len() > 1 });
        }
    }
    let full = nodes.iter().filter_map(|(name, node)| Some((*name, (node.unlisted?, node.form))));
    let full: BTreeMap<&str, (u64, ImageForm)> = full.collect();
    let is_listed = |pod: &Pod| {
        let age = pod.created.map(|created| taken_at.duration_since(created).as_secs());
        pod.phase == PodPhase::Running && age.is_some_and(|age| age >= LISTED_AFTER_SECONDS)
    };
    for pod in pods.iter().filter(|pod| is_listed(pod)) {
        let Some((bytes, form)) = pod.node.as_deref().and_then(|node| full.get(node)) else { continue };
        let size = ImageSize::AtMost(Bytes::from_bytes(*bytes));
        for image in pod.containers.iter().map(|container| &container.image) {
            match facts.get_mut(image) {
                Some(known) if size < known.size && matches!(known.size, ImageSize::AtMost(_)) => {
                    (known.size, known.form) = (size, *form);
                }
                Some(_) => {}
                None => drop(facts.insert(image.clone(), ImageFacts { size, form: *form, differs: false })),
            }
        }
    }
    facts
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::model::cluster::Container;

    const TAKEN_AT: &str = "2026-11-24T09:00:00Z";

    fn pod(node: &str, images: &[&str], created: &str) -> Pod {
        let container = |image: &&str| serde_json::from_value(json!({ "name": "c", "image": image })).unwrap();
        Pod {
            node: Some(node.to_owned()),
            phase: PodPhase::Running,
            created: created.parse().ok(),
            containers: Arc::new(images.iter().map(container).collect::<Vec<Container>>()),
            ..Pod::default()
        }
    }

    /// As kubelets with containerd list them: digests, then tags.
    fn list(images: &[(&[&str], u64)]) -> Value {
        images.iter().map(|(names, bytes)| json!({ "names": names, "sizeBytes": bytes })).collect()
    }

    /// Fills the list with other images from 200 MB down, so that it ends with 151 MB.
    fn full(mut images: Vec<Value>) -> Value {
        let fillers =
            (0..FULL - images.len()).map(|n| json!({ "names": [format!("filler:{n}")], "sizeBytes": 151_000_000 + n }));
        images.extend(fillers);
        Value::Array(images)
    }

    fn facts(pods: &[Pod], ids: &[(&str, &str)], nodes: &[(&str, &str, Value)]) -> BTreeMap<String, ImageFacts> {
        let mut known = ImageIds::default();
        known.add(ids.iter().copied());
        let wanted = WantedImages::new(pods, &known);
        let nodes: Vec<(&str, NodeImages)> = nodes
            .iter()
            .map(|(name, runtime, list)| {
                (*name, extract_images(&serde_json::from_value(list.clone()).unwrap(), runtime, &wanted))
            })
            .collect();
        image_facts(&wanted, &nodes, pods, TAKEN_AT.parse().unwrap())
    }

    const OLD: &str = "2026-11-24T08:00:00Z";
    const CONTAINERD: &str = "containerd://2.1.4";

    fn exact(bytes: u64) -> ImageSize {
        ImageSize::Exact(Bytes::from_bytes(bytes))
    }

    fn at_most(bytes: u64) -> ImageSize {
        ImageSize::AtMost(Bytes::from_bytes(bytes))
    }

    #[test]
    fn images_are_found_by_name_and_by_digest() {
        let images = [
            "python:3.12-slim",
            "nginx",
            "shop.example/web@sha256:aa",
            "shop.example/api:1@sha256:bb",
            "moved:1",
            "gone",
        ];
        let lists = list(&[
            (&["docker.io/library/python@sha256:01", "docker.io/library/python:3.12-slim"], 41_000_000),
            (&["docker.io/library/nginx:latest"], 72_000_000),
            (&["shop.example/web@sha256:aa"], 1),
            (&["shop.example/api@sha256:bb", "shop.example/api:1"], 2),
            (&["docker.io/library/moved:1", "docker.io/library/moved@sha256:new"], 3),
            (&["docker.io/library/moved@sha256:old"], 4),
            (&["somebody.else/web:1"], 5),
        ]);
        let ids = [("moved:1", "docker.io/library/moved@sha256:old"), ("gone", "sha256:0123")];
        let found = facts(&[pod("n", &images, OLD)], &ids, &[("n", CONTAINERD, lists)]);
        let sizes: Vec<_> = found.iter().map(|(image, facts)| (image.as_str(), facts.size)).collect();
        assert_eq!(
            sizes,
            [
                ("moved:1", exact(4)),
                ("nginx", exact(72_000_000)),
                ("python:3.12-slim", exact(41_000_000)),
                ("shop.example/api:1@sha256:bb", exact(2)),
                ("shop.example/web@sha256:aa", exact(1)),
            ],
            "the digest that runs counts before the tag"
        );
        assert_eq!(found["nginx"], ImageFacts { size: exact(72_000_000), form: ImageForm::Compressed, differs: false });
    }

    #[test]
    fn a_full_list_bounds_the_size_of_unlisted_images() {
        let young = "2026-11-24T08:55:00Z";
        let found = |image: &str, created: &str, list: Value| {
            facts(&[pod("n", &[image], created)], &[], &[("n", "cri-o://1.34.0", list)]).get(image).copied()
        };
        let bound = |bytes| Some(ImageFacts { size: at_most(bytes), form: ImageForm::Unpacked, differs: false });
        assert_eq!(found("web", OLD, full(vec![])), bound(151_000_000));
        assert_eq!(found("web", OLD, list(&[(&["other:1"], 1)])), None, "a list of fewer than 50 is complete");
        assert_eq!(found("web", young, full(vec![])), None, "the kubelet may not have reported it yet");
        let crowded = json!({ "names": ["a:1", "a:2", "a:3", "a:4", "a:5"], "sizeBytes": 180_000_000 });
        assert_eq!(found("web", OLD, full(vec![crowded])), bound(180_000_000), "one of its names may be cut off");
        assert_eq!(found("web", OLD, json!(null)), None);
        // If any node lists it, that is better than a bound.
        let pods = [pod("a", &["web"], OLD), pod("b", &["web"], OLD)];
        let nodes =
            [("a", CONTAINERD, full(vec![])), ("b", CONTAINERD, list(&[(&["docker.io/library/web:latest"], 9)]))];
        assert_eq!(facts(&pods, &[], &nodes)["web"].size, exact(9));
    }

    #[test]
    fn the_most_frequent_size_counts() {
        let one = |bytes| list(&[(&["docker.io/library/web:latest"], bytes)]);
        let pods = [pod("a", &["web"], OLD)];
        let nodes = [("a", CONTAINERD, one(10)), ("b", CONTAINERD, one(10)), ("c", "cri-o://1.34.0", one(30))];
        let web = facts(&pods, &[], &nodes)["web"];
        assert_eq!(web, ImageFacts { size: exact(10), form: ImageForm::Compressed, differs: true });
        let mixed = facts(&pods, &[], &[("a", CONTAINERD, one(10)), ("b", "cri-o://1.34.0", one(10))])["web"];
        assert_eq!((mixed.form, mixed.differs), (ImageForm::Unknown, false));
    }
}
