//! Style sheets, scripts, font and icon of the pages. Their addresses contain a hash of their content, so browsers may cache them for ever.

use std::io::Write as _;
use std::sync::LazyLock;

use axum::Router;
use axum::body::Bytes;
use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use data_encoding::HEXLOWER;
use flate2::Compression;
use flate2::write::GzEncoder;
use sha2::{Digest as _, Sha256};

use edge::head;

/// A file, also in compressed form where that helps.
pub struct Asset {
    pub path: &'static str,
    kind: &'static str,
    bytes: &'static [u8],
    packed: LazyLock<Option<Bytes>>,
    url: LazyLock<String>,
}

macro_rules! asset {
    ($name:ident = $file:literal, $kind:literal) => {
        #[doc = concat!("`", $file, "`.")]
        pub static $name: Asset = Asset {
            path: concat!("/assets/", $file),
            kind: $kind,
            bytes: include_bytes!(concat!("../assets/", $file)),
            packed: LazyLock::new(|| pack($name.kind, $name.bytes)),
            url: LazyLock::new(|| versioned($name.path, $name.bytes)),
        };
    };
}

asset!(STYLE = "daric.css", "text/css; charset=utf-8");
asset!(SCRIPT = "daric.js", "text/javascript; charset=utf-8");
asset!(CONSOLE_STYLE = "console.css", "text/css; charset=utf-8");
asset!(CONSOLE_SCRIPT = "console.js", "text/javascript; charset=utf-8");
asset!(FONT = "vazirmatn.woff2", "font/woff2");
asset!(ICON = "favicon.svg", "image/svg+xml");

static ALL: [&Asset; 6] = [&STYLE, &SCRIPT, &CONSOLE_STYLE, &CONSOLE_SCRIPT, &FONT, &ICON];

fn pack(kind: &str, bytes: &[u8]) -> Option<Bytes> {
    let worth = kind != "font/woff2";
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).ok()?;
    encoder.finish().ok().filter(|_| worth).map(Bytes::from)
}

fn versioned(path: &str, bytes: &[u8]) -> String {
    let hash = Sha256::digest(bytes);
    format!("{path}?v={}", HEXLOWER.encode(&hash[..6]))
}

impl Asset {
    /// The address, which changes with the content.
    pub fn url(&self) -> &str {
        &self.url
    }

    fn answer(&self, headers: &HeaderMap) -> Response {
        let packs = |value: &HeaderValue| head::text(value).is_some_and(|value| value.contains("gzip"));
        let packed = self.packed.as_ref().filter(|_| headers.get(header::ACCEPT_ENCODING).is_some_and(packs));
        let mut response = match packed {
            Some(packed) => packed.clone().into_response(),
            None => Bytes::from_static(self.bytes).into_response(),
        };
        let sent = response.headers_mut();
        let mut set = |name: HeaderName, value| drop(sent.insert(name, HeaderValue::from_static(value)));
        set(header::CONTENT_TYPE, self.kind);
        set(header::CACHE_CONTROL, "public, max-age=31536000, immutable");
        set(header::X_CONTENT_TYPE_OPTIONS, "nosniff");
        set(header::VARY, "accept-encoding");
        if packed.is_some() {
            set(header::CONTENT_ENCODING, "gzip");
        }
        response
    }
}

/// The routes of all assets.
pub fn router<S: Clone + Send + Sync + 'static>() -> Router<S> {
    ALL.iter().fold(Router::new(), |router, asset| {
        router.route(asset.path, get(async |headers: HeaderMap| asset.answer(&headers)))
    })
}
