//! The pages of services, generated from the server's own description (`/openapi.json`), the golden cases and the tables of codes.
//!
//! A section is an operation: path, credentials, fields, a request of a golden case with its reply, and the refusals of other cases. An operation
//! without a case has a table of the fields of its reply.

mod cases;
mod fields;

use serde_json::Value;

use cases::{Case, cases};

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
    let mut text = String::new();
    for (path, methods) in document["paths"].as_object().unwrap() {
        for (method, operation) in methods.as_object().unwrap() {
            let is_here = operation["tags"][0].as_str().is_some_and(|tag| tags.contains(&tag));
            if is_here {
                let own: Vec<&Case> = cases.iter().filter(|case| case.is_for(method, path)).collect();
                text.push_str(&section(document, (method.as_str(), path.as_str()), operation, &own));
            }
        }
    }
    for (_, heading, file, columns) in CODES.iter().filter(|(page, ..)| *page == name) {
        text.push_str(&codes(heading, file, columns));
    }
    text
}

fn section(document: &Value, (method, path): (&str, &str), operation: &Value, cases: &[&Case]) -> String {
    let said = |key: &str| operation[key].as_str().unwrap_or_default().trim().to_owned();
    let mut text = format!("\n## {}\n\n", said("operationId"));
    for words in [said("summary"), said("description")].iter().filter(|words| !words.is_empty()) {
        text.push_str(&format!("{words}\n\n"));
    }
    text.push_str(&format!("`{} {path}`{}\n", method.to_uppercase(), credentials(operation)));
    let sent: String = fields::of_request(document, operation).iter().map(fields::Field::row).collect();
    if !sent.is_empty() {
        text.push_str(&format!("\n| field | in | type | required | |\n|---|---|---|---|---|\n{sent}"));
    }
    match cases.iter().find(|case| !case.refuses() && case.has_reply()) {
        Some(case) => text.push_str(&format!("\n```sh\n{}\n```\n```json\n{}\n```\n", case.curl(), case.reply())),
        None => {
            let back: String = fields::of_reply(document, operation).iter().map(fields::Field::row).collect();
            if !back.is_empty() {
                text.push_str(&format!(
                    "\n| field of the reply | status | type | always | |\n|---|---|---|---|---|\n{back}"
                ));
            }
        }
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
