//! One rule: which calls it is for, which of them it strikes, and what it does to them.

use payments::{ChargeCode, Declined, Destination};
use text::number::compact;
use wire::field::is_card;
use wire::finnotech::errors::Failure;
use wire::paystar::codes::Code;
use wire::pod::services;

use super::card_network::CardPlan;
use super::delay::Delay;
use super::payment_network::{FirstWord, NetworkPlan};
use ::codes::paystar::is_checked_by;

/// What a rule can look at in a call.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Facts {
    /// The service's name, as the last part of its path.
    pub operation: String,
    /// The client in the path, or of the credentials; the terminal of a PayStar call.
    pub client: String,
    /// Its trackId; the order's or the invoice's id of a PayStar call.
    pub track_id: String,
    /// In rials, if the body has one.
    pub amount: Option<i64>,
    /// The card's number, if the body has one.
    pub card: String,
    /// The destination, if the body has one.
    pub destination: String,
    /// Whether the body has a second password.
    pub second_password: bool,
    /// Whether a call to a business was late already.
    pub was_late: bool,
}

/// Which calls a rule is for: all that are given must be met.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Matches {
    /// The service's name.
    pub operation: Option<String>,
    /// The client.
    pub client: Option<String>,
    /// The beginning of the trackId.
    pub track_id: Option<String>,
    /// The amount in rials.
    pub amount: Option<i64>,
    /// The card's number.
    pub card: Option<String>,
    /// The destination.
    pub destination: Option<String>,
}

impl Matches {
    fn holds(&self, facts: &Facts) -> bool {
        let same = |wanted: &Option<String>, is: &str| wanted.as_deref().is_none_or(|wanted| wanted == is);
        // As account numbers are compared (second-edition.md 1.5).
        let number = |text: &str| compact(text).trim_start_matches('0').to_owned();
        let same_number =
            |wanted: &Option<String>, is: &str| wanted.as_deref().is_none_or(|wanted| number(wanted) == number(is));
        same(&self.operation, &facts.operation)
            && same(&self.client, &facts.client)
            && same_number(&self.card, &facts.card)
            && self.destination.as_deref().is_none_or(|wanted| is_same_account(wanted, &facts.destination))
            && self.track_id.as_ref().is_none_or(|prefix| facts.track_id.starts_with(prefix.as_str()))
            && self.amount.is_none_or(|amount| facts.amount == Some(amount))
    }
}

/// Whether two destinations name the same account, each as an IBAN or as a number (second-edition.md 1.5). A number alone names no bank.
fn is_same_account(left: &str, right: &str) -> bool {
    let (Some(left), Some(right)) = (Destination::parse(left), Destination::parse(right)) else {
        return compact(left) == compact(right);
    };
    let digits = |destination: &Destination| match destination {
        Destination::Account(number) => number.significant(),
        Destination::Iban(iban) => iban.as_str()[7..].trim_start_matches('0').to_owned(),
    };
    let banks_differ =
        matches!((&left, &right), (Destination::Iban(left), Destination::Iban(right)) if left.bank() != right.bank());
    digits(&left) == digits(&right) && !banks_differ
}

/// How often a rule strikes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Times {
    /// The nth call that it is for, from 1, and then no more.
    Nth(u64),
    /// From the nth call on, every one.
    From(u64),
}

/// What a rule does.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Effect {
    /// The network does this with a transfer, or a charge, that gets to it.
    Network(NetworkPlan),
    /// An inquiry of a charge, or of a card, is answered with this code.
    Inquiry(ChargeCode),
    /// The call is answered with this row of the error table, and nothing is done.
    Error(Failure),
    /// A POD call is answered so.
    Pod(PodFault),
    /// The checks of a PayStar call that end with this code fail: the call ends with the first of them that it gets to.
    Probe(Code),
    /// A PayStar call is answered with this code, and nothing is done.
    Code(Code),
    /// The sandbox's own gateway declines a payment by card, for this reason.
    Card(Declined),
    /// The network of other banks' cards leaves a payment on a page unknown.
    CardNetwork(CardPlan),
    /// A PayStar call is answered as by a server whose queue is full, and nothing is done.
    Busy,
    /// A PayStar call is done, and answered as by a server that does not know whether it is.
    Unknown,
    /// The call waits before anything is looked at.
    Delay(Delay),
    /// The connection is closed without an answer, before or after the call is done.
    Drop(When),
    /// An order that is done, or undecided, is answered 408.
    TimeOut,
    /// A transfer with a second password is refused because of it.
    SecondPasswordWrong,
    /// A refusal has the shape that 001_93708b081566bf63.txt prints once: inside `result`.
    NestedError,
    /// The reply has this `responseCode`.
    ResponseCode(String),
    /// The call is answered 429, and nothing is done.
    TooMany,
    /// The call is done, and a part of its reply is sent.
    HalfBody,
    /// The call is done, and its connection is reset.
    Reset,
    /// A call to a business is not made as it should be.
    Callback(CallbackFault),
}

/// What becomes of a call to a business.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum CallbackFault {
    /// It does not arrive, as if the connection had failed: it is tried again.
    Lost,
    /// It is made twice.
    Twice,
    /// It is made so many milliseconds later, by the service's clock.
    Late(i64),
    /// It is made after the next one.
    AfterTheNext,
}

/// Before or after what is done.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum When {
    /// Before: nothing is done.
    Before,
    /// After: what the caller wanted is done, and it does not learn so.
    After,
}

impl Effect {
    /// Whether this effect can strike a call of an operation at all.
    pub(super) fn suits(&self, operation: &str) -> bool {
        match self {
            Self::Network(plan) => match plan.first {
                FirstWord::Charge(_) => operation == "chargeCard",
                FirstWord::Pending | FirstWord::Unknown | FirstWord::Refused(_) => TRANSFERS.contains(&operation),
            },
            Self::SecondPasswordWrong => TRANSFERS.contains(&operation),
            Self::TimeOut => ORDERS.contains(&operation),
            // Pages have no envelope.
            Self::ResponseCode(_) => {
                OPERATIONS.contains(&operation) && !OF_PAYSTAR.contains(&operation) && operation != "consent"
            }
            // Token calls have no trackId, and no such refusals.
            Self::NestedError => Self::ResponseCode(String::new()).suits(operation) && !OF_TOKENS.contains(&operation),
            Self::Inquiry(code) if code.as_str().starts_with('F') => operation == "getValidCard",
            Self::Inquiry(_) => operation == "inquiryChargeCard",
            Self::Probe(code) => is_checked_by(operation, *code),
            Self::Code(_) => OF_CARDS.contains(&operation),
            Self::Busy | Self::Unknown => OF_PAYSTAR.contains(&operation),
            Self::Pod(_) => is_of_pod(operation),
            Self::Card(_) | Self::CardNetwork(_) => operation == LINK,
            Self::Error(_) => OPERATIONS.contains(&operation) && !OF_PAYSTAR.contains(&operation),
            Self::Delay(_) | Self::Drop(_) | Self::TooMany | Self::HalfBody | Self::Reset => is_call(operation),
            Self::Callback(_) => operation == CALLBACK,
        }
    }

    /// Where it strikes.
    pub(super) fn strike_point(&self) -> StrikePoint {
        match self {
            Self::Probe(_) | Self::Code(_) | Self::Busy | Self::Unknown => StrikePoint::Service,
            Self::Pod(_) => StrikePoint::Pod,
            Self::Card(_) => StrikePoint::Gateway,
            Self::CardNetwork(_) => StrikePoint::CardNetwork,
            Self::Network(_)
            | Self::Inquiry(_)
            | Self::Error(_)
            | Self::Delay(_)
            | Self::Drop(_)
            | Self::TimeOut
            | Self::SecondPasswordWrong
            | Self::NestedError
            | Self::ResponseCode(_)
            | Self::TooMany
            | Self::HalfBody
            | Self::Reset => StrikePoint::Call,
            Self::Callback(_) => StrikePoint::Callback,
        }
    }

    /// What of a call it changes.
    pub(super) fn part(&self) -> Part {
        match self {
            Self::Delay(_) | Self::Callback(CallbackFault::Late(_)) => Part::Start,
            Self::Drop(When::Before) | Self::TooMany | Self::Error(_) => Part::Whole,
            Self::Network(_) | Self::Inquiry(_) | Self::SecondPasswordWrong => Part::Outcome,
            Self::TimeOut => Part::Status,
            Self::NestedError => Part::Shape,
            Self::ResponseCode(_) => Part::Code,
            Self::Drop(When::After)
            | Self::Reset
            | Self::HalfBody
            | Self::Callback(CallbackFault::Lost | CallbackFault::Twice | CallbackFault::AfterTheNext) => {
                Part::Delivery
            }
            Self::Probe(_)
            | Self::Code(_)
            | Self::Busy
            | Self::Unknown
            | Self::Pod(_)
            | Self::Card(_)
            | Self::CardNetwork(_) => Part::Checks,
        }
    }

    /// Whether it strikes every call that is looked at. The others wait for a call that gets to their place: one that is refused before is told its
    /// refusal, and leaves the rule as it is.
    pub(super) fn strikes_at_once(&self) -> bool {
        match self {
            Self::Error(_)
            | Self::Delay(_)
            | Self::Drop(_)
            | Self::ResponseCode(_)
            // They are looked for where they are said: a call that gets there is struck.
            | Self::Code(_)
            | Self::Busy
            | Self::Card(_)
            | Self::Pod(PodFault::TimeOut | PodFault::Internal)
            | Self::TooMany
            | Self::HalfBody
            | Self::Reset
            | Self::Callback(_) => true,
            Self::Network(_)
            | Self::Inquiry(_)
            | Self::Probe(_)
            | Self::CardNetwork(_)
            | Self::Unknown
            | Self::Pod(PodFault::NotDelivered)
            | Self::TimeOut
            | Self::SecondPasswordWrong
            | Self::NestedError => false,
        }
    }

    /// Whether a call has what this effect is about.
    fn meets(&self, facts: &Facts) -> bool {
        match self {
            Self::SecondPasswordWrong => facts.second_password,
            Self::Callback(CallbackFault::Late(_)) => !facts.was_late,
            _ => true,
        }
    }
}

/// Where an effect strikes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum StrikePoint {
    /// Around a call over HTTP.
    Call,
    /// In what the call does, however it came in: the telephone's calls too.
    Service,
    /// In a call or a link of POD.
    Pod,
    /// At the sandbox's own gateway, of a link that could be paid.
    Gateway,
    /// At the network of other banks' cards, of a payment on a page.
    CardNetwork,
    /// At a call to a business.
    Callback,
}

/// The parts of a call that effects change. One call may be struck in several parts, in this order; of the rules for one part, the oldest strikes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Part {
    /// When it begins.
    Start,
    /// The whole call: another answer, or none, comes in its place, so that no later part is reached.
    Whole,
    /// The checks that it passes.
    Checks,
    /// What comes of it.
    Outcome,
    /// The reply's status.
    Status,
    /// The reply's shape.
    Shape,
    /// The reply's code.
    Code,
    /// How the reply gets to its caller.
    Delivery,
}

impl Matches {
    /// What is wrong with the conditions of a rule with an effect: it could never strike.
    pub(super) fn fault(&self, effect: &Effect) -> Option<(&'static str, String)> {
        match &self.operation {
            Some(name) if !is_call(name) && name != CALLBACK => {
                let names = [&OPERATIONS[..], &OF_SSO[..], &OF_PAGES[..], &[CALLBACK][..]].concat();
                return Some(("operation", format!("one of {}, or a service of POD", names.join(", "))));
            }
            Some(name) if !effect.suits(name) => {
                return Some(("operation", format!("this fault never strikes {name}")));
            }
            _ => {}
        }
        if let Some((field, subject)) = self.never_met(effect) {
            return Some((field, format!("{subject} has none")));
        }
        if self.amount.is_some_and(|amount| amount < 1) {
            return Some(("amount", "1 or more, in rials".to_owned()));
        }
        if self.card.as_deref().is_some_and(|card| !is_card(card, false)) {
            return Some(("card", "16 digits".to_owned()));
        }
        None
    }

    /// A condition that no call of an effect can meet, and what the effect strikes.
    fn never_met(&self, effect: &Effect) -> Option<(&'static str, &'static str)> {
        let (client, destination) = (("client", self.client.is_some()), ("destination", self.destination.is_some()));
        let (card, amount) = (("card", self.card.is_some()), ("amount", self.amount.is_some()));
        let (subject, absent) = match effect {
            Effect::CardNetwork(_) => ("a payment on the card page", &[client, destination][..]),
            Effect::Callback(_) => ("a call to a business", &[amount, card, destination][..]),
            // Before its token is read, nothing is known of its caller; its form is read by each service.
            _ if self.operation.as_deref().is_some_and(is_service_of_pod) => {
                let absent = [client, amount, card, destination];
                let is_authenticated = effect.strike_point() == StrikePoint::Pod;
                let absent = if is_authenticated { absent[1..].to_vec() } else { absent.to_vec() };
                return first(&absent, "this fault of a POD call");
            }
            _ => return None,
        };
        first(absent, subject)
    }
}

/// The first condition that is given, although what a fault strikes never has it.
fn first(absent: &[(&'static str, bool)], subject: &'static str) -> Option<(&'static str, &'static str)> {
    absent.iter().find(|(_, is_given)| *is_given).map(|(field, _)| (*field, subject))
}

/// The services that send money to another account.
pub const TRANSFERS: [&str; 4] = ["transferTo", "internalTransfer", "payaTransfer", "satnaTransfer"];

/// The services that write orders, and so take magic trackIds.
pub const ORDERS: [&str; 5] = ["transferTo", "internalTransfer", "payaTransfer", "satnaTransfer", "chargeCard"];

/// The calls that give and take rights.
const OF_TOKENS: [&str; 3] = ["token", "authorize", "sms"];

/// The services that check a card.
const OF_CARDS: [&str; 2] = ["otp-v2", "pay"];

/// The services of PayStar.
const OF_PAYSTAR: [&str; 3] = ["otp-v2", "pay", "inquiry"];

/// What happens to a call of POD.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum PodFault {
    /// 227: nothing is done.
    TimeOut,
    /// 378: it is done, and the answer is lost.
    NotDelivered,
    /// 999: an internal error, and nothing is done.
    Internal,
}

/// The name of a service of POD.
pub fn pod_operation(row: &services::Row) -> String {
    row.operation()
}

/// What payers' links are called among the services.
pub const LINK: &str = "link";

/// What calls to businesses are called among the services.
pub const CALLBACK: &str = "callback";

/// POD's log-in service: the parts of its paths behind `/oauth2`.
pub const OF_SSO: [&str; 9] = [
    "sso/authorize",
    "sso/token",
    "sso/token/info",
    "sso/token/revoke",
    "sso/login",
    "sso/login/otp",
    "sso/logout",
    "sso/consents",
    "sso/authorize/index.html",
];

/// Payers' pages: the parts of their paths behind the session.
pub const OF_PAGES: [&str; 14] = [
    "page",
    "page/wallet",
    "page/voucher",
    "page/voucher/remove",
    "page/credit",
    "page/credit/remove",
    "page/cancel",
    "page/again",
    "page/card",
    "page/card/otp",
    "page/card/pay",
    "page/card/leave",
    "page/card/wait",
    "page/result",
];

/// Whether calls over HTTP have this name.
fn is_call(operation: &str) -> bool {
    let known = [&OPERATIONS[..], &OF_SSO[..], &OF_PAGES[..]];
    known.iter().any(|names| names.contains(&operation)) || is_of_pod(operation)
}

fn is_of_pod(operation: &str) -> bool {
    operation == LINK || is_service_of_pod(operation)
}

fn is_service_of_pod(operation: &str) -> bool {
    services::ALL.iter().any(|row| pod_operation(row) == operation)
}

/// All services of Finnotech and PayStar: the last parts of their paths.
pub const OPERATIONS: [&str; 23] = [
    "transferTo",
    "internalTransfer",
    "payaTransfer",
    "satnaTransfer",
    "transferInquiry",
    "proxyInquiry",
    "payas",
    "chargeCard",
    "inquiryChargeCard",
    "getValidCard",
    "balance",
    "statement",
    "ibanInquiry",
    "deposits",
    "tokens",
    "wages",
    "token",
    "authorize",
    "consent",
    "sms",
    "otp-v2",
    "pay",
    "inquiry",
];

/// A rule as it is kept.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Rule {
    /// Its number.
    pub id: u64,
    /// As the operator named it.
    pub name: String,
    /// How an undecided outcome ends, as the operator wrote it.
    pub then: Option<String>,
    /// When it ends, or how long a delay lasts, as the operator wrote it.
    pub after: Option<String>,
    /// How the lengths of a delay are distributed, as the operator wrote it.
    pub distribution: Option<String>,
    /// The seed of a delay's lengths.
    pub seed: Option<u32>,
    /// Which calls.
    pub matches: Matches,
    /// How often.
    pub times: Times,
    /// What it does.
    pub effect: Effect,
    /// Calls that it was for so far.
    pub seen: u64,
    /// A call that it strikes is under way and may yet not need it.
    pub claimed: bool,
}

/// Whether a rule strikes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Strike {
    /// It does not.
    No,
    /// It does, and will again.
    Again,
    /// It does, for the last time.
    Last,
}

impl Strike {
    /// Whether it does.
    pub fn strikes(self) -> bool {
        match self {
            Self::No => false,
            Self::Again | Self::Last => true,
        }
    }
}

impl Rule {
    /// What it does to the call that it has just looked at.
    pub fn drawn(&self) -> Effect {
        match &self.effect {
            Effect::Delay(delay) => Effect::Delay(Delay::of(delay.nth(self.seen))),
            effect => effect.clone(),
        }
    }

    /// Looks at this part of a call, and counts it if the rule is for it.
    pub fn look(&mut self, (point, part): (StrikePoint, Part), facts: &Facts) -> Strike {
        if !self.is_for((point, part), facts) {
            return Strike::No;
        }
        self.seen += 1;
        self.strikes_now()
    }

    /// Counts a call that an older rule strikes. If it would be this rule's, too, it is not counted, and the next one is.
    pub fn pass(&mut self, (point, part): (StrikePoint, Part), facts: &Facts) {
        if self.look((point, part), facts).strikes() {
            self.seen -= 1;
        }
    }

    fn is_for(&self, (point, part): (StrikePoint, Part), facts: &Facts) -> bool {
        self.effect.strike_point() == point
            && self.effect.part() == part
            && !self.claimed
            && self.effect.suits(&facts.operation)
            && self.effect.meets(facts)
            && self.matches.holds(facts)
    }

    fn strikes_now(&self) -> Strike {
        match self.times {
            Times::Nth(nth) if self.seen == nth => Strike::Last,
            Times::From(nth) if self.seen >= nth => Strike::Again,
            Times::Nth(_) | Times::From(_) => Strike::No,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use wire::paystar::codes;

    use super::*;

    fn rule(matches: Matches, times: Times) -> Rule {
        let (name, effect) = ("delay".into(), Effect::Delay(Delay::of(Duration::ZERO)));
        let (then, after, distribution, seed) = (None, None, None, None);
        Rule { id: 1, name, then, after, distribution, seed, matches, times, effect, seen: 0, claimed: false }
    }

    #[test]
    fn a_rule_strikes_the_nth_call_that_meets_all_of_its_conditions() {
        let facts = Facts {
            operation: "transferTo".into(),
            client: "drops".into(),
            track_id: "pay-17".into(),
            amount: Some(50_000),
            card: String::new(),
            destination: "0302876732005".into(),
            ..Facts::default()
        };
        let any = Matches::default;
        let text = |text: &str| Some(text.to_owned());
        for (what, matches, meets) in [
            ("no condition", any(), true),
            ("operation", Matches { operation: text("transferTo"), ..any() }, true),
            ("other operation", Matches { operation: text("balance"), ..any() }, false),
            ("prefix", Matches { track_id: text("pay-"), ..any() }, true),
            ("other prefix", Matches { track_id: text("ray-"), ..any() }, false),
            ("amount", Matches { amount: Some(50_000), ..any() }, true),
            ("other amount", Matches { amount: Some(50_001), ..any() }, false),
            (
                "client and destination",
                Matches { client: text("drops"), destination: text("0302876732005"), ..any() },
                true,
            ),
            ("one of two", Matches { client: text("drops"), destination: text("1"), ..any() }, false),
        ] {
            let strike = rule(matches, Times::Nth(1)).look((StrikePoint::Call, Part::Start), &facts);
            assert_eq!(strike == Strike::Last, meets, "{what}");
        }
        let strikes = |times| {
            let mut rule = rule(any(), times);
            [(); 4].map(|()| rule.look((StrikePoint::Call, Part::Start), &facts))
        };
        assert_eq!(strikes(Times::Nth(3)), [Strike::No, Strike::No, Strike::Last, Strike::No]);
        assert_eq!(strikes(Times::From(2)), [Strike::No, Strike::Again, Strike::Again, Strike::Again]);
    }

    /// second-edition.md 1.5.
    #[test]
    fn a_destination_is_the_same_account_as_an_iban_and_as_a_number() {
        for (wanted, is, same) in [
            ("0302876732005", "302876732005", true),
            ("0302876732005", "0302-876-732005", true),
            ("IR230620000000302876214008", "0302876214008", true),
            ("302876214008", "ir23 0620 0000 0030 2876 2140 08", true),
            ("IR230620000000302876214008", "IR990620000000302876214008", true),
            ("IR230620000000302876214008", "IR230160000000302876214008", false),
            ("IR230620000000302876214008", "0302876214009", false),
            ("0302876214008", "", false),
            ("not an account", "not an account", true),
        ] {
            assert_eq!(is_same_account(wanted, is), same, "{wanted} {is}");
            assert_eq!(is_same_account(is, wanted), same, "{is} {wanted}");
        }
    }

    #[test]
    fn an_outcome_of_a_network_strikes_only_what_goes_through_that_network() {
        let network = |first| Effect::Network(NetworkPlan { first, then: None });
        for (effect, suits) in [
            (network(FirstWord::Unknown), &TRANSFERS[..]),
            (network(FirstWord::Charge(ChargeCode::STUCK_ON_FLOAT)), &["chargeCard"][..]),
            (Effect::Inquiry(ChargeCode::NO_SUCH_CHARGE), &["inquiryChargeCard"][..]),
            (Effect::Probe(codes::ISSUER_DOWN), &["otp-v2", "pay"][..]),
            (Effect::Probe(codes::SYSTEM_ERROR), &["pay"][..]),
            (Effect::Busy, &["otp-v2", "pay", "inquiry"][..]),
        ] {
            let others = ["chargeCard", "inquiryChargeCard", "balance", "otp-v2", "pay", "inquiry"];
            for operation in TRANSFERS.iter().chain(&others) {
                assert_eq!(effect.suits(operation), suits.contains(operation), "{effect:?} {operation}");
            }
        }
    }
}
