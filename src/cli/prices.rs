use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::{KubeletArgs, OutputArgs};
use crate::model::Provider;

/// Arguments of `capmodel prices`.
#[derive(Args, Debug)]
pub struct PricesArgs {
    /// What to do.
    #[command(subcommand)]
    pub command: PricesCommand,
}

/// What to do with prices.
#[derive(Debug, Subcommand)]
pub enum PricesCommand {
    /// The providers' regions with the dates of their prices; with --region, the types of one region
    List {
        /// Only this provider
        #[arg(long, value_name = "aws|gcp|azure|on-prem")]
        provider: Option<Provider>,
        /// The types of this region of --provider
        #[arg(long, requires = "provider")]
        region: Option<String>,
        /// Own price table (CSV), laid over the built-in catalogue
        #[arg(long, value_name = "FILE")]
        prices: Option<PathBuf>,
        /// Form and place of the result
        #[command(flatten)]
        output: OutputArgs,
    },
    /// One instance type: shape, what it offers to pods, and its prices by region
    Show {
        /// Its name, for example m6i.large
        #[arg(value_name = "TYPE")]
        instance_type: String,
        /// Whose type [default: the one that has it]
        #[arg(long, value_name = "aws|gcp|azure|on-prem")]
        provider: Option<Provider>,
        /// Only this region
        #[arg(long)]
        region: Option<String>,
        /// What the kubelets of its nodes keep back and admit
        #[command(flatten)]
        kubelet: KubeletArgs,
        /// Own price table (CSV), laid over the built-in catalogue
        #[arg(long, value_name = "FILE")]
        prices: Option<PathBuf>,
        /// Form and place of the result
        #[command(flatten)]
        output: OutputArgs,
    },
    /// What a core and a GiB cost inside the machines of each price group of a region, and how well that fits
    Groups {
        /// Whose
        #[arg(long, default_value = "aws", value_name = "aws|gcp|azure|on-prem")]
        provider: Provider,
        /// Where [default: us-east-1, us-central1, eastus]
        #[arg(long)]
        region: Option<String>,
        /// Own price table (CSV), laid over the built-in catalogue
        #[arg(long, value_name = "FILE")]
        prices: Option<PathBuf>,
        /// Form and place of the result
        #[command(flatten)]
        output: OutputArgs,
    },
    /// Whether a file is a valid price table
    Check {
        /// The file
        file: PathBuf,
    },
}
