//! Numbers of a pricing file.

use std::fmt;

use rust_decimal::Decimal;
use serde::Deserialize;
use serde::de::{Deserializer, Error, Visitor};

/// A number with or without quotes, parsed as exactly as it was written.
#[derive(Clone, Copy)]
pub(super) struct Number(pub(super) Decimal);

impl<'de> Deserialize<'de> for Number {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct V;
        impl Visitor<'_> for V {
            type Value = Number;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a decimal number, for example 12.5")
            }
            fn visit_str<E: Error>(self, text: &str) -> Result<Number, E> {
                let number = Decimal::from_str_exact(text);
                number.map(Number).map_err(|_| E::custom(format!("`{text}` is not a decimal number, for example 12.5")))
            }
            fn visit_i64<E: Error>(self, number: i64) -> Result<Number, E> {
                Ok(Number(number.into()))
            }
            fn visit_f64<E: Error>(self, number: f64) -> Result<Number, E> {
                self.visit_str(&number.to_string())
            }
        }
        deserializer.deserialize_any(V)
    }
}
