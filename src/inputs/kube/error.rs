//! Errors of reading a cluster, each with its remedy.

use std::fmt;
use std::path::{Path, PathBuf};
use std::process::ExitStatus;
use std::time::Duration;

use kube::config::InClusterError;

use crate::inputs::files::is_stdin;

/// A cluster that cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum KubeError {
    /// The kubeconfig is invalid, or the context is not in it.
    #[error("{} cannot be used", kubeconfig(.path.as_deref()))]
    Kubeconfig {
        /// The file, if one was named.
        path: Option<PathBuf>,
        /// The parser's error, without the text that it read.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// No cluster is configured.
    #[error(
        "no cluster configured: no kubeconfig found (use --kubeconfig{}) and not running in a pod",
        Missing(.missing)
    )]
    NoCluster {
        /// The files in `KUBECONFIG`, if none of them exists.
        missing: Vec<PathBuf>,
        /// What is missing for running in a pod.
        source: InClusterError,
    },
    /// The async runtime cannot be started, because of the machine.
    #[error("cannot start the network runtime")]
    Runtime(#[source] std::io::Error),
    /// The client cannot be created: certificates or credentials in the kubeconfig are invalid.
    #[error("cannot connect to {server} with this kubeconfig")]
    Client {
        /// URL of the API server.
        server: String,
        /// Error of the client library.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The credential plugin failed, because of the setup of this machine or of the login.
    #[error("the kubeconfig's credential plugin {command} {failure}")]
    Plugin {
        /// The program, as named in the kubeconfig.
        command: String,
        /// Why it failed.
        failure: Plugin,
    },
    /// The connection cannot be established, and a retry does not help: an untrusted certificate, or a proxy that
    /// refuses.
    #[error("cannot connect to {server}{}: {why}", Through(.proxy.as_deref()))]
    NoConnection {
        /// URL of the API server.
        server: String,
        /// The proxy in use.
        proxy: Option<String>,
        /// The cause and the remedy.
        why: String,
    },
    /// There is no response: the network, the address, the proxy or the server is the cause.
    #[error("{server}{} does not respond (tried {attempts} times)", Through(.proxy.as_deref()))]
    Unreachable {
        /// URL of the API server.
        server: String,
        /// The proxy in use.
        proxy: Option<String>,
        /// Number of attempts.
        attempts: u32,
        /// Error of the last attempt.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// Credentials are invalid or have expired.
    #[error("{server} rejected the credentials (401): they are wrong or have expired; log in to the cluster again")]
    Unauthorized {
        /// URL of the API server.
        server: String,
    },
    /// The account is not allowed to read this.
    #[error("access to {what} denied (403): {message}; `capmodel rbac` prints the required rules")]
    Forbidden {
        /// The resource, for example `pods`.
        what: String,
        /// Message in the response.
        message: String,
    },
    /// The server does not have this resource.
    #[error("{what} not found on {server} (404)")]
    NotFound {
        /// URL of the API server.
        server: String,
        /// The resource, for example `pods`.
        what: String,
    },
    /// The server repeatedly responded with an error.
    #[error("the request for {what} failed: {server} answered {} (tried {attempts} times)", Answered(*.status, .message))]
    Failing {
        /// URL of the API server.
        server: String,
        /// The resource, for example `pods`.
        what: String,
        /// HTTP status of the response.
        status: u16,
        /// Message in the response.
        message: String,
        /// Number of attempts.
        attempts: u32,
    },
    /// The list changed faster than it could be read.
    #[error(
        "the list of {what} expired {times} times while it was read (410): the API server or the network is too slow"
    )]
    Expired {
        /// The resource, for example `pods`.
        what: String,
        /// Number of times the list was started.
        times: u32,
    },
    /// The response is not that of a Kubernetes API: it comes from a proxy or another kind of server.
    #[error("{server} returned something other than a Kubernetes list for {what}")]
    Answer {
        /// URL of the API server.
        server: String,
        /// The resource, for example `pods`.
        what: String,
        /// Position and reason of the parse error.
        source: serde_json::Error,
    },
}

/// How messages name a kubeconfig.
fn kubeconfig(path: Option<&Path>) -> String {
    match path {
        None => "the kubeconfig".to_owned(),
        Some(path) if is_stdin(path) => "the kubeconfig from standard input".to_owned(),
        Some(path) => format!("the kubeconfig {}", path.display()),
    }
}

impl KubeError {
    /// 3 for a file that the user wrote or named · 4 for a cluster that is unreachable, refuses access or is
    /// incomplete.
    pub const fn code(&self) -> u8 {
        match self {
            Self::Kubeconfig { .. } => 3,
            Self::Runtime(_) => 1,
            Self::NoCluster { .. }
            | Self::Client { .. }
            | Self::Plugin { .. }
            | Self::NoConnection { .. }
            | Self::Unreachable { .. }
            | Self::Unauthorized { .. }
            | Self::Forbidden { .. }
            | Self::NotFound { .. }
            | Self::Failing { .. }
            | Self::Expired { .. }
            | Self::Answer { .. } => 4,
        }
    }

    /// The cause in short, shown while another attempt is awaited.
    pub(super) fn reason(&self) -> String {
        match self {
            Self::Failing { status, message, .. } => format!("{status} {message}").trim_end().to_owned(),
            Self::Unreachable { source, .. } => source.to_string(),
            other => other.to_string(),
        }
    }

    /// Whether the error concerns only one kind of object, so that others can still be read.
    pub(super) const fn is_about_one_kind(&self) -> bool {
        matches!(
            self,
            Self::Forbidden { .. }
                | Self::NotFound { .. }
                | Self::Failing { .. }
                | Self::Expired { .. }
                | Self::Answer { .. }
        )
    }
}

/// What went wrong with a credential plugin.
#[derive(Debug)]
pub enum Plugin {
    /// The plugin cannot be started.
    NotStarted {
        /// The kubeconfig's `installHint`, if it is not installed.
        hint: Option<String>,
        /// Error of the operating system.
        source: std::io::Error,
    },
    /// The plugin exited with an error.
    Failed {
        /// Exit status of the plugin.
        status: ExitStatus,
        /// Its output on stderr, if that is not the terminal.
        said: String,
    },
    /// Its output is not a credential.
    NoCredentials,
}

impl fmt::Display for Plugin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotStarted { hint, source } if source.kind() == std::io::ErrorKind::NotFound => {
                f.write_str("is not installed or not in PATH")?;
                hint.as_ref().map_or(Ok(()), |hint| write!(f, "; the kubeconfig says: {}", hint.trim()))
            }
            Self::NotStarted { source, .. } => write!(f, "cannot be started: {source}"),
            Self::Failed { status, said } => {
                write!(f, "failed ({status})")?;
                if said.is_empty() { Ok(()) } else { write!(f, ": {said}") }
            }
            Self::NoCredentials => f.write_str("does not print an ExecCredential"),
        }
    }
}

/// The status of a response, and the server's message if there is one.
struct Answered<'a>(u16, &'a str);
impl fmt::Display for Answered<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(status, message) = self;
        if message.is_empty() { write!(f, "{status}") } else { write!(f, "{status}: {message}") }
    }
}

struct Missing<'a>(&'a [PathBuf]);
impl fmt::Display for Missing<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, path) in self.0.iter().enumerate() {
            write!(f, "{}{}", if i == 0 { "; $KUBECONFIG does not exist: " } else { ", " }, path.display())?;
        }
        Ok(())
    }
}

struct Through<'a>(Option<&'a str>);
impl fmt::Display for Through<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.map_or(Ok(()), |proxy| write!(f, " through the proxy {proxy}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failing_server_is_reported_with_and_without_a_message() {
        let failing = |message: &str| KubeError::Failing {
            server: "https://kube.example".into(),
            what: "version".into(),
            status: 502,
            message: message.into(),
            attempts: 2,
        };
        let begin = "the request for version failed: https://kube.example answered 502";
        assert_eq!(failing("").to_string(), format!("{begin} (tried 2 times)"));
        assert_eq!(failing("Bad Gateway").to_string(), format!("{begin}: Bad Gateway (tried 2 times)"));
    }
}

/// The server sent nothing for too long.
#[derive(Debug, thiserror::Error)]
#[error("no data received for {} s", .0.as_secs_f32())]
pub(super) struct ReadTimeout(pub(super) Duration);

/// The server sent more than any page can hold.
#[derive(Debug, thiserror::Error)]
#[error("a response of more than {0} bytes")]
pub(super) struct TooLong(pub(super) usize);
