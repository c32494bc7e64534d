//! Digits in groups of three, as people read them.

use std::fmt::Display;

/// A decimal number with a comma between groups of three digits: `1234567.8` → `1,234,567.8`.
pub fn grouped(number: impl Display) -> String {
    let digits = number.to_string();
    let (whole, fraction) = digits.split_once('.').map_or((digits.as_str(), None), |(w, f)| (w, Some(f)));
    let (sign, whole) = whole.strip_prefix('-').map_or(("", whole), |w| ("-", w));
    let mut out = String::from(sign);
    for (i, digit) in whole.chars().enumerate() {
        if i > 0 && (whole.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    if let Some(fraction) = fraction {
        out.push('.');
        out.push_str(fraction);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_are_in_groups_of_three() {
        for (number, text) in [("0", "0"), ("999", "999"), ("1000", "1,000"), ("-1234567.8901", "-1,234,567.8901")] {
            assert_eq!(grouped(number), text);
        }
        assert_eq!(grouped(752_942_u64), "752,942");
        assert_eq!(grouped(format_args!("{:.2}", 1234.5)), "1,234.50");
    }
}
