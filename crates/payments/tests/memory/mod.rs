//! A store in memory that loads exactly the rows that a command names. A decision that needs another row fails its test.
#![allow(dead_code, reason = "each test binary uses its own part of this module")]

mod network;

use std::ops::{Deref, DerefMut};
use std::sync::Arc;

use ledger::AccountId;
use payments::Rules;
use payments::{
    AccountNumber, At, Bank, Card, CardKind, ChargeCard, ChargeCode, ChargeLimits, ChargeRefusals, Client, ClientId,
    Command, Denial, Deposit, Destination, Digest, Grant, GrantId, GrantKind, Job, JobEnd, JobKind, Keys,
    NOT_FOUND_FINAL_MS, NameField, NamedCard, NetworkCall, NetworkResponse, NotAccepted, Now, OpenDeposit, Order,
    OrderCaller, OrderId, OrderKey, RegisterCard, RegisterClient, ReportSubmission, RunJob, SecondPassword, Service,
    SourceAndDestination, SubmissionReported, SubmitTransfer, Submitted, Text, View,
};
use store::Tables;

pub use network::{DeferredOutcome, Network};

/// 2026-11-21T11:00:00+03:30, 1405-08-30.
pub const ELEVEN_MS: i64 = 1_795_246_200_000;
pub const DROPS: &str = "0302876214008";
pub const SOMAYEH: &str = "0302876732005";
/// At a bank that is reached by paya and satna.
pub const MARTIN: &str = "IR870150000000300400500600";
pub const BON: Digest = Digest([2; 32]);
pub const FLOAT: Digest = Digest([1; 32]);

/// A store in memory, with a clock and rules. It dereferences to its tables.
pub struct Memory {
    pub rules: Rules,
    pub now_ms: i64,
    /// The machine's time, if it differs from that of the clock.
    pub machine_ms: Option<i64>,
    tables: Tables,
}

impl Deref for Memory {
    type Target = Tables;

    fn deref(&self) -> &Tables {
        &self.tables
    }
}

impl DerefMut for Memory {
    fn deref_mut(&mut self) -> &mut Tables {
        &mut self.tables
    }
}

impl Memory {
    /// An empty store, at eleven o'clock.
    pub fn empty(rules: Rules) -> Self {
        Self { rules, now_ms: ELEVEN_MS, machine_ms: None, tables: Tables::default() }
    }

    /// The client drops with its deposits at three banks, the deposits of Somayeh and Martin, a float card and a bon card.
    pub fn demo(rules: Rules) -> Self {
        let mut memory = Self::empty(rules);
        let client = Client {
            id: drops(),
            secret: Digest([0; 32]),
            caller_nids: vec![],
            redirect_origin: String::new(),
            scopes: vec![],
            max_amount: ledger::Rial::ZERO,
            max_count: 0,
            float: None,
            charge_limits: ChargeLimits::default(),
            disabled: false,
        };
        memory.run_ok(RegisterClient { client, replace: false });
        for (bank, number, owner, balance, approved) in [
            (Bank::AYANDEH, DROPS, "drops", 1_000_000_000_000, true),
            (Bank::KESHAVARZI, "776700000", "drops", 100_000_000_000, true),
            (Bank::PARSIAN, "47000123456601", "drops", 100_000_000_000, true),
            (Bank::AYANDEH, SOMAYEH, "Somayeh", 50_000_000, false),
            (Bank::SEPAH, "300400500600", "Martin", 0, false),
        ] {
            memory.run_ok(OpenDeposit {
                bank,
                number: AccountNumber::parse(number).unwrap(),
                owner: "1111111111".into(),
                first_name: owner.into(),
                last_name: String::new(),
                account_type: "010".into(),
                approved_for: if approved { vec![drops()] } else { vec![] },
                balance: ledger::Rial::new(balance),
                opened_at_ms: Some(0),
            });
        }
        memory.register_card(FLOAT, CardKind::Float, 500_000_000);
        memory.register_card(BON, CardKind::Bon, 0);
        memory
    }

    pub fn register_card(&mut self, number: Digest, kind: CardKind, balance: i64) {
        let card = Card {
            number,
            sealed: vec![],
            mask: Text::from("636214******0000"),
            id: AccountId(0),
            kind,
            approved_for: vec![drops()],
            active: true,
            replaced_by: None,
        };
        self.run_ok(RegisterCard {
            card,
            replace: false,
            float_of: (kind == CardKind::Float).then(drops),
            balance: ledger::Rial::new(balance),
            opened_at_ms: Some(0),
        });
    }

    pub fn now(&self) -> Now {
        Now::at(self.now_ms).unwrap()
    }

    /// Runs a command as an engine would: loads its rows and the rows that those name, decides, commits the changes.
    pub fn run<C: Command>(&mut self, command: C) -> Result<C::Done, C::Refusal> {
        let now = self.now();
        let mut view = self.view_of(&command);
        let at = At { now: &now, machine_ms: self.machine_ms.unwrap_or(self.now_ms), rules: &self.rules };
        let mut is_declined = false;
        let outcome = view.attempt_or_decline(|view| {
            let decided = command.decide(view, at);
            is_declined = matches!(decided, Err(Denial::Declined(_)));
            decided
        });
        assert_eq!(view.contradiction, None, "rows that decisions have written agree");
        if outcome.is_err() && !is_declined {
            assert_eq!(view, self.view_of(&command), "a refusal leaves the view as it was");
        }
        self.tables.commit(&view).unwrap();
        outcome
    }

    /// Loads the rows that a command names.
    fn view_of(&self, command: &impl Command) -> View {
        let now = self.now();
        let at = At { now: &now, machine_ms: self.machine_ms.unwrap_or(self.now_ms), rules: &self.rules };
        let mut view = self.tables.view();
        let mut keys = Keys::default();
        command.keys(at, &mut keys);
        self.tables.load(&keys, &mut view).unwrap();
        let mut keys = Keys::default();
        command.more_keys(&view, at, &mut keys);
        self.tables.load(&keys, &mut view).unwrap();
        view
    }

    pub fn run_ok<C: Command>(&mut self, command: C) -> C::Done {
        self.run(command).unwrap()
    }

    /// Submits an order as an engine would: if it goes to a network, the network's response is reported before the caller gets the answer.
    pub fn submit<C>(&mut self, command: C) -> Result<Submitted, NotAccepted>
    where
        C: Command<Done = Submitted, Refusal = NotAccepted>,
    {
        match self.run(command)? {
            Submitted::ToNetwork(order, job) => {
                let response = self.network(order.id).submitted();
                let reported = self.report(job, order.id, NetworkCall::Submit, response);
                Ok(Submitted::Ordered(reported.order.unwrap()))
            }
            other => Ok(other),
        }
    }

    /// The simulated network of an order.
    pub fn network(&self, order: OrderId) -> Network {
        Network::of(&self.submissions[&order].reference)
    }

    /// Reports a network's response about an order.
    pub fn report(
        &mut self,
        job: Job,
        order: OrderId,
        call: NetworkCall,
        response: NetworkResponse,
    ) -> SubmissionReported {
        let (caller, ask_again_ms) = match call {
            NetworkCall::Submit => (OrderCaller::Waits, self.network(order).ask_again_ms()),
            NetworkCall::Inquire => (OrderCaller::Answered, None),
        };
        let not_found_final_ms = NOT_FOUND_FINAL_MS;
        self.run_ok(ReportSubmission { job, order, call, response, caller, ask_again_ms, not_found_final_ms })
    }

    /// Moves the clock and runs the jobs that become due, in order of time. Returns the number of jobs that are done.
    pub fn advance_to(&mut self, at_ms: i64) -> usize {
        let mut ran = 0;
        loop {
            let due = self.jobs.values().map(|job| (job.due_at_ms, job.id)).min();
            let Some((due_ms, id)) = due.filter(|(due_ms, _)| *due_ms <= at_ms) else { break };
            self.now_ms = self.now_ms.max(due_ms);
            let job = *self.jobs[&id];
            let end = match job.kind {
                JobKind::InquireOrder(order) => {
                    let response = self.network(order).inquired();
                    self.report(job, order, NetworkCall::Inquire, response).end
                }
                _ => self.run_ok(RunJob { job }),
            };
            if end == JobEnd::Done {
                ran += 1;
            }
        }
        self.now_ms = at_ms;
        ran
    }

    // Access to rows.

    pub fn deposit(&self, number: &str) -> &Deposit {
        self.deposits.values().find(|deposit| &*deposit.number == number).unwrap()
    }

    /// Posted and available balance of a deposit, in rials.
    pub fn balance(&self, number: &str) -> (i64, i64) {
        self.balance_of(self.deposit(number).id)
    }

    pub fn balance_of(&self, id: AccountId) -> (i64, i64) {
        self.accounts.get(&id).map_or((0, 0), |account| (account.posted().get(), account.available().get()))
    }

    pub fn card_balance(&self, number: Digest) -> i64 {
        self.balance_of(self.cards[&number].id).0
    }

    pub fn order(&self, track_id: &str) -> &Order {
        &self.orders[&key(track_id)]
    }

    pub fn set_account_status(&mut self, number: &str, status: ledger::AccountStatus) {
        let id = self.deposit(number).id;
        self.accounts.get_mut(&id).unwrap().status = status;
    }
}

pub fn drops() -> ClientId {
    ClientId::from("drops")
}

pub fn key(track_id: &str) -> OrderKey {
    OrderKey { client: drops(), track_id: Text::from(track_id) }
}

/// A grant of drops to its deposits at a bank.
pub fn grant(memory: &Memory, bank: Bank) -> Grant {
    let of_bank = |deposit: &&Arc<Deposit>| deposit.key.bank == bank && deposit.is_approved_for(&drops());
    let deposits: Vec<_> = memory.deposits.values().filter(of_bank).collect();
    Grant {
        id: GrantId(9),
        client: drops(),
        kind: GrantKind::Code,
        user: "1111111111".into(),
        bank: Some(bank),
        scopes: vec![],
        deposits: deposits.iter().map(|deposit| deposit.id).collect(),
        deposit_numbers: deposits.iter().map(|deposit| deposit.number.to_string()).collect(),
        max_amount: ledger::Rial::ZERO,
        monthly_count: 0,
        life_ms: 1,
        ended_at_ms: None,
        forgotten_at_ms: None,
    }
}

pub fn name(text: &str) -> NameField {
    NameField::Given(Text::from(text))
}

/// A transfer that passes all checks of its fields.
pub fn transfer(memory: &Memory, bank: Bank, track_id: &str, destination: &str, amount: i64) -> SubmitTransfer {
    let grant = Arc::new(grant(memory, bank));
    let source = (bank == Bank::KESHAVARZI).then(|| AccountNumber::parse("776700000").unwrap());
    let destination = Destination::parse(destination).unwrap();
    SubmitTransfer {
        key: key(track_id),
        service: Service::TransferTo,
        accounts: SourceAndDestination::of(&grant, source.as_ref(), &destination),
        grant,
        source,
        destination,
        amount: ledger::Rial::new(amount),
        description: "شرح تراکنش".into(),
        payment_number: "123456".into(),
        second_password: SecondPassword::Given,
        destination_first_name: name("مارتین"),
        destination_last_name: name("رضایی"),
        source_first_name: name("مارتین"),
        source_last_name: name("اسکورسیزی"),
        submission: None,
        request_hash: [0; 16],
    }
}

/// A charge of the bon card from drops' deposit at bank 062.
pub fn charge(memory: &Memory, track_id: &str, amount: i64, network: Network) -> ChargeCard {
    ChargeCard {
        key: key(track_id),
        grant: Arc::new(grant(memory, Bank::AYANDEH)),
        source: AccountNumber::parse(DROPS),
        amount: ledger::Rial::new(amount),
        amount_refused: None,
        refusals: ChargeRefusals::Gateway,
        card: NamedCard { number: BON, last_four: Text::from("9309"), has_bon_prefix: true },
        submission: network.terms(),
        request_hash: [0; 16],
    }
}

/// A network that answers a charge with this code.
pub fn answering(code: ChargeCode) -> Network {
    Network::Says(code)
}

/// The order that a command wrote.
pub fn ordered(submitted: Result<Submitted, NotAccepted>) -> Arc<Order> {
    match submitted {
        Ok(Submitted::Ordered(order)) => order,
        other => panic!("an order is written: {other:?}"),
    }
}

/// The order's number.
pub fn order_id(order: &Order) -> OrderId {
    order.id
}
