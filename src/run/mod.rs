//! One file a command: the only place that joins inputs, model and outputs.

mod article;
mod basis;
#[cfg(feature = "live")]
mod check;
mod cluster;
mod cluster_basis;
mod delivery;
mod estimate;
#[cfg(feature = "live")]
mod history;
mod machines;
mod prices;
mod profiles;
mod rbac;
mod report;
mod scrape;
mod service;
#[cfg(feature = "live")]
mod snapshot;
mod workload;

use std::io::{self, Write};
use std::path::PathBuf;

use clap::CommandFactory;

use crate::cli::{Cli, Command, ReportArgs};
use crate::inputs::files::{FileError, SnapshotError};
#[cfg(feature = "live")]
use crate::inputs::kube::KubeError;
use crate::inputs::prices::PricesError;
#[cfg(feature = "live")]
use crate::inputs::prometheus::PrometheusError;
use crate::model::UnknownReference;
use crate::model::queueing::TableError;
use crate::outputs;
#[cfg(feature = "live")]
use crate::settings::{CheckSettings, SnapshotSettings};
use crate::settings::{DeliverySettings, EstimateSettings, OutputSettings, ReportSettings, SettingsError, month_of};

pub use delivery::Pending;

/// What a command leaves behind.
#[derive(Debug, Default)]
pub struct Outcome {
    /// For standard output.
    pub stdout: Vec<u8>,
    /// Exit code.
    pub code: u8,
    /// What is still to be delivered once `stdout` is printed.
    pub pending: Option<Pending>,
}

/// Exit code of a plan that cannot be.
const INFEASIBLE: u8 = 6;

/// Why a command did not finish. The exit code says whose fault it is.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// A file that a person wrote or named.
    #[error(transparent)]
    File(#[from] FileError),
    /// A snapshot that a person named.
    #[error(transparent)]
    Snapshot(#[from] SnapshotError),
    /// A cluster that cannot be read.
    #[cfg(feature = "live")]
    #[error(transparent)]
    Cluster(#[from] KubeError),
    /// A price, a table of prices, or a name that is in none.
    #[error(transparent)]
    Prices(#[from] PricesError),
    /// The environment.
    #[error(transparent)]
    Settings(#[from] SettingsError),
    /// The tables that ship inside are not readable.
    #[error(transparent)]
    Tables(#[from] TableError),
    /// A value that does not fit the others.
    #[error("{0}")]
    Value(String),
    /// The claims that ship inside name something that is not there.
    #[error(transparent)]
    Claims(#[from] UnknownReference),
    /// There is no plan to write out.
    #[error("{0}")]
    Infeasible(String),
    /// Prometheus.
    #[cfg(feature = "live")]
    #[error(transparent)]
    Prometheus(#[from] PrometheusError),
    /// The result could not be written to the file that was named.
    #[error("cannot write {}", path.display())]
    Write {
        /// Which file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// The result could not be printed.
    #[error("cannot write to standard output")]
    Stdout(#[source] io::Error),
    /// Deliveries that failed; why is said where it happened.
    #[error("{failed} of {all} deliveries failed; the report itself was printed")]
    Undelivered {
        /// How many failed.
        failed: usize,
        /// How many there were.
        all: usize,
    },
    /// A result that cannot be put into its format.
    #[error("cannot make the output")]
    Encode(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl Failure {
    /// 1 a bug · 2 usage · 3 an input file or value is wrong · 4 a cluster or a delivery target is unreachable, refuses or
    /// is incomplete · 6 no plan is feasible.
    pub const fn code(&self) -> u8 {
        match self {
            Self::Claims(_) | Self::Tables(_) | Self::Encode(_) | Self::Prices(PricesError::Shipped { .. }) => 1,
            Self::Settings(SettingsError::File(_)) => 3,
            #[cfg(feature = "live")]
            Self::Settings(SettingsError::Prometheus(_)) => 3,
            Self::Settings(_) => 2,
            Self::Undelivered { .. } => 4,
            Self::Infeasible(_) => INFEASIBLE,
            #[cfg(feature = "live")]
            Self::Cluster(error) => error.code(),
            #[cfg(feature = "live")]
            Self::Prometheus(error) => {
                if error.is_input() {
                    3
                } else {
                    4
                }
            }
            Self::File(_)
            | Self::Snapshot(_)
            | Self::Prices(_)
            | Self::Value(_)
            | Self::Write { .. }
            | Self::Stdout(_) => 3,
        }
    }
}

/// Runs one command.
///
/// # Errors
/// [`Failure`], with the exit code in it.
pub fn run(cli: Cli) -> Result<Outcome, Failure> {
    match cli.command {
        Command::Estimate(args) => estimate::run(&EstimateSettings::resolve(*args)?),
        Command::Profiles(args) => profiles::run(args.command),
        Command::Prices(args) => prices::run(args.command),
        #[cfg(feature = "live")]
        Command::Snapshot(args) => snapshot::run(&SnapshotSettings::resolve(*args)?),
        #[cfg(feature = "live")]
        Command::Check(args) => check::run(&CheckSettings::resolve(*args)?),
        Command::Rbac(args) => rbac::run(args),
        Command::Report(args) => report_and_tell(*args),
        Command::Completions { shell } => {
            let mut stdout = Vec::new();
            clap_complete::generate(shell, &mut Cli::command(), "capmodel", &mut stdout);
            Ok(Outcome { stdout, ..Outcome::default() })
        }
        Command::Man { command } => {
            let mut stdout = Vec::new();
            clap_mangen::Man::new(manual(command.as_deref())?)
                .render(&mut stdout)
                .map_err(|e| Failure::Encode(e.into()))?;
            Ok(Outcome { stdout, ..Outcome::default() })
        }
    }
}

/// Who waits for a report is known first, so that they are told also of what is wrong with the rest.
fn report_and_tell(mut args: ReportArgs) -> Result<Outcome, Failure> {
    let delivery = DeliverySettings::resolve(std::mem::take(&mut args.delivery))?;
    let (told, cluster) = (delivery.clone(), args.cluster_name.clone());
    let month = month_of(args.month, &args.timezone);
    match ReportSettings::resolve(args, delivery) {
        Ok(settings) => report::run(&settings),
        Err(error) => {
            let failure = Failure::from(error);
            if let Some(month) = month {
                delivery::tell_no_report(&told, cluster.as_deref(), month, &failure);
            }
            Err(failure)
        }
    }
}

/// The command whose page is wanted.
fn manual(command: Option<&str>) -> Result<clap::Command, Failure> {
    let mut whole = Cli::command();
    whole.build();
    let Some(name) = command else { return Ok(whole) };
    let names: Vec<String> = whole.get_subcommands().map(|c| c.get_name().to_owned()).collect();
    let page = whole.find_subcommand(name).cloned();
    page.ok_or_else(|| Failure::Value(format!("there is no command `{name}`; there are {}", names.join(", "))))
}

/// What runs the connections of one command.
#[cfg(feature = "live")]
fn runtime() -> Result<tokio::runtime::Runtime, Failure> {
    tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(|e| Failure::Encode(e.into()))
}

/// Sends a finished result where it was asked for.
fn deliver(bytes: Vec<u8>, code: u8, output: &OutputSettings) -> Result<Outcome, Failure> {
    let Some(path) = &output.file else { return Ok(Outcome { stdout: bytes, code, ..Outcome::default() }) };
    outputs::write_atomically(path, &bytes).map_err(|source| Failure::Write { path: path.clone(), source })?;
    Ok(Outcome { code, ..Outcome::default() })
}

/// Progress is for whoever watches; where nobody can, it is lost.
fn tell(line: &str) {
    let _ = writeln!(io::stderr().lock(), "{line}");
}
