//! Reads all rows of a list, page by page.
//!
//! A list whose newest rows are first is read until a whole page is older than the period, with a day to spare: the instants of rows that several
//! processes wrote need not be in their order.

use std::collections::HashSet;

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use super::lists::{LISTS, List, Paging, ParentPlace, TRANSFERS};
use crate::client::{Call, Client};
use crate::failure::Failure;
use crate::instant::jalali;
use crate::ordered::{Members, plain};

/// Rows of a page at most; a page of large rows has fewer.
const PAGE: usize = 100;
/// How far the instants of rows can be out of their order.
const DISORDER: SignedDuration = SignedDuration::from_hours(24);

/// From when to when: the end is excluded.
#[derive(Clone, Copy, Debug)]
pub struct Period {
    /// The first instant.
    pub since: Option<Timestamp>,
    /// The first instant that is too late.
    pub until: Option<Timestamp>,
}

impl Period {
    /// Whether it has a beginning or an end.
    pub fn is_limited(&self) -> bool {
        self.since.is_some() || self.until.is_some()
    }

    fn has(&self, at: Timestamp) -> bool {
        self.since.is_none_or(|since| at >= since) && self.until.is_none_or(|until| at < until)
    }

    /// Whether an instant is so early that all before it are, too.
    fn is_long_over_at(&self, at: Timestamp) -> bool {
        self.since.is_some_and(|since| at.saturating_add(DISORDER).is_ok_and(|at| at < since))
    }
}

/// What is done with a row.
pub type OnRow<'a> = &'a mut dyn FnMut(&Members) -> Result<(), Failure>;

/// The pages of a list.
pub struct Pages<'a> {
    /// The server.
    pub client: &'a Client,
    /// The list.
    pub list: &'a List,
    /// The only parent whose rows are read.
    pub of: Option<&'a str>,
    /// The instants of the rows that are read.
    pub period: Period,
}

impl Pages<'_> {
    /// Passes on each row of the period, with its parent and its instant in the Jalali calendar.
    ///
    /// # Errors
    /// A page is refused, or a row cannot be taken.
    pub fn each(&self, take: OnRow<'_>) -> Result<(), Failure> {
        let Some(parent) = self.list.parent else { return self.of_parent("", take) };
        if let Some(of) = self.of {
            return self.of_parent(of, take);
        }
        let all = LISTS.iter().find(|list| list.name == parent.list);
        let all = all.ok_or_else(|| Failure::Usage(format!("{} is no list", parent.list)))?;
        let parents = Pages { client: self.client, list: all, of: None, period: Period { since: None, until: None } };
        parents.of_parent("", &mut |row| self.of_parent(&plain(row.get("id").unwrap_or(&Value::Null)), &mut *take))
    }

    /// The rows of one parent.
    fn of_parent(&self, parent: &str, take: OnRow<'_>) -> Result<(), Failure> {
        let (mut last, mut seen, mut limit, mut offset) = (None::<String>, HashSet::new(), PAGE, 0);
        loop {
            let call = self.call(parent, last.as_deref(), offset, limit);
            let rows = match self.client.done(call) {
                Ok(reply) => reply.json::<Vec<Members>>()?,
                // The rows are large: the refusal says how many fit, and half as many as before are asked for.
                Err(Failure::Refused(why)) if why.contains("the rows are large") && limit > 1 => {
                    limit /= 2;
                    continue;
                }
                Err(failure) => return Err(failure),
            };
            let is_last = rows.len() < limit || self.list.paging == Paging::Whole;
            offset += rows.len();
            let mut long_over = !rows.is_empty();
            for row in rows {
                let key = plain(row.get(self.list.key).unwrap_or(&Value::Null));
                let at: Option<Timestamp> = self
                    .list
                    .instant
                    .and_then(|name| row.get(name))
                    .and_then(Value::as_str)
                    .and_then(|at| at.parse().ok());
                long_over &= at.is_some_and(|at| self.period.is_long_over_at(at));
                let is_wanted = at.is_some_and(|at| self.period.has(at)) || !self.period.is_limited();
                // Rows that are written meanwhile shift pages that are counted.
                let is_new = self.list.paging != Paging::Offset || seen.insert(key.clone());
                last = Some(key);
                if is_wanted && is_new {
                    self.pass_on(row, parent, take)?;
                }
            }
            let newest_first = matches!(self.list.paging, Paging::Before | Paging::Offset);
            if is_last || long_over && newest_first {
                return Ok(());
            }
        }
    }

    fn call(&self, parent: &str, last: Option<&str>, offset: usize, limit: usize) -> Call {
        let mut call = Call::get(self.list.path_of(parent));
        if let Some(ParentPlace::Query(name)) = self.list.parent.map(|parent| parent.place) {
            call = call.query(name, parent);
        }
        match self.list.paging {
            Paging::Whole => call,
            Paging::After => call.query("limit", limit).maybe("after", last),
            Paging::Before => call.query("limit", limit).maybe("before", last),
            Paging::Offset => call.query("limit", limit).query("offset", offset),
        }
    }

    fn pass_on(&self, row: Members, parent: &str, take: OnRow<'_>) -> Result<(), Failure> {
        let mut row = row;
        if self.list.name == TRANSFERS {
            // Each movement is a debit of one account.
            if row.get("side").and_then(Value::as_str) != Some("debit") {
                return Ok(());
            }
            let number = plain(row.get("transfer").unwrap_or(&Value::Null));
            row = self.client.done(Call::get(format!("/admin/v1/transfers/{number}")))?.json()?;
        } else if let Some(column) = self.list.parent.and_then(|parent| parent.column) {
            row.0.insert(
                0,
                (column.to_owned(), parent.parse::<i64>().map_or_else(|_| Value::from(parent), Value::from)),
            );
        }
        if let (Some(instant), Some(name)) = (self.list.instant, self.list.jalali())
            && let Some(place) = row.0.iter().position(|(known, _)| known == instant)
        {
            let shown = jalali(&plain(&row.0[place].1));
            row.0.insert(place + 1, (name, Value::from(shown)));
        }
        take(&row)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test ends where something is not as it should be")]
mod tests {
    use super::*;

    #[test]
    fn a_period_excludes_its_end_and_is_over_with_a_day_to_spare() {
        let at = |text: &str| -> Timestamp { text.parse().unwrap() };
        let period = Period { since: Some(at("2026-11-21T00:00:00Z")), until: Some(at("2026-11-22T00:00:00Z")) };
        for (instant, has, long_over) in [
            ("2026-11-21T00:00:00Z", true, false),
            ("2026-11-21T23:59:59Z", true, false),
            ("2026-11-22T00:00:00Z", false, false),
            ("2026-11-20T12:00:00Z", false, false),
            ("2026-11-19T12:00:00Z", false, true),
        ] {
            assert_eq!((period.has(at(instant)), period.is_long_over_at(at(instant))), (has, long_over), "{instant}");
        }
    }
}
