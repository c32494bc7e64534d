//! `report --format openmetrics`, parsed by our own reader and compared with the names in the chart's dashboard and
//! alert rules.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use capmodel::inputs::prometheus::{ExposedSample, extract_exposition};

use crate::support::binary::capmodel;
use crate::support::delivery::{PRICES, SMALL, deliver};
use crate::support::demo::Demo;

fn read(path: &str) -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap()
}

/// A report with history, and therefore with running services.
fn of_a_history(top: &str) -> String {
    let demo = Demo::start();
    let mut command = capmodel(&["report", "--kubeconfig", "fixtures/screens/input/kubeconfig.yaml", "--window", "7d"]);
    command.args(["--prometheus", "http://prometheus.example", "--prices", PRICES]);
    command.args(["--format", "openmetrics", "--top", top]).env("SOURCE_DATE_EPOCH", "1793793600");
    let output = command.env("HTTP_PROXY", demo.proxy()).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// A report that finds a prediction from the previous month.
fn of_a_second_month() -> String {
    let volume = tempfile::tempdir().unwrap();
    let root = volume.path().to_str().unwrap();
    deliver(&[root], &["--month", "2026-10"]);
    deliver(&[root], &["--month", "2026-11", "--format", "openmetrics"]).stdout
}

fn samples(text: &str) -> Vec<ExposedSample> {
    extract_exposition(text).unwrap().samples
}

fn names(text: &str) -> BTreeSet<String> {
    samples(text).into_iter().map(|sample| sample.name).collect()
}

/// The words of a text that start with the prefix of our metrics.
fn metrics_in(text: &str) -> BTreeSet<String> {
    let words = text.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_'));
    words.filter(|word| word.starts_with("capmodel_")).map(str::to_owned).collect()
}

/// `TRYCMD=overwrite` rewrites the file. The live tests check it with promtool.
#[test]
fn the_text_is_pinned() {
    let made = of_a_history("5");
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("fixtures/openmetrics/report-history.prom");
    if std::env::var("TRYCMD").is_ok_and(|how| how == "overwrite") {
        std::fs::write(path, made).unwrap();
        return;
    }
    assert_eq!(std::fs::read_to_string(path).unwrap(), made);
}

#[test]
fn families_and_series_are_unique() {
    for text in [of_a_history("all"), of_a_second_month()] {
        assert!(text.ends_with("\n# EOF\n"), "{text}");
        let of = |what: &str| -> BTreeMap<String, String> {
            let told = text.lines().filter_map(|line| line.strip_prefix(what)?.split_once(' '));
            let told: Vec<_> = told.map(|(name, text)| (name.to_owned(), text.to_owned())).collect();
            let names: BTreeMap<_, _> = told.iter().cloned().collect();
            assert_eq!(names.len(), told.len(), "{what}: {told:?}");
            names
        };
        let (types, helps, units) = (of("# TYPE "), of("# HELP "), of("# UNIT "));
        let named: BTreeSet<String> = types.keys().cloned().collect();
        assert_eq!(named, names(&text));
        assert_eq!(named, helps.keys().cloned().collect());
        assert!(types.values().all(|kind| kind == "gauge"));
        assert!(helps.values().all(|help| help.ends_with('.')), "{helps:?}");
        for (name, unit) in &units {
            assert!(name.ends_with(&format!("_{unit}")), "{name} {unit}");
        }
        let all = samples(&text);
        let series: BTreeSet<String> =
            all.iter().map(|sample| format!("{} {:?}", sample.name, sample.labels)).collect();
        assert_eq!(series.len(), all.len());
    }
}

#[test]
fn parts_add_up_to_the_cost_of_the_cluster() {
    for text in [of_a_history("5"), of_a_second_month()] {
        let sum = |name: &str| -> f64 {
            samples(&text).iter().filter(|sample| sample.name == name).map(|sample| sample.value).sum()
        };
        let total = sum("capmodel_cost_usd");
        // Binary fractions of cents, with errors far below a cent.
        assert!(total > 1.0 && (sum("capmodel_namespace_cost_usd") - total).abs() < 1e-6, "{text}");
    }
}

#[test]
fn names_with_quotes_and_line_breaks_round_trip() {
    let odd = "sh\"o\\p\n{x=\"1\"} 2 # é";
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("odd.json");
    let quoted = serde_json::to_string(odd).unwrap();
    std::fs::write(&file, read(SMALL).replace("\"shop\"", &quoted)).unwrap();
    let output = capmodel(&["report", file.to_str().unwrap(), "--prices", PRICES, "--format", "openmetrics"]).output();
    let output = output.unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let namespaces: BTreeSet<String> =
        samples(&text).iter().filter_map(|sample| sample.labels.get("namespace").map(|it| it.to_string())).collect();
    assert!(namespaces.contains(odd), "{namespaces:?}");
}

#[test]
fn top_limits_the_number_of_services() {
    let services = |top: &str| -> BTreeSet<String> {
        let all = samples(&of_a_history(top));
        all.iter().filter_map(|sample| sample.labels.get("service").map(|it| it.to_string())).collect()
    };
    let all = services("all");
    let one = services("1");
    assert!(all.len() > 1 && one.len() == 1 && one.is_subset(&all), "{one:?} {all:?}");
}

#[test]
fn dashboard_alert_rules_and_docs_only_name_existing_metrics() {
    let there: BTreeSet<String> = names(&of_a_history("5")).union(&names(&of_a_second_month())).cloned().collect();
    let dashboard = metrics_in(&read("charts/capmodel/dashboard.json"));
    let rule = metrics_in(&read("charts/capmodel/templates/rule.yaml"));
    assert!(!rule.is_empty() && rule.is_subset(&there), "{rule:?}");
    let unknown: BTreeSet<_> = dashboard.difference(&there).collect();
    assert!(unknown.is_empty() && dashboard.len() > 10, "{unknown:?}");
    let page = read("docs/reports.md");
    let told: BTreeSet<String> =
        page.lines().filter(|line| line.starts_with("| `capmodel_")).flat_map(metrics_in).collect();
    assert_eq!(told, there, "left: the table of docs/reports.md, right: the output");
}
