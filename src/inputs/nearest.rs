//! Suggests names that are similar to an unknown one.

use strsim::osa_distance;

/// The up to three names closest to `wanted`, closest first and ties in alphabetical order; dissimilar names are left
/// out.
///
/// The distance is the number of letters to insert, drop, replace or swap (optimal string alignment), ignoring case;
/// it is at most two, or a third of the wanted name's length if that is more.
pub fn nearest<'a>(wanted: &str, names: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    within(wanted, (wanted.chars().count() / 3).max(2), names)
}

/// The names that differ from `wanted` by one typing error, where other names are not known to be wrong.
pub(crate) fn one_slip_away<'a>(wanted: &str, names: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    within(wanted, 1, names)
}

fn within<'a>(wanted: &str, within: usize, names: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    let wanted = wanted.to_lowercase();
    let mut close: Vec<(usize, &str)> = names
        .map(|name| (osa_distance(&wanted, &name.to_lowercase()), name))
        .filter(|(distance, _)| *distance <= within)
        .collect();
    close.sort_unstable();
    close.dedup();
    close.into_iter().take(3).map(|(_, name)| name).collect()
}

/// The end of an error message: `; did you mean a, b or c?`, or nothing.
pub(crate) fn did_you_mean(names: &[String]) -> String {
    match names {
        [] => String::new(),
        [one] => format!("; did you mean {one}?"),
        [first @ .., last] => format!("; did you mean {} or {last}?", first.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NAMES: [&str; 6] = ["us-west-2", "us-west-1", "us-east-1", "us-east-2", "eu-west-1", "ap-south-1"];

    #[test]
    fn names_are_sorted_by_distance_and_then_alphabetically() {
        assert_eq!(nearest("us-esat-1", NAMES.into_iter()), ["us-east-1", "us-east-2", "us-west-1"]);
        assert_eq!(nearest("US-EAST-2", NAMES.into_iter()), ["us-east-2", "us-east-1", "us-west-2"]);
    }

    #[test]
    fn dissimilar_names_are_not_suggested() {
        assert!(nearest("mars", NAMES.into_iter()).is_empty());
        assert!(nearest("", NAMES.into_iter()).is_empty());
    }

    #[test]
    fn one_slip_is_one_letter() {
        assert_eq!(one_slip_away("us-esat-1", NAMES.into_iter()), ["us-east-1"]);
        assert!(one_slip_away("kit", ["emit", "wait"].into_iter()).is_empty());
    }

    #[test]
    fn suggestions_are_phrased_as_a_question() {
        let names = |n: usize| ["a", "b", "c"][..n].iter().map(|s| (*s).to_owned()).collect::<Vec<_>>();
        assert_eq!(did_you_mean(&names(0)), "");
        assert_eq!(did_you_mean(&names(1)), "; did you mean a?");
        assert_eq!(did_you_mean(&names(3)), "; did you mean a, b or c?");
    }
}
