//! Parses responses of the Prometheus API.

use std::collections::BTreeMap;
use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny, SeqAccess, Visitor};

/// Labels of a series, by name.
pub type Labels = BTreeMap<String, String>;

/// One series of a response.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
pub struct AnswerSeries {
    /// Labels of the series, including `__name__`.
    #[serde(default)]
    pub metric: Labels,
    #[serde(default)]
    values: Vec<Sample>,
    value: Option<Sample>,
}

impl AnswerSeries {
    /// Pairs of seconds since 1970 and the value.
    pub fn samples(&self) -> impl Iterator<Item = (f64, f64)> + '_ {
        self.values.iter().chain(self.value.as_ref()).map(|sample| (sample.0, sample.1))
    }

    /// A label; empty if there is none, as in Prometheus.
    pub fn label(&self, name: &str) -> &str {
        self.metric.get(name).map_or("", String::as_str)
    }
}

/// A pair of seconds since 1970 and a value; Prometheus writes the value as text to allow `NaN` and `+Inf`.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Sample(f64, f64);

impl<'de> Deserialize<'de> for Sample {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Pair;
        impl<'de> Visitor<'de> for Pair {
            type Value = Sample;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a pair of seconds and a number as text")
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Sample, A::Error> {
                let missing = |_| serde::de::Error::invalid_length(0, &self);
                let at = seq.next_element::<f64>()?.ok_or(()).map_err(missing)?;
                let Number(value) = seq.next_element()?.ok_or(()).map_err(missing)?;
                while seq.next_element::<IgnoredAny>()?.is_some() {}
                Ok(Sample(at, value))
            }
        }
        deserializer.deserialize_seq(Pair)
    }
}

struct Number(f64);

impl<'de> Deserialize<'de> for Number {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Text;
        impl Visitor<'_> for Text {
            type Value = f64;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a number as text")
            }
            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<f64, E> {
                text.parse().map_err(|_| E::custom(format!("`{text}` is not a number")))
            }
        }
        deserializer.deserialize_str(Text).map(Number)
    }
}

/// A whole response, including warnings.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Answer {
    /// The series of the response.
    pub series: Vec<AnswerSeries>,
    /// Warnings, for example about partial data.
    pub warnings: Vec<String>,
    /// Info annotations of Prometheus about the query.
    pub infos: Vec<String>,
}

/// Why a body is not a valid response.
#[derive(Debug, PartialEq, Eq)]
pub enum BadAnswer {
    /// An error that Prometheus returned.
    Error {
        /// Type of the error.
        kind: String,
        /// Message of Prometheus.
        message: String,
    },
    /// The body does not follow the API; the text says how.
    Shape(String),
}

#[derive(Deserialize)]
struct Envelope {
    status: String,
    data: Option<Data>,
    #[serde(rename = "errorType", default)]
    kind: String,
    #[serde(default)]
    error: String,
    /// VictoriaMetrics' flag for a response that lacks the data of some storage nodes.
    #[serde(rename = "isPartial", default)]
    is_partial: bool,
    #[serde(default)]
    warnings: Option<Vec<String>>,
    #[serde(default)]
    infos: Option<Vec<String>>,
}

#[derive(Deserialize)]
struct Data {
    #[serde(rename = "resultType")]
    result_type: String,
    result: Vec<AnswerSeries>,
}

const PARTIAL: &str = "the response is partial (isPartial): data on storage nodes that did not respond is missing";

/// Parses the body of `/api/v1/query` or `/api/v1/query_range`.
///
/// # Errors
/// [`BadAnswer`].
pub fn extract_answer(body: &[u8]) -> Result<Answer, BadAnswer> {
    let envelope: Envelope = serde_json::from_slice(body).map_err(|e| BadAnswer::Shape(shape(body, &e)))?;
    match (envelope.status.as_str(), envelope.data) {
        ("success", Some(data)) if matches!(data.result_type.as_str(), "matrix" | "vector") => {
            let mut warnings = envelope.warnings.unwrap_or_default();
            warnings.extend(envelope.is_partial.then(|| PARTIAL.to_owned()));
            Ok(Answer { series: data.result, warnings, infos: envelope.infos.unwrap_or_default() })
        }
        ("success", Some(data)) => Err(BadAnswer::Shape(format!("it is a {}, not a vector", data.result_type))),
        ("error", _) => Err(BadAnswer::Error { kind: envelope.kind, message: envelope.error }),
        (status, _) => Err(BadAnswer::Shape(format!("its status is `{status}` and it has no data"))),
    }
}

fn shape(body: &[u8], error: &serde_json::Error) -> String {
    let start: String = String::from_utf8_lossy(&body[..body.len().min(80)]).trim_start().to_owned();
    if start.to_lowercase().starts_with("<!doctype html") || start.to_lowercase().starts_with("<html") {
        return "it is a web page, perhaps a log-in".to_owned();
    }
    match error.classify() {
        serde_json::error::Category::Eof if body.is_empty() => "it is empty".to_owned(),
        serde_json::error::Category::Eof => format!("it ends after {} bytes in the middle", body.len()),
        _ => format!("{error}; it begins `{}`", start.chars().take(60).collect::<String>()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_recorded_response_is_read() {
        let answer = extract_answer(include_bytes!("../../../fixtures/prometheus/range.json")).unwrap();
        assert_eq!(answer.series.len(), 2);
        assert_eq!(answer.series[0].label("namespace"), "prod");
        assert_eq!(answer.series[0].label("nothing"), "");
        let samples: Vec<_> = answer.series[1].samples().collect();
        assert_eq!(samples[0], (1_795_499_999.999, 0.25));
        assert!(samples[1].1.is_nan() && samples[2].1.is_infinite());
        assert_eq!((answer.warnings.len(), answer.infos.len()), (1, 1));
    }

    /// <https://github.com/VictoriaMetrics/VictoriaMetrics/issues/4721>
    #[test]
    fn a_partial_response_has_a_warning() {
        let body = |partial: &str| {
            format!(r#"{{"status":"success",{partial}"data":{{"resultType":"vector","result":[]}},"stats":{{}}}}"#)
        };
        let warnings = |partial: &str| extract_answer(body(partial).as_bytes()).unwrap().warnings;
        assert_eq!(warnings(r#""isPartial":true,"#), [PARTIAL]);
        assert!(warnings(r#""isPartial":false,"#).is_empty() && warnings("").is_empty());
    }

    #[test]
    fn an_error_keeps_its_message() {
        let body = br#"{"status":"error","errorType":"bad_data","error":"parse error"}"#;
        let expected = BadAnswer::Error { kind: "bad_data".to_owned(), message: "parse error".to_owned() };
        assert_eq!(extract_answer(body), Err(expected));
    }

    #[test]
    fn invalid_bodies_are_refused_with_the_reason() {
        for (body, said) in [
            ("", "it is empty"),
            ("<!DOCTYPE html><title>Sign in", "web page"),
            (r#"{"status":"success","data":{"resultType":"matrix","result":[{"metric":{"#, "in the middle"),
            (r#"{"status":"success"}"#, "no data"),
            (r#"{"status":"success","data":{"resultType":"scalar","result":[]}}"#, "scalar"),
            (r#"{"status":"success","data":{"resultType":"vector","result":[{"value":[1,"x"]}]}}"#, "`x` is not"),
            (r#"{"status":"success","data":{"resultType":"vector","result":[{"value":[1]}]}}"#, "invalid length"),
            (r#"{"kind":"Status"}"#, "missing field `status`"),
        ] {
            match extract_answer(body.as_bytes()) {
                Err(BadAnswer::Shape(why)) => assert!(why.contains(said), "{body}: {why}"),
                other => panic!("{body}: {other:?}"),
            }
        }
    }
}
