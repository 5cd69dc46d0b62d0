//! Answers, given when what they rest on is durable.
//!
//! A thread of its own: it takes a commit, flushes, and answers its commands, while the writer decides the next batch.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::JoinHandle;
use std::time::Instant;

use payments::Alarm;

use store::{Commit, Flusher};
use tokio::sync::watch;
use tracing::error;

use crate::alarm::{FailOnDrop, raise};
use crate::error::Error;
use crate::in_hand::InHand;
use crate::shared::Shared;

/// Batches that wait for the thread beside the one that the writer holds: more would only make batches small.
const BATCHES: usize = 0;

/// A batch that is committed, and what to tell its callers.
pub(crate) struct Answered {
    pub commit: Commit,
    /// What was decided, and since when its caller waits; measured and taken apart off the writer's way.
    pub commands: Vec<(Box<dyn InHand>, Instant)>,
    pub alarms: Vec<Alarm>,
}

/// The answering thread.
pub(crate) struct Answers {
    queue: Option<SyncSender<Answered>>,
    thread: Option<JoinHandle<()>>,
}

impl Answers {
    /// `fail` is told when the thread ends: after a failed flush nothing may go on, whether another batch comes or not.
    pub(crate) fn start(flusher: Flusher, shared: Arc<Shared>, fail: watch::Sender<bool>) -> Result<Self, Error> {
        let (queue, batches) = sync_channel(BATCHES);
        let thread = std::thread::Builder::new().name("answers".into()).spawn(move || {
            let _failed = FailOnDrop(fail);
            run(&flusher, &shared, &batches);
        });
        Ok(Self { queue: Some(queue), thread: Some(thread.map_err(Error::Thread)?) })
    }

    /// Hands a batch over. `false`: a flush has failed.
    pub(crate) fn send(&self, batch: Answered) -> bool {
        self.queue.as_ref().is_some_and(|queue| queue.send(batch).is_ok())
    }
}

impl Drop for Answers {
    /// Waits until everything is answered.
    fn drop(&mut self) {
        self.queue = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn run(flusher: &Flusher, shared: &Shared, batches: &Receiver<Answered>) {
    while let Ok(Answered { commit, commands, alarms }) = batches.recv() {
        if let Err(error) = flusher.flush(commit) {
            error!(%error, commands = commands.len(), "what of these commands is on the disk is unknown");
            commands.into_iter().for_each(|(command, _)| command.fail(Error::Unknown));
            return;
        }
        raise(&alarms);
        shared.pulse.note(commands.iter().map(|(command, since)| (command.measured(), *since)));
        commands.into_iter().for_each(|(command, _)| command.answer());
    }
}
