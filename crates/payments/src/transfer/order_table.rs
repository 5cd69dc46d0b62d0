//! How an order is stored: the columns of its states and answers. Codes are for ever.

use ledger::{AccountId, Rial, TransferId};
use schema::{Corrupt, codes, corrupt, table};

use crate::{
    ChargeCode, FirstAnswer, Hold, Order, OrderId, OrderKey, OrderRefusal, OrderState, Return, Service, Status, Text,
};

codes!(Service = "transfer_order" {
    1 => Service::TransferTo, 2 => Service::InternalTransfer, 3 => Service::PayaTransfer, 4 => Service::SatnaTransfer,
    5 => Service::ChargeCard,
});

// Its key is its number; each engine finds the number of a trackId in its own way.
table! {
    Order = "transfer_order",
    key |k: OrderId| { id: *k },
    of |r| r.id,
    row |r| {
        id: r.id, client: r.key.client, track_id: r.key.track_id, grant_id: r.grant, user_nid: r.user, service: r.service,
        route: r.route, first: first_code(r.first).0, refusal: first_code(r.first).1, bound: first_code(r.first).2,
        charge_code: charge_code(r.first), state: state_code(&r.state).0, transfer: state_code(&r.state).1,
        fee_hold: state_code(&r.state).2, returned_to: returned(&r.state).0, return_ref: returned(&r.state).1,
        return_reason: returned(&r.state).2, bank: r.bank, source: r.source, source_number: r.source_number,
        source_first_name: r.source_first_name, source_last_name: r.source_last_name, destination: r.destination,
        through: r.through, destination_number: r.destination_number,
        destination_first_name: r.destination_first_name, destination_last_name: r.destination_last_name,
        amount: r.amount, fee: r.fee, cycle: r.cycle, left_out_of: r.left_out_of, description: r.description,
        payment_number: r.payment_number, at_ms: r.at_ms, inquiry_sequence: r.inquiry_sequence, ref_code: r.ref_code, request_hash: r.request_hash,
    },
    for_life {
        client, track_id, grant_id, user_nid, service, route, first, refusal, bound, charge_code, bank, source, source_number, source_first_name,
        source_last_name, destination, through, destination_number, destination_first_name, destination_last_name, amount, description,
        payment_number, at_ms, inquiry_sequence, ref_code, request_hash,
    },
    make Order {
        id, key: OrderKey { client, track_id }, grant: grant_id, user: user_nid, service, route,
        first: first_answer(first, refusal, bound, charge_code)?,
        state: order_state(state, (transfer, fee_hold), (returned_to, return_ref, return_reason))?,
        bank, source, source_number, source_first_name, source_last_name, destination, through, destination_number,
        destination_first_name, destination_last_name, amount, fee, cycle, left_out_of, description, payment_number, at_ms,
        inquiry_sequence, ref_code, request_hash,
    }
}

/// A refusal that an order keeps: its code, and the bound that it names.
fn order_refusal(refusal: OrderRefusal) -> (i64, Option<i64>) {
    match refusal {
        OrderRefusal::DestinationNotUsable => (1, None),
        OrderRefusal::InsufficientFunds => (2, None),
        OrderRefusal::AmountDoesNotFit => (3, None),
        OrderRefusal::BelowMinimum(bound) => (4, Some(bound.get())),
        OrderRefusal::AboveMaximum(bound) => (5, Some(bound.get())),
    }
}

fn first_code(first: FirstAnswer) -> (i64, Option<i64>, Option<i64>) {
    match first {
        FirstAnswer::Done => (1, None, None),
        FirstAnswer::Pending => (2, None, None),
        FirstAnswer::Unknown => (3, None, None),
        FirstAnswer::Refused(refusal) => {
            let (code, bound) = order_refusal(refusal);
            (4, Some(code), bound)
        }
        FirstAnswer::Charge(_) => (5, None, None),
    }
}

fn charge_code(first: FirstAnswer) -> Option<Text> {
    match first {
        FirstAnswer::Charge(code) => Some(Text::from(code.as_str())),
        FirstAnswer::Done | FirstAnswer::Pending | FirstAnswer::Unknown | FirstAnswer::Refused(_) => None,
    }
}

fn first_answer(
    first: i64,
    refusal: Option<i64>,
    bound: Option<i64>,
    charge_code: Option<Text>,
) -> Result<FirstAnswer, Corrupt> {
    let unknown = || corrupt("transfer_order", format!("unknown answer {first} {refusal:?} {bound:?} {charge_code:?}"));
    match (first, refusal, bound.map(Rial::new)) {
        (1, None, None) => Ok(FirstAnswer::Done),
        (2, None, None) => Ok(FirstAnswer::Pending),
        (3, None, None) => Ok(FirstAnswer::Unknown),
        (4, Some(1), None) => Ok(FirstAnswer::Refused(OrderRefusal::DestinationNotUsable)),
        (4, Some(2), None) => Ok(FirstAnswer::Refused(OrderRefusal::InsufficientFunds)),
        (4, Some(3), None) => Ok(FirstAnswer::Refused(OrderRefusal::AmountDoesNotFit)),
        (4, Some(4), Some(bound)) => Ok(FirstAnswer::Refused(OrderRefusal::BelowMinimum(bound))),
        (4, Some(5), Some(bound)) => Ok(FirstAnswer::Refused(OrderRefusal::AboveMaximum(bound))),
        (5, None, None) => {
            let code = charge_code.as_deref().and_then(ChargeCode::named);
            code.map(FirstAnswer::Charge).ok_or_else(unknown)
        }
        _ => Err(unknown()),
    }
}

fn state_code(state: &OrderState) -> (i64, Option<i64>, Option<i64>) {
    let held = |hold: &Hold| (Some(hold.amount.0), hold.fee.map(|fee| fee.0));
    let (code, (transfer, fee_hold)) = match state {
        OrderState::Booked(transfer) => (1, (Some(transfer.0), None)),
        OrderState::Refused => (2, (None, None)),
        OrderState::Pending(hold) => (3, held(hold)),
        OrderState::Unknown(hold) => (4, held(hold)),
        OrderState::OnFloat(transfer) => (5, (Some(transfer.0), None)),
        OrderState::Queued(hold) => (6, hold.as_ref().map_or((None, None), held)),
        OrderState::Settled => (7, (None, None)),
        OrderState::Returned(_) => (8, (None, None)),
        OrderState::Stuck(hold, _) => (9, hold.as_ref().map_or((None, None), held)),
    };
    (code, transfer, fee_hold)
}

impl Status {
    /// The codes in the database of the states that callers are told of as this.
    pub fn codes(self) -> &'static [i64] {
        match self {
            Self::Done => &[1, 6, 7],
            Self::Failed => &[2, 8],
            Self::Pending => &[3],
            Self::Unknown => &[4, 5, 9],
        }
    }
}

fn returned(state: &OrderState) -> (Option<i64>, Option<i64>, Option<Text>) {
    match state {
        OrderState::Returned(back) => (Some(back.to.0), Some(back.ref_code), Some(back.reason.clone())),
        OrderState::Stuck(_, why) => (None, None, Some(why.clone())),
        OrderState::Refused
        | OrderState::Pending(_)
        | OrderState::Unknown(_)
        | OrderState::OnFloat(_)
        | OrderState::Booked(_)
        | OrderState::Queued(_)
        | OrderState::Settled => (None, None, None),
    }
}

type Returned = (Option<i64>, Option<i64>, Option<Text>);

fn order_state(
    code: i64,
    (transfer, fee_hold): (Option<i64>, Option<i64>),
    back: Returned,
) -> Result<OrderState, Corrupt> {
    let (transfer, fee) = (transfer.map(TransferId), fee_hold.map(TransferId));
    match (code, transfer, fee, back) {
        (1, Some(transfer), None, (None, None, None)) => Ok(OrderState::Booked(transfer)),
        (2, None, None, (None, None, None)) => Ok(OrderState::Refused),
        (3, Some(amount), fee, (None, None, None)) => Ok(OrderState::Pending(Hold { amount, fee })),
        (4, Some(amount), fee, (None, None, None)) => Ok(OrderState::Unknown(Hold { amount, fee })),
        (5, Some(transfer), None, (None, None, None)) => Ok(OrderState::OnFloat(transfer)),
        (6, amount, fee, (None, None, None)) => Ok(OrderState::Queued(amount.map(|amount| Hold { amount, fee }))),
        (7, None, None, (None, None, None)) => Ok(OrderState::Settled),
        (9, amount, fee, (None, None, Some(why))) => {
            Ok(OrderState::Stuck(amount.map(|amount| Hold { amount, fee }), why))
        }
        (8, None, None, (Some(to), Some(ref_code), Some(reason))) => {
            Ok(OrderState::Returned(Return { ref_code, reason, to: AccountId(to) }))
        }
        other => Err(corrupt("transfer_order", format!("unknown state {other:?}"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_status_stands_for_exactly_the_states_that_are_told_so() {
        let (hold, transfer) = (Hold { amount: TransferId(1), fee: None }, TransferId(1));
        let back = Return { ref_code: 1, reason: Text::from(""), to: AccountId(1) };
        for state in [
            OrderState::Refused,
            OrderState::Pending(hold),
            OrderState::Unknown(hold),
            OrderState::OnFloat(transfer),
            OrderState::Booked(transfer),
            OrderState::Queued(None),
            OrderState::Settled,
            OrderState::Returned(back),
            OrderState::Stuck(None, Text::from("")),
        ] {
            for status in [Status::Done, Status::Pending, Status::Unknown, Status::Failed] {
                let listed = status.codes().contains(&state_code(&state).0);
                assert_eq!(listed, state.status() == status, "{state:?} {status:?}");
            }
        }
    }
}
