//! Invalid values are refused with a message.

use super::{NEEDED, chart, helm};
use crate::cluster::text;

#[test]
fn helm_lint_accepts_every_set_of_values() {
    let output = helm(&["lint", "--strict", &chart()]);
    let said = text(&output.stdout);
    assert!(output.status.success() && said.contains("1 chart(s) linted, 0 chart(s) failed"), "{said}");
}

#[test]
fn invalid_values_are_refused_with_a_message() {
    for (wrong, said) in [
        ("clusterName=", "clusterName is required: the name of this cluster in its reports"),
        ("clusterName=a b", "at '/clusterName': 'a b' does not match pattern"),
        ("image.repository=team/capmodel", "image.repository must name a registry, as no public image is published"),
        ("image.repository=https://r.example.com/", "at '/image/repository'"),
        ("image.digest=abc", "at '/image/digest': 'abc' does not match pattern '^(sha256:[0-9a-f]{64})?$'"),
        ("image.pullPolicy=always", "at '/image/pullPolicy': value must be one of 'Always', 'IfNotPresent', 'Never'"),
        ("monthly.schedul=x", "at '/monthly': additional properties 'schedul' not allowed"),
        ("monthly.schedule=monthly", "at '/monthly/schedule': 'monthly' does not match pattern"),
        ("oneShot.month=2026-13", "at '/oneShot/month': '2026-13' does not match pattern"),
        (
            "report.format=xls",
            "at '/report/format': value must be one of 'table', 'markdown', 'json', 'csv', 'html', 'focus', 'parquet'",
        ),
        ("report.by=team", "at '/report/by': 'team' does not match pattern '^(namespace|workload|owners|label:.+)$'"),
        ("prometheus.url=prometheus:9090", "at '/prometheus/url': 'prometheus:9090' does not match pattern"),
        ("prometheus.matchers={cluster=a}", "at '/prometheus/matchers/0': 'cluster=a' does not match pattern"),
        ("delivery.bucket=reports", "at '/delivery/bucket': 'reports' does not match pattern"),
        ("snapshot.enabled=true", "snapshot.enabled needs a place for the snapshots: set volume.enabled=true"),
        ("oneShot.month=2026-10", "oneShot.month=2026-10 needs something that knows that month: set prometheus.url"),
        ("oneShot.bill={/bills/october.csv}", "oneShot.bill is the bill of oneShot.month: set that month"),
        ("oneShot.bill={/b.csv},timeZone=Europe/Berlin", "oneShot.bill needs timeZone=Etc/UTC"),
        ("report.region=eu-central-1", "without namespaces the nodes state their own"),
        ("report.currency=EUR", "report.currency and report.exchangeRate belong together"),
        (
            "report.currency=EUR,report.exchangeRate=0.92@2026-11-01,delivery.pushgateway.url=http://p",
            "metrics are in US dollars",
        ),
        ("report.services.team=go", "which are only known from Prometheus: set prometheus.url"),
        ("report.services.team=rust", "at '/report/services/team': value must be one of '', 'python', 'go', 'both'"),
        ("delivery.link=https://r.example.com", "delivery.link is for messages about a stored report"),
        ("spotLabels={spot}", "at '/spotLabels/0': 'spot' does not match pattern"),
        ("report.by=owners", "report.by=owners needs the owners: set owners.file or owners.existingConfigMap"),
        ("owners.file=x", "owners are given, and report.by=namespace does not use them: set report.by=owners"),
        ("report.splitIdle=weighted", "a weighted split needs the weights of the owners: set report.by=owners"),
        ("prices.table=x,prices.existingConfigMap=y", "prices.table and prices.existingConfigMap are both set"),
        ("report.format=parquet", "report.format=parquet needs a place to store the report"),
        ("pricing.file=x,pricing.existingConfigMap=y", "pricing.file and pricing.existingConfigMap are both set"),
        ("prices.table=x,pricing.file=y,pricing.key=prices.csv", "prices.key and pricing.key must differ"),
        ("commonLabels.app\\.kubernetes\\.io/name=x", "invalid propertyName 'app.kubernetes.io/name'"),
        ("ttlSecondsAfterFinished=-1", "at '/ttlSecondsAfterFinished': minimum: got -1, want 0"),
        ("monitoring.rule.enabled=true", "monitoring needs metrics to show and watch: set delivery.pushgateway.url"),
        ("backoffLimit=two", "at '/backoffLimit': got string, want integer"),
        ("networkPolicy.apiServer.ports={0}", "at '/networkPolicy/apiServer/ports/0': minimum: got 0, want 1"),
    ] {
        let output = helm(&[&["template", "capmodel", &chart()], &NEEDED[..], &["--set", wrong]].concat());
        let error = text(&output.stderr);
        assert!(!output.status.success() && error.contains(said), "{wrong}: {error}");
    }
}

#[test]
fn all_missing_values_are_reported_at_once() {
    let output = helm(&["template", "capmodel", &chart()]);
    let error = text(&output.stderr);
    let lines: Vec<&str> = error.lines().filter_map(|line| line.strip_prefix("  - ")).collect();
    let missing: Vec<&str> = lines.iter().filter_map(|line| line.split(' ').next()).collect();
    assert_eq!(missing, ["clusterName", "image.repository"], "{error}");
}
