//! Answers to callers, given when the commit that they rest on is durable.
//!
//! A separate thread takes a commit, flushes it and answers its commands, while the writer decides the next batch.

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
use crate::queued_command::QueuedCommand;
use crate::shared::Shared;

/// How many batches can wait for the thread, beside the one that the writer holds: a longer queue would only make batches smaller.
const BATCHES: usize = 0;

/// A committed batch, with its commands to answer.
pub(crate) struct Answered {
    pub commit: Commit,
    /// The decided commands, and since when their callers wait. They are measured and dropped on this thread, not on the writer's.
    pub commands: Vec<(Box<dyn QueuedCommand>, Instant)>,
    pub alarms: Vec<Alarm>,
    /// Whether it changes messages.
    pub messages_changed: bool,
}

/// The handle of the answering thread.
pub(crate) struct Answers {
    queue: Option<SyncSender<Answered>>,
    thread: Option<JoinHandle<()>>,
}

impl Answers {
    /// Starts the thread. It sends to `fail` when it ends: after a failed flush the engine must stop, even if no further batch comes.
    pub(crate) fn start(flusher: Flusher, shared: Arc<Shared>, fail: watch::Sender<bool>) -> Result<Self, Error> {
        let (queue, batches) = sync_channel(BATCHES);
        let thread = std::thread::Builder::new().name("answers".into()).spawn(move || {
            let _failed = FailOnDrop(fail);
            run(&flusher, &shared, &batches);
        });
        Ok(Self { queue: Some(queue), thread: Some(thread.map_err(Error::Thread)?) })
    }

    /// Queues a batch; `false`: the thread has ended, because a flush failed.
    pub(crate) fn send(&self, batch: Answered) -> bool {
        self.queue.as_ref().is_some_and(|queue| queue.send(batch).is_ok())
    }
}

impl Drop for Answers {
    /// Waits until all batches are answered.
    fn drop(&mut self) {
        self.queue = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn run(flusher: &Flusher, shared: &Shared, batches: &Receiver<Answered>) {
    while let Ok(Answered { commit, commands, alarms, messages_changed }) = batches.recv() {
        if let Err(error) = flusher.flush(commit) {
            error!(%error, commands = commands.len(), "whether these commands are on the disk is unknown");
            commands.into_iter().for_each(|(command, _)| command.fail(Error::Unknown));
            return;
        }
        raise(&alarms);
        shared.throughput.note(commands.iter().map(|(command, since)| (command.measured(), *since)));
        commands.into_iter().for_each(|(command, _)| command.answer());
        if messages_changed {
            shared.messages.announce();
        }
    }
}
