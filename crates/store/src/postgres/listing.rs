//! Lists for operators: runs the statements of `listing/`.

use schema::Table;
use tokio_postgres::Row;
use tokio_postgres::types::ToSql;

use super::queries::lost;
use super::reader::{DISORDER_MS, Reader, fetch_in_parts};
use super::value::number;
use crate::error::expect;
use crate::listing::{Bisection, Counted, Filter, List, ListQuery, Listing, Numbers, Place, Statement, Value};
use crate::{Error, find};

fn values(statement: &Statement) -> Vec<&(dyn ToSql + Sync)> {
    statement.values.iter().map(value).collect()
}

fn value(value: &Value) -> &(dyn ToSql + Sync) {
    match value {
        Value::Int(number) => number,
        Value::Text(text) => text,
    }
}

impl Reader {
    pub(crate) async fn listing<T: Table + Send + 'static>(
        &self,
        list: &List<T>,
        query: &ListQuery<T>,
    ) -> Result<Listing<T>, Error> {
        let numbers = self.numbers(list, &query.filter).await?;
        let (page, last) = (list.page(query, numbers), list.last_examined(query, numbers));
        // A row that is written between the two would move the last place, so that rows are shown twice or not at all.
        let (of_page, of_last) = (values(&page), values(&last));
        let statements = [(page.text.as_str(), of_page.as_slice()), (last.text.as_str(), of_last.as_slice())];
        let [rows, last] = self.query_two(statements, |found| query.is_last_examined_needed(found)).await?;
        let last = pairs(&last)?.pop().map(|(key, id)| Place { key, id });
        Ok(Listing::of(list, query, fetch_in_parts(&rows).await?, last))
    }

    pub(crate) async fn counted<T: Table + 'static>(
        &self,
        list: &List<T>,
        filter: &Filter<T>,
    ) -> Result<Counted, Error> {
        let statement = list.totals(filter, self.numbers(list, filter).await?);
        let found = self.query(&statement.text, &values(&statement)).await?;
        let row = expect(found.first(), T::NAME, "no totals")?;
        let column = |at: usize| row.try_get::<_, i64>(at).map_err(lost);
        Ok(Counted::of([column(0)?, column(1)?, column(2)?, column(3)?]))
    }

    /// The numbers of the rows of a filter's period, and of some rows before and behind it.
    async fn numbers<T: Table + 'static>(&self, list: &List<T>, filter: &Filter<T>) -> Result<Numbers, Error> {
        if list.searched(filter, 0).is_none() {
            return Ok(Numbers::ALL);
        }
        let noted = self.query(find::DISORDER, &[]).await?;
        let disorder_ms = DISORDER_MS + number(expect(noted.first(), "clock_mark", "it is not there")?)?;
        let Some([from, to]) = list.searched(filter, disorder_ms) else { return Ok(Numbers::ALL) };
        let newest = self.query(&List::<T>::newest(), &[]).await?;
        let newest = newest.first().map(number).transpose()?.unwrap_or(0);
        let from = match from {
            Some(instant_ms) => self.search(list, newest, instant_ms).await?,
            None => i64::MIN,
        };
        let to = match to {
            Some(instant_ms) => self.search(list, newest, instant_ms).await?,
            None => i64::MAX,
        };
        Ok(Numbers { from, to })
    }

    async fn search<T: Table + 'static>(&self, list: &List<T>, newest: i64, instant_ms: i64) -> Result<i64, Error> {
        let mut search = Bisection::new(newest, instant_ms);
        while let Some(probed) = search.probe() {
            let statement = Statement { text: list.probe(), values: vec![Value::Int(probed)] };
            search.learn(probed, &self.pairs(&statement).await?);
        }
        Ok(search.found())
    }

    /// The rows of a statement that selects two numbers.
    async fn pairs(&self, statement: &Statement) -> Result<Vec<(i64, i64)>, Error> {
        pairs(&self.query(&statement.text, &values(statement)).await?)
    }
}

fn pairs(rows: &[Row]) -> Result<Vec<(i64, i64)>, Error> {
    let pair = |row: &Row| -> Result<_, tokio_postgres::Error> { Ok((row.try_get(0)?, row.try_get(1)?)) };
    rows.iter().map(|row| pair(row).map_err(lost)).collect()
}
