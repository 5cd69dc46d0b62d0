//! The faults of a sandbox: which effect strikes which calls.
//!
//! Rules live in the memory of the process that took them: they end with it, and with a reset. A production server has none.
//! A rule that is about what a call comes to (its network's word, its wrong second password, a lost reply) is spent only by a call that gets
//! there; until that is known the call keeps it claimed, so that no second call takes it. A call that is refused before is told its refusal.

mod callbacks;
mod card_network;
mod delay;
mod magic;
mod own;
mod parse;
mod payment_network;
mod rule;
mod scenario;
mod strike;
mod table;

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use axum::http::HeaderMap;
use parking_lot::Mutex;
use payments::{ChargeCode, Declined, MessageId, Probe};
use tokio_util::sync::CancellationToken;

use ::codes::paystar::reasons_of;
pub use callbacks::SandboxCallbacks;
pub use card_network::{CardPlan, SandboxCardNetwork};
pub use delay::{Delay, Distribution};
use edge::struck::{self, Struck, StruckBy};
use magic::Magic;
pub use magic::{MAGIC, MagicDescription, declined_descriptions, magic_descriptions, note_magic, of_description};
pub use own::{HEADER, is_brought};
pub use parse::{FaultForm, Parsed, Wrong, parse};
pub use payment_network::{DeferredOutcome, FirstWord, NetworkPlan, SandboxNetwork};
use rule::ORDERS;
pub use rule::{CALLBACK, CallbackFault, Effect, Facts, LINK, PodFault, Rule, Strike, Times, When, pod_operation};
use rule::{Part, StrikePoint};
pub use scenario::{SCENARIOS, Scenario, ScenarioForm, Step, steps};
pub use strike::{HangUp, hung_up, strike};
pub use table::armable;
use wire::finnotech::errors;

/// Rules at most: each call looks at all of them.
pub const RULES: usize = 1_000;

/// Clients and trackIds that are remembered because their magic value strikes once; the oldest is forgotten first.
const STRUCK_ONCE: usize = 10_000;

/// Calls to businesses that are remembered because they were late and are not late again; the oldest is forgotten first.
const LATE: usize = 10_000;

/// See the module.
#[derive(Debug, Default)]
pub struct Faults {
    rules: Mutex<Vec<Rule>>,
    /// Clients and trackIds whose magic value has struck, and strikes no more.
    struck_once: Mutex<VecDeque<(String, String)>>,
    /// Calls to businesses that were late.
    late: Mutex<VecDeque<MessageId>>,
    /// Whether there is any rule: looked at by every call.
    any: AtomicBool,
    next: std::sync::atomic::AtomicU64,
    /// Ends with the process.
    delays: CancellationToken,
}

/// The process was asked to stop.
struct Stopping;

/// There are [`RULES`] rules already.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Full;

impl Faults {
    /// Adds a rule; its `id` is given here.
    ///
    /// # Errors
    /// [`Full`].
    pub fn add(&self, rule: Rule) -> Result<Rule, Full> {
        self.add_all(vec![rule])?.pop().ok_or(Full)
    }

    /// Adds rules, all or none; their `id`s are given here.
    ///
    /// # Errors
    /// [`Full`].
    pub fn add_all(&self, added: Vec<Rule>) -> Result<Vec<Rule>, Full> {
        let mut rules = self.rules.lock();
        if rules.len() + added.len() > RULES {
            return Err(Full);
        }
        let numbered = |rule| Rule { id: self.next.fetch_add(1, Ordering::Relaxed) + 1, ..rule };
        let added: Vec<Rule> = added.into_iter().map(numbered).collect();
        rules.extend(added.iter().cloned());
        self.any.store(!rules.is_empty(), Ordering::Release);
        Ok(added)
    }

    /// Ends the delays that are under way: their calls get no answer, and nothing of them is done.
    pub fn stop(&self) {
        self.delays.cancel();
    }

    /// Waits, unless the process is asked to stop meanwhile.
    async fn delayed(&self, length: Duration) -> Result<(), Stopping> {
        tokio::select! {
            () = tokio::time::sleep(length) => Ok(()),
            () = self.delays.cancelled() => Err(Stopping),
        }
    }

    /// The rules that may still strike, oldest first.
    pub fn list(&self) -> Vec<Rule> {
        self.rules.lock().clone()
    }

    /// Removes one rule, or all. `false`: there is none of that number.
    pub fn remove(&self, id: Option<u64>) -> bool {
        let mut rules = self.rules.lock();
        let before = rules.len();
        rules.retain(|rule| id.is_some_and(|id| rule.id != id));
        self.any.store(!rules.is_empty(), Ordering::Release);
        id.is_none() || rules.len() < before
    }

    /// Removes all rules, and forgets which magic values have struck.
    pub fn reset(&self) {
        self.remove(None);
        self.struck_once.lock().clear();
        self.late.lock().clear();
    }

    /// Whether any rule or magic value could strike a call with this trackId.
    pub fn concerns(&self, track_id: &str) -> bool {
        self.has_rules() || magic::is_meant(track_id)
    }

    /// Whether there is any rule: without one, what it could look at in a call is not gathered.
    pub fn has_rules(&self) -> bool {
        self.any.load(Ordering::Acquire)
    }

    /// Whether there is a rule for a call with these headers, in the table or in them.
    pub fn concern(&self, headers: &HeaderMap) -> bool {
        self.has_rules() || is_brought(headers)
    }

    /// What strikes a call over HTTP: in each part the oldest rule for it, or else what the trackId asks for by itself.
    pub fn struck(self: &Arc<Self>, facts: &Facts) -> StruckCall {
        let magic = self.magic(facts);
        let at = |part| {
            let rule = self.struck_at((StrikePoint::Call, part), facts, 1).pop();
            rule.or_else(|| self.struck_by_magic(magic.as_ref().filter(|effect| effect.part() == part)?, facts))
        };
        let (start, whole) = (at(Part::Start), at(Part::Whole));
        if whole.is_some() {
            return StruckCall { start, whole, ..StruckCall::default() };
        }
        let reply = [Part::Status, Part::Shape, Part::Code].into_iter().filter_map(at).collect();
        StruckCall { start, whole, outcome: at(Part::Outcome), reply, delivery: at(Part::Delivery) }
    }

    /// What a trackId asks for.
    fn magic(&self, facts: &Facts) -> Option<Effect> {
        // What an order was sent with is its inquiry's trackId too: only the order asks for an outcome.
        if !ORDERS.contains(&facts.operation.as_str()) {
            return None;
        }
        match magic::of(&facts.track_id, &facts.operation) {
            Magic::Plain => None,
            Magic::Mistyped => Some(Effect::Error(errors::unknown_magic(&facts.track_id))),
            Magic::Asks(effect) => Some(effect),
        }
    }

    fn struck_by_magic(&self, effect: &Effect, facts: &Facts) -> Option<Armed> {
        let is_mistyped = matches!(magic::of(&facts.track_id, &facts.operation), Magic::Mistyped);
        let is_for_the_first = !is_mistyped && matches!(effect, Effect::Drop(_) | Effect::Error(_));
        if is_for_the_first && !self.strikes_first(facts) {
            return None;
        }
        Some(Armed::of(effect.clone(), Struck::named(StruckBy::Magic, magic::prefix(&facts.track_id)), None))
    }

    /// Whether this is the first call of the client with its trackId, so that a retry goes through (second-edition 2.11).
    fn strikes_first(&self, facts: &Facts) -> bool {
        let call = (facts.client.clone(), facts.track_id.clone());
        let mut struck = self.struck_once.lock();
        if struck.contains(&call) {
            return false;
        }
        if struck.len() >= STRUCK_ONCE {
            struck.pop_front();
        }
        struck.push_back(call);
        true
    }

    /// The rules that strike what a call does, however it came in: which of them has its word depends on how far the call gets.
    pub fn struck_service(self: &Arc<Self>, facts: impl FnOnce() -> Facts) -> Vec<Armed> {
        let is_concerned = self.has_rules() || own::is_carried();
        if is_concerned { self.struck_at((StrikePoint::Service, Part::Checks), &facts(), RULES) } else { Vec::new() }
    }

    /// The rule that strikes a call or a link of POD.
    pub fn struck_pod(self: &Arc<Self>, facts: impl FnOnce() -> Facts) -> Option<Armed> {
        let is_concerned = self.has_rules() || own::is_carried();
        if is_concerned { self.struck_at((StrikePoint::Pod, Part::Checks), &facts(), 1).pop() } else { None }
    }

    /// What becomes of a call to a business, if a rule says so. A call that was late is not late again.
    pub fn struck_callback(self: &Arc<Self>, id: MessageId, facts: impl FnOnce() -> Facts) -> Option<CallbackFault> {
        if !self.has_rules() {
            return None;
        }
        let facts = Facts { was_late: self.late.lock().contains(&id), ..facts() };
        let at = |part| self.struck_at((StrikePoint::Callback, part), &facts, 1).pop();
        // What is late is looked at again when it is made.
        let Effect::Callback(fault) = at(Part::Start).or_else(|| at(Part::Delivery))?.effect else { return None };
        if let CallbackFault::Late(_) = fault {
            let mut late = self.late.lock();
            if late.len() >= LATE {
                late.pop_front();
            }
            late.push_back(id);
        }
        Some(fault)
    }

    /// Why the sandbox's own gateway declines a payment, if a rule says so.
    pub fn struck_gateway(self: &Arc<Self>, facts: &Facts) -> Option<Declined> {
        match self.struck_at((StrikePoint::Gateway, Part::Checks), facts, 1).pop()?.effect {
            Effect::Card(why) => Some(why),
            _ => None,
        }
    }

    /// The rule that leaves a payment by a card of another bank unknown. It is spent by one that gets to its network.
    pub fn struck_card_network(self: &Arc<Self>, facts: &Facts) -> Option<Armed> {
        self.struck_at((StrikePoint::CardNetwork, Part::Checks), facts, 1).pop()
    }

    /// The rules that strike this part of a call, the oldest first, `most` at most.
    fn struck_at(self: &Arc<Self>, at_part: (StrikePoint, Part), facts: &Facts, most: usize) -> Vec<Armed> {
        let own = own::struck(at_part, facts).map(|(effect, origin)| Armed::of(effect, origin, None));
        let mut struck: Vec<Armed> = own.into_iter().collect();
        if !self.has_rules() {
            return struck;
        }
        let mut rules = self.rules.lock();
        let mut at = 0;
        while at < rules.len() {
            let rule = &mut rules[at];
            if struck.len() == most {
                rule.pass(at_part, facts);
                at += 1;
                continue;
            }
            let strike = rule.look(at_part, facts);
            let effect = rule.drawn();
            let origin = || Struck { by: StruckBy::Fault, name: rule.name.clone().into(), rule: Some(rule.id) };
            match strike {
                Strike::No => {}
                Strike::Again => struck.push(Armed::of(effect, origin(), None)),
                Strike::Last if !effect.strikes_at_once() => {
                    let claim = Claim { faults: Arc::clone(self), rule: rule.id, spent: AtomicBool::new(false) };
                    struck.push(Armed::of(effect, origin(), Some(claim)));
                    rule.claimed = true;
                }
                Strike::Last => {
                    struck.push(Armed::of(effect, origin(), None));
                    rules.remove(at);
                    self.any.store(!rules.is_empty(), Ordering::Release);
                    continue;
                }
            }
            at += 1;
        }
        struck
    }
}

/// What strikes a call over HTTP, by the part that it changes.
#[derive(Debug, Default)]
pub struct StruckCall {
    /// A delay before anything else.
    pub start: Option<Armed>,
    /// What comes in place of the whole call; then there is nothing below.
    pub whole: Option<Armed>,
    /// What comes of it.
    pub outcome: Option<Armed>,
    /// Changes of its reply, in the order in which they are made.
    pub reply: Vec<Armed>,
    /// How its reply is lost.
    pub delivery: Option<Armed>,
}

/// Faults that the dialect of a call applies to its reply.
#[derive(Debug)]
pub struct OfReply(pub Vec<Armed>);

/// Marks the reply to an order that is done, or undecided.
#[derive(Clone, Copy, Debug)]
pub struct Taken;

impl edge::Reset for Faults {
    fn reset(&self) {
        Faults::reset(self);
    }
}

/// What strikes a call.
#[derive(Debug)]
pub struct Armed {
    effect: Effect,
    /// The rule or magic value, for the request log.
    origin: Struck,
    claim: Option<Claim>,
}

#[derive(Debug)]
struct Claim {
    faults: Arc<Faults>,
    rule: u64,
    spent: AtomicBool,
}

impl Armed {
    /// An effect that strikes every call has struck; another one has when the call gets to its place ([`Self::spend`]).
    fn of(effect: Effect, origin: Struck, claim: Option<Claim>) -> Self {
        let armed = Self { effect, origin, claim };
        if armed.effect.strikes_at_once() {
            armed.note();
        }
        armed
    }

    /// Notes for the request log that this has struck.
    fn note(&self) {
        if let Err(Struck { name, .. }) = struck::note(self.origin.clone()) {
            // A call by telephone is in no request log.
            tracing::debug!(%name, "a fault has struck");
        }
    }

    /// What happens.
    pub fn effect(&self) -> &Effect {
        &self.effect
    }

    /// What the network does with an order, if it is the network that this rule is about.
    pub fn network_plan(&self) -> Option<NetworkPlan> {
        match &self.effect {
            Effect::Network(plan) => Some(*plan),
            Effect::Inquiry(_)
            | Effect::Error(_)
            | Effect::Probe(_)
            | Effect::Code(_)
            | Effect::Card(_)
            | Effect::CardNetwork(_)
            | Effect::Busy
            | Effect::Unknown
            | Effect::Pod(_)
            | Effect::Delay(_)
            | Effect::Drop(_)
            | Effect::TimeOut
            | Effect::SecondPasswordWrong
            | Effect::NestedError
            | Effect::ResponseCode(_)
            | Effect::TooMany
            | Effect::HalfBody
            | Effect::Reset
            | Effect::Callback(_) => None,
        }
    }

    /// The code that an inquiry of a charge, or of a card, is answered with: it has got to its network.
    pub fn inquiry(&self) -> Option<ChargeCode> {
        match &self.effect {
            Effect::Inquiry(code) => {
                self.spend();
                Some(*code)
            }
            _ => None,
        }
    }

    /// Which checks of a payment by card fail.
    pub fn probe(&self) -> Probe {
        match &self.effect {
            Effect::Probe(code) => reasons_of(*code).map(Probe::of).fold(Probe::NONE, Probe::and),
            _ => Probe::NONE,
        }
    }

    /// What the network of other banks' cards does with a payment.
    pub fn card_plan(&self) -> Option<CardPlan> {
        match &self.effect {
            Effect::CardNetwork(plan) => Some(*plan),
            _ => None,
        }
    }

    /// What happens to a call of POD.
    pub fn pod(&self) -> Option<PodFault> {
        match &self.effect {
            Effect::Pod(fault) => Some(*fault),
            _ => None,
        }
    }

    /// The call got to the place of this rule, which has done its work.
    pub fn spend(&self) {
        self.note();
        if let Some(claim) = &self.claim {
            claim.spent.store(true, Ordering::Release);
        }
    }
}

impl Drop for Claim {
    fn drop(&mut self) {
        if self.spent.load(Ordering::Acquire) {
            self.faults.remove(Some(self.rule));
        } else if let Some(rule) = self.faults.rules.lock().iter_mut().find(|rule| rule.id == self.rule) {
            rule.claimed = false;
            rule.seen -= 1;
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test ends where something is not as it should be")]
mod tests {
    use super::rule::Matches;
    use super::*;

    const PLAN: NetworkPlan = NetworkPlan { first: FirstWord::Unknown, then: None };

    fn armed(effect: Effect) -> Armed {
        Armed::of(effect, Struck::named(StruckBy::Fault, "a fault"), None)
    }

    #[test]
    fn a_network_s_rule_is_kept_until_an_order_gets_to_the_network() {
        let faults = Arc::new(Faults::default());
        let rule = Rule {
            id: 0,
            name: "rail_timeout".into(),
            then: None,
            after: None,
            distribution: None,
            seed: None,
            matches: Matches::default(),
            times: Times::Nth(1),
            effect: Effect::Network(PLAN),
            seen: 0,
            claimed: false,
        };
        faults.add(rule).unwrap();
        let facts = Facts { operation: "transferTo".into(), ..Facts::default() };
        let first = faults.struck(&facts).outcome.unwrap();
        assert_eq!(first.network_plan(), Some(PLAN));
        assert!(faults.struck(&facts).outcome.is_none(), "a second call at the same time does not get it too");
        drop(first);
        let second = faults.struck(&facts).outcome.unwrap();
        second.spend();
        drop(second);
        assert!(faults.struck(&facts).outcome.is_none());
        assert!(faults.list().is_empty() && !faults.concerns("t-1"));
    }

    #[test]
    fn a_code_of_paystar_makes_every_check_fail_that_ends_with_it_and_no_other() {
        for code in wire::paystar::codes::ALL {
            let armed = armed(Effect::Probe(code));
            for why in Declined::ALL {
                assert_eq!(armed.probe().fails(why), ::codes::paystar::code_of(why) == code, "{} {why:?}", code.number);
            }
        }
        assert_eq!(armed(Effect::Busy).probe(), Probe::NONE);
    }

    #[test]
    fn a_magic_track_id_strikes_the_order_and_not_its_inquiry() {
        let faults = Arc::new(Faults::default());
        for (operation, strikes) in [
            ("transferTo", true),
            ("chargeCard", true),
            ("transferInquiry", false),
            ("balance", false),
            ("token", false),
        ] {
            let facts =
                Facts { operation: operation.into(), track_id: format!("daric-busy-{operation}"), ..Facts::default() };
            assert_eq!(faults.struck(&facts).whole.is_some(), strikes, "{operation}");
        }
    }
}
