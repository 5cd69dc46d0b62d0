//! Removing a second factor.

use crate::view::{Keys, View};
use crate::{ResetFactor, Text};

/// The operator has no second factor.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct FactorUnknown;

impl ResetFactor {
    /// Names the row of the factor.
    pub(crate) fn keys(&self, keys: &mut Keys) {
        keys.second_factors.push(Text::clone(&self.operator));
    }

    /// Whether the factor could be removed now.
    pub(crate) fn check(&self, view: &View) -> Result<(), FactorUnknown> {
        view.second_factors.get(&self.operator).map(|_| ()).ok_or(FactorUnknown)
    }

    /// Removes the factor.
    pub(crate) fn reset(&self, view: &mut View) -> Result<(), FactorUnknown> {
        self.check(view)?;
        view.second_factors.remove(Text::clone(&self.operator));
        Ok(())
    }
}
