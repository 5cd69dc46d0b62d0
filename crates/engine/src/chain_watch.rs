//! The check of the hash chains while the server runs: some links at a time, over and over.
//!
//! A server cannot replay its whole ledger, as `daric verify` does, but it can compare a few thousand rows with their link now and then. A pass that has
//! found nothing forgets what an earlier one has found.

use payments::{Chain, Seal};
use store::{Reader, link_fault};
use tracing::error;

/// How many links of a chain one look compares at most: 65,536 rows, a tenth of a second.
const LINKS: usize = 16;

/// How far the passes have come.
#[derive(Debug, Default)]
pub(crate) struct ChainWatch {
    chains: [Pass; Chain::ALL.len()],
}

/// The passes over one chain.
#[derive(Clone, Debug, Default)]
struct Pass {
    /// The last link that was compared; `None`: the next pass begins.
    last: Option<Seal>,
    /// What this pass has found first.
    found: Option<String>,
    /// What the last complete pass has found first.
    known: Option<String>,
}

impl ChainWatch {
    /// The first link that is not what is stored, of the last pass or the present one; `None`: all are.
    pub(crate) fn fault(&self) -> Option<String> {
        self.chains.iter().find_map(|pass| pass.found.clone().or_else(|| pass.known.clone()))
    }
}

/// What one look has found.
pub(crate) struct Looked {
    at: usize,
    pass: Pass,
}

impl ChainWatch {
    /// The state of the passes, from which a look goes on.
    pub(crate) fn passes(&self) -> impl Iterator<Item = (Chain, Looked)> + use<> {
        let passes = self.chains.clone().into_iter().enumerate();
        Chain::ALL.into_iter().zip(passes).map(|(chain, (at, pass))| (chain, Looked { at, pass }))
    }

    /// Keeps what a look has found.
    pub(crate) fn keep(&mut self, looked: Looked) {
        if let Some(pass) = self.chains.get_mut(looked.at) {
            *pass = looked.pass;
        }
    }
}

impl Looked {
    /// Compares the next links of a chain.
    ///
    /// # Errors
    /// The store cannot be read.
    pub(crate) async fn on(mut self, chain: Chain, reader: &Reader) -> Result<Self, store::Error> {
        let from = self.pass.last.map_or(0, |last| last.key.number - 1);
        let mut links = reader.seals(chain, from, LINKS + 1).await?.into_iter();
        if self.pass.last.is_some() && links.next() != self.pass.last {
            // The world was replaced.
            self.pass = Pass { known: self.pass.known, ..Pass::default() };
            return Ok(self);
        }
        let mut compared = 0;
        for link in links.take(LINKS) {
            compared += 1;
            let after = self.pass.last.map_or(i64::MIN, |last| last.last);
            let content = reader.chain_content(chain, after, link.last.saturating_add(1), usize::MAX).await?;
            if let Some(what) = link_fault(&link, self.pass.last.as_ref(), &content)
                && self.pass.found.is_none()
            {
                let what = format!("{}: {what}", chain.name());
                if self.pass.known.as_ref() != Some(&what) {
                    metrics::counter!("daric_alarms_total", "kind" => "broken chain").increment(1);
                    error!(error = what, "rows are not what their hash chain says: run `daric verify`");
                }
                self.pass.found = Some(what);
            }
            self.pass.last = Some(link);
        }
        if compared < LINKS {
            // The pass is complete.
            self.pass = Pass { last: None, known: self.pass.found.take(), found: None };
        }
        Ok(self)
    }
}
