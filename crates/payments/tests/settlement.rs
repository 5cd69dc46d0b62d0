//! Paya and satna orders from acceptance to settlement and return, on a virtual clock (finnotech.md 3.1 and 3.2).

use crate::memory::{DROPS, DeferredOutcome, ELEVEN_MS, MARTIN, Memory, Network, SOMAYEH, key, ordered, transfer};
use std::sync::Arc;

use fastrand::Rng;
use ledger::{AccountStatus, Rial};
use payments::{
    Bank, CLOSE_GRACE_MS, CycleUnknown, Digest, FEE_INCOME, FileMark, FileOrders, FirstAnswer, Grant, JobKind,
    NAMED_IDS, NotAccepted, NoteGroupFile, Order, OrderRef, OrderRefusal, OrderState, Resolution, ResolveOrder,
    ResolveRefusal, ReturnOrder, ReturnRefusal, Route, Rules, SETTLE_SLICE, SUSPENSE, Service, Status, SubmitTransfer,
    clearing, nostro,
};

const PASARGAD: &str = "IR780570000000100200300400";
const MINUTE_MS: i64 = 60_000;
/// 13:45 of the same day.
const SETTLES_MS: i64 = ELEVEN_MS + 165 * MINUTE_MS;
const TRILLION: i64 = 1_000_000_000_000;
const PARSIAN: &str = "47000123456601";
const HUNDRED_BILLION: i64 = 100_000_000_000;

fn documented() -> Memory {
    Memory::demo(Rules::documented().unwrap())
}

fn submit(memory: &mut Memory, transfer: SubmitTransfer) -> Order {
    Order::clone(&ordered(memory.submit(transfer)))
}

/// Submits a transfer that passes all checks of its fields.
fn send(memory: &mut Memory, bank: Bank, track_id: &str, destination: &str, amount: i64) -> Order {
    let transfer = transfer(memory, bank, track_id, destination, amount);
    submit(memory, transfer)
}

fn resolve(memory: &mut Memory, track_id: &str, resolution: Resolution) -> Result<Order, ResolveRefusal> {
    let command = ResolveOrder { order: OrderRef::Key(key(track_id)), resolution };
    memory.run(command).map(|order| Order::clone(&order))
}

fn return_order(memory: &mut Memory, track_id: &str) -> Result<Order, ReturnRefusal> {
    let command = ReturnOrder { order: OrderRef::Key(key(track_id)), reason: "بسته".into() };
    memory.run(command).map(|order| Order::clone(&order))
}

/// Asserts that all posted balances sum to zero, and all held money as well.
fn check_sums(memory: &Memory) {
    let sum: i64 =
        memory.accounts.values().map(|a| a.balances.credits_posted.get() - a.balances.debits_posted.get()).sum();
    assert_eq!(sum, 0);
    let held: i64 =
        memory.accounts.values().map(|a| a.balances.credits_pending.get() - a.balances.debits_pending.get()).sum();
    assert_eq!(held, 0);
}

#[test]
fn a_paya_order_is_on_clearing_until_its_cycle_brings_it_to_a_hosted_destination() {
    let mut memory = documented();
    let order = send(&mut memory, Bank::AYANDEH, "p-1", MARTIN, 20_000_000);
    assert_eq!((order.route, &order.state, order.first), (Route::Paya, &OrderState::Queued(None), FirstAnswer::Done));
    let cycle = order.cycle.unwrap();
    assert_eq!((cycle.bank(), cycle.day(), cycle.number()), (Some(Bank::AYANDEH), 14_050_830, 3));
    assert_eq!(memory.balance(DROPS), (TRILLION - 20_000_000, TRILLION - 20_000_000));
    assert_eq!(memory.balance_of(cycle.clearing()).0, 20_000_000);
    assert_eq!(memory.advance_to(SETTLES_MS - 1), 1, "it is closed, and not settled a millisecond early");
    assert_eq!(memory.balance("300400500600"), (0, 0));
    assert_eq!(memory.advance_to(SETTLES_MS), 1, "13:45:00 counts as due");
    assert_eq!(memory.balance("300400500600"), (20_000_000, 20_000_000));
    assert_eq!((memory.balance_of(cycle.clearing()).0, &memory.order("p-1").state), (0, &OrderState::Settled));
    let last = memory.transfers.values().next_back().unwrap();
    assert_eq!((last.at_ms, last.cause), (SETTLES_MS, order.id.0), "settled to the second, and linked to its order");
    assert_eq!((memory.jobs.len(), memory.advance_to(SETTLES_MS + 86_400_000)), (0, 0), "its job runs once");
    check_sums(&memory);
}

#[test]
fn what_goes_to_a_bank_that_is_not_hosted_leaves_through_nostro() {
    let mut memory = documented();
    let before = memory.balance_of(nostro(Bank::AYANDEH)).0;
    send(&mut memory, Bank::AYANDEH, "p-1", PASARGAD, 20_000_000);
    memory.advance_to(SETTLES_MS);
    assert_eq!(memory.balance_of(nostro(Bank::AYANDEH)).0, before - 20_000_000);
    let satna = send(&mut memory, Bank::AYANDEH, "s-1", PASARGAD, 500_000_001);
    assert!(matches!((satna.route, &satna.state), (Route::Satna, OrderState::Booked(_))), "at once: {satna:?}");
    assert_eq!(memory.balance_of(nostro(Bank::AYANDEH)).0, before - 520_000_001);
    check_sums(&memory);
}

#[test]
fn parsian_s_money_is_held_until_its_cycle_settles_and_it_has_no_first_cycle() {
    for (accepted_ms, settles_ms, number) in [
        (ELEVEN_MS - 46 * MINUTE_MS, ELEVEN_MS - 15 * MINUTE_MS, 2),
        (ELEVEN_MS - 44 * MINUTE_MS, SETTLES_MS, 3),
        (ELEVEN_MS + 180 * MINUTE_MS, ELEVEN_MS - 15 * MINUTE_MS + 86_400_000, 2),
    ] {
        let mut memory = documented();
        memory.now_ms = accepted_ms;
        let order = send(&mut memory, Bank::PARSIAN, "p-1", MARTIN, 10_000_000);
        assert_eq!(order.cycle.map(|cycle| cycle.number()), Some(number));
        assert_eq!(memory.balance(PARSIAN), (HUNDRED_BILLION, HUNDRED_BILLION - 10_000_000));
        memory.advance_to(settles_ms - 1);
        assert_eq!(memory.balance(PARSIAN), (HUNDRED_BILLION, HUNDRED_BILLION - 10_000_000));
        memory.advance_to(settles_ms);
        assert_eq!(memory.balance(PARSIAN), (HUNDRED_BILLION - 10_000_000, HUNDRED_BILLION - 10_000_000));
        assert_eq!(memory.balance("300400500600").0, 10_000_000);
        assert_eq!(memory.transfers.values().next_back().unwrap().at_ms, settles_ms);
        check_sums(&memory);
    }
}

#[test]
fn a_destination_that_takes_no_credits_at_settlement_sends_the_money_back() {
    for (bank, source, all) in [(Bank::AYANDEH, DROPS, TRILLION), (Bank::PARSIAN, PARSIAN, HUNDRED_BILLION)] {
        let mut memory = documented();
        send(&mut memory, bank, "p-1", MARTIN, 20_000_000);
        memory.set_account_status("300400500600", AccountStatus::NoCredits);
        memory.advance_to(SETTLES_MS);
        let order = memory.order("p-1");
        assert!(matches!(&order.state, OrderState::Returned(back) if back.to == order.source), "{bank}");
        assert_eq!((order.state.status(), memory.balance(source)), (Status::Failed, (all, all)), "{bank}");
        let cycle = memory.cycles.values().next().unwrap();
        assert_eq!((cycle.settled, cycle.returned), (0, 1));
        check_sums(&memory);
    }
}

#[test]
fn an_order_whose_hold_is_gone_keeps_no_other_order_from_settling() {
    let mut memory = documented();
    let lost = send(&mut memory, Bank::PARSIAN, "p-1", MARTIN, 10_000_000);
    send(&mut memory, Bank::PARSIAN, "p-2", MARTIN, 20_000_000);
    let hold = lost.state.hold().unwrap();
    let pending = memory.pendings.remove(&hold.amount).unwrap();
    let amount = pending.amount;
    let debited = &mut memory.accounts.get_mut(&pending.debit).unwrap().balances.debits_pending;
    *debited = debited.checked_sub(amount).unwrap();
    let credited = &mut memory.accounts.get_mut(&pending.credit).unwrap().balances.credits_pending;
    *credited = credited.checked_sub(amount).unwrap();
    memory.advance_to(SETTLES_MS);
    assert_eq!(memory.order("p-1").state.status(), Status::Failed, "it took nothing, and is never paid out");
    assert_eq!(memory.order("p-2").state, OrderState::Settled);
    assert_eq!(memory.balance("300400500600").0, 20_000_000);
    check_sums(&memory);
}

#[test]
fn money_that_can_go_nowhere_is_kept_in_suspense() {
    let mut memory = documented();
    send(&mut memory, Bank::AYANDEH, "p-1", MARTIN, 20_000_000);
    memory.set_account_status("300400500600", AccountStatus::Closed);
    memory.set_account_status(DROPS, AccountStatus::Closed);
    memory.advance_to(SETTLES_MS);
    assert_eq!(memory.balance_of(SUSPENSE).0, 20_000_000);
    assert!(matches!(&memory.order("p-1").state, OrderState::Returned(back) if back.to == SUSPENSE));
    check_sums(&memory);
}

#[test]
fn a_return_brings_the_money_back_once_and_only_if_its_destination_has_it() {
    let mut memory = documented();
    send(&mut memory, Bank::AYANDEH, "out", PASARGAD, 20_000_000);
    send(&mut memory, Bank::AYANDEH, "in", MARTIN, 30_000_000);
    let satna = SubmitTransfer {
        service: Service::SatnaTransfer,
        ..transfer(&memory, Bank::AYANDEH, "satna", MARTIN, 600_000_000)
    };
    submit(&mut memory, satna);
    assert_eq!(return_order(&mut memory, "out"), Err(ReturnRefusal::NothingToReturn), "it has not left yet");
    assert_eq!(return_order(&mut memory, "nothing"), Err(ReturnRefusal::OrderUnknown));
    memory.advance_to(SETTLES_MS);
    let before = memory.balance(DROPS).0;
    // A bank's money elsewhere may be less than what it owes.
    let elsewhere = &mut memory.accounts.get_mut(&nostro(Bank::AYANDEH)).unwrap().balances;
    (elsewhere.credits_posted, elsewhere.debits_posted) = (Rial::ZERO, Rial::ZERO);
    for (track_id, amount) in [("out", 20_000_000), ("satna", 600_000_000)] {
        let had = memory.balance(DROPS).0;
        let back = return_order(&mut memory, track_id).unwrap();
        let OrderState::Returned(returned) = &back.state else { panic!("{back:?}") };
        assert_ne!(returned.ref_code, back.ref_code, "the return has a number of its own");
        assert_eq!(memory.balance(DROPS).0, had + amount, "{track_id}");
        assert_eq!(return_order(&mut memory, track_id), Err(ReturnRefusal::NothingToReturn), "once");
    }
    // Martin has spent the money, or just not.
    let martin = memory.deposit("300400500600").id;
    let has = |memory: &mut Memory, rials: i64| {
        let balances = &mut memory.accounts.get_mut(&martin).unwrap().balances;
        balances.debits_posted = Rial::new(balances.credits_posted.get() - rials);
    };
    has(&mut memory, 29_999_999);
    assert_eq!(return_order(&mut memory, "in"), Err(ReturnRefusal::DestinationDoesNotCover));
    assert_eq!(memory.balance(DROPS).0, before + 620_000_000);
    has(&mut memory, 30_000_000);
    return_order(&mut memory, "in").unwrap();
    assert_eq!((memory.balance(DROPS).0, memory.balance("300400500600").0), (before + 650_000_000, 0));
}

#[test]
fn an_undecided_order_holds_its_money_until_it_is_decided_and_is_decided_once() {
    let cases: [(&str, i64, Service, Bank); 4] = [
        (SOMAYEH, 50_000, Service::TransferTo, Bank::AYANDEH),
        (PASARGAD, 20_000_000, Service::TransferTo, Bank::AYANDEH),
        (PASARGAD, 600_000_000, Service::TransferTo, Bank::AYANDEH),
        (MARTIN, 10_000_000, Service::TransferTo, Bank::PARSIAN),
    ];
    for (destination, amount, service, bank) in cases {
        for answer in [Network::Pending(None), Network::Unknown(None)] {
            for resolution in [Resolution::Done, Resolution::Failed] {
                let what = format!("{destination} {answer:?} {resolution:?}");
                let mut memory = documented();
                let (source, all) = if bank == Bank::PARSIAN { (PARSIAN, HUNDRED_BILLION) } else { (DROPS, TRILLION) };
                let order = SubmitTransfer {
                    service,
                    submission: answer.terms(),
                    ..transfer(&memory, bank, "u-1", destination, amount)
                };
                let order = submit(&mut memory, order);
                assert_eq!(memory.balance(source), (all, all - amount), "{what}: held");
                assert_eq!((order.cycle, order.state.status() == Status::Done), (None, false), "{what}");
                let decided = resolve(&mut memory, "u-1", resolution).unwrap();
                assert_eq!((decided.ref_code, decided.inquiry_sequence), (order.ref_code, order.inquiry_sequence));
                assert_eq!(decided.first, order.first, "{what}: what was told is not changed");
                assert_eq!(resolve(&mut memory, "u-1", resolution), Err(ResolveRefusal::OrderDecided), "{what}");
                memory.advance_to(SETTLES_MS);
                let left = if resolution == Resolution::Done { all - amount } else { all };
                assert_eq!(memory.balance(source), (left, left), "{what}");
                let status = if resolution == Resolution::Done { Status::Done } else { Status::Failed };
                assert_eq!(memory.order("u-1").state.status(), status, "{what}");
                assert_eq!(memory.balance_of(clearing(bank)).0, 0, "{what}: nothing stays on the way");
                check_sums(&memory);
            }
        }
    }
}

/// When a resolution comes, in milliseconds from 11:00 on: before the cut-off at 13:15, before the cycle is closed, before its settlement, after it,
/// days later; or never.
const VERDICTS: [Option<i64>; 6] = [
    Some(120 * MINUTE_MS),
    Some(135 * MINUTE_MS + CLOSE_GRACE_MS / 2),
    Some(150 * MINUTE_MS),
    Some(180 * MINUTE_MS),
    Some(5 * 24 * 60 * MINUTE_MS),
    None,
];

#[test]
fn an_undecided_paya_order_goes_with_the_cycle_of_its_acceptance_or_not_at_all_whenever_its_resolution_comes() {
    // second-edition.md 2.3.
    let answers: [fn(DeferredOutcome) -> Network; 2] =
        [|later| Network::Pending(Some(later)), |later| Network::Unknown(Some(later))];
    for (bank, source, all) in [(Bank::AYANDEH, DROPS, TRILLION), (Bank::PARSIAN, PARSIAN, HUNDRED_BILLION)] {
        for (answer, after_ms) in answers.into_iter().flat_map(|answer| VERDICTS.map(|after_ms| (answer, after_ms))) {
            for resolution in [Resolution::Done, Resolution::Failed] {
                let what = format!("{bank} {:?}", answer(DeferredOutcome { after_ms, resolution }));
                let (done, other) = (resolution == Resolution::Done, opposite(resolution));
                let mut memory = documented();
                let answer = answer(DeferredOutcome { after_ms, resolution });
                let order =
                    SubmitTransfer { submission: answer.terms(), ..transfer(&memory, bank, "u-1", MARTIN, 20_000_000) };
                let order = submit(&mut memory, order);
                let (own, left) =
                    if done { (order.cycle, order.left_out_of) } else { (order.left_out_of, order.cycle) };
                assert_eq!((own.map(|cycle| cycle.number()), left), (Some(3), None), "{what}");
                assert_eq!(memory.balance(source), (all, all - 20_000_000), "{what}: held");
                // The cycle settles the order if its network has taken it, and only then.
                memory.advance_to(SETTLES_MS);
                let known = after_ms.is_some_and(|after_ms| ELEVEN_MS + after_ms <= SETTLES_MS);
                let status = match (done, known) {
                    (true, _) => Status::Done,
                    (false, true) => Status::Failed,
                    (false, false) => order.state.status(),
                };
                let state = memory.order("u-1").state.clone();
                assert_eq!((state == OrderState::Settled, state.status()), (done, status), "{what}");
                assert_eq!(memory.balance("300400500600").0, if done { 20_000_000 } else { 0 }, "{what}");
                // The opposite resolution is refused afterwards.
                let refused = match (done, known) {
                    (true, _) => ResolveRefusal::TakenByCycle,
                    (false, true) => ResolveRefusal::OrderDecided,
                    (false, false) => ResolveRefusal::LeftOutOfCycle,
                };
                assert_eq!(resolve(&mut memory, "u-1", other), Err(refused), "{what}");
                memory.advance_to(SETTLES_MS + 10 * 24 * 60 * MINUTE_MS);
                assert_eq!(memory.order("u-1").state.status() == Status::Done, done, "{what}");
                if after_ms.is_none() && !done {
                    assert_eq!(
                        resolve(&mut memory, "u-1", Resolution::Done),
                        Err(ResolveRefusal::LeftOutOfCycle),
                        "{what}"
                    );
                    resolve(&mut memory, "u-1", Resolution::Failed).unwrap();
                }
                assert_eq!(
                    resolve(&mut memory, "u-1", resolution).is_ok(),
                    done,
                    "{what}: what is known is no contradiction"
                );
                let left = if done { all - 20_000_000 } else { all };
                assert_eq!(memory.balance(source), (left, left), "{what}");
                assert_eq!(memory.balance("300400500600").0, all - left, "{what}: once");
                assert_eq!(memory.balance_of(clearing(bank)).0, 0, "{what}: nothing stays on the way");
                assert_eq!(memory.jobs.len(), 0, "{what}");
                check_sums(&memory);
            }
        }
    }
}

fn opposite(resolution: Resolution) -> Resolution {
    if resolution == Resolution::Done { Resolution::Failed } else { Resolution::Done }
}

#[test]
fn an_operator_decides_about_a_cycle_as_long_as_it_takes_orders_and_agrees_with_it_afterwards() {
    // second-edition.md 2.3. The outcome at the network is known or not. If not, the order is left out until a resolution says that it was taken.
    let cutoff_ms = SETTLES_MS - 30 * MINUTE_MS;
    for truth in [None, Some(Resolution::Done), Some(Resolution::Failed)] {
        for resolution in [Resolution::Done, Resolution::Failed] {
            for (at_ms, is_open) in [(cutoff_ms - 1, true), (cutoff_ms + CLOSE_GRACE_MS, false), (SETTLES_MS, false)] {
                let what = format!("{truth:?} {resolution:?} {at_ms}");
                let mut memory = documented();
                send(&mut memory, Bank::AYANDEH, "p-1", PASARGAD, 10_000_000);
                let later = truth.map(|resolution| DeferredOutcome { after_ms: None, resolution });
                let answer = Network::Unknown(later);
                let order = SubmitTransfer {
                    submission: answer.terms(),
                    ..transfer(&memory, Bank::AYANDEH, "u-1", MARTIN, 20_000_000)
                };
                submit(&mut memory, order);
                memory.advance_to(at_ms);
                let taken = truth == Some(Resolution::Done);
                let expected = match (is_open, resolution) {
                    (false, Resolution::Done) if !taken => Err(ResolveRefusal::LeftOutOfCycle),
                    (false, Resolution::Failed) if taken => Err(ResolveRefusal::TakenByCycle),
                    (_, resolution) => Ok(resolution),
                };
                let before = memory.order("u-1").clone();
                let decided = resolve(&mut memory, "u-1", resolution);
                assert_eq!(decided.as_ref().map(|_| resolution).map_err(|why| *why), expected, "{what}");
                if decided.is_err() {
                    assert_eq!(*memory.order("u-1"), before, "{what}: a refusal changes nothing");
                }
                memory.advance_to(SETTLES_MS + 10 * 24 * 60 * MINUTE_MS);
                let gone = if expected.is_ok() { resolution == Resolution::Done } else { taken };
                assert_eq!(memory.order("u-1").state == OrderState::Settled, gone, "{what}");
                let cycles: Vec<i64> = memory.cycles.values().map(|cycle| cycle.settled).collect();
                assert_eq!(cycles, [1 + i64::from(gone)], "{what}: no other cycle");
                assert_eq!(memory.balance("300400500600").0, if gone { 20_000_000 } else { 0 }, "{what}");
                check_sums(&memory);
            }
        }
    }
}

#[test]
fn an_order_that_was_undecided_before_cycles_were_kept_takes_the_next_one_from_its_resolution() {
    let mut memory = documented();
    let answer = Network::Unknown(None);
    let order =
        SubmitTransfer { submission: answer.terms(), ..transfer(&memory, Bank::AYANDEH, "u-1", MARTIN, 20_000_000) };
    let order = submit(&mut memory, order);
    // The row as an older version has stored it.
    memory.orders.insert(key("u-1"), std::sync::Arc::new(Order { left_out_of: None, ..order }));
    memory.advance_to(SETTLES_MS);
    let decided = resolve(&mut memory, "u-1", Resolution::Done).unwrap();
    assert_eq!(decided.cycle.map(|cycle| (cycle.day(), cycle.number())), Some((14_050_901, 1)));
    memory.advance_to(SETTLES_MS + 14 * 60 * MINUTE_MS);
    assert_eq!(memory.balance("300400500600").0, 20_000_000);
    check_sums(&memory);
}

#[test]
fn a_late_report_that_contradicts_an_operator_or_a_cycle_is_kept_and_told() {
    for (resolution, said) in [(Resolution::Done, Resolution::Failed), (Resolution::Failed, Resolution::Done)] {
        let mut memory = documented();
        let later = DeferredOutcome { after_ms: Some(180 * MINUTE_MS), resolution: said };
        let answer = Network::Unknown(Some(later));
        let order = SubmitTransfer {
            submission: answer.terms(),
            ..transfer(&memory, Bank::AYANDEH, "u-1", MARTIN, 20_000_000)
        };
        submit(&mut memory, order);
        resolve(&mut memory, "u-1", resolution).unwrap();
        memory.advance_to(SETTLES_MS + 60 * MINUTE_MS);
        let dead: Vec<_> = memory.jobs.values().filter(|job| job.dead_at_ms.is_some()).collect();
        assert_eq!(dead.len(), 1, "{resolution:?}: it is kept");
        let settled = memory.order("u-1").state == OrderState::Settled;
        assert_eq!(settled, resolution == Resolution::Done, "{resolution:?}: the operator was first");
        check_sums(&memory);
    }
}

/// An order in the model: no rows and jobs, only resolutions and their times.
#[derive(Debug)]
struct Modelled {
    track_id: String,
    amount: i64,
    /// When its cycle is closed, settles, and has its cut-off.
    closes_ms: i64,
    settles_ms: i64,
    cutoff_ms: i64,
    taken: bool,
    report: Option<(i64, Resolution)>,
    decided: Option<Resolution>,
}

impl Modelled {
    /// The result of a resolution of an operator or of the network.
    fn say(&mut self, resolution: Resolution, at_ms: i64) -> Result<(), ResolveRefusal> {
        let settled = self.taken && at_ms >= self.settles_ms;
        match (self.decided, resolution) {
            // The cycle has settled the order before the resolution, which agrees.
            (_, Resolution::Done) if settled => Ok(()),
            (_, Resolution::Failed) if settled => Err(ResolveRefusal::TakenByCycle),
            (Some(_), _) => Err(ResolveRefusal::OrderDecided),
            (None, Resolution::Done) if !self.taken && at_ms >= self.cutoff_ms => Err(ResolveRefusal::LeftOutOfCycle),
            (None, Resolution::Failed) if self.taken && at_ms >= self.closes_ms => Err(ResolveRefusal::TakenByCycle),
            (None, resolution) => {
                (self.decided, self.taken) = (Some(resolution), resolution == Resolution::Done);
                Ok(())
            }
        }
    }
}

/// The orders of a cycle's file: number and amount.
fn file_of(memory: &Memory, cycle: payments::CycleId) -> Vec<(i64, i64)> {
    let inside = memory.orders.values().filter(|order| order.cycle == Some(cycle));
    let mut rows: Vec<_> = inside.map(|order| (order.id.0, order.amount.get())).collect();
    rows.sort_unstable();
    rows
}

/// Random orders, resolutions and clock moves against a model without rows: compares what settles and the result of each resolution, and asserts that the
/// file of a closed cycle does not change.
#[test]
fn whatever_order_verdicts_come_in_a_cycle_settles_what_was_taken_once_and_its_file_never_changes() {
    let seed = std::env::var("DARIC_TEST_SEED").map_or(20_261_121, |text| text.parse().unwrap());
    println!("DARIC_TEST_SEED={seed}");
    let (mut random, mut refused, mut settled) = (Rng::with_seed(seed), std::collections::BTreeMap::new(), 0);
    for _ in 0..60 {
        let mut memory = documented();
        let (mut orders, mut files) = (Vec::<Modelled>::new(), std::collections::BTreeMap::new());
        let mut now_ms = ELEVEN_MS;
        for step in 0..60 {
            // Not on the full minute, when cycles and reports become due.
            now_ms += random.i64(0..90) * MINUTE_MS;
            memory.advance_to(now_ms + 30_007);
            let at_ms = memory.now_ms;
            for order in &mut orders {
                if let Some((due_ms, resolution)) = order.report.take_if(|(due_ms, _)| *due_ms <= at_ms) {
                    // A report that is refused changes nothing in the model.
                    let _ = order.say(resolution, due_ms);
                }
            }
            if step < 40 && random.i64(0..2) == 0 {
                let (track_id, amount) = (format!("t-{step}"), 10_000 + step);
                let resolution = if random.i64(0..2) == 0 { Resolution::Done } else { Resolution::Failed };
                let after_ms = (random.i64(0..3) > 0).then(|| random.i64(0..3_000) * MINUTE_MS + 3);
                let later = (random.i64(0..4) > 0).then_some(DeferredOutcome { after_ms, resolution });
                let answer = if random.i64(0..2) == 0 { Network::Pending(later) } else { Network::Unknown(later) };
                let bank = if random.i64(0..2) == 0 { Bank::AYANDEH } else { Bank::PARSIAN };
                let sent =
                    SubmitTransfer { submission: answer.terms(), ..transfer(&memory, bank, &track_id, MARTIN, amount) };
                submit(&mut memory, sent);
                let cycle = memory.rules.paya_cycle(bank, &memory.now()).unwrap();
                orders.push(Modelled {
                    track_id,
                    amount,
                    closes_ms: cycle.cutoff_ms + CLOSE_GRACE_MS,
                    settles_ms: cycle.settle_ms,
                    cutoff_ms: cycle.cutoff_ms,
                    taken: later.is_some_and(|later| later.resolution == Resolution::Done),
                    report: later.and_then(|later| Some((at_ms + later.after_ms?, later.resolution))),
                    decided: None,
                });
            } else if !orders.is_empty() {
                let at = random.usize(..orders.len());
                let resolution = if random.i64(0..2) == 0 { Resolution::Done } else { Resolution::Failed };
                let expected = orders[at].say(resolution, at_ms);
                let said = resolve(&mut memory, &orders[at].track_id, resolution).map(|_| ());
                assert_eq!(said, expected, "{:?} {resolution:?} at {at_ms}", orders[at]);
                if let Err(why) = said {
                    *refused.entry(format!("{why:?}")).or_insert(0) += 1;
                }
            }
            for cycle in memory.cycles.values().filter(|cycle| !cycle.is_gathering()) {
                let file = file_of(&memory, cycle.id);
                assert_eq!(*files.entry(cycle.id).or_insert_with(|| file.clone()), file, "{:?}", cycle.id);
            }
            let arrived = orders.iter().filter(|order| order.taken && order.settles_ms <= at_ms);
            assert_eq!(memory.balance("300400500600").0, arrived.map(|order| order.amount).sum::<i64>());
            for order in &orders {
                let is_settled = memory.order(&order.track_id).state == OrderState::Settled;
                assert_eq!(is_settled, order.taken && order.settles_ms <= at_ms, "{order:?} at {at_ms}");
                settled += i64::from(is_settled);
            }
            check_sums(&memory);
        }
    }
    let all: Vec<&str> = refused.keys().map(String::as_str).collect();
    assert_eq!(all, ["LeftOutOfCycle", "OrderDecided", "TakenByCycle"], "each came up: {refused:?}");
    assert!(settled > 100, "{settled}");
}

#[test]
fn a_decided_order_is_booked_although_its_accounts_were_closed_since() {
    let mut memory = documented();
    let unknown = |memory: &Memory, track_id: &str| SubmitTransfer {
        submission: Network::Unknown(None).terms(),
        ..transfer(memory, Bank::AYANDEH, track_id, SOMAYEH, 50_000)
    };
    let order = unknown(&memory, "u-1");
    submit(&mut memory, order);
    memory.set_account_status(DROPS, AccountStatus::Closed);
    memory.set_account_status(SOMAYEH, AccountStatus::Closed);
    resolve(&mut memory, "u-1", Resolution::Done).unwrap();
    assert_eq!(memory.balance(DROPS).0, TRILLION - 50_000, "the hold is captured");
    assert_eq!((memory.balance(SOMAYEH).0, memory.balance_of(SUSPENSE).0), (50_000_000, 50_000));
    check_sums(&memory);
}

#[test]
fn a_cycle_larger_than_a_slice_settles_every_order_once() {
    let mut memory = documented();
    let count = SETTLE_SLICE as i64 * 2 + 7;
    for number in 0..count {
        let track_id = format!("p-{number}");
        let destination = if number % 3 == 0 { PASARGAD } else { MARTIN };
        let order = send(&mut memory, Bank::AYANDEH, &track_id, destination, 10_000 + number);
        assert_eq!(order.state, OrderState::Queued(None));
    }
    assert_eq!((memory.cycles.len(), memory.jobs.len()), (1, 2), "one cycle; it is closed, and settled");
    assert_eq!(memory.advance_to(SETTLES_MS), 2, "slices of one job count as one");
    let cycle = memory.cycles.values().next().unwrap();
    assert_eq!((cycle.settled, cycle.returned, cycle.settled_at_ms), (count, 0, Some(SETTLES_MS)));
    assert!(memory.orders.values().all(|order| order.state == OrderState::Settled));
    assert_eq!(memory.balance_of(cycle.id.clearing()).0, 0);
    check_sums(&memory);
}

#[test]
fn an_order_sent_by_a_clock_that_is_behind_is_not_lost_in_a_settled_cycle() {
    let mut memory = documented();
    send(&mut memory, Bank::AYANDEH, "p-1", MARTIN, 20_000_000);
    memory.advance_to(SETTLES_MS);
    memory.now_ms = ELEVEN_MS;
    let late = transfer(&memory, Bank::AYANDEH, "p-2", MARTIN, 20_000_000);
    assert_eq!(memory.run(late), Err(NotAccepted::CycleClosed));
}

#[test]
fn an_order_that_comes_when_its_cycle_is_closed_takes_the_next_one_whatever_its_clock_says() {
    for undecided in [false, true] {
        let mut memory = documented();
        let cutoff_ms = SETTLES_MS - 30 * MINUTE_MS;
        let first = send(&mut memory, Bank::AYANDEH, "p-1", MARTIN, 20_000_000).cycle.unwrap();
        memory.advance_to(cutoff_ms + CLOSE_GRACE_MS - 1);
        assert!(memory.cycles[&first].is_gathering(), "not a millisecond early");
        memory.advance_to(cutoff_ms + CLOSE_GRACE_MS);
        assert_eq!(memory.cycles[&first].closed_at_ms, Some(cutoff_ms + CLOSE_GRACE_MS));
        // The clock of another process is behind.
        memory.now_ms = cutoff_ms - 1;
        let mut late = transfer(&memory, Bank::AYANDEH, "p-2", MARTIN, 30_000_000);
        if undecided {
            late.submission = Network::Unknown(None).terms();
            submit(&mut memory, late);
            resolve(&mut memory, "p-2", Resolution::Done).unwrap();
        } else {
            submit(&mut memory, late);
        }
        let next = memory.order("p-2").cycle.unwrap();
        assert!(next != first && memory.cycles[&next].cutoff_ms > cutoff_ms, "{next:?}");
        memory.advance_to(SETTLES_MS);
        assert_eq!((memory.cycles[&first].settled, memory.balance("300400500600").0), (1, 20_000_000));
        memory.advance_to(memory.cycles[&next].settle_ms);
        assert_eq!((memory.cycles[&next].settled, memory.balance("300400500600").0), (1, 50_000_000));
        check_sums(&memory);
    }
}

#[test]
fn a_cycle_that_was_not_closed_is_closed_by_settling() {
    let mut memory = documented();
    let cycle = send(&mut memory, Bank::AYANDEH, "p-1", MARTIN, 20_000_000).cycle.unwrap();
    let closing = memory.jobs.values().find(|job| job.kind == JobKind::CloseCycle(cycle)).unwrap().id;
    memory.jobs.remove(&closing);
    memory.advance_to(SETTLES_MS);
    assert_eq!((memory.cycles[&cycle].closed_at_ms, memory.cycles[&cycle].settled), (Some(SETTLES_MS), 1));
}

#[test]
fn fees_go_to_income_with_the_amount_and_stay_there_when_the_money_comes_back() {
    let mut memory = Memory::demo(Rules::of_1405().unwrap());
    let order = send(&mut memory, Bank::AYANDEH, "p-1", PASARGAD, 100_000_000);
    assert_eq!((order.fee, memory.balance_of(FEE_INCOME).0), (Rial::new(10_000), 10_000));
    assert_eq!(memory.balance(DROPS).0, TRILLION - 100_010_000);
    let held = send(&mut memory, Bank::PARSIAN, "p-2", PASARGAD, 100_000_000);
    assert_eq!(memory.balance(PARSIAN), (HUNDRED_BILLION, HUNDRED_BILLION - 100_010_000), "amount and fee are held");
    assert_eq!(memory.balance_of(FEE_INCOME).0, 10_000);
    memory.advance_to(SETTLES_MS + 86_400_000);
    assert_eq!(memory.balance_of(FEE_INCOME).0, 20_000);
    assert_eq!(memory.balance(PARSIAN).0, HUNDRED_BILLION - 100_010_000);
    return_order(&mut memory, "p-1").unwrap();
    assert_eq!((memory.balance_of(FEE_INCOME).0, memory.balance(DROPS).0), (20_000, TRILLION - 10_000));
    assert_eq!(held.fee, Rial::new(10_000));
    // An order that its network refuses costs no fee.
    let unknown = SubmitTransfer {
        submission: Network::Unknown(None).terms(),
        ..transfer(&memory, Bank::AYANDEH, "u-1", PASARGAD, 100_000_000)
    };
    submit(&mut memory, unknown);
    let failed = resolve(&mut memory, "u-1", Resolution::Failed).unwrap();
    assert_eq!((failed.fee, memory.balance(DROPS)), (Rial::ZERO, (TRILLION - 10_000, TRILLION - 10_000)));
    check_sums(&memory);
}

#[test]
fn what_a_network_refuses_is_refused_only_if_it_got_there() {
    let mut memory = documented();
    let answer = Network::Refuses(OrderRefusal::DestinationNotUsable);
    let refused =
        SubmitTransfer { submission: answer.terms(), ..transfer(&memory, Bank::AYANDEH, "r-1", SOMAYEH, 50_000) };
    let order = submit(&mut memory, refused);
    assert_eq!(order.first, FirstAnswer::Refused(OrderRefusal::DestinationNotUsable));
    let poor =
        SubmitTransfer { submission: answer.terms(), ..transfer(&memory, Bank::AYANDEH, "r-2", SOMAYEH, TRILLION + 1) };
    assert_eq!(submit(&mut memory, poor).first, FirstAnswer::Refused(OrderRefusal::InsufficientFunds));
    assert_eq!(memory.balance(DROPS), (TRILLION, TRILLION));
}

/// The money waits on clearing, the order is reported as unknown, and an operator decides once where the money goes.
#[test]
fn an_order_that_can_go_neither_on_nor_back_is_stuck_until_an_operator_decides() {
    for resolution in [Resolution::Done, Resolution::Failed] {
        let mut memory = documented();
        let order = send(&mut memory, Bank::AYANDEH, "p-1", MARTIN, 20_000_000);
        let clearing = order.cycle.unwrap().clearing();
        let set_status = |memory: &mut Memory, status| memory.accounts.get_mut(&clearing).unwrap().status = status;
        // The money cannot leave the clearing account.
        set_status(&mut memory, AccountStatus::Closed);
        memory.advance_to(SETTLES_MS);
        let stuck = memory.order("p-1").clone();
        assert!(matches!(&stuck.state, OrderState::Stuck(None, why) if !why.is_empty()), "{:?}", stuck.state);
        assert_eq!((stuck.state.status(), memory.balance_of(clearing).0), (Status::Unknown, 20_000_000));
        let cycle = &memory.cycles[&order.cycle.unwrap()];
        assert_eq!((cycle.settled, cycle.returned), (0, 0));
        assert!(cycle.settled_at_ms.is_some(), "the cycle does not wait for it");
        // A resolution that cannot be booked is refused and changes nothing.
        assert!(resolve(&mut memory, "p-1", resolution).is_err());
        assert_eq!(memory.order("p-1").state, stuck.state);
        set_status(&mut memory, AccountStatus::Open);
        let decided = resolve(&mut memory, "p-1", resolution).unwrap();
        let (state, martin) = if resolution == Resolution::Done { ("settled", 20_000_000) } else { ("returned", 0) };
        assert_eq!((decided.state.name(), memory.balance("300400500600").0), (state, martin));
        assert_eq!(memory.balance(DROPS).0, TRILLION - martin);
        assert_eq!((memory.balance_of(clearing).0, memory.balance_of(SUSPENSE).0), (0, 0));
        assert_eq!(resolve(&mut memory, "p-1", resolution), Err(ResolveRefusal::OrderDecided));
        check_sums(&memory);
    }
}

#[test]
fn an_order_that_is_stuck_while_its_money_is_held_is_paid_from_its_hold_or_freed() {
    for (resolution, paid) in [(Resolution::Done, 10_000_000), (Resolution::Failed, 0)] {
        let mut memory = documented();
        let order = send(&mut memory, Bank::PARSIAN, "p-1", MARTIN, 10_000_000);
        let clearing = order.cycle.unwrap().clearing();
        // What is captured cannot leave the clearing account, so nothing is captured.
        memory.accounts.get_mut(&clearing).unwrap().status = AccountStatus::NoDebits;
        memory.advance_to(SETTLES_MS + 86_400_000);
        let held = order.state.hold();
        assert!(held.is_some());
        let stuck = memory.order("p-1").state.clone();
        assert!(matches!(stuck, OrderState::Stuck(hold, _) if hold == held), "{stuck:?}");
        resolve(&mut memory, "p-1", resolution).unwrap();
        assert_eq!(memory.balance(PARSIAN), (HUNDRED_BILLION - paid, HUNDRED_BILLION - paid), "{resolution:?}");
        assert_eq!(memory.balance("300400500600").0, paid, "{resolution:?}");
        check_sums(&memory);
    }
}

/// finnotech.md 1.4, step 16.
#[test]
fn an_order_counts_in_its_month_until_it_is_decided_to_have_failed() {
    let mut memory = documented();
    let ordered = |memory: &mut Memory, track_id: &str| {
        let order = transfer(memory, Bank::AYANDEH, track_id, PASARGAD, 20_000_000);
        let grant = Grant { monthly_count: 2, ..Grant::clone(&order.grant) };
        let submission = Network::Unknown(None).terms();
        memory.submit(SubmitTransfer { grant: Arc::new(grant), submission, ..order })
    };
    let is_ordered = |memory: &mut Memory, track_id: &str| match ordered(memory, track_id) {
        Ok(_) => true,
        Err(NotAccepted::MonthlyCountUsedUp(2)) => false,
        Err(other) => panic!("{track_id}: {other:?}"),
    };
    let counted = |memory: &Memory| memory.grant_months.values().map(|month| month.orders).collect::<Vec<_>>();
    for (track_id, expected) in [("t-1", true), ("t-2", true), ("t-3", false)] {
        assert_eq!(is_ordered(&mut memory, track_id), expected, "{track_id}");
    }
    resolve(&mut memory, "t-1", Resolution::Done).unwrap();
    assert_eq!((counted(&memory), is_ordered(&mut memory, "t-4")), (vec![2], false), "one that is done counts");
    resolve(&mut memory, "t-2", Resolution::Failed).unwrap();
    assert_eq!((counted(&memory), is_ordered(&mut memory, "t-5")), (vec![1], true), "one that has failed does not");
    assert_eq!((counted(&memory), is_ordered(&mut memory, "t-6")), (vec![2], false));
}

/// finnotech.md 3.2.
#[test]
fn the_first_group_file_of_each_kind_that_a_closed_cycle_is_noted_with_stays_its_file() {
    let mut memory = documented();
    let id = send(&mut memory, Bank::AYANDEH, "p-1", MARTIN, 20_000_000).cycle.unwrap();
    assert_eq!(id.clearing().0, NAMED_IDS + id.0);
    let mark = |byte: u8| FileMark { digest: Digest([byte; 32]), orders: i64::from(byte), sum: 20_000_000 };
    let note = |memory: &mut Memory, cycle, which, byte| memory.run(NoteGroupFile { cycle, which, mark: mark(byte) });
    assert_eq!(note(&mut memory, id, FileOrders::All, 1), Err(CycleUnknown), "it takes orders");
    memory.advance_to(SETTLES_MS - 1);
    assert_eq!(note(&mut memory, payments::CycleId(7), FileOrders::All, 1), Err(CycleUnknown));
    for (which, byte, kept) in [
        (FileOrders::All, 1, 1),
        (FileOrders::All, 2, 1),
        (FileOrders::Leaving, 3, 3),
        (FileOrders::Leaving, 4, 3),
        (FileOrders::All, 5, 1),
    ] {
        assert_eq!(note(&mut memory, id, which, byte), Ok(mark(kept)), "{which:?} {byte}");
    }
    let is_begun = |memory: &Memory| memory.cycles[&id].is_begun();
    assert!(!is_begun(&memory));
    memory.advance_to(SETTLES_MS);
    assert!(is_begun(&memory));
}

/// finnotech.md 1.4, step 17.
#[test]
fn satna_is_refused_outside_of_its_network_s_hours() {
    let mut memory = Memory::demo(Rules::of_1405().unwrap());
    let satna = |memory: &mut Memory, track_id: &str| {
        let order = transfer(memory, Bank::AYANDEH, track_id, PASARGAD, 600_000_000);
        memory.run(SubmitTransfer { service: Service::SatnaTransfer, ..order }).map(|_| ())
    };
    assert_eq!(satna(&mut memory, "s-1"), Ok(()), "at eleven on a Saturday");
    memory.now_ms += 12 * 60 * MINUTE_MS - MINUTE_MS;
    assert_eq!(satna(&mut memory, "s-2"), Err(NotAccepted::ServiceClosed), "at a minute to eleven in the evening");
}
