//! Quantities, one small type each: private field, named constructors, only the products that mean something.
//!
//! Used by everything, uses nothing. CPU, bytes and money hold no float; rates, durations and ratios are the model's
//! real numbers and are checked once, where they enter.

mod bytes;
mod cpu;
mod duration;
mod money;
mod month;
mod percent;
mod quantity;
mod rate;

pub use bytes::Bytes;
pub use cpu::CpuMillis;
/// An instant.
pub use jiff::Timestamp;
/// A day of the calendar.
pub use jiff::civil::Date;

pub use duration::Seconds;
pub use money::{Hours, Money, MoneyPerHour};
pub use month::Month;
pub use percent::Percent;
pub use quantity::Quantity;
pub use rate::RequestsPerSecond;

/// Text that is not the quantity it should be: the fault of whoever wrote it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not {wanted}: {why}")]
pub struct ParseError {
    wanted: &'static str,
    text: String,
    why: &'static str,
}

impl ParseError {
    pub(crate) fn new(wanted: &'static str, text: &str, why: &'static str) -> Self {
        // A pasted file must not become a screenful of error.
        let text =
            if text.chars().count() > 60 { text.chars().take(60).chain(['…']).collect() } else { text.to_owned() };
        Self { wanted, text, why }
    }
}

/// Splits `12.5ms` into a non-negative finite number and the rest, the shape of every unit text but Kubernetes' own.
fn split_number<'a>(wanted: &'static str, text: &'a str, example: &'static str) -> Result<(f64, &'a str), ParseError> {
    let fail = |why| ParseError::new(wanted, text, why);
    if text.starts_with('-') {
        return Err(fail("it is negative"));
    }
    let length = text.bytes().take_while(|b| b.is_ascii_digit() || *b == b'.').count();
    // An exponent belongs to the number only when digits follow it: `1e9`, but not the unit of `1e`.
    let exponent = text[length..].strip_prefix(['e', 'E']).map_or(0, |rest| {
        let sign = usize::from(rest.starts_with(['+', '-']));
        let digits = rest[sign..].bytes().take_while(u8::is_ascii_digit).count();
        if digits == 0 { 0 } else { 1 + sign + digits }
    });
    let (number, unit) = text.split_at(length + exponent);
    let value: f64 = number.parse().map_err(|_| fail(example))?;
    if value.is_finite() { Ok((value, unit)) } else { Err(fail("it is larger than any number here")) }
}
