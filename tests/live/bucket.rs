//! Delivery to buckets, with a local S3 server.

use std::net::TcpListener;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use serde_json::Value;

use crate::support::delivery::{FOLDER, checked, files, to_s3};
use crate::support::kit::part;
use crate::support::server::ask;

/// moto, started from `tests/kit`.
struct Moto {
    address: String,
    process: Child,
}

impl Moto {
    fn start() -> Self {
        let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/kit/moto.sh");
        part("moto");
        let mut command = Command::new(script);
        let mut process =
            command.arg(address.port().to_string()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        let address = address.to_string();
        for _ in 0..300 {
            if ask(&address, "PUT", "/reports").is_some_and(|(status, _)| status == 200) {
                return Self { address, process };
            }
            assert!(process.try_wait().unwrap().is_none(), "tests/kit/moto.sh failed: run `{script} 5000` and see");
            std::thread::sleep(Duration::from_millis(200));
        }
        panic!("no moto at {address} after 60 s: run `{script} 5000` and see")
    }

    fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    fn object(&self, key: &str) -> (u16, String) {
        let (status, body) = ask(&self.address, "GET", &format!("/reports/{key}")).unwrap();
        (status, String::from_utf8(body).unwrap())
    }
}

impl Drop for Moto {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

#[test]
fn a_real_bucket_stores_the_same_files_as_a_volume() {
    let moto = Moto::start();
    let volume = tempfile::tempdir().unwrap();
    let targets = ["s3://reports/team/", volume.path().to_str().unwrap()];
    let first = checked(to_s3(&moto.url(), &targets, &[]));
    assert_eq!(first.code, 0, "{}", first.stderr);
    assert!(first.stderr.starts_with(&format!("stored s3://reports/{FOLDER}/report.json\n")), "{}", first.stderr);
    for path in files(volume.path()) {
        let want = std::fs::read_to_string(volume.path().join(&path)).unwrap();
        assert!(moto.object(&format!("team/{path}")) == (200, want), "{path} differs");
    }
    let (_, kept) = moto.object(&format!("{FOLDER}/report.json"));
    let same = checked(to_s3(&moto.url(), &targets[..1], &[]));
    assert_eq!(same.stderr, format!("s3://reports/{FOLDER}/report.json: unchanged, already stored\n"));
    let other = checked(to_s3(&moto.url(), &targets[..1], &["--split-idle", "even"]));
    assert!(other.stderr.contains("report-2.json (2026-11 already had a different report"), "{}", other.stderr);
    assert_eq!(other.code, 0);
    assert!(moto.object(&format!("{FOLDER}/report.json")).1 == kept, "the first was overwritten");
    // The run of the next month finds the last report of this one.
    let december = to_s3(&moto.url(), &targets[..1], &["--month", "2026-12", "--format", "json"]);
    let december: Value = serde_json::from_str(&december.stdout).unwrap();
    // 374.83 for 730 hours, and 744 hours from their prices: the cent is the rounding of the first. Modelled has half a
    // dollar an hour more, 372.00: standard support of Kubernetes 1.34 at EKS ended on 2026-12-02
    // (https://docs.aws.amazon.com/eks/latest/userguide/kubernetes-versions.html).
    assert_eq!(
        (&december["predicted"]["cost"], &december["predicted"]["modelled"]),
        (&"382.02".into(), &"754.01".into())
    );
    let rows = december["predicted"]["namespaces"].as_array().unwrap();
    assert!(rows.iter().any(|row| row["name"] == "idle" && row["predicted"] == "0.00"), "{rows:?}");
    // The bucket does not exist.
    let nowhere = checked(to_s3(&moto.url(), &["s3://elsewhere", targets[1]], &[]));
    assert_eq!(nowhere.code, 4);
    assert!(
        nowhere.stderr.contains("s3://elsewhere answered 404 NoSuchBucket: no webhook, Pushgateway or bucket exists"),
        "{}",
        nowhere.stderr
    );
    assert!(nowhere.stderr.contains("report.json: unchanged, already stored"), "{}", nowhere.stderr);
}
