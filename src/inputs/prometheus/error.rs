use std::fmt;

use super::address::{with_scheme, without_secrets};

/// Prometheus could not be reached, would not answer, or answered something that a report must not be made of.
#[derive(Debug, thiserror::Error)]
pub enum PrometheusError {
    /// There are metrics, but none that say which nodes and pods there were.
    #[error(
        "Prometheus at {url} has no {metric} (from kube-state-metrics) for the period: what it cost cannot be told; without \
         --prometheus the cluster is priced as it is"
    )]
    Lacks {
        /// Its address.
        url: String,
        /// What is missing.
        metric: &'static str,
    },
    /// Whoever typed the address: it is no address.
    #[error("`{}` is not an address; try: --prometheus {}", without_secrets(.url), with_scheme(.url, "prometheus.monitoring:9090"))]
    Url {
        /// As it was typed.
        url: String,
    },
    /// Whoever typed the address: who asks is in it, where process lists show it.
    #[error(
        "the address of Prometheus has credentials in it: write them into a file that --prometheus-auth-file names, and \
         give {} without them",
        without_secrets(.url)
    )]
    UserInUrl {
        /// As it was typed.
        url: String,
    },
    /// Whoever wrote the auth file: a header, certificate or key in it cannot be used.
    #[error("the {what} for Prometheus cannot be used")]
    Credentials {
        /// Which of them.
        what: &'static str,
        /// What the TLS or HTTP library says.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The two cannot agree, and never will: a certificate that is not trusted, a proxy that refuses.
    #[error("no connection to Prometheus at {url} can be made: {why}")]
    NoConnection {
        /// Its address.
        url: String,
        /// Whose fault it is and what to do.
        why: String,
    },
    /// The network, or a server that is not there.
    #[error("cannot reach Prometheus at {url}{}", Times(*.attempts))]
    Unreachable {
        /// Its address.
        url: String,
        /// How often it was tried.
        attempts: u32,
        /// What the network says.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The server took too long.
    #[error("Prometheus did not answer query `{query}` within {seconds} s{}: ask for a shorter --window", Times(*.attempts))]
    Slow {
        /// The name of the query.
        query: String,
        /// How long was waited.
        seconds: u64,
        /// How often it was tried.
        attempts: u32,
    },
    /// The credentials: they are missing, wrong or have expired.
    #[error("Prometheus refuses access ({status}): {}", Remedy(*.status))]
    Refused {
        /// 401 or 403.
        status: u16,
    },
    /// The server, or a proxy before it: an error that did not go away.
    #[error("Prometheus failed at query `{query}` with {status}{}: {message}", Times(*.attempts))]
    Failed {
        /// The name of the query.
        query: String,
        /// The HTTP status.
        status: u16,
        /// How often it was tried.
        attempts: u32,
        /// The beginning of what it said.
        message: String,
    },
    /// The server understood the query and will not or cannot answer it: too much data, a function it lacks, or a bug of
    /// ours.
    #[error("Prometheus rejects query `{query}` ({kind}): {message}")]
    Rejected {
        /// The name of the query.
        query: String,
        /// Its own word for the kind of error.
        kind: String,
        /// What it said.
        message: String,
    },
    /// The address: something answers there that is not Prometheus, or the answer was cut.
    #[error("the answer to query `{query}` is not a whole Prometheus answer ({why}): is {url} the right address?")]
    NotAnAnswer {
        /// The name of the query.
        query: String,
        /// The address.
        url: String,
        /// What is wrong with it.
        why: String,
    },
    /// The size of the cluster or of the window.
    #[error("the answer to query `{query}` is larger than {mebibytes} MiB: ask for a shorter --window")]
    TooLarge {
        /// The name of the query.
        query: String,
        /// The bound.
        mebibytes: usize,
    },
    /// Whoever named the service, or the service: it does not expose its metrics there.
    #[error("cannot scrape {}: {why}", without_secrets(.url))]
    Scrape {
        /// Its address.
        url: String,
        /// What is wrong.
        why: String,
    },
    /// The data: none of the metrics that a report is made of are there.
    #[error("Prometheus at {url} has none of the metrics of a cluster between {period}{}", Narrowed(.matchers))]
    Empty {
        /// Its address.
        url: String,
        /// The period that was asked about.
        period: String,
        /// What narrowed the search.
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
        "{foreign} of {total} nodes in Prometheus are not this cluster's, for example {example}{}",
        Candidates(.candidates)
    )]
    OtherCluster {
        /// Nodes that are not this cluster's.
        foreign: usize,
        /// Nodes in the answer.
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
            "these credentials, or this --tenant, may not query it"
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
            return f.write_str(", and no label tells them apart: is this the right Prometheus?");
        }
        f.write_str(": say which are with ")?;
        for (i, candidate) in self.0.iter().enumerate() {
            write!(f, "{}--prometheus-matcher '{candidate}'", if i == 0 { "" } else { " or " })?;
        }
        Ok(())
    }
}
