//! The fault that a call brings with it, in a header of its own: `Daric-Fault: rail_timeout; then=done; after=PT1H`.
//!
//! Shape: the call's task carries the rule, beside those of the table and before them. It strikes this call only, and at most once.
//! Absent: conditions and counts, since the call is the one that is meant.

use std::cell::Cell;

use axum::http::{HeaderMap, HeaderName, StatusCode};
use axum::response::{IntoResponse, Response};
use edge::head;
use edge::refused::Refused;
use edge::struck::{Struck, StruckBy};

use super::parse::{FaultForm, Parsed, parse};
use super::rule::{Effect, Facts, Part, Rule, StrikePoint};

/// The header.
pub const HEADER: HeaderName = HeaderName::from_static("daric-fault");
/// As refusals name it.
const NAME: &str = "Daric-Fault";

/// The rule that a call brings.
struct Own {
    rule: Rule,
    has_struck: Cell<bool>,
}

tokio::task_local! {
    static OWN: Own;
}

/// Whether a call brings a fault.
pub fn is_brought(headers: &HeaderMap) -> bool {
    headers.contains_key(&HEADER)
}

/// The rule in the header of a call of this service; `None`: it cannot be read, or never strikes the service.
pub(super) fn read(headers: &HeaderMap, operation: &str) -> Option<Rule> {
    let mut values = headers.get_all(&HEADER).into_iter();
    let (value, None) = (head::text(values.next()?)?, values.next()) else { return None };
    let mut parts = value.split(';').map(str::trim);
    let fault = parts.next().filter(|fault| !fault.is_empty())?;
    let mut form = FaultForm { fault: fault.to_owned(), operation: Some(operation.to_owned()), ..FaultForm::default() };
    for part in parts {
        let (name, value) = part.split_once('=')?;
        let (name, value) = (name.trim(), value.trim());
        let text = || Some(value.to_owned());
        let is_new = match name {
            "then" => std::mem::replace(&mut form.then, text()).is_none(),
            "after" => std::mem::replace(&mut form.after, text()).is_none(),
            "distribution" => std::mem::replace(&mut form.distribution, text()).is_none(),
            "seed" => form.seed.replace(value.parse().ok()?).is_none(),
            _ => false,
        };
        is_new.then_some(())?;
    }
    match parse(&form) {
        Ok(Parsed::Rule(rule)) => Some(*rule),
        Ok(Parsed::Resolve(..) | Parsed::Return(..)) | Err(_) => None,
    }
}

/// The reply to a call whose header cannot be read; the edge words it as the call's dialect does.
pub(super) fn refused() -> Response {
    let mut response = StatusCode::BAD_REQUEST.into_response();
    response.extensions_mut().insert(Refused::Field(NAME.to_owned()));
    response
}

/// The result of a call's work, which this rule strikes.
pub(super) async fn bringing<T>(rule: Rule, work: impl Future<Output = T>) -> T {
    OWN.scope(Own { rule, has_struck: Cell::new(false) }, work).await
}

/// Whether the task's call brings a fault.
pub(super) fn is_carried() -> bool {
    OWN.try_with(|_| ()).is_ok()
}

/// What strikes this part of the task's call, if it has brought that.
pub(super) fn struck((point, part): (StrikePoint, Part), facts: &Facts) -> Option<(Effect, Struck)> {
    let struck = OWN.try_with(|own| {
        let mut rule = own.rule.clone();
        let strikes = !own.has_struck.get() && rule.look((point, part), facts).strikes();
        own.has_struck.set(own.has_struck.get() || strikes);
        strikes.then(|| (rule.drawn(), Struck::named(StruckBy::Fault, rule.name.clone())))
    });
    struck.ok().flatten()
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test ends where something is not as it should be")]
mod tests {
    use super::*;

    #[test]
    fn a_header_is_read_as_a_rule_of_its_call_and_anything_else_is_none() {
        let read = |values: &[&str]| {
            let values = values.iter().map(|value| (HEADER, value.parse().unwrap()));
            super::read(&HeaderMap::from_iter(values), "transferTo")
        };
        for good in
            ["rail_timeout", "rail_timeout; then=done; after=PT1H", "delay;after=PT0.1S..PT1S ; seed=7", "http_429"]
        {
            assert!(read(&[good]).is_some(), "{good}");
        }
        for wrong in [
            "",
            ";",
            "no such fault",
            "rail_timeout; nth=2",
            "rail_timeout; then",
            "rail_timeout; then=done; then=done",
            "delay",
            "paystar:51",
            "callback_lost",
            "resolve:t-1:done",
            "delay; after=PT1S; seed=x",
        ] {
            assert!(read(&[wrong]).is_none(), "{wrong}");
        }
        assert!(read(&[]).is_none() && read(&["http_429", "http_429"]).is_none());
    }

    #[tokio::test]
    async fn the_fault_of_a_call_strikes_it_once_and_no_other() {
        let headers = HeaderMap::from_iter([(HEADER, "http_429".parse().unwrap())]);
        let rule = super::read(&headers, "balance").unwrap();
        let facts = Facts { operation: "balance".to_owned(), ..Facts::default() };
        let looks =
            async { [(); 2].map(|()| struck((StrikePoint::Call, Part::Whole), &facts).map(|(effect, _)| effect)) };
        assert_eq!(bringing(rule, looks).await, [Some(Effect::TooMany), None]);
        assert!(struck((StrikePoint::Call, Part::Whole), &facts).is_none() && !is_carried());
    }
}
