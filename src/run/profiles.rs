//! `capmodel profiles`.

use super::{Failure, Outcome, deliver};
use crate::cli::ProfilesCommand;
use crate::inputs::files::{parse_profile, profile_file, profile_names, profile_source};
use crate::model::Evidence;
use crate::outputs;
use crate::settings::OutputSettings;

pub(super) fn run(command: ProfilesCommand) -> Result<Outcome, Failure> {
    match command {
        ProfilesCommand::List { output } => {
            let output = OutputSettings::resolve(output);
            let profiles = profile_names()
                .map(|name| parse_profile(&profile_source(name)?, Evidence::Article))
                .collect::<Result<Vec<_>, _>>()?;
            deliver(outputs::profile_list(&profiles, &output)?, 0, &output)
        }
        ProfilesCommand::Show { profile, evidence, output } => {
            let output = OutputSettings::resolve(output);
            let profile = parse_profile(&profile_source(&profile)?, evidence.into())?;
            deliver(outputs::profile_sheet(&profile, &output)?, 0, &output)
        }
        ProfilesCommand::Check { file } => {
            let source = profile_file(&file)?;
            let mut found = Vec::new();
            for evidence in [Evidence::Article, Evidence::Measured] {
                match parse_profile(&source, evidence) {
                    Ok(profile) => found.push((evidence.name(), profile.name)),
                    Err(crate::inputs::files::FileError::NoEvidence { .. }) => {}
                    Err(error) => return Err(error.into()),
                }
            }
            let sets: Vec<&str> = found.iter().map(|(evidence, _)| *evidence).collect();
            let name = found.first().map_or("", |(_, name)| name);
            let stdout = format!("{}: valid profile {name} with {} values\n", file.display(), sets.join(" and "));
            Ok(Outcome { stdout: stdout.into_bytes(), ..Outcome::default() })
        }
    }
}
