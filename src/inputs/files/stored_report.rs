use std::collections::BTreeSet;

use rust_decimal::Decimal;
use serde::Deserialize;

use super::FileError;
use crate::model::report::{Forecast, NamespaceCost};
use crate::units::{Hours, Money, Month, Timestamp};

/// What one month's report keeps for the next one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredReport {
    /// The cluster's name.
    pub cluster: String,
    /// UID of its `kube-system`.
    pub uid: Option<String>,
    /// When it was last looked at.
    pub taken_at: Option<Timestamp>,
    /// What the month cost; `None` where nothing had a price.
    pub cost: Option<Money>,
    /// What the month after was predicted to cost.
    pub forecast: Option<Forecast>,
}

const SCHEMA: &str = "capmodel/report/v1";

#[derive(Deserialize)]
struct File {
    schema: String,
    cluster: ClusterPart,
    period: PeriodPart,
    cost: Option<Amount>,
    #[serde(default)]
    forecast: Option<ForecastPart>,
}

#[derive(Deserialize)]
struct ClusterPart {
    name: String,
    #[serde(default)]
    uid: Option<String>,
}

#[derive(Deserialize)]
struct PeriodPart {
    #[serde(default)]
    taken_at: Vec<Timestamp>,
}

#[derive(Deserialize)]
struct ForecastPart {
    month: String,
    hours: Amount,
    cost: Amount,
    namespaces: Vec<NamespacePart>,
}

#[derive(Deserialize)]
struct NamespacePart {
    name: String,
    cost: Amount,
}

/// A decimal in a string, as every amount of the schema is.
#[derive(Clone, Copy, Deserialize)]
#[serde(try_from = "String")]
struct Amount(Decimal);

impl TryFrom<String> for Amount {
    type Error = String;
    fn try_from(text: String) -> Result<Self, String> {
        text.parse().map(Self).map_err(|_| format!("`{text}` is not a decimal number"))
    }
}

/// Far more than any cluster costs in a month; sums stay far from where a decimal ends.
const MOST: Decimal = Decimal::from_parts(0xd4a5_1000, 0xe8, 0, false, 0);

impl Amount {
    fn money(self) -> Result<Money, String> {
        match self.0 >= Decimal::ZERO && self.0 <= MOST {
            true => Ok(Money::new(self.0)),
            false => Err(format!("{} USD is no cost of a month", self.0)),
        }
    }
}

/// The report that `label` names.
///
/// # Errors
/// [`FileError::Invalid`]: these are not the bytes of a report.
pub fn parse_stored_report(label: &str, bytes: &[u8]) -> Result<StoredReport, FileError> {
    let invalid =
        |message: String| FileError::Invalid { label: label.to_owned(), wanted: "report of capmodel", message };
    let file: File = serde_json::from_slice(bytes).map_err(|e| invalid(e.to_string()))?;
    if file.schema != SCHEMA {
        return Err(invalid(format!("its schema is `{}` and not {SCHEMA}", file.schema)));
    }
    Ok(StoredReport {
        cluster: name(file.cluster.name).map_err(invalid)?,
        uid: file.cluster.uid,
        taken_at: file.period.taken_at.into_iter().max(),
        cost: file.cost.map(Amount::money).transpose().map_err(invalid)?,
        forecast: file.forecast.map(forecast).transpose().map_err(invalid)?,
    })
}

/// The hours of the longest month, and one of a clock that is set back.
const LONGEST_MONTH: Decimal = Decimal::from_parts(31 * 24 + 1, 0, 0, false, 0);

fn forecast(part: ForecastPart) -> Result<Forecast, String> {
    let hours = part.hours.0;
    if hours <= Decimal::ZERO || hours > LONGEST_MONTH {
        return Err(format!("a month does not have {hours} hours"));
    }
    let mut names = BTreeSet::new();
    let namespaces = part.namespaces.into_iter().map(|row| {
        let name = name(row.name)?;
        if !names.insert(name.clone()) {
            return Err(format!("the namespace {name} is in its forecast twice"));
        }
        Ok(NamespaceCost { name, cost: row.cost.money()? })
    });
    Ok(Forecast {
        month: part.month.parse::<Month>()?,
        hours: Hours::of(hours),
        cost: part.cost.money()?,
        namespaces: namespaces.collect::<Result<_, String>>()?,
    })
}

/// Names are printed: what would move a terminal's cursor is none.
fn name(text: String) -> Result<String, String> {
    match text.contains(char::is_control) {
        true => Err(format!("`{}` is no name", text.escape_debug())),
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
    fn what_it_keeps() {
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
    fn what_is_no_report() {
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
    fn what_no_report_says() {
        assert_eq!(MOST.to_string(), "1000000000000");
        let good = r#"{"schema":"capmodel/report/v1","cluster":{"name":"c"},"period":{},"cost":"1","forecast":{"month":"2026-12",
            "hours":"744","cost":"2","namespaces":[{"name":"a","cost":"1.5"},{"name":"b","cost":"0.5"}]}}"#;
        parse(good).unwrap();
        for (from, to, said) in [
            (r#""cost":"1","#, r#""cost":"-1","#, "-1 USD is no cost"),
            (r#""cost":"2""#, r#""cost":"1000000000001""#, "1000000000001 USD is no cost"),
            ("744", "0", "does not have 0 hours"),
            ("744", "-744", "does not have -744 hours"),
            ("744", "801", "does not have 801 hours"),
            (r#""b""#, r#""a""#, "a is in its forecast twice"),
            (r#""b""#, r#""b\u001b[2J""#, r"`b\u{1b}[2J` is no name"),
            (r#""name":"c""#, r#""name":"c\n""#, r"`c\n` is no name"),
        ] {
            let error = parse(&good.replacen(from, to, 1)).unwrap_err();
            assert!(error.contains(said), "{error}");
        }
    }
}
