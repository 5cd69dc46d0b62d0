//! The baseline server: the cost of HTTP alone, with the server's own HTTP stack.
//!
//! Shape: for any method and path, the whole body is read and returned as JSON; `/page/{bytes}` returns a static page of that many bytes.
//! Absent: authentication, parsing, storage, logs.

use std::net::Ipv4Addr;

use axum::Router;
use axum::body::Bytes;
use axum::extract::Path;
use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse;
use axum::routing::any;
use axum::serve::ListenerExt;
use tokio::net::TcpListener;

use crate::result::Result;

/// Serves on a free port until the process is killed; prints its address in one line.
pub async fn serve() -> Result<()> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    println!("echo ready on http://{}", listener.local_addr()?);
    let listener = listener.tap_io(|stream| {
        // Without it the connection is only slower.
        let _ = stream.set_nodelay(true);
    });
    axum::serve(listener, Router::new().route("/page/{bytes}", any(page)).fallback(echo)).await?;
    Ok(())
}

async fn page(Path(bytes): Path<usize>, _body: Bytes) -> impl IntoResponse {
    static PAGE: [u8; 1 << 20] = [b' '; 1 << 20];
    ([(CONTENT_TYPE, "text/html; charset=utf-8")], &PAGE[..bytes.min(PAGE.len())])
}

async fn echo(body: Bytes) -> impl IntoResponse {
    ([(CONTENT_TYPE, "application/json")], body)
}
