//! `capmodel report` on a snapshot whose costs were calculated by hand.
//!
//! Both types of the price table cost 0.03 per core and 0.005 per GiB and hour; for 730 hours, a core is 21.90 and a
//! GiB 3.65. The nodes are 73.00 and 204.40. `web` requests 500m and 2Gi twice, but one of its pods used 800m: 28.47 +
//! 14.60. `agent` requests 100m and 512Mi twice: 4.38 + 3.65. `db` requests 1 and 8Gi: 21.90 + 29.20, and has 100 GiB
//! of gp3 at 0.08: 8.00. Idle is the rest of 277.40: 175.20. A load balancer (NLB) costs 16.425 and the control plane
//! 73.00.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::support::binary::{capmodel, refused};

const SMALL: &str = "fixtures/report/small.json";

fn report(arguments: &[&str]) -> Value {
    let arguments = [&["report", "--prices", "fixtures/report/prices.csv", "--format", "json"], arguments].concat();
    let output = capmodel(&arguments).output().unwrap();
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

/// `direct shared idle total` of each row.
fn rows(report: &Value, list: &str) -> BTreeMap<String, String> {
    let rows = report[list].as_array().unwrap().iter();
    rows.map(|row| {
        let name = match list {
            "workloads" => format!("{}/{}", row["kind"].as_str().unwrap(), row["name"].as_str().unwrap()),
            _ => row["name"].as_str().unwrap().to_owned(),
        };
        let cost = ["direct", "shared", "idle", "total"].map(|column| row["cost"][column].as_str().unwrap().to_owned());
        (name, cost.join(" "))
    })
    .collect()
}

fn map(rows: &[(&str, &str)]) -> BTreeMap<String, String> {
    rows.iter().map(|(name, costs)| ((*name).to_owned(), (*costs).to_owned())).collect()
}

/// The sum of a money field over a list, in cents.
fn cents<'a>(amounts: impl Iterator<Item = &'a Value>) -> i64 {
    amounts.filter_map(Value::as_str).map(|text| text.replace('.', "").parse::<i64>().unwrap()).sum()
}

fn codes(report: &Value) -> Vec<&str> {
    report["findings"].as_array().unwrap().iter().map(|f| f["code"].as_str().unwrap()).collect()
}

#[test]
fn costs_match_a_calculation_by_hand() {
    let report = report(&[SMALL]);
    assert_eq!(report["schema"], "capmodel/report/v1");
    assert_eq!((&report["cost"], &report["partial"]), (&"374.83".into(), &false.into()));
    assert_eq!(report["nodes"][0]["cost"], "204.40");
    assert_eq!(report["nodes"][1]["cost"], "73.00");
    assert_eq!(
        rows(&report, "workloads"),
        map(&[
            ("Cluster/idle", "0.00 0.00 175.20 175.20"),
            ("DaemonSet/agent", "8.03 5.74 0.00 13.77"),
            ("Deployment/web", "43.07 30.76 0.00 73.83"),
            ("Service/front", "16.43 0.00 0.00 16.43"),
            ("StatefulSet/db", "59.10 36.50 0.00 95.60"),
        ])
    );
    assert_eq!(
        rows(&report, "namespaces"),
        map(&[
            ("data", "59.10 36.50 0.00 95.60"),
            ("idle", "0.00 0.00 175.20 175.20"),
            ("kube-system", "8.03 5.74 0.00 13.77"),
            ("shop", "59.50 30.76 0.00 90.26"),
        ])
    );
    assert!(codes(&report).contains(&"no-history"), "{report}");
}

#[test]
fn usage_is_shown_with_the_request() {
    let report = report(&[SMALL]);
    let web = report["workloads"].as_array().unwrap().iter().find(|w| w["name"] == "web").unwrap();
    assert_eq!((&web["pods"], &web["requested"]["cpu_millis"]), (&2.into(), &1000.into()));
    assert_eq!(
        (&web["used"]["pods"], &web["efficiency"]["cpu"], &web["efficiency"]["memory"]),
        (&1.into(), &1.6.into(), &0.5.into())
    );
    let db = report["workloads"].as_array().unwrap().iter().find(|w| w["name"] == "db").unwrap();
    assert!(db["used"].is_null() && db["efficiency"].is_null(), "nothing was measured");
}

#[test]
fn the_total_is_the_same_under_every_grouping() {
    for by in ["namespace", "workload", "label:team", "fixtures/report/owners.toml"] {
        for idle in ["even", "proportional", "none"] {
            for shared in ["even", "proportional", "none"] {
                for namespaces in [&[][..], &["--shared-namespace", "kube-system"]] {
                    let flags = [SMALL, "--by", by, "--split-idle", idle, "--split-shared", shared];
                    let report = report(&[&flags, namespaces].concat());
                    for list in ["groups", "namespaces", "workloads"] {
                        let totals = report[list].as_array().unwrap().iter().map(|row| &row["cost"]["total"]);
                        assert_eq!(cents(totals), 37483, "{list} {by} {idle} {shared}");
                    }
                    let lines = ["nodes", "services"].map(|list| report[list].as_array().unwrap());
                    assert_eq!(cents(lines.into_iter().flatten().map(|line| &line["cost"])), 37483);
                }
            }
        }
    }
}

#[test]
fn shared_and_idle_costs_are_allocated_to_rows() {
    let split = report(&[SMALL, "--shared-namespace", "kube-system", "--split-idle", "even"]);
    // 81.03 shared by 43.07 and 51.10 of 94.17; 175.20 idle over two namespaces.
    assert_eq!(
        rows(&split, "groups"),
        map(&[("data", "59.10 43.97 87.60 190.67"), ("shop", "59.50 37.06 87.60 184.16")])
    );
    let own = report(&[SMALL, "--split-shared", "none"]);
    assert_eq!(rows(&own, "groups")["shared"], "0.00 73.00 0.00 73.00");
}

#[test]
fn rows_are_grouped_by_labels_and_owners() {
    let by_label = report(&[SMALL, "--by", "label:team"]);
    assert_eq!(
        rows(&by_label, "groups").into_keys().collect::<Vec<_>>(),
        ["front", "idle", "storage", "unowned"],
        "of a workload, of a namespace, of neither"
    );
    let by_owner = report(&[SMALL, "--by", "fixtures/report/owners.toml"]);
    assert_eq!(
        rows(&by_owner, "groups"),
        map(&[
            ("idle", "0.00 0.00 175.20 175.20"),
            ("stores", "59.10 36.50 0.00 95.60"),
            ("unowned", "24.46 5.74 0.00 30.20"),
            ("web", "43.07 30.76 0.00 73.83"),
        ])
    );
    assert!(codes(&report(&[SMALL, "--by", "label:tema"])).contains(&"label-unknown"));
}

/// Idle is 175.20: three parts to `web`, one to `stores`, none to workloads without an owner.
#[test]
fn costs_are_split_by_the_weights_of_owners() {
    let report = report(&[SMALL, "--by", "fixtures/report/owners.toml", "--split-idle", "weighted"]);
    assert_eq!(
        rows(&report, "groups"),
        map(&[
            ("stores", "59.10 36.50 43.80 139.40"),
            ("unowned", "24.46 5.74 0.00 30.20"),
            ("web", "43.07 30.76 131.40 205.23"),
        ])
    );
}

#[test]
fn consolidation_finds_fewer_nodes_for_the_current_pods() {
    // Only the large node has enough room, and `db` does not fit on a small one.
    let found = &report(&[SMALL])["consolidation"];
    assert_eq!((&found["nodes_now"], &found["cost_now"]), (&2.into(), &"277.40".into()));
    assert_eq!((&found["nodes"][0]["name"], &found["nodes"][0]["count"]), (&"z9.large".into(), &1.into()));
    assert_eq!((&found["cost"], &found["saving"]), (&"204.40".into(), &"73.00".into()));
}

#[test]
fn a_node_without_a_price_is_never_free() {
    let output = capmodel(&["report", "--format", "json", SMALL]).output().unwrap();
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((&report["priced_node_hours_share"], &report["partial"]), (&0.0.into(), &true.into()));
    assert!(report["nodes"].as_array().unwrap().iter().all(|node| node["cost"].is_null()));
    assert!(report["consolidation"].is_null());
    let web = report["workloads"].as_array().unwrap().iter().find(|row| row["name"] == "web").unwrap();
    assert_eq!(
        (&web["cost"]["cpu"], &web["pods"]),
        (&Value::Null, &2.into()),
        "it is there, and its cost is not known"
    );
    assert_eq!(codes(&report).iter().filter(|code| **code == "node-unpriced").count(), 2);
    let text = capmodel(&["report", SMALL]).output().unwrap();
    let text = String::from_utf8(text.stdout).unwrap();
    assert!(text.contains("partial") && text.contains("no price"), "{text}");
}

/// A node managed by EKS Auto Mode costs an additional 12 % of its on-demand price: 73.00 and 8.76.
#[test]
fn the_fee_of_auto_mode_is_included() {
    let folder = tempfile::tempdir().unwrap();
    let mut snapshot: Value = serde_json::from_str(&std::fs::read_to_string(SMALL).unwrap()).unwrap();
    snapshot["nodes"][0]["machine"]["kind"] = "eks-auto-mode".into();
    let path = folder.path().join("auto.json");
    std::fs::write(&path, snapshot.to_string()).unwrap();
    let report = report(&[path.to_str().unwrap()]);
    let line = report["nodes"].as_array().unwrap().iter().find(|node| node["billed_as"] == "eks-auto-mode").unwrap();
    assert_eq!((&line["cost"], &line["price_per_hour"]), (&"81.76".into(), &"0.112".into()));
    assert!(codes(&report).contains(&"eks-auto-mode-fee"));
}

#[test]
fn a_calendar_month_has_the_right_number_of_hours() {
    let report = report(&[SMALL, "--month", "2026-12"]);
    assert_eq!((&report["period"]["hours"], &report["nodes"][1]["cost"]), (&"744".into(), &"74.40".into()));
}

#[test]
fn several_snapshots_represent_equal_parts() {
    let folder = tempfile::tempdir().unwrap();
    let later = folder.path().join("later.json");
    let mut snapshot: Value = serde_json::from_str(&std::fs::read_to_string(SMALL).unwrap()).unwrap();
    snapshot["taken_at"] = "2026-11-25T08:00:00Z".into();
    // The small node was deleted with its pods.
    snapshot["nodes"].as_array_mut().unwrap().retain(|node| node["name"] == "b");
    snapshot["pods"].as_array_mut().unwrap().retain(|pod| pod["node"] == "b");
    std::fs::write(&later, snapshot.to_string()).unwrap();
    let later = later.to_str().unwrap();
    let both = report(&[later, SMALL]);
    assert_eq!((&both["nodes"][1]["cost"], &both["nodes"][1]["count"]), (&"36.50".into(), &"0.5".into()));
    assert_eq!(both["nodes"][0]["cost"], "204.40");
    let (code, said) = refused(&["report", SMALL, "--split-idle", "weighted"]);
    assert!(code == 2 && said.contains("--by FILE.toml"), "{said}");
    let (code, said) = refused(&["report", SMALL, SMALL]);
    assert!(code == 3 && said.contains("the same time"), "{said}");
    snapshot["cluster"]["uid"] = "another".into();
    std::fs::write(later, snapshot.to_string()).unwrap();
    let (code, said) = refused(&["report", SMALL, later]);
    assert!(code == 3 && said.contains("two different clusters"), "{said}");
}

/// Two days of October have snapshots: each represents the time up to the next one, the last one 25 hours.
#[test]
fn stored_snapshots_only_report_what_they_contain() {
    let folder = tempfile::tempdir().unwrap();
    let store = |taken_at: &str, keep: &[&str]| {
        let mut snapshot: Value = serde_json::from_str(&std::fs::read_to_string(SMALL).unwrap()).unwrap();
        snapshot["taken_at"] = taken_at.into();
        snapshot["nodes"].as_array_mut().unwrap().retain(|node| keep.contains(&node["name"].as_str().unwrap()));
        snapshot["pods"].as_array_mut().unwrap().retain(|pod| keep.contains(&pod["node"].as_str().unwrap()));
        std::fs::write(folder.path().join(format!("{}.snapshot", &taken_at[..10])), snapshot.to_string()).unwrap();
    };
    store("2026-10-05T08:00:00Z", &["a", "b"]);
    store("2026-10-06T08:00:00Z", &["a"]);
    store("2026-11-02T08:00:00Z", &["a"]);
    std::fs::write(folder.path().join(".2026-10-07.snapshot.17.tmp"), "half").unwrap();
    let history = folder.path().to_str().unwrap();
    let report = report(&[SMALL, "--history", history, "--month", "last"]);
    let period = &report["period"];
    assert_eq!((&period["kind"], &period["month"]), (&"snapshots".into(), &"2026-10".into()));
    assert_eq!((&period["hours"], &period["hours_with_data"]), (&"744".into(), &"49".into()));
    // 24 hours of 0.28, 49 of 0.10.
    assert_eq!((&report["nodes"][0]["cost"], &report["nodes"][1]["cost"]), (&"6.72".into(), &"4.90".into()));
    assert_eq!(report["partial"], true);
    assert!(codes(&report).contains(&"history-gap") && codes(&report).contains(&"no-history"));

    let mut other: Value = serde_json::from_str(&std::fs::read_to_string(SMALL).unwrap()).unwrap();
    other["cluster"]["uid"] = "another".into();
    let other_path = folder.path().join("other");
    std::fs::write(&other_path, other.to_string()).unwrap();
    let (code, said) = refused(&["report", other_path.to_str().unwrap(), "--history", history, "--month", "last"]);
    assert!(code == 3 && said.contains("are of another cluster"), "{said}");
    let (code, said) = refused(&["report", SMALL, "--history", "/nowhere", "--month", "last"]);
    assert!(code == 3 && said.contains("/nowhere"), "{said}");
}

/// By hand: nodes of 204.40 and 73.00, a control plane of 73.00, a load balancer of 16.43 and a volume of 8.00 are
/// 374.83, of which 126.63 are direct, 73.00 shared and 175.20 idle.
#[test]
fn every_format_states_the_total() {
    let form = |format: &str| {
        let arguments = ["report", "--prices", "fixtures/report/prices.csv", "--format", format, SMALL];
        let output = capmodel(&arguments).output().unwrap();
        assert!(output.status.success(), "{format}");
        let text = String::from_utf8(output.stdout).unwrap();
        assert!(!text.lines().any(|line| line.ends_with(' ')), "{text}");
        text
    };
    let totals = |text: &str, split: &dyn Fn(&str) -> Vec<String>| -> Vec<Vec<String>> {
        text.lines().map(split).filter(|cells| cells.first().is_some_and(|cell| cell == "total")).collect()
    };
    let want = [vec!["total", "374.83"], vec!["total", "126.63", "73.00", "175.20", "374.83"]];
    let table = form("table");
    assert!(table.lines().next().unwrap().contains(" 374.83 USD per month "), "{table}");
    assert_eq!(totals(&table, &|line| line.split_whitespace().map(str::to_owned).collect()), want);
    let cells = |line: &str| -> Vec<String> {
        line.split('|').map(str::trim).filter(|cell| !cell.is_empty()).map(str::to_owned).collect()
    };
    let markdown = form("markdown");
    assert!(markdown.lines().next().unwrap().contains(" 374.83 USD per month "), "{markdown}");
    assert_eq!(totals(&markdown, &cells), want);

    // A spreadsheet reads the rows, which add up to the total to the cent in every column.
    let csv = form("csv");
    let mut reader = csv::Reader::from_reader(csv.as_bytes());
    let header = reader.headers().unwrap().clone();
    let rows: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
    let cents = |column: &str| -> i64 {
        let at = header.iter().position(|name| name == column).unwrap();
        rows.iter().map(|row| row[at].replace('.', "").parse::<i64>().unwrap()).sum()
    };
    assert_eq!(["idle_cost", "total_cost"].map(cents), [17_520, 37_483]);
    let json: Value = serde_json::from_str(&form("json")).unwrap();
    let costs = ["direct", "shared", "idle", "total"].map(|part| {
        let rows = json["groups"].as_array().unwrap().iter();
        rows.map(|row| row["cost"][part].as_str().unwrap().parse::<f64>().unwrap()).sum::<f64>()
    });
    assert_eq!(json["cost"], "374.83");
    for (cost, want) in costs.into_iter().zip([126.63, 73.0, 175.2, 374.83]) {
        assert!((cost - want).abs() < 1e-6, "{costs:?}");
    }
}

#[test]
fn pods_use_free_capacity_first() {
    // Free are 1300m on `a` and 2300m on `b`: two and four pods of 500m. An empty small node has 1800m beside its
    // agent, three pods; so the four that are left need two small ones, 2 × 73.00, for one large one costs 204.40.
    let arguments = [
        "--cluster",
        SMALL,
        "--prices",
        "fixtures/report/prices.csv",
        "--region",
        "local-1",
        "--rps",
        "5000",
        "--profile",
        "python-fastapi",
        "--cpu-request",
        "500m",
        "--policy",
        "steady",
        "--samples",
        "0",
    ];
    let fit = |replicas: &str| {
        let answer = crate::support::binary::estimate(&[&arguments[..], &["--replicas", replicas]].concat());
        answer["estimates"][0]["cluster"].clone()
    };
    let ten = fit("10");
    assert_eq!((&ten["pods_on_existing_nodes"], &ten["existing_nodes"]), (&6.into(), &2.into()));
    assert_eq!((&ten["pods_on_new_nodes"], &ten["new_node_cost_per_month"]), (&4.into(), &"146".into()));
    assert_eq!((&ten["new_nodes"][0]["instance_type"], &ten["new_nodes"][0]["count"]), (&"z9.small".into(), &2.into()));
    let six = fit("6");
    assert_eq!((&six["pods_on_existing_nodes"], &six["pods_on_new_nodes"]), (&6.into(), &0.into()));
    let table = capmodel(&[&["estimate"], &arguments[..], &["--replicas", "10"]].concat()).output().unwrap();
    let table = String::from_utf8(table.stdout).unwrap();
    assert!(table.contains("6 on 2 nodes") && table.contains("4 on 2 × z9.small"), "{table}");
}

/// A named pipe without a writer would be waited for indefinitely; what the shell passes ends.
#[cfg(unix)]
#[test]
fn only_standard_input_may_be_a_pipe() {
    let folder = tempfile::tempdir().unwrap();
    let pipe = folder.path().join("p.snapshot");
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let (path, small) = (pipe.to_str().unwrap(), "fixtures/report/small.json");
    let history = folder.path().to_str().unwrap();
    for arguments in [
        &["report", path][..],
        &["report", small, "--prices", path],
        &["report", small, "--history", history],
        &["report", small, "--scrape", &format!("shop/web={path}")],
        &["report", "/dev/zero"],
    ] {
        let (code, said) = refused(arguments);
        assert!(code == 3 && said.contains(" is not a regular file"), "{arguments:?}: {code} {said}");
    }
    let prices = std::fs::read("fixtures/report/prices.csv").unwrap();
    let mut command = capmodel(&["report", small, "--prices", "/dev/stdin"]);
    command.write_stdin(prices).assert().success();
}

#[test]
fn invalid_cluster_names_are_refused() {
    let long = "x".repeat(201);
    for name in ["", " ", "a\nb", &long] {
        assert_eq!(refused(&["report", "fixtures/report/small.json", "--cluster-name", name]).0, 2);
    }
}

/// The report on the modified small cluster with another price table.
fn changed(change: impl Fn(&mut Value), prices: &str) -> (Value, String) {
    let folder = tempfile::tempdir().unwrap();
    let mut snapshot: Value = serde_json::from_str(&std::fs::read_to_string(SMALL).unwrap()).unwrap();
    change(&mut snapshot);
    let (path, table) = (folder.path().join("changed.json"), folder.path().join("prices.csv"));
    std::fs::write(&path, snapshot.to_string()).unwrap();
    let header = "provider,region,instance_type,arch,vcpu,memory_gib,gpu_count,ondemand_usd_per_hour,price_date";
    let own = format!(
        "{header}\naws,local-1,z9.small,amd64,2,8,,0.10,2026-10-01\naws,local-1,z9.large,amd64,4,32,,0.28,2026-10-01\n"
    );
    std::fs::write(&table, format!("{own}{prices}")).unwrap();
    let arguments = ["report", path.to_str().unwrap(), "--prices", table.to_str().unwrap()];
    let json = capmodel(&[&arguments[..], &["--format", "json"]].concat()).output().unwrap().stdout;
    let whole = ["--verbose", "--top", "all", "--width", "200"];
    let text = capmodel(&[&arguments[..], &whole].concat()).output().unwrap().stdout;
    (serde_json::from_slice(&json).unwrap(), String::from_utf8(text).unwrap())
}

fn line<'a>(report: &'a Value, instance_type: &str) -> &'a Value {
    report["nodes"].as_array().unwrap().iter().find(|node| node["instance_type"] == instance_type).unwrap()
}

/// A T4 on an n1-standard-4 in us-central1 costs 0.35 an hour beside the 0.19 of the machine (Google, "GPU pricing").
#[test]
fn accelerators_missing_from_a_price_are_a_finding() {
    let gke = |snapshot: &mut Value| {
        let node = &mut snapshot["nodes"][0];
        node["provider_id"] = "gce://project/us-central1-a/a".into();
        node["machine"]["provider"] = "gcp".into();
        node["machine"]["instance_type"] = "n1-standard-4".into();
        node["machine"]["region"] = "us-central1".into();
        node["machine"]["gpu"] = "nvidia-tesla-t4".into();
        node["allocatable"]["nvidia.com/gpu"] = "1".into();
        node["capacity"]["nvidia.com/gpu"] = "1".into();
    };
    let (report, text) = changed(gke, "");
    let n1 = line(&report, "n1-standard-4");
    assert_eq!((&n1["price_lacks"], &report["partial"]), (&"accelerators".into(), &true.into()));
    assert!(codes(&report).contains(&"accelerators-unpriced"));
    let headline: String = text.lines().take(2).collect();
    assert!(
        headline.contains("partial") && text.contains("n1-standard-4, us-central1, on-demand, without accelerators"),
        "{text}"
    );
    // A row of the user's table with an accelerator count is the price of both.
    let own = "gcp,us-central1,n1-standard-4,amd64,4,15,1,0.54,2026-10-01\n";
    let (report, _) = changed(gke, own);
    let n1 = line(&report, "n1-standard-4");
    assert_eq!((&n1["price_lacks"], &n1["cost"], &report["partial"]), (&Value::Null, &"394.20".into(), &false.into()));

    // The same if the node reports accelerators but no label does, for a type of any provider.
    let (report, _) = changed(
        |snapshot| {
            snapshot["nodes"][1]["allocatable"]["amd.com/gpu"] = "2".into();
            snapshot["nodes"][1]["capacity"]["amd.com/gpu"] = "2".into();
        },
        "",
    );
    assert_eq!((&line(&report, "z9.large")["price_lacks"], &report["partial"]), (&"accelerators".into(), &true.into()));
}

/// The catalogue has no spot prices for Azure, and the price table none for Azure disks.
#[test]
fn a_substitute_for_a_missing_price_makes_the_report_partial() {
    let azure = |snapshot: &mut Value| {
        for node in snapshot["nodes"].as_array_mut().unwrap() {
            node["machine"]["provider"] = "azure".into();
            node["machine"]["region"] = "eastus".into();
            node["machine"]["instance_type"] = "Standard_D4s_v5".into();
        }
    };
    let (report, _) = changed(
        |snapshot| {
            azure(snapshot);
            snapshot["nodes"][0]["machine"]["capacity_type"] = "spot".into();
            snapshot["volumes"] = serde_json::json!([]);
        },
        "",
    );
    let spot = report["nodes"].as_array().unwrap().iter().find(|node| node["capacity_type"] == "spot").unwrap();
    assert_eq!((&spot["price_lacks"], &report["partial"]), (&"spot".into(), &true.into()));
    assert!(codes(&report).contains(&"spot-price-missing"));
    let (report, text) = changed(azure, "");
    assert!(codes(&report).contains(&"volume-unpriced"));
    assert!(report["partial"] == true && text.lines().take(2).any(|line| line.contains("partial")), "{text}");
    // The same for a type of the user's table without a spot price.
    let (report, _) = changed(|snapshot| snapshot["nodes"][0]["machine"]["capacity_type"] = "spot".into(), "");
    assert_eq!((&line(&report, "z9.small")["price_lacks"], &report["partial"]), (&"spot".into(), &true.into()));
}

/// Nodes of kubeadm, kind, minikube and bare metal have no label with a type.
#[test]
fn nodes_without_a_type_are_shown_and_can_be_priced_by_name() {
    let untyped = |snapshot: &mut Value| {
        for node in snapshot["nodes"].as_array_mut().unwrap() {
            node["provider_id"] = Value::Null;
            let machine = node["machine"].as_object_mut().unwrap();
            for key in ["provider", "instance_type", "region", "zone"] {
                machine.remove(key);
            }
        }
    };
    let (report, text) = changed(untyped, "");
    assert_eq!((&report["priced_node_hours_share"], &report["partial"]), (&0.0.into(), &true.into()));
    let web = text
        .lines()
        .find(|line| line.contains("Deployment") && line.contains("web"))
        .unwrap_or_else(|| panic!("{text}"));
    assert!(web.contains("4 GiB") && web.contains('–') && !web.contains("0.00"), "{web}");
    let row = report["workloads"].as_array().unwrap().iter().find(|row| row["name"] == "web").unwrap();
    assert_eq!((&row["priced"], &row["requested"]["cpu_millis"]), (&false.into(), &1000.into()));
    assert!(text.contains("instance_type is the node name"), "{text}");

    let own = "on-prem,rack,a,amd64,2,8,,0.10,2026-10-01\non-prem,rack,b,amd64,4,32,,0.28,2026-10-01\n";
    let (report, _) = changed(untyped, own);
    assert_eq!(&report["priced_node_hours_share"], &1.0);
    let costs: Vec<&str> =
        report["nodes"].as_array().unwrap().iter().map(|node| node["cost"].as_str().unwrap()).collect();
    assert_eq!(costs, ["73.00", "204.40"]);
    // Identical nodes with the same price share one line.
    let own = "on-prem,rack,a,amd64,2,8,,0.10,2026-10-01\non-prem,rack,b,amd64,4,32,,0.10,2026-10-01\n";
    let (report, _) = changed(untyped, own);
    assert_eq!((&report["nodes"][0]["count"], &report["nodes"][0]["cost"]), (&"2".into(), &"146.00".into()));
}

/// Plans use the allocatable resources that the cluster's nodes report (1900m, 7Gi and 29 pods), unless a flag says
/// otherwise.
#[test]
fn allocatable_resources_are_taken_from_the_cluster_s_nodes() {
    let explained = |more: &[&str]| {
        let arguments = [
            "estimate",
            "--cluster",
            SMALL,
            "--prices",
            "fixtures/report/prices.csv",
            "--region",
            "local-1",
            "--instance-type",
            "z9.small",
            "--rps",
            "500",
            "--policy",
            "steady",
            "--samples",
            "0",
            "--explain",
            "--verbose",
        ];
        let output = capmodel(&[&arguments[..], more].concat()).output().unwrap();
        String::from_utf8(output.stdout).unwrap().split_whitespace().collect::<Vec<_>>().join(" ")
    };
    let text = explained(&[]);
    assert!(text.contains("z9.small (1.9 cores, 7 GiB and 29 pods allocatable"), "{text}");
    assert!(text.contains("allocatable resources of z9.small are taken from the cluster's own nodes"), "{text}");
    let text = explained(&["--max-pods", "50"]);
    assert!(text.contains("50 pods allocatable") && !text.contains("the cluster's own nodes"), "{text}");
}
