//! Reads the history of a period from Prometheus.

use std::collections::BTreeSet;

use super::answer::Answer;
use super::chunks::chunks;
use super::client::{Prometheus, When};
use super::conventions::{CONVENTIONS, Convention, RATE_METRICS};
use super::discovery::{AvailableMetrics, extract_available_metrics};
use super::error::PrometheusError;
use super::extract::extract;
use super::identity::other_cluster;
use super::matcher::Matcher;
use super::promql::{Detail, sampled};
use super::queries::{QUERIES, Query, QueryId, Resolution};
use super::{Checked, check};
use crate::model::finding::{Code, Finding};
use crate::model::usage::{Grid, Observed, StepSeconds};

/// The period to read, and which data to select.
#[derive(Clone, Debug)]
pub struct HistoryQuestion {
    /// The period in steps, which become longer if the scrape interval of usage metrics is too long for them.
    pub grid: Grid,
    /// Matchers that are added to every selector.
    pub matchers: Vec<Matcher>,
    /// The user's own query for requests per second, with `$matchers` and `$window`.
    pub requests_query: Option<String>,
    /// Keys of further node labels to read: those that mark spot machines, and those that prices depend on.
    pub node_labels: BTreeSet<String>,
    /// The names of this cluster's nodes, if known.
    pub nodes: BTreeSet<String>,
    /// Current time in milliseconds since 1970.
    pub now: i64,
}

/// Statistics of one query.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueryRun {
    /// Name of the query.
    pub name: &'static str,
    /// Number of HTTP requests, excluding retries.
    pub requests: usize,
    /// Number of series in the responses.
    pub series: usize,
}

/// A history that was read from Prometheus.
#[derive(Clone, Debug)]
pub struct ReadHistory {
    /// The samples that were read.
    pub observed: Observed,
    /// The metrics that are present.
    pub present: AvailableMetrics,
    /// The queries that were run, in order.
    pub queries: Vec<QueryRun>,
    /// What a reader must know.
    pub findings: Vec<Finding>,
}

impl ReadHistory {
    /// Number of queries, and number of HTTP requests.
    pub fn counts(&self) -> (usize, usize) {
        (self.queries.len(), self.queries.iter().map(|q| q.requests).sum())
    }
}

/// How much of a history has been read. What can be asked is only known once the first query is answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HistoryProgress {
    /// Name of the current query.
    pub query: &'static str,
    /// Its number, from 1.
    pub number: usize,
    /// Number of queries.
    pub queries: usize,
    /// Number of HTTP requests that have been answered.
    pub done: usize,
    /// Number of HTTP requests.
    pub requests: usize,
}

impl HistoryQuestion {
    /// Whether a query is asked, given the metrics that are present.
    fn wants(&self, query: &Query, present: &AvailableMetrics) -> bool {
        match query.id {
            QueryId::Discovery => true,
            QueryId::Identity if self.nodes.is_empty() => false,
            QueryId::Requests if self.requests_query.is_some() => true,
            _ => query.can_be_asked(present),
        }
    }
}

/// Maximum number of metric names in a message.
const MAX_NAMES: usize = 5;

/// Timestamps per response: those of a day for steps, of which hourly ones are 24, and of five days for facts.
const POINTS: usize = 24;
const POINTS_OF_FACTS: usize = 20;

/// Reads a period: one discovery query, then only queries for metrics that are present.
///
/// # Errors
/// [`PrometheusError`] if a report from the remaining data would be wrong.
pub async fn query_history(
    prometheus: &Prometheus,
    question: &HistoryQuestion,
    progress: &dyn Fn(HistoryProgress),
) -> Result<ReadHistory, PrometheusError> {
    let mut reading = ReadHistory {
        observed: Observed::new(question.grid),
        present: AvailableMetrics::default(),
        queries: Vec::new(),
        findings: Vec::new(),
    };
    for (at, query) in QUERIES.iter().enumerate() {
        if !question.wants(query, &reading.present) {
            if query.id != QueryId::Identity {
                reading.findings.push(absent(query, &reading.present));
            }
            continue;
        }
        let own = query.id == QueryId::Requests && question.requests_query.is_some();
        let to_come = || QUERIES[at..].iter().filter(|query| question.wants(query, &reading.present));
        let parts = |query: &Query| moments(reading.observed.grid, question.now, query.resolution).1.len();
        let (queries, before) = reading.counts();
        let all = HistoryProgress {
            query: query.name,
            number: queries + 1,
            queries: queries + to_come().count(),
            done: before,
            requests: before + to_come().map(parts).sum::<usize>(),
        };
        let tell = |done: usize| progress(HistoryProgress { done: before + done, ..all });
        match ask(prometheus, question, query, &mut reading, &tell).await {
            Ok(()) => {}
            Err(error) if query.essential || own || !error.is_about_one_query() => return Err(error),
            Err(error) => {
                let message = format!("{error}; lost: {}", query.without);
                reading.findings.push(Finding::warning(Code::QueryFailed, query.name, message));
            }
        }
        if reading.present.pods_moved_aside() {
            return Err(PrometheusError::PodsMovedAside);
        }
        if query.id == QueryId::Discovery && reading.present.is_empty() {
            return Err(PrometheusError::Empty {
                url: prometheus.address().to_owned(),
                period: question.grid.period().to_string(),
                matchers: question.matchers.iter().map(ToString::to_string).collect(),
            });
        }
    }
    reading.findings.extend(not_selected(&reading));
    reading.findings.sort();
    reading.findings.dedup();
    Ok(reading)
}

/// Findings about counters that are present but have no series matching the selection.
fn not_selected(reading: &ReadHistory) -> Vec<Finding> {
    let told =
        |name: &str| reading.observed.requests.iter().any(|((_, n), source)| *n == name && !source.rates.is_empty());
    let silent = CONVENTIONS.iter().filter(|c| reading.present.has(c.rate) && !told(c.name));
    let finding = |convention: &Convention| {
        let message = format!(
            "{} is present, but none of its series has {}: its requests are not counted",
            convention.rate,
            convention.wants()?
        );
        Some(Finding::warning(Code::RequestMetricNotSelected, convention.name, message))
    };
    silent.filter_map(finding).collect()
}

/// Runs one query over all of its chunks; if a response is incomplete, none of the results is kept.
async fn ask(
    prometheus: &Prometheus,
    question: &HistoryQuestion,
    query: &'static Query,
    reading: &mut ReadHistory,
    tell: &dyn Fn(usize),
) -> Result<(), PrometheusError> {
    let (grid, moments) = moments(reading.observed.grid, question.now, query.resolution);
    let (own, labels) = (question.requests_query.as_deref(), &question.node_labels);
    let promql =
        |detail| query.promql(&reading.present, own, labels, &question.matchers, grid.step().seconds(), detail);
    let mut detailed =
        Detailed { prometheus, query, fine: promql(Detail::Scrape), coarse: promql(Detail::Step), refused: Vec::new() };
    let mut part = reading.observed.of_same_period();
    let (mut series, mut not_numbers) = (0, 0);
    for (done, when) in moments.iter().enumerate() {
        tell(done);
        let answer = detailed.ask(*when).await?;
        series += answer.series.len();
        note(&mut reading.findings, query, &answer.warnings, &answer.infos);
        match query.id {
            QueryId::Discovery => {
                reading.present = extract_available_metrics(&answer, sampled(grid.step().seconds()));
                let step = grid.step().with_two_scrapes(reading.present.seconds_between_scrapes());
                reading.observed = Observed::new(Grid::new(grid.period(), step));
                part = reading.observed.of_same_period();
            }
            QueryId::Identity => {
                if let Some(error) = other_cluster(&answer, &question.nodes) {
                    return Err(error);
                }
            }
            _ => not_numbers += extract(query.id, &answer, grid, &mut part),
        }
    }
    reading.observed.absorb(part);
    reading.findings.extend(detailed.finding(moments.len(), &reading.present));
    reading.queries.push(QueryRun { name: query.name, requests: moments.len(), series });
    if not_numbers > 0 {
        let message = format!("{not_numbers} implausible values were dropped (not finite, negative or above 10²⁰)");
        reading.findings.push(Finding::warning(Code::MetricValuesInvalid, query.name, message));
    }
    Ok(())
}

/// A query that is repeated with less detail if Prometheus refuses it.
struct Detailed<'a> {
    prometheus: &'a Prometheus,
    query: &'static Query,
    fine: String,
    coarse: String,
    refused: Vec<PrometheusError>,
}

/// Number of parts of a period in which Prometheus may refuse the detail before it is no longer requested.
const REFUSALS: usize = 2;

impl Detailed<'_> {
    async fn ask(&mut self, when: When) -> Result<Answer, PrometheusError> {
        let Self { prometheus, query, fine, coarse, refused } = self;
        if !query.has_detail() {
            return prometheus.query(query.name, fine, when).await;
        }
        if refused.len() < REFUSALS {
            match prometheus.query_once(query.name, fine, when).await {
                Ok(answer) => return Ok(answer),
                Err(error) if error.is_refusal() => refused.push(error),
                Err(_) => return prometheus.query(query.name, fine, when).await,
            }
        }
        prometheus.query(query.name, coarse, when).await
    }

    /// Finding about the detail in which the larger of request and usage was computed.
    fn finding(&self, parts: usize, present: &AvailableMetrics) -> Option<Finding> {
        let finding = match self.refused.as_slice() {
            _ if !self.query.has_detail() => return None,
            [] => {
                let message = format!(
                    "cost is allocated by the larger of request and usage, per container, from scrapes {} s apart",
                    present.seconds_between_scrapes()
                );
                Finding::info(Code::UsageComparedPerScrape, self.query.name, message)
            }
            [first, ..] => {
                let all = self.refused.len() >= REFUSALS;
                let which = if all {
                    "in the rest of the period".to_owned()
                } else {
                    format!("in 1 of {parts} parts of the period")
                };
                let message = format!(
                    "Prometheus refused to compare request and usage scrape by scrape, so {which} they are compared step by step, and \
                     bursts are allocated less than their cost; use a shorter --window, or a higher --query.max-samples or \
                     --query.timeout of Prometheus: {first}"
                );
                Finding::warning(Code::UsageComparedPerStep, self.query.name, message)
            }
        };
        Some(finding)
    }
}

/// The steps and timestamps of a query.
fn moments(grid: Grid, now: i64, resolution: Resolution) -> (Grid, Vec<When>) {
    let over = |grid: Grid, points| chunks(grid, points).into_iter().map(When::Over).collect();
    match resolution {
        Resolution::Now => (grid, vec![When::At(now)]),
        Resolution::Moments => {
            // No timestamp before the period, because there may be no data yet.
            let eighth = (grid.period().seconds() / 8).max(1);
            let last = grid.period().end().as_second() * 1000 - 1;
            let chunk = super::Chunk { first: last - eighth * 8000, last, step: eighth };
            (grid, vec![When::Over(chunk)])
        }
        Resolution::Steps => (grid, over(grid, points_of_a_day(grid))),
        Resolution::Facts => {
            // No coarser than the period, because nothing before it belongs to it.
            let whole = u32::try_from(grid.period().seconds()).ok().and_then(StepSeconds::new);
            let step = whole.map_or(StepSeconds::SIX_HOURS, |whole| whole.min(StepSeconds::SIX_HOURS));
            let facts = Grid::new(grid.period(), step.max(grid.step()));
            (facts, over(facts, POINTS_OF_FACTS))
        }
    }
}

fn points_of_a_day(grid: Grid) -> usize {
    usize::try_from(86_400 / grid.step().seconds()).unwrap_or(POINTS).max(1)
}

/// Adds the warnings of a response as findings, without duplicates.
fn note(findings: &mut Vec<Finding>, query: &Query, warnings: &[String], infos: &[String]) {
    let worth_telling = |text: &&String| !is_noise(text);
    let warnings =
        warnings.iter().filter(worth_telling).map(|w| Finding::warning(Code::PrometheusWarning, query.name, w));
    let infos = infos.iter().filter(worth_telling).map(|i| Finding::info(Code::PrometheusInfo, query.name, i));
    for finding in warnings.chain(infos) {
        if !findings.contains(&finding) {
            findings.push(finding);
        }
    }
}

/// Prometheus warns that a metric may not be a counter because of its name, and Thanos passes this on as a warning;
/// the known ones are counters.
fn is_noise(text: &str) -> bool {
    text.contains("might not be a counter") && RATE_METRICS.iter().any(|metric| text.contains(&format!("\"{metric}\"")))
}

fn absent(query: &Query, present: &AvailableMetrics) -> Finding {
    let missing: Vec<&str> = query.needs.iter().copied().filter(|m| !present.has(m)).collect();
    let missing = match missing.as_slice() {
        [one] => format!("{one} is"),
        [one, other] => format!("{one} and {other} are"),
        many if many.len() > MAX_NAMES => {
            format!("none of {} and {} other known metrics is", many[..3].join(", "), many.len() - 3)
        }
        many => format!("none of {} is", many.join(", ")),
    };
    let not = if missing.starts_with("none") { "" } else { "not " };
    let message = format!("{missing} {not}available (from {}); lost: {}", query.from, query.without);
    match query.id {
        // cAdvisor only exports these for containers with a CPU limit: if there are none, nothing is throttled.
        QueryId::Throttling => {
            let message = format!("{message}. If no container has a CPU limit, nothing is throttled");
            Finding::info(Code::MetricMissing, query.name, message)
        }
        _ => Finding::warning(Code::MetricMissing, query.name, message),
    }
}

/// Checks whose nodes Prometheus knows at `now`: succeeds if they belong to this cluster, or if either list of nodes
/// is unknown.
///
/// # Errors
/// [`PrometheusError`], including [`PrometheusError::OtherCluster`].
pub async fn query_identity(
    prometheus: &Prometheus,
    matchers: &[Matcher],
    nodes: &BTreeSet<String>,
    present: &AvailableMetrics,
    now: i64,
) -> Result<(), PrometheusError> {
    let query = QUERIES.iter().find(|query| query.id == QueryId::Identity && query.can_be_asked(present));
    let Some(query) = query.filter(|_| !nodes.is_empty()) else { return Ok(()) };
    let text = query.promql(present, None, &BTreeSet::new(), matchers, 300, Detail::Scrape);
    let answer = prometheus.query(query.name, &text, When::At(now)).await?;
    other_cluster(&answer, nodes).map_or(Ok(()), Err)
}

/// Runs the queries of a check, for the five minutes up to `now`.
///
/// # Errors
/// [`PrometheusError`].
pub async fn query_check(
    prometheus: &Prometheus,
    matchers: &[Matcher],
    now: i64,
) -> Result<(Checked, Vec<Finding>), PrometheusError> {
    let discovery = &QUERIES[0];
    let mut findings = Vec::new();
    let text = discovery.promql(&AvailableMetrics::default(), None, &BTreeSet::new(), matchers, 300, Detail::Scrape);
    let answer = prometheus.query(discovery.name, &text, When::At(now)).await?;
    note(&mut findings, discovery, &answer.warnings, &answer.infos);
    let mut checked = Checked { present: extract_available_metrics(&answer, sampled(300)), ..Checked::default() };
    let [pods, containers, labels, selected] = check::promql(matchers);
    for (text, target) in [
        (pods, &mut checked.with_pod),
        (containers, &mut checked.with_container),
        (labels, &mut checked.node_labels),
        (selected, &mut checked.selected),
    ] {
        *target = prometheus.query("labels", &text, When::At(now)).await?;
    }
    Ok((checked, findings))
}
