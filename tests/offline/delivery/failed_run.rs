//! A run that fails before its report notifies the webhooks, and exits as it would without them.

use crate::support::binary::capmodel;
use crate::support::delivery::run;
use crate::support::server::{OK, Reply, Server, nobody};

#[test]
fn an_unreachable_cluster_is_notified() {
    let (json, slack) = (Server::start(&[Reply::Http(500, "", ""), OK]), Server::start(&[OK]));
    let folder = tempfile::tempdir().unwrap();
    let kubeconfig = folder.path().join("kubeconfig");
    let config = format!(
        "apiVersion: v1\nkind: Config\ncurrent-context: c\nclusters: [{{name: k, cluster: {{server: '{}'}}}}]\n\
         contexts: [{{name: c, context: {{cluster: k, user: u}}}}]\nusers: [{{name: u, user: {{token: t}}}}]\n",
        nobody()
    );
    std::fs::write(&kubeconfig, config).unwrap();
    let (one, two) = (format!("{}/S3CRET", json.url), format!("slack:{}/S3CRET", slack.url));
    let root = folder.path().to_str().unwrap();
    let arguments = [
        "report",
        "--cluster-name",
        "prod",
        "--kubeconfig",
        kubeconfig.to_str().unwrap(),
        "--deliver",
        &one,
        "--deliver",
        &two,
        "--deliver",
        root,
    ];
    let run = run(&mut capmodel(&arguments));
    assert_eq!((run.code, run.stdout.as_str()), (4, ""), "{}", run.stderr);
    assert!(!run.stderr.contains("S3CRET"), "{}", run.stderr);
    assert!(run.stderr.contains(&format!("notified {} of the failure\n", json.url)), "{}", run.stderr);
    assert_eq!(json.requests().len(), 2);
    let message = json.requests()[1].json();
    assert_eq!(
        (&message["schema"], &message["event"], &message["month"]),
        (&"capmodel/delivery/v1".into(), &"failed".into(), &"2026-11".into())
    );
    assert_eq!(message["cluster"], "prod");
    let error = message["error"].as_str().unwrap();
    assert!(error.contains("Connection refused"), "{error}");
    let text = slack.requests()[0].json()["text"].as_str().unwrap().to_owned();
    assert_eq!(text, format!("*prod* · 2026-11 · no report\n{error}"));
}

#[test]
fn a_failed_notification_does_not_change_the_exit_code() {
    let server = Server::start(&[Reply::Http(403, "", "")]);
    let target = format!("{}/S3CRET", server.url);
    let run = run(&mut capmodel(&["report", "nowhere.json", "--deliver", &target]));
    assert_eq!(run.code, 3);
    assert!(run.stderr.contains(&format!("could not notify {} of the failure", server.url)), "{}", run.stderr);
    assert!(run.stderr.contains("error: cannot read nowhere.json"), "{}", run.stderr);
    assert_eq!(
        server.requests()[0].json()["error"],
        "cannot read nowhere.json: No such file or directory (os error 2)"
    );
}

/// YAML parsers tend to quote the lines around an error.
#[test]
fn an_invalid_kubeconfig_is_reported_without_its_token() {
    let server = Server::start(&[OK]);
    let folder = tempfile::tempdir().unwrap();
    let kubeconfig = folder.path().join("kubeconfig");
    for slip in [
        "users:\n- name: u\n  user:\n    token: S3CRET\n   password: S3CRET\n",
        "users: S3CRET\n",
        "users:\n- name: u\n  user:\n    exec: S3CRET\n",
        "users: [{name: u, user: {token: \"S3CRET}}]\n",
    ] {
        std::fs::write(&kubeconfig, format!("apiVersion: v1\nkind: Config\n{slip}")).unwrap();
        let path = kubeconfig.to_str().unwrap();
        let run = run(&mut capmodel(&["report", "--kubeconfig", path, "--deliver", &server.url]));
        assert_eq!((run.code, run.stdout.as_str()), (3, ""), "{}", run.stderr);
        assert!(run.stderr.contains(path) && run.stderr.contains("see line "), "{}", run.stderr);
        assert!(!run.stderr.contains("S3CRET"), "{}", run.stderr);
    }
    let requests = server.requests();
    assert_eq!(requests.len(), 4);
    for request in requests {
        let error = request.json()["error"].as_str().unwrap().to_owned();
        assert!(error.contains("see line ") && !error.contains("S3CRET"), "{error}");
    }
}

#[test]
fn errors_before_the_run_are_notified_too() {
    let server = Server::start(&[OK]);
    for (flags, code, month, said) in [
        (
            &["--prometheus", "http://p", "--prometheus-auth-file", "nowhere.toml", "--month", "2026-10"][..],
            3,
            "2026-10",
            "cannot read nowhere.toml",
        ),
        (&["--prometheus", "http://p", "--month", "2027-01"], 2, "2027-01", "2027-01 is in the future"),
        (&["--split-idle", "weighted"], 2, "2026-11", "weighted need an owners file"),
        (&["--prometheus", "http://u:S3CRET@p/x?y=S3CRET"], 3, "2026-11", "with --prometheus-auth-file"),
        (&["--prometheus", "prometheus:9090"], 3, "2026-11", "try --prometheus http://prometheus:9090"),
        (&["--prometheus", "http://S3CRET@p"], 3, "2026-11", "with --prometheus-auth-file"),
    ] {
        let arguments = ["report", "fixtures/report/small.json", "--cluster-name", "prod", "--deliver", &server.url];
        let run = run(&mut capmodel(&[&arguments[..], flags].concat()));
        assert_eq!((run.code, run.stdout.as_str()), (code, ""), "{}", run.stderr);
        assert!(run.stderr.contains(said) && !run.stderr.contains("S3CRET"), "{}", run.stderr);
        let message = server.requests().last().unwrap().json();
        assert_eq!((&message["event"], &message["cluster"]), (&"failed".into(), &"prod".into()));
        assert_eq!(message["month"], month);
        let error = message["error"].as_str().unwrap();
        assert!(error.contains(said) && !error.contains("S3CRET"), "{error}");
    }
    assert_eq!(server.requests().len(), 6);
}
