//! Completion scripts in the shells that they are for, as far as those are installed.

use std::process::{Command, Stdio};

use crate::support::binary::{capmodel, text};

/// What a command prints; `None` if the shell is not installed.
fn of_shell(shell: &str, arguments: &[&str], lines: &str) -> Option<String> {
    let folder = tempfile::tempdir().unwrap();
    let script = folder.path().join("script");
    std::fs::write(&script, capmodel(&["completions", shell]).output().unwrap().stdout).unwrap();
    let mut command = Command::new(shell);
    command.args(arguments).arg(lines).arg("shell").arg(&script).current_dir("examples").stdin(Stdio::null());
    let output = command.output().ok()?;
    assert!(output.status.success() && output.stderr.is_empty(), "{lines}: {}", text(&output.stderr));
    Some(text(&output.stdout))
}

/// What bash offers for the last word.
fn in_bash(words: &str) -> Vec<String> {
    // The first argument after the commands is $0.
    let lines = format!(
        "source \"$1\"; COMP_WORDS=({words}); COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1)); \
         _capmodel capmodel \"${{COMP_WORDS[COMP_CWORD]}}\" \"${{COMP_WORDS[COMP_CWORD-1]}}\"; printf '%s\\n' \"${{COMPREPLY[@]}}\""
    );
    let offered = of_shell("bash", &["--norc", "--noprofile", "-c"], &lines).unwrap_or_default();
    offered.lines().filter(|line| !line.is_empty()).map(str::to_owned).collect()
}

#[test]
fn bash_completes_names_of_values() {
    if Command::new("bash").arg("--version").output().is_err() {
        return;
    }
    for (words, some) in [
        ("capmodel estimate --profile python-d", "python-django"),
        ("capmodel estimate --policy pro", "production"),
        ("capmodel estimate --work cr", "crud"),
        ("capmodel estimate --load we", "weekly"),
        ("capmodel estimate --sidecar i", "istio"),
        ("capmodel estimate --region eu-cen", "eu-central-1"),
        ("capmodel report --region europe-west4", "europe-west4"),
        ("capmodel estimate --instance-type m6i.la", "m6i.large"),
        ("capmodel estimate --provider a", "azure"),
        ("capmodel report --format par", "parquet"),
        ("capmodel prices show c6i.xl", "c6i.xlarge"),
        ("capmodel profiles show go-f", "go-fiber"),
        ("capmodel explain price-st", "price-stale"),
        ("capmodel man est", "estimate"),
    ] {
        let offered = in_bash(words);
        assert!(offered.iter().any(|word| word == some), "{words}: {offered:?}");
        let last = words.rsplit(' ').next().unwrap();
        assert!(offered.iter().all(|word| word.starts_with(last)), "{words}: {offered:?}");
    }
    // Where no name fits, bash offers files (`-o default`).
    assert!(in_bash("capmodel estimate --profile ./").is_empty());
    let script = text(&capmodel(&["completions", "bash"]).output().unwrap().stdout);
    assert!(script.contains("-o bashdefault -o default capmodel"));
}

#[test]
fn fish_completes_names_and_files() {
    if Command::new("fish").arg("--version").output().is_err() {
        return;
    }
    for (words, some) in [
        ("capmodel estimate --profile python-d", "python-django"),
        ("capmodel estimate --profile prof", "profile.toml"),
        ("capmodel estimate --instance-type m6i.la", "m6i.large"),
        ("capmodel prices show c6i.xl", "c6i.xlarge"),
        ("capmodel profiles show go-f", "go-fiber"),
        ("capmodel explain price-st", "price-stale"),
    ] {
        let lines = format!("source $argv[2]; complete -C '{words}'");
        let offered = of_shell("fish", &["--no-config", "-c"], &lines).unwrap();
        assert!(offered.lines().any(|line| line.split('\t').next() == Some(some)), "{words}: {offered}");
    }
}

#[test]
fn the_script_for_zsh_is_valid_and_offers_names_and_files() {
    let script = text(&capmodel(&["completions", "zsh"]).output().unwrap().stdout);
    assert_eq!(
        script.matches("_alternative").count(),
        7,
        "profile and work, sidecar, policy, load; profiles show and fit"
    );
    assert!(script.contains(r#"_alternative "names\:name\:(production steady)" "files\:file\:_files""#));
    if Command::new("zsh").arg("--version").output().is_ok() {
        // The function is only defined outside of zsh's own completion.
        of_shell("zsh", &["-f", "-c"], "compdef() { true; }; source $1; whence -w _capmodel | grep -q function")
            .unwrap();
    }
}

/// Names are only offered: a value that is none of them is read as a path, or looked up in the user's own table.
#[test]
fn other_values_than_the_completed_ones_are_accepted() {
    let output = capmodel(&["estimate", "--rps", "100", "--profile", "examples/profile.toml", "--samples", "0"])
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", text(&output.stderr));
    let help = text(&capmodel(&["estimate", "-h"]).output().unwrap().stdout);
    assert!(!help.contains("possible values: go-"), "{help}");
}
