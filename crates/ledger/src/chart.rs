//! The chart of accounts: all kinds of account, and what each kind allows.

/// A side of an account.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Side {
    /// Assets and expenses grow here.
    Debit,
    /// Liabilities and income grow here.
    Credit,
}

/// Which side of an account may not exceed the other. Pending amounts count.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Limit {
    /// No limit: the balance may have either sign.
    None,
    /// For liabilities: a customer's account may not be overdrawn.
    DebitsMustNotExceedCredits,
    /// For assets: a receivable may not be collected twice.
    CreditsMustNotExceedDebits,
}

/// What an account is for.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum AccountKind {
    /// A customer's deposit at a hosted bank: our liability.
    Deposit,
    /// A hosted bank's money elsewhere: what came in, less what left through other banks.
    Nostro,
    /// Money in transit: debited from its source, not yet credited to its destination.
    Clearing,
    /// What customers have paid for services: our income.
    FeeIncome,
    /// Money without an account to go to, until an operator assigns it.
    Suspense,
    /// A client's card from which it charges other cards: our liability.
    FloatCard,
    /// A bon card: our liability to its holder.
    BonCard,
    /// A card that pays by telephone and on pages: our liability to its holder.
    PayerCard,
    /// What a merchant has received and has not been paid out yet: our liability.
    Merchant,
    /// A party's wallet: our liability.
    Wallet,
    /// What a business has received in a guild and cannot withdraw yet: our liability.
    GuildOpen,
    /// What a business has received in a guild and can withdraw: our liability.
    GuildFree,
    /// A party's money that is promised to another party: our liability.
    Blocked,
    /// What a card network owes us.
    Receivable,
}

impl AccountKind {
    /// Whether operators may credit the account from suspense: its balance belongs to a customer, and no other row accounts for it. What is on
    /// `GuildOpen` is the money of certain invoices.
    pub fn takes_releases(self) -> bool {
        match self {
            Self::Deposit
            | Self::FloatCard
            | Self::BonCard
            | Self::PayerCard
            | Self::Merchant
            | Self::Wallet
            | Self::GuildFree => true,
            Self::Nostro
            | Self::Clearing
            | Self::FeeIncome
            | Self::Suspense
            | Self::Blocked
            | Self::Receivable
            | Self::GuildOpen => false,
        }
    }

    /// Every kind, for tables and tests.
    pub const ALL: [Self; 14] = [
        Self::Deposit,
        Self::Nostro,
        Self::Clearing,
        Self::FeeIncome,
        Self::Suspense,
        Self::FloatCard,
        Self::BonCard,
        Self::PayerCard,
        Self::Merchant,
        Self::Wallet,
        Self::GuildOpen,
        Self::GuildFree,
        Self::Blocked,
        Self::Receivable,
    ];

    /// The side on which a balance of this kind is positive.
    pub const fn normal_side(self) -> Side {
        match self {
            Self::Deposit
            | Self::Clearing
            | Self::FeeIncome
            | Self::Suspense
            | Self::FloatCard
            | Self::BonCard
            | Self::PayerCard
            | Self::Merchant
            | Self::Wallet
            | Self::GuildOpen
            | Self::GuildFree
            | Self::Blocked => Side::Credit,
            Self::Nostro | Self::Receivable => Side::Debit,
        }
    }

    /// The limit that an account of this kind is opened with.
    pub const fn limit(self) -> Limit {
        match self {
            Self::Deposit
            | Self::Clearing
            | Self::FeeIncome
            | Self::Suspense
            | Self::FloatCard
            | Self::BonCard
            | Self::PayerCard
            | Self::Merchant
            | Self::Wallet
            | Self::GuildOpen
            | Self::GuildFree
            | Self::Blocked => Limit::DebitsMustNotExceedCredits,
            Self::Receivable => Limit::CreditsMustNotExceedDebits,
            Self::Nostro => Limit::None,
        }
    }
}
