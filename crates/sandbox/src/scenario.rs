//! Named series of faults: what an integration has to survive, in the order in which it happens.
//!
//! Shape: a table. Each step is a fault as an operator would arm it; a scenario arms all of its steps, with the conditions of the request. A step
//! strikes the next call that meets them, and the steps strike one after another.

use serde::Deserialize;
use utoipa::ToSchema;

use super::parse::{FaultForm, Parsed, Wrong, parse};

/// A named series of faults.
#[derive(Clone, Copy, Debug)]
pub struct Scenario {
    /// Its name.
    pub name: &'static str,
    /// The platform whose calls it is about.
    pub dialect: &'static str,
    /// What the caller sees.
    pub outcome: &'static str,
    /// The faults, in the order in which they strike.
    pub steps: &'static [Step],
}

/// One fault of a scenario.
#[derive(Clone, Copy, Debug)]
pub struct Step {
    /// The fault, as it is armed; `{trackId}` is the request's.
    pub fault: &'static str,
    /// The service that it strikes, unless the request names another one; `None`: the fault knows its own.
    pub operation: Option<&'static str>,
    /// Which of the calls that it is for it strikes, from 1.
    pub nth: u64,
    /// How an undecided outcome ends.
    pub then: Option<&'static str>,
    /// When it ends, unless the request says otherwise.
    pub after: Option<&'static str>,
}

/// A step that strikes this service.
const fn at(operation: &'static str, fault: &'static str) -> Step {
    Step { fault, operation: Some(operation), nth: 1, then: None, after: None }
}

/// A fault that knows its own services.
const fn own(fault: &'static str) -> Step {
    Step { fault, operation: None, nth: 1, then: None, after: None }
}

/// All scenarios.
pub const SCENARIOS: [Scenario; 17] = [
    Scenario {
        name: "lost-reply-then-done",
        dialect: "finnotech",
        outcome: "the transfer is done and its reply is lost; transferInquiry says DONE",
        steps: &[at("transferTo", "drop_after")],
    },
    Scenario {
        name: "unknown-then-done",
        dialect: "finnotech",
        outcome: "the transfer is UNKNOWN, and DONE a minute later",
        steps: &[Step { then: Some("done"), after: Some("PT1M"), ..at("transferTo", "rail_timeout") }],
    },
    Scenario {
        name: "unknown-then-failed",
        dialect: "finnotech",
        outcome: "the transfer is UNKNOWN, and FAILED a minute later",
        steps: &[Step { then: Some("failed"), after: Some("PT1M"), ..at("transferTo", "rail_timeout") }],
    },
    Scenario {
        name: "paya-returned",
        dialect: "finnotech",
        outcome: "the settled paya order of `trackId` is returned, and its money comes back",
        steps: &[own("paya_return:{trackId}")],
    },
    Scenario {
        name: "busy-three-times",
        dialect: "finnotech",
        outcome: "three calls are answered 503 `server is busy`, and the fourth goes through",
        steps: &[
            at("transferTo", "error:server is busy"),
            at("transferTo", "error:server is busy"),
            at("transferTo", "error:server is busy"),
        ],
    },
    Scenario {
        name: "slow-then-lost-then-done",
        dialect: "finnotech",
        outcome: "the first call is answered after two seconds, the second is done and its reply is lost",
        steps: &[Step { after: Some("PT2S"), ..at("transferTo", "delay") }, at("transferTo", "connection_reset")],
    },
    Scenario {
        name: "throttled-then-done",
        dialect: "finnotech",
        outcome: "two calls are answered 429 with Retry-After, and the third goes through",
        steps: &[at("transferTo", "http_429"), at("transferTo", "http_429")],
    },
    Scenario {
        name: "wrong-otp-then-right",
        dialect: "paystar",
        outcome: "the first payment is declined with 55, whatever its password, and the second is checked as it is",
        steps: &[at("pay", "paystar:55")],
    },
    Scenario {
        name: "unknown-then-paid",
        dialect: "paystar",
        outcome: "the payment is done and answered as by a server that does not know it; the inquiry says that it is paid",
        steps: &[at("pay", "paystar:unknown")],
    },
    Scenario {
        name: "card-locked",
        dialect: "paystar",
        outcome: "a password is refused with 55, and the next payment with 75: the card is locked",
        steps: &[at("pay", "paystar:55"), Step { nth: 2, ..at("pay", "paystar:75") }],
    },
    Scenario {
        name: "bank-down-then-paid",
        dialect: "paystar",
        outcome: "the first payment is declined with 91, the bank does not answer, and the second is checked as it is",
        steps: &[at("pay", "paystar:91")],
    },
    Scenario {
        name: "declined-then-paid",
        dialect: "pod",
        outcome: "the first payment at `gateway=LOC` is declined with 51, and the second pays",
        steps: &[at("link", "card:51")],
    },
    Scenario {
        name: "callback-lost-then-resent",
        dialect: "pod",
        outcome: "the call to the business is lost, and made again a minute later",
        steps: &[own("callback_lost")],
    },
    Scenario {
        name: "callback-twice",
        dialect: "pod",
        outcome: "the business is called twice about one payment, with the same id",
        steps: &[own("callback_duplicate")],
    },
    Scenario {
        name: "network-silent-then-done",
        dialect: "pod",
        outcome: "the network of another bank's card does not answer: the payer waits, and a minute later the invoice is paid",
        steps: &[Step { then: Some("done"), after: Some("PT1M"), ..own("card_network_timeout") }],
    },
    Scenario {
        name: "answer-lost-then-done",
        dialect: "pod",
        outcome: "the service is done and answered 378; getInvoiceList says what has become of the invoice",
        steps: &[at("payInvoiceByCredit", "pod:378")],
    },
    Scenario {
        name: "token-reply-lost",
        dialect: "sso",
        outcome: "the code is exchanged and the reply is lost: a second exchange of the code is refused",
        steps: &[at("sso/token", "drop_after")],
    },
];

/// A scenario to arm. The conditions hold for each of its steps.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct ScenarioForm {
    /// Its name, as `GET /admin/v1/scenarios` lists it.
    pub scenario: String,
    /// Calls of this service instead of the scenario's: another transfer, or another service of POD.
    pub operation: Option<String>,
    /// Only calls of this client, or through this terminal.
    pub client: Option<String>,
    /// Only calls whose trackId, or order's or invoice's id, begins so.
    pub track_id: Option<String>,
    /// Only calls with this amount, in rials.
    pub amount: Option<i64>,
    /// Only calls with this card.
    pub card: Option<String>,
    /// Only calls with this destination, by its number or its IBAN.
    pub destination: Option<String>,
    /// When an undecided outcome ends, or how long a delay lasts, instead of the scenario's: an ISO 8601 duration.
    pub after: Option<String>,
}

/// What the steps of a scenario ask for, in their order.
///
/// # Errors
/// The first field that cannot be used.
pub fn steps(form: &ScenarioForm) -> Result<Vec<Parsed>, Wrong> {
    let named = SCENARIOS.iter().find(|scenario| scenario.name == form.scenario);
    let names = || SCENARIOS.map(|scenario| scenario.name).join(", ");
    let scenario = named.ok_or_else(|| ("scenario", format!("one of {}", names())))?;
    if form.operation.is_some() && scenario.steps.iter().all(|step| step.operation.is_none()) {
        return Err(("operation", "this scenario has its own".to_owned()));
    }
    if form.after.is_some() && scenario.steps.iter().all(|step| step.after.is_none()) {
        return Err(("after", "nothing of this scenario is late".to_owned()));
    }
    scenario.steps.iter().map(|step| parse(&fault(step, form)?)).collect()
}

fn fault(step: &Step, form: &ScenarioForm) -> Result<FaultForm, Wrong> {
    const TRACK_ID: &str = "{trackId}";
    let text = |text: &str| text.to_owned();
    let mut fault = FaultForm {
        fault: text(step.fault),
        operation: step.operation.map(|given| form.operation.clone().unwrap_or_else(|| text(given))),
        client: form.client.clone(),
        track_id: form.track_id.clone(),
        amount: form.amount,
        card: form.card.clone(),
        destination: form.destination.clone(),
        nth: Some(step.nth),
        then: step.then.map(text),
        after: step.after.map(|given| form.after.clone().unwrap_or_else(|| text(given))),
        ..FaultForm::default()
    };
    if step.fault.contains(TRACK_ID) {
        let track_id = fault.track_id.take().ok_or_else(|| ("trackId", "which order".to_owned()))?;
        fault.fault = step.fault.replace(TRACK_ID, &track_id);
    }
    Ok(fault)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test ends where something is not as it should be")]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_scenario_can_be_armed_and_has_a_name_of_its_own() {
        let mut names = BTreeSet::new();
        for scenario in SCENARIOS {
            let form = ScenarioForm {
                scenario: scenario.name.to_owned(),
                track_id: Some("t-1".to_owned()),
                ..ScenarioForm::default()
            };
            let armed = steps(&form).unwrap_or_else(|wrong| panic!("{}: {wrong:?}", scenario.name));
            assert_eq!(armed.len(), scenario.steps.len());
            assert!(names.insert(scenario.name), "{}", scenario.name);
        }
        let dialects: BTreeSet<&str> = SCENARIOS.iter().map(|scenario| scenario.dialect).collect();
        assert_eq!(dialects.into_iter().collect::<Vec<_>>(), ["finnotech", "paystar", "pod", "sso"]);
    }

    #[test]
    fn a_scenario_takes_another_service_and_another_time_and_refuses_what_it_cannot_use() {
        let of = |name: &str| ScenarioForm { scenario: name.to_owned(), ..ScenarioForm::default() };
        let text = |text: &str| Some(text.to_owned());
        let form = ScenarioForm { operation: text("payaTransfer"), after: text("PT1H"), ..of("unknown-then-failed") };
        let Parsed::Rule(rule) = steps(&form).unwrap().remove(0) else { panic!("a rule") };
        assert_eq!((rule.matches.operation, rule.after), (text("payaTransfer"), text("PT1H")));
        for (form, field) in [
            (of("no such scenario"), "scenario"),
            (of("paya-returned"), "trackId"),
            (ScenarioForm { operation: text("balance"), ..of("unknown-then-failed") }, "operation"),
            (ScenarioForm { operation: text("link"), ..of("callback-twice") }, "operation"),
            (ScenarioForm { after: text("PT1H"), ..of("busy-three-times") }, "after"),
            (ScenarioForm { amount: Some(0), ..of("busy-three-times") }, "amount"),
        ] {
            assert_eq!(steps(&form).unwrap_err().0, field, "{form:?}");
        }
    }
}
