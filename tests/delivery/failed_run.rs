//! A run that makes no report tells the webhooks so, and ends as it would without them.

use super::run;
use super::server::{OK, Reply, Server, nobody};
use crate::capmodel::capmodel;

#[test]
fn a_cluster_that_cannot_be_reached() {
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
    assert!(run.stderr.contains(&format!("told {} that there is no report\n", json.url)), "{}", run.stderr);
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
fn whether_it_can_be_told_changes_nothing() {
    let server = Server::start(&[Reply::Http(403, "", "")]);
    let target = format!("{}/S3CRET", server.url);
    let run = run(&mut capmodel(&["report", "nowhere.json", "--deliver", &target]));
    assert_eq!(run.code, 3);
    assert!(run.stderr.contains(&format!("could not tell {} that there is no report", server.url)), "{}", run.stderr);
    assert!(run.stderr.contains("error: cannot read nowhere.json"), "{}", run.stderr);
    assert_eq!(
        server.requests()[0].json()["error"],
        "cannot read nowhere.json: No such file or directory (os error 2)"
    );
}
