//! Reads the forecast in a stored report.

use std::collections::BTreeSet;

use rust_decimal::Decimal;
use serde::Deserialize;

use super::FileError;
use crate::model::report::{NamespaceCost, Prediction};
use crate::schema::currency::ExchangeRate;
use crate::schema::number::DecimalText;
use crate::schema::report::{self, Report};
use crate::units::{Hours, Money, Month, Timestamp};

/// The parts of a month's report that the next one uses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredReport {
    /// Name of the cluster in the report.
    pub cluster: String,
    /// UID of the namespace `kube-system`, which identifies the cluster.
    pub uid: Option<String>,
    /// Time of the latest data.
    pub taken_at: Option<Timestamp>,
    /// Currency of its amounts; `None` if the report does not state it.
    pub currency: Option<String>,
    /// Exchange rate and its day, `0.92@2026-11-01`.
    pub exchange_rate: Option<String>,
    /// Cost of the month; `None` if nothing had a price.
    pub cost: Option<Money>,
    /// Cost of each namespace; `None` where something of it had no price.
    pub namespaces: Vec<(String, Option<Money>)>,
    /// Predicted cost of the following month.
    pub forecast: Option<Prediction>,
}

const SCHEMA: &str = "capmodel/report/v1";

/// Identifies the document; read first, so that errors can name it.
#[derive(Deserialize)]
struct Head {
    schema: String,
}

/// Parses the report that `label` names.
///
/// # Errors
/// [`FileError::Invalid`] if the bytes are not a report.
pub fn parse_stored_report(label: &str, bytes: &[u8]) -> Result<StoredReport, FileError> {
    stored_report(bytes).map_err(|message| FileError::Invalid {
        label: label.to_owned(),
        wanted: "report of capmodel",
        message,
    })
}

fn stored_report(bytes: &[u8]) -> Result<StoredReport, String> {
    let report = document(bytes)?;
    let taken_at = report.period.taken_at.iter().map(|moment| time(moment)).collect::<Result<Vec<_>, _>>()?;
    let namespaces = report.namespaces.into_iter().map(|row| {
        let cost = row.cost.total.filter(|_| row.priced);
        Ok((name(row.name)?, cost.as_ref().map(money).transpose()?))
    });
    Ok(StoredReport {
        namespaces: namespaces.collect::<Result<_, String>>()?,
        cluster: name(report.cluster.name)?,
        currency: Some(name(report.basis.currency)?).filter(|currency| !currency.is_empty()),
        exchange_rate: report.basis.exchange_rate.as_ref().map(exchange_rate).transpose()?,
        uid: report.cluster.uid,
        taken_at: taken_at.into_iter().max(),
        cost: report.cost.as_ref().map(money).transpose()?,
        forecast: report.forecast.map(forecast).transpose()?,
    })
}

/// The document, after its schema is known to be that of a report.
pub(super) fn document(bytes: &[u8]) -> Result<Report, String> {
    let Head { schema } = serde_json::from_slice(bytes).map_err(|e| e.to_string())?;
    if schema != SCHEMA {
        return Err(format!("its schema is `{schema}` and not {SCHEMA}"));
    }
    serde_json::from_slice(bytes).map_err(|e| e.to_string())
}

/// Hours of the longest month, plus one for a clock that is set back.
const LONGEST_MONTH: Decimal = Decimal::from_parts(31 * 24 + 1, 0, 0, false, 0);

fn forecast(forecast: report::Forecast) -> Result<Prediction, String> {
    let hours = decimal(&forecast.hours)?;
    if hours <= Decimal::ZERO || hours > LONGEST_MONTH {
        return Err(format!("a month does not have {hours} hours"));
    }
    let mut names = BTreeSet::new();
    let namespaces = forecast.namespaces.into_iter().map(|row| {
        let name = name(row.name)?;
        if !names.insert(name.clone()) {
            return Err(format!("the namespace {name} is in its forecast twice"));
        }
        Ok(NamespaceCost { name, cost: money(&row.cost)? })
    });
    let cost = money(&forecast.cost)?;
    let interval = forecast.cost_interval.map(|interval| {
        let (low, high) = (money(&interval.low)?, money(&interval.high)?);
        let in_order = low <= cost && cost <= high;
        in_order.then_some((low, high)).ok_or_else(|| "the interval of its forecast is out of order".to_owned())
    });
    Ok(Prediction {
        month: forecast.month.parse::<Month>()?,
        hours: Hours::of(hours),
        cost,
        interval: interval.transpose()?,
        namespaces: namespaces.collect::<Result<_, String>>()?,
    })
}

pub(super) fn decimal(text: &DecimalText) -> Result<Decimal, String> {
    text.0.parse().map_err(|_| format!("`{}` is not a decimal number", text.0.escape_debug()))
}

/// `0.92@2026-11-01`, as `--exchange-rate` takes it.
pub(super) fn exchange_rate(rate: &ExchangeRate) -> Result<String, String> {
    name(format!("{}@{}", rate.per_usd, rate.date))
}

/// Far more than any cluster costs per month: a trillion dollars at 10,000,000 per dollar. Sums stay within the range
/// of a decimal.
const MAX_AMOUNT: Decimal = Decimal::from_parts(0x89e8_0000, 0x8ac7_2304, 0, false, 0);

pub(super) fn money(text: &DecimalText) -> Result<Money, String> {
    let amount = decimal(text)?;
    match amount >= Decimal::ZERO && amount <= MAX_AMOUNT {
        true => Ok(Money::new(amount)),
        false => Err(format!("{amount} is not a plausible cost of a month")),
    }
}

fn time(text: &str) -> Result<Timestamp, String> {
    text.parse().map_err(|_| format!("`{}` is not a time", text.escape_debug()))
}

/// Checks a name that is printed: control characters, which could move a terminal's cursor, are refused.
pub(super) fn name(text: String) -> Result<String, String> {
    match text.contains(char::is_control) {
        true => Err(format!("`{}` is not a name", text.escape_debug())),
        false => Ok(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<StoredReport, String> {
        parse_stored_report("x", text.as_bytes()).map_err(|e| e.to_string())
    }

    #[test]
    fn a_stored_report_is_read() {
        let report = parse(
            r#"{"schema":"capmodel/report/v1","cluster":{"name":"c","uid":"u","server_version":null},"cost":"1.50",
            "period":{"hours":"730","taken_at":["2026-11-01T00:00:00Z","2026-11-02T00:00:00Z"]},"later":1,
            "forecast":{"month":"2026-12","hours":"744","method":"m","cost":"2.00","namespaces":[{"name":"a","cost":"2.00"}]}}"#,
        )
        .unwrap();
        let forecast = report.forecast.unwrap();
        assert_eq!((forecast.month.to_string().as_str(), forecast.namespaces.len()), ("2026-12", 1));
        assert_eq!(report.taken_at.unwrap().to_string(), "2026-11-02T00:00:00Z");
        assert_eq!(report.cost.unwrap().amount().to_string(), "1.50");
    }

    #[test]
    fn other_documents_are_refused() {
        let head = r#""cluster":{"name":"c"},"period":{},"cost":"1""#;
        for (text, said) in [
            (String::new(), "EOF"),
            ("{".to_owned(), "EOF"),
            ("{}".to_owned(), "missing field"),
            (format!(r#"{{"schema":"capmodel/estimate/v1",{head}}}"#), "its schema is `capmodel/estimate/v1`"),
            (format!(r#"{{"schema":"capmodel/report/v1",{}}}"#, head.replace("\"1\"", "\"1,0\"")), "not a decimal"),
            (
                format!(
                    r#"{{"schema":"capmodel/report/v1",{head},"forecast":{{"month":"12","hours":"1","cost":"1","namespaces":[]}}}}"#
                ),
                "is not a month",
            ),
        ] {
            let error = parse(&text).unwrap_err();
            assert!(error.contains(said), "{error}");
        }
    }

    #[test]
    fn implausible_values_are_refused() {
        assert_eq!(MAX_AMOUNT.to_string(), "10000000000000000000");
        let good = r#"{"schema":"capmodel/report/v1","cluster":{"name":"c"},"period":{},"cost":"1","forecast":{"month":"2026-12",
            "hours":"744","cost":"2","namespaces":[{"name":"a","cost":"1.5"},{"name":"b","cost":"0.5"}]}}"#;
        parse(good).unwrap();
        for (from, to, said) in [
            (r#""cost":"1","#, r#""cost":"-1","#, "-1 is not a plausible cost"),
            (r#""cost":"2""#, r#""cost":"10000000000000000001""#, "10000000000000000001 is not a plausible cost"),
            ("744", "0", "does not have 0 hours"),
            ("744", "-744", "does not have -744 hours"),
            ("744", "801", "does not have 801 hours"),
            (r#""b""#, r#""a""#, "a is in its forecast twice"),
            (r#""b""#, r#""b\u001b[2J""#, r"`b\u{1b}[2J` is not a name"),
            (
                r#""cost":"2","#,
                r#""cost":"2","cost_interval":{"low":"3","mid":"3","high":"4"},"#,
                "interval of its forecast is out of order",
            ),
            (r#""name":"c""#, r#""name":"c\n""#, r"`c\n` is not a name"),
        ] {
            let error = parse(&good.replacen(from, to, 1)).unwrap_err();
            assert!(error.contains(said), "{error}");
        }
    }
}
