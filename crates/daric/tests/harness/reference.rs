//! The pages of services, generated from the server's own description (`/openapi.json`), the golden cases and the tables of codes.
//!
//! A section is an operation: path, credentials, fields, a request of a golden case with its reply, the fields of the reply, and the refusals of other
//! cases. A page of a platform describes once what every reply has, and the objects that several replies have.

mod cases;
mod fields;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use cases::{Case, cases};
pub use fields::{Field, Schemas};
use fields::{named, successes};

/// The number of refusals that a section lists.
const REFUSALS: usize = 60;

/// A generated page: its name, and the tags of its operations.
pub const PAGES: [(&str, &[&str]); 5] = [
    ("finnotech", &["finnotech"]),
    ("paystar", &["paystar"]),
    ("pod", &["pod"]),
    ("log-in", &["oauth"]),
    ("operator-api", &["operators", "server"]),
];

/// The schemas of refusals on the pages of platforms. The fields that they share with other replies are those of every reply.
const REFUSED: [(&str, &str); 3] =
    [("finnotech", "FinnotechFailure"), ("paystar", "PaystarRefusal"), ("pod", "PodFailure")];

/// The tables of codes at the end of a page: page, heading, file, and the columns that are printed.
const CODES: [(&str, &str, &str, &[&str]); 4] = [
    (
        "finnotech",
        "All messages of refusals",
        include_str!("../data/finnotech_errors.csv"),
        &["http", "code", "message", "response_code"],
    ),
    (
        "finnotech",
        "All codes of card charges",
        include_str!("../data/finnotech_charge_codes.csv"),
        &["code", "class", "fa_text", "en_text"],
    ),
    ("paystar", "All codes", include_str!("../data/paystar_codes.csv"), &["code", "fa_text", "en_text"]),
    ("pod", "All messages of refusals", include_str!("../data/pod_errors.csv"), &["code", "name", "fa_message"]),
];

/// The generated part of a page.
pub fn page(document: &Value, name: &str, tags: &[&str]) -> String {
    let cases = cases();
    let mut operations = Vec::new();
    for (path, methods) in document["paths"].as_object().unwrap() {
        for (method, operation) in methods.as_object().unwrap() {
            if operation["tags"][0].as_str().is_some_and(|tag| tags.contains(&tag)) {
                operations.push((method.as_str(), path.as_str(), operation));
            }
        }
    }
    let refused = REFUSED.iter().find(|(page, _)| *page == name).map(|(_, schema)| *schema);
    let described: Vec<&Value> = operations.iter().map(|(.., operation)| *operation).collect();
    let common = refused.map_or_else(Map::new, |schema| common(document, schema, &described));
    let shared = if refused.is_some() { shared(document, &described, &common) } else { BTreeSet::new() };
    let schemas = Schemas { document, shared };
    let mut text = every_reply(&schemas, &common);
    for (method, path, operation) in operations {
        let own: Vec<&Case> = cases.iter().filter(|case| case.is_for(method, path)).collect();
        text.push_str(&section(&schemas, (method, path), operation, (&own, &common)));
    }
    text.push_str(&objects(&schemas));
    for (_, heading, file, columns) in CODES.iter().filter(|(page, ..)| *page == name) {
        text.push_str(&codes(heading, file, columns));
    }
    text
}

/// The fields of a schema of refusals that other replies of these operations have, too.
fn common(document: &Value, refused: &str, operations: &[&Value]) -> Map<String, Value> {
    let schemas = Schemas { document, shared: BTreeSet::new() };
    let replies: Vec<&Value> =
        operations.iter().flat_map(|one| successes(one)).map(|(_, schema)| schemas.resolved(schema)).collect();
    let is_in_others = |name: &str, field: &Value| replies.iter().any(|reply| reply["properties"][name] == *field);
    let fields = document["components"]["schemas"][refused]["properties"].as_object().unwrap();
    let fields = fields.iter().filter(|(name, field)| is_in_others(name, field));
    fields.map(|(name, field)| (name.clone(), field.clone())).collect()
}

/// The names of the objects that replies have at several places, beside the fields of every reply.
fn shared(document: &Value, operations: &[&Value], common: &Map<String, Value>) -> BTreeSet<String> {
    let schemas = Schemas { document, shared: BTreeSet::new() };
    let mut places: BTreeMap<&str, usize> = BTreeMap::new();
    for (_, schema) in operations.iter().flat_map(|one| successes(one)) {
        let fields = schemas.resolved(schema)["properties"].as_object().into_iter().flatten();
        for (_, field) in fields.filter(|(name, field)| common.get(*name) != Some(*field)) {
            if let Some(name) = named(field).or_else(|| named(&field["items"])) {
                *places.entry(name).or_default() += 1;
            }
        }
    }
    places.into_iter().filter(|(_, places)| *places > 1).map(|(name, _)| name.to_owned()).collect()
}

/// The section of what every reply has; nothing on a page where replies have nothing in common.
fn every_reply(schemas: &Schemas<'_>, common: &Map<String, Value>) -> String {
    if common.is_empty() {
        return String::new();
    }
    let rows = schemas.of_object(&json!({"properties": common}));
    let rows: String = rows.iter().map(Field::row_of_every_reply).collect();
    format!("\n## Every reply\n\n| field | type | |\n|---|---|---|\n{rows}")
}

/// The section of the objects that the page describes once.
fn objects(schemas: &Schemas<'_>) -> String {
    let mut text = String::new();
    for name in &schemas.shared {
        if text.is_empty() {
            text.push_str("\n## Objects in replies\n");
        }
        let schema = &schemas.document["components"]["schemas"][name];
        let rows: String = schemas.of_object(schema).iter().map(Field::row_of_object).collect();
        let said = cell(schema["description"].as_str().unwrap_or_default());
        text.push_str(&format!("\n### {name}\n\n{said}\n\n| field | type | always | |\n|---|---|---|---|\n{rows}"));
    }
    text
}

fn section(
    schemas: &Schemas<'_>,
    (method, path): (&str, &str),
    operation: &Value,
    (cases, common): (&[&Case], &Map<String, Value>),
) -> String {
    let said = |key: &str| operation[key].as_str().unwrap_or_default().trim().to_owned();
    let mut text = format!("\n## {}\n\n", said("operationId"));
    for words in [said("summary"), said("description")].iter().filter(|words| !words.is_empty()) {
        text.push_str(&format!("{words}\n\n"));
    }
    text.push_str(&format!("`{} {path}`{}\n", method.to_uppercase(), credentials(operation)));
    let sent: String = schemas.of_request(operation).iter().map(Field::row).collect();
    if !sent.is_empty() {
        text.push_str(&format!("\n| field | in | type | required | |\n|---|---|---|---|---|\n{sent}"));
    }
    if let Some(case) = cases.iter().find(|case| !case.refuses() && case.has_reply()) {
        text.push_str(&format!("\n```sh\n{}\n```\n```json\n{}\n```\n", case.curl(), case.reply()));
    }
    let back: String = schemas.of_reply(operation, common).iter().map(Field::row).collect();
    if !back.is_empty() {
        text.push_str(&format!("\n| field of the reply | status | type | always | |\n|---|---|---|---|---|\n{back}"));
    }
    let refusals: String =
        cases.iter().filter(|case| case.refuses()).take(REFUSALS).map(|case| case.refusal()).collect();
    if !refusals.is_empty() {
        text.push_str(&format!("\n| tested refusal | HTTP | code | message |\n|---|---|---|---|\n{refusals}"));
    }
    text
}

/// The credentials of an operation, in words.
fn credentials(operation: &Value) -> String {
    let schemes = operation["security"].as_array().into_iter().flatten().filter_map(Value::as_object);
    let names: Vec<String> = schemes.flat_map(|scheme| scheme.keys()).map(|name| format!("`{name}`")).collect();
    if names.is_empty() { String::new() } else { format!(", credentials: {}", names.join(" or ")) }
}

fn codes(heading: &str, file: &str, columns: &[&str]) -> String {
    let mut reader = csv::Reader::from_reader(file.as_bytes());
    let headers = reader.headers().unwrap().clone();
    let place = |column: &&str| headers.iter().position(|header| header == *column).unwrap();
    let places: Vec<usize> = columns.iter().map(place).collect();
    let mut text = format!("\n## {heading}\n\n| {} |\n|{}\n", columns.join(" | "), "---|".repeat(columns.len()));
    let mut before = String::new();
    for row in reader.records().map(Result::unwrap) {
        let cells: Vec<String> = places.iter().map(|place| cell(&row[*place])).collect();
        let line = format!("| {} |\n", cells.join(" | "));
        // Rows that differ only in columns that are not printed.
        if line != before {
            text.push_str(&line);
        }
        before = line;
    }
    text
}

/// A text in a cell of a table. What is not code has no tags.
fn cell(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ").replace('|', "\\|");
    if line.contains('`') { line } else { line.replace('<', "&lt;") }
}
