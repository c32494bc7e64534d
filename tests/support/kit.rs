//! The test kit: the location of its parts, and its scripts.

use std::ffi::OsStr;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// A part of the kit, which is built if it is missing.
pub(crate) fn part(name: &str) -> PathBuf {
    // The same path as in `tests/kit/lib.sh`.
    let home = || PathBuf::from(std::env::var_os("HOME").unwrap_or_default()).join(".cache/capmodel/kit");
    let part = std::env::var_os("CAPMODEL_KIT").map_or_else(home, PathBuf::from).join(name);
    if !part.exists() {
        script("build.sh", [name], &[]);
    }
    part
}

/// A program of the kit, isolated from the caller's environment; it stores its files in `home`.
pub(crate) fn program(name: &str, home: &Path) -> Command {
    let mut command = Command::new(part(name));
    command.env_clear().env("HOME", home);
    command
}

/// Runs a script of the kit to its end and returns its output.
///
/// Its stderr is passed on immediately and not with a macro, because cargo captures the output of macros: building a
/// part takes minutes, and the user should see why.
pub(crate) fn script(
    name: &str,
    arguments: impl IntoIterator<Item = impl AsRef<OsStr>>,
    environment: &[(&str, &str)],
) -> String {
    let mut command = Command::new(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/kit").join(name));
    command.args(arguments).envs(environment.iter().copied());
    let child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
    let mut child = child.unwrap_or_else(|error| panic!("cannot start tests/kit/{name}: {error}"));
    let stderr = BufReader::new(child.stderr.take().unwrap());
    let passing_on = std::thread::spawn(move || {
        let mut said = String::new();
        for line in stderr.split(b'\n') {
            let line = String::from_utf8_lossy(&line.unwrap()).into_owned() + "\n";
            std::io::stderr().write_all(line.as_bytes()).unwrap();
            said += &line;
        }
        said
    });
    let output = child.wait_with_output().unwrap();
    let printed = String::from_utf8_lossy(&output.stdout).into_owned();
    let said = passing_on.join().unwrap();
    assert!(
        output.status.success(),
        "tests/kit/{name} failed; tests/kit/README.md says what it needs:\n{printed}{said}"
    );
    printed
}
