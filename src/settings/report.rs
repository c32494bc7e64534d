use std::collections::BTreeSet;
use std::path::PathBuf;

use jiff::tz::TimeZone;

use crate::cli::{ByArg, ReportArgs, ScrapeArg, SplitArg};
#[cfg(feature = "live")]
use crate::inputs::proxy::Proxies;
use crate::model::Provider;
use crate::model::cluster::SpotLabel;
use crate::model::report::{Span, Split, ToldBy};
use crate::model::usage::{Period, StepSeconds};
#[cfg(feature = "live")]
use crate::settings::PrometheusSettings;
use crate::settings::{DeliverySettings, MonthText, OutputSettings, SettingsError, default_region, today};
use crate::units::{Date, Hours, Month, Timestamp};

/// Everything `capmodel report` needs.
#[derive(Clone, Debug)]
pub struct ReportSettings {
    /// Where the cluster is read from.
    pub source: ClusterSource,
    /// What makes a row.
    pub by: ByArg,
    /// Namespaces that everyone pays for.
    pub shared_namespaces: BTreeSet<String>,
    /// How what is shared is given to rows.
    pub split_shared: Split,
    /// How what is idle is given to rows.
    pub split_idle: Split,
    /// Whose prices pods are at where no node may be read, and where.
    pub provider: Provider,
    /// `None` for the provider's default.
    pub region: Option<String>,
    /// Own price table.
    pub prices: Option<PathBuf>,
    /// The time that is reported.
    pub time: ReportTime,
    /// A folder of snapshots that stand for the past.
    pub stored: Option<PathBuf>,
    /// The metrics that tell the past.
    #[cfg(feature = "live")]
    pub prometheus: Option<PrometheusSettings>,
    /// Labels of one's own that spot machines have.
    pub spot_labels: Vec<SpotLabel>,
    /// What processes say of themselves.
    pub scrapes: Vec<ScrapeArg>,
    /// The proxies on the way to them.
    #[cfg(feature = "live")]
    pub proxies: Proxies,
    /// Now.
    pub now: Timestamp,
    /// What the cluster is called, where the user says it.
    pub cluster_name: Option<String>,
    /// The day from which prices have an age.
    pub today: Date,
    /// The calendar month that is reported, else the one that most of the period is in.
    pub month: Month,
    /// Whose clocks months are by.
    pub zone: TimeZone,
    /// Where the result goes as well.
    pub delivery: DeliverySettings,
    /// Form and place of the result.
    pub output: OutputSettings,
}

/// The time that is reported.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReportTime {
    /// From when up to when; `None` for a month of average length.
    pub period: Option<Period>,
    /// Its first day, where it is a calendar month.
    pub month: Option<Date>,
    /// Its hours.
    pub hours: Hours,
}

impl ReportTime {
    /// Whole where it is the present that is priced; of a history only what has been is told.
    fn resolve(month: Option<MonthText>, zone: &TimeZone, window: Option<Period>) -> Result<Self, SettingsError> {
        let now = super::now()?;
        let Some(text) = month else {
            return Ok(Self { period: window, month: None, hours: window.map_or(Hours::MONTH, Period::hours) });
        };
        let month = text.first_day(now.to_zoned(zone.clone()).date());
        let whole = Period::month(month, zone).ok_or(SettingsError::NoTime)?;
        let period = match window {
            Some(_) => whole.until(now).ok_or(SettingsError::MonthToCome(month))?,
            None => whole,
        };
        Ok(Self { period: Some(period), month: Some(month), hours: period.hours() })
    }
}

/// Where a cluster is read from.
#[derive(Clone, Debug)]
pub enum ClusterSource {
    /// Snapshots.
    Files(Vec<PathBuf>),
    /// The cluster itself.
    #[cfg(feature = "live")]
    Live(Box<LiveCluster>),
}

/// How a cluster is reached, and what is read of it.
#[cfg(feature = "live")]
#[derive(Clone, Debug)]
pub struct LiveCluster {
    /// How it is reached.
    pub access: crate::inputs::kube::Access,
    /// What is read of it.
    pub wanted: crate::inputs::kube::Wanted,
}

#[cfg(feature = "live")]
impl LiveCluster {
    /// Flags and the clock in one value; of labels and annotations only `label` is kept.
    ///
    /// # Errors
    /// A clock that cannot be used.
    pub fn resolve(
        args: crate::cli::ClusterArgs,
        cluster_name: Option<String>,
        label: Option<String>,
    ) -> Result<Self, SettingsError> {
        let crate::cli::ClusterArgs { kubeconfig, context, mut namespace, spot_label } = args;
        namespace.sort();
        namespace.dedup();
        Ok(Self {
            access: super::access(kubeconfig, context)?,
            wanted: crate::inputs::kube::Wanted {
                namespaces: namespace,
                keep: crate::inputs::kube::Keep { labels: label.into_iter().collect(), annotations: Vec::new() },
                cluster_name,
                spot_labels: spot_label,
                taken_at: super::now()?,
            },
        })
    }
}

impl ReportSettings {
    /// The calendar month that a report is kept under. What does not tell the month that was asked for, as the cluster as it
    /// is now does not tell one that is over, is kept under that in which it was seen.
    ///
    /// # Errors
    /// [`SettingsError::NoTime`]: a clock that cannot be used.
    pub fn kept_as(&self, span: &Span) -> Result<Month, SettingsError> {
        let is_window_of_now = span.told_by == ToldBy::Present && span.month.is_none();
        if span.period.is_some() && span.tells_its_time() && !is_window_of_now {
            return Ok(self.month);
        }
        let Some(seen) = span.taken_at.iter().max() else { return Ok(self.month) };
        Ok(Month::of(seen.to_zoned(self.zone.clone()).date()))
    }

    /// The hours of a calendar month.
    ///
    /// # Errors
    /// [`SettingsError::NoTime`]: a clock that cannot be used.
    pub fn hours_of(&self, month: Month) -> Result<Hours, SettingsError> {
        Ok(Period::month(month.first(), &self.zone).ok_or(SettingsError::NoTime)?.hours())
    }

    /// Flags, clock and defaults in one value.
    ///
    /// # Errors
    /// A value of the environment, of the auth file or of the time that cannot be used.
    pub fn resolve(args: ReportArgs, delivery: DeliverySettings) -> Result<Self, SettingsError> {
        let weighted = [args.split_shared, args.split_idle].contains(&SplitArg::Weighted);
        if weighted && !matches!(args.by, ByArg::Owners(_)) {
            return Err(SettingsError::WeightsOfWhat);
        }
        #[cfg(feature = "live")]
        let prometheus = Some(PrometheusSettings::resolve(args.prometheus)?).filter(|settings| settings.url.is_some());
        #[cfg(feature = "live")]
        let window = prometheus.as_ref().map(|settings| settings.period().ok_or(SettingsError::NoTime)).transpose()?;
        #[cfg(not(feature = "live"))]
        let window = None;
        let window = match (window, &args.history) {
            (None, Some(_)) => {
                let window = Period::last(super::now()?, super::DEFAULT_WINDOW, StepSeconds::HOUR);
                Some(window.ok_or(SettingsError::NoTime)?)
            }
            (window, _) => window,
        };
        #[cfg(feature = "live")]
        let spot_labels = args.cluster.spot_label.clone();
        #[cfg(not(feature = "live"))]
        let spot_labels = Vec::new();
        #[cfg(feature = "live")]
        if !args.snapshots.is_empty() {
            let given = [
                ("--kubeconfig", args.cluster.kubeconfig.is_some()),
                ("--context", args.cluster.context.is_some()),
                ("--namespace", !args.cluster.namespace.is_empty()),
            ];
            super::refuse_unused(&given, "the cluster is read from the snapshot")?;
        }
        #[cfg(feature = "live")]
        let source = if args.snapshots.is_empty() {
            let label = if let ByArg::Label(key) = &args.by { Some(key.clone()) } else { None };
            ClusterSource::Live(Box::new(LiveCluster::resolve(args.cluster, args.cluster_name.clone(), label)?))
        } else {
            ClusterSource::Files(args.snapshots)
        };
        #[cfg(not(feature = "live"))]
        let source = ClusterSource::Files(args.snapshots);
        let time = ReportTime::resolve(args.month, &args.timezone, window)?;
        // Thirty days that end with the first of a month are mostly the month before.
        let middle = match time.period.map(|period| period.start().as_second().midpoint(period.end().as_second())) {
            Some(second) => jiff::Timestamp::from_second(second).map_err(|_| SettingsError::NoTime)?,
            None => super::now()?,
        };
        let month = Month::of(time.month.unwrap_or(middle.to_zoned(args.timezone.clone()).date()));
        Ok(Self {
            source,
            by: args.by,
            shared_namespaces: args.shared_namespace.into_iter().collect(),
            split_shared: args.split_shared.into(),
            split_idle: args.split_idle.into(),
            provider: args.provider,
            region: args.region.or_else(|| default_region(args.provider).map(str::to_owned)),
            prices: args.prices,
            time,
            stored: args.history,
            #[cfg(feature = "live")]
            prometheus,
            spot_labels,
            #[cfg(feature = "live")]
            proxies: if args.scrape.is_empty() { Proxies::default() } else { super::proxies()? },
            scrapes: args.scrape,
            now: super::now()?,
            cluster_name: args.cluster_name,
            today: today()?,
            month,
            zone: args.timezone,
            delivery,
            output: OutputSettings::resolve(args.output),
        })
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
