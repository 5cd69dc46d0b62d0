//! The outbox: tries, pauses and dead messages.

use std::sync::Arc;

use crate::memory::Memory;
use payments::{
    CallbackAttempt, Channel, Delivery, Job, JobKind, MAX_KEPT_ATTEMPTS, MAX_SEND_TRIES, Message, MessageId,
    MessageState, NotSent, PartyId, Provenance, RecordDeliveries, ResendMessage, ResendRefusal, Rules, Text,
    WriteMessage,
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
    memory.run_ok(RecordDeliveries { deliveries: vec![Delivery { id, job, tries: 1, result, attempt: None }] });
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
    memory.run_ok(ResendMessage { id, job: None });
    let job = claim(&mut memory, id);
    note(&mut memory, id, Some(job), Ok(()));
    let sent = of(&memory, id);
    assert_eq!((sent.state, &*sent.error, sent.tries), (MessageState::Sent, "", 1));
    assert_eq!(memory.run(ResendMessage { id, job: None }), Err(ResendRefusal::NothingToResend));
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

/// A callback that is written and due, which the decisions of invoices make.
fn callback() -> (Memory, MessageId) {
    let (mut memory, id) = written();
    let (channel, to) = (Channel::Call(PartyId(201), Provenance::Business), Text::from("http://shop.example/paid"));
    let call = Message { channel, to, text: Some(Text::from("")), ..of(&memory, id) };
    memory.messages.insert(id, Arc::new(call));
    (memory, id)
}

fn attempt(at_ms: i64, status: u16) -> CallbackAttempt {
    let error = (status != 200).then(|| Text::from("it failed"));
    CallbackAttempt { at_ms, status: Some(status), error, duration_ms: 3, answer: Some(Text::from("{}")) }
}

/// Makes the callback once, and records what the business answers.
fn call(memory: &mut Memory, id: MessageId, status: u16) {
    let job = claim(memory, id);
    let result = if status == 200 { Ok(()) } else { later() };
    let attempt = Some(attempt(memory.now_ms, status));
    memory.run_ok(RecordDeliveries { deliveries: vec![Delivery { id, job: Some(job), tries: 1, result, attempt }] });
}

fn statuses(memory: &Memory, id: MessageId) -> Vec<Option<u16>> {
    memory.callback_attempts[&id].attempts.iter().map(|attempt| attempt.status).collect()
}

#[test]
fn the_last_ten_attempts_of_a_callback_are_kept_with_the_time_of_the_next() {
    let (mut memory, id) = callback();
    for tried in 1..=MAX_SEND_TRIES {
        call(&mut memory, id, 500);
        let due_at_ms = memory.jobs.values().next().map(|job| job.due_at_ms);
        assert_eq!(memory.callback_attempts[&id].next_try_at_ms, due_at_ms, "try {tried}");
        memory.now_ms = due_at_ms.unwrap_or(memory.now_ms);
    }
    assert_eq!(memory.callback_attempts[&id].written_at_ms, of(&memory, id).at_ms);
    for _ in 0..3 {
        memory.run_ok(ResendMessage { id, job: None });
        call(&mut memory, id, 200);
        assert_eq!((of(&memory, id).state, of(&memory, id).tries), (MessageState::Sent, 1));
    }
    memory.run_ok(ResendMessage { id, job: None });
    (0..2).for_each(|_| {
        call(&mut memory, id, 503);
        memory.now_ms = memory.jobs.values().next().unwrap().due_at_ms;
    });
    let kept = [[Some(500); 5].as_slice(), &[Some(200); 3], &[Some(503); 2]].concat();
    assert_eq!((statuses(&memory, id), kept.len()), (kept, MAX_KEPT_ATTEMPTS));
}

#[test]
fn a_callback_that_waits_for_its_next_try_is_tried_at_once_when_an_operator_says_so() {
    let (mut memory, id) = callback();
    // The first try is under way: it goes on.
    let first = claim(&mut memory, id);
    memory.run_ok(ResendMessage { id, job: Some(first.id) });
    assert_eq!(**memory.jobs.values().next().unwrap(), first);
    call(&mut memory, id, 500);
    let waiting = **memory.jobs.values().next().unwrap();
    assert!(waiting.due_at_ms > memory.now_ms);
    for (job, due_at_ms) in [(None, waiting.due_at_ms), (Some(waiting.id), memory.now_ms)] {
        memory.run_ok(ResendMessage { id, job });
        assert_eq!(memory.jobs.values().map(|job| job.due_at_ms).collect::<Vec<_>>(), [due_at_ms], "{job:?}");
    }
    assert_eq!((memory.callback_attempts[&id].next_try_at_ms, of(&memory, id).tries), (None, 0));
    call(&mut memory, id, 200);
    assert_eq!((of(&memory, id).state, statuses(&memory, id)), (MessageState::Sent, vec![Some(500), Some(200)]));
    assert!(memory.jobs.is_empty());
}

#[test]
fn a_callback_that_is_made_later_has_the_time_of_its_next_try_and_no_attempt() {
    let (mut memory, id) = callback();
    for by_ms in [90_000, 30_000] {
        let (job, result) = (claim(&mut memory, id), Err(NotSent::Postponed(by_ms)));
        let attempt = Some(attempt(memory.now_ms, 500));
        memory
            .run_ok(RecordDeliveries { deliveries: vec![Delivery { id, job: Some(job), tries: 1, result, attempt }] });
        let due_at_ms = memory.jobs.values().next().map(|job| job.due_at_ms);
        assert_eq!(memory.callback_attempts[&id].next_try_at_ms, due_at_ms, "{by_ms}");
        assert_eq!((due_at_ms, statuses(&memory, id)), (Some(memory.now_ms + by_ms), Vec::new()), "{by_ms}");
        memory.now_ms += by_ms;
    }
}

#[test]
fn a_message_that_is_sent_later_is_due_again_at_its_time_and_was_not_tried() {
    let (mut memory, id) = written();
    let job = claim(&mut memory, id);
    note(&mut memory, id, Some(job), Err(NotSent::Postponed(90_000)));
    let again = **memory.jobs.values().next().unwrap();
    assert_eq!((again.due_at_ms, again.leased_until_ms), (memory.now_ms + 90_000, 0));
    let message = of(&memory, id);
    assert_eq!((message.state, message.tries, &*message.error), (MessageState::Queued, 0, ""));
}
