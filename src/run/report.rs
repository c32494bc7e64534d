//! `capmodel report`.

use super::{Failure, Outcome, basis, deliver, delivery, machines};
use crate::cli::ByArg;
use crate::inputs::files::{parse_owners, read, read_snapshot_file};
use crate::inputs::prices::{price_groups, service_prices};
use crate::model::cluster::Snapshot;
use crate::model::report::{Grouping, ReportInput, forecast, report};
use crate::outputs;
use crate::settings::{ClusterSource, ReportSettings};

/// The report; where there is none, those who wait for it are told.
pub(super) fn run(settings: &ReportSettings) -> Result<Outcome, Failure> {
    let made = make(settings);
    if let Err(failure) = &made {
        delivery::tell_failed(settings, failure);
    }
    made
}

/// Snapshots and prices → report → bytes.
fn make(settings: &ReportSettings) -> Result<Outcome, Failure> {
    let grouping = match &settings.by {
        ByArg::Namespace => Grouping::Namespace,
        ByArg::Workload => Grouping::Workload,
        ByArg::Label(key) => Grouping::Label(key.clone()),
        ByArg::Owners(path) => Grouping::Owners(parse_owners(&path.display().to_string(), &read(path)?)?),
    };
    let book = basis::price_book(settings.prices.as_deref())?;
    let snapshots = snapshots(&settings.source)?;
    let (machines, findings) = machines::machine_prices(&book, &price_groups()?, &snapshots, settings.today);
    let mut report = report(&ReportInput {
        snapshots: &snapshots,
        machines: &machines,
        services: &service_prices()?,
        hours: settings.hours,
        grouping,
        shared_namespaces: settings.shared_namespaces.clone(),
        split_shared: settings.split_shared,
        split_idle: settings.split_idle,
    });
    report.findings.extend(findings);
    let next = settings.month.next();
    report.forecast = forecast(&report, report.hours, next, next.hours());
    let last_month = delivery::look_back(&mut report, settings);
    report.findings.sort();
    let mut outcome = deliver(outputs::report(&report, &settings.output)?, 0, &settings.output)?;
    outcome.pending = delivery::pending(report, last_month, settings)?;
    Ok(outcome)
}

/// One cluster, by time.
pub(super) fn snapshots(source: &ClusterSource) -> Result<Vec<Snapshot>, Failure> {
    let mut snapshots = match source {
        ClusterSource::Files(paths) => paths.iter().map(|p| read_snapshot_file(p)).collect::<Result<Vec<_>, _>>()?,
        #[cfg(feature = "live")]
        ClusterSource::Live(live) => vec![super::snapshot::read(&live.access, &live.wanted, false)?],
    };
    snapshots.sort_by_key(|snapshot| snapshot.taken_at);
    let pairs = || snapshots.iter().zip(snapshots.iter().skip(1));
    if let Some((one, other)) = pairs().find(|(a, b)| a.cluster.uid != b.cluster.uid) {
        return Err(Failure::Value(format!(
            "the snapshots are of two clusters, {} and {}: a report is of one",
            one.cluster.name, other.cluster.name
        )));
    }
    if let Some((one, _)) = pairs().find(|(a, b)| a.taken_at == b.taken_at) {
        return Err(Failure::Value(format!("two snapshots are of the same moment, {}", one.taken_at)));
    }
    Ok(snapshots)
}
