//! `--tls-cert` and `--tls-key`: the certificate of the server.

use std::path::PathBuf;
use std::sync::Arc;

use rustls::ServerConfig;

use super::error::{SettingsError, wrong};
use crate::certificate::ServedCertificate;

/// How HTTPS is served.
#[derive(Clone, Debug)]
pub struct Tls {
    /// The certificate, and its files.
    pub certificate: Arc<ServedCertificate>,
    /// What the listeners use.
    pub config: Arc<ServerConfig>,
}

/// The certificate and key from two PEM files; `None`: neither file is named.
///
/// # Errors
/// Only one of them is named, a file cannot be read, or the two do not match.
pub fn tls(cert: Option<PathBuf>, key: Option<PathBuf>) -> Result<Option<Tls>, SettingsError> {
    let (cert, key) = match (cert, key) {
        (None, None) => return Ok(None),
        (Some(cert), Some(key)) => (cert, key),
        (Some(_), None) => return Err(wrong("tls_cert needs tls_key: the certificate's private key (PEM)")),
        (None, Some(_)) => return Err(wrong("tls_key needs tls_cert: the certificate and its chain (PEM)")),
    };
    let certificate = ServedCertificate::read(cert, key).map_err(wrong)?;
    let config = certificate.config().map_err(|error| wrong(format!("tls: {error}")))?;
    Ok(Some(Tls { certificate, config }))
}
