//! Reads credentials for Prometheus from the auth file.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::inputs::files::{FileError, label, read, read_bytes};

/// A text that is never shown in logs and errors.
#[derive(Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub struct Secret(String);

impl Secret {
    /// The secret text, for a request header.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("…")
    }
}

/// Authentication settings: the TOML file of `--prometheus-auth-file`. Nothing is read from the environment.
///
/// ```toml
/// bearer_token_file = "/var/run/secrets/token"   # or bearer_token = "…"; the file is read on every run
/// username = "capmodel"                          # basic authentication, with password_file or password
/// password_file = "password"                     # paths are relative to the folder of this file
/// ca_file = "ca.crt"                             # used instead of the system's certificates
/// client_cert_file = "client.crt"                # TLS client certificate, PEM
/// client_key_file = "client.key"
/// [headers]                                      # sent with every request
/// THANOS-TENANT = "team-a"
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Access {
    /// Token for the header `Authorization: Bearer …`.
    pub bearer_token: Option<Secret>,
    /// User and password for the header `Authorization: Basic …`.
    pub basic: Option<(String, Secret)>,
    /// Trusted certificates, used instead of the system's, PEM.
    pub ca: Option<Vec<u8>>,
    /// Client certificate and key, PEM.
    pub identity: Option<ClientIdentity>,
    /// Additional headers, sent with every request.
    pub headers: BTreeMap<String, Secret>,
}

/// Certificate and key of a TLS client.
#[derive(Clone, PartialEq, Eq)]
pub struct ClientIdentity {
    /// Client certificate and key, PEM encoded.
    pub pem: Vec<u8>,
}

impl fmt::Debug for ClientIdentity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("…")
    }
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    bearer_token: Option<Secret>,
    bearer_token_file: Option<PathBuf>,
    username: Option<String>,
    password: Option<Secret>,
    password_file: Option<PathBuf>,
    ca_file: Option<PathBuf>,
    client_cert_file: Option<PathBuf>,
    client_key_file: Option<PathBuf>,
    #[serde(default)]
    headers: BTreeMap<String, Secret>,
}

impl Access {
    /// Reads the file and the files that it refers to.
    ///
    /// # Errors
    /// [`FileError`] if a file cannot be read or is invalid.
    pub fn from_file(path: &Path) -> Result<Self, FileError> {
        let label = label(path);
        let folder = path.parent().unwrap_or_else(|| Path::new(""));
        // The error must not quote a line with a secret, so only its position and reason are used.
        let text = read(path)?;
        let file: File = toml::from_str(&text).map_err(|e| invalid(&label, &place(&text, &e)))?;
        let File {
            bearer_token,
            bearer_token_file,
            username,
            password,
            password_file,
            ca_file,
            client_cert_file,
            client_key_file,
            headers,
        } = file;
        let secret = |key: &str, given: Option<Secret>, file: Option<PathBuf>| match (given, file) {
            (Some(_), Some(_)) => Err(invalid(&label, &format!("{key} and {key}_file are both set: keep one"))),
            (None, Some(file)) => Ok(Some(Secret(read(&folder.join(file))?.trim().to_owned()))),
            (given, None) => Ok(given),
        };
        let bearer_token = secret("bearer_token", bearer_token, bearer_token_file)?;
        let password = secret("password", password, password_file)?;
        let basic = match (username, password) {
            (Some(user), password) => Some((user, password.unwrap_or_default())),
            (None, Some(_)) => return Err(invalid(&label, "password without username")),
            (None, None) => None,
        };
        if bearer_token.is_some() && basic.is_some() {
            return Err(invalid(&label, "a bearer token and a username are both set: keep one"));
        }
        let bytes = |file: Option<PathBuf>| file.map(|file| read_bytes(&folder.join(file))).transpose();
        let identity = match (bytes(client_cert_file)?, bytes(client_key_file)?) {
            (Some(certificate), Some(key)) => Some(ClientIdentity { pem: [certificate, b"\n".to_vec(), key].concat() }),
            (None, None) => None,
            _ => return Err(invalid(&label, "client_cert_file and client_key_file go together: give both")),
        };
        Ok(Self { bearer_token, basic, ca: bytes(ca_file)?, identity, headers })
    }
}

fn invalid(label: &str, message: &str) -> FileError {
    FileError::Invalid { label: label.to_owned(), wanted: "Prometheus auth file", message: message.to_owned() }
}

fn place(text: &str, error: &toml::de::Error) -> String {
    let line = error.span().map(|span| text[..span.start.min(text.len())].matches('\n').count() + 1);
    match line {
        Some(line) => format!("line {line}: {}", error.message()),
        None => error.message().to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[expect(clippy::disallowed_methods, reason = "a test that makes the files it reads")]
    fn access(name: &str, text: &str) -> Result<Access, String> {
        let folder = std::env::temp_dir().join(format!("capmodel-access-{}-{name}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join("token"), "s3cret\n").unwrap();
        let path = folder.join("auth.toml");
        std::fs::write(&path, text).unwrap();
        let access = Access::from_file(&path).map_err(|e| e.to_string());
        std::fs::remove_dir_all(&folder).unwrap();
        access
    }

    #[test]
    fn secrets_come_from_files_and_are_never_shown() {
        let access = access("token", "bearer_token_file = \"token\"\n[headers]\nX-Key = \"k3y\"").unwrap();
        assert_eq!(access.bearer_token.as_ref().map(Secret::expose), Some("s3cret"));
        let shown = format!("{access:?}");
        assert!(!shown.contains("s3cret") && !shown.contains("k3y"), "{shown}");
    }

    #[test]
    fn invalid_settings_are_reported_without_the_secret() {
        for (i, (text, said)) in [
            ("bearer_token = \"x\"\nbearer_token_file = \"token\"", "both set"),
            ("bearer_token = \"x\"\nusername = \"u\"", "both set"),
            ("password = \"hunter2\"", "without username"),
            ("client_cert_file = \"token\"", "go together"),
            ("passwort = \"hunter2\"", "line 1: unknown field"),
            ("\nbearer_token = hunter2", "line 2:"),
        ]
        .into_iter()
        .enumerate()
        {
            let error = access(&i.to_string(), text).unwrap_err();
            assert!(error.contains(said) && !error.contains("hunter2"), "{error}");
        }
        assert!(access("none", "ca_file = \"nowhere.pem\"").unwrap_err().contains("nowhere.pem"));
    }
}
