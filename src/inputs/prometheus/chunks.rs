//! Splits a period into range queries that Prometheus accepts.

use crate::model::usage::Grid;

/// The part of a period that one range query covers: the first and last timestamp in milliseconds since 1970, and the
/// seconds between two timestamps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Chunk {
    /// First timestamp, in milliseconds since 1970.
    pub first: i64,
    /// Last timestamp, in milliseconds since 1970.
    pub last: i64,
    /// Seconds between two timestamps.
    pub step: i64,
}

/// Splits a grid into range queries of at most `points` timestamps.
///
/// A step includes its start but not its end, while PromQL's `x[1h]` includes its end but not its start; evaluated
/// one millisecond before the end of the step, it covers exactly the step, in Prometheus' millisecond resolution.
pub fn chunks(grid: Grid, points: usize) -> Vec<Chunk> {
    let steps: Vec<usize> = (0..grid.len()).collect();
    let moment = |index: usize| grid.end_of(index) * 1000 - 1;
    steps
        .chunks(points.max(1))
        .map(|part| Chunk { first: moment(part[0]), last: moment(part[part.len() - 1]), step: grid.step().seconds() })
        .collect()
}

/// Formats milliseconds since 1970 for the API: seconds with three decimals.
#[cfg_attr(not(any(feature = "live", test)), expect(dead_code, reason = "asked by `live` alone"))]
pub(super) fn seconds(milliseconds: i64) -> String {
    format!("{}.{:03}", milliseconds.div_euclid(1000), milliseconds.rem_euclid(1000))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::usage::{Period, StepSeconds};
    use jiff::Timestamp;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn every_step_is_queried_once(hours in 1_i64..800, points in 1_usize..200) {
            let at = |s| Timestamp::from_second(s).unwrap();
            let period = Period::new(at(1_795_000_000), at(1_795_000_000 + hours * 3600)).unwrap();
            let grid = Grid::new(period, StepSeconds::HOUR);
            let mut next = 0;
            for chunk in chunks(grid, points) {
                let mut moment = chunk.first;
                while moment <= chunk.last {
                    #[expect(clippy::cast_precision_loss, reason = "exact: milliseconds of this century")]
                    let step = grid.ending_at(moment as f64 / 1000.0);
                    prop_assert_eq!(step, Some(next));
                    next += 1;
                    moment += chunk.step * 1000;
                }
            }
            prop_assert_eq!(next, grid.len());
        }
    }

    #[test]
    fn timestamps_are_before_the_end_of_the_step() {
        assert_eq!(seconds(1_795_503_600 * 1000 - 1), "1795503599.999");
    }
}
