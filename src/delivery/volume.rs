use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use super::{DeliveryError, Look, Place, Store};
use crate::inputs::files::{FileError, read_bytes};
use crate::outputs::write_atomically;

/// A folder that was there before.
#[derive(Debug)]
pub struct Volume {
    root: PathBuf,
    /// Held while reports of one month are written, where the file system can: two runs at once get two names.
    _lock: Option<File>,
}

/// Far more than the report of the largest cluster.
const LARGEST: u64 = 64 << 20;

impl Volume {
    /// For reading.
    pub fn new(root: &Path) -> Self {
        Self { root: root.to_owned(), _lock: None }
    }

    /// For writing to one place: makes its folders, and removes what a run that was killed left half-written.
    ///
    /// # Errors
    /// [`DeliveryError::NoFolder`] and [`DeliveryError::Folder`].
    pub fn open(root: &Path, place: &Place) -> Result<Self, DeliveryError> {
        if !root.is_dir() {
            return Err(DeliveryError::NoFolder { path: root.to_owned() });
        }
        let folder = root.join(place.folder());
        let failed = |source| DeliveryError::Folder { path: folder.clone(), source };
        std::fs::create_dir_all(&folder).map_err(failed)?;
        let lock = lock(&folder);
        remove_leftovers(&folder).map_err(failed)?;
        Ok(Self { root: root.to_owned(), _lock: lock })
    }
}

impl Store for Volume {
    fn look(&self, path: &str) -> Result<Look, DeliveryError> {
        let path = self.root.join(path);
        let failed = |source| DeliveryError::Folder { path: path.clone(), source };
        match std::fs::metadata(&path) {
            Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(Look::Absent),
            Err(e) => return Err(failed(e)),
            Ok(file) if file.len() > LARGEST => {
                return Err(DeliveryError::TooLarge { path: path.display().to_string(), mebibytes: LARGEST >> 20 });
            }
            Ok(_) => {}
        }
        match read_bytes(&path) {
            Ok(bytes) => Ok(Look::Found(bytes)),
            Err(FileError::Read { source, .. }) => Err(failed(source)),
            Err(other) => Err(failed(io::Error::other(other))),
        }
    }

    fn create(&self, path: &str, bytes: &[u8]) -> Result<bool, DeliveryError> {
        let path = self.root.join(path);
        if path.exists() {
            return Ok(false);
        }
        write_atomically(&path, bytes).map_err(|source| DeliveryError::Folder { path: path.clone(), source })?;
        Ok(true)
    }
}

/// Some network file systems cannot lock a folder; there a schedule that forbids two runs at once has to do.
#[expect(clippy::disallowed_methods, reason = "a folder is opened to lock it, and not read")]
fn lock(folder: &Path) -> Option<File> {
    let folder = File::open(folder).ok()?;
    folder.lock().ok().map(|()| folder)
}

/// The process that wrote these is gone: in a pod every run has the same process id, and would find them in its way.
fn remove_leftovers(folder: &Path) -> io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name();
        let name = name.to_string_lossy();
        if name.starts_with(".report") && name.ends_with(".tmp") {
            std::fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}
