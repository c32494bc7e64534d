use std::fmt;
use std::io;
use std::path::PathBuf;

/// A report that could not be delivered. No address of a webhook is in it beyond scheme and host.
#[derive(Debug, thiserror::Error)]
pub enum DeliveryError {
    /// Whoever named the volume, or mounted it: it is not there.
    #[error("there is no folder {}: mount the volume there, or make the folder", path.display())]
    NoFolder {
        /// Which folder.
        path: PathBuf,
    },
    /// Whoever named the volume: it is something else.
    #[error("{} is no folder: name the folder that reports are kept in", path.display())]
    NotAFolder {
        /// What was named.
        path: PathBuf,
    },
    /// Whoever put it there: the way to the reports leads out of the volume.
    #[error("{} is a symbolic link, and reports do not follow one out of their folder: remove it", path.display())]
    Link {
        /// Which link.
        path: PathBuf,
    },
    /// The volume: it is full, or may not be read or written.
    #[error("cannot use {}", path.display())]
    Folder {
        /// Which file or folder.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// Whoever runs it so often: every name is taken.
    #[error("{folder} has {most} reports of this month already")]
    Full {
        /// Where.
        folder: String,
        /// How many names there are.
        most: u32,
    },
    /// Whoever put it there: what is stored is far larger than a report.
    #[error("{path} is larger than {mebibytes} MiB")]
    TooLarge {
        /// Which file.
        path: String,
        /// The bound.
        mebibytes: u64,
    },
    /// The two cannot agree, and never will: a certificate that is not trusted, a proxy that refuses.
    #[error("no connection to {target} can be made: {why}")]
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
        /// What the network says.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The server: it took too long.
    #[error("{target} did not answer within {seconds} s{}", Times(*.attempts))]
    Slow {
        /// Who should have.
        target: String,
        /// How long was waited each time.
        seconds: u64,
        /// How often it was tried.
        attempts: u32,
    },
    /// The server: it will not take it, or failed each time.
    #[error("{target} answers {status}{}{}{}", Word(.said.as_deref()), Times(*.attempts), Remedy(*.status))]
    Refused {
        /// Who.
        target: String,
        /// The HTTP status.
        status: u16,
        /// Its own word for the reason.
        said: Option<String>,
        /// How often it was tried.
        attempts: u32,
    },
    /// Whoever wrote the address: the server is elsewhere, and a report is not sent after it.
    #[error("{target} answers {status} and points to {to}: name the address that it points to")]
    Moved {
        /// Who.
        target: String,
        /// The HTTP status.
        status: u16,
        /// Scheme and host of the other address.
        to: String,
    },
    /// Whoever set up the pod: nothing says who it is.
    #[error("no credentials for {target}: {remedy}")]
    NoCredentials {
        /// Which bucket.
        target: String,
        /// How a pod gets them.
        remedy: &'static str,
        /// What the last way to get them said.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// Whoever wrote the target or its environment: it cannot be used as it is.
    #[error("{target} cannot be used")]
    Unusable {
        /// Which.
        target: String,
        /// Why not.
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
            301 | 307 | 308 => ": the bucket is in another region; see to AWS_REGION",
            401 | 403 => ": who sends this may not do so there; see to its credentials or rights",
            404 | 410 => ": nothing takes reports at this address",
            413 => ": it takes no message as large as the report",
            _ => "",
        })
    }
}
