//! Adding movements of money to the stored totals, from which reports are made.
//!
//! Shape: a task reads the movements behind the mark on a reader, and the writer adds their totals and moves the mark in one small commit. Of two
//! processes that add the same movements, the second finds the mark elsewhere and adds nothing.
//! Commands have precedence: while many payments are made, nothing is read for [`LATEST`], and after that at most a tenth of the time. What is not
//! added yet, a report adds up itself, within a limit. So a mark that is [`FAR`] behind has precedence, too: after a migration it catches up as fast as
//! an idle server can, and under many payments as fast as they come.
//! Numbers: a movement is added when no process can commit one with a lower number any more. With several processes, the numbers below which this
//! holds move when the hash chains are sealed, once a minute.

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
/// Payments in a second from which on the server counts as busy: a hundredth of what it does.
const BUSY: u64 = 200;
/// How long payments are counted before the server counts as busy or idle.
const SAMPLE: Duration = Duration::from_secs(5);
/// How long movements wait on a busy server.
const LATEST: Duration = Duration::from_secs(60);
/// How many transfers behind the mark are many: a quarter of what a report adds up itself.
const FAR: usize = 100_000;

/// How many payments the server makes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Load {
    /// Few.
    Idle,
    /// At least [`BUSY`] in a second.
    Busy,
}

/// How many transfers are behind the mark.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Backlog {
    /// Those of some seconds or minutes.
    Near,
    /// At least [`FAR`].
    Far,
}

/// The pause after a step, as a multiple of its own time.
fn pauses(load: Load, backlog: Backlog) -> u32 {
    match (load, backlog) {
        (Load::Busy, Backlog::Near) => 9,
        (Load::Busy, Backlog::Far) | (Load::Idle, Backlog::Near) => 1,
        (Load::Idle, Backlog::Far) => 0,
    }
}

/// Counts payments.
struct LoadMeter {
    payments: u64,
    since: Instant,
    load: Load,
}

impl LoadMeter {
    fn new(payments: u64, now: Instant) -> Self {
        Self { payments, since: now, load: Load::Idle }
    }

    /// The load in the last [`SAMPLE`], from the number of payments so far.
    fn load(&mut self, payments: u64, now: Instant) -> Load {
        let elapsed = now.saturating_duration_since(self.since);
        if elapsed >= SAMPLE {
            let made = u128::from(payments.saturating_sub(self.payments)) * 1_000;
            self.load = if made >= u128::from(BUSY) * elapsed.as_millis() { Load::Busy } else { Load::Idle };
            (self.payments, self.since) = (payments, now);
        }
        self.load
    }
}

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
    let mut meter = LoadMeter::new(shared.throughput.payments(), Instant::now());
    let mut added = Instant::now();
    loop {
        tokio::select! {
            _ = ticks.tick() => {}
            _ = failed.wait_for(|gone| *gone) => return,
        }
        let load = meter.load(shared.throughput.payments(), Instant::now());
        let ended = match backlog(&shared).await {
            Ok(Backlog::Near) if load == Load::Busy && added.elapsed() < LATEST => continue,
            Ok(backlog) => {
                added = Instant::now();
                add(&queue, &shared, &mut meter, backlog).await
            }
            Err(error) => Err(error),
        };
        match ended {
            Ok(Ended::Round) => {}
            Ok(Ended::Engine) => return,
            // What cannot be added now is added later.
            Err(error) => warn!(%error, "movements could not be added to the totals of reports"),
        }
    }
}

/// How many transfers are behind the mark.
async fn backlog(shared: &Shared) -> Result<Backlog, Error> {
    let mark = shared.reader.fold_mark().await?;
    let behind = shared.reader.transfers_after(TransferId(mark.up_to), FAR).await?;
    Ok(if behind < FAR { Backlog::Near } else { Backlog::Far })
}

/// Adds all movements that can be added, with a pause after each step.
async fn add(
    queue: &mpsc::WeakSender<WriterTask>,
    shared: &Shared,
    meter: &mut LoadMeter,
    backlog: Backlog,
) -> Result<Ended, Error> {
    let below = shared.reader.complete_below().await?;
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
            Ok(Ok(true)) => {
                let load = meter.load(shared.throughput.payments(), Instant::now());
                tokio::time::sleep(begun.elapsed() * pauses(load, backlog)).await;
            }
            // The writer has reported why.
            Ok(Err(_)) => return Ok(Ended::Round),
            Err(_) => return Ok(Ended::Engine),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_is_busy_from_a_number_of_payments_in_a_second_on() {
        let begun = Instant::now();
        let mut meter = LoadMeter::new(50, begun);
        for (seconds, payments, load) in [
            (1, 90_000, Load::Idle),
            (5, 50 + 5 * BUSY - 1, Load::Idle),
            (20, 50 + 20 * BUSY - 1, Load::Busy),
            (24, 50 + 20 * BUSY - 1, Load::Busy),
            (25, 50 + 20 * BUSY - 1, Load::Idle),
            // A minute of the last hour is forgotten.
            (40, 0, Load::Idle),
        ] {
            let now = begun + Duration::from_secs(seconds);
            assert_eq!(meter.load(payments, now), load, "{seconds} s");
        }
    }

    #[test]
    fn a_mark_that_is_far_behind_catches_up_faster() {
        let all = |backlog| [Load::Idle, Load::Busy].map(|load| pauses(load, backlog));
        assert_eq!((all(Backlog::Near), all(Backlog::Far)), ([1, 9], [0, 1]));
    }
}
