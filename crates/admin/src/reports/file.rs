//! A report as a file: rows of numbers and texts as CSV or NDJSON, sent while they are made.
//!
//! Memory holds one piece of the file at a time. A client that has gone away ends the file.

use std::borrow::Cow;

use axum::body::{Body, Bytes};
use axum::http::{HeaderValue, header};
use axum::response::Response;
use futures_util::stream;
use serde::{Serialize, Serializer};
use tokio::sync::mpsc;

use super::totals::NoTotals;

/// Bytes of a piece.
const PIECE: usize = 64 * 1024;
/// Capacity of the channel to the client, in pieces.
const PIECES: usize = 4;

/// The form of a file.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum FileFormat {
    /// Comma-separated values, in UTF-8 with a byte order mark, by which spreadsheets recognise it.
    Csv,
    /// A JSON object in each line.
    Ndjson,
}

impl FileFormat {
    /// The end of the file's name.
    pub fn extension(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Ndjson => "ndjson",
        }
    }

    fn content_type(self) -> HeaderValue {
        HeaderValue::from_static(match self {
            Self::Csv => "text/csv; charset=utf-8",
            Self::Ndjson => "application/x-ndjson",
        })
    }
}

/// A value of a row.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
#[serde(untagged)]
pub(super) enum Field {
    /// None: an empty field, or no member.
    Empty,
    /// A number.
    Number(i64),
    /// A text.
    Text(String),
}

impl Field {
    pub(super) fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }

    /// A number other than zero, which stands for none.
    pub(super) fn number(number: i64) -> Self {
        if number == 0 { Self::Empty } else { Self::Number(number) }
    }

    /// The value in CSV. A text that spreadsheets would evaluate as a formula begins with an apostrophe.
    fn cell(&self) -> Cow<'_, str> {
        match self {
            Self::Empty => Cow::Borrowed(""),
            Self::Number(number) => Cow::Owned(number.to_string()),
            Self::Text(text) if text.starts_with(['=', '+', '-', '@', '\t', '\r']) => Cow::Owned(format!("'{text}")),
            Self::Text(text) => Cow::Borrowed(text),
        }
    }
}

/// A row as a JSON object.
struct Object<'a>(&'static [&'static str], &'a [Field]);

impl Serialize for Object<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let members = self.0.iter().zip(self.1);
        serializer.collect_map(members.filter(|(_, field)| **field != Field::Empty))
    }
}

/// The client of a file has gone away.
#[derive(Debug)]
pub(super) struct Gone;

type Pieces = mpsc::Sender<Result<Bytes, store::Error>>;

/// The piece of a file that is being written.
enum Piece {
    Csv(Box<csv::Writer<Vec<u8>>>),
    Ndjson(Vec<u8>),
}

impl Piece {
    fn new(format: FileFormat, begin: &str) -> Self {
        let mut bytes = Vec::with_capacity(PIECE + PIECE / 8);
        bytes.extend_from_slice(begin.as_bytes());
        match format {
            FileFormat::Csv => {
                let writer = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(bytes);
                Self::Csv(Box::new(writer))
            }
            FileFormat::Ndjson => Self::Ndjson(bytes),
        }
    }

    fn len(&self) -> usize {
        match self {
            Self::Csv(writer) => writer.get_ref().len(),
            Self::Ndjson(bytes) => bytes.len(),
        }
    }

    fn into_bytes(self) -> Vec<u8> {
        match self {
            Self::Csv(writer) => writer.into_inner().unwrap_or_default(),
            Self::Ndjson(bytes) => bytes,
        }
    }
}

/// Writes the rows of a file.
pub(super) struct FileWriter {
    format: FileFormat,
    heads: &'static [&'static str],
    piece: Piece,
    to: Pieces,
}

impl FileWriter {
    fn begin(format: FileFormat, heads: &'static [&'static str], to: Pieces) -> Self {
        let piece = match format {
            FileFormat::Csv => Piece::new(format, "\u{feff}"),
            FileFormat::Ndjson => Piece::new(format, ""),
        };
        let mut writer = Self { format, heads, piece, to };
        if let Piece::Csv(piece) = &mut writer.piece {
            // Writing to memory does not fail, and all rows have the same number of fields.
            let _ = piece.write_record(heads);
        }
        writer
    }

    /// Writes a row with a value for each head.
    ///
    /// # Errors
    /// The client has gone away.
    pub(super) async fn row(&mut self, row: &[Field]) -> Result<(), Gone> {
        match &mut self.piece {
            Piece::Csv(piece) => {
                let _ = piece.write_record(row.iter().map(|field| field.cell().into_owned()));
            }
            Piece::Ndjson(piece) => {
                let _ = serde_json::to_writer(&mut *piece, &Object(self.heads, row));
                piece.push(b'\n');
            }
        }
        if self.piece.len() < PIECE {
            return Ok(());
        }
        self.send().await
    }

    async fn send(&mut self) -> Result<(), Gone> {
        let piece = std::mem::replace(&mut self.piece, Piece::new(self.format, ""));
        self.to.send(Ok(piece.into_bytes().into())).await.map_err(|_| Gone)
    }
}

/// Why a file ends before its end.
pub(super) enum Broken {
    /// The client has gone away.
    Gone,
    /// The store cannot be read.
    Store(store::Error),
}

impl From<Gone> for Broken {
    fn from(_: Gone) -> Self {
        Self::Gone
    }
}

impl From<NoTotals> for Broken {
    fn from(why: NoTotals) -> Self {
        Self::Store(why.into_error())
    }
}

impl From<store::Error> for Broken {
    fn from(error: store::Error) -> Self {
        Self::Store(error)
    }
}

/// A file whose rows `rows` writes while it is sent. `name` is its name without extension.
pub(super) fn sent<R>(
    format: FileFormat,
    name: &str,
    heads: &'static [&'static str],
    rows: impl FnOnce(FileWriter) -> R + Send + 'static,
) -> Response
where
    R: Future<Output = Result<FileWriter, Broken>> + Send + 'static,
{
    let (pieces, received) = mpsc::channel(PIECES);
    let writer = FileWriter::begin(format, heads, pieces.clone());
    tokio::spawn(async move {
        match rows(writer).await {
            Ok(mut writer) => {
                if let Err(Gone) = writer.send().await {
                    tracing::debug!("the client of a report has gone away");
                }
            }
            Err(Broken::Gone) => {}
            Err(Broken::Store(error)) => {
                tracing::error!(%error, "a report could not be written to its end");
                // A client that has gone away needs no more.
                let _ = pieces.send(Err(error)).await;
            }
        }
    });
    let body =
        stream::unfold(received, async |mut received: mpsc::Receiver<_>| Some((received.recv().await?, received)));
    let mut response = Response::new(Body::from_stream(body));
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, format.content_type());
    let disposition = format!("attachment; filename=\"{name}.{}\"", format.extension());
    if let Ok(value) = HeaderValue::from_str(&disposition) {
        headers.insert(header::CONTENT_DISPOSITION, value);
    }
    response
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test ends where something is not as it should be")]
mod tests {
    use http_body_util::BodyExt as _;

    use super::*;

    async fn written(mut to: FileWriter, row: [Field; 4], rows: usize) -> Result<FileWriter, Broken> {
        for _ in 0..rows {
            to.row(&row).await?;
        }
        Ok(to)
    }

    async fn file(format: FileFormat, rows: usize) -> String {
        let row = [Field::text("=1+1"), Field::Number(-5), Field::Empty, Field::text("a,\"b\"")];
        let heads = &["first", "second", "third", "fourth"];
        let response = sent(format, "report", heads, move |to| written(to, row, rows));
        let bytes = response.into_body().collect().await.unwrap().to_bytes();
        String::from_utf8(bytes.to_vec()).unwrap()
    }

    #[tokio::test]
    async fn a_file_has_a_head_and_rows_whose_texts_are_no_formulas() {
        let csv = "\u{feff}first,second,third,fourth\r\n'=1+1,-5,,\"a,\"\"b\"\"\"\r\n";
        assert_eq!(file(FileFormat::Csv, 1).await, csv);
        let json = "{\"first\":\"=1+1\",\"second\":-5,\"fourth\":\"a,\\\"b\\\"\"}\n";
        assert_eq!(file(FileFormat::Ndjson, 1).await, json);
        let long = file(FileFormat::Ndjson, 10_000).await;
        assert_eq!((long.lines().count(), long.len()), (10_000, 10_000 * json.len()), "all pieces");
    }
}
