//! The check of the hash chains while the server runs: some links at a time, over and over.
//!
//! A server cannot replay its whole ledger, as `daric verify` does, but it can compare a few thousand rows with their link now and then. A pass that has
//! found nothing forgets what an earlier one has found.
//! Each process makes its own passes and keeps what they have found in memory: a process that has not completed a pass knows nothing yet.

use payments::{Chain, Seal};
use store::{Reader, link_fault};
use tracing::error;

use crate::clock::Clock;

/// How many links of a chain one look compares at most: 65,536 rows, a tenth of a second.
const LINKS: usize = 16;

/// What this process knows of the hash chains. Instants are by the machine's time, in milliseconds of Unix time.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum ChainCheck {
    /// A link is not what is stored.
    Broken {
        /// The first such link, of the last pass or the present one.
        what: String,
        /// When it was found.
        seen_at_ms: i64,
    },
    /// All links were what is stored.
    Whole {
        /// From this instant on, each of them was compared.
        since_ms: i64,
    },
    /// Not all links were compared since the process began, and those that were are what is stored.
    Unfinished,
}

/// How far the passes have come.
#[derive(Debug)]
pub(crate) struct ChainWatch {
    chains: [Pass; Chain::ALL.len()],
    clock: Clock,
}

/// The passes over one chain.
#[derive(Clone, Debug, Default)]
struct Pass {
    /// The last link that was compared; `None`: the next pass begins.
    last: Option<Seal>,
    /// When this pass began, by the machine's time, in milliseconds of Unix time.
    began_ms: i64,
    /// What this pass has found first.
    found: Option<Fault>,
    /// What the last complete pass has found first.
    known: Option<Fault>,
    /// When the last complete pass began, if it has found nothing; in the same unit.
    whole_since_ms: Option<i64>,
}

/// A link that is not what is stored.
#[derive(Clone, Debug)]
struct Fault {
    what: String,
    /// When it was found, by the machine's time, in milliseconds of Unix time.
    seen_at_ms: i64,
}

impl ChainWatch {
    pub(crate) fn new(clock: Clock) -> Self {
        Self { chains: std::array::from_fn(|_| Pass::default()), clock }
    }

    /// The first link that is not what is stored, of the last pass or the present one; `None`: all are.
    pub(crate) fn fault(&self) -> Option<String> {
        self.first_fault().map(|fault| fault.what.clone())
    }

    fn first_fault(&self) -> Option<&Fault> {
        self.chains.iter().find_map(|pass| pass.found.as_ref().or(pass.known.as_ref()))
    }

    /// What all passes together know.
    pub(crate) fn check(&self) -> ChainCheck {
        if let Some(Fault { what, seen_at_ms }) = self.first_fault() {
            return ChainCheck::Broken { what: what.clone(), seen_at_ms: *seen_at_ms };
        }
        let since_ms = self.chains.iter().map(|pass| pass.whole_since_ms).collect::<Option<Vec<_>>>();
        match since_ms.and_then(|since_ms| since_ms.into_iter().min()) {
            Some(since_ms) => ChainCheck::Whole { since_ms },
            None => ChainCheck::Unfinished,
        }
    }
}

/// What one look has found.
pub(crate) struct Looked {
    at: usize,
    pass: Pass,
    clock: Clock,
}

impl ChainWatch {
    /// The state of the passes, from which a look goes on.
    pub(crate) fn passes(&self) -> impl Iterator<Item = (Chain, Looked)> + use<> {
        let clock = self.clock.clone();
        let passes = self.chains.clone().into_iter().enumerate();
        let passes = passes.map(move |(at, pass)| Looked { at, pass, clock: clock.clone() });
        Chain::ALL.into_iter().zip(passes)
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
        if self.pass.last.is_none() {
            self.pass.began_ms = self.clock.system_ms();
        }
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
                if self.pass.known.as_ref().is_none_or(|known| known.what != what) {
                    metrics::counter!("daric_alarms_total", "kind" => "broken chain").increment(1);
                    error!(error = what, "rows are not what their hash chain says: run `daric verify`");
                }
                self.pass.found = Some(Fault { what, seen_at_ms: self.clock.system_ms() });
            }
            self.pass.last = Some(link);
        }
        if compared < LINKS {
            // The pass is complete.
            let Pass { began_ms, found, .. } = self.pass;
            let whole_since_ms = found.is_none().then_some(began_ms);
            self.pass = Pass { known: found, whole_since_ms, ..Pass::default() };
        }
        Ok(self)
    }
}
