//! The HTTP client for all outgoing requests.

use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use reqwest::redirect::Policy;
use reqwest::{Client, ClientBuilder, Response};
use rustls::{ClientConfig, RootCertStore};
use serde::Deserialize;

use crate::dns::{DnsResolver, NoAddress};
use crate::reach::Reach;

/// Time-out for establishing a connection.
const CONNECT: Duration = Duration::from_secs(5);
/// Time-out of a whole request, unless the request sets its own; shorter than the lease of the job that makes it.
const REQUEST: Duration = Duration::from_secs(9);
/// How many bytes of a response's body are read at most.
const ANSWER: usize = 64 * 1024;

/// The HTTP client could not be made; the text says why.
#[derive(Debug, thiserror::Error)]
#[error("no HTTP client: {0}")]
pub struct NoClient(String);

impl NoClient {
    pub(crate) fn because(why: String) -> Self {
        Self(why)
    }
}

/// A client that trusts the system's root certificates, follows no redirects and ignores the environment's proxies.
pub(crate) fn client(dns: &DnsResolver, reach: Reach) -> Result<Client, NoClient> {
    builder()?.dns_resolver(Arc::new(dns.within(reach))).build().map_err(|error| NoClient(error.to_string()))
}

/// The client for a collector of traces, which may be at any address.
///
/// # Errors
/// The client cannot be made.
pub fn collector_client(dns: &DnsResolver) -> Result<Client, NoClient> {
    client(dns, Reach::Anywhere)
}

fn builder() -> Result<ClientBuilder, NoClient> {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let tls = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| NoClient(error.to_string()))?
        .with_root_certificates(roots)
        .with_no_client_auth();
    let builder = Client::builder()
        .tls_backend_preconfigured(tls)
        .redirect(Policy::none())
        .no_proxy()
        .connect_timeout(CONNECT)
        .timeout(REQUEST);
    Ok(builder)
}

/// A description of an error without the address, which may contain keys and texts.
pub(crate) fn what(error: reqwest::Error) -> String {
    let error = error.without_url();
    if let Some(why) = no_address(&error) {
        return format!("the other side cannot be reached: {why}");
    }
    let kind = if error.is_timeout() {
        "the other side did not answer in time"
    } else if error.is_connect() {
        "the other side cannot be reached"
    } else {
        "the request broke off"
    };
    kind.to_owned()
}

/// The reason why a name has no address, if that caused the error.
fn no_address(error: &reqwest::Error) -> Option<&NoAddress> {
    let mut source = error.source();
    while let Some(error) = source {
        if let Some(why) = error.downcast_ref() {
            return Some(why);
        }
        source = error.source();
    }
    None
}

/// Parses a JSON response, with or without a byte order mark; `None` if it is not such JSON.
pub(crate) fn json<'a, T: Deserialize<'a>>(body: &'a [u8]) -> Option<T> {
    serde_json::from_slice(text::without_mark(body)).ok()
}

/// The first [`ANSWER`] bytes of a response's body.
pub(crate) async fn beginning(mut response: Response) -> Result<Vec<u8>, String> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(what)? {
        body.extend_from_slice(&chunk[..chunk.len().min(ANSWER - body.len())]);
        if body.len() == ANSWER {
            break;
        }
    }
    Ok(body)
}
