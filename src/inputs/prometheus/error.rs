//! Errors of Prometheus, each with its remedy.

use std::fmt;

use crate::net::address::{with_scheme, without_secrets};

/// Prometheus was unreachable, did not respond, or its response cannot be used for a report.
#[derive(Debug, thiserror::Error)]
pub enum PrometheusError {
    /// There are metrics, but none of nodes and pods.
    #[error(
        "Prometheus at {url} has no {metric} (from kube-state-metrics) for the period, so the cost of the period cannot be computed; omit --prometheus to price the current state"
    )]
    MissingMetric {
        /// URL without secrets.
        url: String,
        /// Name of the missing metric.
        metric: &'static str,
    },
    /// The address is not a valid URL.
    #[error("`{}` is not a URL; try --prometheus {}", without_secrets(.url), with_scheme(.url, "prometheus.monitoring:9090"))]
    Url {
        /// The URL, as given.
        url: String,
    },
    /// The address contains credentials, which process lists would show.
    #[error(
        "credentials in the Prometheus URL are not accepted: put them in a file and pass it with --prometheus-auth-file (the URL \
         without them: {})",
        without_secrets(.url)
    )]
    UserInUrl {
        /// The URL, as given.
        url: String,
    },
    /// A header, certificate or key in the auth file is invalid.
    #[error("the {what} for Prometheus cannot be used")]
    Credentials {
        /// Kind of credential: a header, certificate or key.
        what: &'static str,
        /// Error of the TLS or HTTP library.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The connection cannot be established, and a retry does not help: an untrusted certificate, or a proxy that
    /// refuses.
    #[error("cannot connect to Prometheus at {url}: {why}")]
    NoConnection {
        /// URL without secrets.
        url: String,
        /// The cause and the remedy.
        why: String,
    },
    /// The network or the server is down.
    #[error("cannot reach Prometheus at {url}{}", Times(*.attempts))]
    Unreachable {
        /// URL without secrets.
        url: String,
        /// Number of attempts.
        attempts: u32,
        /// Error of the network or TLS library.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The server did not respond in time.
    #[error("Prometheus did not answer query `{query}` within {seconds} s{}: ask for a shorter --window", Times(*.attempts))]
    Slow {
        /// The name of the query.
        query: String,
        /// Time limit of the query in seconds.
        seconds: u64,
        /// Number of attempts.
        attempts: u32,
    },
    /// The credentials are missing, wrong or expired.
    #[error("Prometheus denied access ({status}): {}", Remedy(*.status))]
    Refused {
        /// HTTP status, 401 or 403.
        status: u16,
    },
    /// The server, or a proxy in front of it, repeatedly returned an error.
    #[error("Prometheus failed at query `{query}` with {status}{}: {message}", Times(*.attempts))]
    Failed {
        /// The name of the query.
        query: String,
        /// HTTP status of the response.
        status: u16,
        /// Number of attempts.
        attempts: u32,
        /// The beginning of the response.
        message: String,
    },
    /// The server understood the query and refused it: too much data, a function that it lacks, or a bug in the
    /// query.
    #[error("Prometheus rejected query `{query}` ({kind}): {message}")]
    Rejected {
        /// The name of the query.
        query: String,
        /// Type of the error, as Prometheus returns it.
        kind: String,
        /// Message of Prometheus.
        message: String,
    },
    /// The address is not that of a Prometheus, or the response was truncated.
    #[error("the response to query `{query}` is not valid Prometheus JSON ({why}); is {url} the right URL?")]
    NotAnAnswer {
        /// The name of the query.
        query: String,
        /// URL without secrets.
        url: String,
        /// What is wrong with the response.
        why: String,
    },
    /// The response is too large, because of the size of the cluster or of the window.
    #[error("the response to query `{query}` is larger than {mebibytes} MiB: ask for a shorter --window")]
    TooLarge {
        /// The name of the query.
        query: String,
        /// Size limit in MiB.
        mebibytes: usize,
    },
    /// The service does not expose its metrics at this address.
    #[error("cannot scrape {}: {why}", without_secrets(.url))]
    Scrape {
        /// URL without secrets.
        url: String,
        /// Reason for the failure.
        why: String,
    },
    /// The data contains none of the metrics that a report is based on.
    #[error("Prometheus at {url} has none of the metrics of a cluster from {period}{}", Narrowed(.matchers))]
    Empty {
        /// URL without secrets.
        url: String,
        /// The period of the query.
        period: String,
        /// Label matchers that were added to the query.
        matchers: Vec<String>,
    },
    /// The scrape configuration is wrong: every pod would look like the one of kube-state-metrics.
    #[error(
        "kube-state-metrics is scraped without `honor_labels: true`, so that its series carry its own pod's labels: add \
         that to its scrape job or ServiceMonitor"
    )]
    PodsMovedAside,
    /// The nodes in the data belong to another cluster.
    #[error(
        "{foreign} of {total} nodes in Prometheus belong to another cluster, for example {example}{}",
        Candidates(.candidates)
    )]
    OtherCluster {
        /// Number of nodes that do not belong to this cluster.
        foreign: usize,
        /// Number of nodes in the response.
        total: usize,
        /// One of the foreign ones.
        example: String,
        /// Matchers that would select only this cluster's nodes, best first.
        candidates: Vec<String>,
    },
}

impl PrometheusError {
    /// Whether another query might still succeed.
    pub const fn is_about_one_query(&self) -> bool {
        matches!(self, Self::Rejected { .. } | Self::Slow { .. } | Self::TooLarge { .. })
    }

    /// Whether the server refused a query because it is too expensive: it is rejected, too large, or takes too long,
    /// for which Prometheus returns 503 and proxies 504.
    pub const fn is_refusal(&self) -> bool {
        self.is_about_one_query() || matches!(self, Self::Failed { status: 503 | 504, .. })
    }

    /// Whether the user's input is at fault rather than the server.
    pub const fn is_input(&self) -> bool {
        matches!(self, Self::Url { .. } | Self::UserInUrl { .. } | Self::Credentials { .. })
    }
}

struct Times(u32);
impl fmt::Display for Times {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0 > 1 { write!(f, " (tried {} times)", self.0) } else { Ok(()) }
    }
}

struct Remedy(u16);
impl fmt::Display for Remedy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0 == 401 {
            "the credentials are missing, wrong or have expired; give them with --prometheus-auth-file"
        } else {
            "check the credentials and --tenant"
        })
    }
}

struct Narrowed<'a>(&'a [String]);
impl fmt::Display for Narrowed<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() {
            f.write_str(": does it scrape kube-state-metrics and cAdvisor, and since when?")
        } else {
            write!(f, " that match {}: is --prometheus-matcher right?", self.0.join(","))
        }
    }
}

struct Candidates<'a>(&'a [String]);
impl fmt::Display for Candidates<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() {
            return f.write_str(", and no label distinguishes them: is this the right Prometheus?");
        }
        f.write_str("; select this cluster with ")?;
        for (i, candidate) in self.0.iter().enumerate() {
            write!(f, "{}--prometheus-matcher '{candidate}'", if i == 0 { "" } else { " or " })?;
        }
        Ok(())
    }
}
