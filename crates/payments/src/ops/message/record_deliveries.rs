//! Recording the results of tries to send messages.

use std::convert::Infallible;

use crate::view::{Denial, Keys, View};
use crate::{
    At, CallbackAttempt, CallbackAttempts, Command, Job, Message, MessageId, MessageState, NotSent, Now, Text,
};

/// Maximum number of tries of a message.
pub const MAX_SEND_TRIES: i64 = 6;

/// What became of one or more tries to send a message.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Delivery {
    /// The message.
    pub id: MessageId,
    /// The job under which it was sent, as it was claimed; `None`: it was sent from memory.
    pub job: Option<Job>,
    /// Number of tries that this result stands for.
    pub tries: i64,
    /// The result of the last try.
    pub result: Result<(), NotSent>,
    /// The last try, if it was one of a callback.
    pub attempt: Option<CallbackAttempt>,
}

/// Records the results of tries. A result whose claim does not hold any more is ignored.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RecordDeliveries {
    /// The results, one per message.
    pub deliveries: Vec<Delivery>,
}

impl Command for RecordDeliveries {
    type Done = ();
    type Refusal = Infallible;
    const NAME: &'static str = "RecordDeliveries";

    fn keys(&self, _at: At<'_>, keys: &mut Keys) {
        keys.messages.extend(self.deliveries.iter().map(|delivery| delivery.id));
        keys.jobs.extend(self.deliveries.iter().filter_map(|delivery| delivery.job.map(|job| job.id)));
        let called = self.deliveries.iter().filter(|delivery| delivery.attempt.is_some());
        keys.callback_attempts.extend(called.map(|delivery| delivery.id));
    }

    fn decide(&self, view: &mut View, at: At<'_>) -> Result<(), Denial<Infallible>> {
        self.deliveries.iter().for_each(|delivery| record(delivery, view, at.now));
        Ok(())
    }
}

fn record(delivery: &Delivery, view: &mut View, now: &Now) {
    if let Some(claimed) = delivery.job {
        // Another process has claimed the job since, or a reset has removed it.
        if view.jobs.get(&claimed.id).is_none_or(|job| job.fence != claimed.fence) {
            return;
        }
    }
    if let (Err(NotSent::Postponed(by_ms)), Some(job)) = (&delivery.result, delivery.job) {
        let due_at_ms = now.at_ms.saturating_add(*by_ms);
        view.jobs.put(job.id, Job { due_at_ms, leased_until_ms: 0, ..job });
        if let (Some(_), Some(message)) = (&delivery.attempt, view.messages.get(&delivery.id)) {
            let (written_at_ms, next_try_at_ms) = (message.at_ms, Some(due_at_ms));
            let attempts = attempts_of(delivery.id, written_at_ms, view);
            view.callback_attempts.put(delivery.id, CallbackAttempts { next_try_at_ms, ..attempts });
        }
        return;
    }
    let Some(message) = view.messages.get(&delivery.id).map(|message| Message::clone(message)) else {
        if let Some(claimed) = delivery.job {
            view.jobs.remove(claimed.id);
        }
        return;
    };
    let tries = message.tries.saturating_add(delivery.tries);
    let error = delivery.result.as_ref().err().map_or_else(|| Text::from(""), |error| Text::from(error.to_string()));
    let backoff = usize::try_from(tries - 1).ok().and_then(|at| message.channel.backoffs_ms().get(at));
    let written_at_ms = message.at_ms;
    let next_try_at_ms = match (&delivery.result, delivery.job, backoff) {
        (Err(NotSent::Later(_)), Some(job), Some(backoff)) if tries < MAX_SEND_TRIES => {
            let due_at_ms = now.at_ms.saturating_add(*backoff);
            view.jobs.put(job.id, Job { due_at_ms, leased_until_ms: 0, ..job });
            view.messages.put(delivery.id, Message { tries, error, ..message });
            Some(due_at_ms)
        }
        (result, job, _) => {
            if let Some(job) = job {
                view.jobs.remove(job.id);
            }
            let state = if result.is_ok() { MessageState::Sent } else { MessageState::Dead };
            view.messages.put(delivery.id, Message { state, tries, error, ended_at_ms: Some(now.at_ms), ..message });
            None
        }
    };
    if let Some(attempt) = &delivery.attempt {
        let attempts = attempts_of(delivery.id, written_at_ms, view).and(attempt.clone());
        view.callback_attempts.put(delivery.id, CallbackAttempts { next_try_at_ms, ..attempts });
    }
}

/// The attempts of a call so far.
fn attempts_of(message: MessageId, written_at_ms: i64, view: &View) -> CallbackAttempts {
    let known = view.callback_attempts.get(&message).map(|known| CallbackAttempts::clone(known));
    known.unwrap_or(CallbackAttempts { message, written_at_ms, attempts: Vec::new(), next_try_at_ms: None })
}
