//! Every accepted option has the described effect.

use crate::support::binary::{capmodel, estimate, refused};

/// A workload file of one service.
pub(crate) fn workload(text: &str) -> tempfile::NamedTempFile {
    let file = tempfile::Builder::new().suffix(".toml").tempfile().unwrap();
    std::fs::write(file.path(), text).unwrap();
    file
}

pub(crate) const GIN: &str = "[[service]]\nname = \"a\"\nrps = 50000\nprofile = \"go-gin\"\n";

fn planned(arguments: &[&str]) -> serde_json::Value {
    let file = workload(GIN);
    let path = file.path().to_str().unwrap();
    estimate(&[&["--workload", path, "--samples", "0"], arguments].concat())
}

#[test]
fn a_workload_is_planned_under_the_named_policy() {
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
fn rates_are_parsed_as_dashboards_print_them() {
    let demand = |rate: &str| {
        let answer = estimate(&["--rps", rate, "--samples", "0", "--profile", "go-gin"]);
        answer["demand"]["requests_per_second"]["mid"].as_f64().unwrap()
    };
    for rate in ["5000", "5,000", "5k", "300000/min", "300,000rpm", "18M/h", "5k/s"] {
        assert!((demand(rate) - 5000.0).abs() < 1e-6, "{rate}");
    }
}

#[test]
fn one_zone_satisfies_every_skew_and_no_node_is_an_error() {
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

/// Many services on shared nodes never cost more than separate plans of the same services.
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
fn probable_typing_errors_are_findings() {
    let codes = |arguments: &[&str]| -> Vec<String> {
        let output =
            capmodel(&[&["estimate", "--format", "json", "--samples", "0"], arguments].concat()).output().unwrap();
        let answer: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        let found = answer["estimates"][0]["findings"].as_array().unwrap();
        found.iter().map(|finding| finding["code"].as_str().unwrap().to_owned()).collect()
    };
    assert!(codes(&["--rps", "1", "--cpu-request", "500"]).iter().any(|code| code == "cpu-request-large"));
    assert!(codes(&["--rps", "1", "--work", "ml"]).iter().any(|code| code == "ml-time-in-native-code"));
    assert!(!codes(&["--rps", "1"]).iter().any(|code| code == "cpu-request-large" || code == "ml-time-in-native-code"));
}

/// A core that is half as fast takes twice as long for a request, so twice the pods are needed.
#[test]
fn a_slower_core_is_equivalent_to_more_cpu_per_request() {
    let at = |arguments: &[&str]| {
        let answer = estimate(&[&["--rps", "50000", "--profile", "go-gin", "--policy", "steady"], arguments].concat());
        answer["estimates"][0].clone()
    };
    let cpu = |answer: &serde_json::Value| answer["pod"]["cpu_seconds_per_request"].as_f64().unwrap();
    let before = |answer: &serde_json::Value| answer["pods_before_rounding"].as_f64().unwrap();
    let (plain, half) = (at(&["--samples", "0"]), at(&["--samples", "0", "--cpu-speed", "0.5"]));
    assert!((before(&half) / before(&plain) - 2.0).abs() < 1e-3, "{} and {}", before(&half), before(&plain));
    assert!((cpu(&half) / cpu(&plain) - 2.0).abs() < 0.05, "{} and {}", cpu(&half), cpu(&plain));
    assert_eq!(half["pod"]["cpu_speed"], serde_json::json!({"low": 0.5, "mid": 0.5, "high": 0.5}));
    let said = |answer: &serde_json::Value| {
        answer["findings"].as_array().unwrap().iter().any(|finding| finding["code"] == "cpu-speed")
    };
    assert!(said(&half) && !said(&plain));
    let ranged = at(&["--cpu-speed", "0.3:0.5:0.9"]);
    let wide = |e: &serde_json::Value| e["pods"]["p95"].as_u64().unwrap() - e["pods"]["p05"].as_u64().unwrap();
    assert!(wide(&ranged) > wide(&at(&["--cpu-speed", "0.5"])));
    let arguments = ["estimate", "--rps", "500", "--profile", "go-gin", "--cpu-speed", "0.4:0.5:0.7", "--explain"];
    let steps = String::from_utf8(capmodel(&arguments).output().unwrap().stdout).unwrap();
    assert!(steps.contains("0.5 (5th percentile 0.4, 95th 0.7)") && steps.contains("÷ 0.5"), "{steps}");
}

/// Each pod uses 150 % of its request, so two thirds of the pods are needed.
#[test]
fn a_target_above_the_request_counts_on_spare_cores() {
    let service = ["--rps", "50000", "--profile", "go-gin", "--policy", "steady", "--cpu-request", "250m"];
    let at = |more: &[&str]| estimate(&[&service[..], &["--samples", "0"], more].concat())["estimates"][0].clone();
    let before = |answer: &serde_json::Value| answer["pods_before_rounding"].as_f64().unwrap();
    let said = |answer: &serde_json::Value| {
        answer["findings"].as_array().unwrap().iter().any(|finding| finding["code"] == "spare-cores")
    };
    let (one, half_more) = (at(&["--target-utilization", "100%"]), at(&["--target-utilization", "150%"]));
    assert!((before(&one) / before(&half_more) - 1.5).abs() < 0.05, "{} {}", before(&one), before(&half_more));
    assert!(said(&half_more) && !said(&one));
    let utilization = half_more["pod"]["utilization"].as_f64().unwrap();
    assert!(1.0 < utilization && utilization <= 1.5, "{utilization}");
    // The autoscaler uses this target, and no dedicated node needs more cores than it has.
    let target = half_more["autoscaler"]["target_cpu_utilization_percent"].as_u64().unwrap();
    assert!((100..=150).contains(&target), "{target}");
    let nodes = |answer: &serde_json::Value| answer["nodes"][0]["count"].as_u64().unwrap();
    let own = |more: &[&str]| at(&[&["--instance-type", "m6i.large", "--replicas", "40"], more].concat());
    assert!(nodes(&own(&["--target-utilization", "300%"])) >= 2 * nodes(&own(&["--target-utilization", "100%"])));
    // A limit caps the pod, in latency too; a limit that is too low is refused.
    let limited = at(&["--target-utilization", "150%", "--cpu-limit", "500m", "--slo-p99", "1s"]);
    assert!(limited["pod"]["latency_p99_ms"].as_f64().unwrap() > half_more["pod"]["latency_p99_ms"].as_f64().unwrap());
    for (limit, percent, code) in [("375m", "150%", 3), ("300m", "150%", 3), ("376m", "150%", 0), ("250m", "100%", 0)] {
        let more = ["--samples", "0", "--target-utilization", percent, "--cpu-limit", limit];
        let output = capmodel(&[&["estimate"], &service[..], &more].concat()).output().unwrap();
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(code), "{limit} at {percent}: {stderr}");
        assert!(code == 0 || stderr.contains("is 375m, but the CPU limit of go-gin is"), "{stderr}");
    }
    for percent in ["1001%", "0%", "1.5", "85"] {
        let (code, _) = refused(&[&["estimate"], &service[..], &["--target-utilization", percent]].concat());
        assert_eq!(code, 2, "{percent}");
    }
}

/// Two of four hours have no demand: half of the month costs nothing.
#[test]
fn hours_without_demand_may_have_no_pods() {
    let curve = tempfile::Builder::new().suffix(".csv").tempfile().unwrap();
    std::fs::write(curve.path(), "0\n0\n100\n100\n").unwrap();
    let load = curve.path().to_str().unwrap();
    let service = ["--rps", "100", "--profile", "go-gin", "--policy", "steady", "--load", load, "--samples", "0"];
    let at = |least: &str| estimate(&[&service[..], &["--min-replicas", least]].concat())["estimates"][0].clone();
    let (none, one) = (at("0"), at("1"));
    let cost = |e: &serde_json::Value, key: &str| e[key]["plan"].as_str().unwrap().parse::<f64>().unwrap();
    assert_eq!((&none["month"]["zero_pod_hours"], &none["month"]["pod_hours"]), (&"365".into(), &"365".into()));
    assert_eq!(
        (&one["month"]["zero_pod_hours"], &one["month"]["pod_hours"]),
        (&serde_json::Value::Null, &"730".into())
    );
    for key in ["share_cost_per_month", "node_cost_per_month"] {
        assert!((2.0 * cost(&none, key) - cost(&one, key)).abs() < 1e-5, "{key}");
    }
    // Gin from the article: image and cold start from its profile, 2 s of scheduling and 5 s of readiness.
    let found = none["findings"].as_array().unwrap().iter().find(|f| f["code"] == "scale-to-zero").unwrap();
    let message = found["message"].as_str().unwrap();
    assert!(message.contains("no pod runs in 365 hours") && message.contains(" s on an existing node"), "{message}");
    assert!(!one["findings"].to_string().contains("scale-to-zero"));
    // An autoscaler on CPU cannot scale to zero: the manifest keeps one pod.
    let manifest = [&["estimate"], &service[..8], &["--min-replicas", "0", "--emit", "hpa"]].concat();
    let output = capmodel(&manifest).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success() && text.contains("minReplicas: 1\n"), "{text}");
    for more in [&["--load", "diurnal"][..], &[]] {
        let (code, said) = refused(&[&["estimate", "--rps", "100", "--min-replicas", "0"], more].concat());
        assert!(code == 3 && said.contains("demand is never 0"), "{said}");
    }
}

#[test]
fn the_nearest_type_with_a_price_is_suggested_for_a_custom_type() {
    for (name, nearest) in [
        ("n2-custom-4-8192", "n2-standard-4 (4 vCPUs, 16384 MiB)"),
        ("custom-4-8192", "n1-standard-4 (4 vCPUs, 15360 MiB)"),
        ("e2-custom-6-8192", "e2-highcpu-8 (8 vCPUs, 8192 MiB)"),
        ("n2-custom-2-16384-ext", "n2-highmem-2 (2 vCPUs, 16384 MiB)"),
    ] {
        let (code, said) = refused(&["estimate", "--rps", "1", "--provider", "gcp", "--instance-type", name]);
        assert!(code == 3 && said.contains("is a custom machine type"), "{name}: {said}");
        assert!(
            said.contains(&format!("the nearest predefined type of at least that size is {nearest}")),
            "{name}: {said}"
        );
    }
    let (code, said) = refused(&["estimate", "--rps", "1", "--instance-type", "custom-4-8192"]);
    assert!(code == 3 && !said.contains("custom machine type"), "{said}");
}

#[test]
fn a_rate_limit_applies_only_to_its_profile() {
    let plans = estimate(&["--rps", "100", "--policy", "steady", "--samples", "0", "--max-rps-per-pod", "go-gin=14"]);
    let bound = |at: usize| plans["estimates"][at]["binding"].as_str().map(str::to_owned);
    assert!(
        bound(1).as_deref() == Some("rate") && bound(0).as_deref() != Some("rate"),
        "{:?} {:?}",
        bound(0),
        bound(1)
    );
    let (code, said) = refused(&["estimate", "--rps", "100", "--max-rps-per-pod", "gin=14"]);
    assert!(code == 3 && said.contains("profile `gin` is not part of this estimate"), "{said}");
    let file = workload(&format!("{GIN}[[service]]\nname = \"b\"\nrps = 100\nprofile = \"python-fastapi\"\n"));
    let path = file.path().to_str().unwrap();
    let bounded = ["--policy", "steady", "--max-rps-per-pod", "python-fastapi=14"];
    let packed = estimate(&[&["--workload", path, "--samples", "0"], &bounded[..]].concat());
    assert_eq!(packed["services"][1]["binding"], "rate");
    assert_ne!(packed["services"][0]["binding"], "rate");
    let (code, said) = refused(&["estimate", "--workload", path, "--max-rps-per-pod", "python-flask=14"]);
    assert!(code == 3 && said.contains("python-flask"), "{said}");
}

/// 3.2 cores are four processes on one core each; a pod of three, or of one, cannot have used them.
#[test]
fn an_observation_that_the_workers_cannot_produce_is_refused() {
    let of = |more: &[&str]| {
        let arguments = ["estimate", "--rps", "500", "--profile", "python-fastapi", "--observed", "400rps:3.2cores"];
        capmodel(&[&arguments[..], more].concat()).output().unwrap()
    };
    for workers in ["1", "3"] {
        let output = of(&["--workers", workers]);
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(3), "{said}");
        assert!(said.contains(&format!("3.2 cores are more than --workers {workers} can use")), "{said}");
        assert!(said.contains("give the 4 or more workers"), "{said}");
    }
    for workers in [&["--workers", "4"][..], &["--workers", "auto"], &[]] {
        assert_eq!(of(workers).status.code(), Some(0), "{workers:?}");
    }
    // Threads of one process can run on several cores.
    let gin = ["estimate", "--rps", "500", "--observed", "go-gin=400rps:3.2cores", "--workers", "1"];
    assert_eq!(capmodel(&gin).output().unwrap().status.code(), Some(0));
}

#[test]
fn cpu_and_memory_of_pods_have_intervals_too() {
    let answer = estimate(&["--rps", "4k:5k:9k"]);
    for e in answer["estimates"].as_array().unwrap() {
        for (plan, interval) in [
            (&e["pods_before_rounding"], &e["pods_before_rounding_interval"]),
            (&e["pod"]["cpu_seconds_per_request"], &e["pod"]["cpu_seconds_per_request_interval"]),
        ] {
            let end = |end: &str| interval[end].as_f64().unwrap();
            let (low, mid, high) = (end("p05"), end("p50"), end("p95"));
            assert!(0.0 < low && low < mid && mid < high, "{low} {mid} {high}");
            let plan = plan.as_f64().unwrap();
            assert!(low <= plan && plan <= high, "{low} {plan} {high}");
        }
        // The number of whole pods is never below the number before rounding.
        let whole = e["pods"]["p95"].as_f64().unwrap();
        assert!(whole + 1e-9 >= e["pods_before_rounding_interval"]["p95"].as_f64().unwrap(), "{e}");
    }
    let exact = estimate(&["--rps", "5000", "--samples", "0"]);
    assert!(exact["estimates"][0]["pods_before_rounding_interval"].is_null());
    let steps = capmodel(&["estimate", "--rps", "4k:5k:9k", "--explain"]).output().unwrap().stdout;
    let steps = String::from_utf8(steps).unwrap().split_whitespace().collect::<Vec<_>>().join(" ");
    let line = steps.split("pods: ⌈").nth(1).unwrap().split(']').next().unwrap();
    assert!(line.contains("(5th percentile"), "{line}");
}

/// A negative value is refused by the option that it was given to, and is not taken for an option.
#[test]
fn a_negative_value_is_a_value() {
    for (option, value, said) in [
        ("--exchange-rate", "-1@2026-11-01", "`-1@2026-11-01` is not an exchange rate"),
        ("--rps", "-5", "`-5` is not a rate of requests per second: it is negative"),
        ("--slo-p99", "-5ms", "it is negative"),
        ("--target-utilization", "-5%", "--target-utilization"),
        ("--cpu-request", "-100m", "--cpu-request"),
        ("--cpu-speed", "-0.5", "a factor must be between 0.05 and 20"),
        ("--daemonset-overhead", "-1m/1Mi/1", "--daemonset-overhead"),
        ("--samples", "-5", "must be 0 (no intervals)"),
        ("--seed", "-1", "--seed <N>"),
        ("--zones", "-.5", "--zones <N>"),
    ] {
        let (code, stderr) = refused(&["estimate", option, value]);
        assert!(code == 2 && stderr.contains(said) && stderr.contains("invalid value"), "{option} {value}: {stderr}");
    }
}
