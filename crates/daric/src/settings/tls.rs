//! `--tls-cert` and `--tls-key`: the certificate of the server.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

use super::error::{SettingsError, wrong};

/// The certificate and key from two PEM files; `None`: neither file is named.
///
/// # Errors
/// Only one of them is named, a file cannot be read, or the two do not match.
pub fn tls(cert: Option<PathBuf>, key: Option<PathBuf>) -> Result<Option<Arc<ServerConfig>>, SettingsError> {
    let (cert, key) = match (cert, key) {
        (None, None) => return Ok(None),
        (Some(cert), Some(key)) => (cert, key),
        (Some(_), None) => return Err(wrong("tls_cert needs tls_key: the certificate's private key (PEM)")),
        (None, Some(_)) => return Err(wrong("tls_key needs tls_cert: the certificate and its chain (PEM)")),
    };
    let unread =
        |name: &str, path: &Path, error: &dyn std::fmt::Display| wrong(format!("{name}: {}: {error}", path.display()));
    let chain = CertificateDer::pem_file_iter(&cert).and_then(Iterator::collect::<Result<Vec<_>, _>>);
    let chain = chain.map_err(|error| unread("tls_cert", &cert, &error))?;
    if chain.is_empty() {
        return Err(unread("tls_cert", &cert, &"there is no certificate in it"));
    }
    let secret = PrivateKeyDer::from_pem_file(&key).map_err(|error| unread("tls_key", &key, &error))?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    let config = config.map_err(|error| wrong(format!("tls: {error}")))?;
    let config = config.with_no_client_auth().with_single_cert(chain, secret);
    let mut config = config.map_err(|error| unread("tls_key", &key, &error))?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(Some(Arc::new(config)))
}
