//! A list as a file, written while its rows are read: memory stays the same however many rows there are.
//!
//! Who has exported what is in the audit. Rows that are written meanwhile may or may not be in the file; no row is in it twice.
//! Limits: [`EXPORTS`] at once for the whole process, so that reads of payments do not wait for them.

use std::io::{self, Read};

use axum::body::{Body, Bytes};
use axum::http::{HeaderValue, header};
use axum::response::Response;
use futures_util::stream;
use payments::Now;
use store::{Kept, ListQuery, Reader, Sort};
use tokio::runtime::Handle;
use tokio::sync::{Semaphore, mpsc};

use super::asked::{Asked, Unreadable, Wanted, read};
use super::columns::{Columns, ListName, with_columns};
use super::files::{File, Format};
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
    let conditions = asked.fields().into_iter().map(|(name, value)| format!(" {name}={value}"));
    let detail = format!("{}{}", format.name(), conditions.collect::<String>());
    // A condition may be a card's number, which is stored nowhere in clear.
    context.write_audit_line("export", list, &without_cards(&detail)).await.map_err(NoExport::Failed)?;
    let (pieces, received) = mpsc::channel(PIECES);
    let runtime = Handle::current();
    tokio::task::spawn_blocking(move || {
        let written = write(&runtime, &reader, columns, query, format, &pieces);
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

fn write<T: Kept + Send + 'static>(
    runtime: &Handle,
    reader: &Reader,
    columns: &'static Columns<T>,
    mut query: ListQuery<T>,
    format: Format,
    to: &Pieces,
) -> io::Result<()> {
    let mut file = File::begin(format, columns.names)?;
    loop {
        let page = runtime.block_on(reader.listing(columns.list, query.clone())).map_err(io::Error::other)?;
        let bytes = file.write(page.rows.iter().map(|row| (columns.cells)(row)))?;
        // A caller that has gone away needs no more.
        if to.is_closed() || !bytes.is_empty() && to.blocking_send(Ok(bytes.into())).is_err() {
            return Ok(());
        }
        match page.next {
            Some(next) => query.behind = Some(next),
            None => break,
        }
    }
    let Some(mut rest) = file.end()? else { return Ok(()) };
    loop {
        let mut piece = Vec::with_capacity(PIECE);
        let read = (&mut rest).take(PIECE as u64).read_to_end(&mut piece)?;
        if read == 0 || to.blocking_send(Ok(piece.into())).is_err() {
            return Ok(());
        }
    }
}
