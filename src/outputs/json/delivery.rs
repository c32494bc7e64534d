//! The message that a webhook receives after a run, as `capmodel/delivery/v1`.

use super::convert::cents;
use super::report;
use crate::model::report::{NamespaceChange as Changed, Report};
use crate::outputs::Delivered;
use crate::schema::delivery::{
    Change, DeliverySchema, FailureEvent, FailureMessage, NamespaceChange, ReportEvent, ReportMessage, Summary,
};
use crate::units::Month;

pub(in crate::outputs) fn report_message(report: &Report, delivered: &Delivered) -> ReportMessage {
    let change = delivered.last_month.as_ref().map(|last| Change {
        month: last.month.to_string(),
        cost: last.cost.map(cents),
        difference: report.known_total().zip(last.cost).map(|(now, before)| cents(now - before)),
        namespaces: last.namespaces.iter().map(namespace_change).collect(),
    });
    ReportMessage {
        schema: DeliverySchema::V1,
        event: ReportEvent::Report,
        cluster: report.cluster.name.clone(),
        month: delivered.month.to_string(),
        summary: Summary {
            currency: report.currency.to_string(),
            cost: report.known_total().map(cents),
            period: report.span.when(),
            amounts_are: report.span.per(),
            change,
            idle: report.idle.as_ref().map(|idle| cents(idle.cost)),
            hours: report::number(report.span.hours.amount()),
            hours_with_data: report::number(report.span.hours_with_data.amount()),
            coverage: delivered.coverage,
            priced_node_hours_share: report.priced_share,
            partial: report.is_partial(),
        },
        stored: delivered.stored.clone(),
        link: delivered.link.clone(),
        undelivered: delivered.undelivered.clone(),
        report: report::document(report),
    }
}

fn namespace_change(row: &Changed) -> NamespaceChange {
    NamespaceChange {
        name: row.name.clone(),
        before: cents(row.before),
        after: cents(row.after),
        difference: cents(row.difference()),
    }
}

pub(in crate::outputs) fn failure_message(cluster: Option<&str>, month: Month, error: &str) -> FailureMessage {
    FailureMessage {
        schema: DeliverySchema::V1,
        event: FailureEvent::Failed,
        cluster: cluster.map(str::to_owned),
        month: month.to_string(),
        error: error.to_owned(),
    }
}
