//! Why the ledger says no.

/// The reasons, in order of precedence: of several that hold, the first is given.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Refusal {
    /// The amount is zero or less.
    AmountNotPositive,
    /// Debit and credit are one account.
    SameAccount,
    /// The account to debit does not exist.
    DebitAccountNotFound,
    /// The account to credit does not exist.
    CreditAccountNotFound,
    /// There is no pending transfer of that number.
    PendingNotFound,
    /// The pending transfer was posted before.
    PendingAlreadyPosted,
    /// The pending transfer was voided before.
    PendingAlreadyVoided,
    /// The pending transfer ran out before.
    PendingAlreadyExpired,
    /// Its time has run out: it can only be expired (or voided) now.
    PendingPastExpiry,
    /// Its time has not run out yet.
    PendingNotYetExpired,
    /// More is to be posted than is held.
    AmountExceedsPending,
    /// The account takes no debits.
    DebitAccountClosed,
    /// The account takes no credits.
    CreditAccountClosed,
    /// A sum of an account would not fit.
    Overflow,
    /// The debited account does not have it.
    ExceedsCredits,
    /// The credited account does not have it.
    ExceedsDebits,
}

impl Refusal {
    /// All of them, in order.
    pub const ALL: [Self; 16] = [
        Self::AmountNotPositive,
        Self::SameAccount,
        Self::DebitAccountNotFound,
        Self::CreditAccountNotFound,
        Self::PendingNotFound,
        Self::PendingAlreadyPosted,
        Self::PendingAlreadyVoided,
        Self::PendingAlreadyExpired,
        Self::PendingPastExpiry,
        Self::PendingNotYetExpired,
        Self::AmountExceedsPending,
        Self::DebitAccountClosed,
        Self::CreditAccountClosed,
        Self::Overflow,
        Self::ExceedsCredits,
        Self::ExceedsDebits,
    ];
}
