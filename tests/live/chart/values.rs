//! Values: the schema, the defaults and the README say the same, and a wrong one is refused in words.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{NEEDED, chart, helm, parsed, read};
use crate::cluster::text;

#[test]
fn lint_finds_nothing() {
    let output = helm(&["lint", "--strict", &chart()]);
    let said = text(&output.stdout);
    assert!(output.status.success() && said.contains("1 chart(s) linted, 0 chart(s) failed"), "{said}");
}

#[test]
fn version_is_the_tools() {
    let chart = &parsed(&read("charts/capmodel/Chart.yaml"))[0];
    assert_eq!(chart["appVersion"], env!("CARGO_PKG_VERSION"));
}

#[test]
fn schema_values_and_readme_name_the_same() {
    let schema: Value = serde_json::from_str(&read("charts/capmodel/values.schema.json")).unwrap();
    let values = parsed(&read("charts/capmodel/values.yaml")).remove(0);
    let mut defaults = BTreeMap::new();
    leaves(&schema, &values, "", &mut defaults);

    let readme = read("charts/capmodel/README.md");
    let row = |line: &str| {
        let (name, rest) = line.strip_prefix("| `")?.split_once("` | `")?;
        Some((name.to_owned(), serde_json::from_str(rest.split_once("` | ")?.0).ok()?))
    };
    let told: BTreeMap<String, Value> = readme.lines().filter_map(row).collect();
    assert_eq!(told, defaults, "left: README.md, right: values.yaml as far as values.schema.json goes");
}

/// Values by name; where the schema knows nothing below a value, that is one.
fn leaves(schema: &Value, value: &Value, name: &str, out: &mut BTreeMap<String, Value>) {
    let Some(properties) = schema["properties"].as_object() else {
        out.insert(name.to_owned(), value.clone());
        return;
    };
    assert_eq!(schema["additionalProperties"], false, "{name}: a misspelt value must be refused");
    // Helm's own.
    let known = |key: &&String| name.is_empty() && **key == "global";
    let mut in_schema: Vec<&String> = properties.keys().filter(|key| !known(key)).collect();
    let mut in_values: Vec<&String> = value.as_object().unwrap().keys().collect();
    in_schema.sort_unstable();
    in_values.sort_unstable();
    assert_eq!(in_schema, in_values, "{name}");
    for key in in_schema {
        let below = if name.is_empty() { key.clone() } else { format!("{name}.{key}") };
        leaves(&properties[key], &value[key], &below, out);
    }
}

#[test]
fn wrong_values_are_refused_in_words() {
    for (wrong, said) in [
        ("clusterName=", "clusterName is required: the name that this cluster has in its reports"),
        ("clusterName=a b", "at '/clusterName': 'a b' does not match pattern"),
        ("image.registry=", "image.registry is required, as no public image is published"),
        ("image.digest=abc", "at '/image/digest': 'abc' does not match pattern '^(sha256:[0-9a-f]{64})?$'"),
        ("image.pullPolicy=always", "at '/image/pullPolicy': value must be one of 'Always', 'IfNotPresent', 'Never'"),
        ("monthly.schedul=x", "at '/monthly': additional properties 'schedul' not allowed"),
        ("monthly.schedule=monthly", "at '/monthly/schedule': 'monthly' does not match pattern"),
        ("oneShot.month=2026-13", "at '/oneShot/month': '2026-13' does not match pattern"),
        ("report.format=xls", "at '/report/format': value must be one of 'table', 'markdown', 'json', 'csv'"),
        ("report.by=team", "at '/report/by': 'team' does not match pattern '^(namespace|workload|label:.+)$'"),
        ("prometheus.url=prometheus:9090", "at '/prometheus/url': 'prometheus:9090' does not match pattern"),
        ("prometheus.matchers={cluster=a}", "at '/prometheus/matchers/0': 'cluster=a' does not match pattern"),
        ("delivery.bucket=reports", "at '/delivery/bucket': 'reports' does not match pattern"),
        ("snapshot.enabled=true", "snapshot.enabled needs a place for the snapshots: set volume.enabled=true"),
        ("backoffLimit=two", "at '/backoffLimit': got string, want integer"),
        ("networkPolicy.apiServer.ports={0}", "at '/networkPolicy/apiServer/ports/0': minimum: got 0, want 1"),
    ] {
        let output = helm(&[&["template", "capmodel", &chart()], &NEEDED[..], &["--set", wrong]].concat());
        let error = text(&output.stderr);
        assert!(!output.status.success() && error.contains(said), "{wrong}: {error}");
    }
}
