//! What a person types. Only clap lives here; [`crate::settings`] turns it into complete values.

#[cfg(feature = "live")]
mod check;
mod delivery;
mod discreet;
mod estimate;
mod kubelet;
mod prices;
mod profiles;
#[cfg(feature = "live")]
mod prometheus;
mod rbac;
mod report;
mod scrape;
#[cfg(feature = "live")]
mod snapshot;

#[cfg(feature = "live")]
pub use check::CheckArgs;
pub use delivery::DeliveryArgs;
use discreet::Discreet;
pub use estimate::{ArchArg, BalancerArg, CapacityTypeArg, EmitArg, EstimateArgs, EvidenceArg};
pub use kubelet::KubeletArgs;
pub use prices::{PricesArgs, PricesCommand};
pub use profiles::{ProfilesArgs, ProfilesCommand};
#[cfg(feature = "live")]
pub use prometheus::PrometheusArgs;
pub use rbac::RbacArgs;
pub use report::{ByArg, ReportArgs, SplitArg};
pub use scrape::ScrapeArg;
#[cfg(feature = "live")]
pub use snapshot::{ClusterArgs, SnapshotArgs};

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

/// How many pods, how many nodes and how many dollars a month traffic needs, in one runtime or another, and how sure
/// that is.
#[derive(Debug, Parser)]
#[command(name = "capmodel", version, propagate_version = false, max_term_width = 110, arg_required_else_help = true)]
#[command(after_help = EXIT_CODES)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

const EXIT_CODES: &str = "Exit codes: 0 done · 1 a bug · 2 usage · 3 an input file or value is wrong · 4 cluster, \
Prometheus or a delivery target unreachable, refused or incomplete · 6 no estimate is \
feasible\n\nStart with: capmodel estimate --rps 5000";

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Traffic → pods, nodes and dollars a month for several runtimes side by side
    Estimate(Box<EstimateArgs>),
    /// Runtime profiles: list them, show one, check a file
    Profiles(ProfilesArgs),
    /// Prices: list regions or types, show a type, check a file
    Prices(PricesArgs),
    /// What a cluster costs, by namespace and workload, and what of it is idle
    Report(Box<ReportArgs>),
    /// Read a cluster into one file that other commands replay; changes nothing
    #[cfg(feature = "live")]
    Snapshot(Box<SnapshotArgs>),
    /// Print the permissions that reading a cluster needs, ready for kubectl apply
    Rbac(RbacArgs),
    /// What a report needs of cluster, Prometheus and prices: what is there, what is missing, what each loss costs it
    #[cfg(feature = "live")]
    Check(Box<CheckArgs>),
    /// Print a completion script for a shell
    Completions {
        /// Which shell
        shell: clap_complete::Shell,
    },
    /// Print the manual page of capmodel or of one of its commands (roff)
    Man {
        /// Which command
        command: Option<String>,
    },
}

/// Form of the result.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people
    #[default]
    Table,
    /// For programs, schema v1
    Json,
    /// For pull requests
    Markdown,
    /// For spreadsheets
    Csv,
}

/// Where the result goes.
#[derive(Args, Debug)]
#[command(next_help_heading = "Output")]
pub struct OutputArgs {
    /// Form of the result
    #[arg(short, long, value_enum, default_value_t, value_name = "FORMAT")]
    pub format: Format,
    /// Write the result to a file, whole or not at all, instead of stdout
    #[arg(short, long, value_name = "FILE", value_parser = output_file)]
    pub output: Option<PathBuf>,
}

/// `-o json` is what kubectl's users type; here it would silently make a file of that name.
fn output_file(text: &str) -> Result<PathBuf, String> {
    match Format::from_str(text, true) {
        Ok(_) => Err(format!("this names a file; for the form of the result write --format {}", text.to_lowercase())),
        Err(_) if text.is_empty() => Err("the name of the file is empty".to_owned()),
        Err(_) => Ok(PathBuf::from(text)),
    }
}

/// A name that can be printed and be one part of a path, with every byte written as three.
fn cluster_name(text: &str) -> Result<String, String> {
    if text.trim().is_empty() || text.len() > 200 || text.contains(char::is_control) {
        return Err("the name of a cluster has 1 to 200 bytes, and no control characters".to_owned());
    }
    Ok(text.to_owned())
}
