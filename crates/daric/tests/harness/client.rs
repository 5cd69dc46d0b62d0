//! An HTTP client: one kept-alive HTTP/1.1 connection, and a raw exchange for bytes that no HTTP library sends.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use http_body_util::{BodyExt, Full};
use hyper::body::Bytes;
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper::{HeaderMap, Request};
use hyper_util::rt::TokioIo;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use serde_json::Value;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_rustls::TlsConnector;

/// No call takes this long: a test that waits longer has found a hang.
const TIMEOUT: Duration = Duration::from_secs(30);

/// One request, in the order in which it is written on the wire.
#[derive(Debug, Clone)]
pub struct Call {
    pub method: String,
    pub target: String,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Call {
    pub fn new(method: &str, path: &str) -> Self {
        Self { method: method.to_owned(), target: path.to_owned(), headers: Vec::new(), body: Vec::new() }
    }

    pub fn get(path: &str) -> Self {
        Self::new("GET", path)
    }

    pub fn post(path: &str) -> Self {
        Self::new("POST", path)
    }

    pub fn delete(path: &str) -> Self {
        Self::new("DELETE", path)
    }

    /// Adds a parameter, percent-encoded.
    pub fn query(mut self, name: &str, value: &str) -> Self {
        self.target.push(if self.target.contains('?') { '&' } else { '?' });
        self.target.push_str(name);
        self.target.push('=');
        for byte in value.bytes() {
            if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
                self.target.push(char::from(byte));
            } else {
                self.target.push_str(&format!("%{byte:02X}"));
            }
        }
        self
    }

    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    pub fn bearer(self, token: &str) -> Self {
        self.header("authorization", &format!("Bearer {token}"))
    }

    pub fn json(self, body: &Value) -> Self {
        self.header("content-type", "application/json").body(body.to_string())
    }

    pub fn body(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.body = body.into();
        self
    }
}

#[derive(Debug, Clone)]
pub struct Reply {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: Bytes,
}

impl Reply {
    pub fn json(&self) -> Result<Value, String> {
        serde_json::from_slice(&self.body).map_err(|error| format!("the body is no JSON ({error}): {self}"))
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// `error.message`, or an empty string.
    pub fn message(&self) -> String {
        let body = self.json().unwrap_or_default();
        body["error"]["message"].as_str().unwrap_or_default().to_owned()
    }
}

impl std::fmt::Display for Reply {
    fn fmt(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
        write!(f, "{} {}", self.status, String::from_utf8_lossy(&self.body))
    }
}

/// A connection that is opened again when the server has closed it.
pub struct Client {
    address: SocketAddr,
    /// The TLS settings, if it speaks TLS.
    tls: Option<TlsConnector>,
    sender: SendRequest<Full<Bytes>>,
}

impl Client {
    pub async fn connect(address: SocketAddr) -> Result<Self, String> {
        Ok(Self { address, tls: None, sender: open(address, None).await? })
    }

    /// A client that speaks TLS with the server of this certificate (PEM).
    pub async fn connect_by_tls(address: SocketAddr, certificate: &Path) -> Result<Self, String> {
        let mut roots = RootCertStore::empty();
        let trusted = CertificateDer::from_pem_file(certificate).map_err(|error| error.to_string())?;
        roots.add(trusted).map_err(|error| error.to_string())?;
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
        let config = config.map_err(|error| error.to_string())?.with_root_certificates(roots).with_no_client_auth();
        let tls = TlsConnector::from(Arc::new(config));
        Ok(Self { address, sender: open(address, Some(&tls)).await?, tls: Some(tls) })
    }

    /// The reply, or why there is none: refused, cut off, or nothing within `TIMEOUT`.
    pub async fn send(&mut self, call: &Call) -> Result<Reply, String> {
        let what = format!("{} {}", call.method, call.target);
        match tokio::time::timeout(TIMEOUT, self.exchange(call)).await {
            Ok(Ok(reply)) => Ok(reply),
            Ok(Err(error)) => Err(format!("{what}: {error}")),
            Err(_) => Err(format!("{what}: no reply within {TIMEOUT:?}")),
        }
    }

    async fn exchange(&mut self, call: &Call) -> Result<Reply, String> {
        if self.sender.ready().await.is_err() {
            self.sender = open(self.address, self.tls.as_ref()).await?;
            self.sender.ready().await.map_err(|error| error.to_string())?;
        }
        let mut request = Request::builder().method(call.method.as_str()).uri(&call.target).header("host", self.host());
        for (name, value) in &call.headers {
            request = request.header(name, value);
        }
        let request = request.body(Full::new(Bytes::from(call.body.clone()))).map_err(|error| error.to_string())?;
        let reply = self.sender.send_request(request).await.map_err(|error| error.to_string())?;
        let (head, body) = reply.into_parts();
        let body = body.collect().await.map_err(|error| error.to_string())?.to_bytes();
        let reply = Reply { status: head.status.as_u16(), headers: head.headers, body };
        // Every XML file that a test downloads must be readable by a strict importer.
        if reply.header("content-type").is_some_and(|kind| kind.starts_with("application/xml")) {
            super::xml::check(&reply.body).map_err(|error| format!("the file is not well-formed: {error}"))?;
        }
        Ok(reply)
    }

    fn host(&self) -> String {
        self.address.to_string()
    }
}

async fn open(address: SocketAddr, tls: Option<&TlsConnector>) -> Result<SendRequest<Full<Bytes>>, String> {
    let stream = tokio::net::TcpStream::connect(address).await.map_err(|error| error.to_string())?;
    stream.set_nodelay(true).map_err(|error| error.to_string())?;
    match tls {
        None => begin(stream).await,
        Some(tls) => {
            let stream = tls.connect(ServerName::from(address.ip()), stream).await;
            begin(stream.map_err(|error| error.to_string())?).await
        }
    }
}

async fn begin<S: AsyncRead + AsyncWrite + Unpin + Send + 'static>(
    stream: S,
) -> Result<SendRequest<Full<Bytes>>, String> {
    let (sender, connection) = handshake(TokioIo::new(stream)).await.map_err(|error| error.to_string())?;
    // Its error reaches the caller through `sender`.
    tokio::spawn(async move { drop(connection.await) });
    Ok(sender)
}

impl Call {
    /// The bytes of the request on the wire.
    pub fn bytes(&self, host: SocketAddr) -> Vec<u8> {
        let mut text = format!("{} {} HTTP/1.1\r\nhost: {host}\r\n", self.method, self.target);
        for (name, value) in &self.headers {
            text.push_str(&format!("{name}: {value}\r\n"));
        }
        text.push_str(&format!("content-length: {}\r\n\r\n", self.body.len()));
        let mut bytes = text.into_bytes();
        bytes.extend_from_slice(&self.body);
        bytes
    }
}

/// How a caller leaves that does not wait for its reply.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Leaving {
    /// Closes its socket in both directions.
    Closes,
    /// Resets the connection.
    Resets,
}

/// Sends a request and leaves.
pub async fn send_and_leave(address: SocketAddr, call: &Call, leaving: Leaving) {
    let mut stream = tokio::net::TcpStream::connect(address).await.unwrap();
    tokio::io::AsyncWriteExt::write_all(&mut stream, &call.bytes(address)).await.unwrap();
    if leaving == Leaving::Resets {
        stream.set_zero_linger().unwrap();
    }
}

/// What a raw caller does after it has sent its bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AfterSending {
    Waits,
    /// Ends its side of the connection, so that the server sees that no more bytes will come.
    HangsUp,
}

/// Sends bytes as they are and reads one reply. `None`: the server closed without a whole reply.
pub async fn raw(address: SocketAddr, bytes: Vec<u8>, after: AfterSending) -> Option<Reply> {
    tokio::task::spawn_blocking(move || {
        let mut stream = TcpStream::connect(address).unwrap();
        stream.set_read_timeout(Some(TIMEOUT)).unwrap();
        stream.set_write_timeout(Some(TIMEOUT)).unwrap();
        // A server that refuses early closes before it has read everything. Only its reply counts.
        let _ = stream.write_all(&bytes);
        if after == AfterSending::HangsUp {
            let _ = stream.shutdown(std::net::Shutdown::Write);
        }
        read_reply(&mut stream)
    })
    .await
    .unwrap()
}

/// Reads one reply. `None`: the server closed without a whole one.
pub fn read_reply(stream: &mut TcpStream) -> Option<Reply> {
    let mut received = Vec::new();
    let mut buffer = [0; 4096];
    loop {
        if let Some(reply) = parse(&received) {
            return Some(reply);
        }
        match stream.read(&mut buffer) {
            Ok(0) => return None,
            Ok(count) => received.extend_from_slice(&buffer[..count]),
            Err(error) => {
                let hangs = [std::io::ErrorKind::WouldBlock, std::io::ErrorKind::TimedOut].contains(&error.kind());
                assert!(!hangs, "neither a reply nor an end within {TIMEOUT:?}");
                return None;
            }
        }
    }
}

/// The reply, once all of it is there.
fn parse(received: &[u8]) -> Option<Reply> {
    let end = received.windows(4).position(|window| window == b"\r\n\r\n")?;
    let head = String::from_utf8_lossy(&received[..end]).into_owned();
    let mut lines = head.split("\r\n");
    let status = lines.next()?.split(' ').nth(1)?.parse().ok()?;
    let mut headers = HeaderMap::new();
    for (name, value) in lines.filter_map(|line| line.split_once(':')) {
        let name = hyper::header::HeaderName::from_bytes(name.as_bytes()).unwrap();
        headers.append(name, value.trim().parse().unwrap());
    }
    let length = headers.get("content-length").unwrap_or_else(|| panic!("a reply of unknown length: {head}"));
    let length: usize = length.to_str().unwrap().parse().unwrap();
    let body = received[end + 4..].get(..length)?;
    Some(Reply { status, headers, body: Bytes::copy_from_slice(body) })
}
