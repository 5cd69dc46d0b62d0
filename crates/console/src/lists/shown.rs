//! Reading a page of a list as its address asks.

use admin::lists::{Asked, Columns, Unreadable, Wanted, named_owner, read};
use axum::response::Response;
use payments::Text;
use store::{Counted, Kept, Listing};

use super::filters::{above, below, owner_label};
use super::places::{address, path_of};
use crate::view::{Part, Tone};
use crate::visit::Visit;
use web::Words;

/// Rows per page.
const ROWS: usize = 50;

/// The rows of a page, and what stands above and below their table.
pub struct Shown<T> {
    pub rows: Vec<T>,
    /// What an empty table says.
    pub empty: String,
    /// Whether there is a condition.
    pub is_filtered: bool,
    above: Vec<Part>,
    below: Vec<Part>,
}

impl<T: 'static> Shown<T> {
    /// The parts of the page around its tables.
    pub fn around(self, tables: impl IntoIterator<Item = Part>) -> Vec<Part> {
        self.above.into_iter().chain(tables).chain(self.below).collect()
    }
}

/// Reads the page of a list that the address of a visit asks for.
///
/// # Errors
/// The store cannot be read.
pub async fn shown<T: Kept + Send + Sync + 'static>(
    visit: &Visit,
    columns: &'static Columns<T>,
) -> Result<Shown<T>, Response> {
    let (w, reader) = (visit.w(), visit.app().engine.reader());
    let unread = |error| visit.unread(error);
    let asked = asked(visit);
    let named = named_owner(reader, columns.list, asked.clone()).await.map_err(unread)?;
    let (listing, counted, wrong, is_filtered) = match read(columns.list, &named, ROWS) {
        Ok(query) => {
            let (filter, is_filtered) = (query.filter.clone(), !query.filter.is_empty());
            let listing = reader.listing(columns.list, query).await.map_err(unread)?;
            let counted = match is_filtered {
                true => Some(reader.counted(columns.list, filter).await.map_err(unread)?),
                false => None,
            };
            (listing, counted, None, is_filtered)
        }
        Err(why) => {
            let nothing = Listing { rows: Vec::new(), next: None, is_cut: false };
            let text = match (why.field, columns.list.owner_kind()) {
                ("of", Some(kind)) => wrong_field(owner_label(columns.name, kind, w), &why, w),
                _ => wrong(&why, w),
            };
            (nothing, None, Some(Part::Notice(text, Tone::Bad)), true)
        }
    };
    let saved = reader.saved_filters(Text::clone(visit.context.by())).await.map_err(unread)?;
    let mut over = vec![above(visit, columns, &asked, &saved, is_filtered)];
    over.extend(wrong);
    over.extend(counted.map(|counted| Part::Text(totals(visit, columns.list.has_amounts(), counted))));
    let by_amount = matches!(asked.sort.as_deref(), Some("largest" | "smallest"));
    if listing.is_cut {
        let text = if by_amount { w.list_cut_sorted } else { w.list_cut };
        over.push(Part::Notice(text.to_owned(), Tone::Hint));
    }
    let path = path_of(columns.name).unwrap_or("/console");
    let mut links = Vec::new();
    if asked.after.is_some() {
        links.push((w.list_first.to_owned(), address(path, &asked.from_the_start().query())));
    }
    if let Some(next) = listing.next {
        let text = match (listing.is_cut && !by_amount, asked.sort.as_deref()) {
            (true, _) => w.list_go_on,
            (false, None | Some("newest")) => w.older,
            (false, Some(_)) => w.next_page,
        };
        links.push((text.to_owned(), address(path, &asked.behind(next).query())));
    }
    let empty = if is_filtered { w.list_none } else { w.list_none_yet };
    Ok(Shown { rows: listing.rows, empty: empty.to_owned(), is_filtered, above: over, below: below(links) })
}

/// What the address says. `which=undecided` is how older addresses name that state.
fn asked(visit: &Visit) -> Asked {
    let asked = Asked::of_query(|name| visit.query.sent(name).map(str::to_owned));
    match (&asked.state, visit.query.get("which")) {
        (None, Some("undecided")) => Asked { state: Some("undecided".to_owned()), ..asked },
        _ => asked,
    }
}

/// The totals of a filter in words.
fn totals(visit: &Visit, has_amounts: bool, counted: Counted) -> String {
    let (w, lang) = (visit.w(), visit.lang());
    let more = if counted.is_cut { format!("{} ", w.list_more_than) } else { String::new() };
    let rows = format!("{more}{} {}", lang.number(counted.count), w.list_rows);
    match has_amounts {
        true => format!("{rows} · {}: {more}{} {}", w.list_sum, lang.number(counted.sum), w.rial),
        false => rows,
    }
}

/// Why a condition cannot be read.
pub fn wrong(why: &Unreadable, w: &'static Words) -> String {
    let field = match why.field {
        "from" => w.list_from,
        "to" => w.list_to,
        "state" => w.state,
        "kind" => w.kind,
        "least" => w.list_least,
        "most" => w.list_most,
        "text" => w.list_text,
        "sort" => w.list_sort,
        other => other,
    };
    wrong_field(field, why, w)
}

fn wrong_field(field: &str, why: &Unreadable, w: &'static Words) -> String {
    let wanted = match &why.wanted {
        Wanted::Instant => w.list_want_instant,
        Wanted::AfterFrom => w.list_want_after,
        Wanted::Amount => w.list_want_amount,
        Wanted::OneOf(_) => w.list_want_choice,
        Wanted::Party => w.list_want_party,
        Wanted::Mobile => w.list_want_mobile,
        Wanted::Text => w.list_want_text,
        Wanted::Nothing => w.list_want_nothing,
        Wanted::Place | Wanted::Rows => w.list_want_place,
    };
    format!("{field} {}: {wanted}", w.list_wrong)
}
