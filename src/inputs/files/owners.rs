//! `capmodel report --by FILE.toml`: the owners of namespaces and workloads.
//!
//! ```toml
//! [[owner]]                      # the first match applies; workloads without a match are `unowned`
//! name = "payments"              # unique; `unowned`, `idle` and `shared` are reserved
//! namespaces = ["pay", "pay-*"]  # `*` stands for any characters
//! weight = 3                     # its share of weighted splits; default: 1
//! workloads = ["shop/checkout", "*/CronJob/settle-*"]   # namespace/name or namespace/Kind/name
//!
//! [[runtime]]                    # the runtime of workloads whose metrics, commands and images do not identify it
//! name = "python-fastapi"        # language, or language-framework
//! workloads = ["shop/checkout"]  # the first match applies; it overrides the label or annotation capmodel.io/runtime
//! ```

use std::collections::BTreeSet;

use rust_decimal::Decimal;
use rust_decimal::prelude::FromPrimitive;
use serde::Deserialize;

use super::FileError;
use crate::model::report::{OwnerRule, UNOWNED};
use crate::model::services::RuntimeRule;
use crate::model::software::DeclaredRuntime;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    owner: Vec<RawOwner>,
    #[serde(default)]
    runtime: Vec<RawRuntime>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawRuntime {
    name: String,
    workloads: Vec<String>,
}

/// Content of an owners file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnersFile {
    /// Owners with their namespaces and workloads.
    pub owners: Vec<OwnerRule>,
    /// Runtimes that owners declare for workloads.
    pub runtimes: Vec<RuntimeRule>,
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

/// Report rows that belong to no owner.
const RESERVED: [&str; 3] = [UNOWNED, "idle", "shared"];

const fn one() -> f64 {
    1.0
}

/// Parses rules; `label` names the file in errors.
///
/// # Errors
/// [`FileError::Invalid`].
pub fn parse_owners(label: &str, text: &str) -> Result<OwnersFile, FileError> {
    let invalid = |message| FileError::Invalid { label: label.to_owned(), wanted: "owners file", message };
    let file: File = toml::from_str(text).map_err(|e| invalid(e.to_string()))?;
    let mut names = BTreeSet::new();
    for owner in &file.owner {
        let name = &owner.name;
        if name.trim().is_empty() || RESERVED.contains(&name.as_str()) || name.contains(char::is_control) {
            return Err(invalid(format!("`{}` is not allowed as the name of an owner", name.escape_debug())));
        }
        if !names.insert(name) {
            return Err(invalid(format!("{name} is defined twice; merge the two [[owner]] tables")));
        }
        if owner.namespaces.is_empty() && owner.workloads.is_empty() {
            return Err(invalid(format!("{name} owns nothing; add namespaces or workloads")));
        }
        if !(owner.weight >= 0.0 && owner.weight <= 1e9) {
            return Err(invalid(format!("{name}: weight must be a number from 0 to 1e9, not {}", owner.weight)));
        }
        if let Some(short) = owner.workloads.iter().find(|workload| !workload.contains('/')) {
            return Err(invalid(format!("{name}: `{short}` is not a workload; expected namespace/name")));
        }
    }
    let rule = |o: RawOwner| OwnerRule {
        name: o.name,
        namespaces: o.namespaces,
        workloads: o.workloads,
        weight: Decimal::from_f64(o.weight).unwrap_or_default(),
    };
    for runtime in &file.runtime {
        let name = runtime.name.escape_debug();
        if DeclaredRuntime::new(&runtime.name).is_none() {
            return Err(invalid(format!(
                "`{name}` is not a runtime; expected a language such as python, go or python-fastapi"
            )));
        }
        if runtime.workloads.is_empty() {
            return Err(invalid(format!("the runtime {name} has no workloads; add at least one")));
        }
        if let Some(short) = runtime.workloads.iter().find(|workload| !workload.contains('/')) {
            return Err(invalid(format!("{name}: `{short}` is not a workload; expected namespace/name")));
        }
    }
    let runtimes = file.runtime.into_iter().map(|r| RuntimeRule { runtime: r.name, workloads: r.workloads });
    Ok(OwnersFile { owners: file.owner.into_iter().map(rule).collect(), runtimes: runtimes.collect() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_are_read_and_mistakes_are_reported() {
        let rules = parse_owners("o.toml", "[[owner]]\nname = \"a\"\nnamespaces = [\"x\"]\n").unwrap();
        assert_eq!((rules.owners[0].namespaces[0].as_str(), rules.runtimes.len()), ("x", 0));
        let owner = "[[owner]]\nname = \"a\"\nnamespaces = [\"x\"]\n";
        let runtime = |lines: &str| format!("{owner}[[runtime]]\n{lines}\n");
        let rules = parse_owners("o.toml", &runtime("name = \"python-fastapi\"\nworkloads = [\"x/*\"]")).unwrap();
        let rule = RuntimeRule { runtime: "python-fastapi".to_owned(), workloads: vec!["x/*".to_owned()] };
        assert_eq!(rules.runtimes, [rule]);
        for (lines, why) in [
            ("name = \"cobol\"\nworkloads = [\"x/*\"]", "`cobol` is not a runtime"),
            ("name = \"go\"\nworkloads = []", "has no workloads"),
            ("name = \"go\"\nworkloads = [\"x\"]", "expected namespace/name"),
            ("name = \"go\"", "missing field `workloads`"),
        ] {
            let error = parse_owners("o.toml", &runtime(lines)).unwrap_err().to_string();
            assert!(error.contains(why), "{error}");
        }
        for (text, why) in [
            ("", "missing field `owner`"),
            ("[[owner]]\nname = \"unowned\"\nnamespaces = [\"x\"]\n", "is not allowed as the name"),
            ("[[owner]]\nname = \"idle\"\nnamespaces = [\"x\"]\n", "is not allowed as the name"),
            ("[[owner]]\nname = \"shared\"\nnamespaces = [\"x\"]\n", "is not allowed as the name"),
            ("[[owner]]\nname = \"a\\nb\"\nnamespaces = [\"x\"]\n", "`a\\nb` is not allowed as the name"),
            (
                "[[owner]]\nname = \"a\"\nnamespaces = [\"x\"]\n[[owner]]\nname = \"a\"\nnamespaces = [\"y\"]\n",
                "a is defined twice",
            ),
            ("[[owner]]\nname = \"a\"\n", "owns nothing"),
            ("[[owner]]\nname = \"a\"\nworkloads = [\"web\"]\n", "expected namespace/name"),
            ("[[owner]]\nname = \"a\"\nworkloads = [\"a/b\"]\nweight = -1\n", "weight must be a number"),
            ("[[owner]]\nname = \"a\"\nnamespace = [\"x\"]\n", "unknown field"),
        ] {
            let error = parse_owners("o.toml", text).unwrap_err().to_string();
            assert!(error.contains(why), "{error}");
        }
    }
}
