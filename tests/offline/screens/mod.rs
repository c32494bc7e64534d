//! What users see, pinned: every screen in every format, every help text, every kind of error.
//!
//! `fixtures/screens` holds the screens, one file per command and purpose. A fenced block is a command with everything
//! that it prints, stderr included, and `? CODE` where the exit code is not 0. `trycmd` runs them; it stores `\` as
//! `/`.
//! `fixtures/golden` holds the JSON documents, byte for byte. To accept a change of words or keys, and then to read the
//! diff:
//!
//! ```sh
//! just snap                                                                           # with those of README.md and
//! docs, or TRYCMD=overwrite cargo test --locked --features buckets --test offline -- screens   # these alone
//! ```
//!
//! Completion scripts and manual pages are not pinned: clap generates both from the help texts, which are.

mod complete;
mod golden;

use std::fs::File;
use std::time::{Duration, UNIX_EPOCH};

use crate::support::binary::TODAY;
use crate::support::demo::Demo;

/// Everything in the environment that could make a screen differ between machines.
const STILL: [(&str, &str); 7] = [
    ("SOURCE_DATE_EPOCH", TODAY),
    ("COLUMNS", "100"),
    ("NO_COLOR", "1"),
    ("HOME", "/nonexistent"),
    ("XDG_CONFIG_HOME", ""),
    ("KUBECONFIG", ""),
    ("KUBERNETES_SERVICE_HOST", ""),
];

/// A saved exposition has the time of its file, which a checkout does not keep: it is set to an hour before [`TODAY`].
const EXPOSITION: &str = "fixtures/prometheus/service.txt";

fn cases(glob: &str) -> trycmd::TestCases {
    let cases = trycmd::TestCases::new();
    for (name, value) in STILL {
        cases.env(name, value);
    }
    cases.case(glob);
    cases
}

#[test]
fn screens_from_files() {
    let hour_ago = UNIX_EPOCH + Duration::from_secs(TODAY.parse::<u64>().unwrap() - 3600);
    File::open(EXPOSITION).unwrap().set_modified(hour_ago).unwrap();
    cases("fixtures/screens/*.trycmd").run();
}

/// Screens of a live cluster and its Prometheus, both simulated by [`Demo`].
#[test]
fn screens_from_a_cluster() {
    let demo = Demo::start();
    let config = std::path::absolute("fixtures/screens/input/kubeconfig.yaml").unwrap();
    let cases = cases("fixtures/screens/live/*.trycmd");
    cases.env("KUBECONFIG", config.display().to_string()).env("HTTP_PROXY", demo.proxy()).env("NO_PROXY", "").run();
}
