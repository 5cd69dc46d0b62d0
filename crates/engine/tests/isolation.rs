//! A command that cannot be done fails alone, whatever it is queued with: one that panics, and one that carries what the database does not take.

use crate::common;

use std::time::{Duration, Instant};

use crate::common::{Directory, settings};
use cluster::{Cluster, FORGETFUL};
use engine::{Engine, Error, Fill, World};
use ledger::{Account, AccountId, AccountKind, Rial, Step, TransferId};
use payments::{
    Amounts, CARD_NOSTRO, CardAttemptId, Command, Credit, CreditBook, CreditId, CycleId, Digest, FillWallet,
    GATEWAY_HOLD, Invoice, InvoiceId, InvoiceJob, InvoiceState, Issuance, JobId, JobKind, Keys, Leg, Means, OrderId,
    PartyId, Payment, RegisterTerminal, TakeTry, Terminal, Terms, Text, View, WriteMessage, wallet,
};
use store::{Location, TIMEOUT};

/// Commands that are queued together.
const COMMANDS: u8 = 200;
/// Longer than a batch takes when it is decided anew again and again; far less than its callers wait.
const SOON: Duration = Duration::from_secs(3);

/// Whether it was done, or refused.
type Answer = Result<bool, Error>;
type Expected = fn(&Answer) -> bool;

/// Commands that cannot be done: what they are, and what becomes of them.
async fn impossible(engine: &Engine, on_postgres: bool) {
    let zero = || Text::from("a\0b");
    let terminal = Terminal { sequence: zero(), merchant: zero(), account: AccountId(0), disabled: false };
    // SQLite takes a text with a zero byte; what the edge lets through is another question.
    let rejected: Expected =
        if on_postgres { |answer| matches!(answer, Err(Error::Rejected(_))) } else { |answer| answer.is_ok() };
    let far = FillWallet { party: PartyId(i64::MAX), amount: Rial::new(1), at_ms: None };
    let key = RegisterTerminal { terminal, replace: true };
    fails_alone(engine, "a key with a zero byte, which no load takes", key, rejected).await;
    let text = WriteMessage { to: Text::from("09120000000"), text: zero() };
    fails_alone(engine, "a text with a zero byte, which no commit takes", text, rejected).await;
    let panicked: Expected = |answer| matches!(answer, Err(Error::Panicked));
    fails_alone(engine, "a number that no account can be named by, which panics", far, panicked).await;
}

async fn fails_alone<C: Command + Clone>(engine: &Engine, name: &str, bad: C, expected: Expected) {
    let began = Instant::now();
    let mut calls = Vec::new();
    for at in 0..COMMANDS {
        let (engine, bad) = (engine.clone(), bad.clone());
        let good = TakeTry::of(Digest([at; 32]));
        let is_bad = at % 50 == 7;
        calls.push(tokio::spawn(async move {
            if is_bad {
                return (true, engine.run(bad).await.map(|done| done.is_ok()));
            }
            (false, engine.run(good).await.map(|done| done.is_ok()))
        }));
    }
    for call in calls {
        let (is_bad, answer) = call.await.unwrap();
        let as_expected = if is_bad { expected(&answer) } else { matches!(answer, Ok(true)) };
        assert!(as_expected, "{name}: {answer:?}");
    }
    assert!(began.elapsed() < SOON, "{name}: others waited {:?}", began.elapsed());
    assert_eq!(engine.not_ready().await, []);
}

/// An invoice that waits for its verification, paid by a credit that has no room for what would come back.
fn put_full_credit(view: &mut View) {
    let (delegator, holder, amount) = (PartyId(103), PartyId(201), Rial::new(5));
    for (id, kind) in [
        (CARD_NOSTRO, AccountKind::Nostro),
        (GATEWAY_HOLD, AccountKind::Clearing),
        (wallet(delegator), AccountKind::Wallet),
    ] {
        view.books.open_account(Account::open(id, kind));
    }
    let step = Step::Post { debit: CARD_NOSTRO, credit: GATEWAY_HOLD, amount };
    let ids = &mut view.ids;
    view.books.apply(&[step], 0, 0, || TransferId(ids.take())).unwrap();
    let text = |text: &str| Text::from(text);
    let credit = Credit { id: CreditId(1), delegator, holder, hash: text("h"), left: Rial::MAX };
    view.credit_books.put(holder, CreditBook { holder, credits: vec![credit] });
    let legs = vec![Leg { credit: CreditId(1), delegator, amount }];
    let payment =
        Payment { at_ms: 0, payer: Some(holder), means: Means::Wallet, rest: Rial::ZERO, legs, promised_ms: None };
    let issuance = Issuance {
        issuer: PartyId(202),
        guild: 47,
        customer: None,
        cellphone: text(""),
        unique: 41,
        reference_number: text("41"),
        issued_at_ms: 0,
        amounts: Amounts { without_discount: amount, total: amount, vat: Rial::ZERO, payable: amount },
        rate_micro: 0,
        lines: Vec::new(),
        terms: Terms { verification_needed: true, ..Terms::default() },
        replaces: None,
    };
    let issued = Invoice::issued(InvoiceId(41), None, issuance);
    let invoice = Invoice { state: InvoiceState::Waiting(payment), ..issued };
    view.invoices.put(invoice.id, invoice);
}

/// Due jobs that cannot be run, beside one that only has nothing to do.
fn put_jobs(location: &Location) {
    let (mut writer, flusher, _reader) = store::open(location).unwrap();
    let mut view = writer.view();
    writer.load(&Keys::default(), &mut view).unwrap();
    for (id, kind) in [
        // A number that no clearing account can be named by, which panics.
        (1, JobKind::SettleCycle(CycleId(i64::MAX))),
        (2, JobKind::ExpireHold(TransferId(999))),
        (3, JobKind::Invoice(InvoiceJob::FutureDue, InvoiceId(999))),
        // What a network is asked about, that no row is there for.
        (5, JobKind::InquireOrder(OrderId(999))),
        (6, JobKind::CardAttempt(CardAttemptId(999))),
        // Money goes back to a credit whose limit does not fit then.
        (4, JobKind::Invoice(InvoiceJob::VerificationTimeOut, InvoiceId(41))),
    ] {
        view.jobs.put(JobId(id), payments::Job::new(JobId(id), 0, kind));
    }
    put_full_credit(&mut view);
    let commit = writer.commit(view).unwrap();
    flusher.flush(commit).unwrap();
}

async fn jobs_fail_alone(engine: &Engine) {
    for (id, why) in [
        (1, "nothing was done: the decision panicked"),
        (2, "ledger: PendingNotFound"),
        (3, "invoice: InvoiceUnknown"),
        (4, "nothing was done: credit_book: a limit does not fit"),
        (5, "order 999 is missing"),
        (6, "card payment 999 is missing"),
    ] {
        let began = Instant::now();
        let failure = loop {
            if let Some(failure) = engine.reader().job_failure(JobId(id)).await.unwrap() {
                break failure;
            }
            assert!(began.elapsed() < SOON, "job {id} was not run");
            tokio::task::yield_now().await;
        };
        assert_eq!(&*failure.error, why);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_command_that_cannot_be_done_fails_alone() {
    let parent = std::env::temp_dir();
    let directory = Directory::new("isolation");
    let cluster = Cluster::start(&parent, FORGETFUL).unwrap();
    cluster.create_database("isolation").unwrap();
    let database = Location::Database { url: cluster.url("isolation"), timeout: TIMEOUT };
    for (on_postgres, location) in [(false, directory.location(64)), (true, database)] {
        let jobs = location.clone();
        tokio::task::spawn_blocking(move || put_jobs(&jobs)).await.unwrap();
        let engine = common::start(&location, settings(World::default(), Fill::AtReset)).await;
        jobs_fail_alone(&engine).await;
        impossible(&engine, on_postgres).await;
        engine.stop().await;
    }
}
