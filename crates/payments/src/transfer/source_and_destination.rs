//! The rows of the two accounts of a transfer.

use crate::view::Keys;
use crate::{AccountNumber, Bank, DepositKey, Destination, Grant, GrantKind, Text};

/// The rows that the source of an order may be.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(super) struct SourceKeys {
    /// At the bank that the source must be at.
    pub(super) own: Option<DepositKey>,
    /// Of a client credential: deposits at other banks that have the source's number.
    pub(super) elsewhere: Vec<DepositKey>,
}

impl SourceKeys {
    /// The rows that a request with these rights names.
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

/// The rows of the two accounts of a transfer, as far as its request names them.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SourceAndDestination {
    pub(super) sources: SourceKeys,
    /// Only when it is at a hosted bank.
    pub(super) destination: Option<DepositKey>,
    /// The destination, as it is echoed.
    pub(super) echo: Text,
}

impl SourceAndDestination {
    /// The rows that a request with these rights names.
    pub fn of(grant: &Grant, source: Option<&AccountNumber>, destination: &Destination) -> Self {
        let hosted = source_bank(grant).filter(|bank| destination.bank(*bank).is_hosted());
        Self {
            sources: SourceKeys::of(grant, source),
            destination: hosted.map(|bank| destination.key(bank)),
            echo: Text::from(destination.as_str()),
        }
    }
}

/// The bank that the source must be at.
pub(super) fn source_bank(grant: &Grant) -> Option<Bank> {
    match grant.kind {
        GrantKind::ClientCredential => Some(Bank::KESHAVARZI),
        GrantKind::Code | GrantKind::Sms => grant.bank,
    }
}
