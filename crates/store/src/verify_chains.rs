//! The check of the hash chains, as part of a verification: each link against the rows that it covers and the link before it.
//!
//! Absent: what no link covers yet. It is counted, and cannot be checked. Rows and links that were removed from the end are found only by a head that was
//! exported before.

use payments::{Chain, Seal};

use crate::chain::{Chained, Content, fault};
use crate::verify_checks::Checks;

/// The check of a chain, link by link.
pub(crate) struct Walk {
    chain: Chain,
    last: Option<Seal>,
    sealed: i64,
}

impl Walk {
    pub(crate) fn new(chain: Chain) -> Self {
        Self { chain, last: None, sealed: 0 }
    }

    /// The number of the last row that the links so far cover.
    pub(crate) fn covered(&self) -> i64 {
        self.last.map_or(i64::MIN, |last| last.last)
    }

    /// Compares the next link with the rows that it covers.
    pub(crate) fn link(&mut self, seal: &Seal, content: &Content, checks: &mut Checks<'_>) {
        let (name, place) = (self.chain.name(), seal.key.number);
        let wanted = self.last.map_or(1, |last| last.key.number.saturating_add(1));
        if place != wanted {
            checks.differs(|| format!("{name}: link {wanted} is missing before link {place}"));
        }
        if let Some(why) = fault(seal, self.last.as_ref(), content) {
            checks.differs(|| format!("{name}: {why}"));
        }
        checks.exported_head(seal);
        self.sealed = self.sealed.saturating_add(seal.rows);
        self.last = Some(*seal);
    }

    /// Ends the check; `unsealed`: how many rows come after the last link.
    pub(crate) fn end(self, unsealed: i64, checks: &mut Checks<'_>) {
        let Self { chain, last, sealed } = self;
        checks.chain_ends(Chained { chain, head: last, sealed, unsealed });
    }
}
