//! `capmodel report`.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;

use super::{Failure, Outcome, basis, cluster, deliver, delivery, next_steps, scrape, services, stored_usage};
use crate::cli::{ByArg, GivenOption};
use crate::inputs::bill::{Expected, read_bill};
use crate::inputs::files::{label, parse_owners, read, read_snapshot_file};
use crate::inputs::prices::{PriceBook, price_groups};
#[cfg(feature = "live")]
use crate::inputs::prometheus::PrometheusError;
use crate::model::cluster::{Owners, Snapshot, SpotLabel, WorkloadId};
use crate::model::finding::{Code, Finding};
use crate::model::pricing::{
    AutoModeFee, BillLine, MachineKey, MachinePrices, PodPrice, PriceGroups, about_term, about_unused, machine_prices,
};
use crate::model::report::{
    DataSource, Grouping, MachineHours, Report, ReportBuilder, ReportInput, ScrapeTarget, commit, equal_parts,
    forecast, machines_of, machines_of_history, reconcile, within,
};
use crate::model::services::RuntimeRule;
use crate::model::usage::{History, Period, Scrape, processes};
use crate::outputs;
use crate::settings::{ClusterSource, ReportArtifact, ReportSettings};
use crate::units::{Date, Hours, Timestamp};

/// Reads cluster, history and prices, and renders the report; `options` are repeated in its next steps.
pub(super) fn run(asked: &ReportSettings, options: &[GivenOption]) -> Result<Outcome, Failure> {
    let settings = asked;
    let mut runtimes = Vec::new();
    let grouping = match &settings.by {
        ByArg::Namespace => Grouping::Namespace,
        ByArg::Workload => Grouping::Workload,
        ByArg::Label(key) => Grouping::Label(key.clone()),
        ByArg::Owners(path) => {
            let file = read(path).and_then(|text| parse_owners(&label(path), &text));
            let file = file.map_err(|error| error.named_by("--by"))?;
            runtimes = file.runtimes;
            Grouping::Owners(file.owners)
        }
    };
    let (book, services) = basis::priced(settings.prices.as_deref(), settings.pricing.as_deref(), settings.currency)?;
    let mut prices = Prices {
        book,
        groups: price_groups()?,
        auto_mode: AutoModeFee::of(&services),
        today: settings.today,
        used: BTreeSet::new(),
        last_day: None,
        findings: BTreeSet::new(),
    };
    let scraped = scrape::read(&settings.scrapes)?;
    let told = Past::is_told(settings);
    let labels = prices.book.pricing().label_keys();
    let mut cluster = match &settings.source {
        ClusterSource::Files(paths) if !told && paths.len() > 1 => ClusterAt::Moments(paths),
        source => ClusterAt::Present(Box::new(cluster::last(source, &settings.spot_labels, &labels)?)),
    };
    if let ClusterAt::Present(present) = &mut cluster {
        present.mark_prices(prices.book.pricing(), &mut prices.used)?;
    }
    let own = match &cluster {
        ClusterAt::Present(present) if !told => stored_usage::of(present)?,
        _ => None,
    };
    // Without another source of history, the usage in the snapshot is used.
    let of_own = own.as_ref().filter(|_| settings.time.period.is_none());
    let settings = match of_own {
        Some(history) => &asked.of_period(history.grid.period())?,
        None => asked,
    };
    let input = ReportInput {
        currency: settings.currency,
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
    let mut report = match cluster {
        ClusterAt::Present(present) => of_one(settings, &input, &mut prices, (&runtimes, &scraped), (*present, own))?,
        ClusterAt::Moments(paths) => of_several(paths, settings, &input, &mut prices)?,
    };
    if report.span.source != DataSource::History {
        settings.refuse_without_history()?;
        if report.running_services.is_empty() {
            settings.refuse_without_services()?;
        }
    }
    if let Some(name) = &settings.cluster_name {
        report.cluster.name.clone_from(name);
    }
    for (target, scrapes) in scraped {
        report.add_scraped(&target, scrapes);
    }
    report.findings.extend(prices.findings);
    report.findings.extend(prices.book.pricing().unused(&prices.used));
    let commitments = prices.book.commitments();
    if let Some(last) = prices.last_day {
        report.findings.extend(about_term(&commitments, last));
    }
    report.findings.extend(about_unused(&commitments, &report.services, settings.currency.code()));
    report.findings.extend(report.committed_savings());
    let kept = settings.storage_month(&report.span)?;
    if kept != settings.month && report.span.month.is_some() {
        let message = format!(
            "there is no data for {}: this is the {}, stored as {kept}. Give --prometheus or --history for the past",
            settings.month,
            report.span.when()
        );
        report.findings.push(Finding::warning(Code::MonthNotCovered, "period", message));
    }
    if !report.has_pods_without_nodes() {
        settings.refuse_with_nodes()?;
    }
    if report.forecast.is_none() {
        report.forecast = forecast(&report, kept.next(), settings.hours_of(kept.next())?, None);
    }
    let last_month = delivery::compare_with_last_month(&mut report, kept, settings);
    let found = prometheus_in_cluster(&mut report, settings);
    next_steps::add(&mut report, next_steps::Asked { settings, options }, found.as_ref());
    report.findings.sort();
    if !settings.bill.is_empty() {
        let cluster = report.billable.cluster(&report.cluster.name);
        let expected = Expected { month: settings.month, currency: settings.currency, cluster };
        let (bill, layouts) = read_bill(&settings.bill, expected)?;
        let files = settings.bill.iter().map(|path| label(path)).zip(layouts).collect();
        reconcile(&mut report, &bill, files);
    }
    let charge_periods = settings.charge_periods(kept, &report.span)?;
    let written = match settings.artifact {
        ReportArtifact::Report => outputs::report(&report, settings.detail, settings.output.layout)?,
        ReportArtifact::Workload => outputs::workload_file(&report)?,
        ReportArtifact::OpenMetrics => outputs::openmetrics(&report, settings.detail.rows),
        ReportArtifact::Focus => outputs::focus(&report, charge_periods)?,
        #[cfg(feature = "parquet")]
        ReportArtifact::Parquet => outputs::parquet(&report, charge_periods)?,
    };
    let pending = delivery::pending(report, kept, last_month, &written, settings)?;
    // Binary and delivered: a log would not be readable with it.
    let is_only_stored = settings.artifact.is_binary() && settings.output.file.is_none();
    let mut outcome = if is_only_stored { Outcome::default() } else { deliver(written, 0, &settings.output)? };
    outcome.pending = pending;
    Ok(outcome)
}

/// A Prometheus of the live cluster, where none was given.
fn prometheus_in_cluster(report: &mut Report, settings: &ReportSettings) -> Option<next_steps::Found> {
    #[cfg(feature = "live")]
    if let (ClusterSource::Live(live), None) = (&settings.source, &settings.prometheus) {
        let (found, finding) = super::found_prometheus::find(&live.access, &live.wanted.namespaces)?;
        report.findings.push(finding);
        return Some(found);
    }
    let _ = (report, settings);
    None
}

/// The cluster that was read: its current state, or snapshots of several moments that represent its past.
enum ClusterAt<'a> {
    Present(Box<Snapshot>),
    Moments(&'a [PathBuf]),
}

/// Adds snapshots that represent the past, if there is no other source of history.
fn of_several(
    paths: &[PathBuf],
    settings: &ReportSettings,
    input: &ReportInput,
    prices: &mut Prices,
) -> Result<Report, Failure> {
    let moments = cluster::moments(paths)?;
    let times: Vec<Timestamp> = moments.iter().map(|(_, taken_at)| *taken_at).collect();
    // Snapshots taken within a month each represent the time around them.
    let hours = match input.period {
        Some(period) => within(period, &times),
        None => equal_parts(moments.len(), input.hours),
    };
    add_all(ReportBuilder::new(input), &moments, &hours, (&settings.spot_labels, prices))
}

/// Adds the current cluster after its history.
fn of_one(
    settings: &ReportSettings,
    input: &ReportInput,
    prices: &mut Prices,
    (runtimes, scraped): (&[RuntimeRule], &BTreeMap<ScrapeTarget, Vec<Scrape>>),
    (present, own): (Snapshot, Option<History>),
) -> Result<Report, Failure> {
    let mut builder = ReportBuilder::new(input);
    let told = Past::is_told(settings);
    let past = match input.period.filter(|_| told) {
        Some(period) => Past::find(settings, period, &present, prices)?,
        None => match own {
            Some(history) if input.period == Some(history.grid.period()) => Past::Metrics(Box::new(history)),
            Some(history) => {
                prices.findings.insert(stored_usage::of_another_time(&history, input.period));
                Past::Unknown
            }
            None => Past::Unknown,
        },
    };
    let mut machines = prices.of(machines_of(&present));
    let unused = prices.commit(&MachineHours::of_snapshot(&present, input.hours), &mut machines);
    match past {
        Past::Metrics(mut history) => {
            history.mark_prices(prices.book.pricing(), &mut prices.used)?;
            let mut past = prices.of(machines_of_history(&history, &present));
            let unused = prices.commit(&MachineHours::of_history(&history, &present), &mut past);
            builder.add_history(&history, &present, &past);
            builder.add_unused(unused);
            let mut report = builder.finish(&present, &machines);
            let (book, seen) = (&prices.book, (&*history, &present));
            services::add(&mut report, settings, (book, runtimes), seen, (&past, &machines))?;
            return Ok(report);
        }
        Past::Stored { moments, hours } => {
            return add_all(builder, &moments, &hours, (&settings.spot_labels, prices));
        }
        Past::Unknown => {
            builder.add(&present, input.hours, &machines);
            builder.add_unused(unused);
        }
    }
    let mut report = builder.finish(&present, &machines);
    // Without history, what processes report is one point of each service.
    if let Some(history) = one_point(&present, scraped) {
        let (book, seen) = (&prices.book, (&history, &present));
        services::add_of_one_moment(&mut report, settings, (book, runtimes), seen, &machines)?;
    }
    Ok(report)
}

/// The scrapes of running workloads as a history of one moment; `None` without any.
fn one_point(present: &Snapshot, scraped: &BTreeMap<ScrapeTarget, Vec<Scrape>>) -> Option<History> {
    let owners = Owners::new(&present.workloads);
    let all: BTreeSet<WorkloadId> =
        present.pods.iter().filter(|pod| !pod.is_terminated()).map(|pod| owners.workload(pod)).collect();
    let of = |(target, scrapes): (&ScrapeTarget, &Vec<Scrape>)| {
        let mut meant = all.iter().filter(|id| target.means(id));
        // An ambiguous name is a finding of the report.
        let id = meant.next().filter(|_| meant.next().is_none())?;
        Some((id.clone(), processes(scrapes.clone())))
    };
    let found: BTreeMap<WorkloadId, _> = scraped.iter().filter_map(of).collect();
    if found.is_empty() { None } else { History::of_one_point(present, &found) }
}

/// The source of history.
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

    /// Prefers metrics if they cover at least as many hours of the period as the stored snapshots.
    fn find(
        settings: &ReportSettings,
        period: Period,
        present: &Snapshot,
        prices: &mut Prices,
    ) -> Result<Self, Failure> {
        let (labels, findings) = (prices.book.pricing().label_keys(), &mut prices.findings);
        let mut moments = match &settings.stored {
            Some(folder) => cluster::stored(folder, &present.cluster)?,
            None => Vec::new(),
        };
        let hours = within(period, &moments.iter().map(|(_, taken_at)| *taken_at).collect::<Vec<_>>());
        let mut spoken_for = hours.iter();
        moments.retain(|_| spoken_for.next().is_some_and(|hours| *hours > Hours::default()));
        let hours: Vec<Hours> = hours.into_iter().filter(|hours| *hours > Hours::default()).collect();
        let stored: f64 = hours.iter().map(|hours| hours.seconds() / 3600.0).sum();
        match metrics(settings, period, present, &labels) {
            Ok(None) => {}
            Ok(Some(history)) if history.coverage.known_hours() >= stored => {
                return Ok(Self::Metrics(Box::new(history)));
            }
            Ok(Some(history)) => drop(findings.insert(knows_less(period, history.coverage.known_hours(), stored))),
            // Snapshots may cover a time that Prometheus no longer has.
            #[cfg(feature = "live")]
            Err(Failure::Prometheus(PrometheusError::Empty { .. } | PrometheusError::MissingMetric { .. }))
                if stored > 0.0 =>
            {
                findings.insert(knows_less(period, 0.0, stored));
            }
            Err(error) => return Err(error),
        }
        Ok(if moments.is_empty() { Self::Unknown } else { Self::Stored { moments, hours } })
    }
}

/// The metrics of the period, if Prometheus is configured; `labels` are keys of further node labels to read.
fn metrics(
    settings: &ReportSettings,
    period: Period,
    present: &Snapshot,
    labels: &BTreeSet<String>,
) -> Result<Option<History>, Failure> {
    #[cfg(feature = "live")]
    if let Some(prometheus) = &settings.prometheus {
        return super::history::read(prometheus, (&settings.spot_labels, labels), period, present).map(Some);
    }
    let _ = (settings, period, present, labels);
    Ok(None)
}

fn knows_less(period: Period, metrics: f64, stored: f64) -> Finding {
    let message = format!(
        "Prometheus covers {metrics:.1} hours of {period}, the stored snapshots {stored:.1}: the snapshots are used, so usage is unknown"
    );
    Finding::warning(Code::HistoryFromSnapshots, "period", message)
}

/// Reads one file at a time, to limit memory usage.
fn add_all(
    mut builder: ReportBuilder<'_>,
    moments: &[(PathBuf, Timestamp)],
    hours: &[Hours],
    (spot, prices): (&[SpotLabel], &mut Prices),
) -> Result<Report, Failure> {
    let mut last = None;
    for ((path, _), hours) in moments.iter().zip(hours).filter(|(_, hours)| **hours > Hours::default()) {
        // The previous snapshot is dropped before the next one is read.
        drop(last.take());
        let mut snapshot = read_snapshot_file(path)?;
        snapshot.mark_spot(spot);
        snapshot.mark_prices(prices.book.pricing(), &mut prices.used)?;
        let mut machines = prices.of(machines_of(&snapshot));
        let unused = prices.commit(&MachineHours::of_snapshot(&snapshot, *hours), &mut machines);
        builder.add(&snapshot, *hours, &machines);
        builder.add_unused(unused);
        last = Some((snapshot, machines));
    }
    match last {
        Some((snapshot, machines)) => Ok(builder.finish(&snapshot, &machines)),
        None => Err(Failure::Value("no snapshot covers this period".to_owned())),
    }
}

/// Prices of machines, with findings about them.
struct Prices {
    book: PriceBook,
    groups: PriceGroups,
    auto_mode: Option<AutoModeFee>,
    today: Date,
    /// The rules for single nodes that apply to one.
    used: BTreeSet<Arc<str>>,
    /// The last day to which commitments were applied.
    last_day: Option<Date>,
    findings: BTreeSet<Finding>,
}

impl Prices {
    /// The prices of a core and a GiB in the provider's reference price group.
    fn of_pods(&self, settings: &ReportSettings) -> Result<Option<PodPrice>, Failure> {
        let Some(region) = settings.region().map(str::to_owned) else { return Ok(None) };
        let sold = self.book.offerings(settings.provider(), &region)?;
        Ok(PodPrice::of_basis(&self.groups, settings.provider(), region, &sold))
    }

    /// Applies commitments to machines; returns the bill lines of what is not used.
    fn commit(&mut self, hours: &MachineHours, machines: &mut MachinePrices) -> Vec<BillLine> {
        let commitments = self.book.commitments();
        if commitments.is_empty() {
            return Vec::new();
        }
        self.last_day = self.last_day.max(hours.last_day());
        commit(&commitments, hours, machines)
    }

    fn of(&mut self, machines: BTreeSet<MachineKey>) -> MachinePrices {
        let (prices, findings) =
            machine_prices(&self.book, &self.groups, self.auto_mode.as_ref(), machines, self.today);
        self.findings.extend(findings);
        prices
    }
}
