//! A certificate authority that nobody knows, and a certificate of it for 127.0.0.1 and api.cluster.example.

use std::path::PathBuf;
use std::process::Command;
use std::sync::Arc;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

pub(crate) struct Tls {
    folder: tempfile::TempDir,
}

impl Tls {
    pub(crate) fn new() -> Self {
        Self::valid_for(2)
    }

    /// A certificate that ends this second, which is over when this returns.
    pub(crate) fn expired() -> Self {
        let tls = Self::valid_for(0);
        std::thread::sleep(std::time::Duration::from_millis(1100));
        tls
    }

    fn valid_for(days: u32) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let openssl = |arguments: &str| {
            let mut command = Command::new("openssl");
            let output = command.current_dir(folder.path()).args(arguments.split(' ')).output();
            let output = output.expect("the tests make certificates with openssl: install it");
            assert!(output.status.success(), "openssl {arguments}: {}", String::from_utf8_lossy(&output.stderr));
        };
        let new = "req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes";
        openssl(&format!("{new} -x509 -days 2 -subj /CN=nobody -keyout ca.key -out ca.crt"));
        openssl(&format!("{new} -subj /CN=server -keyout server.key -out server.csr"));
        std::fs::write(
            folder.path().join("ext"),
            "subjectAltName=IP:127.0.0.1,DNS:api.cluster.example\nextendedKeyUsage=serverAuth\n",
        )
        .unwrap();
        let signed = "x509 -req -in server.csr -CA ca.crt -CAkey ca.key -set_serial 2 -extfile ext -out server.crt";
        openssl(&format!("{signed} -days {days}"));
        Self { folder }
    }

    /// The authority's certificate: who trusts it, trusts the server.
    pub(crate) fn authority(&self) -> PathBuf {
        self.folder.path().join("ca.crt")
    }

    pub(super) fn server(&self) -> Arc<rustls::ServerConfig> {
        let certificate = CertificateDer::from_pem_file(self.folder.path().join("server.crt")).unwrap();
        let key = PrivateKeyDer::from_pem_file(self.folder.path().join("server.key")).unwrap();
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let config =
            rustls::ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
        Arc::new(config.with_no_client_auth().with_single_cert(vec![certificate], key).unwrap())
    }
}
