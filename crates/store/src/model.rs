//! The types of reads in pages, and the origin of a store.

use crate::purpose::Purpose;
use ledger::{Account, AccountId, Balances, Rial, Transfer, TransferId};
use payments::{Bank, GrantKind, Invoice, InvoiceId, MessageState, Order, PartyId, Status, Text};

use crate::Error;

/// The purpose of a store, the key that opens it, and its own data key.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Origin {
    /// Sandbox or production; it never changes.
    pub purpose: Purpose,
    /// The fingerprint of the key that the store was made with, or sealed with since.
    pub key: [u8; 32],
    /// The encrypted key from which hashes and signatures are derived. Empty for a store of the first edition: it derives them from the key that it
    /// was made with.
    pub data_key: Vec<u8>,
    /// The fingerprints of further keys that may have sealed values since: processes began to use them, and resealing with one of them is not
    /// complete.
    pub sealing: Vec<[u8; 32]>,
}

impl Origin {
    /// Checks that a store of this origin may be used for a purpose with these keys.
    pub(crate) fn admits(&self, purpose: Purpose, keys: &[[u8; 32]]) -> Result<(), Error> {
        if self.purpose != purpose {
            Err(Error::OtherPurpose { made: self.purpose, wanted: purpose })
        } else if self.sealing.is_empty() && !keys.contains(&self.key) {
            Err(Error::OtherKey)
        } else {
            let needed = std::iter::once(&self.key).chain(&self.sealing);
            let missing: Vec<&[u8; 32]> = needed.filter(|key| !keys.contains(key)).collect();
            if missing.is_empty() {
                return Ok(());
            }
            let ids = |keys: &[&[u8; 32]]| keys.iter().map(|key| key_id(key)).collect::<Vec<_>>().join(", ");
            Err(Error::KeysMissing { missing: ids(&missing), given: ids(&keys.iter().collect::<Vec<_>>()) })
        }
    }
}

/// The id of a key in sealed values: the beginning of its fingerprint.
fn key_id(fingerprint: &[u8; 32]) -> String {
    fingerprint.iter().take(4).map(|byte| format!("{byte:02x}")).collect()
}

/// Which audit lines, newest first. A condition that is not given holds for all.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AuditPage {
    /// Of this author.
    pub by: Option<Text>,
    /// With this action.
    pub action: Option<Text>,
    /// About this subject.
    pub subject: Option<Text>,
    /// From this instant on, in Unix milliseconds.
    pub since_ms: i64,
    /// Before this instant, in Unix milliseconds.
    pub until_ms: i64,
    /// Before the line with this instant and number.
    pub before: (i64, i64),
    /// At most so many.
    pub limit: usize,
}

impl AuditPage {
    /// The newest lines.
    pub fn newest(limit: usize) -> Self {
        let (since_ms, until_ms, before) = (i64::MIN, i64::MAX, (i64::MAX, i64::MAX));
        Self { by: None, action: None, subject: None, since_ms, until_ms, before, limit }
    }
}

/// Payments without a known outcome.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct UndecidedTotal {
    /// How many; at most a thousand orders and a thousand card payments are counted.
    pub payments: i64,
    /// When the first of them was begun, in Unix milliseconds.
    pub oldest_ms: Option<i64>,
}

/// The side of a transfer that an entry is on.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Side {
    /// The account was debited.
    Debit,
    /// The account was credited.
    Credit,
}

/// One movement of money on an account.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Entry {
    /// The account.
    pub account: AccountId,
    /// Its number on the account, from 1. Transfers that held or freed money have numbers, too.
    pub seq: i64,
    /// The transfer to which it belongs.
    pub transfer: TransferId,
    /// Debit or credit.
    pub side: Side,
    /// The amount.
    pub amount: Rial,
    /// The instant, in Unix milliseconds.
    pub at_ms: i64,
    /// The number of the row that caused it; 0 for none.
    pub cause: i64,
    /// The account's balances after it.
    pub after: Balances,
}

impl Entry {
    /// The entry that a transfer left on one of its two accounts.
    pub(crate) fn of(transfer: &Transfer, account: AccountId) -> Self {
        let (side, after) = match transfer.debit == account {
            true => (Side::Debit, transfer.debit_after),
            false => (Side::Credit, transfer.credit_after),
        };
        let (amount, at_ms, cause) = (transfer.amount, transfer.at_ms, transfer.cause);
        Self { account, seq: after.entries, transfer: transfer.id, side, amount, at_ms, cause, after }
    }
}

/// An account and some of its entries, newest first, as of one moment.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct History {
    /// With the balances after its newest entry.
    pub account: Account,
    /// Each entry with the order that caused it, if one did.
    pub entries: Vec<(Entry, Option<Order>)>,
}

/// The jobs that a process claims, and for how long.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Claim {
    /// Only jobs due by this instant of the service's clock, in Unix milliseconds.
    pub due_by_ms: i64,
    /// The machine's time, in Unix milliseconds: only jobs whose lease has expired by then.
    pub now_ms: i64,
    /// When the lease expires, by the machine's time, in Unix milliseconds.
    pub until_ms: i64,
    /// The maximum number, those due first.
    pub limit: usize,
}

/// A page of rows with ascending numbers.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Page {
    /// Only rows with a greater number.
    pub after: i64,
    /// The maximum number of rows.
    pub limit: usize,
}

/// A page of entries, newest first.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct EntryPage {
    /// Only entries with a smaller number; `i64::MAX`: from the newest.
    pub before_seq: i64,
    /// Only entries at or after this instant, in milliseconds of Unix time.
    pub from_ms: i64,
    /// Only entries before this instant, in milliseconds of Unix time.
    pub to_ms: i64,
    /// The maximum number of entries.
    pub limit: usize,
}

/// A page of a list of orders, newest first.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct OrderPage {
    /// Only orders accepted at or after this instant, in milliseconds of Unix time.
    pub from_ms: i64,
    /// Only orders accepted before this instant, in milliseconds of Unix time.
    pub to_ms: i64,
    /// Only orders with this status, as callers see it.
    pub status: Option<Status>,
    /// How many of the newest orders are skipped.
    pub offset: usize,
    /// The maximum number of orders.
    pub limit: usize,
}

/// The channel of messages.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum By {
    /// By SMS.
    Sms,
    /// By calls to businesses.
    Call,
}

/// A page of messages, newest first.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct MessagePage {
    /// Only messages of this channel.
    pub by: By,
    /// Only messages with a smaller number; `i64::MAX`: from the newest.
    pub before: i64,
    /// Only messages with a greater number; 0: to the oldest.
    pub after: i64,
    /// Only messages to this mobile number.
    pub to: Option<Text>,
    /// Only calls to this business.
    pub business: Option<PartyId>,
    /// Only messages in this state.
    pub state: Option<MessageState>,
    /// The maximum number of messages.
    pub limit: usize,
}

/// Where in a list of invoices a page begins, and its order.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum InvoicePageStart {
    /// After so many of the newest; newest first.
    Offset(i64),
    /// With this number and greater ones, in ascending order.
    From(InvoiceId),
    /// With this number and smaller ones, in descending order.
    UpTo(InvoiceId),
}

/// Conditions on invoices.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct InvoiceFilter {
    /// Only this one. It is the only way to find an invoice that was replaced by another.
    pub id: Option<InvoiceId>,
    /// Only this one, unless it was replaced.
    pub current: Option<InvoiceId>,
    /// Only the one with this unique number.
    pub unique: Option<u64>,
    /// Only those issued at or after this instant, in milliseconds of Unix time.
    pub from_ms: Option<i64>,
    /// Only those issued at or before this instant, in milliseconds of Unix time.
    pub to_ms: Option<i64>,
    /// Only those that are, or are not, canceled.
    pub canceled: Option<bool>,
    /// Only those that are, or are not, paid.
    pub paid: Option<bool>,
    /// Only those that are, or are not, closed.
    pub closed: Option<bool>,
    /// Only those that wait, or do not, to be verified.
    pub waiting: Option<bool>,
    /// Only those of a guild.
    pub guild: Option<i64>,
    /// Only those that were issued by this request.
    pub reference_number: Option<Text>,
    /// Only those issued to this party.
    pub customer: Option<PartyId>,
    /// Only those with this number of their issuer, in the form of [`payments::BillKey`].
    pub bill_number: Option<Text>,
    /// Only those issued by one of these; empty: by any.
    pub issuers: Vec<PartyId>,
    /// Only those that contain, for each of these, a word that begins with it.
    pub words: Vec<String>,
    /// Only those that contain one of these words; empty: all.
    pub products: Vec<String>,
}

/// The side of a party on invoices.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum InvoiceSide {
    /// Invoices that it has issued; a search by number also finds one that was issued to it.
    Issued,
    /// Invoices that were issued to it.
    Received,
}

/// A page of invoices.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct InvoicePage {
    /// The party.
    pub of: PartyId,
    /// The side of the party on the invoices.
    pub side: InvoiceSide,
    /// Conditions on the invoices.
    pub filter: InvoiceFilter,
    /// Where the page begins.
    pub start: InvoicePageStart,
    /// The maximum number of invoices.
    pub limit: usize,
    /// The maximum size of their texts in bytes; the first one is always included.
    pub bytes: usize,
}

/// The invoices of a page, and sums over all pages, in rials. A sum that would overflow is `i64::MAX`.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Invoices {
    /// The invoices of the page.
    pub rows: Vec<Invoice>,
    /// Whether invoices of the page are left out because of their size.
    pub is_cut: bool,
    /// The number of invoices on all pages.
    pub count: i64,
    /// The sum of the payable amounts.
    pub payable: i64,
    /// The sum of the amounts paid by credit.
    pub delegated: i64,
    /// The sum of the amounts without tax.
    pub total: i64,
}

/// A page of rows, and their number on all pages.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Paged<T> {
    /// The rows of this page.
    pub rows: Vec<T>,
    /// The number of rows on all pages.
    pub count: i64,
}

/// Conditions on a client's tokens.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TokenFilter {
    /// Only tokens of grants of this kind.
    pub kind: GrantKind,
    /// Only tokens of this bank.
    pub bank: Option<Bank>,
    /// Only tokens of this user.
    pub user: Option<String>,
    /// Only tokens that are valid at this instant, in Unix milliseconds.
    pub at_ms: i64,
}

/// Which orders of a cycle.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum InCycle {
    /// All of them.
    All,
    /// Those whose destinations are at other banks.
    Leaving,
}

/// A source account in a cycle.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Debtor {
    /// The account.
    pub source: AccountId,
    /// How many orders it has in the cycle.
    pub orders: i64,
    /// Their sum in rials.
    pub sum: i128,
}

/// Which orders of all clients.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum OrderFilter {
    /// All.
    All,
    /// Those that are not decided yet.
    Undecided,
}

/// Which proposals.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Proposals {
    /// All.
    All,
    /// Those that are neither approved nor rejected yet.
    Open,
}
