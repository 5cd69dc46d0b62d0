//! Commands that fill a store: the first data of an empty one, and what is added to it at once.
//!
//! Shape: commands of any kind, in order; they are decided in one commit. Those of the settings are decided again at each reset.
//! Absent: their outcomes. If one command is refused, none takes effect.

use std::any::Any;
use std::fmt::{Debug, Formatter};

use payments::{At, Command, Keys, View};

use crate::error::WorldRefusal;
use crate::queued_command::{Decide, Decided};

/// The commands; see the module.
#[derive(Debug, Default)]
pub struct World(Vec<Box<dyn Piece>>);

/// One of the commands.
trait Piece: Decide + Any + Debug + Send {
    fn as_decide(&mut self) -> &mut dyn Decide;
}

/// Words a refusal of a command, for the entry that it comes from.
type Explain<C> = fn(&str, <C as Command>::Refusal) -> WorldRefusal;

/// A command that must not be refused.
struct Required<C: Command> {
    decided: Decided<C>,
    entry: String,
    explain: Explain<C>,
}

impl<C: Command> Debug for Required<C> {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Required").field("entry", &self.entry).finish_non_exhaustive()
    }
}

impl<C: Command> Decide for Required<C> {
    fn name(&self) -> &'static str {
        self.decided.name()
    }

    fn keys(&self, at: At<'_>, keys: &mut Keys) {
        self.decided.keys(at, keys);
    }

    fn more_keys(&self, view: &View, at: At<'_>, keys: &mut Keys) {
        self.decided.more_keys(view, at, keys);
    }

    fn decide(&mut self, view: &mut View, at: At<'_>) {
        self.decided.decide(view, at);
    }

    fn take_veto(&mut self) -> Option<WorldRefusal> {
        let refusal = self.decided.result.take()?.err()?;
        Some((self.explain)(&self.entry, refusal))
    }
}

impl<C: Command> Piece for Required<C> {
    fn as_decide(&mut self) -> &mut dyn Decide {
        self
    }
}

impl World {
    /// Adds a command after the others.
    pub fn add<C: Command>(&mut self, command: C) {
        let explain = |entry: &str, refusal: C::Refusal| {
            let (entry, why) = (entry.to_owned(), format!("{refusal:?}"));
            WorldRefusal { entry, why }
        };
        self.add_entry(C::NAME.to_owned(), command, explain);
    }

    /// The same, for a command that comes from an entry of a file or a request.
    pub fn add_entry<C: Command>(&mut self, entry: String, command: C, explain: Explain<C>) {
        self.0.push(Box::new(Required { decided: command.into(), entry, explain }));
    }

    /// Adds the commands of another world after its own.
    pub fn append(&mut self, mut other: Self) {
        self.0.append(&mut other.0);
    }

    /// The names of the commands.
    pub fn names(&self) -> impl Iterator<Item = &'static str> {
        self.0.iter().map(|piece| piece.name())
    }

    /// The commands of one type.
    pub fn commands<C: Command>(&self) -> impl Iterator<Item = &C> {
        self.0
            .iter()
            .filter_map(|piece| (&**piece as &dyn Any).downcast_ref::<Required<C>>())
            .map(|piece| &piece.decided.command)
    }

    pub(crate) fn pieces(&mut self) -> Vec<&mut dyn Decide> {
        self.0.iter_mut().map(|piece| piece.as_decide()).collect()
    }
}
