//! The commands of a report's next steps: the report again, or the estimate of a service, with every option in use that
//! changes the answer or leads to the data.

use std::path::PathBuf;

use crate::cli::{CommandOptions, GivenOption, ScrapeArg};
use crate::model::cluster::WorkloadId;
use crate::model::report::{DataSource, Measure, Report, next_steps};
use crate::settings::{ClusterSource, ReportSettings};

/// Options that no step repeats: they determine how the report is shown and where it goes, not what is in it.
const OF_THE_OUTPUT: [&str; 10] =
    ["color", "deliver", "deliver-link", "format", "output", "quiet", "sort", "top", "verbose", "width"];

/// Options with another meaning in `estimate`, which needs the pods of all namespaces, takes only the number of hours
/// from a month, and scrapes one service.
const OTHERWISE_IN_ESTIMATES: [&str; 3] = ["month", "namespace", "scrape"];

/// What the report was asked for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Asked<'a> {
    pub(super) settings: &'a ReportSettings,
    /// The options in use.
    pub(super) options: &'a [GivenOption],
}

/// A Prometheus that was found in the cluster.
pub(super) struct Found {
    /// The command that makes it reachable.
    pub(super) reached_by: String,
    /// Its address after that command.
    pub(super) address: String,
}

/// Adds the next steps to a finished report.
pub(super) fn add(report: &mut Report, asked: Asked<'_>, found: Option<&Found>) {
    let has_history = report.span.source == DataSource::History;
    let has_nodes = !report.has_pods_without_nodes();
    let reached_by = found.map(|found| found.reached_by.clone());
    report.next_steps = next_steps(report, reached_by, |measure| {
        let words = match measure {
            Measure::Consolidate { .. } | Measure::ChangeNodes { .. } => {
                asked.report(&["--format", "html", "--output", "report.html"])
            }
            Measure::RightSize { .. } => asked.report(&["--verbose", "--top", "all"]),
            Measure::Upgrade => ["explain", "extended-support"].map(str::to_owned).to_vec(),
            Measure::Rewrite(services) | Measure::Decide(services) => {
                let estimate = asked.estimate(&services.first, has_history).filter(|_| has_nodes);
                estimate.unwrap_or_else(|| asked.report(&["--verbose"]))
            }
            Measure::MeasureUsage { .. } => asked.with_usage(found),
        };
        let words: Vec<String> = words.iter().map(|word| quoted(word)).collect();
        format!("capmodel {}", words.join(" "))
    });
}

impl<'a> Asked<'a> {
    /// The report again, with more options.
    fn report(self, more: &[&str]) -> Vec<String> {
        self.report_of(self.snapshots(), |_| true, more)
    }

    /// The report with usage. Only the last snapshot is of use then, and no month in the future.
    fn with_usage(self, found: Option<&Found>) -> Vec<String> {
        let is_over = self.settings.time.month.is_none_or(|first| first <= self.settings.today);
        let last = self.snapshots().last().map_or(&[][..], std::slice::from_ref);
        let address = ["--prometheus", found.map_or("URL", |found| found.address.as_str())];
        let more = if self.has("prometheus") { &[][..] } else { &address };
        // A bill needs its month.
        self.report_of(last, |name| is_over || !["month", "bill"].contains(&name), more)
    }

    fn report_of(self, snapshots: &[PathBuf], is_wanted: impl Fn(&str) -> bool, more: &[&str]) -> Vec<String> {
        let mut words = vec!["report".to_owned()];
        words.extend(snapshots.iter().map(|path| path.display().to_string()));
        words.extend(self.repeated(is_wanted));
        words.extend(more.iter().map(|word| (*word).to_owned()));
        words
    }

    /// The estimate of a running service; `None` if nothing would be known about its traffic.
    fn estimate(self, id: &WorkloadId, has_history: bool) -> Option<Vec<String>> {
        let scrapes = if has_history { Vec::new() } else { self.scrapes_of(id) };
        if !has_history && scrapes.is_empty() {
            return None;
        }
        let mut words = ["estimate", "--service", &format!("{}/{}", id.namespace, id.name)].map(str::to_owned).to_vec();
        match &self.settings.source {
            ClusterSource::Files(paths) => {
                words
                    .extend(paths.iter().take(1).flat_map(|path| ["--cluster".to_owned(), path.display().to_string()]));
            }
            #[cfg(feature = "live")]
            ClusterSource::Live(_) => words.push("--live".to_owned()),
        }
        let all = CommandOptions::of_all();
        let known = all.find("estimate").map_or_else(Default::default, CommandOptions::all);
        let is_known = |name: &str| known.contains(name) || ["config", "no-config"].contains(&name);
        let has_prometheus = self.has("prometheus");
        words.extend(self.repeated(|name| {
            // Without Prometheus, the window of a report is that of its stored snapshots.
            is_known(name) && !OTHERWISE_IN_ESTIMATES.contains(&name) && (name != "window" || has_prometheus)
        }));
        words.extend(scrapes.into_iter().flat_map(|source| ["--scrape".to_owned(), source]));
        Some(words)
    }

    /// The scraped processes of a workload.
    fn scrapes_of(self, id: &WorkloadId) -> Vec<String> {
        let asked = self.settings.scrapes.asked.iter().filter(|scrape| scrape.target.means(id));
        asked.map(|scrape| without_query(&scrape.source)).collect()
    }

    fn snapshots(self) -> &'a [PathBuf] {
        match &self.settings.source {
            ClusterSource::Files(paths) => paths,
            #[cfg(feature = "live")]
            ClusterSource::Live(_) => &[],
        }
    }

    fn has(self, option: &str) -> bool {
        self.options.iter().any(|given| given.name == option)
    }

    /// The wanted options with their values.
    fn repeated(self, is_wanted: impl Fn(&str) -> bool) -> Vec<String> {
        let is_repeated = |name: &str| !OF_THE_OUTPUT.contains(&name) && is_wanted(name);
        let mut words = Vec::new();
        for GivenOption { name, values } in self.options.iter().filter(|given| is_repeated(&given.name)) {
            let option = format!("--{name}");
            for value in values.iter().map(|value| self.shown(name, &value.to_string_lossy())) {
                match value.strip_prefix('-') {
                    Some(rest) if !rest.is_empty() => words.push(format!("{option}={value}")),
                    _ => words.extend([option.clone(), value]),
                }
            }
            words.extend(Some(option).filter(|_| values.is_empty()));
        }
        words
    }

    /// A value in a form that is still right tomorrow, and without what may be a secret.
    fn shown(self, option: &str, value: &str) -> String {
        match option {
            "month" => match self.settings.time.month {
                Some(first) => first.strftime("%Y-%m").to_string(),
                None => value.to_owned(),
            },
            // What follows the path of Prometheus is not used.
            "prometheus" => value.split(['?', '#']).next().unwrap_or_default().to_owned(),
            "scrape" => match value.parse() {
                Ok(ScrapeArg { target, source }) => format!("{target}={}", without_query(&source)),
                Err(_) => value.to_owned(),
            },
            _ => value.to_owned(),
        }
    }
}

/// A file, or a URL with `QUERY` in place of its query, which may contain a secret.
fn without_query(source: &str) -> String {
    match source.split_once(['?', '#']) {
        Some((address, _)) if source.contains("://") => format!("{address}?QUERY"),
        _ => source.to_owned(),
    }
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
    use clap::Parser;

    use super::*;
    use crate::cli::{Cli, Command, CommandLine};
    use crate::settings::{DeliverySettings, EstimateSettings};
    use crate::units::Timestamp;

    fn now() -> Timestamp {
        "2026-11-27T12:00:00Z".parse().unwrap()
    }

    fn asked_for(line: &str, step: impl Fn(Asked<'_>) -> Option<Vec<String>>) -> Option<String> {
        let mut line = CommandLine::new(line.split_whitespace().map(Into::into).collect(), None, Vec::new());
        let Command::Report(args) = line.parse().unwrap().command else { panic!("not a report") };
        let settings = ReportSettings::resolve(*args, DeliverySettings::default(), now()).unwrap();
        let words = step(Asked { settings: &settings, options: &line.options() })?;
        is_accepted(&words);
        Some(words.iter().map(|word| quoted(word)).collect::<Vec<_>>().join(" "))
    }

    /// A step that is refused would be of no use.
    fn is_accepted(words: &[String]) {
        // Stands for an address that the user knows.
        let words = words.iter().map(|word| if word == "URL" { "http://p".to_owned() } else { word.clone() });
        let words: Vec<String> = words.collect();
        match Cli::try_parse_from([&["capmodel".to_owned()], &words[..]].concat()).unwrap().command {
            Command::Report(args) => drop(ReportSettings::resolve(*args, DeliverySettings::default(), now()).unwrap()),
            Command::Estimate(args) => drop(EstimateSettings::resolve(*args, now()).unwrap()),
            other => panic!("{other:?}"),
        }
    }

    fn service(name: &str) -> WorkloadId {
        WorkloadId { namespace: "shop".to_owned(), kind: "Deployment".to_owned(), name: name.to_owned() }
    }

    #[cfg(feature = "live")]
    #[test]
    fn a_step_repeats_what_changes_the_answer_and_what_leads_to_the_data() {
        let auth = tempfile::NamedTempFile::new().unwrap();
        let auth = auth.path().display();
        let line = format!(
            "capmodel --no-config report --kubeconfig k --context c -n shop --spot-label a=b --prometheus \
             http://p:9090/x?token=S3CRET --prometheus-auth-file {auth} --prometheus-matcher cluster=\"a\" --tenant t \
             --window 7d --requests-query rate(x[$window]) --by label:team --split-idle even --prices p.csv --currency EUR \
             --exchange-rate 0.9@2026-11-01 --timezone Europe/Berlin --slo-p99 80ms --evidence measured --team go \
             --width 90 --top 7 -v -q"
        );
        let access = format!(
            "--prometheus http://p:9090/x --prometheus-auth-file {auth} --prometheus-matcher 'cluster=\"a\"' --tenant t --window 7d \
             --requests-query 'rate(x[$window])'"
        );
        assert_eq!(
            asked_for(&line, |asked| Some(asked.report(&["--top", "all"]))).unwrap(),
            format!(
                "report --no-config --by label:team --split-idle even --prices p.csv --currency EUR --exchange-rate 0.9@2026-11-01 \
                 --timezone Europe/Berlin --slo-p99 80ms --team go --evidence measured --kubeconfig k --context c --namespace \
                 shop --spot-label a=b {access} --top all"
            )
        );
        assert_eq!(
            asked_for(&line, |asked| asked.estimate(&service("web"), true)).unwrap(),
            format!(
                "estimate --service shop/web --live --no-config --prices p.csv --currency EUR --exchange-rate 0.9@2026-11-01 \
                 --slo-p99 80ms --evidence measured --kubeconfig k --context c --spot-label a=b {access}"
            )
        );
    }

    #[test]
    fn a_scraped_service_is_estimated_from_its_scrape_and_no_query_is_repeated() {
        let line = "capmodel report a.snapshot --month last --scrape shop/web=http://h/m?token=S3CRET --history kept";
        let source = "http://h/m?QUERY";
        assert_eq!(
            asked_for(line, |asked| Some(asked.report(&["--verbose"]))).unwrap(),
            format!("report a.snapshot --month 2026-10 --history kept --scrape 'shop/web={source}' --verbose")
        );
        assert_eq!(
            asked_for(line, |asked| asked.estimate(&service("web"), false)).unwrap(),
            format!("estimate --service shop/web --cluster a.snapshot --scrape '{source}'")
        );
        assert_eq!(asked_for(line, |asked| asked.estimate(&service("cart"), false)), None);
    }

    #[cfg(feature = "live")]
    #[test]
    fn usage_is_read_for_the_last_snapshot_and_no_month_to_come() {
        let with_usage = |line: &str| asked_for(line, |asked| Some(asked.with_usage(None))).unwrap();
        assert_eq!(
            with_usage("capmodel report a.snapshot b.snapshot --month 2026-10 --bill b.csv"),
            "report b.snapshot --bill b.csv --month 2026-10 --prometheus URL"
        );
        assert_eq!(
            with_usage("capmodel report a.snapshot --month 2026-12 --bill b.csv --prices=-"),
            "report a.snapshot --prices - --prometheus URL"
        );
    }

    /// An option that no longer exists would hide that another one took its place.
    #[test]
    fn the_options_that_are_not_repeated_exist() {
        let all = CommandOptions::of_all();
        let of = |command: &str| all.find(command).unwrap().all();
        let (report, estimate) = (of("report"), of("estimate"));
        assert!(OTHERWISE_IN_ESTIMATES.iter().all(|name| report.contains(name) && estimate.contains(name)));
        #[cfg(feature = "live")]
        assert!(OF_THE_OUTPUT.iter().all(|name| report.contains(name)));
    }

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
