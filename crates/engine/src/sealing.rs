//! Sealing: appending links to the hash chains over the audit and the ledger.
//!
//! Shape: a round finds the horizon, below which no row is added any more, and appends links until all rows below it are covered. Rows are read and
//! hashed on a reader; the link itself is a command. Commands of callers do not wait for any of this.
//! Several processes on one database: the process that finds the last link old enough makes the round, and a link that another one has appended
//! meanwhile is refused. So is a link over rows of a world that another process has replaced since they were read.
//! Absent: what was written since the last round. Nothing covers it yet, and the exported heads say how much that is.

use std::time::Duration;

use payments::{Chain, Seal, SealKey, SealRefusal, WriteSeal};
use store::{Content, LINK_ROWS};
use tokio::time::{Instant, MissedTickBehavior};
use tracing::warn;

use crate::Engine;
use crate::error::Error;
use crate::queued_command::Reply;
use crate::rights_cache::Sure;

/// The interval between two rounds, by the machine's time.
const EVERY: Duration = Duration::from_secs(60);
/// By how much a round of another process may be younger than [`EVERY`] and count nevertheless, in milliseconds.
const EARLY_MS: i64 = 5_000;
/// The pause after a full link: a store that was never sealed is covered beside the work of the server.
const PAUSE: Duration = Duration::from_millis(20);

/// A chain as it is now.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ChainHead {
    /// The chain.
    pub chain: Chain,
    /// Its last link; `None`: nothing is sealed.
    pub head: Option<Seal>,
    /// How many rows no link covers yet; at most 100,000 are counted.
    pub unsealed: i64,
}

/// A link whose rows were read and that is not written yet. It is about the world in which they were read.
#[derive(Debug)]
pub struct UnwrittenLink {
    write: WriteSeal,
    world: Sure,
}

/// Whether a link was made less than a round ago, by this machine's time. A link from the future was not: it was made while a clock was wrong, and does
/// not end the sealing until then.
fn is_young(link: &Seal, now_ms: i64) -> bool {
    let every_ms = i64::try_from(EVERY.as_millis()).unwrap_or(i64::MAX);
    (0..every_ms.saturating_sub(EARLY_MS)).contains(&now_ms.saturating_sub(link.at_ms))
}

impl Engine {
    /// Appends links until all complete rows are covered.
    ///
    /// # Errors
    /// As [`Engine::run`].
    pub async fn seal(&self) -> Result<(), Error> {
        let _one_at_a_time = self.shared.sealing.lock().await;
        let below = self.reader().seal_horizon().await?;
        for chain in Chain::ALL {
            while self.append(chain, below).await? == Appended::Full {
                tokio::time::sleep(PAUSE).await;
            }
        }
        Ok(())
    }

    /// The chains as they are now.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn chain_heads(&self) -> Result<Vec<ChainHead>, store::Error> {
        let mut heads = Vec::with_capacity(Chain::ALL.len());
        for chain in Chain::ALL {
            let head = self.reader().last_seal(chain).await?;
            let unsealed = self.reader().unsealed(chain, head.map_or(i64::MIN, |head| head.last)).await?;
            heads.push(ChainHead { chain, head, unsealed });
        }
        Ok(heads)
    }

    /// The first link that is not what is stored, as far as this process has compared them; `None`: all are.
    pub fn chain_fault(&self) -> Option<String> {
        self.shared.chain_watch.lock().fault()
    }

    /// Seals once a minute, and compares some links each time, until the engine ends.
    pub async fn seal_repeatedly(self) {
        let mut every = tokio::time::interval_at(Instant::now() + EVERY, EVERY);
        every.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                _ = every.tick() => {}
                () = self.ended() => return,
            }
            if let Err(error) = self.seal_when_due().await {
                warn!(%error, "the hash chains could not be continued; the next round tries again");
            }
            if let Err(error) = self.compare_links().await {
                warn!(%error, "links of the hash chains could not be compared");
            }
        }
    }

    /// Seals, unless another process did a moment ago or there is nothing to seal.
    async fn seal_when_due(&self) -> Result<(), Error> {
        let (heads, now_ms) = (self.chain_heads().await?, self.clock().system_ms());
        let is_young = |head: &ChainHead| head.head.is_some_and(|link| is_young(&link, now_ms));
        if heads.iter().any(is_young) || heads.iter().all(|head| head.unsealed == 0) {
            return Ok(());
        }
        self.seal().await
    }

    /// Compares some links of each chain with what is stored.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn compare_links(&self) -> Result<(), store::Error> {
        let _no_other_world = self.shared.sealing.lock().await;
        let passes = self.shared.chain_watch.lock().passes();
        for (chain, looked) in passes {
            let looked = looked.on(chain, self.reader()).await?;
            self.shared.chain_watch.lock().keep(looked);
        }
        Ok(())
    }

    /// Appends one link, if there are complete rows after the last one.
    async fn append(&self, chain: Chain, below: i64) -> Result<Appended, Error> {
        let Some(link) = self.read_link(chain, below).await? else { return Ok(Appended::Nothing) };
        Ok(match self.write_link(link).await? {
            Some(Seal { rows, .. }) if usize::try_from(rows).is_ok_and(|rows| rows >= LINK_ROWS) => Appended::Full,
            Some(Seal { .. }) => Appended::Part,
            None => Appended::Nothing,
        })
    }

    /// Reads the next rows of a chain with numbers below the horizon ([`store::Reader::seal_horizon`]); `None`: there are none.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn read_link(&self, chain: Chain, below: i64) -> Result<Option<UnwrittenLink>, Error> {
        self.catch_up().await?;
        let world = self.shared.rights_cache.sure_of_world();
        let last = self.reader().last_seal(chain).await?;
        let (number, after) = last.map_or((1, i64::MIN), |last| (last.key.number.saturating_add(1), last.last));
        let content = self.reader().chain_content(chain, after, below, LINK_ROWS).await?;
        let Content { first, last, rows, hash } = content;
        let write = WriteSeal { key: SealKey { chain, number }, first, last, rows, content: hash };
        Ok((rows > 0).then_some(UnwrittenLink { write, world }))
    }

    /// Appends a link. `None`: another process was quicker, or the world was replaced since the rows were read.
    ///
    /// # Errors
    /// As [`Engine::run`].
    pub async fn write_link(&self, link: UnwrittenLink) -> Result<Option<Seal>, Error> {
        let UnwrittenLink { write, world } = link;
        match self.run_at(Some(world), write).await? {
            Reply::Decided(Ok(seal)) => Ok(Some(seal)),
            Reply::Decided(Err(SealRefusal::NumberTaken | SealRefusal::NotNext)) | Reply::RightsChanged(_) => Ok(None),
            Reply::Failed(error) => Err(error),
        }
    }
}

/// What was appended to a chain.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Appended {
    /// A link over as many rows as it may cover: there may be more.
    Full,
    /// A link over all complete rows.
    Part,
    /// Nothing.
    Nothing,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_is_young_for_most_of_a_round_and_never_before_it_was_made() {
        const NOW_MS: i64 = 1_795_246_200_000;
        for (age_ms, young) in [
            (0, true),
            (54_999, true),
            (55_000, false),
            (60_000, false),
            (-1, false),
            (-86_400_000, false),
            (i64::MAX, false),
        ] {
            let key = SealKey { chain: Chain::Audit, number: 1 };
            let at_ms = NOW_MS.saturating_sub(age_ms);
            let link = Seal { key, first: 1, last: 1, rows: 1, at_ms, hash: [0; 32] };
            assert_eq!(is_young(&link, NOW_MS), young, "{age_ms} ms");
        }
    }
}
