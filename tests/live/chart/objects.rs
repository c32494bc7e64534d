//! The rendered objects: permissions, names, flags, and the manifest for users without Helm.

use serde_json::{Value, json};

use super::{NEEDED, VARIANTS, chart, helm, helm_of, object, parsed, read, rendered, template};
use crate::cluster::{capmodel, text};

#[test]
fn rules_equal_those_that_rbac_prints() {
    let printed = parsed(&text(&capmodel(&["rbac"]).stdout)).remove(0);
    assert!(!printed["rules"].as_array().unwrap().is_empty());
    assert_eq!(object(&rendered(&[]), "ClusterRole", "capmodel")["rules"], printed["rules"]);

    let printed = parsed(&text(&capmodel(&["rbac", "-n", "shop", "-n", "pay"]).stdout));
    let objects = rendered(&["--set=namespaces={shop,pay}"]);
    let roles: Vec<&Value> = objects.iter().filter(|object| object["kind"] == "Role").collect();
    assert_eq!(roles.len(), 2);
    for (role, printed) in roles.iter().zip(&printed) {
        assert_eq!(role["metadata"]["namespace"], printed["metadata"]["namespace"]);
        assert_eq!(role["rules"], printed["rules"]);
    }
    assert!(objects.iter().all(|object| object["kind"] != "ClusterRole" && object["kind"] != "ClusterRoleBinding"));
}

#[test]
fn job_yaml_equals_the_output_of_its_command() {
    let file = read("charts/job.yaml");
    let (heading, objects) = file.split_once("---\n").unwrap();
    let command = heading.split("helm template ").nth(1).unwrap().split("\n#\n").next().unwrap();
    let command = command.replace("\n#", " ").replace(" \\ ", " ").replace("charts/capmodel", &chart());
    let (command, filter) = command.split_once(" | ").unwrap();
    let words: Vec<&str> = command.split_whitespace().collect();
    let output = helm(&[&["template"], &words[..]].concat());
    assert!(output.status.success(), "{command}: {}", text(&output.stderr));
    let dropped: Vec<&str> = filter.split(" -e ").skip(1).map(|word| word.trim().trim_matches('"')).collect();
    assert_eq!(dropped, ["^# Source", "helm.sh/chart", "managed-by", "--month"]);
    let is_dropped = |line: &str| {
        dropped.iter().any(|word| word.strip_prefix('^').map_or(line.contains(word), |start| line.starts_with(start)))
    };
    let printed = text(&output.stdout);
    let kept: String = printed.split_inclusive('\n').filter(|line| !is_dropped(line)).collect();
    assert_eq!(format!("---\n{objects}"), kept);
    let kinds: Vec<Value> = parsed(objects).iter().map(|object| object["kind"].clone()).collect();
    assert_eq!(kinds, ["NetworkPolicy", "ServiceAccount", "ClusterRole", "ClusterRoleBinding", "CronJob"]);
    assert!(!objects.contains("helm") && !objects.contains("Helm"), "{objects}");
}

#[test]
fn flags_follow_from_the_values() {
    let objects = rendered(&["--values=fixtures/chart/everything.yaml"]);
    let arguments = |kind: &str, name: &str| {
        let object = object(&objects, kind, name);
        let pod = if kind == "CronJob" { &object["spec"]["jobTemplate"] } else { object };
        pod["spec"]["template"]["spec"]["containers"][0]["args"].clone()
    };
    let report = |month: &[&str], window: &[&str], history: &[&str]| {
        let before = ["report", "--cluster-name=prod-1", "--spot-label=example.com/spot=true"];
        let between = [
            "--prometheus=http://prometheus-server.monitoring.svc",
            "--prometheus-matcher=cluster=\"prod-1\"",
            "--prometheus-matcher=environment=~\"prod|stage\"",
            "--prometheus-auth-file=/etc/capmodel/prometheus/auth.toml",
            "--tenant=team-a",
            "--requests-query=sum by (namespace, pod) (rate(hits_total{$matchers}[$window]))",
        ];
        let priced = [
            "--prices=/etc/capmodel/prices/prices.csv",
            "--pricing=/etc/capmodel/pricing/pricing.toml",
            "--slo-p99=80ms",
            "--team=go",
            "--rewrite-cost=8000",
            "--evidence=measured",
            "--cpu-speed=0.5:0.7:1",
            "--by=/etc/capmodel/owners/owners.toml",
            "--shared-namespace=kube-system",
            "--shared-namespace=monitoring",
            "--split-shared=weighted",
            "--split-idle=proportional",
            "--format=markdown",
        ];
        let after = [
            "--deliver=/var/lib/capmodel",
            "--deliver=s3://reports/capmodel",
            "--deliver=@/etc/capmodel/webhook/url",
            "--deliver=pushgateway:http://pushgateway.monitoring:9091",
            "--deliver-link=https://reports.example.com/capmodel",
            "--growth=1.2",
        ];
        json!([&before[..], month, &between, window, &priced, history, &after].concat())
    };
    let history = &["--history=/var/lib/capmodel"][..];
    let zone = "--timezone=Europe/Berlin";
    assert_eq!(arguments("CronJob", "capmodel"), report(&["--month=last", zone], &[], history));
    assert_eq!(arguments("Job", "capmodel-first"), report(&[zone], &["--window=14d"], &[]));
    let september = report(&["--month=2026-09", zone], &[], history);
    assert_eq!(arguments("Job", "capmodel-2026-09"), september);
    assert_eq!(
        arguments("CronJob", "capmodel-snapshot"),
        json!([
            "snapshot",
            "--output=/var/lib/capmodel/",
            "--cluster-name=prod-1",
            "--spot-label=example.com/spot=true"
        ])
    );
    assert_eq!(arguments("CronJob", "capmodel-stored"), json!(["stored", "/var/lib/capmodel", "--month=last"]));
    assert_eq!(object(&objects, "CronJob", "capmodel-stored")["spec"]["suspend"], json!(true));
}

#[test]
fn the_name_of_a_once_job_only_changes_with_its_pod() {
    let name = |values: &[&str]| object(&rendered(values), "Job", "capmodel-first")["metadata"]["name"].clone();
    let plain = name(&[]);
    assert_eq!(plain, name(&["--set=monthly.schedule=0 7 1 * *"]));
    assert_ne!(plain, name(&["--set=image.tag=edge"]));
    assert_ne!(plain, name(&["--set=prometheus.url=http://p"]));
    let owners = |text: &str| name(&["--set=report.by=owners", &format!("--set=owners.file={text}")]);
    assert_ne!(owners("a"), owners("b"));
}

#[test]
fn the_image_is_given_as_one_reference_or_with_a_mirror() {
    let image = |values: &[&str]| {
        let objects = rendered(values);
        let pod = &object(&objects, "Job", "capmodel-first")["spec"]["template"]["spec"];
        pod["containers"][0]["image"].as_str().unwrap().to_owned()
    };
    let version = env!("CARGO_PKG_VERSION");
    for (repository, mirror, told) in [
        ("registry.example.com/team/capmodel", "", "registry.example.com/team/capmodel"),
        ("localhost:5000/capmodel", "", "localhost:5000/capmodel"),
        ("registry.example.com/team/capmodel", "mirror.example.com/hub/", "mirror.example.com/hub/team/capmodel"),
        ("team/capmodel", "mirror.example.com", "mirror.example.com/team/capmodel"),
    ] {
        let values = format!("--set=image.repository={repository},global.imageRegistry={mirror}");
        assert_eq!(image(&[&values]), format!("{told}:{version}"));
    }
}

/// The past month is only requested if a source of history is configured.
#[test]
fn without_history_the_current_state_is_not_reported_as_last_month() {
    let month = |values: &[&str]| {
        let objects = rendered(values);
        let pod = &object(&objects, "CronJob", "capmodel")["spec"]["jobTemplate"]["spec"]["template"]["spec"];
        let arguments = pod["containers"][0]["args"].as_array().unwrap();
        assert!(arguments.contains(&json!("--timezone=Etc/UTC")), "{arguments:?}");
        arguments.contains(&json!("--month=last"))
    };
    assert!(!month(&[]));
    assert!(month(&["--set=prometheus.url=http://p"]));
    assert!(month(&["--set=snapshot.enabled=true,volume.enabled=true"]));
}

#[test]
fn labels_are_on_every_object_and_pod() {
    for object in rendered(&["--values=fixtures/chart/everything.yaml"]) {
        let labels = |object: &Value| object["metadata"]["labels"]["cost-center"].clone();
        assert_eq!(labels(&object), "4711", "{object}");
        let template = match object["kind"].as_str().unwrap() {
            "CronJob" => &object["spec"]["jobTemplate"]["spec"]["template"],
            "Job" => &object["spec"]["template"],
            _ => continue,
        };
        assert_eq!(labels(template), "4711");
        assert_eq!(template["metadata"]["labels"]["sidecar.istio.io/inject"], "false");
        assert_eq!(template["metadata"]["annotations"]["linkerd.io/inject"], "disabled");
        assert_eq!(template["spec"]["priorityClassName"], "low");
    }
}

#[test]
fn names_are_valid_for_any_release_name() {
    let long = "a-release-name-that-is-as-long-as-helm-lets-it-be-53x";
    assert_eq!(long.len(), 53);
    let values = [
        "--set=clusterName=c,image.repository=r.example/c,snapshot.enabled=true,volume.enabled=true,oneShot.month=2026-10",
    ];
    let output = helm(&[&["template", long, &chart()], &values[..]].concat());
    assert!(output.status.success(), "{}", text(&output.stderr));
    for object in parsed(&text(&output.stdout)) {
        let name = object["metadata"]["name"].as_str().unwrap();
        // A CronJob appends 11 characters to the names of its Jobs, and the name of a Job is also a label.
        let longest = if object["kind"] == "CronJob" { 52 } else { 63 };
        assert!(name.len() <= longest && !name.ends_with('-'), "{} {name}", object["kind"]);
    }
}

#[test]
fn helm_3_renders_the_same() {
    for (variant, values) in VARIANTS {
        let base = ["template", "capmodel", &chart(), "--namespace", "capmodel"];
        let output = helm_of("helm3", &[&base, &NEEDED[..], values].concat());
        assert!(output.status.success(), "{variant}: {}", text(&output.stderr));
        assert_eq!(parsed(&text(&output.stdout)), rendered(values), "{variant}");
    }
}

#[test]
fn rendered_text_has_no_missing_values() {
    for (variant, values) in VARIANTS {
        let text = template(values);
        let hole = text.lines().find(|line| !line.is_empty() && line.trim().is_empty());
        assert_eq!(hole, None, "{variant}");
    }
}

#[test]
fn only_pods_that_read_the_api_server_get_a_token() {
    let objects = rendered(&["--values=fixtures/chart/everything.yaml"]);
    let token = |kind: &str, name: &str| {
        let object = object(&objects, kind, name);
        let pod = match kind {
            "CronJob" => &object["spec"]["jobTemplate"]["spec"]["template"]["spec"],
            "Job" => &object["spec"]["template"]["spec"],
            "Pod" => &object["spec"],
            _ => object,
        };
        pod["automountServiceAccountToken"].as_bool().unwrap()
    };
    assert!(token("CronJob", "capmodel") && token("CronJob", "capmodel-snapshot") && token("Job", "capmodel-first"));
    assert!(token("Pod", "capmodel-test-cluster"));
    assert!(!token("Pod", "capmodel-test-prometheus") && !token("ServiceAccount", "capmodel"));
    assert!(!token("CronJob", "capmodel-stored"));
}

#[test]
fn the_network_policy_only_allows_named_targets() {
    let egress = |values: &[&str]| object(&rendered(values), "NetworkPolicy", "capmodel")["spec"]["egress"].clone();
    let tcp = |ports: &[u16]| {
        let ports: Vec<Value> = ports.iter().map(|port| json!({ "protocol": "TCP", "port": port })).collect();
        json!(ports)
    };
    let dns = json!({ "ports": [{ "protocol": "UDP", "port": 53 }, { "protocol": "TCP", "port": 53 }] });
    let api = json!({ "ports": tcp(&[443, 6443]) });
    assert_eq!(egress(&[]), json!([dns, api]));
    for (url, ports) in [
        ("http://prometheus.monitoring:9090/prom", &[9090][..]),
        ("http://prometheus-server.monitoring", &[80, 9090]),
        ("https://mimir.example.com/a:1", &[443, 9090]),
        ("http://[fd00::1]:8428", &[8428, 9090]),
    ] {
        assert_eq!(egress(&["--set", &format!("prometheus.url={url}")]), json!([dns, api, { "ports": tcp(ports) }]));
    }
    let pushed = egress(&["--set=delivery.pushgateway.url=http://pushgateway"]);
    assert_eq!(pushed, json!([dns, api, { "ports": tcp(&[80, 9091]) }]));
    let bucket = json!({ "ports": tcp(&[443]) });
    let pod_identity = json!({ "ports": tcp(&[80]), "to": [
        { "ipBlock": { "cidr": "169.254.170.23/32" } }, { "ipBlock": { "cidr": "fd00:ec2::23/128" } }] });
    assert_eq!(egress(&["--set=delivery.bucket=s3://b/p"]), json!([dns, api, bucket, pod_identity]));
    let metadata = json!({ "ports": tcp(&[80, 988]), "to": [
        { "ipBlock": { "cidr": "169.254.169.254/32" } }, { "ipBlock": { "cidr": "169.254.169.252/32" } }] });
    assert_eq!(egress(&["--set=delivery.bucket=gs://b"]), json!([dns, api, bucket, metadata]));
    assert_eq!(egress(&["--set=delivery.webhook.existingSecret=w"]), json!([dns, api, bucket]));
}
