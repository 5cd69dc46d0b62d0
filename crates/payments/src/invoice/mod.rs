//! Invoices: a business issues them, and payers pay them by several means (pod.md 3, 4).
//!
//! ```text
//!                ┌──► in gateway ──┬──► waiting ──(verified)──┐
//!                │        │        └───────┐ │                │
//! (issued) ──► issued ◄───┘ 20 min         │ │ an hour        │
//!   ▲            ├──► future ──(its day)───┤ │                ▼
//!   │            ├──► set-off ──(settled)──┼─┼──────────────► paid ───► closed
//!   │            └──────(any payment)──────┘ │                │
//!   └────────────(not verified: refunded)────┘                ▼
//!                       any but closed ──────────────────► canceled
//! ```
//! A card of another bank takes the invoice from the gateway to the network, where it stays until the network has answered or an operator has
//! decided. It cannot be canceled there.
//! An invoice is paid once. Closing it frees what was received for it, and a refund gives back no more than that.
//! Absent: wire names and texts; where rows are stored.

mod accounts;
mod amounts;
mod bill;
mod call;
mod cancel;
mod cancel_unpaid;
mod card_receivable;
mod close;
pub(crate) mod code;
mod columns;
pub(crate) mod credit;
mod due;
mod effects;
mod field;
mod find;
pub(crate) mod gateway;
mod guild;
mod id;
mod issue;
mod job;
pub(crate) mod link;
pub(crate) mod pay;
mod payment;
pub(crate) mod pos;
mod priced;
mod reduce;
mod refund;
mod refund_invoice;
mod refusal;
mod row;
mod serial;
mod settle;
mod state;
mod transfer_out;
mod unique_id;
mod used_ott;
mod verify;
mod verify_and_close;
pub(crate) mod voucher;
mod word;
mod words;

pub use accounts::{
    CARD_NETWORK, CARD_NOSTRO, GATEWAY_HOLD, LAST_GUILD, blocked, guild_free, guild_open, party_of, wallet,
};
pub use amounts::{AmountError, Amounts, LineAmount, MICRO};
pub use bill::{Bill, BillKey, BillNumber};
pub use call::{InvoiceCall, InvoiceCommand, SpendOtt};
pub use cancel::CancelInvoice;
pub use cancel_unpaid::{CancelUnpaidInvoice, CancelUnpaidRefusal};
pub use card_receivable::{CardReceivable, CardReceivableId};
pub use close::CloseInvoice;
pub use columns::InvoiceStateCode;
pub use field::InvoiceField;
pub use guild::{GUILDS, Guild};
pub use id::InvoiceId;
pub use issue::{Issue, IssueInvoice};
pub use job::InvoiceJob;
pub use payment::{CardSlip, GivenBack, Means, Payment, PosSlip};
pub use priced::{PricedLines, Pricing};
pub use reduce::{LineChange, ReduceInvoice};
pub use refund_invoice::{RefundInvoice, RefundInvoiceRefusal};
pub use refusal::InvoiceRefusal;
pub use row::{CardDecline, Invoice, InvoiceLine, Issuance, SetOffReservation, Terms, Unsettled};
pub use serial::{Serial, SerialKey};
pub(crate) use settle::{card_receivable_keys, settle_card_receivable};
pub use state::{BlockedFrom, FuturePayment, InvoiceState, NotPayable, Payer, SetOffSource};
pub use transfer_out::TransferOut;
pub use unique_id::{UniqueId, UniqueIdKey};
pub use used_ott::UsedOtt;
pub use verify::VerifyInvoice;
pub use verify_and_close::VerifyAndCloseInvoice;
pub use word::{Word, WordKey};
pub use words::{product_word, words};
