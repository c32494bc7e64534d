//! The chart on a real API server: install, upgrade, rollback and uninstall; the controllers create the pods.

use std::path::Path;

use capmodel::inputs::kube::RESOURCES;
use serde_json::{Value, json};

use super::{NEEDED, VARIANTS, chart, helm, helm_of, object, parsed, read, repository, template};
use crate::cluster::{Cluster, text};

/// Pods are scheduled to fake nodes, where those of a Job succeed at once.
const ON_FAKE_NODES: &[&str] =
    &["--set=nodeSelector.type=kwok", "--set=tolerations[0].key=kwok.x-k8s.io/node,tolerations[0].operator=Exists"];

/// A namespace that only admits pods of the `restricted` level.
const NAMESPACE: &str = "{apiVersion: v1, kind: Namespace, metadata: {name: capmodel, \
                         labels: {pod-security.kubernetes.io/enforce: restricted}}}";

#[test]
fn a_release_is_installed_and_removed() {
    let cluster = Cluster::start().with_fake_nodes(1);
    cluster.apply(NAMESPACE);
    cluster.apply(
        "{apiVersion: v1, kind: PersistentVolume, metadata: {name: reports}, spec: {capacity: {storage: 1Gi}, \
         accessModes: [ReadWriteOnce], hostPath: {path: /nonexistent}}}",
    );
    let release = Release { cluster: &cluster };

    // From an earlier version of the chart.
    let old = cluster.dir().join("old");
    copy(&repository().join("charts/capmodel"), &old);
    let manifest = read("charts/capmodel/Chart.yaml").replace("\nversion: ", "\nversion: 0.0.9-");
    std::fs::write(old.join("Chart.yaml"), manifest).unwrap();
    let with_volume = ["--set=volume.enabled=true,snapshot.enabled=true"];
    let said = release.helm("install", old.to_str().unwrap(), &with_volume);
    let first = release.first_job();
    assert!(said.contains(&format!("logs job/{first}")), "{said}");
    release.completed(&first);
    let claim = release.uid("pvc/capmodel");

    // The pod does not change, so the Job stays as it is.
    let job = release.uid(&format!("job/{first}"));
    release.helm("upgrade", &chart(), &with_volume);
    assert_eq!(release.uid(&format!("job/{first}")), job);

    // The pod changes: the report is made again, now by the schedule.
    let other = [&with_volume[..], &["--set=report.by=workload", "--set=monthly.schedule=* * * * *"]].concat();
    release.helm("upgrade", &chart(), &other);
    let second = release.first_job();
    assert_ne!(second, first);
    release.completed(&second);
    cluster.wait_until("Job of the CronJob", |_| {
        release.get("job").iter().any(|job| job["metadata"]["ownerReferences"][0]["kind"] == "CronJob")
    });
    release.kubectl(&["create", "job", "--from=cronjob/capmodel", "now"]);
    release.completed("now");
    release.kubectl(&["create", "job", "--from=cronjob/capmodel-snapshot", "snapshot-now"]);
    release.completed("snapshot-now");

    release.kubectl(&["delete", "job", "now", "snapshot-now"]);
    let rolled_back = helm(&release.at(&["rollback", "capmodel", "2"]));
    assert!(rolled_back.status.success(), "{}", text(&rolled_back.stderr));
    assert_eq!(release.first_job(), first);
    release.completed(&first);

    let removed = helm(&release.at(&["uninstall", "capmodel", "--wait"]));
    assert!(removed.status.success() && text(&removed.stdout).contains("[PersistentVolumeClaim] capmodel"));
    cluster.wait_until("end of the pods", |_| release.everything() == ["PersistentVolumeClaim/capmodel"]);

    // The next release with that name finds the volume.
    release.helm("install", &chart(), &with_volume);
    assert_eq!(release.uid("pvc/capmodel"), claim);
}

#[test]
fn helm_does_not_wait_for_the_report() {
    let cluster = Cluster::start();
    cluster.apply(NAMESPACE);
    let release = Release { cluster: &cluster };
    // There is no node, so no pod ever starts.
    for program in ["helm", "helm3"] {
        let base = ["install", "capmodel", &chart(), "--wait", "--timeout=30s"];
        let installed = helm_of(program, &[&release.at(&base)[..], &NEEDED[..]].concat());
        assert!(installed.status.success(), "{program}: {}", text(&installed.stderr));
        cluster.wait_until("pod of the first report", |_| !release.get("pod").is_empty());
        let removed = helm_of(program, &release.at(&["uninstall", "capmodel"]));
        assert!(removed.status.success(), "{program}: {}", text(&removed.stderr));
        cluster.wait_until("end of the release", |_| release.everything().is_empty());
    }
}

#[test]
fn a_real_api_server_accepts_every_variant() {
    let cluster = Cluster::start();
    cluster.apply(NAMESPACE);
    cluster.apply("{apiVersion: v1, kind: Namespace, metadata: {name: shop}}");
    cluster.apply("{apiVersion: v1, kind: Namespace, metadata: {name: pay}}");
    // The account of fixtures/chart/everything.yaml.
    cluster.apply("{apiVersion: scheduling.k8s.io/v1, kind: PriorityClass, metadata: {name: low}, value: -1}");
    let strict = ["apply", "--dry-run=server", "--validate=strict", "-f", "-"];
    // A standalone pod is only admitted if its service account exists.
    cluster.kubectl(&["-n", "capmodel", "create", "sa", "capmodel"]);
    cluster.wait_until("default account", |cluster| {
        !cluster.kubectl_may_fail(&["-n", "capmodel", "get", "sa", "default"]).is_empty()
    });
    for (variant, values) in VARIANTS {
        let manifests = template(values);
        let said = cluster.kubectl_with(&strict, &manifests);
        assert_eq!(said.matches("(server dry run)").count(), parsed(&manifests).len(), "{variant}: {said}");
    }

    job_yaml_is_applied_as_often_as_one_likes(&cluster);
}

/// The manifest for users without Helm: applied, started, changed, started again, and changed to monthly.
fn job_yaml_is_applied_as_often_as_one_likes(cluster: &Cluster) {
    let file = read("charts/job.yaml");
    let apply = |file: &str| cluster.kubectl_with(&["apply", "--validate=strict", "-f", "-"], file);
    let report = |name: &str| {
        cluster.kubectl(&["-n", "capmodel", "create", "job", "--from=cronjob/capmodel", name]);
        // Admitted under the `restricted` level.
        cluster.wait_until("pod of job.yaml", |cluster| {
            cluster.kubectl(&["-n", "capmodel", "get", "pods", "-o", "name"]).contains(&format!("pod/{name}-"))
        });
        let arguments = "jsonpath={.spec.template.spec.containers[0].args}";
        cluster.kubectl(&["-n", "capmodel", "get", "job", name, "-o", arguments])
    };
    apply(&file);
    assert!(report("report-1").contains("prometheus-server.monitoring"));
    let unchanged = apply(&file);
    assert!(
        unchanged.lines().count() == 5 && unchanged.lines().all(|line| line.ends_with(" unchanged")),
        "{unchanged}"
    );
    let changed = file.replace("prometheus-server.monitoring.svc", "thanos.monitoring.svc");
    assert!(apply(&changed).contains("cronjob.batch/capmodel configured"));
    assert!(report("report-2").contains("thanos.monitoring"));

    let monthly = repository().join("charts").display().to_string();
    let cron_job = |path: &str| cluster.kubectl(&["-n", "capmodel", "get", "cronjob", "capmodel", "-o", path]);
    assert_eq!(cron_job("jsonpath={.spec.suspend}"), "true");
    cluster.kubectl(&["apply", "--validate=strict", "-k", &monthly]);
    assert_eq!(cron_job("jsonpath={.spec.suspend}"), "false");
    let arguments = cron_job("jsonpath={.spec.jobTemplate.spec.template.spec.containers[0].args}");
    assert!(arguments.ends_with("\"--month=last\"]") && arguments.contains("prometheus-server"), "{arguments}");

    let said = cluster.kubectl_with(&["delete", "-f", "-"], &file);
    assert_eq!(said.lines().count(), 5, "{said}");
}

#[test]
fn the_service_account_can_only_list() {
    let cluster = Cluster::start();
    cluster.apply(NAMESPACE);
    Release { cluster: &cluster }.helm("install", &chart(), &[]);
    let token = cluster.kubectl(&["-n", "capmodel", "create", "token", "capmodel"]);
    let account = cluster.kubeconfig_with_token("capmodel", token.trim());

    let may = |questions: &[(&str, &str, &str)]| -> Vec<bool> {
        let review = |(verb, group, resource): &(&str, &str, &str)| {
            let (resource, sub) = resource.split_once('/').unwrap_or((resource, ""));
            json!({ "apiVersion": "authorization.k8s.io/v1", "kind": "SelfSubjectAccessReview", "spec": {
                "resourceAttributes": { "verb": verb, "group": group, "resource": resource, "subresource": sub } } })
        };
        let reviews: Vec<String> = questions.iter().map(|question| review(question).to_string()).collect();
        let as_account = ["--kubeconfig", account.to_str().unwrap()];
        let asked =
            [&as_account[..], &["create", "--validate=false", "-f", "-", "-o", "jsonpath={.status.allowed} "]].concat();
        let answers = cluster.kubectl_with(&asked, &reviews.join("\n---\n"));
        let answers: Vec<bool> = answers.split_whitespace().map(|answer| answer.parse().unwrap()).collect();
        assert_eq!(answers.len(), questions.len());
        answers
    };
    let each = |verb: &'static str| -> Vec<(&str, &str, &str)> {
        RESOURCES.iter().map(|resource| (verb, resource.group, resource.plural)).collect()
    };
    assert_eq!(may(&each("list")), vec![true; RESOURCES.len()]);

    let mut refused: Vec<(&str, &str, &str)> = Vec::new();
    for verb in ["get", "watch", "create", "update", "patch", "delete", "deletecollection"] {
        refused.extend(each(verb));
        refused.extend([(verb, "", "secrets"), (verb, "", "configmaps"), (verb, "", "serviceaccounts")]);
    }
    for verb in ["get", "create"] {
        refused.extend(["exec", "attach", "portforward", "proxy", "log"].map(|sub| match sub {
            "exec" => (verb, "", "pods/exec"),
            "attach" => (verb, "", "pods/attach"),
            "portforward" => (verb, "", "pods/portforward"),
            "proxy" => (verb, "", "nodes/proxy"),
            _ => (verb, "", "pods/log"),
        }));
    }
    refused.extend([
        ("list", "", "secrets"),
        ("list", "", "configmaps"),
        ("impersonate", "", "users"),
        ("impersonate", "", "groups"),
        ("impersonate", "", "serviceaccounts"),
        ("create", "", "serviceaccounts/token"),
        ("bind", "rbac.authorization.k8s.io", "clusterroles"),
        ("escalate", "rbac.authorization.k8s.io", "clusterroles"),
        ("create", "", "pods/eviction"),
        ("update", "apps", "deployments/scale"),
        ("*", "*", "*"),
    ]);
    let answers = may(&refused);
    let allowed: Vec<_> = refused.iter().zip(answers).filter(|(_, may)| *may).collect();
    assert!(allowed.is_empty(), "{allowed:?}");
}

/// The release `capmodel` in the namespace `capmodel`.
struct Release<'a> {
    cluster: &'a Cluster,
}

impl Release<'_> {
    fn at(&self, arguments: &[&str]) -> Vec<&'static str> {
        let config = self.cluster.kubeconfig().display().to_string();
        let all = [arguments, &["--namespace", "capmodel", "--kubeconfig", &config]].concat();
        all.into_iter().map(|argument| &*String::leak(argument.to_owned())).collect()
    }

    fn helm(&self, action: &str, chart: &str, values: &[&str]) -> String {
        let output = helm(&[&self.at(&[action, "capmodel", chart])[..], &NEEDED[..], ON_FAKE_NODES, values].concat());
        assert!(output.status.success(), "helm {action} {values:?}: {}", text(&output.stderr));
        text(&output.stdout)
    }

    fn kubectl(&self, arguments: &[&str]) -> String {
        self.cluster.kubectl(&[&["-n", "capmodel"], arguments].concat())
    }

    fn get(&self, kind: &str) -> Vec<Value> {
        let list: Value = serde_json::from_str(&self.kubectl(&["get", kind, "-o", "json"])).unwrap();
        list["items"].as_array().unwrap().clone()
    }

    fn uid(&self, name: &str) -> String {
        self.kubectl(&["get", name, "-o", "jsonpath={.metadata.uid}"])
    }

    /// Name of the only Job that makes the first report.
    fn first_job(&self) -> String {
        let mut jobs = self.get("job");
        jobs.retain(|job| job["metadata"]["deletionTimestamp"].is_null());
        let name = |job: &Value| job["metadata"]["name"].as_str().unwrap().to_owned();
        let first: Vec<String> = jobs.iter().map(name).filter(|name| name.starts_with("capmodel-first-")).collect();
        assert_eq!(first.len(), 1, "{first:?}");
        name(object(&jobs, "Job", &first[0]))
    }

    fn completed(&self, job: &str) {
        self.cluster
            .wait_until(job, |_| self.kubectl(&["get", "job", job, "-o", "jsonpath={.status.succeeded}"]) == "1");
    }

    /// All objects with the release's label, in every namespace.
    fn everything(&self) -> Vec<String> {
        let kinds = "cronjob,job,pod,pvc,sa,networkpolicy,role,rolebinding,clusterrole,clusterrolebinding,configmap";
        let label = "--selector=app.kubernetes.io/instance=capmodel";
        let columns = "jsonpath={range .items[*]}{.kind}/{.metadata.name} {end}";
        let found = self.cluster.kubectl(&["get", kinds, "-A", label, "-o", columns]);
        found.split_whitespace().map(str::to_owned).collect()
    }
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).unwrap();
        }
    }
}
