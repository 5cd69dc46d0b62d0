//! A rule as the operator writes it.

use std::time::Duration;

use jiff::Span;
use payments::{ChargeClass, ChargeCode, Resolution, Route};
use serde::Deserialize;
use utoipa::ToSchema;
use wire::finnotech::errors;
use wire::paystar::codes;

use super::card_network::CardPlan;
use super::delay::{Delay, Distribution};
use super::magic::declines;
use super::payment_network::{DeferredOutcome, FirstWord, NetworkPlan};
use super::rule::{CallbackFault, Effect, Matches, PodFault, Rule, TRANSFERS, Times, When};
use ::codes::finnotech::refusal_of;
use ::codes::paystar::is_checked_by;

/// Characters of a responseCode at most.
const RESPONSE_CODE: usize = 40;
/// The longest delay: what a client may wait for before it gives up.
const DELAY: Duration = Duration::from_secs(120);
/// The longest delay of a call to a business: as long as such calls are tried.
const LATE: Duration = Duration::from_secs(24 * 3_600);

/// A fault. Without conditions it strikes the next call that it can strike, once.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct FaultForm {
    /// `http_429`, `half_body`, `connection_reset`, `callback_lost`, `callback_duplicate`, `callback_delay`, `callback_out_of_order`,
    /// `rail_pending`, `rail_timeout`, `charge:<code>`, `charge_inquiry:<G code>`, `valid_card:<F code>`,
    /// `error:<message>`, `paystar:<code>`, `paystar:busy`, `paystar:unknown`, `pod:227`, `pod:378`, `pod:999`, `card:<code>`, `card_network_timeout`, `delay`, `drop_before`, `drop_after`, `timeout_408`, `second_password_wrong`, `nested_error`,
    /// `response_code:<code>`; or, done at once, `resolve:<trackId>:done`, `resolve:<trackId>:failed`,
    /// `paya_return:<trackId>`, `satna_return:<trackId>`.
    pub fault: String,
    /// Only calls of this service: the last part of its path, like `transferTo`.
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
    /// Strikes the nth such call, from 1; left out: the first.
    #[schema(minimum = 1)]
    pub nth: Option<u64>,
    /// Strikes every such call, from the nth on.
    #[serde(default)]
    pub always: bool,
    /// Of an undecided outcome: what is true from the acceptance on, `done` or `failed`. It is known once `after` has passed; of a transfer, and of
    /// `card_network_timeout`, it may be left out: then the network never says so. Without `then` it stays undecided until it is resolved, and no cycle takes it along.
    pub then: Option<String>,
    /// When `then` comes, how long `delay` lasts, or how much later a call to a business is made: an ISO 8601 duration like `PT90S`. Of `delay` also
    /// a range: `PT0.1S..PT2S`.
    pub after: Option<String>,
    /// How the lengths of a delay are distributed in its range: `uniform` (where it is left out) or `exponential`.
    pub distribution: Option<String>,
    /// Of a delay's range: with the same seed the nth call always waits as long. Left out: a random one, which the reply has.
    #[schema(minimum = 0)]
    pub seed: Option<i64>,
    /// Why money comes back, of `paya_return` and `satna_return`.
    pub reason: Option<String>,
}

/// What a form asks for.
#[derive(Clone, Debug)]
pub enum Parsed {
    /// A rule for calls to come.
    Rule(Box<Rule>),
    /// An undecided order is decided now.
    Resolve(String, Resolution),
    /// The money of an order by this network comes back now, for this reason.
    Return(Route, String, String),
}

/// What is wrong with a form: the field, and what would do.
pub type Wrong = (&'static str, String);

const FAULTS: &str = "one of http_429, half_body, connection_reset, callback_lost, callback_duplicate, callback_delay, callback_out_of_order, rail_pending, rail_timeout, charge:<code>, charge_inquiry:<G code>, valid_card:<F code>, \
                      error:<message>, paystar:<code>, paystar:busy, paystar:unknown, pod:227, pod:378, pod:999, card:<code>, card_network_timeout, delay, drop_before, drop_after, timeout_408, second_password_wrong, nested_error, response_code:<code>, resolve:<trackId>:done, resolve:<trackId>:failed, \
                      paya_return:<trackId> or satna_return:<trackId>";
const RETURNED: &str = "حساب مقصد نامعتبر است";

/// Reads a form.
///
/// # Errors
/// The first field that cannot be used.
pub fn parse(form: &FaultForm) -> Result<Parsed, Wrong> {
    let (name, argument) = form.fault.split_once(':').unwrap_or((&form.fault, ""));
    let then = then(form)?;
    let network = |first| Effect::Network(NetworkPlan { first, then });
    let effect = match (name, argument) {
        ("resolve", argument) => {
            let (track_id, resolution) = argument.rsplit_once(':').ok_or_else(|| ("fault", FAULTS.to_owned()))?;
            return Ok(Parsed::Resolve(track_id.to_owned(), self::resolution("fault", resolution)?));
        }
        ("paya_return" | "satna_return", track_id) if !track_id.is_empty() => {
            let route = if name == "paya_return" { Route::Paya } else { Route::Satna };
            let reason = form.reason.clone().unwrap_or_else(|| RETURNED.to_owned());
            return Ok(Parsed::Return(route, track_id.to_owned(), reason));
        }
        ("rail_pending", "") => network(FirstWord::Pending),
        ("rail_timeout", "") => network(FirstWord::Unknown),
        ("card_network_timeout", "") => Effect::CardNetwork(CardPlan { then }),
        ("charge", code) => network(FirstWord::Charge(
            ChargeCode::of_charges(code).ok_or_else(|| ("fault", "charge: a code of charges, as A106".to_owned()))?,
        )),
        ("charge_inquiry", code) => {
            let code = ChargeCode::named(code).filter(|code| code.as_str().starts_with('G'));
            Effect::Inquiry(code.ok_or_else(|| ("fault", "charge_inquiry: one of G100 to G104".to_owned()))?)
        }
        ("valid_card", code) => {
            let code = ChargeCode::named(code)
                .filter(|code| code.as_str().starts_with('F') && *code != ChargeCode::CARD_FOUND);
            Effect::Inquiry(code.ok_or_else(|| ("fault", "valid_card: one of F101, F102, F103, F123".to_owned()))?)
        }
        ("error", message) => {
            let named = errors::named(message);
            let named = named.ok_or_else(|| ("fault", "error: a message of the error table".to_owned()))?;
            let transfer = form.operation.as_deref().is_none_or(|operation| TRANSFERS.contains(&operation));
            // What the ledger would say of an order is said of an order: it is written, refused.
            match refusal_of(&named).filter(|_| transfer) {
                Some(refusal) => network(FirstWord::Refused(refusal)),
                None => Effect::Error(named.failure()),
            }
        }
        ("pod", "227") => Effect::Pod(PodFault::TimeOut),
        ("pod", "378") => Effect::Pod(PodFault::NotDelivered),
        ("pod", "999") => Effect::Pod(PodFault::Internal),
        ("card", code) => {
            let why = declines(code);
            Effect::Card(why.ok_or_else(|| ("fault", "card: a code with which cards are declined, as 51".to_owned()))?)
        }
        ("paystar", "busy") => Effect::Busy,
        ("paystar", "unknown") => Effect::Unknown,
        ("paystar", code) => {
            let number = code.parse::<u8>().ok().filter(|number| number.to_string() == code);
            let code = number.and_then(codes::numbered);
            let code = code.ok_or_else(|| ("fault", "paystar: a code of its table, as 91".to_owned()))?;
            if is_checked_by("pay", code) { Effect::Probe(code) } else { Effect::Code(code) }
        }
        ("delay", "") => Effect::Delay(delay(form)?),
        ("http_429", "") => Effect::TooMany,
        ("half_body", "") => Effect::HalfBody,
        ("connection_reset", "") => Effect::Reset,
        ("callback_lost", "") => Effect::Callback(CallbackFault::Lost),
        ("callback_duplicate", "") => Effect::Callback(CallbackFault::Twice),
        ("callback_out_of_order", "") => Effect::Callback(CallbackFault::AfterTheNext),
        ("callback_delay", "") => {
            let after = form.after.as_deref().ok_or_else(|| ("after", "how much later, as PT10M".to_owned()))?;
            let late = duration(after)?;
            if late > LATE {
                return Err(("after", "at most P1D".to_owned()));
            }
            Effect::Callback(CallbackFault::Late(i64::try_from(late.as_millis()).unwrap_or(i64::MAX)))
        }
        ("drop_before", "") => Effect::Drop(When::Before),
        ("drop_after", "") => Effect::Drop(When::After),
        ("timeout_408", "") => Effect::TimeOut,
        ("second_password_wrong", "") => Effect::SecondPasswordWrong,
        ("nested_error", "") => Effect::NestedError,
        ("response_code", code) => {
            let shaped = (1..=RESPONSE_CODE).contains(&code.len())
                && code.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
            if !shaped {
                return Err(("fault", "response_code: letters, digits and hyphens, as FN-BRFH-40001210001".to_owned()));
            }
            Effect::ResponseCode(code.to_owned())
        }
        _ => return Err(("fault", FAULTS.to_owned())),
    };
    let nth = form.nth.unwrap_or(1);
    if nth == 0 {
        return Err(("nth", "1 or more".to_owned()));
    }
    let undecided = match &effect {
        Effect::Network(plan) => match plan.first {
            FirstWord::Pending | FirstWord::Unknown => true,
            FirstWord::Charge(code) => code.class() == ChargeClass::Unknown,
            FirstWord::Refused(_) => false,
        },
        Effect::CardNetwork(_) => true,
        _ => false,
    };
    if form.then.is_some() && !undecided {
        return Err(("then", "only of an undecided outcome".to_owned()));
    }
    if form.then.is_some()
        && form.after.is_none()
        && matches!(effect, Effect::Network(NetworkPlan { first: FirstWord::Charge(_), .. }))
    {
        return Err(("after", "when it is decided, as PT90S".to_owned()));
    }
    let is_delay = matches!(effect, Effect::Delay(_));
    let is_late = matches!(effect, Effect::Callback(CallbackFault::Late(_)));
    if form.after.is_some() && form.then.is_none() && !is_delay && !is_late {
        return Err(("after", "only with `then`, or of a delay".to_owned()));
    }
    let of_range = [("distribution", form.distribution.is_some()), ("seed", form.seed.is_some())];
    if let Some((field, _)) = of_range.into_iter().find(|(_, is_given)| *is_given && !is_delay) {
        return Err((field, "only of a delay".to_owned()));
    }
    if form.reason.is_some() {
        return Err(("reason", "only of paya_return and satna_return".to_owned()));
    }
    let matches = Matches {
        operation: form.operation.clone(),
        client: form.client.clone(),
        track_id: form.track_id.clone(),
        amount: form.amount,
        card: form.card.clone(),
        destination: form.destination.clone(),
    };
    if let Some(wrong) = matches.fault(&effect) {
        return Err(wrong);
    }
    let times = if form.always { Times::From(nth) } else { Times::Nth(nth) };
    let (name, then, after) = (form.fault.clone(), form.then.clone(), form.after.clone());
    let distribution = form.distribution.clone();
    // With the seed that was drawn, a run can be repeated.
    let seed = match effect {
        Effect::Delay(delay) if delay.is_random() || form.seed.is_some() => Some(delay.seed),
        _ => None,
    };
    let rule = Rule { id: 0, name, then, after, distribution, seed, matches, times, effect, seen: 0, claimed: false };
    Ok(Parsed::Rule(Box::new(rule)))
}

/// How long calls wait: a duration, or a range of them.
fn delay(form: &FaultForm) -> Result<Delay, Wrong> {
    let after = form.after.as_deref().ok_or_else(|| ("after", "how long, as PT2S or PT0.1S..PT2S".to_owned()))?;
    let (shortest, longest) = match after.split_once("..") {
        Some((shortest, longest)) => (duration(shortest.trim())?, duration(longest.trim())?),
        None => (duration(after)?, duration(after)?),
    };
    if shortest > longest {
        return Err(("after", "the shorter duration first, as PT0.1S..PT2S".to_owned()));
    }
    if longest > DELAY {
        return Err(("after", "at most PT2M".to_owned()));
    }
    let distribution = match &form.distribution {
        None => Distribution::Uniform,
        Some(name) => Distribution::named(name).ok_or_else(|| ("distribution", "uniform or exponential".to_owned()))?,
    };
    let wrong = || ("seed", "a whole number from 0 to 4294967295".to_owned());
    let seed = match form.seed {
        Some(seed) => u32::try_from(seed).map_err(|_| wrong())?,
        None => fastrand::u32(..),
    };
    Ok(Delay { shortest, longest, distribution, seed })
}

fn then(form: &FaultForm) -> Result<Option<DeferredOutcome>, Wrong> {
    let Some(then) = &form.then else { return Ok(None) };
    let resolution = resolution("then", then)?;
    let after_ms = match &form.after {
        Some(after) => Some(i64::try_from(duration(after)?.as_millis()).unwrap_or(i64::MAX)),
        None => None,
    };
    Ok(Some(DeferredOutcome { after_ms, resolution }))
}

fn resolution(field: &'static str, text: &str) -> Result<Resolution, Wrong> {
    match text {
        "done" => Ok(Resolution::Done),
        "failed" => Ok(Resolution::Failed),
        _ => Err((field, "done or failed".to_owned())),
    }
}

fn duration(text: &str) -> Result<Duration, Wrong> {
    let wrong = || ("after", "an ISO 8601 duration of days at most, as PT90S or P1D".to_owned());
    let span: Span = text.parse().map_err(|_| wrong())?;
    let length = span.to_duration(jiff::SpanRelativeTo::days_are_24_hours()).map_err(|_| wrong())?;
    Duration::try_from(length).map_err(|_| wrong())
}
