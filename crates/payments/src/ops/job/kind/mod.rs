//! The work of each kind of job: one file per kind.

mod card_attempt;
mod close_cycle;
mod expire_hold;
mod inquire_order;
mod invoice;
mod send_message;
mod settle_card_money;
mod settle_cycle;
mod submit_order;
mod work;

use crate::JobKind;

use card_attempt::CardAttemptWork;
use close_cycle::CloseCycleWork;
use expire_hold::ExpireHold;
use inquire_order::InquireOrder;
use invoice::InvoiceWork;
use send_message::SendMessage;
use settle_card_money::SettleCardMoney;
use settle_cycle::SettleCycleWork;
use submit_order::SubmitOrder;
pub(super) use work::Work;

impl JobKind {
    /// The work of a job of this kind.
    pub(super) fn work(self) -> Box<dyn Work> {
        match self {
            Self::ExpireHold(hold) => Box::new(ExpireHold(hold)),
            Self::CloseCycle(cycle) => Box::new(CloseCycleWork(cycle)),
            Self::SettleCycle(cycle) => Box::new(SettleCycleWork(cycle)),
            Self::SubmitOrder(order) => Box::new(SubmitOrder(order)),
            Self::InquireOrder(order) => Box::new(InquireOrder(order)),
            Self::CardAttempt(attempt) => Box::new(CardAttemptWork(attempt)),
            Self::Send(message) => Box::new(SendMessage(message)),
            Self::Invoice(job, invoice) => Box::new(InvoiceWork(job, invoice)),
            Self::SettleCardReceivable(receivable) => Box::new(SettleCardMoney(receivable)),
        }
    }
}
