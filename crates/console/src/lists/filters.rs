//! The form of a list's filter, with periods to choose, saved filters and files.

use admin::lists::{Asked, Columns, Format, ListName};
use payments::{Now, SavedFilter};
use store::{Named, OwnerKind};

use super::periods::NamedPeriod;
use super::places::{address, path_of};
use super::state_names::word;
use crate::view::{Field, Filters, Form, Part, SavedEntry, Tone};
use crate::visit::Visit;
use web::Words;

/// An example of a date, as a hint.
const DATE: &str = "1405/09/10";

/// The part above a list's table.
pub fn above<T: 'static>(
    visit: &Visit,
    columns: &'static Columns<T>,
    asked: &Asked,
    saved: &[SavedFilter],
    is_filtered: bool,
) -> Part {
    let (w, name) = (visit.w(), columns.name);
    let path = path_of(name).unwrap_or("/console");
    let start = asked.from_the_start();
    let of_list = saved.iter().filter(|saved| &*saved.key.list == name.name());
    let entry = |saved: &SavedFilter| SavedEntry {
        name: saved.key.name.to_string(),
        to: address(path, &saved.query),
        drop: post(
            visit,
            "/console/filters/drop",
            w.list_drop,
            [Field::Hidden("list", name.name().to_owned()), Field::Hidden("name", saved.key.name.to_string())],
        ),
    };
    let save = post(
        visit,
        "/console/filters",
        w.list_save,
        [
            Field::Hidden("list", name.name().to_owned()),
            Field::Hidden("query", start.query()),
            Field::Text("name", w.list_save_as.to_owned(), String::new(), String::new()),
        ],
    );
    Part::Filters(Box::new(Filters {
        title: w.list_filter.to_owned(),
        is_open: is_filtered,
        form: form(visit, columns, asked, path),
        clear: is_filtered.then(|| (w.list_clear.to_owned(), path.to_owned())),
        periods_title: w.list_period.to_owned(),
        periods: periods(visit, &start, path),
        saved_title: w.list_saved.to_owned(),
        saved: of_list.map(entry).collect(),
        save: is_filtered.then_some(save),
        files_title: w.list_files.to_owned(),
        files: files(name, &start),
    }))
}

/// The part below a list's table.
pub fn below(links: Vec<(String, String)>) -> Vec<Part> {
    if links.is_empty() { Vec::new() } else { vec![Part::Links(links)] }
}

fn post<const N: usize>(visit: &Visit, action: &str, button: &str, fields: [Field; N]) -> Form {
    Form {
        action: action.to_owned(),
        fields: fields.into(),
        button: button.to_owned(),
        tone: Tone::Plain,
        csrf: visit.csrf(),
    }
}

/// The form of the conditions. It changes nothing, and its address can be visited again: it needs no token.
fn form<T: 'static>(visit: &Visit, columns: &Columns<T>, asked: &Asked, path: &str) -> Form {
    let (w, list) = (visit.w(), columns.list);
    let text = |name, label: &str, value: &Option<String>, hint: &str| {
        Field::Text(name, label.to_owned(), value.clone().unwrap_or_default(), hint.to_owned())
    };
    let mut fields = Vec::new();
    let (action, fixed) = path.split_once('?').unwrap_or((path, ""));
    if let Some(("which", value)) = fixed.split_once('=') {
        fields.push(Field::Hidden("which", value.to_owned()));
    }
    fields.push(text("from", w.list_from, &asked.from, DATE));
    fields.push(text("to", w.list_to, &asked.to, DATE));
    fields.extend(choice("state", w.state, list.states, asked.state.as_ref(), w));
    fields.extend(choice("kind", w.kind, list.kinds, asked.kind.as_ref(), w));
    if let Some(kind) = list.owner_kind() {
        fields.push(text("of", owner_label(columns.name, kind, w), &asked.of, ""));
    }
    if list.has_amounts() {
        fields.push(text("least", w.list_least, &asked.least, ""));
        fields.push(text("most", w.list_most, &asked.most, ""));
    }
    if list.has_texts() {
        fields.push(text("text", w.list_text, &asked.text, ""));
    }
    let mut sorts = vec![("newest", w.list_newest), ("oldest", w.list_oldest)];
    if list.has_amounts() {
        sorts.extend([("largest", w.list_largest), ("smallest", w.list_smallest)]);
    }
    let sorts = sorts.into_iter().map(|(name, text)| (name.to_owned(), text.to_owned())).collect();
    let sort = asked.sort.clone().unwrap_or_else(|| "newest".to_owned());
    fields.push(Field::Choice("sort", w.list_sort.to_owned(), sorts, sort));
    Form { action: action.to_owned(), fields, button: w.list_show.to_owned(), tone: Tone::Good, csrf: String::new() }
}

fn choice<T: 'static>(
    name: &'static str,
    label: &str,
    all: &'static [Named<T>],
    chosen: Option<&String>,
    w: &'static Words,
) -> Option<Field> {
    let any = (String::new(), w.list_any.to_owned());
    let named = all.iter().map(|named| (named.name.to_owned(), word(named.name, w).to_owned()));
    let choices: Vec<_> = std::iter::once(any).chain(named).collect();
    (!all.is_empty()).then(|| Field::Choice(name, label.to_owned(), choices, chosen.cloned().unwrap_or_default()))
}

/// What the condition on an owner is called in a list.
pub fn owner_label(list: ListName, kind: OwnerKind, w: &'static Words) -> &'static str {
    match (kind, list) {
        (OwnerKind::Party, _) => w.list_shop,
        (OwnerKind::Mobile, _) => w.receiver,
        (OwnerKind::Name, ListName::Orders) => w.client,
        (OwnerKind::Name, ListName::PhoneOrders) => w.terminal,
        (
            OwnerKind::Name,
            ListName::Invoices
            | ListName::Sms
            | ListName::Webhooks
            | ListName::CardAttempts
            | ListName::Jobs
            | ListName::Audit
            | ListName::Proposals
            | ListName::Parties,
        ) => w.list_author,
    }
}

/// Periods by the service's clock, as links.
fn periods(visit: &Visit, start: &Asked, path: &str) -> Vec<(String, String)> {
    let w = visit.w();
    let Some(today) = Now::at(visit.app().engine.clock().now_ms()).map(|now| now.date) else { return Vec::new() };
    let link = |NamedPeriod { name, from, to }| {
        let asked = Asked { from, to, ..start.clone() };
        (name.to_owned(), address(path, &asked.query()))
    };
    super::periods::periods(today, w).into_iter().map(link).collect()
}

/// The files of a filter. A file has all rows, which can be ordered by time only.
fn files(list: ListName, start: &Asked) -> Vec<(String, String)> {
    let sort = start.sort.clone().filter(|sort| sort == "oldest");
    let query = Asked { sort, ..start.clone() }.query();
    let file = |format: Format| {
        let path = format!("/console/lists/{}/export?format={}", list.name(), format.name());
        (format.name().to_uppercase(), address(&path, &query))
    };
    Format::ALL.into_iter().map(file).collect()
}
