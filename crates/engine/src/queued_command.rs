//! Commands in the writer's queue behind one trait: a command is decided, measured and answered without its type.

use payments::{At, Command, Keys, Measured, View};
use tokio::sync::oneshot;

use crate::error::{Error, WorldRefusal};

/// The reply to a caller.
pub(crate) enum Reply<C: Command> {
    /// The command is decided, and its commit is durable.
    Decided(Result<C::Done, C::Refusal>),
    /// The command was not decided, or its outcome is unknown.
    Failed(Error),
    /// The caller's rights may have changed. Nothing was done, and the command is returned.
    RightsChanged(C),
}

/// A command and the result of its last decision.
#[derive(Debug)]
pub(crate) struct Decided<C: Command> {
    pub command: C,
    pub result: Option<Result<C::Done, C::Refusal>>,
}

impl<C: Command> From<C> for Decided<C> {
    fn from(command: C) -> Self {
        Self { command, result: None }
    }
}

impl<C: Command> Decided<C> {
    /// The result of the last decision.
    pub(crate) fn result(self) -> Result<Result<C::Done, C::Refusal>, Error> {
        self.result.ok_or(Error::Unknown)
    }
}

/// The writer's view of a command.
pub(crate) trait Decide {
    fn name(&self) -> &'static str;
    fn keys(&self, at: At<'_>, keys: &mut Keys);
    fn more_keys(&self, view: &View, at: At<'_>, keys: &mut Keys);
    /// Decides the command and keeps the result. If it is refused, its changes are rolled back.
    fn decide(&mut self, view: &mut View, at: At<'_>);
    /// Why nothing of the batch may be committed: this command had to be done, and was refused.
    fn take_veto(&mut self) -> Option<WorldRefusal> {
        None
    }
}

impl<C: Command> Decide for Decided<C> {
    fn name(&self) -> &'static str {
        C::NAME
    }

    fn keys(&self, at: At<'_>, keys: &mut Keys) {
        self.command.keys(at, keys);
    }

    fn more_keys(&self, view: &View, at: At<'_>, keys: &mut Keys) {
        self.command.more_keys(view, at, keys);
    }

    fn decide(&mut self, view: &mut View, at: At<'_>) {
        self.result = Some(view.attempt_or_decline(|view| self.command.decide(view, at)));
    }
}

/// A command whose caller waits for its result.
pub(crate) trait QueuedCommand: Send {
    fn decided(&self) -> &dyn Decide;
    fn decide(&mut self) -> &mut dyn Decide;
    /// The data of a payment for the statistics, if the command was one.
    fn measured(&self) -> Option<Measured>;
    /// Sends the result to the caller. If the caller has gone away, the decision stands nevertheless.
    fn answer(self: Box<Self>);
    /// Tells the caller that the command failed.
    fn fail(self: Box<Self>, error: Error);
    /// Returns the command to the caller: its rights may have changed.
    fn return_to_caller(self: Box<Self>);
}

/// A command and the channel on which its caller waits; see [`QueuedCommand`].
pub(crate) struct Waiting<C: Command> {
    decided: Decided<C>,
    reply: oneshot::Sender<Reply<C>>,
}

impl<C: Command> Waiting<C> {
    /// A command for the queue, and the receiver of its reply.
    pub(crate) fn queued(command: C) -> (Box<dyn QueuedCommand>, oneshot::Receiver<Reply<C>>) {
        let (reply, answer) = oneshot::channel();
        (Box::new(Self { decided: command.into(), reply }), answer)
    }
}

impl<C: Command> QueuedCommand for Waiting<C> {
    fn decided(&self) -> &dyn Decide {
        &self.decided
    }

    fn decide(&mut self) -> &mut dyn Decide {
        &mut self.decided
    }

    fn measured(&self) -> Option<Measured> {
        let Decided { command, result } = &self.decided;
        result.as_ref().and_then(|result| command.measure(result))
    }

    fn answer(self: Box<Self>) {
        let reply = match self.decided.result() {
            Ok(result) => Reply::Decided(result),
            Err(error) => Reply::Failed(error),
        };
        drop(self.reply.send(reply));
    }

    fn fail(self: Box<Self>, error: Error) {
        drop(self.reply.send(Reply::Failed(error)));
    }

    fn return_to_caller(self: Box<Self>) {
        drop(self.reply.send(Reply::RightsChanged(self.decided.command)));
    }
}
