//! Kubernetes quantities (`100m`, `1.5Gi`, `12e-3`), represented exactly.
//!
//! Grammar and rounding are those of `k8s.io/apimachinery/pkg/api/resource`: nine decimal places are kept and
//! anything finer is rounded away from zero. No floating-point arithmetic is involved.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::Visitor;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::ParseError;

/// Number of billionths in one unit, the precision of a quantity.
const NANOS: i128 = 1_000_000_000;

/// An exact Kubernetes quantity: a whole number of billionths.
///
/// Range: about ±1.7 × 10²⁹; larger values are rejected, never truncated.
///
/// ```
/// use capmodel::units::Quantity;
/// let q: Quantity = "1.5Gi".parse().unwrap();
/// assert_eq!(q.ceil(), 1_610_612_736);
/// assert!("1K".parse::<Quantity>().is_err());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Quantity {
    nanos: i128,
}

impl Quantity {
    /// A quantity in billionths.
    pub const fn from_nanos(nanos: i128) -> Self {
        Self { nanos }
    }

    /// The value in billionths, exact.
    pub const fn nanos(self) -> i128 {
        self.nanos
    }

    /// The value in thousandths, rounded up, as Kubernetes counts CPU.
    pub const fn ceil_milli(self) -> i128 {
        div_ceil(self.nanos, NANOS / 1000)
    }

    /// The whole value, rounded up, as Kubernetes counts memory.
    pub const fn ceil(self) -> i128 {
        div_ceil(self.nanos, NANOS)
    }

    /// The sum; saturates at the ends of the range.
    #[must_use]
    pub const fn plus(self, other: Self) -> Self {
        Self { nanos: self.nanos.saturating_add(other.nanos) }
    }
}

const fn div_ceil(a: i128, b: i128) -> i128 {
    let q = a.div_euclid(b);
    if a.rem_euclid(b) == 0 { q } else { q + 1 }
}

impl FromStr for Quantity {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, ParseError> {
        let fail = |why| ParseError::new("a Kubernetes quantity", text, why);
        let (negative, unsigned) = match text.as_bytes().first() {
            Some(b'-') => (true, &text[1..]),
            Some(b'+') => (false, &text[1..]),
            _ => (false, text),
        };
        let number_len = unsigned.bytes().take_while(|b| b.is_ascii_digit() || *b == b'.').count();
        let (number, suffix) = unsigned.split_at(number_len);
        let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
        if fraction.contains('.') {
            return Err(fail("two decimal points"));
        }
        if whole.is_empty() && fraction.is_empty() {
            return Err(fail("it has no digits; use for example 500m, 0.5 or 256Mi"));
        }
        let scale = Scale::parse(suffix)
            .ok_or_else(|| fail("unknown suffix; use n u m k M G T P E, Ki Mi Gi Ti Pi Ei or an exponent like e3"))?;
        let nanos = scale.nanos(whole, fraction).ok_or_else(|| fail("out of range"))?;
        Ok(Self { nanos: if negative { -nanos } else { nanos } })
    }
}

/// Multiplier of a suffix: a power of ten, or a power of 1024.
enum Scale {
    Ten(i64),
    Binary(u32),
}

impl Scale {
    fn parse(suffix: &str) -> Option<Self> {
        Some(match suffix {
            "n" => Self::Ten(-9),
            "u" => Self::Ten(-6),
            "m" => Self::Ten(-3),
            "" => Self::Ten(0),
            "k" => Self::Ten(3),
            "M" => Self::Ten(6),
            "G" => Self::Ten(9),
            "T" => Self::Ten(12),
            "P" => Self::Ten(15),
            "E" => Self::Ten(18),
            "Ki" => Self::Binary(1),
            "Mi" => Self::Binary(2),
            "Gi" => Self::Binary(3),
            "Ti" => Self::Binary(4),
            "Pi" => Self::Binary(5),
            "Ei" => Self::Binary(6),
            exponent => {
                let digits = exponent.strip_prefix(['e', 'E'])?;
                let bare = digits.strip_prefix(['+', '-']).unwrap_or(digits);
                if bare.is_empty() || !bare.bytes().all(|b| b.is_ascii_digit()) {
                    return None;
                }
                // Far out of range in either direction, where the exact exponent is irrelevant.
                let magnitude = bare
                    .trim_start_matches('0')
                    .parse::<i64>()
                    .unwrap_or(if bare.bytes().all(|b| b == b'0') { 0 } else { 10_000 });
                let magnitude = magnitude.min(10_000);
                Self::Ten(if digits.starts_with('-') { -magnitude } else { magnitude })
            }
        })
    }

    /// `whole.fraction` times the scale, in billionths, rounded up; `None` if out of range.
    fn nanos(&self, whole: &str, fraction: &str) -> Option<i128> {
        let fraction = fraction.trim_end_matches('0');
        let digits = format!("{whole}{fraction}");
        let digits = digits.trim_start_matches('0');
        if digits.is_empty() {
            return Some(0);
        }
        let places = i64::try_from(fraction.len()).ok()?;
        match self {
            Self::Ten(power) => shift_ten(digits, 9 + power - places),
            Self::Binary(power) => {
                // digits × 1024^power × 10^(9 − places). More digits than i128 holds are only valid as a long
                // fraction.
                let factor = 1024_i128.pow(*power);
                if let Ok(value) = digits.parse::<i128>()
                    && let Some(scaled) = value.checked_mul(factor)
                {
                    return shift_ten(&scaled.to_string(), 9 - places);
                }
                let scaled = multiply_decimal(digits, factor);
                shift_ten(&scaled, 9 - places)
            }
        }
    }
}

/// `digits × 10^shift`, rounded up to a whole number; `None` if out of range.
fn shift_ten(digits: &str, shift: i64) -> Option<i128> {
    let length = i64::try_from(digits.len()).ok()?;
    if shift >= 0 {
        if length + shift > 39 {
            return None;
        }
        return digits.parse::<i128>().ok()?.checked_mul(10_i128.checked_pow(u32::try_from(shift).ok()?)?);
    }
    let keep = length + shift;
    if keep <= 0 {
        return Some(1);
    }
    let (kept, dropped) = digits.split_at(usize::try_from(keep).ok()?);
    let kept = kept.parse::<i128>().ok()?;
    if dropped.bytes().any(|b| b != b'0') { kept.checked_add(1) } else { Some(kept) }
}

/// Long multiplication of decimal digits and a factor, for fractions that exceed `i128`.
fn multiply_decimal(digits: &str, factor: i128) -> String {
    let mut carry: i128 = 0;
    let mut out: Vec<u8> = Vec::with_capacity(digits.len() + 20);
    for digit in digits.bytes().rev() {
        carry += i128::from(digit - b'0') * factor;
        out.push(b'0' + u8::try_from(carry % 10).unwrap_or(0));
        carry /= 10;
    }
    while carry > 0 {
        out.push(b'0' + u8::try_from(carry % 10).unwrap_or(0));
        carry /= 10;
    }
    out.reverse();
    String::from_utf8(out).unwrap_or_default()
}

/// Formats in decimal without a fraction, with the largest possible of no suffix, `m`, `u` and `n`.
impl fmt::Display for Quantity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (divisor, suffix) = [(NANOS, ""), (NANOS / 1000, "m"), (1000, "u")]
            .into_iter()
            .find(|(divisor, _)| self.nanos % divisor == 0)
            .unwrap_or((1, "n"));
        write!(f, "{}{suffix}", self.nanos / divisor)
    }
}

/// Serialized as text, so that no reader converts it to a floating-point number.
impl Serialize for Quantity {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl JsonSchema for Quantity {
    fn schema_name() -> Cow<'static, str> {
        "Quantity".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "A Kubernetes quantity, like `100m`: a whole number with the suffix `n`, `u`, `m` or none.",
            "type": "string",
            "pattern": "^-?[0-9]+[num]?$",
        })
    }
}

impl<'de> Deserialize<'de> for Quantity {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Text;
        impl Visitor<'_> for Text {
            type Value = Quantity;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a Kubernetes quantity as text, for example \"100m\"")
            }
            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Quantity, E> {
                text.parse().map_err(E::custom)
            }
        }
        deserializer.deserialize_str(Text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn nanos(text: &str) -> i128 {
        text.parse::<Quantity>().unwrap_or_else(|e| panic!("{e}")).nanos()
    }

    #[test]
    fn everything_that_kubernetes_accepts_is_accepted() {
        for (text, want) in [
            ("100m", NANOS / 10),
            ("1", NANOS),
            ("0.5", NANOS / 2),
            (".5", NANOS / 2),
            ("5.", 5 * NANOS),
            ("1.5Gi", 1_610_612_736 * NANOS),
            ("1Ei", (1_i128 << 60) * NANOS),
            ("1E", 10_i128.pow(27)),
            ("3Ei", 3 * (1_i128 << 60) * NANOS),
            ("1e3", 1000 * NANOS),
            ("1E3", 1000 * NANOS),
            ("12e-3", 12_000_000),
            ("123456789n", 123_456_789),
            ("5u", 5000),
            ("+5", 5 * NANOS),
            ("-1", -NANOS),
            ("0", 0),
            ("-0", 0),
            ("9007199254740993", 9_007_199_254_740_993 * NANOS),
            ("0.1Mi", 104_857_600_000_000),
            ("1.1Gi", 1_181_116_006_400_000_000),
        ] {
            assert_eq!(nanos(text), want, "{text}");
        }
    }

    #[test]
    fn everything_that_kubernetes_rejects_is_rejected() {
        for text in [
            "", "Ki", "m", "1K", "1KI", "1 Mi", "1e", "inf", "nan", ".", "+", "-", "1..2", "1.2.3", "1e+", "1e3m",
            "1Mim", "0x10", "1_000", " 1", "1 ", "١", "1e1.5", "--1", "1i",
        ] {
            assert!(text.parse::<Quantity>().is_err(), "{text:?} must be refused");
        }
    }

    #[test]
    fn finer_than_nano_rounds_away_from_zero() {
        assert_eq!(nanos("0.1n"), 1);
        assert_eq!(nanos("-0.1n"), -1);
        assert_eq!(nanos("1e-400000000000000000000"), 1);
        assert_eq!(nanos("1.0000000001"), NANOS + 1);
        assert_eq!(nanos("0e99999999999999999999"), 0);
        // A fraction in a binary unit that exceeds i128 is rounded, not truncated.
        assert_eq!(nanos("0.3333333333333333333333333333333333333333333Ki"), 341_333_333_334);
    }

    #[test]
    fn out_of_range_quantities_are_refused() {
        assert!("1e40".parse::<Quantity>().is_err());
        assert!("999999999999999999999Ei".parse::<Quantity>().is_err());
    }

    #[test]
    fn cpu_and_memory_are_rounded_up() {
        let q: Quantity = "0.0001".parse().unwrap();
        assert_eq!((q.ceil_milli(), q.ceil()), (1, 1));
        let q: Quantity = "-1.5".parse().unwrap();
        assert_eq!((q.ceil_milli(), q.ceil()), (-1500, -1));
    }

    proptest! {
        #[test]
        fn text_round_trips(nanos in -10_i128.pow(37)..10_i128.pow(37)) {
            let q = Quantity::from_nanos(nanos);
            prop_assert_eq!(q.to_string().parse::<Quantity>().unwrap(), q);
        }

        #[test]
        fn agrees_with_exact_decimal_arithmetic(whole in 0_u64..1_000_000, fraction in "[0-9]{1,9}", power in 0_u32..4) {
            let suffix = ["", "Ki", "Mi", "Gi"][power as usize];
            let parsed = nanos(&format!("{whole}.{fraction}{suffix}"));
            let scaled = i128::from(whole) * NANOS + format!("{fraction:0<9}").parse::<i128>().unwrap();
            prop_assert_eq!(parsed, scaled * 1024_i128.pow(power));
        }

        #[test]
        fn parsing_never_panics(text in "\\PC{0,40}") {
            let _ = text.parse::<Quantity>();
        }
    }
}
