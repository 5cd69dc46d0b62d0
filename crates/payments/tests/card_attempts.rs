//! Payments by other banks' cards: they are written together with everything that they hold, and decided by their network's response (invariants 5
//! to 7).

use std::sync::Arc;

use crate::gateway::{
    ALI, GUILD, NIMA, PAYABLE, RIGHT, SHOP, approved, ask_foreign, by, enter, go, has, issue, not_payable, pay_foreign,
    report, voucher, world,
};
use crate::memory::Memory;
use payments::{
    CARD_NETWORK, CancelInvoice, CancelVisit, CardAttempt, CardAttemptState, CardNetworkResponse, CardPayment,
    Declined, Digest, GATEWAY_HOLD, GatewayEntry, GatewayRefusal, InvoiceCall, InvoiceId, InvoiceRefusal, InvoiceState,
    Job, JobEnd, JobKind, JobTaken, Means, NetworkCall, NotPayable, PayFromWallet, ReportAuthorization, Resolution,
    ResolveCardAttempt, ResolveCardRefusal, RetryJob, Rial, SESSION_MS, SessionState, Text, UseCredit, VoucherKey,
    VoucherState, guild_open, wallet,
};

/// The means that pay together with the card.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Beside {
    voucher: bool,
    credit: bool,
}

const ALL: [Beside; 4] = [
    Beside { voucher: false, credit: false },
    Beside { voucher: true, credit: false },
    Beside { voucher: false, credit: true },
    Beside { voucher: true, credit: true },
];

impl Beside {
    fn voucher(self) -> i64 {
        if self.voucher { 20_000 } else { 0 }
    }

    fn credit(self) -> i64 {
        if self.credit { 15_000 } else { 0 }
    }

    fn rest(self) -> i64 {
        PAYABLE - self.voucher() - self.credit()
    }
}

const SESSION: Digest = Digest([1; 32]);

/// A payment after its first commit: it is written, and its network is still to be asked.
fn begun(beside: Beside, verification_needed: bool) -> (Memory, InvoiceId, Arc<CardAttempt>, Job) {
    let mut memory = world();
    let id = issue(&mut memory, 50_000, verification_needed);
    let at = (1, id);
    enter(&mut memory, at, GatewayEntry::Choice).unwrap();
    if beside.voucher {
        go(&mut memory, at, Some(ALI), voucher("GIFT")).unwrap();
    }
    if beside.credit {
        go(&mut memory, at, Some(ALI), UseCredit { hash: Text::from("credit") }).unwrap();
    }
    go(&mut memory, at, Some(ALI), payments::OpenCardStep).unwrap();
    go(&mut memory, at, Some(ALI), ask_foreign(None)).unwrap();
    match go(&mut memory, at, Some(ALI), pay_foreign(RIGHT)).unwrap() {
        CardPayment::ToNetwork(attempt, job) => (memory, id, attempt, job),
        CardPayment::Taken(_) => panic!("its card is of another bank"),
    }
}

fn gift(memory: &Memory) -> VoucherState {
    memory.vouchers[&VoucherKey { issuer: SHOP, code: Text::from("GIFT") }].state
}

/// The rest of Ali's credit, in rials.
fn credit_left(memory: &Memory) -> i64 {
    memory.credit_books[&ALI].credits[0].left.get()
}

fn job_of(memory: &Memory, attempt: &CardAttempt) -> Option<Job> {
    memory.jobs.values().find(|job| job.kind == JobKind::CardAttempt(attempt.id)).map(|job| **job)
}

fn state(memory: &Memory, attempt: &CardAttempt) -> CardAttemptState {
    memory.card_attempts[&attempt.id].state.clone()
}

fn invoice_state(memory: &Memory, id: InvoiceId) -> InvoiceState {
    memory.invoices[&id].state.clone()
}

/// Asserts that everything is held, and that the invoice can neither be canceled nor paid.
fn is_held(memory: &mut Memory, id: InvoiceId, attempt: &CardAttempt, beside: Beside) {
    assert_eq!(invoice_state(memory, id), InvoiceState::AtNetwork(attempt.id), "{beside:?}");
    assert_eq!(memory.gateway_sessions[&SESSION].state, SessionState::Paying(attempt.id), "{beside:?}");
    assert_eq!(memory.gateway_sessions[&SESSION].forgotten_at_ms(), i64::MAX, "{beside:?}");
    let left = memory.balance_of(wallet(NIMA));
    assert_eq!(left, (400_000, 400_000 - beside.credit()), "credit's money is held: {beside:?}");
    assert_eq!(credit_left(memory), 15_000 - beside.credit(), "{beside:?}");
    let reserved = VoucherState::Reserved(SESSION, i64::MAX, id);
    assert_eq!(gift(memory), if beside.voucher { reserved } else { VoucherState::Free }, "{beside:?}");
    assert_eq!(memory.balance_of(CARD_NETWORK).0, 0, "{beside:?}");
    let in_gateway = InvoiceRefusal::NotPayable(NotPayable::InGateway);
    let cancel = memory.run(InvoiceCall { caller: SHOP, ott: None, command: CancelInvoice { invoice: id } });
    assert_eq!(cancel.unwrap_err(), in_gateway, "{beside:?}");
    let other = (2, id);
    let begins = crate::gateway::begins(memory, other);
    memory.gateway_sessions.insert(begins.hash, Arc::new(begins));
    assert_eq!(not_payable(go(memory, other, Some(ALI), PayFromWallet::default())), in_gateway, "{beside:?}");
    let paying = |ended: &payments::GatewaySession| ended.state == SessionState::Paying(attempt.id);
    for step in [0, 1, 2] {
        let ended = match step {
            0 => go(memory, (1, id), Some(ALI), CancelVisit).map(drop).map_err(|why| ended(&why)),
            1 => go(memory, (1, id), Some(ALI), voucher("ALL")).map(drop).map_err(|why| ended(&why)),
            _ => go(memory, (1, id), Some(ALI), PayFromWallet::default()).map(drop).map_err(|why| ended(&why)),
        };
        assert!(ended.unwrap_err().is_some_and(|session| paying(&session)), "{step} {beside:?}");
    }
}

fn ended<R>(why: &GatewayRefusal<R>) -> Option<Arc<payments::GatewaySession>> {
    match why {
        GatewayRefusal::Ended(session) => Some(Arc::clone(session)),
        GatewayRefusal::NoSession | GatewayRefusal::LogIn | GatewayRefusal::Invoice(_) | GatewayRefusal::Step(_) => {
            None
        }
    }
}

/// Asserts that the money was taken once, with everything that was held.
fn is_taken(memory: &Memory, id: InvoiceId, beside: Beside, verification_needed: bool) {
    let what = format!("{beside:?} {verification_needed}");
    let invoice = &memory.invoices[&id];
    let payment = invoice.state.payment().unwrap();
    assert_eq!(matches!(invoice.state, InvoiceState::Waiting(_)), verification_needed, "{what}");
    assert_eq!((payment.payer, payment.rest.get()), (Some(ALI), beside.rest()), "{what}");
    assert!(matches!(payment.means, Means::Card(_)), "{what}");
    let to = if verification_needed { GATEWAY_HOLD } else { guild_open(SHOP, GUILD) };
    assert_eq!(memory.balance_of(to).0, beside.rest() + beside.credit(), "{what}");
    assert_eq!(memory.balance_of(CARD_NETWORK).0, beside.rest(), "the network owes it: {what}");
    assert_eq!(memory.balance_of(wallet(NIMA)), (400_000 - beside.credit(), 400_000 - beside.credit()), "{what}");
    assert_eq!(credit_left(memory), 15_000 - beside.credit(), "{what}");
    assert_eq!(gift(memory), if beside.voucher { VoucherState::Used(id) } else { VoucherState::Free }, "{what}");
    let SessionState::Took(receipt) = memory.gateway_sessions[&SESSION].state.clone() else { panic!("{what}") };
    let told = (receipt.voucher.get(), receipt.credit.get(), receipt.rest.get());
    assert_eq!(told, (beside.voucher(), beside.credit(), beside.rest()), "{what}");
    assert_eq!(memory.card_receivables.len(), 1, "{what}");
    assert_eq!(memory.messages.len(), 2, "the password and the call to the shop: {what}");
    assert!(memory.otps.is_empty(), "{what}");
}

/// Asserts that nothing was taken, everything is released, and the payer can try again until `until_ms`: the twenty minutes began with the first form
/// (pod.md 5.3).
fn is_released(memory: &mut Memory, id: InvoiceId, beside: Beside, until_ms: i64) {
    let session = &memory.gateway_sessions[&SESSION];
    assert_eq!((session.card_until_ms, session.ends_at_ms), (Some(until_ms), until_ms), "{beside:?}");
    assert_eq!(session.state, SessionState::Open, "{beside:?}");
    assert_eq!(invoice_state(memory, id), InvoiceState::InGateway(until_ms), "{beside:?}");
    assert_eq!(memory.balance_of(wallet(NIMA)), (400_000, 400_000), "{beside:?}");
    assert_eq!(credit_left(memory), 15_000, "{beside:?}");
    let reserved = VoucherState::Reserved(SESSION, until_ms, id);
    assert_eq!(gift(memory), if beside.voucher { reserved } else { VoucherState::Free }, "{beside:?}");
    assert_eq!((memory.balance_of(CARD_NETWORK).0, memory.card_receivables.len()), (0, 0), "{beside:?}");
    assert_eq!(memory.messages.len(), 1, "the shop is told nothing: {beside:?}");
    let asked = go(memory, (1, id), Some(ALI), ask_foreign(None));
    if until_ms <= memory.now_ms {
        assert!(matches!(asked, Err(GatewayRefusal::Ended(_))), "{beside:?}");
        return;
    }
    asked.unwrap();
    let again = go(memory, (1, id), Some(ALI), pay_foreign(RIGHT)).unwrap();
    assert!(matches!(again, CardPayment::ToNetwork(..)), "{beside:?}");
}

#[test]
fn what_is_written_holds_everything_and_the_network_s_word_takes_or_frees_it() {
    let declined = || CardNetworkResponse::Declined(Declined::InsufficientFunds);
    for beside in ALL {
        for verification_needed in [false, true] {
            let (mut memory, id, attempt, job) = begun(beside, verification_needed);
            assert_eq!((job.fence, job.leased_until_ms), (1, 30_000));
            is_held(&mut memory, id, &attempt, beside);
            let end = report(&mut memory, &attempt, job, NetworkCall::Submit, approved()).end;
            assert_eq!((end, job_of(&memory, &attempt)), (JobEnd::Done, None));
            assert_eq!(state(&memory, &attempt), CardAttemptState::Approved(Text::from("net-1")));
            is_taken(&memory, id, beside, verification_needed);
        }
        let until_ms = crate::memory::ELEVEN_MS + SESSION_MS;
        for (response, becomes) in [
            (declined(), CardAttemptState::Declined(Declined::InsufficientFunds)),
            (CardNetworkResponse::NotSent, CardAttemptState::NotTaken),
        ] {
            let (mut memory, id, attempt, job) = begun(beside, false);
            let end = report(&mut memory, &attempt, job, NetworkCall::Submit, response).end;
            assert_eq!((end, job_of(&memory, &attempt)), (JobEnd::Done, None));
            assert_eq!(state(&memory, &attempt), becomes);
            is_released(&mut memory, id, beside, until_ms);
        }
    }
}

/// Claims the job of an undecided payment as another process.
fn claimed(memory: &mut Memory, attempt: &CardAttempt) -> Job {
    let job = job_of(memory, attempt).unwrap();
    let job = Job { fence: job.fence + 1, leased_until_ms: 60_000, ..job };
    memory.jobs.insert(job.id, Arc::new(job));
    job
}

#[test]
fn nothing_but_a_word_of_the_network_decides_what_is_unknown() {
    for beside in ALL {
        for is_taken_at_last in [true, false] {
            let (mut memory, id, attempt, job) = begun(beside, false);
            let unknown = report(&mut memory, &attempt, job, NetworkCall::Submit, CardNetworkResponse::Unknown);
            assert_eq!(unknown.end, JobEnd::Begun);
            assert_eq!(state(&memory, &attempt), CardAttemptState::Unknown);
            // It is still unknown a day later.
            let began_ms = memory.now_ms;
            for (after_ms, response) in [
                (10_000, CardNetworkResponse::Unknown),
                (59_999, CardNetworkResponse::NotSent),
                (86_400_000, CardNetworkResponse::Unknown),
            ] {
                memory.now_ms = began_ms + after_ms;
                let job = claimed(&mut memory, &attempt);
                let end = report(&mut memory, &attempt, job, NetworkCall::Inquire, response).end;
                assert_eq!(end, JobEnd::Begun, "{after_ms}");
                let next = job_of(&memory, &attempt).unwrap();
                assert_eq!((next.due_at_ms, next.leased_until_ms), (memory.now_ms + 10_000, 0), "{after_ms}");
                assert_eq!(state(&memory, &attempt), CardAttemptState::Unknown, "{after_ms}");
                is_held(&mut memory, id, &attempt, beside);
            }
            let job = claimed(&mut memory, &attempt);
            if is_taken_at_last {
                report(&mut memory, &attempt, job, NetworkCall::Inquire, approved());
                is_taken(&memory, id, beside, false);
            } else {
                // By now a network that does not find the payment has failed it.
                report(&mut memory, &attempt, job, NetworkCall::Inquire, CardNetworkResponse::NotSent);
                assert_eq!(state(&memory, &attempt), CardAttemptState::NotTaken);
                // The time of the first form is over: the invoice is free for others at once.
                let until_ms = memory.now_ms;
                is_released(&mut memory, id, beside, until_ms);
            }
            assert_eq!(memory.card_attempts[&attempt.id].inquiries, 4);
            let late = ReportAuthorization {
                job,
                attempt: attempt.id,
                call: NetworkCall::Inquire,
                response: approved(),
                ask_again_ms: None,
                not_found_final_ms: 0,
            };
            assert_eq!(memory.run(late), Err(JobTaken), "a report comes once");
        }
    }
}

#[test]
fn a_network_that_is_asked_no_more_leaves_the_payment_to_operators() {
    for resolution in [None, Some(Resolution::Done), Some(Resolution::Failed)] {
        let beside = Beside { voucher: true, credit: true };
        let (mut memory, id, attempt, job) = begun(beside, false);
        let report = |job, call, response| ReportAuthorization {
            job,
            attempt: attempt.id,
            call,
            response,
            ask_again_ms: None,
            not_found_final_ms: 60_000,
        };
        let end = memory.run_ok(report(job, NetworkCall::Submit, CardNetworkResponse::Unknown)).end;
        assert!(matches!(end, JobEnd::Failed(_, true)), "{end:?}");
        let dead = job_of(&memory, &attempt).unwrap();
        assert!(dead.dead_at_ms.is_some());
        is_held(&mut memory, id, &attempt, beside);
        let Some(resolution) = resolution else {
            // An operator retries the job, and the network reports its outcome after all.
            memory.run_ok(RetryJob { id: dead.id });
            let job = claimed(&mut memory, &attempt);
            assert_eq!(memory.run_ok(report(job, NetworkCall::Inquire, approved())).end, JobEnd::Done);
            is_taken(&memory, id, beside, false);
            continue;
        };
        let resolve = ResolveCardAttempt { attempt: attempt.id, resolution };
        memory.run_ok(resolve);
        assert_eq!(memory.run(resolve), Err(ResolveCardRefusal::PaymentDecided));
        match resolution {
            Resolution::Done => is_taken(&memory, id, beside, false),
            Resolution::Failed => assert_eq!(state(&memory, &attempt), CardAttemptState::NotTaken),
        }
    }
    let mut memory = world();
    let none = ResolveCardAttempt { attempt: payments::CardAttemptId(1), resolution: Resolution::Done };
    assert_eq!(memory.run(none), Err(ResolveCardRefusal::PaymentUnknown));
}

#[test]
fn a_report_that_contradicts_an_operator_changes_nothing_and_is_dead() {
    let declined = CardNetworkResponse::Declined(Declined::CardExpired);
    for (resolution, response, contradicts) in [
        (Resolution::Done, approved(), false),
        (Resolution::Done, declined.clone(), true),
        (Resolution::Done, CardNetworkResponse::Unknown, false),
        (Resolution::Failed, declined, false),
        (Resolution::Failed, CardNetworkResponse::NotSent, false),
        (Resolution::Failed, approved(), true),
    ] {
        let (mut memory, _, attempt, job) = begun(ALL[0], false);
        memory.run_ok(ResolveCardAttempt { attempt: attempt.id, resolution });
        let decided = state(&memory, &attempt);
        let end = report(&mut memory, &attempt, job, NetworkCall::Inquire, response.clone()).end;
        assert_eq!(state(&memory, &attempt), decided, "{resolution:?} {response:?}");
        let job = job_of(&memory, &attempt);
        match contradicts {
            true => assert!(matches!(end, JobEnd::Failed(_, true)) && job.unwrap().dead_at_ms.is_some(), "{end:?}"),
            false => assert_eq!((end, job), (JobEnd::Done, None), "{resolution:?} {response:?}"),
        }
    }
}

#[test]
fn money_that_is_held_for_one_payment_is_not_spent_by_another() {
    let (mut memory, id, attempt, job) = begun(Beside { voucher: false, credit: true }, false);
    // Nima's credit is spent once: another invoice of Ali gets none of it.
    let other = issue(&mut memory, 50_000, false);
    let at = (3, other);
    enter(&mut memory, at, GatewayEntry::Choice).unwrap();
    assert!(go(&mut memory, at, Some(ALI), UseCredit { hash: Text::from("credit") }).is_err());
    report(&mut memory, &attempt, job, NetworkCall::Submit, approved());
    assert_eq!(has(&memory, NIMA), 385_000);
    // A cancel refunds the payment as any other.
    by(&mut memory, SHOP, CancelInvoice { invoice: id });
    assert_eq!((has(&memory, NIMA), credit_left(&memory)), (400_000, 15_000));
    assert_eq!(Rial::new(has(&memory, ALI)), Rial::new(1_000_000 + PAYABLE - 15_000));
}
