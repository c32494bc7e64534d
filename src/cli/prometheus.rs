//! The arguments for reading Prometheus.

use std::path::PathBuf;

use clap::Args;
use jiff::SignedDuration;

use crate::inputs::prometheus::Matcher;

/// Address of Prometheus, access to it and the time range to read.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Prometheus")]
pub struct PrometheusArgs {
    /// Base URL of Prometheus, Thanos or Mimir, including any path prefix
    #[arg(long, value_name = "URL")]
    pub prometheus: Option<String>,
    /// TOML file with credentials: bearer_token or bearer_token_file, username, password or password_file, ca_file,
    /// client_cert_file, client_key_file, and a table named headers. For SigV4 or Google authentication run the
    /// provider's signing proxy
    #[arg(long, value_name = "FILE", requires = "prometheus")]
    pub prometheus_auth_file: Option<PathBuf>,
    /// Label matcher added to every query, for example cluster="prod-1" (may be repeated)
    #[arg(long, value_name = "MATCHER", requires = "prometheus")]
    pub prometheus_matcher: Vec<Matcher>,
    /// Tenant ID for multi-tenant backends (X-Scope-OrgID)
    #[arg(long, value_name = "NAME", requires = "prometheus")]
    pub tenant: Option<String>,
    /// How far back to read usage, for example 30d, 36h or 45m; not together with --month [default: 30d]
    #[arg(long, value_name = "SPAN", value_parser = window)]
    pub window: Option<SignedDuration>,
    /// PromQL for requests per second, returning the labels namespace and pod, or namespace and workload. $matchers and
    /// $window are replaced by the label matchers and the step, for example sum by (namespace, pod)
    /// (rate(hits_total{$matchers}[$window]))
    #[arg(long, value_name = "PROMQL", requires = "prometheus")]
    pub requests_query: Option<String>,
}

/// Parses a time span such as `30d`, `36h` or `45m`, from five minutes to 400 days, the longest common retention.
fn window(text: &str) -> Result<SignedDuration, String> {
    let wrong = || {
        format!(
            "invalid window `{text}`: use weeks, days, hours or minutes between 5m and 400d, for example 30d, 36h or 45m"
        )
    };
    let (number, unit) = text.split_at(text.len() - text.chars().last().map_or(0, char::len_utf8));
    let number: i64 = number.parse().map_err(|_| wrong())?;
    let minutes = match unit {
        "w" => number.checked_mul(7 * 24 * 60),
        "d" => number.checked_mul(24 * 60),
        "h" => number.checked_mul(60),
        "m" => Some(number),
        _ => None,
    };
    let minutes = minutes.filter(|minutes| (5..=400 * 24 * 60).contains(minutes)).ok_or_else(wrong)?;
    Ok(SignedDuration::from_mins(minutes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_are_parsed() {
        for (text, minutes) in [("30d", 43_200), ("36h", 2160), ("1w", 10_080), ("400d", 576_000), ("45m", 45)] {
            assert_eq!(window(text), Ok(SignedDuration::from_mins(minutes)), "{text}");
        }
        for text in ["", "d", "30", "0d", "-1d", "401d", "4m", "1.5d", "30 d", "30日", "300s"] {
            assert!(window(text).is_err(), "{text}");
        }
    }
}
