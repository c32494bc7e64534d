//! The chart and the real image on a real node, over two months.

use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};

use super::{chart, helm};
use crate::cluster::{Cluster, HOST, text};
use crate::prometheus::{OpenMetrics, Server};
use crate::support::kit::{part, script};

#[test]
fn two_monthly_runs_succeed_on_a_real_node() {
    let site = Site::start();

    // The fifth of October: a first report, and that of September.
    let notes = site.helm("install", &[FIFTH_OF_OCTOBER]);
    let first = site.job("first");
    site.completed(&first);
    let said = site.logs(&first);
    assert!(said.contains("prod-1") && said.contains("shop"), "{said}");
    let september = site.monthly("september");
    assert!(september.contains("2026-09") && september.contains("shop"), "{september}");
    assert!(!september.contains("difference"), "there is nothing yet to stand beside: {september}");
    // Most of the first report's thirty days are in September, so it is stored there and kept.
    assert!(site.kept("2026-09/report.json").exists());
    let owner = std::fs::metadata(site.kept("2026-09/report-2.json")).unwrap();
    assert_eq!((owner.uid(), owner.gid()), (65_532, 65_532));

    // The fifth of November: the report of October finds that of September.
    site.helm("upgrade", &[FIFTH_OF_NOVEMBER]);
    site.completed(&site.job("first"));
    let october = site.monthly("october");
    assert!(october.contains("2026-10") && october.contains("difference"), "{october}");
    assert!(site.kept("2026-10/report.json").exists());
    let kept: Value = serde_json::from_slice(&std::fs::read(site.kept("2026-10/report-2.json")).unwrap()).unwrap();
    let shop = kept["predicted"]["namespaces"].as_array().unwrap().iter().find(|row| row["name"] == "shop").unwrap();
    let cents = |name: &str| shop[name].as_str().unwrap().parse::<f64>().unwrap();
    assert!(cents("predicted") > 1.0 && cents("modelled") > 1.0, "{shop}");

    what_the_notes_say_works(&site, &notes, &kept, &october);
    a_snapshot_is_kept(&site);
    let tested = helm(&[&["test", "capmodel", "--timeout=60s"], &site.at()[..]].concat());
    assert!(tested.status.success(), "{}{}", text(&tested.stdout), text(&tested.stderr));

    // All of these connections were to the API server and to Prometheus.
    assert_eq!(site.elsewhere(), 0);
    nothing_can_be_written_beside_the_volume(&site);
    certificates_are_found(&site);
    a_thousand_nodes_fit(&site);
    // The counter is able to count.
    site.run("elsewhere", json!(["check", "--prometheus=http://192.0.2.1"]), &[]);
    site.cluster.wait_until("a packet to elsewhere", |_| site.elsewhere() > 0);

    let removed = helm(&[&["uninstall", "capmodel"], &site.at()[..]].concat());
    assert!(removed.status.success(), "{}", text(&removed.stderr));
    assert!(site.kept("2026-10/report-2.json").exists());
}

const FIFTH_OF_OCTOBER: &str = "--set-string=extraEnv[0].name=SOURCE_DATE_EPOCH,extraEnv[0].value=1791201600";
const FIFTH_OF_NOVEMBER: &str = "--set-string=extraEnv[0].name=SOURCE_DATE_EPOCH,extraEnv[0].value=1793880000";

fn what_the_notes_say_works(site: &Site, notes: &str, newest: &Value, log: &str) {
    let commands: Vec<&str> = notes.split("\n\n  kubectl ").skip(1).collect();
    let command = |with: &str| {
        let found = commands.iter().find(|command| command.contains(with)).unwrap_or_else(|| panic!("{notes}"));
        format!("kubectl {}", found.split("\n\n").next().unwrap())
    };
    let shell = |command: &str| {
        let path = format!("{}:/usr/bin:/bin", part("kubectl").parent().unwrap().display());
        let mut shell = Command::new("sh");
        shell.args(["-c", command]).env_clear().env("PATH", path).env("KUBECONFIG", site.cluster.kubeconfig());
        // Cache folder of kubectl's API discovery.
        shell.env("HOME", site.cluster.dir());
        let output = shell.output().unwrap();
        assert!(output.status.success(), "{command}: {}", text(&output.stderr));
        text(&output.stdout)
    };
    assert_eq!(shell(&command("component=monthly")), log);
    let printed = shell(&command("-stored-now"));
    let cost = newest["cost"].as_str().unwrap();
    assert!(printed.contains("prod-1 · October 2026") && printed.contains("month=2026-10/report-2.json"), "{printed}");
    assert!(printed.replace(',', "").contains(cost), "{cost}: {printed}");
}

fn a_snapshot_is_kept(site: &Site) {
    site.kubectl(&["create", "job", "--from=cronjob/capmodel-snapshot", "snapshot-now"]);
    site.completed("snapshot-now");
    let names =
        std::fs::read_dir(site.volume()).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let snapshots: Vec<String> = names.filter(|name| name.ends_with(".snapshot")).collect();
    assert_eq!(snapshots, ["2026-11-05T120000Z.snapshot"]);
}

fn nothing_can_be_written_beside_the_volume(site: &Site) {
    let (code, said) = site.ended(&site.run("root", json!(["snapshot", "--output=/cluster"]), &[]));
    assert!(code == 3 && said.contains("Read-only file system"), "{code}: {said}");
}

/// The API server represents any server with TLS: its certificate is not in the image until the test adds it.
fn certificates_are_found(site: &Site) {
    let check = json!(["check", "--prometheus=https://10.96.0.1"]);
    let (code, said) = site.ended(&site.run("stranger", check.clone(), &[]));
    // The text is wrapped at arbitrary places.
    let words = said.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(code == 4 && words.contains("signed by an untrusted authority"), "{code}: {said}");
    let own = json!({ "name": "own", "configMap": { "name": "kube-root-ca.crt" } });
    let mount = json!({ "name": "own", "subPath": "ca.crt", "mountPath": "/etc/ssl/certs/ca-certificates.crt" });
    let (code, said) = site.ended(&site.run("friend", check, &[(own, mount)]));
    assert!(code == 4 && said.contains("403"), "{code}: {said}");
}

#[expect(clippy::print_stderr, reason = "the measured memory is the point")]
fn a_thousand_nodes_fit(site: &Site) {
    site.cluster.put(&(0..1000).map(fake_node).collect::<Vec<_>>());
    site.cluster.put(&(0..10_000).map(fake_pod).collect::<Vec<_>>());

    let name = site.run("large", json!(["report", "--cluster-name=prod-1"]), &[]);
    let uid = site.get(&["pod", &name])["metadata"]["uid"].as_str().unwrap().to_owned();
    let peak = largest_until_its_end(&uid);
    let (code, said) = site.ended(&name);
    // The log of a pod has nothing but the report.
    let words = said.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(code == 0 && words.contains("on-demand 1000 node 1,121,280.00"), "{code}: {said}");
    assert!((1 << 20..LIMIT).contains(&peak), "{peak}");
    eprintln!("a report of 1,001 nodes and 10,000 pods took {} KiB at most, page cache included", peak >> 10);
}

/// A node without a kubelet, as the API server would store it; the release's own pods avoid it.
fn fake_node(number: usize) -> Value {
    let name = format!("fake-{number:03}");
    let resources = json!({ "cpu": "32", "memory": "256Gi", "pods": "110", "ephemeral-storage": "100Gi" });
    let condition = json!({ "type": "Ready", "status": "True", "reason": "KubeletReady", "message": "kubelet is ready",
        "lastHeartbeatTime": SINCE, "lastTransitionTime": SINCE });
    json!({
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {
            "name": name,
            "uid": format!("00000000-0000-4000-8000-{number:012}"),
            "creationTimestamp": SINCE,
            "labels": { "kubernetes.io/hostname": name, "kubernetes.io/os": "linux", "kubernetes.io/arch": "amd64",
                "node.kubernetes.io/instance-type": "m6i.8xlarge", "topology.kubernetes.io/region": "us-east-1",
                "topology.kubernetes.io/zone": "us-east-1a" },
        },
        "spec": { "providerID": format!("aws:///us-east-1a/i-{number:017x}"),
            "taints": [{ "key": "fake", "effect": "NoSchedule" }] },
        "status": { "capacity": resources, "allocatable": resources, "conditions": [condition],
            "nodeInfo": { "architecture": "amd64", "bootID": "", "containerRuntimeVersion": "containerd://2.1.4",
                "kernelVersion": "6.12.40", "kubeProxyVersion": "", "kubeletVersion": "v1.36.3", "machineID": "",
                "operatingSystem": "linux", "osImage": "Amazon Linux 2023", "systemUUID": "" } },
    })
}

/// A running pod on one of a thousand such nodes, with the fields that admission and kubelets add.
fn fake_pod(number: usize) -> Value {
    let name = format!("web-{number}");
    let condition =
        |kind: &str| json!({ "type": kind, "status": "True", "lastProbeTime": null, "lastTransitionTime": SINCE });
    let kinds = ["PodReadyToStartContainers", "Initialized", "Ready", "ContainersReady", "PodScheduled"];
    let token = json!({ "name": "kube-api-access", "projected": { "defaultMode": 420, "sources": [
        { "serviceAccountToken": { "expirationSeconds": 3607, "path": "token" } },
        { "configMap": { "name": "kube-root-ca.crt", "items": [{ "key": "ca.crt", "path": "ca.crt" }] } },
        { "downwardAPI": { "items": [{ "path": "namespace",
            "fieldRef": { "apiVersion": "v1", "fieldPath": "metadata.namespace" } }] } }] } });
    json!({
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {
            "name": name,
            "namespace": "default",
            "uid": format!("00000000-0000-4000-9000-{number:012}"),
            "creationTimestamp": SINCE,
            "labels": { "app": "web" },
            "managedFields": [{ "manager": "kubelet", "operation": "Update", "apiVersion": "v1", "time": SINCE,
                "fieldsType": "FieldsV1", "subresource": "status", "fieldsV1": { "f:status": { "f:containerStatuses": {},
                "f:hostIP": {}, "f:phase": {}, "f:podIP": {}, "f:startTime": {}, "f:conditions": {
                "k:{\"type\":\"Ready\"}": { ".": {}, "f:lastTransitionTime": {}, "f:status": {}, "f:type": {} } } } } }],
        },
        "spec": {
            "nodeName": format!("fake-{:03}", number % 1000),
            "serviceAccountName": "default",
            "restartPolicy": "Always",
            "tolerations": [{ "operator": "Exists" }],
            "volumes": [token],
            "containers": [{ "name": "main", "image": "web", "resources": { "requests": { "cpu": "100m", "memory": "64Mi" } },
                "volumeMounts": [{ "name": "kube-api-access", "readOnly": true,
                    "mountPath": "/var/run/secrets/kubernetes.io/serviceaccount" }] }],
        },
        "status": { "phase": "Running", "qosClass": "Burstable", "hostIP": "10.0.0.1", "podIP": "10.0.0.2",
            "startTime": SINCE, "conditions": kinds.map(condition),
            "containerStatuses": [{ "name": "main", "image": "web", "imageID": "", "containerID": format!("containerd://{number:064x}"),
                "ready": true, "started": true, "restartCount": 0, "state": { "running": { "startedAt": SINCE } } }] },
    })
}

const SINCE: &str = "2026-11-01T00:00:00Z";

/// Limits that the chart gives a container.
const LIMIT: u64 = 128 << 20;

/// Peak memory of a container in bytes, watched from its start until its cgroup is removed.
fn largest_until_its_end(uid: &str) -> u64 {
    // The files of cgroup v1 and v2.
    let groups = [("/sys/fs/cgroup/memory", "memory.max_usage_in_bytes"), ("/sys/fs/cgroup", "memory.peak")];
    let read = |(root, file): (&str, &str)| {
        let containers = std::fs::read_dir(format!("{root}/kubepods/burstable/pod{uid}")).ok()?;
        let bytes =
            containers.filter_map(|it| std::fs::read_to_string(it.ok()?.path().join(file)).ok()?.trim().parse().ok());
        bytes.max()
    };
    let mut largest = 0;
    for _ in 0..6000 {
        match groups.into_iter().find_map(read) {
            Some(bytes) => largest = largest.max(bytes),
            None if largest > 0 => return largest,
            None => {}
        }
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    panic!("pod {uid} still runs after a minute; it used {largest} bytes so far")
}

fn the_image_holds_nothing_else(image: &Path) {
    let tar = |command: &str| {
        let output = Command::new("sh").args(["-c", command, "sh"]).arg(image).output().unwrap();
        assert!(output.status.success(), "{}", text(&output.stderr));
        text(&output.stdout)
    };
    let files = tar(r#"tar -xOf "$1" layer.tar | tar -t"#);
    let files: Vec<&str> = files.lines().filter(|path| !path.ends_with('/')).collect();
    assert_eq!(files, ["./capmodel", "./etc/ssl/certs/ca-certificates.crt"]);
    let config: Value = serde_json::from_str(&tar(r#"tar -xOf "$1" config.json"#)).unwrap();
    assert_eq!(config["config"]["User"], "65532:65532");
    assert_eq!(config["config"]["Entrypoint"], json!(["/capmodel"]));
}

/// A release on a cluster of one real node with the image and an empty volume, from which only the API server and
/// Prometheus are reachable.
struct Site {
    cluster: Cluster,
    prometheus: Server,
}

impl Site {
    fn start() -> Self {
        // The image contains the release build; everything else is a test build.
        let image = Path::new(env!("CARGO_TARGET_TMPDIR")).join("capmodel.tar");
        let (prometheus, cluster) = std::thread::scope(|scope| {
            let made = scope.spawn(|| {
                let tag = concat!("kit.local/capmodel:", env!("CARGO_PKG_VERSION"));
                script("image.sh", [image.as_os_str(), tag.as_ref()], &[]);
            });
            let prometheus = scope.spawn(|| Server::start("25m", history));
            let cluster = Cluster::start();
            let (prometheus, made) = (prometheus.join(), made.join());
            made.unwrap();
            (prometheus.unwrap(), cluster)
        });
        the_image_holds_nothing_else(&image);
        let (images, volume) = (cluster.dir().join("images"), cluster.dir().join("volume"));
        std::fs::create_dir_all(&images).unwrap();
        std::fs::create_dir_all(&volume).unwrap();
        std::fs::copy(&image, images.join("capmodel.tar")).unwrap();
        let cluster = cluster.with_node(&[prometheus.port()]);
        cluster.apply(
            "{apiVersion: v1, kind: Namespace, metadata: {name: capmodel, \
             labels: {pod-security.kubernetes.io/enforce: restricted}}}",
        );
        cluster.apply(&format!(
            "{{apiVersion: v1, kind: PersistentVolume, metadata: {{name: reports}}, spec: {{capacity: {{storage: \
             1Gi}}, accessModes: [ReadWriteOnce], local: {{path: {}}}, nodeAffinity: {{required: {{nodeSelectorTerms: \
             [{{matchExpressions: [{{key: kubernetes.io/hostname, operator: In, values: [node-1]}}]}}]}}}}}}}}",
            volume.display()
        ));
        let labels = ["node.kubernetes.io/instance-type=m6i.large", "topology.kubernetes.io/region=us-east-1"];
        cluster.kubectl(&[&["label", "node", "node-1"], &labels[..]].concat());
        cluster.kubectl(&["patch", "node", "node-1", "-p", r#"{"spec":{"providerID":"aws:///us-east-1a/i-1"}}"#]);
        Self { cluster, prometheus }
    }

    fn volume(&self) -> PathBuf {
        self.cluster.dir().join("volume")
    }

    fn kept(&self, of_month: &str) -> PathBuf {
        self.volume().join(format!("cluster=prod-1/month={of_month}"))
    }

    fn at(&self) -> [&'static str; 4] {
        let config = String::leak(self.cluster.kubeconfig().display().to_string());
        ["--namespace", "capmodel", "--kubeconfig", config]
    }

    fn helm(&self, action: &str, values: &[&str]) -> String {
        let url = format!("--set=prometheus.url=http://{HOST}:{}", self.prometheus.port());
        let base = ["--set=clusterName=prod-1,image.repository=kit.local/capmodel,backoffLimit=0", &url];
        let volume = ["--set=volume.enabled=true,snapshot.enabled=true"];
        let chart = chart();
        let output = helm(&[&[action, "capmodel", &chart], &self.at()[..], &base, &volume, values].concat());
        assert!(output.status.success(), "helm {action} {values:?}: {}", text(&output.stderr));
        text(&output.stdout)
    }

    fn kubectl(&self, arguments: &[&str]) -> String {
        self.cluster.kubectl(&[&["-n", "capmodel"], arguments].concat())
    }

    fn get(&self, what: &[&str]) -> Value {
        serde_json::from_str(&self.kubectl(&[&["get", "-o", "json"], what].concat())).unwrap()
    }

    /// Name of the only Job of the first report.
    fn job(&self, what: &str) -> String {
        let jobs = self.get(&["job"]);
        let stay =
            jobs["items"].as_array().unwrap().iter().filter(|job| job["metadata"]["deletionTimestamp"].is_null());
        let mut names = stay.filter_map(|job| job["metadata"]["name"].as_str());
        names.find(|name| name.contains(what)).unwrap_or_else(|| panic!("no Job {what}: {jobs}")).to_owned()
    }

    fn completed(&self, job: &str) {
        self.cluster.wait_until(job, |_| {
            let status = &self.get(&["job", job])["status"];
            assert!(status["failed"].is_null(), "{job}: {}", self.logs(job));
            status["succeeded"] == 1
        });
    }

    fn logs(&self, job: &str) -> String {
        self.kubectl(&["logs", &format!("job/{job}")])
    }

    /// The log of a run of the CronJob.
    fn monthly(&self, name: &str) -> String {
        self.kubectl(&["create", "job", "--from=cronjob/capmodel", name]);
        self.completed(name);
        self.logs(name)
    }

    /// Starts a pod like those of the CronJob with other arguments and with these volumes and mounts.
    fn run(&self, name: &str, arguments: Value, volumes: &[(Value, Value)]) -> String {
        let mut pod = self.get(&["cronjob", "capmodel"])["spec"]["jobTemplate"]["spec"]["template"].take();
        let object = pod.as_object_mut().unwrap();
        object.extend([("apiVersion".to_owned(), json!("v1")), ("kind".to_owned(), json!("Pod"))]);
        pod["metadata"]["name"] = json!(name);
        pod["spec"]["containers"][0]["args"] = arguments;
        for (volume, mount) in volumes {
            pod["spec"]["volumes"].as_array_mut().unwrap().push(volume.clone());
            pod["spec"]["containers"][0]["volumeMounts"].as_array_mut().unwrap().push(mount.clone());
        }
        self.cluster.kubectl_with(&["-n", "capmodel", "create", "-f", "-"], &pod.to_string());
        name.to_owned()
    }

    fn code(&self, pod: &str) -> Option<i64> {
        self.get(&["pod", pod])["status"]["containerStatuses"][0]["state"]["terminated"]["exitCode"].as_i64()
    }

    /// The final state of a pod, and its output.
    fn ended(&self, pod: &str) -> (i64, String) {
        self.cluster.wait_until(pod, |_| self.code(pod).is_some());
        (self.code(pod).unwrap(), self.kubectl(&["logs", pod]))
    }

    /// Number of packets of pods to anything but the API server and Prometheus.
    fn elsewhere(&self) -> u64 {
        let output = Command::new("nft").args(["list", "counter", "ip", "capmodel_kit", "elsewhere"]).output().unwrap();
        let said = text(&output.stdout);
        let packets = said.split("packets ").nth(1).and_then(|rest| rest.split(' ').next());
        packets.unwrap_or_else(|| panic!("{said}{}", text(&output.stderr))).parse().unwrap()
    }
}

const DAY: i64 = 86_400;
const SCRAPE: i64 = 1200;

/// One node and one workload, from the last of August to the sixth of November 2026.
#[expect(clippy::cast_precision_loss, reason = "seconds of a few months are exact in an f64")]
fn history(out: &mut OpenMetrics) {
    let from = 1_788_134_400;
    let all = (from, from + 68 * DAY, SCRAPE);
    let pod = "namespace=\"shop\",pod=\"web-b5d7f-x2x4z\"";
    let container = format!("{pod},container=\"main\",node=\"node-1\"");
    out.series("container_cpu_usage_seconds_total", &container, all, |t| 0.3 * (t - from) as f64);
    out.series("container_memory_working_set_bytes", &container, all, |_| 4e8);
    out.series("kube_pod_status_phase", &format!("{pod},phase=\"Running\""), all, |_| 1.0);
    let owner = format!("{pod},owner_kind=\"ReplicaSet\",owner_name=\"web-b5d7f\",owner_is_controller=\"true\"");
    out.series("kube_pod_owner", &owner, all, |_| 1.0);
    for (resource, amount) in [("cpu", 0.5), ("memory", 1e9)] {
        let labels = format!("{container},resource=\"{resource}\"");
        out.series("kube_pod_container_resource_requests", &labels, all, |_| amount);
    }
    let owner = "namespace=\"shop\",replicaset=\"web-b5d7f\",owner_kind=\"Deployment\",owner_name=\"web\"";
    out.series("kube_replicaset_owner", owner, all, |_| 1.0);
    out.series("kube_node_info", "node=\"node-1\",provider_id=\"aws:///us-east-1a/i-1\"", all, |_| 1.0);
    let labels = "node=\"node-1\",label_node_kubernetes_io_instance_type=\"m6i.large\",\
                  label_topology_kubernetes_io_region=\"us-east-1\"";
    out.series("kube_node_labels", labels, all, |_| 1.0);
    out.series("kube_node_status_capacity", "node=\"node-1\",resource=\"cpu\",unit=\"core\"", all, |_| 2.0);
    out.series("kube_node_status_capacity", "node=\"node-1\",resource=\"memory\",unit=\"byte\"", all, |_| 8e9);
}
