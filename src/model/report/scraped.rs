//! Usage of workloads without history: scraped processes, and a single sample of the metrics API.

use super::{Report, RowKey};
use crate::model::cluster::{Snapshot, WorkloadId};
use crate::model::finding::{Code, Finding};
use crate::model::usage::{PROCESS_MEMORY, ProcessUsage, Scrape, processes};
use crate::units::grouped;

/// Workload of a scraped process, as given by the user.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ScrapeTarget {
    /// Namespace of the workload.
    pub namespace: String,
    /// Kind; `None` if namespace and name identify the workload.
    pub kind: Option<String>,
    /// Name of the workload.
    pub name: String,
}

impl ScrapeTarget {
    /// Whether this names the given workload.
    pub fn means(&self, id: &WorkloadId) -> bool {
        let kind_fits = self.kind.as_ref().is_none_or(|kind| *kind == id.kind);
        id.namespace == self.namespace && id.name == self.name && kind_fits
    }

    fn is(&self, key: &RowKey) -> bool {
        key.workload().is_some_and(|id| self.means(id))
    }
}

/// Parses `NAMESPACE/NAME` or `NAMESPACE/KIND/NAME`.
impl std::str::FromStr for ScrapeTarget {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let parts: Vec<&str> = text.split('/').collect();
        let (namespace, kind, name) = match *parts {
            [namespace, name] => (namespace, None, name),
            [namespace, kind, name] => (namespace, Some(kind.to_owned()), name),
            _ => return Err("write NAMESPACE/NAME or NAMESPACE/KIND/NAME, like shop/web".to_owned()),
        };
        if parts.iter().any(|part| part.is_empty()) {
            return Err("write NAMESPACE/NAME or NAMESPACE/KIND/NAME, like shop/web".to_owned());
        }
        Ok(Self { namespace: namespace.to_owned(), kind, name: name.to_owned() })
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
    /// Adds the scrapes of one workload to its row.
    pub fn add_scraped(&mut self, target: &ScrapeTarget, scrapes: Vec<Scrape>) {
        // Volumes and load balancers have rows too, but no processes.
        let mut rows: Vec<_> = self.workloads.iter_mut().filter(|row| row.has_pods() && target.is(&row.key)).collect();
        if let [row] = rows.as_mut_slice() {
            let found = processes(scrapes);
            self.findings.extend(found.iter().flat_map(|process| findings(&row.key, process)));
            row.scraped.extend(found);
            return;
        }
        let kinds: Vec<String> = rows.iter().map(|row| row.key.to_string()).collect();
        let message = match kinds.is_empty() {
            true => "no workload of this name has pods in this report; the scrape is ignored".to_owned(),
            false => format!("the name is ambiguous: {}; the scrape is ignored, add the kind", kinds.join(", ")),
        };
        self.findings.push(Finding::warning(Code::ScrapeTargetUnmatched, target.to_string(), message));
    }
}

/// Findings about a scraped process.
fn findings(row: &RowKey, process: &ProcessUsage) -> Vec<Finding> {
    let ProcessUsage { from, until, source, .. } = process;
    let since = match (from, process.is_since_start) {
        (Some(from), true) => format!("since it started at {from}"),
        (Some(from), false) => format!("since a first scrape at {from}"),
        (None, _) => "since it started".to_owned(),
    };
    let word = format!(
        "{source} describes a single process at {until}, {since}, not the whole workload or period; its CPU per request includes \
         everything else the process did"
    );
    let warn =
        |message: &str| Finding::warning(Code::ScrapeIncomplete, row.to_string(), format!("{source}: {message}"));
    let counts =
        [process.requests_from.is_some(), process.cores.is_some() || process.cpu_seconds_per_request.is_some()];
    let no_memory = format!("no {PROCESS_MEMORY}: its memory is unknown");
    let lacks = [
        (!counts[0]).then_some("no known request counter found: requests and CPU per request are unknown"),
        (!counts[1] && counts[0]).then_some("no CPU counter found: CPU per request is unknown"),
        process.from.is_none().then_some("no process_start_time_seconds: rates are unknown"),
        process.resident.is_none().then_some(no_memory.as_str()),
    ];
    [Finding::info(Code::SingleProcessScrape, row.to_string(), word)]
        .into_iter()
        .chain(lacks.into_iter().flatten().map(warn))
        .collect()
}

/// Findings about what a report lacks without metrics of a period.
pub(super) fn without_history(last: &Snapshot) -> Vec<Finding> {
    let message =
        "without --prometheus there are no requests per second, latency, throttling, runtimes or recommended requests";
    let pods = last.pods.iter().filter(|pod| !pod.is_terminated() && pod.node.is_some()).count();
    let moment = last.pod_usage.iter().filter_map(|usage| usage.at).max();
    let usage = match (last.pod_usage.len(), moment) {
        (0, _) => Finding::warning(
            Code::UsageUnknown,
            "usage",
            "current usage is unknown (no --prometheus and no metrics API): cost is allocated by requests only",
        ),
        (measured, moment) => {
            let at = moment.map_or_else(String::new, |at| format!(" at {at}"));
            let message = format!(
                "usage of {} of {} pods comes from the metrics API{at}, a sample of less than a minute; the others are allocated by \
                 requests only",
                grouped(measured),
                grouped(pods)
            );
            Finding::info(Code::UsagePointInTime, "usage", message)
        }
    };
    vec![Finding::info(Code::UsageHistoryMissing, "usage", message), usage]
}
