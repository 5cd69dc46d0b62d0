//! The checks of a verification, which replays the whole ledger row by row.

use std::collections::{HashMap, HashSet};

use ledger::{
    Account, AccountId, AccountKind, AccountStatus, Balances, Limit, Pending, PendingState, Rial, Step, Transfer,
    TransferId, TransferKind,
};
use payments::{
    AuditId, AuditLine, CARD_NETWORK, CardAttempt, CardAttemptId, CardReceivable, Cycle, CycleId, GATEWAY_HOLD,
    Invoice, InvoiceId, InvoiceJob, InvoiceState, Job, JobKind, Message, MessageState, NAMED_IDS, Order, OrderId,
    OrderState, PayerCard, PhoneEnd, PhoneOrder, PhonePayment, Seal, Submission, Text, blocked, guild_open,
};

use crate::AcceptedLoss;
use crate::chain::{Chained, Head};

/// Audit entries that change an account's status have this action (deposits), or a detail that begins with it (payers' cards).
const SET_STATUS: &str = "gate";
const SET_CARD_STATUS: &str = "gate ";
/// What stands between a status and the reason for it.
const REASON: &str = ": ";
/// How many differences are listed at most; further ones are only counted.
const LISTED: usize = 100;

/// The totals of a store.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Totals {
    /// The number of transfers replayed.
    pub transfers: u64,
    /// The number of accounts compared.
    pub accounts: u64,
    /// The number of orders and invoices compared with their transfers.
    pub orders: u64,
    /// The posted amount in rials, each transfer counted once.
    pub posted: i128,
    /// The held amount in rials.
    pub held: i128,
}

/// The result of a verification.
#[derive(Debug, Default)]
pub struct Report {
    /// What was replayed and compared.
    pub totals: Totals,
    /// The number of differences.
    pub differences: u64,
    /// The first differences, for the operator.
    pub listed: Vec<String>,
    /// Notes on what could not be compared.
    pub notes: Vec<String>,
    /// Losses that starts have accepted and no operator has dealt with yet.
    pub accepted: Vec<AcceptedLoss>,
    /// The hash chains.
    pub chains: Vec<Chained>,
}

/// What the transfers of an order should do to its source account, less what they have done; all zero at the end.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Owed {
    source: AccountId,
    /// Rials still to be debited.
    posted: i128,
    /// Rials still to be held.
    held: i128,
    /// A transfer that must exist and has not come yet.
    first: Option<TransferId>,
}

impl Owed {
    fn by(order: &Order) -> Self {
        let (amount, both) =
            (i128::from(order.amount.get()), i128::from(order.amount.get()) + i128::from(order.fee.get()));
        let (posted, held, first) = match &order.state {
            OrderState::Refused => (0, 0, None),
            OrderState::Pending(hold)
            | OrderState::Unknown(hold)
            | OrderState::Queued(Some(hold))
            | OrderState::Stuck(Some(hold), _) => (0, both, Some(hold.amount)),
            OrderState::HeldOnFloat(first) => (amount, 0, Some(*first)),
            OrderState::Booked(first) => (both, 0, Some(*first)),
            OrderState::Queued(None) | OrderState::Stuck(None, _) | OrderState::Settled => (both, 0, None),
            OrderState::Returned(back) if back.to == order.source => (i128::from(order.fee.get()), 0, None),
            OrderState::Returned(_) => (both, 0, None),
        };
        Self { source: order.source, posted, held, first }
    }

    /// A payment by telephone: what was paid, less what was refunded.
    fn by_phone(payment: &PhonePayment, account: AccountId, transfer: TransferId) -> Self {
        let paid = payment.amount.unwrap_or(Rial::ZERO);
        let posted = i128::from(paid.get()) - i128::from(payment.refunded.get());
        Self { source: account, posted, held: 0, first: Some(transfer) }
    }

    fn take(&mut self, transfer: &Transfer) {
        if self.first == Some(transfer.id) {
            self.first = None;
        }
        let amount = i128::from(transfer.amount.get());
        let (posted, held) = match transfer.kind {
            TransferKind::Posted => (amount, 0),
            TransferKind::Pending => (0, amount),
            TransferKind::PostPending(_) => (amount, -amount),
            TransferKind::VoidPending(_) | TransferKind::ExpirePending(_) => (0, -amount),
        };
        if transfer.debit == self.source {
            self.posted -= posted;
            self.held -= held;
        }
        if transfer.credit == self.source {
            self.posted += posted;
        }
    }
}

/// A verification in progress. An engine passes jobs, cycles, messages, cards and audit entries first; then accounts, submissions, orders and
/// invoices; then transfers, nearly in the order of entries; then pending transfers and the next number.
pub(crate) struct Checks<'a> {
    pub(crate) report: Report,
    /// Exported heads that no link was compared with yet.
    pub(crate) heads: Vec<Head>,
    pub(crate) expected: u64,
    pub(crate) stored: HashMap<AccountId, Account>,
    pub(crate) books: ledger::Books,
    /// Transfers that wait for an entry of another transfer, by account and number of that entry.
    pub(crate) waiting: HashMap<(AccountId, i64), Vec<Transfer>>,
    /// For each order, what its transfers should do to its source, less what they have done.
    pub(crate) owed: HashMap<OrderId, Owed>,
    /// Cycles that are settled.
    pub(crate) settled: HashSet<CycleId>,
    pub(crate) invoices: HashSet<i64>,
    /// For each account, the amount that must be on it by the rows of invoices and card payments.
    pub(crate) waits: HashMap<AccountId, i128>,
    pub(crate) jobs: HashSet<JobKind>,
    /// Orders whose network has not answered a submission.
    pub(crate) unanswered: HashSet<OrderId>,
    /// Payments by cards of other banks that are undecided, and their invoices.
    pub(crate) undecided: HashMap<CardAttemptId, InvoiceId>,
    /// What undecided ones of them hold: how much, and for which.
    pub(crate) holds: HashMap<TransferId, (CardAttemptId, Rial)>,
    /// The statuses of accounts by the audit, with the numbers of the lines.
    pub(crate) statuses: Vec<(AuditId, AccountId, Text)>,
    /// The accounts of payers' cards, by the card number as the audit shows it.
    pub(crate) payer_cards: HashMap<String, AccountId>,
    /// The highest number given to a row.
    pub(crate) highest: i64,
    pub(crate) progress: &'a mut dyn FnMut(u64, u64),
}

impl Checks<'_> {
    pub(crate) fn differs(&mut self, what: impl FnOnce() -> String) {
        self.report.differences += 1;
        if self.report.listed.len() < LISTED {
            self.report.listed.push(what());
        }
    }

    /// Compares a link with the heads that were exported of it.
    pub(crate) fn exported_head(&mut self, seal: &Seal) {
        for head in self.heads.extract_if(.., |head| head.key == seal.key).collect::<Vec<_>>() {
            if head.hash != seal.hash {
                let (name, place) = (seal.key.chain.name(), seal.key.number);
                self.differs(|| {
                    format!("{name}: link {place} is not the one that was exported: the past was rewritten")
                });
            }
        }
    }

    /// A chain was compared. A head that was exported of it and has no link shows that its end was removed.
    pub(crate) fn chain_ends(&mut self, chained: Chained) {
        let (name, last) = (chained.chain.name(), chained.head.map_or(0, |head| head.key.number));
        for head in self.heads.extract_if(.., |head| head.key.chain == chained.chain).collect::<Vec<_>>() {
            let place = head.key.number;
            self.differs(|| format!("{name}: link {place} was exported, and the chain ends with link {last}"));
        }
        self.report.chains.push(chained);
    }

    /// A line of the database's own integrity check.
    pub(crate) fn integrity(&mut self, line: &str) {
        if line != "ok" {
            self.differs(|| format!("the database's own check: {line}"));
        }
    }

    fn counts(&mut self, number: i64) {
        if number < NAMED_IDS {
            self.highest = self.highest.max(number);
        }
    }

    /// The next number to be given, which must be greater than those of all rows.
    pub(crate) fn next_number(&mut self, next: Option<i64>) {
        let highest = self.highest;
        if next.is_none_or(|next| next <= highest) {
            self.differs(|| format!("the next number is {next:?}, and {highest} is given"));
        }
    }

    pub(crate) fn job(&mut self, job: &Job) {
        self.counts(job.id.0);
        self.jobs.insert(job.kind);
    }

    fn needs(&mut self, kind: JobKind) {
        if !self.jobs.contains(&kind) {
            self.differs(|| format!("the job {kind:?} is missing"));
        }
    }

    pub(crate) fn cycle(&mut self, cycle: &Cycle) {
        if cycle.settled_at_ms.is_none() {
            self.needs(JobKind::SettleCycle(cycle.id));
        } else {
            self.settled.insert(cycle.id);
        }
    }

    /// Submissions come before all orders.
    pub(crate) fn submission(&mut self, submission: &Submission) {
        if submission.answered_at_ms.is_none() {
            self.unanswered.insert(submission.order);
        }
    }

    /// Before all invoices and pending transfers.
    pub(crate) fn card_attempt(&mut self, attempt: &CardAttempt) {
        self.counts(attempt.id.0);
        if attempt.state.is_undecided() {
            self.needs(JobKind::CardAttempt(attempt.id));
            self.undecided.insert(attempt.id, attempt.invoice);
            self.holds.extend(attempt.legs.iter().map(|held| (held.hold, (attempt.id, held.leg.amount))));
        }
    }

    pub(crate) fn message(&mut self, message: &Message) {
        self.counts(message.id.0);
        // A message without a text is sent from memory, or never.
        if message.state == MessageState::Queued && message.text.is_some() {
            self.needs(JobKind::Send(message.id));
        }
    }

    pub(crate) fn payer_card(&mut self, card: &PayerCard) {
        self.payer_cards.insert(card.number.shown(), card.id);
    }

    /// Audit entries come in the order of their numbers, after all cards.
    pub(crate) fn audit_line(&mut self, line: &AuditLine) {
        self.counts(line.id.0);
        if let Some(up_to) = line.loaded_world() {
            // What the audit says of the world that was replaced is true no more.
            self.statuses.retain(|(id, ..)| *id <= up_to);
        }
        let account = match &*line.action {
            SET_STATUS => line.subject.parse().ok().map(AccountId),
            _ if line.detail.starts_with(SET_CARD_STATUS) => self.payer_cards.get(&*line.subject).copied(),
            _ => None,
        };
        if let Some(account) = account {
            let detail = line.detail.strip_prefix(SET_CARD_STATUS).unwrap_or(&line.detail);
            // A reason may follow.
            let status = detail.split_once(REASON).map_or(detail, |(status, _)| status);
            self.statuses.push((line.id, account, Text::from(status)));
        }
    }

    pub(crate) fn expects(&mut self, transfers: i64) {
        self.expected = transfers.unsigned_abs();
    }

    pub(crate) fn account(&mut self, account: Account) {
        self.report.totals.accounts += 1;
        self.counts(account.id.0);
        self.stored.insert(account.id, account);
        // An account's status may have changed since its transfers, and does not affect the sums.
        self.books.put_account(Account { status: AccountStatus::Open, balances: Balances::default(), ..account });
    }

    pub(crate) fn transfer(&mut self, transfer: Transfer) {
        self.report.totals.transfers += 1;
        self.counts(transfer.id.0);
        if self.report.totals.transfers.is_multiple_of(4_096) || self.report.totals.transfers == self.expected {
            (self.progress)(self.report.totals.transfers, self.expected);
        }
        if transfer.cause != 0 {
            match self.owed.get_mut(&OrderId(transfer.cause)) {
                Some(owed) => owed.take(&transfer),
                None if self.invoices.contains(&transfer.cause) => {}
                None => {
                    self.differs(|| format!("transfer {}: its order {} is not there", transfer.id.0, transfer.cause))
                }
            }
        }
        let mut ready = vec![transfer];
        while let Some(transfer) = ready.pop() {
            match self.forerunner(&transfer) {
                Some(entry) => self.waiting.entry(entry).or_default().push(transfer),
                None => {
                    self.replay(&transfer);
                    for (account, after) in sides(&transfer) {
                        ready.extend(self.waiting.remove(&(account, after.entries)).into_iter().flatten());
                    }
                }
            }
        }
    }

    /// The entry, account and number, that must be replayed before a transfer and is not yet.
    fn forerunner(&self, transfer: &Transfer) -> Option<(AccountId, i64)> {
        sides(transfer).into_iter().find_map(|(account, after)| {
            let entries = self.books.account(account).map_or(i64::MAX, |account| account.balances.entries);
            (entries < after.entries - 1).then_some((account, after.entries - 1))
        })
    }

    fn replay(&mut self, transfer: &Transfer) {
        let step = match transfer.kind {
            TransferKind::Posted => {
                Step::Post { debit: transfer.debit, credit: transfer.credit, amount: transfer.amount }
            }
            TransferKind::Pending => Step::Pend {
                debit: transfer.debit,
                credit: transfer.credit,
                amount: transfer.amount,
                expires_at_ms: transfer.expires_at_ms,
            },
            TransferKind::PostPending(pending) => Step::PostPending { pending, amount: Some(transfer.amount) },
            TransferKind::VoidPending(pending) => Step::VoidPending { pending },
            TransferKind::ExpirePending(pending) => Step::ExpirePending { pending },
        };
        let replayed = self.books.apply(&[step], transfer.at_ms, transfer.cause, || transfer.id);
        match replayed.map(|()| self.books.take_last_transfer()) {
            Ok(Some(again)) if again == *transfer => {}
            Ok(again) => {
                self.differs(|| format!("transfer {}: stored {transfer:?}, replayed {again:?}", transfer.id.0))
            }
            Err(refusal) => self.differs(|| format!("transfer {}: cannot be replayed: {refusal:?}", transfer.id.0)),
        }
    }

    pub(crate) fn entry(&mut self, transfer: &Transfer, account: AccountId, found: Option<i64>) {
        if found != Some(transfer.id.0) {
            self.differs(|| format!("transfer {}: its entry on account {} is {found:?}", transfer.id.0, account.0));
        }
    }

    pub(crate) fn order(&mut self, order: &Order, found: Option<OrderId>) {
        self.report.totals.orders += 1;
        self.counts(order.id.0);
        if found != Some(order.id) {
            self.differs(|| format!("order {}: its trackId leads to {found:?}", order.id.0));
        }
        self.owed.insert(order.id, Owed::by(order));
        if self.unanswered.contains(&order.id) && order.state.is_undecided() {
            self.needs(JobKind::SubmitOrder(order.id));
        }
        let waits = matches!(order.state, OrderState::Queued(_) | OrderState::Pending(_) | OrderState::Unknown(_));
        if let Some(cycle) = order.cycle.filter(|cycle| waits && self.settled.contains(cycle)) {
            self.differs(|| format!("order {}: its cycle {} has settled without it", order.id.0, cycle.0));
        }
        if order.cycle.is_some() && order.left_out_of.is_some() {
            self.differs(|| format!("order {}: it goes with a cycle and was left out of one", order.id.0));
        }
    }

    pub(crate) fn phone_order(&mut self, order: &PhoneOrder) {
        self.report.totals.orders += 1;
        let Some(payment) = &order.tried else { return };
        if let PhoneEnd::Paid(account, transfer) = payment.end {
            self.owed.insert(OrderId(order.id.0), Owed::by_phone(payment, account, transfer));
        }
    }

    pub(crate) fn invoice(&mut self, invoice: &Invoice) {
        self.report.totals.orders += 1;
        self.counts(invoice.id.0);
        self.invoices.insert(invoice.id.0);
        let open = guild_open(invoice.issuer, invoice.guild);
        let payable = invoice.amounts.payable;
        let Some(received) = invoice.received() else {
            self.differs(|| format!("invoice {}: what was received does not fit its payment", invoice.id.0));
            return;
        };
        match &invoice.state {
            InvoiceState::Waiting(_) => {
                self.needs(JobKind::Invoice(InvoiceJob::VerificationTimeOut, invoice.id));
                self.waits_on(GATEWAY_HOLD, received);
            }
            InvoiceState::Paid(_) if invoice.is_freed() => {}
            InvoiceState::Paid(_) => self.waits_on(open, received),
            InvoiceState::Closed(_) if !invoice.is_settled() => self.waits_on(open, received),
            InvoiceState::Future(future) => {
                self.needs(JobKind::Invoice(InvoiceJob::FutureDue, invoice.id));
                self.waits_on(blocked(future.by), payable);
            }
            InvoiceState::SetOff(_) => {
                self.needs(JobKind::Invoice(InvoiceJob::SetOffDue, invoice.id));
                if let Some(customer) = invoice.customer {
                    self.waits_on(blocked(customer), payable);
                }
            }
            InvoiceState::AtNetwork(attempt) => {
                if self.undecided.remove(attempt) != Some(invoice.id) {
                    let (id, attempt) = (invoice.id.0, attempt.0);
                    self.differs(|| {
                        format!("invoice {id}: it waits for card payment {attempt}, which is not undecided")
                    });
                }
            }
            InvoiceState::Issued | InvoiceState::InGateway(_) | InvoiceState::Closed(_) | InvoiceState::Canceled(_) => {
            }
        }
    }

    pub(crate) fn card_receivable(&mut self, card_receivable: &CardReceivable) {
        self.counts(card_receivable.id.0);
        self.needs(JobKind::SettleCardReceivable(card_receivable.id));
        self.waits_on(CARD_NETWORK, card_receivable.amount);
    }

    fn waits_on(&mut self, account: AccountId, amount: Rial) {
        *self.waits.entry(account).or_default() += i128::from(amount.get());
    }

    pub(crate) fn pending(&mut self, pending: &Pending) {
        if pending.state == PendingState::Open && pending.expires_at_ms.is_some() {
            self.needs(JobKind::ExpireHold(pending.id));
        }
        if let Some((attempt, amount)) = self.holds.remove(&pending.id)
            && (pending.state, pending.amount) != (PendingState::Open, amount)
        {
            let (id, attempt) = (pending.id.0, attempt.0);
            self.differs(|| format!("card payment {attempt}: its hold {id} is not open over {}", amount.get()));
        }
        let replayed = self.books.pending(pending.id).copied();
        if replayed != Some(*pending) {
            self.differs(|| format!("pending {}: stored {pending:?}, replayed {replayed:?}", pending.id.0));
        }
    }

    pub(crate) fn finish(mut self) -> Report {
        let mut waiting: Vec<_> = std::mem::take(&mut self.waiting).into_iter().collect();
        waiting.sort_unstable_by_key(|((account, seq), _)| (account.0, *seq));
        for ((account, seq), transfers) in waiting {
            for transfer in transfers {
                self.differs(|| {
                    format!("transfer {}: entry {seq} of account {} is missing before it", transfer.id.0, account.0)
                });
            }
        }
        let mut unheld: Vec<_> = std::mem::take(&mut self.holds).into_iter().collect();
        unheld.sort_unstable_by_key(|(hold, _)| *hold);
        for (hold, (attempt, _)) in unheld {
            self.differs(|| format!("card payment {}: its hold {} is missing", attempt.0, hold.0));
        }
        let mut unawaited: Vec<_> = std::mem::take(&mut self.undecided).into_iter().collect();
        unawaited.sort_unstable_by_key(|(attempt, _)| *attempt);
        for (attempt, invoice) in unawaited {
            self.differs(|| format!("card payment {}: its invoice {} does not wait for it", attempt.0, invoice.0));
        }
        let (mut posted, mut pending) = (0i128, 0i128);
        let accounts: Vec<Account> = self.books.accounts().copied().collect();
        // The last line about an account counts.
        let mut statuses: HashMap<AccountId, Text> =
            std::mem::take(&mut self.statuses).into_iter().map(|(_, account, status)| (account, status)).collect();
        for replayed in accounts {
            let balances = replayed.balances;
            let wide = |rial: Rial| i128::from(rial.get());
            self.report.totals.posted += wide(balances.debits_posted);
            self.report.totals.held += wide(balances.debits_pending);
            posted += wide(balances.credits_posted) - wide(balances.debits_posted);
            pending += wide(balances.credits_pending) - wide(balances.debits_pending);
            let stored = self.stored.get(&replayed.id).copied();
            let status = stored.map_or(AccountStatus::Open, |account| account.status);
            // The first versions did not write the status of payers' cards into the audit.
            let unset = (replayed.kind == AccountKind::Deposit).then(|| Text::from("Open"));
            let id = replayed.id.0;
            match statuses.remove(&replayed.id).or(unset) {
                Some(audited) if *audited != *format!("{status:?}") => {
                    self.differs(|| format!("account {id}: its status is {status:?}, and the audit says {audited}"));
                }
                Some(_) | None => {}
            }
            let stored = stored.map(|account| account.balances);
            if stored != Some(balances) {
                let id = replayed.id.0;
                self.differs(|| format!("account {id}: stored {stored:?}, replayed {balances:?}"));
            }
            let of_invoices = matches!(replayed.kind, AccountKind::GuildOpen | AccountKind::Blocked)
                || [CARD_NETWORK, GATEWAY_HOLD].contains(&replayed.id);
            let waits = self.waits.remove(&replayed.id).unwrap_or_default();
            if of_invoices && waits != wide(replayed.posted()) {
                let (id, has) = (replayed.id.0, replayed.posted().get());
                self.differs(|| format!("account {id}: has {has}, and by its invoices {waits} should wait there"));
            }
            if replayed.limit != Limit::None && replayed.available().get() < 0 {
                let id = replayed.id.0;
                self.differs(|| format!("account {id}: overdrawn by {}", -replayed.available().get()));
            }
        }
        let mut nowhere: Vec<_> = self.waits.drain().filter(|(_, waits)| *waits != 0).collect();
        nowhere.sort_unstable_by_key(|(account, _)| *account);
        for (account, waits) in nowhere {
            self.differs(|| format!("account {}: it is not there, and {waits} should wait there", account.0));
        }
        if (posted, pending) != (0, 0) {
            self.differs(|| format!("the accounts sum to {posted} posted, {pending} pending, not to zero"));
        }
        let mut owed: Vec<_> = std::mem::take(&mut self.owed).into_iter().collect();
        owed.retain(|(_, owed)| (owed.posted, owed.held, owed.first) != (0, 0, None));
        owed.sort_unstable_by_key(|(order, _)| *order);
        for (order, Owed { source, posted, held, first }) in owed {
            self.differs(|| {
                format!(
                    "order {}: by its state {posted} more should be taken from account {}, {held} more held there; \
                     missing transfer: {first:?}",
                    order.0, source.0
                )
            });
        }
        self.report
    }
}

fn sides(transfer: &Transfer) -> [(AccountId, Balances); 2] {
    [(transfer.debit, transfer.debit_after), (transfer.credit, transfer.credit_after)]
}
