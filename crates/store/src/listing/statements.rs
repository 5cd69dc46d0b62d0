//! The statements of lists: the same text for both engines, with `$n` for parameters, whose first occurrences are in ascending order.
//!
//! The innermost select walks an index and looks at most at the rows that may be examined; the next one keeps those for which the other conditions
//! hold; only the rows of the page itself are read from the table.

use schema::Table;

use super::bisection::PROBED;
use super::list::{COUNTED, Checked, EXAMINED, Filter, List, ListQuery, MILLION, Named, OwnerValue, Place, Sort, Walk};

/// A value that a statement is run with.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Value {
    Int(i64),
    Text(String),
}

/// A statement and its values.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Statement {
    pub(crate) text: String,
    pub(crate) values: Vec<Value>,
}

/// The numbers of a period: the end is excluded.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Numbers {
    pub(crate) from: i64,
    pub(crate) to: i64,
}

impl Numbers {
    /// All numbers.
    pub(crate) const ALL: Self = Self { from: i64::MIN, to: i64::MAX };
}

#[derive(Default)]
struct Values(Vec<Value>);

impl Values {
    /// The placeholder of a new value.
    fn add(&mut self, value: Value) -> String {
        self.0.push(value);
        format!("${}", self.0.len())
    }

    fn number(&mut self, number: i64) -> String {
        self.add(Value::Int(number))
    }
}

impl<T: Table + 'static> List<T> {
    /// Selects the number of the newest row.
    pub(crate) fn newest() -> String {
        format!("SELECT id FROM {} ORDER BY id DESC LIMIT 1", T::NAME)
    }

    /// Selects numbers and instants of the rows from number `$1` on.
    pub(crate) fn probe(&self) -> String {
        format!("SELECT id, {} FROM {} WHERE id >= $1 ORDER BY id LIMIT {PROBED}", self.at, T::NAME)
    }

    /// The instants by which the numbers of a filter's period are searched; `None`: its rows are not walked by number, or it has no period.
    pub(crate) fn searched(&self, filter: &Filter<T>, disorder_ms: i64) -> Option<[Option<i64>; 2]> {
        let Walk::Number(Some(late_ms)) = self.walk(filter) else { return None };
        let from = filter.from_ms.map(|from| from.saturating_sub(disorder_ms).saturating_sub(late_ms));
        let to = filter.to_ms.map(|to| to.saturating_add(disorder_ms));
        (from.is_some() || to.is_some()).then_some([from, to])
    }

    /// Selects the rows of a page, and one more, in any order.
    pub(crate) fn page(&self, query: &ListQuery<T>, numbers: Numbers) -> Statement {
        let ListQuery { filter, sort, behind, limit } = query;
        let (mut values, name) = (Values::default(), T::NAME);
        let hit = self.hit(filter, &mut values);
        let (walked, behind) = match sort {
            Sort::Newest | Sort::Oldest => ((*sort, *behind), None),
            Sort::Largest | Sort::Smallest => ((Sort::Newest, None), *behind),
        };
        let within = self.within(filter, numbers, walked, &mut values);
        let order = self.order(filter, walked.0);
        let amount = self.amount.unwrap_or("0");
        let seen = format!(
            "SELECT id, {} AS moment, coalesce({amount}, 0) AS amount, CASE WHEN {hit} THEN 1 ELSE 0 END AS hit \
             FROM {name} WHERE {within} ORDER BY {order} LIMIT {EXAMINED}",
            self.at
        );
        let far = self.far(filter, numbers, walked.0, &mut values);
        let further = behind.map(|place| by_amount(*sort, place, &mut values)).unwrap_or_default();
        let ordered = match sort {
            // The order is that of the walk.
            Sort::Newest | Sort::Oldest => "",
            Sort::Largest => " ORDER BY amount DESC, id DESC",
            Sort::Smallest => " ORDER BY amount, id",
        };
        let most = values.number(i64::try_from(*limit).unwrap_or(i64::MAX).saturating_add(1));
        let text = format!(
            "SELECT {} FROM {name} WHERE id IN (SELECT id FROM ({seen}) AS seen WHERE hit = 1 AND {far}{further}{ordered} LIMIT {most})",
            T::COLUMNS
        );
        Statement { text, values: values.0 }
    }

    /// Selects key and number of the last row that may be examined for a page, if there is one.
    pub(crate) fn last_examined(&self, query: &ListQuery<T>, numbers: Numbers) -> Statement {
        let mut values = Values::default();
        let walked = match query.sort {
            Sort::Newest | Sort::Oldest => (query.sort, query.behind),
            Sort::Largest | Sort::Smallest => (Sort::Newest, None),
        };
        let within = self.within(&query.filter, numbers, walked, &mut values);
        let order = self.order(&query.filter, walked.0);
        let key = match self.walk(&query.filter) {
            Walk::Time => self.at,
            Walk::Number(_) => "CAST(0 AS BIGINT)",
        };
        let skipped = EXAMINED - 1;
        let last = format!(
            "SELECT {key} AS place, id, {} AS moment FROM {} WHERE {within} ORDER BY {order} LIMIT 1 OFFSET {skipped}",
            self.at,
            T::NAME
        );
        let far = self.far(&query.filter, numbers, walked.0, &mut values);
        Statement { text: format!("SELECT place, id FROM ({last}) AS seen WHERE {far}"), values: values.0 }
    }

    /// Selects the totals of a filter: examined rows, rows of the filter, millions and remainder of the sum.
    pub(crate) fn totals(&self, filter: &Filter<T>, numbers: Numbers) -> Statement {
        let mut values = Values::default();
        let hit = self.hit(filter, &mut values);
        let within = self.within(filter, numbers, (Sort::Newest, None), &mut values);
        let order = self.order(filter, Sort::Newest);
        let amount = self.amount.unwrap_or("0");
        let sum = |what: &str| format!("CAST(coalesce(sum({what}), 0) AS BIGINT)");
        let seen = format!(
            "SELECT id, {} AS moment, coalesce({amount}, 0) AS amount, CASE WHEN {hit} THEN 1 ELSE 0 END AS hit \
             FROM {} WHERE {within} ORDER BY {order} LIMIT {COUNTED}",
            self.at,
            T::NAME
        );
        let far = self.far(filter, numbers, Sort::Newest, &mut values);
        let text = format!(
            "SELECT CAST(count(*) AS BIGINT), {}, {}, {} FROM ({seen}) AS seen WHERE {far}",
            sum("hit"),
            sum(&format!("hit * (amount / {MILLION})")),
            sum(&format!("hit * (amount % {MILLION})"))
        );
        Statement { text, values: values.0 }
    }

    /// The conditions that are checked on each row.
    fn hit(&self, filter: &Filter<T>, values: &mut Values) -> String {
        let mut all: Vec<String> = Vec::new();
        all.extend(self.only(filter, Checked::ByRow));
        all.extend(self.named(filter, Checked::ByRow));
        if let (Some(owner), Some(value)) = (self.owner.as_ref().filter(|owner| owner.walk.is_none()), &filter.owner) {
            all.push(format!("{} = {}", owner.column, values.add(value_of(value))));
        }
        // In the order of numbers, the period's numbers include some rows outside of it.
        if let Walk::Number(_) = self.walk(filter) {
            all.extend(filter.from_ms.map(|from| format!("{} >= {}", self.at, values.number(from))));
            all.extend(filter.to_ms.map(|to| format!("{} < {}", self.at, values.number(to))));
        }
        let amount = self.amount.unwrap_or("0");
        all.extend(filter.least.map(|least| format!("{amount} >= {}", values.number(least))));
        all.extend(filter.most.map(|most| format!("{amount} <= {}", values.number(most))));
        if let Some(text) = &filter.text {
            let pattern = values.add(Value::Text(pattern(text)));
            let columns: Vec<String> = self.texts.iter().map(|column| format!("coalesce({column}, '')")).collect();
            let joined = columns.join(" || ' ' || ");
            all.push(format!("lower(replace(replace({joined}, 'ي', 'ی'), 'ك', 'ک')) LIKE {pattern} ESCAPE '\\'"));
        }
        if all.is_empty() { "1 = 1".to_owned() } else { all.join(" AND ") }
    }

    /// The condition that a row is not behind the end of the period at which a walk arrives. It is checked on the rows that were seen: a planner that
    /// knows nothing takes a period with two ends for a short one, and would sort all of its rows.
    fn far(&self, filter: &Filter<T>, numbers: Numbers, sort: Sort, values: &mut Values) -> String {
        let end = match (self.walk(filter), sort) {
            (Walk::Number(_), Sort::Oldest) => (numbers.to < i64::MAX).then_some(("id <", numbers.to)),
            (Walk::Number(_), Sort::Newest | Sort::Largest | Sort::Smallest) => {
                (numbers.from > i64::MIN).then_some(("id >=", numbers.from))
            }
            (Walk::Time, Sort::Oldest) => filter.to_ms.map(|to| ("moment <", to)),
            (Walk::Time, Sort::Newest | Sort::Largest | Sort::Smallest) => {
                filter.from_ms.map(|from| ("moment >=", from))
            }
        };
        end.map_or_else(|| "1 = 1".to_owned(), |(compared, value)| format!("{compared} {}", values.number(value)))
    }

    /// The conditions that an index answers, but for the end at which a walk arrives.
    fn within(
        &self,
        filter: &Filter<T>,
        numbers: Numbers,
        (sort, behind): (Sort, Option<Place>),
        values: &mut Values,
    ) -> String {
        let mut all: Vec<String> = Vec::new();
        all.extend(self.only(filter, Checked::ByIndex));
        all.extend(self.named(filter, Checked::ByIndex));
        if let (Some(owner), Some(value)) = (self.owner.as_ref().filter(|owner| owner.walk.is_some()), &filter.owner) {
            all.push(format!("{} = {}", owner.column, values.add(value_of(value))));
        }
        let at = self.at;
        let (than, up_to) = if sort == Sort::Oldest { (">", ">=") } else { ("<", "<=") };
        match self.walk(filter) {
            Walk::Number(_) => {
                if sort == Sort::Oldest && numbers.from > i64::MIN {
                    all.push(format!("id >= {}", values.number(numbers.from)));
                }
                if sort != Sort::Oldest && numbers.to < i64::MAX {
                    all.push(format!("id < {}", values.number(numbers.to)));
                }
                all.extend(behind.map(|place| format!("id {than} {}", values.number(place.id))));
            }
            Walk::Time => {
                let (from_ms, to_ms) = (filter.from_ms.filter(|_| sort == Sort::Oldest), filter.to_ms);
                all.extend(from_ms.map(|from| format!("{at} >= {}", values.number(from))));
                let to_ms = to_ms.filter(|_| sort != Sort::Oldest);
                all.extend(to_ms.map(|to| format!("{at} < {}", values.number(to))));
                if let Some(place) = behind {
                    let (key, id) = (values.number(place.key), values.number(place.id));
                    all.push(format!("{at} {up_to} {key} AND ({at} {than} {key} OR id {than} {id})"));
                }
            }
        }
        if all.is_empty() { "1 = 1".to_owned() } else { all.join(" AND ") }
    }

    /// What holds for all rows of the list, if it is checked so for this filter.
    fn only(&self, filter: &Filter<T>, place: Checked) -> Option<String> {
        let by_owner = filter.owner.is_some() && self.owner.as_ref().is_some_and(|owner| owner.walk.is_some());
        let is = if by_owner { Checked::ByIndex } else { self.only_is };
        (is == place && !self.only.is_empty()).then(|| self.only.to_owned())
    }

    fn named(&self, filter: &Filter<T>, place: Checked) -> Vec<String> {
        let chosen = [filter.state, filter.kind].into_iter().flatten();
        chosen.filter(|named: &&'static Named<T>| named.place == place).map(|named| (named.condition)()).collect()
    }

    fn order(&self, filter: &Filter<T>, sort: Sort) -> String {
        let direction = if sort == Sort::Oldest { "" } else { " DESC" };
        match self.walk(filter) {
            Walk::Number(_) => format!("id{direction}"),
            Walk::Time => format!("{}{direction}, id{direction}", self.at),
        }
    }
}

/// The condition that a row is behind a place in the order of amounts.
fn by_amount(sort: Sort, place: Place, values: &mut Values) -> String {
    let than = if sort == Sort::Smallest { ">" } else { "<" };
    let (key, id) = (values.number(place.key), values.number(place.id));
    format!(" AND (amount {than} {key} OR (amount = {key} AND id {than} {id}))")
}

fn value_of(value: &OwnerValue) -> Value {
    match value {
        OwnerValue::Number(number) => Value::Int(*number),
        OwnerValue::Name(name) => Value::Text(name.to_string()),
    }
}

/// A text as it is compared: with Persian letters, and in small Latin letters.
fn folded(text: &str) -> String {
    let persian = text.chars().map(|c| match c {
        'ي' => 'ی',
        'ك' => 'ک',
        other => other.to_ascii_lowercase(),
    });
    persian.collect()
}

/// The pattern of `LIKE` for texts that contain this one.
fn pattern(text: &str) -> String {
    let escaped: String = folded(text)
        .chars()
        .flat_map(|c| matches!(c, '%' | '_' | '\\').then_some('\\').into_iter().chain(std::iter::once(c)))
        .collect();
    format!("%{escaped}%")
}

impl<T: Table + 'static> List<T> {
    /// Whether a row is on the list and all conditions of a filter hold.
    pub(crate) fn holds(&self, row: &T, filter: &Filter<T>) -> bool {
        let facts = (self.facts)(row);
        let text = filter.text.as_ref().map(|text| folded(text));
        (self.has)(row)
            && [filter.state, filter.kind].into_iter().flatten().all(|named: &'static Named<T>| (named.holds)(row))
            && filter.from_ms.is_none_or(|from| facts.at_ms >= from)
            && filter.to_ms.is_none_or(|to| facts.at_ms < to)
            && filter.least.is_none_or(|least| facts.amount >= least)
            && filter.most.is_none_or(|most| facts.amount <= most)
            && filter.owner.as_ref().is_none_or(|owner| facts.owner.as_ref() == Some(owner))
            && text.is_none_or(|text| folded(&facts.texts.join(" ")).contains(&text))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test ends where something is not as it should be")]
mod tests {
    use payments::{Order, Text};

    use super::super::tables::ORDERS;
    use super::*;

    #[test]
    fn placeholders_first_occur_in_ascending_order() {
        let all = Filter::<Order> {
            from_ms: Some(1),
            to_ms: Some(2),
            state: ORDERS.states.first(),
            kind: ORDERS.kinds.first(),
            owner: Some(OwnerValue::Name(Text::from("drops"))),
            least: Some(3),
            most: Some(4),
            text: Some(Text::from("50%")),
        };
        let behind = Some(Place { key: 5, id: 6 });
        for owner in [all.owner.clone(), None] {
            for sort in [Sort::Newest, Sort::Oldest, Sort::Largest, Sort::Smallest] {
                let filter = Filter { owner: owner.clone(), ..all.clone() };
                let query = ListQuery { filter, sort, behind, limit: 50 };
                let numbers = Numbers { from: 7, to: 8 };
                for statement in [
                    ORDERS.page(&query, numbers),
                    ORDERS.last_examined(&query, numbers),
                    ORDERS.totals(&query.filter, numbers),
                ] {
                    let mut most = 0;
                    for part in statement.text.split('$').skip(1) {
                        let digits: String = part.chars().take_while(char::is_ascii_digit).collect();
                        let number: usize = digits.parse().unwrap();
                        assert!(number <= most + 1, "${number} before ${}: {}", most + 1, statement.text);
                        most = most.max(number);
                    }
                    assert_eq!(most, statement.values.len(), "{}", statement.text);
                }
            }
        }
        assert_eq!(pattern("A_50%\\علي"), "%a\\_50\\%\\\\علی%");
    }
}
