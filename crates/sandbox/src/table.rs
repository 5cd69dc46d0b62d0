//! Every fault that can be armed, with the services that it can strike; built from the tables that implement the faults.

use std::sync::LazyLock;

use payments::ChargeCode;
use wire::finnotech::errors;
use wire::paystar::codes;
use wire::pod::services;

use super::magic::card_codes;
use super::parse::{FaultForm, Parsed, parse};
#[cfg(test)]
use super::payment_network::{FirstWord, NetworkPlan};
use super::rule::{CALLBACK, LINK, OF_PAGES, OF_SSO, OPERATIONS, Rule, pod_operation};

/// A fault that can be armed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Armable {
    /// The name with which it is armed.
    pub name: String,
    /// The services that it can strike.
    pub operations: Vec<String>,
}

/// Examples of faults whose argument is free text of a fixed form.
const SAMPLES: [&str; 7] = [
    "error:amount is required",
    "error:amount is invalid",
    "error:scope oak:balance:get is not granted",
    "error:Minimum amount is 10000 Rials.",
    "error:Maximum amount is 500000000 Rials.",
    "response_code:FN-BRFH-40001210001",
    "response_code:1",
];

/// The delay that the table tries: any value will do for faults that need `after`.
const AFTER: &str = "PT1S";

fn names() -> impl Iterator<Item = String> {
    let plain = [
        "rail_pending",
        "rail_timeout",
        "card_network_timeout",
        "paystar:busy",
        "paystar:unknown",
        "pod:227",
        "pod:378",
        "pod:999",
        "delay",
        "drop_before",
        "drop_after",
        "timeout_408",
        "second_password_wrong",
        "nested_error",
        "http_429",
        "half_body",
        "connection_reset",
        "callback_lost",
        "callback_duplicate",
        "callback_delay",
        "callback_out_of_order",
    ];
    let codes = ["charge", "charge_inquiry", "valid_card"]
        .into_iter()
        .flat_map(|name| ChargeCode::all().map(move |code| format!("{name}:{}", code.as_str())));
    let errors = errors::all().map(|row| format!("error:{}", row.message));
    let of_paystar = codes::ALL.into_iter().map(|code| format!("paystar:{}", code.number));
    let of_cards = card_codes().map(|code| format!("card:{}", code.number));
    let named = plain.into_iter().chain(SAMPLES).map(str::to_owned);
    named.chain(codes).chain(errors).chain(of_paystar).chain(of_cards)
}

fn operations() -> impl Iterator<Item = String> {
    let of_pod = services::ALL.iter().map(pod_operation);
    let of_people = OF_SSO.into_iter().chain([LINK]).chain(OF_PAGES).chain([CALLBACK]);
    OPERATIONS.into_iter().chain(of_people).map(str::to_owned).chain(of_pod)
}

/// A rule for this fault and service; `None`: the fault never strikes the service.
fn rule(name: &str, operation: &str) -> Option<Box<Rule>> {
    let form = |after: Option<&str>| FaultForm {
        fault: name.to_owned(),
        operation: Some(operation.to_owned()),
        after: after.map(str::to_owned),
        ..FaultForm::default()
    };
    match parse(&form(None)).or_else(|_| parse(&form(Some(AFTER)))) {
        Ok(Parsed::Rule(rule)) => Some(rule),
        _ => None,
    }
}

/// See the module.
pub fn armable() -> &'static [Armable] {
    static ALL: LazyLock<Vec<Armable>> = LazyLock::new(|| {
        let all = names().map(|name| {
            let operations = operations().filter(|operation| rule(&name, operation).is_some()).collect();
            Armable { name, operations }
        });
        all.filter(|fault| !fault.operations.is_empty()).collect()
    });
    &ALL
}

#[cfg(test)]
mod tests {
    use super::super::rule::Effect;
    use super::*;

    #[test]
    fn every_fault_of_the_table_can_be_armed_and_every_effect_is_in_it() {
        let mut effects = Vec::new();
        for Armable { name, operations } in armable() {
            let rule = operations.first().and_then(|operation| rule(name, operation));
            let effect = match rule.unwrap_or_else(|| panic!("{name}")).effect {
                Effect::Network(NetworkPlan { first: FirstWord::Charge(_), .. }) => "network of cards",
                Effect::Network(_) => "network of transfers",
                Effect::Inquiry(_) => "inquiry",
                Effect::Error(_) => "error",
                Effect::Pod(_) => "pod",
                Effect::Probe(_) => "probe",
                Effect::Code(_) => "code",
                Effect::Card(_) => "card",
                Effect::CardNetwork(_) => "network of other banks' cards",
                Effect::Busy => "busy",
                Effect::Unknown => "unknown",
                Effect::Delay(_) => "delay",
                Effect::Drop(_) => "drop",
                Effect::TimeOut => "time-out",
                Effect::SecondPasswordWrong => "second password",
                Effect::NestedError => "nested",
                Effect::ResponseCode(_) => "response code",
                Effect::TooMany => "too many",
                Effect::HalfBody => "half a body",
                Effect::Reset => "reset",
                Effect::Callback(_) => "callback",
            };
            if !effects.contains(&effect) {
                effects.push(effect);
            }
        }
        assert_eq!(effects.len(), 21, "{effects:?}");
        let services = operations().filter(|name| armable().iter().all(|fault| !fault.operations.contains(name)));
        assert_eq!(services.collect::<Vec<_>>(), Vec::<String>::new());
    }
}
