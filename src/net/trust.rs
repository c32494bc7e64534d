//! Connection errors that a retry cannot fix: an untrusted certificate, or a proxy that refuses.

use std::error::Error;
use std::io;

use rustls::{AlertDescription, CertificateError, Error as TlsError, InvalidMessage};

/// Error texts of hyper-util about proxies that refuse, for which it has no public type.
const REFUSED_BY_PROXY: [&str; 3] = [
    "proxy authorization required",
    "SOCKS error: credentials not accepted",
    "SOCKS error: server does not support user/pass authentication",
];

/// The cause and the remedy; `None` if a retry may help. `authority` describes where trusted certificates are
/// configured.
pub(crate) fn lasting_fault(error: &(dyn Error + 'static), authority: &str) -> Option<String> {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(why) = error.downcast_ref::<TlsError>().and_then(|error| of_tls(error, authority)) {
            return Some(why);
        }
        // The inner error of an I/O error is not among its sources.
        let inner = error.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
        if let Some(why) = inner.and_then(|inner| lasting_fault(inner, authority)) {
            return Some(why);
        }
        let said = error.to_string();
        if REFUSED_BY_PROXY.iter().any(|words| said.contains(words)) {
            return Some("the proxy requires authentication, or rejected the given user and password".to_owned());
        }
        next = error.source();
    }
    None
}

fn of_tls(error: &TlsError, authority: &str) -> Option<String> {
    match error {
        TlsError::InvalidCertificate(certificate) => Some(of_certificate(certificate, authority)),
        TlsError::InvalidMessage(InvalidMessage::InvalidContentType) => {
            Some("it does not use TLS on this port: the URL should begin with http://, or it is a proxy".to_owned())
        }
        TlsError::AlertReceived(AlertDescription::CertificateRequired | AlertDescription::BadCertificate) => {
            Some("it requires a client certificate, or rejected the given one".to_owned())
        }
        TlsError::AlertReceived(alert) => Some(format!("it ended the TLS handshake with {alert:?}")),
        TlsError::PeerIncompatible(why) => Some(format!("there is no common TLS version or cipher: {why:?}")),
        _ => None,
    }
}

fn of_certificate(error: &CertificateError, authority: &str) -> String {
    let day = |time: rustls::pki_types::UnixTime| {
        i64::try_from(time.as_secs()).ok().and_then(|seconds| jiff::Timestamp::from_second(seconds).ok())
    };
    match error {
        // A certificate authority with the same name and another key: every kubeadm cluster calls its own
        // `kubernetes`.
        CertificateError::UnknownIssuer | CertificateError::BadSignature => {
            format!("its certificate is signed by an untrusted authority; {authority}")
        }
        CertificateError::Expired => "its certificate has expired, or the clock of this machine is wrong".to_owned(),
        CertificateError::ExpiredContext { not_after, .. } => match day(*not_after) {
            Some(end) => format!("its certificate expired at {end}, or the clock of this machine is wrong"),
            None => of_certificate(&CertificateError::Expired, authority),
        },
        CertificateError::NotValidYet => {
            "its certificate is not valid yet, or the clock of this machine is wrong".to_owned()
        }
        CertificateError::NotValidYetContext { not_before, .. } => match day(*not_before) {
            Some(begin) => {
                format!("its certificate is not valid before {begin}, or the clock of this machine is wrong")
            }
            None => of_certificate(&CertificateError::NotValidYet, authority),
        },
        CertificateError::NotValidForName => "its certificate is for another host name".to_owned(),
        CertificateError::NotValidForNameContext { expected, presented } => {
            let names = if presented.is_empty() { "no name".to_owned() } else { presented.join(", ") };
            format!("its certificate is not for {}, but for {names}", expected.to_str())
        }
        CertificateError::Revoked => "its certificate is revoked".to_owned(),
        other => format!("its certificate cannot be used: {other}"),
    }
}
