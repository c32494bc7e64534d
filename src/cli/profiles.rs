use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::{Format, OutputArgs};

/// Arguments of `capmodel profiles`.
#[derive(Args, Debug)]
pub struct ProfilesArgs {
    /// What to do.
    #[command(subcommand)]
    pub command: ProfilesCommand,
}

/// What to do with profiles.
#[derive(Debug, Subcommand)]
pub enum ProfilesCommand {
    /// The built-in profiles, a line each
    List {
        /// Form and place of the result
        #[command(flatten)]
        output: OutputArgs,
    },
    /// Every number of a profile with its source
    Show {
        /// Built-in name, or a .toml file
        #[arg(value_name = "NAME|FILE")]
        profile: String,
        /// Which numbers of the profile
        #[arg(long, value_enum, default_value = "article")]
        evidence: super::estimate::EvidenceArg,
        /// Form and place of the result
        #[command(flatten)]
        output: OutputArgs,
    },
    /// Whether a file is a valid profile
    Check {
        /// The file
        file: PathBuf,
    },
}

impl ProfilesCommand {
    /// Form of the result, where there is one.
    pub fn format(&self) -> Option<Format> {
        match self {
            Self::List { output } | Self::Show { output, .. } => Some(output.format),
            Self::Check { .. } => None,
        }
    }
}
