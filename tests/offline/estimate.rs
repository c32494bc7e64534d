//! `capmodel estimate` as a user runs it.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::support::binary::{capmodel, estimate, refused};

fn number(value: &Value) -> f64 {
    value.as_f64().unwrap_or_else(|| value.as_str().and_then(|text| text.parse().ok()).unwrap_or(f64::NAN))
}

fn of<'a>(document: &'a Value, profile: &str) -> &'a Value {
    let estimates = document["estimates"].as_array().unwrap();
    estimates.iter().find(|e| e["profile"] == profile && e["policy"] == "steady").unwrap()
}

/// The article's table: 4–6 Python pods of 500m/256Mi against 1 Go pod of 250m/64Mi, five to ten times the cost.
#[test]
fn the_scenario_of_5000_requests_per_second_agrees_with_the_article() {
    let document = estimate(&["--rps", "5000", "--policy", "steady"]);
    let (python, go) = (of(&document, "python-fastapi"), of(&document, "go-gin"));
    assert_eq!((&python["pods"]["plan"], &go["pods"]["plan"]), (&4.into(), &1.into()));
    assert!((number(&python["pods_before_rounding"]) - 5000.0 / 1328.125).abs() < 1e-9);
    assert!((number(&go["pods_before_rounding"]) - 5000.0 / 5046.875).abs() < 1e-9);
    assert_eq!(python["pods"]["p95"], 6, "the low end of the throughput band");
    assert_eq!(
        (&python["requested"]["cpu_millis"], &python["requested"]["memory_bytes"]),
        (&2000.into(), &(1_u64 << 30).into())
    );
    assert_eq!(
        (&go["requested"]["cpu_millis"], &go["requested"]["memory_bytes"]),
        (&250.into(), &(64_u64 << 20).into())
    );
    assert_eq!((&python["binding"], &go["binding"]), (&"cpu".into(), &"minimum".into()));
    assert_eq!(
        (&python["next_pod_at_requests_per_second"], &go["next_pod_at_requests_per_second"]),
        (&5313.into(), &5047.into())
    );
    let ratio = &document["comparisons"][0];
    assert_eq!(
        (number(&ratio["pods_ratio"]), number(&ratio["cpu_ratio"]), number(&ratio["memory_ratio"])),
        (4.0, 8.0, 16.0)
    );
    assert!((number(&ratio["cpu_per_request_ratio"]) - 7.6).abs() < 1e-9);
    assert!((5.0..=10.0).contains(&number(&ratio["share_cost_ratio"])));
}

/// At 5,047 req/s a second Go pod is needed and the ratio in the headline halves; the finding warns readers of 8×.
#[test]
fn a_ratio_that_jumps_is_a_finding() {
    let finding = |rps: &str| estimate(&["--rps", rps, "--policy", "steady"])["comparisons"][0]["findings"].to_string();
    assert!(finding("5000").contains("ratio-unstable"));
    assert!(finding("5000").contains("5,047 req/s"));
    assert!(!finding("1.2M").contains("ratio-unstable"));
    let pods = |rps| of(&estimate(&["--rps", rps, "--policy", "steady"]), "go-gin")["pods"]["plan"].clone();
    assert_eq!((pods("5046"), pods("5047")), (1.into(), 2.into()));
}

#[test]
fn the_sum_of_the_lines_is_the_bill_and_percentiles_are_in_order() {
    for rps in ["1", "500", "999", "1k", "10k", "1.2M", "1e9"] {
        let document = estimate(&["--rps", rps, "--response-bytes", "1Ki"]);
        for e in document["estimates"].as_array().unwrap() {
            assert_eq!(e["feasible"], true, "{rps}");
            let lines: f64 = e["lines"].as_array().unwrap().iter().map(|line| number(&line["cost_per_month"])).sum();
            let total = number(&e["total_cost_per_month"]);
            assert!((lines - total).abs() < 0.005, "{rps}: {lines} {total}");
            let nodes = &e["nodes"][0];
            let month = number(&nodes["count"]) * number(&nodes["price_per_hour"]) * 730.0;
            assert!((month / number(&e["node_cost_per_month"]["plan"]) - 1.0).abs() < 1e-9, "{rps}");
            assert!(number(&e["idle_cost_per_month"]) >= 0.0);
            for key in ["pods", "share_cost_per_month", "node_cost_per_month"] {
                let at = |p: &str| number(&e[key][p]);
                assert!(at("p05") <= at("p50") && at("p50") <= at("p95"), "{rps} {key}");
            }
            for line in e["lines"].as_array().unwrap() {
                assert!(!line["source"].as_str().unwrap().is_empty() && line["price_rule"].is_string());
            }
        }
    }
}

/// Every provider with its first region and both architectures; if a region sells no Arm machine, the exit code is 3.
#[test]
fn every_provider_and_architecture_has_an_estimate() {
    for (provider, region) in [("aws", "eu-central-1"), ("gcp", "europe-west4"), ("azure", "westeurope")] {
        for arch in ["amd64", "arm64"] {
            let document = estimate(&["--rps", "5000", "--provider", provider, "--region", region, "--arch", arch]);
            for e in document["estimates"].as_array().unwrap() {
                assert!(number(&e["share_cost_per_month"]["plan"]) > 0.0 && e["feasible"] == true, "{provider} {arch}");
            }
            assert_eq!(document["basis"]["region"], region);
        }
    }
}

#[test]
fn spot_prices_are_used_and_missing_ones_are_a_finding() {
    let codes = |provider: &str| {
        let document = estimate(&["--rps", "5000", "--provider", provider, "--capacity-type", "spot"]);
        let findings = document["findings"].as_array().unwrap();
        let codes: BTreeSet<String> = findings.iter().map(|f| f["code"].as_str().unwrap().to_owned()).collect();
        (document["basis"]["capacity_type"].as_str().unwrap().to_owned(), codes)
    };
    assert!(codes("aws").1.contains("spot-price-indicative"));
    assert_eq!(codes("gcp").0, "spot");
    let (capacity_type, codes) = codes("azure");
    assert_eq!(capacity_type, "on-demand");
    assert!(codes.contains("spot-price-missing"));
    let headline = |more: &[&str]| {
        let arguments = [&["estimate", "--rps", "5000", "--samples", "0", "--provider", "azure"], more].concat();
        let text = String::from_utf8(capmodel(&arguments).output().unwrap().stdout).unwrap();
        text.lines().take(2).collect::<Vec<_>>().join(" ")
    };
    assert!(headline(&["--capacity-type", "spot"]).contains("partial"));
    assert!(!headline(&[]).contains("partial"));
}

/// A burstable type that is named is used, with a finding about the baseline of its vCPUs.
#[test]
fn burstable_types_are_a_finding() {
    for (provider, name) in [
        ("aws", "t2.large"),
        ("aws", "t3.medium"),
        ("aws", "t3a.large"),
        ("gcp", "e2-medium"),
        ("gcp", "e2-small"),
        ("azure", "Standard_B2ms"),
        ("azure", "Standard_B4ls_v2"),
    ] {
        let document = estimate(&["--rps", "500", "--provider", provider, "--instance-type", name, "--samples", "0"]);
        let mut findings = document["findings"].as_array().unwrap().iter();
        assert!(findings.any(|f| f["code"] == "burstable-type" && f["subject"] == name), "{name}");
    }
    let document = estimate(&["--rps", "500", "--arch", "arm64", "--instance-type", "t4g.large", "--samples", "0"]);
    assert!(document["findings"].to_string().contains("burstable-type"));
}

#[test]
fn old_prices_are_a_finding_from_the_day_they_turn_a_year() {
    let old = |epoch: &str| {
        let output = capmodel(&["estimate", "--rps", "5"]).env("SOURCE_DATE_EPOCH", epoch).output().unwrap();
        String::from_utf8(output.stdout).unwrap().contains("more than a year old")
    };
    // The prices of us-east-1 are of 2026-07-20.
    assert!(!old("1815955200"), "2027-07-19");
    assert!(old("1816128000"), "2027-07-21");
    let (code, message) = {
        let output = capmodel(&["estimate", "--rps", "5"]).env("SOURCE_DATE_EPOCH", "soon").output().unwrap();
        (output.status.code(), String::from_utf8(output.stderr).unwrap())
    };
    assert_eq!(code, Some(2));
    assert!(message.contains("SOURCE_DATE_EPOCH"), "{message}");
}

#[test]
fn the_same_input_gives_the_same_bytes() {
    let run = |seed: &str| {
        capmodel(&["estimate", "--rps", "4k:5k:9k", "--seed", seed, "--explain"])
            .assert()
            .success()
            .get_output()
            .stdout
            .clone()
    };
    assert_eq!(run("1"), run("1"));
}

/// With another seed, no printed end of an interval changes by more than one in its last digit: whole pods below a
/// hundred, two significant figures above.
#[test]
fn intervals_do_not_depend_on_the_seed() {
    for rps in ["5000", "4k:5k:9k", "37k", "1.2M"] {
        let mut seen: Vec<Vec<f64>> = Vec::new();
        for seed in 1..=25 {
            let document = estimate(&["--rps", rps, "--policy", "steady", "--seed", &seed.to_string()]);
            for (at, e) in document["estimates"].as_array().unwrap().iter().enumerate() {
                for (offset, p) in ["p05", "p50", "p95"].iter().enumerate() {
                    let at = 3 * at + offset;
                    seen.resize(seen.len().max(at + 1), Vec::new());
                    seen[at].push(number(&e["pods"][p]));
                }
            }
        }
        for values in seen {
            let (low, high) = values.iter().fold((f64::MAX, 0.0_f64), |(l, h), v| (l.min(*v), h.max(*v)));
            let last_digit = 10_f64.powf(high.log10().floor() - 1.0).max(1.0);
            assert!(high - low <= last_digit, "{rps}: {low}–{high}");
        }
    }
}

#[test]
fn without_samples_there_is_only_the_plan() {
    let document = estimate(&["--rps", "5000", "--samples", "0"]);
    assert!(of(&document, "go-gin")["pods"]["p95"].is_null());
    assert_eq!(of(&document, "go-gin")["pods"]["plan"], 1);
}

/// A pod that cannot hold its own memory has no plan; if no profile has a plan, the exit code is 6.
#[test]
fn infeasible_plans_state_the_reason() {
    let document = estimate(&["--rps", "5000", "--memory-request", "64Mi"]);
    let python = of(&document, "python-fastapi");
    assert_eq!((&python["feasible"], &python["pods"]), (&false.into(), &Value::Null));
    let excuse = &python["excuses"][0];
    assert_eq!(
        (&excuse["constraint"], number(&excuse["needed"])),
        (&"memory".into(), 110e6 + 2e3),
        "loaded, with one coroutine"
    );
    let none = capmodel(&["estimate", "--rps", "5000", "--memory-request", "1Mi"]).output().unwrap();
    assert_eq!(none.status.code(), Some(6));
    let huge = capmodel(&["estimate", "--rps", "5000", "--memory-request", "100Ti"]).output().unwrap();
    assert_eq!(huge.status.code(), Some(6));
    let screen = String::from_utf8(huge.stdout).unwrap();
    let screen = screen.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(screen.contains("No nodes for go-gin") && screen.contains("is short of memory"), "{screen}");
}

#[test]
fn errors_state_the_problem_its_place_and_the_remedy() {
    for (arguments, code, says) in [
        (&["--rps", "0"][..], 2, "it must be above zero"),
        (&["--rps", "-5"], 2, "it is negative"),
        (&["--rps", "nan"], 2, "use for example 5000"),
        (&["--rps", "1e400"], 2, "larger than any number"),
        (&["--rps", "5000:4000:9000"], 2, "must be in ascending order"),
        (&["--rps", "5k", "-o", "json"], 2, "--format json"),
        (&["--rps", "5k", "--month", "2026-13"], 2, "2026-12"),
        (&["--rps", "5k", "--daemonset-overhead", "1"], 2, "150m/150Mi/3"),
        (&["--rps", "5k", "--provider", "amazon"], 2, "[possible values: aws, gcp, azure, on-prem]"),
        (&["--rps", "5k", "--profile", "pyton-fastapi"], 3, "did you mean python-fastapi?"),
        (&["--rps", "5k", "--profile", "no/such.toml"], 3, "cannot read no/such.toml"),
        (&["--rps", "5k", "--profile", "go-gin", "--profile", "go-gin"], 3, "given twice"),
        (&["--rps", "5k", "--policy", "stedy"], 3, "did you mean steady?"),
        (&["--rps", "5k", "--profile", "go-chi", "--evidence", "article"], 3, "has no `article` values"),
        (&["--rps", "5k", "--region", "us-est-1"], 3, "did you mean us-east-1"),
        (&["--rps", "5k", "--region", "moon"], 3, "capmodel prices list --provider aws"),
        (&["--rps", "5k", "--instance-type", "m6i.lrge"], 3, "did you mean m6i.large"),
        (&["--rps", "5k", "--instance-type", "m7g.large"], 3, "--arch arm64"),
        (&["--rps", "5k", "--provider", "on-prem"], 3, "--prices FILE"),
        (&["--rps", "5k", "--cpu-request", "go-gim=1"], 3, "did you mean go-gin?"),
        (&["--rps", "5k", "--cpu-request", "1", "--cpu-limit", "500m"], 3, "is below the CPU request"),
        (&["--rps", "5k", "--cpu-request", "0"], 3, "above zero"),
        (&["--rps", "5k", "-o", "/no/such/place/x"], 3, "cannot write /no/such/place/x"),
    ] {
        let arguments: Vec<&str> = ["estimate"].iter().chain(arguments).copied().collect();
        let (got, message) = refused(&arguments);
        assert_eq!(got, code, "{arguments:?}: {message}");
        assert!(message.contains(says), "{arguments:?}: {message}");
    }
}

#[test]
fn files_that_are_neither_profiles_nor_tables_are_refused() {
    let dir = tempfile::tempdir().unwrap();
    let file = |name: &str, bytes: &[u8]| {
        let path = dir.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let empty = file("empty.toml", b"");
    let binary = file("binary.toml", &[0x7f, b'E', b'L', b'F', 0xff, 0xfe]);
    let empty_table = file("empty.csv", b"");
    let binary_table = file("binary.csv", &[0x7f, b'E', b'L', b'F', 0xff, 0xfe]);
    for (arguments, says) in [
        (["profiles", "check", &empty], "missing field `name`"),
        (["profiles", "check", &binary], "not UTF-8 text"),
        (["prices", "check", &empty_table], "empty.csv"),
        (["prices", "check", &binary_table], "binary.csv:1"),
        (["prices", "check", &binary], "not UTF-8 text"),
        (["profiles", "check", dir.path().to_str().unwrap()], "is not a regular file"),
    ] {
        let (code, message) = refused(&arguments);
        assert_eq!(code, 3, "{message}");
        assert!(message.contains(says), "{arguments:?}: {message}");
    }
}

#[test]
fn a_user_s_price_table_overrides_the_catalogue() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("mine.csv");
    let head = "provider,region,instance_type,arch,vcpu,memory_gib,ondemand_usd_per_hour,price_date\n";
    std::fs::write(&path, format!("{head}on-prem,cellar,rack,amd64,64,256,1.10,2026-10-01\non-prem,cellar,blade,amd64,16,128,0.40,2026-10-01\n")).unwrap();
    let table = path.to_str().unwrap();
    let document = estimate(&["--rps", "50k", "--provider", "on-prem", "--prices", table]);
    assert_eq!(document["basis"]["region"], "cellar");
    let line = &of(&document, "go-gin")["lines"][0];
    assert_eq!((&line["price_rule"], &line["price_date"]), (&"own-table".into(), &"2026-10-01".into()));
    std::fs::write(&path, format!("{head}aws,us-east-1,c7a.medium,amd64,1,2,0.001,2026-10-01\n")).unwrap();
    let document = estimate(&["--rps", "5000", "--prices", table]);
    assert_eq!(of(&document, "go-gin")["nodes"][0]["price_per_hour"], "0.001");
}

#[test]
fn an_output_file_is_written_atomically_and_stdout_stays_empty() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("out.json");
    let output = capmodel(&["estimate", "--rps", "5000", "-f", "json", "-o", path.to_str().unwrap()]).output().unwrap();
    assert!(output.status.success() && output.stdout.is_empty());
    let bytes = std::fs::read(&path).unwrap();
    assert_eq!(serde_json::from_slice::<Value>(&bytes).unwrap()["schema"], "capmodel/estimate/v1");
    assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 1, "no temporary file stays");
}

#[test]
fn a_closed_pipe_is_not_an_error() {
    use std::process::{Command, Stdio};
    let mut child = Command::new(env!("CARGO_BIN_EXE_capmodel"))
        .args(["prices", "list", "--provider", "aws", "--region", "us-east-1", "--format", "json"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success() && output.stderr.is_empty(), "{output:?}");
}

#[test]
fn completions_and_manual_pages_are_printed() {
    let text = |arguments: &[&str]| String::from_utf8(capmodel(arguments).output().unwrap().stdout).unwrap();
    assert!(text(&["completions", "bash"]).contains("--daemonset-overhead"));
    assert!(text(&["man"]).starts_with(".ie"));
    assert!(text(&["man", "estimate"]).contains("capmodel\\-estimate"));
    assert_eq!(text(&["--version"]), format!("capmodel {}\n", env!("CARGO_PKG_VERSION")));
}

/// Every group of the provider's main region with its residual; a group with a single ratio borrows one and says so.
#[test]
fn price_groups_are_listed_with_their_residuals() {
    let output = capmodel(&["prices", "groups", "--format", "json"]).output().unwrap();
    let groups: Value = serde_json::from_slice(&output.stdout).unwrap();
    let basis = groups.as_array().unwrap().iter().find(|g| g["group"] == "c6i+m6i+r6i").unwrap();
    assert_eq!(
        (&basis["core_hour"], &basis["gib_hour"], &basis["share_basis"]),
        (&"0.035".into(), &"0.003464286".into(), &true.into())
    );
    assert!((number(&basis["core_gib_ratio"]) - 10.103).abs() < 1e-3, "OpenCost splits at 7.46");
    assert!(number(&basis["max_residual"]) < 0.02);
    let screen = capmodel(&["prices", "groups", "--provider", "gcp", "--width", "120"]).output().unwrap().stdout;
    let screen = String::from_utf8(screen).unwrap();
    assert!(screen.lines().any(|line| line.starts_with("t2d") && line.contains("ratio borrowed from n2")), "{screen}");
}

/// AKS supports no machine with one vCPU.
#[test]
fn planned_nodes_are_large_enough_for_a_pod() {
    let document = estimate(&["--rps", "5000", "--provider", "azure"]);
    for e in document["estimates"].as_array().unwrap() {
        let name = e["nodes"][0]["instance_type"].as_str().unwrap().to_owned();
        let output =
            capmodel(&["prices", "show", &name, "--provider", "azure", "--region", "eastus", "--format", "json"])
                .output()
                .unwrap();
        let shown: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert!(number(&shown["vcpu"]) >= 2.0, "{name}");
    }
    assert!(number(&document["basis"]["instance_types_left_out"]["too_small"]) > 0.0);
}

#[test]
fn an_output_file_must_not_be_an_input() {
    let (code, message) = refused(&["estimate", "--rps", "5", "--prices", "mine.csv", "-o", "mine.csv"]);
    assert_eq!(code, 3);
    assert!(message.contains("is also an input"), "{message}");
    let (code, message) = refused(&["estimate", "--rps", "5", "--explain", "--format", "json"]);
    assert_eq!(code, 2);
    assert!(message.contains("--explain works with --format table or markdown"), "{message}");
}
