//! Reads the embedded price groups.

use std::collections::BTreeSet;

use serde::Deserialize;

use super::PricesError;
use crate::model::pricing::{PriceGroup, PriceGroups};

const FILE: &str = "profiles/prices/groups.toml";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    group: Vec<Group>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Group {
    name: String,
    provider: String,
    arch: String,
    families: Vec<String>,
    #[serde(default)]
    basis: bool,
}

/// The embedded price groups, in the order of the file.
///
/// # Errors
/// [`PricesError::Shipped`], only if the embedded file is invalid, which is a bug.
pub fn price_groups() -> Result<PriceGroups, PricesError> {
    parse(include_str!("../../../profiles/prices/groups.toml"))
}

fn parse(text: &str) -> Result<PriceGroups, PricesError> {
    let fail = |reason: String| PricesError::Shipped { file: FILE, reason };
    let file: File = toml::from_str(text).map_err(|e| fail(e.to_string()))?;
    let mut families = BTreeSet::new();
    let mut bases = BTreeSet::new();
    let mut groups = Vec::new();
    for group in file.group {
        let named = |e: crate::units::ParseError| fail(format!("{}: {e}", group.name));
        let (provider, arch) = (group.provider.parse().map_err(named)?, group.arch.parse().map_err(named)?);
        if let Some(family) = group.families.iter().find(|f| !families.insert((provider, (*f).clone()))) {
            return Err(fail(format!("{}: {family} is in two groups", group.name)));
        }
        if group.families.is_empty() || (group.basis && !bases.insert((provider, arch))) {
            return Err(fail(format!("{}: no family, or a second basis of {provider} {arch}", group.name)));
        }
        groups.push(PriceGroup { name: group.name, provider, arch, families: group.families, basis: group.basis });
    }
    Ok(PriceGroups::new(groups))
}

#[cfg(test)]
mod tests {
    use super::*;

    const GROUP: &str = "[[group]]\nname = \"g\"\nprovider = \"aws\"\narch = \"amd64\"\nfamilies = [\"c6i\"]\n";

    #[test]
    fn the_embedded_file_is_valid() {
        assert!(price_groups().unwrap().iter().count() > 30);
    }

    #[test]
    fn invalid_files_are_refused() {
        assert!(parse(GROUP).is_ok());
        for (text, why) in [
            (GROUP.replace("aws", "awz"), "g: `awz` is not a provider"),
            (GROUP.replace("amd64", "x86"), "not an architecture"),
            (format!("{GROUP}unit = 1\n"), "unknown field"),
            (format!("{GROUP}{GROUP}"), "c6i is in two groups"),
            (GROUP.replace("\"c6i\"", ""), "no family"),
            (format!("{GROUP}basis = true\n{}basis = true\n", GROUP.replace("c6i", "m6i")), "second basis"),
        ] {
            let error = parse(&text).unwrap_err().to_string();
            assert!(error.contains(why), "{error}");
        }
    }
}
