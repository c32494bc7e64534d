//! The currency of a report: US dollars, or another one at an exchange rate that was given with its day.

use std::fmt;
use std::str::FromStr;

use rust_decimal::Decimal;

use super::{Date, ParseError};

/// An ISO 4217 code: three capital letters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CurrencyCode([u8; 3]);

/// Units of a currency for one US dollar, on a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ExchangeRate {
    per_usd: Decimal,
    day: Date,
}

/// The currency of every amount of a report. Price tables are in US dollars; any other currency has the rate by which
/// they were converted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Currency(Option<(CurrencyCode, ExchangeRate)>);

/// Why a code and a rate are not a currency together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CurrencyError {
    /// Another currency has no rate.
    #[error(
        "--currency {0} needs an exchange rate, because no rate is ever fetched: add --exchange-rate RATE@DATE, for \
         example 0.92@2026-11-01 where 1 USD is 0.92 {0}"
    )]
    NoRate(CurrencyCode),
    /// A rate of no currency.
    #[error("--exchange-rate {0} needs the name of its currency: add --currency CODE, for example --currency EUR")]
    NoCurrency(ExchangeRate),
    /// A rate of the dollar to itself.
    #[error("prices are in USD already: remove --exchange-rate {0}, or name another currency with --currency")]
    DollarRate(ExchangeRate),
}

impl CurrencyCode {
    /// The US dollar, in which price tables are.
    const USD: Self = Self(*b"USD");

    /// The three letters.
    fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or_default()
    }
}

impl FromStr for CurrencyCode {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, ParseError> {
        let why = "use three capital letters, for example EUR";
        match <[u8; 3]>::try_from(text.as_bytes()) {
            Ok(letters) if letters.iter().all(u8::is_ascii_uppercase) => Ok(Self(letters)),
            _ => Err(ParseError::new("an ISO 4217 currency code", text, why)),
        }
    }
}

impl fmt::Display for CurrencyCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl ExchangeRate {
    /// Every currency of ISO 4217 is between the ounce of gold (XAU, 0.0002 or more for a dollar) and the Iranian rial
    /// (below 10,000,000).
    const RANGE: [Decimal; 2] =
        [Decimal::from_parts(1, 0, 0, false, 4), Decimal::from_parts(10_000_000, 0, 0, false, 0)];

    /// Units of the currency for one US dollar.
    pub const fn per_usd(&self) -> Decimal {
        self.per_usd
    }

    /// The day of the rate.
    pub const fn day(&self) -> Date {
        self.day
    }
}

impl FromStr for ExchangeRate {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, ParseError> {
        let fail = |why| ParseError::new("an exchange rate", text, why);
        let (rate, day) =
            text.split_once('@').ok_or_else(|| fail("add the day of the rate after @, for example 0.92@2026-11-01"))?;
        let per_usd = Decimal::from_str_exact(rate)
            .map_err(|_| fail("give the units of the currency for 1 USD, for example 0.92@2026-11-01"))?;
        let [least, most] = Self::RANGE;
        if per_usd < least || per_usd > most {
            return Err(fail("the units of a currency for 1 USD are between 0.0001 and 10000000"));
        }
        let day = day.parse().map_err(|_| fail("write the day as YYYY-MM-DD, for example 0.92@2026-11-01"))?;
        Ok(Self { per_usd: per_usd.normalize(), day })
    }
}

impl fmt::Display for ExchangeRate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}@{}", self.per_usd, self.day)
    }
}

impl Currency {
    /// US dollars.
    pub const USD: Self = Self(None);

    /// The currency of a code, with the rate that any other than the dollar needs.
    ///
    /// # Errors
    /// [`CurrencyError`].
    pub fn new(code: Option<CurrencyCode>, rate: Option<ExchangeRate>) -> Result<Self, CurrencyError> {
        match (code.filter(|code| *code != CurrencyCode::USD), rate) {
            (None, None) => Ok(Self::USD),
            (None, Some(rate)) if code.is_some() => Err(CurrencyError::DollarRate(rate)),
            (None, Some(rate)) => Err(CurrencyError::NoCurrency(rate)),
            (Some(code), None) => Err(CurrencyError::NoRate(code)),
            (Some(code), Some(rate)) => Ok(Self(Some((code, rate)))),
        }
    }

    /// The ISO 4217 code.
    pub fn code(&self) -> &str {
        self.0.as_ref().map_or("USD", |(code, _)| code.as_str())
    }

    /// The rate by which US dollars were converted; `None` for US dollars.
    pub fn rate(&self) -> Option<ExchangeRate> {
        self.0.map(|(_, rate)| rate)
    }

    /// How it is named in the head of a column: `$`, or its code.
    pub fn symbol(&self) -> &str {
        self.0.as_ref().map_or("$", |(code, _)| code.as_str())
    }

    /// An amount that is already text: `$12`, `EUR 12`.
    pub fn amount(&self, text: impl fmt::Display) -> String {
        match self.0 {
            None => format!("${text}"),
            Some((code, _)) => format!("{code} {text}"),
        }
    }

    /// The rate in words: `1 USD = 0.92 EUR on 2026-11-01`; `None` for US dollars.
    pub fn rate_in_words(&self) -> Option<String> {
        self.0.map(|(code, rate)| format!("1 USD = {} {code} on {}", rate.per_usd, rate.day))
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rate(text: &str) -> Result<ExchangeRate, String> {
        text.parse().map_err(|error: ParseError| error.to_string())
    }

    #[test]
    fn a_rate_has_its_day() {
        let parsed = rate("0.920@2026-11-01").unwrap();
        assert_eq!((parsed.per_usd().to_string(), parsed.day().to_string()), ("0.92".into(), "2026-11-01".into()));
        assert_eq!(parsed.to_string(), "0.92@2026-11-01");
        for (text, why) in [
            ("0.92", "add the day of the rate"),
            ("@2026-11-01", "give the units"),
            ("0,92@2026-11-01", "give the units"),
            ("0@2026-11-01", "between 0.0001 and 10000000"),
            ("-0.92@2026-11-01", "between 0.0001 and 10000000"),
            ("10000001@2026-11-01", "between 0.0001 and 10000000"),
            ("0.92@2026-11-31", "YYYY-MM-DD"),
            ("0.92@yesterday", "YYYY-MM-DD"),
        ] {
            let error = rate(text).unwrap_err();
            assert!(error.contains(why), "{error}");
        }
    }

    #[test]
    fn a_code_is_three_capital_letters() {
        for text in ["eur", "EURO", "EU", "€", "E1R", ""] {
            assert!(text.parse::<CurrencyCode>().is_err(), "{text}");
        }
    }

    #[test]
    fn any_other_currency_needs_a_rate() {
        let (eur, usd): (CurrencyCode, CurrencyCode) = ("EUR".parse().unwrap(), "USD".parse().unwrap());
        let given = rate("0.92@2026-11-01").unwrap();
        assert_eq!(Currency::new(None, None), Ok(Currency::USD));
        assert_eq!(Currency::new(Some(usd), None), Ok(Currency::USD));
        assert_eq!(Currency::new(Some(eur), None), Err(CurrencyError::NoRate(eur)));
        assert_eq!(Currency::new(None, Some(given)), Err(CurrencyError::NoCurrency(given)));
        assert_eq!(Currency::new(Some(usd), Some(given)), Err(CurrencyError::DollarRate(given)));
        let euros = Currency::new(Some(eur), Some(given)).unwrap();
        assert_eq!((euros.code(), euros.symbol(), euros.amount("12")), ("EUR", "EUR", "EUR 12".to_owned()));
        assert_eq!(euros.rate_in_words().as_deref(), Some("1 USD = 0.92 EUR on 2026-11-01"));
        assert_eq!((Currency::USD.symbol(), Currency::USD.amount("12")), ("$", "$12".to_owned()));
    }
}
