//! Searches for the smallest number that satisfies a monotonic predicate.

/// The smallest number in `[least, most]` for which `holds` is true; `None` if it is false for `most`.
///
/// Doubling steps from `least` bracket the result, bisection narrows it: the result is usually at or near `least`.
pub(super) fn smallest(least: u64, most: u64, holds: impl Fn(u64) -> bool) -> Option<u64> {
    if least > most {
        return None;
    }
    if holds(least) {
        return Some(least);
    }
    let mut bad = least;
    let mut step = 1;
    let mut good = loop {
        if bad == most {
            return None;
        }
        let next = bad.saturating_add(step).min(most);
        if holds(next) {
            break next;
        }
        bad = next;
        step *= 2;
    };
    while good - bad > 1 {
        let middle = bad + (good - bad) / 2;
        if holds(middle) { good = middle } else { bad = middle }
    }
    Some(good)
}

/// The smallest number in `[least, most]` for which `holds` is true, as [`smallest`], in two calls of it if `guess` is
/// right.
pub(super) fn smallest_near(guess: u64, (least, most): (u64, u64), holds: impl Fn(u64) -> bool) -> Option<u64> {
    if guess <= least || guess > most {
        return smallest(least, most, holds);
    }
    if !holds(guess) {
        return smallest(guess + 1, most, holds);
    }
    // Downwards, in doubling steps.
    let mut good = guess;
    let mut step = 1;
    while good > least {
        let next = good.saturating_sub(step).max(least);
        if !holds(next) {
            return smallest(next + 1, good, holds);
        }
        good = next;
        step *= 2;
    }
    Some(good)
}

/// The smallest number above `from` for which `holds` is true; `u64::MAX` if there is none.
pub(super) fn smallest_above(from: u64, holds: impl Fn(u64) -> bool) -> u64 {
    smallest(from.saturating_add(1), u64::MAX / 2, holds).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn the_smallest_passing_number_is_found(least in 1_u64..1000, more in 0_u64..1_000_000) {
            let step = least + more;
            prop_assert_eq!(smallest(least, 10_000_000, |n| n >= step), Some(step));
            for guess in [0, least, step - 1, step, step + 1, step / 2, 2 * step, 10_000_001] {
                prop_assert_eq!(smallest_near(guess, (least, 10_000_000), |n| n >= step), Some(step));
            }
            prop_assert_eq!(smallest_above(least, |n| n >= step), step.max(least + 1));
        }
    }

    #[test]
    fn no_number_is_found_if_none_passes() {
        assert_eq!(smallest(1, 1000, |_| false), None);
        assert_eq!(smallest(7, 3, |_| true), None);
    }
}
