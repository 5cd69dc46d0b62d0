//! The reasons for which the ledger refuses a transfer.

/// The reasons in order of precedence: when several apply, the first one is returned.
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
    /// No pending transfer has that number.
    PendingNotFound,
    /// The pending transfer was posted before.
    PendingAlreadyPosted,
    /// The pending transfer was voided before.
    PendingAlreadyVoided,
    /// The pending transfer expired before.
    PendingAlreadyExpired,
    /// The pending transfer is past its expiry: it can only be expired or voided.
    PendingPastExpiry,
    /// The pending transfer is not past its expiry, or has none.
    PendingNotYetExpired,
    /// The amount to post is larger than the amount held.
    AmountExceedsPending,
    /// The account does not accept debits.
    DebitAccountClosed,
    /// The account does not accept credits.
    CreditAccountClosed,
    /// A sum of an account would overflow.
    Overflow,
    /// The debited account has too little money: its debits would exceed its credits.
    ExceedsCredits,
    /// The credited account has too little money: its credits would exceed its debits.
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
