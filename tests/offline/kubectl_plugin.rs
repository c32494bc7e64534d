//! Started as `kubectl-capmodel`, the program names itself as people type it: `kubectl capmodel`.

use assert_cmd::Command;

use crate::support::binary::{TODAY, text};

/// Exit code and everything that is printed by the binary under this name.
fn started_as(name: &str, arguments: &str) -> (i32, String) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join(name);
    std::os::unix::fs::symlink(assert_cmd::cargo::cargo_bin("capmodel"), &file).unwrap();
    let mut command = Command::new(&file);
    command.env_clear().env("SOURCE_DATE_EPOCH", TODAY).args(arguments.split_whitespace());
    let output = command.output().unwrap();
    (output.status.code().unwrap(), text(&output.stdout) + &text(&output.stderr))
}

fn of_plugin(arguments: &str) -> (i32, String) {
    started_as("kubectl-capmodel", arguments)
}

#[test]
fn usage_lines_hints_and_next_steps_name_the_plugin() {
    for (arguments, code, said) in [
        ("--help", 0, "Usage: kubectl capmodel [OPTIONS] <COMMAND>"),
        ("--help", 0, "Start with: kubectl capmodel estimate --rps 5000"),
        ("help report", 0, "Usage: kubectl capmodel report [OPTIONS] [SNAPSHOT]..."),
        ("estimate --help", 0, "  kubectl capmodel estimate --rps 5000 --explain"),
        ("estimate", 2, "Usage: kubectl capmodel estimate --rps"),
        ("explain access-refused", 0, "`kubectl capmodel rbac`"),
        ("compare README.md README.md", 3, "make one with kubectl capmodel report"),
        ("report fixtures/report/small.json", 0, "    kubectl capmodel report fixtures/report/small.json"),
        ("report fixtures/report/small.json --format json", 0, "\"kubectl capmodel report fixtures/report/small.json"),
    ] {
        let (ended, printed) = of_plugin(arguments);
        assert_eq!(ended, code, "{arguments}: {printed}");
        assert!(printed.contains(said), "{arguments}: {printed}");
        let rest = printed.replace("kubectl capmodel", "");
        assert!(!rest.contains("capmodel estimate") && !rest.contains("capmodel report"), "{arguments}: {rest}");
    }
}

#[test]
fn every_other_name_is_that_of_the_program() {
    for arguments in ["--help", "estimate", "report fixtures/report/small.json"] {
        let (_, printed) = started_as("capmodel", arguments);
        assert!(printed.contains("capmodel") && !printed.contains("kubectl capmodel"), "{arguments}: {printed}");
    }
}

/// A completion script completes the binary, whatever its name is in a terminal.
#[test]
fn scripts_are_the_same() {
    for arguments in ["completions bash", "schema report"] {
        assert_eq!(of_plugin(arguments), started_as("capmodel", arguments), "{arguments}");
    }
}
