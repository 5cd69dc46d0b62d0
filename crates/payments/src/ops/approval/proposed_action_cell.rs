//! The stored form (JSON) of an action that needs two operators. Variant names and field order never change: old rows must stay readable.

use ledger::{AccountId, Rial, TransferId};
use schema::{Coded, Corrupt, Json};
use serde::{Deserialize, Serialize};

use crate::{
    CardAttemptId, ClientId, Digest, InvoiceId, IssueOperatorToken, Operator, OrderId, OrderKey, OrderRef,
    PhoneOrderId, PhoneOrderKey, ProposedAction, RefundAmount, RefundInvoice, RefundPhonePayment, RegisterOperator,
    ReleaseSuspense, ResetFactor, Resolution, ResolveCardAttempt, ResolveOrder, Role, Text,
};

/// The stored form of a [`ProposedAction`].
#[derive(Serialize, Deserialize)]
pub(super) enum ActionCell {
    /// Order number, and whether the order is resolved as done (`false`: failed).
    Resolve(i64, bool),
    /// The same for an order that is named by client and trackId.
    ResolveTracked(String, String, bool),
    /// Number of the payment, whether its money was taken.
    ResolveCard(i64, bool),
    /// Transfer that moved the money into suspense, amount in rials, account that gets the money.
    Release(i64, i64, i64),
    /// Name, password hash, code of the role, whether the operator is disabled, whether an existing record is replaced.
    Operator(String, String, i64, bool, bool),
    /// Name of the operator.
    ResetFactor(String),
    /// Name, keyed hash, code of the role, operator that the token belongs to, life in milliseconds.
    MakeToken(String, [u8; 32], i64, Option<String>, i64),
    /// Number of the invoice, amount in rials (`null`: all that is left).
    RefundInvoice(i64, Option<i64>),
    /// The terminal, the merchant's id of the order as it is compared, the order's number, amount in rials (`null`: all that is left).
    RefundPhone(String, String, i64, Option<i64>),
}

impl ActionCell {
    /// The stored form of an action.
    pub(super) fn of(action: &ProposedAction) -> Self {
        match action {
            ProposedAction::Resolve(ResolveOrder { order: OrderRef::Number(order), resolution }) => {
                Self::Resolve(order.0, is_done(*resolution))
            }
            ProposedAction::Resolve(ResolveOrder { order: OrderRef::Key(key), resolution }) => {
                Self::ResolveTracked(key.client.0.to_string(), key.track_id.to_string(), is_done(*resolution))
            }
            ProposedAction::ResolveCard(action) => Self::ResolveCard(action.attempt.0, is_done(action.resolution)),
            ProposedAction::Release(action) => Self::Release(action.transfer.0, action.amount.get(), action.account.0),
            ProposedAction::Operator(RegisterOperator { operator, replace }) => {
                let Operator { name, password, role, disabled, .. } = operator;
                Self::Operator(name.to_string(), password.clone(), role.code(), *disabled, *replace)
            }
            ProposedAction::ResetFactor(action) => Self::ResetFactor(action.operator.to_string()),
            ProposedAction::MakeToken(action) => {
                let operator = action.operator.as_ref().map(Text::to_string);
                Self::MakeToken(action.name.to_string(), action.hash.0, action.role.code(), operator, action.life_ms)
            }
            ProposedAction::RefundInvoice(action) => Self::RefundInvoice(action.invoice.0, part(action.amount)),
            ProposedAction::RefundPhone(RefundPhonePayment { order, id, amount }) => {
                Self::RefundPhone(order.terminal.to_string(), order.order.to_string(), id.0, part(*amount))
            }
        }
    }

    /// The action of a stored form.
    ///
    /// # Errors
    /// The code of a role is unknown.
    pub(super) fn into_action(Json(cell): Json<Self>) -> Result<ProposedAction, Corrupt> {
        let resolution = |done| if done { Resolution::Done } else { Resolution::Failed };
        Ok(match cell {
            Self::Resolve(order, done) => ProposedAction::Resolve(ResolveOrder {
                order: OrderRef::Number(OrderId(order)),
                resolution: resolution(done),
            }),
            Self::ResolveTracked(client, track_id, done) => {
                let key = OrderKey { client: ClientId::from(client.as_str()), track_id: track_id.as_str().into() };
                ProposedAction::Resolve(ResolveOrder { order: OrderRef::Key(key), resolution: resolution(done) })
            }
            Self::ResolveCard(attempt, done) => ProposedAction::ResolveCard(ResolveCardAttempt {
                attempt: CardAttemptId(attempt),
                resolution: resolution(done),
            }),
            Self::Release(transfer, amount, account) => ProposedAction::Release(ReleaseSuspense {
                transfer: TransferId(transfer),
                amount: Rial::new(amount),
                account: AccountId(account),
            }),
            Self::Operator(name, password, role, disabled, replace) => {
                let role = Role::of_code(role)?;
                let (name, depends_on) = (Text::from(name), Vec::new());
                let operator = Operator { name, password, role, disabled, since_ms: 0, depends_on };
                ProposedAction::Operator(RegisterOperator { operator, replace })
            }
            Self::ResetFactor(name) => ProposedAction::ResetFactor(ResetFactor { operator: Text::from(name) }),
            Self::MakeToken(name, hash, role, operator, life_ms) => ProposedAction::MakeToken(IssueOperatorToken {
                name: Text::from(name),
                hash: Digest(hash),
                role: Role::of_code(role)?,
                operator: operator.map(Text::from),
                life_ms,
            }),
            Self::RefundInvoice(invoice, amount) => {
                ProposedAction::RefundInvoice(RefundInvoice { invoice: InvoiceId(invoice), amount: amount_of(amount) })
            }
            Self::RefundPhone(terminal, order, id, amount) => ProposedAction::RefundPhone(RefundPhonePayment {
                order: PhoneOrderKey { terminal: Text::from(terminal), order: Text::from(order) },
                id: PhoneOrderId(id),
                amount: amount_of(amount),
            }),
        })
    }
}

fn part(amount: RefundAmount) -> Option<i64> {
    match amount {
        RefundAmount::All => None,
        RefundAmount::Part(amount) => Some(amount.get()),
    }
}

fn amount_of(part: Option<i64>) -> RefundAmount {
    part.map_or(RefundAmount::All, |amount| RefundAmount::Part(Rial::new(amount)))
}

fn is_done(resolution: Resolution) -> bool {
    match resolution {
        Resolution::Done => true,
        Resolution::Failed => false,
    }
}
