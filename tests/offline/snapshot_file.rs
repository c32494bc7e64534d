//! The file of a snapshot: what is written comes back, and what is not one is refused with the reason.

use std::path::Path;

use capmodel::inputs::files::{SnapshotError, parse_snapshot};
use capmodel::model::cluster::{Names, RedactionKey, Snapshot, redact};
use capmodel::outputs;

/// One of everything that a snapshot of version 1 can hold. Files like it are at people's homes: it must always be read.
const VERSION_1: &str = include_str!("../../fixtures/snapshot/v1.json");

fn parse(bytes: &[u8]) -> Result<Snapshot, SnapshotError> {
    parse_snapshot(bytes, Path::new("s"))
}

fn error(bytes: &[u8]) -> String {
    parse(bytes).unwrap_err().to_string()
}

#[test]
fn version_1_is_read_and_written() {
    let snapshot = parse(VERSION_1.as_bytes()).unwrap();
    let written = serde_json::to_value(&snapshot).unwrap();
    assert_eq!(written, serde_json::from_str::<serde_json::Value>(VERSION_1).unwrap(), "no key is lost or new");
    let bytes = outputs::snapshot(&snapshot).unwrap();
    assert_eq!(parse(&bytes).unwrap(), snapshot);
    assert_eq!(bytes, outputs::snapshot(&snapshot).unwrap(), "the same snapshot, the same bytes");
}

#[test]
fn what_is_no_snapshot_is_refused() {
    let snapshot = parse(VERSION_1.as_bytes()).unwrap();
    let bytes = outputs::snapshot(&snapshot).unwrap();
    for length in 3..bytes.len() {
        assert_eq!(error(&bytes[..length]), "s is damaged or cut short", "{length}");
    }
    let mut changed = bytes.clone();
    let middle = changed.len() / 2;
    changed[middle] ^= 0x10;
    assert_eq!(error(&changed), "s is damaged or cut short");
    let nothing = "s is not a snapshot; `capmodel snapshot -o FILE` makes one";
    for text in ["", "{}", "hello", "[1]", "{\"schema\":\"capmodel/estimate/v1\"}", "\u{1f}\u{8b}"] {
        assert_eq!(error(text.as_bytes()), nothing, "{text}");
    }
    assert_eq!(
        error(VERSION_1.replace("snapshot/v1", "snapshot/v2").as_bytes()),
        "s is a snapshot of the form `capmodel/snapshot/v2`; this version of capmodel reads `capmodel/snapshot/v1`"
    );
    assert_eq!(error(VERSION_1.replace("\"250m\"", "\"250 m\"").as_bytes()), "s is not a valid snapshot");
}

#[test]
fn redacted_names_are_joined_as_before_and_nothing_is_left() {
    let original = parse(VERSION_1.as_bytes()).unwrap();
    let mut redacted = original.clone();
    let names = redact(&mut redacted, &RedactionKey::new([7; 32]));
    let text = serde_json::to_string(&redacted).unwrap();
    // In the fixture every name that someone chose has `acme` in it.
    assert_eq!(text.match_indices("acme").count(), 0, "{text}");
    assert!(redacted.redacted && !original.redacted);
    let (pod, node) = (&redacted.pods[0], &redacted.nodes[0]);
    assert_eq!(pod.node.as_ref(), Some(&node.name));
    let placement = pod.placement.as_ref().unwrap();
    for (key, value) in &placement.node_selector {
        assert_eq!(node.scheduling_labels.get(key), Some(value), "a pod still finds its node");
    }
    assert_eq!(placement.tolerations[0].key.as_ref(), Some(&node.taints[0].key));
    assert_eq!(redacted.findings[0].subject, node.name);
    // The names lead back.
    let original_of = |kind: &str, hash: &str| names[kind][hash].as_str();
    assert_eq!(original_of("node", &node.name), original.nodes[0].name);
    // Another key, other hashes; the same key, the same.
    let again = |key| {
        let mut snapshot = original.clone();
        (redact(&mut snapshot, &RedactionKey::new([key; 32])), snapshot)
    };
    assert_eq!((names, redacted), again(7));
    let (other, _): (Names, _) = again(8);
    assert!(other["node"].keys().all(|hash| !again(7).0["node"].contains_key(hash)));
}
