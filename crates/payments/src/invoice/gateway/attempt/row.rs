//! The row of a payment by a card of another bank.

use ledger::{Rial, TransferId};
use schema::{Corrupt, Json, codes, corrupt, table};

use crate::ops::message::{address, call_address, provenance};
use crate::{CallAddress, CardSlip, CreditId, Declined, Digest, InvoiceId, Leg, PartyId, Text};

/// The number of a payment by a card of another bank.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct CardAttemptId(pub i64);

/// The state of a payment by a card of another bank.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum CardAttemptState {
    /// The payment is written; its network may have been asked.
    Asked,
    /// Its network was asked, and has not said what became of it.
    Unknown,
    /// The card's bank has taken the money; the text is the network's reference.
    Approved(Text),
    /// The card's bank has declined, for this reason.
    Declined(Declined),
    /// No money was taken: the network does not have the payment, or an operator has decided so.
    NotTaken,
}

impl CardAttemptState {
    /// Whether the outcome is still unknown.
    pub fn is_undecided(&self) -> bool {
        match self {
            Self::Asked | Self::Unknown => true,
            Self::Approved(_) | Self::Declined(_) | Self::NotTaken => false,
        }
    }

    /// Its name in the operators' API, and in what operators are told.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Asked => "asked",
            Self::Unknown => "unknown",
            Self::Approved(_) => "approved",
            Self::Declined(_) => "declined",
            Self::NotTaken => "notTaken",
        }
    }

    /// Why no money was taken, as the payer sees it; `None`: money was taken, or the outcome is unknown.
    pub fn declined(&self) -> Option<Declined> {
        match self {
            Self::Asked | Self::Unknown | Self::Approved(_) => None,
            Self::Declined(why) => Some(*why),
            Self::NotTaken => Some(Declined::IssuerDown),
        }
    }
}

/// A part that credit pays, and the pending transfer that holds its money.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct HeldLeg {
    /// The part that credit pays.
    pub leg: Leg,
    /// The pending transfer.
    pub hold: TransferId,
}

/// A payment by a card of another bank. Only its state and the count of inquiries change after it is written.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CardAttempt {
    /// The payment's number.
    pub id: CardAttemptId,
    /// The reference at the network, unique among all payments.
    pub reference: Text,
    /// The invoice that is paid.
    pub invoice: InvoiceId,
    /// The business that issued the invoice.
    pub issuer: PartyId,
    /// The guild in which the business is paid.
    pub guild: i64,
    /// Keyed hash of the number of the session in which the payer pays.
    pub session: Digest,
    /// The party that pays; `None`: not known.
    pub payer: Option<PartyId>,
    /// Keyed hash of the card's number.
    pub card: Digest,
    /// Keyed hash of the code of the voucher that is reserved for it.
    pub voucher: Option<Text>,
    /// What the voucher takes off, in rials.
    pub voucher_amount: Rial,
    /// The parts that credit pays, with their holds.
    pub legs: Vec<HeldLeg>,
    /// What the card pays, in rials.
    pub rest: Rial,
    /// The numbers of the card payment, for the receipt and the invoice.
    pub slip: CardSlip,
    /// The call to the shop's address when the payment is approved, with all its parameters.
    pub callback: Option<CallAddress>,
    /// When it was written, in milliseconds of Unix time.
    pub asked_at_ms: i64,
    /// Its state.
    pub state: CardAttemptState,
    /// Number of inquiries so far.
    pub inquiries: i64,
}

impl CardAttempt {
    /// What the payer's wallets pay, held while the payment is undecided. `None`: the sum does not fit.
    pub fn held(&self) -> Option<Rial> {
        self.legs.iter().try_fold(Rial::ZERO, |sum, held| sum.checked_add(held.leg.amount))
    }
}

codes! {
    /// The state of a card payment, without its data.
    pub enum AttemptCode = "card_attempt" { 1 => Asked, 2 => Unknown, 3 => Approved, 4 => Declined, 5 => NotTaken, }
}

impl AttemptCode {
    /// Whether the outcome is still unknown.
    pub fn is_undecided(self) -> bool {
        match self {
            Self::Asked | Self::Unknown => true,
            Self::Approved | Self::Declined | Self::NotTaken => false,
        }
    }
}

table! {
    CardAttempt = "card_attempt",
    key |k: CardAttemptId| { id: *k },
    of |r| r.id,
    row |r| {
        id: r.id, reference: r.reference, invoice: r.invoice, issuer: r.issuer, guild: r.guild, session: r.session,
        payer: r.payer.map(|payer| payer.0), card: r.card, voucher: r.voucher, voucher_amount: r.voucher_amount,
        legs: Json::list(r.legs.iter().map(leg_cell)), rest: r.rest, slip: Json(slip_cell(&r.slip)),
        call: address(&r.callback), call_signed: provenance(&r.callback), asked_at_ms: r.asked_at_ms,
        state: code(&r.state), declined: declined(&r.state), network_reference: network_reference(&r.state),
        inquiries: r.inquiries,
    },
    for_life {
        reference, invoice, issuer, guild, session, payer, card, voucher, voucher_amount, legs, rest, slip, call,
        call_signed, asked_at_ms,
    },
    make CardAttempt {
        id, reference, invoice, issuer, guild, session, payer: party(payer), card, voucher, voucher_amount,
        legs: legs_of(legs), rest, slip: slip_of(slip), callback: call_address(call, call_signed), asked_at_ms,
        state: state_of(state, declined, network_reference)?, inquiries,
    }
}

fn party(id: Option<i64>) -> Option<PartyId> {
    id.map(PartyId)
}

/// Credit, delegator, amount in rials, pending transfer.
type LegCell = (i64, i64, i64, i64);

fn leg_cell(held: &HeldLeg) -> LegCell {
    (held.leg.credit.0, held.leg.delegator.0, held.leg.amount.get(), held.hold.0)
}

fn legs_of(Json(legs): Json<Vec<LegCell>>) -> Vec<HeldLeg> {
    let held = |(credit, delegator, amount, hold): LegCell| HeldLeg {
        leg: Leg { credit: CreditId(credit), delegator: PartyId(delegator), amount: Rial::new(amount) },
        hold: TransferId(hold),
    };
    legs.into_iter().map(held).collect()
}

/// Terminal, mask, rrn, tref.
type SlipCell = (String, String, String, String);

fn slip_cell(slip: &CardSlip) -> SlipCell {
    (slip.terminal.to_string(), slip.mask.to_string(), slip.rrn.to_string(), slip.tref.to_string())
}

fn slip_of(Json((terminal, mask, rrn, tref)): Json<SlipCell>) -> CardSlip {
    CardSlip { terminal: Text::from(terminal), mask: Text::from(mask), rrn: Text::from(rrn), tref: Text::from(tref) }
}

fn code(state: &CardAttemptState) -> AttemptCode {
    match state {
        CardAttemptState::Asked => AttemptCode::Asked,
        CardAttemptState::Unknown => AttemptCode::Unknown,
        CardAttemptState::Approved(_) => AttemptCode::Approved,
        CardAttemptState::Declined(_) => AttemptCode::Declined,
        CardAttemptState::NotTaken => AttemptCode::NotTaken,
    }
}

fn declined(state: &CardAttemptState) -> Option<Declined> {
    match state {
        CardAttemptState::Declined(why) => Some(*why),
        CardAttemptState::Asked
        | CardAttemptState::Unknown
        | CardAttemptState::Approved(_)
        | CardAttemptState::NotTaken => None,
    }
}

fn network_reference(state: &CardAttemptState) -> Option<Text> {
    match state {
        CardAttemptState::Approved(reference) => Some(Text::clone(reference)),
        CardAttemptState::Asked
        | CardAttemptState::Unknown
        | CardAttemptState::Declined(_)
        | CardAttemptState::NotTaken => None,
    }
}

fn state_of(
    code: AttemptCode,
    declined: Option<Declined>,
    reference: Option<Text>,
) -> Result<CardAttemptState, Corrupt> {
    match (code, declined, reference) {
        (AttemptCode::Asked, None, None) => Ok(CardAttemptState::Asked),
        (AttemptCode::Unknown, None, None) => Ok(CardAttemptState::Unknown),
        (AttemptCode::Approved, None, Some(reference)) => Ok(CardAttemptState::Approved(reference)),
        (AttemptCode::Declined, Some(why), None) => Ok(CardAttemptState::Declined(why)),
        (AttemptCode::NotTaken, None, None) => Ok(CardAttemptState::NotTaken),
        (code, ..) => Err(corrupt("card_attempt", format!("{code:?} does not go with what is beside it"))),
    }
}
