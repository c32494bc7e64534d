//! `capmodel report --by FILE.toml`: who owns what.
//!
//! ```toml
//! [[owner]]                      # the first that fits counts; what fits none is `unowned`
//! name = "payments"              # once; not `unowned`, `idle` or `shared`, which are nobody's
//! namespaces = ["pay", "pay-*"]  # `*` stands for any characters
//! weight = 3                     # its part of what is split by weight; 1 where it is not said
//! workloads = ["shop/checkout", "*/CronJob/settle-*"]   # namespace/name or namespace/Kind/name
//! ```

use std::collections::BTreeSet;

use rust_decimal::Decimal;
use rust_decimal::prelude::FromPrimitive;
use serde::Deserialize;

use super::FileError;
use crate::model::report::{OwnerRule, UNOWNED};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    owner: Vec<RawOwner>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawOwner {
    name: String,
    #[serde(default)]
    namespaces: Vec<String>,
    #[serde(default)]
    workloads: Vec<String>,
    #[serde(default = "one")]
    weight: f64,
}

/// Rows of a report that are nobody's.
const RESERVED: [&str; 3] = [UNOWNED, "idle", "shared"];

const fn one() -> f64 {
    1.0
}

/// Reads rules from text; `label` is what the file is called in an error.
///
/// # Errors
/// [`FileError::Invalid`].
pub fn parse_owners(label: &str, text: &str) -> Result<Vec<OwnerRule>, FileError> {
    let invalid = |message| FileError::Invalid { label: label.to_owned(), wanted: "file of owners", message };
    let file: File = toml::from_str(text).map_err(|e| invalid(e.to_string()))?;
    let mut names = BTreeSet::new();
    for owner in &file.owner {
        let name = &owner.name;
        if name.trim().is_empty() || RESERVED.contains(&name.as_str()) || name.contains(char::is_control) {
            return Err(invalid(format!("`{}` cannot be the name of an owner", name.escape_debug())));
        }
        if !names.insert(name) {
            return Err(invalid(format!("{name} is there twice; write all that it owns into one [[owner]]")));
        }
        if owner.namespaces.is_empty() && owner.workloads.is_empty() {
            return Err(invalid(format!("{name} owns nothing; give it namespaces or workloads")));
        }
        if !(owner.weight >= 0.0 && owner.weight <= 1e9) {
            return Err(invalid(format!("{name}: a weight is a number from 0 to 1e9, and not {}", owner.weight)));
        }
        if let Some(short) = owner.workloads.iter().find(|workload| !workload.contains('/')) {
            return Err(invalid(format!("{name}: `{short}` is no workload; write namespace/name")));
        }
    }
    let rule = |o: RawOwner| OwnerRule {
        name: o.name,
        namespaces: o.namespaces,
        workloads: o.workloads,
        weight: Decimal::from_f64(o.weight).unwrap_or_default(),
    };
    Ok(file.owner.into_iter().map(rule).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_and_mistakes() {
        let rules = parse_owners("o.toml", "[[owner]]\nname = \"a\"\nnamespaces = [\"x\"]\n").unwrap();
        assert_eq!(rules[0].namespaces, ["x"]);
        for (text, why) in [
            ("", "missing field `owner`"),
            ("[[owner]]\nname = \"unowned\"\nnamespaces = [\"x\"]\n", "cannot be the name"),
            ("[[owner]]\nname = \"idle\"\nnamespaces = [\"x\"]\n", "cannot be the name"),
            ("[[owner]]\nname = \"shared\"\nnamespaces = [\"x\"]\n", "cannot be the name"),
            ("[[owner]]\nname = \"a\\nb\"\nnamespaces = [\"x\"]\n", "`a\\nb` cannot be the name"),
            (
                "[[owner]]\nname = \"a\"\nnamespaces = [\"x\"]\n[[owner]]\nname = \"a\"\nnamespaces = [\"y\"]\n",
                "a is there twice",
            ),
            ("[[owner]]\nname = \"a\"\n", "owns nothing"),
            ("[[owner]]\nname = \"a\"\nworkloads = [\"web\"]\n", "write namespace/name"),
            ("[[owner]]\nname = \"a\"\nworkloads = [\"a/b\"]\nweight = -1\n", "a weight is a number"),
            ("[[owner]]\nname = \"a\"\nnamespace = [\"x\"]\n", "unknown field"),
        ] {
            let error = parse_owners("o.toml", text).unwrap_err().to_string();
            assert!(error.contains(why), "{error}");
        }
    }
}
