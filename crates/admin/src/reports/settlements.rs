//! The settlement report: cycles of paya, shops, and the network of other banks' cards; what has reached its payees, and what is due when.

use std::collections::HashMap;

use axum::Json;
use axum::extract::State;
use axum::response::Response;
use futures_util::future::join_all;
use ledger::{AccountId, Rial};
use payments::{
    Bank, Cycle, CycleId, HALF_HOUR_MS, MovementKind, Now, Party, PartyId, PaymentMeans, ReportDialect, TotalKey,
    clearing, guild_free, guild_open,
};
use serde::{Deserialize, Serialize};
use store::{TotalsBy, TotalsQuery};
use utoipa::{IntoParams, ToSchema};

use super::days::{DayLine, DayReport, DaysQuery, LinePage, ReportBy, day_report, page, shop_name};
use super::period::Period;
use super::sums::{Sums, dialect_name, rials};
use super::totals::{NoTotals, Totals};
use crate::App;
use crate::accounts::instant;
use crate::reply::{PageLimit, Params, Problem, unread};

/// Milliseconds before midnight: an instant of the day that ends then.
const BEFORE_MIDNIGHT_MS: i64 = 1;

/// A bank's part in a cycle, and the money of its orders.
#[derive(Clone, Copy, Debug)]
pub struct CycleLine {
    /// The cycle.
    pub cycle: Cycle,
    /// What has come to its clearing account, in rials.
    pub came: Rial,
    /// What has left it.
    pub left: Rial,
    /// How many orders came back after it had settled them.
    pub returned_later: i64,
}

/// How many orders of each cycle came back since an instant, in its settlement and after it, by the number of the cycle.
#[derive(Clone, Debug, Default)]
pub struct Returns(HashMap<i64, i64>);

impl Returns {
    /// Counts what came back since an instant, which is not later than the settlement of the cycles in question.
    ///
    /// # Errors
    /// See [`NoTotals`].
    pub async fn since(app: &App, at_ms: i64) -> Result<Self, NoTotals> {
        let from_ms = at_ms.saturating_sub(at_ms.rem_euclid(HALF_HOUR_MS));
        let to_ms = payments::next_day_ms(app.engine.clock().now_ms()).max(from_ms);
        let dialect = Some(ReportDialect::Finnotech);
        let query = TotalsQuery { from_ms, to_ms, by: TotalsBy::Cycle, dialect, payee: None, bank: None };
        let mut returns: HashMap<i64, i64> = HashMap::new();
        for (key, sums) in Totals::default().of(app, query).await? {
            // If its source takes no credits, the money of a returned order is on suspense.
            if key.cycle != 0 && matches!(key.kind, MovementKind::Refund | MovementKind::Suspended) {
                *returns.entry(key.cycle).or_default() += sums.count;
            }
        }
        Ok(Self(returns))
    }

    /// How many orders of a cycle came back after it had settled them.
    pub fn after(&self, cycle: &Cycle) -> i64 {
        let all = self.0.get(&cycle.id.0).copied().unwrap_or_default();
        all.saturating_sub(cycle.returned).clamp(0, cycle.settled.max(0))
    }
}

impl CycleLine {
    /// How many orders it has settled that did not come back.
    pub fn settled(&self) -> i64 {
        self.cycle.settled.saturating_sub(self.returned_later)
    }

    /// How many orders came back, in its settlement or after it.
    pub fn returned(&self) -> i64 {
        self.cycle.returned.saturating_add(self.returned_later)
    }

    /// What waits on the clearing account.
    pub fn waits(&self) -> Rial {
        Rial::new(self.came.get().saturating_sub(self.left.get()))
    }

    /// The state of the cycle.
    pub fn state(&self) -> &'static str {
        match (self.cycle.closed_at_ms, self.cycle.settled_at_ms) {
            (_, Some(_)) => "settled",
            (Some(_), None) if self.cycle.is_begun() => "settling",
            (Some(_), None) => "closed",
            (None, None) => "gathering",
        }
    }
}

/// The cycles that settle in a range of time, last first, after one of them; at most `limit`.
///
/// # Errors
/// The store cannot be read.
pub async fn cycle_lines(
    app: &App,
    period: Period,
    after: Option<(i64, CycleId)>,
    limit: usize,
    returns: &Returns,
) -> Result<Vec<CycleLine>, store::Error> {
    let reader = app.engine.reader();
    let before = after.unwrap_or((period.to_ms, CycleId(i64::MIN)));
    let found = reader.cycles(before, limit).await?;
    let mut lines = Vec::new();
    for cycle in found.into_iter().take_while(|cycle| cycle.settle_ms >= period.from_ms) {
        let account = reader.account(cycle.id.clearing()).await?;
        let balances = account.map(|account| account.balances).unwrap_or_default();
        let (came, left) = (balances.credits_posted, balances.debits_posted);
        lines.push(CycleLine { cycle, came, left, returned_later: returns.after(&cycle) });
    }
    Ok(lines)
}

/// A shop: its movements in a range of time, and its balances now, in rials.
#[derive(Clone, Debug)]
pub struct ShopLine {
    /// The movements.
    pub line: DayLine,
    /// The name of the shop.
    pub name: Option<String>,
    /// What it has received and cannot withdraw yet.
    pub waits: Rial,
    /// What it can withdraw, or has to be paid out.
    pub free: Rial,
}

/// The shops with movements in a range of time, after one of them; and the name of the last one, if there are more.
///
/// # Errors
/// There are no totals ([`NoTotals`]), the store cannot be read, or there is no such shop.
pub async fn shop_lines(
    app: &App,
    query: &DaysQuery,
    after: Option<&str>,
    limit: usize,
) -> Result<(Vec<ShopLine>, Option<String>), Response> {
    let report = shop_report(app, query).await.map_err(NoTotals::response)?;
    let LinePage { lines, next } = page(&report.lines, after, limit).map_err(|problem| problem.response())?;
    let shops = join_all(lines.iter().map(|line| shop_line(app, line))).await;
    let shops = shops.into_iter().collect::<Result<Vec<_>, _>>().map_err(unread)?;
    Ok((shops, next))
}

/// The movements of all shops in a range of time.
pub(super) async fn shop_report(app: &App, query: &DaysQuery) -> Result<DayReport, NoTotals> {
    let query = DaysQuery { by: ReportBy::Shop, ..*query };
    let mut report = day_report(app, &query).await?;
    report.lines.retain(|line| line.key.payee != 0);
    Ok(report)
}

/// The line of a shop, with its balances now.
pub(super) async fn shop_line(app: &App, line: &DayLine) -> Result<ShopLine, store::Error> {
    let name = shop_name(app, &line.key).await?;
    let (waits, free) = balances_of(app, &line.key).await?;
    Ok(ShopLine { line: line.clone(), name, waits, free })
}

/// The balances of a shop now: what it cannot withdraw yet, and what it can.
async fn balances_of(app: &App, key: &TotalKey) -> Result<(Rial, Rial), store::Error> {
    match key.dialect {
        ReportDialect::Pod => {
            let shop = PartyId(key.payee);
            let party = app.engine.reader().party(shop).await?;
            let guilds =
                party.as_ref().and_then(Party::business).map_or(&[][..], |business| business.guilds.as_slice());
            let (mut waits, mut free) = (0_i64, 0_i64);
            for guild in guilds {
                waits = waits.saturating_add(posted(app, guild_open(shop, *guild)).await?);
                free = free.saturating_add(posted(app, guild_free(shop, *guild)).await?);
            }
            Ok((Rial::new(waits), Rial::new(free)))
        }
        ReportDialect::Paystar => Ok((Rial::ZERO, Rial::new(posted(app, AccountId(key.payee)).await?))),
        ReportDialect::Finnotech | ReportDialect::House => Ok((Rial::ZERO, Rial::ZERO)),
    }
}

/// The posted balance of an account, in rials.
async fn posted(app: &App, id: AccountId) -> Result<i64, store::Error> {
    Ok(app.engine.reader().account(id).await?.map_or(0, |account| account.posted().get()))
}

/// A day of payments by other banks' cards, in rials.
#[derive(Clone, Copy, Debug)]
pub struct CardDay {
    /// The first instant of the day, in milliseconds of Unix time.
    pub begins_ms: i64,
    /// What the cards paid on that day.
    pub paid: i64,
    /// When their network settles it, in milliseconds of Unix time.
    pub due_ms: i64,
    /// What the network settled on that day, for days before it.
    pub settled: i64,
}

/// The days of a range on which other banks' cards paid or their network settled.
///
/// # Errors
/// See [`NoTotals`].
pub async fn cards(app: &App, query: &DaysQuery) -> Result<Vec<CardDay>, NoTotals> {
    let totals = Totals::default().of(app, query.totals(TotalsBy::DayAndMeans)).await?;
    let mut days: Vec<CardDay> = Vec::new();
    for (key, sums) in totals.iter().filter(|(key, _)| key.dialect == ReportDialect::Pod) {
        let (paid, settled) = match (key.kind, key.means) {
            (MovementKind::Payment, PaymentMeans::OtherCard) => (rials(sums.amount), 0),
            (MovementKind::CardSettlement, _) => (0, rials(sums.amount)),
            _ => continue,
        };
        match days.last_mut().filter(|day| day.begins_ms == key.begins_ms) {
            Some(day) => {
                (day.paid, day.settled) = (day.paid.saturating_add(paid), day.settled.saturating_add(settled));
            }
            None => {
                let last = Now::at(payments::next_day_ms(key.begins_ms) - BEFORE_MIDNIGHT_MS);
                let due_ms = last.map_or(key.begins_ms, |last| app.rules.card_settlement_ms(&last));
                days.push(CardDay { begins_ms: key.begins_ms, paid, due_ms, settled });
            }
        }
    }
    Ok(days)
}

/// What the orders of each hosted bank hold on their source accounts: undecided ones, and those of banks that hold until the settlement.
///
/// # Errors
/// The store cannot be read.
pub async fn held_lines(app: &App) -> Result<Vec<(Bank, Rial)>, store::Error> {
    let mut held = Vec::new();
    for bank in Bank::HOSTED {
        let account = app.engine.reader().account(clearing(bank)).await?;
        let pending = account.map_or(Rial::ZERO, |account| account.balances.credits_pending);
        if pending.is_positive() {
            held.push((bank, pending));
        }
    }
    Ok(held)
}

/// A bank's part in a cycle.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CycleSettlement {
    /// The bank's code, the Jalali day and the cycle's number, as one number.
    cycle: i64,
    bank: String,
    /// Jalali, `YYYYMMDD`.
    day: i64,
    number: i64,
    /// `gathering`, `closed`, `settling` or `settled`.
    state: &'static str,
    /// When it settles, or was due to settle, RFC 3339.
    due: String,
    /// What has come to its clearing account, in rials.
    came: i64,
    /// What has left it, to destinations or back.
    left: i64,
    /// What waits there.
    waits: i64,
    /// How many orders it has settled that did not come back.
    settled: i64,
    /// How many orders came back, in its settlement or after it.
    returned: i64,
}

impl From<&CycleLine> for CycleSettlement {
    fn from(line: &CycleLine) -> Self {
        let cycle = &line.cycle;
        Self {
            cycle: cycle.id.0,
            bank: cycle.id.bank().map(|bank| bank.to_string()).unwrap_or_default(),
            day: cycle.id.day(),
            number: cycle.id.number(),
            state: line.state(),
            due: instant(cycle.settle_ms),
            came: line.came.get(),
            left: line.left.get(),
            waits: line.waits().get(),
            settled: line.settled(),
            returned: line.returned(),
        }
    }
}

/// What a bank's orders hold on their source accounts.
#[derive(Debug, Serialize, ToSchema)]
pub struct HeldBody {
    bank: String,
    /// In rials.
    held: i64,
}

/// A shop's movements, and its balances now.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ShopSettlement {
    /// The row's name: the next page begins after it.
    key: String,
    /// `pod` or `paystar`.
    dialect: &'static str,
    /// The number of the business, or the account of the merchant of payments by telephone.
    shop: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    sums: Sums,
    /// What it has received and cannot withdraw yet, now, in rials.
    waits: i64,
    /// What it can withdraw, or has to be paid out, now, in rials.
    free: i64,
}

impl From<ShopLine> for ShopSettlement {
    fn from(shop: ShopLine) -> Self {
        Self {
            key: shop.line.name(),
            dialect: dialect_name(shop.line.key.dialect),
            shop: shop.line.key.payee,
            name: shop.name,
            sums: shop.line.sums,
            waits: shop.waits.get(),
            free: shop.free.get(),
        }
    }
}

/// A day of payments by other banks' cards.
#[derive(Debug, Serialize, ToSchema)]
pub struct CardSettlementDay {
    /// Jalali, `YYYYMMDD`.
    day: i64,
    /// What the cards paid on that day, in rials.
    paid: i64,
    /// When their network settles it, RFC 3339.
    due: String,
    /// What the network settled on that day, for days before it, in rials.
    settled: i64,
}

impl From<&CardDay> for CardSettlementDay {
    fn from(day: &CardDay) -> Self {
        let date = Now::at(day.begins_ms).map_or(0, |now| now.date.long());
        Self { day: date, paid: day.paid, due: instant(day.due_ms), settled: day.settled }
    }
}

/// What has reached its payees in a range of time, and what is due when.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SettlementsBody {
    /// The first instant, RFC 3339.
    from: String,
    /// The first instant that is too late, RFC 3339.
    to: String,
    /// The cycles that settle in the range, last first.
    cycles: Vec<CycleSettlement>,
    /// The last cycle, if there may be more: `afterCycle` of the next page.
    #[serde(skip_serializing_if = "Option::is_none")]
    next_cycle: Option<i64>,
    /// What orders hold on their source accounts now, by bank.
    held: Vec<HeldBody>,
    /// The shops with movements in the range.
    shops: Vec<ShopSettlement>,
    /// The key of the last shop, if there are more: `afterShop` of the next page.
    #[serde(skip_serializing_if = "Option::is_none")]
    next_shop: Option<String>,
    /// The days on which other banks' cards paid, or their network settled.
    cards: Vec<CardSettlementDay>,
}

/// Which settlements.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
#[into_params(parameter_in = Query)]
pub struct SettlementsParams {
    /// The beginning: an instant (RFC 3339), or a day or time in Tehran (`1405/08/30`); the beginning of a half hour. Without it, today.
    from: Option<String>,
    /// The end, in the same forms: an instant is excluded, a day is included. Without it, the end of today.
    to: Option<String>,
    /// Only this business, by its number, or the merchant with this account.
    shop: Option<i64>,
    /// Only cycles behind this one.
    after_cycle: Option<i64>,
    /// Only shops after the one with this key.
    after_shop: Option<String>,
    /// The maximum number of cycles, and of shops: 1 to 100.
    #[serde(default)]
    #[param(inline, required = false)]
    rows: PageLimit,
}

/// What has reached its payees in a range of time, and what is due when: cycles of paya by their settlement time, shops with their balances now, and
/// days of payments by other banks' cards.
#[utoipa::path(get, path = "/admin/v1/reports/settlements", params(SettlementsParams), responses((status = 200, body = SettlementsBody), (status = 400, body = Problem), (status = 503, body = Problem)))]
pub async fn settlements(
    State(app): State<App>,
    Params(params): Params<SettlementsParams>,
) -> Result<Json<SettlementsBody>, Response> {
    let refused = |problem: Problem| problem.response();
    let now_ms = app.engine.clock().now_ms();
    let period = Period::of(params.from.as_deref(), params.to.as_deref(), now_ms).map_err(refused)?;
    let limit = params.rows.rows().map_err(|problem| refused(problem.into_invalid("rows")))?;
    let after_cycle = match params.after_cycle {
        None => None,
        Some(id) => Some(behind(&app, id).await?),
    };
    let query = DaysQuery { period, by: ReportBy::Shop, shop: params.shop, bank: None };
    let returns = Returns::since(&app, period.from_ms).await.map_err(NoTotals::response)?;
    let cycles = cycle_lines(&app, period, after_cycle, limit, &returns).await.map_err(unread)?;
    let (shops, next_shop) = shop_lines(&app, &query, params.after_shop.as_deref(), limit).await?;
    let held = held_lines(&app).await.map_err(unread)?;
    let cards = cards(&app, &query).await.map_err(NoTotals::response)?;
    Ok(Json(SettlementsBody {
        from: instant(period.from_ms),
        to: instant(period.to_ms),
        next_cycle: cycles.last().filter(|_| cycles.len() == limit).map(|line| line.cycle.id.0),
        cycles: cycles.iter().map(CycleSettlement::from).collect(),
        held: held.iter().map(|(bank, held)| HeldBody { bank: bank.to_string(), held: held.get() }).collect(),
        shops: shops.into_iter().map(ShopSettlement::from).collect(),
        next_shop,
        cards: cards.iter().map(CardSettlementDay::from).collect(),
    }))
}

/// The place of a cycle in the list.
async fn behind(app: &App, id: i64) -> Result<(i64, CycleId), Response> {
    let unknown = || Problem::invalid("afterCycle", "the number of a cycle of this report").response();
    let id = CycleId::numbered(id).ok_or_else(unknown)?;
    crate::cycles::behind(app, id).await.map_err(unread)?.ok_or_else(unknown)
}
