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
mod session_table;
mod take;

use std::fmt::Debug;
use std::sync::Arc;

use ledger::Rial;

use super::effects::{self, keep};
use super::voucher::{Voucher, VoucherKey, VoucherState};
use super::{CardSlip, CreditId, Invoice, InvoiceId, InvoiceState, NotInvoiced, Party, PartyId, Payer};
use crate::view::{Denial, Keys, View};
use crate::{At, CallAddress, Command, Digest, Measured, Now, Text};

pub use card::{AskCardOtp, CardStepRefusal, OtpWritten, PayByCard, SecurityCheck, TypedCard};
pub use choose::{CancelVisit, CreditUnknown, OpenCardStep, UseCredit, UseVoucher, VoucherUnknown};
pub use take::{NotTaken, PayFromWallet, PayLocally};

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

/// A step of a payer in a session.
pub trait GatewayCommand: Debug + Send + 'static {
    /// What comes of it.
    type Done: Debug + Send + 'static;
    /// Why this step is refused, where the session and its invoice are as they should be.
    type Refusal: Debug + Send + 'static;
    /// What it is called in logs.
    const NAME: &'static str;
    /// Who may take it.
    const BY: StepBy = StepBy::Payer;

    /// Names the rows that it needs beside session and invoice.
    fn keys(&self, _visit: &PayerVisit, _keys: &mut Keys) {}

    /// Names the rows that loaded rows name, beside those of session and invoice.
    fn more_keys(&self, _visit: &PayerVisit, _view: &View, _keys: &mut Keys) {}

    /// Takes it.
    ///
    /// # Errors
    /// The first refusal in order of precedence, and whether what was written stays.
    fn decide(
        &self,
        step: Step<'_>,
        view: &mut View,
        at: At<'_>,
    ) -> Result<Self::Done, Denial<GatewayRefusal<Self::Refusal>>>;

    /// What it came to as a payment; `None`: it is none, or repeats one.
    fn measure(&self, _result: &Result<Self::Done, GatewayRefusal<Self::Refusal>>) -> Option<Measured> {
        None
    }
}

/// Who may take a step.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum StepBy {
    /// The only party that may pay in the session, if there is one.
    Payer,
    /// Any browser that has the session.
    Browser,
}

/// Who takes a step, and where.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PayerVisit {
    /// Keyed hash of the session's number.
    pub session: Digest,
    /// Its invoice, and who issued that.
    pub invoice: (InvoiceId, PartyId),
    /// Who has logged in.
    pub caller: Option<PartyId>,
    /// What the session begins as, should this be its first form.
    pub entered: Option<Box<Entered>>,
}

/// A step of a visit. See the module.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AtGateway<C> {
    /// Who, and where.
    pub visit: PayerVisit,
    /// What is done.
    pub command: C,
}

/// Why not, in the order of the checks.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum GatewayRefusal<R> {
    /// There is no such session, or not of this invoice.
    NoSession,
    /// It has ended; how, it says itself.
    Ended(Arc<GatewaySession>),
    /// The payer has to log in, as the party that may pay.
    LogIn,
    /// The invoice cannot be paid.
    Invoice(NotInvoiced),
    /// The step's own refusal.
    Step(R),
}

impl<R> From<NotInvoiced> for GatewayRefusal<R> {
    fn from(why: NotInvoiced) -> Self {
        Self::Invoice(why)
    }
}

impl<R> From<NotInvoiced> for Denial<GatewayRefusal<R>> {
    fn from(why: NotInvoiced) -> Self {
        Self::Refused(why.into())
    }
}

/// What the payer has chosen does not pay any more: the voucher is another's by now, or was used.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct VoucherGone;

impl PayerVisit {
    fn voucher(&self, code: &Text) -> VoucherKey {
        VoucherKey { issuer: self.invoice.1, code: Text::clone(code) }
    }

    /// The session and its invoice, if the caller may go on in it.
    fn step<R>(&self, by: StepBy, view: &View, now: &Now) -> Result<Step<'_>, GatewayRefusal<R>> {
        let begins = || self.entered.as_ref().map(|entered| Arc::new(entered.session.clone()));
        let session = view.gateway_sessions.get(&self.session).map(Arc::clone).or_else(begins);
        let ours = |session: &Arc<GatewaySession>| session.hash == self.session && session.invoice == self.invoice.0;
        let session = session.filter(ours).ok_or(GatewayRefusal::NoSession)?;
        if !session.is_open(now.at_ms) {
            return Err(GatewayRefusal::Ended(session));
        }
        let other = |only: PartyId| self.caller != Some(only);
        if by == StepBy::Payer && session.only.is_some_and(other) {
            return Err(GatewayRefusal::LogIn);
        }
        let invoice = effects::invoice(view, session.invoice)?;
        Ok(Step { session, invoice, visit: self })
    }
}

impl<C: GatewayCommand> Command for AtGateway<C> {
    type Done = C::Done;
    type Refusal = GatewayRefusal<C::Refusal>;
    const NAME: &'static str = C::NAME;

    fn keys(&self, _at: At<'_>, keys: &mut Keys) {
        keys.gateway_sessions.push(self.visit.session);
        keys.invoices.push(self.visit.invoice.0);
        self.command.keys(&self.visit, keys);
    }

    fn more_keys(&self, view: &View, At { now, .. }: At<'_>, keys: &mut Keys) {
        let visit = &self.visit;
        if let Some(invoice) = view.invoices.get(&visit.invoice.0) {
            effects::keys_of(invoice, now, keys);
        }
        if let Some(session) = view.gateway_sessions.get(&visit.session) {
            keys.vouchers.extend(session.voucher.as_ref().map(|code| visit.voucher(code)));
            keys.credit_books.extend(session.holder);
            effects::purse_keys(session.credits.iter().map(|(_, delegator)| *delegator), keys);
        }
        keys.accounts.extend(visit.caller.map(super::wallet));
        self.command.more_keys(visit, view, keys);
    }

    fn decide(&self, view: &mut View, at: At<'_>) -> Result<C::Done, Denial<Self::Refusal>> {
        let step = self.visit.step(C::BY, view, at.now)?;
        self.command.decide(step, view, at)
    }

    fn measure(&self, result: &Result<C::Done, Self::Refusal>) -> Option<Measured> {
        self.command.measure(result)
    }
}

/// What a session that has taken the money came to as a payment.
fn measured(session: &GatewaySession) -> Option<Measured> {
    match &session.state {
        SessionState::Took(receipt) => receipt.rest.checked_add(receipt.credit).map(Measured::done),
        SessionState::Open | SessionState::Canceled => None,
    }
}

/// A step in an open session.
#[derive(Debug)]
pub struct Step<'a> {
    session: Arc<GatewaySession>,
    invoice: Arc<Invoice>,
    visit: &'a PayerVisit,
}

impl Step<'_> {
    /// The invoice is to be paid, and no other session has it in the gateway.
    fn payable(&self, view: &View, now: &Now) -> Result<(), NotInvoiced> {
        effects::payable(view, &self.invoice, Payer::Gateway, now)
    }

    /// The card step of this session is open.
    fn in_card_step<R>(&self, view: &View, now: &Now) -> Result<(), GatewayRefusal<R>> {
        if self.session.has_card_step(&self.invoice, now.at_ms) {
            return Ok(effects::enabled(view, self.invoice.issuer)?);
        }
        self.payable(view, now)?;
        // Payable, and its card step is not open: it was never opened, or has run out.
        Err(GatewayRefusal::Ended(Arc::clone(&self.session)))
    }

    /// The step of a form with a card on it. The first form of a session that began there opens the card step: the invoice is held from then on.
    fn at_card<R: From<VoucherGone>>(self, view: &mut View, now: &Now) -> Result<Self, GatewayRefusal<R>> {
        let visit = self.visit;
        let begins_here = visit.entered.as_ref().is_some_and(|entered| entered.opening == Opening::CardStep);
        if !begins_here || view.gateway_sessions.get(&visit.session).is_some() {
            return Ok(self);
        }
        let session = choose::open_card_step(&self, view, now)?;
        Ok(Self { session, invoice: effects::invoice(view, visit.invoice.0)?, visit })
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
