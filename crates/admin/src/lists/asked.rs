//! What the address of a list says: conditions, order and place.
//!
//! A period is two dates or instants. Dates are those of Tehran, in the Jalali or the Gregorian calendar, with any digits; the day of the second date
//! is included.

use jiff::Timestamp;
use jiff::civil;
use jiff::tz::TimeZone;
use payments::{LAST_PARTY, PartyId, Text, tehran_ms};
use serde::Deserialize;
use store::{Filter, List, ListQuery, Named, OwnerKind, OwnerValue, Place, Sort};
use text::date::Times;
use text::fold;
use text::number::{mobile, rials};
use utoipa::IntoParams;

use crate::problem::Problem;
use edge::form;

/// Maximum length of a text or a name, in characters.
const TEXT: usize = 100;
/// Rows of a page.
const PAGE: usize = 100;

/// Which rows of a list, and in which order.
#[derive(Clone, PartialEq, Eq, Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Asked {
    /// Only rows from this instant on: RFC 3339, or a date in Tehran, `1405/09/10` or `2026-12-01`, of the Jalali calendar also with a time.
    pub from: Option<String>,
    /// Only rows before this instant. The day of a date without a time is included.
    pub to: Option<String>,
    /// Only rows in this state; the refusal of another value lists them.
    pub state: Option<String>,
    /// Only rows of this kind; the refusal of another value lists them.
    pub kind: Option<String>,
    /// Only rows of this one: the client of orders, the terminal of telephone orders, the shop of invoices, calls and card payments (its number or
    /// name), the receiver of SMS, the author of audit lines and proposals.
    pub of: Option<String>,
    /// Only rows of this amount and larger ones, in rials.
    pub least: Option<String>,
    /// Only rows of this amount and smaller ones, in rials.
    pub most: Option<String>,
    /// Only rows one of whose texts contains this: of orders trackId, numbers, names and description.
    pub text: Option<String>,
    /// `newest` (the default), `oldest`, `largest` or `smallest`: the latter two order the newest 20,000 rows of the filter.
    pub sort: Option<String>,
    /// The place behind which the page begins: `next` of the page before it.
    pub after: Option<String>,
    /// The maximum number of rows: 1 to 100.
    pub rows: Option<String>,
}

/// What a field of the address has to be.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Wanted {
    /// A date or an instant.
    Instant,
    /// An instant after `from`.
    AfterFrom,
    /// A number of rials.
    Amount,
    /// One of these names.
    OneOf(Vec<&'static str>),
    /// The number or the name of a party.
    Party,
    /// A mobile number.
    Mobile,
    /// 1 to 100 characters.
    Text,
    /// Nothing: the list's rows have no such value.
    Nothing,
    /// The place of a row.
    Place,
    /// 1 to 100.
    Rows,
}

/// A field that cannot be read.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Unreadable {
    /// The field.
    pub field: &'static str,
    /// What it has to be.
    pub wanted: Wanted,
}

impl From<Unreadable> for Problem {
    fn from(Unreadable { field, wanted }: Unreadable) -> Self {
        let wanted = match wanted {
            Wanted::Instant => "an instant (RFC 3339), or a date in Tehran: 1405/09/10 or 2026-12-01".to_owned(),
            Wanted::AfterFrom => "an instant after `from`".to_owned(),
            Wanted::Amount => "whole rials".to_owned(),
            Wanted::OneOf(names) => format!("one of {}", names.join(", ")),
            Wanted::Party => format!("the name of a user or business, or its number: 1 to {LAST_PARTY}"),
            Wanted::Mobile => "09 and nine digits".to_owned(),
            Wanted::Text => format!("1 to {TEXT} characters"),
            Wanted::Nothing => "rows of this list have none: leave it out".to_owned(),
            Wanted::Place => "`next` of the page before".to_owned(),
            Wanted::Rows => format!("1 to {PAGE}"),
        };
        Self::invalid(field, wanted)
    }
}

/// The names of the orders.
const SORTS: [(&str, Sort); 4] =
    [("newest", Sort::Newest), ("oldest", Sort::Oldest), ("largest", Sort::Largest), ("smallest", Sort::Smallest)];

impl Asked {
    /// Its fields by name, in a fixed order. Empty ones are left out.
    pub fn fields(&self) -> Vec<(&'static str, &str)> {
        let Self { from, to, state, kind, of, least, most, text, sort, after, rows } = self;
        let all = [
            ("from", from),
            ("to", to),
            ("state", state),
            ("kind", kind),
            ("of", of),
            ("least", least),
            ("most", most),
            ("text", text),
            ("sort", sort),
            ("after", after),
            ("rows", rows),
        ];
        all.into_iter().filter_map(|(name, value)| Some((name, value.as_deref()?))).collect()
    }

    /// The fields of a query string; others are ignored, and so are empty ones.
    pub fn of_query(get: impl Fn(&str) -> Option<String>) -> Self {
        let get = |name: &str| get(name).filter(|value| !fold(value).is_empty());
        Self {
            from: get("from"),
            to: get("to"),
            state: get("state"),
            kind: get("kind"),
            of: get("of"),
            least: get("least"),
            most: get("most"),
            text: get("text"),
            sort: get("sort"),
            after: get("after"),
            rows: get("rows"),
        }
    }

    /// The query string.
    pub fn query(&self) -> String {
        form_urlencoded::Serializer::new(String::new()).extend_pairs(self.fields()).finish()
    }

    /// The same conditions and order, from the first page on.
    #[must_use]
    pub fn from_the_start(&self) -> Self {
        Self { after: None, rows: None, ..self.clone() }
    }
}

/// The store's query of an address; `rows` are shown on a page whose address does not say how many.
///
/// # Errors
/// A field cannot be read.
pub fn read<T: 'static>(list: &'static List<T>, asked: &Asked, rows: usize) -> Result<ListQuery<T>, Unreadable> {
    let unreadable = |field, wanted| Unreadable { field, wanted };
    let (from_ms, to_ms) = period(asked)?;
    let amount = |field, text: &Option<String>| match text {
        None => Ok(None),
        Some(_) if !list.has_amounts() => Err(unreadable(field, Wanted::Nothing)),
        Some(text) => amount(text).map(Some).ok_or(unreadable(field, Wanted::Amount)),
    };
    let (least, most) = (amount("least", &asked.least)?, amount("most", &asked.most)?);
    let sort = match &asked.sort {
        None => Sort::Newest,
        Some(name) => {
            let known = SORTS.iter().find(|(known, sort)| known == name && is_sorted(list, *sort));
            let names = SORTS.iter().filter(|(_, sort)| is_sorted(list, *sort)).map(|(name, _)| *name);
            known.map(|(_, sort)| *sort).ok_or_else(|| unreadable("sort", Wanted::OneOf(names.collect())))?
        }
    };
    let filter = Filter {
        from_ms,
        to_ms,
        state: named("state", list.states, asked.state.as_ref())?,
        kind: named("kind", list.kinds, asked.kind.as_ref())?,
        owner: asked.of.as_ref().map(|of| owner(list.owner_kind(), of)).transpose()?,
        least,
        most,
        text: match &asked.text {
            None => None,
            Some(_) if !list.has_texts() => return Err(unreadable("text", Wanted::Nothing)),
            Some(text) => Some(words(text).ok_or(unreadable("text", Wanted::Text))?),
        },
    };
    let behind = asked.after.as_ref().map(|text| place(text).ok_or(unreadable("after", Wanted::Place))).transpose()?;
    let limit = match &asked.rows {
        None => rows,
        Some(text) => {
            let limit = text.parse().ok().filter(|limit| (1..=PAGE).contains(limit));
            limit.ok_or(unreadable("rows", Wanted::Rows))?
        }
    };
    Ok(ListQuery { filter, sort, behind, limit })
}

/// The beginning and the end of the period of an address, in milliseconds of Unix time; the end is excluded.
///
/// # Errors
/// One of them cannot be read, or the end is not after the beginning.
pub fn period(asked: &Asked) -> Result<(Option<i64>, Option<i64>), Unreadable> {
    let read = |field, text: &Option<String>, end| match text {
        None => Ok(None),
        Some(text) => instant(text, end).map(Some).ok_or(Unreadable { field, wanted: Wanted::Instant }),
    };
    let (from_ms, to_ms) = (read("from", &asked.from, End::From)?, read("to", &asked.to, End::To)?);
    match from_ms.zip(to_ms) {
        Some((from, to)) if to <= from => Err(Unreadable { field: "to", wanted: Wanted::AfterFrom }),
        Some(_) | None => Ok((from_ms, to_ms)),
    }
}

/// Whether the rows of a list have what an order compares.
fn is_sorted<T: 'static>(list: &List<T>, sort: Sort) -> bool {
    match sort {
        Sort::Newest | Sort::Oldest => true,
        Sort::Largest | Sort::Smallest => list.has_amounts(),
    }
}

fn named<T: 'static>(
    field: &'static str,
    all: &'static [Named<T>],
    name: Option<&String>,
) -> Result<Option<&'static Named<T>>, Unreadable> {
    let Some(name) = name else { return Ok(None) };
    let wanted = || match all {
        [] => Wanted::Nothing,
        [..] => Wanted::OneOf(all.iter().map(|named| named.name).collect()),
    };
    let found = all.iter().find(|named| named.name == name);
    found.map(Some).ok_or_else(|| Unreadable { field, wanted: wanted() })
}

fn owner(kind: Option<OwnerKind>, text: &str) -> Result<OwnerValue, Unreadable> {
    let (found, wanted) = match kind {
        None => (None, Wanted::Nothing),
        Some(OwnerKind::Name) => (words(text).map(OwnerValue::Name), Wanted::Text),
        Some(OwnerKind::Mobile) => (mobile(text).map(Text::from).map(OwnerValue::Name), Wanted::Mobile),
        Some(OwnerKind::Party) => {
            let number = fold(text).parse().ok().and_then(PartyId::numbered);
            (number.map(|party| OwnerValue::Number(party.0)), Wanted::Party)
        }
    };
    found.ok_or(Unreadable { field: "of", wanted })
}

fn words(text: &str) -> Option<Text> {
    let text = text.trim();
    let good = !fold(text).is_empty() && text.chars().count() <= TEXT && !text.chars().any(char::is_control);
    good.then(|| Text::from(text))
}

/// Rials, with separators between groups as people copy them.
fn amount(text: &str) -> Option<i64> {
    let plain: String = text.chars().filter(|c| !matches!(c, ',' | '٬' | '،' | ' ')).collect();
    rials(&plain)
}

/// Which end of a period a date is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum End {
    From,
    To,
}

/// The instant that a text names, in milliseconds of Unix time; as the end of a period, the instant from which rows are not in it.
/// The instant that a person has written, in Unix milliseconds: a date in Tehran, which stands for its begin, of the Jalali calendar also with a time, or
/// RFC 3339; `None`: none of them.
pub fn instant_of(text: &str) -> Option<i64> {
    instant(text, End::From)
}

fn instant(text: &str, end: End) -> Option<i64> {
    if let Some((date, second)) = form::date(text, Times::Taken) {
        return match (second, end) {
            (Some(second), _) => tehran_ms(date, second),
            (None, End::From) => tehran_ms(date, 0),
            // Days in Tehran have had 23 and 25 hours: the end is where the next day begins.
            (None, End::To) => tehran_ms(date.plus_days(1)?, 0),
        };
    }
    let text = fold(text);
    if let Ok(instant) = text.parse::<Timestamp>() {
        return Some(instant.as_millisecond());
    }
    // A longer text would be read as its date, without its time.
    let date = text.parse::<civil::Date>().ok().filter(|_| text.len() == "2026-12-01".len())?;
    let date = if end == End::To { date.tomorrow().ok()? } else { date };
    let zone = TimeZone::get("Asia/Tehran").ok()?;
    Some(date.to_zoned(zone).ok()?.timestamp().as_millisecond())
}

/// The text of a place.
pub(super) fn place_text(place: Place) -> String {
    format!("{}.{}", place.key, place.id)
}

fn place(text: &str) -> Option<Place> {
    let (key, id) = text.split_once('.')?;
    Some(Place { key: key.parse().ok()?, id: id.parse().ok()? })
}

impl Asked {
    /// The address of the page that begins behind a place.
    #[must_use]
    pub fn behind(&self, place: Place) -> Self {
        Self { after: Some(place_text(place)), ..self.clone() }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test ends where something is not as it should be")]
mod tests {
    use store::{AUDIT, INVOICES, ORDERS, PARTIES, SMS};

    use super::*;

    fn asked(fields: &[(&str, &str)]) -> Asked {
        Asked::of_query(|name| fields.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned()))
    }

    /// 1405/09/10, 00:00 in Tehran.
    const TENTH: i64 = 1_796_070_600_000;
    const DAY: i64 = 86_400_000;

    #[test]
    fn a_period_is_read_in_both_calendars_and_its_last_day_is_included() {
        for (from, to, period) in [
            ("1405/09/10", "1405/09/10", (Some(TENTH), Some(TENTH + DAY))),
            ("۱۴۰۵/۹/۱۰", "١٤٠٥-٠٩-١١", (Some(TENTH), Some(TENTH + 2 * DAY))),
            ("1405/09/10 10:30", "1405/09/10 11", (Some(TENTH + 37_800_000), Some(TENTH + 39_600_000))),
            ("2026-12-01", "2026-12-01", (Some(TENTH), Some(TENTH + DAY))),
            ("2026-11-30T20:30:00Z", "", (Some(TENTH), None)),
            ("2026-12-01T00:00:00+03:30", "", (Some(TENTH), None)),
            ("", "1405/09/09", (None, Some(TENTH))),
        ] {
            let query = read(&ORDERS, &asked(&[("from", from), ("to", to)]), 50).ok().unwrap();
            assert_eq!((query.filter.from_ms, query.filter.to_ms), period, "{from} – {to}");
        }
    }

    #[test]
    fn what_cannot_be_read_is_refused_by_the_name_of_its_field() {
        let refused = |fields: &[(&str, &str)]| read(&ORDERS, &asked(fields), 50).err().map(|why| why.field);
        for (field, value) in [
            ("from", "1405/13/01"),
            ("from", "x"),
            ("from", "2026-12-01T10:00"),
            ("to", "1405/09/31"),
            ("state", "x"),
            ("kind", "done"),
            ("least", "-1"),
            ("most", "1.5"),
            ("text", "a\u{1}"),
            ("sort", "best"),
            ("after", "1"),
            ("after", "a.b"),
            ("rows", "0"),
            ("rows", "101"),
        ] {
            assert_eq!(refused(&[(field, value)]), Some(field), "{value}");
        }
        assert_eq!(refused(&[("from", "1405/09/10"), ("to", "1405/09/09")]), Some("to"));
        assert_eq!(refused(&[("text", &"x".repeat(101))]), Some("text"));
        let wanted = |why: Option<Unreadable>| why.map(|why| why.wanted);
        assert_eq!(wanted(read(&AUDIT, &asked(&[("least", "1")]), 50).err()), Some(Wanted::Nothing));
        assert_eq!(wanted(read(&SMS, &asked(&[("of", "0912")]), 50).err()), Some(Wanted::Mobile));
        assert_eq!(wanted(read(&INVOICES, &asked(&[("of", "shop")]), 50).err()), Some(Wanted::Party));
        assert_eq!(wanted(read(&PARTIES, &asked(&[("of", "1")]), 50).err()), Some(Wanted::Nothing));
        assert_eq!(
            wanted(read(&AUDIT, &asked(&[("sort", "largest")]), 50).err()),
            Some(Wanted::OneOf(vec!["newest", "oldest"]))
        );
    }

    #[test]
    fn fields_are_read_as_people_write_them_and_written_into_addresses() {
        let fields = [("state", "done"), ("least", "۲٬۶۷۰٬۵۰۰"), ("most", "5,000,000"), ("text", " کتاب & قلم ")];
        let asked = asked(&fields);
        let query = read(&ORDERS, &asked, 50).ok().unwrap();
        assert_eq!((query.filter.least, query.filter.most), (Some(2_670_500), Some(5_000_000)));
        assert_eq!(query.filter.text.as_deref(), Some("کتاب & قلم"));
        assert_eq!(query.filter.state.map(|state| state.name), Some("done"));
        let again = form_urlencoded::parse(asked.query().as_bytes()).into_owned().collect::<Vec<_>>();
        let found = Asked::of_query(|name| again.iter().find(|(known, _)| known == name).map(|pair| pair.1.clone()));
        assert_eq!(found, asked);
        let behind = asked.behind(Place { key: 5, id: 7 });
        assert_eq!(read(&ORDERS, &behind, 50).ok().unwrap().behind, Some(Place { key: 5, id: 7 }));
        assert_eq!(behind.from_the_start(), asked);
    }
}
