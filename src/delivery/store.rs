//! Stores a report under the first free name of its month, and finds the last one.

use super::{DeliveryError, Place};

/// A store of files by path.
pub trait Store {
    /// Looks up a path.
    ///
    /// # Errors
    /// [`DeliveryError`].
    fn look(&self, path: &str) -> Result<Look, DeliveryError>;

    /// Creates a file atomically if none exists at the path; returns false if one exists.
    ///
    /// # Errors
    /// [`DeliveryError`].
    fn create(&self, path: &str, bytes: &[u8]) -> Result<bool, DeliveryError>;
}

/// The result of a lookup.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Look {
    /// The bytes of the file.
    Found(Vec<u8>),
    /// There is no file.
    Absent,
    /// The caller may write but not read. S3 also returns this for absent files if the caller may not list.
    Hidden,
}

/// The result of storing a report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    /// Path inside the store.
    pub path: String,
    /// Its number within the month, from 1.
    pub number: u32,
    /// Whether an identical file already existed.
    pub was_there: bool,
}

/// Maximum number of reports in one month: one per day, and some made by hand.
const MAX_REPORTS_PER_MONTH: u32 = 100;

/// Stores a report under the first free name, unless an identical one exists. `beside` is the same report in another
/// format (its file extension and bytes), which gets the same name and is not duplicated either.
///
/// # Errors
/// [`DeliveryError`].
pub fn keep(
    store: &dyn Store,
    place: &Place,
    json: &[u8],
    beside: Option<(&str, &[u8])>,
) -> Result<Kept, DeliveryError> {
    for number in 1..=MAX_REPORTS_PER_MONTH {
        let path = place.path(number, "json");
        let mut there = store.look(&path)?;
        let created = !matches!(there, Look::Found(_)) && store.create(&path, json)?;
        if !created && !matches!(there, Look::Found(_)) {
            // Another run was faster, or the response to our own request was lost and the file is ours.
            there = store.look(&path)?;
        }
        let was_there = matches!(&there, Look::Found(bytes) if bytes == json);
        if created || was_there {
            if let Some((ending, bytes)) = beside {
                store.create(&place.path(number, ending), bytes)?;
            }
            return Ok(Kept { path, number, was_there });
        }
    }
    Err(DeliveryError::Full { folder: place.folder().to_owned(), max: MAX_REPORTS_PER_MONTH })
}

/// The last report of a month, and its path; `None` if there is none.
///
/// # Errors
/// [`DeliveryError`], including if reports may not be read.
pub fn latest(store: &dyn Store, place: &Place, label: &str) -> Result<Option<(String, Vec<u8>)>, DeliveryError> {
    let mut last = None;
    for number in 1..=MAX_REPORTS_PER_MONTH {
        let path = place.path(number, "json");
        match store.look(&path)? {
            Look::Found(bytes) => last = Some((path, bytes)),
            Look::Absent => break,
            Look::Hidden if last.is_some() => break,
            Look::Hidden => {
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
        fn look(&self, path: &str) -> Result<Look, DeliveryError> {
            if self.write_only {
                return Ok(Look::Hidden);
            }
            Ok(self.files.borrow().get(path).map_or(Look::Absent, |bytes| Look::Found(bytes.clone())))
        }

        fn create(&self, path: &str, bytes: &[u8]) -> Result<bool, DeliveryError> {
            let mut files = self.files.borrow_mut();
            let free = !files.contains_key(path);
            if free {
                files.insert(path.to_owned(), bytes.to_vec());
            }
            Ok(free)
        }
    }

    fn place() -> Place {
        Place::new("c", "2026-12".parse().unwrap())
    }

    fn kept(shelf: &Shelf, json: &str) -> (u32, bool) {
        let kept = keep(shelf, &place(), json.as_bytes(), Some(("md", b"text"))).unwrap();
        (kept.number, kept.was_there)
    }

    #[test]
    fn reports_are_never_overwritten() {
        let shelf = Shelf::default();
        assert_eq!(latest(&shelf, &place(), "shelf").unwrap(), None);
        assert_eq!(kept(&shelf, "one"), (1, false));
        assert_eq!(kept(&shelf, "one"), (1, true));
        assert_eq!(kept(&shelf, "two"), (2, false));
        assert_eq!(kept(&shelf, "two"), (2, true));
        assert_eq!(kept(&shelf, "one"), (1, true));
        assert_eq!(latest(&shelf, &place(), "shelf").unwrap(), Some((place().path(2, "json"), b"two".to_vec())));
        let names: Vec<String> = shelf.files.borrow().keys().map(|path| path.replace(place().folder(), "")).collect();
        assert_eq!(names, ["/report-2.json", "/report-2.md", "/report.json", "/report.md"]);
    }

    #[test]
    fn reports_are_not_overwritten_without_read_permission_either() {
        let shelf = Shelf { write_only: true, ..Shelf::default() };
        assert_eq!(kept(&shelf, "one"), (1, false));
        assert_eq!(kept(&shelf, "one"), (2, false));
        assert!(matches!(latest(&shelf, &place(), "shelf"), Err(DeliveryError::Refused { status: 403, .. })));
        for number in 3..=MAX_REPORTS_PER_MONTH {
            assert_eq!(kept(&shelf, "one"), (number, false));
        }
        assert!(matches!(keep(&shelf, &place(), b"one", None), Err(DeliveryError::Full { .. })));
    }
}
