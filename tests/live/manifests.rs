//! A real API server accepts the manifests that `--emit` prints.

use crate::cluster::Cluster;
use crate::support::binary::capmodel;

#[test]
fn a_real_api_server_accepts_the_manifests() {
    let cluster = Cluster::start();
    let limits = ["--cpu-limit", "1", "--memory-limit", "512Mi"];
    let workers = ["--workers", "4"];
    // Only the autoscaler follows the load of the day: a Deployment has the pods of the busy period.
    let load = ["--load", "diurnal", "--workers", "4"];
    for (profile, policy, kind, more) in [
        ("go-gin", "production", "deployment", &[][..]),
        ("go-gin", "production", "hpa", &[]),
        ("python-fastapi", "steady", "deployment", &limits),
        ("python-fastapi", "steady", "hpa", &limits),
        ("python-flask", "production", "deployment", &workers),
        ("python-flask", "production", "hpa", &load),
    ] {
        let arguments = ["estimate", "--rps", "5000", "--profile", profile, "--policy", policy, "--emit", kind];
        let output = capmodel(&[&arguments[..], more].concat()).output().unwrap();
        assert!(output.status.success(), "{profile} {kind}: {}", String::from_utf8_lossy(&output.stderr));
        let manifest = String::from_utf8(output.stdout).unwrap();
        let strict = ["apply", "--dry-run=server", "--validate=strict", "-f", "-"];
        let said = cluster.kubectl_with(&strict, &manifest);
        assert!(said.contains("created (server dry run)"), "{said}");
    }
}
