//! Adding movements of money to the stored totals, from which reports are made.
//!
//! Shape: a task reads the movements behind the mark on a reader, and the writer adds their totals and moves the mark in one small commit. Of two
//! processes that add the same movements, the second finds the mark elsewhere and adds nothing.
//! Commands have precedence: while many payments are made, nothing is read for [`LATEST`], and after that at most a tenth of the time. What is not
//! added yet, a report adds up itself.
//! Numbers: a movement is added when no process can still commit one with a lower number. A single process commits in the order of numbers; of several,
//! each uses the numbers that it has reserved within seconds ([`SETTLED`]).

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, Instant};

use ledger::TransferId;
use payments::MovementTotals;
use store::Error;
use tokio::sync::{mpsc, oneshot, watch};
use tokio::time::MissedTickBehavior;
use tracing::warn;

use crate::queue::WriterTask;
use crate::shared::Shared;

/// How often is looked for movements. A report adds up the movements since then itself, which takes milliseconds.
const TICK: Duration = Duration::from_secs(15);
/// Movements that are added at a time: their totals are some hundred rows, a commit that others do not notice.
const ROWS: usize = 4_000;
/// Payments in a tick from which on the server counts as busy: less than a hundredth of what it does.
const BUSY: u64 = 3_000;
/// How long movements wait on a busy server.
const LATEST: Duration = Duration::from_secs(60);
/// On a busy server a step is followed by a pause of this many times its own time.
const PAUSES: u32 = 9;
/// How long after a block of numbers was reserved no row with one of these numbers is committed any more: a block is used for ten seconds, and a
/// commit is given up after the time-out of the database.
const SETTLED: Duration = Duration::from_secs(60);

/// The end of the task, or of a round.
enum Ended {
    /// The engine is gone.
    Engine,
    /// Every movement that can be added is added.
    Round,
}

/// Adds movements until the engine is gone.
pub(crate) async fn run(queue: mpsc::WeakSender<WriterTask>, shared: Arc<Shared>, mut failed: watch::Receiver<bool>) {
    if !shared.reader.keeps_totals() {
        return;
    }
    // A process that has just started has more to do.
    let mut ticks = tokio::time::interval_at(tokio::time::Instant::now() + TICK, TICK);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let (mut numbers, mut payments, mut added) = (Numbers::default(), 0, Instant::now());
    loop {
        tokio::select! {
            _ = ticks.tick() => {}
            _ = failed.wait_for(|gone| *gone) => return,
        }
        let now_payments = shared.throughput.payments();
        let is_busy = now_payments.saturating_sub(std::mem::replace(&mut payments, now_payments)) > BUSY;
        if is_busy && added.elapsed() < LATEST {
            continue;
        }
        added = Instant::now();
        match add(&queue, &shared, &mut numbers, if is_busy { PAUSES } else { 1 }).await {
            Ok(Ended::Round) => {}
            Ok(Ended::Engine) => return,
            // What cannot be added now is added later.
            Err(error) => warn!(%error, "movements could not be added to the totals of reports"),
        }
    }
}

/// Adds all movements that can be added, with a pause after each step.
async fn add(
    queue: &mpsc::WeakSender<WriterTask>,
    shared: &Shared,
    numbers: &mut Numbers,
    pauses: u32,
) -> Result<Ended, Error> {
    let below = match shared.reader.next_block().await? {
        None => i64::MAX,
        Some(next) => numbers.settled_below(next, Instant::now()),
    };
    loop {
        let begun = Instant::now();
        let from = shared.reader.fold_mark().await?;
        let found = shared.reader.movements(TransferId(from.up_to), ROWS).await?;
        let is_last = found.len() < ROWS;
        let mut totals = MovementTotals::after(from);
        found.iter().take_while(|movement| movement.transfer.0 < below).for_each(|movement| totals.add(movement));
        if totals.mark() == from {
            return Ok(Ended::Round);
        }
        let Some(queue) = queue.upgrade() else { return Ok(Ended::Engine) };
        let (reply, answer) = oneshot::channel();
        let task = WriterTask::AddTotals { from, to: totals.mark(), rows: totals.rows(), reply };
        if queue.send(task).await.is_err() {
            return Ok(Ended::Engine);
        }
        drop(queue);
        match answer.await {
            // Another process adds them, too, or the world was replaced.
            Ok(Ok(false)) => return Ok(Ended::Round),
            Ok(Ok(true)) if is_last => return Ok(Ended::Round),
            Ok(Ok(true)) => tokio::time::sleep(begun.elapsed() * pauses).await,
            // The writer has reported why.
            Ok(Err(_)) => return Ok(Ended::Round),
            Err(_) => return Ok(Ended::Engine),
        }
    }
}

/// The numbers that processes have reserved, and when this was seen.
#[derive(Default)]
struct Numbers(VecDeque<(Instant, i64)>);

impl Numbers {
    /// The number below which no process commits rows any more; `next` is the first one that is not reserved.
    fn settled_below(&mut self, next: i64, now: Instant) -> i64 {
        if self.0.back().is_none_or(|(_, seen)| *seen < next) {
            self.0.push_back((now, next));
        }
        let is_settled = |(seen_at, _): &(Instant, i64)| now.saturating_duration_since(*seen_at) >= SETTLED;
        while self.0.len() > 1 && self.0.get(1).is_some_and(is_settled) {
            self.0.pop_front();
        }
        self.0.front().filter(|seen| is_settled(seen)).map_or(0, |(_, next)| *next)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_settled_a_minute_after_they_were_reserved() {
        let (begun, mut numbers) = (Instant::now(), Numbers::default());
        for (seconds, next, settled) in [
            (0, 100, 0),
            (15, 100, 0),
            (30, 200, 0),
            (59, 300, 0),
            (60, 300, 100),
            (89, 300, 100),
            (90, 400, 200),
            (500, 400, 400),
        ] {
            let now = begun + Duration::from_secs(seconds);
            assert_eq!(numbers.settled_below(next, now), settled, "{seconds} s");
        }
        assert_eq!(numbers.0.len(), 1, "what is settled is not kept");
    }
}
