//! Output of `rbac`, and of `snapshot` without a cluster.

use std::process::Command;

use insta::assert_snapshot;

use crate::support::binary::{output as capmodel, text};

#[test]
fn rbac_prints_rules_for_a_cluster_or_for_a_namespace() {
    assert_snapshot!(text(&capmodel(&["rbac"]).stdout), @r#"
    apiVersion: rbac.authorization.k8s.io/v1
    kind: ClusterRole
    metadata:
      name: capmodel
    rules:
      - apiGroups: [""]
        resources: ["nodes", "pods", "namespaces", "persistentvolumeclaims", "services", "persistentvolumes"]
        verbs: ["list"]
      - apiGroups: ["apps"]
        resources: ["deployments", "replicasets", "statefulsets", "daemonsets"]
        verbs: ["list"]
      - apiGroups: ["batch"]
        resources: ["jobs", "cronjobs"]
        verbs: ["list"]
      - apiGroups: ["autoscaling"]
        resources: ["horizontalpodautoscalers"]
        verbs: ["list"]
      - apiGroups: ["storage.k8s.io"]
        resources: ["storageclasses"]
        verbs: ["list"]
      - apiGroups: ["metrics.k8s.io"]
        resources: ["nodes", "pods"]
        verbs: ["list"]
    "#);
    assert_snapshot!(text(&capmodel(&["rbac", "--namespace", "shop"]).stdout), @r#"
    apiVersion: rbac.authorization.k8s.io/v1
    kind: Role
    metadata:
      name: capmodel
      namespace: shop
    rules:
      - apiGroups: [""]
        resources: ["namespaces"]
        resourceNames: ["shop"]
        verbs: ["get"]
      - apiGroups: [""]
        resources: ["pods", "persistentvolumeclaims", "services"]
        verbs: ["list"]
      - apiGroups: ["apps"]
        resources: ["deployments", "replicasets", "statefulsets", "daemonsets"]
        verbs: ["list"]
      - apiGroups: ["batch"]
        resources: ["jobs", "cronjobs"]
        verbs: ["list"]
      - apiGroups: ["autoscaling"]
        resources: ["horizontalpodautoscalers"]
        verbs: ["list"]
      - apiGroups: ["metrics.k8s.io"]
        resources: ["pods"]
        verbs: ["list"]
    "#);
}

#[test]
fn a_missing_cluster_configuration_is_an_error() {
    let mut command = Command::new(env!("CARGO_BIN_EXE_capmodel"));
    command.env_clear().env("HOME", "/nonexistent").args(["snapshot", "-o", "s"]);
    let output = command.output().unwrap();
    let said = text(&output.stderr);
    assert!(output.status.code() == Some(4) && said.contains("no cluster configured"), "{said}");
    let output = capmodel(&["snapshot", "-o", "s", "--namespace", "a/../b"]);
    assert_eq!(output.status.code(), Some(2), "a namespace becomes part of a path");
}
