//! Errors of a delivery, each with its remedy.

use std::fmt;
use std::io;
use std::path::PathBuf;

/// A report that could not be delivered. Errors contain only scheme and host of a webhook.
#[derive(Debug, thiserror::Error)]
pub enum DeliveryError {
    /// The folder does not exist: the user named it incorrectly or did not mount it.
    #[error("there is no folder {}: mount the volume there, or create it", path.display())]
    NoFolder {
        /// The folder, as given.
        path: PathBuf,
    },
    /// The path is not a folder: the user named it incorrectly.
    #[error("{} is not a folder: give the folder that reports are stored in", path.display())]
    NotAFolder {
        /// The path, as given.
        path: PathBuf,
    },
    /// A symbolic link leads out of the volume: whoever can write to the volume created it.
    #[error("{} is a symbolic link; symbolic links are not followed: remove it", path.display())]
    SymbolicLink {
        /// Path of the link.
        path: PathBuf,
    },
    /// The volume is full, or cannot be read or written.
    #[error("cannot use {}", path.display())]
    Folder {
        /// Path of the file or folder.
        path: PathBuf,
        /// Error of the operating system.
        source: io::Error,
    },
    /// All names of the month are taken: the report runs too often.
    #[error("{folder} already has {max} reports of this month")]
    Full {
        /// Path of the folder of the month.
        folder: String,
        /// Number of names.
        max: u32,
    },
    /// The stored file is far larger than any report: something else wrote it.
    #[error("{path} is larger than {mebibytes} MiB")]
    TooLarge {
        /// Path of the file.
        path: String,
        /// Size limit in MiB.
        mebibytes: u64,
    },
    /// The connection cannot be established, and a retry does not help: an untrusted certificate, or a proxy that
    /// refuses.
    #[error("cannot connect to {target}: {why}")]
    NoConnection {
        /// The host that was contacted.
        target: String,
        /// The cause and the remedy.
        why: String,
    },
    /// A folder of stored reports is not named after a month: something else created it.
    #[error("{path}: its folder is not named after a month: expected month=YYYY-MM; rename or remove it")]
    NotAMonth {
        /// Path of the file.
        path: String,
    },
    /// A stored report was removed after it was listed.
    #[error("{path} was removed while it was being read: run the command again")]
    Removed {
        /// Path of the file.
        path: String,
    },
    /// The network or the server is down.
    #[error("cannot reach {target}{}", Times(*.attempts))]
    Unreachable {
        /// The host that was contacted.
        target: String,
        /// Number of attempts.
        attempts: u32,
        /// Error of the network or TLS library.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The server did not respond in time.
    #[error("{target} did not answer within {seconds} s{}", Times(*.attempts))]
    Timeout {
        /// Scheme and host of the target.
        target: String,
        /// Time limit of each attempt in seconds.
        seconds: u64,
        /// Number of attempts.
        attempts: u32,
    },
    /// The server refused the report, or failed on each attempt.
    #[error("{target} answered {status}{}{}{}", Word(.said.as_deref()), Times(*.attempts), Remedy(*.status))]
    Refused {
        /// Scheme and host of the target.
        target: String,
        /// HTTP status of the response.
        status: u16,
        /// The reason that the server gave.
        said: Option<String>,
        /// Number of attempts.
        attempts: u32,
    },
    /// The server redirects elsewhere: the address is wrong, and reports do not follow redirects.
    #[error("{target} answered {status} and redirects to {to}: use that address instead")]
    Redirected {
        /// Scheme and host of the target.
        target: String,
        /// HTTP status of the response.
        status: u16,
        /// Scheme and host of the other address.
        to: String,
    },
    /// The pod has no credentials: it was not set up for the bucket.
    #[error("no credentials found for {target}; {remedy}")]
    NoCredentials {
        /// The bucket, as a URL.
        target: String,
        /// How a pod gets credentials.
        remedy: &'static str,
        /// The error of the last method that was tried.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The target or its environment is invalid: the user wrote it incorrectly.
    #[error("{target} cannot be used")]
    Unusable {
        /// The target, without secrets.
        target: String,
        /// Error of the storage library.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

impl DeliveryError {
    /// Whether what the user named is at fault, and not a server or the way to it.
    pub const fn is_input(&self) -> bool {
        matches!(
            self,
            Self::NoFolder { .. }
                | Self::NotAFolder { .. }
                | Self::SymbolicLink { .. }
                | Self::Folder { .. }
                | Self::TooLarge { .. }
                | Self::NotAMonth { .. }
                | Self::Removed { .. }
                | Self::Unusable { .. }
        )
    }
}

struct Times(u32);

impl fmt::Display for Times {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0 > 1 { write!(f, " (tried {} times)", self.0) } else { Ok(()) }
    }
}

struct Word<'a>(Option<&'a str>);

impl fmt::Display for Word<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.map_or(Ok(()), |word| write!(f, " {word}"))
    }
}

struct Remedy(u16);

impl fmt::Display for Remedy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.0 {
            301 | 307 | 308 => ": the bucket is in another region; check AWS_REGION",
            401 | 403 => ": access denied; check the credentials and permissions",
            404 | 410 => ": no webhook, Pushgateway or bucket exists at this address",
            413 => ": the message is too large for this target",
            _ => "",
        })
    }
}
