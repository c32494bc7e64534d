//! One file per command: the only place that joins inputs, model and outputs.

mod article;
mod basis;
#[cfg(feature = "live")]
mod check;
mod cluster;
mod cluster_basis;
mod compare;
mod delivery;
mod estimate;
mod explain;
#[cfg(feature = "live")]
mod found_prometheus;
#[cfg(feature = "live")]
mod history;
mod next_steps;
mod place;
mod prices;
mod prices_check;
mod profiles;
#[cfg(feature = "live")]
mod progress;
mod rbac;
mod report;
mod running;
mod schema;
mod scrape;
mod service;
mod services;
#[cfg(feature = "live")]
mod snapshot;
mod stored;
mod stored_usage;
mod workload;

use std::borrow::Cow;
use std::ffi::OsString;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use clap::CommandFactory;

use crate::cli::{Cli, Command, CommandLine, Program, Refusal, ReportArgs, completion_script};
use crate::delivery::DeliveryError;
use crate::fs;
use crate::inputs::bill::BillError;
use crate::inputs::files::{FileError, SnapshotError};
#[cfg(feature = "live")]
use crate::inputs::kube::KubeError;
use crate::inputs::nearest::{did_you_mean, nearest};
use crate::inputs::prices::{ImportError, PricesError};
#[cfg(feature = "live")]
use crate::inputs::prometheus::PrometheusError;
use crate::model::article::UnknownReference;
use crate::model::pricing::{BasisError, Overlap};
use crate::model::queueing::TableError;
use crate::outputs::OutputError;
#[cfg(feature = "live")]
use crate::settings::{CheckSettings, SnapshotSettings};
use crate::settings::{
    CompareSettings, DeliverySettings, EstimateSettings, OutputSettings, ReportSettings, SettingsError, StoredSettings,
    command_line, month_of, now, sources, wrong_setting,
};
use crate::units::Timestamp;

pub use delivery::Pending;

/// The result of a command.
#[derive(Debug, Default)]
pub struct Outcome {
    /// Bytes for standard output.
    pub stdout: Vec<u8>,
    /// Exit code of the process.
    pub code: u8,
    /// Delivery that remains to be done after `stdout` is printed.
    pub pending: Option<Pending>,
}

impl Outcome {
    /// Names this program in printed text as it was started.
    fn rename(&mut self, program: Program) {
        // Binary formats are never printed.
        if let Ok(text) = std::str::from_utf8(&self.stdout)
            && let Cow::Owned(named) = program.named(text)
        {
            self.stdout = named.into_bytes();
        }
    }
}

/// Exit code if no plan is feasible.
const INFEASIBLE: u8 = 6;

/// Why a command failed. The exit code identifies the kind of cause.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// A file that the user wrote or named.
    #[error(transparent)]
    File(#[from] FileError),
    /// A snapshot that the user named.
    #[error(transparent)]
    Snapshot(#[from] SnapshotError),
    /// A cluster that cannot be read.
    #[cfg(feature = "live")]
    #[error(transparent)]
    Cluster(#[from] KubeError),
    /// A price, a price table, or a name without a price.
    #[error(transparent)]
    Prices(#[from] PricesError),
    /// Flags, environment or configuration file.
    #[error(transparent)]
    Settings(#[from] SettingsError),
    /// A message of clap about the command line, or the text of `--help`.
    #[error("{0}")]
    Usage(clap::Error),
    /// The built-in tables cannot be parsed.
    #[error(transparent)]
    Tables(#[from] TableError),
    /// A price list that cannot be imported.
    #[error(transparent)]
    Import(#[from] ImportError),
    /// A bill that cannot be used.
    #[error(transparent)]
    Bill(#[from] BillError),
    /// No instance type or price fits the request.
    #[error(transparent)]
    Basis(#[from] BasisError),
    /// Two rules of a pricing file apply to one node.
    #[error(transparent)]
    Overlap(#[from] Overlap),
    /// A value that conflicts with others.
    #[error("{0}")]
    Value(String),
    /// The built-in claims refer to something that does not exist.
    #[error(transparent)]
    Claims(#[from] UnknownReference),
    /// There is no feasible plan.
    #[error("{0}")]
    Infeasible(String),
    /// An error of Prometheus.
    #[cfg(feature = "live")]
    #[error(transparent)]
    Prometheus(#[from] PrometheusError),
    /// The result could not be written to the named file.
    #[error("cannot write {}", path.display())]
    Write {
        /// Path of the file.
        path: PathBuf,
        /// Error of the operating system.
        source: io::Error,
    },
    /// The result could not be printed.
    #[error("cannot write to standard output")]
    Stdout(#[source] io::Error),
    /// Deliveries that failed; the reasons were logged.
    #[error("{failed} of {all} deliveries failed; the report itself was printed")]
    Undelivered {
        /// Number of failed deliveries.
        failed: usize,
        /// Number of deliveries.
        all: usize,
    },
    /// Stored reports that cannot be listed or read.
    #[error(transparent)]
    Store(#[from] DeliveryError),
    /// A result that cannot be rendered.
    #[error(transparent)]
    Output(#[from] OutputError),
    /// The async runtime cannot be started: a bug, or no resources for another thread.
    #[cfg(feature = "live")]
    #[error("cannot start the connections")]
    Connections(#[source] io::Error),
}

impl Failure {
    /// The option that this use of the command has no use for.
    fn without_effect(&self) -> Option<&str> {
        if let Self::Settings(error) = self { error.without_effect() } else { None }
    }

    /// 1 a bug · 2 usage · 3 an input file or value is wrong · 4 a cluster or a delivery target is unreachable, refuses
    /// or is incomplete · 6 no plan is feasible.
    pub const fn code(&self) -> u8 {
        match self {
            Self::Claims(_)
            | Self::Tables(_)
            | Self::Output(OutputError::Encode(_))
            | Self::Prices(PricesError::Shipped { .. }) => 1,
            #[cfg(feature = "live")]
            Self::Connections(_) => 1,
            Self::Settings(SettingsError::File(_)) => 3,
            #[cfg(feature = "live")]
            Self::Settings(SettingsError::Prometheus(_)) => 3,
            Self::Usage(_) | Self::Settings(_) => 2,
            Self::Undelivered { .. } => 4,
            Self::Store(error) if !error.is_input() => 4,
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
            | Self::Overlap(_)
            | Self::Store(_)
            | Self::Snapshot(_)
            | Self::Prices(_)
            | Self::Import(_)
            | Self::Bill(_)
            | Self::Basis(_)
            | Self::Value(_)
            | Self::Output(OutputError::Value(_))
            | Self::Write { .. }
            | Self::Stdout(_) => 3,
        }
    }
}

/// Runs the command of a command line. A setting of a file or of the environment that the command has no use for is set
/// aside, where the same option would be refused if it were typed. `clock` is the time on the clock of this machine.
///
/// # Errors
/// [`Failure`], which determines the exit code.
pub fn run(mut words: Vec<OsString>, clock: Timestamp) -> Result<Outcome, Failure> {
    let program = Program::of(words.first().map(OsString::as_os_str));
    if let Some(first) = words.first_mut().filter(|_| program == Program::KubectlPlugin) {
        // Clap takes the name in usage lines from it.
        *first = program.name().into();
    }
    let mut line = command_line(words)?;
    let result = loop {
        let cli = match line.parse() {
            Ok(cli) => cli,
            Err(Refusal::Typed(error)) => return Err(Failure::Usage(error)),
            Err(Refusal::Setting { origin, message }) => return Err(wrong_setting(&origin, message).into()),
        };
        if line.reads_of_stdin() > 1 {
            return Err(SettingsError::StdinTwice.into());
        }
        let is_script = matches!(cli.command, Command::Completions { .. } | Command::Schema { .. });
        let mut result = command(cli, &line, clock);
        if let Ok(outcome) = &mut result
            && !is_script
        {
            outcome.rename(program);
        }
        if !result.as_ref().is_err_and(|failure| failure.without_effect().is_some_and(|option| line.set_aside(option)))
        {
            break result;
        }
    };
    if line.is_verbose() {
        sources(&line).iter().for_each(|line| log_progress(line));
    }
    result
}

fn command(cli: Cli, line: &CommandLine, clock: Timestamp) -> Result<Outcome, Failure> {
    match cli.command {
        Command::Estimate(args) => estimate::run(&EstimateSettings::resolve(*args, now(clock)?)?),
        Command::Profiles(args) => profiles::run(args.command),
        Command::Prices(args) => prices::run(args.command, clock),
        #[cfg(feature = "live")]
        Command::Snapshot(args) => snapshot::run(&SnapshotSettings::resolve(*args, now(clock)?)?),
        #[cfg(feature = "live")]
        Command::Check(args) => check::run(&CheckSettings::resolve(*args, now(clock)?)?),
        Command::Compare(args) => compare::run(&CompareSettings::resolve(args, now(clock)?)?),
        Command::Stored(args) => stored::run(&StoredSettings::resolve(args, now(clock)?)?),
        Command::Rbac(args) => rbac::run(args),
        Command::Explain { code } => explain::run(&code),
        Command::Schema { name } => schema::run(name.as_deref()),
        Command::Report(args) => report_and_notify(*args, line, now(clock)?),
        Command::Completions { shell } => Ok(Outcome { stdout: completion_script(shell), ..Outcome::default() }),
        Command::Man { command } => {
            let mut stdout = Vec::new();
            clap_mangen::Man::new(manual(command.as_deref())?)
                .render(&mut stdout)
                .map_err(|e| OutputError::Encode(e.into()))?;
            Ok(Outcome { stdout, ..Outcome::default() })
        }
    }
}

/// The recipients of a report are parsed first, so that they are also notified of errors in the other settings.
fn report_and_notify(mut args: ReportArgs, line: &CommandLine, now: Timestamp) -> Result<Outcome, Failure> {
    let delivery = DeliverySettings::resolve(std::mem::take(&mut args.delivery))?;
    let (told, cluster) = (delivery.clone(), args.cluster_name.clone());
    let mut month = month_of(args.month, &args.timezone, now);
    let settings = ReportSettings::resolve(args, delivery, now);
    if let Ok(settings) = &settings {
        month = settings.month;
    }
    let written = settings.map_err(Failure::from).and_then(|settings| report::run(&settings, &line.options()));
    // Where a setting is to blame, the report is tried again without it.
    let is_last = |failure: &Failure| !failure.without_effect().is_some_and(|option| line.is_from_settings(option));
    if let Err(failure) = &written
        && is_last(failure)
    {
        delivery::send_no_report(&told, cluster.as_deref(), month, failure);
    }
    written
}

/// The command whose manual page was requested.
fn manual(command: Option<&str>) -> Result<clap::Command, Failure> {
    let mut whole = Cli::command();
    whole.build();
    let Some(name) = command else { return Ok(whole) };
    let names: Vec<String> = whole.get_subcommands().map(|c| c.get_name().to_owned()).collect();
    let page = whole.find_subcommand(name).cloned();
    page.ok_or_else(|| {
        let near = nearest(name, names.iter().map(String::as_str)).into_iter().map(str::to_owned).collect::<Vec<_>>();
        let hint = if near.is_empty() { format!("; available: {}", names.join(", ")) } else { did_you_mean(&near) };
        Failure::Value(format!("unknown command `{name}`{hint}"))
    })
}

/// The async runtime of one command.
#[cfg(feature = "live")]
fn runtime() -> Result<tokio::runtime::Runtime, Failure> {
    crate::net::runtime().map_err(Failure::Connections)
}

/// Writes a finished result to its output.
fn deliver(bytes: Vec<u8>, code: u8, output: &OutputSettings) -> Result<Outcome, Failure> {
    put(bytes, code, output.file.as_deref())
}

/// Writes bytes atomically to a file, or to standard output.
fn put(bytes: Vec<u8>, code: u8, file: Option<&Path>) -> Result<Outcome, Failure> {
    let Some(path) = file else { return Ok(Outcome { stdout: bytes, code, ..Outcome::default() }) };
    fs::write_atomically(path, &bytes).map_err(|source| Failure::Write { path: path.to_owned(), source })?;
    Ok(Outcome { code, ..Outcome::default() })
}

/// Progress is only informational, so errors of writing it are ignored.
fn log_progress(line: &str) {
    let _ = writeln!(io::stderr().lock(), "{line}");
}
