//! Delivery to a folder: each run adds one file, and none is lost.

use std::process::Command;

use crate::support::binary::capmodel;
use crate::support::delivery::{PRICES, SMALL, deliver, files, json, run, seen_in};

const MONTH: &str = "cluster=small/month=2026-11";

#[test]
fn a_report_is_stored_as_json_and_in_the_requested_format() {
    let volume = tempfile::tempdir().unwrap();
    let root = volume.path().to_str().unwrap();
    let run = deliver(&[root], &["--format", "markdown"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert_eq!(run.stderr, format!("stored {root}/{MONTH}/report.json\n"));
    assert_eq!(files(volume.path()), [format!("{MONTH}/report.json"), format!("{MONTH}/report.md")]);
    assert_eq!(std::fs::read_to_string(volume.path().join(MONTH).join("report.md")).unwrap(), run.stdout);
    let as_json = deliver(&[root], &["--format", "json"]);
    assert_eq!(std::fs::read_to_string(volume.path().join(MONTH).join("report.json")).unwrap(), as_json.stdout);
    assert_eq!(json(&volume.path().join(MONTH).join("report.json"))["schema"], "capmodel/report/v1");
}

/// 2026-11-01 00:30 in Berlin is still October in New York: the requested time zone determines the month, however late
/// the run.
#[test]
fn the_folder_is_that_of_the_reported_month() {
    let volume = tempfile::tempdir().unwrap();
    let root = volume.path().to_str().unwrap();
    let history = tempfile::tempdir().unwrap();
    for month in ["2026-09", "2026-10", "2026-11"] {
        std::fs::copy(seen_in(month), history.path().join(format!("{month}.snapshot"))).unwrap();
    }
    let at = |moment: &str, zone: &str| {
        let flags = ["--month", "last", "--timezone", zone, "--history", history.path().to_str().unwrap()];
        let moment = moment.parse::<jiff::Timestamp>().unwrap().as_second().to_string();
        let run = crate::support::delivery::run(
            crate::support::delivery::command(&[root], &flags).env("SOURCE_DATE_EPOCH", moment),
        );
        assert_eq!(run.code, 0, "{}", run.stderr);
        files(volume.path())
    };
    let of = |month: &str| format!("cluster=small/month={month}/report.json");
    let at = |moment: &str, zone: &str| {
        let files = at(moment, zone).into_iter();
        files.filter(|file| file.ends_with(".json")).collect::<Vec<_>>()
    };
    assert_eq!(at("2026-10-31T23:30:00Z", "America/New_York"), [of("2026-09")]);
    assert_eq!(at("2026-10-31T23:30:00Z", "Europe/Berlin"), [of("2026-09"), of("2026-10")]);
    assert_eq!(at("2026-12-31T22:59:59Z", "Europe/Berlin"), [of("2026-09"), of("2026-10"), of("2026-11")]);
}

/// On 27 November only the current state is known: the report states this, and is never stored as that of September.
#[test]
fn the_current_state_is_not_stored_as_a_past_month() {
    let volume = tempfile::tempdir().unwrap();
    let root = volume.path().to_str().unwrap();
    let flags = ["report", SMALL, "--prices", PRICES, "--month", "2026-09", "--deliver", root];
    let told = run(capmodel(&flags).env("SOURCE_DATE_EPOCH", "1795773600"));
    assert_eq!(told.code, 0, "{}", told.stderr);
    let first = "small · state of 2026-11-24, priced for September 2026 (720 h) · 369.69 USD for 720 h";
    let screen = told.stdout.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(screen.starts_with(first), "{screen}");
    assert!(screen.contains("there is no data for 2026-09"), "{screen}");
    assert_eq!(files(volume.path()), [format!("{MONTH}/report.json"), format!("{MONTH}/report.txt")]);
    let kept = json(&volume.path().join(MONTH).join("report.json"));
    let period = &kept["period"];
    assert_eq!((&period["kind"], &period["month"]), (&"present".into(), &serde_json::Value::Null));
    assert_eq!((&period["priced_for_month"], &period["hours"]), (&"2026-09".into(), &"720".into()));
    assert_eq!(kept["forecast"]["month"], "2026-12");
}

#[test]
fn a_second_run_of_a_month_overwrites_nothing() {
    let volume = tempfile::tempdir().unwrap();
    let root = volume.path().to_str().unwrap();
    let read = |name: &str| std::fs::read(volume.path().join(MONTH).join(name)).unwrap();
    deliver(&[root], &[]);
    let first = read("report.json");
    let same = deliver(&[root], &[]);
    assert_eq!(same.code, 0);
    assert!(same.stderr.contains("/report.json: unchanged, already stored"), "{}", same.stderr);
    let other = deliver(&[root], &["--split-idle", "even"]);
    assert_eq!(other.code, 0);
    assert!(
        other.stderr.contains("report-2.json (2026-11 already had a different report, which was kept)"),
        "{}",
        other.stderr
    );
    assert_eq!(read("report.json"), first);
    assert_ne!(read("report-2.json"), first);
    let again = deliver(&[root], &["--split-idle", "even"]);
    assert!(again.stderr.contains("/report-2.json: unchanged, already stored"), "{}", again.stderr);
    let names = ["report-2.json", "report-2.txt", "report.json", "report.txt"];
    assert_eq!(files(volume.path()), names.map(|name| format!("{MONTH}/{name}")));
}

#[test]
fn concurrent_runs_get_different_names() {
    let volume = tempfile::tempdir().unwrap();
    let root = volume.path().to_str().unwrap();
    let splits = ["even", "proportional", "none"];
    let runs: Vec<_> = splits
        .iter()
        .flat_map(|shared| splits.map(|idle| [*shared, idle]))
        .map(|[shared, idle]| {
            let root = root.to_owned();
            std::thread::spawn(move || {
                deliver(&[&root], &["--format", "json", "--split-shared", shared, "--split-idle", idle])
            })
        })
        .collect();
    let mut printed: Vec<String> = runs
        .into_iter()
        .map(|run| {
            let run = run.join().unwrap();
            assert_eq!(run.code, 0, "{}", run.stderr);
            run.stdout
        })
        .collect();
    let stored = files(volume.path());
    assert_eq!(stored.len(), 9, "{stored:?}");
    let mut kept: Vec<String> =
        stored.iter().map(|path| std::fs::read_to_string(volume.path().join(path)).unwrap()).collect();
    printed.sort();
    kept.sort();
    assert_eq!(kept, printed);
}

#[test]
fn leftovers_of_a_run_with_the_same_process_id_do_no_harm() {
    // In a pod, every run has process ID 1.
    let volume = tempfile::tempdir().unwrap();
    let script = format!(
        "mkdir -p '{0}/{MONTH}' && echo half > '{0}/{MONTH}/'.report.json.$$.tmp && echo half > '{0}/{MONTH}/'.report-2.txt.7.tmp \
         && exec '{1}' report {2} --prices {3} --month 2026-11 --format json --deliver '{0}'",
        volume.path().display(),
        env!("CARGO_BIN_EXE_capmodel"),
        crate::support::delivery::SMALL,
        crate::support::delivery::PRICES,
    );
    let output = Command::new("sh").arg("-c").arg(script).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(files(volume.path()), [format!("{MONTH}/report.json")]);
}

#[test]
fn a_missing_or_unusable_volume_is_reported() {
    let volume = tempfile::tempdir().unwrap();
    let nowhere = volume.path().join("nowhere");
    let run = deliver(&[nowhere.to_str().unwrap()], &["--format", "json"]);
    assert_eq!(run.code, 4);
    assert!(run.stderr.contains("nowhere: mount the volume there"), "{}", run.stderr);
    assert!(run.stderr.ends_with("error: 1 of 1 deliveries failed; the report itself was printed\n"), "{}", run.stderr);
    assert!(run.stdout.contains("capmodel/report/v1") && run.stdout.ends_with("}\n"));
    assert!(!nowhere.exists());
    std::fs::write(volume.path().join("cluster=small"), "a file in the way").unwrap();
    let run = deliver(&[volume.path().to_str().unwrap()], &[]);
    assert_eq!(run.code, 4);
    assert!(run.stderr.contains("cannot use") && run.stderr.contains("month=2026-11"), "{}", run.stderr);
    assert!(run.stdout.contains("374.83 USD per month"), "{}", run.stdout);
}

#[test]
fn an_invalid_target_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("target");
    let from_file = format!("@{}", file.display());
    std::fs::write(&file, "\nhttps://late.example/S3CRET\n").unwrap();
    for (target, code, said) in [
        ("", 2, "it is empty"),
        ("ftp://host/S3CRET", 2, "unknown scheme `ftp://`"),
        ("slack:ftp://host/S3CRET", 2, ""),
        ("@/nowhere/S3CRET-file", 3, "cannot read /nowhere"),
        (from_file.as_str(), 3, "line 1: it is empty"),
    ] {
        let run = deliver(&[target], &[]);
        assert_eq!((run.code, run.stdout.as_str()), (code, ""), "{target}: {}", run.stderr);
        assert!(run.stderr.contains(said), "{target}: {}", run.stderr);
        assert!(!run.stderr.contains("/S3CRET\n") && !run.stderr.contains("host/"), "{}", run.stderr);
    }
    let both = deliver(&[folder.path().to_str().unwrap()], &["--output", "x.json"]);
    assert_eq!(both.code, 2);
}

#[cfg(unix)]
#[test]
fn a_link_inside_the_volume_is_not_followed() {
    use std::os::unix::fs::symlink;
    let (outside, parent) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let refused = |root: &std::path::Path, link: &str| {
        let run = deliver(&[root.to_str().unwrap()], &[]);
        assert_eq!(run.code, 4, "{}", run.stderr);
        assert!(run.stderr.contains(&format!("{link} is a symbolic link")), "{}", run.stderr);
        assert!(files(outside.path()).is_empty());
    };
    let volume = parent.path().join("one");
    std::fs::create_dir(&volume).unwrap();
    symlink(outside.path(), volume.join("cluster=small")).unwrap();
    refused(&volume, "cluster=small");
    let volume = parent.path().join("two");
    std::fs::create_dir_all(volume.join(MONTH)).unwrap();
    symlink(outside.path().join("new"), volume.join(MONTH).join("report.json")).unwrap();
    refused(&volume, "report.json");
    // The root folder itself may be a link, because the user named it.
    let root = parent.path().join("root");
    symlink(outside.path(), &root).unwrap();
    assert_eq!(deliver(&[root.to_str().unwrap()], &[]).code, 0);
    assert_eq!(files(outside.path()).len(), 2);
}

#[test]
fn an_obstacle_in_the_volume_is_named() {
    let volume = tempfile::tempdir().unwrap();
    let root = volume.path().to_str().unwrap();
    let leftover = volume.path().join(MONTH).join(".report.json.1.tmp");
    std::fs::create_dir_all(&leftover).unwrap();
    let run = deliver(&[root], &[]);
    assert_eq!(run.code, 4);
    assert!(run.stderr.contains(&format!("cannot use {}:", leftover.display())), "{}", run.stderr);
    let file = volume.path().join("file");
    std::fs::write(&file, "").unwrap();
    let run = deliver(&[file.to_str().unwrap()], &[]);
    assert!(run.stderr.contains(&format!("{} is not a folder", file.display())), "{}", run.stderr);
}

#[test]
fn a_mistyped_address_is_neither_used_nor_shown() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("target");
    let of_file = format!("@{}", file.display());
    for (target, stored, code, said) in [
        ("https:/hooks.example/S3CRET", "", 2, "with both slashes"),
        (&of_file, "https:/hooks.example/S3CRET\n", 3, "with both slashes"),
        (&of_file, "hooks.example/services/S3CRET\n", 3, "try --deliver https://hooks.example/…"),
        ("hooks.example/services/S3CRET", "", 2, "try --deliver https://hooks.example/…"),
        ("@", "", 2, "missing file name after @"),
    ] {
        std::fs::write(&file, stored).unwrap();
        let run = deliver(&[target], &[]);
        assert_eq!((run.code, run.stdout.as_str()), (code, ""), "{}", run.stderr);
        assert!(run.stderr.contains(said) && !run.stderr.contains("S3CRET"), "{}", run.stderr);
    }
}
