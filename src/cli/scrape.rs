//! The argument `--scrape`.

use std::str::FromStr;

use crate::model::report::ScrapeTarget;
use crate::net::address::{has_user, with_scheme};

/// Value of `--scrape` in a report: `NAMESPACE/NAME=FILE|URL` or `NAMESPACE/KIND/NAME=FILE|URL`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScrapeArg {
    /// The workload whose process exposes the metrics.
    pub target: ScrapeTarget,
    /// Path of a saved exposition, or the URL to scrape.
    pub source: String,
}

impl FromStr for ScrapeArg {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let wrong =
            || "expected NAMESPACE/NAME=FILE or NAMESPACE/KIND/NAME=URL, for example shop/web=metrics.txt".to_owned();
        let (target, source) = text.split_once('=').ok_or_else(wrong)?;
        let target = target.parse().map_err(|_| wrong())?;
        if source.is_empty() {
            return Err(wrong());
        }
        check(source)?;
        Ok(Self { target, source: source.to_owned() })
    }
}

/// A file, or the URL of a process that exposes metrics.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScrapeSource(String);

impl FromStr for ScrapeSource {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        if text.is_empty() {
            return Err("write FILE or URL, like metrics.txt or http://10.0.0.7:8080/metrics".to_owned());
        }
        check(text)?;
        Ok(Self(text.to_owned()))
    }
}

impl ScrapeSource {
    /// Assigns the source to a workload.
    pub fn of(self, target: ScrapeTarget) -> ScrapeArg {
        ScrapeArg { target, source: self.0 }
    }
}

/// Checks a source. Anything without `://` is a file, unless it looks like a mistyped URL.
fn check(source: &str) -> Result<(), String> {
    match source.split_once("://") {
        Some(("http" | "https", "")) => Err("the URL has no host; expected http://HOST:PORT/metrics".to_owned()),
        Some(("http" | "https", _)) if has_user(source) => {
            Err("credentials in URLs are not accepted; save the metrics to a file instead".to_owned())
        }
        Some(("http" | "https", _)) => Ok(()),
        Some(_) => Err("unsupported scheme; use http:// or https://".to_owned()),
        None => match source.split('/').next().filter(|first| first.contains(':')) {
            Some(_) => {
                let host = with_scheme(source, "HOST:PORT");
                let host: String = host.split_inclusive('/').take(3).collect();
                let host = host.trim_end_matches('/');
                Err(format!(
                    "this looks like a URL without a scheme; try {host}/metrics, or ./FILE for a file whose name has a colon"
                ))
            }
            None => Ok(()),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_scheme_is_reported() {
        let error = "shop/web=10.0.0.7:8080/metrics".parse::<ScrapeArg>().unwrap_err();
        assert!(error.contains("try http://10.0.0.7:8080/metrics,"), "{error}");
    }

    #[test]
    fn workload_and_source_are_parsed() {
        let of = |text: &str| text.parse::<ScrapeArg>().map(|arg| (arg.target.to_string(), arg.source));
        assert_eq!(of("shop/web=http://x/m?a=b"), Ok(("shop/web".into(), "http://x/m?a=b".into())));
        assert_eq!(of("shop/Job/web=m.txt"), Ok(("shop/Job/web".into(), "m.txt".into())));
        for text in ["shop/web", "web=m.txt", "shop/=m.txt", "shop/web=", "a/b/c/d=m.txt"] {
            assert!(of(text).is_err(), "{text}");
        }
        for source in
            ["htp://h/S3CRET", "http://u:S3CRET@h/m", "http:/h/S3CRET", "http://", "h:80/S3CRET", "S3CRET@h:80"]
        {
            let error = of(&format!("shop/web={source}")).unwrap_err();
            assert!(!error.contains("S3CRET"), "{error}");
        }
    }
}
