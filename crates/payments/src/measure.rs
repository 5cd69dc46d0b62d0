//! What a command meant for the money: for whoever watches how payments go.

use ledger::Rial;

use crate::{
    AnyCommand, Declined, GatewayDone, GatewayVerb, InvoiceDone, InvoiceVerb, NotAtGateway, NotInvoiced, Outcome,
    Refusal, SessionState, Status,
};

/// How a payment ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum End {
    /// The money moved, or leaves with its cycle.
    Done,
    /// It did not.
    Declined,
    /// Nobody knows yet.
    Unknown,
}

/// A payment, measured.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Measured {
    /// How it ended.
    pub end: End,
    /// How much; zero, where nothing moved.
    pub amount: Rial,
}

const DECLINED: Option<Measured> = Some(Measured { end: End::Declined, amount: Rial::ZERO });

fn done(amount: Rial) -> Option<Measured> {
    Some(Measured { end: End::Done, amount })
}

impl AnyCommand {
    /// What it came to as a payment; `None`: it is none, or repeats one.
    pub fn measure(&self, outcome: &Result<Outcome, Refusal>) -> Option<Measured> {
        match self.wanted() {
            Self::SubmitTransfer(_) | Self::ChargeCard(_) => match outcome {
                Ok(Outcome::Ordered(order)) => match order.state.status() {
                    Status::Done => done(order.amount),
                    Status::Pending | Status::Unknown => Some(Measured { end: End::Unknown, amount: Rial::ZERO }),
                    Status::Failed => DECLINED,
                },
                Ok(_) => None,
                Err(_) => DECLINED,
            },
            Self::PayByPhone(_) => match outcome {
                Ok(Outcome::PhonePaid(order)) => order.payment().and_then(|payment| done(payment.amount?)),
                // Paid already: that payment was counted.
                Ok(Outcome::Declined(Declined::OrderPaid)) => None,
                Ok(Outcome::Declined(_)) => DECLINED,
                _ => None,
            },
            Self::Invoicing(call) => match (&call.verb, outcome) {
                (InvoiceVerb::PayByCredit(_) | InvoiceVerb::PayByPos(_) | InvoiceVerb::PayWithCode(_), outcome) => {
                    match outcome {
                        Ok(Outcome::Invoiced(InvoiceDone::Invoice(invoice))) => done(invoice.amounts.payable),
                        Ok(Outcome::NotInvoiced(NotInvoiced::NotPayable(_))) => None,
                        Ok(Outcome::NotInvoiced(_)) => DECLINED,
                        _ => None,
                    }
                }
                _ => None,
            },
            Self::AtGateway(step) => match (&step.verb, outcome) {
                (GatewayVerb::PayFromWallet(_) | GatewayVerb::PayByCard(_) | GatewayVerb::PayLocally(_), outcome) => {
                    match outcome {
                        Ok(Outcome::AtGateway(GatewayDone::Session(session))) => match &session.state {
                            SessionState::Took(receipt) => receipt.rest.checked_add(receipt.credit).and_then(done),
                            SessionState::Open | SessionState::Canceled => None,
                        },
                        Ok(Outcome::NotAtGateway(NotAtGateway::Declined(_) | NotAtGateway::Insufficient)) => DECLINED,
                        _ => None,
                    }
                }
                _ => None,
            },
            _ => None,
        }
    }
}
