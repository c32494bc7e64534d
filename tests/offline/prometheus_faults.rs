//! Every failure of a Prometheus server: the error names the cause, no request is repeated indefinitely, and the data
//! that is kept is correct.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc;
use std::time::Duration;

use capmodel::inputs::prometheus::{Endpoint, HistoryQuestion, PrometheusError, ReadHistory};
use capmodel::model::usage::{Grid, Period, StepSeconds, history};
use capmodel::net::RetryPolicy;
use capmodel::run::Failure;
use jiff::Timestamp;

use crate::support::prometheus::{endpoint, read};

/// Behaviour of the server: one reply for each request; the last one is repeated.
#[derive(Clone)]
enum Reply {
    /// This status with these headers and this body.
    Http(u16, &'static str, String),
    /// A response with fewer bytes than its length states.
    Cut(&'static str),
    /// No response until every client has timed out.
    ReadTimeout,
}

struct Liar {
    url: String,
    requests: mpsc::Receiver<String>,
}

impl Liar {
    /// Serves until no client has connected for ten seconds; the thread ends with the test at the latest.
    fn start(reply: impl Fn(usize, &str) -> Reply + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/prefix", listener.local_addr().unwrap());
        let (sender, requests) = mpsc::channel();
        std::thread::spawn(move || {
            for (number, stream) in listener.incoming().take(200).enumerate() {
                let mut stream = stream.unwrap();
                let request = receive(&mut stream);
                let reply = reply(number, &request);
                if sender.send(request).is_err() {
                    return;
                }
                answer(stream, &reply);
            }
        });
        Self { url, requests }
    }

    fn requests(&self) -> Vec<String> {
        self.requests.try_iter().collect()
    }
}

fn receive(stream: &mut TcpStream) -> String {
    stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    let mut text = Vec::new();
    let mut part = [0; 4096];
    loop {
        let head = text.windows(4).position(|w| w == b"\r\n\r\n");
        if let Some(head) = head {
            let head_text = String::from_utf8_lossy(&text[..head]).to_lowercase();
            let length = head_text.split("content-length:").nth(1).and_then(|t| t.lines().next());
            let length: usize = length.map_or(0, |t| t.trim().parse().unwrap());
            if text.len() >= head + 4 + length {
                break;
            }
        }
        match stream.read(&mut part) {
            Ok(0) | Err(_) => break,
            Ok(n) => text.extend_from_slice(&part[..n]),
        }
    }
    String::from_utf8_lossy(&text).into_owned()
}

fn answer(mut stream: TcpStream, reply: &Reply) {
    let _ = match reply {
        Reply::Http(status, headers, body) => write!(
            stream,
            "HTTP/1.1 {status} X\r\nConnection: close\r\nContent-Length: {}\r\n{headers}\r\n{body}",
            body.len()
        ),
        Reply::Cut(body) => write!(stream, "HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n{body}"),
        Reply::ReadTimeout => {
            // Kept open by another thread, so that the next attempt is served.
            std::thread::spawn(move || {
                std::thread::sleep(Duration::from_secs(3));
                drop(stream);
            });
            Ok(())
        }
    };
}

fn ok(body: &str) -> Reply {
    Reply::Http(200, "", body.to_owned())
}

fn matrix(series: &str) -> Reply {
    ok(&format!(r#"{{"status":"success","data":{{"resultType":"matrix","result":[{series}]}}}}"#))
}

fn impatient(url: &str) -> Endpoint {
    let retry = RetryPolicy {
        timeout: Duration::from_millis(500),
        attempts: 3,
        pause: Duration::from_millis(10),
        longest_pause: Duration::from_millis(50),
        total: Duration::MAX,
    };
    Endpoint { retry, ..endpoint(url) }
}

fn question() -> HistoryQuestion {
    let at = |s| Timestamp::from_second(s).unwrap();
    HistoryQuestion {
        grid: Grid::new(Period::new(at(1_795_500_000), at(1_795_507_200)).unwrap(), StepSeconds::HOUR),
        matchers: vec!["cluster=x".parse().unwrap()],
        requests_query: None,
        node_labels: std::collections::BTreeSet::new(),
        nodes: ["n1".to_owned()].into(),
        now: 1_795_507_200_000,
    }
}

fn failure(reply: Reply) -> (PrometheusError, usize) {
    let liar = Liar::start(move |_, _| reply.clone());
    let error = read(&impatient(&liar.url), &question()).unwrap_err();
    (error, liar.requests().len())
}

fn code(error: PrometheusError) -> u8 {
    Failure::from(error).code()
}

#[test]
fn an_unreachable_prometheus_is_an_error() {
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let error = read(&impatient(&format!("http://127.0.0.1:{port}")), &question()).unwrap_err();
    assert!(matches!(error, PrometheusError::Unreachable { attempts: 3, .. }), "{error:?}");
    assert_eq!(code(error), 4);
}

#[test]
fn an_expired_token_is_not_retried() {
    let (error, requests) = failure(Reply::Http(401, "", "token expired".to_owned()));
    assert!(error.to_string().contains("expired"), "{error}");
    assert_eq!((requests, code(error)), (1, 4));
    let (error, requests) = failure(Reply::Http(403, "", String::new()));
    assert!(matches!(error, PrometheusError::Refused { status: 403 }));
    assert_eq!(requests, 1);
}

#[test]
fn permanent_errors_are_reported_and_not_retried() {
    let (error, requests) = failure(Reply::Http(500, "", "<h1>out of memory</h1>".to_owned()));
    assert!(error.to_string().contains("with 500 (tried 3 times): <h1>out of memory"), "{error}");
    assert_eq!((requests, code(error)), (3, 4));
    let (error, _) = failure(Reply::Http(429, "Retry-After: 0\r\n", "slow down".to_owned()));
    assert!(matches!(error, PrometheusError::Failed { status: 429, .. }), "{error:?}");
    let body = r#"{"status":"error","errorType":"timeout","error":"query timed out in expression evaluation"}"#;
    let (error, _) = failure(Reply::Http(503, "", body.to_owned()));
    assert!(error.to_string().ends_with("query timed out in expression evaluation"), "{error}");
}

#[test]
fn a_server_that_does_not_respond_is_an_error() {
    let (error, requests) = failure(Reply::ReadTimeout);
    assert!(matches!(error, PrometheusError::Slow { attempts: 3, .. }), "{error:?}");
    assert_eq!((requests, code(error)), (3, 4));
}

#[test]
fn invalid_responses_are_refused() {
    for (reply, said) in [
        (Reply::Cut(r#"{"status":"success","data":{"resultType":"matrix","result":["#), "it was cut"),
        (ok(r#"{"status":"success","data":{"resultType":"matrix","result":["#), "in the middle"),
        (ok("<!DOCTYPE html><title>Sign in</title>"), "perhaps a log-in"),
        (ok(""), "it is empty"),
        (
            Reply::Http(302, "Location: https://sso.example/login\r\n", String::new()),
            "a redirect to https://sso.example",
        ),
        (Reply::Http(404, "", "404 page not found".to_owned()), "nothing is served at this path"),
    ] {
        let (error, _) = failure(reply);
        assert!(matches!(error, PrometheusError::NotAnAnswer { .. }), "{error:?}");
        assert!(error.to_string().contains(said), "{error}");
        assert_eq!(code(error), 4);
    }
}

#[test]
fn an_endless_response_is_refused() {
    let liar = Liar::start(|_, _| Reply::Http(200, "Content-Length: 999999999\r\n", String::new()));
    // Two different lengths are invalid HTTP; the run only has to end soon.
    let error = read(&impatient(&liar.url), &question()).unwrap_err();
    assert_eq!(code(error), 4);
}

#[test]
fn a_prometheus_without_matching_metrics_is_an_error_with_the_remedy() {
    let (error, requests) = failure(matrix(""));
    assert!(error.to_string().contains("that match cluster=\"x\": is --prometheus-matcher right?"), "{error}");
    assert_eq!((requests, code(error)), (1, 4));
}

#[test]
fn labels_renamed_without_honor_labels_are_an_error_with_the_remedy() {
    let there = r#"{"metric":{"__name__":"kube_pod_owner"},"values":[[1,"1"]]},{"metric":{"exported":"pod"},"values":[[1,"1"]]}"#;
    let (error, _) = failure(matrix(there));
    assert!(error.to_string().contains("honor_labels: true"), "{error}");
    assert_eq!(code(error), 4);
}

/// Replies to each query as in a small cluster, except as defined by `other`.
fn cluster(other: impl Fn(usize, &str) -> Option<Reply> + Send + 'static) -> Liar {
    const THERE: [&str; 6] = [
        "kube_node_info",
        "kube_pod_owner",
        "kube_pod_status_phase",
        "kube_pod_container_resource_requests",
        "container_cpu_usage_seconds_total",
        "container_memory_working_set_bytes",
    ];
    let both = |metric: &str, value: &str| {
        format!(r#"{{"metric":{{{metric}}},"values":[[1795503599.999,"{value}"],[1795507199.999,"{value}"]]}}"#)
    };
    const WEB: &str = r#""namespace":"prod","owner_kind":"StatefulSet","owner_name":"web""#;
    Liar::start(move |number, request| {
        if let Some(reply) = other(number, request) {
            return reply;
        }
        let query = request.split("query=").nth(1).and_then(|q| q.split('&').next()).unwrap_or_default();
        match query {
            q if q.starts_with("group+by+%28__name__%29") => {
                matrix(&THERE.map(|m| both(&format!(r#""__name__":"{m}""#), "1")).join(","))
            }
            q if q.starts_with("kube_node_info") => ok(
                r#"{"status":"success","data":{"resultType":"vector","result":[{"metric":{"node":"n1"},"value":[1,"1"]}]}}"#,
            ),
            q if q.starts_with("count_over_time") => matrix(&both("", "12")),
            q if q.starts_with("sum+by+%28node") => matrix(&both(r#""node":"n1""#, "60")),
            q if q.contains("container_cpu") => matrix(&both(WEB, "0.5")),
            q if q.contains("container_memory") => matrix(&both(WEB, "60")),
            q if q.contains("resource_requests") => matrix(&both(&format!(r#"{WEB},"resource":"cpu""#), "30")),
            _ => matrix(&both(WEB, "60")),
        }
    })
}

fn whole(liar: &Liar) -> ReadHistory {
    read(&impatient(&liar.url), &question()).unwrap()
}

#[test]
fn temporary_errors_are_retried() {
    let liar = cluster(|number, _| match number {
        0 => Some(Reply::Http(429, "Retry-After: 1\r\n", String::new())),
        2 => Some(Reply::Http(502, "", "bad gateway".to_owned())),
        5 => Some(Reply::Cut("{")),
        7 => Some(Reply::ReadTimeout),
        _ => None,
    });
    let read = whole(&liar);
    let (queries, requests) = read.counts();
    assert_eq!((queries, requests), (9, 9));
    assert_eq!(liar.requests().len(), 9 + 4);
    let h = history(read.observed);
    assert_eq!(h.workloads[0].cores.sum(), 1.0);
    assert!((h.workloads[0].requested_core_hours.sum() - 1.0).abs() < 1e-6);
}

#[test]
fn warnings_of_prometheus_become_findings() {
    let liar = cluster(|_, request| {
        let series = r#"{"metric":{"namespace":"prod","owner_kind":"StatefulSet","owner_name":"web"},
            "values":[[1795503599.999,"NaN"],[1795507199.999,"0.5"]]},
            {"metric":{"namespace":"prod","owner_kind":"StatefulSet","owner_name":"web"},"values":[[1795503599.999,"+Inf"]]}"#;
        let body = format!(
            r#"{{"status":"success","data":{{"resultType":"matrix","result":[{series}]}},
                "warnings":["store-1 is unavailable"],"infos":["not a counter"]}}"#
        );
        request.contains("container_cpu").then(|| ok(&body)).filter(|_| !request.contains("query=group+by"))
    });
    let read = whole(&liar);
    let said: Vec<(&str, &str)> = read.findings.iter().map(|f| (f.code.as_str(), f.message.as_str())).collect();
    assert!(said.contains(&("prometheus-warning", "store-1 is unavailable")), "{said:?}");
    assert!(said.contains(&("prometheus-info", "not a counter")), "{said:?}");
    assert!(
        said.iter().any(|(code, m)| *code == "metric-values-invalid" && m.starts_with("2 implausible values ")),
        "{said:?}"
    );
    assert!(said.iter().any(|(code, m)| *code == "metric-missing" && m.contains("other runtimes")), "{said:?}");
    let h = history(read.observed);
    assert_eq!(h.workloads[0].cores.iter().collect::<Vec<_>>(), [(1, 0.5)]);
    assert_eq!(h.coverage.hours_without_usage, 1.0);
}

/// VictoriaMetrics marks partial responses (<https://github.com/VictoriaMetrics/VictoriaMetrics/issues/4721>), M3 in a
/// header; Prometheus questions a counter because of its name, and Thanos passes this on as a warning.
#[test]
fn a_partial_response_is_reported_and_known_counters_are_not_doubted() {
    const DOUBT: &str = r#"PromQL info: metric might not be a counter, name does not end in _total/_sum/_count/_bucket: \"nginx_ingress_controller_requests\" (1:9)"#;
    let liar = cluster(|_, request| {
        let other = DOUBT.replace("nginx_ingress_controller_requests", "hits");
        let body = format!(
            r#"{{"status":"success","isPartial":true,"data":{{"resultType":"matrix","result":[]}},"warnings":["{DOUBT}"],"infos":["{DOUBT}","{other}"]}}"#
        );
        let hit = request.contains("max_over_time%28container_memory") && !request.contains("query=group+by");
        hit.then_some(Reply::Http(200, "M3-Results-Limited: max_fetch_series_limit_applied\r\n", body))
    });
    let read = whole(&liar);
    let said: Vec<&str> = read
        .findings
        .iter()
        .filter(|f| f.code.as_str().starts_with("prometheus-"))
        .map(|f| f.message.as_str())
        .collect();
    assert_eq!(said.len(), 3, "{said:?}");
    for part in ["isPartial", "max_fetch_series_limit_applied", "\"hits\""] {
        assert!(said.iter().any(|message| message.contains(part)), "{part} in {said:?}");
    }
}

#[test]
fn a_counter_without_matching_series_is_reported() {
    let liar = cluster(|_, request| {
        let named = |m: &str| format!(r#"{{"metric":{{"__name__":"{m}"}},"values":[[1795503599.999,"1"]]}}"#);
        let there = ["kube_node_info", "kube_pod_status_phase", "istio_requests_total", "http_requests_total"];
        if request.contains("query=group+by+%28__name__%29") {
            return Some(matrix(&there.map(named).join(",")));
        }
        request.contains("istio_requests_total").then(|| matrix(""))
    });
    let read = whole(&liar);
    let said: Vec<&str> = read
        .findings
        .iter()
        .filter(|f| f.code.as_str() == "request-metric-not-selected")
        .map(|f| f.message.as_str())
        .collect();
    assert_eq!(
        said,
        [
            "istio_requests_total is present, but none of its series has reporter=\"destination\" or reporter=\"waypoint\": its \
          requests are not counted"
        ]
    );
}

/// Prometheus answers 422 to a query that loads too many samples and 503 to one that takes too long
/// (<https://prometheus.io/docs/prometheus/latest/querying/api/#format-overview>).
#[test]
fn a_query_that_is_too_large_per_scrape_is_repeated_per_step() {
    for status in [422, 503] {
        let liar = cluster(move |_, request| {
            let body =
                r#"{"status":"error","errorType":"execution","error":"query processing would load too many samples"}"#;
            let scrape_by_scrape = request.contains("irate") || request.contains("last_over_time%28container_memory");
            scrape_by_scrape.then(|| Reply::Http(status, "", body.to_owned()))
        });
        let read = whole(&liar);
        let refused: Vec<&str> = read
            .findings
            .iter()
            .filter(|f| f.code.as_str() == "usage-compared-per-step")
            .map(|f| f.subject.as_str())
            .collect();
        assert_eq!(refused, ["cpu", "memory"], "{:?}", read.findings);
        assert_eq!(liar.requests().len(), 9 + 2, "neither is tried again before it is asked in less detail");
        assert_eq!(history(read.observed).workloads[0].cores.sum(), 1.0);
    }
}

#[test]
fn a_rejected_query_only_stops_a_report_that_would_be_wrong() {
    let rejected =
        r#"{"status":"error","errorType":"execution","error":"query processing would load too many samples"}"#;
    let reject = move |part: &'static str| {
        cluster(move |_, request| {
            let hit = request.contains(part) && !request.contains("query=group+by");
            hit.then(|| Reply::Http(422, "", rejected.to_owned()))
        })
    };
    let history_read = whole(&reject("max_over_time%28container_memory"));
    let finding = history_read.findings.iter().find(|f| f.code.as_str() == "query-failed").unwrap();
    assert!(finding.message.contains("too many samples") && finding.message.contains("recommended memory requests"));
    let h = history(history_read.observed);
    assert_eq!(h.workloads[0].memory_peak.count(), 0);
    assert_eq!(h.workloads[0].cores.sum(), 1.0);

    let liar = reject("container_cpu");
    let error = read(&impatient(&liar.url), &question()).unwrap_err();
    assert!(matches!(error, PrometheusError::Rejected { .. }), "{error:?}");
    assert_eq!(code(error), 4);
}

#[test]
fn a_service_without_prometheus_is_scraped() {
    let scrape = |reply: Reply| {
        let liar = Liar::start(move |_, _| reply.clone());
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(capmodel::inputs::prometheus::scrape(&impatient(&liar.url)))
    };
    let exposed = scrape(ok("http_requests_total{path=\"/users/{id}\"} 7\n")).unwrap();
    assert_eq!(exposed.service().requests, Some(("http_requests_total", 7.0)));
    for (reply, said) in [
        (Reply::Http(500, "", String::new()), "it answered 500"),
        (Reply::Cut("a 1"), "cannot scrape"),
        (Reply::ReadTimeout, "no response within"),
        (ok("<html>"), "line 1 is not Prometheus exposition text"),
    ] {
        let error = scrape(reply).unwrap_err();
        assert!(error.to_string().contains(said), "{error}");
        assert_eq!(code(error), 4);
    }
}

#[test]
fn every_request_has_the_required_headers() {
    let liar = cluster(|_, _| None);
    let mut endpoint = impatient(&liar.url);
    endpoint.tenant = Some("team-a".to_owned());
    endpoint.access.bearer_token = Some(serde_json::from_str("\"s3cret\"").unwrap());
    read(&endpoint, &question()).unwrap();
    let requests = liar.requests();
    assert!(!requests.is_empty());
    for request in requests {
        let lower = request.to_lowercase();
        assert!(lower.starts_with("post /prefix/api/v1/query"), "{request}");
        for part in [
            "x-scope-orgid: team-a",
            "authorization: bearer s3cret",
            "dedup=true",
            "&partial_response=false",
            "deny_partial_response=1",
        ] {
            assert!(lower.contains(part), "{part}: {request}");
        }
        assert!(request.contains("cluster%3D%22x%22"), "{request}");
    }
    endpoint.tenant = Some("a\nb".to_owned());
    assert_eq!(code(read(&endpoint, &question()).unwrap_err()), 3);
    endpoint.url = "prometheus:9090".to_owned();
    assert_eq!(code(read(&endpoint, &question()).unwrap_err()), 3);
}
