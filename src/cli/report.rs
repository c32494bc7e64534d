//! The arguments of `capmodel report`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::SecretValueParser;
use crate::model::nodes::Provider;

/// Arguments of `capmodel report`.
#[derive(Args, Debug)]
pub struct ReportArgs {
    /// Snapshots of one cluster, each weighted equally [default: read the live cluster]
    #[arg(value_name = "SNAPSHOT")]
    #[cfg_attr(not(feature = "live"), arg(required = true))]
    pub snapshots: Vec<PathBuf>,
    /// Group costs by namespace, workload, label:KEY, or the owners in a TOML file
    #[arg(long, value_name = "GROUPING", default_value = "namespace", value_parser = by)]
    pub by: ByArg,
    /// Namespace whose cost is shared by all others (may be repeated)
    #[arg(long, value_name = "NAMESPACE")]
    pub shared_namespace: Vec<String>,
    /// How shared cost (control plane and shared namespaces) is allocated
    #[arg(long, value_enum, default_value = "proportional", value_name = "HOW")]
    pub split_shared: SplitArg,
    /// How idle cost is allocated
    #[arg(long, value_enum, default_value = "none", value_name = "HOW")]
    pub split_idle: SplitArg,
    /// Provider whose list prices are used when nodes cannot be read, as with a namespaced Role [default: aws]
    #[arg(long, value_name = "PROVIDER", value_parser = super::provider_name())]
    pub provider: Option<Provider>,
    /// Region for --provider [default: us-east-1, us-central1 or eastus]
    #[arg(long, value_name = "REGION")]
    pub region: Option<String>,
    /// Price table (CSV) that overrides the built-in prices
    #[arg(long, value_name = "FILE")]
    pub prices: Option<PathBuf>,
    /// Negotiated discounts and fixed prices (TOML), applied to the list prices
    #[arg(long, value_name = "FILE")]
    pub pricing: Option<PathBuf>,
    /// Bill of the --month, in the columns of FOCUS 1.0 to 1.2 or of the AWS Cost and Usage Report, as CSV, CSV packed
    /// with gzip, or Parquet (may be repeated): compares modelled and billed cost by cause
    #[arg(long, value_name = "FILE")]
    pub bill: Vec<PathBuf>,
    /// Currency of the result
    #[command(flatten)]
    pub currency: super::CurrencyArgs,
    /// Calendar month to report: last, or YYYY-MM [default: the last --window if there is history, otherwise the
    /// current state priced for 730 hours]
    #[arg(long, value_name = "last|YYYY-MM")]
    pub month: Option<super::MonthText>,
    /// Time zone of the calendar month, for example Europe/Berlin
    #[arg(long, value_name = "ZONE", default_value = "UTC", value_parser = zone)]
    pub timezone: jiff::tz::TimeZone,
    /// Name of the cluster in the report [default: the snapshot's, or the context's]
    #[arg(long, value_name = "NAME", value_parser = super::cluster_name)]
    pub cluster_name: Option<String>,
    /// Folder of earlier snapshots of this cluster, used for periods that Prometheus does not cover
    #[arg(long, value_name = "FOLDER")]
    pub history: Option<PathBuf>,
    /// Without Prometheus: metrics of one process of a workload, from a URL or a saved file, for example
    /// shop/web=http://10.0.0.7:8080/metrics or shop/web=metrics.txt (may be repeated). Two scrapes of the same process
    /// give current rates instead of averages since its start
    #[arg(long, value_name = "NAMESPACE/NAME=FILE|URL", value_parser = SecretValueParser::<super::ScrapeArg>::new())]
    pub scrape: Vec<super::ScrapeArg>,
    /// Objective for the p99 response time of every service, used to size it in other styles [default: 50ms]
    #[arg(long, value_name = "TIME", help_heading = "Services")]
    pub slo_p99: Option<crate::units::RequestTime>,
    /// Language of the teams that own the services; decides the advice where the facts of the cluster do not
    #[arg(long, value_enum, value_name = "LANGUAGE", help_heading = "Services")]
    pub team: Option<TeamArg>,
    /// One-time cost of rewriting a service, in the currency of the report, used to compute the payback time
    #[arg(long, value_name = "AMOUNT", value_parser = amount, help_heading = "Services")]
    pub rewrite_cost: Option<crate::units::Money>,
    /// Set of profile values that services in another language are planned with [default: measured]
    #[arg(long, value_enum, help_heading = "Services")]
    pub evidence: Option<super::EvidenceArg>,
    /// Speed of the cluster's cores relative to those that the profiles were measured on, used to plan services in
    /// another language: 0.5 is half as fast [default: unknown, so intervals span what is plausible]
    #[arg(long, value_name = "N|LOW:MID:HIGH", help_heading = "Services")]
    pub cpu_speed: Option<super::SpeedText>,
    /// Expected growth of demand next month that the history does not show, as a factor: 1.3 for a launch or a holiday
    /// that brings every running service 30% more requests
    #[arg(long, value_name = "FACTOR", value_parser = growth, help_heading = "Services")]
    pub growth: Option<crate::model::forecast::Growth>,
    /// Rows that each table shows; the others are summed up
    #[arg(long, value_name = "N|all", default_value = "5", value_parser = top, help_heading = "Output")]
    pub top: Top,
    /// Order of the rows
    #[arg(long, value_enum, default_value_t, value_name = "ORDER", help_heading = "Output")]
    pub sort: SortArg,
    /// Show workloads, requests per pod and all notes
    #[arg(short, long, help_heading = "Output")]
    pub verbose: bool,
    /// Do not print progress while the cluster and Prometheus are read
    #[cfg(feature = "live")]
    #[arg(short, long, help_heading = "Output")]
    pub quiet: bool,
    /// Access to the live cluster, where no snapshot is given
    #[cfg(feature = "live")]
    #[command(flatten)]
    pub cluster: super::ClusterArgs,
    /// Prometheus that the history is read from
    #[cfg(feature = "live")]
    #[command(flatten)]
    pub prometheus: super::PrometheusArgs,
    /// Targets the report is also delivered to
    #[command(flatten)]
    pub delivery: super::DeliveryArgs,
    /// Format and destination of the output
    #[command(flatten)]
    pub output: ReportOutputArgs,
}

/// Where a report goes.
#[derive(Args, Debug)]
#[command(next_help_heading = "Output")]
pub struct ReportOutputArgs {
    /// Output format
    #[arg(short, long, value_enum, default_value_t, value_name = "FORMAT")]
    pub format: ReportFormat,
    /// Write the output to this file instead of stdout (atomically)
    #[arg(short, long, value_name = "FILE", value_parser = super::output_file)]
    pub output: Option<PathBuf>,
    /// Columns of the table format; what does not fit is dropped or wrapped [default: $COLUMNS, the terminal's, or 80]
    #[arg(long, value_name = "COLUMNS", value_parser = clap::value_parser!(u16).range(40..=1000))]
    pub width: Option<u16>,
    /// When to use colours in the table format; auto considers the terminal, NO_COLOR and CLICOLOR_FORCE
    #[arg(long, value_enum, default_value_t, value_name = "WHEN")]
    pub color: super::ColorArg,
}

/// Form of a report.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum ReportFormat {
    /// Plain-text tables
    #[default]
    Table,
    /// JSON (schema v1)
    Json,
    /// Markdown
    Markdown,
    /// CSV
    Csv,
    /// One HTML page that loads nothing, with plots
    Html,
    /// The running services, as a file for estimate --workload
    Workload,
    /// Metrics for Prometheus, with the --top running services that cost most
    #[value(name = "openmetrics")]
    OpenMetrics,
    /// One charge per workload and part of its cost, as CSV in the columns of FOCUS 1.2
    Focus,
    /// The same charges as Parquet, for --output or a store of --deliver
    Parquet,
}

/// What the rows of a report are grouped by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ByArg {
    /// One row per namespace.
    Namespace,
    /// One row per workload.
    Workload,
    /// One row per value of this label.
    Label(String),
    /// One row per owner in this file.
    Owners(PathBuf),
}

fn by(text: &str) -> Result<ByArg, String> {
    match text {
        "namespace" => Ok(ByArg::Namespace),
        "workload" => Ok(ByArg::Workload),
        _ => match text.strip_prefix("label:") {
            Some("") => Err("missing label key: label:KEY".to_owned()),
            Some(key) => Ok(ByArg::Label(key.to_owned())),
            None if text == "-" || text.to_ascii_lowercase().ends_with(".toml") => Ok(ByArg::Owners(text.into())),
            None => Err("expected namespace, workload, label:KEY, or an owners file ending in .toml".to_owned()),
        },
    }
}

/// Maximum number of rows of a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Top(
    /// At most this number of rows.
    pub usize,
);

impl Default for Top {
    /// Five, because three tables of five rows with their headers and the notes fit the 40 lines of a report.
    fn default() -> Self {
        Self(5)
    }
}

pub(super) fn top(text: &str) -> Result<Top, String> {
    match text.parse() {
        Ok(0) | Err(_) if text != "all" => Err("expected a number of rows above 0, or all".to_owned()),
        Ok(rows) => Ok(Top(rows)),
        Err(_) => Ok(Top(usize::MAX)),
    }
}

/// What comes first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum SortArg {
    /// Most expensive rows, or those with the largest saving, first
    #[default]
    Cost,
    /// By name
    Name,
}

fn zone(name: &str) -> Result<jiff::tz::TimeZone, String> {
    // The same zone under the name that Kubernetes and tzdata use.
    if name.eq_ignore_ascii_case("Etc/UTC") {
        return Ok(jiff::tz::TimeZone::UTC);
    }
    jiff::tz::TimeZone::get(name)
        .map_err(|_| "unknown time zone, expected an IANA name such as Europe/Berlin".to_owned())
}

/// The language that the teams of a company know.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum TeamArg {
    /// Mostly Python
    Python,
    /// Mostly Go
    Go,
    /// Both
    Both,
}

/// Parses a positive amount of money: `8000`, `8,000` or `8k`.
fn amount(text: &str) -> Result<crate::units::Money, String> {
    let wrong = || format!("`{text}` is not an amount of US dollars above 0, for example 8000");
    let plain = text.replace(',', "");
    let (number, factor) = match plain.strip_suffix(['k', 'K']) {
        Some(number) => (number, 1000),
        None => (plain.as_str(), 1),
    };
    let number: rust_decimal::Decimal = number.parse().map_err(|_| wrong())?;
    let amount = number.checked_mul(factor.into()).filter(|amount| amount.is_sign_positive() && !amount.is_zero());
    amount.map(crate::units::Money::new).ok_or_else(wrong)
}

/// Parses a growth factor, for example `1.3` for 30 % more.
fn growth(text: &str) -> Result<crate::model::forecast::Growth, String> {
    let factor: Option<f64> = text.parse().ok();
    let growth = factor.and_then(crate::model::forecast::Growth::new);
    growth
        .ok_or_else(|| format!("`{text}` is not a factor above 0 and at most 1000; write for example 1.3 for 30% more"))
}

/// How a cost that belongs to no single row is allocated to rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum SplitArg {
    /// Evenly
    Even,
    /// In proportion to each row's CPU, memory and accelerator cost
    Proportional,
    /// By the weights in the owners file given with --by
    Weighted,
    /// Not allocated: shown as a row of its own
    None,
}
