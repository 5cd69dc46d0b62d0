//! The states of an invoice, and which payers each state allows (pod.md 1.7, 4.2).

use crate::{CardAttemptId, InvoiceId, PartyId, Payment};

/// The account that the money of a future payment was taken from.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum BlockedFrom {
    /// The wallet of the party.
    Wallet,
    /// What the party can withdraw in this guild.
    Guild(i64),
}

/// A payment that was registered for a future day. Its money is blocked.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct FuturePayment {
    /// The party that registered it.
    pub by: PartyId,
    /// The account that the money was taken from.
    pub from: BlockedFrom,
    /// When the invoice is paid, in milliseconds of Unix time.
    pub at_ms: i64,
}

/// The paid invoice that will pay another one by a set-off.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct SetOffSource {
    /// The paid invoice.
    pub invoice: InvoiceId,
    /// The guild of the account that its money was in.
    pub guild: i64,
}

/// The state of an invoice.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum InvoiceState {
    /// It can be paid.
    Issued,
    /// A payer is in the card step of the gateway, until this instant in milliseconds of Unix time.
    InGateway(i64),
    /// A card of another bank pays it, and the network has not said what became of that: no other change is possible.
    AtNetwork(CardAttemptId),
    /// The gateway has taken the money, and the issuer has not verified it yet.
    Waiting(Payment),
    /// A future payment is registered for it.
    Future(FuturePayment),
    /// A set-off is registered: this other invoice, which its customer has issued, will pay it.
    SetOff(SetOffSource),
    /// Paid.
    Paid(Payment),
    /// Paid, and final.
    Closed(Payment),
    /// Canceled, or replaced by a smaller one, and final; with the payment that it had before.
    Canceled(Option<Payment>),
}

/// The state of an invoice that is neither canceled nor closed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum LiveState<'a> {
    /// See [`InvoiceState::Issued`].
    Issued,
    /// See [`InvoiceState::InGateway`].
    InGateway(i64),
    /// See [`InvoiceState::AtNetwork`].
    AtNetwork(CardAttemptId),
    /// See [`InvoiceState::Waiting`].
    Waiting(&'a Payment),
    /// See [`InvoiceState::Future`].
    Future(&'a FuturePayment),
    /// See [`InvoiceState::SetOff`].
    SetOff(&'a SetOffSource),
    /// See [`InvoiceState::Paid`].
    Paid(&'a Payment),
}

/// The kind of payer that an invoice is checked for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Payer {
    /// A party, by a call.
    Party(PartyId),
    /// Any payer on the gateway's pages.
    Gateway,
}

/// Why an invoice cannot be paid, in the order of the document.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum NotPayable {
    /// It is canceled or replaced.
    Canceled,
    /// It is closed.
    Closed,
    /// The gateway has taken the money, and it waits for verification.
    Waiting,
    /// It is already paid.
    Paid,
    /// A payer is in the gateway with it, or a card network has not answered yet.
    InGateway,
    /// A future payment is registered for it: by this payer, or the payer comes through the gateway.
    WaitsForItsDay,
    /// Another party has registered a future payment or a set-off for it.
    NotForThem,
}

impl InvoiceState {
    /// The state of an invoice that is not final. Every change of such an invoice begins with this.
    ///
    /// # Errors
    /// The invoice is canceled or closed.
    pub(super) fn live(&self) -> Result<LiveState<'_>, NotPayable> {
        match self {
            Self::Canceled(_) => Err(NotPayable::Canceled),
            Self::Closed(_) => Err(NotPayable::Closed),
            Self::Issued => Ok(LiveState::Issued),
            Self::InGateway(ends_at_ms) => Ok(LiveState::InGateway(*ends_at_ms)),
            Self::AtNetwork(attempt) => Ok(LiveState::AtNetwork(*attempt)),
            Self::Waiting(payment) => Ok(LiveState::Waiting(payment)),
            Self::Future(future) => Ok(LiveState::Future(future)),
            Self::SetOff(source) => Ok(LiveState::SetOff(source)),
            Self::Paid(payment) => Ok(LiveState::Paid(payment)),
        }
    }

    /// Whether a payer can pay the invoice now.
    ///
    /// # Errors
    /// Why the payer cannot.
    pub fn payable_by(&self, payer: Payer, now_ms: i64) -> Result<(), NotPayable> {
        match self.live()? {
            LiveState::Issued => Ok(()),
            LiveState::InGateway(ends_at_ms) if now_ms >= ends_at_ms => Ok(()),
            LiveState::Waiting(_) => Err(NotPayable::Waiting),
            LiveState::Paid(_) => Err(NotPayable::Paid),
            LiveState::InGateway(_) | LiveState::AtNetwork(_) => Err(NotPayable::InGateway),
            LiveState::Future(future) if payer == Payer::Gateway || payer == Payer::Party(future.by) => {
                Err(NotPayable::WaitsForItsDay)
            }
            LiveState::Future(_) | LiveState::SetOff(_) => Err(NotPayable::NotForThem),
        }
    }

    /// The payment of the invoice, whatever happened to the invoice later.
    pub fn payment(&self) -> Option<&Payment> {
        match self {
            Self::Waiting(payment) | Self::Paid(payment) | Self::Closed(payment) => Some(payment),
            Self::Canceled(payment) => payment.as_ref(),
            Self::Issued | Self::InGateway(_) | Self::AtNetwork(_) | Self::Future(_) | Self::SetOff(_) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Means, Rial};

    #[test]
    fn an_invoice_is_payable_in_its_first_state_only_and_says_why_not_in_each_other() {
        // pod.md 1.7, step 10, and the future rule of 1.8.
        const NOW: i64 = 1_000;
        let (ali, shop) = (Payer::Party(PartyId(101)), Payer::Party(PartyId(201)));
        let paid =
            Payment { at_ms: 1, payer: None, means: Means::Outside, rest: Rial::ZERO, legs: vec![], promised_ms: None };
        let source = SetOffSource { invoice: InvoiceId(7), guild: 561 };
        let future = FuturePayment { by: PartyId(101), from: BlockedFrom::Wallet, at_ms: 2_000 };
        for (state, payer, expected) in [
            (InvoiceState::Issued, ali, Ok(())),
            (InvoiceState::Issued, Payer::Gateway, Ok(())),
            (InvoiceState::InGateway(NOW + 1), ali, Err(NotPayable::InGateway)),
            (InvoiceState::InGateway(NOW + 1), Payer::Gateway, Err(NotPayable::InGateway)),
            // At the instant at which the card step ends, the payer is no longer in the gateway.
            (InvoiceState::InGateway(NOW), ali, Ok(())),
            (InvoiceState::AtNetwork(CardAttemptId(1)), ali, Err(NotPayable::InGateway)),
            (InvoiceState::AtNetwork(CardAttemptId(1)), Payer::Gateway, Err(NotPayable::InGateway)),
            (InvoiceState::Waiting(paid.clone()), ali, Err(NotPayable::Waiting)),
            (InvoiceState::Future(future.clone()), ali, Err(NotPayable::WaitsForItsDay)),
            (InvoiceState::Future(future.clone()), Payer::Gateway, Err(NotPayable::WaitsForItsDay)),
            (InvoiceState::Future(future), shop, Err(NotPayable::NotForThem)),
            (InvoiceState::SetOff(source), ali, Err(NotPayable::NotForThem)),
            (InvoiceState::SetOff(source), Payer::Gateway, Err(NotPayable::NotForThem)),
            (InvoiceState::Paid(paid.clone()), ali, Err(NotPayable::Paid)),
            (InvoiceState::Closed(paid.clone()), ali, Err(NotPayable::Closed)),
            (InvoiceState::Canceled(Some(paid)), ali, Err(NotPayable::Canceled)),
            (InvoiceState::Canceled(None), Payer::Gateway, Err(NotPayable::Canceled)),
        ] {
            assert_eq!(state.payable_by(payer, NOW), expected, "{state:?} by {payer:?}");
        }
    }
}
