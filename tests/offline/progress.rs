//! Progress on standard error: lines in a pipe, nothing in a pod, and one line that is rewritten on a terminal.

use std::process::{Command, Stdio};

use crate::support::binary::{TODAY, capmodel, text};
use crate::support::demo::Demo;

const REPORT: [&str; 9] = [
    "report",
    "--kubeconfig",
    "fixtures/screens/input/kubeconfig.yaml",
    "--prices",
    "fixtures/report/prices.csv",
    "--prometheus",
    "http://prometheus.example",
    "--window",
    "7d",
];

#[test]
fn a_pipe_gets_a_line_for_each_stage_and_the_log_of_a_pod_only_the_result() {
    let demo = Demo::start();
    let said = |host: &str| {
        let mut command = capmodel(&REPORT);
        let output = command.env("HTTP_PROXY", demo.proxy()).env("KUBERNETES_SERVICE_HOST", host).output().unwrap();
        assert!(output.status.success() && output.stdout.starts_with(b"prod-1"), "{}", text(&output.stderr));
        text(&output.stderr)
    };
    let lines = said("");
    assert!(lines.contains("\npods: 5\n") && lines.ends_with("Z to 2026-11-24T00:00:00Z\n"), "{lines}");
    assert_eq!(said("10.96.0.1"), "");
}

/// `script` of util-linux runs a command on a terminal.
#[cfg(target_os = "linux")]
#[test]
fn a_terminal_gets_one_line_that_is_gone_at_the_end() {
    let folder = tempfile::tempdir().unwrap();
    let demo = Demo::start();
    let page = folder.path().join("report.txt");
    let program = assert_cmd::cargo::cargo_bin("capmodel");
    let line = format!("{} {} --output {}", program.display(), REPORT.join(" "), page.display());
    let mut command = Command::new("script");
    command.args(["-qec", &line, "/dev/null"]).stdin(Stdio::null());
    command.env_clear().env("SOURCE_DATE_EPOCH", TODAY).env("HTTP_PROXY", demo.proxy()).env("SHELL", "/bin/sh");
    // Most systems have it; where it is missing there is nothing to see.
    let Ok(output) = command.output() else { return };
    let seen = text(&output.stdout);
    assert!(output.status.success(), "{seen}");
    assert!(!seen.contains('\n') && seen.ends_with("\r\u{1b}[K"), "{seen:?}");
    for part in ["\rpods: 5\u{1b}[K", "\rPrometheus: 1/", " queries · 0/", " requests · memory-peak\u{1b}[K"] {
        assert!(seen.contains(part), "{part:?}: {seen:?}");
    }
    let counts = seen.rsplit(" requests · ").nth(1).unwrap();
    let (done, all) = counts.rsplit(' ').next().unwrap().split_once('/').unwrap();
    let (done, all): (usize, usize) = (done.parse().unwrap(), all.parse().unwrap());
    assert!(all > 20 && done == all - 1, "the last of {all} requests is number {done}");
    assert!(std::fs::read_to_string(page).unwrap().starts_with("prod-1"));
}
