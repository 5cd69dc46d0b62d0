//! A list as a file, written while its rows are read: memory stays the same however many rows there are.
//!
//! Lines are sent while they are written. A sheet is complete before its reply begins and before its audit line, because what it needs may be missing: a
//! temporary file, or room for all rows.
//! Who has exported what is in the audit, before any of it leaves. Rows that are written meanwhile may or may not be in the file; no row is in it twice.
//! Limits: [`EXPORTS`] at once for the whole process, so that reads of payments do not wait for them.

use std::fs::File;
use std::io::{self, Read};

use axum::body::{Body, Bytes};
use axum::http::{HeaderValue, header};
use axum::response::Response;
use futures_util::stream;
use payments::Now;
use store::{Kept, List, ListQuery, Listing, Reader, Sort};
use tokio::runtime::Handle;
use tokio::sync::{Semaphore, mpsc};

use super::asked::{Asked, Unreadable, Wanted, read};
use super::columns::{Columns, ListName, with_columns};
use super::files::{Format, Lines, NoSheet, SHEET, Sheet};
use super::owner::named_owner;
use crate::operator_context::OperatorContext;
use edge::request_log::without_cards;

/// Rows that are read at a time.
const ROWS: usize = 1_000;
/// Capacity of the channel to the caller, in pieces of the file.
const PIECES: usize = 4;
/// Bytes of a piece of a sheet.
const PIECE: usize = 65_536;
/// Exports at once: half of the processors of a small machine, and far less than the store's readers.
static EXPORTS: Semaphore = Semaphore::const_new(2);

/// Why there is no file.
#[derive(Debug)]
pub enum NoExport {
    /// A field of the address cannot be read.
    Unreadable(Unreadable),
    /// Too many exports run.
    Busy,
    /// There are more rows than a sheet may have: lines have no limit.
    TooManyRows(u32),
    /// The temporary file of a sheet cannot be made, or cannot be written: lines need none.
    NoTemporaryFile,
    /// The store failed.
    Failed(engine::Error),
}

impl From<Unreadable> for NoExport {
    fn from(why: Unreadable) -> Self {
        Self::Unreadable(why)
    }
}

/// The file of a list, as a response that is written while it is sent.
///
/// # Errors
/// See [`NoExport`].
pub async fn export(
    context: &OperatorContext,
    list: ListName,
    asked: &Asked,
    format: Format,
) -> Result<Response, NoExport> {
    with_columns!(list, columns => file(context, columns, asked, format).await)
}

async fn file<T: Kept + Send + Sync + 'static>(
    context: &OperatorContext,
    columns: &'static Columns<T>,
    asked: &Asked,
    format: Format,
) -> Result<Response, NoExport> {
    let asked = asked.from_the_start();
    let reader = context.engine.reader().clone();
    let named = named_owner(&reader, columns.list, asked.clone()).await;
    let query = read(columns.list, &named.map_err(|error| NoExport::Failed(error.into()))?, ROWS)?;
    if matches!(query.sort, Sort::Largest | Sort::Smallest) {
        // Only so many rows can be ordered by amount, and a file has all of them.
        let wanted = Wanted::OneOf(vec!["newest", "oldest"]);
        return Err(Unreadable { field: "sort", wanted }.into());
    }
    let permit = EXPORTS.try_acquire().map_err(|_| NoExport::Busy)?;
    let list = columns.name.name();
    let runtime = Handle::current();
    let pages = Pages { runtime, reader, list: columns.list, query: Some(query) };
    let content = match Lines::begin(format, columns.names) {
        Some(lines) => Content::Lines(lines, Box::new(pages)),
        None => Content::Sheet(sheet(columns, pages).await?),
    };
    let conditions = asked.fields().into_iter().map(|(name, value)| format!(" {name}={value}"));
    let detail = format!("{}{}", format.name(), conditions.collect::<String>());
    // A condition may be a card's number, which is stored nowhere in clear.
    context.write_audit_line("export", list, &without_cards(&detail)).await.map_err(NoExport::Failed)?;
    let (pieces, received) = mpsc::channel(PIECES);
    tokio::task::spawn_blocking(move || {
        let written = match content {
            Content::Lines(lines, pages) => write_lines(lines, columns, *pages, &pieces),
            Content::Sheet(file) => send(file, &pieces),
        };
        drop(permit);
        if let Err(error) = written {
            tracing::error!(%error, list, "an export could not be written to its end");
            // The caller sees that the file is cut. If the caller has gone away, the file does not matter any more.
            let _ = pieces.blocking_send(Err(error));
        }
    });
    let body =
        stream::unfold(received, async |mut received: mpsc::Receiver<_>| Some((received.recv().await?, received)));
    let mut response = Response::new(Body::from_stream(body));
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(format.media_type()));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    let day = Now::at(context.engine.clock().now_ms()).map_or(0, |now| now.date.long());
    let disposition = format!("attachment; filename=\"{list}-{day}.{}\"", format.name());
    if let Ok(value) = HeaderValue::from_str(&disposition) {
        headers.insert(header::CONTENT_DISPOSITION, value);
    }
    Ok(response)
}

type Pieces = mpsc::Sender<Result<Bytes, io::Error>>;

/// What is sent.
enum Content<T: 'static> {
    /// Lines, and the pages that they are written from.
    Lines(Lines, Box<Pages<T>>),
    /// A complete sheet.
    Sheet(File),
}

/// The pages of an export, read one after another on a thread that may wait.
struct Pages<T: 'static> {
    runtime: Handle,
    reader: Reader,
    list: &'static List<T>,
    /// The next page; `None`: the last one was read, or one could not be read.
    query: Option<ListQuery<T>>,
}

impl<T: Kept + Send + 'static> Iterator for Pages<T> {
    type Item = Result<Listing<T>, store::Error>;

    fn next(&mut self) -> Option<Self::Item> {
        let query = self.query.take()?;
        let page = self.runtime.block_on(self.reader.listing(self.list, query.clone()));
        if let Ok(Listing { next: Some(next), .. }) = &page {
            self.query = Some(ListQuery { behind: Some(*next), ..query });
        }
        Some(page)
    }
}

fn write_lines<T: Kept + Send + 'static>(
    mut lines: Lines,
    columns: &'static Columns<T>,
    pages: Pages<T>,
    to: &Pieces,
) -> io::Result<()> {
    for page in pages {
        let page = page.map_err(io::Error::other)?;
        let bytes = lines.write(page.rows.iter().map(|row| (columns.cells)(row)))?;
        // A caller that has gone away needs no more.
        if to.is_closed() || !bytes.is_empty() && to.blocking_send(Ok(bytes.into())).is_err() {
            return Ok(());
        }
    }
    Ok(())
}

/// The complete sheet of an export.
async fn sheet<T: Kept + Send + Sync + 'static>(
    columns: &'static Columns<T>,
    pages: Pages<T>,
) -> Result<File, NoExport> {
    let written = tokio::task::spawn_blocking(move || write_sheet(columns, pages)).await;
    // It panics if the temporary file cannot be written, for example because its disk is full.
    written.unwrap_or_else(|panic| Err(no_temporary_file(&io::Error::other(panic))))
}

fn write_sheet<T: Kept + Send + 'static>(columns: &'static Columns<T>, pages: Pages<T>) -> Result<File, NoExport> {
    let no_sheet = |why: NoSheet| match why {
        NoSheet::TooManyRows => NoExport::TooManyRows(SHEET),
        NoSheet::NoTemporaryFile(error) => no_temporary_file(&error),
    };
    let mut sheet = Sheet::begin(columns.names).map_err(no_sheet)?;
    for page in pages {
        let page = page.map_err(|error| NoExport::Failed(error.into()))?;
        sheet.write(page.rows.iter().map(|row| (columns.cells)(row))).map_err(no_sheet)?;
    }
    sheet.end().map_err(no_sheet)
}

fn no_temporary_file(error: &io::Error) -> NoExport {
    tracing::error!(%error, "the temporary file of a sheet cannot be written");
    NoExport::NoTemporaryFile
}

/// Sends a complete file.
fn send(mut file: File, to: &Pieces) -> io::Result<()> {
    loop {
        let mut piece = Vec::with_capacity(PIECE);
        let read = (&mut file).take(PIECE as u64).read_to_end(&mut piece)?;
        if read == 0 || to.blocking_send(Ok(piece.into())).is_err() {
            return Ok(());
        }
    }
}
