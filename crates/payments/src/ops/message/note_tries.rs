//! Recording the results of tries to send messages.

use std::convert::Infallible;

use crate::view::{Denial, Keys, View};
use crate::{At, Command, Job, Message, MessageId, MessageState, NotSent, Now, Text};

/// Maximum number of tries of a message.
pub const SEND_TRIES: i64 = 6;

/// The result of one or more tries to send a message.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Tried {
    /// The message.
    pub id: MessageId,
    /// The job under which it was sent, as it was claimed; `None`: it was sent from memory.
    pub job: Option<Job>,
    /// Number of tries that this result stands for.
    pub tries: i64,
    /// The result of the last try.
    pub result: Result<(), NotSent>,
}

/// Records the results of tries. A result whose claim does not hold any more is ignored.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NoteTries {
    /// The results, one per message.
    pub tries: Vec<Tried>,
}

impl Command for NoteTries {
    type Done = ();
    type Refusal = Infallible;
    const NAME: &'static str = "NoteTries";

    fn keys(&self, _at: At<'_>, keys: &mut Keys) {
        keys.messages.extend(self.tries.iter().map(|tried| tried.id));
        keys.jobs.extend(self.tries.iter().filter_map(|tried| tried.job.map(|job| job.id)));
    }

    fn decide(&self, view: &mut View, at: At<'_>) -> Result<(), Denial<Infallible>> {
        self.tries.iter().for_each(|tried| note(tried, view, at.now));
        Ok(())
    }
}

fn note(tried: &Tried, view: &mut View, now: &Now) {
    if let Some(claimed) = tried.job {
        // Another process has claimed the job since, or a reset has removed it.
        if view.jobs.get(&claimed.id).is_none_or(|job| job.fence != claimed.fence) {
            return;
        }
    }
    let Some(message) = view.messages.get(&tried.id).map(|message| Message::clone(message)) else {
        if let Some(claimed) = tried.job {
            view.jobs.remove(claimed.id);
        }
        return;
    };
    let tries = message.tries.saturating_add(tried.tries);
    let error = tried.result.as_ref().err().map_or_else(|| Text::from(""), |error| Text::from(error.to_string()));
    let pause = usize::try_from(tries - 1).ok().and_then(|at| message.channel.pauses_ms().get(at));
    match (&tried.result, tried.job, pause) {
        (Err(NotSent::Later(_)), Some(job), Some(pause)) if tries < SEND_TRIES => {
            let due_at_ms = now.at_ms.saturating_add(*pause);
            view.jobs.put(job.id, Job { due_at_ms, leased_until_ms: 0, ..job });
            view.messages.put(tried.id, Message { tries, error, ..message });
        }
        (result, job, _) => {
            if let Some(job) = job {
                view.jobs.remove(job.id);
            }
            let state = if result.is_ok() { MessageState::Sent } else { MessageState::Dead };
            view.messages.put(tried.id, Message { state, tries, error, ended_at_ms: Some(now.at_ms), ..message });
        }
    }
}
