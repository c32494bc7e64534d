//! How wide a screen is, and whether it has colours.

use std::io;

use anstream::{AutoStream, ColorChoice};

use crate::cli::ColorArg;

/// Columns where nothing says how many there are: those of a classic terminal, and the same in a pipe on every machine.
const USUAL: usize = 80;

/// Columns below which no table can be read; a terminal that claims fewer has a broken setting.
const NARROWEST: usize = 40;

/// The flag, else `COLUMNS`, else the terminal's width, else 80 columns.
#[expect(clippy::disallowed_methods, reason = "settings read the environment")]
pub fn width(given: Option<u16>) -> usize {
    let columns = || std::env::var("COLUMNS").ok()?.parse::<usize>().ok().filter(|columns| *columns > 0);
    let terminal = || terminal_size::terminal_size().map(|(width, _)| usize::from(width.0));
    given.map(usize::from).or_else(columns).or_else(terminal).unwrap_or(USUAL).max(NARROWEST)
}

/// Whether plain text has colours: by default where a terminal shows them, and not in a file.
pub(super) fn color(asked: ColorArg, is_file: bool) -> bool {
    match asked {
        ColorArg::Always => true,
        ColorArg::Never => false,
        ColorArg::Auto => !is_file && AutoStream::choice(&io::stdout()) != ColorChoice::Never,
    }
}
