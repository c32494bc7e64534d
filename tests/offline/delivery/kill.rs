//! A run that is killed at any point leaves no partial report, and the next run succeeds.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

use crate::support::delivery::{PRICES, SMALL, deliver, files};

/// Names and contents of the files that a complete run stores.
fn whole() -> Vec<(String, Vec<u8>)> {
    let volume = tempfile::tempdir().unwrap();
    assert_eq!(deliver(&[volume.path().to_str().unwrap()], &[]).code, 0);
    contents(volume.path())
}

fn contents(root: &Path) -> Vec<(String, Vec<u8>)> {
    files(root).into_iter().map(|path| (path.clone(), std::fs::read(root.join(path)).unwrap())).collect()
}

/// Checks that every report is complete; returns the number of reports and the number of other files.
fn check(root: &Path, whole: &[(String, Vec<u8>)]) -> (usize, usize) {
    let found = contents(root);
    let hidden = |name: &str| Path::new(name).file_name().unwrap().to_str().unwrap().starts_with(".report");
    let (leftovers, reports): (Vec<_>, Vec<_>) = found.into_iter().partition(|(name, _)| hidden(name));
    for report in &reports {
        assert!(whole.contains(report), "{} is not whole: {} bytes", report.0, report.1.len());
    }
    (reports.len(), leftovers.len())
}

fn rerun(root: &Path, whole: &[(String, Vec<u8>)]) {
    let run = deliver(&[root.to_str().unwrap()], &[]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert_eq!(contents(root), whole);
}

/// The system kills a process at the byte that exceeds its file-size limit, which is in the middle of the write.
#[test]
fn a_run_killed_in_the_middle_of_a_write_leaves_no_partial_report() {
    let whole = whole();
    let volume = tempfile::tempdir().unwrap();
    let script = format!(
        "ulimit -c 0; ulimit -f \"$1\"; exec '{}' report {SMALL} --prices {PRICES} --deliver '{}'",
        env!("CARGO_BIN_EXE_capmodel"),
        volume.path().display(),
    );
    let json = whole.iter().find(|(name, _)| name.ends_with(".json")).unwrap().1.len();
    // POSIX defines blocks of 512 bytes for `sh`; some shells use 1,024.
    let mut ends = Vec::new();
    for blocks in 0..=json / 512 {
        let mut shell = Command::new("sh");
        shell
            .args(["-c", &script, "sh", &blocks.to_string()])
            .env_clear()
            .env("SOURCE_DATE_EPOCH", crate::support::binary::TODAY);
        let output = shell.stdout(Stdio::piped()).stderr(Stdio::null()).output().unwrap();
        assert!(!output.stdout.is_empty(), "it was printed before");
        ends.push((output.status.code(), check(volume.path(), &whole)));
        if output.status.success() {
            break;
        }
    }
    let killed = ends.iter().filter(|(code, (_, leftovers))| code.is_none() && *leftovers == 1).count();
    assert!(killed >= 5, "too few were killed while they wrote: {ends:?}");
    rerun(volume.path(), &whole);
}

/// The kills are spread over the duration of a run.
#[test]
fn a_run_killed_at_any_moment_leaves_only_whole_reports() {
    let whole = whole();
    let volume = tempfile::tempdir().unwrap();
    let start = || {
        let mut command = Command::new(env!("CARGO_BIN_EXE_capmodel"));
        command.args(["report", SMALL, "--prices", PRICES, "--deliver"]).arg(volume.path());
        command.env_clear().env("SOURCE_DATE_EPOCH", crate::support::binary::TODAY);
        command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
    };
    let began = Instant::now();
    start().wait().unwrap();
    let length = began.elapsed();
    let mut ends = [0, 0, 0];
    for round in 0..60 {
        std::fs::remove_dir_all(volume.path().join("cluster=small")).ok();
        let mut run = start();
        std::thread::sleep(length / 60 * round);
        run.kill().unwrap();
        run.wait().unwrap();
        let (reports, _) = check(volume.path(), &whole);
        ends[reports] += 1;
        rerun(volume.path(), &whole);
    }
    assert!(ends[0] > 0, "none was killed before it wrote: {ends:?}");
}
