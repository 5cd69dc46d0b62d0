//! The row of a payer's session: a browser's way through the gateway's pages.

use ledger::Rial;

use crate::{CallAddress, CardAttemptId, CardSlip, CreditId, Digest, Invoice, InvoiceId, InvoiceState, PartyId, Text};

/// How long a session lives after its entry, and a card step keeps an invoice in the gateway, in milliseconds.
pub const SESSION_MS: i64 = 1_200_000;
/// How long a session is remembered that has ended without money: late payers are told what became of it.
const ENDED_KEPT_MS: i64 = 86_400_000;
/// How long a session is remembered that took money: its payer may look at the receipt.
const RECEIPT_KEPT_MS: i64 = 90 * 86_400_000;

/// How a session stands.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum SessionState {
    /// The payer is choosing, or typing.
    Open,
    /// A card of another bank pays, and its network has not said what became of that.
    Paying(CardAttemptId),
    /// The payer went back.
    Canceled,
    /// It took the money.
    Took(Receipt),
}

/// What a payer keeps of a payment.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Receipt {
    /// When, in milliseconds of Unix time.
    pub at_ms: i64,
    /// What a card left behind, if one paid.
    pub slip: Option<CardSlip>,
    /// What a voucher took off.
    pub voucher: Rial,
    /// What credit paid.
    pub credit: Rial,
    /// What wallet or card paid.
    pub rest: Rial,
}

/// A browser's way through the gateway's pages.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct GatewaySession {
    /// Keyed hash of its number.
    pub hash: Digest,
    /// What is paid.
    pub invoice: InvoiceId,
    /// Where the payer goes back to.
    pub back: Option<Text>,
    /// Who is called when money was taken.
    pub call: Option<CallAddress>,
    /// The only party that may pay in it.
    pub only: Option<PartyId>,
    /// The voucher that it has reserved: the keyed hash of its code.
    pub voucher: Option<Text>,
    /// Who has chosen credits.
    pub holder: Option<PartyId>,
    /// The credits chosen, with whose money they are.
    pub credits: Vec<(CreditId, PartyId)>,
    /// Of an open card step, when it ends, in milliseconds of Unix time.
    pub card_until_ms: Option<i64>,
    /// How it stands.
    pub state: SessionState,
    /// When it ends, in milliseconds of Unix time.
    pub ends_at_ms: i64,
}

impl GatewaySession {
    /// Whether something can still be done in it.
    pub fn is_open(&self, now_ms: i64) -> bool {
        self.state == SessionState::Open && now_ms < self.ends_at_ms
    }

    /// Whether its card step has the invoice in the gateway.
    pub fn has_card_step(&self, invoice: &Invoice, now_ms: i64) -> bool {
        let until_ms = match invoice.state {
            InvoiceState::InGateway(until_ms) if now_ms < until_ms => Some(until_ms),
            _ => None,
        };
        until_ms.is_some() && self.card_until_ms == until_ms
    }

    /// When it is forgotten, in milliseconds of Unix time.
    pub fn forgotten_at_ms(&self) -> i64 {
        match &self.state {
            SessionState::Took(receipt) => receipt.at_ms.saturating_add(RECEIPT_KEPT_MS),
            SessionState::Open | SessionState::Canceled => self.ends_at_ms.saturating_add(ENDED_KEPT_MS),
            // Not before it is known what became of it.
            SessionState::Paying(_) => i64::MAX,
        }
    }
}
