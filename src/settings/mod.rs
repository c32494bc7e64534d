//! Resolves arguments, environment and defaults into one complete, typed value for each command.
//!
//! The modules that use these values do not use clap and never read the environment or the clock.

mod compare;
mod config;
mod currency;
mod delivery;
mod estimate;
#[cfg(feature = "live")]
mod prometheus;
mod refused;
mod report;
mod scrape;
mod screen;
#[cfg(feature = "live")]
mod snapshot;
mod stored;

pub use crate::cli::{
    DemandText, MonthText, ObservedText, OverheadText, Overrides, PerProfile, RampText, SpeedText, SweepText,
};
pub use compare::CompareSettings;
use config::wrong_line;
pub use config::{command_line, sources};
pub use delivery::DeliverySettings;
pub use estimate::{BasisSettings, EstimateSettings, EstimateSubject, PodOverrides, PolicySettings, RequestedBasis};
#[cfg(feature = "live")]
pub use prometheus::{CheckSettings, PrometheusSettings};
#[cfg(feature = "live")]
pub use report::LiveCluster;
pub use report::{ClusterSource, ReportArtifact, ReportSettings, ReportTime};
pub use scrape::ScrapeSettings;
#[cfg(feature = "live")]
pub use screen::ProgressDisplay;
pub use screen::width as screen_width;
#[cfg(feature = "live")]
pub use snapshot::SnapshotSettings;
pub use stored::StoredSettings;

use std::path::PathBuf;

use jiff::SignedDuration;

use crate::cli::{ColorArg, Origin, OutputArgs};
use crate::model::nodes::Provider;
use crate::outputs::{Format, Layout};
use crate::units::{Currency, CurrencyError, Date, ExchangeRate, Month, Timestamp};

/// Format and destination of the result.
#[derive(Clone, Debug)]
pub struct OutputSettings {
    /// Format and text width.
    pub layout: Layout,
    /// Path of the output file; `None` for stdout.
    pub file: Option<PathBuf>,
}

impl OutputSettings {
    /// Resolves the arguments with the environment and the terminal.
    ///
    /// # Errors
    /// [`SettingsError::NoEffect`] for a layout option of a format without a layout.
    pub fn resolve(args: OutputArgs) -> Result<Self, SettingsError> {
        let OutputArgs { format, output, width, color } = args;
        let why = "only the table format has it";
        for (flag, is_given) in [("--width", width.is_some()), ("--color", color != ColorArg::Auto)] {
            if is_given && format != Format::Table {
                return Err(SettingsError::NoEffect { flag, why });
            }
        }
        let layout = Layout { format, width: screen::width(width), color: screen::color(color, output.is_some()) };
        Ok(Self { layout, file: output })
    }
}

/// Default length of the history: a month, so that it includes every day of the week and the end of a month.
const DEFAULT_WINDOW: SignedDuration = SignedDuration::from_hours(30 * 24);

/// The arguments, the environment or the files of settings cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    /// Neither a demand nor a service was given; clap normally reports this first.
    #[error("give --rps, --workload or --service")]
    NoDemand,
    /// An option has no effect in this use of the command.
    #[error("{flag} has no effect here: {why}")]
    NoEffect {
        /// The option as it is written on the command line.
        flag: &'static str,
        /// Reason why it has no effect.
        why: &'static str,
    },
    /// The platform belongs to another provider.
    #[error("--on {platform} is a platform of {own}, not of {given}: omit --provider, or use --on nodes")]
    OtherProvider {
        /// Name of the platform.
        platform: &'static str,
        /// The provider that runs it.
        own: Provider,
        /// The provider that was given.
        given: Provider,
    },
    /// `--explain` was given with a format that is not text.
    #[error("--explain works with --format table or markdown; JSON output already contains every number")]
    ExplainForPeople,
    /// A binary format was requested without a destination file.
    #[error("--format parquet is binary and is not printed: give --output FILE, or --deliver with a folder or bucket")]
    BinaryToStdout,
    /// This build cannot write Parquet.
    #[cfg(not(feature = "parquet"))]
    #[error("--format parquet: this capmodel was built without it: build it with --features parquet, or use the image")]
    NoParquet,
    /// A variable's name resembles that of an option, or its value is invalid.
    #[error("{name}: {message}")]
    Variable {
        /// Name of the variable.
        name: String,
        /// What is wrong with it.
        message: String,
    },
    /// More than one file is to be read from standard input.
    #[error("- is standard input, which can be only one of the files; give the others by their paths")]
    StdinTwice,
    /// A file of an option or a settings file cannot be used.
    #[error(transparent)]
    File(#[from] crate::inputs::files::FileError),
    /// A history was requested for a period in the future.
    #[error("{0} is in the future: omit --prometheus and --history to price the current state for it")]
    FutureMonth(Month),
    /// A weighted split was requested without a file of owners.
    #[error("--split-idle weighted and --split-shared weighted need an owners file: --by FILE.toml")]
    WeightsWithoutOwners,
    /// A bill without the month that it is of.
    #[error("--bill is compared with the calendar month that it is of: add --month YYYY-MM")]
    BillWithoutMonth,
    /// A bill with months of another time zone.
    #[error("--bill is of a month in UTC, as providers bill it: remove --timezone")]
    BillTimeZone,
    /// The currency and the exchange rate do not fit together.
    #[error(transparent)]
    Currency(#[from] CurrencyError),
    /// OpenMetrics was requested in another currency, although the names of its metrics contain the unit USD.
    #[error(
        "the metrics of --format openmetrics and of a Pushgateway have the unit USD in their names, so they cannot be in \
         {0}: remove --currency, or write and deliver the metrics in a separate run"
    )]
    CurrencyOfMetrics(Currency),
    /// The exchange rate is of a future day.
    #[error("--exchange-rate {0} is of a day in the future: correct the day after @")]
    FutureRate(ExchangeRate),
    /// The period exceeds the calendar, or is shorter than one step.
    #[error("the period is too short or out of range")]
    InvalidPeriod,
    /// `SOURCE_DATE_EPOCH` is not a number of seconds.
    #[error("SOURCE_DATE_EPOCH is `{0}`, not a number of seconds since 1970")]
    SourceDateEpoch(String),
    /// The URL of Prometheus is invalid.
    #[cfg(feature = "live")]
    #[error(transparent)]
    Prometheus(#[from] crate::inputs::prometheus::PrometheusError),
    /// A proxy URL is invalid.
    #[cfg(feature = "live")]
    #[error(transparent)]
    Proxy(#[from] crate::net::proxy::NoProxyAddress),
    /// A place of stored reports is invalid; its text is not shown, because it may contain a secret.
    #[error("FOLDER|BUCKET {}: not a place of stored reports", ordinal(*.number))]
    Place {
        /// Position of the place, from 1.
        number: usize,
        /// Why it is invalid.
        source: crate::delivery::NoTarget,
    },
    /// A delivery target is invalid.
    #[error("--deliver {}: not a valid target", ordinal(*.number))]
    Target {
        /// Position of the target, from 1.
        number: usize,
        /// Why the target is invalid.
        source: crate::delivery::NoTarget,
    },
}

impl SettingsError {
    /// The option that has no effect in this use of the command.
    pub fn without_effect(&self) -> Option<&str> {
        let Self::NoEffect { flag, .. } = self else { return None };
        flag.split(' ').find_map(|word| word.strip_prefix("--"))
    }
}

/// The error about the invalid value of a setting.
pub fn wrong_setting(origin: &Origin, message: String) -> SettingsError {
    match origin {
        Origin::Variable(name) => SettingsError::Variable { name: name.clone(), message },
        Origin::File { .. } => SettingsError::File(wrong_line(origin, &message)),
    }
}

/// `1st`, `2nd`, `3rd`, `4th`: errors identify a delivery target by its position, because its text may be a secret.
fn ordinal(number: usize) -> String {
    let ending = match (number % 10, number % 100) {
        (1, n) if n != 11 => "st",
        (2, n) if n != 12 => "nd",
        (3, n) if n != 13 => "rd",
        _ => "th",
    };
    format!("({number}{ending})")
}

/// The time: that of the clock, or from `SOURCE_DATE_EPOCH` where that is set
/// (<https://reproducible-builds.org/specs/source-date-epoch/>), so that a result can be made again byte by byte.
///
/// # Errors
/// [`SettingsError::SourceDateEpoch`].
#[expect(clippy::disallowed_methods, reason = "settings read the environment")]
pub fn now(clock: Timestamp) -> Result<Timestamp, SettingsError> {
    match std::env::var("SOURCE_DATE_EPOCH") {
        Ok(text) => {
            let seconds = text.parse().ok().and_then(|seconds| Timestamp::from_second(seconds).ok());
            seconds.ok_or(SettingsError::SourceDateEpoch(text))
        }
        // Whole seconds: nothing here is known to the nanosecond.
        Err(_) => Ok(Timestamp::from_second(clock.as_second()).unwrap_or(clock)),
    }
}

/// Access to the cluster, from the arguments and the environment.
#[cfg(feature = "live")]
#[expect(clippy::disallowed_methods, reason = "settings read the environment")]
fn access(kubeconfig: Option<PathBuf>, context: Option<String>) -> Result<crate::inputs::kube::Access, SettingsError> {
    let listed = std::env::var_os("KUBECONFIG").unwrap_or_default();
    let files = std::env::split_paths(&listed).filter(|path| !path.as_os_str().is_empty());
    Ok(crate::inputs::kube::Access { kubeconfig, context, from_environment: files.collect(), proxies: proxies()? })
}

/// Proxies from the environment.
#[cfg(feature = "live")]
#[expect(clippy::disallowed_methods, reason = "settings read the environment")]
fn proxies() -> Result<crate::net::proxy::Proxies, SettingsError> {
    Ok(crate::net::proxy::Proxies::new(|name| std::env::var(name).ok())?)
}

/// The calendar month that a report is of, as far as that can be told before anything else is.
pub fn month_of(text: Option<MonthText>, zone: &jiff::tz::TimeZone, now: Timestamp) -> Month {
    let today = now.to_zoned(zone.clone()).date();
    Month::of(text.map_or(today, |text| text.first_day(today)))
}

/// Today's date in UTC.
pub fn today(now: Timestamp) -> Date {
    now.to_zoned(jiff::tz::TimeZone::UTC).date()
}
