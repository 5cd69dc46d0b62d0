//! The reads of reports.

use ledger::{Account, AccountId, Balances, Rial, TransferId};
use payments::{FoldMark, Movement, Terminal, TotalKey, TotalSums};
use schema::Coded;
use tokio_postgres::Row;
use tokio_postgres::types::{FromSql, ToSql};

use super::queries::lost;
use super::reader::{DISORDER_MS, Reader};
use super::value::number;
use crate::Error;
use crate::error::expect;
use crate::find::STEP_BACK;
use crate::movement_report::{
    self, COLUMNS, Disorder, MARK, MovementRow, TRANSFERS_AFTER, TotalsQuery, count, total_of,
};
use crate::outcome_report::{self, FailureCount, UndecidedCount};

/// A value of a row.
fn value<'r, T: FromSql<'r>>(row: &'r Row, at: usize) -> Result<T, Error> {
    row.try_get(at).map_err(lost)
}

/// The numbers of a row, beginning with column `first`.
fn numbers<const N: usize>(row: &Row, first: usize) -> Result<[i64; N], Error> {
    let mut found = [0; N];
    for (at, number) in found.iter_mut().enumerate() {
        *number = value(row, first + at)?;
    }
    Ok(found)
}

fn limit(rows: usize) -> i64 {
    i64::try_from(rows).unwrap_or(i64::MAX)
}

impl Reader {
    pub(crate) async fn fold_mark(&self) -> Result<FoldMark, Error> {
        let found = self.query(MARK, &[]).await?;
        let [world, up_to, last_cause, last_kind, last_at_ms] =
            numbers(expect(found.first(), "report_fold", "it is not there")?, 0)?;
        Ok(FoldMark { world, up_to, last_cause, last_kind, last_at_ms })
    }

    pub(crate) async fn totals(&self, query: TotalsQuery) -> Result<(FoldMark, Vec<(TotalKey, TotalSums)>), Error> {
        let parameters = query.parameters();
        let parameters = parameters.each_ref().map(|number| number as &(dyn ToSql + Sync));
        let (mut mark, mut found) = (None, Vec::new());
        for row in &self.query(&movement_report::totals(query.by), &parameters).await? {
            let mut columns = [None; COLUMNS];
            for (at, column) in columns.iter_mut().enumerate() {
                *column = value(row, at)?;
            }
            let (of_row, total) = total_of(columns)?;
            mark = Some(of_row);
            found.extend(total);
        }
        Ok((expect(mark, "report_fold", "it is not there")?, found))
    }

    pub(crate) async fn movements(&self, after: TransferId, rows: usize) -> Result<Vec<Movement>, Error> {
        let found = self.query(&movement_report::movements(), &[&after.0, &limit(rows)]).await?;
        let movement = |row: &Row| {
            let row = MovementRow {
                transfer: value(row, 0)?,
                at_ms: value(row, 1)?,
                debit: value(row, 2)?,
                debit_kind: value(row, 3)?,
                credit: value(row, 4)?,
                credit_kind: value(row, 5)?,
                amount: value(row, 6)?,
                cause: value(row, 7)?,
                order: value(row, 8)?,
                issuer: value(row, 9)?,
            };
            row.movement()
        };
        found.iter().map(movement).collect()
    }

    pub(crate) async fn last_transfer_before(&self, at_ms: i64) -> Result<TransferId, Error> {
        let noted = self.query(STEP_BACK, &[]).await?;
        let [last_ms, step_ms] = numbers(expect(noted.first(), "clock_mark", "it is not there")?, 0)?;
        let booked_by_ms = Disorder { own_ms: DISORDER_MS, last_ms, step_ms }.booked_by_ms(at_ms);
        let found = self.query(&movement_report::last_transfer_before(), &[&booked_by_ms, &at_ms]).await?;
        number(expect(found.first(), "transfer", "no number")?).map(TransferId)
    }

    pub(crate) async fn transfers_after(&self, after: TransferId, most: usize) -> Result<usize, Error> {
        let found = self.query(TRANSFERS_AFTER, &[&after.0, &limit(most)]).await?;
        Ok(count(number(expect(found.first(), "transfer", "no count")?)?))
    }

    pub(crate) async fn accounts_at(
        &self,
        after: AccountId,
        last: TransferId,
        rows: usize,
    ) -> Result<Vec<Account>, Error> {
        let found = self.query(&movement_report::accounts_at(), &[&after.0, &limit(rows), &last.0]).await?;
        found.iter().map(account_at).collect()
    }

    pub(crate) async fn terminal_of(&self, account: AccountId) -> Result<Option<Terminal>, Error> {
        Ok(self.collect(&movement_report::terminal_of(), &[&account.0]).await?.pop())
    }

    pub(crate) async fn failures(&self, from_ms: i64, to_ms: i64) -> Result<Vec<FailureCount>, Error> {
        let found = self.query(&outcome_report::failures(), &[&from_ms, &to_ms]).await?;
        let failure = |row: &Row| {
            let [count, millions, rest] = numbers(row, 4)?;
            let charge: String = value(row, 3)?;
            outcome_report::failure(numbers(row, 0)?, &charge, TotalSums::of_parts(count, millions, rest))
        };
        Ok(outcome_report::merged(found.iter().map(failure).collect::<Result<_, Error>>()?))
    }

    pub(crate) async fn undecided(&self, now_ms: i64) -> Result<Vec<UndecidedCount>, Error> {
        let found = self.query(&outcome_report::undecided(), &[&now_ms]).await?;
        let count = |row: &Row| outcome_report::undecided_count(numbers(row, 0)?);
        Ok(outcome_report::in_order(found.iter().map(count).collect::<Result<_, Error>>()?))
    }
}

/// An account, and its balances after an entry, if there is one.
fn account_at(row: &Row) -> Result<Account, Error> {
    let [id, kind, limited, gate] = numbers(row, 0)?;
    let entry: Option<i64> = value(row, 8)?;
    let balances = match entry {
        None => Balances::default(),
        Some(entries) => {
            let [debits_posted, credits_posted, debits_pending, credits_pending] = numbers(row, 4)?.map(Rial::new);
            Balances { debits_posted, credits_posted, debits_pending, credits_pending, entries }
        }
    };
    let (kind, limit, status) = (Coded::of_code(kind)?, Coded::of_code(limited)?, Coded::of_code(gate)?);
    Ok(Account { id: AccountId(id), kind, limit, status, balances })
}
