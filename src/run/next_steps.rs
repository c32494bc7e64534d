//! The commands of a report's next steps, with the same inputs as the report.

use std::path::PathBuf;

use crate::model::cluster::WorkloadId;
use crate::model::report::{DataSource, Measure, Report, next_steps};
use crate::model::uncertainty::Interval;
use crate::settings::{ClusterSource, ReportSettings};
use crate::units::Date;

/// A Prometheus that was found in the cluster.
pub(super) struct Found {
    /// The command that makes it reachable.
    pub(super) reached_by: String,
    /// Its address after that command.
    pub(super) address: String,
}

/// Adds the next steps to a finished report.
pub(super) fn add(report: &mut Report, settings: &ReportSettings, found: Option<&Found>) {
    let has_history = report.span.source == DataSource::History;
    let reached_by = found.map(|found| found.reached_by.clone());
    report.next_steps = next_steps(report, reached_by, |measure| {
        let words = match measure {
            Measure::Consolidate { .. } | Measure::ChangeNodes { .. } => {
                of_report(settings, has_history, &["--format", "html", "--output", "report.html"])
            }
            Measure::RightSize { .. } => of_report(settings, has_history, &["--verbose", "--top", "all"]),
            Measure::Upgrade => ["explain", "extended-support"].map(str::to_owned).to_vec(),
            Measure::Rewrite(services) | Measure::Decide(services) if has_history => {
                of_estimate(settings, &services.first)
            }
            Measure::Rewrite(_) | Measure::Decide(_) => of_report(settings, has_history, &["--verbose"]),
            Measure::MeasureUsage { .. } => with_usage(settings, found),
        };
        let words: Vec<String> = words.iter().map(|word| quoted(word)).collect();
        format!("capmodel {}", words.join(" "))
    });
}

/// The report again, with more options. Scraped metrics are not read again, so that without a history it has no services.
fn of_report(settings: &ReportSettings, has_history: bool, more: &[&str]) -> Vec<String> {
    let paths = match &settings.source {
        ClusterSource::Files(paths) => paths.as_slice(),
        #[cfg(feature = "live")]
        ClusterSource::Live(_) => &[],
    };
    let services = if has_history { of_services(settings) } else { Vec::new() };
    report_of(settings, paths, settings.time.month, services, more)
}

/// The report with usage. Only the last snapshot is of use then, and no month in the future.
fn with_usage(settings: &ReportSettings, found: Option<&Found>) -> Vec<String> {
    let paths = match &settings.source {
        ClusterSource::Files(paths) => paths.last().map_or(&[][..], std::slice::from_ref),
        #[cfg(feature = "live")]
        ClusterSource::Live(_) => &[],
    };
    let month = settings.time.month.filter(|first| *first <= settings.today);
    let prometheus = ["--prometheus", found.map_or("URL", |found| found.address.as_str())];
    report_of(settings, paths, month, of_services(settings), &prometheus)
}

fn report_of(
    settings: &ReportSettings,
    paths: &[PathBuf],
    month: Option<Date>,
    services: Vec<String>,
    more: &[&str],
) -> Vec<String> {
    let mut words = vec!["report".to_owned()];
    words.extend(paths.iter().map(|path| path.display().to_string()));
    #[cfg(feature = "live")]
    if let ClusterSource::Live(live) = &settings.source {
        words.extend(of_cluster(live));
    }
    words.extend(of_data(settings));
    words.extend(services);
    words.extend(month.iter().flat_map(|first| ["--month".to_owned(), first.strftime("%Y-%m").to_string()]));
    words.extend(settings.stored.iter().flat_map(|folder| ["--history".to_owned(), folder.display().to_string()]));
    words.extend(more.iter().map(|word| (*word).to_owned()));
    words
}

/// The estimate of a running service.
fn of_estimate(settings: &ReportSettings, id: &WorkloadId) -> Vec<String> {
    let mut words = ["estimate", "--service", &format!("{}/{}", id.namespace, id.name)].map(str::to_owned).to_vec();
    match &settings.source {
        ClusterSource::Files(paths) => {
            words.extend(paths.iter().take(1).flat_map(|path| ["--cluster".to_owned(), path.display().to_string()]));
        }
        #[cfg(feature = "live")]
        ClusterSource::Live(live) => {
            words.push("--live".to_owned());
            words.extend(of_cluster(live));
        }
    }
    words.extend(of_data(settings));
    words.extend(of_services(settings));
    words
}

/// What services in another language are planned with.
fn of_services(settings: &ReportSettings) -> Vec<String> {
    let mut options: Vec<(&str, String)> = Vec::new();
    let given = &settings.service_options;
    options.extend(given.objective.map(|seconds| ("--slo-p99", format!("{seconds}s"))));
    options.extend(settings.evidence.map(|evidence| ("--evidence", evidence.name().to_owned())));
    let speed = |speed: Interval| format!("{}:{}:{}", speed.low(), speed.mid(), speed.high());
    options.extend(given.cpu_speed.map(|interval| ("--cpu-speed", speed(interval))));
    options.into_iter().flat_map(|(option, value)| [option.to_owned(), value]).collect()
}

/// Access to the live cluster.
#[cfg(feature = "live")]
fn of_cluster(live: &crate::settings::LiveCluster) -> Vec<String> {
    let kubeconfig = live.access.kubeconfig.iter().map(|path| ("--kubeconfig", path.display().to_string()));
    let context = live.access.context.iter().map(|name| ("--context", name.clone()));
    let namespaces = live.wanted.namespaces.iter().map(|name| ("--namespace", name.clone()));
    kubeconfig.chain(context).chain(namespaces).flat_map(|(option, value)| [option.to_owned(), value]).collect()
}

/// Prometheus, prices and currency.
fn of_data(settings: &ReportSettings) -> Vec<String> {
    let mut options: Vec<(&str, String)> = Vec::new();
    #[cfg(feature = "live")]
    if let Some(prometheus) = &settings.prometheus {
        // What follows the path is not used, and may be a secret.
        let address = |url: &String| url.split(['?', '#']).next().unwrap_or_default().to_owned();
        options.extend(prometheus.url.iter().map(|url| ("--prometheus", address(url))));
        options.extend(prometheus.matchers.iter().map(|matcher| ("--prometheus-matcher", matcher.to_string())));
        options.extend(prometheus.tenant.iter().map(|tenant| ("--tenant", tenant.clone())));
    }
    options.extend(settings.prices.iter().map(|path| ("--prices", path.display().to_string())));
    options.extend(settings.pricing.iter().map(|path| ("--pricing", path.display().to_string())));
    if let Some(rate) = settings.currency.rate() {
        options.push(("--currency", settings.currency.code().to_string()));
        options.push(("--exchange-rate", rate.to_string()));
    }
    options.into_iter().flat_map(|(option, value)| [option.to_owned(), value]).collect()
}

/// A word for a POSIX shell.
fn quoted(word: &str) -> String {
    let is_plain = |c: char| c.is_alphanumeric() || "-_./:=,@%+".contains(c);
    if !word.is_empty() && word.chars().all(is_plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', "'\\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_quoted_for_a_shell() {
        for (word, want) in [
            ("shop/web", "shop/web"),
            ("my report.json", "'my report.json'"),
            ("cluster=\"a\"", "'cluster=\"a\"'"),
            ("it's", "'it'\\''s'"),
            ("", "''"),
        ] {
            assert_eq!(quoted(word), want);
        }
    }
}
