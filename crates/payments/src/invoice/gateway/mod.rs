//! The gateway: a payer opens a link, chooses how to pay, and goes back to the shop (pod.md 5).
//!
//! ```text
//!  (first form) ──► open ──(wallet, own card, locally)──► took the money
//!                   ▲ ├─────(card of another bank)──► paying ──(approved)──► took the money
//!                   └─┼──────────────(declined)─────────┘
//!                     ├─────(payer)─────────────────────► canceled
//!                     └─────(20 minutes)────────────────► over
//! ```
//! A session is one visit of a browser to the gateway. Its number cannot be guessed and is stored as a keyed hash. A payer who has opened a link has
//! no row yet: each form carries the session as it would begin, and the first form writes it (second-edition.md 4.5). The last step posts all money
//! of a payment (credit, and wallet or card) together and uses the voucher up; earlier steps only reserve. A payment by a card of another bank takes
//! two commits (`attempt/`): until its network has answered, its session and its invoice can do nothing else.
//! Order of refusals: the session, who may pay, the invoice's state, the step's own rules, the card, money.
//! Absent: the pages. The text of a call to a shop is composed by the code that builds the command.

mod ask_card_otp;
mod attempt;
mod cancel_visit;
mod card_step;
mod command;
mod leave_card_step;
mod open_card_step;
mod pay_by_card;
mod pay_from_wallet;
mod pay_locally;
mod refusal;
mod remove_credit;
mod remove_voucher;
mod session;
mod session_table;
mod shares;
mod step;
mod take;
mod typed_card;
mod use_credit;
mod use_voucher;
mod visit;

pub use ask_card_otp::{AskCardOtp, CardOtp, OtpSending, OtpWritten};
pub use attempt::{
    AttemptCode, AttemptTerms, AuthorizationReported, CardAttempt, CardAttemptId, CardAttemptState, HeldLeg,
    ReportAuthorization, ResolveCardAttempt, ResolveCardRefusal,
};
pub use cancel_visit::CancelVisit;
pub use card_step::{CardSecret, CardStepRefusal};
pub use command::{GatewayCommand, GatewayStep};
pub use leave_card_step::LeaveCardStep;
pub use open_card_step::OpenCardStep;
pub use pay_by_card::{CardPayment, PayByCard};
pub use pay_from_wallet::{NotTaken, PayFromWallet};
pub use pay_locally::PayLocally;
pub use refusal::{GatewayRefusal, VoucherGone};
pub use remove_credit::RemoveCredit;
pub use remove_voucher::RemoveVoucher;
pub use session::{GatewaySession, Receipt, SESSION_MS, SessionState};
pub use step::StepBy;
pub use typed_card::TypedCard;
pub use use_credit::{CreditUnknown, UseCredit};
pub use use_voucher::{UseVoucher, VoucherUnknown};
pub use visit::{Entered, GatewayEntry, PayerVisit};
