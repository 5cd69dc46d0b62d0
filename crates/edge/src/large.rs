//! Pages of lists, which may be large: how many bytes a page has, and how many bytes of large replies there are at a time.
//!
//! Shape: [`LargeReplies::page`] begins a page, [`Page::push`] renders its rows one by one, [`Page::end`] gives [`Listed`], whose bytes go into the reply
//! with their place ([`Place::body`]). A reply keeps its place until the system has taken the last of its bytes, so that what callers do not read counts.
//! Limits: [`PAGE_BYTES`] for a page's rows, [`AT_A_TIME`] for all large replies and a quarter of it for those of one caller; replies of up to [`SMALL`]
//! take no place. A page that would be larger is refused with the number of rows that fit: a shorter one would be taken for the last.
//! Rendering yields to other work after each [`SMALL`] bytes.

use std::collections::HashMap;
use std::sync::Arc;

use axum::body::Body;
use bytes::Bytes;
use parking_lot::Mutex;
use payments::ClientId;
use serde::Serialize;
use serde_json::value::{RawValue, to_raw_value};

/// Bytes of a page's rows at most, unless set otherwise: a thousand usual rows have a quarter of it, and it is rendered in some ten milliseconds.
pub const PAGE_BYTES: usize = 4 * 1024 * 1024;
/// Bytes of large replies at a time, unless set otherwise: 32 pages, in a process that has some hundred MiB.
pub const AT_A_TIME: usize = 128 * 1024 * 1024;
/// Bytes of a reply that takes no place: as much as a connection may have in its buffers anyway.
const SMALL: usize = 64 * 1024;
/// Parts of all places, of which one caller has one: a caller that does not read leaves room for others.
const PARTS: usize = 4;

/// Who asks for a page.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum Asks {
    /// A client of the banks' services.
    Client(ClientId),
    /// A user or a business.
    Party(i64),
    /// Operators, all together.
    Operators,
}

/// Why there is no page.
#[derive(Debug)]
pub enum NoPage {
    /// Its rows are too large; so many of them fit.
    TooLarge(usize),
    /// Other large replies have all places.
    Busy,
    /// A row cannot be rendered.
    Broken(serde_json::Error),
}

/// See the module.
#[derive(Debug)]
pub struct LargeReplies {
    page_bytes: usize,
    at_a_time: usize,
    held: Arc<Mutex<Held>>,
}

/// Bytes that have a place.
#[derive(Debug, Default)]
struct Held {
    all: usize,
    of: HashMap<Asks, usize>,
}

impl LargeReplies {
    /// So many bytes of a page, and of all large replies.
    pub fn new(page_bytes: usize, at_a_time: usize) -> Self {
        Self { page_bytes, at_a_time, held: Arc::default() }
    }

    /// Bytes of a page's rows at most. A page of one row may be larger.
    pub fn page_bytes(&self) -> usize {
        self.page_bytes
    }

    /// Begins a page of as many rows as its caller has asked for.
    pub fn page(&self, asks: Asks) -> Page {
        self.begin(asks, self.page_bytes)
    }

    /// Begins the rows of a list that has no pages: their number has a limit of its own.
    pub fn whole(&self, asks: Asks) -> Page {
        self.begin(asks, usize::MAX)
    }

    fn begin(&self, asks: Asks, most: usize) -> Page {
        let place = Place { held: Arc::clone(&self.held), at_a_time: self.at_a_time, asks, bytes: 0 };
        Page { rows: Vec::new(), bytes: 0, most, place, rendered: 0 }
    }
}

/// The place of a reply; free again when this is dropped.
#[derive(Debug)]
pub struct Place {
    held: Arc<Mutex<Held>>,
    at_a_time: usize,
    asks: Asks,
    bytes: usize,
}

impl Place {
    /// Has the place be this large.
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

impl Drop for Place {
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
    place: Place,
    /// Bytes since other work was let pass.
    rendered: usize,
}

impl Page {
    /// Renders a row. The first one always fits.
    ///
    /// # Errors
    /// The page would be too large, or there is no place for it.
    pub async fn push(&mut self, row: &(impl Serialize + Sync)) -> Result<(), NoPage> {
        let row = to_raw_value(row).map_err(NoPage::Broken)?;
        // A comma, or the brackets.
        let size = row.get().len() + 1;
        let bytes = self.bytes.saturating_add(size);
        if bytes > self.most && !self.rows.is_empty() {
            return Err(NoPage::TooLarge(self.rows.len()));
        }
        if bytes > SMALL {
            self.place.grow(bytes)?;
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

    /// The rows; `cut`: of those that were asked for, the store has left some out because they do not fit.
    ///
    /// # Errors
    /// It has.
    pub fn end_unless(self, cut: bool) -> Result<Listed, NoPage> {
        if cut { Err(NoPage::TooLarge(self.rows.len())) } else { Ok(self.end()) }
    }

    /// The rows.
    pub fn end(self) -> Listed {
        Listed { rows: self.rows, place: self.place }
    }
}

/// The rows of a list, rendered.
#[derive(Debug)]
pub struct Listed {
    /// Each as JSON.
    pub rows: Vec<Box<RawValue>>,
    /// Held until the reply is sent.
    pub place: Place,
}

/// Bytes of a reply with their place.
struct Placed {
    bytes: Vec<u8>,
    _place: Place,
}

impl AsRef<[u8]> for Placed {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

impl Place {
    /// This place and another of the same caller as one.
    pub fn and(mut self, mut other: Self) -> Self {
        self.bytes += std::mem::take(&mut other.bytes);
        self
    }

    /// The body of a reply that has this place.
    pub fn body(self, bytes: Vec<u8>) -> Body {
        if self.bytes == 0 { Body::from(bytes) } else { Body::from(Bytes::from_owner(Placed { bytes, _place: self })) }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test ends where something is not as it should be")]
mod tests {
    use http_body_util::BodyExt as _;

    use super::*;

    /// A row of so many bytes, with its comma.
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
            bodies.push(listed.place.body(vec![0; 2 * SMALL]));
            // A caller has its share, though there is room for others.
            assert!(matches!(page(&large, asks, 2, SMALL).await, Err(NoPage::Busy)), "{asks:?}");
            assert!(page(&large, asks, 1, SMALL).await.is_ok(), "small replies pass");
        }
        assert!(matches!(page(&large, &callers[4], 2, SMALL).await, Err(NoPage::Busy)), "all places");
        // What has left the body and was not written yet counts.
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
