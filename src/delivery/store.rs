//! Storing a report under the first free name of its month, and finding the last one.

use super::{DeliveryError, Place};

/// Something that keeps files by path.
pub trait Store {
    /// What is at a path.
    ///
    /// # Errors
    /// [`DeliveryError`].
    fn look(&self, path: &str) -> Result<Look, DeliveryError>;

    /// Puts a file where none is, whole or not at all; false where one is.
    ///
    /// # Errors
    /// [`DeliveryError`].
    fn create(&self, path: &str, bytes: &[u8]) -> Result<bool, DeliveryError>;
}

/// What is at a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Look {
    /// The bytes of the file.
    Found(Vec<u8>),
    /// There is no file.
    Absent,
    /// Whoever looks may write and not read. S3 says this also of what is absent to whoever may not list.
    Hidden,
}

/// What became of a report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    /// Path inside the store.
    pub path: String,
    /// Its number in the month, from 1.
    pub number: u32,
    /// Whether it was there before, byte for byte.
    pub was_there: bool,
}

/// Numbered reports of one month: one per day and some made by hand.
const MAX_REPORTS_PER_MONTH: u32 = 100;

/// Keeps a report under the first name that is free, unless it is there already. `beside` is the same report in another
/// form (its ending and bytes), which gets the same name and is not written twice either.
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
            // Another run was quicker, or our own answer was lost and it is ours.
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

/// The last report of a month, and its path; `None` where there is none.
///
/// # Errors
/// [`DeliveryError`], also where reports may not be read.
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
    fn nothing_is_overwritten() {
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
    fn who_may_only_write_overwrites_nothing_either() {
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
