//! Reads a report, an estimate or a workload that capmodel wrote, for a comparison.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::FileError;
use super::stored_report::{decimal, exchange_rate, money, name};
use crate::model::compare::{Compared, IdleFacts, Kind, MachineFacts, ReportFacts, Resource, WorkloadFacts};
use crate::schema::currency::ExchangeRate;
use crate::schema::estimate::Estimates;
use crate::schema::number::DecimalText;
use crate::schema::report::{NodeGroup, Report, Workload as ReportWorkload};
use crate::schema::workload::Workload;
use crate::units::{BYTES_PER_GIB, Money};

/// Identifies the document; read first, so that errors can name it.
#[derive(Deserialize)]
struct Head {
    schema: String,
}

/// Parses the document that `label` names.
///
/// # Errors
/// [`FileError::Invalid`] if it cannot be compared.
pub fn parse_compared(label: &str, bytes: &[u8]) -> Result<Compared, FileError> {
    compared(bytes).map_err(|message| FileError::Invalid {
        label: label.to_owned(),
        wanted: "report, estimate or workload",
        message,
    })
}

const REMEDY: &str = "make one with capmodel report, estimate or estimate --workload, and --format json";

fn compared(bytes: &[u8]) -> Result<Compared, String> {
    let Head { schema } = serde_json::from_slice(bytes).map_err(|e| format!("{e}; {REMEDY}"))?;
    let error = |e: serde_json::Error| e.to_string();
    match schema.as_str() {
        "capmodel/report/v1" => report(serde_json::from_slice(bytes).map_err(error)?),
        "capmodel/estimate/v1" => estimate(serde_json::from_slice(bytes).map_err(error)?),
        "capmodel/workload/v1" => workload(serde_json::from_slice(bytes).map_err(error)?),
        other => Err(format!("its schema is `{}`; {REMEDY}", other.escape_debug())),
    }
}

fn maybe(text: Option<&DecimalText>) -> Result<Option<Money>, String> {
    text.map(money).transpose()
}

/// An amount that explains others; zero if it is missing.
fn real(text: Option<&DecimalText>) -> Result<f64, String> {
    Ok(maybe(text)?.unwrap_or_default().to_f64())
}

/// Inserts a row; an error if the name is already taken.
fn insert(rows: &mut BTreeMap<String, Option<Money>>, row: String, cost: Option<Money>) -> Result<(), String> {
    let row = name(row)?;
    match rows.insert(row.clone(), cost) {
        None => Ok(()),
        Some(_) => Err(format!("{row} is in it twice")),
    }
}

fn estimate(document: Estimates) -> Result<Compared, String> {
    let mut rows = BTreeMap::new();
    for estimate in document.estimates {
        let share = estimate.share_cost_per_month.map(|cost| cost.plan);
        let cost = maybe(estimate.total_cost_per_month.or(share).as_ref())?;
        insert(&mut rows, format!("{} ({})", estimate.profile, estimate.policy), cost)?;
    }
    let basis = document.basis;
    let mut conditions = BTreeMap::from([
        ("busy demand", format!("{} req/s", document.demand.requests_per_second.mid)),
        ("version of capmodel", name(basis.tool_version)?),
        ("hours of the month", basis.hours_per_month.0),
        ("region", name(format!("{} {}", basis.provider, basis.region))?),
        ("capacity type", name(basis.capacity_type)?),
        ("price table", name(basis.catalogue)?),
    ]);
    conditions.extend(rate_of(basis.exchange_rate.as_ref())?);
    let currency = name(basis.currency)?;
    Ok(Compared { kind: Kind::Estimate, currency, total: None, rows, conditions, facts: None })
}

fn workload(document: Workload) -> Result<Compared, String> {
    let mut rows = BTreeMap::new();
    for service in document.services {
        let row = format!("{} ({}, {})", service.name, service.profile, service.policy);
        insert(&mut rows, row, maybe(service.share_cost_per_month.as_ref())?)?;
    }
    // The nodes of a part of the pods are not the total cost.
    let total = document.feasible.then(|| money(&document.node_cost_per_month)).transpose()?;
    let mut conditions = BTreeMap::from([("hours of the month", document.hours_per_month.0)]);
    conditions.extend(rate_of(document.exchange_rate.as_ref())?);
    let currency = name(document.currency)?;
    Ok(Compared { kind: Kind::Workload, currency, total, rows, conditions, facts: None })
}

fn report(document: Report) -> Result<Compared, String> {
    let facts = facts(&document)?;
    let mut rows = BTreeMap::new();
    for workload in &document.workloads {
        insert(&mut rows, row_name(workload), maybe(workload.cost.total.as_ref())?)?;
    }
    let mut conditions = BTreeMap::from([
        ("cluster", name(document.cluster.name)?),
        ("source of the report", name(document.period.kind)?),
        ("version of capmodel", name(document.basis.tool_version)?),
        ("completeness of the prices", if document.partial { "partial" } else { "complete" }.to_owned()),
    ]);
    conditions.extend(rate_of(document.basis.exchange_rate.as_ref())?);
    Ok(Compared {
        kind: Kind::Report,
        currency: name(document.basis.currency)?,
        total: maybe(document.cost.as_ref())?,
        rows,
        conditions,
        facts: Some(facts),
    })
}

/// The rate of a document that is not in US dollars: another one changes every amount.
fn rate_of(rate: Option<&ExchangeRate>) -> Result<Option<(&'static str, String)>, String> {
    Ok(rate.map(exchange_rate).transpose()?.map(|rate| ("exchange rate", rate)))
}

fn row_name(workload: &ReportWorkload) -> String {
    match &workload.namespace {
        Some(namespace) => format!("{namespace}/{} ({})", workload.name, workload.kind),
        None => format!("{} ({})", workload.name, workload.kind),
    }
}

fn facts(report: &Report) -> Result<ReportFacts, String> {
    let number = |text: &DecimalText| decimal(text).map(|number| Money::new(number).to_f64());
    // Metrics only count the hours that have data; otherwise, amounts cover a month or the period.
    let hours = match (report.period.kind.as_str(), &report.basis.hours_per_month) {
        ("history", _) => number(&report.period.hours_with_data)?,
        (_, Some(hours)) => number(hours)?,
        (_, None) => number(&report.period.hours)?,
    };
    let mut facts = ReportFacts { hours, ..ReportFacts::default() };
    // The row of idle cost has no CPU or memory of its own: the idle capacity explains it, whichever rows it is
    // allocated to.
    for workload in &report.workloads {
        facts.workloads.insert(row_name(workload), workload_facts(workload, hours)?);
    }
    if let Some(idle) = &report.idle {
        let cpu = Resource { quantity: number(&idle.cpu.cores)?, cost: real(Some(&idle.cpu.cost))? };
        let memory = Resource { quantity: number(&idle.memory.gib)?, cost: real(Some(&idle.memory.cost))? };
        let gpu = match &idle.gpu {
            Some(gpu) => Resource { quantity: number(&gpu.accelerators)?, cost: real(Some(&gpu.cost))? },
            None => Resource::default(),
        };
        facts.idle = IdleFacts { cpu, memory, gpu };
    }
    for line in &report.services {
        // Several lines may have the same name and different prices.
        let entry = facts.lines.entry(format!("{} {}", line.name, line.unit)).or_default();
        if hours > 0.0 {
            entry.quantity += number(&line.quantity)? / hours;
        }
        entry.cost += real(line.cost.as_ref())?;
    }
    for group in &report.nodes {
        let Some(price) = &group.price_per_hour else { continue };
        let machine = [group.instance_type.as_deref(), group.region.as_deref(), Some(group.billed_as.as_str())];
        let shape = group.shape.map_or_else(String::new, |s| format!(" {} {}", s.cpu_millis, s.memory_gib));
        let machine = machine.map(Option::unwrap_or_default).join(" ") + &shape;
        let way = facts.machines.entry(machine).or_default().entry(bought(group)).or_default();
        let (more, price) = (number(&group.count)?, number(price)?);
        // Nodes of one type may have several prices; their mean is used.
        let count = way.count + more;
        if count > 0.0 {
            *way = MachineFacts { count, price_per_hour: (way.count * way.price_per_hour + more * price) / count };
        }
    }
    Ok(facts)
}

/// Purchase option of the nodes: a rule of a pricing file is a discount or a commitment.
fn bought(group: &NodeGroup) -> String {
    match &group.pricing_rule {
        None => group.capacity_type.clone(),
        Some(rule) => format!("{} by {rule}", group.capacity_type),
    }
}

#[expect(clippy::cast_precision_loss, reason = "requests are far below 2^53")]
fn workload_facts(workload: &ReportWorkload, hours: f64) -> Result<WorkloadFacts, String> {
    let per_hour = |amount: f64| if hours > 0.0 { amount / hours } else { 0.0 };
    let requested = match (&workload.usage, &workload.requested) {
        (Some(usage), _) => (per_hour(usage.requested_core_hours), per_hour(usage.requested_gib_hours)),
        (None, Some(now)) => (now.cpu_millis as f64 / 1e3, now.memory_bytes as f64 / BYTES_PER_GIB),
        (None, None) => (0.0, 0.0),
    };
    let usage = workload.usage.as_ref();
    let used = usage.and_then(|usage| Some((usage.core_hours?, usage.cpu_measured_hours)));
    Ok(WorkloadFacts {
        cpu: Resource { quantity: requested.0, cost: real(workload.cost.cpu.as_ref())? },
        memory: Resource { quantity: requested.1, cost: real(workload.cost.memory.as_ref())? },
        gpu_cost: real(workload.cost.gpu.as_ref())?,
        used_cores: used.filter(|(_, hours)| *hours > 0.0).map(|(cores, hours)| cores / hours),
        demand: usage.and_then(|usage| usage.requests_per_second.as_ref()?.mean),
    })
}
