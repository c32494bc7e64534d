//! The comments in the chart's values, the table in its README.md and values.schema.json agree.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use serde_json::Value;

fn path(file: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("charts/capmodel").join(file)
}

fn read(file: &str) -> String {
    std::fs::read_to_string(path(file)).unwrap()
}

fn values() -> Value {
    serde_saphyr::from_str(&read("values.yaml")).unwrap()
}

/// The comments of values.yaml in their order: sections, and values with their descriptions.
enum Told {
    Section(String),
    Value { name: String, text: String },
}

fn told() -> Vec<Told> {
    let comment = |line: &str| {
        let line = line.trim_start();
        if let Some(title) = line.strip_prefix("## @section ") {
            return Some(Told::Section(title.to_owned()));
        }
        let (name, text) = line.strip_prefix("## @param ")?.split_once(' ')?;
        Some(Told::Value { name: name.to_owned(), text: text.to_owned() })
    };
    read("values.yaml").lines().filter_map(comment).collect()
}

fn at<'a>(values: &'a Value, name: &str) -> Option<&'a Value> {
    name.split('.').try_fold(values, |value, key| value.get(key))
}

/// The tables of README.md; `TRYCMD=overwrite` rewrites them.
#[test]
fn the_chart_readme_has_the_comments_of_the_values() {
    let values = values();
    let mut tables = String::new();
    for told in told() {
        match told {
            Told::Section(title) => write!(tables, "\n### {title}\n\n| value | default | |\n|---|---|---|\n").unwrap(),
            Told::Value { name, text } => {
                let default = at(&values, &name).unwrap_or_else(|| panic!("{name} has a comment and no value"));
                writeln!(tables, "| `{name}` | `{default}` | {text} |").unwrap();
            }
        }
    }
    let readme = read("README.md");
    let (before, present) = readme.split_once("\n## Values\n").unwrap();
    if std::env::var("TRYCMD").is_ok_and(|how| how == "overwrite") {
        std::fs::write(path("README.md"), format!("{before}\n## Values\n{tables}")).unwrap();
        return;
    }
    assert_eq!(present, tables, "README.md and the comments of values.yaml differ: run this with TRYCMD=overwrite");
}

#[test]
fn every_value_is_in_the_schema_and_has_a_comment() {
    let schema: Value = serde_json::from_str(&read("values.schema.json")).unwrap();
    let mut names = Vec::new();
    leaves(&schema, &values(), "", &mut names);
    names.sort_unstable();
    let mut commented: Vec<String> = told()
        .into_iter()
        .filter_map(|told| match told {
            Told::Value { name, .. } => Some(name),
            Told::Section(_) => None,
        })
        .collect();
    commented.sort_unstable();
    assert_eq!(commented, names, "left: the comments of values.yaml, right: its values as far as the schema goes");
}

/// The names of all values; a value counts as one name if the schema does not describe what is below it.
fn leaves(schema: &Value, value: &Value, name: &str, out: &mut Vec<String>) {
    let Some(properties) = schema["properties"].as_object() else {
        return out.push(name.to_owned());
    };
    // `global` is shared by all charts of a release, which may have other values there.
    assert!(name == "global" || schema["additionalProperties"] == false, "{name}: a misspelt value must be refused");
    let mut in_schema: Vec<&String> = properties.keys().collect();
    let mut in_values: Vec<&String> = value.as_object().unwrap().keys().collect();
    in_schema.sort_unstable();
    in_values.sort_unstable();
    assert_eq!(in_schema, in_values, "{name}");
    for key in in_schema {
        let below = if name.is_empty() { key.clone() } else { format!("{name}.{key}") };
        leaves(&properties[key], &value[key], &below, out);
    }
}

#[test]
fn the_chart_has_the_version_of_the_tool() {
    let chart: Value = serde_saphyr::from_str(&read("Chart.yaml")).unwrap();
    assert_eq!(chart["appVersion"], env!("CARGO_PKG_VERSION"));
    assert_eq!(chart["annotations"]["artifacthub.io/license"], env!("CARGO_PKG_LICENSE"));
}
