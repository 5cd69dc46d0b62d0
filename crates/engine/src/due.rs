//! Running what is due.
//!
//! A ticker looks for due jobs and has the writer run them, some at a time, so that commands pass between. A moved clock runs
//! them in the order of their times, one commit each: the commit that runs a job also sets the clock to its time.
//! A job is claimed before it is run. Its claim runs out, should this process die; until then no other process takes it.

use std::sync::Arc;
use std::time::{Duration, Instant};

use payments::{
    ClockMode, ClockRewind, Command, FailJob, Job, JobEnd, JobKind, JobTaken, MoveClock, Now, RunJob, Text,
};
use store::{After, Claim, Swept};
use tokio::sync::{mpsc, oneshot, watch};
use tokio::time::MissedTickBehavior;
use tracing::warn;

use crate::alarm::raise;
use crate::claimed::{LEASE, log_end};
use crate::error::Error;
use crate::queue::{self, Due, More};
use crate::queued_command::{Decide, Decided};
use crate::shared::Shared;
use crate::writer::{Writer, all};

/// Jobs claimed at a time: a commit's worth that commands do not feel.
const JOBS: usize = 64;
/// Jobs that a moved clock runs, each in a commit of its own, before others have their turn: a few milliseconds.
const LEG: usize = 8;
/// How often is looked for due jobs: what is due by the wall clock runs within a second.
const TICK: Duration = Duration::from_millis(250);
/// How often rows whose time is over are removed.
const SWEEP: Duration = Duration::from_secs(2);
/// Sweeps in a row at most, between which commands pass: more than a busy server leaves behind between two looks.
const SWEEPS: usize = 32;
/// How long to wait before another look at a job that another process has claimed.
pub(crate) const RECHECK: Duration = Duration::from_millis(20);
/// How long a move of the clock waits for jobs that others have claimed: until the claim of a dead process has run out, and some more.
pub(crate) const CLAIMED_FOR: Duration = Duration::from_secs(35);

/// What became of jobs that were run together.
#[derive(Clone, Copy, Default)]
struct Ran {
    /// Done.
    done: u64,
    /// Begun, and still due.
    begun: u64,
}

impl Writer {
    /// Runs some of what is due now.
    pub(crate) fn run_due(&mut self) -> Result<More, Error> {
        if self.is_clock_moving() {
            return Ok(More::No);
        }
        let mut jobs = self.claim(self.clock().now_ms(), JOBS)?;
        let many = jobs.len() == JOBS;
        for job in jobs.extract_if(.., |job| job.kind.is_done_by_worker()) {
            self.start_work(job);
        }
        let begun = if jobs.is_empty() { 0 } else { self.run_jobs(&jobs, None)?.begun };
        Ok(if many || begun > 0 { More::Perhaps } else { More::No })
    }

    /// Runs some of what is due by `until_ms`, in order, each with the clock at its time, and counts what ran.
    pub(crate) fn run_due_until(&mut self, until_ms: i64, ran: &mut u64) -> Result<Due, Error> {
        for _ in 0..LEG {
            let due = self.with_retry(Instant::now(), |writer| writer.store().next_due())?;
            let Some(due_ms) = due.filter(|due_ms| *due_ms <= until_ms) else { return Ok(Due::Done) };
            // One after the other, so that the same moves have the same outcome.
            if self.networks().is_busy() {
                return Ok(Due::Claimed(due_ms));
            }
            let jobs = self.claim(due_ms, 1)?;
            let Some(first) = jobs.first().copied() else { return Ok(Due::Claimed(due_ms)) };
            let at_ms = due_ms.max(self.clock().now_ms());
            if first.kind.is_done_by_worker() {
                // What becomes of it is noted at this time.
                self.run_jobs(&[], Now::at(at_ms))?;
                *ran += self.start_work(first);
                return Ok(Due::Claimed(due_ms));
            }
            *ran += self.run_jobs(&jobs, Now::at(at_ms))?.done;
        }
        Ok(Due::More)
    }

    /// Has a worker do a claimed job, outside of any commit. Returns how many jobs that count as run: messages do not.
    fn start_work(&self, job: Job) -> u64 {
        match job.kind {
            JobKind::Send(message) => {
                self.outbox_worker().run(job, message, self.reader().clone());
                0
            }
            JobKind::SubmitOrder(_) | JobKind::InquireOrder(_) | JobKind::CardAttempt(_) => {
                self.networks().run(job);
                1
            }
            JobKind::ExpireHold(_)
            | JobKind::CloseCycle(_)
            | JobKind::SettleCycle(_)
            | JobKind::Invoice(..)
            | JobKind::SettleCardReceivable(_) => 0,
        }
    }

    fn claim(&mut self, due_by_ms: i64, limit: usize) -> Result<Vec<Job>, Error> {
        let jobs = self.with_retry(Instant::now(), |writer| {
            let now_ms = writer.clock().system_ms();
            let lease_ms = i64::try_from(LEASE.as_millis()).unwrap_or(i64::MAX);
            writer.store().claim_jobs(Claim { due_by_ms, now_ms, until_ms: now_ms.saturating_add(lease_ms), limit })
        })?;
        Ok(jobs)
    }

    /// Runs claimed jobs in one commit, which sets the clock to `at` if one is given. One that cannot be run at all fails alone.
    fn run_jobs(&mut self, jobs: &[Job], at: Option<Now>) -> Result<Ran, Error> {
        match self.run_together(jobs, at.as_ref()) {
            Err(why) if cannot_run(&why) && jobs.len() > 1 => {
                let mut ran = Ran::default();
                for job in jobs {
                    let one = self.run_jobs(std::slice::from_ref(job), at)?;
                    (ran.done, ran.begun) = (ran.done + one.done, ran.begun + one.begun);
                }
                Ok(ran)
            }
            Err(why) if cannot_run(&why) && !jobs.is_empty() => {
                let error = Text::from(why.to_string());
                self.decide_jobs(jobs.iter().map(|job| FailJob { job: *job, error: Text::clone(&error) }), at.as_ref())
            }
            ran => ran,
        }
    }

    fn run_together(&mut self, jobs: &[Job], at: Option<&Now>) -> Result<Ran, Error> {
        self.decide_jobs(jobs.iter().map(|job| RunJob { job: *job }), at)
    }

    fn decide_jobs<C: Command<Done = JobEnd, Refusal = JobTaken>>(
        &mut self,
        commands: impl Iterator<Item = C>,
        at: Option<&Now>,
    ) -> Result<Ran, Error> {
        let mut jobs: Vec<Decided<C>> = commands.map(Decided::from).collect();
        let mut clock = at.map(|now| {
            let (to, shows_ms) = (ClockMode::Frozen(now.at_ms), now.at_ms);
            Decided::from(MoveClock { to, shows_ms, rewind: ClockRewind::Allowed })
        });
        let mut together = all(&mut jobs);
        together.extend(clock.as_mut().map(|clock| clock as &mut dyn Decide));
        let decided = self.decide_revalidated(&mut together, at)?;
        self.flush(decided.commit)?;
        raise(&decided.alarms);
        if let Some(now) = at {
            self.clock().set(ClockMode::Frozen(now.at_ms));
        }
        let mut ran = Ran::default();
        for job in jobs {
            match job.result()? {
                Ok(JobEnd::Begun) => ran.begun += 1,
                Ok(end @ (JobEnd::Done | JobEnd::Failed(..))) => {
                    log_end(&end);
                    // A failed one is off the way of a clock that moves on.
                    ran.done += 1;
                }
                // Another process has run it.
                Err(JobTaken) => {}
            }
        }
        metrics::counter!("daric_jobs_run_total").increment(ran.done);
        Ok(ran)
    }
}

/// Whether nothing was done, because of one of the jobs, and never will be.
fn cannot_run(error: &Error) -> bool {
    match error {
        Error::Panicked | Error::Contradiction(_) => true,
        Error::Store(error) => error.after() == After::Halve,
        _ => false,
    }
}

/// Has the writer run due jobs until the engine is gone.
pub(crate) async fn tick(
    queue: mpsc::WeakSender<queue::WriterTask>,
    shared: Arc<Shared>,
    mut failed: watch::Receiver<bool>,
) {
    let mut ticks = tokio::time::interval(TICK);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut swept = Instant::now();
    loop {
        tokio::select! {
            _ = ticks.tick() => {}
            _ = failed.wait_for(|gone| *gone) => return,
        }
        if swept.elapsed() >= SWEEP {
            swept = Instant::now();
            for _ in 0..SWEEPS {
                let Some(queue) = queue.upgrade() else { return };
                let (reply, answer) = oneshot::channel();
                if queue.send(queue::WriterTask::Sweep { reply }).await.is_err() {
                    return;
                }
                drop(queue);
                match answer.await {
                    Ok(Ok(Swept::Some)) => {}
                    // What cannot be removed now is removed later; the writer has said why.
                    Ok(Ok(Swept::All) | Err(_)) => break,
                    Err(_) => return,
                }
            }
        }
        loop {
            match is_due(&shared).await {
                Ok(true) => {}
                Ok(false) => break,
                Err(error) => {
                    warn!(%error, "cannot look for due work");
                    break;
                }
            }
            // The queue closes when everybody else is gone.
            let Some(queue) = queue.upgrade() else { return };
            let (reply, answer) = oneshot::channel();
            if queue.send(queue::WriterTask::RunDue { reply }).await.is_err() {
                return;
            }
            drop(queue);
            match answer.await {
                Ok(Ok(More::Perhaps)) => {}
                // What stays due is claimed by another process, or was reported by the writer.
                _ => break,
            }
        }
    }
}

async fn is_due(shared: &Shared) -> Result<bool, store::Error> {
    shared.catch_up().await?;
    Ok(shared.reader.next_due().await?.is_some_and(|due_ms| due_ms <= shared.clock.now_ms()))
}
