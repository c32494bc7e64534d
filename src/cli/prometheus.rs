use std::path::PathBuf;

use clap::Args;
use jiff::SignedDuration;

use crate::inputs::prometheus::Matcher;

/// Which Prometheus, and what of it.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Prometheus")]
pub struct PrometheusArgs {
    /// Address of Prometheus, Thanos or Mimir, with the path it is served under
    #[arg(long, value_name = "URL")]
    pub prometheus: Option<String>,
    /// Credentials in TOML: bearer_token or bearer_token_file, username, password or password_file, ca_file,
    /// client_cert_file, client_key_file, a table of headers; for SigV4 or Google tokens run the provider's signing proxy
    #[arg(long, value_name = "FILE", requires = "prometheus")]
    pub prometheus_auth_file: Option<PathBuf>,
    /// Goes into every selector, like cluster="prod-1"; repeat for several
    #[arg(long, value_name = "MATCHER", requires = "prometheus")]
    pub prometheus_matcher: Vec<Matcher>,
    /// Whose data, where Prometheus holds those of several (X-Scope-OrgID)
    #[arg(long, value_name = "NAME", requires = "prometheus")]
    pub tenant: Option<String>,
    /// How far back usage is read, in whole hours: 30d, 36h [default: 30d]
    #[arg(long, value_name = "SPAN", value_parser = window)]
    pub window: Option<SignedDuration>,
    /// Own PromQL for requests a second, with labels namespace and pod, or namespace and workload; $matchers and $window
    /// stand for the matchers and the step, like: sum by (namespace, pod) (rate(hits_total{$matchers}[$window]))
    #[arg(long, value_name = "PROMQL", requires = "prometheus")]
    pub requests_query: Option<String>,
}

/// `30d`, `36h`: an hour to 400 days, the longest that is commonly retained.
fn window(text: &str) -> Result<SignedDuration, String> {
    let wrong = || format!("`{text}` is not a window; write days or hours, like 30d or 36h, from 1h to 400d");
    let (number, unit) = text.split_at(text.len() - text.chars().last().map_or(0, char::len_utf8));
    let number: i64 = number.parse().map_err(|_| wrong())?;
    let hours = match unit {
        "d" => number.checked_mul(24),
        "w" => number.checked_mul(24 * 7),
        "h" => Some(number),
        _ => None,
    };
    let hours = hours.filter(|hours| (1..=9600).contains(hours)).ok_or_else(wrong)?;
    Ok(SignedDuration::from_hours(hours))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows() {
        for (text, hours) in [("30d", 720), ("36h", 36), ("1w", 168), ("400d", 9600)] {
            assert_eq!(window(text), Ok(SignedDuration::from_hours(hours)), "{text}");
        }
        for text in ["", "d", "30", "0d", "-1d", "401d", "5m", "1.5d", "30 d", "30日"] {
            assert!(window(text).is_err(), "{text}");
        }
    }
}
