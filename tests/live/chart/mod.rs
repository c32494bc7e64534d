//! The chart with a real helm: what it renders, whether Kubernetes accepts it, and whether it runs.

mod monitoring;
mod node;
mod objects;
mod openapi;
mod release;
mod values;

use std::path::{Path, PathBuf};
use std::process::Output;

use serde_json::Value;

use crate::cluster::text;
use crate::support::kit::program;

/// The required values of the chart.
const NEEDED: [&str; 2] = ["--set=clusterName=prod-1", "--set=image.repository=registry.example.com/capmodel"];

fn repository() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn chart() -> String {
    repository().join("charts/capmodel").display().to_string()
}

fn read(path: &str) -> String {
    std::fs::read_to_string(repository().join(path)).unwrap()
}

/// A real helm, isolated from the environment of the caller.
fn helm(arguments: &[&str]) -> Output {
    helm_of("helm", arguments)
}

/// A helm from the kit: `helm` is version 4, `helm3` version 3.
fn helm_of(name: &str, arguments: &[&str]) -> Output {
    program(name, Path::new(env!("CARGO_TARGET_TMPDIR"))).args(arguments).output().unwrap()
}

/// The output of `helm template` with these values.
fn template(values: &[&str]) -> String {
    let base = ["template", "capmodel", &chart(), "--namespace", "capmodel"];
    let output = helm(&[&base, &NEEDED[..], values].concat());
    assert!(output.status.success(), "{values:?}: {}", text(&output.stderr));
    text(&output.stdout)
}

fn rendered(values: &[&str]) -> Vec<Value> {
    parsed(&template(values))
}

fn parsed(yaml: &str) -> Vec<Value> {
    let documents: Vec<Value> = serde_saphyr::from_multiple(yaml).unwrap();
    documents.into_iter().filter(|document| !document.is_null()).collect()
}

/// The object with this kind and name.
fn object<'a>(objects: &'a [Value], kind: &str, name: &str) -> &'a Value {
    let is_it = |object: &&Value| {
        object["kind"] == kind && object["metadata"]["name"].as_str().is_some_and(|it| it.starts_with(name))
    };
    objects.iter().find(is_it).unwrap_or_else(|| panic!("no {kind} {name}"))
}

/// Sets of values that together use every value.
const VARIANTS: &[(&str, &[&str])] = &[
    ("what is needed alone", &[]),
    ("everything", &["--values=fixtures/chart/everything.yaml"]),
    ("a Role in each namespace", &["--set=namespaces={shop,pay}", "--set=report.by=label:team"]),
    (
        "one month, once",
        &["--set=firstReport.enabled=false,monthly.enabled=false,oneShot.month=2026-10,prometheus.url=http://p"],
    ),
    (
        "made by others",
        &[
            "--set=rbac.create=false,serviceAccount.create=false,networkPolicy.enabled=false,volume.enabled=true,volume.existingClaim=reports",
        ],
    ),
    (
        "owners, prices and pricing",
        &[
            "--set=report.by=owners,report.format=html",
            "--set-file=owners.file=examples/owners.toml,prices.table=examples/prices.csv,pricing.file=examples/pricing.toml",
        ],
    ),
    ("an Azure container", &["--set=delivery.bucket=az://reports/capmodel,image.tag=edge"]),
    (
        "a Google bucket",
        &["--set=delivery.bucket=gs://reports/capmodel,prometheus.url=https://mimir.example.com/prometheus"],
    ),
];
