//! Pages of large lists: limits for the bytes of one page, and for the bytes of all large replies held in memory.
//!
//! Shape: [`LargeReplies::page`] begins a page, [`Page::push`] renders its rows one by one, [`Page::end`] gives [`Listed`], whose bytes go into the
//! reply with their reservation ([`Reservation::body`]). A reply keeps its reservation until the system has taken its last byte, so replies that clients do
//! not read count.
//! Limits: [`PAGE_BYTES`] for a page's rows, [`AT_A_TIME`] for all large replies and a quarter of it for those of one caller; replies of up to
//! [`SMALL`] bytes reserve nothing. A page that would be larger is refused with the number of rows that fit: a shortened page would be taken for the
//! last one.
//! Rendering yields to other tasks after each [`SMALL`] bytes.

use std::collections::HashMap;
use std::sync::Arc;

use axum::body::Body;
use bytes::Bytes;
use parking_lot::Mutex;
use payments::ClientId;
use serde::Serialize;
use serde_json::value::{RawValue, to_raw_value};

/// Default maximum of a page's rows in bytes: a thousand usual rows take a quarter of it, and rendering takes some ten milliseconds.
pub const PAGE_BYTES: usize = 4 * 1024 * 1024;
/// Default maximum of all large replies in bytes: 32 pages, in a process of some hundred MiB.
pub const AT_A_TIME: usize = 128 * 1024 * 1024;
/// Bytes of a reply that needs no reservation: a connection may buffer as much anyway.
const SMALL: usize = 64 * 1024;
/// One caller may reserve one part in this many, so that a caller that does not read leaves room for others.
const PARTS: usize = 4;

/// The caller of a page.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum Asks {
    /// A client of the banks' services.
    Client(ClientId),
    /// A user or a business.
    Party(i64),
    /// Operators, all together.
    Operators,
}

/// Why a page is refused.
#[derive(Debug)]
pub enum NoPage {
    /// Its rows are too large; this many of them fit.
    TooLarge(usize),
    /// Other large replies have reserved all bytes.
    Busy,
    /// A row could not be serialised.
    Broken(serde_json::Error),
}

/// See the module.
#[derive(Debug)]
pub struct LargeReplies {
    page_bytes: usize,
    at_a_time: usize,
    held: Arc<Mutex<Held>>,
}

/// Bytes that are reserved.
#[derive(Debug, Default)]
struct Held {
    all: usize,
    of: HashMap<Asks, usize>,
}

impl LargeReplies {
    /// Limits in bytes for one page, and for all large replies.
    pub fn new(page_bytes: usize, at_a_time: usize) -> Self {
        Self { page_bytes, at_a_time, held: Arc::default() }
    }

    /// Maximum of a page's rows in bytes. A page of one row may be larger.
    pub fn page_bytes(&self) -> usize {
        self.page_bytes
    }

    /// Begins a page whose number of rows the caller has chosen.
    pub fn page(&self, asks: Asks) -> Page {
        self.begin(asks, self.page_bytes)
    }

    /// Begins the rows of a list without pages, whose number of rows is limited elsewhere.
    pub fn whole(&self, asks: Asks) -> Page {
        self.begin(asks, usize::MAX)
    }

    fn begin(&self, asks: Asks, most: usize) -> Page {
        let reservation = Reservation { held: Arc::clone(&self.held), at_a_time: self.at_a_time, asks, bytes: 0 };
        Page { rows: Vec::new(), bytes: 0, most, reservation, rendered: 0 }
    }
}

/// The bytes that a reply has reserved; released on drop.
#[derive(Debug)]
pub struct Reservation {
    held: Arc<Mutex<Held>>,
    at_a_time: usize,
    asks: Asks,
    bytes: usize,
}

impl Reservation {
    /// Grows the reservation to this many bytes.
    fn grow(&mut self, bytes: usize) -> Result<(), NoPage> {
        let more = bytes.saturating_sub(self.bytes);
        let mut held = self.held.lock();
        let own = held.of.get(&self.asks).copied().unwrap_or(0);
        if held.all.saturating_add(more) > self.at_a_time || own.saturating_add(more) > self.at_a_time / PARTS {
            metrics::counter!("daric_large_replies_refused_total").increment(1);
            return Err(NoPage::Busy);
        }
        held.all += more;
        *held.of.entry(self.asks.clone()).or_default() += more;
        self.bytes += more;
        Ok(())
    }
}

impl Drop for Reservation {
    fn drop(&mut self) {
        if self.bytes == 0 {
            return;
        }
        let mut held = self.held.lock();
        held.all = held.all.saturating_sub(self.bytes);
        let left = held.of.get(&self.asks).map_or(0, |own| own.saturating_sub(self.bytes));
        if left == 0 {
            held.of.remove(&self.asks);
        } else {
            held.of.insert(self.asks.clone(), left);
        }
    }
}

/// A page that is being rendered.
#[derive(Debug)]
pub struct Page {
    rows: Vec<Box<RawValue>>,
    bytes: usize,
    most: usize,
    reservation: Reservation,
    /// Bytes rendered since the last yield.
    rendered: usize,
}

impl Page {
    /// Renders a row. The first row always fits the page.
    ///
    /// # Errors
    /// The page would be too large, or no bytes can be reserved for it.
    pub async fn push(&mut self, row: &(impl Serialize + Sync)) -> Result<(), NoPage> {
        let row = to_raw_value(row).map_err(NoPage::Broken)?;
        // One more for the comma or the brackets.
        let size = row.get().len() + 1;
        let bytes = self.bytes.saturating_add(size);
        if bytes > self.most && !self.rows.is_empty() {
            return Err(NoPage::TooLarge(self.rows.len()));
        }
        if bytes > SMALL {
            self.reservation.grow(bytes)?;
        }
        self.bytes = bytes;
        self.rows.push(row);
        self.rendered += size;
        if self.rendered > SMALL {
            self.rendered = 0;
            tokio::task::yield_now().await;
        }
        Ok(())
    }

    /// The rows, unless `cut` says that the store has left out rows because they do not fit.
    ///
    /// # Errors
    /// `cut` is set.
    pub fn end_unless(self, cut: bool) -> Result<Listed, NoPage> {
        if cut { Err(NoPage::TooLarge(self.rows.len())) } else { Ok(self.end()) }
    }

    /// The rows.
    pub fn end(self) -> Listed {
        Listed { rows: self.rows, reservation: self.reservation }
    }
}

/// The rows of a list, rendered.
#[derive(Debug)]
pub struct Listed {
    /// Each row as JSON.
    pub rows: Vec<Box<RawValue>>,
    /// The reservation, held until the reply is sent.
    pub reservation: Reservation,
}

/// The bytes of a reply with their reservation.
struct Reserved {
    bytes: Vec<u8>,
    _reservation: Reservation,
}

impl AsRef<[u8]> for Reserved {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

impl Reservation {
    /// Merges two reservations of the same caller.
    pub fn and(mut self, mut other: Self) -> Self {
        self.bytes += std::mem::take(&mut other.bytes);
        self
    }

    /// A reply body that holds this reservation.
    pub fn body(self, bytes: Vec<u8>) -> Body {
        if self.bytes == 0 {
            Body::from(bytes)
        } else {
            Body::from(Bytes::from_owner(Reserved { bytes, _reservation: self }))
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test ends where something is not as it should be")]
mod tests {
    use http_body_util::BodyExt as _;

    use super::*;

    /// A row of this many bytes, including its comma.
    fn row(bytes: usize) -> String {
        "x".repeat(bytes - 3)
    }

    async fn page(large: &LargeReplies, asks: &Asks, rows: usize, bytes: usize) -> Result<Listed, NoPage> {
        let mut page = large.page(asks.clone());
        for _ in 0..rows {
            page.push(&row(bytes)).await?;
        }
        Ok(page.end())
    }

    #[tokio::test]
    async fn a_page_that_is_too_large_says_how_many_rows_fit_and_these_do() {
        let (large, asks) = (LargeReplies::new(1_000, 8 * SMALL), Asks::Party(1));
        for (bytes, fit) in [(100, 10), (101, 9), (999, 1), (1_000, 1), (1_001, 1), (5_000, 1)] {
            let refused = page(&large, &asks, 20, bytes).await.unwrap_err();
            assert!(matches!(refused, NoPage::TooLarge(rows) if rows == fit), "{bytes}: {refused:?}");
            assert_eq!(page(&large, &asks, fit, bytes).await.unwrap().rows.len(), fit);
        }
        let mut whole = large.whole(asks);
        for _ in 0..20 {
            whole.push(&row(100)).await.unwrap();
        }
        assert_eq!(whole.end().rows.len(), 20);
    }

    #[tokio::test]
    async fn large_replies_have_places_until_their_bytes_are_gone_and_small_ones_need_none() {
        let large = LargeReplies::new(4 * SMALL, 8 * SMALL);
        let callers: Vec<Asks> = (1..=5).map(Asks::Party).collect();
        let mut bodies = Vec::new();
        for asks in &callers[..4] {
            let listed = page(&large, asks, 2, SMALL).await.unwrap();
            bodies.push(listed.reservation.body(vec![0; 2 * SMALL]));
            // A caller that has used its share is refused, even if there is room for others.
            assert!(matches!(page(&large, asks, 2, SMALL).await, Err(NoPage::Busy)), "{asks:?}");
            assert!(page(&large, asks, 1, SMALL).await.is_ok(), "small replies pass");
        }
        assert!(matches!(page(&large, &callers[4], 2, SMALL).await, Err(NoPage::Busy)), "all places");
        // Bytes that have left the body, but were not written yet, still count.
        let bytes = bodies.remove(0).collect().await.unwrap().to_bytes();
        let rest = bytes.slice(SMALL..);
        drop(bytes);
        assert!(matches!(page(&large, &callers[4], 2, SMALL).await, Err(NoPage::Busy)));
        drop(rest);
        assert!(page(&large, &callers[4], 2, SMALL).await.is_ok());
        drop(bodies);
        let held = large.held.lock();
        assert_eq!((held.all, held.of.len()), (0, 0), "what is done or refused leaves nothing behind");
    }

    #[tokio::test]
    async fn rendering_lets_other_work_pass() {
        let (large, turns) = (LargeReplies::new(PAGE_BYTES, AT_A_TIME), std::cell::Cell::new(0));
        let other = async {
            loop {
                turns.set(turns.get() + 1);
                tokio::task::yield_now().await;
            }
        };
        tokio::select! {
            biased;
            listed = page(&large, &Asks::Operators, 1_000, 4_000) => assert!(listed.is_ok()),
            () = other => {}
        }
        assert!(turns.get() >= 4_000_000 / (2 * SMALL), "{}", turns.get());
    }
}
