//! POST `/console/filters` and `/console/filters/drop`: an operator's saved filters.

use admin::App;
use admin::lists::{Asked, ListName};
use axum::extract::{Request, State};
use axum::response::Response;
use payments::{DropFilter, Role, SaveFilter, SavedFilterKey, Text};

use super::places::{address, path_of};
use crate::visit::{Visit, has_card};
use edge::form::Query;
use web::go_to;

/// Maximum length of a name, in characters.
const NAME: usize = 40;
/// Filters of an operator at most: more than a person tells apart.
const MOST: usize = 50;
/// Maximum length of a query string, in bytes.
const QUERY: usize = 2_000;

pub async fn save(State(app): State<App>, request: Request) -> Result<Response, Response> {
    let (visit, form) = Visit::submit(app, request, Role::Viewer).await?;
    let (list, path) = list_of(&visit, &form)?;
    let query = form.raw("query").unwrap_or_default();
    let asked = Asked::of_query(|name| value(query, name)).from_the_start();
    let query = asked.query();
    let name = form.raw("name").unwrap_or_default().trim();
    let reader = visit.app().engine.reader();
    let saved = reader.saved_filters(Text::clone(visit.context.by())).await.map_err(|error| visit.unread(error))?;
    let replaces = saved.iter().any(|saved| &*saved.key.list == list.name() && &*saved.key.name == name);
    let is_name = (1..=NAME).contains(&name.chars().count()) && !name.chars().any(char::is_control);
    // A card number is in no address, and so it is in no saved one.
    let is_query = query.len() <= QUERY
        && !query.is_empty()
        && !has_card(&format!("?{query}"))
        && !has_card(&format!("?name={name}"));
    if !is_name || !is_query || (saved.len() >= MOST && !replaces) {
        return Ok(visit.refused(visit.w().list_saved, visit.w().list_not_saved.to_owned(), Vec::new()));
    }
    let save = SaveFilter { key: key(&visit, list, name), query: Text::from(&*query) };
    let Ok(()) = visit.app().engine.run(save).await.map_err(|error| visit.failed(&error))?;
    Ok(go_to(&address(path, &format!("{query}&done=1"))))
}

pub async fn drop_filter(State(app): State<App>, request: Request) -> Result<Response, Response> {
    let (visit, form) = Visit::submit(app, request, Role::Viewer).await?;
    let (list, path) = list_of(&visit, &form)?;
    let drop = DropFilter { key: key(&visit, list, form.raw("name").unwrap_or_default()) };
    let Ok(()) = visit.app().engine.run(drop).await.map_err(|error| visit.failed(&error))?;
    Ok(go_to(&address(path, "done=1")))
}

/// The list that a form names, and the path of its page.
fn list_of(visit: &Visit, form: &Query) -> Result<(ListName, &'static str), Response> {
    let list = form.get("list").and_then(ListName::named);
    list.and_then(|list| Some((list, path_of(list)?))).ok_or_else(|| visit.missing())
}

fn key(visit: &Visit, list: ListName, name: &str) -> SavedFilterKey {
    SavedFilterKey { operator: Text::clone(visit.context.by()), list: Text::from(list.name()), name: Text::from(name) }
}

/// The value of a name in a query string.
fn value(query: &str, name: &str) -> Option<String> {
    let mut pairs = form_urlencoded::parse(query.as_bytes());
    pairs.find(|(known, _)| known == name).map(|(_, value)| value.into_owned())
}
