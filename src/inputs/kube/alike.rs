//! Pods that are alike are parsed once.
//!
//! A list gives the pods of one workload one after another, and their texts differ in few places: names, times, addresses.
//! None of these decides what is kept, but for the pod's own name, its node and its age. So a pod whose text is that of a
//! parsed one but for these places is that pod with another name, node and age. Comparing takes a tenth of parsing.

use std::ops::Range;

use memchr::memmem;
use serde::Deserialize;

use super::meta::Keep;
use super::page::head;
use super::places::{Place, Places};
use super::pod::extract_pod;
use super::strip::{length_of_managed_fields, without_managed_fields};
use crate::model::cluster::Pod;
use crate::units::Timestamp;

/// Where the next page begins, and the pods of this one. `None` where the text is not as API servers write it; then it is to
/// be parsed as a whole.
pub(super) fn pods(body: &[u8], keep: &Keep) -> Option<(String, Vec<Pod>)> {
    let (next, items) = head(body)?;
    let (mut rest, mut pods, mut known) = (&body[items..], Vec::new(), None::<Known>);
    loop {
        let (pod, length) = match known.as_ref().and_then(|known| known.like(rest)) {
            Some(found) => found,
            None => {
                let text = first(rest)?;
                let stripped = without_managed_fields(text);
                let pod = extract_pod(serde_json::from_slice(&stripped).ok()?, keep);
                known = Known::new(stripped, &pod, keep);
                (pod, text.len())
            }
        };
        pods.push(pod);
        match &rest[length..] {
            [b',', more @ ..] => rest = more,
            [b']', end @ ..] => return (end.trim_ascii() == b"}").then_some((next, pods)),
            _ => return None,
        }
    }
}

/// The text of the first of these pods, as far as can be seen without parsing; what is cut at a wrong place is no JSON.
fn first(pods: &[u8]) -> Option<&[u8]> {
    match memmem::find(pods, b"},{\"metadata\":{") {
        Some(at) => pods.get(..=at),
        None => pods.trim_ascii_end().strip_suffix(b"]}"),
    }
}

/// A pod that was parsed.
struct Known {
    /// Without managed fields.
    text: Vec<u8>,
    /// The places where others may differ, in their order.
    places: Vec<(Range<usize>, Place)>,
    /// What others like it have in common with it; empty what stands at one of the places.
    common: Pod,
}

impl Known {
    /// `None` where others like it cannot be made from it.
    fn new(text: Vec<u8>, pod: &Pod, keep: &Keep) -> Option<Self> {
        let mut places: Vec<_> = Places::deserialize(&mut serde_json::Deserializer::from_slice(&text))
            .ok()?
            .list(keep)?
            .into_iter()
            .filter_map(|(place, raw)| {
                let value = match place {
                    Place::Managed => raw.get().strip_prefix('[')?.strip_suffix(']')?,
                    _ => raw.get().strip_prefix('"')?.strip_suffix('"')?,
                };
                let start = value.as_ptr().addr() - text.as_ptr().addr();
                Some((start..start + value.len(), place))
            })
            .collect();
        places.sort_unstable_by_key(|(range, _)| range.start);
        let mut common = pod.clone();
        for (_, place) in &places {
            match place {
                Place::Name => common.name = String::new(),
                Place::Node => common.node = None,
                Place::Created => common.created = None,
                Place::Managed | Place::Time | Place::Ignored => {}
            }
        }
        Some(Self { text, places, common })
    }

    /// The pod that `rest` begins with and the length of its text, where it is like this one.
    fn like(&self, rest: &[u8]) -> Option<(Pod, usize)> {
        let (mut from, mut at) = (0, 0);
        let (mut name, mut node, mut created) = (None, None, None);
        for (range, place) in &self.places {
            let same = &self.text[from..range.start];
            let value = rest[at..].strip_prefix(same)?;
            // That the end follows, a quotation mark or a bracket, is in the next part.
            let length = match place {
                Place::Managed => length_of_managed_fields(value),
                _ => value.iter().position(|byte| !is_plain(*byte))?,
            };
            let text = || std::str::from_utf8(&value[..length]).ok();
            match place {
                Place::Name => name = text(),
                Place::Node => node = text(),
                Place::Created => created = Some(text()?.parse::<Timestamp>().ok()?),
                Place::Time => drop(text()?.parse::<Timestamp>().ok()?),
                Place::Managed | Place::Ignored => {}
            }
            (from, at) = (range.end, at + same.len() + length);
        }
        let same = &self.text[from..];
        rest[at..].starts_with(same).then(|| {
            let mut pod = self.common.clone();
            pod.name.extend(name);
            pod.node = node.filter(|node| !node.is_empty()).map(ToOwned::to_owned).or(pod.node);
            pod.created = created.or(pod.created);
            (pod, at + same.len())
        })
    }
}

/// Nothing that a parser would have to look at.
const fn is_plain(byte: u8) -> bool {
    matches!(byte, b' '..=b'~') && byte != b'"' && byte != b'\\'
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::super::page::parsed;
    use super::*;

    const RECORDED: &str = include_str!("../../../fixtures/kube/pod.json");

    fn page(items: &[Value]) -> String {
        json!({ "metadata": { "continue": "x" }, "items": items })
            .to_string()
            .replace(r#","metadata":{"continue":"x"}}"#, "}")
            .replacen('{', r#"{"metadata":{"continue":"x"},"#, 1)
    }

    /// By parsing everything.
    fn whole(text: &str, keep: &Keep) -> Option<(String, Vec<Pod>)> {
        parsed(text.as_bytes(), &|raw| Some(extract_pod(raw, keep))).ok()
    }

    /// Everything in a value, by its path.
    fn paths(value: &Value) -> Vec<String> {
        let inside = |key: &str, value| {
            paths(value)
                .into_iter()
                .map(move |path| format!("/{}{path}", key.replace('~', "~0").replace('/', "~1")))
                .collect::<Vec<_>>()
        };
        let mut all = vec![String::new()];
        match value {
            Value::Object(map) => all.extend(map.iter().flat_map(|(key, value)| inside(key, value))),
            Value::Array(list) => {
                all.extend(list.iter().enumerate().flat_map(|(at, value)| inside(&at.to_string(), value)))
            }
            _ => {}
        }
        all
    }

    fn others(value: &Value) -> Vec<Value> {
        match value {
            Value::String(text) if text.parse::<Timestamp>().is_ok() => {
                vec![json!("2026-01-02T03:04:05Z"), json!("never")]
            }
            Value::String(text) => vec![json!(format!("{text}x")), json!("\"\\é\n"), json!(""), json!("7"), json!(7)],
            Value::Number(number) => vec![json!(number.as_i64().unwrap() + 1)],
            Value::Bool(yes) => vec![json!(!yes)],
            Value::Array(_) => vec![json!([])],
            Value::Object(_) => vec![json!({})],
            Value::Null => vec![json!("2026-01-02T03:04:05Z")],
        }
    }

    /// A pod with all that is looked at, and every other that differs from it in one thing.
    #[test]
    fn whatever_differs_comes_out_as_parsed() {
        let mut pod: Value = serde_json::from_str(RECORDED).unwrap();
        pod["metadata"]["managedFields"] = json!([{ "time": "2026-11-24T08:34:24Z", "fieldsV1": { "f:a": {} } }]);
        pod["metadata"]["annotations"]["CapacityProvisioned"] = json!("0.5vCPU 1GB");
        pod["spec"]["volumes"][1] = json!({ "name": "data", "persistentVolumeClaim": { "claimName": "data" } });
        pod["status"]["containerStatuses"][0]["containerID"] = json!("containerd://a");
        let ended = json!({ "exitCode": 0, "startedAt": "2026-11-24T08:34:24Z", "finishedAt": "2026-11-24T08:34:25Z", "containerID": "a" });
        let mut over = pod.clone();
        over["status"]["phase"] = json!("Succeeded");
        over["status"]["containerStatuses"][0]["state"] = json!({ "terminated": ended });
        let mut ephemeral = pod.clone();
        ephemeral["spec"]["volumes"][0] = json!({ "name": "scratch", "ephemeral": {} });
        let mut escaped = pod.clone();
        (escaped["metadata"]["name"], escaped["spec"]["nodeName"]) = (json!("a\\b"), json!("é\n"));
        let mut misleading = pod.clone();
        misleading["metadata"]["managedFields"][0]["fieldsV1"] = json!({ "k:{\"mountPath\":\"/a}]b\"}": {} });
        let (mut different, mut alike) = (0, 0);
        let keep = Keep { labels: vec!["team".into()], annotations: vec!["prometheus.io/port".into()] };
        for pod in [&pod, &over, &ephemeral, &misleading, &escaped] {
            for path in paths(pod) {
                for other in others(pod.pointer(&path).unwrap()) {
                    let mut second = pod.clone();
                    *second.pointer_mut(&path).unwrap() = other;
                    let text = page(&[pod.clone(), second.clone(), pod.clone()]);
                    let expected = whole(&text, &keep);
                    let found = pods(text.as_bytes(), &keep);
                    assert_eq!(found.or_else(|| whole(&text, &keep)), expected, "{path}: {second}");
                    different += usize::from(expected.is_none_or(|(_, pods)| pods[0] != pods[1]));
                    let first = without_managed_fields(pod.to_string().as_bytes());
                    let known = Known::new(first, &Pod::default(), &keep);
                    alike += usize::from(known.is_some_and(|k| k.like(second.to_string().as_bytes()).is_some()));
                }
            }
        }
        assert!(different > 1000 && alike > 150, "{different} differ, {alike} are alike");
    }

    #[test]
    fn pods_of_a_workload_are_alike() {
        let other = RECORDED
            .trim()
            .replace("POD_NAME", "other")
            .replace("NODE_NAME", "node-2")
            .replace("POD_UID", "2")
            .replace("\"274\"", "\"275\"")
            .replace("kube-api-access-qqbfg", "kube-api-access-zzzzz")
            .replace("08:34:2", "09:00:0")
            .replace("10.245.0.1", "10.245.0.2")
            .replace("127.0.0.1", "127.0.0.2");
        let known =
            Known::new(without_managed_fields(RECORDED.trim().as_bytes()), &Pod::default(), &Keep::default()).unwrap();
        let (pod, length) = known.like(format!("{other}]").as_bytes()).unwrap();
        assert_eq!((pod.name.as_str(), pod.node.as_deref(), length), ("other", Some("node-2"), other.len()));
        for cut in 0..other.len() {
            assert!(known.like(&other.as_bytes()[..cut]).is_none(), "{cut}");
        }
    }

    #[test]
    fn texts_that_are_to_be_parsed_as_a_whole() {
        let pod = r#"{"metadata":{"name":"a"}}"#;
        let of = |text: String| pods(text.as_bytes(), &Keep::default()).map(|(next, pods)| (next, pods.len()));
        assert_eq!(of(format!(r#"{{"metadata":{{"continue":"x"}},"items":[{pod},{pod}]}}"#)), Some(("x".into(), 2)));
        for text in [
            format!(r#"{{"items":[{pod}],"metadata":{{"continue":"x"}}}}"#),
            format!(r#"{{"items":[{pod},]}}"#),
            format!(r#"{{"items":[{pod} {pod}]}}"#),
            format!(r#"{{"items":[{pod}"#),
            format!(r#"{{"items":[{pod}]"#),
            format!(r#"{{"items":[{pod}]}}}}"#),
            r#"{"items":[]}"#.to_owned(),
            r#"{"items":null}"#.to_owned(),
        ] {
            assert_eq!(of(text.clone()), None, "{text}");
        }
    }
}
