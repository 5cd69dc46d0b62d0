//! POD's tables of services and errors are those of the document (pod.md 1.1, 1.8).
#![allow(clippy::unwrap_used, reason = "a test ends where something is not as it should be")]

use wire::pod::errors::{self, Failure};
use wire::pod::services::{self, Callers};

const ERRORS: &str = include_str!("data/pod_errors.csv");
const SERVICES: &str = include_str!("data/pod_services.csv");

fn rows(text: &'static str) -> impl Iterator<Item = csv::StringRecord> {
    csv::Reader::from_reader(text.as_bytes()).into_records().map(Result::unwrap)
}

#[test]
fn every_error_has_its_code_and_its_text_byte_for_byte_and_there_is_no_other() {
    let listed: Vec<Failure> =
        rows(ERRORS).map(|row| Failure { code: row[0].parse().unwrap(), message: row[2].to_owned().into() }).collect();
    let with_places = [errors::missing("{param}"), errors::invalid("{param}")];
    let known: Vec<&Failure> = errors::ALL.iter().chain(&with_places).collect();
    for failure in &listed {
        assert!(known.contains(&failure), "{failure:?} is missing");
    }
    for failure in &known {
        assert!(listed.contains(failure), "{failure:?} is in no document");
    }
    assert_eq!(known.len(), listed.len());
}

#[test]
fn every_service_has_its_ids_its_path_and_its_callers() {
    let number = |text: &str| text.parse::<u32>().unwrap_or(0);
    let mut count = 0;
    for row in rows(SERVICES) {
        let ids = [number(&row[0]), number(&row[1])];
        let known = services::ALL.iter().find(|known| known.ids == ids && known.path == &row[3]);
        let known = known.unwrap_or_else(|| panic!("{row:?} is missing"));
        // Closing and canceling accept a user's token, too: whether the invoice is a safe one is checked later.
        let callers = if &row[4] == "business" { Callers::Business } else { Callers::Any };
        assert_eq!(known.callers, callers, "{row:?}");
        for id in ids.into_iter().filter(|id| *id > 0) {
            assert_eq!(services::numbered(id), Some(known));
        }
        count += 1;
    }
    assert_eq!(count, services::ALL.len());
}
