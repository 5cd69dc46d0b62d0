//! The keys of the two accounts of a transfer.

use crate::view::Keys;
use crate::{AccountNumber, Bank, DepositKey, Destination, Grant, GrantKind, Text};

/// The keys of the deposits that may be the source of an order.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(super) struct SourceKeys {
    /// The deposit at the bank that the grant is for.
    pub(super) own: Option<DepositKey>,
    /// Deposits of the same number at other banks; only with a client credential.
    pub(super) elsewhere: Vec<DepositKey>,
}

impl SourceKeys {
    /// The keys that a request with this grant and source names.
    pub(super) fn of(grant: &Grant, source: Option<&AccountNumber>) -> Self {
        let bank = source_bank(grant);
        let only = || match grant.deposit_numbers.as_slice() {
            [only] => AccountNumber::parse(only),
            _ => None,
        };
        let number = source.cloned().or_else(only);
        let others = Bank::HOSTED.into_iter().filter(|other| Some(*other) != bank);
        let named = number.as_ref().filter(|_| grant.kind == GrantKind::ClientCredential);
        Self {
            elsewhere: named.map(|number| others.map(|other| number.key(other)).collect()).unwrap_or_default(),
            own: bank.and_then(|bank| Some(number?.key(bank))),
        }
    }

    pub(super) fn keys(&self, keys: &mut Keys) {
        keys.deposits.extend(self.own.clone());
        keys.deposits.extend(self.elsewhere.iter().cloned());
    }
}

/// The keys of the two accounts of a transfer, as far as its request names them.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SourceAndDestination {
    pub(super) sources: SourceKeys,
    /// The destination; `None` if it is not at a hosted bank.
    pub(super) destination: Option<DepositKey>,
    /// The destination as replies echo it.
    pub(super) echo: Text,
}

impl SourceAndDestination {
    /// The keys that a request with this grant, source and destination names.
    pub fn of(grant: &Grant, source: Option<&AccountNumber>, destination: &Destination) -> Self {
        let hosted = source_bank(grant).filter(|bank| destination.bank(*bank).is_hosted());
        Self {
            sources: SourceKeys::of(grant, source),
            destination: hosted.map(|bank| destination.key(bank)),
            echo: Text::from(destination.as_str()),
        }
    }
}

/// The bank that the source must be at; `None`: the grant names none.
pub(super) fn source_bank(grant: &Grant) -> Option<Bank> {
    match grant.kind {
        GrantKind::ClientCredential => Some(Bank::KESHAVARZI),
        GrantKind::Code | GrantKind::Sms => grant.bank,
    }
}
