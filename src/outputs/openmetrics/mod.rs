//! A report as OpenMetrics, for dashboards and alerts.
//!
//! The number of series is bounded: seven per namespace, at most nine for each of the most expensive running services
//! (`--top`), and about thirty for the cluster. There are no series for workloads, pods and nodes.

mod exposition;
mod services;

use std::collections::BTreeMap;

use rust_decimal::Decimal;

use self::exposition::{Family, exposition};
use super::json;
use crate::model::report::Report;
use crate::schema::number::DecimalText;
use crate::schema::report as wire;
use crate::units::Bytes;

/// The report as OpenMetrics, with the `top` most expensive running services.
pub fn openmetrics(report: &Report, top: usize) -> Vec<u8> {
    let document = json::report::document(report);
    let mut families = of_the_report(report, &document);
    families.extend(of_the_cost(&document));
    families.extend(of_what_is_idle(&document));
    families.extend(of_the_forecast(&document));
    families.extend(services::families(&document.running_services, top));
    exposition(&[("cluster", report.cluster.name.clone())], &families).into_bytes()
}

fn of_the_report(report: &Report, document: &wire::Report) -> Vec<Family> {
    let mut info = Family::new("capmodel_report_info", "", "What the report is about; always 1.");
    info.add(
        vec![
            ("period", document.period.kind.clone()),
            ("month", document.period.month.clone().unwrap_or_default()),
            ("currency", document.basis.currency.clone()),
            ("version", document.basis.tool_version.clone()),
        ],
        &1,
    );
    let seconds = |name, help| Family::new(name, "seconds", help);
    let mut start = seconds("capmodel_report_start_timestamp_seconds", "When the reported period starts.");
    let mut end = seconds(
        "capmodel_report_end_timestamp_seconds",
        "When the reported period ends, or when the cluster was read where its current state is reported.",
    );
    let read = report.span.taken_at.iter().max().map(|at| at.as_second());
    let period = report.span.period.filter(|_| report.span.covers_period());
    if let Some(period) = period {
        start.add(Vec::new(), &period.start().as_second());
    }
    if let Some(at) = period.map(|period| period.end().as_second()).or(read) {
        end.add(Vec::new(), &at);
    }
    let mut length = seconds("capmodel_report_period_seconds", "Time that every cost of the report is for.");
    let hours = report.span.hours.amount();
    length.add(Vec::new(), &hours.saturating_mul(Decimal::from(3600)).round().normalize());
    let ratio = |name, help| Family::new(name, "ratio", help);
    let mut coverage = ratio("capmodel_report_coverage_ratio", "Share of the period that has data.");
    coverage.add(Vec::new(), &document.period.coverage);
    let mut priced = ratio("capmodel_report_priced_ratio", "Share of the node-hours that have a price.");
    if let Some(share) = document.priced_node_hours_share {
        priced.add(Vec::new(), &share);
    }
    let mut findings = Family::new("capmodel_report_findings", "", "Findings of the report.");
    for severity in ["info", "warning"] {
        let count = document.findings.iter().filter(|finding| finding.severity == severity).count();
        findings.add(vec![("severity", severity.to_owned())], &count);
    }
    vec![info, start, end, length, coverage, priced, findings]
}

fn of_the_cost(document: &wire::Report) -> Vec<Family> {
    let mut total = usd("capmodel_cost_usd", "Cost of the whole cluster in the period.");
    if let Some(cost) = &document.cost {
        total.add(Vec::new(), cost);
    }
    // A namespace may have the same name as a row of the cluster, such as idle, and a series must not occur twice.
    let mut parts: BTreeMap<(&str, &'static str), Decimal> = BTreeMap::new();
    for row in &document.namespaces {
        let wire::Costs { cpu, memory, gpu, storage, load_balancers, direct: _, shared, idle, total: _ } = &row.cost;
        let known = [
            ("cpu", cpu.as_ref()),
            ("memory", memory.as_ref()),
            ("gpu", gpu.as_ref()),
            ("storage", storage.as_ref()),
            ("load-balancers", load_balancers.as_ref()),
            ("shared", Some(shared)),
            ("idle", Some(idle)),
        ];
        for (part, cost) in known.into_iter().filter_map(|(part, cost)| Some((part, decimal(cost?)))) {
            *parts.entry((&row.name, part)).or_default() += cost;
        }
    }
    let mut namespaces = usd(
        "capmodel_namespace_cost_usd",
        "Cost of a namespace in the period, by what it is for; the parts add up to its cost.",
    );
    for ((namespace, part), cost) in parts {
        namespaces.add(vec![("namespace", namespace.to_owned()), ("part", part.to_owned())], &cost);
    }
    vec![total, namespaces]
}

fn of_what_is_idle(document: &wire::Report) -> Vec<Family> {
    let mut cost = usd("capmodel_idle_cost_usd", "Cost of what no workload requested in the period, by resource.");
    let mut ratio = Family::new("capmodel_idle_ratio", "ratio", "Share of a resource that no workload requested.");
    let mut cores = Family::new("capmodel_idle_cpu_cores", "cores", "CPU that no workload requested, on average.");
    let mut memory =
        Family::new("capmodel_idle_memory_bytes", "bytes", "Memory that no workload requested, on average.");
    if let Some(idle) = &document.idle {
        let gpu = idle.gpu.as_ref().map(|gpu| ("gpu", &gpu.cost, gpu.share));
        let all = [
            Some(("cpu", &idle.cpu.cost, idle.cpu.share)),
            Some(("memory", &idle.memory.cost, idle.memory.share)),
            gpu,
        ];
        for (resource, its_cost, share) in all.into_iter().flatten() {
            cost.add(vec![("resource", resource.to_owned())], its_cost);
            ratio.add(vec![("resource", resource.to_owned())], &share);
        }
        cores.add(Vec::new(), &idle.cpu.cores);
        memory.add(
            Vec::new(),
            &decimal(&idle.memory.gib).saturating_mul(Decimal::from(Bytes::from_gib(1).bytes())).round().normalize(),
        );
    }
    vec![cost, ratio, cores, memory]
}

fn of_the_forecast(document: &wire::Report) -> Vec<Family> {
    let mut forecast = usd(
        "capmodel_forecast_cost_usd",
        "Predicted cost of the cluster in the next month: the prediction, and its 5th and 95th percentile.",
    );
    if let Some(next) = &document.forecast {
        add_interval(&mut forecast, &next.cost, next.cost_interval.as_ref(), &[("month", next.month.clone())]);
    }
    let mut predicted = usd(
        "capmodel_predicted_cost_usd",
        "What the report before predicted for the hours of this period that have data.",
    );
    let mut modelled = usd("capmodel_modelled_cost_usd", "What is modelled for those hours.");
    if let Some(before) = &document.predicted {
        add_interval(&mut predicted, &before.cost, before.cost_interval.as_ref(), &[]);
        modelled.add(Vec::new(), &before.modelled);
    }
    let mut saving = usd(
        "capmodel_saving_usd",
        "What could be saved in a period of this length: by better requests, or by fewer or cheaper nodes for the same pods. \
         The two overlap.",
    );
    let of_requests = document.rightsizing.as_ref().and_then(|rightsizing| rightsizing.share_saving.as_ref());
    let of_nodes = document.consolidation.as_ref().map(|consolidation| &consolidation.saving);
    for (by, amount) in [("requests", of_requests), ("nodes", of_nodes)] {
        if let Some(amount) = amount {
            saving.add(vec![("by", by.to_owned())], amount);
        }
    }
    vec![forecast, predicted, modelled, saving]
}

/// A prediction with its interval.
fn add_interval(
    family: &mut Family,
    mid: &DecimalText,
    interval: Option<&wire::MoneyInterval>,
    labels: &[exposition::Label],
) {
    let around = interval.map(|interval| [("low", &interval.low), ("high", &interval.high)]);
    for (bound, cost) in [("mid", mid)].into_iter().chain(around.into_iter().flatten()) {
        let labels = labels.iter().cloned().chain([("bound", bound.to_owned())]).collect();
        family.add(labels, cost);
    }
}

const fn usd(name: &'static str, help: &'static str) -> Family {
    Family::new(name, "usd", help)
}

/// Parses a decimal that this tool has written.
fn decimal(text: &DecimalText) -> Decimal {
    text.0.parse().unwrap_or_default()
}
