//! The rows of the ledger, which knows no columns. Codes are for ever.

use ledger::{Account, AccountKind, Balances, Gate, Limit, Pending, PendingState, Transfer, TransferId, TransferKind};

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

codes!(Gate = "account" { 0 => Gate::Open, 1 => Gate::NoDebits, 2 => Gate::NoCredits, 3 => Gate::Closed, });

codes!(PendingState = "pending" {
    0 => PendingState::Open, 1 => PendingState::Posted, 2 => PendingState::Voided, 3 => PendingState::Expired,
});

table! {
    Account = "account",
    key |k: ledger::AccountId| { id: *k },
    of |r| r.id,
    row |r| {
        id: r.id, kind: r.kind, limited: r.limit, gate: r.gate,
        debits_posted: r.balances.debits_posted, credits_posted: r.balances.credits_posted,
        debits_pending: r.balances.debits_pending, credits_pending: r.balances.credits_pending,
        entries: r.balances.entries,
    },
    make Account {
        id, kind, limit: limited, gate,
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

fn transfer_code(kind: TransferKind) -> (i64, Option<i64>) {
    match kind {
        TransferKind::Posted => (1, None),
        TransferKind::Pending => (2, None),
        TransferKind::PostPending(pending) => (3, Some(pending.0)),
        TransferKind::VoidPending(pending) => (4, Some(pending.0)),
        TransferKind::ExpirePending(pending) => (5, Some(pending.0)),
    }
}

fn transfer_kind(code: i64, pending: Option<i64>) -> Result<TransferKind, Corrupt> {
    match (code, pending.map(TransferId)) {
        (1, None) => Ok(TransferKind::Posted),
        (2, None) => Ok(TransferKind::Pending),
        (3, Some(pending)) => Ok(TransferKind::PostPending(pending)),
        (4, Some(pending)) => Ok(TransferKind::VoidPending(pending)),
        (5, Some(pending)) => Ok(TransferKind::ExpirePending(pending)),
        other => Err(corrupt("transfer", format!("unknown kind {other:?}"))),
    }
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
