//! What `--emit` prints is taken by a real API server.

use crate::cluster::Cluster;
use crate::support::binary::capmodel;

#[test]
fn a_real_api_server_takes_the_manifests() {
    let cluster = Cluster::start();
    for (profile, policy, more) in [
        ("go-gin", "production", &[][..]),
        ("python-fastapi", "steady", &["--cpu-limit", "1", "--memory-limit", "512Mi"]),
        ("python-flask", "production", &["--load", "diurnal", "--workers", "4"]),
    ] {
        for kind in ["deployment", "hpa"] {
            let arguments = ["estimate", "--rps", "5000", "--profile", profile, "--policy", policy, "--emit", kind];
            let output = capmodel(&[&arguments[..], more].concat()).output().unwrap();
            assert!(output.status.success(), "{profile} {kind}");
            let manifest = String::from_utf8(output.stdout).unwrap();
            let strict = ["apply", "--dry-run=server", "--validate=strict", "-f", "-"];
            let said = cluster.kubectl_with(&strict, &manifest);
            assert!(said.contains("created (server dry run)"), "{said}");
        }
    }
}
