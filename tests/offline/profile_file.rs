//! `capmodel profiles show --format toml` writes a file that is the same profile again.

use std::path::Path;

use crate::support::binary::{capmodel, estimate};
use capmodel::inputs::files::{parse_profile, profile_names, profile_source};
use capmodel::model::runtime::Evidence;

/// Writes a profile to a file in this folder.
fn written(folder: &Path, profile: &str) -> String {
    let file = folder.join("own.toml").to_str().unwrap().to_owned();
    let run = capmodel(&["profiles", "show", profile, "--format", "toml", "--output", &file]).output().unwrap();
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
    file
}

#[test]
fn every_built_in_profile_can_be_written_and_read_again() {
    let folder = tempfile::tempdir().unwrap();
    for name in profile_names() {
        let file = written(folder.path(), name);
        let [before, after] = [name, file.as_str()].map(|of| {
            let read = |evidence| parse_profile(&profile_source(of).unwrap(), evidence);
            read(Evidence::Article).or_else(|_| read(Evidence::Measured)).unwrap()
        });
        assert_eq!(before, after);
    }
}

#[test]
fn a_file_keeps_the_name_of_its_value_set() {
    let folder = tempfile::tempdir().unwrap();
    let file = written(folder.path(), "examples/profile.toml");
    let [before, after] = ["examples/profile.toml", &file]
        .map(|of| parse_profile(&profile_source(of).unwrap(), Evidence::Measured).unwrap());
    assert_eq!(before, after);
    assert!(parse_profile(&profile_source(&file).unwrap(), Evidence::Article).is_err());
}

#[test]
fn the_file_of_a_profile_gives_the_same_estimate() {
    let folder = tempfile::tempdir().unwrap();
    let file = written(folder.path(), "python-fastapi");
    let of = |profile: &str| {
        let work = ["--work", "orm", "--handler-cpu", "1ms", "--evidence", "article"];
        estimate(&[&["--rps", "5000", "--profile", profile], &work[..]].concat())
    };
    assert_eq!(of("python-fastapi"), of(&file));
    let text = std::fs::read_to_string(&file).unwrap();
    assert!(text.contains("8000rps"), "{text}");
    std::fs::write(&file, text.replace("8000rps", "5000rps")).unwrap();
    assert_ne!(of("python-fastapi"), of(&file));
}
