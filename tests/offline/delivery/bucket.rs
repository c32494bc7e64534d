//! Delivery to buckets, with a server that fails in every way.

use crate::support::delivery::{checked, files, run, s3, to_s3};
use crate::support::server::{OK, Reply, Server, nobody};
use crate::support::tls::Tls;

const ABSENT: Reply = Reply::Http(404, "", "<Error><Code>NoSuchKey</Code></Error>");
const STORED: Reply = Reply::Http(200, "ETag: \"1\"\r\n", "");
const DENIED: Reply = Reply::Http(403, "", "<Error><Code>AccessDenied</Code><Message>S3CRET</Message></Error>");

/// An S3 server without objects that accepts everything, except as defined by `other`.
fn empty(other: impl Fn(usize, &str) -> Option<Reply> + Send + Sync + 'static) -> Server {
    Server::answering(None, move |number, request| {
        let stored = if request.head.starts_with("PUT") { STORED } else { ABSENT };
        other(number, &request.head).unwrap_or(stored)
    })
}

fn methods(server: &Server) -> Vec<String> {
    server.requests().iter().map(|r| r.head.split(' ').next().unwrap().to_owned()).collect()
}

#[test]
fn temporary_errors_are_retried() {
    // The report of October is looked up, then that of November, then the new one is stored.
    let server = empty(|number, _| match number {
        0 => Some(Reply::Http(500, "", "")),
        2 => Some(Reply::Http(429, "Retry-After: 1\r\n", "")),
        4 => Some(Reply::Http(503, "", "<Error><Code>SlowDown</Code></Error>")),
        _ => None,
    });
    let delivered = checked(to_s3(&server.url, &["s3://reports"], &[]));
    assert_eq!(delivered.code, 0, "{}", delivered.stderr);
    assert_eq!(methods(&server), ["GET", "GET", "GET", "GET", "PUT", "PUT", "PUT"], "the last is the table");
    let puts = server.requests().split_off(4);
    assert!(puts.iter().all(|put| put.head.contains("if-none-match: *")), "none overwrites");
    assert_eq!(puts[0].body, puts[1].body);
}

#[test]
fn a_server_that_does_not_respond_once_is_asked_again() {
    let server = empty(|number, _| (number == 0).then_some(Reply::ReadTimeout));
    let delivered = checked(to_s3(&server.url, &["s3://reports"], &["--month", "2026-11"]));
    assert_eq!((delivered.code, methods(&server).len()), (0, 5), "{}", delivered.stderr);
}

#[test]
fn permanent_errors_are_reported_and_the_report_is_printed() {
    let volume = tempfile::tempdir().unwrap();
    for (server, said) in [
        (empty(|_, _| Some(DENIED)), "s3://reports answered 403 AccessDenied: access denied"),
        (
            empty(|_, head| head.starts_with("PUT").then_some(Reply::Http(301, "", ""))),
            "answered 301: the bucket is in another region; check AWS_REGION",
        ),
        (
            empty(|_, head| {
                head.starts_with("PUT").then_some(Reply::Http(307, "Location: http://127.0.0.1:1/\r\n", ""))
            }),
            "answered 307: the bucket is in another region; check AWS_REGION",
        ),
    ] {
        let hook = Server::start(&[OK]);
        let targets = ["s3://reports", volume.path().to_str().unwrap(), &hook.url];
        let delivered = checked(to_s3(&server.url, &targets, &[]));
        assert_eq!(delivered.code, 4);
        assert!(delivered.stderr.contains(said), "{}", delivered.stderr);
        assert!(delivered.stderr.ends_with("error: 1 of 3 deliveries failed; the report itself was printed\n"));
        assert_eq!(hook.requests()[0].json()["undelivered"], serde_json::json!(["s3://reports"]));
        assert!(files(volume.path()).len() >= 2);
    }
    let address = nobody();
    let delivered = checked(to_s3(&address, &["s3://reports"], &[]));
    assert!(
        delivered.stderr.contains("cannot reach s3://reports (tried 4 times): Connection refused"),
        "{}",
        delivered.stderr
    );
    let screen = delivered.stdout.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(screen.contains("the report of 2026-10 cannot be read"), "{screen}");
}

#[test]
fn delivery_works_without_read_permission() {
    let server = empty(|_, head| head.starts_with("GET").then_some(DENIED));
    let delivered = checked(to_s3(&server.url, &["s3://reports"], &[]));
    assert_eq!(delivered.code, 0, "{}", delivered.stderr);
    let screen = delivered.stdout.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(screen.contains("the report of 2026-10 cannot be read"), "{screen}");
}

#[test]
fn a_store_without_conditional_writes_is_supported() {
    let server = empty(|_, head| head.contains("if-none-match").then_some(Reply::Http(501, "", "")));
    let delivered = checked(to_s3(&server.url, &["s3://reports"], &[]));
    assert_eq!(delivered.code, 0, "{}", delivered.stderr);
    let report_then_table = ["GET", "GET", "PUT", "HEAD", "PUT", "PUT", "HEAD", "PUT"];
    assert_eq!(methods(&server), report_then_table);
}

#[test]
fn an_untrusted_certificate_is_an_error() {
    let tls = Tls::new();
    let server = Server::with_tls(&tls, &[ABSENT, ABSENT, STORED]);
    let refused = checked(to_s3(&server.url, &["s3://reports"], &[]));
    assert_eq!(refused.code, 4);
    assert!(refused.stderr.contains("signed by an untrusted authority"), "{}", refused.stderr);
    assert!(server.requests().is_empty());
    let mut trusting = s3(&server.url, &["s3://reports"], &["--format", "json"]);
    trusting.env("AWS_ACCESS_KEY_ID", "AKIDKEY").env("AWS_SECRET_ACCESS_KEY", "S3CRET");
    let trusted = run(trusting.env("SSL_CERT_FILE", tls.authority()));
    assert_eq!((trusted.code, server.requests().len()), (0, 3), "{}", trusted.stderr);
}
