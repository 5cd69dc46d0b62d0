//! The job that sends a message.
//!
//! A worker of the process that has claimed the job sends the message and records the result with [`crate::RecordDeliveries`]. The job never runs as a
//! decision.

use super::Work;
use super::work::is_not_run;
use crate::ops::job::Fault;
use crate::transfer::Progress;
use crate::view::{Keys, View};
use crate::{At, MessageId, MessageState};

/// See the module.
pub(super) struct SendMessage(pub MessageId);

impl Work for SendMessage {
    fn keys(&self, _at: At<'_>, keys: &mut Keys) {
        keys.messages.push(self.0);
    }

    fn run(&self, _view: &mut View, _at: At<'_>) -> Result<Progress, Fault> {
        Err(is_not_run("a message"))
    }

    fn is_needed(&self, view: &View) -> bool {
        let message = view.messages.get(&self.0);
        message.is_some_and(|message| message.state == MessageState::Queued && message.text.is_some())
    }
}
