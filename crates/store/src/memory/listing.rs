//! Lists for operators, by a walk over all rows.

use std::cmp::Reverse;
use std::sync::Arc;

use super::kept::Kept;
use super::rows::whole;
use super::{Reader, Tables};
use crate::Error;
use crate::listing::{COUNTED, Counted, EXAMINED, Filter, List, ListQuery, Listing, MILLION, Place, Sort};

/// The rows for which a filter holds, newest first.
fn held<'a, T: Kept>(tables: &'a Tables, list: &List<T>, filter: &Filter<T>) -> Vec<&'a Arc<T>> {
    let mut found: Vec<&Arc<T>> = T::kept(tables);
    found.retain(|row| list.holds(row, filter));
    found.sort_by_key(|row| Reverse(list.place(row, filter, Sort::Newest)));
    found
}

impl Reader {
    pub(crate) fn listing<T: Kept>(&self, list: &List<T>, query: &ListQuery<T>) -> Result<Listing<T>, Error> {
        self.tables(|tables| {
            let mut found = held(tables, list, &query.filter);
            if matches!(query.sort, Sort::Largest | Sort::Smallest) {
                found.truncate(EXAMINED);
            }
            let place = |row: &Arc<T>| list.place(row, &query.filter, query.sort);
            let is_behind = |at: Place, than: Place| match query.sort {
                Sort::Newest | Sort::Largest => at < than,
                Sort::Oldest | Sort::Smallest => at > than,
            };
            found.retain(|row| query.behind.is_none_or(|than| is_behind(place(row), than)));
            match query.sort {
                Sort::Newest | Sort::Largest => found.sort_by_key(|row| Reverse(place(row))),
                Sort::Oldest | Sort::Smallest => found.sort_by_key(|row| place(row)),
            }
            let rows = found.into_iter().take(query.limit.saturating_add(1)).map(|row| whole(&**row));
            Ok(Listing::of(list, query, rows.collect::<Result<_, _>>()?, None))
        })
    }

    pub(crate) fn counted<T: Kept>(&self, list: &List<T>, filter: &Filter<T>) -> Result<Counted, Error> {
        self.tables(|tables| {
            let found = held(tables, list, filter);
            let amounts = found.iter().take(COUNTED).map(|row| (list.facts)(row).amount);
            let [millions, rest] = amounts.fold([0i64; 2], |[millions, rest], amount| {
                [millions.saturating_add(amount / MILLION), rest.saturating_add(amount % MILLION)]
            });
            let count = i64::try_from(found.len().min(COUNTED)).unwrap_or(i64::MAX);
            Ok(Counted::of([count, count, millions, rest]))
        })
    }
}
