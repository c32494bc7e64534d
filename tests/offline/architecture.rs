//! No arrow goes back: what is below never imports what is above. The stair is drawn in `docs/architecture.md`.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// The rooms of `src`, from the ground floor up. A room may import only rooms that stand before it.
const STAIR: [&str; 24] = [
    "units",
    "fs",
    "model::finding",
    "model::interval",
    "model::queueing",
    "model::nodes",
    "model::pricing",
    "model::runtime",
    "model::uncertainty",
    "model::sizing",
    "model::cluster",
    "model::usage",
    "model::rightsizing",
    "model::packing",
    "model::estimate",
    "model::report",
    "model::article",
    "model",
    "inputs",
    "outputs",
    "delivery",
    "cli",
    "settings",
    "run",
];

/// Pairs on the stair that may not meet although the second stands below the first.
const APART: [(&str, &str); 2] = [("outputs", "inputs"), ("cli", "delivery")];

#[test]
fn no_arrow_goes_back() {
    let back: Vec<String> = sources().iter().flat_map(|(path, text)| arrows_back(path, text)).collect();
    assert!(back.is_empty(), "{}", back.join("\n"));
}

#[test]
fn a_forbidden_import_is_found() {
    let file = |path: &str, text: &str| arrows_back(Path::new(path), text);
    assert!(file("outputs/table.rs", "use crate::model::report::Report;").is_empty());
    assert_eq!(file("outputs/table.rs", "use crate::run::Failure;"), ["outputs/table.rs: outputs imports run"]);
    assert_eq!(
        file("model/nodes/family.rs", "use crate::{units::Bytes, model::{nodes::Arch, pricing::{Offering}}};"),
        ["model/nodes/family.rs: model::nodes imports model::pricing"]
    );
    assert_eq!(
        file("model/usage/mod.rs", "fn f() -> super::estimate::Plan {}"),
        ["model/usage/mod.rs: model::usage imports model::estimate"]
    );
    assert_eq!(file("outputs/a/b.rs", "use super::super::super::inputs::Book;"), ["outputs/a/b.rs: outputs imports inputs"]);
    // Comments, texts and unit tests import nothing.
    let quiet = "// crate::run\nconst A: &str = \"crate::run\";\n#[cfg(test)]\nmod tests { use crate::run::Failure; }";
    assert!(file("outputs/table.rs", quiet).is_empty());
}

#[test]
fn every_room_is_on_the_stair() {
    for (path, _) in sources() {
        let room = room(&module(&path));
        assert!(room.is_none_or(|room| STAIR.contains(&room.as_str())), "{} has no place on the stair", path.display());
    }
}

/// The files of `src` by their path from there, without those that hold unit tests alone.
fn sources() -> Vec<(PathBuf, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let (mut folders, mut files) = (vec![root.clone()], Vec::new());
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|it| it == "rs") && !path.file_stem().unwrap().to_str().unwrap().ends_with("tests") {
                files.push((path.strip_prefix(&root).unwrap().to_owned(), std::fs::read_to_string(&path).unwrap()));
            }
        }
    }
    files.sort();
    files
}

/// `model/nodes/family.rs` is `["model", "nodes", "family"]`.
fn module(path: &Path) -> Vec<String> {
    let mut parts: Vec<String> =
        path.with_extension("").iter().map(|part| part.to_str().unwrap().to_owned()).collect();
    if parts.last().is_some_and(|last| ["mod", "lib", "main"].contains(&last.as_str())) {
        parts.pop();
    }
    parts
}

/// The room that a module or an item stands in; nothing for the crate itself.
fn room(path: &[String]) -> Option<String> {
    match path {
        [] => None,
        [first, second, ..] if first == "model" && STAIR.contains(&format!("model::{second}").as_str()) => {
            Some(format!("model::{second}"))
        }
        [first, ..] => Some(first.clone()),
    }
}

fn arrows_back(path: &Path, text: &str) -> Vec<String> {
    let here = module(path);
    let Some(from) = room(&here) else { return Vec::new() };
    let floor = |room: &str| STAIR.iter().position(|it| *it == room);
    let imported: BTreeSet<String> = imports(&code(text), &here).iter().filter_map(|item| room(item)).collect();
    let is_back = |to: &String| {
        *to != from && (floor(to) > floor(&from) || APART.contains(&(from.as_str(), to.as_str())))
    };
    let back = imported.into_iter().filter(|to| floor(to).is_some()).filter(is_back);
    back.map(|to| format!("{}: {from} imports {to}", path.display())).collect()
}

/// The text without comments, string literals and the unit tests at its end.
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

/// Every path that begins with `crate` or `super`, from the root of the crate.
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

/// Reads one tree of names; answers what follows it.
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
