//! The manifest for krew has the archives that the release workflow makes
//! (<https://krew.sigs.k8s.io/docs/developer-guide/plugin-manifest/>).

use std::collections::BTreeSet;
use std::path::Path;
use std::process::{Command, Output};

use serde_json::{Value, json};

const TARGETS: [&str; 5] = [
    "aarch64-apple-darwin",
    "aarch64-unknown-linux-musl",
    "x86_64-apple-darwin",
    "x86_64-pc-windows-msvc",
    "x86_64-unknown-linux-musl",
];

/// Runs the script on the checksum files of these targets; the checksum of each is its own.
fn manifest(targets: &[&str]) -> Output {
    let folder = tempfile::tempdir().unwrap();
    for target in targets {
        let name = format!("capmodel-v1.2.3-{target}.tar.gz");
        std::fs::write(folder.path().join(format!("{name}.sha256")), format!("{}  {name}\n", sum(target))).unwrap();
    }
    let folder = folder.path().to_str().unwrap();
    let arguments = ["tools/krew/manifest.sh", "v1.2.3", "https://git.example/a/capmodel", folder];
    Command::new("bash").args(arguments).output().unwrap()
}

fn sum(target: &str) -> String {
    format!("{:064x}", target.len() * 1000 + usize::from(target.as_bytes()[0]))
}

#[test]
fn every_archive_of_a_release_is_in_the_manifest() {
    let made = manifest(&TARGETS);
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    let manifest: Value = serde_saphyr::from_slice(&made.stdout).unwrap();
    assert_eq!(manifest["apiVersion"], "krew.googlecontainertools.github.com/v1alpha2");
    assert_eq!(manifest["kind"], "Plugin");
    // The name of the binary is kubectl-NAME.
    assert_eq!(manifest["metadata"]["name"], "capmodel");
    let spec = &manifest["spec"];
    assert_eq!(spec["version"], "v1.2.3");
    assert_eq!(spec["homepage"], "https://git.example/a/capmodel");
    assert!(spec["shortDescription"].as_str().unwrap().len() <= 50);
    let platforms = spec["platforms"].as_array().unwrap();
    let wanted = [
        ("linux", "amd64", "x86_64-unknown-linux-musl"),
        ("linux", "arm64", "aarch64-unknown-linux-musl"),
        ("darwin", "arm64", "aarch64-apple-darwin"),
        ("darwin", "amd64", "x86_64-apple-darwin"),
        ("windows", "amd64", "x86_64-pc-windows-msvc"),
    ];
    for (platform, (os, arch, target)) in platforms.iter().zip(wanted) {
        assert_eq!(platform["selector"]["matchLabels"], json!({"os": os, "arch": arch}));
        assert_eq!(platform["sha256"], sum(target).as_str(), "{target}");
        let uri = format!("https://git.example/a/capmodel/releases/download/v1.2.3/capmodel-v1.2.3-{target}.tar.gz");
        assert_eq!(platform["uri"], uri.as_str());
        let bin = platform["bin"].as_str().unwrap();
        assert_eq!(bin, if os == "windows" { "capmodel.exe" } else { "capmodel" });
        assert_eq!(platform["files"][0]["from"], format!("*/{bin}").as_str());
    }
    assert_eq!(platforms.len(), TARGETS.len());
}

#[test]
fn the_targets_are_those_of_the_release_workflow() {
    let workflow = std::fs::read_to_string(".github/workflows/release.yml").unwrap();
    let built: BTreeSet<&str> =
        workflow.lines().filter_map(|line| Some(line.split_once("target: ")?.1.trim_end_matches([' ', '}']))).collect();
    assert_eq!(built.into_iter().collect::<Vec<_>>(), TARGETS);
    assert!(workflow.contains("tools/krew/manifest.sh") && Path::new("tools/krew/manifest.sh").exists());
}

#[test]
fn a_release_without_one_of_the_archives_has_no_manifest() {
    let made = manifest(&TARGETS[1..]);
    assert_eq!(made.status.code(), Some(1));
    assert!(made.stdout.is_empty());
    assert!(String::from_utf8_lossy(&made.stderr).contains("{aarch64-apple-darwin}"));
}
