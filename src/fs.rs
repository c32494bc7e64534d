//! The one place that writes files: whole or not at all.

use std::io::{self, Write};
use std::path::Path;

/// Writes `bytes` to `path` so that a reader sees the old file or the new one, never a part.
///
/// # Errors
/// The error of the operating system; the temporary file next to `path` is removed.
pub fn write_atomically(path: &Path, bytes: &[u8]) -> io::Result<()> {
    write(path, bytes, false, Existing::Replaced).map(|_| ())
}

/// Writes a file where none is, whole or not at all; false where something is, which stays as it is.
///
/// # Errors
/// The same.
pub fn write_new(path: &Path, bytes: &[u8]) -> io::Result<bool> {
    write(path, bytes, false, Existing::Kept)
}

/// The same for a file that only its owner can read.
///
/// # Errors
/// The same.
pub fn write_privately(path: &Path, bytes: &[u8]) -> io::Result<()> {
    write(path, bytes, true, Existing::Replaced).map(|_| ())
}

/// The same where no file is; false where one is.
///
/// # Errors
/// The same.
pub fn write_new_privately(path: &Path, bytes: &[u8]) -> io::Result<bool> {
    write(path, bytes, true, Existing::Kept)
}

/// What becomes of a file that is there.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Existing {
    Replaced,
    Kept,
}

/// Writes the file; returns false if it exists and is kept.
fn write(path: &Path, bytes: &[u8], private: bool, existing: Existing) -> io::Result<bool> {
    match std::fs::symlink_metadata(path) {
        Ok(_) if existing == Existing::Kept => return Ok(false),
        // A device or a pipe (`/dev/stdout`) is no file that could be replaced.
        Ok(_) if std::fs::metadata(path).is_ok_and(|m| !m.is_file() && !m.is_dir()) => {
            std::fs::OpenOptions::new().write(true).open(path)?.write_all(bytes)?;
            return Ok(true);
        }
        _ => {}
    }
    let name = path.file_name().ok_or_else(|| io::Error::new(io::ErrorKind::InvalidInput, "not a file name"))?;
    let mut temporary_name = std::ffi::OsString::from(".");
    temporary_name.push(name);
    temporary_name.push(format!(".{}.tmp", std::process::id()));
    let temporary = path.with_file_name(temporary_name);
    let result = (|| {
        let mut options = std::fs::OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        if private {
            std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        }
        let mut file = options.open(&temporary)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        match existing {
            Existing::Replaced => std::fs::rename(&temporary, path).map(|()| true),
            Existing::Kept => link(&temporary, path),
        }
    })();
    if !matches!(result, Ok(true)) {
        let _ = std::fs::remove_file(&temporary);
    }
    result
}

/// Gives a whole file its name, unless another took it in the meantime: a rename would replace that one.
fn link(temporary: &Path, path: &Path) -> io::Result<bool> {
    match std::fs::hard_link(temporary, path) {
        Ok(()) => {
            let _ = std::fs::remove_file(temporary);
            Ok(true)
        }
        Err(e) if e.kind() == io::ErrorKind::AlreadyExists => Ok(false),
        // Some network file systems have no hard links; what was free a moment ago has to do.
        Err(_) if path.exists() => Ok(false),
        Err(_) => std::fs::rename(temporary, path).map(|()| true),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failed_write_leaves_nothing() {
        let dir = std::env::temp_dir().join(format!("capmodel-file-{}", std::process::id()));
        std::fs::create_dir_all(dir.join("taken")).unwrap();
        assert!(write_atomically(&dir.join("taken"), b"x").is_err(), "a directory is in the way");
        assert_eq!(std::fs::read_dir(&dir).unwrap().count(), 1);
        write_atomically(&dir.join("new"), b"x").unwrap();
        write_atomically(&dir.join("new"), b"yz").unwrap();
        #[expect(clippy::disallowed_methods, reason = "a test of the writer reads what was written")]
        let text = std::fs::read_to_string(dir.join("new")).unwrap();
        assert_eq!(text, "yz");
        assert!(!write_new(&dir.join("new"), b"other").unwrap() && write_new(&dir.join("newer"), b"x").unwrap());
        #[expect(clippy::disallowed_methods, reason = "a test of the writer reads what was written")]
        let text = std::fs::read_to_string(dir.join("new")).unwrap();
        assert_eq!(text, "yz");
        assert_eq!(std::fs::read_dir(&dir).unwrap().count(), 3, "no temporary file stays");
        std::fs::remove_dir_all(&dir).unwrap();
    }
}
