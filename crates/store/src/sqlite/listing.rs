//! Lists for operators: runs the statements of `listing/`.

use rusqlite::params_from_iter;
use rusqlite::types::Value as SqlValue;
use schema::Table;

use super::reader::Reads;
use super::value::{collect, number};
use crate::error::expect;
use crate::listing::{Bisection, Counted, Filter, List, ListQuery, Listing, Numbers, Place, Statement, Value};
use crate::{Error, find};

fn values(statement: &Statement) -> impl Iterator<Item = SqlValue> + '_ {
    statement.values.iter().map(|value| match value {
        Value::Int(number) => SqlValue::Integer(*number),
        Value::Text(text) => SqlValue::Text(text.clone()),
    })
}

impl Reads<'_> {
    pub(crate) fn listing<T: Table + 'static>(
        &self,
        list: &List<T>,
        query: &ListQuery<T>,
    ) -> Result<Listing<T>, Error> {
        let numbers = self.numbers(list, &query.filter)?;
        // A row that is written between the two statements would move the last place, so that rows are shown twice or not at all.
        let snapshot = self.connection.unchecked_transaction()?;
        let statement = list.page(query, numbers);
        let rows: Vec<T> = collect(self.connection, &statement.text, params_from_iter(values(&statement)))?;
        let last = match query.is_last_examined_needed(rows.len()) {
            true => self.pairs(&list.last_examined(query, numbers))?.pop(),
            false => None,
        };
        snapshot.commit()?;
        Ok(Listing::of(list, query, rows, last.map(|(key, id)| Place { key, id })))
    }

    pub(crate) fn counted<T: Table + 'static>(&self, list: &List<T>, filter: &Filter<T>) -> Result<Counted, Error> {
        let statement = list.totals(filter, self.numbers(list, filter)?);
        let mut prepared = self.connection.prepare_cached(&statement.text)?;
        let found = prepared.query_row(params_from_iter(values(&statement)), |row| {
            Ok([row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?])
        })?;
        Ok(Counted::of(found))
    }

    /// The numbers of the rows of a filter's period, and of some rows before and behind it.
    fn numbers<T: Table + 'static>(&self, list: &List<T>, filter: &Filter<T>) -> Result<Numbers, Error> {
        let disorder_ms = expect(number(self.connection, find::DISORDER, [])?, "clock_mark", "it is not there")?;
        let Some([from, to]) = list.searched(filter, disorder_ms) else { return Ok(Numbers::ALL) };
        let newest = number(self.connection, &List::<T>::newest(), [])?.unwrap_or(0);
        let search = |instant_ms| -> Result<i64, Error> {
            let mut search = Bisection::new(newest, instant_ms);
            while let Some(probed) = search.probe() {
                let statement = Statement { text: list.probe(), values: vec![Value::Int(probed)] };
                search.learn(probed, &self.pairs(&statement)?);
            }
            Ok(search.found())
        };
        let from = from.map(search).transpose()?.unwrap_or(i64::MIN);
        Ok(Numbers { from, to: to.map(search).transpose()?.unwrap_or(i64::MAX) })
    }

    /// The rows of a statement that selects two numbers.
    fn pairs(&self, statement: &Statement) -> Result<Vec<(i64, i64)>, Error> {
        let mut prepared = self.connection.prepare_cached(&statement.text)?;
        let rows = prepared.query_map(params_from_iter(values(statement)), |row| Ok((row.get(0)?, row.get(1)?)))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}
