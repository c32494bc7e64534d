//! `capmodel stored`: fleets of stored reports in folders of their own, and every reason to refuse them.

use std::path::Path;

use proptest::prelude::*;
use serde_json::{Value, json};

use crate::support::binary::{capmodel, refused};

/// A report of a month by history, with these namespaces in cents.
fn report(cluster: &str, month: &str, namespaces: &[(&str, u64)]) -> Value {
    let dollars = |cents: u64| format!("{}.{:02}", cents / 100, cents % 100);
    let row = |(name, cents): &(&str, u64)| {
        json!({ "name": name, "priced": true, "cost": { "cpu": null, "memory": null, "gpu": null, "storage": null,
            "load_balancers": null, "direct": null, "shared": "0.00", "idle": "0.00", "total": dollars(*cents) } })
    };
    let hours = if &month[5..] == "02" {
        "672"
    } else if ["04", "06", "09", "11"].contains(&&month[5..]) {
        "720"
    } else {
        "744"
    };
    json!({
        "schema": "capmodel/report/v1",
        "cluster": { "name": cluster, "uid": format!("uid-of-{cluster}") },
        "period": { "kind": "history", "month": month, "priced_for_month": month, "hours": hours, "coverage": 1.0 },
        "basis": { "currency": "USD", "hours_per_month": hours, "amounts_are": format!("for {hours} h"), "tool_version": "1" },
        "partial": false,
        "cost": dollars(namespaces.iter().map(|(_, cents)| cents).sum()),
        "namespaces": namespaces.iter().map(row).collect::<Vec<_>>(),
    })
}

fn store(root: &Path, cluster: &str, month: &str, file: &str, report: &Value) {
    let folder = root.join(format!("cluster={cluster}/month={month}"));
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join(file), report.to_string()).unwrap();
}

/// Stores a report of one namespace.
fn put(root: &Path, cluster: &str, month: &str, cents: u64) {
    store(root, cluster, month, "report.json", &report(cluster, month, &[("a", cents)]));
}

/// Changes a stored report.
fn change(root: &Path, cluster: &str, month: &str, pointer: &str, value: Value) {
    let path = root.join(format!("cluster={cluster}/month={month}/report.json"));
    let mut report: Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
    *report.pointer_mut(pointer).unwrap() = value;
    std::fs::write(path, report.to_string()).unwrap();
}

fn stored(root: &Path, flags: &[&str]) -> Value {
    let arguments = [&["stored", root.to_str().unwrap(), "--format", "json"], flags].concat();
    let output = capmodel(&arguments).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

fn codes(stored: &Value) -> Vec<(&str, &str)> {
    let findings = stored["findings"].as_array().unwrap();
    findings.iter().map(|one| (one["subject"].as_str().unwrap(), one["code"].as_str().unwrap())).collect()
}

#[test]
fn the_latest_report_of_a_month_counts() {
    let root = tempfile::tempdir().unwrap();
    put(root.path(), "a", "2026-10", 100);
    for (number, cents) in [(2, 200), (9, 900), (10, 1000)] {
        let again = report("a", "2026-10", &[("x", cents)]);
        store(root.path(), "a", "2026-10", &format!("report-{number}.json"), &again);
    }
    store(root.path(), "a", "2026-10", "report-11.md", &json!("not a report"));
    let sum = stored(root.path(), &[]);
    assert_eq!((&sum["month"], &sum["cost"]), (&json!("2026-10"), &json!("10.00")));
    assert!(sum["clusters"][0]["stored"].as_str().unwrap().ends_with("/month=2026-10/report-10.json"));
}

#[test]
fn months_are_named_relative_to_today() {
    let root = tempfile::tempdir().unwrap();
    for (month, cents) in [("2026-09", 900), ("2026-10", 1000), ("2026-11", 1100)] {
        put(root.path(), "a", month, cents);
    }
    for (flag, cost, change) in
        [("last", "10.00", json!("1.00")), ("this", "11.00", json!("1.00")), ("2026-09", "9.00", Value::Null)]
    {
        let sum = stored(root.path(), &["--month", flag]);
        assert_eq!((&sum["cost"], &sum["change"]), (&json!(cost), &change), "{flag}");
    }
}

#[test]
fn clusters_without_a_report_are_named_and_the_total_is_incomplete() {
    let root = tempfile::tempdir().unwrap();
    put(root.path(), "a", "2026-09", 100);
    put(root.path(), "gone", "2026-09", 700);
    put(root.path(), "older", "2026-08", 900);
    put(root.path(), "a", "2026-10", 150);
    put(root.path(), "new", "2026-10", 10);
    let sum = stored(root.path(), &[]);
    assert_eq!((&sum["cost"], &sum["partial"], &sum["change"]), (&json!("1.60"), &json!(true), &Value::Null));
    assert_eq!(sum["missing"][0]["name"], "gone");
    assert_eq!(codes(&sum), [("gone", "stored-report-missing")]);
    // A cluster that got another name is not missing.
    change(root.path(), "new", "2026-10", "/cluster/uid", "uid-of-gone".into());
    let sum = stored(root.path(), &[]);
    assert_eq!((&sum["partial"], &sum["change"], codes(&sum).len()), (&json!(false), &json!("-6.40"), 0));
    // Among several months, each gap is named.
    let sum = stored(root.path(), &["--months", "4"]);
    let clusters: Vec<u64> =
        sum["months"].as_array().unwrap().iter().map(|one| one["clusters"].as_u64().unwrap()).collect();
    assert_eq!(clusters, [0, 1, 2, 2]);
    assert_eq!(codes(&sum), [("2026-07", "stored-report-missing"), ("older", "stored-report-missing")]);
    assert_eq!((&sum["months"][0]["cost"], &sum["months"][2]["partial"]), (&Value::Null, &json!(true)));
}

#[test]
fn an_unknown_cost_is_not_zero() {
    let root = tempfile::tempdir().unwrap();
    put(root.path(), "a", "2026-10", 100);
    put(root.path(), "b", "2026-10", 700);
    change(root.path(), "b", "2026-10", "/cost", Value::Null);
    change(root.path(), "b", "2026-10", "/namespaces", json!([]));
    let sum = stored(root.path(), &[]);
    assert_eq!((&sum["cost"], &sum["partial"]), (&json!("1.00"), &json!(true)));
    assert_eq!(codes(&sum), [("b", "stored-cost-incomplete")]);
    let screen = capmodel(&["stored", root.path().to_str().unwrap()]).output().unwrap().stdout;
    let screen = String::from_utf8(screen).unwrap();
    assert!(screen.contains("2 clusters · October 2026 · 1.00 USD · incomplete"), "{screen}");
    let row = screen.lines().find(|line| line.starts_with("b, incomplete")).unwrap();
    assert!(row.contains('–') && !row.contains("0.00"), "{row}");
}

#[test]
fn a_month_before_that_cannot_be_compared_gives_no_change() {
    let root = tempfile::tempdir().unwrap();
    put(root.path(), "a", "2026-09", 100);
    put(root.path(), "a", "2026-10", 150);
    change(root.path(), "a", "2026-09", "/period/hours", "300".into());
    let sum = stored(root.path(), &[]);
    assert_eq!((&sum["cost"], &sum["change"]), (&json!("1.50"), &Value::Null));
    assert_eq!(codes(&sum), [("a", "stored-change-unknown")]);
}

#[test]
fn what_cannot_be_added_up_is_refused() {
    let root = tempfile::tempdir().unwrap();
    let root = root.path();
    let at = |cluster: &str| format!("cluster={cluster}/month=2026-10/report.json");
    let fresh = || {
        put(root, "a", "2026-10", 100);
        put(root, "b", "2026-10", 200);
    };
    let said = || {
        let (code, stderr) = refused(&["stored", root.to_str().unwrap()]);
        assert_eq!(code, 3, "{stderr}");
        stderr
    };
    for (pointer, value, words) in [
        ("/cluster/uid", json!("uid-of-a"), "counted twice"),
        ("/basis/currency", json!("EUR"), "in different currencies"),
        ("/period/hours", json!("300"), "of different periods"),
        ("/period/kind", json!("present"), "of different periods"),
    ] {
        fresh();
        change(root, "b", "2026-10", pointer, value);
        let stderr = said();
        assert!(stderr.contains(words) && stderr.contains(&at("a")) && stderr.contains(&at("b")), "{stderr}");
    }
    // Two other bases of the amounts.
    fresh();
    for (cluster, hours) in [("a", "300"), ("b", "200")] {
        change(root, cluster, "2026-10", "/period/hours", hours.into());
        change(root, cluster, "2026-10", "/basis/amounts_are", format!("for {hours} h").into());
    }
    let stderr = said();
    assert!(stderr.contains("amounts for 300 h") && stderr.contains("amounts for 200 h"), "{stderr}");
    // A report that is under the wrong month, and one that is no report.
    fresh();
    change(root, "b", "2026-10", "/period/month", "2026-09".into());
    assert!(said().contains("a report of 2026-09, but is stored under month=2026-10"));
    std::fs::write(root.join(at("b")), "{").unwrap();
    let stderr = said();
    assert!(stderr.contains(&at("b")), "an unreadable report is named: {stderr}");
    fresh();
    store(root, "b", "2026-13", "report.json", &json!(1));
    assert!(said().contains("cluster=b/month=2026-13/report.json: its folder is not named after a month"));
}

#[test]
fn a_cluster_in_two_folders_is_refused_with_both_named() {
    let (one, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    put(one.path(), "a", "2026-10", 100);
    store(other.path(), "renamed", "2026-10", "report.json", &report("a", "2026-10", &[("x", 5)]));
    let (one, other) = (one.path().to_str().unwrap(), other.path().to_str().unwrap());
    let (code, stderr) = refused(&["stored", one, other]);
    assert!(code == 3 && stderr.contains(&format!("{one}/cluster=a/")), "{stderr}");
    assert!(stderr.contains(&format!("{other}/cluster=renamed/")) && stderr.contains("UID uid-of-a"), "{stderr}");
}

#[cfg(unix)]
#[test]
fn links_are_refused() {
    let (root, elsewhere) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    put(elsewhere.path(), "a", "2026-10", 100);
    std::os::unix::fs::symlink(elsewhere.path().join("cluster=a"), root.path().join("cluster=a")).unwrap();
    let (code, stderr) = refused(&["stored", root.path().to_str().unwrap()]);
    assert!(code == 3 && stderr.contains("cluster=a is a symbolic link"), "{stderr}");
}

#[test]
fn two_hundred_clusters_and_a_year_add_up() {
    let root = tempfile::tempdir().unwrap();
    let mut total = [0_u64; 12];
    for cluster in 0..200_u64 {
        for month in 1..=12_u64 {
            let namespaces = [("idle", cluster * 7 + month), ("shop", cluster * month * 131 + 1), ("data", 99 * month)];
            total[usize::try_from(month).unwrap() - 1] += namespaces.iter().map(|(_, cents)| cents).sum::<u64>();
            let (name, month) = (format!("cluster-{cluster:03}"), format!("2026-{month:02}"));
            store(root.path(), &name, &month, "report.json", &report(&name, &month, &namespaces));
        }
    }
    let sum = stored(root.path(), &["--month", "2026-12", "--months", "12", "--budget", "150000"]);
    let cents = |text: &Value| text.as_str().unwrap().replace('.', "").parse::<u64>().unwrap();
    let months: Vec<u64> = sum["months"].as_array().unwrap().iter().map(|one| cents(&one["cost"])).collect();
    assert_eq!(months, total);
    let over = sum["months"].as_array().unwrap().iter().filter(|one| !one["over_budget"].is_null()).count();
    assert_eq!(over, total.iter().filter(|cents| **cents > 15_000_000).count());
    assert!(over > 0 && over < 12, "the budget is between the months: {over}");
    for (at, of_month) in total.iter().enumerate() {
        let namespaces = sum["namespaces"].as_array().unwrap().iter().map(|one| cents(&one["costs"][at]));
        assert_eq!(namespaces.sum::<u64>(), *of_month);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]

    /// The sum of many reports is the sum of the totals in their documents, to the cent.
    #[test]
    fn the_sum_is_that_of_the_documents(clusters in prop::collection::vec(prop::collection::vec(0_u64..100_000_000_000, 1..5), 1..6)) {
        let root = tempfile::tempdir().unwrap();
        let names = ["a", "b", "c", "d"];
        for (at, cents) in clusters.iter().enumerate() {
            let name = format!("c{at}");
            let namespaces: Vec<(&str, u64)> = names.into_iter().zip(cents.iter().copied()).collect();
            store(root.path(), &name, "2026-10", "report.json", &report(&name, "2026-10", &namespaces));
        }
        let sum = stored(root.path(), &[]);
        let want: u64 = clusters.iter().flatten().sum();
        prop_assert_eq!(sum["cost"].as_str().unwrap(), format!("{}.{:02}", want / 100, want % 100));
        prop_assert_eq!(sum["clusters"].as_array().unwrap().len(), clusters.len());
    }
}

/// A bucket is listed in pages, and its reports are read as those of a folder are.
#[cfg(feature = "buckets")]
#[test]
fn a_bucket_is_read() {
    use crate::support::server::{Reply, Server};

    const PAGES: [&str; 2] = [
        "<ListBucketResult><IsTruncated>true</IsTruncated><NextContinuationToken>t</NextContinuationToken><Contents>\
         <Key>team/cluster=a/month=2026-10/report.json</Key><Size>1</Size><LastModified>2026-11-01T00:00:00.000Z</LastModified>\
         <ETag>1</ETag></Contents></ListBucketResult>",
        "<ListBucketResult><IsTruncated>false</IsTruncated><Contents><Key>team/cluster=a/month=2026-10/report-2.json</Key>\
         <Size>1</Size><LastModified>2026-11-01T00:00:00.000Z</LastModified><ETag>1</ETag></Contents></ListBucketResult>",
    ];
    const HEAD: &str = "ETag: \"1\"\r\nLast-Modified: Sun, 01 Nov 2026 00:00:00 GMT\r\n";
    let body: &'static str = report("a", "2026-10", &[("x", 4242)]).to_string().leak();
    let server = Server::answering(None, move |_, request| match &request.head {
        head if head.contains("report-2.json") => Reply::Http(200, HEAD, body),
        head if head.contains("continuation-token=t") => Reply::Http(200, "", PAGES[1]),
        head if head.contains("list-type=2") && head.contains("prefix=team%2F") => Reply::Http(200, "", PAGES[0]),
        _ => Reply::Http(403, "", "<Error><Code>AccessDenied</Code></Error>"),
    });
    let run = |place: &str| {
        let mut command = capmodel(&["stored", place, "--format", "json"]);
        command.env("AWS_ENDPOINT_URL", &server.url).env("AWS_ALLOW_HTTP", "true").env("AWS_REGION", "eu-central-1");
        command.env("AWS_ACCESS_KEY_ID", "AKIDKEY").env("AWS_SECRET_ACCESS_KEY", "S3CRET").output().unwrap()
    };
    let output = run("s3://reports/team");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let sum: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(sum["cost"], "42.42");
    assert_eq!(sum["clusters"][0]["stored"], "s3://reports/team/cluster=a/month=2026-10/report-2.json");
    let output = run("s3://reports/other");
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.code() == Some(4) && stderr.contains("answered 403 AccessDenied"), "{stderr}");
}

#[cfg(not(feature = "buckets"))]
#[test]
fn a_bucket_without_the_feature_is_a_usage_error() {
    let (code, stderr) = refused(&["stored", "s3://reports/x"]);
    assert!(code == 2 && stderr.contains("built without buckets"), "{stderr}");
}
