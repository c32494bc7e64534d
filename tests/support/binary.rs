//! Runs the binary in a clean environment on a fixed day.

use assert_cmd::Command;

/// 2026-11-24: the age of prices is relative to this day, so that the tests do not depend on the date.
pub(crate) const TODAY: &str = "1795478400";

/// The binary with arguments and without the caller's environment variables.
pub(crate) fn capmodel(arguments: &[&str]) -> Command {
    let mut command = Command::cargo_bin("capmodel").unwrap();
    command.env_clear().env("SOURCE_DATE_EPOCH", TODAY).args(arguments);
    command
}

/// `capmodel estimate …` as parsed JSON.
pub(crate) fn estimate(arguments: &[&str]) -> serde_json::Value {
    let arguments: Vec<&str> = ["estimate", "--format", "json"].iter().chain(arguments).copied().collect();
    let output = capmodel(&arguments).output().unwrap();
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

/// Exit code and stderr; stdout must be empty.
pub(crate) fn refused(arguments: &[&str]) -> (i32, String) {
    let output = capmodel(arguments).output().unwrap();
    assert!(output.stdout.is_empty(), "{arguments:?} printed a result");
    (output.status.code().unwrap(), String::from_utf8(output.stderr).unwrap())
}

/// Like [`estimate`], but only the tool's own variables are removed and any exit code is allowed.
pub(crate) fn output(arguments: &[&str]) -> std::process::Output {
    let mut command = std::process::Command::new(assert_cmd::cargo::cargo_bin("capmodel"));
    command.args(arguments).env_remove("KUBECONFIG").env_remove("SOURCE_DATE_EPOCH");
    command.output().unwrap()
}

/// Printed bytes as text.
pub(crate) fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}
