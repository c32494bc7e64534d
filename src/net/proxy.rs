//! Selects the proxy for a connection.
//!
//! The rules are those of Go's HTTP client (<https://pkg.go.dev/golang.org/x/net/http/httpproxy>), which kubectl and
//! the Prometheus tools use: whatever works for them works here, and the limitations are the same.

use std::fmt;
use std::net::IpAddr;

use reqwest::Url;

use super::address::origin;

/// The proxies in the environment.
#[derive(Clone, Debug, Default)]
pub struct Proxies {
    http: Option<ProxyAddress>,
    https: Option<ProxyAddress>,
    direct: Vec<Direct>,
}

/// A proxy. Its text form contains neither user nor password.
#[derive(Clone, PartialEq, Eq)]
pub struct ProxyAddress(Url);

/// An invalid proxy address, which is not repeated because it may contain a password.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{place} is not a proxy URL; expected http://HOST:PORT, https://HOST:PORT or socks5://HOST:PORT")]
pub struct NoProxyAddress {
    /// The environment variable, or the key in a file.
    pub place: String,
}

/// An entry of `NO_PROXY`: addresses that are reached without a proxy.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Direct {
    Everything,
    Network { address: IpAddr, bits: u32 },
    Address { address: IpAddr, port: Option<u16> },
    Domain { suffix: String, itself: bool, port: Option<u16> },
}

impl Proxies {
    /// Reads `HTTP_PROXY`, `HTTPS_PROXY` and `NO_PROXY`, or the same names in lower case if these are empty;
    /// `variable` reads one variable.
    ///
    /// # Errors
    /// [`NoProxyAddress`].
    pub fn new(variable: impl Fn(&str) -> Option<String>) -> Result<Self, NoProxyAddress> {
        let find = |name: &str| {
            let names = [name.to_owned(), name.to_ascii_lowercase()];
            names.into_iter().find_map(|name| Some((variable(&name).filter(|text| !text.trim().is_empty())?, name)))
        };
        let proxy = |name| find(name).map(|(text, name)| ProxyAddress::new(&text, &name)).transpose();
        // In a CGI environment, `HTTP_PROXY` is the request header `Proxy`, which anyone may send.
        let is_cgi = variable("REQUEST_METHOD").is_some_and(|text| !text.is_empty());
        let direct = find("NO_PROXY").map_or_else(String::new, |(text, _)| text);
        Ok(Self {
            http: if is_cgi { None } else { proxy("HTTP_PROXY")? },
            https: proxy("HTTPS_PROXY")?,
            direct: direct.split(',').filter_map(Direct::parse).collect(),
        })
    }

    /// The proxy for an address; `None` if it is reached without one.
    pub fn of(&self, address: &Url) -> Option<&ProxyAddress> {
        let proxy = match address.scheme() {
            "http" => self.http.as_ref(),
            "https" => self.https.as_ref(),
            _ => None,
        }?;
        let host = address.host_str()?.trim_start_matches('[').trim_end_matches(']').to_ascii_lowercase();
        let port = address.port_or_known_default()?;
        let ip = host.parse::<IpAddr>().ok().map(|ip| ip.to_canonical());
        let is_here = host == "localhost" || ip.is_some_and(|ip| ip.is_loopback());
        let is_direct = is_here || self.direct.iter().any(|entry| entry.names(&host, ip, port));
        (!is_direct).then_some(proxy)
    }

    /// A client whose connections only use these proxies.
    pub fn apply(&self, client: reqwest::ClientBuilder) -> reqwest::ClientBuilder {
        let proxies = self.clone();
        client.proxy(reqwest::Proxy::custom(move |url| proxies.of(url).map(|proxy| proxy.0.clone())))
    }
}

impl ProxyAddress {
    /// Parses `http://…`, `https://…` or `socks5://…`; without a scheme, `http` is assumed. `place` is where the text
    /// was found.
    ///
    /// # Errors
    /// [`NoProxyAddress`].
    pub fn new(text: &str, place: &str) -> Result<Self, NoProxyAddress> {
        let text = text.trim();
        let known = |url: &Url| matches!(url.scheme(), "http" | "https" | "socks5" | "socks5h") && url.has_host();
        let whole = if text.contains("://") { text.to_owned() } else { format!("http://{text}") };
        let mut url =
            whole.parse::<Url>().ok().filter(known).ok_or_else(|| NoProxyAddress { place: place.to_owned() })?;
        // RFC 1928, section 3.
        if url.scheme().starts_with("socks") && url.port().is_none() {
            let _ = url.set_port(Some(1080));
        }
        Ok(Self(url))
    }

    /// The address with user and password.
    pub const fn url(&self) -> &Url {
        &self.0
    }
}

impl fmt::Display for ProxyAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&origin(&self.0))
    }
}

impl fmt::Debug for ProxyAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ProxyAddress({self})")
    }
}

impl Direct {
    /// `None` for an invalid entry.
    fn parse(text: &str) -> Option<Self> {
        let text = text.trim().to_ascii_lowercase();
        if text == "*" {
            return Some(Self::Everything);
        }
        if let Some((address, bits)) = text.split_once('/') {
            let (address, bits) = (address.parse::<IpAddr>().ok()?, bits.parse().ok()?);
            return (bits <= width(address)).then_some(Self::Network { address, bits });
        }
        if let Ok(address) = text.parse::<IpAddr>() {
            return Some(Self::Address { address, port: None });
        }
        let (host, port) = match text.rsplit_once(':').map(|(host, port)| (host, port.parse())) {
            Some((host, Ok(port))) => (host, Some(port)),
            _ => (text.as_str(), None),
        };
        let host = host.trim_start_matches('[').trim_end_matches(']');
        if let Ok(address) = host.parse::<IpAddr>() {
            return Some(Self::Address { address: address.to_canonical(), port });
        }
        let host = host.strip_prefix('*').filter(|rest| rest.starts_with('.')).unwrap_or(host);
        let (suffix, itself) = match host.strip_prefix('.') {
            Some(_) => (host.to_owned(), false),
            None => (format!(".{host}"), true),
        };
        (suffix.len() > 1).then_some(Self::Domain { suffix, itself, port })
    }

    fn names(&self, host: &str, ip: Option<IpAddr>, of_port: u16) -> bool {
        let same_port = |port: &Option<u16>| port.is_none_or(|port| port == of_port);
        match self {
            Self::Everything => true,
            Self::Network { address, bits } => ip.is_some_and(|ip| is_in(ip, *address, *bits)),
            Self::Address { address, port } => ip == Some(*address) && same_port(port),
            Self::Domain { suffix, itself, port } => {
                let is_below = ip.is_none() && host.ends_with(suffix.as_str());
                (is_below || (*itself && host == &suffix[1..])) && same_port(port)
            }
        }
    }
}

const fn width(address: IpAddr) -> u32 {
    match address {
        IpAddr::V4(_) => 32,
        IpAddr::V6(_) => 128,
    }
}

/// Whether the first `bits` bits of both addresses are equal.
fn is_in(ip: IpAddr, network: IpAddr, bits: u32) -> bool {
    match (ip, network) {
        (IpAddr::V4(ip), IpAddr::V4(network)) => {
            (ip.to_bits() ^ network.to_bits()).checked_shr(32 - bits).unwrap_or_default() == 0
        }
        (IpAddr::V6(ip), IpAddr::V6(network)) => {
            (ip.to_bits() ^ network.to_bits()).checked_shr(128 - bits).unwrap_or_default() == 0
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn proxies(variables: &[(&str, &str)]) -> Proxies {
        let of = |name: &str| variables.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned());
        Proxies::new(of).unwrap()
    }

    fn through(variables: &[(&str, &str)], address: &str) -> Option<String> {
        proxies(variables).of(&address.parse().unwrap()).map(ToString::to_string)
    }

    /// The cases of `TestUseProxy` in
    /// <https://go.googlesource.com/net/+/refs/heads/master/http/httpproxy/proxy_test.go>.
    #[test]
    fn no_proxy_is_parsed_as_in_go() {
        const LIST: &str = "foobar.com, .barbaz.net, *.wildcard.io, 192.168.1.1, 192.168.1.2:81, 192.168.1.3:80, \
                            10.0.0.0/30, 2001:db8::52:0:1, [2001:db8::52:0:2]:443, [2001:db8::52:0:3]:80, 2002:db8:a::45/64, \
                            bad/33, 10.1.0.0/99, , :80";
        for (host, is_proxied) in [
            ("localhost", false),
            ("127.0.0.1", false),
            ("127.0.0.2", false),
            ("[::1]", false),
            ("[::2]", true),
            ("192.168.1.1", false),
            ("192.168.1.2", true),
            ("192.168.1.3", false),
            ("192.168.1.4", true),
            ("10.0.0.2", false),
            ("10.0.0.4", true),
            ("10.1.0.1", true),
            ("[2001:db8::52:0:1]", false),
            ("[2001:db8::52:0:2]", true),
            ("[2001:db8::52:0:3]", false),
            ("[2002:db8:a::123]", false),
            ("[fe80::424b:c8be:1643:a1b6]", true),
            ("barbaz.net", true),
            ("www.barbaz.net", false),
            ("foobar.com", false),
            ("www.foobar.com", false),
            ("foofoobar.com", true),
            ("baz.com", true),
            ("localhost.net", true),
            ("local.localhost", true),
            ("barbarbaz.net", true),
            ("wildcard.io", true),
            ("nested.wildcard.io", false),
            ("awildcard.io", true),
        ] {
            let found = through(&[("HTTP_PROXY", "proxy:3128"), ("NO_PROXY", LIST)], &format!("http://{host}/x"));
            assert_eq!(found.is_some(), is_proxied, "{host}");
        }
        let all = [("HTTPS_PROXY", "proxy:3128"), ("NO_PROXY", "*")];
        assert_eq!(through(&all, "https://a.example"), None);
        let port = [("HTTPS_PROXY", "proxy:3128"), ("NO_PROXY", "a.example:6443")];
        assert_eq!(through(&port, "https://a.example:6443"), None);
        assert!(through(&port, "https://a.example").is_some());
    }

    #[test]
    fn each_scheme_has_its_own_variable() {
        let both = [("HTTP_PROXY", "http://plain:1"), ("https_proxy", "socks5://u:S3CRET@tls")];
        assert_eq!(through(&both, "http://a.example").as_deref(), Some("http://plain:1"));
        assert_eq!(through(&both, "https://a.example").as_deref(), Some("socks5://tls:1080"));
        assert!(!format!("{:?}", proxies(&both)).contains("S3CRET"));
        assert_eq!(through(&[("HTTPS_PROXY", " ")], "https://a.example"), None);
        assert_eq!(through(&[("HTTP_PROXY", "p"), ("REQUEST_METHOD", "GET")], "http://a.example"), None);
    }

    #[test]
    fn an_invalid_proxy_is_reported_without_its_text() {
        for text in ["ftp://u:S3CRET@p", "http://", "http://u:S3CRET@", "http://u:S3CRET@p:port"] {
            let error = Proxies::new(|name| (name == "HTTPS_PROXY").then(|| text.to_owned())).unwrap_err().to_string();
            assert!(error.starts_with("HTTPS_PROXY is not") && !error.contains("S3CRET"), "{error}");
        }
    }
}
