//! `capmodel report`.

use std::collections::BTreeSet;
use std::path::PathBuf;

use super::{Failure, Outcome, basis, cluster, deliver, delivery, machines, scrape};
use crate::cli::ByArg;
use crate::inputs::files::{parse_owners, read, read_snapshot_file};
use crate::inputs::prices::{PriceBook, price_groups, service_prices};
#[cfg(feature = "live")]
use crate::inputs::prometheus::PrometheusError;
use crate::model::cluster::{Snapshot, SpotLabel};
use crate::model::report::{
    Grouping, MachineKey, MachinePrices, Report, ReportInput, Reporter, equal_parts, forecast, machines_of,
    machines_of_history, within,
};
use crate::model::usage::{History, Period};
use crate::model::{Arch, AutoModeFee, CapacityType, Finding, PodPrice, PriceGroups, PriceNote};
use crate::outputs;
use crate::settings::{ClusterSource, ReportSettings};
use crate::units::{Date, Hours, Timestamp};

/// The report; where there is none, those who wait for it are told.
pub(super) fn run(settings: &ReportSettings) -> Result<Outcome, Failure> {
    let written = write(settings);
    if let Err(failure) = &written {
        delivery::tell_failed(settings, failure);
    }
    written
}

/// Cluster, past and prices → report → bytes.
fn write(settings: &ReportSettings) -> Result<Outcome, Failure> {
    let grouping = match &settings.by {
        ByArg::Namespace => Grouping::Namespace,
        ByArg::Workload => Grouping::Workload,
        ByArg::Label(key) => Grouping::Label(key.clone()),
        ByArg::Owners(path) => Grouping::Owners(parse_owners(&path.display().to_string(), &read(path)?)?),
    };
    let services = service_prices()?;
    let mut prices = Prices {
        book: basis::price_book(settings.prices.as_deref())?,
        groups: price_groups()?,
        auto_mode: machines::auto_mode_fee(&services),
        today: settings.today,
        findings: BTreeSet::new(),
    };
    let input = ReportInput {
        services,
        without_nodes: prices.of_pods(settings)?,
        period: settings.time.period,
        month: settings.time.month,
        hours: settings.time.hours,
        grouping,
        shared_namespaces: settings.shared_namespaces.clone(),
        split_shared: settings.split_shared,
        split_idle: settings.split_idle,
    };
    let scraped = scrape::read(settings)?;
    let mut report = make(settings, &input, &mut prices)?;
    if let Some(name) = &settings.cluster_name {
        report.cluster.name.clone_from(name);
    }
    for (target, scrapes) in scraped {
        report.add_scraped(&target, scrapes);
    }
    report.findings.extend(prices.findings);
    let kept = settings.kept_as(&report.span)?;
    if kept != settings.month && report.span.month.is_some() {
        let message = format!(
            "nothing tells {}: this is the cluster {}, and it is kept under {kept}; --prometheus or --history tells what was",
            settings.month,
            report.span.when()
        );
        report.findings.push(Finding::warning("month-not-told", "period", message));
    }
    report.forecast = forecast(&report, kept.next(), settings.hours_of(kept.next())?);
    let last_month = delivery::look_back(&mut report, kept, settings);
    report.findings.sort();
    let mut outcome = deliver(outputs::report(&report, &settings.output)?, 0, &settings.output)?;
    outcome.pending = delivery::pending(report, kept, last_month, settings)?;
    Ok(outcome)
}

fn make(settings: &ReportSettings, input: &ReportInput, prices: &mut Prices) -> Result<Report, Failure> {
    let mut reporter = Reporter::new(input);
    let told = Past::is_told(settings);
    // Without anything that tells the past several files stand for it; with it the last of them is the present, as one is.
    if let (ClusterSource::Files(paths), false) = (&settings.source, told)
        && paths.len() > 1
    {
        let moments = cluster::moments(paths)?;
        let times: Vec<Timestamp> = moments.iter().map(|(_, taken_at)| *taken_at).collect();
        // Of several that were taken in a month each speaks for its own time.
        let hours = match input.period {
            Some(period) => within(period, &times),
            None => equal_parts(moments.len(), input.hours),
        };
        return add_all(reporter, &moments, &hours, (&settings.spot_labels, prices));
    }
    let present = cluster::last(&settings.source, &settings.spot_labels)?;
    let past = match input.period.filter(|_| told) {
        Some(period) => Past::find(settings, period, &present, &mut prices.findings)?,
        None => Past::Unknown,
    };
    let machines = prices.of(machines_of(&present));
    match past {
        Past::Metrics(history) => {
            let past = prices.of(machines_of_history(&history, &present));
            reporter.add_history(&history, &present, &past);
        }
        Past::Stored { moments, hours } => {
            return add_all(reporter, &moments, &hours, (&settings.spot_labels, prices));
        }
        Past::Unknown => reporter.add(&present, input.hours, &machines),
    }
    Ok(reporter.finish(&present, &machines))
}

/// By what the past is told.
enum Past {
    Metrics(Box<History>),
    Stored { moments: Vec<(PathBuf, Timestamp)>, hours: Vec<Hours> },
    Unknown,
}

impl Past {
    fn is_told(settings: &ReportSettings) -> bool {
        #[cfg(feature = "live")]
        let metrics = settings.prometheus.is_some();
        #[cfg(not(feature = "live"))]
        let metrics = false;
        metrics || settings.stored.is_some()
    }

    /// Metrics, where they know as many hours of the period as the snapshots that were stored.
    fn find(
        settings: &ReportSettings,
        period: Period,
        present: &Snapshot,
        findings: &mut BTreeSet<Finding>,
    ) -> Result<Self, Failure> {
        let mut moments = match &settings.stored {
            Some(folder) => cluster::stored(folder, &present.cluster)?,
            None => Vec::new(),
        };
        let hours = within(period, &moments.iter().map(|(_, taken_at)| *taken_at).collect::<Vec<_>>());
        let mut spoken_for = hours.iter();
        moments.retain(|_| spoken_for.next().is_some_and(|hours| *hours > Hours::default()));
        let hours: Vec<Hours> = hours.into_iter().filter(|hours| *hours > Hours::default()).collect();
        let stored: f64 = hours.iter().map(|hours| hours.seconds() / 3600.0).sum();
        match metrics(settings, period, present) {
            Ok(None) => {}
            Ok(Some(history)) if history.coverage.known_hours() >= stored => {
                return Ok(Self::Metrics(Box::new(history)));
            }
            Ok(Some(history)) => drop(findings.insert(knows_less(period, history.coverage.known_hours(), stored))),
            // What Prometheus has forgotten the snapshots may still know.
            #[cfg(feature = "live")]
            Err(Failure::Prometheus(PrometheusError::Empty { .. } | PrometheusError::Lacks { .. })) if stored > 0.0 => {
                findings.insert(knows_less(period, 0.0, stored));
            }
            Err(error) => return Err(error),
        }
        Ok(if moments.is_empty() { Self::Unknown } else { Self::Stored { moments, hours } })
    }
}

/// What Prometheus says of the period, where there is one.
fn metrics(settings: &ReportSettings, period: Period, present: &Snapshot) -> Result<Option<History>, Failure> {
    #[cfg(feature = "live")]
    if let Some(prometheus) = &settings.prometheus {
        return super::history::read(prometheus, &settings.spot_labels, period, present).map(Some);
    }
    let _ = (settings, period, present);
    Ok(None)
}

fn knows_less(period: Period, metrics: f64, stored: f64) -> Finding {
    let message = format!(
        "Prometheus knows {metrics:.1} hours of {period} and the stored snapshots {stored:.1}: these tell the period, and so \
         what was used in it is not known"
    );
    Finding::warning("history-stored", "period", message)
}

/// One file in memory at a time.
fn add_all(
    mut reporter: Reporter<'_>,
    moments: &[(PathBuf, Timestamp)],
    hours: &[Hours],
    (spot, prices): (&[SpotLabel], &mut Prices),
) -> Result<Report, Failure> {
    let mut last = None;
    for ((path, _), hours) in moments.iter().zip(hours).filter(|(_, hours)| **hours > Hours::default()) {
        // The one before is dropped before the next is read.
        drop(last.take());
        let mut snapshot = read_snapshot_file(path)?;
        snapshot.mark_spot(spot);
        let machines = prices.of(machines_of(&snapshot));
        reporter.add(&snapshot, *hours, &machines);
        last = Some((snapshot, machines));
    }
    match last {
        Some((snapshot, machines)) => Ok(reporter.finish(&snapshot, &machines)),
        None => Err(Failure::Value("there is no snapshot of this time".to_owned())),
    }
}

/// Prices of machines, with what a reader must know about them.
struct Prices {
    book: PriceBook,
    groups: PriceGroups,
    auto_mode: Option<AutoModeFee>,
    today: Date,
    findings: BTreeSet<Finding>,
}

impl Prices {
    /// A core and a GiB of the provider's basis group.
    fn of_pods(&self, settings: &ReportSettings) -> Result<Option<PodPrice>, Failure> {
        let Some(region) = settings.region.clone() else { return Ok(None) };
        let sold = self.book.offerings(settings.provider, &region)?;
        let share = self.groups.share_basis(settings.provider, Arch::Amd64, &sold, CapacityType::OnDemand).ok();
        let Some((share, first)) = share.zip(sold.first()) else { return Ok(None) };
        let origin = &first.origin;
        Ok(Some(PodPrice {
            name: share.group,
            core_hour: share.price.core_hour,
            gib_hour: share.price.gib_hour,
            note: PriceNote {
                region,
                date: Some(origin.date(CapacityType::OnDemand)),
                source: origin.dates.on_demand_source.to_string(),
                confirmed: true,
            },
        }))
    }

    fn of(&mut self, machines: BTreeSet<MachineKey>) -> MachinePrices {
        let (prices, findings) =
            machines::machine_prices(&self.book, &self.groups, self.auto_mode.as_ref(), machines, self.today);
        self.findings.extend(findings);
        prices
    }
}
