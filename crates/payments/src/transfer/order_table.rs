//! The table of orders: the columns of their states and first answers. A code keeps its meaning for ever, because stores have it.

use ledger::{AccountId, Rial, TransferId};
use schema::{Corrupt, codes, corrupt, table};

use crate::{
    ChargeCode, FirstAnswer, Hold, Order, OrderId, OrderKey, OrderRefusal, OrderState, Return, Service, Status, Text,
};

codes!(Service = "transfer_order" {
    1 => Service::TransferTo, 2 => Service::InternalTransfer, 3 => Service::PayaTransfer, 4 => Service::SatnaTransfer,
    5 => Service::ChargeCard,
});

// The primary key is the order's id; each engine has its own look-up of a trackId.
table! {
    Order = "transfer_order",
    key |k: OrderId| { id: *k },
    of |r| r.id,
    row |r| {
        id: r.id, client: r.key.client, track_id: r.key.track_id, grant_id: r.grant, user_nid: r.user, service: r.service,
        route: r.route, first: FirstCells::of(r.first).first, refusal: FirstCells::of(r.first).refusal,
        bound: FirstCells::of(r.first).bound, charge_code: FirstCells::of(r.first).charge_code,
        state: r.state.code(), transfer: StateCells::of(&r.state).transfer, fee_hold: StateCells::of(&r.state).fee_hold,
        returned_to: StateCells::of(&r.state).returned_to, return_ref: StateCells::of(&r.state).return_ref,
        return_reason: StateCells::of(&r.state).return_reason, bank: r.bank, source: r.source, source_number: r.source_number,
        source_first_name: r.source_first_name, source_last_name: r.source_last_name, destination: r.destination,
        through: r.through, destination_number: r.destination_number,
        destination_first_name: r.destination_first_name, destination_last_name: r.destination_last_name,
        amount: r.amount, fee: r.fee, cycle: r.cycle, left_out_of: r.left_out_of, description: r.description,
        payment_number: r.payment_number, at_ms: r.at_ms, inquiry_sequence: r.inquiry_sequence, ref_code: r.ref_code, request_hash: r.request_hash,
    },
    for_life {
        client, track_id, grant_id, user_nid, service, route, bank, source, source_number, source_first_name,
        source_last_name, destination, through, destination_number, destination_first_name, destination_last_name, amount, description,
        payment_number, at_ms, inquiry_sequence, ref_code, request_hash,
    },
    make Order {
        id, key: OrderKey { client, track_id }, grant: grant_id, user: user_nid, service, route,
        first: FirstCells { first, refusal, bound, charge_code }.answer()?,
        state: StateCells { state, transfer, fee_hold, returned_to, return_ref, return_reason }.state()?,
        bank, source, source_number, source_first_name, source_last_name, destination, through, destination_number,
        destination_first_name, destination_last_name, amount, fee, cycle, left_out_of, description, payment_number, at_ms,
        inquiry_sequence, ref_code, request_hash,
    }
}

codes! {
    /// What kind of first answer an order's caller got.
    enum FirstCode = "transfer_order" { 1 => Done, 2 => Pending, 3 => Unknown, 4 => Refused, 5 => Charge, }
}

codes! {
    /// Why an order was refused, without the limit that it missed.
    pub enum RefusalCode = "transfer_order" {
        1 => DestinationNotUsable, 2 => InsufficientFunds, 3 => AmountDoesNotFit, 4 => BelowMinimum, 5 => AboveMaximum,
    }
}

codes! {
    /// The state of an order, without the state's data.
    pub enum OrderStateCode = "transfer_order" {
        1 => Booked, 2 => Refused, 3 => Pending, 4 => Unknown, 5 => HeldOnFloat, 6 => Queued, 7 => Settled, 8 => Returned,
        9 => Stuck,
    }
}

impl OrderStateCode {
    /// The status that replies to callers show.
    pub fn status(self) -> Status {
        match self {
            Self::Refused | Self::Returned => Status::Failed,
            Self::Pending => Status::Pending,
            Self::Unknown | Self::HeldOnFloat | Self::Stuck => Status::Unknown,
            Self::Booked | Self::Queued | Self::Settled => Status::Done,
        }
    }

    /// Whether the order is not decided yet.
    pub fn is_undecided(self) -> bool {
        match self.status() {
            Status::Pending | Status::Unknown => true,
            Status::Done | Status::Failed => false,
        }
    }
}

impl OrderState {
    /// The state's code.
    pub fn code(&self) -> OrderStateCode {
        match self {
            Self::Booked(_) => OrderStateCode::Booked,
            Self::Refused => OrderStateCode::Refused,
            Self::Pending(_) => OrderStateCode::Pending,
            Self::Unknown(_) => OrderStateCode::Unknown,
            Self::HeldOnFloat(_) => OrderStateCode::HeldOnFloat,
            Self::Queued(_) => OrderStateCode::Queued,
            Self::Settled => OrderStateCode::Settled,
            Self::Returned(_) => OrderStateCode::Returned,
            Self::Stuck(..) => OrderStateCode::Stuck,
        }
    }

    /// The status that replies to callers show.
    pub fn status(&self) -> Status {
        self.code().status()
    }

    /// Whether the order is not decided yet.
    pub fn is_undecided(&self) -> bool {
        self.code().is_undecided()
    }
}

/// The code of a refusal, and its bound if it has one.
fn refusal_code(refusal: OrderRefusal) -> (RefusalCode, Option<Rial>) {
    match refusal {
        OrderRefusal::DestinationNotUsable => (RefusalCode::DestinationNotUsable, None),
        OrderRefusal::InsufficientFunds => (RefusalCode::InsufficientFunds, None),
        OrderRefusal::AmountDoesNotFit => (RefusalCode::AmountDoesNotFit, None),
        OrderRefusal::BelowMinimum(bound) => (RefusalCode::BelowMinimum, Some(bound)),
        OrderRefusal::AboveMaximum(bound) => (RefusalCode::AboveMaximum, Some(bound)),
    }
}

/// The columns of a first answer.
#[derive(PartialEq, Eq, Debug)]
struct FirstCells {
    first: FirstCode,
    refusal: Option<RefusalCode>,
    bound: Option<i64>,
    charge_code: Option<Text>,
}

impl FirstCells {
    fn of(answer: FirstAnswer) -> Self {
        let alone = |first| Self { first, refusal: None, bound: None, charge_code: None };
        match answer {
            FirstAnswer::Done => alone(FirstCode::Done),
            FirstAnswer::Pending => alone(FirstCode::Pending),
            FirstAnswer::Unknown => alone(FirstCode::Unknown),
            FirstAnswer::Refused(refusal) => {
                let (refusal, bound) = refusal_code(refusal);
                Self { refusal: Some(refusal), bound: bound.map(Rial::get), ..alone(FirstCode::Refused) }
            }
            FirstAnswer::Charge(code) => {
                Self { charge_code: Some(Text::from(code.as_str())), ..alone(FirstCode::Charge) }
            }
        }
    }

    /// The answer that these columns store. Columns that [`Self::of`] would not write for it are an error.
    fn answer(self) -> Result<FirstAnswer, Corrupt> {
        let bound = self.bound.map(Rial::new);
        let refusal = self.refusal.and_then(|refusal| match refusal {
            RefusalCode::DestinationNotUsable => Some(OrderRefusal::DestinationNotUsable),
            RefusalCode::InsufficientFunds => Some(OrderRefusal::InsufficientFunds),
            RefusalCode::AmountDoesNotFit => Some(OrderRefusal::AmountDoesNotFit),
            RefusalCode::BelowMinimum => bound.map(OrderRefusal::BelowMinimum),
            RefusalCode::AboveMaximum => bound.map(OrderRefusal::AboveMaximum),
        });
        let answer = match self.first {
            FirstCode::Done => Some(FirstAnswer::Done),
            FirstCode::Pending => Some(FirstAnswer::Pending),
            FirstCode::Unknown => Some(FirstAnswer::Unknown),
            FirstCode::Refused => refusal.map(FirstAnswer::Refused),
            FirstCode::Charge => self.charge_code.as_deref().and_then(ChargeCode::named).map(FirstAnswer::Charge),
        };
        let found = answer.filter(|answer| Self::of(*answer) == self);
        found.ok_or_else(|| corrupt("transfer_order", format!("unknown answer {self:?}")))
    }
}

/// The columns of a state.
#[derive(PartialEq, Eq, Debug)]
struct StateCells {
    state: OrderStateCode,
    transfer: Option<i64>,
    fee_hold: Option<i64>,
    returned_to: Option<AccountId>,
    return_ref: Option<i64>,
    return_reason: Option<Text>,
}

impl StateCells {
    fn of(state: &OrderState) -> Self {
        let alone = Self {
            state: state.code(),
            transfer: None,
            fee_hold: None,
            returned_to: None,
            return_ref: None,
            return_reason: None,
        };
        let held = |hold: Option<&Hold>, alone: Self| Self {
            transfer: hold.map(|hold| hold.amount.0),
            fee_hold: hold.and_then(|hold| hold.fee).map(|fee| fee.0),
            ..alone
        };
        match state {
            OrderState::Booked(transfer) | OrderState::HeldOnFloat(transfer) => {
                Self { transfer: Some(transfer.0), ..alone }
            }
            OrderState::Refused | OrderState::Settled => alone,
            OrderState::Pending(hold) | OrderState::Unknown(hold) => held(Some(hold), alone),
            OrderState::Queued(hold) => held(hold.as_ref(), alone),
            OrderState::Stuck(hold, why) => Self { return_reason: Some(why.clone()), ..held(hold.as_ref(), alone) },
            OrderState::Returned(Return { to, ref_code, reason }) => Self {
                returned_to: Some(*to),
                return_ref: Some(*ref_code),
                return_reason: Some(reason.clone()),
                ..alone
            },
        }
    }

    /// The state that these columns store. Columns that [`Self::of`] would not write for it are an error.
    fn state(self) -> Result<OrderState, Corrupt> {
        let (transfer, reason) = (self.transfer.map(TransferId), self.return_reason.clone());
        let hold = transfer.map(|amount| Hold { amount, fee: self.fee_hold.map(TransferId) });
        let state = match self.state {
            OrderStateCode::Booked => transfer.map(OrderState::Booked),
            OrderStateCode::Refused => Some(OrderState::Refused),
            OrderStateCode::Pending => hold.map(OrderState::Pending),
            OrderStateCode::Unknown => hold.map(OrderState::Unknown),
            OrderStateCode::HeldOnFloat => transfer.map(OrderState::HeldOnFloat),
            OrderStateCode::Queued => Some(OrderState::Queued(hold)),
            OrderStateCode::Settled => Some(OrderState::Settled),
            OrderStateCode::Returned => self
                .returned_to
                .zip(self.return_ref)
                .zip(reason)
                .map(|((to, ref_code), reason)| OrderState::Returned(Return { ref_code, reason, to })),
            OrderStateCode::Stuck => reason.map(|why| OrderState::Stuck(hold, why)),
        };
        let found = state.filter(|state| Self::of(state) == self);
        found.ok_or_else(|| corrupt("transfer_order", format!("unknown state {self:?}")))
    }
}

#[cfg(test)]
mod tests {
    use schema::Coded;

    use super::*;

    const EITHER: [Option<i64>; 2] = [None, Some(7)];

    #[test]
    fn each_state_is_read_from_the_columns_that_it_is_written_to_alone() {
        for state in OrderStateCode::ALL {
            let mut read = Vec::new();
            for at in 0..1 << 5 {
                let bit = |of: usize| EITHER[at >> of & 1];
                let cells = || StateCells {
                    state: *state,
                    transfer: bit(0),
                    fee_hold: bit(1),
                    returned_to: bit(2).map(AccountId),
                    return_ref: bit(3),
                    return_reason: bit(4).map(|_| Text::from("why")),
                };
                if let Ok(found) = cells().state() {
                    assert_eq!((found.code(), StateCells::of(&found)), (*state, cells()));
                    read.push(found);
                }
            }
            let holds = match state {
                OrderStateCode::Pending | OrderStateCode::Unknown => 2,
                OrderStateCode::Queued | OrderStateCode::Stuck => 3,
                _ => 1,
            };
            assert_eq!(read.len(), holds, "{read:?}");
        }
    }

    #[test]
    fn each_first_answer_is_read_from_the_columns_that_it_is_written_to_alone() {
        let refusals = || [None].into_iter().chain(RefusalCode::ALL.iter().copied().map(Some));
        let codes = || {
            [None, Some(Text::from("no code"))]
                .into_iter()
                .chain(ChargeCode::all().map(|code| Some(code.as_str().into())))
        };
        let mut read = Vec::new();
        for first in FirstCode::ALL {
            for (refusal, (bound, charge_code)) in refusals().flat_map(|refusal| {
                EITHER.map(|bound| codes().map(move |code| (refusal, (bound, code)))).into_iter().flatten()
            }) {
                let cells = || FirstCells { first: *first, refusal, bound, charge_code: charge_code.clone() };
                if let Ok(found) = cells().answer() {
                    assert_eq!(FirstCells::of(found), cells());
                    read.push(*first);
                }
            }
        }
        let count = |first: FirstCode| read.iter().filter(|found| **found == first).count();
        let counts = FirstCode::ALL.iter().map(|first| count(*first)).collect::<Vec<_>>();
        assert_eq!(counts, [1, 1, 1, RefusalCode::ALL.len(), ChargeCode::all().count()]);
    }
}
