//! `tools/prices` on small extracts in the formats of the public sources reproduces the tables byte for byte.

use std::path::Path;
use std::process::{Command, Output};

const EXTRACTS: &str = "fixtures/price-sources";

fn build(sources: &Path, out: &Path) -> Output {
    let mut command = Command::new("python3");
    command.env("PYTHONDONTWRITEBYTECODE", "1").arg("tools/prices/build.py");
    command.arg("--sources").arg(sources).arg("--out").arg(out).output().unwrap()
}

#[test]
fn the_tables_are_reproduced_byte_for_byte() {
    let out = tempfile::tempdir().unwrap();
    let made = build(&Path::new(EXTRACTS).join("sources.toml"), out.path());
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    for name in ["aws.csv", "gcp.csv", "azure.csv", "price-dates.csv"] {
        let expected = std::fs::read_to_string(Path::new(EXTRACTS).join("expected").join(name)).unwrap();
        assert_eq!(std::fs::read_to_string(out.path().join(name)).unwrap(), expected, "{name}");
    }
}

#[test]
fn a_source_with_a_changed_format_is_reported_and_nothing_is_written() {
    let (folder, out) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    for entry in std::fs::read_dir(EXTRACTS).unwrap() {
        let path = entry.unwrap().path();
        if path.is_file() {
            std::fs::copy(&path, folder.path().join(path.file_name().unwrap())).unwrap();
        }
    }
    std::fs::write(folder.path().join("azure-shapes.go"), "type shape struct{}\n").unwrap();
    let made = build(&folder.path().join("sources.toml"), out.path());
    assert_eq!(made.status.code(), Some(3));
    let said = String::from_utf8_lossy(&made.stderr).into_owned();
    assert!(said.contains("azure.shapes: no size is listed"), "{said}");
    assert_eq!(std::fs::read_dir(out.path()).unwrap().count(), 0);
}
