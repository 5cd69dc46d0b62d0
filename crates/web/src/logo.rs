//! GET `/assets/shops/{business}/{file}`: the logo of a shop, for payers' pages and the console.
//!
//! The path contains the hash of the image, so browsers keep the image for ever; a path with another hash is not found. The file is a PNG that this
//! program has written, and its own headers let a browser do nothing with it but show it.

use axum::Router;
use axum::extract::Path;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use payments::{Digest, PartyId};
use sha2::{Digest as _, Sha256};

use edge::Edge;
use edge::logo_path;
use edge::observe::Cause;

/// The route of the logos.
pub fn logo_router<S: Clone + Send + Sync + 'static>(edge: &Edge) -> Router<S> {
    let edge = edge.clone();
    let serve = move |Path((business, file)): Path<(String, String)>| {
        let edge = edge.clone();
        async move { serve(&edge, &business, &file).await }
    };
    Router::new().route("/assets/shops/{business}/{file}", get(serve))
}

async fn serve(edge: &Edge, business: &str, file: &str) -> Response {
    match find(edge, business, file).await {
        Ok(Some(png)) => {
            let mut response = png.into_response();
            let headers = response.headers_mut();
            let mut set = |name: HeaderName, value| drop(headers.insert(name, HeaderValue::from_static(value)));
            set(header::CONTENT_TYPE, "image/png");
            set(header::CACHE_CONTROL, "public, max-age=31536000, immutable");
            set(header::X_CONTENT_TYPE_OPTIONS, "nosniff");
            set(header::CONTENT_SECURITY_POLICY, "default-src 'none'; sandbox");
            set(HeaderName::from_static("cross-origin-resource-policy"), "same-origin");
            response
        }
        Ok(None) => StatusCode::NOT_FOUND.into_response(),
        Err(error) => {
            let status = match error.is_passing() {
                true => StatusCode::SERVICE_UNAVAILABLE,
                false => StatusCode::INTERNAL_SERVER_ERROR,
            };
            let mut response = status.into_response();
            response.extensions_mut().insert(Cause(error.to_string()));
            response
        }
    }
}

async fn find(edge: &Edge, business: &str, file: &str) -> Result<Option<Vec<u8>>, engine::Error> {
    let Some(business) = business.parse().ok().and_then(PartyId::numbered) else { return Ok(None) };
    edge.engine.catch_up().await?;
    let Some(hash) = edge.engine.look(business).await?.and_then(|look| look.logo) else { return Ok(None) };
    if !logo_path(business, hash).ends_with(&format!("/{file}")) {
        return Ok(None);
    }
    let logo = edge.engine.reader().shop_logo(business).await?;
    // The image may have been replaced since the hash was read.
    let is_it = |png: &Vec<u8>| Digest(Sha256::digest(png).into()) == hash;
    Ok(logo.map(|logo| logo.png).filter(is_it))
}
