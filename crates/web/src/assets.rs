//! Style sheets, scripts, font and icon of the pages. Their addresses contain a hash of their content, so browsers may cache them for ever.

use std::io::{Read as _, Write as _};
use std::sync::LazyLock;

use axum::Router;
use axum::body::Bytes;
use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use data_encoding::{BASE64, HEXLOWER};
use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use sha2::{Digest as _, Sha256};

use edge::head;

/// The content of a file as it is in the repository.
#[derive(Clone, Copy)]
enum Content {
    Plain(&'static [u8]),
    /// Compressed with gzip: files of other projects, which are large.
    Packed(&'static [u8]),
}

/// A file, also in compressed form where that helps.
pub struct Asset {
    pub path: &'static str,
    kind: &'static str,
    content: Content,
    plain: LazyLock<Bytes>,
    packed: LazyLock<Option<Bytes>>,
    url: LazyLock<String>,
}

macro_rules! asset {
    ($name:ident = $file:literal, $kind:literal) => {
        asset!($name = $file, $kind, Content::Plain(include_bytes!(concat!("../assets/", $file))));
    };
    ($name:ident = packed $file:literal, $kind:literal) => {
        asset!($name = $file, $kind, Content::Packed(include_bytes!(concat!("../assets/", $file, ".gz"))));
    };
    ($name:ident = $file:literal, $kind:literal, $content:expr) => {
        #[doc = concat!("`", $file, "`.")]
        pub static $name: Asset = Asset {
            path: concat!("/assets/", $file),
            kind: $kind,
            content: $content,
            plain: LazyLock::new(|| plain($name.content)),
            packed: LazyLock::new(|| packed($name.kind, $name.content)),
            url: LazyLock::new(|| versioned($name.path, $name.content)),
        };
    };
}

asset!(STYLE = "daric.css", "text/css; charset=utf-8");
asset!(SCRIPT = "daric.js", "text/javascript; charset=utf-8");
asset!(CONSOLE_STYLE = "console.css", "text/css; charset=utf-8");
asset!(CONSOLE_SCRIPT = "console.js", "text/javascript; charset=utf-8");
asset!(FONT = "vazirmatn.woff2", "font/woff2");
asset!(ICON = "favicon.svg", "image/svg+xml");

// Swagger UI, whose licence and version are beside it.
asset!(VIEWER_SCRIPT = packed "swagger-ui/swagger-ui-bundle.js", "text/javascript; charset=utf-8");
asset!(VIEWER_STYLE = packed "swagger-ui/swagger-ui.css", "text/css; charset=utf-8");
asset!(REFERENCE_SCRIPT = "reference.js", "text/javascript; charset=utf-8");
asset!(REFERENCE_STYLE = "reference.css", "text/css; charset=utf-8");

static ALL: [&Asset; 10] = [
    &STYLE,
    &SCRIPT,
    &CONSOLE_STYLE,
    &CONSOLE_SCRIPT,
    &FONT,
    &ICON,
    &VIEWER_SCRIPT,
    &VIEWER_STYLE,
    &REFERENCE_SCRIPT,
    &REFERENCE_STYLE,
];

/// The style sheet of all pages as text, for a page of a browser that does not have the file yet: it is painted without a second round trip.
pub static INLINE_STYLE: LazyLock<InlineStyle> = LazyLock::new(|| {
    let Content::Plain(bytes) = STYLE.content else { return InlineStyle::of(String::new()) };
    InlineStyle::of(minified(&String::from_utf8_lossy(bytes)))
});

/// A style sheet that stands in a page.
#[derive(Debug)]
pub struct InlineStyle {
    /// The rules.
    pub text: String,
    /// What allows it in the policy of its page: its hash.
    pub source: String,
}

impl InlineStyle {
    /// A style sheet with the source that allows it.
    pub fn of(text: String) -> Self {
        let source = format!("'sha256-{}'", BASE64.encode(&Sha256::digest(text.as_bytes())));
        Self { text, source }
    }
}

/// A style sheet without comments, line breaks and the blanks that mean nothing.
fn minified(sheet: &str) -> String {
    let mut rest = sheet;
    let mut rules = String::with_capacity(sheet.len());
    while let Some((before, comment)) = rest.split_once("/*") {
        rules.push_str(before);
        rest = comment.split_once("*/").map_or("", |(_, after)| after);
    }
    rules.push_str(rest);
    let lines = rules.split_whitespace().collect::<Vec<_>>().join(" ");
    // A blank before a colon may separate two parts of a selector; one after it never does.
    let shorter =
        [("{ ", "{"), (" {", "{"), (" }", "}"), ("} ", "}"), (": ", ":"), ("; ", ";"), (", ", ","), (";}", "}")];
    shorter.iter().fold(lines, |lines, (long, short)| lines.replace(long, short)).trim().to_owned()
}

fn plain(content: Content) -> Bytes {
    match content {
        Content::Plain(bytes) => Bytes::from_static(bytes),
        Content::Packed(bytes) => {
            let mut plain = Vec::new();
            match GzDecoder::new(bytes).read_to_end(&mut plain) {
                Ok(_) => plain.into(),
                // A test reads each file; nothing else can be served in its place.
                Err(_) => Bytes::new(),
            }
        }
    }
}

fn packed(kind: &str, content: Content) -> Option<Bytes> {
    match content {
        Content::Plain(bytes) => pack(kind, bytes),
        Content::Packed(bytes) => Some(Bytes::from_static(bytes)),
    }
}

fn pack(kind: &str, bytes: &[u8]) -> Option<Bytes> {
    let worth = kind != "font/woff2";
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).ok()?;
    encoder.finish().ok().filter(|_| worth).map(Bytes::from)
}

fn versioned(path: &str, content: Content) -> String {
    let (Content::Plain(bytes) | Content::Packed(bytes)) = content;
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
            None => Bytes::clone(&self.plain).into_response(),
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_inline_style_has_the_rules_of_the_file_and_is_short() {
        assert_eq!(
            minified(
                "/* a */\n.a > :first-child,\n.b { color: red; /* b */ }\n\n@media print {\n  .c { margin: 0 1px; }\n}\n"
            ),
            ".a > :first-child,.b{color:red}@media print{.c{margin:0 1px}}"
        );
        let style = &INLINE_STYLE.text;
        let count = |what: char| style.matches(what).count();
        assert!(count('{') == count('}') && count('{') > 100, "{style}");
        assert!(!style.contains("/*") && !style.contains('\n') && !style.contains('<'), "{style}");
        // The page's beginning and this sheet fit into the first bytes that a server may send.
        assert!(style.len() < 10_000, "{}", style.len());
        assert!(INLINE_STYLE.source.starts_with("'sha256-") && INLINE_STYLE.source.ends_with("='"));
    }

    #[test]
    fn a_packed_file_is_that_of_its_project() {
        for (asset, first, size) in [(&VIEWER_SCRIPT, "/*!", 1_732_839), (&VIEWER_STYLE, ".swagger-ui", 187_956)] {
            assert_eq!(asset.plain.len(), size, "{}", asset.path);
            assert!(asset.plain.starts_with(first.as_bytes()) && asset.packed.is_some(), "{}", asset.path);
        }
    }
}
