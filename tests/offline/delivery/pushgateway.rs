//! Delivery to a Pushgateway: the metrics of a cluster replace the previous ones.

use crate::support::delivery::{command, deliver, run};
use crate::support::server::{OK, Reply, Server};

#[test]
fn metrics_replace_the_previous_ones_of_the_cluster() {
    let server = Server::start(&[Reply::Http(503, "", ""), OK]);
    let target = format!("pushgateway:{}/S3CRET/", server.url);
    let delivered = deliver(&[&target], &[]);
    assert_eq!(delivered.code, 0, "{}", delivered.stderr);
    assert_eq!(delivered.stderr, format!("delivered to pushgateway:{}\n", server.url));
    let printed = deliver(&[], &["--format", "openmetrics"]).stdout;
    let requests = server.requests();
    assert_eq!(requests.len(), 2, "tried again");
    for request in requests {
        // `small`
        let first = "PUT /S3CRET/metrics/job/capmodel/cluster@base64/c21hbGw= HTTP/1.1\n";
        assert!(request.head.starts_with(first), "{}", request.head);
        assert!(request.head.contains("content-type: text/plain; version=0.0.4"), "{}", request.head);
        assert_eq!(String::from_utf8(request.body).unwrap(), printed);
    }
}

#[test]
fn permanent_errors_are_reported_without_the_address() {
    let server = Server::start(&[Reply::Http(400, "", "pushed metrics are invalid: S3CRET")]);
    let delivered = deliver(&[&format!("pushgateway:{}/S3CRET", server.url)], &[]);
    assert_eq!((delivered.code, server.requests().len()), (4, 1));
    let said = format!("delivery to pushgateway:{0} failed: pushgateway:{0} answered 400\n", server.url);
    assert!(delivered.stderr.contains(&said) && !delivered.stderr.contains("S3CRET"), "{}", delivered.stderr);
}

/// The last report remains there; an alert watches its age.
#[test]
fn a_run_without_a_report_pushes_nothing() {
    let server = Server::start(&[OK]);
    let mut failing = command(&[&format!("pushgateway:{}", server.url)], &["--history", "/nowhere"]);
    let failed = run(&mut failing);
    assert!(failed.code != 0 && server.requests().is_empty(), "{}", failed.stderr);
}
