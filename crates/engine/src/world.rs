//! What an empty store is filled with.
//!
//! Shape: commands in their order, whichever they are; they are decided together, and again at each reset.
//! Absent: what they came to. A world of which one command is refused is not made at all.

use std::any::Any;
use std::fmt::Debug;

use payments::Command;

use crate::in_hand::{Decide, Decided};

/// See the module.
#[derive(Debug, Default)]
pub struct World(Vec<Box<dyn Piece>>);

/// One command of it.
trait Piece: Decide + Any + Debug + Send {
    fn as_decide(&mut self) -> &mut dyn Decide;
    /// Forgets what it came to; its refusal, if that is what it was.
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
    /// Adds a command behind the others.
    pub fn add<C: Command>(&mut self, command: C) {
        self.0.push(Box::new(Decided::from(command)));
    }

    /// The names of its commands.
    pub fn names(&self) -> impl Iterator<Item = &'static str> {
        self.0.iter().map(|piece| piece.name())
    }

    /// Its commands of one kind.
    pub fn commands<C: Command>(&self) -> impl Iterator<Item = &C> {
        self.0
            .iter()
            .filter_map(|piece| (&**piece as &dyn Any).downcast_ref::<Decided<C>>())
            .map(|piece| &piece.command)
    }

    pub(crate) fn pieces(&mut self) -> Vec<&mut dyn Decide> {
        self.0.iter_mut().map(|piece| piece.as_decide()).collect()
    }

    /// Forgets what its commands came to; the first refusal.
    pub(crate) fn take_refusal(&mut self) -> Option<String> {
        let refusals: Vec<String> = self.0.iter_mut().filter_map(|piece| piece.take_refusal()).collect();
        refusals.into_iter().next()
    }
}
