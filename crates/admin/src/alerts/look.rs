//! One look for each condition: what the store and the engine show, against its limit.
//!
//! Ages of payments, jobs and cycles are by the service's clock, as their instants are. A clock of a sandbox that stands still makes nothing older.
//! Cost: a few short reads by an index, twice a minute.

use engine::ChainCheck;
use payments::{AlertKind, Cycle, Finding, Message, MessageState, Observation, Text};
use store::{By, MessagePage, Page};

use super::limits::AlertLimits;
use crate::App;

const MINUTE_MS: i64 = 60_000;
const MIB: u64 = 1 << 20;
/// The callbacks that are looked at: the last ones of the last hour.
const CALLS: usize = 200;
const HOUR_MS: i64 = 3_600_000;
/// With fewer callbacks in the hour, one that fails says nothing.
const FEWEST_CALLS: i64 = 5;
/// The cycles that are looked at: those of a week, of all banks.
const CYCLES: usize = 500;
/// Dead jobs that are counted at most.
const JOBS: usize = 1_000;

/// What a look for a condition has found; `None`: this process cannot tell yet.
///
/// # Errors
/// The store cannot be read.
pub(super) async fn look(
    app: &App,
    limits: &AlertLimits,
    kind: AlertKind,
) -> Result<Option<Observation>, store::Error> {
    let now_ms = app.engine.clock().system_ms();
    let finding = match kind {
        AlertKind::UndecidedPayments => undecided(app, limits).await?,
        AlertKind::StuckJobs => jobs(app, limits).await?,
        AlertKind::FailedCallbacks => callbacks(app, limits).await?,
        AlertKind::Disk => disk(app, limits),
        AlertKind::Clock => clock(app, limits),
        AlertKind::Verification => return Ok(chains(app.engine.chain_check())),
        AlertKind::OpenCycle => cycles(app, limits).await?,
    };
    Ok(Some(match finding {
        Some(finding) => Observation::Found { finding, seen_at_ms: now_ms },
        None => Observation::NotFound { since_ms: now_ms },
    }))
}

/// What this process has found of the hash chains, of which it compares some links at a time.
fn chains(known: ChainCheck) -> Option<Observation> {
    match known {
        ChainCheck::Broken { what, seen_at_ms } => Some(Observation::Found { finding: found(1, what), seen_at_ms }),
        ChainCheck::Whole { since_ms } => Some(Observation::NotFound { since_ms }),
        ChainCheck::Unfinished => None,
    }
}

fn found(value: i64, detail: impl AsRef<str>) -> Finding {
    Finding { value, detail: Text::from(detail.as_ref()) }
}

async fn undecided(app: &App, limits: &AlertLimits) -> Result<Option<Finding>, store::Error> {
    let now_ms = app.engine.clock().now_ms();
    let before_ms = now_ms.saturating_sub(limits.undecided_minutes.saturating_mul(MINUTE_MS));
    let undecided = app.engine.reader().undecided_before(before_ms).await?;
    let Some(oldest_ms) = undecided.oldest_ms else { return Ok(None) };
    let minutes = now_ms.saturating_sub(oldest_ms) / MINUTE_MS;
    let detail = format!("{} payments have no known outcome, the first for {minutes} minutes", undecided.payments);
    Ok(Some(found(minutes, detail)))
}

async fn jobs(app: &App, limits: &AlertLimits) -> Result<Option<Finding>, store::Error> {
    let reader = app.engine.reader();
    let dead = reader.dead_jobs(Page { after: 0, limit: JOBS }).await?.len();
    let dead = i64::try_from(dead).unwrap_or(i64::MAX);
    if dead >= limits.dead_jobs {
        return Ok(Some(found(dead, format!("{dead} jobs are given up"))));
    }
    let now_ms = app.engine.clock().now_ms();
    let late_ms = reader.next_due().await?.map_or(0, |due_ms| now_ms.saturating_sub(due_ms));
    let minutes = late_ms / MINUTE_MS;
    let is_late = minutes >= limits.overdue_minutes;
    Ok(is_late.then(|| found(1, format!("a job has been due for {minutes} minutes"))))
}

async fn callbacks(app: &App, limits: &AlertLimits) -> Result<Option<Finding>, store::Error> {
    let page =
        MessagePage { by: By::Call, before: i64::MAX, after: 0, to: None, business: None, state: None, limit: CALLS };
    let hour_ms = app.engine.clock().now_ms().saturating_sub(HOUR_MS);
    let last = app.engine.reader().messages(page).await?;
    Ok(failed_share(&last, hour_ms)
        .filter(|(percent, _)| *percent > limits.failed_callbacks_percent)
        .map(|(percent, all)| found(percent, format!("{percent} percent of the last {all} callbacks have failed"))))
}

/// The percentage of the callbacks since an instant that have failed at least once and are not delivered, and how many callbacks there were; `None`: too
/// few.
fn failed_share(calls: &[Message], since_ms: i64) -> Option<(i64, i64)> {
    let recent: Vec<&Message> = calls.iter().filter(|call| call.at_ms >= since_ms).collect();
    let tried = recent.iter().filter(|call| call.state != MessageState::Queued || call.tries > 0).count();
    let failed = recent.iter().filter(|call| call.state != MessageState::Sent && call.tries > 0).count();
    let (tried, failed) = (i64::try_from(tried).ok()?, i64::try_from(failed).ok()?);
    (tried >= FEWEST_CALLS).then(|| (failed.saturating_mul(100) / tried, tried))
}

fn disk(app: &App, limits: &AlertLimits) -> Option<Finding> {
    let free = app.engine.reader().free_bytes()?;
    let mib = i64::try_from(free / MIB).unwrap_or(i64::MAX);
    (mib < limits.disk_mib).then(|| found(mib, format!("{mib} MiB are left for the store")))
}

fn clock(app: &App, limits: &AlertLimits) -> Option<Finding> {
    // Reading the time compares the machine's clock anew.
    app.engine.clock().system_ms();
    let seconds = app.engine.clock().step_ms() / 1_000;
    (seconds.abs() >= limits.clock_seconds.max(1))
        .then(|| found(seconds, format!("the machine's clock was set by {seconds} s, which is not followed")))
}

async fn cycles(app: &App, limits: &AlertLimits) -> Result<Option<Finding>, store::Error> {
    let now_ms = app.engine.clock().now_ms();
    let late_ms = now_ms.saturating_sub(limits.cycle_minutes.saturating_mul(MINUTE_MS));
    let known = app.engine.reader().cycles(crate::cycles::LAST, CYCLES).await?;
    Ok(late_cycle(&known, late_ms).map(|(cycle, what, due_ms)| {
        let minutes = now_ms.saturating_sub(due_ms) / MINUTE_MS;
        found(minutes, format!("cycle {} should have been {what} {minutes} minutes ago", cycle.id.0))
    }))
}

/// The first cycle that should have been closed or settled before an instant, what it should have been, and when.
fn late_cycle(cycles: &[Cycle], late_ms: i64) -> Option<(&Cycle, &'static str, i64)> {
    let is_late = |cycle: &'_ Cycle| {
        let unclosed = cycle.closed_at_ms.is_none() && cycle.settled_at_ms.is_none() && cycle.cutoff_ms < late_ms;
        let unsettled = cycle.settled_at_ms.is_none() && cycle.settle_ms < late_ms;
        match (unclosed, unsettled) {
            (true, _) => Some(("closed", cycle.cutoff_ms)),
            (false, true) => Some(("settled", cycle.settle_ms)),
            (false, false) => None,
        }
    };
    let late = cycles.iter().filter_map(|cycle| is_late(cycle).map(|(what, due_ms)| (cycle, what, due_ms)));
    late.min_by_key(|(_, _, due_ms)| *due_ms)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test ends where something is not as it should be")]
mod tests {
    use payments::{Channel, CycleId, MessageId, PartyId, Provenance};

    use super::*;

    fn call(at_ms: i64, state: MessageState, tries: i64) -> Message {
        let text = || Text::from("");
        Message {
            id: MessageId(at_ms),
            channel: Channel::Call(PartyId(7), Provenance::Other),
            to: text(),
            text: Some(text()),
            state,
            tries,
            at_ms,
            ended_at_ms: None,
            error: text(),
            about: None,
        }
    }

    #[test]
    fn a_share_of_failed_callbacks_counts_those_that_were_tried() {
        use MessageState::{Dead, Queued, Sent};
        let many = |state, tries, count: usize| vec![call(10, state, tries); count];
        for (calls, share) in [
            (many(Sent, 1, 4), None),
            (many(Sent, 1, 5), Some((0, 5))),
            ([many(Sent, 1, 3), many(Queued, 1, 2)].concat(), Some((40, 5))),
            ([many(Sent, 1, 3), many(Dead, 6, 2), many(Queued, 0, 50)].concat(), Some((40, 5))),
            (vec![call(1, Dead, 6); 9], None),
        ] {
            assert_eq!(failed_share(&calls, 5), share, "{calls:?}");
        }
    }

    fn cycle(cutoff_ms: i64, closed_at_ms: Option<i64>, settled_at_ms: Option<i64>) -> Cycle {
        Cycle {
            id: CycleId(cutoff_ms),
            cutoff_ms,
            settle_ms: cutoff_ms + 100,
            settled_to: (ledger::AccountId(0), payments::OrderId(0)),
            settled: 0,
            returned: 0,
            settled_at_ms,
            closed_at_ms,
            file: None,
            leaving: None,
        }
    }

    #[test]
    fn a_cycle_is_late_when_it_is_not_closed_or_not_settled_in_time() {
        let late = |cycles: &[Cycle]| late_cycle(cycles, 1_000).map(|(cycle, what, due_ms)| (cycle.id.0, what, due_ms));
        assert_eq!(late(&[cycle(1_000, None, None)]), None);
        assert_eq!(late(&[cycle(999, None, None)]), Some((999, "closed", 999)));
        assert_eq!(late(&[cycle(900, Some(901), None)]), None);
        assert_eq!(late(&[cycle(899, Some(901), None)]), Some((899, "settled", 999)));
        assert_eq!(late(&[cycle(1, Some(2), Some(3)), cycle(800, None, None)]), Some((800, "closed", 800)));
    }
}
