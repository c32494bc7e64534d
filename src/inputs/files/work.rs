//! Reads handler work: `profiles/work/*.toml` and files of the same schema.

use serde::Deserialize;

use super::text::{IntervalOf, Text};
use super::{FileError, Source, check_name, load};
use crate::model::runtime::{HandlerCpu, Sourced, Work};
use crate::model::uncertainty::Interval;
use crate::units::{Bytes, RequestTime};

const BUILT_IN: &[(&str, &str)] = &[
    ("compute", include_str!("../../../profiles/work/compute.toml")),
    ("crud", include_str!("../../../profiles/work/crud.toml")),
    ("dataframe", include_str!("../../../profiles/work/dataframe.toml")),
    ("etl", include_str!("../../../profiles/work/etl.toml")),
    ("fanout", include_str!("../../../profiles/work/fanout.toml")),
    ("json", include_str!("../../../profiles/work/json.toml")),
    ("ml", include_str!("../../../profiles/work/ml.toml")),
    ("orm", include_str!("../../../profiles/work/orm.toml")),
    ("parsing", include_str!("../../../profiles/work/parsing.toml")),
];

/// Names of the built-in works.
pub fn work_names() -> impl Iterator<Item = &'static str> {
    BUILT_IN.iter().map(|(name, _)| *name)
}

/// The text of a built-in work by name, or of a file by path.
///
/// # Errors
/// [`FileError`] if neither exists.
pub fn work_source(name: &str) -> Result<Source, FileError> {
    load("work", BUILT_IN, name)
}

/// Refuses a name that is neither built in nor a path, without reading any file.
pub(super) fn check_work_name(name: &str) -> Result<(), FileError> {
    check_name("work", BUILT_IN, name)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    name: String,
    title: String,
    kind: Option<String>,
    handler_cpu: Option<HandlerText>,
    wait: Option<IntervalOf<Text<RequestTime>>>,
    payload: Option<Payload>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct HandlerText {
    language: String,
    low: Text<RequestTime>,
    mid: Text<RequestTime>,
    high: Text<RequestTime>,
    source: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Payload {
    request_bytes: Text<Bytes>,
    response_bytes: Text<Bytes>,
}

/// Parses the text of a work.
///
/// # Errors
/// [`FileError::Invalid`], with line and key.
pub fn parse_work(source: &Source) -> Result<Work, FileError> {
    let invalid = |message: String| FileError::Invalid { label: source.label.clone(), wanted: "work file", message };
    let file: File = toml::from_str(&source.text).map_err(|e| invalid(e.to_string().trim_end().to_owned()))?;
    let File { name, title, kind, handler_cpu, wait, payload } = file;
    let handler = match handler_cpu {
        None => None,
        Some(HandlerText { language, low, mid, high, source }) => {
            let interval = Interval::new(low.0.seconds(), mid.0.seconds(), high.0.seconds()).ok_or_else(|| {
                invalid(
                    "handler_cpu: low, mid and high must be in ascending order, and either all zero or all above zero"
                        .to_owned(),
                )
            })?;
            Some(HandlerCpu { language, seconds: Sourced { interval, source } })
        }
    };
    Ok(Work {
        name,
        title,
        kind,
        handler,
        wait: wait.map_or_else(no_wait, |wait| wait.sourced),
        request_bytes: payload.as_ref().map_or_else(Bytes::default, |p| p.request_bytes.0),
        response_assumed: payload.is_some(),
        response_bytes: payload.map(|p| p.response_bytes.0),
    })
}

fn no_wait() -> Sourced {
    Sourced { interval: Interval::ZERO, source: "the handler waits for nothing".to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_built_in_work_is_valid_and_named_like_its_file() {
        for (name, _) in BUILT_IN {
            assert_eq!(parse_work(&work_source(name).unwrap()).unwrap().name, *name);
        }
    }

    /// Python's dataframes compute in C, C++ or Rust: the same operations cost about the same from Go.
    #[test]
    fn dataframe_work_is_native_and_etl_in_own_code_is_not() {
        let kind = |name: &str| parse_work(&work_source(name).unwrap()).unwrap().kind.unwrap();
        assert_eq!((kind("dataframe"), kind("etl")), ("native".to_owned(), "parsing".to_owned()));
    }

    #[test]
    fn json_work_adds_no_handler_cpu() {
        let work = parse_work(&work_source("json").unwrap()).unwrap();
        assert!(work.handler.is_none() && work.wait.interval == Interval::ZERO);
        assert!(work.request_bytes == Bytes::default() && work.response_bytes.is_none());
    }
}
