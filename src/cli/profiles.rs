//! The arguments of `capmodel profiles`.

use std::path::PathBuf;
use std::str::FromStr;

use clap::{Args, Subcommand, ValueEnum};

use super::{ColorArg, Format, OutputArgs};
use crate::inputs::files::{LoadTestFiles, check_own_name};
use crate::model::report::ScrapeTarget;
use crate::units::CpuMillis;

/// Arguments of `capmodel profiles`.
#[derive(Args, Debug)]
pub struct ProfilesArgs {
    /// The subcommand.
    #[command(subcommand)]
    pub command: ProfilesCommand,
}

/// The subcommands of `capmodel profiles`.
#[derive(Debug, Subcommand)]
pub enum ProfilesCommand {
    /// List the built-in profiles
    List {
        /// Format and destination of the output
        #[command(flatten)]
        output: OutputArgs,
    },
    /// Show every value of a profile with its source
    Show {
        /// Built-in name, or path of a TOML file
        #[arg(value_name = "NAME|FILE")]
        profile: String,
        /// Set of profile values to show [default: article, or the only one that the file has]
        #[arg(long, value_enum)]
        evidence: Option<super::estimate::EvidenceArg>,
        /// Format and destination of the output
        #[command(flatten)]
        output: ProfileOutputArgs,
    },
    /// Fit a profile to load tests, or to a running service whose usage is in a snapshot
    Fit(Box<FitArgs>),
    /// Validate a profile
    Check {
        /// Path of the TOML file
        file: PathBuf,
    },
}

/// Where a profile goes.
#[derive(Args, Debug)]
#[command(next_help_heading = "Output")]
pub struct ProfileOutputArgs {
    /// Output format
    #[arg(short, long, value_enum, default_value_t, value_name = "FORMAT")]
    pub format: ProfileFormat,
    /// Write the output to this file instead of stdout (atomically)
    #[arg(short, long, value_name = "FILE", value_parser = super::output_file)]
    pub output: Option<PathBuf>,
    /// Columns of the table format; what does not fit is dropped or wrapped [default: $COLUMNS, the terminal's, or 80]
    #[arg(long, value_name = "COLUMNS", value_parser = clap::value_parser!(u16).range(40..=1000))]
    pub width: Option<u16>,
    /// When to use colours in the table format; auto considers the terminal, NO_COLOR and CLICOLOR_FORCE
    #[arg(long, value_enum, default_value_t, value_name = "WHEN")]
    pub color: ColorArg,
}

/// Form of a profile.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum ProfileFormat {
    /// Plain-text tables
    #[default]
    Table,
    /// JSON (schema v1)
    Json,
    /// Markdown
    Markdown,
    /// CSV
    Csv,
    /// One HTML page that loads nothing
    Html,
    /// A file for --profile, to start a profile of your own from
    Toml,
}

impl From<ProfileOutputArgs> for OutputArgs {
    fn from(args: ProfileOutputArgs) -> Self {
        let ProfileOutputArgs { format, output, width, color } = args;
        let format = match format {
            ProfileFormat::Table => Format::Table,
            // A file is for programs, too.
            ProfileFormat::Json | ProfileFormat::Toml => Format::Json,
            ProfileFormat::Markdown => Format::Markdown,
            ProfileFormat::Csv => Format::Csv,
            ProfileFormat::Html => Format::Html,
        };
        Self { format, output, width, color }
    }
}

/// Arguments of `capmodel profiles fit`.
#[derive(Args, Debug)]
#[command(group(clap::ArgGroup::new("source").args(["from", "load_test"]).required(true)))]
pub struct FitArgs {
    /// Path of a snapshot that was taken with --prometheus
    #[arg(long, value_name = "SNAPSHOT", requires = "service")]
    pub from: Option<PathBuf>,
    /// Namespace and name of the service
    #[arg(long, value_name = "NAMESPACE/NAME", requires = "from")]
    pub service: Option<ScrapeTarget>,
    /// Output of wrk, wrk2, hey, oha, k6 or vegeta, or a CSV file with a line for each run
    ///
    /// BEFORE and AFTER are readings of the service's CPU counter before and after that run: cpu.stat or cpuacct.usage of
    /// its control group, or its metrics. A CSV file has the columns rate_per_second, cpu_seconds_per_request and
    /// limit_cores
    #[arg(long, value_name = "FILE[,BEFORE,AFTER]", num_args = 1.., requires = "profile")]
    pub load_test: Vec<LoadTestArg>,
    /// Profile of the tested runtime: a built-in name, or the path of a TOML file
    ///
    /// It supplies what load tests do not show: server model, memory, image size, cold start and pod
    #[arg(long, value_name = "NAME|FILE", requires = "load_test")]
    pub profile: Option<String>,
    /// CPU limit under which the service was tested [default: the column limit_cores]
    #[arg(long, value_name = "CPU", requires = "load_test")]
    pub cpu_limit: Option<CpuMillis>,
    /// Name of the fitted profile [default: load-tested]
    #[arg(long, value_name = "NAME", requires = "load_test", value_parser = own_name)]
    pub name: Option<String>,
    /// Write the profile to this file instead of stdout (atomically)
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
}

fn own_name(text: &str) -> Result<String, String> {
    check_own_name(text).map(|()| text.to_owned())
}

/// Value of `--load-test`: `FILE`, or `FILE,BEFORE,AFTER`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoadTestArg(pub LoadTestFiles);

impl FromStr for LoadTestArg {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let parts: Vec<&str> = text.split(',').collect();
        if parts.iter().any(|part| part.is_empty()) {
            return Err("a file name is empty; expected FILE or FILE,BEFORE,AFTER".to_owned());
        }
        match parts.as_slice() {
            [report] => Ok(Self(LoadTestFiles { report: report.into(), cpu: None })),
            [report, before, after] => {
                Ok(Self(LoadTestFiles { report: report.into(), cpu: Some((before.into(), after.into())) }))
            }
            _ => Err("expected FILE or FILE,BEFORE,AFTER, for example wrk.txt,cpu-1.stat,cpu-2.stat".to_owned()),
        }
    }
}
