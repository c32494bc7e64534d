//! `capmodel report --scrape`: a cluster without Prometheus, described by the `/metrics` of its services.
//!
//! The process of the fixture started at 1790809200 and has served 18,000 requests with 72 core-seconds: after an hour
//! that is five per second, 0.02 cores and 4 ms per request.

use std::path::PathBuf;
use std::time::{Duration, UNIX_EPOCH};

use serde_json::{Value, json};

use crate::support::binary::{capmodel, refused};

const SERVICE: &str = include_str!("../../fixtures/prometheus/service.txt");
const AN_HOUR_LATER: u64 = 1_790_812_800;

/// A file with this text, saved at this time.
fn saved(name: &str, text: &str, at: u64) -> PathBuf {
    let path = std::env::temp_dir().join(format!("capmodel-scrape-{}-{name}", std::process::id()));
    std::fs::write(&path, text).unwrap();
    let file = std::fs::File::options().write(true).open(&path).unwrap();
    file.set_modified(UNIX_EPOCH + Duration::from_secs(at)).unwrap();
    path
}

const SMALL: &str = "fixtures/report/small.json";

fn report(snapshot: &str, scrapes: &[&str], format: &str) -> String {
    let base = ["report", snapshot, "--prices", "fixtures/report/prices.csv", "--format", format];
    let flags = scrapes.iter().flat_map(|scrape| ["--scrape", scrape]);
    let arguments: Vec<&str> = base.into_iter().chain(flags).collect();
    let output = capmodel(&arguments).env("SOURCE_DATE_EPOCH", AN_HOUR_LATER.to_string()).output().unwrap();
    assert!(output.status.success(), "{scrapes:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

fn document(scrapes: &[&str]) -> Value {
    document_of(SMALL, scrapes)
}

fn document_of(snapshot: &str, scrapes: &[&str]) -> Value {
    serde_json::from_str(&report(snapshot, scrapes, "json")).unwrap()
}

fn scraped<'a>(report: &'a Value, name: &str) -> &'a Value {
    &report["workloads"].as_array().unwrap().iter().find(|row| row["name"] == name).unwrap()["scraped"]
}

fn finding<'a>(report: &'a Value, code: &str) -> Option<&'a str> {
    report["findings"].as_array().unwrap().iter().find(|f| f["code"] == code)?["message"].as_str()
}

#[test]
fn one_scrape_covers_the_time_since_the_start() {
    let file = saved("one", SERVICE, AN_HOUR_LATER);
    let path = file.to_str().unwrap();
    let of_web = format!("shop/web={path}");
    let report_of_web = document(&[&of_web]);
    assert_eq!(
        scraped(&report_of_web, "web"),
        &json!([{"source": path, "from": "2026-09-30T23:00:00Z", "until": "2026-10-01T00:00:00Z", "since_start": true,
                 "requests_per_second": 5.0, "requests_counted_by": "http_requests_total", "cores": 0.02,
                 "cpu_ms_per_request": 4.0, "resident_bytes": 89_128_960,
                 "runtimes": [{"language": "python", "version": "3.12.4", "metric": "python_info", "container": null}]}])
    );
    assert_eq!(scraped(&report_of_web, "db"), &json!([]));
    assert!(finding(&report_of_web, "single-process-scrape").unwrap().contains("describes a single process"));
    assert_eq!(finding(&report_of_web, "scrape-incomplete"), None);
    assert_eq!(report_of_web["cost"], document(&[])["cost"], "what a process says of itself costs nothing");
    let table = report(SMALL, &[&of_web], "table").split_whitespace().collect::<Vec<_>>().join(" ");
    let line = "Scraped: one process of shop/Deployment/web, from its start at 2026-09-30T23:00:00Z to 2026-10-01T00:00:00Z: \
                5.00 requests per second, 0.0200 cores, 4.00 ms CPU per request, 85 MiB, python 3.12.4.";
    assert!(table.contains(line), "{table}");
    std::fs::remove_file(file).unwrap();
}

#[test]
fn two_scrapes_cover_the_time_between_them() {
    let later = SERVICE.replace("17000.0", "17600.0").replace("72.0", "73.5");
    let files = [saved("before", SERVICE, AN_HOUR_LATER), saved("after", &later, AN_HOUR_LATER + 30)];
    let flags = files.each_ref().map(|file| format!("shop/Deployment/web={}", file.display()));
    let report = document(&[&flags[1], &flags[0]]);
    let process = &scraped(&report, "web")[0];
    assert_eq!((&process["requests_per_second"], &process["cores"]), (&20.0.into(), &0.05.into()));
    assert_eq!((&process["cpu_ms_per_request"], &process["since_start"]), (&2.5.into(), &false.into()));
    assert_eq!(scraped(&report, "web").as_array().unwrap().len(), 1);
    files.iter().for_each(|file| std::fs::remove_file(file).unwrap());
}

#[test]
fn missing_metrics_of_a_scrape_are_a_finding() {
    let file = saved("little", "http_requests_total 7\nprocess_cpu_seconds_total 14\n", AN_HOUR_LATER);
    // `front` is a Service, which has no process.
    let report = document(
        &["shop/web", "shop/front"].map(|name| format!("{name}={}", file.display())).each_ref().map(String::as_str),
    );
    let process = &scraped(&report, "web")[0];
    assert_eq!((&process["requests_per_second"], &process["cpu_ms_per_request"]), (&Value::Null, &2000.0.into()));
    let said: Vec<&str> = report["findings"].as_array().unwrap().iter().filter_map(|f| f["message"].as_str()).collect();
    for part in ["no process_start_time_seconds", "process_resident_memory_bytes", "no workload of this name"] {
        assert!(said.iter().any(|message| message.contains(part)), "{part} in {said:?}");
    }
    std::fs::remove_file(file).unwrap();
}

/// Everything that a report without Prometheus lacks is a finding: history, demand, and usage beyond the current
/// moment.
#[test]
fn without_prometheus_every_loss_is_a_finding() {
    let report = document(&[]);
    assert!(finding(&report, "no-history").unwrap().contains("deleted nodes and pods are not included"));
    let lost = finding(&report, "usage-history-missing").unwrap();
    for part in ["requests per second", "latency", "throttling", "runtimes", "recommended requests"] {
        assert!(lost.contains(part), "{part} in {lost}");
    }
    let web = report["workloads"].as_array().unwrap().iter().find(|row| row["name"] == "web").unwrap();
    assert_eq!(web["used"]["cpu_millis"], 800);
    assert!(finding(&report, "usage-point-in-time").unwrap().contains("of 1 of 5 pods"));
    assert_eq!(finding(&report, "usage-unknown"), None);

    // Without the metrics API as well.
    let mut small: Value = serde_json::from_str(&std::fs::read_to_string(SMALL).unwrap()).unwrap();
    small["pod_usage"] = json!([]);
    let blind = saved("blind.json", &small.to_string(), AN_HOUR_LATER);
    let report = document_of(blind.to_str().unwrap(), &[]);
    assert!(finding(&report, "usage-unknown").unwrap().contains("allocated by requests only"));
    assert_eq!(finding(&report, "usage-point-in-time"), None);
    std::fs::remove_file(blind).unwrap();
}

#[test]
fn an_ambiguous_workload_name_is_a_finding() {
    let small = std::fs::read_to_string(SMALL).unwrap();
    let small = small.replace("\"kube-system\"", "\"shop\"").replace("\"agent\"", "\"web\"");
    let twice = saved("twice.json", &small, AN_HOUR_LATER);
    let file = saved("twice", SERVICE, AN_HOUR_LATER);
    let of = |target: &str| document_of(twice.to_str().unwrap(), &[&format!("{target}={}", file.display())]);
    let said = of("shop/web");
    let message = finding(&said, "scrape-target-unmatched").unwrap();
    assert!(message.contains("shop/Deployment/web") && message.contains("shop/DaemonSet/web"), "{message}");
    let told = of("shop/DaemonSet/web");
    let rows = told["workloads"].as_array().unwrap().iter().filter(|row| row["scraped"] != json!([]));
    assert_eq!(rows.map(|row| &row["kind"]).collect::<Vec<_>>(), ["DaemonSet"]);
    [twice, file].iter().for_each(|path| std::fs::remove_file(path).unwrap());
}

#[test]
fn invalid_expositions_are_refused() {
    let file = saved("wrong", "a 1\n\n<html>\n", AN_HOUR_LATER);
    let small = ["report", "fixtures/report/small.json", "--scrape"];
    let run = |value: &str| refused(&[&small[..], &[value]].concat());
    let (code, said) = run(&format!("shop/web={}", file.display()));
    assert!(code == 3 && said.contains("line 3") && said.contains(file.to_str().unwrap()), "{said}");
    let (code, said) = run("shop/web=/no/such/file");
    assert!(code == 3 && said.contains("/no/such/file"), "{said}");
    assert_eq!(run("web=x").0, 2);
    std::fs::remove_file(file).unwrap();
}

#[cfg(feature = "live")]
#[test]
fn an_address_is_scraped() {
    use std::io::{BufRead, BufReader, Write};
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/metrics", listener.local_addr().unwrap());
    let served = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let lines = BufReader::new(stream.try_clone().unwrap()).lines();
        let asked: Vec<String> = lines.map_while(Result::ok).take_while(|line| !line.is_empty()).collect();
        write!(stream, "HTTP/1.1 200 OK\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{SERVICE}", SERVICE.len())
            .unwrap();
        asked[0].clone()
    });
    let report = document(&[&format!("shop/web={url}")]);
    assert_eq!(served.join().unwrap(), "GET /metrics HTTP/1.1");
    let process = &scraped(&report, "web")[0];
    assert_eq!((&process["source"], &process["requests_per_second"]), (&url.as_str().into(), &5.0.into()));
    // No process is listening there any more.
    let (code, said) = refused(&["report", "fixtures/report/small.json", "--scrape", &format!("shop/web={url}")]);
    assert!(code == 4 && said.contains(&format!("cannot scrape {url}")), "{code} {said}");
}

#[test]
fn an_invalid_address_is_a_usage_error_and_is_not_shown() {
    for scrape in [
        "shop/web=htp://h/S3CRET",
        "shop/web=http://u:S3CRET@h/m?token=S3CRET",
        "http://u:S3CRET@h/m?token=S3CRET",
        "shop/web=http:/h/S3CRET",
    ] {
        let (code, said) = refused(&["report", SMALL, "--scrape", scrape]);
        assert!(code == 2 && said.contains("--scrape") && !said.contains("S3CRET"), "{code} {said}");
    }
}

#[cfg(feature = "live")]
#[test]
fn a_token_in_the_query_is_not_shown() {
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let scrape = format!("shop/web=http://127.0.0.1:{port}/m?token=S3CRET");
    let (code, said) = refused(&["report", SMALL, "--scrape", &scrape]);
    assert_eq!(code, 4);
    assert!(said.contains(&format!("cannot scrape http://127.0.0.1:{port}/m:")) && !said.contains("S3CRET"), "{said}");
}
