//! A command in the writer's hands, whichever it is: it is decided, measured and answered without its type being known.

use payments::{At, Command, Keys, Measured, View};
use tokio::sync::oneshot;

use crate::error::Error;

/// What a caller gets back.
pub(crate) enum Reply<C: Command> {
    /// It is decided, and what it rests on is durable.
    Decided(Result<C::Done, C::Refusal>),
    /// It is not.
    Failed(Error),
    /// The rights that it came with may have changed. Nothing was done.
    RightsChanged(C),
}

/// A command, and what came of it when it was decided last.
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
    /// What came of it.
    pub(crate) fn result(self) -> Result<Result<C::Done, C::Refusal>, Error> {
        self.result.ok_or(Error::Unknown)
    }
}

/// What the writer does with a command.
pub(crate) trait Decide {
    fn name(&self) -> &'static str;
    fn keys(&self, at: At<'_>, keys: &mut Keys);
    fn more_keys(&self, view: &View, at: At<'_>, keys: &mut Keys);
    /// Decides, and keeps what came of it. What it wrote is taken back if it is refused.
    fn decide(&mut self, view: &mut View, at: At<'_>);
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
pub(crate) trait InHand: Send {
    fn decided(&self) -> &dyn Decide;
    fn decide(&mut self) -> &mut dyn Decide;
    /// What it came to as a payment.
    fn measured(&self) -> Option<Measured>;
    /// Tells the caller what came of it. One that went away is not told; what was decided stays decided.
    fn answer(self: Box<Self>);
    /// Tells the caller that it was not decided.
    fn fail(self: Box<Self>, error: Error);
    /// Gives the command back: its rights may have changed.
    fn give_back(self: Box<Self>);
}

/// See [`InHand`].
pub(crate) struct Waiting<C: Command> {
    decided: Decided<C>,
    reply: oneshot::Sender<Reply<C>>,
}

impl<C: Command> Waiting<C> {
    /// The command for the queue, and where its caller waits.
    pub(crate) fn queued(command: C) -> (Box<dyn InHand>, oneshot::Receiver<Reply<C>>) {
        let (reply, answer) = oneshot::channel();
        (Box::new(Self { decided: command.into(), reply }), answer)
    }
}

impl<C: Command> InHand for Waiting<C> {
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

    fn give_back(self: Box<Self>) {
        drop(self.reply.send(Reply::RightsChanged(self.decided.command)));
    }
}
