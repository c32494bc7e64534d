//! Stores reports in a folder.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use super::{DeliveryError, Lookup, ReportFolder, Store};
use crate::fs::write_new;
use crate::inputs::files::{FileError, read_bytes_up_to};

/// An existing folder.
#[derive(Debug)]
pub struct Volume {
    root: PathBuf,
    /// Lock that is held while reports of one month are written, if the file system supports it: concurrent runs get
    /// different names.
    _lock: Option<File>,
}

/// Size limit, far above the report of the largest cluster.
const LARGEST: u64 = 64 << 20;

impl Volume {
    /// Opens the volume for reading only.
    pub fn new(root: &Path) -> Self {
        Self { root: root.to_owned(), _lock: None }
    }

    /// Opens one place for writing: creates its folders, and removes incomplete files of runs that were killed.
    ///
    /// # Errors
    /// [`DeliveryError::NoFolder`] and [`DeliveryError::Folder`].
    pub fn open(root: &Path, place: &ReportFolder) -> Result<Self, DeliveryError> {
        refuse_no_folder(root)?;
        refuse_links(root, place.folder())?;
        let folder = root.join(place.folder());
        let failed = |source| DeliveryError::Folder { path: folder.clone(), source };
        std::fs::create_dir_all(&folder).map_err(failed)?;
        let lock = lock(&folder);
        remove_leftovers(&folder)?;
        Ok(Self { root: root.to_owned(), _lock: lock })
    }
}

impl Store for Volume {
    fn lookup(&self, path: &str) -> Result<Lookup, DeliveryError> {
        refuse_links(&self.root, path)?;
        let path = self.root.join(path);
        let failed = |source| DeliveryError::Folder { path: path.clone(), source };
        match read_bytes_up_to(&path, LARGEST) {
            Ok(Some(bytes)) => Ok(Lookup::Found(bytes)),
            Ok(None) => Err(DeliveryError::TooLarge { path: path.display().to_string(), mebibytes: LARGEST >> 20 }),
            Err(FileError::Read { source, .. }) if source.kind() == io::ErrorKind::NotFound => Ok(Lookup::Absent),
            Err(FileError::Read { source, .. }) => Err(failed(source)),
            Err(_) => Err(failed(io::Error::new(io::ErrorKind::InvalidInput, "not a regular file"))),
        }
    }

    fn create(&self, path: &str, bytes: &[u8]) -> Result<bool, DeliveryError> {
        refuse_links(&self.root, path)?;
        let path = self.root.join(path);
        write_new(&path, bytes).map_err(|source| DeliveryError::Folder { path, source })
    }

    fn list(&self) -> Result<Vec<String>, DeliveryError> {
        refuse_no_folder(&self.root)?;
        let mut files = Vec::new();
        for cluster in names(&self.root)?.iter().filter(|name| name.starts_with("cluster=")) {
            refuse_links(&self.root, cluster)?;
            for month in names(&self.root.join(cluster))?.iter().filter(|name| name.starts_with("month=")) {
                let folder = format!("{cluster}/{month}");
                refuse_links(&self.root, &folder)?;
                let stored = names(&self.root.join(&folder))?;
                files.extend(stored.into_iter().map(|name| format!("{folder}/{name}")));
            }
        }
        Ok(files)
    }
}

fn refuse_no_folder(root: &Path) -> Result<(), DeliveryError> {
    let path = root.to_owned();
    match root.exists() {
        _ if root.is_dir() => Ok(()),
        true => Err(DeliveryError::NotAFolder { path }),
        false => Err(DeliveryError::NoFolder { path }),
    }
}

/// The names in a folder.
fn names(folder: &Path) -> Result<Vec<String>, DeliveryError> {
    let failed = |source| DeliveryError::Folder { path: folder.to_owned(), source };
    let entries = std::fs::read_dir(folder).map_err(failed)?;
    entries.map(|entry| Ok(entry.map_err(failed)?.file_name().to_string_lossy().into_owned())).collect()
}

/// Some network file systems cannot lock a folder; in that case, the schedule has to prevent concurrent runs.
#[expect(clippy::disallowed_methods, reason = "a folder is opened to lock it, and not read")]
fn lock(folder: &Path) -> Option<File> {
    let folder = File::open(folder).ok()?;
    folder.lock().ok().map(|()| folder)
}

/// Removes files of processes that no longer exist: in a pod, every run has the same process ID and would otherwise
/// conflict with them.
fn remove_leftovers(folder: &Path) -> Result<(), DeliveryError> {
    let failed = |path: &Path, source| DeliveryError::Folder { path: path.to_owned(), source };
    for entry in std::fs::read_dir(folder).map_err(|e| failed(folder, e))? {
        let entry = entry.map_err(|e| failed(folder, e))?;
        let name = entry.file_name();
        let name = name.to_string_lossy();
        if name.starts_with(".report") && name.ends_with(".tmp") {
            let path = entry.path();
            std::fs::remove_file(&path).map_err(|e| failed(&path, e))?;
        }
    }
    Ok(())
}

/// Refuses symbolic links below the root, so that whoever may write to the volume cannot redirect reports. The root
/// itself may be a link, because the user named it.
fn refuse_links(root: &Path, path: &str) -> Result<(), DeliveryError> {
    let mut at = root.to_owned();
    for part in Path::new(path) {
        at.push(part);
        if std::fs::symlink_metadata(&at).is_ok_and(|found| found.is_symlink()) {
            return Err(DeliveryError::SymbolicLink { path: at });
        }
    }
    Ok(())
}
