//! Parse, run, print; the error chain once, and the exit code.

use std::ffi::OsString;
use std::io::{self, Write};
use std::process::ExitCode;

use capmodel::cli::Program;
use capmodel::run::{Failure, Outcome, Pending, run};
use capmodel::units::Timestamp;

#[expect(clippy::disallowed_methods, reason = "the one place that reads the arguments and the clock")]
fn main() -> ExitCode {
    let words: Vec<OsString> = std::env::args_os().collect();
    let program = Program::of(words.first().map(OsString::as_os_str));
    match run(words, Timestamp::now()).and_then(finish) {
        Ok(code) => ExitCode::from(code),
        Err(failure) => report(&failure, program),
    }
}

/// Prints before it delivers, so that no delivery can lose the result; what cannot be printed is delivered all the
/// same.
fn finish(outcome: Outcome) -> Result<u8, Failure> {
    let printed = print(&outcome.stdout);
    let delivered = outcome.pending.map_or(Ok(()), Pending::send);
    printed.and(delivered).map(|()| outcome.code)
}

/// A reader that has seen enough (`| head`) is a success.
fn print(bytes: &[u8]) -> Result<(), Failure> {
    let mut stdout = io::stdout().lock();
    match stdout.write_all(bytes).and_then(|()| stdout.flush()) {
        Err(e) if e.kind() != io::ErrorKind::BrokenPipe => Err(Failure::Stdout(e)),
        _ => Ok(()),
    }
}

fn report(failure: &Failure, program: Program) -> ExitCode {
    if let Failure::Usage(error) = failure {
        let text = error.render().ansi().to_string();
        let text = program.named(&text);
        if error.use_stderr() {
            let _ = write!(anstream::stderr(), "{text}");
            return ExitCode::from(failure.code());
        }
        let _ = write!(anstream::stdout(), "{text}");
        return ExitCode::SUCCESS;
    }
    let mut stderr = io::stderr().lock();
    let mut source = Some(failure as &dyn std::error::Error);
    let (mut lead, mut above) = ("error: ", String::new());
    while let Some(error) = source {
        let text = error.to_string();
        // Some libraries repeat the text of their cause.
        if !above.contains(&text) {
            // If stderr is closed as well, only the exit code reports the failure.
            let _ = writeln!(stderr, "{lead}{}", program.named(&text));
            lead = "  because: ";
            above = text;
        }
        source = error.source();
    }
    ExitCode::from(failure.code())
}
