//! `capmodel report --deliver` for one snapshot file.

use std::path::Path;

use assert_cmd::Command;
use serde_json::Value;

use super::binary::capmodel;

pub(crate) const SMALL: &str = "fixtures/report/small.json";
pub(crate) const PRICES: &str = "fixtures/report/prices.csv";

/// Output of a run, and the files that it stored.
pub(crate) struct Run {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

/// A report to each of the targets, with additional flags. If they name a month, the snapshot was taken in it, so that
/// the report is of that month.
pub(crate) fn deliver(targets: &[&str], flags: &[&str]) -> Run {
    run(&mut command(targets, flags))
}

/// The same command before it runs.
pub(crate) fn command(targets: &[&str], flags: &[&str]) -> Command {
    let month = flags.iter().position(|flag| *flag == "--month").and_then(|at| flags.get(at + 1));
    let snapshot = month.filter(|month| **month != "last").map_or_else(|| SMALL.to_owned(), |month| seen_in(month));
    let targets = targets.iter().flat_map(|target| ["--deliver", target]);
    let arguments: Vec<&str> =
        ["report", &snapshot, "--prices", PRICES].into_iter().chain(targets).chain(flags.iter().copied()).collect();
    capmodel(&arguments)
}

/// The same cluster in a snapshot of the 24th of another month.
pub(crate) fn seen_in(month: &str) -> String {
    let mut snapshot = json(Path::new(SMALL));
    snapshot["taken_at"] = format!("{month}-24T08:00:00Z").into();
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("small-{month}.json"));
    // Tests run in parallel, and must not find a partial file.
    let own = tempfile::NamedTempFile::new_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    std::fs::write(own.path(), snapshot.to_string()).unwrap();
    own.persist(&path).unwrap();
    path.to_str().unwrap().to_owned()
}

pub(crate) fn run(command: &mut Command) -> Run {
    let output = command.output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    Run { code: output.status.code().unwrap(), stdout: text(output.stdout), stderr: text(output.stderr) }
}

/// A text file, parsed.
pub(crate) fn json(path: &Path) -> Value {
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

/// Paths of all files below a folder, relative to it and sorted.
pub(crate) fn files(root: &Path) -> Vec<String> {
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

/// A report to a bucket on this S3 server, and to other targets.
pub(crate) fn to_s3(endpoint: &str, targets: &[&str], flags: &[&str]) -> Run {
    run(s3(endpoint, targets, flags).env("AWS_ACCESS_KEY_ID", "AKIDKEY").env("AWS_SECRET_ACCESS_KEY", "S3CRET"))
}

pub(crate) fn s3(endpoint: &str, targets: &[&str], flags: &[&str]) -> Command {
    let mut command = command(targets, flags);
    command.env("AWS_ENDPOINT_URL", endpoint).env("AWS_ALLOW_HTTP", "true").env("AWS_REGION", "eu-central-1");
    command
}

pub(crate) fn checked(run: Run) -> Run {
    assert!(!run.stderr.contains("S3CRET") && !run.stdout.contains("S3CRET"), "{}", run.stderr);
    assert!(run.stdout.contains(" USD "), "{}", run.stdout);
    run
}

pub(crate) const FOLDER: &str = "team/cluster=small/month=2026-11";
