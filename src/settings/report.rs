//! The settings of `capmodel report`.

use std::collections::BTreeSet;
use std::path::PathBuf;

use jiff::tz::TimeZone;

use crate::cli::{
    ByArg, Format, OutputArgs, ReportArgs, ReportFormat, ReportOutputArgs, SortArg, SpeedText, SplitArg, TeamArg,
};
#[cfg(feature = "live")]
use crate::delivery::Target;
use crate::model::cluster::SpotLabel;
use crate::model::forecast::Growth;
use crate::model::nodes::Provider;
use crate::model::report::{DataSource, Span, Split};
use crate::model::runtime::Evidence;
use crate::model::styles::{NextMonth, ServiceOptions, Team};
use crate::model::usage::{Period, StepSeconds};
use crate::outputs::{ChargePeriods, ReportDetail, RowOrder};
#[cfg(feature = "live")]
use crate::settings::PrometheusSettings;
use crate::settings::{DeliverySettings, MonthText, OutputSettings, ScrapeSettings, SettingsError, today};
use crate::units::{Currency, Date, Hours, Month, Timestamp};

/// The complete settings of `capmodel report`.
#[derive(Clone, Debug)]
pub struct ReportSettings {
    /// Source of the cluster's state.
    pub source: ClusterSource,
    /// Grouping of the rows.
    pub by: ByArg,
    /// Namespaces whose cost all others share.
    pub shared_namespaces: BTreeSet<String>,
    /// How shared cost is allocated to rows.
    pub split_shared: Split,
    /// How idle cost is allocated to rows.
    pub split_idle: Split,
    /// Provider whose prices are used if nodes cannot be read; `None` unless requested.
    pub(super) asked_provider: Option<Provider>,
    /// Region for that provider; `None` unless requested.
    pub(super) asked_region: Option<String>,
    /// Path of a price table (CSV) that overrides the built-in prices.
    pub prices: Option<PathBuf>,
    /// Path of a pricing file (TOML) with negotiated discounts and prices.
    pub pricing: Option<PathBuf>,
    /// Paths of the files of the month's bill; empty without a bill.
    pub bill: Vec<PathBuf>,
    /// Currency of every amount.
    pub currency: Currency,
    /// The reported period.
    pub time: ReportTime,
    /// Folder of earlier snapshots that replace missing history.
    pub stored: Option<PathBuf>,
    /// Prometheus with the history.
    #[cfg(feature = "live")]
    pub prometheus: Option<PrometheusSettings>,
    /// User-defined labels that mark spot nodes.
    pub spot_labels: Vec<SpotLabel>,
    /// Metrics scraped directly from processes.
    pub scrapes: ScrapeSettings,
    /// Name of the cluster; `None` unless given by the user.
    pub cluster_name: Option<String>,
    /// Today's date, which the age of prices is relative to.
    pub today: Date,
    /// The reported calendar month, or the one that contains most of the period.
    pub month: Month,
    /// Time zone of calendar months.
    pub zone: TimeZone,
    /// Information about services that the cluster does not contain.
    pub service_options: ServiceOptions,
    /// Set of profile values for services in another language.
    pub evidence: Option<Evidence>,
    /// Declared growth of demand in the next month.
    pub growth: Growth,
    /// Delivery targets of the report.
    pub delivery: DeliverySettings,
    /// Kind of document to write.
    pub artifact: ReportArtifact,
    /// Format and destination of the result.
    pub output: OutputSettings,
    /// Level of detail of the screen.
    pub detail: ReportDetail,
}

/// Kind of document that is made from a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReportArtifact {
    /// The report itself, in the output format.
    Report,
    /// A file of the running services for `estimate --workload`.
    Workload,
    /// Metrics for Prometheus.
    OpenMetrics,
    /// Charges in the columns of FOCUS, as CSV.
    Focus,
    /// The same charges as Parquet.
    #[cfg(feature = "parquet")]
    Parquet,
}

impl ReportArtifact {
    const fn of(format: ReportFormat) -> Result<Self, SettingsError> {
        Ok(match format {
            ReportFormat::Workload => Self::Workload,
            ReportFormat::OpenMetrics => Self::OpenMetrics,
            ReportFormat::Focus => Self::Focus,
            #[cfg(feature = "parquet")]
            ReportFormat::Parquet => Self::Parquet,
            #[cfg(not(feature = "parquet"))]
            ReportFormat::Parquet => return Err(SettingsError::NoParquet),
            ReportFormat::Table
            | ReportFormat::Json
            | ReportFormat::Markdown
            | ReportFormat::Csv
            | ReportFormat::Html => Self::Report,
        })
    }

    /// Whether it is binary, so that it must not be printed.
    pub const fn is_binary(self) -> bool {
        match self {
            #[cfg(feature = "parquet")]
            Self::Parquet => true,
            Self::Report | Self::Workload | Self::OpenMetrics | Self::Focus => false,
        }
    }
}

/// The reported period.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReportTime {
    /// Start and end; `None` for a month of average length.
    pub period: Option<Period>,
    /// First day of the calendar month; `None` for any other period.
    pub month: Option<Date>,
    /// Length of the period in hours.
    pub hours: Hours,
}

impl ReportTime {
    /// Whole where it is the present that is priced; of a history only what has been is told.
    fn resolve(
        month: Option<MonthText>,
        zone: &TimeZone,
        window: Option<Period>,
        now: Timestamp,
    ) -> Result<Self, SettingsError> {
        let Some(text) = month else {
            return Ok(Self { period: window, month: None, hours: window.map_or(Hours::MONTH, Period::hours) });
        };
        let month = text.first_day(now.to_zoned(zone.clone()).date());
        let whole = Period::month(month, zone).ok_or(SettingsError::InvalidPeriod)?;
        let period = match window {
            Some(_) => whole.until(now).ok_or(SettingsError::FutureMonth(Month::of(month)))?,
            None => whole,
        };
        Ok(Self { period: Some(period), month: Some(month), hours: period.hours() })
    }
}

/// Source of a cluster's state.
#[derive(Clone, Debug)]
pub enum ClusterSource {
    /// Paths of snapshot files.
    Files(Vec<PathBuf>),
    /// The live cluster.
    #[cfg(feature = "live")]
    Live(Box<LiveCluster>),
}

/// Access to a cluster, and what to read from it.
#[cfg(feature = "live")]
#[derive(Clone, Debug)]
pub struct LiveCluster {
    /// Access to the cluster.
    pub access: crate::inputs::kube::Access,
    /// Kinds, labels and annotations to read.
    pub wanted: crate::inputs::kube::ReadOptions,
    /// Whether progress messages are suppressed.
    pub quiet: bool,
}

#[cfg(feature = "live")]
impl LiveCluster {
    /// Resolves the arguments with the clock; only the label `label` is kept, and no annotation.
    ///
    /// # Errors
    /// [`SettingsError`] if the clock cannot be used.
    pub fn resolve(
        args: crate::cli::ClusterArgs,
        cluster_name: Option<String>,
        label: Option<String>,
        quiet: bool,
        taken_at: Timestamp,
    ) -> Result<Self, SettingsError> {
        let crate::cli::ClusterArgs { kubeconfig, context, mut namespace, spot_label } = args;
        namespace.sort();
        namespace.dedup();
        Ok(Self {
            access: super::access(kubeconfig, context)?,
            wanted: crate::inputs::kube::ReadOptions {
                namespaces: namespace,
                keep: crate::inputs::kube::KeptMetadata {
                    labels: label.into_iter().collect(),
                    annotations: Vec::new(),
                },
                cluster_name,
                spot_labels: spot_label,
                price_labels: BTreeSet::new(),
                taken_at,
            },
            quiet,
        })
    }
}

impl ReportSettings {
    /// The calendar month that a report is stored under. Data that does not cover the requested month, such as the
    /// current state of the cluster for a past month, is stored under the month in which it was read.
    ///
    /// # Errors
    /// [`SettingsError::InvalidPeriod`]: a clock that cannot be used.
    pub fn storage_month(&self, span: &Span) -> Result<Month, SettingsError> {
        let is_window_of_now = span.source == DataSource::Present && span.month.is_none();
        if span.period.is_some() && span.covers_period() && !is_window_of_now {
            return Ok(self.month);
        }
        let Some(seen) = span.taken_at.iter().max() else { return Ok(self.month) };
        Ok(Month::of(seen.to_zoned(self.zone.clone()).date()))
    }

    /// The same settings with the period that the snapshot covers.
    ///
    /// # Errors
    /// [`SettingsError::InvalidPeriod`] if the period exceeds the calendar.
    pub fn of_period(&self, period: Period) -> Result<Self, SettingsError> {
        let time = ReportTime { period: Some(period), month: None, hours: period.hours() };
        Ok(Self { time, month: month_of(period, &self.zone)?, ..self.clone() })
    }

    /// Provider whose prices are used if nodes cannot be read.
    pub fn provider(&self) -> Provider {
        self.asked_provider.unwrap_or(Provider::Aws)
    }

    /// Region for that provider; `None` if the provider has no default.
    pub fn region(&self) -> Option<&str> {
        self.asked_region.as_deref().or_else(|| self.provider().default_region())
    }

    /// Number of hours in a calendar month.
    ///
    /// # Errors
    /// [`SettingsError::InvalidPeriod`]: a clock that cannot be used.
    pub fn hours_of(&self, month: Month) -> Result<Hours, SettingsError> {
        Ok(Period::month(month.first(), &self.zone).ok_or(SettingsError::InvalidPeriod)?.hours())
    }

    /// The periods of the charges of a report that is stored under this month.
    ///
    /// # Errors
    /// [`SettingsError::InvalidPeriod`]: a clock that cannot be used.
    pub fn charge_periods(&self, kept: Month, span: &Span) -> Result<ChargePeriods, SettingsError> {
        let billing = Period::month(kept.first(), &self.zone).ok_or(SettingsError::InvalidPeriod)?;
        let charge = span.period.filter(|_| span.covers_period()).unwrap_or(billing);
        Ok(ChargePeriods { billing, charge })
    }

    /// A month to forecast, in the configured time zone.
    ///
    /// # Errors
    /// [`SettingsError::InvalidPeriod`]: a clock that cannot be used.
    pub fn forecast_of(&self, month: Month) -> Result<NextMonth, SettingsError> {
        let period = Period::month(month.first(), &self.zone).ok_or(SettingsError::InvalidPeriod)?;
        let (start, end) = (period.start().as_second(), period.end().as_second());
        Ok(NextMonth { month, start, end, hours: period.hours(), growth: self.growth })
    }

    /// Flags and defaults in one value.
    ///
    /// # Errors
    /// A value of the environment, of the auth file or of the time that cannot be used.
    pub fn resolve(args: ReportArgs, delivery: DeliverySettings, now: Timestamp) -> Result<Self, SettingsError> {
        super::refused::report(&args)?;
        let currency = args.currency.resolve(now)?;
        #[cfg(feature = "live")]
        let is_pushed = delivery.targets.iter().any(|target| matches!(target, Target::Pushgateway(_)));
        #[cfg(not(feature = "live"))]
        let is_pushed = false;
        if currency != Currency::USD && (is_pushed || args.output.format == ReportFormat::OpenMetrics) {
            return Err(SettingsError::CurrencyOfMetrics(currency));
        }
        if !args.bill.is_empty() {
            if args.month.is_none() {
                return Err(SettingsError::BillWithoutMonth);
            }
            if args.timezone != TimeZone::UTC {
                return Err(SettingsError::BillTimeZone);
            }
        }
        let weighted = [args.split_shared, args.split_idle].contains(&SplitArg::Weighted);
        if weighted && !matches!(args.by, ByArg::Owners(_)) {
            return Err(SettingsError::WeightsWithoutOwners);
        }
        #[cfg(feature = "live")]
        let back = args.prometheus.window.unwrap_or(super::DEFAULT_WINDOW);
        #[cfg(not(feature = "live"))]
        let back = super::DEFAULT_WINDOW;
        #[cfg(feature = "live")]
        let prometheus = Some(PrometheusSettings::resolve(args.prometheus, args.quiet, now)?)
            .filter(|settings| settings.url.is_some());
        #[cfg(feature = "live")]
        let window =
            prometheus.as_ref().map(|settings| settings.period().ok_or(SettingsError::InvalidPeriod)).transpose()?;
        #[cfg(not(feature = "live"))]
        let window = None;
        let window = match (window, &args.history) {
            (None, Some(_)) => {
                let window = Period::last(now, back, StepSeconds::HOUR);
                Some(window.ok_or(SettingsError::InvalidPeriod)?)
            }
            (window, _) => window,
        };
        #[cfg(feature = "live")]
        let spot_labels = args.cluster.spot_label.clone();
        #[cfg(not(feature = "live"))]
        let spot_labels = Vec::new();
        #[cfg(feature = "live")]
        let source = if args.snapshots.is_empty() {
            let label = if let ByArg::Label(key) = &args.by { Some(key.clone()) } else { None };
            ClusterSource::Live(Box::new(LiveCluster::resolve(
                args.cluster,
                args.cluster_name.clone(),
                label,
                args.quiet,
                now,
            )?))
        } else {
            ClusterSource::Files(args.snapshots)
        };
        #[cfg(not(feature = "live"))]
        let source = ClusterSource::Files(args.snapshots);
        let artifact = ReportArtifact::of(args.output.format)?;
        let is_stored = delivery.targets.iter().any(crate::delivery::Target::is_store);
        if artifact.is_binary() && args.output.output.is_none() && !is_stored {
            return Err(SettingsError::BinaryToStdout);
        }
        let time = ReportTime::resolve(args.month, &args.timezone, window, now)?;
        let month = match (time.month, time.period) {
            (Some(first), _) => Month::of(first),
            (None, Some(period)) => month_of(period, &args.timezone)?,
            (None, None) => Month::of(now.to_zoned(args.timezone.clone()).date()),
        };
        Ok(Self {
            source,
            by: args.by,
            shared_namespaces: args.shared_namespace.into_iter().collect(),
            split_shared: args.split_shared.into(),
            split_idle: args.split_idle.into(),
            asked_provider: args.provider,
            asked_region: args.region,
            prices: args.prices,
            pricing: args.pricing,
            bill: args.bill,
            currency,
            time,
            stored: args.history,
            #[cfg(feature = "live")]
            prometheus,
            spot_labels,
            scrapes: ScrapeSettings::resolve(args.scrape, now)?,
            cluster_name: args.cluster_name,
            today: today(now),
            month,
            zone: args.timezone,
            service_options: ServiceOptions {
                objective: args.slo_p99.map(crate::units::RequestTime::seconds),
                team: args.team.map(Into::into),
                rewrite_cost: args.rewrite_cost,
                cpu_speed: args.cpu_speed.map(SpeedText::interval),
            },
            evidence: args.evidence.map(Into::into),
            growth: args.growth.unwrap_or(Growth::NONE),
            delivery,
            artifact,
            detail: ReportDetail {
                verbose: args.verbose,
                rows: args.top.0,
                order: match args.sort {
                    SortArg::Cost => RowOrder::Cost,
                    SortArg::Name => RowOrder::Name,
                },
            },
            output: OutputSettings::resolve(args.output.into())?,
        })
    }
}

/// The calendar month that most of a period is in.
fn month_of(period: Period, zone: &TimeZone) -> Result<Month, SettingsError> {
    // Thirty days that end with the first of a month are mostly the month before.
    let middle = period.start().as_second().midpoint(period.end().as_second());
    let middle = Timestamp::from_second(middle).map_err(|_| SettingsError::InvalidPeriod)?;
    Ok(Month::of(middle.to_zoned(zone.clone()).date()))
}

impl From<ReportOutputArgs> for OutputArgs {
    fn from(args: ReportOutputArgs) -> Self {
        let ReportOutputArgs { format, output, width, color } = args;
        Self { format: format.into(), output, width, color }
    }
}

impl From<ReportFormat> for Format {
    fn from(format: ReportFormat) -> Self {
        match format {
            ReportFormat::Table => Self::Table,
            // Documents described by [`ReportArtifact`] are for programs too.
            ReportFormat::Json
            | ReportFormat::Workload
            | ReportFormat::OpenMetrics
            | ReportFormat::Focus
            | ReportFormat::Parquet => Self::Json,
            ReportFormat::Markdown => Self::Markdown,
            ReportFormat::Csv => Self::Csv,
            ReportFormat::Html => Self::Html,
        }
    }
}

impl From<TeamArg> for Team {
    fn from(arg: TeamArg) -> Self {
        match arg {
            TeamArg::Python => Self::Python,
            TeamArg::Go => Self::Go,
            TeamArg::Both => Self::Both,
        }
    }
}

impl From<SplitArg> for Split {
    fn from(arg: SplitArg) -> Self {
        match arg {
            SplitArg::Even => Self::Even,
            SplitArg::Proportional => Self::Proportional,
            SplitArg::Weighted => Self::Weighted,
            SplitArg::None => Self::None,
        }
    }
}
