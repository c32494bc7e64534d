//! `capmodel report --deliver`: reads the stored report of the previous month, and delivers this month's.

use std::error::Error;

use super::{Failure, log_progress};
use crate::delivery::{DeliveryError, ReportFolder, Store, StoredFile, Target, Volume, latest_report, store_report};
#[cfg(feature = "live")]
use crate::delivery::{MessageForm, RETRY};
use crate::inputs::files::{StoredReport, parse_stored_report};
use crate::model::finding::{Code, Finding};
use crate::model::report::{DataSource, LastMonth, Report, predicted};
use crate::outputs::{self, Delivered, Format, Layout};
use crate::settings::{DeliverySettings, ReportArtifact, ReportSettings};
use crate::units::Month;

/// A finished report that is not delivered yet.
#[derive(Debug)]
pub struct Pending {
    delivery: DeliverySettings,
    report: Report,
    /// The report as JSON, for every store.
    json: Vec<u8>,
    /// The report in the requested format, with its file extension.
    beside: Option<(&'static str, Vec<u8>)>,
    /// Metrics for a Pushgateway.
    #[cfg(feature = "live")]
    metrics: Vec<u8>,
    delivered: Delivered,
}

/// Adds the prediction for this month from the stored report of the month before `kept`, from the first store that
/// has one; returns that month.
pub(super) fn compare_with_last_month(
    report: &mut Report,
    kept: Month,
    settings: &ReportSettings,
) -> Option<LastMonth> {
    let month = kept.previous();
    let place = ReportFolder::new(&report.cluster.name, month);
    for target in settings.delivery.targets.iter().filter(|target| target.is_store()) {
        let label = target.to_string();
        let stored = match read_back(target, &place, &settings.delivery) {
            Ok(None) => continue,
            Ok(Some(stored)) => stored,
            Err(error) => {
                let message = format!(
                    "the report of {month} cannot be read, so there is nothing to compare with: {}",
                    chain(&*error)
                );
                report.findings.push(Finding::warning(Code::PreviousReportUnreadable, label, message));
                continue;
            }
        };
        if let Some(why) = foreign(&stored, report, kept) {
            let message = format!("the stored report of {month} does not match this report: {why}");
            report.findings.push(Finding::warning(Code::PreviousReportMismatch, label, message));
            continue;
        }
        let rate = report.currency.rate().map(|rate| rate.to_string());
        if let (Some(then), Some(now)) = (&stored.exchange_rate, rate)
            && *then != now
        {
            let message = format!(
                "the stored report of {month} is at the exchange rate {then} and this one at {now}: differences between them \
                 include the change of the rate"
            );
            report.findings.push(Finding::info(Code::ExchangeRateChanged, label, message));
        }
        report.predicted = stored.forecast.as_ref().map(|forecast| predicted(report, forecast, stored.taken_at));
        return Some(LastMonth::compared(report, month, stored.cost, stored.namespaces));
    }
    None
}

fn read_back(
    target: &Target,
    place: &ReportFolder,
    #[cfg_attr(not(feature = "buckets"), expect(unused_variables, reason = "for buckets"))] delivery: &DeliverySettings,
) -> Result<Option<StoredReport>, Box<dyn Error>> {
    let label = format!("{target}/{}", place.folder());
    let found = match target {
        Target::Volume(root) => latest_report(&Volume::new(root), place, &label)?,
        #[cfg(feature = "live")]
        Target::Webhook(_) | Target::Pushgateway(_) => None,
        #[cfg(feature = "buckets")]
        Target::Bucket(bucket) => {
            latest_report(&crate::delivery::Bucket::open(bucket, RETRY, &delivery.proxies)?, place, &label)?
        }
    };
    let root = target.to_string();
    let parse = |(path, bytes): (String, Vec<u8>)| {
        parse_stored_report(&format!("{}/{path}", root.trim_end_matches('/')), &bytes)
    };
    Ok(found.map(parse).transpose()?)
}

fn foreign(stored: &StoredReport, report: &Report, month: Month) -> Option<String> {
    let differ = |a: &Option<String>, b: &Option<String>| matches!((a, b), (Some(a), Some(b)) if a != b);
    if stored.cluster != report.cluster.name || differ(&stored.uid, &report.cluster.uid) {
        let uid = stored.uid.as_deref().unwrap_or("unknown");
        return Some(format!("it is a report of the cluster {} with UID {uid}", stored.cluster));
    }
    let currency = report.currency.to_string();
    if let Some(other) = stored.currency.as_ref().filter(|stored| **stored != currency) {
        return Some(format!("it is in {other} and this report in {currency}; report every month in one --currency"));
    }
    let predicted = stored.forecast.as_ref().map(|forecast| forecast.month);
    predicted
        .filter(|predicted| *predicted != month)
        .map(|predicted| format!("it contains a forecast for {predicted}, not {month}"))
}

/// Everything to deliver, with `written` being the report in the requested format; `None` if no delivery was requested.
pub(super) fn pending(
    report: Report,
    kept: Month,
    last_month: Option<LastMonth>,
    written: &[u8],
    settings: &ReportSettings,
) -> Result<Option<Pending>, Failure> {
    if settings.delivery.targets.is_empty() {
        return Ok(None);
    }
    let json = outputs::report(&report, settings.detail, Layout { format: Format::Json, ..settings.output.layout })?;
    let beside = match settings.artifact {
        ReportArtifact::Report => text_ending(settings.output.layout.format)
            .map(|ending| {
                let layout = Layout { color: false, ..settings.output.layout };
                Ok::<_, Failure>((ending, outputs::report(&report, settings.detail, layout)?))
            })
            .transpose()?,
        ReportArtifact::Focus => Some(("focus.csv", written.to_vec())),
        #[cfg(feature = "parquet")]
        ReportArtifact::Parquet => Some(("parquet", written.to_vec())),
        ReportArtifact::Workload | ReportArtifact::OpenMetrics => None,
    };
    let delivered = Delivered {
        month: kept,
        last_month,
        // The current state of a cluster has no hours without data.
        coverage: (report.span.source != DataSource::Present).then(|| report.span.coverage()),
        stored: Vec::new(),
        link: None,
        undelivered: Vec::new(),
    };
    Ok(Some(Pending {
        delivery: settings.delivery.clone(),
        json,
        beside,
        #[cfg(feature = "live")]
        metrics: outputs::openmetrics(&report, settings.detail.rows),
        report,
        delivered,
    }))
}

/// The ending of a report's file; `None` for JSON, which is always stored.
const fn text_ending(format: Format) -> Option<&'static str> {
    match format {
        Format::Json => None,
        Format::Table => Some("txt"),
        Format::Markdown => Some("md"),
        Format::Csv => Some("csv"),
        Format::Html => Some("html"),
    }
}

impl Pending {
    /// Delivers to every target, even if others fail, and logs each result to stderr.
    ///
    /// # Errors
    /// [`Failure::Undelivered`].
    pub fn send(mut self) -> Result<(), Failure> {
        let place = ReportFolder::new(&self.report.cluster.name, self.delivered.month);
        let targets = std::mem::take(&mut self.delivery.targets);
        let mut failed = 0;
        for target in &targets {
            match self.send_to(target, &place) {
                Ok(said) => log_progress(&said),
                Err(error) => {
                    failed += 1;
                    self.delivered.undelivered.push(target.to_string());
                    log_progress(&format!("delivery to {target} failed: {}", chain(&*error)));
                }
            }
        }
        if failed > 0 { Err(Failure::Undelivered { failed, all: targets.len() }) } else { Ok(()) }
    }

    fn send_to(&mut self, target: &Target, place: &ReportFolder) -> Result<String, Box<dyn Error>> {
        match target {
            Target::Volume(root) => Ok(self.store(&Volume::open(root, place)?, target, place)?),
            #[cfg(feature = "buckets")]
            Target::Bucket(bucket) => {
                let bucket = crate::delivery::Bucket::open(bucket, RETRY, &self.delivery.proxies)?;
                Ok(self.store(&bucket, target, place)?)
            }
            #[cfg(feature = "live")]
            Target::Webhook(webhook) => {
                let message = match webhook.form() {
                    MessageForm::Json => outputs::report_json(&self.report, &self.delivered),
                    MessageForm::Slack => outputs::report_slack(&self.report, &self.delivered),
                }?;
                webhook.post(&message, &RETRY, &self.delivery.proxies)?;
                Ok(format!("delivered to {target}"))
            }
            #[cfg(feature = "live")]
            Target::Pushgateway(pushgateway) => {
                let cluster = &self.report.cluster.name;
                pushgateway.push(cluster, &self.metrics, &RETRY, &self.delivery.proxies)?;
                Ok(format!("delivered to {target}"))
            }
        }
    }

    fn store(&mut self, store: &dyn Store, target: &Target, place: &ReportFolder) -> Result<String, DeliveryError> {
        let beside = self.beside.as_ref().map(|(ending, bytes)| (*ending, bytes.as_slice()));
        let StoredFile { path, number, already_existed } = store_report(store, place, &self.json, beside)?;
        // The page is what people open. Names in a path are percent-encoded, and so is the path in an address.
        let page = place.path(number, beside.map_or("json", |(ending, _)| ending)).replace('%', "%25");
        let path = format!("{}/{path}", target.to_string().trim_end_matches('/'));
        self.delivered.stored.push(path.clone());
        if self.delivered.link.is_none() {
            self.delivered.link = self.delivery.link.as_ref().map(|base| format!("{base}/{page}"));
        }
        let month = self.delivered.month;
        Ok(match number {
            _ if already_existed => format!("{path}: unchanged, already stored"),
            1 => format!("stored {path}"),
            _ => format!("stored {path} ({month} already had a different report, which was kept)"),
        })
    }
}

/// Notifies the webhooks that there is no report. The run does not depend on whether this succeeds.
#[cfg(feature = "live")]
pub(super) fn send_no_report(delivery: &DeliverySettings, cluster: Option<&str>, month: Month, failure: &Failure) {
    for target in &delivery.targets {
        let Target::Webhook(webhook) = target else { continue };
        let message = match webhook.form() {
            MessageForm::Json => outputs::failure_json(cluster, month, &chain(failure)),
            MessageForm::Slack => outputs::failure_slack(cluster, month, &chain(failure)),
        };
        let told = message
            .map_err(Box::<dyn Error>::from)
            .and_then(|message| Ok(webhook.post(&message, &RETRY, &delivery.proxies)?));
        match told {
            Ok(()) => log_progress(&format!("notified {target} of the failure")),
            Err(error) => log_progress(&format!("could not notify {target} of the failure: {}", chain(&*error))),
        }
    }
}

/// Without network support, nobody can be notified.
#[cfg(not(feature = "live"))]
pub(super) fn send_no_report(_delivery: &DeliverySettings, _cluster: Option<&str>, _month: Month, _failure: &Failure) {}

/// An error and its causes in one line.
fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let cause_text = cause.to_string();
        // Some errors repeat the text of their cause.
        if !text.contains(&cause_text) {
            text.push_str(&format!(": {cause_text}"));
        }
        source = cause.source();
    }
    text
}
