//! Shapes of what is read in pages.

use crate::purpose::Purpose;
use ledger::{Account, AccountId, Balances, Rial, Transfer, TransferId};
use payments::{Bank, GrantKind, Invoice, InvoiceId, MessageState, Order, PartyId, Status, Text};

use crate::Error;

/// For what a store was made, which key opens it, and the key of its own.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Origin {
    /// Sandbox or production; for life.
    pub purpose: Purpose,
    /// Tells one key from another without telling the key: the one that the store was made with, or sealed anew with since.
    pub key: [u8; 32],
    /// What hashes and signatures are derived from, encrypted; empty: the store is of the first edition, whose own key is the one that it was
    /// made with.
    pub data_key: Vec<u8>,
    /// Other keys that may have sealed values since: those that processes began to seal with, until all is sealed anew with one.
    pub sealing: Vec<[u8; 32]>,
}

impl Origin {
    /// Whether a store of this origin may be used for a purpose with one of these keys.
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

/// What sealed values call their key by: the beginning of its fingerprint.
fn key_id(fingerprint: &[u8; 32]) -> String {
    fingerprint.iter().take(4).map(|byte| format!("{byte:02x}")).collect()
}

/// Which side of a transfer an entry is.
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
    /// Its number on the account, from 1; those of transfers that held or freed money lie between.
    pub seq: i64,
    /// The transfer it belongs to.
    pub transfer: TransferId,
    /// Debit or credit.
    pub side: Side,
    /// How much.
    pub amount: Rial,
    /// When, in milliseconds of Unix time.
    pub at_ms: i64,
    /// The number of the order that caused it; 0 for none.
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
    /// Each with the order that caused it, if one did.
    pub entries: Vec<(Entry, Option<Order>)>,
}

/// Which jobs a process claims, and for how long.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Claim {
    /// Only jobs due by this instant of the service's clock, in milliseconds of Unix time.
    pub due_by_ms: i64,
    /// The machine's time, in milliseconds of Unix time: only jobs whose lease has run out by then.
    pub now_ms: i64,
    /// Until when they are this process's, by the machine's time.
    pub until_ms: i64,
    /// At most so many, those due first.
    pub limit: usize,
}

/// A page of rows with ascending numbers.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Page {
    /// Only rows with a greater number.
    pub after: i64,
    /// At most so many.
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
    /// At most so many.
    pub limit: usize,
}

/// Which orders of a list, newest first.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct OrderPage {
    /// Only orders accepted at or after this instant, in milliseconds of Unix time.
    pub from_ms: i64,
    /// Only orders accepted before this instant, in milliseconds of Unix time.
    pub to_ms: i64,
    /// Only orders that callers are told so of.
    pub status: Option<Status>,
    /// So many of them are left out, from the newest on.
    pub offset: usize,
    /// At most so many.
    pub limit: usize,
}

/// How messages leave.
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
    /// Only messages that leave so.
    pub by: By,
    /// Only messages with a smaller number; `i64::MAX`: from the newest.
    pub before: i64,
    /// Only messages to this mobile number.
    pub to: Option<Text>,
    /// Only messages that stand so.
    pub state: Option<MessageState>,
    /// At most so many.
    pub limit: usize,
}

/// Which end of a business's list a page of it begins at.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum InvoicePlace {
    /// So many of the newest are left out; newest first.
    Offset(i64),
    /// This number and greater ones, in their order.
    From(InvoiceId),
    /// This number and smaller ones, greatest first.
    UpTo(InvoiceId),
}

/// Which invoices.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct InvoiceFilter {
    /// Only this one. Those that were replaced are found by it only.
    pub id: Option<InvoiceId>,
    /// Only this one, as long as it was not replaced.
    pub current: Option<InvoiceId>,
    /// Only the one that links name so.
    pub unique: Option<u64>,
    /// Only those issued at or after this instant, in milliseconds of Unix time.
    pub from_ms: Option<i64>,
    /// Only those issued at or before this instant, in milliseconds of Unix time.
    pub to_ms: Option<i64>,
    /// Only those that are, or are not, canceled.
    pub canceled: Option<bool>,
    /// Only those that are, or are not, paid.
    pub payed: Option<bool>,
    /// Only those that are, or are not, closed.
    pub closed: Option<bool>,
    /// Only those that wait, or do not, to be verified.
    pub waiting: Option<bool>,
    /// Only those of a guild.
    pub guild: Option<i64>,
    /// Only what this request has issued.
    pub reference_number: Option<Text>,
    /// Only those issued to this party.
    pub customer: Option<PartyId>,
    /// Only those that their issuers have called so: as [`payments::BillKey`] has it.
    pub bill_number: Option<Text>,
    /// Only those issued by one of these; empty: by any.
    pub issuers: Vec<PartyId>,
    /// Only those with words that begin so, each of them.
    pub words: Vec<String>,
    /// Only those with one of these words exactly; empty: with any.
    pub products: Vec<String>,
}

/// Which invoices are a party's.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum InvoiceSide {
    /// Those that it has issued; by its number, one that was issued to it, too.
    Issued,
    /// Those that were issued to it.
    Received,
}

/// A page of invoices.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct InvoicePage {
    /// Whose list.
    pub of: PartyId,
    /// Which invoices are listed.
    pub side: InvoiceSide,
    /// Which of its invoices.
    pub filter: InvoiceFilter,
    /// From where on.
    pub place: InvoicePlace,
    /// At most so many.
    pub limit: usize,
    /// Bytes of what is kept of them at most; one comes however large it is.
    pub bytes: usize,
}

/// Invoices of a page, and sums over all pages, in rials. Sums that would not fit are the greatest that do.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Invoices {
    /// Those of the page.
    pub rows: Vec<Invoice>,
    /// Whether rows of the page are left out because of their bytes.
    pub is_cut: bool,
    /// How many there are on all pages.
    pub count: i64,
    /// What they come to.
    pub payable: i64,
    /// What credit has paid of them.
    pub delegated: i64,
    /// What they come to without tax.
    pub total: i64,
}

/// A page of rows, and how many there are on all pages.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Paged<T> {
    /// The rows of this page.
    pub rows: Vec<T>,
    /// How many rows there are.
    pub count: i64,
}

/// Which tokens of a client.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TokenFilter {
    /// How they came about.
    pub kind: GrantKind,
    /// Only tokens of this bank.
    pub bank: Option<Bank>,
    /// Only tokens of this user.
    pub user: Option<String>,
    /// When they must be alive, in milliseconds of Unix time.
    pub at_ms: i64,
}

/// Which orders of a cycle.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum InCycle {
    /// All of them.
    All,
    /// Those whose destinations are not here.
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
    /// Those that wait for a decision.
    Undecided,
}

/// Which proposals.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Proposals {
    /// All.
    All,
    /// Those that nobody has said yes or no to.
    Open,
}
