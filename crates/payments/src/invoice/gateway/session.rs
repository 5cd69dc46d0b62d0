//! The row of a payer's session in the gateway.

use ledger::Rial;

use crate::{CallAddress, CardAttemptId, CardSlip, CreditId, Digest, Invoice, InvoiceId, InvoiceState, PartyId, Text};

/// How long a session lives after its entry, and how long a card step keeps an invoice in the gateway, in milliseconds: 20 minutes.
pub const SESSION_MS: i64 = 1_200_000;
/// How long a session that took no money is kept after its end, in milliseconds: a late payer sees how it ended. A day.
const ENDED_KEPT_MS: i64 = 86_400_000;
/// How long a session that took money is kept after the payment, in milliseconds: the payer can still see the receipt. 90 days.
const RECEIPT_KEPT_MS: i64 = 90 * 86_400_000;

/// The state of a session.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum SessionState {
    /// The payer chooses a means of payment, or types card data.
    Open,
    /// A card of another bank pays, and its network has not said what became of the payment.
    Paying(CardAttemptId),
    /// The payer has left without having paid.
    Canceled,
    /// The invoice was paid in this session.
    Took(Receipt),
}

/// The receipt of a payment.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Receipt {
    /// When the invoice was paid, in milliseconds of Unix time.
    pub at_ms: i64,
    /// The numbers of the card payment; `None`: no card has paid.
    pub slip: Option<CardSlip>,
    /// What a voucher took off, in rials.
    pub voucher: Rial,
    /// What credit paid, in rials.
    pub credit: Rial,
    /// What wallet or card paid, in rials.
    pub rest: Rial,
}

/// One visit of a browser to the gateway.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct GatewaySession {
    /// Keyed hash of the session's number.
    pub hash: Digest,
    /// The invoice to pay.
    pub invoice: InvoiceId,
    /// The address that the payer returns to; `None`: the link has none.
    pub back: Option<Text>,
    /// The address to call when the invoice is paid; `None`: no call.
    pub call: Option<CallAddress>,
    /// The only party that may pay in this session; `None`: any payer.
    pub only: Option<PartyId>,
    /// Keyed hash of the code of the voucher that it has reserved.
    pub voucher: Option<Text>,
    /// The party that has chosen credits.
    pub holder: Option<PartyId>,
    /// The chosen credits, each with its delegator.
    pub credits: Vec<(CreditId, PartyId)>,
    /// End of its card step, in milliseconds of Unix time; `None`: none was opened.
    pub card_until_ms: Option<i64>,
    /// Its state.
    pub state: SessionState,
    /// When it expires, in milliseconds of Unix time.
    pub ends_at_ms: i64,
}

impl GatewaySession {
    /// Whether steps can still be taken.
    pub fn is_open(&self, now_ms: i64) -> bool {
        self.state == SessionState::Open && now_ms < self.ends_at_ms
    }

    /// Whether its card step is open and keeps the invoice in the gateway.
    pub fn has_card_step(&self, invoice: &Invoice, now_ms: i64) -> bool {
        let until_ms = match invoice.state {
            InvoiceState::InGateway(until_ms) if now_ms < until_ms => Some(until_ms),
            _ => None,
        };
        until_ms.is_some() && self.card_until_ms == until_ms
    }

    /// When its row may be removed, in milliseconds of Unix time.
    pub fn forgotten_at_ms(&self) -> i64 {
        match &self.state {
            SessionState::Took(receipt) => receipt.at_ms.saturating_add(RECEIPT_KEPT_MS),
            SessionState::Open | SessionState::Canceled => self.ends_at_ms.saturating_add(ENDED_KEPT_MS),
            // Never before the outcome of the payment is known.
            SessionState::Paying(_) => i64::MAX,
        }
    }
}
