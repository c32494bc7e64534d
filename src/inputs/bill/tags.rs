//! Tags in one column of a bill, as a JSON object or a list of keys and values.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use crate::model::billed::{BilledCluster, tag_key};

/// The two forms of a column of tags.
#[derive(Deserialize)]
#[serde(untagged)]
enum Tags {
    Object(BTreeMap<String, Value>),
    List(Vec<Tag>),
}

#[derive(Deserialize)]
struct Tag {
    key: String,
    #[serde(default)]
    value: Value,
}

/// Whether a tag assigns the row to the cluster; `None` if the text contains its name in neither form.
pub(super) fn has_tag_of(cluster: &BilledCluster, text: &str) -> Option<bool> {
    // Most rows of a bill are of something else.
    if !cluster.is_named_in(text) {
        return Some(false);
    }
    let is_of_cluster = |(key, value): (&String, &Value)| {
        let key = tag_key(key);
        cluster.has_tag_key(&key) && value.as_str().is_some_and(|value| cluster.has_tag(&key, value))
    };
    Some(match serde_json::from_str(text).ok()? {
        Tags::Object(tags) => tags.iter().any(is_of_cluster),
        Tags::List(tags) => tags.iter().any(|tag| is_of_cluster((&tag.key, &tag.value))),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_are_an_object_or_a_list() {
        let cluster = BilledCluster::new("shop", [], []);
        for (text, expected) in [
            ("", Some(false)),
            ("{}", Some(false)),
            (r#"{"kubernetes.io/cluster/shop":"owned","other":1}"#, Some(true)),
            (r#"{"user_kubernetes_io_cluster_shop":"owned"}"#, Some(true)),
            (r#"{"goog-k8s-cluster-name":"other"}"#, Some(false)),
            (r#"[{"key":"goog-k8s-cluster-name","value":"shop"}]"#, Some(true)),
            ("kubernetes.io/cluster/shop=owned", None),
            ("team=other", Some(false)),
        ] {
            assert_eq!(has_tag_of(&cluster, text), expected, "{text}");
        }
    }
}
