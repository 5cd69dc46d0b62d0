//! The lists of `/openapi.json`, and calls for their pages.

use serde_json::Value;

use super::client::{Call, Reply};
use super::operations::{Operation, operations};

/// Parameters for the number of rows of a page.
const SIZES: [&str; 3] = ["size", "limit", "length"];
/// Parameters for the beginning of a page.
const PLACES: [&str; 3] = ["before", "after", "offset"];

/// A list of the document, and its parameter for the number of rows.
pub struct List {
    pub operation: Operation,
    pub size: &'static str,
    is_form: bool,
    /// The query parameter for the beginning of a page, if it has one.
    pub place: Option<&'static str>,
}

pub fn lists(document: &Value) -> Vec<List> {
    let lists = operations(document).into_iter().filter_map(|operation| {
        let in_query = |name: &&str| {
            let parameters = operation.described["parameters"].as_array();
            parameters.is_some_and(|all| all.iter().any(|one| one["name"] == **name && one["in"] == "query"))
        };
        let form = &operation.described["requestBody"]["content"]["application/x-www-form-urlencoded"]["schema"];
        let form = form["$ref"].as_str().and_then(|name| name.rsplit('/').next()).unwrap_or_default();
        let form = &document["components"]["schemas"][form]["properties"];
        let in_form = |name: &&str| form.get(*name).is_some();
        // An operation that redirects is no list: its `limit` is an amount of money.
        let has_rows = operation.described["responses"]["302"].is_null();
        let size = SIZES.into_iter().find(in_query);
        let (size, is_form) =
            size.map(|size| (size, false)).or(SIZES.into_iter().find(in_form).map(|size| (size, true)))?;
        let place = PLACES.into_iter().find(in_query);
        has_rows.then_some(List { operation, size, is_form, place })
    });
    lists.collect()
}

impl List {
    /// Whether a page begins after a number of rows; otherwise it begins after a named row.
    pub fn is_counted(&self) -> bool {
        self.is_form || self.place == Some("offset")
    }

    /// The same call for this number of rows, or for the default number.
    pub fn asks(&self, call: &Call, rows: Option<usize>) -> Call {
        self.asks_behind(call, rows, "0")
    }

    /// The same for the rows after a place: a number of rows, or the last row of the page before. An empty place is the beginning.
    pub fn asks_behind(&self, call: &Call, rows: Option<usize>, place: &str) -> Call {
        let mut call = call.clone();
        let rows = rows.map(|rows| rows.to_string());
        if self.is_form {
            let size = rows.map_or_else(String::new, |rows| format!("&{}={rows}", self.size));
            let kind = "application/x-www-form-urlencoded";
            return call.header("content-type", kind).body(format!("offset={place}&guildCode=API_GUILD{size}"));
        }
        if let Some(name) = self.place.filter(|_| place != "0") {
            call = call.query(name, place);
        }
        if let Some(rows) = rows {
            call = call.query(self.size, &rows);
        }
        match &*self.operation.path {
            "/admin/v1/orders" => call.query("client", "drops"),
            _ => call,
        }
    }
}

/// The rows of a reply that is a list.
pub fn rows(reply: &Reply) -> Vec<Value> {
    let mut body = reply.json().unwrap();
    let found = ["", "/result", "/result/transactions", "/result/wages"].into_iter().find_map(|at| {
        match body.pointer_mut(at) {
            Some(Value::Array(rows)) => Some(std::mem::take(rows)),
            _ => None,
        }
    });
    found.unwrap_or_else(|| panic!("no rows: {reply}"))
}
