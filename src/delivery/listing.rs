//! Finds the stored reports of all clusters and months.

use std::collections::BTreeMap;

use super::{DeliveryError, Lookup, Store};
use crate::units::Month;

/// The latest report of a cluster and month.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LatestReport {
    /// The month under which it is stored.
    pub month: Month,
    /// Path inside the store.
    pub path: String,
}

/// The latest report of every cluster and month: of `report.json`, `report-2.json` and so on, the last. Other files of
/// the month, such as the same report as a page, are not reports to read.
///
/// # Errors
/// [`DeliveryError`], including if a folder is not named after a month.
pub fn latest_reports(store: &dyn Store) -> Result<Vec<LatestReport>, DeliveryError> {
    let mut latest: BTreeMap<String, (u32, LatestReport)> = BTreeMap::new();
    for path in store.list()? {
        let parts: Vec<&str> = path.split('/').collect();
        let [cluster, month, file] = parts.as_slice() else { continue };
        let Some(number) = cluster.strip_prefix("cluster=").and_then(|_| number(file)) else { continue };
        let month = month.strip_prefix("month=").and_then(|month| month.parse().ok());
        let month = month.ok_or_else(|| DeliveryError::NotAMonth { path: path.clone() })?;
        let folder = format!("{cluster}/{month}");
        if latest.get(&folder).is_none_or(|(last, _)| *last < number) {
            latest.insert(folder, (number, LatestReport { month, path }));
        }
    }
    Ok(latest.into_values().map(|(_, report)| report).collect())
}

/// The number of a report within its month; `None` for other files.
fn number(file: &str) -> Option<u32> {
    match file.strip_prefix("report")?.strip_suffix(".json")? {
        "" => Some(1),
        number => number.strip_prefix('-')?.parse().ok().filter(|number| *number > 1),
    }
}

/// The bytes of a listed report; `target` is the store in messages.
///
/// # Errors
/// [`DeliveryError`], including if it may not be read.
pub fn read_report(store: &dyn Store, path: &str, target: &str) -> Result<Vec<u8>, DeliveryError> {
    match store.lookup(path)? {
        Lookup::Found(bytes) => Ok(bytes),
        Lookup::Absent => Err(DeliveryError::Removed { path: format!("{target}/{path}") }),
        Lookup::Hidden => {
            Err(DeliveryError::Refused { target: format!("{target}/{path}"), status: 403, said: None, attempts: 1 })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Names(&'static [&'static str]);

    impl Store for Names {
        fn lookup(&self, _path: &str) -> Result<Lookup, DeliveryError> {
            Ok(Lookup::Hidden)
        }

        fn create(&self, _path: &str, _bytes: &[u8]) -> Result<bool, DeliveryError> {
            Ok(false)
        }

        fn list(&self) -> Result<Vec<String>, DeliveryError> {
            Ok(self.0.iter().map(|name| (*name).to_owned()).collect())
        }
    }

    #[test]
    fn the_report_with_the_highest_number_is_the_latest() {
        let store = Names(&[
            "cluster=a/month=2026-10/report-10.json",
            "cluster=a/month=2026-10/report-9.json",
            "cluster=a/month=2026-10/report.json",
            "cluster=a/month=2026-10/report-11.md",
            "cluster=a/month=2026-11/report.json",
            "cluster=b/month=2026-10/report-1.json",
            "cluster=b/month=2026-10/.report.json.7.tmp",
            "cluster=b/x",
        ]);
        let found: Vec<String> = latest_reports(&store).unwrap().into_iter().map(|report| report.path).collect();
        assert_eq!(found, ["cluster=a/month=2026-10/report-10.json", "cluster=a/month=2026-11/report.json"]);
        let refused = read_report(&store, "x", "s3://b").unwrap_err();
        assert!(refused.to_string().contains("s3://b/x answered 403: access denied"), "{refused}");
    }

    #[test]
    fn a_folder_that_is_not_a_month_is_refused() {
        let error = latest_reports(&Names(&["cluster=a/month=2026-13/report.json"])).unwrap_err();
        assert!(error.to_string().starts_with("cluster=a/month=2026-13/report.json: its folder"), "{error}");
    }
}
