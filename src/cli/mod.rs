//! The command-line arguments. Only this module uses clap; [`crate::settings`] turns the arguments into complete
//! values.

#[cfg(feature = "live")]
mod check;
mod command_line;
mod compare;
mod completion;
mod currency;
mod delivery;
mod estimate;
mod kubelet;
mod prices;
mod profiles;
mod program;
#[cfg(feature = "live")]
mod prometheus;
mod rbac;
mod report;
mod scrape;
mod secret_value;
#[cfg(feature = "live")]
mod snapshot;
mod stored;
mod text;
mod typed;

#[cfg(feature = "live")]
pub use check::CheckArgs;
pub use command_line::{CommandLine, Origin, Refusal, Setting, with_negative_values};
pub use compare::CompareArgs;
pub use completion::completion_script;
pub use currency::CurrencyArgs;
pub use delivery::DeliveryArgs;
pub use estimate::{ArchArg, BalancerArg, CapacityTypeArg, EmitArg, EstimateArgs, EvidenceArg, OnArg};
pub use kubelet::KubeletArgs;
pub use prices::{ListFormatArg, PricesArgs, PricesCommand};
pub use profiles::{FitArgs, LoadTestArg, ProfileFormat, ProfilesArgs, ProfilesCommand};
pub use program::Program;
#[cfg(feature = "live")]
pub use prometheus::PrometheusArgs;
pub use rbac::RbacArgs;
pub use report::{ByArg, ReportArgs, ReportFormat, ReportOutputArgs, SortArg, SplitArg, TeamArg, Top};
pub use scrape::{ScrapeArg, ScrapeSource};
use secret_value::SecretValueParser;
#[cfg(feature = "live")]
pub use snapshot::{ClusterArgs, SnapshotArgs};
pub use stored::{StoredArgs, StoredMonth};
pub use text::{
    DemandText, MonthText, ObservedText, OverheadText, Overrides, PerProfile, RampText, SpeedText, SweepText,
};

pub use typed::{CommandOptions, GivenOption, Takes, Typed};

use std::path::PathBuf;

use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};
use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::model::nodes::Provider;
use crate::outputs::DOCUMENTS;
pub use crate::outputs::Format;

/// Estimate the pods, nodes and monthly cost that a given amount of traffic needs in different runtimes, with intervals
#[derive(Debug, Parser)]
#[command(name = "capmodel", version, propagate_version = false, max_term_width = 110, arg_required_else_help = true)]
#[command(after_help = EXIT_CODES)]
pub struct Cli {
    /// Read settings from this file instead of capmodel.toml or $XDG_CONFIG_HOME/capmodel/config.toml
    #[arg(long, value_name = "FILE", global = true, help_heading = "Settings")]
    pub config: Option<PathBuf>,
    /// Do not read settings from any file
    #[arg(long, global = true, conflicts_with = "config", help_heading = "Settings")]
    pub no_config: bool,
    /// The subcommand.
    #[command(subcommand)]
    pub command: Command,
}

const EXIT_CODES: &str = "Exit codes: 0 success · 1 internal error (please report it) · 2 wrong usage · 3 invalid input \
file or value · 4 the cluster, Prometheus or a delivery target is unreachable, denies access or returns incomplete data · \
5 a gate failed (compare --fail-over) · 6 no feasible plan\n\nStart with: capmodel estimate --rps 5000";

/// The commands of `capmodel`.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Estimate pods, nodes and monthly cost for a given load, for several runtimes side by side
    Estimate(Box<EstimateArgs>),
    /// List, show and validate runtime profiles, or fit one to load tests or a running service
    Profiles(ProfilesArgs),
    /// List and show prices, and validate price tables
    Prices(PricesArgs),
    /// Report what a cluster costs by namespace and workload, and how much of it is idle
    Report(Box<ReportArgs>),
    /// Save a cluster's state to a file that other commands can read (read-only)
    #[cfg(feature = "live")]
    Snapshot(Box<SnapshotArgs>),
    /// Compare two reports, estimates or workloads: what changed and why, with a gate for pull requests
    Compare(CompareArgs),
    /// Show a stored report, or the sum of those of many clusters and months
    Stored(StoredArgs),
    /// Print the RBAC rules that capmodel needs, ready for kubectl apply
    Rbac(RbacArgs),
    /// Check whether the cluster, Prometheus and the price tables have what a report needs, and show what it lacks
    /// otherwise
    #[cfg(feature = "live")]
    Check(Box<CheckArgs>),
    /// Explain a finding: what it means and what to do
    Explain {
        /// Code of the finding, for example price-stale
        code: String,
    },
    /// Print the JSON Schema of a JSON document; without a name, list the documents
    Schema {
        /// Which document
        #[arg(value_parser = PossibleValuesParser::new(DOCUMENTS.map(|document| document.name)))]
        name: Option<String>,
    },
    /// Print a completion script for a shell
    Completions {
        /// Shell to generate for
        shell: clap_complete::Shell,
    },
    /// Print the manual page of capmodel or of one of its commands, in roff format
    Man {
        /// Command to print the page of [default: capmodel itself]
        command: Option<String>,
    },
}

/// The names of the output formats on the command line.
impl ValueEnum for Format {
    fn value_variants<'a>() -> &'a [Self] {
        &[Self::Table, Self::Json, Self::Markdown, Self::Csv, Self::Html]
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        Some(match self {
            Self::Table => PossibleValue::new("table").help("Plain-text tables"),
            Self::Json => PossibleValue::new("json").help("JSON (schema v1)"),
            Self::Markdown => PossibleValue::new("markdown").help("Markdown, for example for pull requests"),
            Self::Csv => PossibleValue::new("csv").help("CSV, for example for spreadsheets"),
            Self::Html => {
                PossibleValue::new("html").help("One HTML page that loads nothing, with plots where there are any")
            }
        })
    }
}

/// Format and destination of the output.
#[derive(Args, Debug)]
#[command(next_help_heading = "Output")]
pub struct OutputArgs {
    /// Output format
    #[arg(short, long, value_enum, default_value_t, value_name = "FORMAT")]
    pub format: Format,
    /// Write the output to this file instead of stdout (atomically)
    #[arg(short, long, value_name = "FILE", value_parser = output_file)]
    pub output: Option<PathBuf>,
    /// Columns of the table format; what does not fit is dropped or wrapped [default: $COLUMNS, the terminal's, or 80]
    #[arg(long, value_name = "COLUMNS", value_parser = clap::value_parser!(u16).range(40..=1000))]
    pub width: Option<u16>,
    /// When to use colours in the table format; auto considers the terminal, NO_COLOR and CLICOLOR_FORCE
    #[arg(long, value_enum, default_value_t, value_name = "WHEN")]
    pub color: ColorArg,
}

/// When a table has colours.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum ColorArg {
    /// On a terminal that supports them
    #[default]
    Auto,
    /// Also in a pipe or a file
    Always,
    /// Never
    Never,
}

/// Refuses `json` and the other format names: users of kubectl type `-o json`, which would write to a file of that
/// name.
fn output_file(text: &str) -> Result<PathBuf, String> {
    match Format::from_str(text, true) {
        Ok(_) => Err(format!("--output takes a file name; did you mean --format {}?", text.to_lowercase())),
        Err(_) if text.is_empty() => Err("the file name is empty".to_owned()),
        Err(_) => Ok(PathBuf::from(text)),
    }
}

/// Parses the name of a provider; shells complete it.
fn provider_name() -> impl TypedValueParser<Value = Provider> {
    PossibleValuesParser::new(Provider::ALL.map(Provider::name)).try_map(|name| name.parse::<Provider>())
}

/// Parses a cluster name, which must be printable and, percent-encoded, fit into one component of a path.
fn cluster_name(text: &str) -> Result<String, String> {
    if text.trim().is_empty() || text.len() > 200 || text.contains(char::is_control) {
        return Err("a cluster name must be 1 to 200 bytes long and must not contain control characters".to_owned());
    }
    Ok(text.to_owned())
}
