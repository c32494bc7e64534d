//! The arguments of `capmodel prices`.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

use super::{KubeletArgs, OutputArgs};
use crate::model::nodes::Provider;

/// Arguments of `capmodel prices`.
#[derive(Args, Debug)]
pub struct PricesArgs {
    /// The subcommand.
    #[command(subcommand)]
    pub command: PricesCommand,
}

/// The subcommands of `capmodel prices`.
#[derive(Debug, Subcommand)]
pub enum PricesCommand {
    /// List regions and the dates of their prices, or with --region the instance types of one region
    List {
        /// Only this provider
        #[arg(long, value_name = "PROVIDER", value_parser = super::provider_name())]
        provider: Option<Provider>,
        /// List the instance types of this region
        #[arg(long, requires = "provider")]
        region: Option<String>,
        /// Price table (CSV) that overrides the built-in prices
        #[arg(long, value_name = "FILE")]
        prices: Option<PathBuf>,
        /// Negotiated discounts and fixed prices (TOML), applied to the list prices
        #[arg(long, value_name = "FILE")]
        pricing: Option<PathBuf>,
        /// Format and destination of the output
        #[command(flatten)]
        output: OutputArgs,
    },
    /// Show an instance type: shape, allocatable resources and prices by region
    Show {
        /// Name of the instance type, for example m6i.large
        #[arg(value_name = "TYPE")]
        instance_type: String,
        /// Provider [default: the one that offers this type]
        #[arg(long, value_name = "PROVIDER", value_parser = super::provider_name())]
        provider: Option<Provider>,
        /// Only this region
        #[arg(long)]
        region: Option<String>,
        /// What the kubelet reserves on such a node, and how many pods it admits
        #[command(flatten)]
        kubelet: KubeletArgs,
        /// Price table (CSV) that overrides the built-in prices
        #[arg(long, value_name = "FILE")]
        prices: Option<PathBuf>,
        /// Negotiated discounts and fixed prices (TOML), applied to the list prices
        #[arg(long, value_name = "FILE")]
        pricing: Option<PathBuf>,
        /// Format and destination of the output
        #[command(flatten)]
        output: OutputArgs,
    },
    /// Show the fitted price of a core and a GiB for each group of instance families, with the residual
    Groups {
        /// Cloud provider
        #[arg(long, default_value = "aws", value_name = "PROVIDER", value_parser = super::provider_name())]
        provider: Provider,
        /// Region [default: us-east-1, us-central1 or eastus]
        #[arg(long)]
        region: Option<String>,
        /// Price table (CSV) that overrides the built-in prices
        #[arg(long, value_name = "FILE")]
        prices: Option<PathBuf>,
        /// Format and destination of the output
        #[command(flatten)]
        output: OutputArgs,
    },
    /// Turn a provider's own price list into a price table for --prices
    Import {
        /// Format of the list
        #[arg(value_name = "aws|azure|gcp|opencost")]
        format: ListFormatArg,
        /// The lists, JSON or CSV, plain or gzip; - for standard input
        #[arg(value_name = "FILE", required = true)]
        files: Vec<PathBuf>,
        /// Only this region (may be repeated)
        #[arg(long)]
        region: Vec<String>,
        /// Write the table to this file instead of stdout (atomically)
        #[arg(short, long, value_name = "FILE")]
        output: Option<PathBuf>,
    },
    /// Validate a price table (CSV) or a pricing file (TOML)
    Check {
        /// Path of the file, or - for standard input; a name that ends in .toml is a pricing file
        file: PathBuf,
        /// Count the nodes of this cluster snapshot by the rule of the pricing file that prices them, instead of the built-in prices
        #[arg(long, value_name = "SNAPSHOT")]
        cluster: Option<PathBuf>,
        /// Price table (CSV) that overrides the built-in prices which the pricing file refers to
        #[arg(long, value_name = "FILE")]
        prices: Option<PathBuf>,
    },
}

/// Whose price list it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ListFormatArg {
    /// Bulk price list of AmazonEC2 (index.json)
    Aws,
    /// Pages of the Azure Retail Prices API
    Azure,
    /// Pages of services.skus.list of the Cloud Billing Catalog API
    Gcp,
    /// Custom pricing file of OpenCost
    Opencost,
}
