//! Unit types: each has a private field, named constructors and only meaningful arithmetic.
//!
//! This module depends on no other module. CPU, bytes and money are exact; rates, durations and ratios are
//! floating-point numbers that are validated on construction.

mod bytes;
mod cpu;
mod currency;
mod digits;
mod duration;
mod money;
mod month;
mod percent;
mod quantity;
mod rate;
mod request_time;
mod snake_case;

pub use bytes::{BYTES_PER_GIB, Bytes};
pub use cpu::CpuMillis;
pub use currency::{Currency, CurrencyCode, CurrencyError, ExchangeRate};
/// An instant in UTC, with nanosecond precision.
pub use jiff::Timestamp;
/// A calendar date.
pub use jiff::civil::Date;

pub use digits::grouped;
pub use duration::Seconds;
pub use money::{Hours, Money, MoneyPerHour};
pub use month::Month;
pub use percent::{Percent, Utilization};
pub use quantity::Quantity;
pub use rate::RequestsPerSecond;
pub use request_time::RequestTime;
pub use snake_case::snake_case;

/// Error for text that is not a valid quantity.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not {wanted}: {why}")]
pub struct ParseError {
    wanted: &'static str,
    text: String,
    why: &'static str,
}

impl ParseError {
    pub(crate) fn new(wanted: &'static str, text: &str, why: &'static str) -> Self {
        // Limits the length of the message if the text is long, for example a pasted file.
        let text =
            if text.chars().count() > 60 { text.chars().take(60).chain(['…']).collect() } else { text.to_owned() };
        Self { wanted, text, why }
    }
}

/// Splits text such as `12.5ms` into a non-negative finite number and the unit; used by all units except Kubernetes
/// quantities.
fn split_number<'a>(wanted: &'static str, text: &'a str, example: &'static str) -> Result<(f64, &'a str), ParseError> {
    let fail = |why| ParseError::new(wanted, text, why);
    if text.starts_with('-') {
        return Err(fail("it is negative"));
    }
    let length = text.bytes().take_while(|b| b.is_ascii_digit() || *b == b'.').count();
    // An exponent belongs to the number only if digits follow: `1e9`, but in `1e` the `e` is the unit.
    let exponent = text[length..].strip_prefix(['e', 'E']).map_or(0, |rest| {
        let sign = usize::from(rest.starts_with(['+', '-']));
        let digits = rest[sign..].bytes().take_while(u8::is_ascii_digit).count();
        if digits == 0 { 0 } else { 1 + sign + digits }
    });
    let (number, unit) = text.split_at(length + exponent);
    let value: f64 = number.parse().map_err(|_| fail(example))?;
    if value.is_finite() { Ok((value, unit)) } else { Err(fail("it is larger than any number here")) }
}
