//! The client of all requests that leave the process.

use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use reqwest::redirect::Policy;
use reqwest::{Client, ClientBuilder, Response};
use rustls::{ClientConfig, RootCertStore};
use serde::Deserialize;

use crate::names::{Names, NoAddress};
use crate::reach::Reach;

/// How long a connection may take to be made.
const CONNECT: Duration = Duration::from_secs(5);
/// How long a whole request may take, if whoever makes it says nothing else: shorter than the lease of whoever sends it.
const REQUEST: Duration = Duration::from_secs(9);
/// Bytes of an answer that are looked at.
const ANSWER: usize = 64 * 1024;

/// The client could not be made.
#[derive(Debug, thiserror::Error)]
#[error("no HTTP client: {0}")]
pub struct NoClient(String);

impl NoClient {
    pub(crate) fn because(why: String) -> Self {
        Self(why)
    }
}

/// Trusts the system's roots; follows no redirects; uses no proxy of the environment.
pub(crate) fn client(names: &Names, reach: Reach) -> Result<Client, NoClient> {
    builder()?.dns_resolver(Arc::new(names.within(reach))).build().map_err(|error| NoClient(error.to_string()))
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

/// What went wrong, without the address: keys and texts are in it.
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

/// Why a name has no address, if that is what an error comes from.
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

/// An answer in JSON, read as the bodies of requests are; `None`: it is none.
pub(crate) fn json<'a, T: Deserialize<'a>>(body: &'a [u8]) -> Option<T> {
    serde_json::from_slice(text::without_mark(body)).ok()
}

/// The beginning of an answer's body.
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
