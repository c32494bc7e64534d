//! `tools/bench`: its own tests, and a fraction of a second of measurement of a service in each language. This shows
//! that everything works, not how fast anything is.

use std::path::Path;
use std::process::Command;

use serde_json::Value;

const BENCH: &str = "tools/bench";

fn run(command: &mut Command) {
    let output = command.env("PYTHONDONTWRITEBYTECODE", "1").output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}\n{}{said}", String::from_utf8_lossy(&output.stdout));
}

#[test]
fn the_generator_and_the_harness_pass_their_own_tests() {
    let generator = Path::new(BENCH).join("generator");
    run(Command::new("go").args(["vet", "./..."]).current_dir(&generator));
    run(Command::new("go").args(["test", "./..."]).current_dir(&generator));
    run(Command::new("python3").args(["-m", "unittest", "discover", "-s"]).arg(Path::new(BENCH).join("harness")));
}

#[test]
fn a_service_of_each_language_is_built_and_measured() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("run.jsonl");
    let mut measure = Command::new(Path::new(BENCH).join("run"));
    measure.arg("--out").arg(&out).args(["--passes", "1", "--seconds", "0.5", "--python", "python3"]);
    for service in ["gin", "fastapi"] {
        measure.arg("--only").arg(format!("{service}/500m/cpu-1ms/open-0.48"));
    }
    run(&mut measure);
    let text = std::fs::read_to_string(&out).unwrap();
    let rows: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let count = |kind: &str| rows.iter().filter(|row| row["kind"] == kind).count();
    assert_eq!((count("machine"), count("image"), count("start"), count("window")), (1, 2, 4, 4), "{text}");
    for window in rows.iter().filter(|row| row["kind"] == "window") {
        assert_eq!((&window["errors"], &window["unfinished"]), (&0.into(), &0.into()), "{window}");
        // The handler computes for a millisecond of CPU time, whatever the load of the machine. For requests in flight
        // at the start of so short a window, a part of that lies before it.
        let cpu = window["cpu_seconds_per_request"].as_f64().unwrap();
        assert!(cpu > 0.0005, "{window}");
        assert!(window["requests"].as_u64().unwrap() > 0, "{window}");
        assert!(window["memory_bytes"].as_u64().unwrap() > 1_000_000, "{window}");
    }
    // A second run finds nothing left to measure.
    run(&mut measure);
    let again = std::fs::read_to_string(&out).unwrap();
    assert_eq!(again.lines().filter(|line| line.contains(r#""kind": "window""#)).count(), 4, "{again}");
}
