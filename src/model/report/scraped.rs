//! What is known of workloads where no history tells it: processes that were scraped, and the metrics API's moment.

use super::Report;
use crate::model::Finding;
use crate::model::cluster::Snapshot;
use crate::model::usage::{ProcessUsage, Scrape, WorkloadId, processes};

/// Whose process was scraped, as the user says it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ScrapeTarget {
    /// Namespace.
    pub namespace: String,
    /// Kind, where the name alone is not enough.
    pub kind: Option<String>,
    /// Name.
    pub name: String,
}

impl ScrapeTarget {
    fn is(&self, id: &WorkloadId) -> bool {
        id.namespace == self.namespace && id.name == self.name && self.kind.as_ref().is_none_or(|kind| *kind == id.kind)
    }
}

impl std::fmt::Display for ScrapeTarget {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.kind {
            Some(kind) => write!(f, "{}/{kind}/{}", self.namespace, self.name),
            None => write!(f, "{}/{}", self.namespace, self.name),
        }
    }
}

impl Report {
    /// Adds what was scraped of one workload to its row.
    pub fn add_scraped(&mut self, target: &ScrapeTarget, scrapes: Vec<Scrape>) {
        // Volumes and load balancers have rows too, and no processes.
        let mut rows: Vec<_> = self.workloads.iter_mut().filter(|row| row.has_pods() && target.is(&row.id)).collect();
        if let [row] = rows.as_mut_slice() {
            let found = processes(scrapes);
            self.findings.extend(found.iter().flat_map(|process| findings(&row.id, process)));
            row.scraped.extend(found);
            return;
        }
        let kinds: Vec<String> = rows.iter().map(|row| row.id.to_string()).collect();
        let message = match kinds.is_empty() {
            true => "no workload of this name has pods in the report: what was scraped is left out".to_owned(),
            false => format!("it may be any of {}: what was scraped is left out; name one of them", kinds.join(", ")),
        };
        self.findings.push(Finding::warning("scrape-unknown", target.to_string(), message));
    }
}

/// What a reader must know of a scraped process.
fn findings(id: &WorkloadId, process: &ProcessUsage) -> Vec<Finding> {
    let ProcessUsage { from, until, source, .. } = process;
    let since = match (from, process.is_since_start) {
        (Some(from), true) => format!("since it started at {from}"),
        (Some(from), false) => format!("since a first scrape at {from}"),
        (None, _) => "since it started".to_owned(),
    };
    let word = format!(
        "{source} is one process's word of itself at {until}, {since}: not the workload's, and no period's; its CPU a request \
         has in it whatever else the process did"
    );
    let warn = |message: &str| Finding::warning("scrape-incomplete", id.to_string(), format!("{source}: {message}"));
    let counts =
        [process.requests_from.is_some(), process.cores.is_some() || process.cpu_seconds_per_request.is_some()];
    let lacks = [
        (!counts[0]).then_some("no counter of requests by a known name: neither requests nor CPU a request are known"),
        (!counts[1] && counts[0]).then_some("no CPU that could be counted from: CPU a request is not known"),
        process.from.is_none().then_some("it does not say when the process started: no rates are known"),
        process.resident.is_none().then_some("no process_resident_memory_bytes: its memory is not known"),
    ];
    [Finding::info("scraped", id.to_string(), word)].into_iter().chain(lacks.into_iter().flatten().map(warn)).collect()
}

/// What a report loses without the metrics of a period.
pub(super) fn without_history(last: &Snapshot) -> Vec<Finding> {
    let message = "without metrics of a period (--prometheus) requests a second, latency, throttling, runtimes and what pods \
                   should request are not known";
    let pods = last.pods.iter().filter(|pod| !pod.is_over() && pod.node.is_some()).count();
    let moment = last.pod_usage.iter().filter_map(|usage| usage.at).max();
    let usage = match (last.pod_usage.len(), moment) {
        (0, _) => Finding::warning(
            "usage-unknown",
            "usage",
            "nothing tells what pods use now (no --prometheus and no metrics API): each pays by its requests alone",
        ),
        (measured, moment) => {
            let at = moment.map_or_else(String::new, |at| format!(" at {at}"));
            let message = format!(
                "use is what the metrics API measured{at} of {measured} of {pods} pods, over less than a minute: neither an \
                 average nor a peak; the others pay by their requests alone"
            );
            Finding::info("usage-of-a-moment", "usage", message)
        }
    };
    vec![Finding::info("no-metrics", "usage", message), usage]
}
