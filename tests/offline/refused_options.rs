//! Options without effect are refused with the reason: a table of command lines for each command.

use crate::options::{GIN, workload};
use crate::support::binary::{capmodel, refused};

/// A command line, and the words of the error, or none if it is accepted.
type Row<'a> = (&'a str, Option<&'a str>);

/// Runs every row of a table, with `file` in place of FILE: exit code 2 with the words on stderr, or a result.
fn decide(command: &str, file: &str, rows: &[Row<'_>]) {
    for (arguments, said) in rows {
        let words: Vec<&str> = arguments.split_whitespace().map(|w| if w == "FILE" { file } else { w }).collect();
        let whole = [&command.split_whitespace().collect::<Vec<_>>()[..], &words[..]].concat();
        let output = capmodel(&whole).output().unwrap();
        let (code, stderr) = (output.status.code().unwrap(), String::from_utf8(output.stderr).unwrap());
        match said {
            Some(said) => assert!(code == 2 && stderr.contains(said), "{arguments}: {code}: {stderr}"),
            None => assert!(code == 0 && !output.stdout.is_empty(), "{arguments}: {code}: {stderr}"),
        }
    }
}

/// Options about a running service need one, and options that its metrics replace are refused.
#[test]
fn options_that_a_running_service_would_not_use_are_refused() {
    let own = Some("has no effect here: the work of a running service is learned from its metrics");
    #[rustfmt::skip]
    let rows = [
        ("", Some("--rps")),
        ("--rps 5 --prometheus http://127.0.0.1:1", Some("--prometheus has no effect here: it applies to a running service")),
        ("--rps 5 --window 7d", Some("--window has no effect here: it applies to a running service")),
        ("--rps 5 --scrape fixtures/prometheus/service.txt", Some("--scrape has no effect here: it applies to a running service")),
        ("--rps 5 --tenant a", Some("--prometheus <URL>")),
        ("--service shop/web", Some("--service has no effect here: it selects a service of a cluster")),
        ("--service shop", Some("write NAMESPACE/NAME or NAMESPACE/KIND/NAME")),
        ("--cluster c --service shop/web --window 7d", Some("--window has no effect here: without --prometheus")),
        ("--cluster c --service shop/web --prometheus http://127.0.0.1:1 --scrape m.txt", Some("--scrape has no effect here: --prometheus")),
        ("--cluster c --service shop/web --handler-cpu 1ms", own),
        ("--cluster c --service shop/web --wait 1ms", own),
        ("--cluster c --service shop/web --sidecar istio", own),
        ("--cluster c --service shop/web --workers 2", own),
        ("--cluster c --service shop/web --observed 1rps:1cores", Some("cannot be used with")),
        ("--cluster c --service shop/web --workload w.toml", Some("cannot be used with")),
        ("--cluster c --service shop/web --article", Some("cannot be used with")),
        ("--rps 5000 --sweep 500:50k", None),
        ("--rps 5000 --sweep 500", Some("write two rates, LOW:HIGH")),
        ("--rps 5000 --sweep 500:50", Some("the second rate must be higher")),
        ("--rps 5000 --sweep 500:50k --emit hpa", Some("cannot be used with")),
        ("--sweep 500:50k", Some("--rps")),
    ];
    decide("estimate", "", &rows);
    decide("check", "", &[("--verbose --format json", Some("--verbose has no effect here: every other format"))]);
    let services = "has no effect here: it applies to running services";
    decide(
        "report fixtures/report/small.json",
        "",
        &[
            ("--prices fixtures/report/prices.csv --team go", Some(services)),
            ("--currency EUR", Some("--currency EUR needs an exchange rate")),
            ("--currency EUR --exchange-rate 0.92@2026-11-01", None),
            ("--currency USD --format openmetrics", None),
            ("--currency EUR --exchange-rate 0.92@2026-11-01 --format openmetrics", Some("so they cannot be in EUR")),
            (
                "--currency EUR --exchange-rate 0.92@2026-11-01 --format workload",
                Some("--currency has no effect here: a workload file contains no prices"),
            ),
            ("--prices fixtures/report/prices.csv --format workload", Some(services)),
            (
                "--prices fixtures/report/prices.csv --growth 1.3",
                Some("--growth has no effect here: the forecast needs past usage"),
            ),
        ],
    );
}

#[test]
fn options_that_an_estimate_would_not_use_are_refused() {
    #[rustfmt::skip]
    let rows = [
        // A service is described either by options or by the article.
        ("--article", None),
        ("--article --rps 5000", None),
        ("--article --provider gcp --region europe-west4 --arch arm64 --month 2026-12", None),
        ("--article --capacity-type spot", None),
        ("--article --rps 100", Some("--rps has no effect here: the article's claims are checked at its own demand")),
        ("--article --profile go-gin", Some("--profile has no effect here: the article's claims are checked with its own pods")),
        ("--article --evidence article", Some("--evidence has no effect")),
        ("--article --workers 2", Some("--workers has no effect")),
        ("--article --cpu-request 1", Some("--cpu-request has no effect")),
        ("--article --cpu-limit 1", Some("--cpu-limit has no effect")),
        ("--article --memory-request 1Gi", Some("--memory-request has no effect")),
        ("--article --memory-limit 1Gi", Some("--memory-limit has no effect")),
        ("--article --work crud", Some("--work has no effect")),
        ("--article --handler-cpu 1ms", Some("--handler-cpu has no effect")),
        ("--article --wait 1ms", Some("--wait has no effect")),
        ("--article --response-bytes 1Ki", Some("--response-bytes has no effect")),
        ("--article --observed 400rps:1cores", Some("--observed has no effect")),
        ("--article --sidecar istio", Some("--sidecar has no effect")),
        ("--article --max-rps-per-pod 5", Some("--max-rps-per-pod has no effect")),
        ("--article --policy steady", Some("--policy has no effect here: the article's claims are checked under its own policy")),
        ("--article --slo-p99 1s", Some("--slo-p99 has no effect")),
        ("--article --target-utilization 50%", Some("--target-utilization has no effect")),
        ("--article --zones 3", Some("--zones has no effect")),
        ("--article --survive-zones 1", Some("--survive-zones has no effect")),
        ("--article --min-replicas 2", Some("--min-replicas has no effect")),
        ("--article --max-unavailable 1", Some("--max-unavailable has no effect")),
        ("--article --ramp none", Some("--ramp has no effect")),
        ("--article --balancer p2c", Some("--balancer has no effect")),
        ("--article --replicas 4", Some("--replicas has no effect")),
        ("--article --load flat", Some("--load has no effect")),
        ("--article --instance-type auto", Some("--instance-type has no effect here: the article's claims are about resource requests")),
        ("--article --distribution eks", Some("--distribution has no effect")),
        ("--article --max-pods 110", Some("--max-pods has no effect")),
        ("--article --node-reserved 100m/1Gi", Some("--node-reserved has no effect")),
        ("--article --daemonset-overhead 0/0/0", Some("--daemonset-overhead has no effect")),
        ("--article --cpu-speed 0.5", Some("--cpu-speed has no effect")),
        ("--article --cluster x.snapshot", Some("--cluster has no effect")),
        ("--article --samples 100", Some("--samples has no effect")),
        ("--article --seed 2", Some("--seed has no effect")),
        ("--article --explain", Some("cannot be used with")),
        ("--article --currency EUR --exchange-rate 0.92@2026-11-01", Some("--currency has no effect here: the article's claims are about ratios")),
        // Currency.
        ("--rps 1 --currency USD", None),
        ("--rps 1 --currency EUR --exchange-rate 0.92@2026-11-01", None),
        ("--rps 1 --currency EUR", Some("--currency EUR needs an exchange rate")),
        ("--rps 1 --exchange-rate 0.92@2026-11-01", Some("needs the name of its currency: add --currency CODE")),
        ("--rps 1 --currency USD --exchange-rate 0.92@2026-11-01", Some("prices are in USD already")),
        ("--rps 1 --currency EUR --exchange-rate 0.92@2027-01-01", Some("is of a day in the future")),
        ("--rps 1 --currency euro --exchange-rate 0.92@2026-11-01", Some("use three capital letters")),
        ("--rps 1 --profile go-gin --policy steady --emit hpa --currency EUR --exchange-rate 0.92@2026-11-01", Some("--currency has no effect here: a manifest contains no prices")),
        // Samples.
        ("--rps 1 --samples 0", None),
        ("--rps 1 --samples 0 --seed 2", Some("--seed has no effect here: --samples 0 draws no samples")),
        ("--rps 1 --samples 20 --seed 1", None),
        ("--rps 1 --replicas 3 --min-replicas 0", Some("--min-replicas 0 has no effect here: --replicas sets")),
        // Options about a service.
        ("--rps 1 --handler-cpu 1ms --observed 400rps:1cores", Some("--handler-cpu has no effect here: --observed replaces it")),
        ("--rps 1 --wait 1ms --work crud --observed 400rps:1cores", None),
        ("--rps 1 --handler-cpu 10m", Some("`10m` means 10 minutes per request; did you mean 10ms?")),
        ("--rps 1 --wait 10m", Some("`10m` means 10 minutes per request; did you mean 10ms? Use 600s")),
        ("--rps 1 --wait 1h", Some("`1h` means 1 hour per request")),
        ("--rps 1 --slo-p99 200m", Some("did you mean 200ms? Use 12000s")),
        ("--rps 1 --wait 10ms --slo-p99 2s", None),
        ("--rps 1 --workers 2", None),
        ("--rps 1 --workers 2 --profile go-gin", Some("--workers has no effect here: it applies to event-loop and sync servers")),
        ("--rps 1 --cpu-request 1 --cpu-request 2", Some("a second --cpu-request has no effect")),
        ("--rps 1 --cpu-limit go-gin=1 --cpu-limit go-gin=2", Some("a second --cpu-limit has no effect")),
        ("--rps 1 --memory-request 1Gi --memory-request 2Gi", Some("a second --memory-request has no effect")),
        ("--rps 1 --memory-limit 1Gi --memory-limit 2Gi", Some("a second --memory-limit has no effect")),
        ("--rps 1 --max-rps-per-pod 1 --max-rps-per-pod 2", Some("a second --max-rps-per-pod has no effect")),
        ("--rps 1 --profile go-gin --max-rps-per-pod 1 --max-rps-per-pod go-gin=2", Some("--max-rps-per-pod for every profile has")),
        ("--rps 1 --cpu-request 1 --cpu-request go-gin=2", None),
        ("--rps 1 --profile go-gin --cpu-request 1 --cpu-request go-gin=2", Some("--cpu-request for every profile has no effect")),
        // Nodes and clusters.
        ("--rps 1 --instance-type auto", None),
        ("--rps 1 --instance-type auto --instance-type m6i.large", Some("--instance-type auto has no effect")),
        ("--rps 1 --on nodes", None),
        ("--rps 1 --on fargate", None),
        ("--rps 1 --on autopilot --provider gcp", None),
        ("--rps 1 --on autopilot --provider aws", Some("--on autopilot is a platform of gcp, not of aws")),
        ("--rps 1 --on fargate --capacity-type spot", Some("--capacity-type spot")),
        ("--rps 1 --on fargate --arch arm64", Some("--arch arm64")),
        ("--rps 1 --on fargate --emit hpa", Some("--on")),
        ("--rps 1 --on lambda", Some("invalid value")),
        // Options about manifests.
        ("--rps 1 --profile go-gin --policy steady --emit hpa --load diurnal", None),
        ("--rps 1 --profile go-gin --policy steady --emit deployment --load diurnal", Some("--load has no effect here: a Deployment")),
        ("--rps 1 --profile go-gin --policy steady --emit hpa --samples 0", Some("--samples has no effect")),
        ("--rps 1 --profile go-gin --policy steady --emit hpa --seed 2", Some("--seed has no effect")),
        ("--rps 1 --profile go-gin --policy steady --emit hpa --month 2026-12", Some("--month has no effect")),
        ("--rps 1 --explain --format json", Some("--explain works with --format table or markdown")),
        ("", Some("--rps")),
    ];
    decide("estimate", "", &rows);
    #[cfg(feature = "live")]
    #[rustfmt::skip]
    decide("estimate", "", &[
        ("--article --live", Some("--live has no effect")),
        ("--rps 1 --context prod", Some("--context has no effect")),
        ("--rps 1 --kubeconfig x", Some("--kubeconfig has no effect")),
        ("--rps 1 --namespace shop", Some("--namespace has no effect")),
        // The free capacity would be overstated if only the pods of one namespace were known.
        ("--rps 1 --live --namespace shop", Some("--namespace has no effect here: free capacity can only be computed from")),
        ("--rps 1 --spot-label a=b", Some("--spot-label has no effect")),
    ]);
}

#[test]
fn flags_for_values_of_a_workload_file_are_refused() {
    let said = "work = \"crud\"\npolicy = \"steady\"\nmin_replicas = 2\nzones = 3\nsurvive_zones = 1\n";
    let one = GIN.replace("\"a\"", "\"b\"");
    let (all, some, none) = (workload(&format!("{GIN}{said}")), workload(&format!("{GIN}{said}{one}")), workload(GIN));
    let path = |file: &tempfile::NamedTempFile| file.path().to_str().unwrap().to_owned();
    for (flag, why) in [
        ("--policy steady", "every service in the file sets its own"),
        ("--work crud", "every service in the file sets its own"),
        ("--min-replicas 4", "every service in the file sets its own"),
        ("--zones 2", "every service in the file sets its own"),
        ("--survive-zones 0", "every service in the file sets its own"),
    ] {
        let line = format!("--samples 0 --workload FILE {flag}");
        decide("estimate", &path(&all), &[(line.as_str(), Some(why))]);
        decide("estimate", &path(&some), &[(line.as_str(), None)]);
        decide("estimate", &path(&none), &[(line.as_str(), None)]);
    }
    #[rustfmt::skip]
    decide("estimate", &path(&none), &[
        ("--workload FILE --policy steady --policy production", Some("a second --policy has no effect here")),
        ("--workload FILE --workers 2", Some("--workers has no effect here")),
        ("--workload FILE --explain", Some("cannot be used with")),
        ("--workload FILE --load weekly", Some("cannot be used with")),
        ("--workload FILE --article", Some("cannot be used with")),
        ("--workload FILE --seed 2 --response-bytes 1Ki --sidecar istio --wait 1ms --slo-p99 1s", None),
    ]);
    let (code, stderr) = refused(&["estimate", "--workload", &path(&none), "--policy", "nonsense"]);
    assert!(code == 3 && stderr.contains("nonsense"), "{code}: {stderr}");
}

const SMALL: &str = "fixtures/report/small.json";

#[test]
fn options_that_a_report_would_not_use_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let history = folder.path().to_str().unwrap();
    #[rustfmt::skip]
    decide("report", history, &[
        (SMALL, None),
        ("fixtures/report/small.json --provider gcp", Some("--provider has no effect here: the nodes of the cluster were read")),
        ("fixtures/report/small.json --region eu-west-1", Some("--region has no effect here")),
        ("fixtures/report/small.json --timezone Europe/Berlin --cluster-name x", None),
        ("fixtures/report/small.json fixtures/report/small.json --history FILE", Some("a second snapshot has no effect here: the past is read from --history")),
    ]);
    #[cfg(feature = "live")]
    #[rustfmt::skip]
    decide("report", history, &[
        ("fixtures/report/small.json --window 7d", Some("--window has no effect here: without --prometheus or --history")),
        ("fixtures/report/small.json --month last --window 7d --history FILE", Some("--window has no effect here: --month")),
        ("fixtures/report/small.json fixtures/report/small.json --prometheus http://p", Some("a second snapshot has no effect here: the past is read from --prometheus")),
        ("fixtures/report/small.json --context x", Some("--context has no effect here: the cluster is read from a snapshot file")),
        ("fixtures/report/small.json --kubeconfig x", Some("--kubeconfig has no effect here")),
        ("fixtures/report/small.json --namespace x", Some("--namespace has no effect here")),
        ("fixtures/report/small.json --spot-label a=b", None),
        ("fixtures/report/small.json --tenant a", Some("--prometheus <URL>")),
        ("fixtures/report/small.json --requests-query a", Some("--prometheus <URL>")),
        ("fixtures/report/small.json --prometheus-matcher a=b", Some("--prometheus <URL>")),
        ("fixtures/report/small.json --prometheus-auth-file a", Some("--prometheus <URL>")),
    ]);
}

#[cfg(feature = "live")]
#[test]
fn options_that_a_check_or_a_snapshot_would_not_use_are_refused() {
    #[rustfmt::skip]
    decide("check", "", &[
        ("--window 7d", Some("--window has no effect here: without --prometheus")),
        ("--requests-query a", Some("--prometheus <URL>")),
        ("--tenant a", Some("--prometheus <URL>")),
        ("--prometheus http://127.0.0.1:1 --prices fixtures/report/prices.csv", Some("no cluster was found; give --kubeconfig")),
        ("--prometheus http://127.0.0.1:1 --namespace a", Some("--namespace has no effect here")),
        ("--prometheus http://127.0.0.1:1 --spot-label a=b", Some("--spot-label has no effect here")),
    ]);
    decide(
        "snapshot -o x",
        "",
        &[
            ("--redact-map y", Some("--redact")),
            ("--window 7d", Some("--window has no effect here: without --prometheus there is no past usage")),
            ("--tenant a", Some("--prometheus <URL>")),
        ],
    );
    decide("profiles fit", "", &[("--from a", Some("--service")), ("--service a/b", Some("--from"))]);
    decide("prices list", "", &[("--region us-east-1", Some("--provider"))]);
}
