//! Every running service in every style, for a report.

use std::collections::BTreeMap;

use super::Failure;
use super::place::place;
use super::service::preferring;
use crate::inputs::files::{parse_policy, policy_source, profile_names};
use crate::inputs::prices::PriceBook;
use crate::model::cluster::{Snapshot, WorkloadId};
use crate::model::finding::{Code, Finding};
use crate::model::nodes::PodRequest;
use crate::model::pricing::MachinePrices;
use crate::model::report::{Report, Spending, blended, forecast, forecast_from};
use crate::model::runtime::Evidence;
use crate::model::services::{Reported, RuntimeRule, ServiceFacts, service_facts};
use crate::model::styles::{
    BackTest, BackTestSplit, ClusterBasis, Gathered, NextMonth, Profiles, RunningService, ServiceFit, running_services,
    service_fit,
};
use crate::model::usage::History;
use crate::outputs::Format;
use crate::settings::ReportSettings;

/// Number of services whose fit is plotted.
const FITS: usize = 6;

/// Adds every running service, the next month and the back-test to a report, using a history.
pub(super) fn add(
    report: &mut Report,
    settings: &ReportSettings,
    (book, rules): (&PriceBook, &[RuntimeRule]),
    (history, present): (&History, &Snapshot),
    (past, machines): (&MachinePrices, &MachinePrices),
) -> Result<(), Failure> {
    let next = settings.forecast_of(settings.storage_month(&report.span)?.next())?;
    let cut = BackTestSplit::of(history.grid);
    match place(settings, book, present, machines) {
        Ok(place) => add_styles(report, settings, rules, (history, present), (&place, Some(next), cut))?,
        Err(why) => report.findings.push(Finding::warning(Code::StylesUnpriced, "services", why)),
    }
    if settings.output.layout.format == Format::Html {
        report.fits = fits(&report.running_services, history, present);
    }
    let exceeding = report.running_services.iter().flat_map(|service| &service.findings);
    let exceeding: Vec<Finding> =
        exceeding.filter(|finding| finding.code == Code::ForecastExceedsPods).cloned().collect();
    report.findings.extend(exceeding);
    let Some(prices) = blended(present, machines) else { return Ok(()) };
    let spending = Spending::of(history, present, past, prices);
    if report.known_total().is_some() {
        report.forecast = match forecast_from(report, &spending, &report.running_services, &next) {
            Ok(forecast) => Some(forecast),
            Err(why) => forecast(report, next.month, next.hours, Some(why)),
        };
    }
    if let Some(cut) = cut {
        let end = history.grid.period().end().as_second();
        report.back_test = BackTest::of(&report.running_services, spending.back_test(cut), cut, end);
        report.findings.extend(report.back_test.as_ref().and_then(BackTest::finding));
    }
    Ok(())
}

/// The fits of the most expensive services.
fn fits(services: &[RunningService], history: &History, present: &Snapshot) -> Vec<ServiceFit> {
    let cost = |service: &RunningService| service.as_is[0].as_ref().ok().map(|sized| sized.share_cost.plan);
    let mut calibrated: Vec<&RunningService> =
        services.iter().filter(|service| service.learning.calibration.is_ok()).collect();
    calibrated.sort_by_cached_key(|service| (std::cmp::Reverse(cost(service)), service.id.clone()));
    calibrated.into_iter().take(FITS).filter_map(|service| service_fit(&service.id, history, present)).collect()
}

/// Adds every service observed at one moment to a report of the current state.
pub(super) fn add_of_one_moment(
    report: &mut Report,
    settings: &ReportSettings,
    (book, rules): (&PriceBook, &[RuntimeRule]),
    (history, present): (&History, &Snapshot),
    machines: &MachinePrices,
) -> Result<(), Failure> {
    match place(settings, book, present, machines) {
        Ok(place) => add_styles(report, settings, rules, (history, present), (&place, None, None))?,
        Err(why) => report.findings.push(Finding::warning(Code::StylesUnpriced, "services", why)),
    }
    Ok(())
}

/// Adds every running service in every style, and the value set of the other languages' profiles.
fn add_styles(
    report: &mut Report,
    settings: &ReportSettings,
    rules: &[RuntimeRule],
    (history, present): (&History, &Snapshot),
    (place, next, cut): (&ClusterBasis, Option<NextMonth>, Option<BackTestSplit>),
) -> Result<(), Failure> {
    let known: BTreeMap<WorkloadId, ServiceFacts> = service_facts(present, &Reported::in_history(history), rules);
    let recommended_request = report.workloads.iter().filter_map(|row| {
        let advice = row.recommended.as_ref()?.outcome.as_ref().ok()?;
        Some((row.key.workload()?.clone(), advice.request))
    });
    let recommended_request: BTreeMap<WorkloadId, PodRequest> = recommended_request.collect();
    let gathered =
        Gathered { history, snapshot: present, recommended_request: &recommended_request, known: &known, next, cut };
    let profiles = profiles(settings.evidence)?;
    report.running_services = running_services(&gathered, &profiles, place, &settings.service_options);
    report.evidence = Some(settings.evidence.unwrap_or(profiles.policy.evidence));
    Ok(())
}

/// The sizing policy for services, and the built-in profiles with the given value set or that of the policy, or with the
/// other one where they do not have it.
pub(super) fn profiles(evidence: Option<Evidence>) -> Result<Profiles, Failure> {
    let policy = parse_policy(&policy_source("production")?)?;
    let evidence = evidence.unwrap_or(policy.evidence);
    let shapes = profile_names().map(|name| {
        let profile = preferring(name, evidence)?;
        Ok((profile.name.clone(), profile))
    });
    Ok(Profiles {
        shapes: shapes.collect::<Result<_, Failure>>()?,
        python: "python-fastapi".to_owned(),
        go: "go-gin".to_owned(),
        policy,
    })
}
