//! Parses delivery targets: a folder, a bucket, a webhook or a Pushgateway.

use std::fmt;
use std::path::PathBuf;

#[cfg(feature = "live")]
use super::{MessageForm, Pushgateway, Webhook};

/// A delivery target. Its text form contains no secrets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// A folder on a mounted volume.
    Volume(PathBuf),
    /// A URL to which a message is posted.
    #[cfg(feature = "live")]
    Webhook(Webhook),
    /// A Pushgateway to which the metrics of the report are pushed.
    #[cfg(feature = "live")]
    Pushgateway(Pushgateway),
    /// A bucket of a cloud provider.
    #[cfg(feature = "buckets")]
    Bucket(BucketAddress),
}

/// A bucket and a folder in it.
#[cfg(feature = "buckets")]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BucketAddress {
    /// The cloud provider.
    pub cloud: Cloud,
    /// Name of the bucket; for Azure, of the container.
    pub name: String,
    /// The folder without leading or trailing slashes; may be empty.
    pub prefix: String,
}

/// The cloud provider of a bucket.
#[cfg(feature = "buckets")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cloud {
    /// Amazon S3, and S3-compatible stores.
    Aws,
    /// Google Cloud Storage.
    Gcp,
    /// Azure Blob Storage.
    Azure,
}

/// A text that is not a valid target. It is not shown, because it may contain a secret.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoTarget {
    /// The text is empty.
    #[error(
        "it is empty: use a folder, an https:// URL, slack:https://…, pushgateway:https://…, s3://…, gs://… or az://…"
    )]
    Empty,
    /// The scheme of the address is unknown.
    #[error(
        "unknown scheme `{0}://`: use a folder, an https:// URL, slack:https://…, pushgateway:https://…, s3://…, gs://… or az://…"
    )]
    Scheme(String),
    /// The address is invalid.
    #[error("incomplete URL: use https://HOST/PATH")]
    Address,
    /// The address is not that of a Pushgateway.
    #[error("incomplete URL: use pushgateway:http://HOST:9091, without a query")]
    Pushgateway,
    /// The folder name begins like an address.
    #[error(
        "neither a URL nor a folder: use https://HOST/PATH or s3://BUCKET/FOLDER with both slashes, or ./FOLDER for a folder \
         whose name has a colon"
    )]
    NeitherNor,
    /// The scheme is missing, or the folder looks like an address.
    #[error(
        "looks like a URL without a scheme; try --deliver https://{host}/…, slack:https://{host}/… for Slack, or ./{host} for a \
         folder of that name"
    )]
    NoScheme {
        /// Host name, which is not secret.
        host: String,
    },
    /// In a file, an address without its scheme would otherwise become a folder.
    #[error("expected a URL with its scheme, for example https://HOST/PATH, or an absolute path, for example /reports")]
    NotFromRoot,
    /// The target receives reports and keeps none.
    #[error(
        "no report is stored there: give a folder, s3://BUCKET/FOLDER, gs://BUCKET/FOLDER or az://CONTAINER/FOLDER"
    )]
    NotAStore,
    /// `@` without a file name.
    #[error("missing file name after @")]
    NoFile,
    /// The bucket has no name, or its folder is invalid.
    #[error("bucket name missing: use s3://BUCKET/FOLDER")]
    Bucket,
    /// This build lacks the feature for such targets.
    #[error("this capmodel was built without {0}")]
    NotBuilt(&'static str),
}

impl Target {
    /// A folder, `https://…`, `slack:https://…`, `pushgateway:https://…`, `s3://…`, `gs://…` or `az://…`.
    ///
    /// # Errors
    /// [`NoTarget`].
    pub fn parse(text: &str) -> Result<Self, NoTarget> {
        let text = text.trim();
        if text.is_empty() {
            return Err(NoTarget::Empty);
        }
        if let Some(address) = text.strip_prefix("slack:") {
            return webhook(address, true);
        }
        if let Some(address) = text.strip_prefix("pushgateway:") {
            return pushgateway(address);
        }
        match text.split_once("://") {
            None if text.split('/').next().is_some_and(|first| first.contains(':')) => Err(NoTarget::NeitherNor),
            None => match text.split('/').next().filter(|first| is_host(first)) {
                Some(host) => Err(NoTarget::NoScheme { host: host.to_owned() }),
                None => Ok(Self::Volume(PathBuf::from(text))),
            },
            Some(("http" | "https", _)) => webhook(text, false),
            Some((scheme @ ("s3" | "gs" | "az"), rest)) => bucket(scheme, rest),
            Some((scheme, _)) if scheme.len() < 12 && scheme.bytes().all(|b| b.is_ascii_alphanumeric()) => {
                Err(NoTarget::Scheme(scheme.to_owned()))
            }
            // An address within another address.
            Some(_) => Err(NoTarget::Address),
        }
    }

    /// The same for the text of a file, where a text without a scheme is not taken for a folder.
    ///
    /// # Errors
    /// [`NoTarget`].
    pub fn parse_stored(text: &str) -> Result<Self, NoTarget> {
        match Self::parse(text)? {
            Self::Volume(path) if path.is_relative() => Err(NoTarget::NotFromRoot),
            target => Ok(target),
        }
    }

    /// Whether it is told about a report, as a webhook is.
    pub const fn is_message(&self) -> bool {
        match self {
            #[cfg(feature = "live")]
            Self::Webhook(_) => true,
            _ => false,
        }
    }

    /// Whether it stores the reports that it receives.
    pub const fn is_store(&self) -> bool {
        match self {
            Self::Volume(_) => true,
            #[cfg(feature = "live")]
            Self::Webhook(_) | Self::Pushgateway(_) => false,
            #[cfg(feature = "buckets")]
            Self::Bucket(_) => true,
        }
    }
}

/// Whether the text looks like `hooks.example.com`: labels of letters, digits and dashes, the last one of letters
/// only.
fn is_host(text: &str) -> bool {
    let label = |label: &str| !label.is_empty() && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    let mut labels = text.rsplit('.');
    let last = labels.next().is_some_and(|last| last.len() > 1 && last.bytes().all(|b| b.is_ascii_alphabetic()));
    last && text.contains('.') && labels.all(label)
}

#[cfg(feature = "live")]
fn webhook(address: &str, slack: bool) -> Result<Target, NoTarget> {
    let form = if slack { MessageForm::Slack } else { MessageForm::Json };
    Webhook::new(form, address).map(Target::Webhook).ok_or(NoTarget::Address)
}

#[cfg(not(feature = "live"))]
fn webhook(_address: &str, _slack: bool) -> Result<Target, NoTarget> {
    Err(NoTarget::NotBuilt("webhooks: build it with --features live"))
}

#[cfg(feature = "live")]
fn pushgateway(address: &str) -> Result<Target, NoTarget> {
    Pushgateway::new(address).map(Target::Pushgateway).ok_or(NoTarget::Pushgateway)
}

#[cfg(not(feature = "live"))]
fn pushgateway(_address: &str) -> Result<Target, NoTarget> {
    Err(NoTarget::NotBuilt("a Pushgateway: build it with --features live"))
}

#[cfg(feature = "buckets")]
fn bucket(scheme: &str, rest: &str) -> Result<Target, NoTarget> {
    let (name, prefix) = rest.split_once('/').unwrap_or((rest, ""));
    let prefix = prefix.trim_matches('/');
    let odd = |text: &str| text.contains(['?', '#', '\\']) || text.contains(char::is_control);
    let part = |part: &str| !part.is_empty() && part != "." && part != "..";
    if name.is_empty() || odd(rest) || name.contains(['@', ':']) || !(prefix.is_empty() || prefix.split('/').all(part))
    {
        return Err(NoTarget::Bucket);
    }
    let cloud = match scheme {
        "s3" => Cloud::Aws,
        "gs" => Cloud::Gcp,
        _ => Cloud::Azure,
    };
    Ok(Target::Bucket(BucketAddress { cloud, name: name.to_owned(), prefix: prefix.to_owned() }))
}

#[cfg(not(feature = "buckets"))]
fn bucket(_scheme: &str, _rest: &str) -> Result<Target, NoTarget> {
    Err(NoTarget::NotBuilt("buckets: build it with --features buckets, or use the image"))
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Volume(path) => write!(f, "{}", path.display()),
            #[cfg(feature = "live")]
            Self::Webhook(webhook) => write!(f, "{webhook}"),
            #[cfg(feature = "live")]
            Self::Pushgateway(pushgateway) => write!(f, "{pushgateway}"),
            #[cfg(feature = "buckets")]
            Self::Bucket(bucket) => write!(f, "{bucket}"),
        }
    }
}

#[cfg(feature = "buckets")]
impl fmt::Display for BucketAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = match self.cloud {
            Cloud::Aws => "s3",
            Cloud::Gcp => "gs",
            Cloud::Azure => "az",
        };
        let slash = if self.prefix.is_empty() { "" } else { "/" };
        write!(f, "{scheme}://{}{slash}{}", self.name, self.prefix)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> String {
        Target::parse(text).map_or_else(|e| e.to_string(), |target| target.to_string())
    }

    #[test]
    fn folders_are_recognised() {
        assert_eq!(shown("/reports"), "/reports");
        assert_eq!(shown("reports\n"), "reports");
        assert!(shown(" ").contains("empty"));
        assert!(shown("ftp://host/secret").starts_with("unknown scheme `ftp://`"));
        assert_eq!(shown("./a:b/c"), "./a:b/c");
    }

    #[test]
    fn a_mistyped_address_is_not_taken_for_a_folder_and_is_not_shown() {
        for text in [
            "https:/hooks.example/S3CRET",
            "https:hooks.example/S3CRET",
            "hooks.example:8443/S3CRET",
            "hooks.example/S3CRET?to=https://x",
            "SLACK:https:/hooks.example/S3CRET",
        ] {
            let error = Target::parse(text).unwrap_err().to_string();
            assert!(!error.contains("S3CRET"), "{error}");
        }
        let slip = Target::parse_stored("hooks.example/S3CRET").unwrap_err().to_string();
        assert!(slip.contains("try --deliver https://hooks.example/…") && !slip.contains("S3CRET"), "{slip}");
        assert_eq!(Target::parse_stored("reports"), Err(NoTarget::NotFromRoot));
        for folder in ["reports.d/x", ".reports", "../reports.old", "2026.11/x", "./hooks.example/x"] {
            assert_eq!(shown(folder), folder);
        }
        assert_eq!(Target::parse_stored("/reports"), Ok(Target::Volume("/reports".into())));
    }

    #[cfg(feature = "live")]
    #[test]
    fn webhooks_show_only_their_host() {
        assert_eq!(shown("https://u:p@hooks.example:8443/services/T0/S3CRET?x=1"), "https://hooks.example:8443");
        assert_eq!(shown("slack:https://hooks.slack.com/services/S3CRET"), "slack:https://hooks.slack.com");
        assert_eq!(shown("pushgateway:http://u:S3CRET@push.example:9091/x"), "pushgateway:http://push.example:9091");
        assert!(shown("pushgateway:push.example:9091/S3CRET").starts_with("incomplete URL: use pushgateway:"));
        let target = Target::parse("https://hooks.example/S3CRET").unwrap();
        assert!(!format!("{target:?}").contains("S3CRET"));
        for text in ["https://", "slack:hooks.slack.com/S3CRET", "slack:s3://bucket/S3CRET", "http://[/S3CRET"] {
            assert!(shown(text).contains("incomplete URL"), "{text}");
        }
    }

    #[cfg(feature = "buckets")]
    #[test]
    fn buckets_are_recognised() {
        for (text, want) in [
            ("s3://bucket", "s3://bucket"),
            ("gs://bucket/a/b/", "gs://bucket/a/b"),
            ("az://container/x y", "az://container/x y"),
            ("s3://", "bucket name missing"),
            ("s3:///x", "bucket name missing"),
            ("s3://key:secret@bucket", "bucket name missing"),
            ("s3://bucket/../x", "bucket name missing"),
            ("s3://bucket/a//b", "bucket name missing"),
            ("s3://bucket/a?versionId=1", "bucket name missing"),
        ] {
            assert!(shown(text).starts_with(want), "{text}: {}", shown(text));
        }
    }

    #[cfg(not(feature = "buckets"))]
    #[test]
    fn a_build_without_buckets_refuses_them_with_a_reason() {
        assert!(shown("s3://bucket").contains("--features buckets"));
    }
}
