//! The baseline server: what HTTP alone costs with the stack that the real server uses.
//!
//! Shape: any method and path, the whole body read, the same bytes back as JSON.
//! Absent: routing, authentication, parsing, storage, logs.

use std::net::Ipv4Addr;

use axum::Router;
use axum::body::Bytes;
use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse;
use axum::serve::ListenerExt;
use tokio::net::TcpListener;

use crate::Result;

/// Serves on a free port until killed; prints its address in one line.
pub async fn serve() -> Result<()> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    println!("echo ready on http://{}", listener.local_addr()?);
    let listener = listener.tap_io(|stream| {
        // A stream without it is only slower, and only for this reply.
        let _ = stream.set_nodelay(true);
    });
    axum::serve(listener, Router::new().fallback(echo)).await?;
    Ok(())
}

async fn echo(body: Bytes) -> impl IntoResponse {
    ([(CONTENT_TYPE, "application/json")], body)
}
