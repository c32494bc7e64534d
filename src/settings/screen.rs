//! Width and colours of the screen, and how progress is shown on it.

use std::io;

use anstream::{AutoStream, ColorChoice};

use crate::cli::ColorArg;

/// Default number of columns: that of a classic terminal, and the same in a pipe on every machine.
const USUAL: usize = 80;

/// Minimum number of columns: no table is readable below it, and a terminal that reports fewer is misconfigured.
const NARROWEST: usize = 40;

/// The flag, else `COLUMNS`, else the terminal's width, else 80 columns.
#[expect(clippy::disallowed_methods, reason = "settings read the environment")]
pub fn width(given: Option<u16>) -> usize {
    let columns = || std::env::var("COLUMNS").ok()?.parse::<usize>().ok().filter(|columns| *columns > 0);
    let terminal = || terminal_size::terminal_size().map(|(width, _)| usize::from(width.0));
    given.map(usize::from).or_else(columns).or_else(terminal).unwrap_or(USUAL).max(NARROWEST)
}

/// Whether plain text is coloured; by default if a terminal supports it, and never in a file.
pub(super) fn color(asked: ColorArg, is_file: bool) -> bool {
    match asked {
        ColorArg::Always => true,
        ColorArg::Never => false,
        ColorArg::Auto => !is_file && AutoStream::choice(&io::stdout()) != ColorChoice::Never,
    }
}

/// How progress is shown on standard error.
#[cfg(feature = "live")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProgressDisplay {
    /// Not at all.
    Nothing,
    /// As a line for each stage.
    Lines,
    /// As one line that is rewritten, and removed at the end.
    OneLine,
}

#[cfg(feature = "live")]
impl ProgressDisplay {
    /// One line on a terminal, and lines in a pipe or a file. The log of a pod has only the result: its standard output and
    /// standard error are one.
    #[expect(clippy::disallowed_methods, reason = "settings read the environment")]
    pub fn resolve(is_quiet: bool) -> Self {
        use std::io::IsTerminal as _;
        // Kubernetes sets this variable in every pod
        // (https://kubernetes.io/docs/tutorials/services/connect-applications-service/#environment-variables).
        let is_in_pod = std::env::var_os("KUBERNETES_SERVICE_HOST").is_some_and(|host| !host.is_empty());
        match io::stderr().is_terminal() {
            _ if is_quiet => Self::Nothing,
            true => Self::OneLine,
            false if is_in_pod => Self::Nothing,
            false => Self::Lines,
        }
    }
}
