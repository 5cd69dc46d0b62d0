//! The tables that are listed, and by what their rows are filtered.

use payments::{
    AuditLine, CardAttempt, CardAttemptState, Channel, Invoice, InvoiceStateCode, Job, JobKind, Message, MessageState,
    NEVER_MS, Order, OrderStateCode, Party, PartyKind, PhoneOrder, Proposal, ProposalState, Rial, Route, Status, Text,
};
use schema::{Coded, codes_of};

use super::list::{Checked, Facts, List, Named, Owner, OwnerKind, OwnerValue, Walk};
use crate::report::{states_in, undecided};

/// How long after its first request a telephone order may be tried again and be listed by the time of the try: a week, in milliseconds.
const TRIED_LATE_MS: i64 = 7 * 86_400_000;

/// Orders of the Finnotech dialect.
pub static ORDERS: List<Order> = List {
    at: "at_ms",
    amount: Some("amount"),
    only: "",
    only_is: Checked::ByIndex,
    walk: Walk::Number(Some(0)),
    period: None,
    owner: Some(Owner { column: "client", kind: OwnerKind::Name, walk: Some(Walk::Time) }),
    texts: &[
        "track_id",
        "source_number",
        "destination_number",
        "destination_first_name",
        "destination_last_name",
        "description",
    ],
    states: &[
        Named {
            name: "undecided",
            condition: undecided,
            holds: |order| order.state.code().is_undecided(),
            place: Checked::ByIndex,
        },
        Named {
            name: "done",
            condition: || status(Status::Done),
            holds: |order| order.state.status() == Status::Done,
            place: Checked::ByRow,
        },
        Named {
            name: "pending",
            condition: || status(Status::Pending),
            holds: |order| order.state.status() == Status::Pending,
            place: Checked::ByRow,
        },
        Named {
            name: "unknown",
            condition: || status(Status::Unknown),
            holds: |order| order.state.status() == Status::Unknown,
            place: Checked::ByRow,
        },
        Named {
            name: "failed",
            // The money of a returned order moved: it has a state of its own.
            condition: || states_in(|code| code.status() == Status::Failed && code != OrderStateCode::Returned),
            holds: |order| order.state.status() == Status::Failed && order.state.code() != OrderStateCode::Returned,
            place: Checked::ByRow,
        },
        Named {
            name: "returned",
            condition: || states_in(|code| code == OrderStateCode::Returned),
            holds: |order| order.state.code() == OrderStateCode::Returned,
            place: Checked::ByRow,
        },
    ],
    kinds: &[
        Named {
            name: "internal",
            condition: || route(Route::Internal),
            holds: |order| order.route == Route::Internal,
            place: Checked::ByRow,
        },
        Named {
            name: "paya",
            condition: || route(Route::Paya),
            holds: |order| order.route == Route::Paya,
            place: Checked::ByRow,
        },
        Named {
            name: "satna",
            condition: || route(Route::Satna),
            holds: |order| order.route == Route::Satna,
            place: Checked::ByRow,
        },
        Named {
            name: "card",
            condition: || route(Route::Card),
            holds: |order| order.route == Route::Card,
            place: Checked::ByRow,
        },
    ],
    has: |_| true,
    facts: |order| Facts {
        id: order.id.0,
        at_ms: order.at_ms,
        amount: order.amount.get(),
        owner: Some(OwnerValue::Name(Text::from(&*order.key.client.0))),
        texts: vec![
            order.key.track_id.to_string(),
            order.source_number.to_string(),
            order.destination_number.to_string(),
            order.destination_first_name.to_string(),
            order.destination_last_name.to_string(),
            order.description.to_string(),
        ],
    },
};

fn status(status: Status) -> String {
    states_in(|code| code.status() == status)
}

fn route(route: Route) -> String {
    format!("route = {}", route.code())
}

/// Orders that are paid by telephone.
pub static PHONE_ORDERS: List<PhoneOrder> = List {
    at: "at_ms",
    amount: Some("coalesce(nullif(amount, 0), asked_amount)"),
    only: "",
    only_is: Checked::ByIndex,
    walk: Walk::Number(Some(TRIED_LATE_MS)),
    period: None,
    owner: Some(Owner {
        column: "(terminal || '')",
        kind: OwnerKind::Name,
        walk: Some(Walk::Number(Some(TRIED_LATE_MS))),
    }),
    texts: &["order_id", "sent_order_id", "mask", "payer"],
    states: &[
        Named {
            name: "paid",
            condition: || "transfer IS NOT NULL".to_owned(),
            holds: |order| order.payment().is_some(),
            place: Checked::ByRow,
        },
        Named {
            name: "declined",
            condition: || "declined IS NOT NULL".to_owned(),
            holds: |order| order.declined().is_some(),
            place: Checked::ByRow,
        },
        Named {
            name: "asked",
            condition: || "tried_at_ms IS NULL".to_owned(),
            holds: |order| order.tried.is_none(),
            place: Checked::ByRow,
        },
    ],
    kinds: &[],
    has: |_| true,
    facts: |order| {
        let tried = order.tried.as_ref();
        let amount = tried.and_then(|tried| tried.amount).or_else(|| order.asked.map(|asked| asked.amount));
        Facts {
            id: order.id.0,
            at_ms: order.at_ms,
            amount: amount.map_or(0, Rial::get),
            owner: Some(OwnerValue::Name(Text::clone(&order.key.terminal))),
            texts: vec![
                order.key.order.to_string(),
                if order.sent == order.key.order { String::new() } else { order.sent.to_string() },
                tried.map(|tried| tried.mask.to_string()).unwrap_or_default(),
                tried.map(|tried| tried.payer.to_string()).unwrap_or_default(),
            ],
        }
    },
};

/// Invoices of all businesses.
pub static INVOICES: List<Invoice> = List {
    at: "issued_at_ms",
    amount: Some("payable"),
    only: "",
    only_is: Checked::ByIndex,
    walk: Walk::Number(Some(0)),
    period: None,
    owner: Some(Owner { column: "issuer", kind: OwnerKind::Party, walk: Some(Walk::Number(Some(0))) }),
    texts: &["bill_number", "reference_number", "cellphone", "rrn", "tref"],
    states: &[
        Named {
            name: "unpaid",
            condition: || invoice_states(|code| !code.is_paid() && !code.is_canceled()),
            holds: |invoice| !invoice.code().is_paid() && !invoice.code().is_canceled(),
            place: Checked::ByRow,
        },
        Named {
            name: "paid",
            condition: || invoice_states(|code| code.is_paid() && !code.is_canceled()),
            holds: |invoice| invoice.code().is_paid() && !invoice.code().is_canceled(),
            place: Checked::ByRow,
        },
        Named {
            name: "atNetwork",
            condition: || invoice_states(|code| code == InvoiceStateCode::AtNetwork),
            holds: |invoice| invoice.code() == InvoiceStateCode::AtNetwork,
            place: Checked::ByRow,
        },
        Named {
            name: "waiting",
            condition: || invoice_states(|code| code == InvoiceStateCode::Waiting),
            holds: |invoice| invoice.code() == InvoiceStateCode::Waiting,
            place: Checked::ByRow,
        },
        Named {
            name: "closed",
            condition: || invoice_states(|code| code == InvoiceStateCode::Closed),
            holds: |invoice| invoice.code() == InvoiceStateCode::Closed,
            place: Checked::ByRow,
        },
        Named {
            name: "canceled",
            condition: || invoice_states(InvoiceStateCode::is_canceled),
            holds: |invoice| invoice.code().is_canceled(),
            place: Checked::ByRow,
        },
    ],
    kinds: &[],
    has: |_| true,
    facts: |invoice| {
        let slip = invoice.card_slip();
        Facts {
            id: invoice.id.0,
            at_ms: invoice.issued_at_ms,
            amount: invoice.amounts.payable.get(),
            owner: Some(OwnerValue::Number(invoice.issuer.0)),
            texts: vec![
                invoice.bill_number.as_ref().map(ToString::to_string).unwrap_or_default(),
                invoice.reference_number.to_string(),
                invoice.cellphone.to_string(),
                slip.map(|slip| slip.rrn.to_string()).unwrap_or_default(),
                slip.map(|slip| slip.tref.to_string()).unwrap_or_default(),
            ],
        }
    },
};

fn invoice_states(which: impl Fn(InvoiceStateCode) -> bool) -> String {
    format!("state IN ({})", codes_of(which))
}

static MESSAGE_STATES: [Named<Message>; 3] = [
    Named {
        name: "queued",
        condition: || message_state(MessageState::Queued),
        holds: |message| message.state == MessageState::Queued,
        place: Checked::ByRow,
    },
    Named {
        name: "sent",
        condition: || message_state(MessageState::Sent),
        holds: |message| message.state == MessageState::Sent,
        place: Checked::ByRow,
    },
    Named {
        name: "dead",
        condition: || message_state(MessageState::Dead),
        holds: |message| message.state == MessageState::Dead,
        place: Checked::ByRow,
    },
];

fn message_state(state: MessageState) -> String {
    format!("state = {}", state.code())
}

/// Messages that are sent by SMS.
pub static SMS: List<Message> = List {
    at: "at_ms",
    amount: None,
    only: "business IS NULL",
    // An index of them would be written with each password.
    only_is: Checked::ByRow,
    walk: Walk::Number(Some(0)),
    period: None,
    owner: Some(Owner { column: "to_mobile", kind: OwnerKind::Mobile, walk: Some(Walk::Number(Some(0))) }),
    texts: &["error"],
    states: &MESSAGE_STATES,
    kinds: &[],
    has: |message| matches!(message.channel, Channel::Sms),
    facts: |message| Facts {
        id: message.id.0,
        at_ms: message.at_ms,
        amount: 0,
        owner: Some(OwnerValue::Name(Text::clone(&message.to))),
        texts: vec![message.error.to_string()],
    },
};

/// Calls to businesses.
pub static WEBHOOKS: List<Message> = List {
    at: "at_ms",
    amount: None,
    only: "business IS NOT NULL",
    only_is: Checked::ByIndex,
    walk: Walk::Number(Some(0)),
    period: None,
    owner: Some(Owner { column: "business", kind: OwnerKind::Party, walk: None }),
    texts: &["error"],
    states: &MESSAGE_STATES,
    kinds: &[],
    has: |message| matches!(message.channel, Channel::Call(..)),
    facts: |message| Facts {
        id: message.id.0,
        at_ms: message.at_ms,
        amount: 0,
        owner: match message.channel {
            Channel::Sms => None,
            Channel::Call(business, _) => Some(OwnerValue::Number(business.0)),
        },
        texts: vec![message.error.to_string()],
    },
};

/// Payments by cards of other banks.
pub static CARD_ATTEMPTS: List<CardAttempt> = List {
    at: "asked_at_ms",
    amount: Some("rest"),
    only: "",
    only_is: Checked::ByIndex,
    walk: Walk::Number(Some(0)),
    period: None,
    owner: Some(Owner { column: "issuer", kind: OwnerKind::Party, walk: None }),
    texts: &["reference", "network_reference"],
    states: &[
        Named {
            name: "undecided",
            condition: || "state IN (1, 2)".to_owned(),
            holds: |attempt| attempt.state.is_undecided(),
            place: Checked::ByRow,
        },
        Named {
            name: "approved",
            condition: || "state = 3".to_owned(),
            holds: |attempt| matches!(attempt.state, CardAttemptState::Approved(_)),
            place: Checked::ByRow,
        },
        Named {
            name: "declined",
            condition: || "state = 4".to_owned(),
            holds: |attempt| matches!(attempt.state, CardAttemptState::Declined(_)),
            place: Checked::ByRow,
        },
        Named {
            name: "notTaken",
            condition: || "state = 5".to_owned(),
            holds: |attempt| matches!(attempt.state, CardAttemptState::NotTaken),
            place: Checked::ByRow,
        },
    ],
    kinds: &[],
    has: |_| true,
    facts: |attempt| Facts {
        id: attempt.id.0,
        at_ms: attempt.asked_at_ms,
        amount: attempt.rest.get(),
        owner: Some(OwnerValue::Number(attempt.issuer.0)),
        texts: vec![
            attempt.reference.to_string(),
            match &attempt.state {
                CardAttemptState::Approved(reference) => reference.to_string(),
                CardAttemptState::Asked
                | CardAttemptState::Unknown
                | CardAttemptState::Declined(_)
                | CardAttemptState::NotTaken => String::new(),
            },
        ],
    },
};

/// What operators and tokens did. Its instants are those of two clocks, and may go back when a sandbox is reset, so it has an index on them.
pub static AUDIT: List<AuditLine> = List {
    at: "at_ms",
    amount: None,
    only: "",
    only_is: Checked::ByIndex,
    walk: Walk::Number(None),
    period: Some(Walk::Time),
    owner: Some(Owner { column: "operator", kind: OwnerKind::Name, walk: None }),
    texts: &["action", "subject", "detail"],
    states: &[],
    kinds: &[],
    has: |_| true,
    facts: |line| Facts {
        id: line.id.0,
        at_ms: line.at_ms,
        amount: 0,
        owner: Some(OwnerValue::Name(Text::clone(&line.by))),
        texts: vec![line.action.to_string(), line.subject.to_string(), line.detail.to_string()],
    },
};

/// What takes two operators.
pub static PROPOSALS: List<Proposal> = List {
    at: "at_ms",
    amount: None,
    only: "",
    only_is: Checked::ByIndex,
    walk: Walk::Number(None),
    period: None,
    owner: Some(Owner { column: "operator", kind: OwnerKind::Name, walk: None }),
    texts: &["reason"],
    states: &[
        Named {
            name: "open",
            condition: || "is_open = 1".to_owned(),
            holds: |proposal| proposal.state == ProposalState::Open,
            place: Checked::ByIndex,
        },
        Named {
            name: "decided",
            condition: || "is_open = 0".to_owned(),
            holds: |proposal| proposal.state != ProposalState::Open,
            place: Checked::ByRow,
        },
    ],
    kinds: &[],
    has: |_| true,
    facts: |proposal| Facts {
        id: proposal.id.0,
        at_ms: proposal.at_ms,
        amount: 0,
        owner: Some(OwnerValue::Name(Text::clone(&proposal.by))),
        texts: vec![proposal.reason.to_string()],
    },
};

/// Users and businesses. Their numbers are chosen, so they do not follow the time.
pub static PARTIES: List<Party> = List {
    at: "joined_at_ms",
    amount: None,
    only: "",
    only_is: Checked::ByIndex,
    walk: Walk::Number(None),
    period: None,
    owner: None,
    texts: &["name", "mobile"],
    states: &[
        Named {
            name: "enabled",
            condition: || "disabled = 0".to_owned(),
            holds: |party| !party.disabled,
            place: Checked::ByRow,
        },
        Named {
            name: "disabled",
            condition: || "disabled = 1".to_owned(),
            holds: |party| party.disabled,
            place: Checked::ByRow,
        },
    ],
    kinds: &[
        Named {
            name: "user",
            condition: || "kind = 1".to_owned(),
            holds: |party| matches!(party.kind, PartyKind::User),
            place: Checked::ByRow,
        },
        Named {
            name: "business",
            condition: || "kind = 2".to_owned(),
            holds: |party| matches!(party.kind, PartyKind::Business(_)),
            place: Checked::ByRow,
        },
    ],
    has: |_| true,
    facts: |party| Facts {
        id: party.id.0,
        at_ms: party.joined_at_ms,
        amount: 0,
        owner: None,
        texts: vec![party.name.to_string(), party.mobile.to_string()],
    },
};

/// Jobs that are not tried any more.
pub static JOBS: List<Job> = List {
    at: "dead_at_ms",
    amount: None,
    only: DEAD,
    only_is: Checked::ByIndex,
    walk: Walk::Number(None),
    period: None,
    owner: None,
    texts: &[],
    states: &[],
    kinds: &[
        Named {
            name: "order",
            condition: || "kind IN (12, 13)".to_owned(),
            holds: |job| matches!(job.kind, JobKind::SubmitOrder(_) | JobKind::InquireOrder(_)),
            place: Checked::ByRow,
        },
        Named {
            name: "cardAttempt",
            condition: || "kind = 14".to_owned(),
            holds: |job| matches!(job.kind, JobKind::CardAttempt(_)),
            place: Checked::ByRow,
        },
        Named {
            name: "message",
            condition: || "kind = 5".to_owned(),
            holds: |job| matches!(job.kind, JobKind::Send(_)),
            place: Checked::ByRow,
        },
        Named {
            name: "invoice",
            condition: || "kind IN (6, 7, 8, 9)".to_owned(),
            holds: |job| matches!(job.kind, JobKind::Invoice(..)),
            place: Checked::ByRow,
        },
        Named {
            name: "cycle",
            condition: || "kind IN (2, 11)".to_owned(),
            holds: |job| matches!(job.kind, JobKind::SettleCycle(_) | JobKind::CloseCycle(_)),
            place: Checked::ByRow,
        },
    ],
    has: |job| job.due_at_ms == NEVER_MS,
    facts: |job| Facts { id: job.id.0, at_ms: job.dead_at_ms.unwrap_or(0), amount: 0, owner: None, texts: Vec::new() },
};

/// The due time of dead jobs, by which an index finds them.
const DEAD: &str = "due_at_ms = 9223372036854775807";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dead_jobs_are_those_that_are_never_due() {
        assert_eq!(DEAD, format!("due_at_ms = {NEVER_MS}"));
    }
}
