//! The JSON documents: each one is read and written by its wire type and valid under its committed JSON Schema.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

use capmodel::model::cluster::Snapshot;
use capmodel::outputs::{DOCUMENTS, JsonDocument, json_schema};
use capmodel::schema::check::Check;
use capmodel::schema::claims::Claims;
use capmodel::schema::compare::Compare;
use capmodel::schema::delivery::Delivery;
use capmodel::schema::estimate::Estimates;
use capmodel::schema::prices::Prices;
use capmodel::schema::profiles::Profiles;
use capmodel::schema::report::Report;
use capmodel::schema::stored::Stored;
use capmodel::schema::workload::Workload;
use jsonschema::Validator;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

/// A document of `fixtures/golden`: file, text, and the name in its `schema`.
struct Golden {
    file: PathBuf,
    text: String,
    name: String,
}

/// All of them except the message to Slack, whose format is Slack's.
fn golden() -> Vec<Golden> {
    let mut files: Vec<PathBuf> = fs::read_dir("fixtures/golden").unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|file| file.extension().is_some_and(|it| it == "json") && !file.ends_with("slack.v1.json"));
    files.sort();
    files
        .into_iter()
        .map(|file| {
            let text = fs::read_to_string(&file).unwrap();
            let value: Value = serde_json::from_str(&text).unwrap();
            let first = value.get(0).unwrap_or(&value);
            let schema = first["schema"].as_str().unwrap_or_else(|| panic!("{} has no schema", file.display()));
            let name = schema.strip_prefix("capmodel/").and_then(|rest| rest.strip_suffix("/v1")).unwrap().to_owned();
            Golden { file, text, name }
        })
        .collect()
}

fn again<T: Serialize + DeserializeOwned>(text: &str) -> Result<String, serde_json::Error> {
    let document: T = serde_json::from_str(text)?;
    Ok(format!("{}\n", serde_json::to_string_pretty(&document)?))
}

/// With `TRYCMD=overwrite`, other tests write the files at the same time.
fn is_overwriting() -> bool {
    std::env::var("TRYCMD").is_ok_and(|mode| mode == "overwrite")
}

#[test]
fn every_golden_document_is_read_and_written_again() {
    if is_overwriting() {
        return;
    }
    for Golden { file, text, name } in golden() {
        let written = match name.as_str() {
            "check" => again::<Check>(&text),
            "claims" => again::<Claims>(&text),
            "compare" => again::<Compare>(&text),
            "delivery" => again::<Delivery>(&text),
            "estimate" => again::<Estimates>(&text),
            "prices" => again::<Prices>(&text),
            "profiles" => again::<Profiles>(&text),
            "report" => again::<Report>(&text),
            "snapshot" => again::<Snapshot>(&text),
            "stored" => again::<Stored>(&text),
            "workload" => again::<Workload>(&text),
            _ => panic!("{} has no wire type", file.display()),
        };
        let written = written.unwrap_or_else(|e| panic!("{}: {e}", file.display()));
        assert!(written == text, "{} is not what its wire type writes", file.display());
    }
}

fn path(document: &JsonDocument) -> PathBuf {
    PathBuf::from(format!("docs/schema/{}.v1.json", document.name))
}

/// `TRYCMD=overwrite` writes the files first, and removes none.
#[test]
fn committed_schemas_match_the_types() {
    let mut wrong = Vec::new();
    for document in &DOCUMENTS {
        let made = String::from_utf8(json_schema(document).unwrap()).unwrap();
        if is_overwriting() {
            fs::write(path(document), &made).unwrap();
        }
        if fs::read_to_string(path(document)).unwrap_or_default() != made {
            wrong.push(path(document));
        }
    }
    assert!(
        wrong.is_empty(),
        "{wrong:?} differ from the types; if that is intended, run `just snap` and read the diff"
    );
    let kept: BTreeSet<PathBuf> = fs::read_dir("docs/schema").unwrap().map(|entry| entry.unwrap().path()).collect();
    assert_eq!(kept, DOCUMENTS.iter().map(path).collect());
}

fn validator(name: &str) -> Validator {
    let text = fs::read_to_string(format!("docs/schema/{name}.v1.json")).unwrap();
    let schema: Value = serde_json::from_str(&text).unwrap();
    jsonschema::draft202012::meta::validate(&schema).unwrap();
    jsonschema::draft202012::new(&schema).unwrap()
}

#[test]
fn golden_documents_are_valid() {
    if is_overwriting() {
        return;
    }
    let golden = golden();
    for document in &DOCUMENTS {
        let validator = validator(document.name);
        let of_it: Vec<&Golden> = golden.iter().filter(|golden| golden.name == document.name).collect();
        assert!(!of_it.is_empty(), "there is no golden document of {}", document.name);
        for Golden { file, text, .. } in of_it {
            let value: Value = serde_json::from_str(text).unwrap();
            let errors: Vec<String> =
                validator.iter_errors(&value).map(|e| format!("{}: {e}", e.instance_path())).collect();
            assert!(errors.is_empty(), "{}\n{}", file.display(), errors.join("\n"));
        }
    }
}

/// Errors in a document are found.
#[test]
fn invalid_documents_are_refused_by_the_schemas() {
    if is_overwriting() {
        return;
    }
    let validator = validator("report");
    let text = fs::read_to_string("fixtures/golden/report.v1.json").unwrap();
    let good: Value = serde_json::from_str(&text).unwrap();
    let changed = |pointer: &str, value: Value| {
        let mut bad = good.clone();
        *bad.pointer_mut(pointer).unwrap() = value;
        bad
    };
    for bad in [
        changed("/schema", "capmodel/report/v2".into()),
        changed("/cost", 374.83.into()),
        changed("/cost", "374,83".into()),
        changed("/period/coverage", "1".into()),
        changed("/nodes/0/instance_type", 1.into()),
    ] {
        assert!(!validator.is_valid(&bad));
    }
    // A key that is missing, and one that is unknown.
    let mut lacking = good.clone();
    lacking.as_object_mut().unwrap().remove("workloads");
    assert!(!validator.is_valid(&lacking));
    let mut later = good;
    later["later"] = 1.into();
    assert!(validator.is_valid(&later));
}
