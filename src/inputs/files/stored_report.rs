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
    /// What the month cost.
    pub cost: Money,
    /// What the month after was predicted to cost.
    pub forecast: Option<Forecast>,
}

const SCHEMA: &str = "capmodel/report/v1";

#[derive(Deserialize)]
struct File {
    schema: String,
    cluster: ClusterPart,
    period: PeriodPart,
    cost: Amount,
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
    let forecast = file.forecast.map(|part| {
        Ok::<_, FileError>(Forecast {
            month: part.month.parse::<Month>().map_err(invalid)?,
            hours: Hours::of(part.hours.0),
            cost: Money::new(part.cost.0),
            namespaces: part
                .namespaces
                .into_iter()
                .map(|row| NamespaceCost { name: row.name, cost: Money::new(row.cost.0) })
                .collect(),
        })
    });
    Ok(StoredReport {
        cluster: file.cluster.name,
        uid: file.cluster.uid,
        taken_at: file.period.taken_at.into_iter().max(),
        cost: Money::new(file.cost.0),
        forecast: forecast.transpose()?,
    })
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
        assert_eq!(report.cost.amount().to_string(), "1.50");
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
}
