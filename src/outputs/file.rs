//! The one place that writes files: whole or not at all.

use std::io::{self, Write};
use std::path::Path;

/// Writes `bytes` to `path` so that a reader sees the old file or the new one, never a part.
///
/// # Errors
/// What the system says; the temporary file beside `path` is removed.
pub fn write_atomically(path: &Path, bytes: &[u8]) -> io::Result<()> {
    write(path, bytes, false)
}

/// The same, and nobody but the owner may read the file.
///
/// # Errors
/// The same.
pub fn write_privately(path: &Path, bytes: &[u8]) -> io::Result<()> {
    write(path, bytes, true)
}

fn write(path: &Path, bytes: &[u8], private: bool) -> io::Result<()> {
    // A device or a pipe (`/dev/stdout`) is no file that could be replaced.
    if std::fs::metadata(path).is_ok_and(|m| !m.is_file() && !m.is_dir()) {
        return std::fs::OpenOptions::new().write(true).open(path)?.write_all(bytes);
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
        std::fs::rename(&temporary, path)
    })();
    if result.is_err() {
        let _ = std::fs::remove_file(&temporary);
    }
    result
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
        std::fs::remove_dir_all(&dir).unwrap();
    }
}
