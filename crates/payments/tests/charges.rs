//! Charging cards: every code in the order of finnotech.md 3.6, the effect of each class on the money, and the client's limits.

use std::sync::Arc;

use crate::memory::{BON, DROPS, ELEVEN_MS, FLOAT, Memory, Network, answering, charge, drops, key, ordered};
use ledger::{AccountStatus, Rial};
use payments::{
    Card, ChargeCard, ChargeClass, ChargeCode, ChargeLimits, Client, FirstAnswer, Grant, NotAccepted, Order, OrderRef,
    OrderState, Resolution, ResolveOrder, ResolveRefusal, Rules, SUSPENSE, Status, Submitted,
};

const TRILLION: i64 = 1_000_000_000_000;
const FLOAT_BALANCE: i64 = 500_000_000;
const DAY_MS: i64 = 86_400_000;

fn memory() -> Memory {
    Memory::demo(Rules::documented().unwrap())
}

fn run(memory: &mut Memory, charge: ChargeCard) -> Result<Submitted, NotAccepted> {
    memory.submit(charge)
}

fn submit(memory: &mut Memory, charge: ChargeCard) -> Order {
    let order = ordered(run(memory, charge));
    assert_eq!(order.user.as_deref(), Some("1111111111"), "it outlives its grant");
    Order::clone(&order)
}

fn resolve(memory: &mut Memory, track_id: &str, resolution: Resolution) -> Result<Order, ResolveRefusal> {
    let command = ResolveOrder { order: OrderRef::Key(key(track_id)), resolution };
    memory.run(command).map(|order| Order::clone(&order))
}

fn change_card(memory: &mut Memory, change: impl FnOnce(&mut Card)) {
    if let Some(card) = memory.cards.get_mut(&BON) {
        change(Arc::make_mut(card));
    }
}

fn change_client(memory: &mut Memory, change: impl FnOnce(&mut Client)) {
    let mut client = Client::clone(&memory.clients[&drops()]);
    change(&mut client);
    memory.clients.insert(drops(), Arc::new(client));
}

/// Steps a to h in order: each fault can be combined with all later ones.
type Step = (&'static str, fn(&mut Memory, &mut ChargeCard));

const STEPS: [Step; 8] = [
    ("A103", |_, charge| charge.card.has_bon_prefix = false),
    ("B04", |memory, _| drop(memory.cards.remove(&BON))),
    ("A105", |memory, _| change_card(memory, |card| card.approved_for.clear())),
    ("B78", |memory, _| change_card(memory, |card| card.active = false)),
    ("A220", |memory, _| change_client(memory, |client| client.float = None)),
    ("A112", |memory, _| change_client(memory, |client| client.charge_limits.per_transaction = Rial::new(1))),
    ("C10", |_, charge| charge.amount = Rial::new(TRILLION + 1)),
    ("D91", |_, charge| charge.submission = answering(ChargeCode::named("D91").unwrap()).terms()),
];

#[test]
fn of_several_reasons_the_first_in_the_order_of_steps_is_the_code() {
    for first in 0..STEPS.len() {
        let mut memory = memory();
        let mut wanted = charge(&memory, "c-1", 20_000, Network::InHouse);
        for (_, make) in STEPS[first..].iter().rev() {
            make(&mut memory, &mut wanted);
        }
        let code = ChargeCode::named(STEPS[first].0).unwrap();
        let order = submit(&mut memory, wanted);
        assert_eq!(order.first, FirstAnswer::Charge(code), "{}", STEPS[first].0);
        if code.class() == ChargeClass::Failed {
            assert_eq!((order.state, memory.balance(DROPS)), (OrderState::Refused, (TRILLION, TRILLION)));
        }
    }
}

#[test]
fn refusals_before_the_order_leave_no_trace() {
    type Change = fn(&mut Memory, &mut ChargeCard);
    let cases: [(&str, Change, NotAccepted); 6] = [
        ("not in the token", |_, c| change_grant(c, |g| g.deposits.clear()), NotAccepted::SourceNotUsable),
        (
            "of another bank",
            |_, c| change_grant(c, |g| g.bank = Some(payments::Bank::PARSIAN)),
            NotAccepted::SourceNotUsable,
        ),
        ("blocked", |m, _| m.set_account_status(DROPS, AccountStatus::NoDebits), NotAccepted::SourceNotUsable),
        (
            "above the grant's limit",
            |_, c| change_grant(c, |g| g.max_amount = Rial::new(1)),
            NotAccepted::AboveGrantLimit(Rial::new(1)),
        ),
        ("at 23:00", |m, _| m.now_ms = ELEVEN_MS + DAY_MS / 2, NotAccepted::ServiceClosed),
        ("at 03:59", |m, _| m.now_ms = ELEVEN_MS + DAY_MS * 17 / 24 - 60_000, NotAccepted::ServiceClosed),
    ];
    for (what, make, refusal) in cases {
        let mut memory = memory();
        let mut wanted = charge(&memory, "c-1", 20_000, Network::InHouse);
        make(&mut memory, &mut wanted);
        assert_eq!(run(&mut memory, wanted), Err(refusal), "{what}");
    }
}

fn change_grant(charge: &mut ChargeCard, change: fn(&mut Grant)) {
    let mut grant = Grant::clone(&charge.grant);
    change(&mut grant);
    charge.grant = Arc::new(grant);
}

#[test]
fn a_charge_goes_through_the_float_card_and_leaves_it_as_it_was() {
    let mut memory = memory();
    let wanted = charge(&memory, "c-1", 20_000, Network::InHouse);
    let order = submit(&mut memory, wanted.clone());
    assert!(matches!(order.state, OrderState::Booked(_)));
    assert_eq!(memory.balance(DROPS), (TRILLION - 20_000, TRILLION - 20_000));
    assert_eq!((memory.card_balance(FLOAT), memory.card_balance(BON)), (FLOAT_BALANCE, 20_000));
    let legs: Vec<_> = memory.transfers.values().filter(|transfer| transfer.cause == order.id.0).collect();
    assert_eq!(legs.len(), 2, "one journal, two legs");
    assert!(matches!(run(&mut memory, wanted), Ok(Submitted::Duplicate(_))));
    assert_eq!(memory.card_balance(BON), 20_000, "once");
}

#[test]
fn every_code_of_a_network_does_to_the_money_what_its_class_says() {
    for code in ChargeCode::all().filter(|code| !code.as_str().starts_with(['F', 'G'])) {
        for resolution in [Resolution::Done, Resolution::Failed] {
            let mut memory = memory();
            let wanted = charge(&memory, "c-1", 20_000, answering(code));
            let order = submit(&mut memory, wanted);
            let (told, posted, available, float) = match code.class() {
                ChargeClass::Succeeded => (Status::Done, -20_000, -20_000, 0),
                ChargeClass::Failed => (Status::Failed, 0, 0, 0),
                ChargeClass::Unknown if code == ChargeCode::STUCK_ON_FLOAT => {
                    (Status::Unknown, -20_000, -20_000, 20_000)
                }
                ChargeClass::Unknown => (Status::Unknown, 0, -20_000, 0),
            };
            let name = code.as_str();
            assert_eq!(order.state.status(), told, "{name}");
            assert_eq!(memory.balance(DROPS), (TRILLION + posted, TRILLION + available), "{name}");
            assert_eq!(memory.card_balance(FLOAT), FLOAT_BALANCE + float, "{name}");
            let resolved = resolve(&mut memory, "c-1", resolution);
            if told != Status::Unknown {
                assert_eq!(resolved, Err(ResolveRefusal::OrderDecided), "{name}");
                continue;
            }
            let (status, bon) = match resolution {
                Resolution::Done => (Status::Done, 20_000),
                Resolution::Failed => (Status::Failed, 0),
            };
            assert_eq!(resolved.unwrap().state.status(), status, "{name}");
            assert_eq!((memory.card_balance(BON), memory.card_balance(FLOAT)), (bon, FLOAT_BALANCE), "{name}");
            assert_eq!(memory.balance(DROPS), (TRILLION - bon, TRILLION - bon), "{name} {resolution:?}");
            assert_eq!(resolve(&mut memory, "c-1", resolution), Err(ResolveRefusal::OrderDecided), "{name}");
        }
    }
}

#[test]
fn a_reversed_charge_of_a_closed_deposit_goes_to_suspense() {
    let mut memory = memory();
    let wanted = charge(&memory, "c-1", 20_000, answering(ChargeCode::STUCK_ON_FLOAT));
    submit(&mut memory, wanted);
    memory.set_account_status(DROPS, AccountStatus::Closed);
    resolve(&mut memory, "c-1", Resolution::Failed).unwrap();
    assert_eq!((memory.balance_of(SUSPENSE).0, memory.card_balance(FLOAT)), (20_000, FLOAT_BALANCE));
}

/// A limit's code, how it is set, and after how many milliseconds it has room again; `None`: never.
type LimitCase = (&'static str, fn(&mut ChargeLimits, Rial), Option<i64>);

#[test]
fn a_client_s_limits_count_what_is_done_and_unknown_in_their_period() {
    let cases: [LimitCase; 7] = [
        ("A112", |limits, most| limits.per_transaction = most, None),
        ("A111", |limits, most| limits.per_card = most, None),
        ("A113", |limits, most| limits.daily = most, Some(DAY_MS)),
        ("A114", |limits, most| limits.monthly = most, Some(DAY_MS)),
        ("A115", |limits, most| limits.account = most, None),
        ("A116", |limits, most| limits.account_daily = most, Some(DAY_MS)),
        ("A117", |limits, most| limits.account_monthly = most, Some(DAY_MS)),
    ];
    for (code, set, room_after) in cases {
        let mut memory = memory();
        change_client(&mut memory, |client| set(&mut client.charge_limits, Rial::new(50_000)));
        let mut number = 0;
        let mut send = |memory: &mut Memory, amount, answer| {
            number += 1;
            let wanted = charge(memory, &format!("c-{number}"), amount, answer);
            submit(memory, wanted).first
        };
        let refused = FirstAnswer::Charge(ChargeCode::named(code).unwrap());
        assert_eq!(send(&mut memory, 50_001, Network::InHouse), refused, "{code}: above it at once");
        assert_eq!(send(&mut memory, 30_000, Network::InHouse), FirstAnswer::Done, "{code}");
        if code == "A112" {
            continue;
        }
        assert_eq!(send(&mut memory, 20_001, Network::InHouse), refused, "{code}: the sum counts");
        let unknown = answering(ChargeCode::STATUS_UNKNOWN);
        assert_eq!(send(&mut memory, 20_000, unknown), FirstAnswer::Charge(ChargeCode::STATUS_UNKNOWN), "{code}");
        assert_eq!(send(&mut memory, 1, Network::InHouse), refused, "{code}: what is unknown counts");
        resolve(&mut memory, "c-4", Resolution::Failed).unwrap();
        assert_eq!(send(&mut memory, 20_000, Network::InHouse), FirstAnswer::Done, "{code}: what failed does not");
        // The next day is 1 Azar: a new day and a new month.
        memory.now_ms += DAY_MS;
        let next_day = send(&mut memory, 50_000, Network::InHouse);
        assert_eq!(next_day == FirstAnswer::Done, room_after.is_some(), "{code}: {next_day:?}");
    }
}
