//! The test kit: where its parts are, and its scripts.

use std::ffi::OsStr;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// A part of the kit, made where it is missing.
pub(crate) fn part(name: &str) -> PathBuf {
    // As `tests/kit/lib.sh` has it.
    let home = || PathBuf::from(std::env::var_os("HOME").unwrap_or_default()).join(".cache/capmodel/kit");
    let part = std::env::var_os("CAPMODEL_KIT").map_or_else(home, PathBuf::from).join(name);
    if !part.exists() {
        script("build.sh", [name], &[]);
    }
    part
}

/// A program of the kit, with nothing of the caller's: what it keeps it keeps in `home`.
pub(crate) fn program(name: &str, home: &Path) -> Command {
    let mut command = Command::new(part(name));
    command.env_clear().env("HOME", home);
    command
}

/// Runs a script of the kit to its end and gives what it printed.
///
/// What it says on stderr is passed on at once, and not with a macro, as cargo keeps back what those print: a part that is
/// being made takes minutes, and whoever waits wants to know for what.
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
