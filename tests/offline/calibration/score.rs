//! How often the intervals contain the truth, and how wide they are.

use capmodel::model::uncertainty::Interval;

/// Counts over many services.
#[derive(Default)]
pub(crate) struct Score {
    all: usize,
    inside: usize,
    inside_half: usize,
    widths: Vec<f64>,
}

impl Score {
    pub(crate) fn add(&mut self, interval: Interval, truth: f64) {
        let (low, mid, high) = (interval.low(), interval.mid(), interval.high());
        self.all += 1;
        self.inside += usize::from((low..=high).contains(&truth));
        self.inside_half += usize::from((f64::midpoint(low, mid)..=f64::midpoint(mid, high)).contains(&truth));
        self.widths.push((high - low) / mid);
    }

    pub(crate) fn inside(&self) -> f64 {
        share(self.inside, self.all)
    }

    pub(crate) fn inside_half(&self) -> f64 {
        share(self.inside_half, self.all)
    }

    /// The median of (high − low) ÷ mid.
    pub(crate) fn width(&self) -> f64 {
        let mut sorted = self.widths.clone();
        sorted.sort_by(f64::total_cmp);
        sorted[sorted.len() / 2]
    }

    /// A row of the table in the documentation.
    pub(crate) fn row(&self, seed: u64, what: &str) -> String {
        let percent = |share: f64| format!("{:.1} %", share * 100.0);
        let [inside, half, width] = [self.inside(), self.inside_half(), self.width()].map(percent);
        format!("| {seed} | {what} | {inside} | {half} | {width} |")
    }
}

pub(crate) fn share(part: usize, all: usize) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "hundreds")]
    let share = part as f64 / all as f64;
    share
}
