//! Delivery to a webhook, with a server that fails in every way. The path of every URL here is a secret.

use std::io::Read;
use std::process::{Command, Stdio};
use std::time::Duration;

use capmodel::delivery::{DeliveryError, RETRY, Target};
use capmodel::net::RetryPolicy;
use capmodel::net::proxy::Proxies;

use crate::support::delivery::{PRICES, Run, SMALL, command, deliver, files, run};
use crate::support::server::{OK, Reply, Server, nobody};
use crate::support::tls::Tls;

const PATH: &str = "/services/T0/S3CRET?key=S3CRET";

fn hook(server: &Server) -> String {
    format!("{}{PATH}", server.url)
}

/// The secret appears nowhere, and the report was printed completely.
fn checked(run: Run) -> Run {
    assert!(!run.stderr.contains("S3CRET") && !run.stdout.contains("S3CRET"), "{}{}", run.stdout, run.stderr);
    assert!(
        run.stdout.starts_with("small · state of 2026-11-24, priced for 730 h · 374.83 USD per month")
            && run.stdout.ends_with('\n'),
        "{}",
        run.stdout
    );
    assert!(run.stdout.contains("\n-v adds "), "{}", run.stdout);
    run
}

#[test]
fn the_json_message_has_the_whole_report() {
    let server = Server::start(&[OK]);
    let volume = tempfile::tempdir().unwrap();
    let root = volume.path().to_str().unwrap();
    // The webhook is named first but notified last, so that its message contains the location of the report.
    let delivered = checked(deliver(&[&hook(&server), root], &[]));
    assert_eq!(delivered.code, 0, "{}", delivered.stderr);
    assert!(delivered.stderr.ends_with(&format!("\ndelivered to {}\n", server.url)), "{}", delivered.stderr);
    let [request] = server.requests().try_into().unwrap();
    assert!(request.head.starts_with(&format!("POST {PATH} HTTP/1.1\n")), "{}", request.head);
    assert!(request.head.contains("content-type: application/json"), "{}", request.head);
    let mut message = request.json();
    let report: serde_json::Value = serde_json::from_str(&deliver(&[root], &["--format", "json"]).stdout).unwrap();
    assert_eq!(message["report"].take(), report);
    let want = serde_json::json!({
        "schema": "capmodel/delivery/v1", "event": "report", "cluster": "small", "month": "2026-11",
        "summary": {
            "currency": "USD", "cost": "374.83", "period": "state of 2026-11-24, priced for 730 h",
            "amounts_are": "per month", "change": null, "idle": "175.20", "hours": "730", "hours_with_data": "730",
            "coverage": null,
            "priced_node_hours_share": 1.0, "partial": false,
        },
        "stored": [format!("{root}/cluster=small/month=2026-11/report.json")], "link": null, "undelivered": [],
        "report": null,
    });
    assert_eq!(message, want);
}

#[test]
fn the_slack_message_has_a_few_lines() {
    let server = Server::start(&[OK]);
    let volume = tempfile::tempdir().unwrap();
    let root = volume.path().to_str().unwrap();
    deliver(&[root], &["--month", "2026-10"]);
    let slack = format!("slack:{}", hook(&server));
    let delivered = deliver(&[root, &slack, "/nowhere"], &["--month", "2026-11"]);
    assert_eq!(delivered.code, 4);
    let message = server.requests()[0].json();
    let text = message["text"].as_str().unwrap().replace(root, "ROOT").replace(env!("CARGO_TARGET_TMPDIR"), "TMP");
    assert_eq!(
        text,
        "*small* · state of 2026-11-24, priced for November 2026 (720 h) · *369.69 USD* for 720 h\n\
         -12.32 USD compared with 2026-10: idle -5.76, data -3.14, shop -2.97\n\
         idle 172.80 USD (46.7%): 58.3% of CPU, 67.5% of memory · 100% of node-hours priced\n\
         forecast for 2026-12: 382.01 USD\n\
         next: 73.00 USD per month: run the present pods on 1 node instead of 2: `capmodel report \
         TMP/small-2026-11.json --prices fixtures/report/prices.csv --month 2026-11 --format html --output report.html`\n\
         next: saving unknown: read usage from Prometheus to see services, recommended requests and their savings: \
         `capmodel report TMP/small-2026-11.json --prices fixtures/report/prices.csv --month 2026-11 --prometheus URL`\n\
         stored: ROOT/cluster=small/month=2026-11/report.json\n*not delivered*: /nowhere"
    );
    assert_eq!(message.as_object().unwrap().len(), 1);
}

/// The page is linked to where there is one.
#[test]
fn messages_link_to_the_stored_report() {
    for (format, file) in [("html", "report.html"), ("json", "report.json")] {
        let (slack, json) = (Server::start(&[OK]), Server::start(&[OK]));
        let volume = tempfile::tempdir().unwrap();
        let targets = [volume.path().to_str().unwrap(), &format!("slack:{}", hook(&slack)), &hook(&json)];
        let link = ["--deliver-link", "https://reports.example/x/", "--cluster-name", "a/b", "--format", format];
        assert_eq!(deliver(&targets, &link).code, 0);
        let address = format!("https://reports.example/x/cluster=a%252Fb/month=2026-11/{file}");
        let text = slack.requests()[0].json()["text"].as_str().unwrap().to_owned();
        assert!(text.contains(&format!("\n<{address}|open the report>")), "{text}");
        assert_eq!(json.requests()[0].json()["link"], address.as_str());
    }
}

#[test]
fn temporary_errors_are_retried() {
    for reply in [
        Reply::Http(500, "", "<h1>out of memory</h1>"),
        Reply::Http(503, "", ""),
        Reply::Http(408, "", ""),
        Reply::Http(429, "Retry-After: 1\r\n", "slow down"),
    ] {
        let server = Server::start(&[reply, OK]);
        let delivered = checked(deliver(&[&hook(&server)], &[]));
        assert_eq!(delivered.code, 0, "{}", delivered.stderr);
        let requests = server.requests();
        assert_eq!(requests.len(), 2);
        assert_eq!(requests[0].body, requests[1].body);
    }
}

#[test]
fn permanent_errors_are_reported_and_the_report_is_printed() {
    for (reply, tries, said) in [
        (Reply::Http(403, "", "no_service"), 1, "answered 403 no_service: access denied; check"),
        (Reply::Http(404, "", "cannot POST /services/T0/S3CRET"), 1, "answered 404: no webhook"),
        (Reply::Http(413, "", ""), 1, "answered 413: the message is too large"),
        (Reply::Http(500, "", "S3CRET"), 4, "answered 500 (tried 4 times)"),
    ] {
        let server = Server::start(&[reply]);
        let other = Server::start(&[OK]);
        let volume = tempfile::tempdir().unwrap();
        let targets = [&hook(&server), &hook(&other), volume.path().to_str().unwrap()];
        let delivered = checked(deliver(&targets, &[]));
        assert_eq!(delivered.code, 4);
        assert!(
            delivered.stderr.contains(&format!("delivery to {0} failed: {0} {said}", server.url)),
            "{}",
            delivered.stderr
        );
        assert!(delivered.stderr.ends_with("error: 1 of 3 deliveries failed; the report itself was printed\n"));
        assert_eq!((server.requests().len(), other.requests().len()), (tries, 1));
        // The later webhook is notified that the earlier one failed.
        assert_eq!(other.requests()[0].json()["undelivered"], serde_json::json!([server.url]));
        assert_eq!(files(volume.path()).len(), 2);
    }
}

#[test]
fn an_unreachable_server_is_reported() {
    let address = nobody();
    let delivered = checked(deliver(&[&format!("{address}{PATH}")], &[]));
    assert_eq!(delivered.code, 4);
    assert!(delivered.stderr.contains(&format!("cannot reach {address} (tried 4 times)")), "{}", delivered.stderr);
    assert!(delivered.stderr.contains("Connection refused"), "{}", delivered.stderr);
}

#[test]
fn a_server_that_does_not_respond_times_out() {
    let server = Server::start(&[Reply::ReadTimeout]);
    let retry =
        RetryPolicy { timeout: Duration::from_millis(300), attempts: 3, pause: Duration::from_millis(10), ..RETRY };
    let Target::Webhook(webhook) = Target::parse(&hook(&server)).unwrap() else { panic!("a webhook") };
    let error = webhook.post(b"{}", &retry, &Proxies::default()).unwrap_err();
    assert!(matches!(error, DeliveryError::Timeout { attempts: 3, .. }), "{error}");
    assert_eq!(server.requests().len(), 3);
    // The time limit is reached before the maximum number of attempts.
    let hurried = RetryPolicy { total: Duration::from_millis(400), ..retry };
    let error = webhook.post(b"{}", &hurried, &Proxies::default()).unwrap_err();
    assert!(matches!(error, DeliveryError::Timeout { attempts: 2, .. }), "{error}");
    // A server may request a pause, but not a long one.
    let server = Server::start(&[Reply::Http(429, "Retry-After: 86400\r\n", ""), OK]);
    let Target::Webhook(webhook) = Target::parse(&hook(&server)).unwrap() else { panic!("a webhook") };
    webhook
        .post(b"{}", &RetryPolicy { longest_pause: Duration::from_millis(50), ..retry }, &Proxies::default())
        .unwrap();
}

/// The report is in the log before anything is delivered.
#[test]
fn the_report_is_printed_before_it_is_delivered() {
    let server = Server::start(&[Reply::ReadTimeout]);
    let mut run = Command::new(env!("CARGO_BIN_EXE_capmodel"));
    run.args(["report", SMALL, "--prices", PRICES, "--format", "json", "--deliver", &hook(&server)]).env_clear();
    let mut run = run.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let mut printed = Vec::new();
    let mut stdout = run.stdout.take().unwrap();
    while serde_json::from_slice::<serde_json::Value>(&printed).is_err() {
        let mut part = [0; 4096];
        let read = stdout.read(&mut part).unwrap();
        assert!(read > 0, "it ended with half a report");
        printed.extend_from_slice(&part[..read]);
    }
    assert!(run.try_wait().unwrap().is_none(), "it is still at its delivery");
    run.kill().unwrap();
    run.wait().unwrap();
}

#[test]
fn an_untrusted_certificate_is_an_error() {
    let tls = Tls::new();
    let server = Server::with_tls(&tls, &[OK]);
    let refused = checked(deliver(&[&hook(&server)], &[]));
    assert_eq!(refused.code, 4);
    assert!(refused.stderr.contains("signed by an untrusted authority"), "{}", refused.stderr);
    assert!(server.requests().is_empty(), "nothing was sent");
    let mut trusting = command(&[&hook(&server)], &[]);
    let trusted = checked(run(trusting.env("SSL_CERT_FILE", tls.authority())));
    assert_eq!((trusted.code, server.requests().len()), (0, 1), "{}", trusted.stderr);
}

#[test]
fn a_redirect_is_not_followed() {
    let other = Server::start(&[OK]);
    for status in [301, 302, 307, 308] {
        let location: &'static str = Box::leak(format!("Location: {}/S3CRET\r\n", other.url).into_boxed_str());
        let server = Server::start(&[Reply::Http(status, location, "")]);
        let delivered = checked(deliver(&[&hook(&server)], &[]));
        assert_eq!(delivered.code, 4);
        let said = format!("answered {status} and redirects to {}: use that address", other.url);
        assert!(delivered.stderr.contains(&said), "{}", delivered.stderr);
        assert_eq!((server.requests().len(), other.requests().len()), (1, 0));
    }
}

#[test]
fn an_address_is_read_from_a_file() {
    let server = Server::start(&[OK]);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("webhook");
    std::fs::write(&file, format!("slack:{}\nthe second line is not read\n", hook(&server))).unwrap();
    let delivered = checked(deliver(&[&format!("@{}", file.display())], &[]));
    assert_eq!((delivered.code, server.requests().len()), (0, 1), "{}", delivered.stderr);
    assert_eq!(delivered.stderr, format!("delivered to slack:{}\n", server.url));
}
