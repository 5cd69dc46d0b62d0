//! The initial data of an empty store.
//!
//! Shape: commands of any kind, in order; they are decided in one commit, and again at each reset.
//! Absent: their outcomes. If one command is refused, none takes effect.

use std::any::Any;
use std::fmt::Debug;

use payments::Command;

use crate::queued_command::{Decide, Decided};

/// The commands that fill an empty store; see the module.
#[derive(Debug, Default)]
pub struct World(Vec<Box<dyn Piece>>);

/// One of the commands.
trait Piece: Decide + Any + Debug + Send {
    fn as_decide(&mut self) -> &mut dyn Decide;
    /// Removes the outcome of the command; returns the refusal, if it was one.
    fn take_refusal(&mut self) -> Option<String>;
}

impl<C: Command> Piece for Decided<C> {
    fn as_decide(&mut self) -> &mut dyn Decide {
        self
    }

    fn take_refusal(&mut self) -> Option<String> {
        let refusal = self.result.take()?.err()?;
        Some(format!("{}: {refusal:?}", C::NAME))
    }
}

impl World {
    /// Adds a command after the others.
    pub fn add<C: Command>(&mut self, command: C) {
        self.0.push(Box::new(Decided::from(command)));
    }

    /// The names of the commands.
    pub fn names(&self) -> impl Iterator<Item = &'static str> {
        self.0.iter().map(|piece| piece.name())
    }

    /// The commands of one type.
    pub fn commands<C: Command>(&self) -> impl Iterator<Item = &C> {
        self.0
            .iter()
            .filter_map(|piece| (&**piece as &dyn Any).downcast_ref::<Decided<C>>())
            .map(|piece| &piece.command)
    }

    pub(crate) fn pieces(&mut self) -> Vec<&mut dyn Decide> {
        self.0.iter_mut().map(|piece| piece.as_decide()).collect()
    }

    /// Removes the outcomes of all commands; returns the first refusal.
    pub(crate) fn take_refusal(&mut self) -> Option<String> {
        let refusals: Vec<String> = self.0.iter_mut().filter_map(|piece| piece.take_refusal()).collect();
        refusals.into_iter().next()
    }
}
