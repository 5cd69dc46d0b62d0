//! Running a decision in a savepoint.

use super::{Denial, View};

impl View {
    /// Runs a decision in a savepoint. If it refuses, everything that it wrote is rolled back: rows, ledger, numbers and alarms.
    ///
    /// # Errors
    /// The decision's refusal.
    pub fn attempt<D, R>(&mut self, decision: impl FnOnce(&mut Self) -> Result<D, R>) -> Result<D, R> {
        let savepoint = self.savepoint();
        let result = decision(self);
        if result.is_err() {
            self.roll_back(&savepoint);
        }
        self.release();
        result
    }

    /// As [`View::attempt`], for a decision that may decline: what it wrote before [`Denial::Declined`] is kept.
    ///
    /// # Errors
    /// The decision's refusal, of either kind.
    pub fn attempt_or_decline<D, R>(
        &mut self,
        decision: impl FnOnce(&mut Self) -> Result<D, Denial<R>>,
    ) -> Result<D, R> {
        let kept = self.attempt(|view| match decision(view) {
            Ok(done) => Ok(Ok(done)),
            Err(Denial::Declined(why)) => Ok(Err(why)),
            Err(Denial::Refused(why)) => Err(why),
        });
        kept.flatten()
    }
}
