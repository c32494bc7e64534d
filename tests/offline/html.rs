//! HTML pages are small, complete and accessible, and names in them never become elements.

use std::path::Path;

use capmodel::inputs::files::parse_snapshot;
use capmodel::outputs;

use crate::report_properties::fleet::{Fleet, Kind, fleet};
use crate::support::binary::{capmodel, text};

fn page(arguments: &[&str]) -> String {
    let output = capmodel(&[arguments, &["--format", "html"]].concat()).output().unwrap();
    assert!(output.status.success(), "{arguments:?}: {}", text(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// A report of this number of services, each with its history, from one file.
fn report_of(services: usize, folder: &Path) -> String {
    let Fleet { mut snapshot, history, .. } = fleet(Kind { seed: 7, services, days: 8, spot: false });
    snapshot.usage = Some(Box::new(history.to_stored()));
    let file = folder.join(format!("{services}.snapshot"));
    std::fs::write(&file, outputs::snapshot(&snapshot).unwrap()).unwrap();
    page(&["report", file.to_str().unwrap()])
}

/// The budget is 5 MB for 5,000 workloads, each of which has a row in four tables: as a workload, as a service in every
/// style, with its forecast, and with its recommended requests. Everything else, above all the plots, is limited to 200
/// services.
#[test]
fn a_page_of_5000_workloads_stays_below_5_mb() {
    const SERVICES: usize = 40;
    let folder = tempfile::tempdir().unwrap();
    let page = report_of(SERVICES, folder.path());
    for row in ["$.workloads[", "$.running_services[", "].recommended\"", "].forecast\""] {
        let rows = page.matches(row).count();
        assert!(rows >= SERVICES / 2, "{rows} rows have {row} of {SERVICES} services");
    }
    let rows: usize = page.lines().filter(|line| line.contains(" data-path=\"")).map(|line| line.len() + 1).sum();
    let most = rows * 5_000 / SERVICES + (page.len() - rows) * 200 / SERVICES;
    assert!(most < 5_000_000, "{} bytes in the rows of each service, {} besides", rows / SERVICES, page.len() - rows);
}

/// Names from a cluster are shown and have no effect, whatever they contain.
#[test]
fn names_of_a_cluster_are_shown_and_escaped() {
    let long = format!("{}-end", "long".repeat(62));
    let names = ["<img src=x onerror=alert(1)>", "\"><script>alert(1)</script>", "a'b\nc\u{202e}d🦀", "=1+1", &long];
    let small = std::fs::read_to_string("fixtures/report/small.json").unwrap();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("cluster.json");
    // Only names with characters outside ASCII need the element that isolates their direction.
    let elements =
        |page: &str| page.matches('<').count() - page.matches("<bdi>").count() - page.matches("</bdi>").count();
    let of = |name: &str| {
        let mut snapshot = parse_snapshot(small.as_bytes(), &file).unwrap();
        name.clone_into(&mut snapshot.cluster.name);
        for pod in snapshot.pods.iter_mut().filter(|pod| pod.namespace == "shop") {
            name.clone_into(&mut pod.namespace);
        }
        let node = std::mem::replace(&mut snapshot.nodes[0].name, name.to_owned());
        for pod in snapshot.pods.iter_mut().filter(|pod| pod.node.as_ref() == Some(&node)) {
            pod.node = Some(name.to_owned());
        }
        std::fs::write(&file, outputs::snapshot(&snapshot).unwrap()).unwrap();
        let page = page(&["report", file.to_str().unwrap(), "--prices", "fixtures/report/prices.csv"]);
        assert!(page.contains("<h3><bdi>How full each node is"), "{name}");
        page
    };
    let plain = elements(&of("plain"));
    for name in names {
        let page = of(name);
        assert_eq!(elements(&page), plain, "{name}");
        assert!(!page.contains('\u{202e}'), "{name}");
        let shown = name.replace('<', "&#60;").replace('>', "&#62;").replace('"', "&#34;").replace('\'', "&#39;");
        let shown = shown.replace('\n', " ").replace('\u{202e}', "\\u{202e}");
        assert!(page.contains(&format!("<bdi>{shown}")), "{shown}");
    }
}

/// The same for services, whose fits have plots, and for rows of a comparison.
#[test]
fn names_of_services_are_shown() {
    const NAME: &str = "\"><script>alert(1)</script>\u{202e}🦀";
    let folder = tempfile::tempdir().unwrap();
    let elements =
        |page: &str| page.matches('<').count() - page.matches("<bdi>").count() - page.matches("</bdi>").count();
    let of = |name: &str| {
        let Fleet { mut snapshot, mut history, .. } = fleet(Kind { seed: 7, services: 3, days: 8, spot: false });
        for service in history.workloads.iter_mut().filter(|service| service.id.name == "service-0000") {
            name.clone_into(&mut service.id.name);
        }
        for owner in snapshot.pods.iter_mut().filter_map(|pod| pod.owner.as_mut()) {
            if owner.name == "service-0000" {
                name.clone_into(&mut std::sync::Arc::make_mut(owner).name);
            }
        }
        snapshot.usage = Some(Box::new(history.to_stored()));
        let file = folder.path().join("named.snapshot");
        std::fs::write(&file, outputs::snapshot(&snapshot).unwrap()).unwrap();
        let file = file.to_str().unwrap();
        let json = capmodel(&["report", file, "--format", "json"]).output().unwrap().stdout;
        (page(&["report", file]), json)
    };
    let ((plain, before), (named, after)) = (of("other"), of(NAME));
    assert_eq!(plain.matches("<h3><bdi>Fit of ").count(), 3);
    assert_eq!(plain.matches("<path class=\"points s2\"").count(), 6, "the steps of three services, and three keys");
    assert_eq!(elements(&named), elements(&plain));
    assert!(named.contains("<h3><bdi>Fit of team-00/&#34;&#62;&#60;script&#62;alert(1)"), "the name of the fit");
    let files = ["before.json", "after.json"].map(|name| folder.path().join(name));
    for (file, bytes) in files.iter().zip([before, after]) {
        std::fs::write(file, bytes).unwrap();
    }
    let page = page(&["compare", files[0].to_str().unwrap(), files[1].to_str().unwrap()]);
    assert!(page.contains("<h3><bdi>Change by row"), "{page}");
    assert_eq!(page.matches("<script>").count(), 1, "the page's own");
    assert!(!page.contains('\u{202e}'));
}

/// The text of a comparison's plot: the steps between before and after add up.
#[test]
fn a_comparison_has_a_waterfall() {
    let page = page(&["compare", "fixtures/compare/before.json", "fixtures/compare/after.json"]);
    assert!(page.contains("93.46 USD before, 97.24 after, a difference of +3.78; the steps between add up to it."));
    // Six steps that change the cost, and two totals; steps of zero are not drawn.
    let (_, plot) = page.split_once("<h3><bdi>From before to after").unwrap();
    let (plot, _) = plot.split_once("</svg>").unwrap();
    assert_eq!(plot.matches("<rect class=\"bar ").count(), 3 + 6 + 2);
}

/// A page is self-contained: it loads no address, and its own content security policy forbids it.
#[test]
fn a_page_loads_nothing() {
    for arguments in [&["estimate", "--rps", "5000", "--samples", "64"][..], &["report", "fixtures/report/small.json"]]
    {
        let page = page(arguments);
        assert!(page.contains("content=\"default-src 'none';"), "{arguments:?}");
        for outside in ["src=\"", "href=\"http", "href=\"//", "url(", "@import", " style=\"", " onclick"] {
            assert!(!page.contains(outside), "{arguments:?} has {outside}");
        }
        assert!(
            page.starts_with("<!doctype html>\n<html lang=\"en\">") && page.ends_with("</html>\n"),
            "{arguments:?}"
        );
    }
}

/// Every plot has a text alternative, and every table header has a scope.
#[test]
fn a_page_is_accessible_to_screen_readers() {
    let page = page(&["estimate", "--rps", "5000", "--load", "diurnal", "--samples", "64"]);
    let count = |what: &str| page.matches(what).count();
    // Pods, cost, p99, the hours and the inputs, for two policies.
    assert_eq!(count("<svg role=\"img\""), 10);
    assert_eq!(count("<desc id="), 10);
    assert_eq!(count("<h1>"), 1);
    assert_eq!(count("<table"), count("<caption>"));
    assert_eq!(count("<th"), count("<th scope=\"") + count("<thead>"), "every <th has a scope");
    assert!(count(" data-path=\"$.estimates[2,3].share_cost_per_month\"") == 1, "the row of cost under production");
    assert!(count(" data-key=\"go-gin\"") == 1, "the column of go-gin");
}
