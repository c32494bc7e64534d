//! Stores a report under the first free name of its month, and finds the last one.

use super::{DeliveryError, ReportFolder};

/// A store of files by path.
pub trait Store {
    /// Looks up a path.
    ///
    /// # Errors
    /// [`DeliveryError`].
    fn lookup(&self, path: &str) -> Result<Lookup, DeliveryError>;

    /// Creates a file atomically if none exists at the path; returns false if one exists.
    ///
    /// # Errors
    /// [`DeliveryError`].
    fn create(&self, path: &str, bytes: &[u8]) -> Result<bool, DeliveryError>;

    /// Paths of the stored files, `cluster=NAME/month=YYYY-MM/FILE`, relative to the store, in any order.
    ///
    /// # Errors
    /// [`DeliveryError`].
    fn list(&self) -> Result<Vec<String>, DeliveryError>;
}

/// The result of a lookup.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Lookup {
    /// The bytes of the file.
    Found(Vec<u8>),
    /// There is no file.
    Absent,
    /// The caller may write but not read. S3 also returns this for absent files if the caller may not list.
    Hidden,
}

/// The result of storing a report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredFile {
    /// Path inside the store.
    pub path: String,
    /// Its number within the month, from 1.
    pub number: u32,
    /// Whether an identical file already existed.
    pub already_existed: bool,
}

/// Maximum number of reports in one month: one per day, and some made by hand.
const MAX_REPORTS_PER_MONTH: u32 = 100;

/// Stores a report under the first free name, unless an identical one exists. `beside` is the same report in another
/// format (its file extension and bytes), which gets the same name and is not duplicated either.
///
/// # Errors
/// [`DeliveryError`].
pub fn store_report(
    store: &dyn Store,
    place: &ReportFolder,
    json: &[u8],
    beside: Option<(&str, &[u8])>,
) -> Result<StoredFile, DeliveryError> {
    for number in 1..=MAX_REPORTS_PER_MONTH {
        let path = place.path(number, "json");
        let mut there = store.lookup(&path)?;
        let created = !matches!(there, Lookup::Found(_)) && store.create(&path, json)?;
        if !created && !matches!(there, Lookup::Found(_)) {
            // Another run was faster, or the response to our own request was lost and the file is ours.
            there = store.lookup(&path)?;
        }
        let already_existed = matches!(&there, Lookup::Found(bytes) if bytes == json);
        if created || already_existed {
            if let Some((ending, bytes)) = beside {
                store.create(&place.path(number, ending), bytes)?;
            }
            return Ok(StoredFile { path, number, already_existed });
        }
    }
    Err(DeliveryError::Full { folder: place.folder().to_owned(), max: MAX_REPORTS_PER_MONTH })
}

/// The last report of a month, and its path; `None` if there is none.
///
/// # Errors
/// [`DeliveryError`], including if reports may not be read.
pub fn latest_report(
    store: &dyn Store,
    place: &ReportFolder,
    label: &str,
) -> Result<Option<(String, Vec<u8>)>, DeliveryError> {
    let mut last = None;
    for number in 1..=MAX_REPORTS_PER_MONTH {
        let path = place.path(number, "json");
        match store.lookup(&path)? {
            Lookup::Found(bytes) => last = Some((path, bytes)),
            Lookup::Absent => break,
            Lookup::Hidden if last.is_some() => break,
            Lookup::Hidden => {
                let target = label.to_owned();
                return Err(DeliveryError::Refused { target, status: 403, said: None, attempts: 1 });
            }
        }
    }
    Ok(last)
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;
    use std::collections::BTreeMap;

    use super::*;

    #[derive(Default)]
    struct Shelf {
        files: RefCell<BTreeMap<String, Vec<u8>>>,
        write_only: bool,
    }

    impl Store for Shelf {
        fn lookup(&self, path: &str) -> Result<Lookup, DeliveryError> {
            if self.write_only {
                return Ok(Lookup::Hidden);
            }
            Ok(self.files.borrow().get(path).map_or(Lookup::Absent, |bytes| Lookup::Found(bytes.clone())))
        }

        fn create(&self, path: &str, bytes: &[u8]) -> Result<bool, DeliveryError> {
            let mut files = self.files.borrow_mut();
            let free = !files.contains_key(path);
            if free {
                files.insert(path.to_owned(), bytes.to_vec());
            }
            Ok(free)
        }

        fn list(&self) -> Result<Vec<String>, DeliveryError> {
            Ok(self.files.borrow().keys().cloned().collect())
        }
    }

    fn place() -> ReportFolder {
        ReportFolder::new("c", "2026-12".parse().unwrap())
    }

    fn kept(shelf: &Shelf, json: &str) -> (u32, bool) {
        let kept = store_report(shelf, &place(), json.as_bytes(), Some(("md", b"text"))).unwrap();
        (kept.number, kept.already_existed)
    }

    #[test]
    fn reports_are_never_overwritten() {
        let shelf = Shelf::default();
        assert_eq!(latest_report(&shelf, &place(), "shelf").unwrap(), None);
        assert_eq!(kept(&shelf, "one"), (1, false));
        assert_eq!(kept(&shelf, "one"), (1, true));
        assert_eq!(kept(&shelf, "two"), (2, false));
        assert_eq!(kept(&shelf, "two"), (2, true));
        assert_eq!(kept(&shelf, "one"), (1, true));
        assert_eq!(latest_report(&shelf, &place(), "shelf").unwrap(), Some((place().path(2, "json"), b"two".to_vec())));
        let names: Vec<String> = shelf.files.borrow().keys().map(|path| path.replace(place().folder(), "")).collect();
        assert_eq!(names, ["/report-2.json", "/report-2.md", "/report.json", "/report.md"]);
    }

    #[test]
    fn reports_are_not_overwritten_without_read_permission_either() {
        let shelf = Shelf { write_only: true, ..Shelf::default() };
        assert_eq!(kept(&shelf, "one"), (1, false));
        assert_eq!(kept(&shelf, "one"), (2, false));
        assert!(matches!(latest_report(&shelf, &place(), "shelf"), Err(DeliveryError::Refused { status: 403, .. })));
        for number in 3..=MAX_REPORTS_PER_MONTH {
            assert_eq!(kept(&shelf, "one"), (number, false));
        }
        assert!(matches!(store_report(&shelf, &place(), b"one", None), Err(DeliveryError::Full { .. })));
    }
}
