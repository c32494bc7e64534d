use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::{Discreet, OutputArgs};
use crate::model::Provider;

/// Arguments of `capmodel report`.
#[derive(Args, Debug)]
pub struct ReportArgs {
    /// Snapshots of one cluster, each of which stands for an equal part of the time [default: the cluster itself]
    #[arg(value_name = "SNAPSHOT")]
    #[cfg_attr(not(feature = "live"), arg(required = true))]
    pub snapshots: Vec<PathBuf>,
    /// What makes a row: namespace, workload, label:KEY, or a file of owners ending in .toml
    #[arg(long, value_name = "GROUPING", default_value = "namespace", value_parser = by)]
    pub by: ByArg,
    /// A namespace that everyone pays for (repeat)
    #[arg(long, value_name = "NAMESPACE")]
    pub shared_namespace: Vec<String>,
    /// How the control plane and shared namespaces are given to rows
    #[arg(long, value_enum, default_value = "proportional", value_name = "HOW")]
    pub split_shared: SplitArg,
    /// How what nobody asked for is given to rows
    #[arg(long, value_enum, default_value = "none", value_name = "HOW")]
    pub split_idle: SplitArg,
    /// Whose prices pods are at where no node may be read, as under a Role: aws, gcp, azure or on-prem
    #[arg(long, value_name = "PROVIDER", default_value = "aws")]
    pub provider: Provider,
    /// Region of the provider, for the same [default: us-east-1, us-central1, eastus]
    #[arg(long, value_name = "REGION")]
    pub region: Option<String>,
    /// Own price table (CSV), laid over the built-in catalogue
    #[arg(long, value_name = "FILE")]
    pub prices: Option<PathBuf>,
    /// The calendar month that is reported: last, or as 2026-11 [default: the last --window where there is history, else
    /// the cluster as it is, for 730 hours]
    #[arg(long, value_name = "last|YYYY-MM")]
    pub month: Option<crate::settings::MonthText>,
    /// Whose clocks the month is by, as Europe/Berlin
    #[arg(long, value_name = "ZONE", default_value = "UTC", value_parser = zone)]
    pub timezone: jiff::tz::TimeZone,
    /// Name of the cluster in the report [default: the snapshot's, or the context's]
    #[arg(long, value_name = "NAME", value_parser = super::cluster_name)]
    pub cluster_name: Option<String>,
    /// A folder of snapshots of this cluster that stand for the past where Prometheus has none of it
    #[arg(long, value_name = "FOLDER")]
    pub history: Option<PathBuf>,
    /// Without Prometheus: what a process of a workload says at its /metrics, like shop/web=http://10.0.0.7:8080/metrics or
    /// shop/web=metrics.txt (repeat); two of one process, some seconds apart, tell its rates now and not since its start
    #[arg(long, value_name = "NAMESPACE/NAME=FILE|URL", value_parser = Discreet::<super::ScrapeArg>::new())]
    pub scrape: Vec<super::ScrapeArg>,
    /// How the cluster is reached, where no snapshot is named
    #[cfg(feature = "live")]
    #[command(flatten)]
    pub cluster: super::ClusterArgs,
    /// Where the history is read from
    #[cfg(feature = "live")]
    #[command(flatten)]
    pub prometheus: super::PrometheusArgs,
    /// Where the result goes as well
    #[command(flatten)]
    pub delivery: super::DeliveryArgs,
    /// Form and place of the result
    #[command(flatten)]
    pub output: OutputArgs,
}

/// What makes a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ByArg {
    /// A namespace.
    Namespace,
    /// A workload.
    Workload,
    /// A value of this label.
    Label(String),
    /// Owners of this file.
    Owners(PathBuf),
}

fn by(text: &str) -> Result<ByArg, String> {
    match text {
        "namespace" => Ok(ByArg::Namespace),
        "workload" => Ok(ByArg::Workload),
        _ => match text.strip_prefix("label:") {
            Some("") => Err("name the label: label:KEY".to_owned()),
            Some(key) => Ok(ByArg::Label(key.to_owned())),
            None if text.to_ascii_lowercase().ends_with(".toml") => Ok(ByArg::Owners(text.into())),
            None => Err("write namespace, workload, label:KEY, or a file of owners ending in .toml".to_owned()),
        },
    }
}

fn zone(name: &str) -> Result<jiff::tz::TimeZone, String> {
    jiff::tz::TimeZone::get(name).map_err(|_| "no such time zone; write a name like UTC or Europe/Berlin".to_owned())
}

/// How something that is nobody's own is given to rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum SplitArg {
    /// The same to every row
    Even,
    /// By what each row pays for cores, memory and accelerators
    Proportional,
    /// By the weights in the file of owners that --by names
    Weighted,
    /// Not at all: it is a row of its own
    None,
}
