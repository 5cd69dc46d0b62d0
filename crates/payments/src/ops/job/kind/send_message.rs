//! Sending a message.
//!
//! A worker that claims this job sends it, and notes what became of it: it is never run.

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
