//! Holds and their jobs: refusals, the rows that are written, and that a job runs once.

use ledger::{Account, AccountId, AccountKind, AccountStatus, PendingState, Rial, Step, TransferId};
use payments::{
    At, Bank, Command, FIRST_ID, HoldRefusal, HoldUnknown, Ids, Job, JobEnd, JobId, JobKind, JobTaken, Keys, Now,
    PlaceHold, ReleaseHold, Rules, RunJob, View, nostro,
};

const DEPOSIT: AccountId = AccountId(1);
const NOW_MS: i64 = 1_795_246_200_000;
const END_MS: i64 = NOW_MS + 60_000;

/// A deposit with a hundred rials, whose account has this status.
fn view(status: AccountStatus) -> View {
    let mut view = View::new(Ids::from(FIRST_ID));
    view.books.put_account(Account::open(nostro(Bank::SEPAH), AccountKind::Nostro));
    view.books.put_account(Account::open(DEPOSIT, AccountKind::Deposit));
    let fund = Step::Post { debit: nostro(Bank::SEPAH), credit: DEPOSIT, amount: Rial::new(100) };
    view.books.apply(&[fund], 0, 0, || TransferId(7)).unwrap();
    let account = *view.books.account(DEPOSIT).unwrap();
    view.books.put_account(Account { status, ..account });
    view
}

fn decide<C: Command>(view: &mut View, command: C, at_ms: i64) -> Result<C::Done, C::Refusal> {
    let now = Now::at(at_ms).unwrap();
    // Collects the keys as an engine would. The rows are already in the view.
    let mut keys = Keys::default();
    let rules = Rules::documented().unwrap();
    let at = At { now: &now, machine_ms: now.at_ms, rules: &rules };
    command.keys(at, &mut keys);
    command.more_keys(view, at, &mut keys);
    view.attempt_or_decline(|view| command.decide(view, at))
}

fn place(amount: i64, expires_at_ms: Option<i64>) -> PlaceHold {
    let amount = Rial::new(amount);
    PlaceHold { deposit: DEPOSIT, bank: Bank::SEPAH, amount, expires_at_ms }
}

fn available(view: &View) -> i64 {
    view.books.account(DEPOSIT).unwrap().available().get()
}

#[test]
fn every_refusal_of_a_hold_leaves_the_view_as_it_was() {
    for (status, amount, expires_at_ms, refusal) in [
        (AccountStatus::NoDebits, 101, Some(NOW_MS), HoldRefusal::HoldWouldBeOver),
        (AccountStatus::NoDebits, 101, Some(END_MS), HoldRefusal::SourceNotUsable),
        (AccountStatus::Open, 101, Some(END_MS), HoldRefusal::InsufficientFunds),
    ] {
        let mut view = view(status);
        let before = view.books.transfers().len();
        assert_eq!(decide(&mut view, place(amount, expires_at_ms), NOW_MS), Err(refusal));
        assert_eq!((view.books.transfers().len(), view.jobs.is_unchanged()), (before, true), "{refusal:?}");
    }
    let mut empty = View::new(Ids::from(FIRST_ID));
    assert_eq!(decide(&mut empty, place(1, None), NOW_MS), Err(HoldRefusal::DepositUnknown));
}

#[test]
fn a_hold_is_released_once_and_without_an_end_has_no_job() {
    let mut view = view(AccountStatus::Open);
    let Ok(hold) = decide(&mut view, place(60, None), NOW_MS) else { panic!("it is held") };
    assert_eq!((available(&view), view.jobs.is_unchanged()), (40, true));
    assert_eq!(
        decide(&mut view, place(41, None), NOW_MS),
        Err(HoldRefusal::InsufficientFunds),
        "held money is not there"
    );
    let release = || ReleaseHold { hold };
    assert_eq!(decide(&mut view, release(), NOW_MS), Ok(()));
    assert_eq!(decide(&mut view, release(), NOW_MS), Err(HoldUnknown));
    assert_eq!(available(&view), 100);
    let unknown = ReleaseHold { hold: TransferId(3) };
    assert_eq!(decide(&mut view, unknown, NOW_MS), Err(HoldUnknown));
}

#[test]
fn a_job_runs_once_and_only_under_the_fence_it_was_claimed_with() {
    for released in [false, true] {
        let mut view = view(AccountStatus::Open);
        let Ok(hold) = decide(&mut view, place(60, Some(END_MS)), NOW_MS) else { panic!("it is held") };
        let (_, job) = view.jobs.changed().next().unwrap();
        assert_eq!((job.due_at_ms, job.kind, job.fence), (END_MS, JobKind::ExpireHold(hold), 0));
        // The job is claimed for the second time.
        let claimed = Job { fence: 2, ..**job };
        view.jobs.put(claimed.id, claimed);
        if released {
            decide(&mut view, ReleaseHold { hold }, NOW_MS).unwrap();
        }
        let late = RunJob { job: Job { fence: 1, ..claimed } };
        assert_eq!(decide(&mut view, late, END_MS), Err(JobTaken), "its lease had run out");
        let early = RunJob { job: claimed };
        assert_eq!(decide(&mut view, early, END_MS - 1), Err(JobTaken), "it is not due");
        let run = || RunJob { job: claimed };
        assert_eq!(decide(&mut view, run(), END_MS), Ok(JobEnd::Done));
        let ended = if released { PendingState::Voided } else { PendingState::Expired };
        assert_eq!((available(&view), view.books.pending(hold).unwrap().state), (100, ended));
        let booked = view.books.transfers().len();
        assert_eq!(decide(&mut view, run(), END_MS), Err(JobTaken), "it is gone");
        assert_eq!(view.books.transfers().len(), booked);
        assert!(view.jobs.get(&claimed.id).is_none());
    }
    let nowhere = RunJob { job: Job::new(JobId(1), 0, JobKind::ExpireHold(TransferId(1))) };
    assert_eq!(decide(&mut view(AccountStatus::Open), nowhere, NOW_MS), Err(JobTaken));
}
