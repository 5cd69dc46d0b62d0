//! The gateway's pages: a payer comes in by a link, chooses how to pay, and goes back (pod.md 5).
//!
//! ```text
//!  (first form) ──► open ──(wallet, card, locally)──► took the money
//!                     ├─────(payer)─────────────────► canceled
//!                     └─────(20 minutes)────────────► over
//! ```
//! A session is a browser's way through the pages; its number is unguessable and kept as a hash. A payer who has come in by a link has no row
//! yet: what it will be comes with each form, and the first one writes it (second-edition.md 4.5). All legs of a payment, voucher, credit,
//! wallet or card, are posted together by the last step: what came before only reserves.
//! Order of refusals: the session, who may pay, the invoice's state, the step's own rules, the card, money.
//! Absent: the pages; what goes back to shops is composed by whoever builds the verb.

mod card;
mod choose;
mod take;

use std::sync::Arc;

use ledger::Rial;

use super::effects::{self, keep};
use super::voucher::{Voucher, VoucherKey, VoucherState};
use super::{CardSlip, CreditId, Invoice, InvoiceId, InvoiceState, NotInvoiced, NotPayable, Party, PartyId, Payer};
use crate::view::{Denial, Keys, View};
use crate::{At, CallAddress, Command, Declined, Digest, Measured, MessageId, Now, Rules, Text, card_payment};

pub use card::{AskCardOtp, PayByCard, SecurityCheck, TypedCard};
pub use take::{PayFromWallet, PayLocally};

/// How long a session lives after its entry, and a card step keeps an invoice in the gateway, in milliseconds.
pub const SESSION_MS: i64 = 1_200_000;
/// How long a session is remembered that has ended without money: late payers are told what became of it.
const ENDED_KEPT_MS: i64 = 86_400_000;
/// How long a session is remembered that took money: its payer may look at the receipt.
const RECEIPT_KEPT_MS: i64 = 90 * 86_400_000;
/// Least amount of a card payment, in rials.
const CARD_MINIMUM: Rial = Rial::new(10_000);
/// Credits that a session can spend at most.
const CREDITS: usize = 20;

/// How a session stands.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum SessionState {
    /// The payer is choosing, or typing.
    Open,
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
        }
    }
}

/// Which page a link opens.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Opening {
    /// The page where the payer chooses.
    Choice,
    /// The page of the card: its first form opens the card step.
    CardStep,
}

impl Opening {
    /// Whether a payer may come in, as far as is known before the first form, which decides it again.
    ///
    /// # Errors
    /// The invoice cannot be paid so.
    pub fn admits(self, invoice: &Invoice, issuer: Option<&Party>, now: &Now) -> Result<(), NotInvoiced> {
        invoice.state.payable_by(Payer::Gateway, now.at_ms)?;
        if issuer.is_some_and(|issuer| issuer.disabled) {
            return Err(NotInvoiced::Disabled);
        }
        match self {
            Self::CardStep if invoice.amounts.payable < CARD_MINIMUM => Err(NotInvoiced::BelowCardMinimum),
            Self::Choice | Self::CardStep => Ok(()),
        }
    }
}

/// A payer who has come in by a link, and of whom nothing is written yet.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Entered {
    /// The session that the first form writes.
    pub session: GatewaySession,
    /// What the link has opened.
    pub opening: Opening,
}

/// What is done at the gateway.
#[derive(Clone, PartialEq, Eq, Debug)]
#[allow(missing_docs, reason = "each variant's type says it")]
pub enum GatewayVerb {
    PayLocally(PayLocally),
    /// Applies a voucher, by the keyed hash of its code.
    UseVoucher(Text),
    /// Applies a credit of the payer, by its name.
    UseCredit(Text),
    PayFromWallet(PayFromWallet),
    OpenCardStep,
    AskOtp(Box<AskCardOtp>),
    PayByCard(Box<PayByCard>),
    /// Goes back.
    Cancel,
}

/// See the module.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AtGateway {
    /// Keyed hash of the session's number.
    pub session: Digest,
    /// Its invoice, and who issued that.
    pub invoice: (InvoiceId, PartyId),
    /// Who has logged in.
    pub caller: Option<PartyId>,
    /// What the session begins as, should this be its first form.
    pub entered: Option<Box<Entered>>,
    /// What is done.
    pub verb: GatewayVerb,
}

/// What came of it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum GatewayDone {
    /// The session as it stands now.
    Session(Arc<GatewaySession>),
    /// A one-time password was written, and its SMS shall be sent.
    OtpWritten {
        /// The message.
        message: MessageId,
        /// Whom it goes to: `09` and nine digits.
        mobile: Text,
        /// How much it pays.
        amount: Rial,
        /// When it ends, in milliseconds of Unix time.
        ends_at_ms: i64,
    },
}

/// Why not, in the order of the checks.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum NotAtGateway {
    /// There is no such session, or not of this invoice.
    NoSession,
    /// It has ended; how, it says itself.
    Ended(Arc<GatewaySession>),
    /// Whoever pays has to log in, as the party that may pay.
    LogIn,
    /// The invoice cannot be paid.
    Invoice(NotInvoiced),
    /// No such voucher, or not for this session.
    Voucher,
    /// No such credit of the payer, or nothing left of it.
    Credit,
    /// More or less is left to pay than the payer was shown.
    AmountChanged,
    /// The wallet does not have the money.
    Insufficient,
    /// The card is declined. What that changes is written.
    Declined(Declined),
}

impl From<NotInvoiced> for NotAtGateway {
    fn from(why: NotInvoiced) -> Self {
        Self::Invoice(why)
    }
}

impl From<NotPayable> for NotAtGateway {
    fn from(why: NotPayable) -> Self {
        Self::Invoice(why.into())
    }
}

impl From<Declined> for NotAtGateway {
    fn from(why: Declined) -> Self {
        Self::Declined(why)
    }
}

impl AtGateway {
    fn voucher(&self, code: &Text) -> VoucherKey {
        VoucherKey { issuer: self.invoice.1, code: Text::clone(code) }
    }
}

impl Command for AtGateway {
    type Done = GatewayDone;
    type Refusal = NotAtGateway;

    fn name(&self) -> &'static str {
        "AtGateway"
    }

    fn keys(&self, _at: At<'_>, keys: &mut Keys) {
        keys.gateway_sessions.push(self.session);
        keys.invoices.push(self.invoice.0);
        match &self.verb {
            GatewayVerb::UseVoucher(code) => keys.vouchers.push(self.voucher(code)),
            GatewayVerb::UseCredit(_) => keys.credit_books.extend(self.caller),
            GatewayVerb::AskOtp(verb) => verb.card.keys(&self.session, keys),
            GatewayVerb::PayByCard(verb) => verb.card.keys(&self.session, keys),
            GatewayVerb::PayLocally(..)
            | GatewayVerb::PayFromWallet(..)
            | GatewayVerb::OpenCardStep
            | GatewayVerb::Cancel => {}
        }
    }

    fn more_keys(&self, view: &View, At { now, .. }: At<'_>, keys: &mut Keys) {
        if let Some(invoice) = view.invoices.get(&self.invoice.0) {
            effects::keys_of(invoice, now, keys);
        }
        if let Some(session) = view.gateway_sessions.get(&self.session) {
            keys.vouchers.extend(session.voucher.as_ref().map(|code| self.voucher(code)));
            keys.credit_books.extend(session.holder);
            effects::purse_keys(session.credits.iter().map(|(_, delegator)| *delegator), keys);
        }
        keys.accounts.extend(self.caller.map(super::wallet));
        match &self.verb {
            GatewayVerb::UseVoucher(code) => keys.invoices.extend(Voucher::wanted_for(view, &self.voucher(code))),
            GatewayVerb::AskOtp(verb) => card_payment::account_key(view, verb.card.number(), keys),
            GatewayVerb::PayByCard(verb) => card_payment::account_key(view, verb.card.number(), keys),
            _ => {}
        }
    }

    fn decide(&self, view: &mut View, At { now, rules }: At<'_>) -> Result<GatewayDone, Denial<NotAtGateway>> {
        self.run(view, now, rules).map_err(|why| match why {
            // Its tries are counted.
            NotAtGateway::Declined(_) => Denial::Declined(why),
            _ => Denial::Refused(why),
        })
    }

    fn measure(&self, result: &Result<GatewayDone, NotAtGateway>) -> Option<Measured> {
        match (&self.verb, result) {
            (GatewayVerb::PayFromWallet(_) | GatewayVerb::PayByCard(_) | GatewayVerb::PayLocally(_), result) => {
                match result {
                    Ok(GatewayDone::Session(session)) => match &session.state {
                        SessionState::Took(receipt) => receipt.rest.checked_add(receipt.credit).map(Measured::done),
                        SessionState::Open | SessionState::Canceled => None,
                    },
                    Err(NotAtGateway::Declined(_) | NotAtGateway::Insufficient) => Some(Measured::DECLINED),
                    _ => None,
                }
            }
            _ => None,
        }
    }
}

impl AtGateway {
    fn run(&self, view: &mut View, now: &Now, rules: &Rules) -> Result<GatewayDone, NotAtGateway> {
        let step = self.step(view, now)?;
        let session = match &self.verb {
            GatewayVerb::Cancel => choose::cancel(&step, view, now),
            GatewayVerb::AskOtp(verb) => return verb.decide(&self.at_card(step, view, now)?, view, now),
            GatewayVerb::PayByCard(verb) => verb.decide(&self.at_card(step, view, now)?, view, now, rules)?,
            GatewayVerb::UseVoucher(code) => choose::use_voucher(&step, self.voucher(code), view, now)?,
            GatewayVerb::UseCredit(hash) => choose::use_credit(&step, hash, view, now)?,
            GatewayVerb::PayFromWallet(verb) => verb.decide(&step, view, now)?,
            GatewayVerb::OpenCardStep => choose::open_card_step(&step, view, now)?,
            GatewayVerb::PayLocally(verb) => verb.decide(&step, view, now, rules)?,
        };
        Ok(GatewayDone::Session(session))
    }

    /// The session and its invoice, if the caller may go on in it.
    fn step(&self, view: &View, now: &Now) -> Result<Step, NotAtGateway> {
        let begins = || self.entered.as_ref().map(|entered| Arc::new(entered.session.clone()));
        let session = view.gateway_sessions.get(&self.session).map(Arc::clone).or_else(begins);
        let ours = |session: &Arc<GatewaySession>| session.hash == self.session && session.invoice == self.invoice.0;
        let session = session.filter(ours).ok_or(NotAtGateway::NoSession)?;
        if !session.is_open(now.at_ms) {
            return Err(NotAtGateway::Ended(session));
        }
        if self.verb != GatewayVerb::Cancel {
            let other = |only: PartyId| self.caller != Some(only);
            if session.only.is_some_and(other) {
                return Err(NotAtGateway::LogIn);
            }
        }
        let invoice = effects::invoice(view, session.invoice)?;
        Ok(Step { session, invoice, caller: self.caller })
    }

    /// The step of a form with a card on it. The first form of a session that began there opens the card step: the invoice is held from then on.
    fn at_card(&self, step: Step, view: &mut View, now: &Now) -> Result<Step, NotAtGateway> {
        let begins_here = self.entered.as_ref().is_some_and(|entered| entered.opening == Opening::CardStep);
        if !begins_here || view.gateway_sessions.get(&self.session).is_some() {
            return Ok(step);
        }
        let session = choose::open_card_step(&step, view, now)?;
        Ok(Step { session, invoice: effects::invoice(view, self.invoice.0)?, ..step })
    }
}

/// A step in an open session.
struct Step {
    session: Arc<GatewaySession>,
    invoice: Arc<Invoice>,
    caller: Option<PartyId>,
}

impl Step {
    /// The invoice is to be paid, and nobody is in the gateway with it.
    fn payable(&self, view: &View, now: &Now) -> Result<(), NotAtGateway> {
        Ok(effects::payable(view, &self.invoice, Payer::Gateway, now)?)
    }

    /// The card step of this session is open.
    fn in_card_step(&self, view: &View, now: &Now) -> Result<(), NotAtGateway> {
        if self.session.has_card_step(&self.invoice, now.at_ms) {
            return Ok(effects::enabled(view, self.invoice.issuer)?);
        }
        self.payable(view, now)?;
        // Payable, and its card step is not open: it was never opened, or has run out.
        Err(NotAtGateway::Ended(Arc::clone(&self.session)))
    }
}

/// Writes a session.
fn keep_session(view: &mut View, session: GatewaySession) -> Arc<GatewaySession> {
    let session = Arc::new(session);
    view.gateway_sessions.put(session.hash, Arc::clone(&session));
    session
}

/// Changes the voucher that a session has reserved.
fn change_voucher(session: &GatewaySession, issuer: PartyId, state: VoucherState, view: &mut View) {
    let key = |code: &Text| VoucherKey { issuer, code: Text::clone(code) };
    let Some(key) = session.voucher.as_ref().map(key) else { return };
    let mine = |voucher: &&Arc<Voucher>| matches!(voucher.state, VoucherState::Reserved(by, ..) if by == session.hash);
    if let Some(voucher) = view.vouchers.get(&key).filter(mine).map(|voucher| Voucher::clone(voucher)) {
        view.vouchers.put(key, Voucher { state, ..voucher });
    }
}

/// Takes an invoice out of the gateway, if this session has it there.
fn leave_card_step(session: &GatewaySession, invoice: &Invoice, view: &mut View, now: &Now) {
    if session.has_card_step(invoice, now.at_ms) {
        keep(view, Invoice { state: InvoiceState::Issued, ..invoice.clone() });
    }
}
