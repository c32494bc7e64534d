//! A snapshot of a real API server: the requests of pods equal those of `kubectl describe node`, and the file contains
//! no secrets.

#![expect(clippy::needless_pass_by_value, reason = "manifests are built from the inside out")]

use std::collections::BTreeMap;

use capmodel::inputs::files::read_snapshot_file;
use capmodel::model::cluster::{Owners, PodPhase, Snapshot, pod_limits, pod_requests};
use capmodel::units::{Bytes, CpuMillis, Quantity};
use serde_json::{Value, json};

use crate::cluster::{Cluster, capmodel, text};

const SECRET: &str = "hunter2-must-not-be-read";

#[test]
fn requests_of_fifty_nodes_and_five_hundred_pods_equal_those_of_kubectl() {
    let cluster = Cluster::start().with_fake_nodes(50);
    cluster.apply(&prerequisites());
    cluster.apply(&list(bare_pods()));
    cluster.apply(&list(workloads()));
    cluster.wait_until("500 pods in their places", |cluster| {
        let phases = cluster.kubectl(&["get", "pods", "-A", "-o", "jsonpath={range .items[*]}{.status.phase} {end}"]);
        let count = |phase: &str| phases.split_whitespace().filter(|p| *p == phase).count();
        (count("Running"), count("Succeeded"), count("Pending")) == (RUNNING, SUCCEEDED, WAITING)
    });
    resize(&cluster);

    let file = cluster.dir().join("s.capmodel");
    let path = file.to_str().unwrap();
    let config = cluster.kubeconfig();
    let config = config.to_str().unwrap();
    let flags = ["--kubeconfig", config, "--cluster-name", "prod", "--label", "team"];
    let output = capmodel(&[&["snapshot", "-o", path], &flags[..]].concat());
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    let snapshot = read_snapshot_file(&file).unwrap();

    requests_are_those_of_kubectl(&cluster, &snapshot);
    everything_is_there(&snapshot);
    let all = serde_json::to_string(&snapshot).unwrap();
    assert!(!all.contains(SECRET), "environment, arguments, annotations or labels were read");

    // Redacted, the snapshot contains no name; the mapping is in a file that only its owner can read.
    let output = capmodel(&[&["snapshot", "-o", path, "--redact"], &flags[..]].concat());
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    let redacted = read_snapshot_file(&file).unwrap();
    let all = serde_json::to_string(&redacted).unwrap();
    let nodes = snapshot.nodes.iter().map(|node| node.name.as_str());
    for name in ["acme", "prod", "registry.example", "platform"].into_iter().chain(nodes) {
        assert!(!all.contains(name), "{name} is left");
    }
    let names = cluster.dir().join("s.capmodel.names.json");
    let mode = std::os::unix::fs::PermissionsExt::mode(&names.metadata().unwrap().permissions());
    assert_eq!(mode & 0o777, 0o600);
    let sum = |snapshot: &Snapshot| snapshot.pods.iter().map(|pod| pod_requests(pod).cpu()).sum::<CpuMillis>();
    assert_eq!(sum(&redacted), sum(&snapshot));
}

const SHAPES: usize = 15;
const BARE: usize = 450;
const DEPLOYED: usize = 30;
const STATEFUL: usize = 5;
const JOBS: usize = 10;
const WAITING: usize = 5;
const RUNNING: usize = BARE + DEPLOYED + STATEFUL;
const SUCCEEDED: usize = JOBS;

fn list(items: Vec<Value>) -> String {
    json!({"apiVersion": "v1", "kind": "List", "items": items}).to_string()
}

fn prerequisites() -> String {
    list(vec![
        json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "acme-shop", "labels": {"team": "platform", "note": SECRET}}}),
        json!({"apiVersion": "node.k8s.io/v1", "kind": "RuntimeClass", "metadata": {"name": "sandboxed"}, "handler": "x",
               "overhead": {"podFixed": {"cpu": "250m", "memory": "120Mi"}}}),
        json!({"apiVersion": "storage.k8s.io/v1", "kind": "StorageClass", "metadata": {"name": "acme-fast"}, "provisioner": "ebs.csi.aws.com",
               "parameters": {"type": "gp3", "csi.storage.k8s.io/node-stage-secret-name": SECRET}}),
    ])
}

fn bare_pods() -> Vec<Value> {
    let mut pods: Vec<Value> = (0..BARE).map(|i| pod(&format!("bare-{i:03}"), shape(i % SHAPES))).collect();
    for i in 0..WAITING {
        let mut spec = shape(i);
        spec["nodeSelector"]["acme.example/zone-of-its-own"] = json!("nowhere");
        pods.push(pod(&format!("waiting-{i}"), spec));
    }
    pods
}

fn pod(name: &str, spec: Value) -> Value {
    let metadata = json!({"name": name, "namespace": "acme-shop", "labels": {"app": "acme-bare", "team": "platform", "x": SECRET},
                          "annotations": {"acme.example/password": SECRET}});
    json!({"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec})
}

fn container(name: &str, resources: Value) -> Value {
    json!({"name": name, "image": "registry.example/acme/app:1", "resources": resources, "args": [SECRET],
           "command": ["/bin/sh", SECRET], "env": [{"name": "PASSWORD", "value": SECRET}]})
}

/// Every way of requesting resources that the scheduler supports.
fn shape(number: usize) -> Value {
    let requests = |cpu: &str, memory: &str| json!({"requests": {"cpu": cpu, "memory": memory}});
    let sidecar = |name: &str, cpu: &str| {
        let mut sidecar = container(name, requests(cpu, "16Mi"));
        sidecar["restartPolicy"] = json!("Always");
        sidecar
    };
    let main = |resources| vec![container("main", resources)];
    let mut spec = match number {
        0 => json!({"containers": main(requests("100m", "64Mi"))}),
        1 => json!({"containers": [container("a", requests("100m", "64Mi")), container("b", requests("0.25", "1Gi"))]}),
        // One large init container; several of which the largest counts, per resource.
        2 => {
            json!({"containers": main(requests("100m", "64Mi")), "initContainers": [container("i", requests("1", "32Mi"))]})
        }
        3 => json!({"containers": main(requests("100m", "64Mi")),
                    "initContainers": [container("i", requests("90m", "512Mi")), container("j", requests("300m", "1Mi"))]}),
        // Sidecars before, between and after init containers.
        4 => {
            json!({"containers": main(requests("100m", "64Mi")), "initContainers": [sidecar("s", "50m"), container("i", requests("2", "8Mi"))]})
        }
        5 => {
            json!({"containers": main(requests("100m", "64Mi")), "initContainers": [container("i", requests("140m", "8Mi")), sidecar("s", "50m")]})
        }
        6 => json!({"containers": main(requests("100m", "64Mi")),
                    "initContainers": [sidecar("s", "50m"), container("i", requests("120m", "8Mi")), sidecar("t", "300m")]}),
        // Pod-level resources: more than its containers request, and with an init container.
        7 => json!({"containers": main(requests("100m", "64Mi")), "resources": requests("750m", "256Mi")}),
        8 => {
            json!({"containers": main(json!({})), "resources": {"requests": {"cpu": "500m"}, "limits": {"cpu": "1", "memory": "300Mi"}},
                    "initContainers": [sidecar("s", "50m")]})
        }
        9 => json!({"containers": main(requests("100m", "64Mi")), "runtimeClassName": "sandboxed"}),
        // Limits without requests become requests; requests below limits.
        10 => json!({"containers": main(json!({"limits": {"cpu": "200m", "memory": "128Mi"}}))}),
        11 => {
            json!({"containers": main(json!({"requests": {"cpu": "50m", "memory": "32Mi"}, "limits": {"cpu": "1500m", "memory": "1G"}})),
                     "runtimeClassName": "sandboxed"})
        }
        12 => {
            json!({"containers": main(json!({"requests": {"cpu": "100m", "ephemeral-storage": "1Gi"}, "limits": {"example.com/widget": "1"}}))})
        }
        // Quantities in a form that is not canonical.
        13 => {
            json!({"containers": main(requests("0.1005", "128974848")), "initContainers": [container("i", requests("1e-1", "0.1Gi"))]})
        }
        _ => json!({"containers": main(json!({}))}),
    };
    spec["nodeSelector"] = json!({"type": "kwok"});
    spec["tolerations"] = json!([{"key": "kwok.x-k8s.io/node", "operator": "Exists"}]);
    spec
}

fn workloads() -> Vec<Value> {
    let template = |app: &str, number| {
        let mut spec = shape(number);
        spec["topologySpreadConstraints"] = json!([{"maxSkew": 1, "topologyKey": "topology.kubernetes.io/zone",
            "whenUnsatisfiable": "DoNotSchedule", "labelSelector": {"matchLabels": {"app": app}}}]);
        json!({"metadata": {"labels": {"app": app, "team": "platform"}}, "spec": spec})
    };
    let metadata = |name: &str| json!({"name": name, "namespace": "acme-shop", "labels": {"team": "platform"}});
    let selector = |app: &str| json!({"matchLabels": {"app": app}});
    let mut job = template("acme-job", 0);
    job["spec"]["restartPolicy"] = json!("Never");
    vec![
        json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": metadata("acme-web"),
               "spec": {"replicas": DEPLOYED, "selector": selector("acme-web"), "template": template("acme-web", 1)}}),
        json!({"apiVersion": "apps/v1", "kind": "StatefulSet", "metadata": metadata("acme-db"),
               "spec": {"replicas": STATEFUL, "podManagementPolicy": "Parallel", "serviceName": "x", "selector": selector("acme-db"), "template": template("acme-db", 2)}}),
        json!({"apiVersion": "batch/v1", "kind": "Job", "metadata": metadata("acme-once"),
               "spec": {"completions": JOBS, "parallelism": JOBS, "template": job}}),
        json!({"apiVersion": "batch/v1", "kind": "CronJob", "metadata": metadata("acme-nightly"),
               "spec": {"schedule": "0 3 * * *", "suspend": true, "jobTemplate": {"spec": {"template": job}}}}),
        json!({"apiVersion": "autoscaling/v2", "kind": "HorizontalPodAutoscaler", "metadata": metadata("acme-web"),
               "spec": {"scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "acme-web"}, "minReplicas": DEPLOYED, "maxReplicas": DEPLOYED,
                        "metrics": [{"type": "Resource", "resource": {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": 70}}},
                                    {"type": "External", "external": {"metric": {"name": "acme-queue"}, "target": {"type": "AverageValue", "averageValue": "30"}}}]}}),
        json!({"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": metadata("acme-data"),
               "spec": {"storageClassName": "acme-fast", "accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "20Gi"}}}}),
        json!({"apiVersion": "v1", "kind": "PersistentVolume", "metadata": {"name": "acme-volume"},
               "spec": {"storageClassName": "acme-fast", "capacity": {"storage": "20Gi"}, "accessModes": ["ReadWriteOnce"],
                        "csi": {"driver": "ebs.csi.aws.com", "volumeHandle": "vol-1", "nodePublishSecretRef": {"name": SECRET, "namespace": "x"}},
                        "nodeAffinity": {"required": {"nodeSelectorTerms": [{"matchExpressions": [{"key": "topology.kubernetes.io/zone", "operator": "In", "values": ["z1"]}]}]}}}}),
        json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "acme-front", "namespace": "acme-shop",
                   "annotations": {"service.beta.kubernetes.io/aws-load-balancer-type": "nlb", "x": SECRET}},
               "spec": {"type": "LoadBalancer", "ports": [{"name": "a", "port": 80}, {"name": "b", "port": 443}]}}),
        json!({"apiVersion": "v1", "kind": "Service", "metadata": metadata("acme-inner"), "spec": {"ports": [{"port": 80}]}}),
        json!({"apiVersion": "v1", "kind": "Secret", "metadata": metadata("acme-secret"), "stringData": {"password": SECRET}}),
    ]
}

/// Puts pods into the states of an in-place resize, as a kubelet would.
fn resize(cluster: &Cluster) {
    let status = |name: &str, actuated: &str, allocated: &str, reason: Option<&str>| {
        let conditions: Vec<Value> = reason
            .map(|reason| json!({"type": "PodResizePending", "status": "True", "reason": reason}))
            .into_iter()
            .collect();
        let container = json!({"name": "main", "ready": true, "image": "i", "imageID": "i", "restartCount": 0,
            "resources": {"requests": {"cpu": actuated, "memory": "64Mi"}, "limits": {"cpu": "2"}},
            "allocatedResources": {"cpu": allocated, "memory": "64Mi"}});
        let patch = json!({"status": {"containerStatuses": [container], "conditions": conditions}}).to_string();
        cluster.kubectl(&["-n", "acme-shop", "patch", "pod", name, "--subresource=status", "--patch", &patch]);
    };
    // All pods of shape 0, which request 100m.
    status("bare-000", "300m", "100m", None);
    status("bare-015", "50m", "80m", Some("Deferred"));
    status("bare-030", "50m", "80m", Some("Infeasible"));
    status("bare-045", "100m", "100m", None);
    // And the container of a sidecar next to it, of shape 4.
    status("bare-049", "700m", "100m", None);
}

/// CPU and memory requests and limits by node and pod, as printed by `kubectl`.
fn described(cluster: &Cluster) -> BTreeMap<String, BTreeMap<String, [Quantity; 4]>> {
    let mut nodes: BTreeMap<String, BTreeMap<String, [Quantity; 4]>> = BTreeMap::new();
    let (mut node, mut in_table) = (String::new(), false);
    for line in cluster.kubectl(&["describe", "nodes"]).lines() {
        if let Some(name) = line.strip_prefix("Name:") {
            name.trim().clone_into(&mut node);
            nodes.entry(node.clone()).or_default();
        }
        let starts = line.starts_with("Non-terminated Pods:");
        in_table = starts || (in_table && line.starts_with(' '));
        let words: Vec<&str> = line.split_whitespace().collect();
        if let [namespace, pod, cpu, _, cpu_limit, _, memory, _, memory_limit, _, _age] = words.as_slice()
            && in_table
            && let Ok(cpu) = cpu.parse()
        {
            let row = [cpu, cpu_limit.parse().unwrap(), memory.parse().unwrap(), memory_limit.parse().unwrap()];
            nodes.get_mut(&node).unwrap().insert(format!("{namespace}/{pod}"), row);
        }
    }
    nodes
}

fn requests_are_those_of_kubectl(cluster: &Cluster, snapshot: &Snapshot) {
    let nodes = described(cluster);
    assert_eq!(nodes.len(), 50);
    assert_eq!(nodes.values().map(BTreeMap::len).sum::<usize>(), RUNNING);
    for (node, rows) in &nodes {
        let mut sum = (0, 0);
        let ours = snapshot.pods.iter().filter(|pod| pod.node.as_ref() == Some(node) && !pod.is_terminated());
        for pod in ours.clone() {
            let (requests, limits) = (pod_requests(pod), pod_limits(pod));
            let amount = |name: &str| [&requests, &limits].map(|r| r.get(name).unwrap_or(Quantity::from_nanos(0)));
            let ([cpu, cpu_limit], [memory, memory_limit]) = (amount("cpu"), amount("memory"));
            assert_eq!([cpu, cpu_limit, memory, memory_limit], rows[&pod.key()], "{}", pod.key());
            sum = (sum.0 + requests.cpu().millis(), sum.1 + requests.memory().bytes());
        }
        assert_eq!(ours.count(), rows.len(), "{node}");
        let theirs = rows.values().fold((0, 0), |sum, row| (sum.0 + row[0].ceil_milli(), sum.1 + row[2].ceil()));
        assert_eq!((i128::from(sum.0), i128::from(sum.1)), theirs, "{node}");
    }
}

fn everything_is_there(snapshot: &Snapshot) {
    let phase = |wanted: PodPhase| snapshot.pods.iter().filter(|pod| pod.phase == wanted).count();
    assert_eq!((phase(PodPhase::Running), phase(PodPhase::Succeeded)), (RUNNING, SUCCEEDED));
    assert_eq!(snapshot.pods.iter().filter(|pod| pod.is_waiting()).count(), WAITING);
    assert_eq!((snapshot.cluster.name.as_str(), snapshot.cluster.server_version.as_deref()), ("prod", Some("v1.36.3")));
    assert!(snapshot.cluster.uid.as_ref().is_some_and(|uid| uid.len() == 36));
    let owners = Owners::new(&snapshot.workloads);
    let mut of_workload: BTreeMap<String, usize> = BTreeMap::new();
    for pod in &snapshot.pods {
        let top = owners.root_owner(pod).map_or("none".to_owned(), |owner| format!("{}/{}", owner.kind, owner.name));
        *of_workload.entry(top).or_default() += 1;
    }
    let want = [
        ("Deployment/acme-web", DEPLOYED),
        ("Job/acme-once", JOBS),
        ("StatefulSet/acme-db", STATEFUL),
        ("none", BARE + WAITING),
    ];
    assert_eq!(of_workload, want.map(|(name, count)| (name.to_owned(), count)).into());
    let [autoscaler] = snapshot.autoscalers.as_slice() else { panic!("{:?}", snapshot.autoscalers) };
    assert_eq!((autoscaler.target.name.as_str(), autoscaler.metrics.len()), ("acme-web", 2));
    let [balancer] = snapshot.load_balancers.as_slice() else { panic!("{:?}", snapshot.load_balancers) };
    assert_eq!((balancer.ports, balancer.annotations.len()), (2, 1));
    let [volume] = snapshot.volumes.as_slice() else { panic!("{:?}", snapshot.volumes) };
    assert_eq!((volume.capacity, volume.zones.as_slice()), (Bytes::from_gib(20), &["z1".to_owned()][..]));
    let [claim] = snapshot.claims.as_slice() else { panic!("{:?}", snapshot.claims) };
    assert_eq!((claim.requested, claim.class.as_deref()), (Bytes::from_gib(20), Some("acme-fast")));
    let class = &snapshot.storage_classes[0];
    assert_eq!(class.parameters.iter().collect::<Vec<_>>(), [(&"type".to_owned(), &"gp3".to_owned())]);
    let shop = snapshot.namespaces.iter().find(|namespace| namespace.name == "acme-shop").unwrap();
    assert_eq!(shop.tags.labels.len(), 1, "the label that was asked for and no other");
    let web = snapshot.pods.iter().find(|pod| pod.name.starts_with("acme-web")).unwrap();
    let placement = web.placement.as_ref().unwrap();
    assert!(placement.spread[0].selects_siblings && placement.node_selector["type"] == "kwok");
    assert_eq!(placement.tolerations.len(), 1, "but for those of every pod");
    let node = &snapshot.nodes[0];
    assert_eq!((node.scheduling_labels["type"].as_str(), node.machine.zone.as_deref()), ("kwok", Some("z0")));
    assert!(node.ready && node.allocatable.whole("example.com/widget") == 16);
}
