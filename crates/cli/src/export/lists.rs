//! The lists that can be exported, and how their pages follow each other.

use crate::description::Description;
use reqwest::Method;

/// A list of the operator API.
#[derive(Debug)]
pub struct List {
    /// Its name on the command line.
    pub name: &'static str,
    /// Its path; `{id}` is the place of its parent.
    pub path: &'static str,
    /// How its pages follow each other.
    pub paging: Paging,
    /// The member that numbers its rows.
    pub key: &'static str,
    /// The member with the instant of a row.
    pub instant: Option<&'static str>,
    /// The list whose rows each have a list of this kind.
    pub parent: Option<Parent>,
}

/// How pages follow each other.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Paging {
    /// Oldest first: the next page is behind the last key.
    After,
    /// Newest first: the next page is before the last key.
    Before,
    /// Newest first: the next page leaves out as many rows as there were.
    Offset,
    /// There is only one page.
    Whole,
}

/// The list that a list belongs to.
#[derive(Clone, Copy, Debug)]
pub struct Parent {
    /// The name of the parent's list.
    pub list: &'static str,
    /// Where the parent is named in a call.
    pub place: ParentPlace,
    /// The column that names the parent of a row; `None`: the rows name it themselves.
    pub column: Option<&'static str>,
}

/// Where the parent is named.
#[derive(Clone, Copy, Debug)]
pub enum ParentPlace {
    /// In the path.
    Path,
    /// In this parameter of the query.
    Query(&'static str),
}

/// The list of transfers has no page of its own: a transfer is read by the number that an entry has.
pub const TRANSFERS: &str = "transfers";

const OF_ACCOUNT: Parent = Parent { list: "accounts", place: ParentPlace::Path, column: Some("account") };
const OF_PARTY: Parent = Parent { list: "parties", place: ParentPlace::Path, column: Some("party") };

/// All lists, by name.
pub const LISTS: [List; 26] = [
    list("accounts", "accounts", Paging::After),
    List { key: "kind", ..list("alerts", "alerts", Paging::Whole) },
    at("audit", "audit", Paging::Before, "at"),
    list("cards", "cards", Paging::After),
    list("chains", "chains", Paging::Whole),
    list("clients", "clients", Paging::After),
    at("cycles", "cycles", Paging::Before, "cutoff"),
    list("deposits", "deposits", Paging::After),
    List { key: "seq", parent: Some(OF_ACCOUNT), ..at("entries", "accounts/{id}/entries", Paging::Before, "at") },
    at("invoices", "invoices", Paging::Before, "issuedAt"),
    at("jobs", "jobs", Paging::After, "deadAt"),
    List {
        key: "number",
        parent: Some(Parent { list: "chains", place: ParentPlace::Path, column: Some("chain") }),
        ..at("links", "chains/{id}/links", Paging::After, "at")
    },
    list("operator-tokens", "operator-tokens", Paging::Whole),
    list("operators", "operators", Paging::Whole),
    List {
        parent: Some(Parent { list: "clients", place: ParentPlace::Query("client"), column: None }),
        ..at("orders", "orders", Paging::Offset, "at")
    },
    list("parties", "parties", Paging::After),
    list("payer-cards", "payer-cards", Paging::After),
    at("phone-orders", "phone-orders", Paging::After, "at"),
    at("proposals", "proposals", Paging::Before, "at"),
    at("sms", "sms", Paging::Before, "at"),
    List { key: "sequence", ..list("terminals", "terminals", Paging::After) },
    List { parent: Some(OF_PARTY), ..at("tokens", "parties/{id}/tokens", Paging::Whole, "at") },
    List { key: "seq", parent: Some(OF_ACCOUNT), ..at(TRANSFERS, "accounts/{id}/entries", Paging::Before, "at") },
    List { key: "nid", ..list("users", "users", Paging::After) },
    List { parent: Some(OF_PARTY), ..list("vouchers", "parties/{id}/vouchers", Paging::After) },
    at("webhooks", "webhooks", Paging::Before, "at"),
];

const fn list(name: &'static str, path: &'static str, paging: Paging) -> List {
    List { name, path, paging, key: "id", instant: None, parent: None }
}

const fn at(name: &'static str, path: &'static str, paging: Paging, instant: &'static str) -> List {
    List { instant: Some(instant), ..list(name, path, paging) }
}

impl List {
    /// The path of a page; `parent` is the row that the list belongs to.
    pub fn path_of(&self, parent: &str) -> String {
        format!("/admin/v1/{}", self.path.replace("{id}", parent))
    }

    /// The name of the column with the instant in the Jalali calendar.
    pub fn jalali(&self) -> Option<String> {
        self.instant.map(|instant| format!("{instant}Jalali"))
    }

    /// The columns: the parent, the key, the instant in both calendars, and all others of the description by name.
    pub fn columns(&self, description: &Description) -> Vec<String> {
        let (path, key) = match self.name {
            TRANSFERS => ("transfers/{id}", "id"),
            _ => (self.path, self.key),
        };
        let path = format!("/admin/v1/{path}");
        let described = description.at(&Method::GET, &path).map(|operation| operation.columns).unwrap_or_default();
        let parent = self.parent.filter(|_| self.name != TRANSFERS).and_then(|parent| parent.column);
        let mut columns: Vec<String> = parent.into_iter().chain([key]).map(str::to_owned).collect();
        columns.extend(self.instant.map(str::to_owned));
        columns.extend(self.jalali());
        let others: Vec<String> = described.into_iter().filter(|name| !columns.contains(name)).collect();
        columns.extend(others);
        columns
    }
}
