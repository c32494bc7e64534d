//! Errors of Prometheus, each with its remedy.

use std::fmt;

use crate::net::address::{with_scheme, without_secrets};

/// Prometheus could not be reached, would not answer, or answered something that a report must not be made of.
#[derive(Debug, thiserror::Error)]
pub enum PrometheusError {
    /// There are metrics, but none that say which nodes and pods there were.
    #[error(
        "Prometheus at {url} has no {metric} (from kube-state-metrics) for the period, so the cost of the period cannot be computed; omit --prometheus to price the current state"
    )]
    MissingMetric {
        /// URL without secrets.
        url: String,
        /// Name of the missing metric.
        metric: &'static str,
    },
    /// Whoever typed the address: it is no address.
    #[error("`{}` is not a URL; try --prometheus {}", without_secrets(.url), with_scheme(.url, "prometheus.monitoring:9090"))]
    Url {
        /// The URL, as it was given.
        url: String,
    },
    /// Whoever typed the address: who asks is in it, where process lists show it.
    #[error(
        "credentials in the Prometheus URL are not accepted: put them in a file and pass it with --prometheus-auth-file (the URL \
         without them: {})",
        without_secrets(.url)
    )]
    UserInUrl {
        /// The URL, as it was given.
        url: String,
    },
    /// Whoever wrote the auth file: a header, certificate or key in it cannot be used.
    #[error("the {what} for Prometheus cannot be used")]
    Credentials {
        /// Kind of credential: a header, certificate or key.
        what: &'static str,
        /// What the TLS or HTTP library says.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The two cannot agree, and never will: a certificate that is not trusted, a proxy that refuses.
    #[error("cannot connect to Prometheus at {url}: {why}")]
    NoConnection {
        /// URL without secrets.
        url: String,
        /// Whose fault it is and what to do.
        why: String,
    },
    /// The network, or a server that is not there.
    #[error("cannot reach Prometheus at {url}{}", Times(*.attempts))]
    Unreachable {
        /// URL without secrets.
        url: String,
        /// How often it was tried.
        attempts: u32,
        /// Error of the network or TLS library.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The server took too long.
    #[error("Prometheus did not answer query `{query}` within {seconds} s{}: ask for a shorter --window", Times(*.attempts))]
    Slow {
        /// The name of the query.
        query: String,
        /// Time limit of the query in seconds.
        seconds: u64,
        /// How often it was tried.
        attempts: u32,
    },
    /// The credentials: they are missing, wrong or have expired.
    #[error("Prometheus denied access ({status}): {}", Remedy(*.status))]
    Refused {
        /// HTTP status, 401 or 403.
        status: u16,
    },
    /// The server, or a proxy before it: an error that did not go away.
    #[error("Prometheus failed at query `{query}` with {status}{}: {message}", Times(*.attempts))]
    Failed {
        /// The name of the query.
        query: String,
        /// HTTP status of the response.
        status: u16,
        /// How often it was tried.
        attempts: u32,
        /// The beginning of what it said.
        message: String,
    },
    /// The server understood the query and will not or cannot answer it: too much data, a function it lacks, or a bug of
    /// ours.
    #[error("Prometheus rejected query `{query}` ({kind}): {message}")]
    Rejected {
        /// The name of the query.
        query: String,
        /// Its own word for the kind of error.
        kind: String,
        /// Message of Prometheus.
        message: String,
    },
    /// The address: something answers there that is not Prometheus, or the answer was cut.
    #[error("the response to query `{query}` is not valid Prometheus JSON ({why}); is {url} the right URL?")]
    NotAnAnswer {
        /// The name of the query.
        query: String,
        /// URL without secrets.
        url: String,
        /// What is wrong with it.
        why: String,
    },
    /// The size of the cluster or of the window.
    #[error("the response to query `{query}` is larger than {mebibytes} MiB: ask for a shorter --window")]
    TooLarge {
        /// The name of the query.
        query: String,
        /// Size limit in MiB.
        mebibytes: usize,
    },
    /// Whoever named the service, or the service: it does not expose its metrics there.
    #[error("cannot scrape {}: {why}", without_secrets(.url))]
    Scrape {
        /// URL without secrets.
        url: String,
        /// Reason for the failure.
        why: String,
    },
    /// The data: none of the metrics that a report is made of are there.
    #[error("Prometheus at {url} has none of the metrics of a cluster from {period}{}", Narrowed(.matchers))]
    Empty {
        /// URL without secrets.
        url: String,
        /// The period that was asked about.
        period: String,
        /// Label matchers that were added to the query.
        matchers: Vec<String>,
    },
    /// Whoever set up the scrape: every pod would look like the one of kube-state-metrics.
    #[error(
        "kube-state-metrics is scraped without `honor_labels: true`, so that its series carry its own pod's labels: add \
         that to its scrape job or ServiceMonitor"
    )]
    PodsMovedAside,
    /// The data: its nodes are another cluster's.
    #[error(
        "{foreign} of {total} nodes in Prometheus belong to another cluster, for example {example}{}",
        Candidates(.candidates)
    )]
    OtherCluster {
        /// Nodes that are not this cluster's.
        foreign: usize,
        /// Number of nodes in the response.
        total: usize,
        /// One of the foreign ones.
        example: String,
        /// Matchers that would tell this cluster's nodes from the others, best first.
        candidates: Vec<String>,
    },
}

impl PrometheusError {
    /// Whether asking for less, or for something else, could still give an answer.
    pub const fn is_about_one_query(&self) -> bool {
        matches!(self, Self::Rejected { .. } | Self::Slow { .. } | Self::TooLarge { .. })
    }

    /// Whether the server has refused a query that asks too much of it: it is rejected, too large, or takes too long, which
    /// Prometheus answers with 503 and proxies with 504.
    pub const fn is_refusal(&self) -> bool {
        self.is_about_one_query() || matches!(self, Self::Failed { status: 503 | 504, .. })
    }

    /// Whether a person wrote something that cannot be used, and not the world that does not answer.
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
