//! Statements (pod.md 3.13): getAccountBill 34991 / 42599 of a wallet, 34990 / 42598 of a guild account, and of blocked money.
//!
//! A guild's open and free account appear as one: transfers between the two are not listed. A statement covers the newest [`ENTRIES`] entries of each
//! account, whatever time is asked for; count and pages go no further back.

use std::collections::HashMap;

use ledger::AccountId;
use payments::{Invoice, InvoiceId, InvoiceState, blocked, guild_free, guild_open, wallet};
use store::{Entry, EntryPage, Side};
use text::fold;
use wire::pod::balances::{BLOCKED_NAME, RIAL, RIAL_CODE, StatementRow};
use wire::pod::errors;
use wire::pod::invoice::WALLET;
use wire::pod::read_params::amount_or_zero;

use super::call::Call;
use super::done::Done;
use super::failed::Failed;
use super::get_invoice_list::instant;
use super::guild_list::number;
use super::invoice::guild;

/// Maximum number of entries of an account that a statement reads.
const ENTRIES: usize = 20_000;
/// Maximum number of rows of a page.
const PAGE_MOST: i64 = 1_000;

/// The statement of the wallet, or of blocked money.
pub async fn of_wallet(call: &Call<'_>) -> Result<Done, Failed> {
    call.wallet()?;
    let id = call.party().id;
    if call.params.flag("block")? {
        statement(call, &[Pocket { name: BLOCKED_NAME, accounts: vec![blocked(id)] }]).await
    } else {
        statement(call, &[Pocket { name: WALLET, accounts: vec![wallet(id)] }]).await
    }
}

/// Accounts that a statement shows as one.
struct Pocket<'a> {
    name: &'a str,
    accounts: Vec<AccountId>,
}

/// The statement of a guild, or of all guilds of the business (second-edition.md 4.8).
pub async fn of_guild(call: &Call<'_>) -> Result<Done, Failed> {
    let party = call.party();
    let guilds = match call.guild()? {
        Some(guild) => vec![guild.id],
        None => party.business().map(|business| business.guilds.clone()).unwrap_or_default(),
    };
    if guilds.is_empty() || !guilds.iter().all(|guild| party.is_of_guild(*guild)) {
        return Err(errors::FOREIGN_GUILD.into());
    }
    if call.params.flag("block")? {
        return statement(call, &[Pocket { name: BLOCKED_NAME, accounts: vec![blocked(party.id)] }]).await;
    }
    let pocket = |id: &i64| Pocket {
        name: guild(*id).name,
        accounts: vec![guild_open(party.id, *id), guild_free(party.id, *id)],
    };
    statement(call, &guilds.iter().map(pocket).collect::<Vec<_>>()).await
}

/// An entry, and the sum of the pocket's balances after it, in rials.
struct Row<'a> {
    pocket: &'a str,
    entry: Entry,
    after: i64,
}

async fn statement(call: &Call<'_>, pockets: &[Pocket<'_>]) -> Result<Done, Failed> {
    let size = number(call, "size")?.ok_or_else(|| errors::missing("size"))?;
    let offset = number(call, "offset")?.ok_or_else(|| errors::missing("offset"))?;
    if !(1..=PAGE_MOST).contains(&size) {
        return Err(errors::invalid("size").into());
    }
    if call.params.get("currencyCode").is_some_and(|code| code != RIAL_CODE) {
        return Err(errors::invalid("currencyCode").into());
    }
    let from_ms = instant(call, "dateFrom", 0, 0)?.unwrap_or(i64::MIN);
    let to_ms = instant(call, "dateTo", 86_399, 999)?.map_or(i64::MAX, |to_ms| to_ms.saturating_add(1));
    let bound = |name| -> Result<Option<i64>, Failed> {
        let text = call.params.get(name);
        Ok(text.map(|text| amount_or_zero(text).ok_or_else(|| errors::invalid(name))).transpose()?)
    };
    let (least, most) = (bound("amountFrom")?.unwrap_or(0), bound("amountTo")?.unwrap_or(i64::MAX));
    let debtor = call.params.optional_flag("debtor")?;
    let part = call.params.get("description").unwrap_or_default();

    let mut rows = Vec::new();
    for pocket in pockets {
        rows.extend(self::rows(call, pocket, to_ms).await?);
    }
    if pockets.len() > 1 {
        // Newest first, in the order of posting. A transfer between two pockets is a row of each.
        rows.sort_by_key(|row| std::cmp::Reverse(row.entry.transfer));
    }
    // Whether the description of an entry's invoice contains the text. Only this is kept, because invoices may be large.
    let mut about: HashMap<i64, bool> = HashMap::new();
    let mut found = Vec::new();
    for row in rows {
        let Entry { amount, side, at_ms, cause, .. } = row.entry;
        let is_debtor = side == Side::Debit;
        let fits = at_ms >= from_ms
            && (least..=most).contains(&amount.get())
            && debtor.is_none_or(|wanted| wanted == is_debtor);
        if !fits {
            continue;
        }
        if !part.is_empty() {
            let is_about = match about.get(&cause) {
                Some(known) => *known,
                None => {
                    let invoice = invoice_of(call, cause).await?;
                    invoice.is_some_and(|invoice| fold(invoice.about()).contains(part))
                }
            };
            about.insert(cause, is_about);
            if !is_about {
                continue;
            }
        }
        found.push(row);
    }
    let count = i64::try_from(found.len()).unwrap_or(i64::MAX);
    let (skipped, taken) = (usize::try_from(offset).unwrap_or(usize::MAX), usize::try_from(size).unwrap_or(1));
    let mut page = call.page();
    for row in found.iter().skip(skipped).take(taken) {
        let invoice = invoice_of(call, row.entry.cause).await?;
        let issuer = match &invoice {
            Some(invoice) => call.app.engine.party(invoice.issuer).await?,
            None => None,
        };
        let issuer_name = issuer.as_ref().map(|issuer| &*issuer.name);
        page.push(&shown(row, invoice.as_ref(), issuer_name)).await?;
    }
    Ok(Done::list(page.end(), count, None))
}

fn shown<'a>(row: &Row<'a>, invoice: Option<&'a Invoice>, issuer_name: Option<&'a str>) -> StatementRow<'a> {
    let closed = invoice.map(|invoice| matches!(invoice.state, InvoiceState::Closed(_)));
    let settled = invoice.filter(|invoice| invoice.is_paid()).map(Invoice::is_settled);
    StatementRow {
        account_name: row.pocket,
        issuance_date: row.entry.at_ms,
        amount: row.entry.amount.get(),
        debtor: row.entry.side == Side::Debit,
        after_tx_amount: row.after,
        description: invoice.map(Invoice::about),
        document_id: row.entry.transfer.0,
        tx_number: row.entry.transfer.0.to_string(),
        issuer_name,
        canceled: invoice.map(|invoice| matches!(invoice.state, InvoiceState::Canceled(_))),
        currency: RIAL,
        invoice_id: invoice.map(|invoice| invoice.id.0),
        invoice_bill_number: invoice.and_then(|invoice| invoice.bill_number.as_deref()),
        invoice_closed: closed,
        bill_settled: settled,
        withdrawable: invoice.filter(|invoice| invoice.is_paid()).map(Invoice::is_withdrawable),
    }
}

/// The invoice that caused an entry, if one did.
async fn invoice_of(call: &Call<'_>, cause: i64) -> Result<Option<Invoice>, Failed> {
    if cause == 0 {
        return Ok(None);
    }
    Ok(call.app.engine.reader().invoice(InvoiceId(cause)).await?)
}

/// The error if a sum of balances of one party overflows.
pub(super) fn too_much() -> Failed {
    engine::Error::Contradiction("account: balances of one party do not fit together").into()
}

/// The entries of all accounts of a pocket before `to_ms`, newest first, without transfers between these accounts.
async fn rows<'a>(call: &Call<'_>, pocket: &Pocket<'a>, to_ms: i64) -> Result<Vec<Row<'a>>, Failed> {
    let (mut entries, mut balance): (Vec<Entry>, i64) = (Vec::new(), 0);
    for account in &pocket.accounts {
        let page = EntryPage { before_seq: i64::MAX, from_ms: i64::MIN, to_ms: i64::MAX, limit: ENTRIES };
        let Some(history) = call.app.engine.reader().entries(*account, page).await? else { continue };
        balance = balance.checked_add(history.account.posted().get()).ok_or_else(too_much)?;
        entries.extend(history.entries.into_iter().map(|(entry, _)| entry));
    }
    // Newest first, in the order of posting and not of time. Both entries of a transfer have its number.
    entries.sort_unstable_by_key(|entry| std::cmp::Reverse(entry.transfer));
    let mut rows = Vec::new();
    let mut entries = entries.into_iter().peekable();
    while let Some(entry) = entries.next() {
        if entries.next_if(|next| next.transfer == entry.transfer).is_some() {
            continue;
        }
        let after = balance;
        let amount = entry.amount.get();
        let before = if entry.side == Side::Credit { amount } else { -amount };
        balance = balance.checked_sub(before).ok_or_else(too_much)?;
        if entry.at_ms < to_ms {
            rows.push(Row { pocket: pocket.name, entry, after });
        }
    }
    Ok(rows)
}
