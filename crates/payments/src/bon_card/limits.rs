//! A client's limits of charges (finnotech.md 1.7).

use ledger::Rial;
use schema::{Bind, Cell, Fetch, Json};

/// A client's limits of charges in rials; zero: no limit.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct ChargeLimits {
    /// The sum of one card, over all time.
    pub per_card: Rial,
    /// The amount of one charge.
    pub per_transaction: Rial,
    /// The sum of one card in a day.
    pub daily: Rial,
    /// The sum of one card in a Jalali month.
    pub monthly: Rial,
    /// The sum of one source account, over all time.
    pub account: Rial,
    /// The sum of one source account in a day.
    pub account_daily: Rial,
    /// The sum of one source account in a Jalali month.
    pub account_monthly: Rial,
}

/// The seven amounts as a JSON array, in the order of the fields.
impl Cell for ChargeLimits {
    fn put<B: Bind>(&self, to: &mut B) -> Result<(), B::Error> {
        let Self { per_card, per_transaction, daily, monthly, account, account_daily, account_monthly } = self;
        let all = [per_card, per_transaction, daily, monthly, account, account_daily, account_monthly];
        Json(all.map(|rial| rial.get())).put(to)
    }

    fn take<F: Fetch>(from: &mut F) -> Result<Self, F::Error> {
        let Json(all) = Json::<[i64; 7]>::take(from)?;
        let [per_card, per_transaction, daily, monthly, account, account_daily, account_monthly] = all.map(Rial::new);
        Ok(Self { per_card, per_transaction, daily, monthly, account, account_daily, account_monthly })
    }
}
