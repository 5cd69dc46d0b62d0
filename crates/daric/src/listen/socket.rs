//! What is asked of a connection's stream besides reading and writing.

use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::server::TlsStream;

/// A connection's stream, encrypted or not.
pub trait Socket: AsyncRead + AsyncWrite + Unpin {
    /// Has the connection reset when it is closed: what was not sent is dropped, and its peer gets an error instead of an end.
    fn reset_when_closed(&self);
}

impl Socket for TcpStream {
    fn reset_when_closed(&self) {
        if let Err(error) = rustix::net::sockopt::set_socket_linger(self, Some(Duration::ZERO)) {
            tracing::warn!(%error, "a connection is closed, although a fault asks for its reset");
        }
    }
}

impl Socket for TlsStream<TcpStream> {
    fn reset_when_closed(&self) {
        self.get_ref().0.reset_when_closed();
    }
}
