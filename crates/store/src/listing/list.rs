//! What is said about a list and a page of it.

use payments::Text;

/// How many rows are examined for a page at most.
pub const EXAMINED: usize = 20_000;
/// How many rows are counted for totals at most.
pub const COUNTED: usize = 50_000;

/// A condition on a row that has a name.
pub struct Named<T> {
    /// The name in addresses.
    pub name: &'static str,
    /// The condition in SQL.
    pub(crate) condition: fn() -> String,
    /// The same on a row.
    pub(crate) holds: fn(&T) -> bool,
    pub(crate) place: Checked,
}

/// How a named condition is checked.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Checked {
    /// By a partial index.
    ByIndex,
    /// On each row that is examined.
    ByRow,
}

/// The order in which rows are read.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Walk {
    /// By number. A row's instant may be this many milliseconds after the row got its number; `None`: numbers do not follow the time.
    Number(Option<i64>),
    /// By instant and number: an index has the instant.
    Time,
}

/// What an owner is named by.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum OwnerKind {
    /// A name: a client, a terminal, an operator.
    Name,
    /// The number of a party.
    Party,
    /// A mobile number.
    Mobile,
}

/// What rows belong to: a client, a shop, a terminal, a receiver or an author.
pub(crate) struct Owner {
    pub(crate) column: &'static str,
    pub(crate) kind: OwnerKind,
    /// The order of its rows in the index that has the column; `None`: no index has it.
    pub(crate) walk: Option<Walk>,
}

/// The owner that a filter names.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum OwnerValue {
    /// A party.
    Number(i64),
    /// A name or a mobile number.
    Name(Text),
}

/// What a filter compares of a row.
pub(crate) struct Facts {
    pub(crate) id: i64,
    pub(crate) at_ms: i64,
    /// In rials; 0 if the row has none.
    pub(crate) amount: i64,
    pub(crate) owner: Option<OwnerValue>,
    pub(crate) texts: Vec<String>,
}

/// A table that is listed; see the module.
pub struct List<T: 'static> {
    /// The column of the instant.
    pub(crate) at: &'static str,
    /// The amount in SQL, in rials; `None`: rows have none.
    pub(crate) amount: Option<&'static str>,
    /// What holds for all rows of the list, in SQL; empty: the list has all rows of the table.
    pub(crate) only: &'static str,
    /// Whether an index has these rows alone, so that no others are walked. The index of an owner's rows always has.
    pub(crate) only_is: Checked,
    pub(crate) walk: Walk,
    /// The order of the rows of a period, if an index on the instant has it.
    pub(crate) period: Option<Walk>,
    pub(crate) owner: Option<Owner>,
    /// The columns in which a text is searched.
    pub(crate) texts: &'static [&'static str],
    /// The states by which rows are filtered.
    pub states: &'static [Named<T>],
    /// The kinds by which rows are filtered.
    pub kinds: &'static [Named<T>],
    /// Whether a row of the table is on the list.
    pub(crate) has: fn(&T) -> bool,
    pub(crate) facts: fn(&T) -> Facts,
}

impl<T: 'static> List<T> {
    /// What the rows' owners are named by; `None`: rows are not filtered by an owner.
    pub fn owner_kind(&self) -> Option<OwnerKind> {
        self.owner.as_ref().map(|owner| owner.kind)
    }

    /// Whether rows have texts in which something is searched.
    pub fn has_texts(&self) -> bool {
        !self.texts.is_empty()
    }

    /// Whether rows have amounts.
    pub fn has_amounts(&self) -> bool {
        self.amount.is_some()
    }

    /// The order in which the rows of a filter are read.
    pub(crate) fn walk(&self, filter: &Filter<T>) -> Walk {
        let of_owner = self.owner.as_ref().filter(|_| filter.owner.is_some()).and_then(|owner| owner.walk);
        let has_period = filter.from_ms.is_some() || filter.to_ms.is_some();
        of_owner.or(self.period.filter(|_| has_period)).unwrap_or(self.walk)
    }

    /// The place of a row in an order.
    pub(crate) fn place(&self, row: &T, filter: &Filter<T>, sort: Sort) -> Place {
        let facts = (self.facts)(row);
        let key = match (sort, self.walk(filter)) {
            (Sort::Largest | Sort::Smallest, _) => facts.amount,
            (Sort::Newest | Sort::Oldest, Walk::Time) => facts.at_ms,
            (Sort::Newest | Sort::Oldest, Walk::Number(_)) => 0,
        };
        Place { key, id: facts.id }
    }
}

/// Conditions on the rows of a list; all must hold.
pub struct Filter<T: 'static> {
    /// Only rows from this instant on, in milliseconds of Unix time.
    pub from_ms: Option<i64>,
    /// Only rows before this instant, in milliseconds of Unix time.
    pub to_ms: Option<i64>,
    /// Only rows in this state.
    pub state: Option<&'static Named<T>>,
    /// Only rows of this kind.
    pub kind: Option<&'static Named<T>>,
    /// Only rows of this owner.
    pub owner: Option<OwnerValue>,
    /// Only rows of this amount and larger ones, in rials.
    pub least: Option<i64>,
    /// Only rows of this amount and smaller ones, in rials.
    pub most: Option<i64>,
    /// Only rows one of whose texts contains this.
    pub text: Option<Text>,
}

impl<T: 'static> Filter<T> {
    /// All rows.
    pub const ALL: Self =
        Self { from_ms: None, to_ms: None, state: None, kind: None, owner: None, least: None, most: None, text: None };

    /// Whether it has no condition.
    pub fn is_empty(&self) -> bool {
        let Self { from_ms, to_ms, state, kind, owner, least, most, text } = self;
        let numbers = from_ms.is_none() && to_ms.is_none() && least.is_none() && most.is_none();
        numbers && state.is_none() && kind.is_none() && owner.is_none() && text.is_none()
    }
}

impl<T: 'static> Clone for Filter<T> {
    fn clone(&self) -> Self {
        let Self { from_ms, to_ms, state, kind, owner, least, most, text } = self;
        Self {
            from_ms: *from_ms,
            to_ms: *to_ms,
            state: *state,
            kind: *kind,
            owner: owner.clone(),
            least: *least,
            most: *most,
            text: text.clone(),
        }
    }
}

/// The order of a list.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Sort {
    /// The newest first.
    Newest,
    /// The oldest first.
    Oldest,
    /// The largest amounts first, among the newest [`EXAMINED`] rows of the filter.
    Largest,
    /// The smallest amounts first, among the same.
    Smallest,
}

/// The place of a row in the order of a list.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Place {
    /// What the list is ordered by, if that is not the number: the instant or the amount.
    pub key: i64,
    /// The row's number.
    pub id: i64,
}

/// A page of a list.
pub struct ListQuery<T: 'static> {
    /// Conditions on the rows.
    pub filter: Filter<T>,
    /// The order of the rows.
    pub sort: Sort,
    /// Only rows behind this place.
    pub behind: Option<Place>,
    /// The maximum number of rows.
    pub limit: usize,
}

impl<T: 'static> ListQuery<T> {
    /// Whether the last row that may be examined matters to a page for which so many rows were found.
    pub(crate) fn is_last_examined_needed(&self, found: usize) -> bool {
        found <= self.limit || matches!(self.sort, Sort::Largest | Sort::Smallest)
    }
}

impl<T: 'static> Clone for ListQuery<T> {
    fn clone(&self) -> Self {
        let Self { filter, sort, behind, limit } = self;
        Self { filter: filter.clone(), sort: *sort, behind: *behind, limit: *limit }
    }
}

/// The rows of a page.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Listing<T> {
    /// The rows, in the order of the list.
    pub rows: Vec<T>,
    /// Where the next page begins; `None`: this is the last one.
    pub next: Option<Place>,
    /// Whether more rows would have had to be examined: for another row of this page, or for the order by amount.
    pub is_cut: bool,
}

impl<T: 'static> Listing<T> {
    /// A page from one row more than it may have, and from the last row that was examined, if that was the limit.
    pub(crate) fn of(list: &List<T>, query: &ListQuery<T>, mut rows: Vec<T>, last_examined: Option<Place>) -> Self {
        rows.sort_by_cached_key(|row| {
            let Place { key, id } = list.place(row, &query.filter, query.sort);
            match query.sort {
                Sort::Newest | Sort::Largest => (key.saturating_neg(), id.saturating_neg()),
                Sort::Oldest | Sort::Smallest => (key, id),
            }
        });
        let is_full = rows.len() > query.limit;
        rows.truncate(query.limit);
        let last = rows.last().filter(|_| is_full).map(|row| list.place(row, &query.filter, query.sort));
        let by_amount = matches!(query.sort, Sort::Largest | Sort::Smallest);
        let next = last.or(last_examined.filter(|_| !by_amount));
        Self { rows, next, is_cut: last_examined.is_some() && (by_amount || !is_full) }
    }
}

/// The number of rows of a filter, and the sum of their amounts.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Counted {
    /// The number of rows.
    pub count: i64,
    /// The sum in rials; `i64::MAX` if it would overflow.
    pub sum: i64,
    /// Whether further rows were not examined: there may be more.
    pub is_cut: bool,
}

/// Millions of rials are summed apart from the remainders, so that neither sum overflows.
pub(crate) const MILLION: i64 = 1_000_000;

impl Counted {
    /// Totals from their statement's columns: examined rows, rows of the filter, millions and remainder of the sum.
    pub(crate) fn of([examined, count, millions, rest]: [i64; 4]) -> Self {
        let sum = millions.saturating_mul(MILLION).saturating_add(rest);
        Self { count, sum, is_cut: usize::try_from(examined).is_ok_and(|examined| examined >= COUNTED) }
    }
}
