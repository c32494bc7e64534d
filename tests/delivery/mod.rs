//! `capmodel report --deliver`: whatever a target does, the report is printed, the others get theirs, and the exit code
//! tells. Every report here is of one snapshot file.

#[cfg(feature = "buckets")]
mod bucket;
#[cfg(feature = "buckets")]
mod credentials;
#[cfg(feature = "live")]
mod failed_run;
mod kill;
mod next_month;
#[cfg(feature = "live")]
mod server;
#[cfg(feature = "live")]
mod tls;
mod volume;
#[cfg(feature = "live")]
mod webhook;

use std::path::Path;

use assert_cmd::Command;
use serde_json::Value;

use crate::capmodel::capmodel;

const SMALL: &str = "fixtures/report/small.json";
const PRICES: &str = "fixtures/report/prices.csv";

/// What a run left behind.
pub(crate) struct Run {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

/// A report to each of the targets, with more flags.
pub(crate) fn deliver(targets: &[&str], flags: &[&str]) -> Run {
    run(&mut command(targets, flags))
}

/// The same, not run yet.
pub(crate) fn command(targets: &[&str], flags: &[&str]) -> Command {
    let targets = targets.iter().flat_map(|target| ["--deliver", target]);
    let arguments: Vec<&str> =
        ["report", SMALL, "--prices", PRICES].into_iter().chain(targets).chain(flags.iter().copied()).collect();
    capmodel(&arguments)
}

pub(crate) fn run(command: &mut Command) -> Run {
    let output = command.output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    Run { code: output.status.code().unwrap(), stdout: text(output.stdout), stderr: text(output.stderr) }
}

/// A text file, parsed.
fn json(path: &Path) -> Value {
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

/// Every file below a folder, by its path from there, sorted.
fn files(root: &Path) -> Vec<String> {
    let mut found = Vec::new();
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                found.push(path.strip_prefix(root).unwrap().to_str().unwrap().to_owned());
            }
        }
    }
    found.sort();
    found
}

#[cfg(not(feature = "buckets"))]
#[test]
fn a_bucket_without_the_feature_is_a_wrong_use() {
    let run = deliver(&["s3://reports/x"], &[]);
    assert_eq!((run.code, run.stdout.as_str()), (2, ""));
    assert!(run.stderr.contains("built without buckets"), "{}", run.stderr);
}
