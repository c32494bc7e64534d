//! Bill lines other than nodes: disks with provisioned performance, and control planes past their standard support.

use serde_json::{Value, json};

use crate::support::binary::capmodel;

/// The report on a modified small cluster, as JSON and as text.
fn changed(change: impl FnOnce(&mut Value)) -> (Value, String) {
    let mut snapshot: Value =
        serde_json::from_str(&std::fs::read_to_string("fixtures/report/small.json").unwrap()).unwrap();
    change(&mut snapshot);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("changed.json");
    std::fs::write(&path, snapshot.to_string()).unwrap();
    let run = |format: &str| {
        let mut arguments =
            vec!["report", path.to_str().unwrap(), "--prices", "fixtures/report/prices.csv", "--format", format];
        // The rows of the workloads.
        arguments.extend((format == "table").then_some("-v"));
        let output = capmodel(&arguments).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    };
    (serde_json::from_str(&run("json")).unwrap(), run("table"))
}

/// The small cluster with a storage class of these parameters.
fn class(parameters: Value) -> impl FnOnce(&mut Value) {
    move |snapshot| snapshot["storage_classes"][0]["parameters"] = parameters
}

/// Name and cost of the lines whose name starts with this text.
fn lines(report: &Value, start: &str) -> Vec<String> {
    let lines = report["services"].as_array().unwrap().iter();
    let lines = lines.filter(|line| line["name"].as_str().unwrap().starts_with(start));
    lines.map(|line| format!("{}: {}", line["name"].as_str().unwrap(), line["cost"].as_str().unwrap_or("–"))).collect()
}

fn storage(report: &Value) -> &Value {
    let row = report["workloads"].as_array().unwrap().iter().find(|row| row["name"] == "db").unwrap();
    &row["cost"]["storage"]
}

fn says(report: &Value, code: &str) -> bool {
    report["findings"].as_array().unwrap().iter().any(|finding| finding["code"] == code)
}

/// 100 GiB of gp3 at 0.08, 13,000 IOPS above 3,000 at 0.005, 875 MB/s above 125 at 0.04 (infracost
/// `ebs_volume_test.golden`, us-east-1): 8 + 65 + 35.
#[test]
fn gp3_is_billed_by_size_iops_and_throughput() {
    let (report, _) = changed(class(json!({"type": "gp3", "iops": "16000", "throughput": "1000"})));
    assert_eq!(
        lines(&report, "volumes"),
        [
            "volumes, fast (gp3): 8.00",
            "volumes, fast (gp3), IOPS above 3000: 65.00",
            "volumes, fast (gp3), MB/s above 125: 35.00"
        ]
    );
    assert_eq!((storage(&report), &report["partial"]), (&"108.00".into(), &false.into()));
    // What the size includes costs nothing; the driver ignores the case of parameter names.
    let (report, _) = changed(class(json!({"type": "gp3", "IOPS": "3000", "Throughput": "125"})));
    assert_eq!(storage(&report), "8.00");
}

/// 0.125 for a GB and 0.065 for each operation per second (infracost `ebs_volume_test.golden`); io2 above 32,000 is
/// cheaper by what no source here states.
#[test]
fn all_provisioned_iops_are_billed() {
    let (report, _) = changed(class(json!({"type": "io1", "iopsPerGB": "10"})));
    assert_eq!(lines(&report, "volumes"), ["volumes, fast (io1): 12.50", "volumes, fast (io1), IOPS: 65.00"]);
    let (report, text) = changed(class(json!({"type": "io2", "iops": "40000"})));
    assert_eq!(
        lines(&report, "volumes"),
        [
            "volumes, fast (io2): 12.50",
            "volumes, fast (io2), IOPS: 2080.00",
            "volumes, fast (io2), IOPS above 32000: –"
        ]
    );
    assert!(report["partial"] == true && says(&report, "volume-performance-unpriced"), "{report}");
    let db = text.lines().find(|line| line.contains("StatefulSet/db")).unwrap();
    assert!(text.contains("partial") && db.contains('≥'), "{text}");
    // Without its class, nothing is known about what was provisioned.
    let (report, _) = changed(|snapshot| snapshot["storage_classes"] = json!([]));
    assert!(report["partial"] == true && says(&report, "volume-performance-unpriced"), "{report}");
    assert_eq!(lines(&report, "volumes")[0], "volumes, fast (gp3): 8.00");
}

/// On Google Cloud, a GB of pd-extreme costs 0.125 and an operation 0.065, hyperdisk-extreme 0.125 and 0.032 (infracost
/// `compute_disk_test.golden`). Disks replicated over two zones and disks without a price are named and make the bill
/// partial.
#[test]
fn disks_of_google_and_azure_are_billed_in_every_dimension_or_not_at_all() {
    let on = |provider: &'static str, driver: &'static str, parameters: Value| {
        move |snapshot: &mut Value| {
            for node in snapshot["nodes"].as_array_mut().unwrap() {
                node["machine"]["provider"] = provider.into();
                node["kubelet_version"] = "v1.35.1".into();
            }
            snapshot["volumes"][0]["driver"] = driver.into();
            snapshot["storage_classes"][0] = json!({"name": "fast", "provisioner": driver, "parameters": parameters});
        }
    };
    let google = "pd.csi.storage.gke.io";
    let (report, _) = changed(on("gcp", google, json!({"type": "pd-extreme", "provisioned-iops-on-create": "5000"})));
    assert_eq!(
        lines(&report, "volumes"),
        ["volumes, fast (pd-extreme): 12.50", "volumes, fast (pd-extreme), IOPS: 325.00"]
    );
    let (report, _) =
        changed(on("gcp", google, json!({"type": "hyperdisk-extreme", "provisioned-iops-on-create": "20000"})));
    assert_eq!(lines(&report, "volumes").last().unwrap(), "volumes, fast (hyperdisk-extreme), IOPS: 640.00");
    for (provider, driver, parameters, kind) in [
        ("gcp", google, json!({"type": "pd-ssd", "replication-type": "regional-pd"}), "pd-ssd, regional"),
        ("gcp", google, json!({"type": "hyperdisk-balanced"}), "hyperdisk-balanced"),
        ("azure", "disk.csi.azure.com", json!({"skuName": "PremiumV2_LRS"}), "PremiumV2_LRS"),
        ("azure", "disk.csi.azure.com", json!({"skuname": "UltraSSD_LRS"}), "UltraSSD_LRS"),
    ] {
        let (report, _) = changed(on(provider, driver, parameters));
        assert_eq!(lines(&report, "volumes"), [format!("volumes, fast ({kind}): –")]);
        assert!(
            report["partial"] == true && says(&report, "volume-unpriced") && storage(&report).is_null(),
            "{report}"
        );
    }
}

fn version(text: &'static str, taken_at: &'static str) -> impl FnOnce(&mut Value) {
    move |snapshot| {
        snapshot["cluster"]["server_version"] = text.into();
        snapshot["taken_at"] = taken_at.into();
    }
}

/// Standard support of EKS 1.31 ended on 2025-11-26; "billing for extended support starts at the beginning of the day"
/// (<https://docs.aws.amazon.com/eks/latest/userguide/kubernetes-versions.html>), at 0.60 an hour instead of 0.10.
#[test]
fn a_control_plane_in_extended_support_costs_more() {
    let plane = |text, taken_at| {
        let (report, _) = changed(version(text, taken_at));
        (lines(&report, "control plane"), says(&report, "support-end-unknown"))
    };
    let standard = vec!["control plane, EKS cluster: 73.00".to_owned()];
    assert_eq!(plane("v1.31.4-eks-1", "2025-11-25T23:00:00Z"), (standard.clone(), false));
    let extended = vec!["control plane, EKS cluster, extended support of v1.31.4-eks-1: 438.00".to_owned()];
    assert_eq!(plane("v1.31.4-eks-1", "2025-11-26T00:00:00Z"), (extended, false));
    // A version without known dates is treated as in support.
    assert_eq!(plane("v1.99.0-eks-1", "2026-11-24T08:00:00Z"), (standard, true));
}

/// Google and Microsoft ask more too, by what no source here states: a line without a price, and a partial bill.
#[test]
fn support_of_gke_and_aks_ends_as_well() {
    for (provider, text, line) in [
        ("gcp", "v1.31.5-gke.1", "control plane, GKE cluster, extended support of v1.31.5-gke.1: –"),
        ("azure", "v1.30.9", "control plane, AKS Standard tier, long-term support (Premium tier) of v1.30.9: –"),
    ] {
        let (report, _) = changed(|snapshot| {
            version(text, "2026-11-24T08:00:00Z")(snapshot);
            for node in snapshot["nodes"].as_array_mut().unwrap() {
                node["machine"]["provider"] = provider.into();
                node["machine"]["region"] = "local-1".into();
                node["kubelet_version"] = text.into();
                if provider == "azure" {
                    node["machine"]["distribution"] = "aks".into();
                }
            }
        });
        assert_eq!(lines(&report, "control plane").last().unwrap(), line);
        assert!(report["partial"] == true && says(&report, "extended-support-unpriced"), "{report}");
    }
}
