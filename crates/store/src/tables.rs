//! The tables: one declaration each.

use ledger::{
    Account, AccountId, AccountKind, Balances, Gate, Limit, Pending, PendingState, Rial, Transfer, TransferId,
    TransferKind,
};
use payments::{
    AccessToken, AskedFor, AuthCode, BankDay, BankDayKey, BankUser, Card, CardKind, Channel, ChargeCode, ChargeTotal,
    ChargeTotalKey, Client, ClientId, ClockMode, Consent, Cycle, CycleId, DayClose, Declined, Deposit, DepositKey,
    Digest, FileMark, FirstAnswer, Grant, GrantId, GrantKind, GrantMonth, GrantMonthKey, Hold, InvoiceId, InvoiceJob,
    Job, JobFailure, JobId, JobKind, Message, MessageId, MessageState, Order, OrderId, OrderKey, OrderRefusal,
    OrderState, Otp, OtpKey, OtpRequest, OtpRequestId, PartyId, PayerCard, PayerCardState, PhoneEnd, PhoneOrder,
    PhoneOrderId, PhoneOrderKey, PhonePayment, Provenance, RefreshToken, Return, Route, Service, Status, TakingId,
    Terminal, Text, Verdict,
};

use crate::invoice_tables::provenance;
use crate::model::{Origin, Purpose};
use crate::table::{Coded, codes, corrupt, table};

/// Every table of a world, for wiping and for counting. What is not here is kept: `origin`, and what an engine keeps for itself.
pub(crate) const TABLES: [&str; 59] = [
    "account",
    "transfer",
    "pending",
    "client",
    "deposit",
    "oauth_grant",
    "access_token",
    "refresh_token",
    "transfer_order",
    "bank_day",
    "grant_month",
    "clock",
    "job",
    "job_failure",
    "paya_cycle",
    "card",
    "charge_total",
    "bank_user",
    "consent",
    "auth_code",
    "day_close",
    "terminal",
    "payer_card",
    "phone_order",
    "otp_request",
    "message",
    "party",
    "handle",
    "api_token",
    "credit_book",
    "invoice",
    "bill",
    "invoice_word",
    "invoice_serial",
    "taking",
    "pay_code",
    "code_count",
    "pay_link",
    "pos_terminal",
    "pos_transaction",
    "unique_id",
    "used_ott",
    "gateway_session",
    "voucher",
    "browser_session",
    "log_in_tries",
    "known_address",
    "log_in_code",
    "sso_code",
    "sso_refresh",
    "sso_consent",
    "sso_family",
    "operator",
    "second_factor",
    "operator_token",
    "money_day",
    "audit_line",
    "proposal",
    "suspense_release",
];

/// Tables whose rows live for minutes: wiped with the others, never counted, never moved to another database. An engine of one process
/// keeps them in memory.
pub(crate) const SHORT_LIVED: [&str; 1] = ["otp"];

/// Hands the tables that engines treat alike, by their names in views and keys, to a macro.
macro_rules! plain_tables {
    ($do:ident) => {
        $do!(clients grants access_tokens refresh_tokens grant_months bank_days clock jobs job_failures cycles cards charge_totals bank_users consents auth_codes day_closes terminals payer_cards phone_orders otp_requests otps messages parties handles api_tokens credit_books invoices bills words serials takings pay_codes code_counts pay_links pos_terminals pos_transactions unique_ids used_otts gateway_sessions vouchers browser_sessions log_in_tries known_addresses log_in_codes sso_codes sso_refreshes sso_consents sso_families operators second_factors operator_tokens money_days audit_lines proposals released);
    };
}

pub(crate) use plain_tables;

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
codes!(Purpose = "origin" { 1 => Purpose::Sandbox, 2 => Purpose::Production, });
codes!(GrantKind = "oauth_grant" { 1 => GrantKind::ClientCredential, 2 => GrantKind::Code, 3 => GrantKind::Sms, });
codes!(Route = "transfer_order" { 1 => Route::Internal, 2 => Route::Paya, 3 => Route::Satna, 4 => Route::Card, });
codes!(Service = "transfer_order" {
    1 => Service::TransferTo, 2 => Service::InternalTransfer, 3 => Service::PayaTransfer, 4 => Service::SatnaTransfer,
    5 => Service::ChargeCard,
});
codes!(PayerCardState = "payer_card" {
    1 => PayerCardState::Active, 2 => PayerCardState::Inactive, 3 => PayerCardState::Restricted,
    4 => PayerCardState::NotPermitted,
});
codes!(Declined = "phone_order" {
    1 => Declined::TerminalUnknown, 2 => Declined::TerminalDisabled, 3 => Declined::RequestUnknown,
    4 => Declined::AmountInvalid, 5 => Declined::OrderPaid, 6 => Declined::CardUnknown,
    7 => Declined::CardAccountUnusable, 8 => Declined::CardExpired, 9 => Declined::CardInactive,
    10 => Declined::CardRestricted, 11 => Declined::CardNotPermitted, 12 => Declined::CardLocked,
    13 => Declined::TooManyOtps, 14 => Declined::DayClose, 15 => Declined::IssuerDown, 16 => Declined::OtpGone,
    17 => Declined::AmountDiffers, 18 => Declined::OtpWrong, 19 => Declined::OtpWrongAndLocked,
    20 => Declined::CeilingReached, 21 => Declined::InsufficientFunds, 22 => Declined::SystemError,
});
codes!(MessageState = "message" { 1 => MessageState::Queued, 2 => MessageState::Sent, 3 => MessageState::Dead, });
codes!(CardKind = "card" { 1 => CardKind::Float, 2 => CardKind::Bon, });

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

fn transfer_kind(code: i64, pending: Option<i64>) -> Result<TransferKind, crate::Error> {
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

table! {
    Client = "client",
    key |k: ClientId| { id: *k },
    of |r| r.id.clone(),
    row |r| {
        id: r.id, secret: r.secret, caller_nids: r.caller_nids, redirect_origin: r.redirect_origin, scopes: r.scopes,
        max_amount: r.max_amount, max_count: r.max_count, float_card: r.float, charge_limits: r.charge_limits,
        disabled: r.disabled,
    },
    make Client {
        id, secret, caller_nids, redirect_origin, scopes, max_amount, max_count, float: float_card, charge_limits,
        disabled,
    }
}

table! {
    Deposit = "deposit",
    key |k: DepositKey| { bank: k.bank, digits: k.digits },
    of |r| r.key.clone(),
    row |r| {
        bank: r.key.bank, digits: r.key.digits, id: r.id, number: r.number, owner: r.owner, first_name: r.first_name,
        last_name: r.last_name, account_type: r.account_type, approved_for: r.approved_for,
    },
    make Deposit {
        key: DepositKey { bank, digits }, id, number, owner, first_name, last_name, account_type, approved_for,
    }
}

table! {
    Grant = "oauth_grant",
    key |k: GrantId| { id: *k },
    of |r| r.id,
    row |r| {
        id: r.id, client: r.client, kind: r.kind, user_nid: r.user, bank: r.bank, scopes: r.scopes,
        deposits: r.deposits, deposit_numbers: r.deposit_numbers, max_amount: r.max_amount,
        monthly_count: r.monthly_count, life_ms: r.life_ms, ended_at_ms: r.ended_at_ms,
        forgotten_at_ms: r.forgotten_at_ms,
    },
    make Grant {
        id, client, kind, user: user_nid, bank, scopes, deposits, deposit_numbers, max_amount, monthly_count, life_ms,
        ended_at_ms, forgotten_at_ms,
    }
}

table! {
    AccessToken = "access_token",
    key |k: Digest| { hash: *k },
    of |r| r.hash,
    row |r| {
        hash: r.hash, grant_id: r.grant, refresh: r.refresh, created_at_ms: r.created_at_ms,
        revoked_at_ms: r.revoked_at_ms,
    },
    make AccessToken { hash, grant: grant_id, refresh, created_at_ms, revoked_at_ms }
}

table! {
    RefreshToken = "refresh_token",
    key |k: Digest| { hash: *k },
    of |r| r.hash,
    row |r| { hash: r.hash, grant_id: r.grant, dead_at_ms: r.dead_at_ms, used_at_ms: r.used_at_ms },
    make RefreshToken { hash, grant: grant_id, dead_at_ms, used_at_ms }
}

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
) -> Result<FirstAnswer, crate::Error> {
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

/// The states of orders that callers are told of as this.
pub(crate) fn codes_of(status: Status) -> &'static [i64] {
    match status {
        Status::Done => &[1, 6, 7],
        Status::Failed => &[2, 8],
        Status::Pending => &[3],
        Status::Unknown => &[4, 5, 9],
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
) -> Result<OrderState, crate::Error> {
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

table! {
    Cycle = "paya_cycle",
    key |k: CycleId| { id: *k },
    of |r| r.id,
    row |r| {
        id: r.id, cutoff_ms: r.cutoff_ms, settle_ms: r.settle_ms, settled_source: r.settled_to.0,
        settled_order: r.settled_to.1, settled: r.settled, returned: r.returned, settled_at_ms: r.settled_at_ms,
        closed_at_ms: r.closed_at_ms, file_digest: r.file.map(|mark| mark.digest), file_orders: r.file.map(|mark| mark.orders),
        file_sum: r.file.map(|mark| mark.sum), leaving_digest: r.leaving.map(|mark| mark.digest),
        leaving_orders: r.leaving.map(|mark| mark.orders), leaving_sum: r.leaving.map(|mark| mark.sum),
    },
    make Cycle {
        id, cutoff_ms, settle_ms, settled_to: (settled_source, settled_order), settled, returned, settled_at_ms, closed_at_ms,
        file: file_mark(file_digest, file_orders, file_sum), leaving: file_mark(leaving_digest, leaving_orders, leaving_sum),
    }
}

fn file_mark(digest: Option<Digest>, orders: Option<i64>, sum: Option<i64>) -> Option<FileMark> {
    Some(FileMark { digest: digest?, orders: orders?, sum: sum? })
}

table! {
    Card = "card",
    key |k: Digest| { number: *k },
    of |r| r.number,
    row |r| {
        number: r.number, sealed: r.sealed, mask: r.mask, id: r.id, kind: r.kind, approved_for: r.approved_for,
        active: r.active, replaced_by: r.replaced_by,
    },
    make Card { number, sealed, mask, id, kind, approved_for, active, replaced_by }
}

table! {
    BankUser = "bank_user",
    key |k: String| { nid: *k },
    of |r| r.nid.clone(),
    row |r| {
        nid: r.nid, password: r.password, failures: r.failures, locked_until_ms: r.locked_until_ms, mobile: r.mobile,
    },
    make BankUser { nid, password, failures, locked_until_ms, mobile }
}

table! {
    Consent = "consent",
    key |k: Digest| { id: *k },
    of |r| r.id,
    row |r| {
        id: r.id, client: r.client, kind: r.kind, redirect_uri: r.redirect_uri, scopes: r.scopes, bank: r.bank,
        max_amount: r.max_amount, monthly_count: r.monthly_count, state: r.state, ends_at_ms: r.ends_at_ms,
        tries: r.tries, user_nid: r.user, login: r.login, otp: r.otp, mobile: r.mobile, deposit: r.deposit,
        deposit_number: r.deposit_number,
    },
    make Consent {
        id, client, kind, redirect_uri, scopes, bank, max_amount, monthly_count, state, ends_at_ms, tries,
        user: user_nid, login, otp, mobile, deposit, deposit_number,
    }
}

table! {
    AuthCode = "auth_code",
    key |k: Digest| { hash: *k },
    of |r| r.hash,
    row |r| {
        hash: r.hash, client: r.grant.client, kind: r.grant.kind, user_nid: r.grant.user, bank: r.grant.bank,
        scopes: r.grant.scopes, deposits: r.grant.deposits, deposit_numbers: r.grant.deposit_numbers,
        max_amount: r.grant.max_amount, monthly_count: r.grant.monthly_count, life_ms: r.grant.life_ms,
        redirect_uri: r.redirect_uri, used_by: r.used_by.map(|grant| grant.0), ends_at_ms: r.ends_at_ms,
    },
    make AuthCode {
        hash,
        grant: Grant {
            id: GrantId(0), client, kind, user: user_nid, bank, scopes, deposits, deposit_numbers, max_amount,
            monthly_count, life_ms, ended_at_ms: None, forgotten_at_ms: None,
        },
        redirect_uri, used_by: Option::map(used_by, GrantId), ends_at_ms,
    }
}

table! {
    ChargeTotal = "charge_total",
    key |k: ChargeTotalKey| { client: k.client, account: k.account, period: k.period },
    of |r| r.key.clone(),
    row |r| { client: r.key.client, account: r.key.account, period: r.key.period, sum: r.sum },
    make ChargeTotal { key: ChargeTotalKey { client, account, period }, sum }
}

table! {
    BankDay = "bank_day",
    key |k: BankDayKey| { bank: k.bank, day: k.day },
    of |r| r.key,
    row |r| { bank: r.key.bank, day: r.key.day, last_sequence: r.last_sequence },
    make BankDay { key: BankDayKey { bank, day }, last_sequence }
}

table! {
    GrantMonth = "grant_month",
    key |k: GrantMonthKey| { grant_id: k.grant, month: k.month },
    of |r| r.key,
    row |r| { grant_id: r.key.grant, month: r.key.month, orders: r.orders },
    make GrantMonth { key: GrantMonthKey { grant: grant_id, month }, orders }
}

table! {
    Job = "job",
    key |k: JobId| { id: *k },
    of |r| r.id,
    row |r| {
        id: r.id, due_at_ms: r.due_at_ms, kind: job_code(r.kind).0, subject: job_code(r.kind).1,
        leased_until_ms: r.leased_until_ms, fence: r.fence, tries: r.tries, dead_at_ms: r.dead_at_ms,
    },
    make Job { id, due_at_ms, kind: job_kind(kind, subject)?, leased_until_ms, fence, tries, dead_at_ms }
}

table! {
    JobFailure = "job_failure",
    key |k: JobId| { job: *k },
    of |r| r.job,
    row |r| { job: r.job, error: r.error, at_ms: r.at_ms },
    make JobFailure { job, error, at_ms }
}

fn job_code(kind: JobKind) -> (i64, i64) {
    match kind {
        JobKind::ExpireHold(hold) => (1, hold.0),
        JobKind::SettleCycle(cycle) => (2, cycle.0),
        JobKind::Decide(order, Verdict::Done) => (3, order.0),
        JobKind::Decide(order, Verdict::Failed) => (4, order.0),
        JobKind::Send(message) => (5, message.0),
        JobKind::Invoice(InvoiceJob::VerificationTimeOut, invoice) => (6, invoice.0),
        JobKind::Invoice(InvoiceJob::FutureDue, invoice) => (7, invoice.0),
        JobKind::Invoice(InvoiceJob::SetOffDue, invoice) => (8, invoice.0),
        JobKind::Invoice(InvoiceJob::CloseTimeOut, invoice) => (9, invoice.0),
        JobKind::SettleTaking(taking) => (10, taking.0),
        JobKind::CloseCycle(cycle) => (11, cycle.0),
    }
}

fn job_kind(code: i64, subject: i64) -> Result<JobKind, crate::Error> {
    match code {
        1 => Ok(JobKind::ExpireHold(TransferId(subject))),
        2 => Ok(JobKind::SettleCycle(CycleId(subject))),
        3 => Ok(JobKind::Decide(OrderId(subject), Verdict::Done)),
        4 => Ok(JobKind::Decide(OrderId(subject), Verdict::Failed)),
        5 => Ok(JobKind::Send(MessageId(subject))),
        6 => Ok(JobKind::Invoice(InvoiceJob::VerificationTimeOut, InvoiceId(subject))),
        7 => Ok(JobKind::Invoice(InvoiceJob::FutureDue, InvoiceId(subject))),
        8 => Ok(JobKind::Invoice(InvoiceJob::SetOffDue, InvoiceId(subject))),
        9 => Ok(JobKind::Invoice(InvoiceJob::CloseTimeOut, InvoiceId(subject))),
        10 => Ok(JobKind::SettleTaking(TakingId(subject))),
        11 => Ok(JobKind::CloseCycle(CycleId(subject))),
        other => Err(corrupt("job", format!("unknown kind {other}"))),
    }
}

table! {
    Terminal = "terminal",
    key |k: Text| { sequence: *k },
    of |r| Text::clone(&r.sequence),
    row |r| { sequence: r.sequence, merchant: r.merchant, account: r.account, disabled: r.disabled },
    make Terminal { sequence, merchant, account, disabled }
}

table! {
    PayerCard = "payer_card",
    key |k: Digest| { number: *k },
    of |r| r.number,
    row |r| {
        number: r.number, sealed: r.sealed, mask: r.mask, id: r.id, mobile: r.mobile, expires: r.expires,
        state: r.state, per_transaction: r.per_transaction, daily: r.daily, wrong_tries: r.wrong_tries,
        sent_otps: r.sent, paid_day: r.paid_day, paid_sum: r.paid_sum,
    },
    make PayerCard {
        number, sealed, mask, id, mobile, expires, state, per_transaction, daily, wrong_tries,
        sent: sent_otps, paid_day, paid_sum,
    }
}

table! {
    PhoneOrder = "phone_order",
    key |k: PhoneOrderKey| { terminal: k.terminal, order_id: k.order },
    of |r| r.key.clone(),
    row |r| {
        terminal: r.key.terminal, order_id: r.key.order, sent_order_id: otherwise_sent(r), id: r.id, asked_card: r.asked.map(|asked| asked.card),
        asked_amount: r.asked.map(|asked| asked.amount.get()), asked_at_ms: r.asked.map(|asked| asked.at_ms), at_ms: r.at_ms, forgotten_at_ms: r.forgotten_at_ms(),
        mask: tried(r, |tried| Text::clone(&tried.mask)), payer: tried(r, |tried| Text::clone(&tried.payer)),
        amount: tried(r, |tried| tried.amount.map_or(NO_AMOUNT, Rial::get)), tried_at_ms: tried(r, |tried| tried.at_ms),
        account: paid(r).map(|(account, _)| account.0), transfer: paid(r).map(|(_, transfer)| transfer.0),
        declined: r.declined().map(|why| Coded::code(&why)),
    },
    make phone_order(
        (terminal, order_id, sent_order_id, id, at_ms, forgotten_at_ms),
        (asked_card, asked_amount, asked_at_ms),
        (mask, payer, amount, tried_at_ms),
        (account, transfer, declined),
    )?
}

/// The amount of a payment that was tried without one: amounts are 1 or more.
const NO_AMOUNT: i64 = 0;

fn tried<T>(order: &PhoneOrder, part: fn(&PhonePayment) -> T) -> Option<T> {
    order.tried.as_ref().map(part)
}

fn paid(order: &PhoneOrder) -> Option<(AccountId, TransferId)> {
    match order.tried.as_ref()?.end {
        PhoneEnd::Paid(account, transfer) => Some((account, transfer)),
        PhoneEnd::Declined(_) => None,
    }
}

/// The id of an order as it was sent, where it is not as it is compared.
fn otherwise_sent(order: &PhoneOrder) -> Option<Text> {
    (order.sent != order.key.order).then(|| Text::clone(&order.sent))
}

fn phone_order(
    (terminal, order, sent, id, at_ms, _forgotten_at_ms): (Text, Text, Option<Text>, PhoneOrderId, i64, Option<i64>),
    asked: (Option<Digest>, Option<i64>, Option<i64>),
    tried: (Option<Text>, Option<Text>, Option<i64>, Option<i64>),
    end: (Option<i64>, Option<i64>, Option<i64>),
) -> Result<PhoneOrder, crate::Error> {
    let asked = match asked {
        (Some(card), Some(amount), Some(at_ms)) => Some(AskedFor { card, amount: Rial::new(amount), at_ms }),
        (None, None, None) => None,
        _ => return Err(corrupt("phone_order", "half a request")),
    };
    let end = match end {
        (Some(account), Some(transfer), None) => Some(PhoneEnd::Paid(AccountId(account), TransferId(transfer))),
        (None, None, Some(code)) => Some(PhoneEnd::Declined(Declined::of_code(code)?)),
        (None, None, None) => None,
        other => return Err(corrupt("phone_order", format!("unknown end {other:?}"))),
    };
    let tried = match (tried, end) {
        ((Some(mask), Some(payer), Some(amount), Some(at_ms)), Some(end)) => {
            Some(PhonePayment { mask, payer, amount: (amount != NO_AMOUNT).then(|| Rial::new(amount)), at_ms, end })
        }
        ((None, None, None, None), None) => None,
        other => return Err(corrupt("phone_order", format!("half a payment {:?}", other.1))),
    };
    let sent = sent.unwrap_or_else(|| Text::clone(&order));
    Ok(PhoneOrder { key: PhoneOrderKey { terminal, order }, sent, id, asked, tried, at_ms })
}

table! {
    OtpRequest = "otp_request",
    key |k: OtpRequestId| { id: *k },
    of |r| r.id,
    row |r| {
        id: r.id, phone_order: r.order_id, terminal: r.order.terminal, order_id: r.order.order, card: r.card,
        amount: r.amount, at_ms: r.at_ms,
    },
    make OtpRequest {
        id, order_id: phone_order, order: PhoneOrderKey { terminal, order: order_id }, card, amount, at_ms,
    }
}

table! {
    Otp = "otp",
    key |k: OtpKey| { card: k.card, terminal: k.order.terminal, order_id: k.order.order },
    of |r| r.key.clone(),
    row |r| {
        card: r.key.card, terminal: r.key.order.terminal, order_id: r.key.order.order, hash: r.hash, amount: r.amount,
        ends_at_ms: r.ends_at_ms, mobile: r.mobile,
    },
    make Otp {
        key: OtpKey { card, order: PhoneOrderKey { terminal, order: order_id } }, hash, amount, ends_at_ms, mobile,
    }
}

table! {
    Message = "message",
    key |k: MessageId| { id: *k },
    of |r| r.id,
    row |r| {
        id: r.id, to_mobile: r.to, text: r.text, state: r.state, tries: r.tries, at_ms: r.at_ms,
        ended_at_ms: r.ended_at_ms, error: r.error, business: business(r.channel),
        signed: matches!(r.channel, Channel::Call(_, Provenance::Business)),
    },
    make Message {
        id, channel: channel(business, signed), to: to_mobile, text, state, tries, at_ms, ended_at_ms, error,
    }
}

/// Of a call the business that is called; an SMS has none.
fn business(channel: Channel) -> Option<i64> {
    match channel {
        Channel::Sms => None,
        Channel::Call(business, _) => Some(business.0),
    }
}

fn channel(business: Option<i64>, signed: bool) -> Channel {
    business.map_or(Channel::Sms, |business| Channel::Call(PartyId(business), provenance(signed)))
}

table! {
    DayClose = "day_close",
    key |_k: ()| { id: ONLY_ROW },
    of |_r| (),
    row |r| { id: ONLY_ROW, closed: r.on },
    make day_close(id, closed)
}

fn day_close(_row: i64, on: bool) -> DayClose {
    DayClose { on }
}

/// The clock is one row, and so are the switch of the day close and the origin.
const ONLY_ROW: i64 = 1;

table! {
    Origin = "origin",
    key |_k: ()| { id: ONLY_ROW },
    of |_r| (),
    row |r| { id: ONLY_ROW, purpose: r.purpose, key: r.key, data_key: r.data_key, sealing: r.sealing.concat() },
    make origin(id, purpose, key, data_key, sealing)
}

fn origin(_row: i64, purpose: Purpose, key: [u8; 32], data_key: Vec<u8>, sealing: Vec<u8>) -> Origin {
    let (sealing, _) = sealing.as_chunks();
    Origin { purpose, key, data_key, sealing: sealing.to_vec() }
}

table! {
    ClockMode = "clock",
    key |_k: ()| { id: ONLY_ROW },
    of |_r| (),
    row |r| { id: ONLY_ROW, frozen_at_ms: match r { ClockMode::System => None, ClockMode::Frozen(at_ms) => Some(*at_ms) } },
    make clock_mode(id, frozen_at_ms)
}

fn clock_mode(_row: i64, frozen_at_ms: Option<i64>) -> ClockMode {
    frozen_at_ms.map_or(ClockMode::System, ClockMode::Frozen)
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
                let listed = codes_of(status).contains(&state_code(&state).0);
                assert_eq!(listed, state.status() == status, "{state:?} {status:?}");
            }
        }
    }
}
