//! Units of a bill's quantities.

use rust_decimal::Decimal;

use crate::model::billed::Measure;

/// Words in units that count something other than time.
const OTHER: [&str; 16] = [
    "byte", "gb", "gib", "mb", "mib", "tb", "tib", "request", "count", "iop", "credit", "vcpu", "lcu", "unit", "each",
    "quantity",
];

/// What a quantity counts, given that its charge is for a machine. Units of time: `Hrs` (AWS), `Hours`, `1 Hour`,
/// `10 Hours` (Azure), `seconds`, `h` (Google).
pub(super) fn measured(quantity: Decimal, unit: &str) -> Measure<'_> {
    let (count, word) = match unit.split_once(' ') {
        Some((count, word)) => match count.parse::<Decimal>() {
            Ok(count) => (count, word),
            Err(_) => (Decimal::ONE, unit),
        },
        None => (Decimal::ONE, unit),
    };
    let word = word.trim().to_ascii_lowercase();
    let per_hour = match word.trim_end_matches("(s)") {
        "hrs" | "hr" | "hours" | "hour" | "h" => Decimal::ONE,
        "minutes" | "minute" | "min" => Decimal::from(60),
        "seconds" | "second" | "sec" | "s" => Decimal::from(3600),
        word if OTHER.iter().any(|other| word.contains(other)) => return Measure::Other,
        _ => return Measure::UnknownUnit(unit),
    };
    Measure::MachineHours(quantity.saturating_mul(count) / per_hour)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_of_time_become_hours() {
        let hours = |quantity: i64, unit| match measured(quantity.into(), unit) {
            Measure::MachineHours(hours) => hours.normalize().to_string(),
            other => format!("{other:?}"),
        };
        for (quantity, unit, expected) in [
            (2, "Hrs", "2"),
            (2, "Hours", "2"),
            (2, "1 Hour", "2"),
            (2, "10 Hours", "20"),
            (90, "Minutes", "1.5"),
            (5400, "seconds", "1.5"),
            (5400, "Second(s)", "1.5"),
            (2, "GB", "Other"),
            (2, "byte-seconds", "Other"),
            (2, "vCPU-Hours", "Other"),
            (2, "fortnights", "UnknownUnit(\"fortnights\")"),
            (2, "", "UnknownUnit(\"\")"),
        ] {
            assert_eq!(hours(quantity, unit), expected, "{unit}");
        }
    }
}
