//! Due work and what operators do about it: jobs that fail, are run again and closed, messages that are sent again, the day close; and the looks
//! of shops.

use fastrand::Rng;
use payments::{
    AuditEntry, CloseJob, Colour, DayClose, FailJob, InvoiceJob, Job, JobId, JobKind, LogoChange, MessageId,
    ResendMessage, RetryJob, SetDayClose, SetShopLook, ShopLook, Text, WriteAuditLine, WriteMessage,
};
use store::{By, MessagePage, Page};

use super::invoices::{PARTIES, SHOPS};
use super::side::{Side, once_in, pick, recent};

pub const WORDS: &[&str] = &[
    "FailJob done Failed(JobFailure",
    "FailJob JobTaken",
    "RetryJob done",
    "RetryJob JobUnknown",
    "RetryJob JobNotDead",
    "CloseJob done",
    "CloseJob JobNotDead",
    "CloseJob JobNeeded",
    "CloseJob JobUnknown",
    "WriteMessage done",
    "ResendMessage done",
    "ResendMessage MessageUnknown",
    "ResendMessage NothingToResend",
    "SetDayClose done",
    "SetShopLook done",
    "SetShopLook NoBusiness",
    "WriteAuditLine done",
];

const SENDS: [&str; 4] = ["09120000001", "09120000007", "09120000007", "09120000008"];
/// How many of the last invoices are looked at for jobs.
const LAST: usize = 30;
/// Tries after which a job is dead.
const MAX_ATTEMPTS: u64 = 6;

pub async fn step(side: &mut Side, random: &mut Rng) -> String {
    match random.u64(..15) {
        0..3 => {
            let (to, text) = (Text::from(pick(random, &SENDS)), Text::from("سلام"));
            let (came, id) = side.run_audited_on("one", WriteMessage { to, text }, None).await;
            side.known.messages.extend(id);
            came
        }
        3 | 4 => {
            // What became of those before is noted by then.
            side.settle().await;
            let id = recent(random, &side.known.messages).filter(|_| !once_in(random, 6)).unwrap_or(MessageId(1));
            if once_in(random, 4) {
                return resend_call(side, random).await;
            }
            side.run_audited("one", ResendMessage { id, job: None }).await
        }
        5 => side.run_audited("one", SetDayClose { to: DayClose { on: random.bool() } }).await,
        6 => {
            let entry = AuditEntry::new("log in", "one", "from 127.0.0.1");
            side.outcome_of(WriteAuditLine { by: Text::from("one"), entry }).await
        }
        7..10 => fail(side, random).await,
        10..14 => dead(side, random).await,
        _ => look(side, random).await,
    }
}

/// Sets the look of a shop, or of a user, which has none.
async fn look(side: &mut Side, random: &mut Rng) -> String {
    let business = pick(random, &[SHOPS[0], SHOPS[1], PARTIES[0]]);
    let name = random.bool().then(|| Text::from("Book"));
    let look = ShopLook { name, colour: Some(Colour([random.u8(..), 0, 0])), ..ShopLook::plain(business) };
    let logo = match random.u64(..3) {
        0 => LogoChange::Kept,
        1 => LogoChange::Removed,
        _ => LogoChange::Replaced(vec![random.u8(..); 3]),
    };
    side.run_audited("one", SetShopLook { look, logo }).await
}

/// A job about an invoice, or its card money, that is not due yet. One that looks at the time itself is done when it fails and is run too early.
async fn job(side: &mut Side, random: &mut Rng) -> Option<Job> {
    side.settle().await;
    let mut jobs = Vec::new();
    for id in side.known.invoices.iter().rev().take(LAST) {
        let receivable = side.engine.reader().invoice(*id).await.unwrap().and_then(|invoice| invoice.unsettled);
        for subject in [Some(id.0), receivable.map(|unsettled| unsettled.receivable.0)].into_iter().flatten() {
            jobs.extend(side.engine.reader().jobs_about(subject).await.unwrap());
        }
    }
    let is_of_any_time = |job: &&Job| {
        let of_invoice = |of| matches!(of, InvoiceJob::CloseTimeOut | InvoiceJob::SetOffDue);
        matches!(job.kind, JobKind::SettleCardReceivable(_))
            || matches!(job.kind, JobKind::Invoice(of, _) if of_invoice(of))
    };
    let now_ms = side.now_ms();
    let waits = |job: &&Job| job.due_at_ms > now_ms && job.dead_at_ms.is_none() && is_of_any_time(job);
    let jobs: Vec<Job> = jobs.iter().filter(waits).copied().collect();
    random.choice(&jobs).copied()
}

/// Fails a job once, or until it is dead.
async fn fail(side: &mut Side, random: &mut Rng) -> String {
    let Some(mut job) = job(side, random).await else { return "none".to_owned() };
    if once_in(random, 6) {
        job.fence += 1;
    }
    let tries = pick(random, &[1, MAX_ATTEMPTS]);
    let mut came = String::new();
    for _ in 0..tries {
        came = side.outcome_of(FailJob { job, error: Text::from("no room") }).await;
        job.tries += 1;
    }
    came
}

/// A callback is sent again, in whatever state it is; one that waits for its next try, with its job.
async fn resend_call(side: &mut Side, random: &mut Rng) -> String {
    let page =
        MessagePage { by: By::Call, before: i64::MAX, after: 0, to: None, business: None, state: None, limit: 9 };
    let calls = side.engine.reader().messages(page).await.unwrap();
    let id = random.choice(&calls).map_or(MessageId(1), |call| call.id);
    let jobs = side.engine.reader().jobs_about(id.0).await.unwrap();
    side.run_audited("one", ResendMessage { id, job: jobs.first().map(|job| job.id) }).await
}

/// What is done about a job that is dead, or is not.
async fn dead(side: &mut Side, random: &mut Rng) -> String {
    let dead = side.engine.reader().dead_jobs(Page { after: -1, limit: 100 }).await.unwrap();
    let dead = random.choice(&dead).copied().filter(|_| random.bool());
    let alive = job(side, random).await.filter(|_| once_in(random, 2));
    let none = Job::new(JobId(7), 0, JobKind::Send(MessageId(7)));
    let job = dead.or(alive).unwrap_or(none);
    let came = if random.bool() {
        side.run_audited("one", RetryJob { id: job.id }).await
    } else {
        side.run_audited("one", CloseJob { job, reason: Text::from("done by hand") }).await
    };
    side.settle().await;
    came
}
