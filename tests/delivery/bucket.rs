//! Buckets: a local S3 for what has to be right, and a server that fails for what can go wrong.

use std::net::TcpListener;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use serde_json::Value;

use super::server::{OK, Reply, Server, ask, nobody};
use super::tls::Tls;
use super::{Run, command, files, run};

/// moto, started from `tests/kit`.
struct Moto {
    address: String,
    process: Child,
}

impl Moto {
    fn start() -> Self {
        let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/kit/moto.sh");
        let mut command = Command::new(script);
        let mut process =
            command.arg(address.port().to_string()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        let address = address.to_string();
        // The first time it is installed.
        for _ in 0..900 {
            if ask(&address, "PUT", "/reports").is_some_and(|(status, _)| status == 200) {
                return Self { address, process };
            }
            assert!(process.try_wait().unwrap().is_none(), "tests/kit/moto.sh failed: run `{script} 5000` and see");
            std::thread::sleep(Duration::from_millis(200));
        }
        panic!("no moto at {address} after 180 s: run `{script} 5000` and see")
    }

    fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    fn object(&self, key: &str) -> (u16, String) {
        let (status, body) = ask(&self.address, "GET", &format!("/reports/{key}")).unwrap();
        (status, String::from_utf8(body).unwrap())
    }
}

impl Drop for Moto {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// A report to a bucket of whoever speaks S3 there, and to others.
fn to_s3(endpoint: &str, targets: &[&str], flags: &[&str]) -> Run {
    run(s3(endpoint, targets, flags).env("AWS_ACCESS_KEY_ID", "AKIDKEY").env("AWS_SECRET_ACCESS_KEY", "S3CRET"))
}

fn s3(endpoint: &str, targets: &[&str], flags: &[&str]) -> assert_cmd::Command {
    let mut command = command(targets, flags);
    command.env("AWS_ENDPOINT_URL", endpoint).env("AWS_ALLOW_HTTP", "true").env("AWS_REGION", "eu-central-1");
    command
}

fn checked(run: Run) -> Run {
    assert!(!run.stderr.contains("S3CRET") && !run.stdout.contains("S3CRET"), "{}", run.stderr);
    assert!(run.stdout.contains("USD a month"), "{}", run.stdout);
    run
}

const FOLDER: &str = "team/cluster=small/month=2026-11";

#[test]
fn a_real_one_keeps_what_a_volume_keeps() {
    let moto = Moto::start();
    let volume = tempfile::tempdir().unwrap();
    let targets = ["s3://reports/team/", volume.path().to_str().unwrap()];
    let first = checked(to_s3(&moto.url(), &targets, &[]));
    assert_eq!(first.code, 0, "{}", first.stderr);
    assert!(first.stderr.starts_with(&format!("stored s3://reports/{FOLDER}/report.json\n")), "{}", first.stderr);
    for path in files(volume.path()) {
        let want = std::fs::read_to_string(volume.path().join(&path)).unwrap();
        assert!(moto.object(&format!("team/{path}")) == (200, want), "{path} differs");
    }
    let (_, kept) = moto.object(&format!("{FOLDER}/report.json"));
    let same = checked(to_s3(&moto.url(), &targets[..1], &[]));
    assert_eq!(same.stderr, format!("s3://reports/{FOLDER}/report.json: the same report is there already\n"));
    let other = checked(to_s3(&moto.url(), &targets[..1], &["--split-idle", "even"]));
    assert!(other.stderr.contains("report-2.json: 2026-11 had another report already"), "{}", other.stderr);
    assert_eq!(other.code, 0);
    assert!(moto.object(&format!("{FOLDER}/report.json")).1 == kept, "the first was overwritten");
    // The next month finds the last of them.
    let december = to_s3(&moto.url(), &targets[..1], &["--month", "2026-12", "--format", "json"]);
    let december: Value = serde_json::from_str(&december.stdout).unwrap();
    // 374.83 for 730 hours, and 744 hours from their prices: the cent is the rounding of the first.
    assert_eq!(
        (&december["predicted"]["cost"], &december["predicted"]["modelled"]),
        (&"382.02".into(), &"382.01".into())
    );
    let rows = december["predicted"]["namespaces"].as_array().unwrap();
    assert!(rows.iter().any(|row| row["name"] == "idle" && row["predicted"] == "0.00"), "{rows:?}");
    // A bucket that is not there.
    let nowhere = checked(to_s3(&moto.url(), &["s3://elsewhere", targets[1]], &[]));
    assert_eq!(nowhere.code, 4);
    assert!(
        nowhere.stderr.contains("s3://elsewhere answers 404 NoSuchBucket: nothing takes reports"),
        "{}",
        nowhere.stderr
    );
    assert!(nowhere.stderr.contains("report.json: the same report is there already"), "{}", nowhere.stderr);
}

const ABSENT: Reply = Reply::Http(404, "", "<Error><Code>NoSuchKey</Code></Error>");
const STORED: Reply = Reply::Http(200, "ETag: \"1\"\r\n", "");
const DENIED: Reply = Reply::Http(403, "", "<Error><Code>AccessDenied</Code><Message>S3CRET</Message></Error>");

/// An S3 that has nothing and takes everything, but for what `other` says.
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
fn what_passes_is_tried_again() {
    // October's report is looked for, then November's, then it is put.
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
fn a_server_that_says_nothing_once() {
    let server = empty(|number, _| (number == 0).then_some(Reply::Silence));
    let delivered = checked(to_s3(&server.url, &["s3://reports"], &["--month", "2026-11"]));
    assert_eq!((delivered.code, methods(&server).len()), (0, 5), "{}", delivered.stderr);
}

#[test]
fn what_stays_is_said_and_nothing_is_lost() {
    let volume = tempfile::tempdir().unwrap();
    for (server, said) in [
        (empty(|_, _| Some(DENIED)), "s3://reports answers 403 AccessDenied: who sends this may not do so there"),
        (
            empty(|_, head| head.starts_with("PUT").then_some(Reply::Http(301, "", ""))),
            "answers 301: the bucket is in another region; see to AWS_REGION",
        ),
        (
            empty(|_, head| {
                head.starts_with("PUT").then_some(Reply::Http(307, "Location: http://127.0.0.1:1/\r\n", ""))
            }),
            "answers 307: the bucket is in another region; see to AWS_REGION",
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
    assert!(delivered.stdout.contains("the report of 2026-10 cannot be read"), "{}", delivered.stdout);
}

#[test]
fn who_may_write_and_not_read_still_delivers() {
    let server = empty(|_, head| head.starts_with("GET").then_some(DENIED));
    let delivered = checked(to_s3(&server.url, &["s3://reports"], &[]));
    assert_eq!(delivered.code, 0, "{}", delivered.stderr);
    assert!(delivered.stdout.contains("the report of 2026-10 cannot be read"), "{}", delivered.stdout);
}

#[test]
fn one_that_cannot_write_only_where_nothing_is() {
    let server = empty(|_, head| head.contains("if-none-match").then_some(Reply::Http(501, "", "")));
    let delivered = checked(to_s3(&server.url, &["s3://reports"], &[]));
    assert_eq!(delivered.code, 0, "{}", delivered.stderr);
    let report_then_table = ["GET", "GET", "PUT", "HEAD", "PUT", "PUT", "HEAD", "PUT"];
    assert_eq!(methods(&server), report_then_table);
}

#[test]
fn a_certificate_of_a_stranger() {
    let tls = Tls::new();
    let server = Server::with_tls(&tls, &[ABSENT, ABSENT, STORED]);
    let refused = checked(to_s3(&server.url, &["s3://reports"], &[]));
    assert_eq!(refused.code, 4);
    assert!(refused.stderr.contains("invalid peer certificate: UnknownIssuer"), "{}", refused.stderr);
    assert!(server.requests().is_empty());
    let mut trusting = s3(&server.url, &["s3://reports"], &["--format", "json"]);
    trusting.env("AWS_ACCESS_KEY_ID", "AKIDKEY").env("AWS_SECRET_ACCESS_KEY", "S3CRET");
    let trusted = run(trusting.env("SSL_CERT_FILE", tls.authority()));
    assert_eq!((trusted.code, server.requests().len()), (0, 3), "{}", trusted.stderr);
}
