//! Encryption of connections to the database.
//!
//! As libpq's `sslmode`: `disable`, `prefer` (the default), `require`. An encrypted connection is always verified, against the system's
//! roots and those of `sslrootcert`; `verify-ca` and `verify-full` mean `require` here.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};
use tokio_postgres::tls::MakeTlsConnect;
use tokio_postgres_rustls::MakeRustlsConnect;

use crate::Error;

/// Removes `sslrootcert` from an address, because the client library does not know it, and replaces an `sslmode` that it does not know.
pub(super) fn split(address: &str) -> (String, Option<PathBuf>) {
    let is_url = address.starts_with("postgres://") || address.starts_with("postgresql://");
    let (place, parameters, between) = match address.split_once('?') {
        Some((place, parameters)) if is_url => (place, parameters, '&'),
        _ if is_url => (address, "", '&'),
        _ => ("", address, ' '),
    };
    let mut roots = None;
    let mut kept: Vec<&str> = Vec::new();
    for parameter in parameters.split(between).filter(|parameter| !parameter.is_empty()) {
        match parameter.split_once('=') {
            Some(("sslrootcert", path)) => roots = Some(PathBuf::from(path)),
            Some(("sslmode", "verify-ca" | "verify-full")) => kept.push("sslmode=require"),
            _ => kept.push(parameter),
        }
    }
    let kept = kept.join(&between.to_string());
    match (is_url, kept.is_empty()) {
        (true, true) => (place.to_owned(), roots),
        (true, false) => (format!("{place}?{kept}"), roots),
        (false, _) => (kept, roots),
    }
}

/// Encrypts connections.
#[derive(Clone)]
pub(super) struct Connector(MakeRustlsConnect);

impl<S> MakeTlsConnect<S> for Connector
where
    MakeRustlsConnect: MakeTlsConnect<S>,
{
    type Stream = <MakeRustlsConnect as MakeTlsConnect<S>>::Stream;
    type TlsConnect = <MakeRustlsConnect as MakeTlsConnect<S>>::TlsConnect;
    type Error = <MakeRustlsConnect as MakeTlsConnect<S>>::Error;

    fn make_tls_connect(&mut self, host: &str) -> Result<Self::TlsConnect, Self::Error> {
        // A socket has no name. The library requests a connector for it nevertheless, and then does not encrypt.
        self.0.make_tls_connect(if host.is_empty() { "localhost" } else { host })
    }
}

/// A connector that trusts the system's roots and those of a file.
pub(super) fn connector(roots: Option<&Path>) -> Result<Connector, Error> {
    let mut known = RootCertStore::empty();
    // Without the system's roots, or with an unreadable one among them, those of `sslrootcert` remain.
    known.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    if let Some(path) = roots {
        let unusable = |why: String| Error::Address(format!("sslrootcert {}: {why}", path.display()));
        let given = CertificateDer::pem_file_iter(path).map_err(|error| unusable(error.to_string()))?;
        for certificate in given {
            let certificate = certificate.map_err(|error| unusable(error.to_string()))?;
            known.add(certificate).map_err(|error| unusable(error.to_string()))?;
        }
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| Error::Address(error.to_string()))?
        .with_root_certificates(known)
        .with_no_client_auth();
    Ok(Connector(MakeRustlsConnect::new(config)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roots_are_taken_out_of_an_address_and_modes_are_made_known_ones() {
        for (given, address, roots) in [
            ("postgres://u@h/d", "postgres://u@h/d", None),
            ("postgres://u@h/d?sslrootcert=/ca.pem", "postgres://u@h/d", Some("/ca.pem")),
            (
                "postgres://u@h,i/d?sslmode=verify-full&sslrootcert=/ca.pem&connect_timeout=3",
                "postgres://u@h,i/d?sslmode=require&connect_timeout=3",
                Some("/ca.pem"),
            ),
            ("host=h sslrootcert=/ca.pem user=u", "host=h user=u", Some("/ca.pem")),
            ("host=/run/postgresql dbname=d", "host=/run/postgresql dbname=d", None),
        ] {
            assert_eq!(split(given), (address.to_owned(), roots.map(PathBuf::from)), "{given}");
        }
    }

    #[test]
    fn a_file_of_roots_that_is_none_is_named() {
        let error = connector(Some(Path::new("/nowhere/ca.pem"))).err().map(|error| error.to_string());
        assert!(error.is_some_and(|text| text.contains("/nowhere/ca.pem")));
    }
}
