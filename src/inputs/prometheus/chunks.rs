//! Cuts a period into range queries that Prometheus accepts.

use crate::model::usage::Grid;

/// A range query's part of a period: the first and the last moment it asks for, in milliseconds since 1970, and the
/// seconds between two.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Chunk {
    /// First timestamp, in seconds since 1970.
    pub first: i64,
    /// Last timestamp, in seconds since 1970.
    pub last: i64,
    /// Seconds between two timestamps.
    pub step: i64,
}

/// Cuts a grid into range queries of at most `points` moments.
///
/// A step holds its start and not its end, while PromQL's `x[1h]` holds its end and not its start; asked a millisecond
/// before the end of the step it holds exactly the step, in the milliseconds that Prometheus counts in.
pub fn chunks(grid: Grid, points: usize) -> Vec<Chunk> {
    let steps: Vec<usize> = (0..grid.len()).collect();
    let moment = |index: usize| grid.end_of(index) * 1000 - 1;
    steps
        .chunks(points.max(1))
        .map(|part| Chunk { first: moment(part[0]), last: moment(part[part.len() - 1]), step: grid.step().seconds() })
        .collect()
}

/// Milliseconds since 1970 as the API takes them: seconds with three decimals.
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
        fn every_step_is_asked_for_once(hours in 1_i64..800, points in 1_usize..200) {
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
    fn moments_are_before_the_end() {
        assert_eq!(seconds(1_795_503_600 * 1000 - 1), "1795503599.999");
    }
}
