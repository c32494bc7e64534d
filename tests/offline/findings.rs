//! Every code of a finding is reported somewhere, and the page that explains them is current.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use capmodel::model::finding::Code;
use capmodel::outputs::findings_page;

use crate::support::binary::capmodel;

fn files(folder: &Path, ending: &str, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files(&path, ending, found);
        } else if path.extension().is_some_and(|it| it == ending) {
            found.push(path);
        }
    }
}

/// The variant of a code: `PriceStale` for `price-stale`.
fn variant(code: &str) -> String {
    code.split('-').flat_map(|word| [word[..1].to_uppercase(), word[1..].to_owned()]).collect()
}

#[test]
fn every_code_is_reported_somewhere() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let (mut sources, mut profiles) = (Vec::new(), Vec::new());
    files(&root.join("src"), "rs", &mut sources);
    files(&root.join("profiles"), "toml", &mut profiles);
    sources.retain(|path| !path.ends_with("finding/codes.rs"));
    let whole: String = sources.iter().chain(&profiles).map(|path| std::fs::read_to_string(path).unwrap()).collect();
    let used: BTreeSet<&str> = whole
        .split("Code::")
        .skip(1)
        .filter_map(|rest| rest.split(|c: char| !c.is_ascii_alphanumeric()).next())
        .collect();
    let unused: Vec<_> = Code::ALL
        .iter()
        .map(|code| code.as_str())
        .filter(|code| !used.contains(variant(code).as_str()) && !whole.contains(&format!("code = \"{code}\"")))
        .collect();
    assert!(unused.is_empty(), "nothing reports {unused:?}");
    assert!(Code::ALL.windows(2).all(|two| two[0].as_str() < two[1].as_str()), "sorted by name, each once");
}

#[test]
fn the_page_is_current() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/findings.md");
    if std::env::var("TRYCMD").is_ok_and(|value| value == "overwrite") {
        std::fs::write(&path, findings_page()).unwrap();
    }
    assert!(std::fs::read_to_string(&path).unwrap() == findings_page(), "TRYCMD=overwrite refreshes docs/findings.md");
}

#[test]
fn a_code_is_explained_and_typing_errors_get_suggestions() {
    let output = capmodel(&["explain", "price-stale"]).output().unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success() && said.starts_with("price-stale · warning · prices\n"), "{said}");
    assert!(said.contains("What to do: "), "{said}");
    let output = capmodel(&["explain", "price-stal"]).output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.code() == Some(3) && said.contains("price-stale"), "{said}");
}
