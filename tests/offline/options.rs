//! An option that is accepted is used; one that would not be is refused with a reason.

use crate::support::binary::{capmodel, estimate, refused};

/// A workload file of one service.
fn workload(text: &str) -> tempfile::NamedTempFile {
    let file = tempfile::Builder::new().suffix(".toml").tempfile().unwrap();
    std::fs::write(file.path(), text).unwrap();
    file
}

const GIN: &str = "[[service]]\nname = \"a\"\nrps = 50000\nprofile = \"go-gin\"\n";

fn planned(arguments: &[&str]) -> serde_json::Value {
    let file = workload(GIN);
    let path = file.path().to_str().unwrap();
    estimate(&[&["--workload", path, "--samples", "0"], arguments].concat())
}

#[test]
fn a_workload_is_planned_under_the_policy_that_was_named() {
    let pods = |arguments: &[&str]| planned(arguments)["services"][0]["pods"].as_u64().unwrap();
    let alone = |policy: &str| {
        let answer = estimate(&["--rps", "50000", "--profile", "go-gin", "--policy", policy, "--samples", "0"]);
        answer["estimates"][0]["pods"]["plan"].as_u64().unwrap()
    };
    assert_eq!(pods(&["--policy", "steady"]), alone("steady"));
    assert_eq!(pods(&[]), alone("production"));
    assert_eq!(pods(&["--policy", "production"]), alone("production"));
    assert_ne!(alone("steady"), alone("production"));
}

#[test]
fn what_would_not_be_used_is_refused() {
    let file = workload(GIN);
    let path = file.path().to_str().unwrap();
    for (arguments, said) in [
        (
            vec!["--workload", path, "--policy", "steady", "--policy", "production"],
            "a second --policy has no effect here",
        ),
        (vec!["--workload", path, "--explain"], "cannot be used with"),
        (vec!["--workload", path, "--load", "weekly"], "cannot be used with"),
        (vec!["--workload", path, "--article"], "cannot be used with"),
        (vec!["--rps", "1", "--article", "--explain"], "cannot be used with"),
        (vec!["--rps", "1", "--context", "prod"], "--context has no effect here"),
        (vec!["--rps", "1", "--kubeconfig", "x"], "--kubeconfig has no effect here"),
        (vec!["--rps", "1", "--namespace", "shop"], "--namespace has no effect here"),
        (vec!["--rps", "1", "--spot-label", "a=b"], "--spot-label has no effect here"),
        (vec!["--rps", "1", "--handler-cpu", "10m"], "minutes of CPU per request"),
    ] {
        let (code, stderr) = refused(&[&["estimate"], &arguments[..]].concat());
        assert!(code == 2 && stderr.contains(said), "{arguments:?}: {code}: {stderr}");
    }
    let (code, stderr) = refused(&["estimate", "--workload", path, "--policy", "nonsense"]);
    assert!(code == 3 && stderr.contains("nonsense"), "{code}: {stderr}");
}

#[test]
fn rates_are_read_as_dashboards_print_them() {
    let demand = |rate: &str| {
        let answer = estimate(&["--rps", rate, "--samples", "0", "--profile", "go-gin"]);
        answer["demand"]["requests_per_second"]["mid"].as_f64().unwrap()
    };
    for rate in ["5000", "5,000", "5k", "300000/min", "300,000rpm", "18M/h", "5k/s"] {
        assert!((demand(rate) - 5000.0).abs() < 1e-6, "{rate}");
    }
}

#[test]
fn one_zone_satisfies_every_skew_and_no_node_is_no_success() {
    let of = |more: &str| {
        let file = workload(&format!("{GIN}zones = 1\nsurvive_zones = 0\n[service.nodes]\n{more}\n"));
        let output =
            capmodel(&["estimate", "--format", "json", "--samples", "0", "--workload", file.path().to_str().unwrap()])
                .output()
                .unwrap();
        let document: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        (output.status.code().unwrap(), document)
    };
    let (code, document) = of("max_zone_skew = 1");
    assert_eq!(code, 0);
    assert!(document["unplaced"].as_array().unwrap().is_empty(), "{document}");
    assert!(document["node_cost_per_month"].as_str().unwrap().parse::<f64>().unwrap() > 0.0);
    let (code, document) = of("selector = { pool = \"none\" }");
    assert_eq!(code, 6, "{document}");
}

/// Many services on shared nodes never cost more than the same service planned alone.
#[test]
fn the_packer_is_never_worse_than_the_planner_of_one_service() {
    for profile in ["go-gin", "python-fastapi"] {
        for rate in ["800", "5000", "20000", "40000", "50000", "120000"] {
            let alone = estimate(&["--rps", rate, "--profile", profile, "--policy", "production", "--samples", "0"]);
            let file = workload(&format!("[[service]]\nname = \"a\"\nrps = {rate}\nprofile = \"{profile}\"\n"));
            let packed = estimate(&["--workload", file.path().to_str().unwrap(), "--samples", "0"]);
            let cost = |value: &serde_json::Value| value.as_str().unwrap().parse::<f64>().unwrap();
            let (alone, packed) =
                (cost(&alone["estimates"][0]["node_cost_per_month"]["plan"]), cost(&packed["node_cost_per_month"]));
            assert!(packed <= alone + 1e-6, "{profile} at {rate}: {packed} against {alone}");
        }
    }
}

#[test]
fn ratios_have_intervals_and_the_whole_bill_has_a_ratio() {
    let answer = estimate(&["--rps", "5000"]);
    for comparison in answer["comparisons"].as_array().unwrap() {
        for name in ["pods", "cpu", "memory", "share_cost", "node_cost", "total_cost"] {
            let end = |end: &str| comparison[format!("{name}_ratio_interval")][end].as_f64();
            let (low, mid, high) = (end("p05").unwrap(), end("p50").unwrap(), end("p95").unwrap());
            assert!(0.0 < low && low <= mid && mid <= high, "{name}: {low} {mid} {high}");
            assert!(comparison[format!("{name}_ratio")].as_f64().unwrap() > 0.0, "{name}");
        }
    }
    let exact = estimate(&["--rps", "5000", "--samples", "0"]);
    assert!(exact["comparisons"][0]["share_cost_ratio_interval"].is_null());
}

#[test]
fn a_bound_that_is_not_cpu_sets_the_pods() {
    let answer = estimate(&[
        "--rps",
        "100",
        "--profile",
        "go-gin",
        "--policy",
        "steady",
        "--samples",
        "0",
        "--max-rps-per-pod",
        "14",
    ]);
    let plan = &answer["estimates"][0];
    assert_eq!((plan["pods"]["plan"].as_u64(), plan["binding"].as_str()), (Some(8), Some("rate")));
}

#[test]
fn a_reader_is_told_of_what_looks_like_a_slip() {
    let codes = |arguments: &[&str]| -> Vec<String> {
        let output =
            capmodel(&[&["estimate", "--format", "json", "--samples", "0"], arguments].concat()).output().unwrap();
        let answer: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        let found = answer["estimates"][0]["findings"].as_array().unwrap();
        found.iter().map(|finding| finding["code"].as_str().unwrap().to_owned()).collect()
    };
    assert!(codes(&["--rps", "1", "--cpu-request", "500"]).iter().any(|code| code == "cpu-request-large"));
    assert!(codes(&["--rps", "1", "--work", "ml"]).iter().any(|code| code == "machine-learning"));
    assert!(!codes(&["--rps", "1"]).iter().any(|code| code == "cpu-request-large" || code == "machine-learning"));
}
