//! `/console/reports/trial-balance`: what all accounts had at an instant, by kind and one by one.

use axum::extract::{Request, State};
use axum::response::Response;
use ledger::{Account, AccountId};
use payments::Role;

use super::files::{self, number};
use crate::accounts::kind_name;
use crate::view::{Cell, Field, Part, Tone};
use crate::visit::Visit;
use admin::App;
use admin::reports::{KindLine, ReportName, TrialBalance, account_lines, held, instant_at, trial_balance};

/// Accounts per page.
const ROWS: usize = 50;
/// The example of an instant in the form.
const DAY: &str = "1405/08/30";

pub async fn show(State(app): State<App>, request: Request) -> Result<Response, Response> {
    let (parts, _) = request.into_parts();
    let visit = Visit::open(app, &parts, Role::Viewer).await?;
    let (w, lang, app) = (visit.w(), visit.lang(), visit.app());
    let unread = |error| visit.unread(error);
    let (at, now_ms) = (visit.query.get("at"), app.engine.clock().now_ms());
    let (at_ms, notice) = match instant_at(at, now_ms) {
        Ok(at_ms) => (at_ms, None),
        Err(_) => (now_ms.saturating_add(1), Some(Part::Notice(w.report_at_invalid.to_owned(), Tone::Bad))),
    };
    let balance = trial_balance(app, at_ms).await.map_err(unread)?;
    let after = visit.query.get("after").and_then(|text| text.parse().ok()).unwrap_or(i64::MIN);
    let accounts = account_lines(app, AccountId(after), balance.last, ROWS).await.map_err(unread)?;
    let pairs = vec![("at", at.unwrap_or_default().to_owned())];
    let field = Field::Text("at", w.report_at.to_owned(), at.unwrap_or_default().to_owned(), DAY.to_owned());
    let state = match balance.is_balanced() {
        true => Part::Notice(w.report_balanced.to_owned(), Tone::Good),
        false => Part::Notice(w.report_unbalanced.to_owned(), Tone::Bad),
    };
    let mut parts: Vec<Part> = notice.into_iter().collect();
    parts.extend([
        files::form_of(&visit, ReportName::TrialBalance, w.report_instant, vec![field]),
        Part::Text(format!("{} {}", w.report_counted_to, lang.instant(at_ms))),
        state,
        kinds(&visit, &balance),
        account_table(&visit, &accounts),
    ]);
    if let Some(last) = accounts.last().filter(|_| accounts.len() == ROWS) {
        let mut pairs = pairs.clone();
        pairs.push(("after", last.id.0.to_string()));
        parts.push(Part::Links(vec![(w.next.to_owned(), files::address("/console/reports/trial-balance", &pairs))]));
    }
    parts.push(files::links(&visit, ReportName::TrialBalance, &pairs));
    Ok(visit.page(w.report_trial_balance, parts))
}

fn kinds(visit: &Visit, balance: &TrialBalance) -> Part {
    let (w, lang) = (visit.w(), visit.lang());
    let sum = |sum: i128| number(lang, i64::try_from(sum).unwrap_or(i64::MAX));
    let row = |line: &KindLine| {
        vec![
            Cell::text(kind_name(line.kind, w)),
            number(lang, line.accounts),
            sum(line.debits),
            sum(line.credits),
            sum(line.balance()),
            sum(line.held),
        ]
    };
    let (debits, credits) = balance.sums();
    let accounts: i64 = balance.kinds.iter().map(|line| line.accounts).sum();
    let total = vec![
        Cell::text(w.report_total),
        number(lang, accounts),
        sum(debits),
        sum(credits),
        Cell::text("—"),
        Cell::text("—"),
    ];
    let heads = [w.kind, w.accounts, w.report_debits, w.report_credits, w.report_balance, w.report_on_hold];
    Part::Table {
        title: w.report_trial_balance.to_owned(),
        heads: heads.map(str::to_owned).into(),
        rows: balance.kinds.iter().map(row).chain([total]).collect(),
        empty: w.nothing.to_owned(),
    }
}

fn account_table(visit: &Visit, accounts: &[Account]) -> Part {
    let (w, lang) = (visit.w(), visit.lang());
    let row = |account: &Account| {
        vec![
            Cell::link(lang.digits(account.id.0), format!("/console/accounts/{}", account.id.0)),
            Cell::text(kind_name(account.kind, w)),
            number(lang, account.balances.debits_posted.get()),
            number(lang, account.balances.credits_posted.get()),
            number(lang, account.posted().get()),
            number(lang, held(account)),
        ]
    };
    let heads = [w.account, w.kind, w.report_debits, w.report_credits, w.report_balance, w.report_on_hold];
    Part::Table {
        title: w.accounts.to_owned(),
        heads: heads.map(str::to_owned).into(),
        rows: accounts.iter().map(row).collect(),
        empty: w.nothing.to_owned(),
    }
}
