//! History in the format that promtool imports: samples of a series in order of time, grouped by family.

use std::fmt::Write as _;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;

pub(crate) struct OpenMetrics {
    out: BufWriter<File>,
    line: String,
}

impl OpenMetrics {
    pub(super) fn create(path: &Path) -> Self {
        Self { out: BufWriter::with_capacity(1 << 20, File::create(path).unwrap()), line: String::new() }
    }

    /// A series with a sample at every multiple of `scrape` from `from` until `until`.
    pub(crate) fn series(
        &mut self,
        name: &str,
        labels: &str,
        (from, until, scrape): (i64, i64, i64),
        value: impl Fn(i64) -> f64,
    ) {
        let first = (from + scrape - 1).div_euclid(scrape) * scrape;
        self.line.clear();
        // A name with dots is quoted within the braces.
        match name.contains('.') {
            true => write!(self.line, "{{\"{name}\",{labels}}} ").unwrap(),
            false => write!(self.line, "{name}{{{labels}}} ").unwrap(),
        }
        let length = self.line.len();
        let mut at = first;
        while at < until {
            self.line.truncate(length);
            writeln!(self.line, "{} {at}", value(at)).unwrap();
            self.out.write_all(self.line.as_bytes()).unwrap();
            at += scrape;
        }
    }

    pub(super) fn finish(mut self) {
        self.out.write_all(b"# EOF\n").unwrap();
        self.out.flush().unwrap();
    }
}
