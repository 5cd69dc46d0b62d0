//! The rows of the ledger: its own crate has no columns. Codes are in databases and never change.

use ledger::{
    Account, AccountKind, AccountStatus, Balances, Limit, Pending, PendingState, Transfer, TransferId, TransferKind,
};

use crate::{Corrupt, codes, corrupt, table};

codes!(AccountKind = "account" {
    1 => AccountKind::Deposit, 2 => AccountKind::Nostro, 3 => AccountKind::Clearing, 4 => AccountKind::FeeIncome,
    5 => AccountKind::Suspense, 6 => AccountKind::FloatCard, 7 => AccountKind::BonCard, 8 => AccountKind::PayerCard,
    9 => AccountKind::Merchant, 10 => AccountKind::Wallet, 11 => AccountKind::GuildOpen, 12 => AccountKind::GuildFree,
    13 => AccountKind::Blocked, 14 => AccountKind::Receivable,
});

codes!(Limit = "account" {
    0 => Limit::None, 1 => Limit::DebitsMustNotExceedCredits, 2 => Limit::CreditsMustNotExceedDebits,
});

codes!(AccountStatus = "account" { 0 => AccountStatus::Open, 1 => AccountStatus::NoDebits, 2 => AccountStatus::NoCredits, 3 => AccountStatus::Closed, });

codes!(PendingState = "pending" {
    0 => PendingState::Open, 1 => PendingState::Posted, 2 => PendingState::Voided, 3 => PendingState::Expired,
});

table! {
    Account = "account",
    key |k: ledger::AccountId| { id: *k },
    of |r| r.id,
    row |r| {
        id: r.id, kind: r.kind, limited: r.limit, gate: r.status,
        debits_posted: r.balances.debits_posted, credits_posted: r.balances.credits_posted,
        debits_pending: r.balances.debits_pending, credits_pending: r.balances.credits_pending,
        entries: r.balances.entries,
    },
    make Account {
        id, kind, limit: limited, status: gate,
        balances: Balances { debits_posted, credits_posted, debits_pending, credits_pending, entries },
    }
}

table! {
    Transfer = "transfer",
    key |k: TransferId| { id: *k },
    of |r| r.id,
    row |r| {
        id: r.id, kind: transfer_code(r.kind).0, pending: transfer_code(r.kind).1, debit: r.debit, credit: r.credit,
        amount: r.amount, at_ms: r.at_ms, cause: r.cause, expires_at_ms: r.expires_at_ms,
        debit_dp: r.debit_after.debits_posted, debit_cp: r.debit_after.credits_posted,
        debit_dq: r.debit_after.debits_pending, debit_cq: r.debit_after.credits_pending,
        debit_seq: r.debit_after.entries,
        credit_dp: r.credit_after.debits_posted, credit_cp: r.credit_after.credits_posted,
        credit_dq: r.credit_after.debits_pending, credit_cq: r.credit_after.credits_pending,
        credit_seq: r.credit_after.entries,
    },
    make Transfer {
        id, kind: transfer_kind(kind, pending)?, debit, credit, amount, at_ms, cause, expires_at_ms,
        debit_after: Balances {
            debits_posted: debit_dp, credits_posted: debit_cp,
            debits_pending: debit_dq, credits_pending: debit_cq, entries: debit_seq,
        },
        credit_after: Balances {
            debits_posted: credit_dp, credits_posted: credit_cp,
            debits_pending: credit_dq, credits_pending: credit_cq, entries: credit_seq,
        },
    }
}

codes! {
    /// The kind of a transfer, without the number of the transfer that it ends.
    pub enum TransferCode = "transfer" {
        1 => Posted, 2 => Pending, 3 => PostPending, 4 => VoidPending, 5 => ExpirePending,
    }
}

impl TransferCode {
    /// Whether it moves money: see [`TransferKind::posts`].
    pub fn posts(self) -> bool {
        [None, Some(TransferId(0))].into_iter().any(|ended| self.kind(ended).is_some_and(TransferKind::posts))
    }

    /// The kind with this code that ends the transfer `ended`; `None` when code and `ended` do not go together.
    fn kind(self, ended: Option<TransferId>) -> Option<TransferKind> {
        match self {
            Self::Posted => ended.is_none().then_some(TransferKind::Posted),
            Self::Pending => ended.is_none().then_some(TransferKind::Pending),
            Self::PostPending => ended.map(TransferKind::PostPending),
            Self::VoidPending => ended.map(TransferKind::VoidPending),
            Self::ExpirePending => ended.map(TransferKind::ExpirePending),
        }
    }
}

fn transfer_code(kind: TransferKind) -> (TransferCode, Option<i64>) {
    match kind {
        TransferKind::Posted => (TransferCode::Posted, None),
        TransferKind::Pending => (TransferCode::Pending, None),
        TransferKind::PostPending(pending) => (TransferCode::PostPending, Some(pending.0)),
        TransferKind::VoidPending(pending) => (TransferCode::VoidPending, Some(pending.0)),
        TransferKind::ExpirePending(pending) => (TransferCode::ExpirePending, Some(pending.0)),
    }
}

fn transfer_kind(code: TransferCode, pending: Option<i64>) -> Result<TransferKind, Corrupt> {
    let kind = code.kind(pending.map(TransferId));
    kind.ok_or_else(|| corrupt("transfer", format!("{code:?} does not go with the transfer {pending:?}")))
}

table! {
    Pending = "pending",
    key |k: TransferId| { id: *k },
    of |r| r.id,
    row |r| {
        id: r.id, debit: r.debit, credit: r.credit, amount: r.amount, expires_at_ms: r.expires_at_ms, state: r.state,
    },
    make Pending { id, debit, credit, amount, expires_at_ms, state }
}
