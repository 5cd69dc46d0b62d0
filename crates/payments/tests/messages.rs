//! The outbox: tries, pauses and dead messages.

use std::sync::Arc;

use crate::memory::Memory;
use payments::{
    Delivery, Job, JobKind, MAX_SEND_TRIES, Message, MessageId, MessageState, NotSent, RecordDeliveries, ResendMessage,
    ResendRefusal, Rules, Text, WriteMessage,
};

fn written() -> (Memory, MessageId) {
    let mut memory = Memory::empty(Rules::documented().unwrap());
    let (to, text) = (Text::from("09120000000"), Text::from("سلام"));
    let id = memory.run_ok(WriteMessage { to, text });
    (memory, id)
}

/// Claims the job of a message.
fn claim(memory: &mut Memory, id: MessageId) -> Job {
    let job = memory.jobs.values_mut().find(|job| job.kind == JobKind::Send(id)).unwrap();
    *job = Arc::new(Job { fence: job.fence + 1, leased_until_ms: 1, ..**job });
    **job
}

fn note(memory: &mut Memory, id: MessageId, job: Option<Job>, result: Result<(), NotSent>) {
    memory.run_ok(RecordDeliveries { deliveries: vec![Delivery { id, job, tries: 1, result }] });
}

fn later() -> Result<(), NotSent> {
    Err(NotSent::Later("the provider answered 500".to_owned()))
}

fn of(memory: &Memory, id: MessageId) -> Message {
    Message::clone(&memory.messages[&id])
}

#[test]
fn a_message_is_tried_six_times_over_a_day_and_then_given_up() {
    let (mut memory, id) = written();
    let began_ms = memory.now_ms;
    for tried in 1..=MAX_SEND_TRIES {
        let job = claim(&mut memory, id);
        assert_eq!(job.due_at_ms, memory.now_ms, "try {tried}");
        note(&mut memory, id, Some(job), later());
        assert_eq!(of(&memory, id).tries, tried);
        if let Some(job) = memory.jobs.values().next() {
            assert_eq!((job.leased_until_ms, of(&memory, id).state), (0, MessageState::Queued));
            memory.now_ms = job.due_at_ms;
        }
    }
    let dead = of(&memory, id);
    assert_eq!((dead.state, &*dead.error), (MessageState::Dead, "the provider answered 500"));
    assert!(memory.jobs.is_empty());
    let took_ms = memory.now_ms - began_ms;
    assert!((85_000_000..=86_400_000).contains(&took_ms), "a day: {took_ms}");
    // An operator sends the message again.
    memory.run_ok(ResendMessage { id });
    let job = claim(&mut memory, id);
    note(&mut memory, id, Some(job), Ok(()));
    let sent = of(&memory, id);
    assert_eq!((sent.state, &*sent.error, sent.tries), (MessageState::Sent, "", 1));
    assert_eq!(memory.run(ResendMessage { id }), Err(ResendRefusal::NothingToResend));
}

#[test]
fn what_is_refused_for_good_is_not_tried_again() {
    let (mut memory, id) = written();
    let job = claim(&mut memory, id);
    note(&mut memory, id, Some(job), Err(NotSent::Never("no such number".to_owned())));
    assert_eq!((of(&memory, id).state, memory.jobs.len()), (MessageState::Dead, 0));
}

#[test]
fn a_worker_that_comes_back_after_its_claim_has_run_out_changes_nothing() {
    let (mut memory, id) = written();
    let late = claim(&mut memory, id);
    let current = claim(&mut memory, id);
    note(&mut memory, id, Some(late), Ok(()));
    assert_eq!(of(&memory, id).state, MessageState::Queued);
    note(&mut memory, id, Some(current), later());
    assert_eq!((of(&memory, id).tries, memory.jobs.len()), (1, 1));
}

#[test]
fn a_job_whose_message_is_gone_goes_too() {
    let (mut memory, id) = written();
    memory.messages.clear();
    let job = claim(&mut memory, id);
    note(&mut memory, id, Some(job), Ok(()));
    assert!(memory.jobs.is_empty() && memory.messages.is_empty());
}
