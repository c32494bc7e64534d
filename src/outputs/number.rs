//! Formats numbers for people: grouped digits, significant figures, units. Rounding is the only arithmetic here.

use std::ops::RangeInclusive;

use rust_decimal::{Decimal, RoundingStrategy};

use crate::units::{Bytes, CpuMillis, Money, grouped};

/// A count: `752,942`.
pub(super) fn count(n: u64) -> String {
    grouped(n)
}

/// A real number with this many significant figures, never in exponent notation: `3.76`, `0.0421`, `1,328`.
pub(super) fn significant(value: f64, figures: i32) -> String {
    if value == 0.0 || !value.is_finite() {
        return if value == 0.0 { "0".to_owned() } else { "∞".to_owned() };
    }
    #[expect(clippy::cast_possible_truncation, reason = "a decimal exponent of an f64")]
    let magnitude = |x: f64| x.abs().log10().floor() as i32;
    let round = |places: i32| (value * 10_f64.powi(places)).round() / 10_f64.powi(places);
    let places = figures - 1 - magnitude(value);
    // 9.96 rounded to two figures is 10, which has one more digit before the decimal point.
    let places = figures - 1 - magnitude(round(places));
    let rounded = round(places);
    grouped(format_args!("{rounded:.*}", usize::try_from(places).unwrap_or(0)))
}

/// A real number with this many significant figures, without trailing zeros: `7.6`, `0.01`, `50,000`.
pub(super) fn trimmed(value: f64, figures: i32) -> String {
    let text = significant(value, figures);
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
}

/// A rate as it was given: `5,000`, `0.5`, `1,200,000`. A rate with more digits than people write was measured or
/// converted, like `1000/min`, and is formatted as a measured one.
pub(super) fn rate(per_second: f64) -> String {
    let text = format!("{per_second}");
    let digits = text.replace('.', "").trim_start_matches('0').len();
    if per_second.fract() != 0.0 && digits > MAX_WRITTEN_DIGITS {
        return measured_rate(per_second);
    }
    grouped(text)
}

/// Maximum number of digits of a rate that people write with decimals: `12345.67`.
const MAX_WRITTEN_DIGITS: usize = 7;

/// A measured rate with four figures: `136.5`, `0.00771`, `14,400`.
pub fn measured_rate(per_second: f64) -> String {
    trimmed(per_second, 4)
}

/// A ratio with two figures below ten, and none after the decimal point from a hundred: `7.6×`, `16×`, `0.25×`.
pub(super) fn ratio(value: f64) -> String {
    format!("{}×", significant(value, 2))
}

/// An amount of money to the cent: `1,234.50`.
pub(super) fn money(amount: Money) -> String {
    let cents = amount.amount().round_dp_with_strategy(2, RoundingStrategy::MidpointAwayFromZero);
    grouped(format_args!("{cents:.2}"))
}

/// A difference of money to the cent: `+1,234.50`, `-0.10`, `0.00`.
pub(super) fn signed_money(difference: Money) -> String {
    let text = money(difference);
    if difference > Money::default() { format!("+{text}") } else { text }
}

/// A unit price or unit cost with four significant figures, without trailing zeros.
pub(super) fn unit_price(amount: Decimal) -> String {
    grouped(amount.round_sf(4).unwrap_or(amount).normalize())
}

/// The end of an interval of counts, with three significant figures.
pub(super) fn rounded_count(n: u64) -> String {
    let n = Decimal::from(n);
    grouped(n.round_sf_with_strategy(3, RoundingStrategy::MidpointAwayFromZero).unwrap_or(n).normalize())
}

/// Money in a table: three significant figures, and whole dollars from a thousand.
pub(super) fn dollars(amount: Money) -> String {
    let amount = amount.amount();
    let nearest = RoundingStrategy::MidpointAwayFromZero;
    if amount.abs() >= Decimal::ONE_THOUSAND {
        return grouped(amount.round_dp_with_strategy(0, nearest));
    }
    // Fractions of a cent are dropped.
    let rounded = amount.round_sf_with_strategy(3, nearest).unwrap_or(amount);
    grouped(rounded.round_dp_with_strategy(2, nearest))
}

/// CPU in cores if it is one or more, otherwise in millicores: `2 cores`, `250m`.
pub(super) fn cpu(cpu: CpuMillis) -> String {
    if cpu.millis() < 1000 {
        return cpu.to_string();
    }
    let cores = Decimal::new(i64::try_from(cpu.millis()).unwrap_or(i64::MAX), 3).normalize();
    format!("{} {}", grouped(cores), if cores == Decimal::ONE { "core" } else { "cores" })
}

/// Memory in a unit that keeps the number between 1 and 1024: `64 MiB`, `1.5 GiB`.
pub(super) fn bytes(bytes: Bytes) -> String {
    bytes_to(bytes, 1)
}

/// The same with at most this many decimals.
pub(super) fn bytes_to(bytes: Bytes, decimals: u32) -> String {
    let (shift, suffix) = [(50, "PiB"), (40, "TiB"), (30, "GiB"), (20, "MiB"), (10, "KiB")]
        .into_iter()
        .find(|(shift, _)| bytes.bytes() >> shift > 0)
        .unwrap_or((0, "B"));
    let value = Decimal::from(bytes.bytes()) / Decimal::from(1_u64 << shift);
    format!("{} {suffix}", grouped(value.round_dp(decimals).normalize()))
}

/// Two amounts for comparison, with as many digits as necessary to distinguish them: `2.93 GiB` and `2.928 GiB`.
pub(super) fn distinguishable<T: Copy + PartialEq>(
    (one, other): (T, T),
    digits: RangeInclusive<u32>,
    show: impl Fn(T, u32) -> String,
) -> (String, String) {
    let (least, most) = (*digits.start(), *digits.end());
    let enough = if one == other {
        least
    } else {
        digits.into_iter().find(|n| show(one, *n) != show(other, *n)).unwrap_or(most)
    };
    (show(one, enough), show(other, enough))
}

/// Two amounts of memory for comparison.
pub(super) fn distinguishable_bytes(one: Bytes, other: Bytes) -> (String, String) {
    distinguishable((one, other), 1..=9, bytes_to)
}

/// The placeholder for an unknown number.
pub(super) fn unknown() -> String {
    "–".to_owned()
}

/// `1 process`, `2 processes`.
pub(super) fn plural(n: u64, one: &str, many: &str) -> String {
    format!("{} {}", count(n), if n == 1 { one } else { many })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_formatted_for_people() {
        assert_eq!(significant(3.7647, 3), "3.76");
        assert_eq!(significant(0.042_105, 3), "0.0421");
        assert_eq!(significant(1328.1, 4), "1,328");
        assert_eq!(significant(752_941.2, 3), "753,000");
        assert_eq!(significant(9.96, 2), "10");
        assert_eq!([5000.0, 0.25, 1_234_567.0, 12_345.67].map(rate), ["5,000", "0.25", "1,234,567", "12,345.67"]);
        assert_eq!([1000.0 / 60.0, 1.0 / 60.0, 14_352.587_890_625].map(rate), ["16.67", "0.01667", "14,350"]);
        assert_eq!(ratio(8.0), "8.0×");
        assert_eq!(ratio(16.0), "16×");
        assert_eq!(money(Money::new("1234.505".parse().unwrap())), "1,234.51");
        assert_eq!(unit_price("0.004178951".parse().unwrap()), "0.004179");
        assert_eq!(rounded_count(752_942), "753,000");
        assert_eq!(rounded_count(6), "6");
        assert_eq!(rounded_count(100), "100");
        let short = |amount: &str| dollars(Money::new(amount.parse().unwrap()));
        assert_eq!([short("98.666"), short("6.5456"), short("0.0041")], ["98.7", "6.55", "0.00"]);
        assert_eq!([short("1394.35"), short("999.96"), short("0")], ["1,394", "1,000", "0"]);
        assert_eq!(cpu(CpuMillis::from_millis(250)), "250m");
        assert_eq!(cpu(CpuMillis::from_millis(2500)), "2.5 cores");
        assert_eq!(bytes(Bytes::from_mib(64)), "64 MiB");
        assert_eq!(bytes(Bytes::from_mib(1536)), "1.5 GiB");
        let distinguishable = |one, other| distinguishable_bytes(Bytes::from_mib(one), Bytes::from_mib(other));
        assert_eq!(distinguishable(3000, 2999), ("2.93 GiB".to_owned(), "2.929 GiB".to_owned()));
        assert_eq!(distinguishable(3000, 2048), ("2.9 GiB".to_owned(), "2 GiB".to_owned()));
        assert_eq!(distinguishable(3000, 3000), ("2.9 GiB".to_owned(), "2.9 GiB".to_owned()));
    }
}
