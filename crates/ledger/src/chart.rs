//! The chart of accounts: what kinds there are, and what each kind allows. Stated once, here.

/// A side of an account.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Side {
    /// Assets and expenses grow here.
    Debit,
    /// Liabilities and income grow here.
    Credit,
}

/// Which side of an account may not outgrow the other. Pending amounts count.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Limit {
    /// Either sign is fine.
    None,
    /// A customer may not be overdrawn.
    DebitsMustNotExceedCredits,
    /// An asset may not be paid out twice.
    CreditsMustNotExceedDebits,
}

/// What an account is for.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum AccountKind {
    /// A customer's deposit at a hosted bank: our liability.
    Deposit,
    /// A hosted bank's money elsewhere: what came in and what has left through other banks.
    Nostro,
    /// Money on its way: taken from its source, not yet at its destination.
    Clearing,
    /// What customers have paid for services: our income.
    FeeIncome,
    /// Money that has no account to go to, until an operator finds its owner.
    Suspense,
    /// A client's card that it charges other cards from: our liability.
    FloatCard,
    /// A bon card: our liability to its holder.
    BonCard,
    /// A card that pays by telephone and on pages: our liability to its holder.
    PayerCard,
    /// What a merchant has been paid and not yet been paid out: our liability.
    Merchant,
    /// A party's wallet: our liability.
    Wallet,
    /// What a business was paid in a guild and cannot withdraw yet: our liability.
    GuildOpen,
    /// What a business was paid in a guild and can withdraw: our liability.
    GuildFree,
    /// A party's money that is promised to another: our liability.
    Blocked,
    /// What a network owes us.
    Receivable,
}

impl AccountKind {
    /// Whether what is on it is somebody's to spend, who is not the house.
    pub fn is_a_customers(self) -> bool {
        match self {
            Self::Deposit
            | Self::FloatCard
            | Self::BonCard
            | Self::PayerCard
            | Self::Merchant
            | Self::Wallet
            | Self::GuildOpen
            | Self::GuildFree => true,
            Self::Nostro | Self::Clearing | Self::FeeIncome | Self::Suspense | Self::Blocked | Self::Receivable => {
                false
            }
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
