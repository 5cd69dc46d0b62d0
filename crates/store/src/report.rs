//! Statements of reports: the same text for both engines, with `$n` for parameters, each named first in ascending order.

use payments::{AccessToken, Grant, GrantKind, Message, MessageState, Order, Status};

use crate::model::{By, InCycle};
use crate::table::{Coded, Table};
use crate::tables::codes_of;

/// Tokens that are listed at most.
const TOKENS: usize = 1_000;

/// A table's columns in a statement that reads several tables.
pub(crate) fn columns_of<T: Table>(name: &str) -> String {
    T::FIELDS.iter().map(|field| format!("{name}.{field}")).collect::<Vec<_>>().join(", ")
}

fn states(status: Option<Status>) -> String {
    let Some(status) = status else { return String::new() };
    let codes: Vec<String> = codes_of(status).iter().map(i64::to_string).collect();
    format!(" AND state IN ({})", codes.join(", "))
}

/// Orders of a client, `$1`, accepted from `$2` to before `$3`: how many, and `$4` of them from the `$5`th newest on.
pub(crate) fn orders(status: Option<Status>) -> [String; 2] {
    let which = format!("transfer_order WHERE client = $1 AND at_ms >= $2 AND at_ms < $3{}", states(status));
    paged(&which)
}

/// Paya orders of an account, `$1`, whose cycles have settled, as [`orders`].
pub(crate) fn payas() -> [String; 2] {
    // Settled, or brought back.
    paged("transfer_order WHERE source = $1 AND at_ms >= $2 AND at_ms < $3 AND cycle IS NOT NULL AND state IN (7, 8)")
}

fn paged(which: &str) -> [String; 2] {
    let count = format!("SELECT count(*) FROM {which}");
    let page = format!("SELECT {} FROM {which} ORDER BY at_ms DESC, id DESC LIMIT $4 OFFSET $5", Order::COLUMNS);
    [count, page]
}

/// Tokens of a client, `$1`, of a kind, alive at `$2`, of any bank or of `$3`, of any user or of `$4`; newest first.
pub(crate) fn tokens(kind: GrantKind) -> String {
    let (token, grant, kind) = (columns_of::<AccessToken>("t"), columns_of::<Grant>("g"), kind.code());
    format!(
        "SELECT {token}, {grant} FROM access_token t JOIN oauth_grant g ON g.id = t.grant_id WHERE g.client = $1
        AND t.revoked_at_ms IS NULL AND t.created_at_ms + g.life_ms > $2 AND g.kind = {kind}
        AND (CAST($3 AS BIGINT) < 0 OR g.bank = CAST($3 AS BIGINT)) AND ($4 = '' OR g.user_nid = $4)
        ORDER BY t.created_at_ms DESC, t.grant_id DESC LIMIT {TOKENS}"
    )
}

/// The source accounts of a cycle, `$1`, after account `$2`, `$3` of them, with how many orders they have in it and their sum.
pub(crate) fn debtors(which: InCycle) -> String {
    format!(
        "SELECT source, count(*), CAST(sum(amount) AS TEXT) FROM transfer_order WHERE cycle = $1 AND source > $2{}
        GROUP BY source ORDER BY source LIMIT $3",
        condition(which)
    )
}

/// Messages that leave so, with numbers below `$1`, to anybody or to `$2`; `$3` of them, newest first.
pub(crate) fn messages(by: By, state: Option<MessageState>) -> String {
    let by = match by {
        By::Sms => "business IS NULL",
        By::Call => "business IS NOT NULL",
    };
    let state = state.map_or_else(String::new, |state| format!(" AND state = {}", state.code()));
    format!(
        "SELECT {} FROM message WHERE id < $1 AND {by} AND ($2 = '' OR to_mobile = $2){state} ORDER BY id DESC LIMIT $3",
        Message::COLUMNS
    )
}

fn condition(which: InCycle) -> &'static str {
    match which {
        InCycle::All => "",
        InCycle::Leaving => " AND destination IS NULL",
    }
}

/// Orders of a cycle, `$1`, after order `$3` of account `$2`, `$4` of them.
pub(crate) fn cycle_orders(which: InCycle) -> String {
    format!(
        "SELECT {} FROM transfer_order WHERE cycle = $1 AND (source, id) > ($2, $3){}
        ORDER BY source, id LIMIT $4",
        Order::COLUMNS,
        condition(which)
    )
}
