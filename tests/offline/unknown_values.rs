//! Unknown values are `–` on screens, `null` in JSON and empty in CSV; idle cost is reported by resource; and savings
//! that first require a change are not counted as savings.

use serde_json::{Value, json};

use crate::support::binary::capmodel;

fn snapshot() -> Value {
    serde_json::from_str(&std::fs::read_to_string("fixtures/report/small.json").unwrap()).unwrap()
}

/// A report of this cluster in one format.
fn printed(snapshot: &Value, flags: &[&str]) -> String {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("changed.json");
    std::fs::write(&path, snapshot.to_string()).unwrap();
    let output = capmodel(&[&["report", path.to_str().unwrap()], flags].concat()).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

const OWN: [&str; 2] = ["--prices", "fixtures/report/prices.csv"];

fn report(snapshot: &Value, flags: &[&str]) -> Value {
    serde_json::from_str(&printed(snapshot, &[flags, &["--format", "json"]].concat())).unwrap()
}

/// The value of a column in a row of the CSV.
fn cell(csv: &str, row: &str, column: &str) -> String {
    let at = csv.lines().next().unwrap().split(',').position(|name| name == column).unwrap_or_else(|| panic!("{csv}"));
    let row = csv.lines().find(|line| line.split(',').nth(3) == Some(row)).unwrap_or_else(|| panic!("{csv}"));
    row.split(',').nth(at).unwrap().to_owned()
}

/// `a` has 2 cores and 8 GiB and `b` 4 and 32. Asked for are 1.1 and 3 GiB (of which `web` used 0.8 of 0.5 cores) less
/// what it used: idle are 3.5 cores at 21.90 and 27 GiB at 3.65 for 730 hours.
#[test]
fn idle_cost_is_reported_by_resource() {
    let all = report(&snapshot(), &OWN);
    let idle = &all["idle"];
    assert_eq!(idle["cost"], "175.20");
    assert_eq!((&idle["cpu"]["cores"], &idle["cpu"]["cost"]), (&"3.5".into(), &"76.65".into()));
    assert_eq!((&idle["memory"]["gib"], &idle["memory"]["cost"]), (&"27".into(), &"98.55".into()));
    assert_eq!((&idle["cpu"]["share"], &idle["memory"]["share"]), (&(3.5 / 6.0).into(), &0.675.into()));
    let text = printed(&snapshot(), &OWN).split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(text.contains("3.50 cores (58.3% of CPU, 76.65 USD), 27.0 GiB (67.5% of memory, 98.55 USD)"), "{text}");
    let csv = printed(&snapshot(), &[&OWN[..], &["--format", "csv"]].concat());
    assert_eq!(
        (cell(&csv, "idle", "idle_cpu_cost"), cell(&csv, "idle", "idle_memory_cost")),
        ("76.65".into(), "98.55".into())
    );
    assert_eq!((cell(&csv, "idle", "idle_cores"), cell(&csv, "idle", "idle_gib")), ("3.5".into(), "27".into()));
    // Allocated to rows, the sum is the same.
    let csv = printed(&snapshot(), &[&OWN[..], &["--format", "csv", "--split-idle", "even"]].concat());
    let cents = |column: &str| -> i64 {
        let names = ["web", "db", "front", "agent"].map(|row| cell(&csv, row, column));
        names.iter().filter(|cell| !cell.is_empty()).map(|cell| cell.replace('.', "").parse::<i64>().unwrap()).sum()
    };
    assert_eq!(cents("idle_cpu_cost") + cents("idle_memory_cost"), 17520);
}

#[test]
fn costs_without_prices_are_unknown_and_not_zero() {
    let mut all = snapshot();
    all["load_balancers"] = json!([]);
    all["volumes"] = json!([]);
    for node in all["nodes"].as_array_mut().unwrap() {
        node["machine"]["provider"] = "on-prem".into();
    }
    let told = report(&all, &[]);
    assert!(told["cost"].is_null() && told["idle"].is_null() && told["forecast"].is_null(), "{told}");
    for list in ["groups", "namespaces", "workloads"] {
        for row in told[list].as_array().unwrap() {
            assert!(row["cost"]["total"].is_null() && row["priced"] == false, "{row}");
        }
    }
    let text = printed(&all, &[]);
    assert!(!text.contains("0.00") && text.contains("· – USD per month · partial"), "{text}");
    assert!(!printed(&all, &["--format", "markdown"]).contains("0.00"));
    let csv = printed(&all, &["--format", "csv"]);
    assert_eq!((cell(&csv, "web", "cpu_cost"), cell(&csv, "web", "total_cost")), (String::new(), String::new()));
}

/// A source that reports pods but no containers (kubernetes#111077) has measured nothing.
#[test]
fn pods_without_containers_were_not_measured() {
    for containers in [
        json!([]),
        json!([{"name": "main", "usage": {"cpu": "0", "memory": "0"}}]),
        json!([{"name": "main", "usage": {"memory": "1Gi"}}]),
    ] {
        let mut all = snapshot();
        all["pod_usage"][0]["containers"] = containers;
        let told = report(&all, &OWN);
        let web = told["workloads"].as_array().unwrap().iter().find(|row| row["name"] == "web").unwrap();
        assert!(web["used"].is_null() && web["efficiency"].is_null(), "{web}");
        let text = printed(&all, &[&OWN[..], &["--verbose", "--width", "200"]].concat());
        let line = text.lines().find(|line| line.contains("Deployment/web")).unwrap();
        assert!(!line.contains("0%") && line.matches('–').count() == 2, "{line}");
    }
}

/// Three m5.xlarge on demand, each with a pod of a StatefulSet that fits on no other, and one m5.xlarge spot that is
/// idle: of what is bought as now only the spot node is not needed, 47.65 (0.06527 an hour).
fn mixed(spot_arch: &str, spot_type: &str) -> Value {
    let mut all = snapshot();
    let machine = |name: &str, kind: &str, capacity: &str, arch: &str| {
        let (cpu, memory) = ("4", "16Gi");
        json!({"name": name, "provider_id": format!("aws:///us-east-1a/i-{name}"),
            "machine": {"kind": "machine", "provider": "aws", "instance_type": kind, "region": "us-east-1",
                "zone": "us-east-1a", "arch": arch, "os": "linux", "capacity_type": capacity},
            "allocatable": {"cpu": cpu, "memory": memory, "pods": "58"},
            "capacity": {"cpu": cpu, "memory": memory, "pods": "58"}, "ready": true})
    };
    let pod = |number: usize| {
        json!({"namespace": "data", "name": format!("db-{number}"), "node": format!("n{number}"), "phase": "running",
            "owner": {"kind": "StatefulSet", "name": "db"},
            "containers": [{"name": "main", "image": "x", "sizes": {"requests": {"cpu": "3", "memory": "8Gi"}}}]})
    };
    let mut nodes: Vec<Value> = (0..3).map(|n| machine(&format!("n{n}"), "m5.xlarge", "on-demand", "amd64")).collect();
    nodes.push(machine("spare", spot_type, "spot", spot_arch));
    all["nodes"] = nodes.into();
    all["pods"] = (0..3).map(pod).collect();
    for list in ["volumes", "claims", "storage_classes", "load_balancers", "pod_usage"] {
        all[list] = json!([]);
    }
    all
}

#[test]
fn consolidation_keeps_the_purchase_option() {
    let all = mixed("amd64", "m5.xlarge");
    let told = report(&all, &[]);
    let found = &told["consolidation"];
    assert_eq!((&found["nodes_now"], &found["saving"]), (&4.into(), &"47.65".into()));
    let nodes: Vec<_> = found["nodes"].as_array().unwrap().iter().map(|node| (&node["name"], &node["count"])).collect();
    assert_eq!(nodes, [(&"m5.xlarge".into(), &3.into())]);
    // The further saving of another purchase option is a line of its own, with its condition.
    let change = &found["with_changes"][0];
    assert_eq!((&change["change"], &found["with_changes"][1]), (&"capacity-type".into(), &Value::Null));
    assert!(change["condition"].as_str().unwrap().contains("tolerate losing them at short notice"), "{change}");
    let text = printed(&all, &[]).split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(text.contains("fit on 3 nodes (3 × m5.xlarge) instead of 4 at the same purchase option"), "{text}");
    assert!(text.contains("Another capacity type: 277.52 more per month"), "{text}");
}

#[test]
fn nothing_is_moved_to_spot_or_arm_by_default() {
    let told = report(&mixed("arm64", "m6g.xlarge"), &[]);
    let found = &told["consolidation"];
    let names: Vec<_> = found["nodes"].as_array().unwrap().iter().map(|node| node["name"].clone()).collect();
    assert_eq!(names, ["m5.xlarge"]);
    // Spot and Arm together would be two changes, and neither alone has a usable node.
    assert_eq!(found["with_changes"], json!([]));
}

/// 72 hours are not a month, in any format.
#[test]
fn amounts_state_their_period() {
    let folder = tempfile::tempdir().unwrap();
    let mut all = snapshot();
    for (at, name) in [("2026-11-21T08:00:00Z", "a"), ("2026-11-22T08:00:00Z", "b"), ("2026-11-23T08:00:00Z", "c")] {
        all["taken_at"] = at.into();
        std::fs::write(folder.path().join(format!("{name}.snapshot")), all.to_string()).unwrap();
    }
    let history = ["--history", folder.path().to_str().unwrap()];
    let flags = [&OWN[..], &history].concat();
    let text = printed(&snapshot(), &flags);
    // The savings of the next steps are of a month to come.
    let (past, to_come) = text.split_once("Next steps").unwrap();
    assert!(!past.contains("a month") && !past.contains("per month") && past.contains("USD for 720 h"), "{text}");
    assert!(to_come.contains(" 73.00 USD per month: "), "{text}");
    let told = report(&snapshot(), &flags);
    assert_eq!((&told["basis"]["hours_per_month"], &told["basis"]["amounts_are"]), (&Value::Null, &"for 720 h".into()));
    let csv = printed(&snapshot(), &[&flags[..], &["--format", "csv"]].concat());
    assert_eq!((cell(&csv, "web", "hours"), cell(&csv, "web", "period").contains(" to ")), ("720".into(), true));
    let markdown = printed(&snapshot(), &[&flags[..], &["--format", "markdown"]].concat());
    assert!(!markdown.split_once("Next steps").unwrap().0.contains("per month"), "{markdown}");
}
