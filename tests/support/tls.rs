//! A certificate authority that no client trusts by default, and its certificate for 127.0.0.1 and api.cluster.example.

use std::path::PathBuf;
use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair};
use rustls::pki_types::{CertificateDer, PrivatePkcs8KeyDer};

pub(crate) struct Tls {
    folder: tempfile::TempDir,
    server: Arc<rustls::ServerConfig>,
}

impl Tls {
    pub(crate) fn new() -> Self {
        Self::until(4000)
    }

    /// An expired certificate.
    pub(crate) fn expired() -> Self {
        Self::until(2020)
    }

    fn until(year: i32) -> Self {
        let mut nobody = CertificateParams::default();
        nobody.distinguished_name.push(DnType::CommonName, "nobody");
        nobody.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().unwrap();
        let authority = nobody.self_signed(&key).unwrap().pem();
        let nobody = Issuer::new(nobody, key);

        let mut server = CertificateParams::new(["127.0.0.1", "api.cluster.example"].map(str::to_owned)).unwrap();
        server.not_after = rcgen::date_time_ymd(year, 1, 1);
        server.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        let key = KeyPair::generate().unwrap();
        let certificate = CertificateDer::from(server.signed_by(&key, &nobody).unwrap());
        let key = PrivatePkcs8KeyDer::from(key.serialize_der()).into();

        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("ca.crt"), authority).unwrap();
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let config =
            rustls::ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
        let config = config.with_no_client_auth().with_single_cert(vec![certificate], key).unwrap();
        Self { folder, server: Arc::new(config) }
    }

    /// The authority's certificate; clients that trust it trust the server.
    pub(crate) fn authority(&self) -> PathBuf {
        self.folder.path().join("ca.crt")
    }

    pub(super) fn server(&self) -> Arc<rustls::ServerConfig> {
        self.server.clone()
    }
}
