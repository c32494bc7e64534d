//! HTML pages in a real browser: at two widths and in two colour schemes, sorted, filtered, without JavaScript, and
//! checked by axe-core.

use std::io::Write as _;
use std::path::Path;

use capmodel::inputs::files::parse_snapshot;
use capmodel::outputs;
use serde_json::Value;

use crate::cluster::text;
use crate::fleet::{Fleet, Kind, fleet};
use crate::support::binary::capmodel;
use crate::support::delivery::{PRICES, SMALL, deliver};
use crate::support::kit::script;

/// State of a page in the browser.
fn seen(page: &Path) -> Value {
    serde_json::from_str(&script("look.sh", [page], &[])).unwrap()
}

fn made(arguments: &[&str], page: &Path) {
    let output = capmodel(&[arguments, &["--format", "html"]].concat()).output().unwrap();
    assert!(output.status.success(), "{arguments:?}: {}", text(&output.stderr));
    std::fs::write(page, output.stdout).unwrap();
}

/// The page is complete, and reading it sends no request.
fn is_sound(seen: &Value) {
    let looks = seen["looks"].as_array().unwrap();
    assert_eq!(looks.len(), 4);
    for look in looks {
        let none: [&Value; 2] = [&look["violations"], &look["texts"]];
        assert!(none.iter().all(|found| found.as_array().unwrap().is_empty()), "{look:#}");
        assert_eq!(look["overflow"], 0, "the page is wider than its window: {look:#}");
        assert_eq!(look["heights"][0], look["heights"][1], "the page has another height once it was read: {look:#}");
    }
    for visit in looks.iter().chain(["use", "filter", "further", "without", "print"].map(|name| &seen[name])) {
        for what in ["said", "asked"] {
            assert!(visit[what].as_array().unwrap().is_empty(), "{visit:#}");
        }
    }
    assert_eq!(seen["use"]["first"], "skip", "the first key leads past the head of the page");
    assert_eq!(seen["without"]["buttons"], 0);
}

fn is_two_sheets_in_print(seen: &Value) {
    let sheets = seen["print"]["pages"].as_u64().unwrap();
    assert!((1..=2).contains(&sheets), "{sheets} sheets");
}

/// A click on a header sorts by its column, the Enter key reverses the order, and a filter leaves the rows that contain
/// its text.
fn sorts_and_filters(seen: &Value) {
    let Value::Object(_) = &seen["use"] else { panic!("{seen:#}") };
    let column = |name: &str| -> Vec<f64> {
        let cells = seen["use"][name].as_array().unwrap().iter();
        cells.map(|cell| cell.as_str().unwrap().replace(',', "").parse().unwrap()).collect()
    };
    let (mut before, falling, mut rising) = (column("before"), column("falling"), column("rising"));
    assert!(falling.is_sorted_by(|a, b| a >= b) && falling.len() > 3, "{falling:?}");
    assert_eq!(seen["use"]["sort"], "descending");
    rising.reverse();
    assert_eq!(falling, rising);
    before.sort_by(f64::total_cmp);
    rising.reverse();
    assert_eq!(before, rising, "a row was lost");
    let filter = &seen["filter"];
    let count = |name: &str| filter[name].as_u64().unwrap();
    assert!(count("left") > 0 && count("left") < count("all") && count("again") == count("all"), "{filter:#}");
    assert!(filter["status"].as_str().unwrap().contains(" of "), "{filter:#}");
    assert!(seen["without"]["rows"].as_u64().unwrap() >= count("all"));
}

/// A cluster of thirty services with a week of history, some of them with malicious names.
#[test]
fn the_page_of_a_report_is_complete_and_accessible() {
    let folder = tempfile::tempdir().unwrap();
    let Fleet { mut snapshot, history, .. } = fleet(Kind { seed: 7, services: 30, days: 8, spot: false });
    snapshot.usage = Some(Box::new(history.to_stored()));
    "<script>alert(1)</script>\u{202e}".clone_into(&mut snapshot.cluster.name);
    let (file, page) = (folder.path().join("a.snapshot"), folder.path().join("report.html"));
    std::fs::write(&file, outputs::snapshot(&snapshot).unwrap()).unwrap();
    made(&["report", file.to_str().unwrap()], &page);
    let html = std::fs::read_to_string(&page).unwrap();
    assert!(html.contains("Services: CPU per request and cost"), "the plot of the services");
    let seen = seen(&page);
    is_sound(&seen);
    is_two_sheets_in_print(&seen);
    sorts_and_filters(&seen);
}

/// With many services, the page keeps most rows as text until they are needed; without JavaScript all of them are rows.
#[test]
fn the_page_of_a_report_with_long_tables_shows_rows_on_demand() {
    const SERVICES: u64 = 250;
    let folder = tempfile::tempdir().unwrap();
    let Fleet { mut snapshot, history, .. } = fleet(Kind { seed: 7, services: 250, days: 4, spot: false });
    snapshot.usage = Some(Box::new(history.to_stored()));
    let (file, page) = (folder.path().join("a.snapshot"), folder.path().join("report.html"));
    std::fs::write(&file, outputs::snapshot(&snapshot).unwrap()).unwrap();
    made(&["report", file.to_str().unwrap()], &page);
    let seen = seen(&page);
    is_sound(&seen);
    is_two_sheets_in_print(&seen);
    let further = |name: &str| seen["further"][name].as_u64().unwrap();
    assert!(further("before") < 110 && further("after") >= SERVICES / 2, "{:#}", seen["further"]);
    assert!(further("elements") < 20_000, "{:#}", seen["further"]);
    assert!(seen["without"]["rows"].as_u64().unwrap() > 2 * SERVICES, "{:#}", seen["without"]);
}

/// Not a part of the tests, because its time depends on the machine: prints the size of the page of 5,000 workloads and how
/// long Chromium takes to open it. docs/usage.md has the last result.
#[test]
#[ignore = "a measurement: cargo test --features buckets --test live -- --ignored --nocapture page_of_5000"]
fn the_page_of_5000_workloads_opens_in_less_than_a_second() {
    let folder = tempfile::tempdir().unwrap();
    let Fleet { mut snapshot, history, .. } = fleet(Kind { seed: 7, services: 5_000, days: 8, spot: false });
    snapshot.usage = Some(Box::new(history.to_stored()));
    let (file, page) = (folder.path().join("a.snapshot"), folder.path().join("report.html"));
    std::fs::write(&file, outputs::snapshot(&snapshot).unwrap()).unwrap();
    made(&["report", file.to_str().unwrap()], &page);
    let size = std::fs::metadata(&page).unwrap().len();
    let seen = seen(&page);
    let opened: Vec<u64> =
        seen["looks"].as_array().unwrap().iter().map(|look| look["milliseconds"].as_u64().unwrap()).collect();
    writeln!(std::io::stdout(), "{size} bytes, opened in {opened:?} ms").unwrap();
    assert!(size < 5_000_000 && opened.iter().all(|milliseconds| *milliseconds < 1_000), "{size} bytes, {opened:?} ms");
    is_two_sheets_in_print(&seen);
}

#[test]
fn the_page_of_a_comparison_is_complete_and_accessible() {
    let folder = tempfile::tempdir().unwrap();
    let page = folder.path().join("compare.html");
    made(&["compare", "fixtures/compare/before.json", "fixtures/compare/after.json"], &page);
    is_sound(&seen(&page));
}

/// November compared with the prediction in October's report. By then one namespace was deleted, and another has the
/// name of an HTML element.
#[test]
fn the_page_of_a_report_compares_the_prediction() {
    let folder = tempfile::tempdir().unwrap();
    let (file, kept) = (folder.path().join("small.json"), folder.path().join("kept"));
    std::fs::create_dir(&kept).unwrap();
    let october = deliver(&[kept.to_str().unwrap()], &["--month", "2026-10"]);
    assert_eq!(october.code, 0, "{}", october.stderr);
    let mut snapshot = parse_snapshot(&std::fs::read(SMALL).unwrap(), &file).unwrap();
    snapshot.pods.retain(|pod| pod.namespace != "data");
    for pod in snapshot.pods.iter_mut().filter(|pod| pod.namespace == "shop") {
        "<img src=x onerror=alert(1)>".clone_into(&mut pod.namespace);
    }
    std::fs::write(&file, outputs::snapshot(&snapshot).unwrap()).unwrap();
    let page = folder.path().join("november.html");
    let (file, kept) = (file.to_str().unwrap(), kept.to_str().unwrap());
    made(&["report", file, "--prices", PRICES, "--deliver", kept, "--month", "2026-11"], &page);
    let html = std::fs::read_to_string(&page).unwrap();
    assert!(html.contains("From predicted to modelled"), "the plot of the differences");
    is_sound(&seen(&page));
}

#[test]
fn the_page_of_an_estimate_is_complete_and_accessible() {
    let folder = tempfile::tempdir().unwrap();
    let page = folder.path().join("estimate.html");
    let profiles = ["--profile", "python-fastapi", "--profile", "python-django", "--profile", "go-gin"];
    let demand = ["estimate", "--rps", "4k:5k:9k", "--load", "diurnal", "--samples", "64", "--explain"];
    made(&[&demand[..], &profiles].concat(), &page);
    is_sound(&seen(&page));
}
