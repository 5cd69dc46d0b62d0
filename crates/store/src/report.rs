//! Statements of reports: the same text for both engines, with `$n` for parameters, whose first occurrences are in ascending order.

use ledger::Transfer;
use payments::{
    AccessToken, AttemptCode, AuditLine, CardAttempt, Cycle, Grant, GrantKind, Invoice, Job, Message, MessageState,
    NEVER_MS, Order, OrderStateCode, Party, PartyId, PayerCard, PhoneOrder, Proposal, SavedFilter, SsoConsent, Status,
    Text, Voucher,
};

use crate::model::{AuditPage, By, InCycle, OrderFilter, Proposals};
use schema::{Coded, Table, TransferCode, codes_of};

/// How many tokens of a client are listed at most: usual rows of them are about as large as a page may be.
pub const TOKENS: usize = 10_000;
/// How many rows are found at most by what is shown of them.
pub(crate) const FEW: usize = 100;
/// How many payments of a kind without a known outcome are counted at most.
pub(crate) const UNDECIDED: usize = 1_000;
/// How many consents are listed at most.
pub(crate) const CONSENTS: usize = 1_000;

/// Telephone orders with numbers below `$1`, `$2` of them, newest first.
pub(crate) fn phone_order_page() -> String {
    format!("SELECT {} FROM phone_order WHERE id < $1 ORDER BY id DESC LIMIT $2", PhoneOrder::COLUMNS)
}

/// The telephone order of a number, `$1`.
pub(crate) fn phone_order_numbered() -> String {
    format!("SELECT {} FROM phone_order WHERE id = $1", PhoneOrder::COLUMNS)
}

/// Audit lines of the author `$1`, with the action `$2`, about the subject `$3`, as far as the page names them, from `$4` to before `$5`, that come
/// before the instant `$6` and number `$7`; `$8` of them, newest first.
pub(crate) fn audit_search(page: &AuditPage) -> String {
    let named = |value: &Option<Text>, column: &str, place: &str| match value {
        Some(_) => format!("{column} = {place}"),
        None => format!("CAST({place} AS TEXT) = ''"),
    };
    let wanted =
        [named(&page.by, "operator", "$1"), named(&page.action, "action", "$2"), named(&page.subject, "subject", "$3")];
    format!(
        "SELECT {} FROM audit_line WHERE {} AND at_ms >= $4 AND at_ms < $5 AND (at_ms, id) < ($6, $7)
        ORDER BY at_ms DESC, id DESC LIMIT $8",
        AuditLine::COLUMNS,
        wanted.join(" AND ")
    )
}

/// How many payments without a known outcome were begun before `$1`, of those that are counted, and when the first of them was.
pub(crate) fn undecided_before() -> String {
    let attempts = codes_of(AttemptCode::is_undecided);
    format!(
        "SELECT count(*), min(at_ms) FROM (
            SELECT at_ms FROM (SELECT at_ms FROM transfer_order WHERE {} AND at_ms < $1 ORDER BY id LIMIT {UNDECIDED}) AS orders
            UNION ALL SELECT asked_at_ms FROM (SELECT asked_at_ms FROM card_attempt
                WHERE state IN ({attempts}) AND asked_at_ms < $1 ORDER BY asked_at_ms LIMIT {UNDECIDED}) AS attempts
        ) AS found",
        undecided()
    )
}

/// Messages about the order or invoice `$1`, oldest first.
pub(crate) fn messages_about() -> String {
    format!(
        "SELECT {} FROM message WHERE about = $1 AND about IS NOT NULL ORDER BY about, id LIMIT {FEW}",
        Message::COLUMNS
    )
}

/// Payments of the invoice `$1` by cards of other banks, oldest first.
pub(crate) fn card_attempts_of() -> String {
    format!("SELECT {} FROM card_attempt WHERE invoice = $1 ORDER BY invoice, id LIMIT {FEW}", CardAttempt::COLUMNS)
}

/// The columns of a table under an alias, for a statement that reads several tables.
pub(crate) fn columns_of<T: Table>(name: &str) -> String {
    T::FIELDS.iter().map(|field| format!("{name}.{field}")).collect::<Vec<_>>().join(", ")
}

fn states(status: Option<Status>) -> String {
    let Some(status) = status else { return String::new() };
    format!(" AND {}", states_in(|code| code.status() == status))
}

/// The condition that an order's state is one of those for which `which` holds.
pub(crate) fn states_in(which: impl Fn(OrderStateCode) -> bool) -> String {
    format!("state IN ({})", codes_of(which))
}

/// The condition that an order is not decided, in the form that the partial indexes of such orders have.
pub(crate) fn undecided() -> String {
    states_in(OrderStateCode::is_undecided)
}

/// The condition that a transfer moved money.
pub(crate) fn posts() -> String {
    format!("kind IN ({})", codes_of(TransferCode::posts))
}

/// Orders of a client, `$1`, accepted from `$2` to before `$3`: their number, and a page of `$4` of them, newest first, after the newest `$5`.
pub(crate) fn orders(status: Option<Status>) -> [String; 2] {
    let which = format!("transfer_order WHERE client = $1 AND at_ms >= $2 AND at_ms < $3{}", states(status));
    paged(&which)
}

/// Paya orders of an account, `$1`, whose cycles are settled, like [`orders`].
pub(crate) fn payas() -> [String; 2] {
    let over = states_in(|code| matches!(code, OrderStateCode::Settled | OrderStateCode::Returned));
    paged(&format!("transfer_order WHERE source = $1 AND at_ms >= $2 AND at_ms < $3 AND cycle IS NOT NULL AND {over}"))
}

fn paged(which: &str) -> [String; 2] {
    let count = format!("SELECT count(*) FROM {which}");
    let page = format!("SELECT {} FROM {which} ORDER BY at_ms DESC, id DESC LIMIT $4 OFFSET $5", Order::COLUMNS);
    [count, page]
}

/// Tokens of a client, `$1`, of a kind, valid at `$2`, of the bank `$3` or any (negative), of the user `$4` or any (empty); newest first,
/// and one more than [`TOKENS`] if there are more.
pub(crate) fn tokens(kind: GrantKind) -> String {
    let (token, grant, kind) = (columns_of::<AccessToken>("t"), columns_of::<Grant>("g"), kind.code());
    format!(
        "SELECT {token}, {grant} FROM access_token t JOIN oauth_grant g ON g.id = t.grant_id WHERE g.client = $1
        AND t.revoked_at_ms IS NULL AND g.ended_at_ms IS NULL AND t.created_at_ms + g.life_ms > $2 AND g.kind = {kind}
        AND (CAST($3 AS BIGINT) < 0 OR g.bank = CAST($3 AS BIGINT)) AND ($4 = '' OR g.user_nid = $4)
        ORDER BY t.created_at_ms DESC, t.grant_id DESC LIMIT {}",
        TOKENS + 1
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

/// Messages of a channel with numbers below `$1` and above `$2`, to the mobile number `$3` or any (empty), to the business `$4` or any (negative);
/// `$5` of them, newest first.
pub(crate) fn messages(by: By, state: Option<MessageState>) -> String {
    let by = match by {
        By::Sms => "business IS NULL",
        By::Call => "business IS NOT NULL",
    };
    let state = state.map_or_else(String::new, |state| format!(" AND state = {}", state.code()));
    format!(
        "SELECT {} FROM message WHERE id < $1 AND id > $2 AND {by} AND ($3 = '' OR to_mobile = $3)
        AND (CAST($4 AS BIGINT) < 0 OR business = CAST($4 AS BIGINT)){state} ORDER BY id DESC LIMIT $5",
        Message::COLUMNS
    )
}

/// The number of a business in a statement that asks for one or for any.
pub(crate) fn business_or_any(business: Option<PartyId>) -> i64 {
    business.map_or(-1, |business| business.0)
}

fn condition(which: InCycle) -> &'static str {
    match which {
        InCycle::All => "",
        InCycle::Leaving => " AND destination IS NULL",
    }
}

/// Cycles with a number below `$2` that settle at `$1`, and cycles that settle earlier; `$3` of them, the last first.
pub(crate) fn cycles() -> String {
    let columns = Cycle::COLUMNS;
    format!(
        "SELECT {columns} FROM paya_cycle WHERE (settle_ms, id) < ($1, $2) ORDER BY settle_ms DESC, id DESC LIMIT $3"
    )
}

/// Vouchers of the business `$1` after the keyed hash `$2`, `$3` of them.
pub(crate) fn vouchers() -> String {
    format!("SELECT {} FROM voucher WHERE issuer = $1 AND code > $2 ORDER BY code LIMIT $3", Voucher::COLUMNS)
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

/// Users and businesses with the mobile number `$1`.
pub(crate) fn parties_of_mobile() -> String {
    // Parties without a mobile number have the empty one, which is not in the index.
    format!("SELECT {} FROM party WHERE mobile = $1 AND mobile <> '' ORDER BY id LIMIT {FEW}", Party::COLUMNS)
}

/// The consents of the user `$1`.
pub(crate) fn sso_consents_of() -> String {
    format!("SELECT {} FROM sso_consent WHERE party = $1 ORDER BY client LIMIT {CONSENTS}", SsoConsent::COLUMNS)
}

/// Cards of a kind whose masked number is `$1`.
pub(crate) fn shown_as<T: Table>() -> String {
    format!("SELECT {} FROM {} WHERE mask = $1 ORDER BY id LIMIT {FEW}", T::COLUMNS, T::NAME)
}

/// Payers' cards whose holder's mobile number is `$1`.
pub(crate) fn payers_of_mobile() -> String {
    format!("SELECT {} FROM payer_card WHERE mobile = $1 ORDER BY id LIMIT {FEW}", PayerCard::COLUMNS)
}

/// The filters that the operator `$1` has saved.
pub(crate) fn saved_filters() -> String {
    format!("SELECT {} FROM saved_filter WHERE operator = $1 ORDER BY list, name LIMIT {FEW}", SavedFilter::COLUMNS)
}

/// Users and businesses whose names are at or behind `$1` and before `$2`, by the operators of byte order that an engine has for them.
pub(crate) fn parties_named(at_least: &str, before: &str, ordered: &str) -> String {
    let columns = columns_of::<Party>("p");
    format!(
        "SELECT {columns} FROM (SELECT party FROM handle WHERE name {at_least} $1 AND name {before} $2 ORDER BY name {ordered} LIMIT {FEW}) AS h
        JOIN party AS p ON p.id = h.party"
    )
}

/// Among how many businesses a bill number is searched at most, those with the smallest numbers first.
pub const SEARCHED: usize = 10_000;

/// A table of which each row is looked up in another one, whatever the planner knows: SQLite keeps the order of a cross join, and PostgreSQL that of a
/// lateral select that it cannot take apart.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum LookUp {
    Cross,
    Lateral,
}

impl LookUp {
    /// `outer` joined with the rows of `table`, named `name`, for which `condition` holds.
    fn joined(self, outer: &str, table: &str, name: &str, condition: &str) -> String {
        match self {
            Self::Cross => format!("{outer} CROSS JOIN {table} AS {name} WHERE {condition}"),
            Self::Lateral => format!(
                "{outer} CROSS JOIN LATERAL (SELECT * FROM {table} AS {name} WHERE {condition} OFFSET 0) AS {name}"
            ),
        }
    }
}

/// Telephone orders of all terminals with the merchant's id `$1`: there are few terminals.
pub(crate) fn phone_orders_named(by: LookUp) -> String {
    let found = by.joined("terminal AS t", "phone_order", "p", "p.terminal = t.sequence AND p.order_id = $1");
    format!("SELECT {} FROM {found} ORDER BY p.id DESC LIMIT {FEW}", columns_of::<PhoneOrder>("p"))
}

/// Invoices of businesses with the bill number `$1`.
pub(crate) fn invoices_billed(by: LookUp) -> String {
    let businesses = format!("(SELECT id FROM party WHERE kind = 2 ORDER BY id LIMIT {SEARCHED}) AS b");
    let bills = by.joined(&businesses, "bill", "n", "n.issuer = b.id AND n.number = $1");
    format!(
        "SELECT {} FROM invoice WHERE id IN (SELECT n.invoice FROM {bills}) ORDER BY id DESC LIMIT {FEW}",
        Invoice::COLUMNS
    )
}

/// The end of the names that begin with a text.
pub(crate) fn end_of(prefix: &str) -> String {
    format!("{prefix}\u{10ffff}")
}

/// Proposals with numbers below `$1`, newest first, `$2` of them.
pub(crate) fn proposals(which: Proposals) -> String {
    let condition = match which {
        Proposals::All => "",
        Proposals::Open => " AND is_open = 1",
    };
    format!("SELECT {} FROM proposal WHERE id < $1{condition} ORDER BY id DESC LIMIT $2", Proposal::COLUMNS)
}

/// The transfers of the order or invoice `$1`, `$2` of them. Those that were made with it have the next numbers, and are not in an index.
pub(crate) fn transfers_of() -> String {
    let columns = Transfer::COLUMNS;
    format!(
        "SELECT {columns} FROM transfer WHERE id > $1 AND id <= $1 + 8 AND cause = $1 UNION ALL
        SELECT {columns} FROM transfer WHERE cause = $1 AND cause <> 0 AND id NOT BETWEEN cause + 1 AND cause + 8
        ORDER BY id LIMIT $2"
    )
}

/// Invoices whose card payment has the number `$1`, of the card's network (RRN) or of the gateway, by their own numbers: of those few, which is no reason
/// to walk all invoices in this order.
pub(crate) fn by_card_payment() -> String {
    format!("SELECT {} FROM invoice WHERE rrn = $1 OR tref = $1 ORDER BY id + 0 LIMIT {FEW}", Invoice::COLUMNS)
}

/// Dead jobs with numbers above `$1`, `$2` of them: their due time is the last one, so they are at the end of the index.
pub(crate) fn dead_jobs() -> String {
    format!("SELECT {} FROM job WHERE due_at_ms = {NEVER_MS} AND id > $1 ORDER BY due_at_ms, id LIMIT $2", Job::COLUMNS)
}

/// The `$1` jobs that are due next.
pub(crate) fn due_jobs() -> String {
    format!("SELECT {} FROM job WHERE due_at_ms < {NEVER_MS} ORDER BY due_at_ms, id LIMIT $1", Job::COLUMNS)
}

/// The jobs of the order or invoice `$1`, the next one first.
pub(crate) fn jobs_about() -> String {
    format!("SELECT {} FROM job WHERE subject = $1 ORDER BY due_at_ms, id LIMIT {FEW}", Job::COLUMNS)
}

/// Orders with numbers below `$1`, `$2` of them, newest first.
pub(crate) fn all_orders(filter: OrderFilter) -> String {
    let condition = match filter {
        OrderFilter::All => String::new(),
        OrderFilter::Undecided => format!(" AND {}", undecided()),
    };
    format!("SELECT {} FROM transfer_order WHERE id < $1{condition} ORDER BY id DESC LIMIT $2", Order::COLUMNS)
}

/// The deposits of the code grants of the client `$1` and the user `$2` that have a token valid at `$3`.
pub(crate) fn granted_deposits() -> String {
    let code = GrantKind::Code.code();
    format!(
        "SELECT g.deposits FROM oauth_grant AS g WHERE g.client = $1 AND g.user_nid = $2 AND g.kind = {code}
        AND g.ended_at_ms IS NULL AND EXISTS (SELECT 1 FROM access_token AS t
            WHERE t.grant_id = g.id AND t.revoked_at_ms IS NULL AND t.created_at_ms + g.life_ms > $3)
        ORDER BY g.id"
    )
}
