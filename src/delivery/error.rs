//! Errors of a delivery, each with its remedy.

use std::fmt;
use std::io;
use std::path::PathBuf;

/// A report that could not be delivered. No address of a webhook is in it beyond scheme and host.
#[derive(Debug, thiserror::Error)]
pub enum DeliveryError {
    /// Whoever named the volume, or mounted it: it is not there.
    #[error("there is no folder {}: mount the volume there, or create it", path.display())]
    NoFolder {
        /// The folder, as it was given.
        path: PathBuf,
    },
    /// Whoever named the volume: it is something else.
    #[error("{} is not a folder: give the folder that reports are stored in", path.display())]
    NotAFolder {
        /// The path, as it was given.
        path: PathBuf,
    },
    /// Whoever put it there: the way to the reports leads out of the volume.
    #[error("{} is a symbolic link; symbolic links are not followed: remove it", path.display())]
    Link {
        /// Path of the link.
        path: PathBuf,
    },
    /// The volume: it is full, or may not be read or written.
    #[error("cannot use {}", path.display())]
    Folder {
        /// Path of the file or folder.
        path: PathBuf,
        /// Error of the operating system.
        source: io::Error,
    },
    /// Whoever runs it so often: every name is taken.
    #[error("{folder} already has {max} reports of this month")]
    Full {
        /// Path of the folder of this month.
        folder: String,
        /// How many names there are.
        max: u32,
    },
    /// Whoever put it there: what is stored is far larger than a report.
    #[error("{path} is larger than {mebibytes} MiB")]
    TooLarge {
        /// Path of the file.
        path: String,
        /// Size limit in MiB.
        mebibytes: u64,
    },
    /// The two cannot agree, and never will: a certificate that is not trusted, a proxy that refuses.
    #[error("cannot connect to {target}: {why}")]
    NoConnection {
        /// What was to be reached.
        target: String,
        /// Whose fault it is and what to do.
        why: String,
    },
    /// The network, or a server that is not there.
    #[error("cannot reach {target}{}", Times(*.attempts))]
    Unreachable {
        /// What was to be reached.
        target: String,
        /// How often it was tried.
        attempts: u32,
        /// Error of the network or TLS library.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The server: it took too long.
    #[error("{target} did not answer within {seconds} s{}", Times(*.attempts))]
    Slow {
        /// Scheme and host of the target.
        target: String,
        /// How long was waited each time.
        seconds: u64,
        /// How often it was tried.
        attempts: u32,
    },
    /// The server: it will not take it, or failed each time.
    #[error("{target} answered {status}{}{}{}", Word(.said.as_deref()), Times(*.attempts), Remedy(*.status))]
    Refused {
        /// Scheme and host of the target.
        target: String,
        /// HTTP status of the response.
        status: u16,
        /// Its own word for the reason.
        said: Option<String>,
        /// How often it was tried.
        attempts: u32,
    },
    /// Whoever wrote the address: the server is elsewhere, and a report is not sent after it.
    #[error("{target} answered {status} and redirects to {to}: use that address instead")]
    Moved {
        /// Scheme and host of the target.
        target: String,
        /// HTTP status of the response.
        status: u16,
        /// Scheme and host of the other address.
        to: String,
    },
    /// Whoever set up the pod: nothing says who it is.
    #[error("no credentials found for {target}; {remedy}")]
    NoCredentials {
        /// The bucket, as a URL.
        target: String,
        /// How a pod gets them.
        remedy: &'static str,
        /// What the last way to get them said.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// Whoever wrote the target or its environment: it cannot be used as it is.
    #[error("{target} cannot be used")]
    Unusable {
        /// The target, without secrets.
        target: String,
        /// Error of the storage library.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
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
