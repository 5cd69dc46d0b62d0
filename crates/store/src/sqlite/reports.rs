//! The reads of reports.

use ledger::{Account, AccountId, Balances, TransferId};
use payments::{FoldMark, Movement, Terminal, TotalKey, TotalSums};
use rusqlite::{Row, params, params_from_iter};

use super::reader::{Reads, limit};
use super::value::{collect, number};
use crate::Error;
use crate::error::expect;
use crate::find::STEP_BACK;
use crate::model::Page;
use crate::movement_report::{
    self, COLUMNS, Disorder, MARK, MovementRow, TRANSFERS_AFTER, TotalsQuery, count, total_of,
};
use crate::outcome_report::{self, FailureCount, UndecidedCount};

/// The numbers of a row, beginning with column `first`.
fn numbers<const N: usize>(row: &Row<'_>, first: usize) -> Result<[i64; N], rusqlite::Error> {
    let mut found = [0; N];
    for (at, number) in found.iter_mut().enumerate() {
        *number = row.get(first + at)?;
    }
    Ok(found)
}

impl Reads<'_> {
    pub(crate) fn fold_mark(&self) -> Result<FoldMark, Error> {
        let [world, up_to, last_cause, last_kind, last_at_ms] =
            self.connection.prepare_cached(MARK)?.query_row([], |row| numbers(row, 0))?;
        Ok(FoldMark { world, up_to, last_cause, last_kind, last_at_ms })
    }

    pub(crate) fn totals(&self, query: TotalsQuery) -> Result<(FoldMark, Vec<(TotalKey, TotalSums)>), Error> {
        let mut statement = self.connection.prepare_cached(&movement_report::totals(query.by))?;
        let mut rows = statement.query(params_from_iter(query.parameters()))?;
        let (mut mark, mut found) = (None, Vec::new());
        while let Some(row) = rows.next()? {
            let mut columns = [None; COLUMNS];
            for (at, column) in columns.iter_mut().enumerate() {
                *column = row.get(at)?;
            }
            let (of_row, total) = total_of(columns)?;
            mark = Some(of_row);
            found.extend(total);
        }
        Ok((expect(mark, "report_fold", "it is not there")?, found))
    }

    pub(crate) fn movements(&self, after: TransferId, rows: usize) -> Result<Vec<Movement>, Error> {
        let mut statement = self.connection.prepare_cached(&movement_report::movements())?;
        let mut rows = statement.query(params![after.0, limit(rows)])?;
        let mut found = Vec::new();
        while let Some(row) = rows.next()? {
            let row = MovementRow {
                transfer: row.get(0)?,
                at_ms: row.get(1)?,
                debit: row.get(2)?,
                debit_kind: row.get(3)?,
                credit: row.get(4)?,
                credit_kind: row.get(5)?,
                amount: row.get(6)?,
                cause: row.get(7)?,
                order: row.get(8)?,
                issuer: row.get(9)?,
            };
            found.push(row.movement()?);
        }
        Ok(found)
    }

    pub(crate) fn last_transfer_before(&self, at_ms: i64) -> Result<TransferId, Error> {
        let [last_ms, step_ms] = self.connection.prepare_cached(STEP_BACK)?.query_row([], |row| numbers(row, 0))?;
        let booked_by_ms = Disorder { own_ms: 0, last_ms, step_ms }.booked_by_ms(at_ms);
        let found = number(self.connection, &movement_report::last_transfer_before(), [booked_by_ms, at_ms])?;
        Ok(TransferId(found.unwrap_or(0)))
    }

    pub(crate) fn transfers_after(&self, after: TransferId, most: usize) -> Result<usize, Error> {
        let found = number(self.connection, TRANSFERS_AFTER, [after.0, limit(most)])?;
        Ok(count(found.unwrap_or_default()))
    }

    pub(crate) fn accounts_at(&self, after: AccountId, last: TransferId, rows: usize) -> Result<Vec<Account>, Error> {
        let mut found = self.accounts(Page { after: after.0, limit: rows })?;
        for account in &mut found {
            account.balances = self.balances_at(account, last)?;
        }
        Ok(found)
    }

    /// The balances of an account after its last entry up to a transfer. The transfers of an account's entries have ascending numbers.
    fn balances_at(&self, account: &Account, last: TransferId) -> Result<Balances, Error> {
        let newest = account.balances.entries;
        if newest == 0 || self.transfer_id_at(account.id, newest)? <= last {
            return Ok(account.balances);
        }
        let (mut low, mut high) = (0, newest - 1);
        while low < high {
            let middle = low + (high - low + 1) / 2;
            if self.transfer_id_at(account.id, middle)? <= last {
                low = middle;
            } else {
                high = middle - 1;
            }
        }
        if low == 0 {
            return Ok(Balances::default());
        }
        let transfer = self.transfer(self.transfer_id_at(account.id, low)?)?;
        let transfer = expect(transfer, "entry", "its transfer is not there")?;
        Ok(if transfer.debit == account.id { transfer.debit_after } else { transfer.credit_after })
    }

    pub(crate) fn terminal_of(&self, account: AccountId) -> Result<Option<Terminal>, Error> {
        Ok(collect(self.connection, &movement_report::terminal_of(), [account.0])?.pop())
    }

    pub(crate) fn failures(&self, from_ms: i64, to_ms: i64) -> Result<Vec<FailureCount>, Error> {
        let mut statement = self.connection.prepare_cached(&outcome_report::failures())?;
        let mut rows = statement.query([from_ms, to_ms])?;
        let mut found = Vec::new();
        while let Some(row) = rows.next()? {
            let (of, charge, [count, millions, rest]) = (numbers(row, 0)?, row.get::<_, String>(3)?, numbers(row, 4)?);
            found.push(outcome_report::failure(of, &charge, TotalSums::of_parts(count, millions, rest))?);
        }
        Ok(outcome_report::merged(found))
    }

    pub(crate) fn undecided(&self, now_ms: i64) -> Result<Vec<UndecidedCount>, Error> {
        let mut statement = self.connection.prepare_cached(&outcome_report::undecided())?;
        let mut rows = statement.query([now_ms])?;
        let mut found = Vec::new();
        while let Some(row) = rows.next()? {
            found.push(outcome_report::undecided_count(numbers(row, 0)?)?);
        }
        Ok(outcome_report::in_order(found))
    }
}
