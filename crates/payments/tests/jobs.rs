//! A job that fails is kept with its reason, retried for a day, and then listed as dead until an operator acts.

use crate::memory;

use std::sync::Arc;

use crate::memory::{Memory, Network};
use payments::{
    CardAttemptId, CardReceivableId, CloseJob, CloseRefusal, FailJob, InvoiceId, InvoiceJob, Job, JobEnd, JobId,
    JobKind, JobTaken, NEVER_MS, OrderId, RetryJob, RetryRefusal, Rules, RunJob, Text,
};

const ID: JobId = JobId(77);

fn with(kind: JobKind) -> (Memory, Job) {
    let mut memory = Memory::demo(Rules::documented().unwrap());
    let job = Job { fence: 1, ..Job::new(ID, memory.now_ms, kind) };
    memory.jobs.insert(ID, Arc::new(job));
    (memory, job)
}

fn run(memory: &mut Memory, job: Job) -> JobEnd {
    memory.run_ok(RunJob { job })
}

#[test]
fn what_cannot_be_done_is_tried_six_times_and_then_waits_for_an_operator() {
    for (kind, why) in [
        (JobKind::SubmitOrder(OrderId(999)), "a submission is sent, not run"),
        (JobKind::InquireOrder(OrderId(999)), "an inquiry is sent, not run"),
        (JobKind::CardAttempt(CardAttemptId(999)), "a card payment is sent, not run"),
        (JobKind::Invoice(InvoiceJob::FutureDue, InvoiceId(999)), "invoice: InvoiceUnknown"),
        (JobKind::Send(payments::MessageId(9)), "a message is sent, not run"),
    ] {
        let (mut memory, mut job) = with(kind);
        let mut waited = Vec::new();
        for tried in 1..=6 {
            let JobEnd::Failed(failure, is_dead) = run(&mut memory, job) else { panic!("{kind:?} was done") };
            assert_eq!((failure.job, &*failure.error, failure.at_ms), (ID, why, memory.now_ms));
            assert_eq!(is_dead, tried == 6);
            let kept = *memory.jobs[&ID];
            assert_eq!((kept.tries, kept.leased_until_ms, kept.kind), (tried, 0, kind));
            assert_eq!(&*memory.job_failures[&ID].error, why);
            if !is_dead {
                waited.push(kept.due_at_ms - memory.now_ms);
                memory.now_ms = kept.due_at_ms;
                // The job is claimed again.
                job = Job { fence: kept.fence + 1, ..kept };
                memory.jobs.insert(ID, Arc::new(job));
            }
        }
        assert_eq!(waited, [60_000, 300_000, 3_600_000, 21_600_000, 68_400_000]);
        let dead = *memory.jobs[&ID];
        assert_eq!((dead.due_at_ms, dead.dead_at_ms), (NEVER_MS, Some(memory.now_ms)));
        // An operator's retry makes it due now, with all its tries again.
        memory.run_ok(RetryJob { id: ID });
        let again = *memory.jobs[&ID];
        assert_eq!((again.due_at_ms, again.dead_at_ms, again.tries), (memory.now_ms, None, 0));
        assert_eq!(memory.run(RetryJob { id: ID }), Err(RetryRefusal::JobNotDead));
        let failed = FailJob { job: again, error: Text::from("it panicked") };
        assert!(matches!(memory.run_ok(failed), JobEnd::Failed(_, false)));
        assert_eq!(&*memory.job_failures[&ID].error, "it panicked");
    }
    let mut memory = Memory::demo(Rules::documented().unwrap());
    assert_eq!(memory.run(RetryJob { id: ID }), Err(RetryRefusal::JobUnknown));
}

#[test]
fn a_late_claim_fails_nothing() {
    let (mut memory, job) = with(JobKind::SettleCardReceivable(CardReceivableId(999)));
    let late = Job { fence: 0, ..job };
    assert_eq!(memory.run(RunJob { job: late }), Err(JobTaken));
    assert_eq!(memory.run(FailJob { job: late, error: Text::from("late") }), Err(JobTaken));
    assert!(memory.job_failures.is_empty());
}

#[test]
fn a_job_that_is_done_at_last_leaves_no_failure() {
    let (mut memory, job) = with(JobKind::ExpireHold(ledger::TransferId(999)));
    let JobEnd::Failed(failure, false) = run(&mut memory, job) else { panic!("there is no such hold") };
    assert_eq!(&*failure.error, "ledger: PendingNotFound");
    let sent = memory::transfer(&memory, payments::Bank::AYANDEH, "t-1", "IR870150000000300400500600", 1_000_000);
    let cycle = memory::ordered(memory.run(sent)).cycle.unwrap();
    let kept = Job { kind: JobKind::CloseCycle(cycle), ..*memory.jobs[&ID] };
    memory.jobs.insert(ID, Arc::new(kept));
    memory.now_ms = kept.due_at_ms;
    assert_eq!(run(&mut memory, kept), JobEnd::Done);
    assert!(!memory.jobs.contains_key(&ID) && memory.job_failures.is_empty());
}

/// A job that is still needed is not closed: `daric verify` would report it as missing.
#[test]
fn a_dead_job_is_closed_once_nothing_waits_for_it() {
    let (mut memory, alive) = with(JobKind::ExpireHold(ledger::TransferId(999)));
    let sent = memory::transfer(&memory, payments::Bank::AYANDEH, "t-1", memory::SOMAYEH, 1_000);
    let decided = memory::ordered(memory.run(sent));
    let mut sent = memory::transfer(&memory, payments::Bank::AYANDEH, "t-2", memory::SOMAYEH, 1_000);
    sent.submission = Network::Unknown(None).terms();
    let undecided = memory::ordered(memory.submit(sent));
    let hold = undecided.state.hold().unwrap().amount;
    let close = |job: Job| CloseJob { job, reason: Text::from("seen to") };
    assert_eq!(memory.run(close(alive)), Err(CloseRefusal::JobNotDead));
    for (kind, closes) in [
        (JobKind::ExpireHold(hold), false),
        (JobKind::ExpireHold(ledger::TransferId(999)), true),
        (JobKind::InquireOrder(memory::order_id(&undecided)), false),
        (JobKind::SubmitOrder(memory::order_id(&undecided)), false),
        (JobKind::InquireOrder(memory::order_id(&decided)), true),
        (JobKind::Invoice(InvoiceJob::CloseTimeOut, InvoiceId(999)), true),
        (JobKind::SettleCardReceivable(CardReceivableId(999)), true),
        (JobKind::Send(payments::MessageId(999)), true),
        (JobKind::CardAttempt(CardAttemptId(999)), true),
    ] {
        let dead = Job { kind, due_at_ms: NEVER_MS, dead_at_ms: Some(memory.now_ms), ..alive };
        memory.jobs.insert(ID, Arc::new(dead));
        let expected = if closes { Ok(()) } else { Err(CloseRefusal::JobNeeded) };
        assert_eq!(memory.run(close(dead)), expected, "{kind:?}");
        assert_eq!(memory.jobs.contains_key(&ID), !closes, "{kind:?}");
    }
    memory.jobs.clear();
    assert_eq!(memory.run(close(alive)), Err(CloseRefusal::JobUnknown));
}
