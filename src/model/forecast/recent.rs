//! The part of a history that represents the next month: since the first request and since the last jump of the level.

use std::borrow::Cow;

use super::fit::{FITTED, day_levels, week_over_week};
use super::seasonal::{Profile, Season};
use super::series::{DAY, HOUR, WEEK, Window, real, signed};
use super::shift::last_shift;
use super::trend::LEVEL_DAYS;

/// Minimum number of days after a jump for fitting them alone: each hour of a week must be seen twice.
const ALONE: usize = 14;
/// Older data is ignored: a quarter is fitted, and the half year before it contains enough months for test forecasts.
const NEWEST: usize = 3 * FITTED;
/// Maximum number of jumps so close to the end that the data before them is still needed: a week-long outage has two.
const MOST_LIFTED: usize = 3;

/// The hours that are used.
#[derive(Clone, Debug)]
pub(super) struct Recent<'a> {
    first: i64,
    values: Cow<'a, [f64]>,
    /// The second of the last jump.
    pub(super) since: Option<i64>,
    /// Maximum number of days that show the present level.
    pub(super) level_days: usize,
}

impl<'a> Recent<'a> {
    /// `None` if there was never any demand, or none in the last week and for longer than usual.
    pub(super) fn of(history: Window<'a>) -> Option<Self> {
        let history = history.last(NEWEST);
        let is_busy = |value: &f64| *value > 0.0;
        let begin = history.values.iter().position(is_busy)?;
        let end = history.values.iter().rposition(is_busy)? + 1;
        let longest_pause = history.values[begin..end].split(is_busy).map(<[f64]>::len).max().unwrap_or_default();
        if history.values.len() - end >= WEEK.max(2 * longest_pause) {
            return None;
        }
        // A shorter time without demand is a night or a weekend.
        let history = if begin >= WEEK { history.from(begin) } else { history };
        let mut recent =
            Self { first: history.first, values: Cow::Borrowed(history.values), since: None, level_days: LEVEL_DAYS };
        for _ in 0..MOST_LIFTED {
            let Some((index, jump)) = jump(recent.window()) else { break };
            let at = (recent.first + signed(index)) * HOUR;
            let after = (recent.values.len() - index) / DAY;
            recent.since.get_or_insert(at);
            if after >= ALONE {
                recent.values = recent.values[index..].to_vec().into();
                recent.first += signed(index);
                break;
            }
            // Too few days have the new level: the days before it, scaled to it, still show the weekly profile and
            // the scatter.
            recent.level_days = recent.level_days.min(after);
            let factor = jump.exp();
            recent.values.to_mut()[..index].iter_mut().for_each(|value| *value *= factor);
        }
        Some(recent)
    }

    pub(super) fn window(&self) -> Window<'_> {
        Window { first: self.first, values: &self.values }
    }
}

/// The first hour after the last jump of the level, and by how much it jumped, in logarithms.
fn jump(window: Window<'_>) -> Option<(usize, f64)> {
    if Season::of(window) != Season::HourOfWeek {
        return None;
    }
    let slope = week_over_week(window);
    let profile = Profile::new(window, Season::HourOfWeek, |back| (-slope * real(back)).exp());
    let mut days = day_levels(window, &profile);
    days.reverse();
    let shift = last_shift(&days, slope)?;
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a count of days")]
    let days_after = (shift.back + 0.5) as usize;
    Some((window.values.len() - days_after * DAY, shift.jump))
}
