//! What a row of a list shows, in replies and in files: its columns and their values.
//!
//! A row begins with its number, and has its instant in both calendars. Amounts are whole rials.

use payments::{
    AuditLine, CardAttempt, CardAttemptState, Channel, Invoice, Job, Message, MessageState, Now, Order, OrderState,
    Party, PartyKind, PhoneEnd, PhoneOrder, Proposal, Rial, Route, Status, Text, full_name,
};
use serde_json::{Map, Value};
use store::List;

use crate::accounts::instant;
use crate::{invoices, jobs, proposals};
use ::codes::paystar::code_of;
use edge::request_log::address;

/// A list by its name in addresses.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ListName {
    /// Orders of the Finnotech dialect.
    Orders,
    /// Orders that are paid by telephone.
    PhoneOrders,
    /// Invoices.
    Invoices,
    /// Messages by SMS.
    Sms,
    /// Calls to businesses.
    Webhooks,
    /// Payments by cards of other banks.
    CardAttempts,
    /// Jobs that are not tried any more.
    Jobs,
    /// The audit.
    Audit,
    /// What takes two operators.
    Proposals,
    /// Users and businesses.
    Parties,
}

impl ListName {
    /// All lists.
    pub const ALL: [Self; 10] = [
        Self::Orders,
        Self::PhoneOrders,
        Self::Invoices,
        Self::Sms,
        Self::Webhooks,
        Self::CardAttempts,
        Self::Jobs,
        Self::Audit,
        Self::Proposals,
        Self::Parties,
    ];

    /// The name in addresses.
    pub fn name(self) -> &'static str {
        match self {
            Self::Orders => "orders",
            Self::PhoneOrders => "phone-orders",
            Self::Invoices => "invoices",
            Self::Sms => "sms",
            Self::Webhooks => "webhooks",
            Self::CardAttempts => "card-attempts",
            Self::Jobs => "jobs",
            Self::Audit => "audit",
            Self::Proposals => "proposals",
            Self::Parties => "parties",
        }
    }

    /// The list of a name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|list| list.name() == name)
    }
}

/// Runs an expression with the [`Columns`] of a list.
macro_rules! with_columns {
    ($list:expr, $columns:ident => $do:expr) => {
        match $list {
            $crate::lists::ListName::Orders => {
                let $columns = &$crate::lists::ORDERS;
                $do
            }
            $crate::lists::ListName::PhoneOrders => {
                let $columns = &$crate::lists::PHONE_ORDERS;
                $do
            }
            $crate::lists::ListName::Invoices => {
                let $columns = &$crate::lists::INVOICES;
                $do
            }
            $crate::lists::ListName::Sms => {
                let $columns = &$crate::lists::SMS;
                $do
            }
            $crate::lists::ListName::Webhooks => {
                let $columns = &$crate::lists::WEBHOOKS;
                $do
            }
            $crate::lists::ListName::CardAttempts => {
                let $columns = &$crate::lists::CARD_ATTEMPTS;
                $do
            }
            $crate::lists::ListName::Jobs => {
                let $columns = &$crate::lists::JOBS;
                $do
            }
            $crate::lists::ListName::Audit => {
                let $columns = &$crate::lists::AUDIT;
                $do
            }
            $crate::lists::ListName::Proposals => {
                let $columns = &$crate::lists::PROPOSALS;
                $do
            }
            $crate::lists::ListName::Parties => {
                let $columns = &$crate::lists::PARTIES;
                $do
            }
        }
    };
}
pub(crate) use with_columns;

/// The value of a column.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Cell {
    Text(String),
    Number(i64),
    Nothing,
}

impl Cell {
    fn text(text: impl ToString) -> Self {
        Self::Text(text.to_string())
    }

    fn number(number: Option<i64>) -> Self {
        number.map_or(Self::Nothing, Self::Number)
    }

    fn maybe(text: Option<impl ToString>) -> Self {
        text.map_or(Self::Nothing, Self::text)
    }

    fn value(self) -> Value {
        match self {
            Self::Text(text) => Value::from(text),
            Self::Number(number) => Value::from(number),
            Self::Nothing => Value::Null,
        }
    }
}

/// The columns of a list.
pub struct Columns<T: 'static> {
    /// The list in the store.
    pub list: &'static List<T>,
    /// The list.
    pub name: ListName,
    /// The names of the columns.
    pub(crate) names: &'static [&'static str],
    /// The values of a row in the same order.
    pub(crate) cells: fn(&T) -> Vec<Cell>,
}

impl<T: 'static> Columns<T> {
    /// A row as an object: columns without a value are left out.
    pub(crate) fn object(&self, row: &T) -> Map<String, Value> {
        let cells = self.names.iter().zip((self.cells)(row));
        let known = cells.filter(|(_, cell)| *cell != Cell::Nothing);
        known.map(|(name, cell)| ((*name).to_owned(), cell.value())).collect()
    }
}

/// Date and time in Tehran, in the Jalali calendar.
fn jalali(at_ms: i64) -> String {
    let Some(now) = Now::at(at_ms) else { return String::new() };
    let (date, second) = (now.date, now.second_of_day);
    let (hour, minute, second) = (second / 3_600, second / 60 % 60, second % 60);
    format!("{}/{:02}/{:02} {hour:02}:{minute:02}:{second:02}", date.year, date.month, date.day)
}

/// The first three columns: number, and instant in both calendars.
fn begun<const N: usize>(id: i64, at_ms: i64, others: [Cell; N]) -> Vec<Cell> {
    let mut all = Vec::with_capacity(N + 3);
    all.extend([Cell::Number(id), Cell::Text(instant(at_ms)), Cell::Text(jalali(at_ms))]);
    all.extend(others);
    all
}

/// Orders.
pub static ORDERS: Columns<Order> = Columns {
    list: &store::ORDERS,
    name: ListName::Orders,
    names: &[
        "id",
        "at",
        "atJalali",
        "client",
        "trackId",
        "route",
        "status",
        "state",
        "amount",
        "fee",
        "sourceNumber",
        "destinationNumber",
        "destinationName",
        "description",
        "refCode",
        "cycle",
        "returnReason",
    ],
    cells: |order| {
        begun(
            order.id.0,
            order.at_ms,
            [
                Cell::text(&order.key.client.0),
                Cell::text(&order.key.track_id),
                Cell::text(match order.route {
                    Route::Internal => "internal",
                    Route::Paya => "paya",
                    Route::Satna => "satna",
                    Route::Card => "card",
                }),
                Cell::text(match order.state.status() {
                    Status::Done => "DONE",
                    Status::Pending => "PENDING",
                    Status::Unknown => "UNKNOWN",
                    Status::Failed => "FAILED",
                }),
                Cell::text(order.state.name()),
                Cell::Number(order.amount.get()),
                Cell::Number(order.fee.get()),
                Cell::text(&order.source_number),
                Cell::text(&order.destination_number),
                Cell::text(full_name(&order.destination_first_name, &order.destination_last_name)),
                Cell::text(&order.description),
                Cell::Text(format!("{:016}", order.ref_code)),
                Cell::number(order.cycle.map(|cycle| cycle.0)),
                match &order.state {
                    OrderState::Returned(back) => Cell::text(&back.reason),
                    OrderState::Stuck(_, why) => Cell::text(why),
                    OrderState::Refused
                    | OrderState::Pending(_)
                    | OrderState::Unknown(_)
                    | OrderState::HeldOnFloat(_)
                    | OrderState::Booked(_)
                    | OrderState::Queued(_)
                    | OrderState::Settled => Cell::Nothing,
                },
            ],
        )
    },
};

/// Telephone orders.
pub static PHONE_ORDERS: Columns<PhoneOrder> = Columns {
    list: &store::PHONE_ORDERS,
    name: ListName::PhoneOrders,
    names: &[
        "id", "at", "atJalali", "sequence", "orderId", "state", "amount", "card", "payer", "code", "refId", "transfer",
    ],
    cells: |order| {
        let tried = order.tried.as_ref();
        let (state, transfer) = match tried.map(|tried| tried.end) {
            None => ("asked", None),
            Some(PhoneEnd::Declined(_)) => ("declined", None),
            Some(PhoneEnd::Paid(_, transfer)) => ("paid", Some(transfer.0)),
        };
        let amount = tried.and_then(|tried| tried.amount).or_else(|| order.asked.map(|asked| asked.amount));
        begun(
            order.id.0,
            order.at_ms,
            [
                Cell::text(&order.key.terminal),
                Cell::text(&order.sent),
                Cell::text(state),
                Cell::number(amount.map(Rial::get)),
                Cell::maybe(tried.map(|tried| Text::clone(&tried.mask))),
                Cell::maybe(tried.map(|tried| Text::clone(&tried.payer))),
                Cell::number(order.declined().map(|why| i64::from(code_of(why).number))),
                Cell::number(transfer.map(|_| order.ref_id())),
                Cell::number(transfer),
            ],
        )
    },
};

/// Invoices.
pub static INVOICES: Columns<Invoice> = Columns {
    list: &store::INVOICES,
    name: ListName::Invoices,
    names: &[
        "id",
        "issuedAt",
        "issuedAtJalali",
        "issuer",
        "customer",
        "billNumber",
        "state",
        "payable",
        "vat",
        "received",
        "means",
        "paidAt",
        "paidAtJalali",
        "rrn",
        "transactionReferenceId",
        "description",
    ],
    cells: |invoice| {
        let payment = invoice.state.payment();
        let slip = invoice.card_slip();
        begun(
            invoice.id.0,
            invoice.issued_at_ms,
            [
                Cell::Number(invoice.issuer.0),
                Cell::number(invoice.customer.map(|customer| customer.0)),
                Cell::maybe(invoice.bill_number.as_ref()),
                Cell::text(invoices::state(&invoice.state)),
                Cell::Number(invoice.amounts.payable.get()),
                Cell::Number(invoice.amounts.vat.get()),
                Cell::number(invoice.received().map(Rial::get)),
                Cell::maybe(payment.map(|payment| invoices::means(&payment.means))),
                Cell::maybe(payment.map(|payment| instant(payment.at_ms))),
                Cell::maybe(payment.map(|payment| jalali(payment.at_ms))),
                Cell::maybe(slip.map(|slip| &slip.rrn)),
                Cell::maybe(slip.map(|slip| &slip.tref)),
                Cell::maybe(invoice.terms.description.as_ref()),
            ],
        )
    },
};

fn message_state(state: MessageState) -> &'static str {
    match state {
        MessageState::Queued => "queued",
        MessageState::Sent => "sent",
        MessageState::Dead => "dead",
    }
}

/// The error of a message, if there is one.
fn error(message: &Message) -> Option<&Text> {
    Some(&message.error).filter(|error| !error.is_empty())
}

/// Messages by SMS. Their texts are left out: they may carry what only the receiver may read.
pub static SMS: Columns<Message> = Columns {
    list: &store::SMS,
    name: ListName::Sms,
    names: &["id", "at", "atJalali", "to", "state", "tries", "code", "error", "endedAt"],
    cells: |message| {
        begun(
            message.id.0,
            message.at_ms,
            [
                Cell::text(&message.to),
                Cell::text(message_state(message.state)),
                Cell::Number(message.tries),
                Cell::text(if message.text.is_none() { "yes" } else { "no" }),
                Cell::maybe(error(message)),
                Cell::maybe(message.ended_at_ms.map(instant)),
            ],
        )
    },
};

/// Calls to businesses.
pub static WEBHOOKS: Columns<Message> = Columns {
    list: &store::WEBHOOKS,
    name: ListName::Webhooks,
    names: &["id", "at", "atJalali", "business", "address", "state", "tries", "error", "endedAt"],
    cells: |message| {
        begun(
            message.id.0,
            message.at_ms,
            [
                match message.channel {
                    Channel::Sms => Cell::Nothing,
                    Channel::Call(business, _) => Cell::Number(business.0),
                },
                Cell::Text(address(&message.to)),
                Cell::text(message_state(message.state)),
                Cell::Number(message.tries),
                Cell::maybe(error(message)),
                Cell::maybe(message.ended_at_ms.map(instant)),
            ],
        )
    },
};

/// Payments by cards of other banks.
pub static CARD_ATTEMPTS: Columns<CardAttempt> = Columns {
    list: &store::CARD_ATTEMPTS,
    name: ListName::CardAttempts,
    names: &[
        "id",
        "at",
        "atJalali",
        "invoice",
        "issuer",
        "state",
        "amount",
        "card",
        "reference",
        "networkReference",
        "inquiries",
    ],
    cells: |attempt| {
        begun(
            attempt.id.0,
            attempt.asked_at_ms,
            [
                Cell::Number(attempt.invoice.0),
                Cell::Number(attempt.issuer.0),
                Cell::text(attempt.state.name()),
                Cell::Number(attempt.rest.get()),
                Cell::text(&attempt.slip.mask),
                Cell::text(&attempt.reference),
                match &attempt.state {
                    CardAttemptState::Approved(reference) => Cell::text(reference),
                    CardAttemptState::Asked
                    | CardAttemptState::Unknown
                    | CardAttemptState::Declined(_)
                    | CardAttemptState::NotTaken => Cell::Nothing,
                },
                Cell::Number(attempt.inquiries),
            ],
        )
    },
};

/// Jobs that are not tried any more.
pub static JOBS: Columns<Job> = Columns {
    list: &store::JOBS,
    name: ListName::Jobs,
    names: &["id", "deadAt", "deadAtJalali", "kind", "subject", "tries"],
    cells: |job| {
        let (kind, subject) = jobs::what(job.kind);
        begun(job.id.0, job.dead_at_ms.unwrap_or(0), [Cell::text(kind), Cell::Number(subject), Cell::Number(job.tries)])
    },
};

/// The audit.
pub static AUDIT: Columns<AuditLine> = Columns {
    list: &store::AUDIT,
    name: ListName::Audit,
    names: &["id", "at", "atJalali", "by", "action", "subject", "detail"],
    cells: |line| {
        let others = [&line.by, &line.action, &line.subject, &line.detail].map(Cell::text);
        begun(line.id.0, line.at_ms, others)
    },
};

/// What takes two operators.
pub static PROPOSALS: Columns<Proposal> = Columns {
    list: &store::PROPOSALS,
    name: ListName::Proposals,
    names: &["id", "at", "atJalali", "by", "reason", "kind", "state", "decidedBy", "decidedAt", "subject", "amount"],
    cells: |proposal| {
        let body = proposals::body(proposal);
        let (kind, state, decided_by, decided_at) = body.decision();
        begun(
            proposal.id.0,
            proposal.at_ms,
            [
                Cell::text(&proposal.by),
                Cell::text(&proposal.reason),
                Cell::text(kind),
                Cell::text(state),
                Cell::maybe(decided_by),
                Cell::maybe(decided_at),
                Cell::maybe(body.subject()),
                Cell::number(body.amount()),
            ],
        )
    },
};

/// Users and businesses.
pub static PARTIES: Columns<Party> = Columns {
    list: &store::PARTIES,
    name: ListName::Parties,
    names: &["id", "joinedAt", "joinedAtJalali", "name", "kind", "mobile", "disabled"],
    cells: |party| {
        begun(
            party.id.0,
            party.joined_at_ms,
            [
                Cell::text(&party.name),
                Cell::text(match party.kind {
                    PartyKind::User => "user",
                    PartyKind::Business(_) => "business",
                }),
                Cell::maybe(Some(&party.mobile).filter(|mobile| !mobile.is_empty())),
                Cell::text(if party.disabled { "yes" } else { "no" }),
            ],
        )
    },
};
