//! One document for every JSON schema, and one page of each command that has plots, as the tool prints it.

use std::path::PathBuf;

use capmodel::inputs::files::parse_snapshot;
use capmodel::outputs;

use super::STILL;
use crate::support::binary::capmodel;
use crate::support::demo::Demo;

/// A document and the command that produces it.
pub(super) struct Golden {
    /// Its file is `fixtures/golden/NAME.v1.json`, or `NAME.html` for a page.
    name: &'static str,
    /// The words after `capmodel`.
    pub(super) arguments: &'static str,
}

/// All documents. A schema has several where a single one cannot show every key.
pub(super) const GOLDEN: [Golden; 28] = [
    golden("estimate", "estimate --rps 4k:5k:9k --load diurnal --samples 64 --format json"),
    golden(
        "estimate-infeasible",
        "estimate --rps 5000 --profile python-fastapi --policy production --slo-p99 1ms --samples 0 --format json",
    ),
    golden(
        "estimate-cluster",
        "estimate --rps 5000 --profile python-fastapi --policy production --replicas 3 --ramp 3x/0s --sidecar istio \
         --cpu-limit 1 --memory-limit 512Mi --samples 0 --region local-1 --cluster fixtures/report/small.json \
         --prices fixtures/report/prices.csv --format json",
    ),
    golden("estimate", "estimate --rps 4k:5k:9k --load diurnal --samples 64 --format html"),
    golden("workload", "estimate --workload fixtures/workload/services.toml --samples 64 --format json"),
    golden("claims", "estimate --rps 5000 --article --format json"),
    golden("report", "report fixtures/report/small.json --prices fixtures/report/prices.csv --format json"),
    golden("report-partial", "report fixtures/snapshot/v1.json --format json"),
    golden(
        "report-history",
        "report --kubeconfig fixtures/screens/input/kubeconfig.yaml --prometheus http://prometheus.example --window 7d \
         --prices fixtures/report/prices.csv --format json",
    ),
    golden(
        "report-history",
        "report --kubeconfig fixtures/screens/input/kubeconfig.yaml --prometheus http://prometheus.example --window 7d \
         --prices fixtures/report/prices.csv --format html",
    ),
    golden(
        "report-reconciled",
        "report fixtures/report/small.json --prices fixtures/report/prices.csv --month 2026-10 \
         --bill fixtures/bill/cur-2026-10.csv --format json",
    ),
    golden(
        "report-reconciled",
        "report fixtures/report/small.json --prices fixtures/report/prices.csv --month 2026-10 \
         --bill examples/bill.focus.csv --format html",
    ),
    golden(
        "report-scraped",
        "report fixtures/report/small.json --prices fixtures/report/prices.csv \
         --scrape shop/web=http://web.example/metrics --format json",
    ),
    golden("compare", "compare fixtures/compare/before.json fixtures/compare/after.json --format json"),
    golden("compare", "compare fixtures/compare/before.json fixtures/compare/after.json --format html"),
    golden(
        "check",
        "check --kubeconfig fixtures/screens/input/kubeconfig.yaml --prometheus http://prometheus.example \
         --prices fixtures/report/prices.csv --format json",
    ),
    golden(
        "check-losses",
        "check --kubeconfig fixtures/screens/input/kubeconfig.yaml --context strict --prometheus http://empty.example \
         --format json",
    ),
    golden("stored", "stored fixtures/stored/eu fixtures/stored/us --months 3 --budget 16000 --format json"),
    golden("stored", "stored fixtures/stored/eu fixtures/stored/us --months 3 --budget 16000 --format html"),
    golden("price-regions", "prices list --provider gcp --format json"),
    golden(
        "price-types",
        "prices list --provider aws --region local-1 --prices fixtures/report/prices.csv --format json",
    ),
    golden("price-type", "prices show m6i.large --region us-east-1 --format json"),
    golden("price-groups", "prices groups --provider gcp --format json"),
    golden("profiles", "profiles list --format json"),
    golden("profile", "profiles show go-gin --format json"),
    golden(
        "delivery",
        "report fixtures/report/small.json --prices fixtures/report/prices.csv --deliver http://hooks.example/a",
    ),
    golden("delivery-failed", "report fixtures/report/none.json --deliver http://hooks.example/a"),
    golden(
        "slack",
        "report fixtures/report/small.json --prices fixtures/report/prices.csv --deliver slack:http://hooks.example/a",
    ),
];

const fn golden(name: &'static str, arguments: &'static str) -> Golden {
    Golden { name, arguments }
}

impl Golden {
    /// Its file below `fixtures/golden`.
    fn file(&self) -> String {
        let ending = if self.arguments.ends_with("--format html") { "html" } else { "v1.json" };
        format!("{}.{ending}", self.name)
    }

    /// The document as printed, or as sent to the webhook.
    fn made(&self) -> String {
        let demo = Demo::start();
        let arguments: Vec<&str> = self.arguments.split_whitespace().collect();
        let output = capmodel(&arguments).envs(STILL).env("HTTP_PROXY", demo.proxy()).output().unwrap();
        let bytes = if arguments.contains(&"--deliver") { demo.delivered() } else { output.stdout };
        assert!(!bytes.is_empty(), "{}: {}", self.name, String::from_utf8_lossy(&output.stderr));
        String::from_utf8(bytes).unwrap()
    }
}

#[test]
fn golden_documents() {
    let wrong: Vec<String> =
        GOLDEN.iter().filter_map(|document| compared(&document.file(), &document.made())).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// A snapshot file is compressed, so its content is pinned with line breaks, and compressing that again gives the same
/// file.
#[test]
fn golden_snapshot() {
    let demo = Demo::start();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("cluster.snapshot");
    let arguments = ["snapshot", "--quiet", "--kubeconfig", "fixtures/screens/input/kubeconfig.yaml", "--output"];
    let arguments = [&arguments[..], &[file.to_str().unwrap(), "--label", "team"]].concat();
    capmodel(&arguments).envs(STILL).env("HTTP_PROXY", demo.proxy()).assert().success();
    let bytes = std::fs::read(&file).unwrap();
    let snapshot = parse_snapshot(&bytes, &file).unwrap();
    let document = format!("{}\n", serde_json::to_string_pretty(&snapshot).unwrap());
    assert_eq!(compared("snapshot.v1.json", &document), None);
    let again = parse_snapshot(document.as_bytes(), &file).unwrap();
    assert_eq!(outputs::snapshot(&again).unwrap(), bytes);
}

/// The first difference between a document and its file, if any. `TRYCMD=overwrite` writes the file first.
fn compared(file: &str, document: &str) -> Option<String> {
    let path = PathBuf::from(format!("fixtures/golden/{file}"));
    if std::env::var("TRYCMD").is_ok_and(|mode| mode == "overwrite") {
        std::fs::write(&path, document).unwrap();
    }
    let kept = std::fs::read_to_string(&path).unwrap_or_default();
    if kept == document {
        return None;
    }
    let mut lines = kept.lines().chain(std::iter::repeat("")).zip(document.lines().chain(["the end"])).enumerate();
    let (number, (kept, made)) = lines.find(|(_, (kept, made))| kept != made).unwrap_or_default();
    Some(format!(
        "{}:{}: the document has changed; if that is intended, run `just snap` and read the diff\n- {kept}\n+ {made}",
        path.display(),
        number + 1
    ))
}
