//! Flags, environment and defaults → one complete typed value for each command.
//!
//! Nothing after this file sees clap, and nothing after it reads the environment or the clock.

mod delivery;
mod estimate;
#[cfg(feature = "live")]
mod prometheus;
mod report;
#[cfg(feature = "live")]
mod snapshot;
mod text;

pub use delivery::DeliverySettings;
pub use estimate::{Ask, Asked, BasisSettings, EstimateSettings, PodOverrides, PolicySettings};
#[cfg(feature = "live")]
pub use prometheus::{CheckSettings, PrometheusSettings};
#[cfg(feature = "live")]
pub use report::LiveCluster;
pub use report::{ClusterSource, ReportSettings, ReportTime};
#[cfg(feature = "live")]
pub use snapshot::SnapshotSettings;
pub use text::{DemandText, HandlerCpuText, MonthText, ObservedText, OverheadText, Overrides, PerProfile, RampText};

use std::path::PathBuf;

use jiff::SignedDuration;
use jiff::civil::Date;

use crate::cli::{Format, OutputArgs};
use crate::model::Provider;

/// Where the result goes and in what form.
#[derive(Clone, Debug)]
pub struct OutputSettings {
    /// Form.
    pub format: Format,
    /// A file, or stdout.
    pub file: Option<PathBuf>,
    /// Columns that running text is wrapped to.
    pub width: usize,
}

impl OutputSettings {
    /// From the flags; the width is the terminal's, or 110 where there is none.
    pub fn resolve(args: OutputArgs) -> Self {
        let OutputArgs { format, output } = args;
        // A pipe gets the same width on every machine.
        let terminal = terminal_size::terminal_size().map(|(width, _)| usize::from(width.0));
        Self { format, file: output, width: terminal.unwrap_or(110).clamp(60, 140) }
    }
}

/// How far back a history goes: a month, so that every day of the week and the end of the month are in it.
const DEFAULT_WINDOW: SignedDuration = SignedDuration::from_hours(30 * 24);

/// The region of each provider with the most types in the catalogue.
pub fn default_region(provider: Provider) -> Option<&'static str> {
    match provider {
        Provider::Aws => Some("us-east-1"),
        Provider::Gcp => Some("us-central1"),
        Provider::Azure => Some("eastus"),
        Provider::OnPrem => None,
    }
}

/// The environment holds something that cannot be used: the fault of whoever set it.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    /// Neither a rate nor a file of services; clap asks for one first.
    #[error("give --rps or --workload")]
    NoDemand,
    /// A flag that this use of the command has no use for.
    #[error("{flag} has no effect here: {why}")]
    NoEffect {
        /// The flag.
        flag: &'static str,
        /// When it has one.
        why: &'static str,
    },
    /// Steps are text.
    #[error("--explain is for people: take --format table or markdown; json has every number of it")]
    ExplainForPeople,
    /// A file that a flag names.
    #[error(transparent)]
    File(#[from] crate::inputs::files::FileError),
    /// What has not begun has no history.
    #[error(
        "{0} has not begun: there is no history of it; leave --prometheus and --history out to price the cluster as it is"
    )]
    MonthToCome(Date),
    /// Weights stand in the file of owners.
    #[error("a weighted split takes its weights from a file of owners: name it with --by FILE.toml")]
    WeightsOfWhat,
    /// A window or a month that reaches beyond the calendar, or is shorter than a step.
    #[error("the time that is asked for is too short, or beyond the calendar")]
    NoTime,
    /// Not a number of seconds.
    #[error("SOURCE_DATE_EPOCH is `{0}`, not a number of seconds since 1970")]
    SourceDateEpoch(String),
    /// An address of Prometheus that is none.
    #[cfg(feature = "live")]
    #[error(transparent)]
    Prometheus(#[from] crate::inputs::prometheus::PrometheusError),
    /// A proxy that is none.
    #[cfg(feature = "live")]
    #[error(transparent)]
    Proxy(#[from] crate::inputs::proxy::NoProxyAddress),
    /// A delivery target that is none.
    #[error("--deliver number {number} is no target")]
    Target {
        /// Which of them, from 1.
        number: usize,
        /// Why not.
        source: crate::delivery::NoTarget,
    },
}

/// Refuses the first flag that was given and would not be used.
#[cfg(feature = "live")]
fn refuse_unused(given: &[(&'static str, bool)], why: &'static str) -> Result<(), SettingsError> {
    match given.iter().find(|(_, is_given)| *is_given) {
        Some((flag, _)) => Err(SettingsError::NoEffect { flag, why }),
        None => Ok(()),
    }
}

/// The time: from `SOURCE_DATE_EPOCH` where that is set (<https://reproducible-builds.org/specs/source-date-epoch/>),
/// so that a result can be made again byte by byte.
#[expect(clippy::disallowed_methods, reason = "the one place that reads the clock and the environment")]
fn now() -> Result<jiff::Timestamp, SettingsError> {
    Ok(match std::env::var("SOURCE_DATE_EPOCH") {
        Ok(text) => text
            .parse()
            .ok()
            .and_then(|seconds| jiff::Timestamp::from_second(seconds).ok())
            .ok_or(SettingsError::SourceDateEpoch(text))?,
        // Whole seconds: nothing here is known to the nanosecond.
        Err(_) => {
            let now = jiff::Timestamp::now();
            jiff::Timestamp::from_second(now.as_second()).unwrap_or(now)
        }
    })
}

/// How a cluster is reached, by the flags and the environment.
#[cfg(feature = "live")]
#[expect(clippy::disallowed_methods, reason = "settings read the environment")]
fn access(kubeconfig: Option<PathBuf>, context: Option<String>) -> Result<crate::inputs::kube::Access, SettingsError> {
    let listed = std::env::var_os("KUBECONFIG").unwrap_or_default();
    let files = std::env::split_paths(&listed).filter(|path| !path.as_os_str().is_empty());
    Ok(crate::inputs::kube::Access { kubeconfig, context, from_environment: files.collect(), proxies: proxies()? })
}

/// The proxies of the environment.
#[cfg(feature = "live")]
#[expect(clippy::disallowed_methods, reason = "settings read the environment")]
fn proxies() -> Result<crate::inputs::proxy::Proxies, SettingsError> {
    Ok(crate::inputs::proxy::Proxies::new(|name| std::env::var(name).ok())?)
}

/// The calendar month that a report is of, as far as that can be told before anything else is; `None` without a clock.
pub fn month_of(text: Option<MonthText>, zone: &jiff::tz::TimeZone) -> Option<crate::units::Month> {
    let today = now().ok()?.to_zoned(zone.clone()).date();
    Some(crate::units::Month::of(text.map_or(today, |text| text.first_day(today))))
}

/// Today in UTC.
fn today() -> Result<Date, SettingsError> {
    Ok(now()?.to_zoned(jiff::tz::TimeZone::UTC).date())
}
