//! Progress of reading a cluster and Prometheus, on standard error.

use std::io::{self, Write};

use crate::inputs::kube;
use crate::inputs::prometheus::HistoryProgress;
use crate::settings::{ProgressDisplay, screen_width};
use crate::units::grouped;

/// Shows progress until it is dropped. Errors of writing it are ignored, because it is only informational.
pub(super) struct Progress {
    display: ProgressDisplay,
    width: usize,
}

impl Progress {
    /// Progress in the form that fits standard error.
    pub(super) fn new(is_quiet: bool) -> Self {
        Self { display: ProgressDisplay::resolve(is_quiet), width: screen_width(None) }
    }

    /// A stage has begun or ended.
    pub(super) fn stage(&self, text: &str) {
        match self.display {
            ProgressDisplay::Nothing => {}
            ProgressDisplay::Lines => {
                let _ = writeln!(io::stderr().lock(), "{text}");
            }
            ProgressDisplay::OneLine => self.step(text),
        }
    }

    /// A step of a stage, which only a terminal shows.
    pub(super) fn step(&self, text: &str) {
        if self.display == ProgressDisplay::OneLine {
            // A longer line would be broken by the terminal, and its first part would remain.
            let text: String = text.chars().take(self.width - 1).collect();
            let _ = write!(io::stderr().lock(), "\r{text}\u{1b}[K");
        }
    }

    /// Progress of reading a cluster.
    pub(super) fn cluster(&self, progress: &kube::Progress<'_>) {
        match progress {
            // In a log, a line for each page of a large cluster's pods would be too much.
            kube::Progress::Page { what, count } if self.display == ProgressDisplay::OneLine => {
                self.step(&format!("reading {what}: {}", grouped(count)));
            }
            kube::Progress::Page { what, count } if *count > 0 && count.is_multiple_of(5000) => {
                self.stage(&format!("{what}: {} so far", grouped(count)));
            }
            kube::Progress::Page { .. } => {}
            kube::Progress::Read { what, count, .. } => self.stage(&format!("{what}: {}", grouped(count))),
            kube::Progress::Waiting { what, why, wait } => {
                self.stage(&format!("{what}: {why}; retrying in {:.1} s", wait.as_secs_f32()));
            }
            kube::Progress::Again { what } => {
                self.stage(&format!("{what}: the list expired while it was read; reading it again"));
            }
        }
    }

    /// Progress of reading a history.
    pub(super) fn history(&self, progress: &HistoryProgress) {
        let HistoryProgress { query, number, queries, done, requests } = progress;
        let (done, requests) = (grouped(done), grouped(requests));
        self.step(&format!("Prometheus: {number}/{queries} queries · {done}/{requests} requests · {query}"));
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.step("");
    }
}
