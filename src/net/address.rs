//! Addresses: shown without secrets, with suggestions if the scheme is missing.

/// An address for messages: without user, password and query, any of which may be secret.
///
/// This also works for invalid addresses: someone who forgets a slash has still typed the password.
pub fn without_secrets(address: &str) -> String {
    let (scheme, rest) = match address.split_once("://") {
        Some((scheme, rest)) if is_scheme(scheme) => (format!("{scheme}://"), rest),
        _ => (String::new(), address),
    };
    let end = rest.find(['?', '#']).unwrap_or(rest.len());
    let (place, query) = rest.split_at(end);
    match place.rsplit_once('@') {
        Some((_, host)) => format!("{scheme}{host}"),
        // The password contains a question mark.
        None if query.contains('@') => format!("{scheme}…"),
        None => format!("{scheme}{place}"),
    }
}

/// Scheme, host and port of an address: the parts that are not secret.
#[cfg(feature = "live")]
pub(crate) fn origin(url: &reqwest::Url) -> String {
    let port = url.port().map_or_else(String::new, |port| format!(":{port}"));
    format!("{}://{}{port}", url.scheme(), url.host_str().unwrap_or_default())
}

/// The address that was probably meant if only the scheme is missing; otherwise that of `example`.
pub fn with_scheme(address: &str, example: &str) -> String {
    let shown = without_secrets(address);
    let (host, _) = shown.split_once('/').unwrap_or((&shown, ""));
    let (name, port) = host.split_once(':').unwrap_or((host, "80"));
    let is_host = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-');
    let lacks_it = !name.is_empty() && name.chars().all(is_host) && port.parse::<u16>().is_ok();
    format!("http://{}", if lacks_it { &shown } else { example })
}

/// Whether there is a user name before the host.
pub fn has_user(address: &str) -> bool {
    let rest = address.split_once("://").map_or(address, |(_, rest)| rest);
    rest.split(['/', '?', '#']).next().is_some_and(|host| host.contains('@'))
}

/// Whether the text is a scheme such as `http` (RFC 3986, section 3.1).
fn is_scheme(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text.bytes().all(|b| b.is_ascii_alphanumeric())
        && text.len() < 12
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_that_was_probably_meant_is_suggested() {
        for (address, meant) in [
            ("prometheus:9090", "http://prometheus:9090"),
            ("p.example/x", "http://p.example/x"),
            ("u:S3CRET@p:9090", "http://p:9090"),
            ("http:/p:9090", "http://example"),
            ("ftp://p:9090", "http://example"),
            ("", "http://example"),
        ] {
            assert_eq!(with_scheme(address, "example"), meant);
        }
    }

    #[test]
    fn secrets_are_omitted() {
        for (address, shown) in [
            ("http://p:9090/x", "http://p:9090/x"),
            ("http://u:S3CRET@p/x?token=S3CRET", "http://p/x"),
            ("http://S3CRET@p", "http://p"),
            ("http://u:S3/CRET@p", "http://p"),
            ("http://u:S3?CRET@p", "http://…"),
            ("http://p/x?token=S3@CRET", "http://…"),
            ("http://p/x#S3CRET", "http://p/x"),
            ("u:S3CRET@p:9090", "p:9090"),
            ("http:/u:S3CRET@p", "p"),
            ("nowhere", "nowhere"),
        ] {
            assert_eq!(without_secrets(address), shown);
        }
        assert!(has_user("http://token@p/x") && has_user("u:p@host") && !has_user("http://p/x@y?a=b@c"));
    }
}
