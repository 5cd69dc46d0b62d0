//! Every row of a store by its key, as its writer loads it.
//!
//! Which rows there are says the store in memory; a new table is compared without being named here, once its key says which of its parts are numbers.

use ledger::{AccountId, TransferId};
use payments::{
    AlertKind, AuditId, BankDayKey, BillKey, CardAttemptId, CardReceivableId, ChargeTotalKey, ClientId, Counted,
    CycleId, DepositKey, Digest, GrantId, GrantMonthKey, InvoiceId, JobId, Keys, MessageId, OrderId, OrderKey, OtpKey,
    PartyId, PhoneOrderKey, PhoneOtpRequestId, PosKey, ProposalId, SavedFilterKey, SealKey, SerialKey, SsoConsentKey,
    SsoFamilyId, Text, UniqueIdKey, View, VoucherKey, WordKey,
};
use store::{Memory, Writer};

use super::numbers::{Nearest, Numbers};

/// Keys that are loaded at a time.
const KEYS: usize = 500;

/// A key, as it is on another side.
trait Renumbered: Clone {
    fn renumbered(&self, of: &dyn Fn(i64) -> i64) -> Self;
}

macro_rules! keys {
    (numbers { $($number:ident)* } others { $($other:ty)* }) => {
        $(impl Renumbered for $number {
            fn renumbered(&self, of: &dyn Fn(i64) -> i64) -> Self {
                Self(of(self.0))
            }
        })*
        $(impl Renumbered for $other {
            fn renumbered(&self, _of: &dyn Fn(i64) -> i64) -> Self {
                self.clone()
            }
        })*
    };
}

keys! {
    numbers { AccountId AuditId CardAttemptId GrantId InvoiceId JobId MessageId OrderId PhoneOtpRequestId ProposalId SsoFamilyId CardReceivableId TransferId }
    others {
        () i64 String AlertKind BankDayKey BillKey ClientId CycleId DepositKey Digest OrderKey OtpKey PartyId PhoneOrderKey PosKey SavedFilterKey SealKey SerialKey
        SsoConsentKey Text UniqueIdKey VoucherKey
    }
}

impl Renumbered for ChargeTotalKey {
    fn renumbered(&self, of: &dyn Fn(i64) -> i64) -> Self {
        Self { account: self.account.renumbered(of), ..self.clone() }
    }
}

impl Renumbered for GrantMonthKey {
    fn renumbered(&self, of: &dyn Fn(i64) -> i64) -> Self {
        Self { grant: self.grant.renumbered(of), ..*self }
    }
}

impl Renumbered for WordKey {
    fn renumbered(&self, of: &dyn Fn(i64) -> i64) -> Self {
        Self { invoice: self.invoice.renumbered(of), ..self.clone() }
    }
}

impl Renumbered for Counted {
    fn renumbered(&self, of: &dyn Fn(i64) -> i64) -> Self {
        match self {
            Self::Invoice(invoice) => Self::Invoice(invoice.renumbered(of)),
            Self::Customer(_) | Self::Issuer(_) | Self::Card(_) => *self,
        }
    }
}

fn load(writer: &mut Writer, keys: &Keys) -> View {
    let mut view = writer.view();
    writer.load(keys, &mut view).unwrap();
    writer.abandon().unwrap();
    view
}

macro_rules! rows {
    (plain { $($(#[$doc:meta])* $table:ident: $row:ty,)* } apart { $($(#[$other_doc:meta])* $other:ident: $key:ty => $other_row:ty,)* }) => {
        rows! { accounts pendings $($table)* $($other)* }
    };
    (accounts pendings $($table:ident)*) => {
        /// The keys of all rows of a store in memory.
        pub fn all_keys(memory: &Memory) -> Keys {
            memory.change(|tables| Keys {
                accounts: tables.accounts.keys().copied().collect(),
                pendings: tables.pendings.keys().copied().collect(),
                finds: Vec::new(),
                $($table: tables.$table.keys().cloned().collect(),)*
            })
        }

        /// The rows of a side under these keys, which are another side's, and how many of each table there are.
        pub fn all_rows(writer: &mut Writer, keys: &Keys, numbers: &Numbers) -> Vec<String> {
            let mut lines = Vec::new();
            ledger_rows(writer, keys, numbers, &mut lines);
            $(for part in keys.$table.chunks(KEYS) {
                let (before, behind) = both(part, numbers);
                let view = load(writer, &Keys { $table: [&before[..], &behind[..]].concat(), ..Keys::default() });
                for (before, behind) in before.iter().zip(&behind) {
                    let row = view.$table.get(before).or_else(|| view.$table.get(behind));
                    lines.push(format!("{} {row:?}", stringify!($table)));
                }
            })*
            lines
        }
    };
}

payments::tables!(rows);

/// The keys that rows may have on this side.
fn both<K: Renumbered>(keys: &[K], numbers: &Numbers) -> (Vec<K>, Vec<K>) {
    let on_this_side = |nearest| keys.iter().map(move |key| key.renumbered(&|number| numbers.of(number, nearest)));
    (on_this_side(Nearest::Before).collect(), on_this_side(Nearest::Behind).collect())
}

fn ledger_rows(writer: &mut Writer, keys: &Keys, numbers: &Numbers, lines: &mut Vec<String>) {
    let (before, behind) = both(&keys.accounts, numbers);
    let view = load(writer, &Keys { accounts: [&before[..], &behind[..]].concat(), ..Keys::default() });
    for (before, behind) in before.into_iter().zip(behind) {
        lines.push(format!("accounts {:?}", view.books.account(before).or_else(|| view.books.account(behind))));
    }
    let (before, behind) = both(&keys.pendings, numbers);
    let view = load(writer, &Keys { pendings: [&before[..], &behind[..]].concat(), ..Keys::default() });
    for (before, behind) in before.into_iter().zip(behind) {
        lines.push(format!("pendings {:?}", view.books.pending(before).or_else(|| view.books.pending(behind))));
    }
}
