//! What processes report at `/metrics`, without a history of earlier values.

use super::RuntimeSign;
use crate::model::software::SoftwareSign;
use crate::units::{Bytes, Timestamp};

/// What one process reports, from its start to the scrape. Two of these give rates.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ExposedService {
    /// Number of requests served, and the metric that counts them.
    pub requests: Option<(&'static str, f64)>,
    /// CPU used, in core-seconds.
    pub cpu_seconds: Option<f64>,
    /// Resident memory in bytes.
    pub resident_bytes: Option<f64>,
    /// Start time, in seconds since 1970.
    pub started_at: Option<f64>,
    /// Runtimes that the process reports.
    pub runtimes: Vec<RuntimeSign>,
    /// Metrics of frameworks and well-known software that the process exposes.
    pub software: Vec<SoftwareSign>,
}

/// One scrape of a process.
#[derive(Clone, Debug, PartialEq)]
pub struct Scrape {
    /// The scraped file or address.
    pub source: String,
    /// Time of the scrape.
    pub at: Timestamp,
    /// Values that the process exposes.
    pub service: ExposedService,
}

/// Usage of one process between two moments.
#[derive(Clone, Debug, PartialEq)]
pub struct ProcessUsage {
    /// The scraped file or address; with two scrapes, that of the later one.
    pub source: String,
    /// The start of the process, or the earlier of two scrapes; `None` if the process does not report its start.
    pub from: Option<Timestamp>,
    /// End of the span: the time of the last scrape.
    pub until: Timestamp,
    /// Whether `from` is the start of the process.
    pub is_since_start: bool,
    /// The metric that counts requests.
    pub requests_from: Option<&'static str>,
    /// Requests per second, on average.
    pub requests_per_second: Option<f64>,
    /// Mean CPU usage in cores.
    pub cores: Option<f64>,
    /// CPU seconds per request: all CPU that the process used, whatever it was used for.
    pub cpu_seconds_per_request: Option<f64>,
    /// Resident memory at the time of the scrape.
    pub resident: Option<Bytes>,
    /// Runtimes that the process reports.
    pub runtimes: Vec<RuntimeSign>,
    /// Metrics of frameworks and well-known software that the process exposes.
    pub software: Vec<SoftwareSign>,
}

/// A counter difference over less than this many seconds is not meaningful.
const SHORTEST_SECONDS: f64 = 1.0;

/// Groups the scrapes of one workload into processes, by the time of their start.
///
/// Scrapes that report the same start belong to one process: its rates are those between the first and the last of
/// them, if these are a second apart and no counter fell. Any other scrape describes its process since the start.
pub fn processes(mut scrapes: Vec<Scrape>) -> Vec<ProcessUsage> {
    let start = |scrape: &Scrape| scrape.service.started_at.unwrap_or(f64::INFINITY);
    scrapes.sort_by(|a, b| start(a).total_cmp(&start(b)).then_with(|| (a.at, &a.source).cmp(&(b.at, &b.source))));
    let of_one = |a: &Scrape, b: &Scrape| {
        let grew = |before: Option<f64>, after: Option<f64>| before.zip(after).is_none_or(|(a, b)| a <= b);
        let (before, after) = (&a.service, &b.service);
        before.started_at.is_some()
            && before.started_at == after.started_at
            && grew(before.requests.map(|r| r.1), after.requests.map(|r| r.1))
            && grew(before.cpu_seconds, after.cpu_seconds)
    };
    let process = |scrapes: &[Scrape]| match scrapes {
        [first, .., last] if seconds(first.at, last.at) >= SHORTEST_SECONDS => Some(between(first, last)),
        [.., last] => Some(since_start(last)),
        [] => None,
    };
    scrapes.chunk_by(of_one).filter_map(process).collect()
}

fn between(first: &Scrape, last: &Scrape) -> ProcessUsage {
    let (before, after) = (&first.service, &last.service);
    let requests = match (before.requests, after.requests) {
        (Some((one, from)), Some((other, to))) if one == other => Some(to - from),
        _ => None,
    };
    let cpu = before.cpu_seconds.zip(after.cpu_seconds).map(|(from, to)| to - from);
    usage(last, Some(first.at), false, requests, cpu)
}

fn since_start(scrape: &Scrape) -> ProcessUsage {
    let ExposedService { requests, cpu_seconds, started_at, .. } = &scrape.service;
    // In milliseconds, because many clients write no more digits.
    #[expect(clippy::cast_possible_truncation, reason = "a time that does not fit is refused by the calendar")]
    let from = started_at.and_then(|at| Timestamp::from_millisecond((at * 1e3).round() as i64).ok());
    usage(scrape, from, true, requests.map(|(_, count)| count), *cpu_seconds)
}

fn usage(
    scrape: &Scrape,
    from: Option<Timestamp>,
    is_since_start: bool,
    requests: Option<f64>,
    cpu_seconds: Option<f64>,
) -> ProcessUsage {
    let elapsed = from.map(|from| seconds(from, scrape.at)).filter(|seconds| *seconds >= SHORTEST_SECONDS);
    let per_second = |count: Option<f64>| Some(count? / elapsed?);
    ProcessUsage {
        source: scrape.source.clone(),
        from,
        until: scrape.at,
        is_since_start,
        requests_from: scrape.service.requests.map(|(metric, _)| metric),
        requests_per_second: per_second(requests),
        cores: per_second(cpu_seconds),
        cpu_seconds_per_request: requests.filter(|count| *count > 0.0).zip(cpu_seconds).map(|(n, cpu)| cpu / n),
        resident: scrape.service.resident_bytes.map(Bytes::nearest),
        runtimes: scrape.service.runtimes.clone(),
        software: scrape.service.software.clone(),
    }
}

fn seconds(from: Timestamp, until: Timestamp) -> f64 {
    until.duration_since(from).as_secs_f64()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scrape(at: i64, started_at: Option<f64>, requests: f64, cpu: f64) -> Scrape {
        let service = ExposedService {
            requests: Some(("http_requests_total", requests)),
            cpu_seconds: Some(cpu),
            resident_bytes: Some(1024.0),
            started_at,
            runtimes: Vec::new(),
            software: Vec::new(),
        };
        Scrape { source: format!("{at}"), at: Timestamp::from_second(at).unwrap(), service }
    }

    fn rates(process: &ProcessUsage) -> (Option<f64>, Option<f64>, Option<f64>) {
        (process.requests_per_second, process.cores, process.cpu_seconds_per_request)
    }

    #[test]
    fn one_scrape_covers_the_time_since_the_start() {
        let all = processes(vec![scrape(1000, Some(0.0), 5000.0, 20.0)]);
        assert_eq!(rates(&all[0]), (Some(5.0), Some(0.02), Some(0.004)));
        assert!(all[0].is_since_start && all[0].from == Some(Timestamp::UNIX_EPOCH));
        // Without a start there is no time span; CPU per request needs none.
        assert_eq!(rates(&processes(vec![scrape(1000, None, 5000.0, 20.0)])[0]), (None, None, Some(0.004)));
        // A start time in the future is ignored.
        assert_eq!(rates(&processes(vec![scrape(1000, Some(2e3), 0.0, 20.0)])[0]), (None, None, None));
    }

    #[test]
    fn two_scrapes_of_one_process_cover_the_time_between_them() {
        let all = processes(vec![scrape(1010, Some(0.0), 5500.0, 21.0), scrape(1000, Some(0.0), 5000.0, 20.0)]);
        assert_eq!(all.len(), 1);
        assert_eq!(rates(&all[0]), (Some(50.0), Some(0.1), Some(0.002)));
        assert!(!all[0].is_since_start && all[0].from == Timestamp::from_second(1000).ok());
        // Two scrapes at the same moment count as one.
        let same = processes(vec![scrape(1000, Some(0.0), 5000.0, 20.0), scrape(1000, Some(0.0), 5000.0, 20.0)]);
        assert!(same.len() == 1 && same[0].is_since_start);
    }

    #[test]
    fn scrapes_with_other_starts_or_falling_counters_are_separate_processes() {
        let restarted = processes(vec![scrape(1000, Some(0.0), 5000.0, 20.0), scrape(1010, Some(1005.0), 5.0, 1.0)]);
        assert_eq!(restarted.iter().map(|p| p.requests_per_second).collect::<Vec<_>>(), [Some(5.0), Some(1.0)]);
        let fell = processes(vec![scrape(1000, Some(0.0), 5000.0, 20.0), scrape(1010, Some(0.0), 4040.0, 1.0)]);
        assert_eq!(fell.iter().map(|p| p.requests_per_second).collect::<Vec<_>>(), [Some(5.0), Some(4.0)]);
    }
}
