//! `capmodel report --deliver`: what the last month left, and where this month's report goes.

use std::error::Error;

use super::{Failure, log_progress};
use crate::delivery::{DeliveryError, Kept, Place, Store, Target, Volume, keep, latest};
#[cfg(feature = "live")]
use crate::delivery::{MessageForm, RetryPolicy};
use crate::inputs::files::{StoredReport, parse_stored_report};
use crate::model::finding::{Code, Finding};
use crate::model::report::{DataSource, Report, predicted};
use crate::outputs::{self, Delivered, Form, Format};
use crate::settings::{DeliverySettings, ReportSettings};
use crate::units::{Money, Month};

/// A report that was made and is not delivered yet.
#[derive(Debug)]
pub struct Pending {
    delivery: DeliverySettings,
    report: Report,
    /// As every store gets it.
    json: Vec<u8>,
    /// The same as it was asked for, with the ending of its file.
    beside: Option<(&'static str, Vec<u8>)>,
    /// For a Pushgateway.
    #[cfg(feature = "live")]
    metrics: Vec<u8>,
    delivered: Delivered,
}

/// Puts predicted beside modelled, by the report of the month before that it is kept under, in the first store that has one;
/// gives that month and its cost.
pub(super) fn look_back(report: &mut Report, kept: Month, settings: &ReportSettings) -> Option<(Month, Option<Money>)> {
    let month = kept.previous();
    let place = Place::new(&report.cluster.name, month);
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
            let message = format!("the stored report of {month} does not match this cluster or month: {why}");
            report.findings.push(Finding::warning(Code::PreviousReportMismatch, label, message));
            continue;
        }
        report.predicted = stored.forecast.as_ref().map(|forecast| predicted(report, forecast, stored.taken_at));
        return Some((month, stored.cost));
    }
    None
}

fn read_back(
    target: &Target,
    place: &Place,
    #[cfg_attr(not(feature = "buckets"), expect(unused_variables, reason = "for buckets"))] delivery: &DeliverySettings,
) -> Result<Option<StoredReport>, Box<dyn Error>> {
    let label = format!("{target}/{}", place.folder());
    let found = match target {
        Target::Volume(root) => latest(&Volume::new(root), place, &label)?,
        #[cfg(feature = "live")]
        Target::Webhook(_) | Target::Pushgateway(_) => None,
        #[cfg(feature = "buckets")]
        Target::Bucket(bucket) => {
            latest(&crate::delivery::Bucket::open(bucket, RetryPolicy::default(), &delivery.proxies)?, place, &label)?
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
    let predicted = stored.forecast.as_ref().map(|forecast| forecast.month);
    predicted
        .filter(|predicted| *predicted != month)
        .map(|predicted| format!("it contains a forecast for {predicted}, not {month}"))
}

/// Everything that is delivered; `None` where nothing is asked for.
pub(super) fn pending(
    report: Report,
    kept: Month,
    last_month: Option<(Month, Option<Money>)>,
    settings: &ReportSettings,
) -> Result<Option<Pending>, Failure> {
    if settings.delivery.targets.is_empty() {
        return Ok(None);
    }
    let json = outputs::report(&report, settings.detail, Form { format: Format::Json, ..settings.output.form })?;
    let ending = match settings.output.form.format {
        Format::Json => None,
        Format::Table => Some("txt"),
        Format::Markdown => Some("md"),
        Format::Csv => Some("csv"),
        Format::Html => Some("html"),
    };
    let beside = ending.map(|ending| {
        Ok::<_, Failure>((
            ending,
            outputs::report(&report, settings.detail, Form { color: false, ..settings.output.form })?,
        ))
    });
    let delivered = Delivered {
        month: kept,
        last_month,
        // A cluster as it is now has no hours that could be without data.
        coverage: (report.span.source != DataSource::Present).then(|| report.span.coverage()),
        stored: Vec::new(),
        undelivered: Vec::new(),
    };
    Ok(Some(Pending {
        delivery: settings.delivery.clone(),
        json,
        beside: beside.transpose()?,
        #[cfg(feature = "live")]
        metrics: outputs::openmetrics(&report, settings.detail.rows),
        report,
        delivered,
    }))
}

impl Pending {
    /// Delivers to every target, whatever becomes of the others, and says on stderr what became of each.
    ///
    /// # Errors
    /// [`Failure::Undelivered`].
    pub fn send(mut self) -> Result<(), Failure> {
        let place = Place::new(&self.report.cluster.name, self.delivered.month);
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

    fn send_to(&mut self, target: &Target, place: &Place) -> Result<String, Box<dyn Error>> {
        match target {
            Target::Volume(root) => Ok(self.keep(&Volume::open(root, place)?, target, place)?),
            #[cfg(feature = "buckets")]
            Target::Bucket(bucket) => {
                let bucket = crate::delivery::Bucket::open(bucket, RetryPolicy::default(), &self.delivery.proxies)?;
                Ok(self.keep(&bucket, target, place)?)
            }
            #[cfg(feature = "live")]
            Target::Webhook(webhook) => {
                let message = match webhook.form() {
                    MessageForm::Json => outputs::report_json(&self.report, &self.delivered),
                    MessageForm::Slack => outputs::report_slack(&self.report, &self.delivered),
                }?;
                webhook.post(&message, &RetryPolicy::default(), &self.delivery.proxies)?;
                Ok(format!("delivered to {target}"))
            }
            #[cfg(feature = "live")]
            Target::Pushgateway(pushgateway) => {
                let cluster = &self.report.cluster.name;
                pushgateway.push(cluster, &self.metrics, &RetryPolicy::default(), &self.delivery.proxies)?;
                Ok(format!("delivered to {target}"))
            }
        }
    }

    fn keep(&mut self, store: &dyn Store, target: &Target, place: &Place) -> Result<String, DeliveryError> {
        let beside = self.beside.as_ref().map(|(ending, bytes)| (*ending, bytes.as_slice()));
        let Kept { path, number, was_there } = keep(store, place, &self.json, beside)?;
        let path = format!("{}/{path}", target.to_string().trim_end_matches('/'));
        self.delivered.stored.push(path.clone());
        let month = self.delivered.month;
        Ok(match number {
            _ if was_there => format!("{path}: unchanged, already stored"),
            1 => format!("stored {path}"),
            _ => format!("stored {path} ({month} already had a different report, which was kept)"),
        })
    }
}

/// Tells the webhooks that there is no report. Whether they can be told changes nothing for the run.
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
            .and_then(|message| Ok(webhook.post(&message, &RetryPolicy::default(), &delivery.proxies)?));
        match told {
            Ok(()) => log_progress(&format!("notified {target} of the failure")),
            Err(error) => log_progress(&format!("could not notify {target} of the failure: {}", chain(&*error))),
        }
    }
}

/// Nobody can be told without a network.
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
