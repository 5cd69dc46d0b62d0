//! Orders that go to a network: the effect of each response on order, money and jobs (invariants 5 to 7).

use crate::memory::{self, BON, DROPS, FLOAT, Memory, Network, SOMAYEH, charge, key, transfer};
use payments::{
    Bank, CLOSE_GRACE_MS, ChargeCode, Command, End, Field, FirstAnswer, Job, JobEnd, JobKind, JobTaken, MalformedOrder,
    NEVER_MS, NOT_FOUND_FINAL_MS, NetworkCall, NetworkRefusal, NetworkResponse, NotAccepted, Order, OrderCaller,
    OrderId, OrderRef, OrderRefusal, OrderState, ReportSubmission, Resolution, ResolveOrder, Rules, Settlement, Status,
    SubmitTransfer, Submitted, Text, Unanswered, nostro,
};

const PASARGAD: &str = "IR780570000000100200300400";
const TRILLION: i64 = 1_000_000_000_000;
const DAY_MS: i64 = 86_400_000;
const AGAIN_MS: i64 = 60_000;

/// The routes of orders, as these tests name them.
const ROUTES: [&str; 4] = ["internal", "paya", "satna", "card"];

fn documented() -> Memory {
    Memory::demo(Rules::documented().unwrap())
}

/// An order that waits for its network, and the job that submits it. The amount in rials is 20,000,000; satna 600,000,000; a charge 20,000.
fn written(memory: &mut Memory, route: &str, settlement: Settlement) -> (Order, Job) {
    let mut terms = Network::Unknown(None).terms().unwrap();
    terms.network.settlement = settlement;
    let submission = Some(terms);
    let submitted = if route == "card" {
        memory.run_ok(payments::ChargeCard { submission, ..charge(memory, "t-1", 20_000, Network::InHouse) })
    } else {
        let (destination, amount) = match route {
            "internal" => (SOMAYEH, 20_000_000),
            "paya" => (PASARGAD, 20_000_000),
            _ => (PASARGAD, 600_000_000),
        };
        let order = transfer(memory, Bank::AYANDEH, "t-1", destination, amount);
        memory.run_ok(SubmitTransfer { submission, ..order })
    };
    let Submitted::ToNetwork(order, job) = submitted else { panic!("{route}: {submitted:?}") };
    (Order::clone(&order), job)
}

fn report(job: Job, order: &Order, call: NetworkCall, response: NetworkResponse) -> ReportSubmission {
    ReportSubmission {
        job,
        order: order.id,
        call,
        response,
        caller: OrderCaller::Waits,
        ask_again_ms: Some(AGAIN_MS),
        not_found_final_ms: NOT_FOUND_FINAL_MS,
    }
}

/// Claims the only job that submits or inquires an order, as a worker would.
fn claim(memory: &mut Memory) -> Job {
    let about = |job: &Job| matches!(job.kind, JobKind::SubmitOrder(_) | JobKind::InquireOrder(_));
    let jobs: Vec<Job> = memory.jobs.values().map(|job| **job).filter(about).collect();
    assert_eq!(jobs.len(), 1, "{jobs:?}");
    let job = Job { fence: jobs[0].fence + 1, leased_until_ms: 1, ..jobs[0] };
    memory.jobs.insert(job.id, std::sync::Arc::new(job));
    job
}

#[test]
fn an_order_its_hold_and_its_submission_are_written_before_its_network_is_asked() {
    // design.md, invariant 7.
    for route in ROUTES {
        let mut memory = documented();
        let (order, job) = written(&mut memory, route, Settlement::WhenDone);
        let amount = order.amount.get();
        assert_eq!(memory.balance(DROPS), (TRILLION, TRILLION - amount), "{route}: held");
        let (first, is_waiting) = match route {
            "card" => (FirstAnswer::Charge(ChargeCode::STATUS_UNKNOWN), matches!(order.state, OrderState::Unknown(_))),
            _ => (FirstAnswer::Pending, matches!(order.state, OrderState::Pending(_))),
        };
        assert_eq!((order.first, is_waiting), (first, true), "{route}");
        let row = memory.submissions[&order.id].clone();
        assert_eq!((&*row.reference, row.answered_at_ms, row.inquiries), ("unknown", None, 0), "{route}");
        assert_eq!((job.kind, job.fence, job.leased_until_ms), (JobKind::SubmitOrder(order.id), 1, 30_000), "{route}");
        assert_eq!(*memory.jobs[&job.id], job, "{route}: no other process submits it");
        assert!(matches!(memory.run(again(&memory, route)), Ok(Submitted::Duplicate(_))), "{route}");
    }
}

/// An order with the same trackId.
fn again(memory: &Memory, _route: &str) -> SubmitTransfer {
    transfer(memory, Bank::AYANDEH, "t-1", SOMAYEH, 1)
}

/// Name, response, and the result for a transfer: status, first answer, whether the money has left, whether it is held.
type Case = (&'static str, NetworkResponse, Status, FirstAnswer, bool, bool);

#[test]
fn each_response_to_a_submission_is_the_first_answer_of_a_caller_that_waits() {
    let refused = OrderRefusal::DestinationNotUsable;
    let cases: [Case; 4] = [
        ("done", NetworkResponse::Done(Some(Text::from("N1"))), Status::Done, FirstAnswer::Done, true, false),
        (
            "refused",
            NetworkResponse::Refused(NetworkRefusal::Transfer(refused)),
            Status::Failed,
            FirstAnswer::Refused(refused),
            false,
            false,
        ),
        ("accepted", NetworkResponse::Accepted, Status::Pending, FirstAnswer::Pending, false, true),
        ("unknown", NetworkResponse::Unknown(Unanswered::NoAnswer), Status::Unknown, FirstAnswer::Unknown, false, true),
    ];
    for route in ROUTES {
        for (name, response, status, first, left, held) in cases.clone() {
            let what = format!("{route} {name}");
            let mut memory = documented();
            let (order, job) = written(&mut memory, route, Settlement::WhenDone);
            let amount = order.amount.get();
            let reported = memory.run_ok(report(job, &order, NetworkCall::Submit, response));
            assert_eq!(reported.end, JobEnd::Done, "{what}");
            let now = reported.order.unwrap();
            let (status, first) = match (route, name) {
                ("card", "accepted" | "unknown") => (Status::Unknown, FirstAnswer::Charge(ChargeCode::STATUS_UNKNOWN)),
                ("card", "refused") => (Status::Failed, FirstAnswer::Charge(ChargeCode::NOT_DONE)),
                _ => (status, first),
            };
            assert_eq!((now.state.status(), now.first), (status, first), "{what}");
            let (posted, available) = (
                if left { TRILLION - amount } else { TRILLION },
                if left || held { TRILLION - amount } else { TRILLION },
            );
            assert_eq!(memory.balance(DROPS), (posted, available), "{what}");
            let row = memory.submissions[&order.id].clone();
            assert_eq!(row.answered_at_ms, Some(memory.now_ms), "{what}");
            assert_eq!(row.network_reference.as_deref(), (name == "done").then_some("N1"), "{what}");
            let due: Vec<_> = memory
                .jobs
                .values()
                .filter(|job| matches!(job.kind, JobKind::InquireOrder(_) | JobKind::SubmitOrder(_)))
                .map(|job| (job.kind, job.due_at_ms))
                .collect();
            let inquiry = (JobKind::InquireOrder(order.id), memory.now_ms + AGAIN_MS);
            assert_eq!(due, if held { vec![inquiry] } else { vec![] }, "{what}");
        }
    }
}

#[test]
fn a_caller_that_was_answered_keeps_its_first_answer() {
    for (response, status) in [
        (NetworkResponse::Done(None), Status::Done),
        (NetworkResponse::Refused(NetworkRefusal::Transfer(OrderRefusal::DestinationNotUsable)), Status::Failed),
        (NetworkResponse::Unknown(Unanswered::NoAnswer), Status::Unknown),
    ] {
        let mut memory = documented();
        let (order, job) = written(&mut memory, "satna", Settlement::WhenDone);
        let late = report(job, &order, NetworkCall::Submit, response);
        memory.run_ok(ReportSubmission { caller: OrderCaller::Answered, ..late });
        assert_eq!((memory.order("t-1").state.status(), memory.order("t-1").first), (status, FirstAnswer::Pending));
    }
}

#[test]
fn what_was_certainly_not_sent_is_submitted_five_times_more_and_then_fails() {
    let mut memory = documented();
    let (order, mut job) = written(&mut memory, "satna", Settlement::WhenDone);
    let mut waited = Vec::new();
    loop {
        memory.run_ok(report(job, &order, NetworkCall::Submit, NetworkResponse::NotSent));
        if memory.order("t-1").state.status() == Status::Failed {
            break;
        }
        assert_eq!(memory.order("t-1").state, order.state, "held, and not asked about");
        let next = **memory.jobs.values().next().unwrap();
        assert_eq!(
            (next.kind, next.fence),
            (JobKind::SubmitOrder(order.id), 0),
            "another submission, not a claim of this one"
        );
        waited.push(next.due_at_ms - memory.now_ms);
        memory.now_ms = next.due_at_ms;
        job = claim(&mut memory);
    }
    assert_eq!(waited, [1_000, 5_000, 30_000, 120_000, 600_000]);
    assert_eq!((memory.balance(DROPS), memory.jobs.len()), ((TRILLION, TRILLION), 0));
}

#[test]
fn an_inquiry_that_finds_nothing_is_no_failure_before_the_time_of_the_network() {
    // design.md, invariant 5.
    let mut memory = documented();
    let (order, job) = written(&mut memory, "satna", Settlement::WhenDone);
    memory.run_ok(report(job, &order, NetworkCall::Submit, NetworkResponse::Unknown(Unanswered::NoAnswer)));
    let accepted_ms = memory.now_ms;
    for after_ms in [1, AGAIN_MS, NOT_FOUND_FINAL_MS - 1] {
        memory.now_ms = accepted_ms + after_ms;
        let job = claim(&mut memory);
        memory.run_ok(report(job, &order, NetworkCall::Inquire, NetworkResponse::NotSent));
        assert_eq!(memory.order("t-1").state.status(), Status::Unknown, "{after_ms}");
    }
    memory.now_ms = accepted_ms + NOT_FOUND_FINAL_MS;
    let job = claim(&mut memory);
    memory.run_ok(report(job, &order, NetworkCall::Inquire, NetworkResponse::NotSent));
    assert_eq!((memory.order("t-1").state.status(), memory.balance(DROPS)), (Status::Failed, (TRILLION, TRILLION)));
    assert_eq!((memory.submissions[&order.id].inquiries, memory.jobs.len()), (4, 0));
}

#[test]
fn no_response_but_done_refused_and_a_final_not_there_decides_an_order() {
    let mut random = fastrand::Rng::with_seed(7);
    for _ in 0..200 {
        let mut memory = documented();
        let route = ROUTES[random.usize(..ROUTES.len())];
        let (order, mut job) = written(&mut memory, route, Settlement::WhenDone);
        for at in 0..random.usize(1..8) {
            let response = match random.u8(..3) {
                0 => NetworkResponse::Accepted,
                1 => NetworkResponse::Unknown(Unanswered::NoAnswer),
                _ if at > 0 => NetworkResponse::NotSent,
                _ => NetworkResponse::Unknown(Unanswered::Charge(ChargeCode::NO_SUBSIDIARY)),
            };
            let call = if at == 0 { NetworkCall::Submit } else { NetworkCall::Inquire };
            memory.run_ok(report(job, &order, call, response));
            assert!(memory.order("t-1").state.is_undecided(), "{route} {at}");
            assert_eq!(memory.balance(DROPS), (TRILLION, TRILLION - order.amount.get()), "{route}: held");
            job = claim(&mut memory);
        }
    }
}

#[test]
fn a_charge_that_its_network_leaves_on_the_float_card_is_there() {
    let mut memory = documented();
    let (order, job) = written(&mut memory, "card", Settlement::WhenDone);
    let stuck = NetworkResponse::Unknown(Unanswered::Charge(ChargeCode::STUCK_ON_FLOAT));
    let float = memory.card_balance(FLOAT);
    memory.run_ok(report(job, &order, NetworkCall::Submit, stuck));
    assert_eq!((memory.card_balance(FLOAT), memory.card_balance(BON)), (float + 20_000, 0));
    memory.now_ms += AGAIN_MS;
    let job = claim(&mut memory);
    memory.run_ok(report(job, &order, NetworkCall::Inquire, NetworkResponse::Done(None)));
    assert_eq!((memory.card_balance(FLOAT), memory.card_balance(BON)), (float, 20_000));
    assert_eq!(memory.order("t-1").first, FirstAnswer::Done, "the test's caller still waits");
}

#[test]
fn a_claim_that_was_lost_reports_nothing() {
    let mut memory = documented();
    let (order, job) = written(&mut memory, "internal", Settlement::WhenDone);
    let other = claim(&mut memory);
    assert_eq!(memory.run(report(job, &order, NetworkCall::Submit, NetworkResponse::Done(None))), Err(JobTaken));
    assert_eq!(memory.order("t-1").state, order.state);
    memory.run_ok(report(other, &order, NetworkCall::Inquire, NetworkResponse::Done(None)));
    let done = report(other, &order, NetworkCall::Inquire, NetworkResponse::Done(None));
    assert_eq!(memory.run(done), Err(JobTaken), "once");
}

/// A report that contradicts an operator's decision is not dropped: its job is listed as dead, and an alarm is raised.
#[test]
fn a_response_that_contradicts_an_operator_s_decision_changes_nothing_and_is_kept() {
    let refused = NetworkResponse::Refused(NetworkRefusal::Transfer(OrderRefusal::DestinationNotUsable));
    for (decided, response, contradicts) in [
        (Resolution::Done, NetworkResponse::Done(None), false),
        (Resolution::Done, refused.clone(), true),
        (Resolution::Failed, NetworkResponse::Done(None), true),
        (Resolution::Failed, refused, false),
        (Resolution::Done, NetworkResponse::Unknown(Unanswered::NoAnswer), false),
    ] {
        let mut memory = documented();
        let (order, job) = written(&mut memory, "internal", Settlement::WhenDone);
        memory.run_ok(ResolveOrder { order: OrderRef::Key(key("t-1")), resolution: decided });
        let before = (memory.order("t-1").clone(), memory.balance(DROPS));
        let reported = memory.run_ok(report(job, &order, NetworkCall::Submit, response.clone()));
        assert_eq!((memory.order("t-1").clone(), memory.balance(DROPS)), before, "{decided:?} {response:?}");
        match (contradicts, reported.end) {
            (false, JobEnd::Done) => assert!(memory.jobs.is_empty(), "{decided:?} {response:?}"),
            (true, JobEnd::Failed(failure, true)) => {
                assert!(failure.error.starts_with("the report says"), "{}", failure.error);
                assert_eq!(memory.jobs[&job.id].due_at_ms, NEVER_MS);
            }
            (_, end) => panic!("{decided:?} {response:?}: {end:?}"),
        }
    }
}

#[test]
fn a_paya_order_that_its_network_settles_is_booked_against_nostro_whenever_it_is_done() {
    let mut memory = documented();
    let nostro_before = memory.balance_of(nostro(Bank::AYANDEH)).0;
    let (order, job) = written(&mut memory, "paya", Settlement::ByNetwork);
    assert_eq!((order.cycle, order.left_out_of), (None, None));
    memory.run_ok(report(job, &order, NetworkCall::Submit, NetworkResponse::Accepted));
    // Long after the cycle that the order would have taken.
    memory.now_ms += 2 * DAY_MS + CLOSE_GRACE_MS;
    let job = claim(&mut memory);
    memory.run_ok(report(job, &order, NetworkCall::Inquire, NetworkResponse::Done(Some(Text::from("ACH-7")))));
    assert!(matches!(memory.order("t-1").state, OrderState::Booked(_)));
    let booked = memory.balance_of(nostro(Bank::AYANDEH)).0 - nostro_before;
    assert_eq!((booked.abs(), memory.cycles.len()), (20_000_000, 0));
    assert_eq!(memory.submissions[&order.id].network_reference.as_deref(), Some("ACH-7"));
}

#[test]
fn an_order_without_a_row_fails_its_job_and_nothing_else() {
    let mut memory = documented();
    let (order, job) = written(&mut memory, "internal", Settlement::WhenDone);
    let missing =
        ReportSubmission { order: OrderId(1), ..report(job, &order, NetworkCall::Submit, NetworkResponse::Accepted) };
    let reported = memory.run_ok(missing);
    assert!(matches!(reported.end, JobEnd::Failed(failure, false) if &*failure.error == "submission: OrderUnknown"));
    assert_eq!(reported.order, None);
}

#[test]
fn an_order_is_measured_once_by_the_response_to_its_submission() {
    let cases = [
        (NetworkCall::Submit, NetworkResponse::Done(None), Some((End::Done, 20_000_000))),
        (NetworkCall::Submit, NetworkResponse::Unknown(Unanswered::NoAnswer), Some((End::Unknown, 0))),
        (NetworkCall::Submit, NetworkResponse::NotSent, None),
        (NetworkCall::Inquire, NetworkResponse::Done(None), None),
    ];
    for (call, response, expected) in cases {
        let mut memory = documented();
        let (order, job) = written(&mut memory, "paya", Settlement::WhenDone);
        let command = report(job, &order, call, response);
        let result = memory.run(command.clone());
        let measured = command.measure(&result).map(|measured| (measured.end, measured.amount.get()));
        assert_eq!(measured, expected, "{command:?}");
    }
}

/// finnotech.md 1.4: a repeated trackId precedes the faults of fields.
#[test]
fn a_malformed_order_is_answered_with_the_order_that_has_its_track_id() {
    let mut memory = documented();
    let (order, _) = written(&mut memory, "internal", Settlement::WhenDone);
    let fault = NotAccepted::Invalid(Field::Amount);
    let grant = memory::grant(&memory, Bank::AYANDEH);
    for (track_id, expected) in [("t-1", Ok(order.id)), ("t-2", Err(fault))] {
        for command in
            [MalformedOrder::transfer(key(track_id), &grant, None, fault), MalformedOrder::charge(key(track_id), fault)]
        {
            assert_eq!(memory.run(command).map(|order| order.id), expected, "{track_id}");
        }
    }
}

#[test]
fn an_order_that_is_cleared_in_the_house_is_measured_by_its_submission_and_a_repeated_one_is_not() {
    let mut memory = documented();
    let mut measured = |track_id: &str, amount: i64| {
        let command = transfer(&memory, Bank::AYANDEH, track_id, SOMAYEH, amount);
        let result = memory.run(command.clone());
        command.measure(&result).map(|measured| (measured.end, measured.amount.get()))
    };
    for (track_id, amount, expected) in [
        ("t-1", 50_000, Some((End::Done, 50_000))),
        ("t-1", 50_000, None),
        ("t-2", 2 * TRILLION, Some((End::Declined, 0))),
    ] {
        assert_eq!(measured(track_id, amount), expected, "{track_id} {amount}");
    }
}
