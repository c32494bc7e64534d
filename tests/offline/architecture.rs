//! Modules only import modules of lower layers; `docs/architecture.md` draws the layers.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// The modules of `src`, from the lowest layer to the highest. A module may only import those before it.
const STAIR: [&str; 11] =
    ["units", "fs", "net", "schema", "model", "inputs", "outputs", "delivery", "cli", "settings", "run"];

/// The folders of `src/model` in the same order.
const MODEL: [&str; 23] = [
    "finding",
    "requirement",
    "uncertainty",
    "forecast",
    "calibration",
    "nodes",
    "pricing",
    "queueing",
    "runtime",
    "sizing",
    "software",
    "cluster",
    "compare",
    "usage",
    "services",
    "rightsizing",
    "packing",
    "estimate",
    "styles",
    "article",
    "billed",
    "report",
    "stored",
];

/// Pairs of which the first must not import the second, although the second is in a lower layer.
const APART: [(&str, &str); 7] = [
    ("outputs", "inputs"),
    ("outputs", "net"),
    ("model", "net"),
    ("schema", "net"),
    ("net", "units"),
    ("net", "fs"),
    ("model", "fs"),
];

#[test]
fn no_import_points_upwards() {
    let all: Vec<(PathBuf, Arrow)> = sources()
        .iter()
        .flat_map(|(path, text)| arrows_back(path, text).into_iter().map(|arrow| (path.clone(), arrow)))
        .collect();
    assert!(all.is_empty(), "{all:?}");
}

/// Every file starts with a module comment.
#[test]
fn every_file_has_a_module_comment() {
    let without: Vec<PathBuf> =
        sources().into_iter().filter(|(_, text)| !text.starts_with("//!")).map(|(path, _)| path).collect();
    assert!(without.is_empty(), "{without:?}");
}

#[test]
fn a_forbidden_import_is_found() {
    let file = |path: &str, text: &str| arrows_back(Path::new(path), text);
    let arrow = |from: &str, to: &str| vec![(from.to_owned(), to.to_owned())];
    assert!(file("outputs/table.rs", "use crate::model::report::Report;").is_empty());
    assert_eq!(file("outputs/table.rs", "use crate::run::Failure;"), arrow("outputs", "run"));
    assert_eq!(
        file("model/usage/mod.rs", "use crate::{units::Bytes, inputs::{files::{read}}};"),
        arrow("model", "inputs")
    );
    assert_eq!(file("model/usage/mod.rs", "fn f() -> super::super::settings::Ask {}"), arrow("model", "settings"));
    assert_eq!(file("outputs/a/b.rs", "use super::super::super::inputs::Book;"), arrow("outputs", "inputs"));
    assert_eq!(file("net/retry.rs", "use crate::inputs::kube::Api;"), arrow("net", "inputs"));
    assert_eq!(file("model/usage/mod.rs", "use crate::net::address::without_secrets;"), arrow("model", "net"));
    // The same within the model.
    assert_eq!(file("model/nodes/family.rs", "use crate::model::pricing::Offering;"), arrow("nodes", "pricing"));
    assert_eq!(file("model/nodes/family.rs", "use super::super::report::Report;"), arrow("nodes", "report"));
    assert!(file("model/report/mod.rs", "use crate::model::{nodes::Provider, usage::History};").is_empty());
    // Comments, string literals and unit tests do not count as imports.
    let quiet = "// crate::run\nconst A: &str = \"crate::run\";\n#[cfg(test)]\nmod tests { use crate::run::Failure; }";
    assert!(file("model/table.rs", quiet).is_empty());
}

#[test]
fn every_folder_has_a_layer() {
    for (path, _) in sources() {
        let module = module(&path);
        let (room, inner) = (module.first(), module.get(1));
        assert!(room.is_none_or(|room| STAIR.contains(&room.as_str())), "{} has no place on the stair", path.display());
        let in_model = inner.filter(|_| room.is_some_and(|room| room == "model"));
        assert!(
            in_model.is_none_or(|inner| MODEL.contains(&inner.as_str())),
            "{} has no place on the model's stair",
            path.display()
        );
    }
}

/// A snapshot is stored as the model's own facts about a cluster (docs/adr/0004); everything else that is written or
/// read has wire types in `schema`.
#[test]
fn only_facts_about_a_cluster_are_stored_as_they_are() {
    let words = ["instance_type.rs", "distribution.rs"].map(|file| format!("model/nodes/{file}"));
    let other: Vec<PathBuf> = sources()
        .into_iter()
        .filter(|(path, text)| path.starts_with("model") && code(text).contains("serde::"))
        .map(|(path, _)| path)
        .filter(|path| !path.starts_with("model/cluster") && !words.iter().any(|word| path == Path::new(word)))
        .collect();
    assert!(other.is_empty(), "{other:?}");
}

/// An importing file and the imported path.
type Arrow = (String, String);

/// Files of `src` by path, except those with only unit tests.
fn sources() -> Vec<(PathBuf, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let (mut folders, mut files) = (vec![root.clone()], Vec::new());
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|it| it == "rs")
                && !path.file_stem().unwrap().to_str().unwrap().ends_with("tests")
            {
                files.push((path.strip_prefix(&root).unwrap().to_owned(), std::fs::read_to_string(&path).unwrap()));
            }
        }
    }
    files.sort();
    files
}

/// `model/nodes/family.rs` is `["model", "nodes", "family"]`.
fn module(path: &Path) -> Vec<String> {
    let mut parts: Vec<String> = path.with_extension("").iter().map(|part| part.to_str().unwrap().to_owned()).collect();
    if parts.last().is_some_and(|last| ["mod", "lib", "main"].contains(&last.as_str())) {
        parts.pop();
    }
    parts
}

/// Forbidden imports of one file, without duplicates.
fn arrows_back(path: &Path, text: &str) -> Vec<Arrow> {
    let here = module(path);
    let Some(from) = here.first() else { return Vec::new() };
    let imports = imports(&code(text), &here);
    let floor = |room: &str| STAIR.iter().position(|it| *it == room);
    let rooms: BTreeSet<&String> = imports.iter().filter_map(|item| item.first()).collect();
    let is_back = |to: &&String| floor(to) > floor(from) || APART.contains(&(from.as_str(), to.as_str()));
    let mut arrows: Vec<Arrow> = rooms.into_iter().filter(is_back).map(|to| (from.clone(), to.clone())).collect();
    if let [room, inner, ..] = here.as_slice()
        && room == "model"
    {
        let floor = |room: &str| MODEL.iter().position(|it| *it == room);
        let of_model = imports.iter().filter(|item| item.first().is_some_and(|room| room == "model"));
        let rooms: BTreeSet<&String> = of_model.filter_map(|item| item.get(1)).collect();
        let is_back = |to: &&String| floor(to) > floor(inner);
        arrows.extend(rooms.into_iter().filter(is_back).map(|to| (inner.clone(), to.clone())));
    }
    arrows
}

/// The source without comments, string literals and the unit tests at its end.
fn code(text: &str) -> String {
    let text = text.split("#[cfg(test)]\nmod ").next().unwrap();
    let mut out = String::with_capacity(text.len());
    for line in text.lines() {
        let mut rest = line;
        let mut kept = String::new();
        while let Some(quote) = rest.find('"') {
            if rest[..quote].contains("//") {
                break;
            }
            kept.push_str(&rest[..quote]);
            let after = &rest[quote + 1..];
            rest = after.find('"').map_or("", |end| &after[end + 1..]);
        }
        kept.push_str(rest);
        out.push_str(kept.split("//").next().unwrap());
        out.push('\n');
    }
    out
}

/// Every path that starts with `crate` or `super`, resolved from the root of the crate.
fn imports(code: &str, here: &[String]) -> Vec<Vec<String>> {
    let mut found = Vec::new();
    for start in ["crate::", "super::"] {
        for (at, _) in code.match_indices(start) {
            let before = code[..at].chars().next_back();
            if before.is_some_and(|c| c.is_alphanumeric() || c == '_' || c == ':') {
                continue;
            }
            let mut rest = &code[at..];
            let mut base: Vec<String> = Vec::new();
            if start == "crate::" {
                rest = &rest["crate::".len()..];
            } else {
                base.extend_from_slice(here);
                while let Some(further) = rest.strip_prefix("super::") {
                    base.pop();
                    rest = further;
                }
            }
            tree(rest, &base, &mut found);
        }
    }
    found
}

/// Parses one tree of an import; returns the remaining text.
fn tree<'a>(mut rest: &'a str, base: &[String], found: &mut Vec<Vec<String>>) -> &'a str {
    let mut path = base.to_vec();
    loop {
        rest = rest.trim_start();
        if let Some(mut inner) = rest.strip_prefix('{') {
            loop {
                inner = tree(inner, &path, found).trim_start();
                match inner.strip_prefix(',') {
                    Some(next) if !next.trim_start().starts_with('}') => inner = next,
                    Some(next) => return &next.trim_start()[1..],
                    None => return inner.strip_prefix('}').unwrap_or(inner),
                }
            }
        }
        let end = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
        if end > 0 {
            path.push(rest[..end].to_owned());
        }
        match rest[end..].strip_prefix("::") {
            Some(next) if end > 0 => rest = next,
            _ => {
                found.push(path);
                return &rest[end..];
            }
        }
    }
}
