//! Invoices: issued by a business, paid by anybody in many ways (pod.md 3, 4).
//!
//! ```text
//!                ┌──► in gateway ──┬──► waiting ──(verified)──┐
//!                │        │        └───────┐ │                │
//! (issued) ──► issued ◄───┘ 20 min         │ │ an hour        │
//!   ▲            ├──► future ──(its day)───┤ │                ▼
//!   │            ├──► set-off ──(settled)──┼─┼──────────────► payed ──► closed
//!   │            └──────(any payment)──────┘ │                │
//!   └────────────(not verified: refunded)────┘                ▼
//!                       any but closed ──────────────────► canceled
//! ```
//! An invoice is paid once. What was received for it is what its close sets free, and the most that a refund gives back.
//! Absent: wire names and texts; where rows are kept.

mod accounts;
mod amounts;
mod call;
mod code_count;
mod delegation;
mod effects;
mod gateway;
mod guild;
mod issue;
mod life;
mod party;
mod pay;
mod payment;
mod promise;
mod refusal;
mod row;
mod row_table;
mod settle;
mod sms;
mod state;
mod voucher;

pub use accounts::{
    CARD_NETWORK, CARD_NOSTRO, GATEWAY_HOLD, LAST_GUILD, LAST_PARTY, blocked, guild_free, guild_open, party_of, wallet,
};
pub use amounts::{Amounts, LineAmount, MICRO, Uncountable, amounts};
pub use call::{InvoiceCall, InvoiceCommand, InvoiceJob, UseToken};
pub(crate) use call::{settle_taking, taking_keys};
pub use code_count::{CodeCount, Counted};
pub use delegation::{Credit, CreditId, Delegations, Leg, legs};
pub use gateway::{
    AskCardOtp, AtGateway, CancelVisit, CardStepRefusal, CreditUnknown, Entered, GatewayCommand, GatewayRefusal,
    GatewaySession, NotTaken, OpenCardStep, Opening, OtpWritten, PayByCard, PayFromWallet, PayLocally, PayerVisit,
    Receipt, SESSION_MS, SecurityCheck, SessionState, StepBy, TypedCard, UseCredit, UseVoucher, VoucherGone,
    VoucherUnknown,
};
pub use guild::{GUILDS, Guild};
pub use issue::{Issue, IssueInvoice, LineChange, ReduceInvoice, product_word, words};
pub use life::{CancelInvoice, CloseInvoice, VerifyAndCloseInvoice, VerifyInvoice};
pub use party::{
    ApiToken, ApiTokenUnknown, Business, CreditBook, CreditRefusal, FillWallet, GiveCredit, Handle, IssueApiToken,
    OldSecret, Party, PartyKind, PartyRefusal, PartyUnknown, PosTransactionExists, RegisterParty, RegisterPosTerminal,
    ReportPos, RevokeApiToken, WalletRefusal,
};
pub use pay::{PayByCredit, PayByPermission, PayByPos, PayOutside, Whose};
pub use payment::{CardSlip, GivenBack, Means, Payment, PosSlip};
pub use promise::{PayInFuture, SetOff, TransferOut};
pub use refusal::{InvoiceField, NotInvoiced};
pub use row::{
    Bill, BillKey, Invoice, InvoiceLine, OnItsWay, PAY_CODE_LIFE_MS, PAY_CODE_TRIES, PayCode, PayLink, Pledge, PosKey,
    PosTerminal, PosTransaction, Serial, SerialKey, Taking, TakingId, Terms, UniqueId, UniqueIdKey, UsedOtt, Word,
    WordKey,
};
pub use row_table::InvoiceStateCode;
pub use sms::{Carried, CodeCall, CodeWritten, MakePayLink, PayBySms, PayWithCode, SendPaymentLink, SendPaymentSms};
pub use state::{BlockedFrom, FuturePayment, InvoiceState, NotPayable, Payer, SetOffSource};
pub use voucher::{IssueVoucher, Voucher, VoucherKey, VoucherRefusal, VoucherState, VoucherUse};

/// A user or a business: both have one row of numbers.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct PartyId(pub i64);

impl PartyId {
    /// A number that was given; `None`: no party has it, for its accounts would have no numbers.
    pub fn numbered(number: i64) -> Option<Self> {
        (1..=LAST_PARTY).contains(&number).then_some(Self(number))
    }
}

/// An invoice's number.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct InvoiceId(pub i64);
