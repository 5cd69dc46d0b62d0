//! The states of an invoice, and who may pay it in which (pod.md 1.7, 4.2).

use crate::{CardAttemptId, InvoiceId, PartyId, Payment};

/// Where the money of a future payment was taken from.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum BlockedFrom {
    /// The party's wallet.
    Wallet,
    /// Its account in this guild: what is free of it.
    Guild(i64),
}

/// A payment that was registered for a day to come; its money is blocked.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct FuturePayment {
    /// Who has registered it.
    pub by: PartyId,
    /// Where its money was.
    pub from: BlockedFrom,
    /// When it is paid, in milliseconds of Unix time.
    pub at_ms: i64,
}

/// The paid invoice that will pay another one.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct SetOffSource {
    /// Which.
    pub invoice: InvoiceId,
    /// The guild that its money was in.
    pub guild: i64,
}

/// What has become of an invoice.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum InvoiceState {
    /// To be paid.
    Issued,
    /// Somebody is in the card gateway with it, until this instant in milliseconds of Unix time.
    InGateway(i64),
    /// A card of another bank pays it, and its network has not said what became of that: nothing else can be done with it.
    AtNetwork(CardAttemptId),
    /// The gateway has taken the money, and the issuer has to verify it.
    Waiting(Payment),
    /// It will be paid on a day to come.
    Future(FuturePayment),
    /// It will be paid by this other one of its customer's.
    SetOff(SetOffSource),
    /// Paid.
    Paid(Payment),
    /// Paid, and final.
    Closed(Payment),
    /// Withdrawn, or replaced by a smaller one, and final; with what was paid before.
    Canceled(Option<Payment>),
}

/// The state of an invoice that is neither withdrawn nor closed.
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

/// Who wants to pay.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Payer {
    /// A party, by a call.
    Party(PartyId),
    /// Somebody on the gateway's pages.
    Gateway,
}

/// Why an invoice cannot be paid, in the order of the document.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum NotPayable {
    /// It is withdrawn, or replaced.
    Canceled,
    /// It is final.
    Closed,
    /// It is paid on the gateway, to be verified.
    Waiting,
    /// It is paid.
    Paid,
    /// Somebody is in the gateway with it.
    InGateway,
    /// It waits for its day, which the payer knows: the payer has registered it, or comes by the gateway.
    WaitsForItsDay,
    /// It waits for its day, or for another invoice, and somebody else may not pay it.
    NotForThem,
}

impl InvoiceState {
    /// Where an invoice stands that is not final: what changes one begins with this.
    ///
    /// # Errors
    /// It is withdrawn or closed.
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

    /// Whether it can be paid by somebody now.
    ///
    /// # Errors
    /// Why not.
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

    /// What was paid, whatever became of the invoice then.
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
            // Whoever was in the gateway is out of it at the instant at which that ends.
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
