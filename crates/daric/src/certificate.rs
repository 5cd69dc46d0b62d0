//! The server's certificate (`tls_cert`, `tls_key`), which is read again when its files change.
//!
//! Shape: [`ServedCertificate`] is what each TLS handshake asks for the certificate; [`ServedCertificate::follow`] reads the files every minute. Files
//! that cannot be used, for example while they are being replaced, change nothing: the certificate before them is served on.
//! Limit: a private key that systemd passes as a credential is a copy, made when the service starts.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use metrics::gauge;
use parking_lot::RwLock;
use rustls::ServerConfig;
use rustls::crypto::{CryptoProvider, ring};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use tracing::{info, warn};
use x509_cert::der::Decode as _;

/// How often the files are read.
const INTERVAL: Duration = Duration::from_secs(60);

/// See the module.
pub struct ServedCertificate {
    cert: PathBuf,
    key: PathBuf,
    provider: Arc<CryptoProvider>,
    served: RwLock<Arc<CertifiedKey>>,
}

/// What reading the files again has found.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Renewal {
    /// The files are the served ones.
    Unchanged,
    /// New connections get what the files have now.
    Renewed,
    /// The files cannot be used, and why.
    Unusable(String),
}

impl ServedCertificate {
    /// Reads a certificate with its chain, and its private key (PEM).
    ///
    /// # Errors
    /// The setting that cannot be used, and why: a file cannot be read, or the two do not match.
    pub fn read(cert: PathBuf, key: PathBuf) -> Result<Arc<Self>, String> {
        let provider = Arc::new(ring::default_provider());
        let served = RwLock::new(certified(&cert, &key, &provider)?);
        Ok(Arc::new(Self { cert, key, provider, served }))
    }

    /// The configuration of a server that serves it.
    ///
    /// # Errors
    /// The library has no protocol version for it.
    pub fn config(self: &Arc<Self>) -> Result<Arc<ServerConfig>, rustls::Error> {
        let config = ServerConfig::builder_with_provider(Arc::clone(&self.provider));
        let config = config.with_safe_default_protocol_versions()?;
        let mut config =
            config.with_no_client_auth().with_cert_resolver(Arc::clone(self) as Arc<dyn ResolvesServerCert>);
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(Arc::new(config))
    }

    /// The Unix time in seconds from which the served certificate is not valid; `None`: it cannot be read.
    pub fn expires_at_s(&self) -> Option<u64> {
        let served = self.served.read();
        let certificate = x509_cert::Certificate::from_der(served.cert.first()?).ok()?;
        Some(certificate.tbs_certificate.validity.not_after.to_unix_duration().as_secs())
    }

    /// Reads the files again.
    pub fn renew(&self) -> Renewal {
        let read = match certified(&self.cert, &self.key, &self.provider) {
            Ok(read) => read,
            Err(error) => return Renewal::Unusable(error),
        };
        let mut served = self.served.write();
        if read.cert == served.cert {
            return Renewal::Unchanged;
        }
        *served = read;
        Renewal::Renewed
    }

    /// Reads the files every minute, for ever.
    pub async fn follow(self: Arc<Self>) {
        let mut told = None;
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        if self.expires_at_s().is_some_and(|end| end <= now.as_secs()) {
            warn!("the certificate has expired: clients refuse it until it is renewed");
        }
        loop {
            self.measure();
            tokio::time::sleep(INTERVAL).await;
            match self.renew() {
                Renewal::Unchanged => told = None,
                Renewal::Renewed => {
                    told = None;
                    info!("new connections get the new certificate");
                }
                Renewal::Unusable(error) => {
                    if told.as_ref() != Some(&error) {
                        warn!(
                            error,
                            "the certificate's files have changed and cannot be used: the one before is served on"
                        );
                    }
                    told = Some(error);
                }
            }
        }
    }

    #[expect(clippy::cast_precision_loss, reason = "seconds are far below 2^53")]
    fn measure(&self) {
        gauge!("daric_certificate_expires_timestamp_seconds").set(self.expires_at_s().unwrap_or(0) as f64);
    }
}

impl fmt::Debug for ServedCertificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ServedCertificate").field("cert", &self.cert).finish_non_exhaustive()
    }
}

impl ResolvesServerCert for ServedCertificate {
    fn resolve(&self, _hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(Arc::clone(&self.served.read()))
    }
}

fn certified(cert: &Path, key: &Path, provider: &CryptoProvider) -> Result<Arc<CertifiedKey>, String> {
    let unread = |name: &str, path: &Path, error: &dyn fmt::Display| format!("{name}: {}: {error}", path.display());
    let chain = CertificateDer::pem_file_iter(cert).and_then(Iterator::collect::<Result<Vec<_>, _>>);
    let chain = chain.map_err(|error| unread("tls_cert", cert, &error))?;
    if chain.is_empty() {
        return Err(unread("tls_cert", cert, &"there is no certificate in it"));
    }
    let secret = PrivateKeyDer::from_pem_file(key).map_err(|error| unread("tls_key", key, &error))?;
    let certified = CertifiedKey::from_der(chain, secret, provider);
    Ok(Arc::new(certified.map_err(|error| unread("tls_key", key, &error))?))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test ends where something is not as it should be")]
mod tests {
    use std::fs;
    use std::process::Command;

    use cluster::self_signed;

    use super::*;

    #[test]
    fn a_certificate_is_served_until_its_files_have_another_one_that_can_be_used() {
        let folder = std::env::temp_dir().join(format!("daric-certificate-{}", std::process::id()));
        let made = ["first", "second"].map(|name| {
            fs::create_dir_all(folder.join(name)).unwrap();
            self_signed(Command::new("openssl"), &folder.join(name)).unwrap()
        });
        let (cert, key) = (folder.join("cert.pem"), folder.join("key.pem"));
        let put = |made: &Path, at: &Path| fs::copy(made, at).unwrap();
        put(&made[0].certificate, &cert);
        put(&made[0].key, &key);
        let served = ServedCertificate::read(cert.clone(), key.clone()).unwrap();
        let first = Arc::clone(&served.served.read());
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs();
        // Two days, as `self_signed` makes it.
        let left = served.expires_at_s().unwrap() - now;
        assert!((2 * 86_400 - 60..=2 * 86_400).contains(&left), "{left}");
        assert_eq!(served.renew(), Renewal::Unchanged);
        // Its files are replaced one after the other.
        put(&made[1].certificate, &cert);
        let half = served.renew();
        assert!(matches!(&half, Renewal::Unusable(why) if why.starts_with("tls_key")), "{half:?}");
        assert!(Arc::ptr_eq(&first, &served.served.read()));
        put(&made[1].key, &key);
        assert_eq!((served.renew(), served.renew()), (Renewal::Renewed, Renewal::Unchanged));
        assert!(!Arc::ptr_eq(&first, &served.served.read()));
        fs::remove_file(&cert).unwrap();
        assert!(matches!(served.renew(), Renewal::Unusable(why) if why.starts_with("tls_cert")));
        fs::remove_dir_all(folder).unwrap();
    }
}
