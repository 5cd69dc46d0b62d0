//! The gateway's pages: a payer comes in by a link, chooses how to pay, and goes back (pod.md 5).
//!
//! ```text
//!  (first form) ──► open ──(wallet, own card, locally)──► took the money
//!                   ▲ ├─────(card of another bank)──► paying ──(approved)──► took the money
//!                   └─┼──────────────(declined)─────────┘
//!                     ├─────(payer)─────────────────────► canceled
//!                     └─────(20 minutes)────────────────► over
//! ```
//! A session is a browser's way through the pages; its number is unguessable and kept as a hash. A payer who has come in by a link has no row
//! yet: what it will be comes with each form, and the first one writes it (second-edition.md 4.5). All legs of a payment, voucher, credit,
//! wallet or card, are posted together by the last step: what came before only reserves. A payment by a card of another bank takes two commits
//! (`attempt/`): while its network has not answered, its session and its invoice can do nothing else.
//! Order of refusals: the session, who may pay, the invoice's state, the step's own rules, the card, money.
//! Absent: the pages; what goes back to shops is composed by whoever builds the verb.

mod ask_card_otp;
mod attempt;
mod cancel_visit;
mod card_step;
mod command;
mod open_card_step;
mod pay_by_card;
mod pay_from_wallet;
mod pay_locally;
mod refusal;
mod session;
mod session_table;
mod shares;
mod step;
mod take;
mod typed_card;
mod use_credit;
mod use_voucher;
mod visit;

pub use ask_card_otp::{AskCardOtp, OtpWritten};
pub use attempt::{
    AttemptTerms, AuthorizationReported, CardAttempt, CardAttemptId, CardAttemptState, HeldLeg, ReportAuthorization,
    ResolveCardAttempt, ResolveCardRefusal,
};
pub use cancel_visit::CancelVisit;
pub use card_step::CardStepRefusal;
pub use command::{GatewayCommand, GatewayStep};
pub use open_card_step::OpenCardStep;
pub use pay_by_card::{CardPayment, PayByCard};
pub use pay_from_wallet::{NotTaken, PayFromWallet};
pub use pay_locally::PayLocally;
pub use refusal::{GatewayRefusal, VoucherGone};
pub use session::{GatewaySession, Receipt, SESSION_MS, SessionState};
pub use step::StepBy;
pub use typed_card::TypedCard;
pub use use_credit::{CreditUnknown, UseCredit};
pub use use_voucher::{UseVoucher, VoucherUnknown};
pub use visit::{Entered, GatewayEntry, PayerVisit};
